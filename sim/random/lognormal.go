package random

import (
	"fmt"
	"math"

	"weir/sim"
)

// Lognormal is the distribution of a number whose logarithm is normal.
type Lognormal struct{ median, sigma float64 }

// The widest lognormal distributions.
const (
	lognormalCVMost    = 1000
	lognormalRatioMost = 1e6
)

// NewLognormal returns the lognormal distribution with the given mean and coefficient of variation, at most 1,000.
func NewLognormal(mean, cv float64) (Lognormal, error) {
	if err := first(positive("mean", mean), positiveWithin("cv", cv, smallest, lognormalCVMost)); err != nil {
		return Lognormal{}, err
	}
	square := float64(cv * cv)
	return Lognormal{mean / math.Sqrt(1+square), math.Sqrt(Log1p(square))}, nil
}

// z99 is the standard normal distribution's 0.99-quantile.
const z99 = 2.32634787404084110089

// NewLognormalFromQuantiles returns the lognormal distribution with the given median and 0.99-quantile, which is above
// the median and at most a million times as much.
func NewLognormalFromQuantiles(p50, p99 float64) (Lognormal, error) {
	err := first(positive("p50", p50), positive("p99", p99))
	switch {
	case err != nil:
	case p99 <= p50:
		err = &ParameterError{"p99", fmt.Sprintf("must be above p50, %v", p50)}
	case p99/p50 > lognormalRatioMost:
		err = &ParameterError{"p99", fmt.Sprintf("must be at most a million times p50, %v", p50)}
	}
	if err != nil {
		return Lognormal{}, err
	}
	return Lognormal{p50, Log(p99/p50) / z99}, nil
}

// Sample draws a value.
func (l Lognormal) Sample(r *sim.Rand) float64 {
	return float64(l.median * Exp(float64(l.sigma*StandardNormal(r))))
}

// Mean returns the expectation.
func (l Lognormal) Mean() float64 { return l.median * Exp(float64(l.sigma*l.sigma)/2) }

// Variance returns the variance.
func (l Lognormal) Variance() float64 {
	mean := l.Mean()
	return mean * mean * Expm1(float64(l.sigma*l.sigma))
}

// CDF returns P(X ≤ x).
func (l Lognormal) CDF(x float64) float64 { return NormalCDF(Log(max(0, x)/l.median) / l.sigma) }

// Quantile returns the p-quantile.
func (l Lognormal) Quantile(p float64) float64 {
	return l.median * Exp(float64(l.sigma*NormalQuantile(p)))
}
