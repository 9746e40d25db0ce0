// Package spec is the vocabulary of the scenario file: quantities with units, distributions, links between components,
// the strict decoder that reads them, and the JSON Schema of what it accepts.
//
// A struct describes a mapping of the file by the tags of its fields:
//
//	yaml:"visibility_timeout"   the key; a field without it is not part of the file
//	default:"30s"               the value when the key is absent
//	required:"true"             the key must be there
//	min:"1s" max:"12h"          the range of a number or a quantity
//	link:"queues"               the sections that a Link may point to, separated by spaces; any section without the tag
//	flow:"in" or flow:"out"     messages come from, or go to, the component that a Link points to
//	keys:"names"                the keys of a map are names of components
//	empty:"allowed"             an element of a map may be left empty: all its fields have their defaults
//
// A pointer is optional: nil when the key is absent. A struct that is absent has the defaults of its fields. A field of
// type *yaml.Node keeps what the file says, to be decoded later. The doc
// comment of a field is its description in the schema. A type may take part by its methods: UnmarshalText reads a
// scalar, OneOf marks a union, of whose fields exactly one is given, Values lists the words that a string may be,
// ReadFiles reads the files that it names, and Validate checks what tags cannot say.
package spec

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"weir/sim"
)

// Problem is something wrong with a value: Field is its path below the struct that was checked, in the file's names.
type Problem struct{ Field, Text string }

// unlimited is how a profile writes that there is no limit; the decoder refuses it elsewhere.
const unlimited = "none"

var errUnlimited = errors.New("a value is needed here, not " + unlimited)

// Duration is a length of time, written with its unit: 250ms, 1m30s, 4d.
type Duration sim.Duration

// Sim returns the length of virtual time.
func (d Duration) Sim() sim.Duration { return sim.Duration(d) }

// ForKiB returns how long so many bytes take at the length of time for each KiB; part of a KiB takes part of it. It is
// the longest there is at most.
func (d Duration) ForKiB(bytes uint32) sim.Duration {
	high, low := bits.Mul64(uint64(max(d, 0)), uint64(bytes))
	if high >= 1<<9 { // 1,024 times 2^63, in units of 2^64
		return math.MaxInt64
	}
	return sim.Duration(high<<54 | low>>10)
}

// Units of time in nanoseconds, the ones to write in first.
var timeUnits = []unit{
	{"w", 604800e9}, {"d", 86400e9}, {"h", 3600e9}, {"m", 60e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1},
	{"µs", 1e3}, {"μs", 1e3},
}

// longest is the longest length of time, some 146 years: two of them still add up.
const longest = math.MaxInt64 / 2

// UnmarshalText reads a length of time such as 250ms, 1m30s or 4d; 0 needs no unit.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	if *d, err = parseDuration(string(text)); errors.Is(err, errForm) {
		return notDuration(string(text))
	}
	return err
}

// errForm is that a text has not the form of a quantity: why, and what was meant, is for the caller to say.
var errForm = errors.New("has the wrong form")

func parseDuration(s string) (Duration, error) {
	switch s {
	case "":
		return 0, errForm
	case "0":
		return 0, nil
	case unlimited:
		return math.MaxInt64, nil
	}
	total, last := int64(0), uint64(math.MaxUint64)
	for rest := s; rest != ""; {
		var number, name string
		number, name, rest = leading(rest)
		u, ok := unitNamed(timeUnits, name)
		if !isDecimal(number) || !ok || u.factor >= last {
			return 0, errForm
		}
		part, err := scaled(number, u.factor)
		if err == nil && part > longest-total {
			err = errTooLarge
		}
		if errors.Is(err, errTooLarge) {
			return 0, fmt.Errorf("%s is too long: at most 53000d, some 145 years", Quote(s))
		} else if err != nil {
			return 0, fmt.Errorf("%s %w", Quote(s), err)
		}
		total, last = total+part, u.factor
	}
	return Duration(total), nil
}

// MarshalText writes the length so that UnmarshalText reads the same.
func (d Duration) MarshalText() ([]byte, error) {
	if d == math.MaxInt64 {
		return []byte(unlimited), nil
	}
	if d == 0 {
		return []byte("0s"), nil
	}
	var out []byte
	for _, u := range timeUnits[1:8] {
		if n := int64(d) / int64(u.factor); n > 0 {
			out = fmt.Appendf(out, "%d%s", n, u.name)
			d %= Duration(u.factor)
		}
	}
	return out, nil
}

// String returns the length as it is written in the file.
func (d Duration) String() string { text, _ := d.MarshalText(); return string(text) }

// Size is a number of bytes, written with its unit: 2KiB, 256KB.
type Size int64

// Units of size in bytes, the ones to write in first.
var sizeUnits = []unit{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"kB", 1e3}, {"B", 1},
}

// largest is the largest size, 4 PiB: a float64 holds each smaller number of bytes exactly.
const largest = 1 << 52

// UnmarshalText reads a number of bytes such as 2KiB; 0 needs no unit.
func (z *Size) UnmarshalText(text []byte) (err error) {
	if *z, err = parseSize(string(text)); errors.Is(err, errForm) {
		return notSize(string(text))
	}
	return err
}

func parseSize(s string) (Size, error) {
	switch s {
	case "0":
		return 0, nil
	case unlimited:
		return math.MaxInt64, nil
	}
	number, name, rest := leading(s)
	u, ok := unitNamed(sizeUnits, name)
	if !isDecimal(number) || !ok || rest != "" {
		return 0, errForm
	}
	n, err := scaled(number, u.factor)
	if errors.Is(err, errTooLarge) || n > largest {
		return 0, fmt.Errorf("%s is too large: at most 4096TiB", Quote(s))
	} else if err != nil {
		return 0, fmt.Errorf("%s %w", Quote(s), err)
	}
	return Size(n), nil
}

