package random

import (
	"fmt"
	"math"

	"weir/sim"
)

// Mixture is one of several distributions, chosen anew for each sample.
type Mixture struct {
	of     []Dist // those with a weight
	shares shares
}

// NewMixture returns the mixture of distributions by weight.
func NewMixture(weights []float64, of []Dist) (Mixture, error) {
	if len(weights) != len(of) {
		return Mixture{}, &ParameterError{"weights", fmt.Sprintf("must be as many as distributions, %d, not %d",
			len(of), len(weights))}
	}
	if err := checkWeights(weights); err != nil {
		return Mixture{}, err
	}
	var kept []Dist
	var keptWeights []float64
	for i, w := range weights {
		if of[i] == nil {
			return Mixture{}, &ParameterError{"of", fmt.Sprintf("must be given: distribution %d is nil", i)}
		}
		if w > 0 {
			kept, keptWeights = append(kept, of[i]), append(keptWeights, w)
		}
	}
	shares, err := newShares(keptWeights)
	return Mixture{kept, shares}, err
}

// scvMost bounds the squared coefficient of variation of hyperexponential distributions.
const scvMost = 1e6

// NewHyperexponential returns the mixture of two exponential distributions with balanced means (each brings half the
// total) that has the given mean and squared coefficient of variation scv, above 1 and at most a million (Morse,
// Queues, Inventories and Maintenance, 1958).
func NewHyperexponential(mean, scv float64) (Mixture, error) {
	if err := positive("mean", mean); err != nil {
		return Mixture{}, err
	}
	if !(scv > 1) || math.IsInf(scv, 0) {
		return Mixture{}, &ParameterError{"scv", fmt.Sprintf("must be above 1, not %v", scv)}
	}
	if err := within("scv", scv, 1, scvMost); err != nil {
		return Mixture{}, err
	}
	often := (1 + math.Sqrt((scv-1)/(scv+1))) / 2
	seldom := 1 / (scv + 1) / (2 * often) // 1 - often, without loss
	return NewMixture([]float64{often, seldom},
		[]Dist{Exponential{mean / (2 * often)}, Exponential{mean / (2 * seldom)}})
}

// Sample draws a value from one of the distributions.
func (m Mixture) Sample(r *sim.Rand) float64 { return m.of[m.shares.choice.Sample(r)].Sample(r) }

// Mean returns the expectation.
func (m Mixture) Mean() float64 {
	return m.shares.mean(func(i int) float64 { return m.of[i].Mean() })
}

// Variance returns the variance.
func (m Mixture) Variance() float64 {
	mean := m.Mean()
	if math.IsInf(mean, 0) {
		return math.Inf(1)
	}
	return m.shares.mean(func(i int) float64 {
		off := m.of[i].Mean() - mean
		return m.of[i].Variance() + float64(off*off)
	})
}

// CDF returns P(X ≤ x).
func (m Mixture) CDF(x float64) float64 {
	return min(1, m.shares.mean(func(i int) float64 { return m.of[i].CDF(x) }))
}

// Quantile returns the p-quantile: between the least and the greatest of the p-quantiles of the distributions, found by
// halving.
func (m Mixture) Quantile(p float64) float64 {
	if !isShare(p) {
		return math.NaN()
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, d := range m.of {
		q := d.Quantile(p)
		low, high = min(low, q), max(high, q)
	}
	if p == 1 {
		return high
	}
	if p == 0 || m.CDF(low) >= p {
		return low
	}
	for range 200 {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			break
		}
		if m.CDF(middle) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// Shifted is a distribution moved by a constant.
type Shifted struct {
	by float64
	of Dist
}

// NewShifted returns the distribution of by plus a sample of d.
func NewShifted(by float64, d Dist) (Shifted, error) {
	if d == nil {
		return Shifted{}, &ParameterError{"of", "must be given: the distribution is nil"}
	}
	return Shifted{by, d}, finite("by", by)
}

// Sample draws a value.
func (s Shifted) Sample(r *sim.Rand) float64 { return s.by + s.of.Sample(r) }

// Mean returns the expectation.
func (s Shifted) Mean() float64 { return s.by + s.of.Mean() }

// Variance returns the variance.
func (s Shifted) Variance() float64 { return s.of.Variance() }

// CDF returns P(X ≤ x).
func (s Shifted) CDF(x float64) float64 { return s.of.CDF(x - s.by) }

// Quantile returns the p-quantile.
func (s Shifted) Quantile(p float64) float64 { return s.by + s.of.Quantile(p) }
