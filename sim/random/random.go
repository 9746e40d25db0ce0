// Package random has the distributions that models sample from, portable to the bit.
package random

import (
	"fmt"
	"math"

	"weir/sim"
)

// Dist is a distribution of real numbers.
type Dist interface {
	// Sample draws a value with the random numbers of r.
	Sample(r *sim.Rand) float64
	// Mean returns the expectation; +Inf where there is none.
	Mean() float64
	// Variance returns the variance; +Inf where there is none.
	Variance() float64
	// Quantile returns the least x with P(X ≤ x) ≥ p, for p in [0, 1].
	Quantile(p float64) float64
}

// ParameterError is a parameter out of its range.
type ParameterError struct{ Field, Problem string }

// Error names the field and the problem.
func (e *ParameterError) Error() string { return e.Field + " " + e.Problem }

func positive(field string, v float64) error {
	if !(v > 0) || math.IsInf(v, 0) {
		return &ParameterError{field, fmt.Sprintf("must be positive and finite, not %v", v)}
	}
	return nil
}

func finite(field string, v float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return &ParameterError{field, fmt.Sprintf("must be finite, not %v", v)}
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Duration samples lengths of time from a distribution of nanoseconds, rounded and never negative.
type Duration struct {
	kind  kind
	a     float64
	fixed sim.Duration
	dist  Dist
	rand  *sim.Rand
}

type kind uint8

const (
	general kind = iota
	constant
	exponential
)

// NewDuration returns the sampler of d, whose values are nanoseconds, with the random numbers of r.
func NewDuration(d Dist, r *sim.Rand) Duration {
	s := Duration{dist: d, rand: r}
	switch d := d.(type) {
	case nil:
		s.kind = constant
	case Constant:
		s.kind, s.fixed = constant, clamp(d.Value)
	case Exponential:
		s.kind, s.a = exponential, d.mean
	}
	return s
}

// Sample draws a length of time.
func (d *Duration) Sample() sim.Duration {
	switch d.kind {
	case constant:
		return d.fixed
	case exponential:
		return clamp(float64(StandardExponential(d.rand) * d.a))
	}
	return clamp(d.dist.Sample(d.rand))
}

// Mean returns the expectation in nanoseconds.
func (d *Duration) Mean() float64 {
	if d.dist == nil {
		return 0
	}
	return d.dist.Mean()
}

func clamp(ns float64) sim.Duration {
	switch {
	case !(ns > 0):
		return 0
	case ns >= math.MaxInt64:
		return math.MaxInt64
	}
	return sim.Duration(ns + 0.5)
}
