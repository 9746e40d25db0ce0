package random

import (
	"fmt"
	"math"

	"weir/sim"
)

// Normal is a normal distribution restricted to the values between two bounds.
type Normal struct {
	mean, sd  float64 // before the restriction
	low, high float64
	// In standard deviations from the mean, mirrored if sign is -1 so that 0 is nearer to a than to b:
	a, b, sign float64
	share      float64 // of the normal distribution that lies between the bounds
	method     normalMethod
}

// normalMethod is how samples are drawn: by rejecting those of the normal distribution, of an exponential one that
// starts at a (Robert, Statistics and Computing 5(2), 1995), or of a uniform one from a to b. Each takes fewer than
// four tries.
type normalMethod uint8

const (
	rejectNormal normalMethod = iota
	rejectExponential
	rejectUniform
)

// NewNormal returns the normal distribution with the given mean and standard deviation sd, restricted to [low, high],
// which may be infinite. The bounds change mean and standard deviation: Mean and Variance tell what they become. They
// must keep at least a thousandth of the distribution.
func NewNormal(mean, sd, low, high float64) (Normal, error) {
	n := Normal{mean: mean, sd: sd, low: low, high: high, a: (low - mean) / sd, b: (high - mean) / sd, sign: 1}
	err := first(finite("mean", mean), positive("sd", sd))
	switch {
	case err != nil:
		return Normal{}, err
	case math.IsNaN(low):
		return Normal{}, &ParameterError{"low", "must be a number or infinite, not NaN"}
	case math.IsNaN(high):
		return Normal{}, &ParameterError{"high", "must be a number or infinite, not NaN"}
	case high <= low:
		return Normal{}, &ParameterError{"high", fmt.Sprintf("must be above low, %v", low)}
	}
	if n.a+n.b < 0 {
		n.a, n.b, n.sign = -n.b, -n.a, -1
	}
	n.share = normalShare(n.a, n.b)
	switch {
	case !(n.share >= 1e-3):
		return Normal{}, &ParameterError{"low", "and high must keep at least a thousandth of the distribution"}
	case n.share > 0.25:
		n.method = rejectNormal
	case n.a > 0 && n.tailRate()*(n.b-n.a) > 2:
		n.method = rejectExponential
	default:
		n.method = rejectUniform
	}
	return n, nil
}

// normalShare returns the share of the normal distribution from a to b, with a + b ≥ 0.
func normalShare(a, b float64) float64 {
	if a > 0 {
		return normalTailShare(a) - normalTailShare(b)
	}
	return 1 - (NormalCDF(a) + normalTailShare(b))
}

// tailRate returns the rate of the exponential distribution that fits the tail beyond a best.
func (n *Normal) tailRate() float64 { return (n.a + math.Sqrt(mulAdd(n.a, n.a, 4))) / 2 }

// Sample draws a value.
func (n Normal) Sample(r *sim.Rand) float64 {
	if n.method != rejectNormal {
		return n.place(n.rare(r))
	}
	for {
		if x := mulAdd(n.sd, StandardNormal(r), n.mean); x >= n.low && x <= n.high {
			return x
		}
	}
}

// rare draws from a part of the distribution that normal samples seldom hit.
func (n *Normal) rare(r *sim.Rand) float64 {
	rate := n.tailRate()
	peak := max(n.a, 0)
	for {
		var z, cost float64
		if n.method == rejectExponential {
			z = n.a + StandardExponential(r)/rate
			cost = float64((z - rate) * (z - rate))
		} else {
			z = mulAdd(r.Float64(), n.b-n.a, n.a)
			cost = float64((z - peak) * (z + peak))
		}
		if z <= n.b && 2*StandardExponential(r) > cost {
			return z
		}
	}
}

// place returns the value that lies z standard deviations from the mean.
func (n *Normal) place(z float64) float64 {
	return clampTo(mulAdd(float64(n.sign*n.sd), z, n.mean), n.low, n.high)
}

// Mean returns the expectation, bounds considered.
func (n Normal) Mean() float64 {
	mean, _ := n.moments()
	return mulAdd(float64(n.sign*n.sd), mean, n.mean)
}

// Variance returns the variance, bounds considered.
func (n Normal) Variance() float64 {
	_, variance := n.moments()
	return n.sd * n.sd * variance
}

// moments returns the mean and variance of the part from a to b, in standard deviations. Beyond 10 there is nothing:
// less than 10⁻²² of the distribution.
func (n *Normal) moments() (mean, variance float64) {
	a, b := max(n.a, -10), min(n.b, 10)
	peak := max(a, 0)
	return moments(func(z float64) float64 { return z },
		func(z float64) float64 { return Exp(-float64((z-peak)*(z+peak)) / 2) }, a, b, 0.25)
}

// CDF returns P(X ≤ x).
func (n Normal) CDF(x float64) float64 {
	if x <= n.low {
		return 0
	}
	if x >= n.high {
		return 1
	}
	z := n.sign * (x - n.mean) / n.sd
	below := clampTo((NormalCDF(z)-NormalCDF(n.a))/n.share, 0, 1)
	above := clampTo((NormalCDF(-z)-NormalCDF(-n.b))/n.share, 0, 1)
	if n.sign < 0 {
		z, below, above = -z, above, below
	}
	if z < 0 { // the smaller share is the exact one
		return below
	}
	return 1 - above
}

// Quantile returns the p-quantile.
func (n Normal) Quantile(p float64) float64 {
	switch {
	case !isShare(p):
		return math.NaN()
	case p == 0:
		return n.low
	case p == 1:
		return n.high
	}
	lower, upper := p, 1-p
	if n.sign < 0 {
		lower, upper = upper, lower
	}
	below := mulAdd(lower, n.share, NormalCDF(n.a))
	above := mulAdd(upper, n.share, NormalCDF(-n.b))
	if below < above { // the smaller share is the exact one
		return n.place(NormalQuantile(below))
	}
	return n.place(-NormalQuantile(above))
}
