package random

import (
	"math"

	"weir/sim"
)

// Weibull is the Weibull distribution: with a shape below 1, most values are small and a few are very large.
type Weibull struct{ shape, scale float64 }

// shapeMost bounds the shapes of Weibull and Pareto distributions from above; shapeLeast those with an infinite tail
// from below, where the 0.99-quantile is beyond ten million times the median.
const (
	shapeLeast = 0.1
	shapeMost  = 1000
)

// NewWeibull returns the Weibull distribution with the given shape, from 0.1 to 1,000, and scale, the 0.632-quantile.
func NewWeibull(shape, scale float64) (Weibull, error) {
	return Weibull{shape, scale}, first(positiveWithin("shape", shape, shapeLeast, shapeMost), positive("scale", scale))
}

// Sample draws a value.
func (w Weibull) Sample(r *sim.Rand) float64 {
	return float64(w.scale * Exp(Log(StandardExponential(r))/w.shape))
}

// Mean returns the expectation.
func (w Weibull) Mean() float64 { return w.scale * gammaFunction(1+1/w.shape) }

// Variance returns the variance.
func (w Weibull) Variance() float64 {
	if w.shape < 5 {
		mean := gammaFunction(1 + 1/w.shape)
		return w.scale * w.scale * (gammaFunction(1+2/w.shape) - float64(mean*mean))
	}
	// The closed form cancels. The logarithm t of a standard exponential variable has the density e to the power of
	// t - e^t.
	_, variance := moments(func(t float64) float64 { return Expm1(t / w.shape) },
		func(t float64) float64 { return Exp(t - Exp(t)) }, -40, 4.5, 0.25)
	return w.scale * w.scale * variance
}

// CDF returns P(X ≤ x).
func (w Weibull) CDF(x float64) float64 { return -Expm1(-Pow(max(0, x)/w.scale, w.shape)) }

// Quantile returns the p-quantile.
func (w Weibull) Quantile(p float64) float64 {
	if !isShare(p) {
		return math.NaN()
	}
	return w.scale * Pow(-Log1p(-p), 1/w.shape)
}
