package random

import (
	"fmt"
	"math"

	"weir/sim"
)

// Bernoulli is a trial that succeeds with a fixed probability.
type Bernoulli struct{ p float64 }

// NewBernoulli returns the trial that succeeds with probability p.
func NewBernoulli(p float64) (Bernoulli, error) {
	if !isShare(p) {
		return Bernoulli{}, &ParameterError{"p", fmt.Sprintf("must be from 0 to 1, not %v", p)}
	}
	return Bernoulli{p}, nil
}

// Sample draws whether the trial succeeds. It draws nothing when it cannot.
func (b Bernoulli) Sample(r *sim.Rand) bool { return b.p > 0 && r.Float64() < b.p }

// Mean returns the probability.
func (b Bernoulli) Mean() float64 { return b.p }

// Variance returns the variance of 1 for success and 0 for failure.
func (b Bernoulli) Variance() float64 { return b.p * (1 - b.p) }

// Geometric is the number of trials up to and including the first success.
type Geometric struct {
	p    float64
	rate float64 // of failure: a trial fails with probability e to the power of -rate
}

// geometricLeast is the least probability of success, which keeps the number of trials a whole one.
const geometricLeast = 1e-12

// NewGeometric returns the geometric distribution with success probability p, at least 10⁻¹².
func NewGeometric(p float64) (Geometric, error) {
	if !(p > 0 && p <= 1) {
		return Geometric{}, &ParameterError{"p", fmt.Sprintf("must be above 0 and at most 1, not %v", p)}
	}
	return Geometric{p, -Log1p(-p)}, within("p", p, geometricLeast, 1)
}

// Sample draws a number of trials, at least 1: an exponential time, counted in trials.
func (g Geometric) Sample(r *sim.Rand) float64 {
	return 1 + math.Floor(StandardExponential(r)/g.rate)
}

// Mean returns the expectation.
func (g Geometric) Mean() float64 { return 1 / g.p }

// Variance returns the variance.
func (g Geometric) Variance() float64 { return (1 - g.p) / (g.p * g.p) }

// CDF returns P(X ≤ x).
func (g Geometric) CDF(x float64) float64 {
	if x < 1 {
		return 0
	}
	return -Expm1(-g.rate * math.Floor(x))
}

// Quantile returns the p-quantile.
func (g Geometric) Quantile(p float64) float64 {
	if !isShare(p) {
		return math.NaN()
	}
	if g.p == 1 {
		return 1
	}
	n := max(1, math.Ceil(-Log1p(-p)/g.rate))
	switch { // rounding
	case n > 1 && g.CDF(n-1) >= p:
		return n - 1
	case g.CDF(n) < p:
		return n + 1
	}
	return n
}
