package spec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Quote quotes what the file says, shortened, so that it can stand in a message whatever it holds.
func Quote(s string) string {
	const most = 48
	if utf8.RuneCountInString(s) > most {
		return fmt.Sprintf("%.48q", s) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// Words that people write for units, and the unit. An upper-case first letter is put aside before.
var timeWords = map[string]string{
	"nanosecond": "ns", "nano": "ns", "nsec": "ns",
	"microsecond": "us", "micro": "us", "usec": "us",
	"millisecond": "ms", "milli": "ms", "msec": "ms",
	"second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "hr": "h", "day": "d", "week": "w", "wk": "w",
}

func unitOfTime(word string) (string, bool) {
	word = strings.ToLower(strings.TrimSpace(word))
	if _, ok := unitNamed(timeUnits, word); ok {
		return word, true
	}
	if name, ok := timeWords[word]; ok {
		return name, true
	}
	name, ok := timeWords[strings.TrimSuffix(word, "s")]
	return name, ok
}

// notDuration says why s is not a length of time and what to write instead.
func notDuration(s string) error {
	switch {
	case s == "":
		return errors.New("is empty: write a length of time such as 30s")
	case negative(s):
		return fmt.Errorf("%s: a length of time is never negative", Quote(s))
	case isDecimal(s):
		return fmt.Errorf("%s has no unit: write %ss, or another of w, d, h, m, s, ms, us, ns", Quote(s), s)
	}
	var meant strings.Builder
	for rest := strings.TrimSpace(s); rest != ""; {
		var number, word string
		number, word, rest = leading(rest)
		name, ok := unitOfTime(word)
		if !isDecimal(number) || !ok {
			meant.Reset()
			break
		}
		meant.WriteString(number + name)
	}
	if m := meant.String(); m != "" && m != s {
		if _, err := parseDuration(m); err == nil {
			return fmt.Errorf("%s is not a length of time: write %s", Quote(s), m)
		}
	}
	if what := otherQuantity(s, "a length of time"); what != "" {
		return fmt.Errorf("%s is %s, not a length of time such as 30s", Quote(s), what)
	}
	return fmt.Errorf("%s is not a length of time: write it with a unit, such as 250ms, 1m30s or 4d", Quote(s))
}

// notSize says why s is not a size and what to write instead.
func notSize(s string) error {
	number, word, rest := leading(s)
	word = strings.TrimSpace(word)
	switch {
	case s == "":
		return errors.New("is empty: write a size such as 2KiB")
	case negative(s):
		return fmt.Errorf("%s: a size is never negative", Quote(s))
	case isDecimal(s):
		return fmt.Errorf("%s has no unit: write %sB, or another of KB, KiB, MB, MiB, GB, GiB", Quote(s), s)
	}
	if isDecimal(number) && rest == "" {
		switch lower := strings.ToLower(word); lower {
		case "byte", "bytes", "b":
			return fmt.Errorf("%s is not a size: write %sB", Quote(s), number)
		case "k", "m", "g", "t", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "tib", "ki", "mi", "gi", "ti":
			prefix := strings.ToUpper(lower[:1])
			if strings.Contains(lower, "i") {
				return fmt.Errorf("%s is not a size: write %s%siB", Quote(s), number, prefix)
			}
			return fmt.Errorf("%s is not a size: write %s%sB (powers of 1000) or %s%siB (powers of 1024)",
				Quote(s), number, prefix, number, prefix)
		}
	}
	if what := otherQuantity(s, "a size"); what != "" {
		return fmt.Errorf("%s is %s, not a size such as 2KiB", Quote(s), what)
	}
	return fmt.Errorf("%s is not a size: write it with a unit, such as 512B, 2KiB or 256KB", Quote(s))
}

// notRate says why s is not a rate and what to write instead.
func notRate(s string) error {
	if s == "" {
		return errors.New("is empty: write a rate such as 300/s")
	}
	if negative(s) {
		return fmt.Errorf("%s: a rate is never negative", Quote(s))
	}
	if _, ok := parseFloat(s); ok {
		return fmt.Errorf("%s has no unit: write %s/s, or another of /min, /h, /d", Quote(s), s)
	}
	if before, _, ok := strings.Cut(s, "/"); ok && overflows(before) {
		return fmt.Errorf("%s is too high: at most 1e12/s", Quote(s))
	}
	number, word, rest := leading(s)
	word = strings.ToLower(strings.TrimSpace(word))
	if isDecimal(number) && rest == "" {
		for _, prefix := range []string{"per ", "/", "/ "} {
			if name, ok := unitOfTime(strings.TrimPrefix(word, prefix)); ok && strings.HasPrefix(word, prefix) {
				switch name {
				case "s", "h", "d":
					return fmt.Errorf("%s is not a rate: write %s/%s", Quote(s), number, name)
				case "m":
					return fmt.Errorf("%s is not a rate: write %s/min", Quote(s), number)
				}
			}
		}
		if word == "rps" || word == "tps" || word == "qps" || word == "hz" {
			return fmt.Errorf("%s is not a rate: write %s/s", Quote(s), number)
		}
	}
	if what := otherQuantity(s, "a rate"); what != "" {
		return fmt.Errorf("%s is %s, not a rate such as 300/s", Quote(s), what)
	}
	return fmt.Errorf("%s is not a rate: write it with its unit of time, such as 300/s, 5/min or 1/d", Quote(s))
}

// notShare says why s is not a share and what to write instead.
func notShare(s string) error {
	number, percent := strings.CutSuffix(s, "%")
	n, ok := parseFloat(strings.TrimSpace(number))
	switch {
	case s == "":
		return errors.New("is empty: write a share such as 0.1%")
	case negative(s):
		return fmt.Errorf("%s: a share is never negative", Quote(s))
	case ok && !percent && n > 1 && n <= 100:
		return fmt.Errorf("%s is more than the whole: write %s%% if it is a percentage", Quote(s), s)
	case ok && (percent && n > 100 || !percent && n > 1):
		return fmt.Errorf("%s is more than the whole: a share is at most 100%%", Quote(s))
	case ok && percent:
		return fmt.Errorf("%s is not a share: write %s%%", Quote(s), strings.TrimSpace(number))
	}
	if what := otherQuantity(s, "a share"); what != "" {
		return fmt.Errorf("%s is %s, not a share such as 0.1%%", Quote(s), what)
	}
	return fmt.Errorf("%s is not a share: write a percentage such as 0.1%%, or a number from 0 to 1", Quote(s))
}

// notNumber says why s is not a number.
func notNumber(s string) error {
	if s == "" {
		return errors.New("is empty: write a number")
	}
	if what := otherQuantity(s, ""); what != "" {
		return fmt.Errorf("%s is %s, where a bare number without a unit is wanted", Quote(s), what)
	}
	if overflows(strings.TrimPrefix(s, "-")) {
		return fmt.Errorf("%s is too large", Quote(s))
	}
	return fmt.Errorf("%s is not a finite decimal number, such as 2, 0.5 or 1e6", Quote(s))
}

// overflows reports whether a number is larger than can be held.
func overflows(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	return errors.Is(err, strconv.ErrRange) && f > 1
}

func negative(s string) bool { return strings.HasPrefix(s, "-") }

// otherQuantity says which other kind of quantity s is, so that a mix-up shows.
func otherQuantity(s, but string) string {
	if s == "" || s == "0" || s == unlimited {
		return ""
	}
	if _, err := parseDuration(s); err == nil && but != "a length of time" {
		return "a length of time"
	}
	if _, err := parseSize(s); err == nil && but != "a size" {
		return "a size"
	}
	if _, err := parseRate(s); err == nil && but != "a rate" {
		return "a rate"
	}
	number, percent := strings.CutSuffix(s, "%")
	if _, ok := parseFloat(number); ok && percent && but != "a share" {
		return "a share"
	}
	return ""
}
