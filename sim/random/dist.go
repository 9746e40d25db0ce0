// Package random has the distributions that models sample from, portable to the bit.
package random

import (
	"fmt"
	"math"

	"weir/sim"
)

// Dist is a distribution of real numbers. Its values are immutable and may be shared by any number of samplers.
type Dist interface {
	// Sample draws a value with the random numbers of r.
	Sample(r *sim.Rand) float64
	// Mean returns the expectation; +Inf where there is none.
	Mean() float64
	// Variance returns the variance; +Inf where there is none.
	Variance() float64
	// CDF returns P(X ≤ x).
	CDF(x float64) float64
	// Quantile returns the least x with P(X ≤ x) ≥ p; the lower end of the values for 0, NaN for a p outside [0, 1].
	Quantile(p float64) float64
}

// ParameterError is a parameter out of its range.
type ParameterError struct {
	Field   string // as the constructor's documentation calls it: cv
	Problem string // must be positive and finite, not -1
}

// Error names the field and the problem.
func (e *ParameterError) Error() string { return e.Field + " " + e.Problem }

// Parameters beyond these bounds cannot be squared without overflow, and no model has a use for them.
const (
	hugest   = 1e100
	smallest = 1e-100
)

func finite(field string, v float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return &ParameterError{field, fmt.Sprintf("must be finite, not %v", v)}
	}
	return within(field, v, -hugest, hugest)
}

func positive(field string, v float64) error { return positiveWithin(field, v, smallest, hugest) }

func positiveWithin(field string, v, low, high float64) error {
	if !(v > 0) || math.IsInf(v, 0) {
		return &ParameterError{field, fmt.Sprintf("must be positive and finite, not %v", v)}
	}
	return within(field, v, low, high)
}

func within(field string, v, low, high float64) error {
	if !(v >= low && v <= high) {
		return &ParameterError{field, fmt.Sprintf("must be from %v to %v, not %v", low, high, v)}
	}
	return nil
}

// first returns the first error there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// isShare reports whether p is from 0 to 1.
func isShare(p float64) bool { return p >= 0 && p <= 1 }
