package random

import (
	"fmt"
	"math"

	"weir/sim"
)

// Constant is always the same value.
type Constant struct{ Value float64 }

// NewConstant returns the constant v.
func NewConstant(v float64) (Constant, error) { return Constant{v}, finite("constant", v) }

// Sample returns the value and draws nothing.
func (c Constant) Sample(*sim.Rand) float64 { return c.Value }

// Mean returns the value.
func (c Constant) Mean() float64 { return c.Value }

// Variance returns 0.
func (c Constant) Variance() float64 { return 0 }

// CDF returns 0 below the value and 1 from it on.
func (c Constant) CDF(x float64) float64 {
	if x >= c.Value {
		return 1
	}
	return 0
}

// Quantile returns the value.
func (c Constant) Quantile(p float64) float64 {
	if !isShare(p) {
		return math.NaN()
	}
	return c.Value
}

// Uniform is uniform between two bounds.
type Uniform struct{ low, high float64 }

// NewUniform returns the uniform distribution on [low, high].
func NewUniform(low, high float64) (Uniform, error) {
	err := first(finite("low", low), finite("high", high))
	if err == nil && high < low {
		err = &ParameterError{"high", fmt.Sprintf("must not be below low, %v", low)}
	}
	return Uniform{low, high}, err
}

// Sample draws a value.
func (u Uniform) Sample(r *sim.Rand) float64 {
	return min(mulAdd(r.Float64(), u.high-u.low, u.low), u.high)
}

// Mean returns the middle.
func (u Uniform) Mean() float64 { return u.low + (u.high-u.low)/2 }

// Variance returns the width squared over 12.
func (u Uniform) Variance() float64 { return (u.high - u.low) * (u.high - u.low) / 12 }

// CDF returns P(X ≤ x).
func (u Uniform) CDF(x float64) float64 {
	if x >= u.high {
		return 1
	}
	return max(0, (x-u.low)/(u.high-u.low))
}

// Quantile returns the p-quantile.
func (u Uniform) Quantile(p float64) float64 {
	if !isShare(p) {
		return math.NaN()
	}
	return min(mulAdd(p, u.high-u.low, u.low), u.high)
}

// Exponential is the exponential distribution, the time between events that happen independently at a constant rate.
type Exponential struct{ mean float64 }

// NewExponential returns the exponential distribution with the given mean.
func NewExponential(mean float64) (Exponential, error) {
	return Exponential{mean}, positive("mean", mean)
}

// Sample draws a value.
func (e Exponential) Sample(r *sim.Rand) float64 { return float64(StandardExponential(r) * e.mean) }

// Mean returns the mean.
func (e Exponential) Mean() float64 { return e.mean }

// Variance returns the mean squared.
func (e Exponential) Variance() float64 { return e.mean * e.mean }

// CDF returns P(X ≤ x).
func (e Exponential) CDF(x float64) float64 { return -Expm1(-max(0, x) / e.mean) }

// Quantile returns the p-quantile.
func (e Exponential) Quantile(p float64) float64 {
	if !isShare(p) {
		return math.NaN()
	}
	return -e.mean * Log1p(-p)
}
