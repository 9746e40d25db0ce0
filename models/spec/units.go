// Package spec is the vocabulary of the scenario file: quantities with units, distributions, links between components,
// and the strict decoder that reads them.
package spec

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"weir/sim"
)

// Problem is something wrong with a value: Field is its path below the struct that was checked, in the file's names.
type Problem struct{ Field, Text string }

// Duration is a length of time, written with its unit: 250ms, 1m30s, 4d.
type Duration sim.Duration

// Sim returns the length of virtual time.
func (d Duration) Sim() sim.Duration { return sim.Duration(d) }

var quantity = regexp.MustCompile(`^([+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?) ?([a-zA-Zµ%]*)(?:/([a-z]+))?$`)

type unit struct {
	name   string
	factor float64
}

func factorOf(units []unit, name string) (float64, bool) {
	for _, u := range units {
		if u.name == name {
			return u.factor, true
		}
	}
	return 0, false
}

var timeUnits = []unit{
	{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}, {"w", 604800e9},
}

// unlimited is how a profile writes that there is no limit.
const unlimited = "none"

var durationPart = regexp.MustCompile(`^([0-9]*\.?[0-9]+)([a-zµ]+)`)

// UnmarshalText reads a length of time such as 250ms, 1m30s or 4d; 0 needs no unit.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	if s == "0" {
		*d = 0
		return nil
	}
	if s == unlimited {
		*d = math.MaxInt64
		return nil
	}
	if strings.HasPrefix(s, "-") {
		return fmt.Errorf("%q: a length of time is never negative", s)
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return fmt.Errorf("%q has no unit: write for example %ss or %sms", s, s, s)
	}
	total := 0.0
	for rest := s; rest != ""; {
		part := durationPart.FindStringSubmatch(rest)
		if part == nil {
			return fmt.Errorf("%q is not a length of time: write for example 250ms, 1m30s or 4d", s)
		}
		factor, ok := factorOf(timeUnits, part[2])
		if !ok {
			return fmt.Errorf("%q is not a unit of time: use ns, us, ms, s, m, h, d or w", part[2])
		}
		n, err := strconv.ParseFloat(part[1], 64)
		if err != nil {
			return fmt.Errorf("%q is not a length of time", s)
		}
		total += float64(n * factor)
		rest = rest[len(part[0]):]
	}
	if total > math.MaxInt64/2 {
		return fmt.Errorf("%q is too long: at most 146 years", s)
	}
	*d = Duration(math.Round(total))
	return nil
}

// MarshalText writes the length so that UnmarshalText reads the same.
func (d Duration) MarshalText() ([]byte, error) {
	if d == math.MaxInt64 {
		return []byte(unlimited), nil
	}
	if d == 0 {
		return []byte("0s"), nil
	}
	for _, name := range []string{"d", "h", "m", "s", "ms", "us"} {
		if factor, _ := factorOf(timeUnits, name); int64(d)%int64(factor) == 0 {
			return fmt.Appendf(nil, "%d%s", int64(d)/int64(factor), name), nil
		}
	}
	return fmt.Appendf(nil, "%dns", int64(d)), nil
}

// String returns the length as it is written in the file.
func (d Duration) String() string { text, _ := d.MarshalText(); return string(text) }

// Size is a number of bytes, written with its unit: 2KiB, 256KB.
type Size int64

var sizeUnits = []unit{
	{"B", 1}, {"KB", 1e3}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
}

// UnmarshalText reads a number of bytes such as 2KiB; 0 needs no unit.
func (z *Size) UnmarshalText(text []byte) error {
	s := string(text)
	switch {
	case s == "0":
		*z = 0
		return nil
	case s == unlimited:
		*z = math.MaxInt64
		return nil
	case strings.HasPrefix(s, "-"):
		return fmt.Errorf("%q: a size is never negative", s)
	}
	part := quantity.FindStringSubmatch(s)
	if part == nil || part[3] != "" {
		return fmt.Errorf("%q is not a size: write for example 512B, 2KiB or 256KB", s)
	}
	if part[2] == "" {
		return fmt.Errorf("%q has no unit: write for example %sB or %sKiB", s, part[1], part[1])
	}
	factor, ok := factorOf(sizeUnits, part[2])
	if !ok {
		return fmt.Errorf("%q is not a unit of size: use B, KB, KiB, MB, MiB, GB or GiB", part[2])
	}
	n, err := strconv.ParseFloat(part[1], 64)
	if err != nil || !(n*factor <= 1<<53) {
		return fmt.Errorf("%q is too large", s)
	}
	*z = Size(math.Round(n * factor))
	return nil
}

