package random

import (
	"fmt"
	"math"

	"weir/sim"
)

// Pareto is the Pareto distribution: the share of values above x falls as a power of x.
type Pareto struct{ shape, scale float64 }

// NewPareto returns the Pareto distribution of values from scale on, with the share (scale/x) to the power of shape
// above x. The shape is from 0.1 to 1,000; up to 1 there is no mean, up to 2 no variance.
func NewPareto(shape, scale float64) (Pareto, error) {
	return Pareto{shape, scale}, first(positiveWithin("shape", shape, shapeLeast, shapeMost), positive("scale", scale))
}

// Sample draws a value.
func (p Pareto) Sample(r *sim.Rand) float64 {
	return float64(p.scale * Exp(StandardExponential(r)/p.shape))
}

// Mean returns the expectation, +Inf up to shape 1.
func (p Pareto) Mean() float64 {
	if p.shape <= 1 {
		return math.Inf(1)
	}
	return p.scale * p.shape / (p.shape - 1)
}

// Variance returns the variance, +Inf up to shape 2.
func (p Pareto) Variance() float64 {
	if p.shape <= 2 {
		return math.Inf(1)
	}
	root := p.scale / (p.shape - 1)
	return root * root * p.shape / (p.shape - 2)
}

// CDF returns P(X ≤ x).
func (p Pareto) CDF(x float64) float64 { return -Expm1(-p.shape * Log(max(1, x/p.scale))) }

// Quantile returns the q-quantile.
func (p Pareto) Quantile(q float64) float64 {
	if !isShare(q) {
		return math.NaN()
	}
	return p.scale * Exp(-Log1p(-q)/p.shape)
}

// BoundedPareto is a Pareto distribution restricted to values up to a bound.
type BoundedPareto struct {
	shape, low, high float64
	span             float64 // ln(high/low)
	share            float64 // of the unrestricted distribution that lies below high
}

// rangeMost bounds the upper bound of a Pareto distribution, over the lower one.
const rangeMost = 1e30

// NewBoundedPareto returns the Pareto distribution with the given shape, at most 1,000, restricted to [low, high]. Over
// the lower bound, the upper one is at most 10³⁰.
func NewBoundedPareto(shape, low, high float64) (BoundedPareto, error) {
	err := first(positiveWithin("shape", shape, smallest, shapeMost), positive("low", low), positive("high", high))
	switch {
	case err != nil:
	case high <= low:
		err = &ParameterError{"high", fmt.Sprintf("must be above low, %v", low)}
	case high/low > rangeMost:
		err = &ParameterError{"high", fmt.Sprintf("must be at most %v times low, %v", rangeMost, low)}
	}
	if err != nil {
		return BoundedPareto{}, err
	}
	span := Log(high / low)
	return BoundedPareto{shape, low, high, span, -Expm1(-float64(shape * span))}, nil
}

// Sample draws a value.
func (p BoundedPareto) Sample(r *sim.Rand) float64 { return p.at(r.Float64()) }

func (p *BoundedPareto) at(q float64) float64 {
	return clampTo(p.low*Exp(-Log1p(-float64(q*p.share))/p.shape), p.low, p.high)
}

// moment returns the expectation of (X/low) to the power of k: the ratio of two integrals of exponential functions over
// the logarithm of X.
func (p *BoundedPareto) moment(k float64) float64 {
	return meanExp((k-p.shape)*p.span) / meanExp(-p.shape*p.span)
}

// meanExp returns the mean of the exponential function between 0 and t.
func meanExp(t float64) float64 {
	if t == 0 {
		return 1
	}
	return Expm1(t) / t
}

// Mean returns the expectation.
func (p BoundedPareto) Mean() float64 { return p.low * p.moment(1) }

// Variance returns the variance.
func (p BoundedPareto) Variance() float64 {
	if p.span > 1 && p.shape < 5 {
		mean := p.moment(1)
		return p.low * p.low * (p.moment(2) - float64(mean*mean))
	}
	// The closed form cancels. The logarithm t of X/low is exponential, up to span; far out it adds nothing.
	end := p.span
	if p.shape >= 5 {
		end = min(end, 50/(p.shape-2))
	}
	_, variance := moments(Expm1, func(t float64) float64 { return Exp(-float64(p.shape * t)) },
		0, end, 0.25/max(p.shape, 1))
	return p.low * p.low * variance
}

// CDF returns P(X ≤ x).
func (p BoundedPareto) CDF(x float64) float64 {
	return min(1, -Expm1(-p.shape*Log(max(1, x/p.low)))/p.share)
}

// Quantile returns the q-quantile.
func (p BoundedPareto) Quantile(q float64) float64 {
	if !isShare(q) {
		return math.NaN()
	}
	return p.at(q)
}
