package sim

import (
	"math"
	"strings"
	"time"
)

// Time is an instant: nanoseconds of virtual time since the start of the trial.
type Time int64

// Duration is a length of virtual time in nanoseconds.
type Duration int64

// Lengths of virtual time.
const (
	Nanosecond  Duration = 1
	Microsecond          = 1000 * Nanosecond
	Millisecond          = 1000 * Microsecond
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
	Hour                 = 60 * Minute
	Day                  = 24 * Hour
)

// Never is the instant that no trial reaches.
const Never = Time(math.MaxInt64)

// Add returns the instant d after t. It saturates at Never.
func (t Time) Add(d Duration) Time {
	if sum := t + Time(d); sum >= t || d < 0 {
		return sum
	}
	return Never
}

// Sub returns the length from u to t.
func (t Time) Sub(u Time) Duration { return Duration(t - u) }

// Seconds returns the instant in seconds since the start of the trial.
func (t Time) Seconds() float64 { return float64(t) / float64(Second) }

// Plus returns the sum of two lengths, or the longest there is if that is less.
func (d Duration) Plus(e Duration) Duration {
	if sum := d + e; sum >= d || e < 0 {
		return sum
	}
	return math.MaxInt64
}

// Share returns so much of the length, a share of 1 being all of it: whole nanoseconds, cut off, and not more than all.
func (d Duration) Share(share float64) Duration {
	if part := float64(d) * share; part < float64(d) {
		return Duration(part)
	}
	return d
}

// Seconds returns the length in seconds.
func (d Duration) Seconds() float64 { return float64(d) / float64(Second) }

// String returns the length in Go's notation without what is 0 at its end, such as 1.5s or 10m.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if short, ok := strings.CutSuffix(s, "m0s"); ok {
		s = short + "m"
	}
	if short, ok := strings.CutSuffix(s, "h0m"); ok {
		s = short + "h"
	}
	return s
}

// String returns the instant as its length since the start of the trial.
func (t Time) String() string { return Duration(t).String() }

// Seconds returns the length of s seconds, rounded to the nearest nanosecond. It saturates at 292 years, and panics
// if s is not a number.
func Seconds(s float64) Duration {
	switch ns := math.Round(s * float64(Second)); {
	case ns >= math.MaxInt64:
		return math.MaxInt64
	case ns <= math.MinInt64:
		return math.MinInt64
	case ns != ns:
		panic("sim: Seconds of a value that is not a number")
	default:
		return Duration(ns)
	}
}