// MarshalText writes the size so that UnmarshalText reads the same.
func (z Size) MarshalText() ([]byte, error) {
	if z == math.MaxInt64 {
		return []byte(unlimited), nil
	}
	for _, name := range []string{"GiB", "MiB", "KiB", "GB", "MB", "KB"} {
		if factor, _ := factorOf(sizeUnits, name); z > 0 && int64(z)%int64(factor) == 0 {
			return fmt.Appendf(nil, "%d%s", int64(z)/int64(factor), name), nil
		}
	}
	return fmt.Appendf(nil, "%dB", int64(z)), nil
}

// String returns the size as it is written in the file.
func (z Size) String() string { text, _ := z.MarshalText(); return string(text) }

// Rate is how often something happens: 300/s, 5/min, 1/d.
type Rate float64

var rateUnits = []unit{{"s", 1}, {"min", 60}, {"m", 60}, {"h", 3600}, {"d", 86400}}

// PerSecond returns the rate per second.
func (r Rate) PerSecond() float64 { return float64(r) }

// UnmarshalText reads a rate such as 300/s; 0 needs no unit.
func (r *Rate) UnmarshalText(text []byte) error {
	s := string(text)
	if s == "0" {
		*r = 0
		return nil
	}
	if strings.HasPrefix(s, "-") {
		return fmt.Errorf("%q: a rate is never negative", s)
	}
	number, per, found := strings.Cut(s, "/")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return fmt.Errorf("%q is not a rate: write for example 300/s, 5/min or 1/d", s)
	}
	if !found {
		return fmt.Errorf("%q has no unit: write for example %s/s", s, s)
	}
	seconds, ok := factorOf(rateUnits, strings.TrimSpace(per))
	if !ok {
		return fmt.Errorf("%q is not a unit of time for a rate: use s, min, h or d", per)
	}
	if n > 1e12 {
		return fmt.Errorf("%q is too high: at most 1e12/s", s)
	}
	*r = Rate(n / seconds)
	return nil
}

// MarshalText writes the rate so that UnmarshalText reads the same.
func (r Rate) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%v/s", float64(r)), nil }

// String returns the rate per second.
func (r Rate) String() string { text, _ := r.MarshalText(); return string(text) }

// Share is a part of the whole, from 0 to 1: 0.1% or 0.001.
type Share float64

// UnmarshalText reads a share such as 0.1% or 0.001.
func (h *Share) UnmarshalText(text []byte) error {
	s := string(text)
	number, percent := strings.CutSuffix(s, "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil {
		return fmt.Errorf("%q is not a share: write for example 0.1%% or 0.001", s)
	}
	if percent {
		n /= 100
	}
	if !(n >= 0 && n <= 1) {
		return fmt.Errorf("%q is not a share: it must lie between 0%% and 100%%", s)
	}
	*h = Share(n)
	return nil
}

// MarshalText writes the share so that UnmarshalText reads the same.
func (h Share) MarshalText() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(h), 'g', -1, 64), nil
}

// Link names another component by section and name: queues.orders.
type Link struct{ Section, Name string }

// UnmarshalText reads a link such as queues.orders.
func (l *Link) UnmarshalText(text []byte) error {
	section, name, found := strings.Cut(string(text), ".")
	if !found || section == "" || name == "" {
		return fmt.Errorf("%q is not a link: write section.name, for example queues.orders", text)
	}
	*l = Link{section, name}
	return nil
}

// MarshalText writes section.name.
func (l Link) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// String returns section.name.
func (l Link) String() string { return l.Section + "." + l.Name }
