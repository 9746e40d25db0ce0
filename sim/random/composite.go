package random

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"weir/sim"
)

// Empirical is a recorded distribution: each value with its weight.
type Empirical struct {
	values     []float64 // ascending
	cumulative []float64 // share of the values up to each one
	choice     *Choice
}

// NewEmpirical returns the distribution of the values by weight; nil weights make all values alike.
func NewEmpirical(values, weights []float64) (Empirical, error) {
	if len(values) == 0 {
		return Empirical{}, &ParameterError{"values", "must hold at least one value"}
	}
	if weights == nil {
		weights = slices.Repeat([]float64{1}, len(values))
	}
	if len(weights) != len(values) {
		return Empirical{}, &ParameterError{"weights", fmt.Sprintf("must be as many as values, %d, not %d",
			len(values), len(weights))}
	}
	order := make([]int, len(values))
	for i, v := range values {
		order[i] = i
		if err := finite("values", v); err != nil {
			return Empirical{}, err
		}
	}
	sort.SliceStable(order, func(i, j int) bool { return values[order[i]] < values[order[j]] })
	e := Empirical{}
	sorted := make([]float64, len(order))
	for i, k := range order {
		e.values = append(e.values, values[k])
		sorted[i] = weights[k]
	}
	choice, err := NewChoice(sorted)
	if err != nil {
		return Empirical{}, err
	}
	e.choice = choice
	total, running := sum(sorted), 0.0
	for _, w := range sorted {
		running += w
		e.cumulative = append(e.cumulative, running/total)
	}
	return e, nil
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// Sample draws one of the values.
func (e Empirical) Sample(r *sim.Rand) float64 { return e.values[e.choice.Sample(r)] }

func (e Empirical) moment(of func(float64) float64) (m float64) {
	below := 0.0
	for i, v := range e.values {
		m += (e.cumulative[i] - below) * of(v)
		below = e.cumulative[i]
	}
	return m
}

// Mean returns the weighted mean of the values.
func (e Empirical) Mean() float64 { return e.moment(func(v float64) float64 { return v }) }

// Variance returns the weighted variance of the values.
func (e Empirical) Variance() float64 {
	mean := e.Mean()
	return e.moment(func(v float64) float64 { return (v - mean) * (v - mean) })
}

// Quantile returns the least value with at least the share p at or below it.
func (e Empirical) Quantile(p float64) float64 {
	i, _ := slices.BinarySearch(e.cumulative, p)
	return e.values[min(i, len(e.values)-1)]
}

// Mixture is one of several distributions, chosen anew for each sample.
type Mixture struct {
	choice *Choice
	shares []float64
	of     []Dist
}

// NewMixture returns the mixture of distributions by weight.
func NewMixture(weights []float64, of []Dist) (Mixture, error) {
	if len(of) == 0 || len(weights) != len(of) {
		return Mixture{}, &ParameterError{"weight", "must stand beside each distribution"}
	}
	choice, err := NewChoice(weights)
	if err != nil {
		return Mixture{}, err
	}
	m := Mixture{choice: choice, of: of}
	total := sum(weights)
	for _, w := range weights {
		m.shares = append(m.shares, w/total)
	}
	return m, nil
}

// NewHyperexponential returns the mixture of two exponential distributions with balanced means that has the given mean
// and squared coefficient of variation, above 1.
func NewHyperexponential(mean, scv float64) (Mixture, error) {
	if err := positive("mean", mean); err != nil {
		return Mixture{}, err
	}
	if !(scv > 1) || math.IsInf(scv, 0) {
		return Mixture{}, &ParameterError{"scv", fmt.Sprintf("must be above 1, not %v", scv)}
	}
	p := (1 + math.Sqrt((scv-1)/(scv+1))) / 2
	return NewMixture([]float64{p, 1 - p},
		[]Dist{Exponential{mean / float64(2*p)}, Exponential{mean / float64(2*(1-p))}})
}

// Sample draws a value from one of the distributions.
func (m Mixture) Sample(r *sim.Rand) float64 { return m.of[m.choice.Sample(r)].Sample(r) }

// Mean returns the expectation.
func (m Mixture) Mean() (mean float64) {
	for i, d := range m.of {
		mean += m.shares[i] * d.Mean()
	}
	return mean
}

// Variance returns the variance.
func (m Mixture) Variance() float64 {
	second := 0.0
	for i, d := range m.of {
		second += m.shares[i] * (d.Variance() + d.Mean()*d.Mean())
	}
	return second - m.Mean()*m.Mean()
}

// Quantile returns the p-quantile to 15 digits: the distributions' mixed share below it is found by bisection.
func (m Mixture) Quantile(p float64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, d := range m.of {
		q := d.Quantile(p)
		low, high = min(low, q), max(high, q)
	}
	for range 200 {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			break
		}
		if m.below(middle) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// below returns the share at or below x, by inverting each distribution's quantiles.
func (m Mixture) below(x float64) (share float64) {
	for i, d := range m.of {
		share += m.shares[i] * cdf(d, x)
	}
	return share
}

func cdf(d Dist, x float64) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		middle := (low + high) / 2
		if d.Quantile(middle) <= x {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// Shifted is a distribution moved by a constant.
type Shifted struct {
	by float64
	of Dist
}

// NewShifted returns the distribution of by plus a sample of d.
func NewShifted(by float64, d Dist) (Shifted, error) { return Shifted{by, d}, finite("by", by) }

// Sample draws a value.
func (s Shifted) Sample(r *sim.Rand) float64 { return s.by + s.of.Sample(r) }

// Mean returns the expectation.
func (s Shifted) Mean() float64 { return s.by + s.of.Mean() }

// Variance returns the variance.
func (s Shifted) Variance() float64 { return s.of.Variance() }

// Quantile returns the p-quantile.
func (s Shifted) Quantile(p float64) float64 { return s.by + s.of.Quantile(p) }
