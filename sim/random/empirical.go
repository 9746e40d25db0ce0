package random

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"

	"weir/sim"
)

// Empirical is a recorded distribution: each value with the share of its weight, and nothing between the values.
type Empirical struct {
	values []float64 // ascending, those with a weight
	shares shares
}

// NewEmpirical returns the distribution of the values by weight; nil weights make all values alike. There are at most
// 16,777,216 values.
func NewEmpirical(values, weights []float64) (Empirical, error) {
	values, weights, err := recorded(values, weights)
	if err != nil {
		return Empirical{}, err
	}
	n := 0
	for i, w := range weights {
		if w > 0 {
			values[n], weights[n] = values[i], w
			n++
		}
	}
	shares, err := newShares(weights[:n])
	return Empirical{values[:n], shares}, err
}

// recorded returns copies of values and weights in ascending order of the values.
func recorded(values, weights []float64) (sorted, sortedWeights []float64, err error) {
	switch {
	case len(values) == 0:
		return nil, nil, &ParameterError{"values", "must hold at least one value"}
	case len(values) > choiceMost:
		return nil, nil, &ParameterError{"values", fmt.Sprintf("must be at most %d, not %d", choiceMost, len(values))}
	case weights == nil:
		weights = slices.Repeat([]float64{1}, len(values))
	case len(weights) != len(values):
		return nil, nil, &ParameterError{"weights", fmt.Sprintf("must be as many as values, %d, not %d",
			len(values), len(weights))}
	}
	if err := checkWeights(weights); err != nil {
		return nil, nil, err
	}
	order := make([]int, len(values))
	for i, v := range values {
		order[i] = i
		if err := finite("values", v); err != nil {
			return nil, nil, err
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(values[i], values[j]) })
	for _, i := range order {
		sorted, sortedWeights = append(sorted, values[i]), append(sortedWeights, weights[i])
	}
	return sorted, sortedWeights, nil
}

// upTo returns how many of the ascending values are at most x.
func upTo(values []float64, x float64) int {
	return sort.Search(len(values), func(i int) bool { return values[i] > x })
}

// Sample draws one of the values.
func (e Empirical) Sample(r *sim.Rand) float64 { return e.values[e.shares.choice.Sample(r)] }

// Mean returns the weighted mean of the values.
func (e Empirical) Mean() float64 {
	return e.shares.mean(func(i int) float64 { return e.values[i] })
}

// Variance returns the weighted variance of the values.
func (e Empirical) Variance() float64 {
	mean := e.Mean()
	return e.shares.mean(func(i int) float64 { return (e.values[i] - mean) * (e.values[i] - mean) })
}

// CDF returns the share of the values up to x.
func (e Empirical) CDF(x float64) float64 {
	return e.shares.upTo(upTo(e.values, x))
}

// Quantile returns the least value with at least the share p at or below it.
func (e Empirical) Quantile(p float64) float64 {
	if !isShare(p) {
		return math.NaN()
	}
	return e.values[e.shares.find(p)]
}

// Interpolated is a recorded distribution that is uniform between neighbouring points, so that samples are not confined
// to the values of the record.
type Interpolated struct {
	edges  []float64 // ascending
	shares shares    // of the values between two edges
}

// NewHistogram returns the distribution with the given weight between each two neighbouring edges, which ascend and are
// one more than the weights.
func NewHistogram(edges, weights []float64) (Interpolated, error) {
	if len(weights) == 0 || len(edges) != len(weights)+1 {
		return Interpolated{}, &ParameterError{"edges", fmt.Sprintf("must be one more than weights, %d, not %d",
			len(weights), len(edges))}
	}
	for i, e := range edges {
		if err := finite("edges", e); err != nil {
			return Interpolated{}, err
		}
		if i > 0 && e < edges[i-1] {
			return Interpolated{}, &ParameterError{"edges", fmt.Sprintf("must ascend: %v stands before %v", edges[i-1], e)}
		}
	}
	begin, end := 0, len(weights)
	for begin < end-1 && weights[begin] == 0 {
		begin++
	}
	for begin < end-1 && weights[end-1] == 0 {
		end--
	}
	shares, err := newShares(weights[begin:end])
	return Interpolated{slices.Clone(edges[begin : end+1]), shares}, err
}

// NewInterpolated returns the distribution that is uniform between neighbouring values, of which there are at least
// two. Half the weight of each value goes to either side of it; where there is no side, it is lost. Equal weights (nil)
// so give equal shares to all gaps (Law, Simulation Modeling and Analysis, 5th edition, 2015, 6.2.4).
func NewInterpolated(values, weights []float64) (Interpolated, error) {
	values, weights, err := recorded(values, weights)
	if err != nil {
		return Interpolated{}, err
	}
	if len(values) < 2 {
		return Interpolated{}, &ParameterError{"values", "must hold at least two values to interpolate between"}
	}
	between := make([]float64, len(values)-1)
	for i := range between {
		between[i] = weights[i]/2 + weights[i+1]/2
	}
	return NewHistogram(values, between)
}

// Sample draws a value.
func (d Interpolated) Sample(r *sim.Rand) float64 {
	i := d.shares.choice.Sample(r)
	return d.at(i, r.Float64())
}

// at returns the value at a fraction of the way from edge i to the next one.
func (d *Interpolated) at(i int, fraction float64) float64 {
	low, high := d.edges[i], d.edges[i+1]
	return min(mulAdd(fraction, high-low, low), high)
}

// Mean returns the expectation.
func (d Interpolated) Mean() float64 {
	return d.shares.mean(func(i int) float64 { return d.at(i, 0.5) })
}

// Variance returns the variance.
func (d Interpolated) Variance() float64 {
	mean := d.Mean()
	return d.shares.mean(func(i int) float64 {
		off, width := d.at(i, 0.5)-mean, d.edges[i+1]-d.edges[i]
		return float64(off*off) + float64(width*width)/12
	})
}

// CDF returns P(X ≤ x).
func (d Interpolated) CDF(x float64) float64 {
	i := upTo(d.edges, x)
	switch i {
	case 0:
		return 0
	case len(d.edges):
		return 1
	}
	low, high := d.edges[i-1], d.edges[i]
	below := d.shares.upTo(i - 1)
	return mulAdd((x-low)/(high-low), d.shares.upTo(i)-below, below)
}

// Quantile returns the p-quantile.
func (d Interpolated) Quantile(p float64) float64 {
	switch {
	case !isShare(p):
		return math.NaN()
	case p == 0:
		return d.edges[0]
	}
	i := d.shares.find(p)
	below := d.shares.upTo(i)
	return d.at(i, (p-below)/(d.shares.upTo(i+1)-below))
}