// MarshalText writes the size so that UnmarshalText reads the same.
func (z Size) MarshalText() ([]byte, error) {
	if z == math.MaxInt64 {
		return []byte(unlimited), nil
	}
	shortest := fmt.Appendf(nil, "%dB", int64(z))
	least := int64(math.MaxInt64)
	for _, u := range sizeUnits { // 640MB is 625000KiB, too
		if n := int64(z) / int64(u.factor); z > 0 && int64(z)%int64(u.factor) == 0 && digits(n) < digits(least) {
			shortest, least = fmt.Appendf(nil, "%d%s", n, u.name), n
		}
	}
	return shortest, nil
}

// digits returns how many digits a number has.
func digits(n int64) (count int) {
	for ; n > 0; n /= 10 {
		count++
	}
	return count
}

// String returns the size as it is written in the file.
func (z Size) String() string { text, _ := z.MarshalText(); return string(text) }

// Rate is how often something happens, a second: 300/s, 5/min, 1/d.
type Rate float64

// Units of a rate's time in seconds, the ones to write in first.
var rateUnits = []unit{{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}, {"m", 60}}

// fastest is the highest rate per second.
const fastest = 1e12

// PerSecond returns the rate per second.
func (r Rate) PerSecond() float64 { return float64(r) }

// UnmarshalText reads a rate such as 300/s; 0 needs no unit.
func (r *Rate) UnmarshalText(text []byte) (err error) {
	if *r, err = parseRate(string(text)); errors.Is(err, errForm) {
		return notRate(string(text))
	}
	return err
}

func parseRate(s string) (Rate, error) {
	if s == "0" {
		return 0, nil
	}
	number, per, _ := strings.Cut(s, "/")
	n, ok := parseFloat(number)
	u, known := unitNamed(rateUnits, per)
	if !ok || !known || n < 0 {
		return 0, errForm
	}
	n /= float64(u.factor)
	if n > fastest {
		return 0, fmt.Errorf("%s is too high: at most 1e12/s", Quote(s))
	}
	return Rate(n), nil
}

// MarshalText writes the rate so that UnmarshalText reads the same.
func (r Rate) MarshalText() ([]byte, error) {
	for _, u := range rateUnits[:4] {
		n := float64(r) * float64(u.factor)
		if n == math.Trunc(n) && n < 1e15 && n/float64(u.factor) == float64(r) {
			return fmt.Appendf(nil, "%.0f/%s", n, u.name), nil
		}
	}
	return fmt.Appendf(nil, "%v/s", float64(r)), nil
}

// String returns the rate as it is written in the file.
func (r Rate) String() string { text, _ := r.MarshalText(); return string(text) }

// Share is a part of the whole, from 0 to 1: 0.1% or 0.001.
type Share float64

// UnmarshalText reads a share such as 0.1% or 0.001.
func (h *Share) UnmarshalText(text []byte) error {
	s := string(text)
	number, percent := strings.CutSuffix(s, "%")
	n, ok := parseFloat(number)
	if percent {
		n /= 100
	}
	if !ok || n < 0 || n > 1 {
		return notShare(s)
	}
	*h = Share(n)
	return nil
}

// MarshalText writes the share so that UnmarshalText reads the same.
func (h Share) MarshalText() ([]byte, error) {
	percent := strconv.FormatFloat(float64(h)*100, 'g', 6, 64)
	if n, err := strconv.ParseFloat(percent, 64); err == nil && n/100 == float64(h) {
		return []byte(percent + "%"), nil
	}
	return strconv.AppendFloat(nil, float64(h), 'g', -1, 64), nil
}

// String returns the share as it is written in the file.
func (h Share) String() string { text, _ := h.MarshalText(); return string(text) }

// Number is a bare number.
type Number float64

// UnmarshalText reads a number.
func (n *Number) UnmarshalText(text []byte) error {
	f, ok := parseFloat(string(text))
	if !ok {
		return notNumber(string(text))
	}
	*n = Number(f)
	return nil
}

// MarshalText writes the number so that UnmarshalText reads the same.
func (n Number) MarshalText() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(n), 'g', -1, 64), nil
}

// String returns the number.
func (n Number) String() string { text, _ := n.MarshalText(); return string(text) }

// Link names another component by section and name: queues.orders.
type Link struct{ Section, Name string }

// UnmarshalText reads a link such as queues.orders.
func (l *Link) UnmarshalText(text []byte) error {
	section, name, _ := strings.Cut(string(text), ".")
	if !IsName(section) || !IsName(name) {
		return fmt.Errorf("%s is not a link: write section.name, for example queues.orders", Quote(string(text)))
	}
	*l = Link{section, name}
	return nil
}

// MarshalText writes section.name.
func (l Link) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// String returns section.name.
func (l Link) String() string { return l.Section + "." + l.Name }

// NameMax is the most letters of a name.
const NameMax = 64

// FIFO is the ending of the names of FIFO queues and topics.
const FIFO = ".fifo"

// IsFIFO reports whether a link leads to a FIFO queue or topic, whose name ends so.
func IsFIFO(l Link) bool { return strings.HasSuffix(l.Name, FIFO) }

// IsName reports whether s can name a component: a letter, then letters, digits and underscores, all lower case, and
// the ending .fifo or not.
func IsName(s string) bool {
	s = strings.TrimSuffix(s, FIFO)
	for i, r := range s {
		letter := r >= 'a' && r <= 'z'
		if !letter && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != "" && len(s) <= NameMax
}
