package random

import (
	"fmt"
	"math"

	"weir/sim"
)

// Gamma is the gamma distribution. With a whole shape k it is Erlang's: the sum of k exponential stages.
type Gamma struct {
	shape, scale float64
	d, c         float64 // of Marsaglia and Tsang, for the shape, or the shape plus 1 if it is below 1
}

func newGamma(shape, scale float64) Gamma {
	d := shape - 1.0/3
	if shape < 1 {
		d++
	}
	return Gamma{shape, scale, d, 1 / math.Sqrt(9*d)}
}

// NewGamma returns the gamma distribution with the given mean and coefficient of variation, from 0.001 to 100.
func NewGamma(mean, cv float64) (Gamma, error) {
	if err := first(positive("mean", mean), positiveWithin("cv", cv, 0.001, 100)); err != nil {
		return Gamma{}, err
	}
	return newGamma(1/float64(cv*cv), mean*float64(cv*cv)), nil
}

// erlangMost is the greatest number of stages: the coefficient of variation is then 0.001.
const erlangMost = 1_000_000

// NewErlang returns the distribution of the sum of k exponential stages, at most a million, with the given mean in all.
func NewErlang(k int, mean float64) (Gamma, error) {
	if k < 1 || k > erlangMost {
		return Gamma{}, &ParameterError{"k", fmt.Sprintf("must be from 1 to %d, not %d", erlangMost, k)}
	}
	if err := positive("mean", mean); err != nil {
		return Gamma{}, err
	}
	return newGamma(float64(k), mean/float64(k)), nil
}

// Sample draws a value.
func (g Gamma) Sample(r *sim.Rand) float64 {
	sample := float64(g.standard(r) * g.scale)
	if g.shape < 1 {
		return float64(sample * Exp(-StandardExponential(r)/g.shape))
	}
	return sample
}

// standard draws with scale 1 and the shape that d and c are for.
func (g *Gamma) standard(r *sim.Rand) float64 {
	for {
		x := StandardNormal(r)
		root := mulAdd(g.c, x, 1)
		if root <= 0 {
			continue
		}
		v := float64(root * float64(root*root))
		u, square := r.Float64(), float64(x*x)
		if u < mulAdd(-0.0331, float64(square*square), 1) ||
			Log(u) < mulAdd(g.d, 1-v+Log(v), square/2) {
			return float64(g.d * v)
		}
	}
}

// Mean returns the expectation.
func (g Gamma) Mean() float64 { return g.shape * g.scale }

// Variance returns the variance.
func (g Gamma) Variance() float64 { return g.shape * g.scale * g.scale }

// CDF returns P(X ≤ x).
func (g Gamma) CDF(x float64) float64 {
	below, _ := gammaShares(g.shape, x/g.scale)
	return below
}

// Quantile returns the p-quantile, found from the CDF in some microseconds.
func (g Gamma) Quantile(p float64) float64 {
	switch {
	case !isShare(p):
		return math.NaN()
	case p == 0:
		return 0
	case p == 1:
		return math.Inf(1)
	}
	return g.scale * gammaQuantile(g.shape, p)
}
