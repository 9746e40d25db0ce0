package spec

import (
	"errors"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// A unit is a name and how many of the base unit it is.
type unit struct {
	name   string
	factor uint64
}

func unitNamed(units []unit, name string) (unit, bool) {
	for _, u := range units {
		if u.name == name {
			return u, true
		}
	}
	return unit{}, false
}

var (
	errTooLarge = errors.New("is too large")
	errTooFine  = errors.New("is less than the smallest unit")
	errDigits   = errors.New("has more digits than are read: at most 18")
)

// scaled returns the decimal number times factor, rounded to the nearest whole number. The arithmetic is exact, so that
// a quantity that is written out reads back as the same.
func scaled(number string, factor uint64) (int64, error) {
	whole, fraction, _ := strings.Cut(number, ".")
	fraction = strings.TrimRight(fraction, "0")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return 0, nil
	}
	if len(fraction) > 18 || len(digits) > 19 {
		return 0, errDigits
	}
	mantissa, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0, errTooLarge
	}
	divisor := uint64(1)
	for range len(fraction) {
		divisor *= 10
	}
	high, low := bits.Mul64(mantissa, factor)
	low, carry := bits.Add64(low, divisor/2, 0)
	high += carry
	if high >= divisor {
		return 0, errTooLarge
	}
	quotient, _ := bits.Div64(high, low, divisor)
	switch {
	case quotient > math.MaxInt64:
		return 0, errTooLarge
	case quotient == 0:
		return 0, errTooFine
	}
	return int64(quotient), nil
}

// isDecimal reports whether s is digits with at most one point among or before them.
func isDecimal(s string) bool {
	whole, fraction, point := strings.Cut(s, ".")
	return areDigits(whole) && areDigits(fraction) && whole+fraction != "" && (!point || fraction != "")
}

func areDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// leading splits s into the decimal number that it begins with, the word after it and the rest.
func leading(s string) (number, word, rest string) {
	n := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if n < 0 {
		return s, "", ""
	}
	number, s = s[:n], s[n:]
	w := strings.IndexAny(s, ".0123456789+-")
	if w < 0 {
		w = len(s)
	}
	return number, s[:w], s[w:]
}

// parseFloat reads a number in decimal or scientific notation. What overflows, or vanishes to 0, is not a number here.
func parseFloat(s string) (float64, bool) {
	unsigned := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(unsigned), "e")
	if !isDecimal(mantissa) {
		return 0, false
	}
	if digits := strings.TrimLeft(exponent, "+-"); scientific && (digits == "" || !areDigits(digits)) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f == 0 && strings.Trim(mantissa, "0.") != "" {
		return 0, false
	}
	return f, true
}
