package random

import (
	"fmt"
	"math"

	"weir/sim"
)

// Choice picks an index by weight in constant time (Walker's alias method, as Vose builds it: IEEE Transactions on
// Software Engineering 17(9), 1991).
type Choice struct {
	keep  []float64
	alias []uint32
}

// NewChoice returns the choice among len(weights) indices.
func NewChoice(weights []float64) (*Choice, error) {
	total := 0.0
	for _, w := range weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return nil, &ParameterError{"weights", fmt.Sprintf("must not be negative or infinite, as %v is", w)}
		}
		total += w
	}
	if !(total > 0) || math.IsInf(total, 0) {
		return nil, &ParameterError{"weights", "must have a positive, finite sum"}
	}
	n := len(weights)
	c := &Choice{make([]float64, n), make([]uint32, n)}
	var small, large []int
	for i, w := range weights {
		c.keep[i] = w / total * float64(n)
		if c.keep[i] < 1 {
			small = append(small, i)
		} else {
			large = append(large, i)
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		c.alias[s] = uint32(l)
		c.keep[l] -= 1 - c.keep[s]
		if c.keep[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, i := range append(small, large...) {
		c.keep[i] = 1 // rounding left it
	}
	return c, nil
}

// Sample draws an index.
func (c *Choice) Sample(r *sim.Rand) int {
	i := r.IntN(len(c.keep))
	if r.Float64() < c.keep[i] {
		return i
	}
	return int(c.alias[i])
}

// Zipf picks among n ranks, rank k (from 1) with a probability in proportion to k to the power of -s.
type Zipf struct{ choice *Choice }

// zipfMax bounds the table: 16 million ranks take 192 MB.
const zipfMax = 1 << 24

// NewZipf returns the Zipf distribution over n ranks with exponent s ≥ 0; 0 makes all alike.
func NewZipf(n int, s float64) (Zipf, error) {
	switch {
	case n < 1 || n > zipfMax:
		return Zipf{}, &ParameterError{"keys", fmt.Sprintf("must be from 1 to %d, not %d", zipfMax, n)}
	case !(s >= 0) || s > 100:
		return Zipf{}, &ParameterError{"exponent", fmt.Sprintf("must be from 0 to 100, not %v", s)}
	}
	weights := make([]float64, n)
	for k := range weights {
		weights[k] = Pow(float64(k+1), -s)
	}
	choice, err := NewChoice(weights)
	return Zipf{choice}, err
}

// Sample draws a rank, counted from 0.
func (z Zipf) Sample(r *sim.Rand) int { return z.choice.Sample(r) }

// Bernoulli is yes with a fixed probability.
type Bernoulli struct{ p float64 }

// NewBernoulli returns the trial that succeeds with probability p.
func NewBernoulli(p float64) (Bernoulli, error) {
	if !(p >= 0 && p <= 1) {
		return Bernoulli{}, &ParameterError{"p", fmt.Sprintf("must be from 0 to 1, not %v", p)}
	}
	return Bernoulli{p}, nil
}

// Sample draws yes or no.
func (b Bernoulli) Sample(r *sim.Rand) bool { return b.p > 0 && r.Float64() < b.p }

// Geometric is the number of trials up to and including the first success.
type Geometric struct{ p float64 }

// NewGeometric returns the geometric distribution with success probability p.
func NewGeometric(p float64) (Geometric, error) {
	if !(p > 0 && p <= 1) {
		return Geometric{}, &ParameterError{"p", fmt.Sprintf("must be above 0 and at most 1, not %v", p)}
	}
	return Geometric{p}, nil
}

// Sample draws a number of trials, at least 1.
func (g Geometric) Sample(r *sim.Rand) float64 { return g.Quantile(r.Float64()) }

// Mean returns the expectation.
func (g Geometric) Mean() float64 { return 1 / g.p }

// Variance returns the variance.
func (g Geometric) Variance() float64 { return (1 - g.p) / (g.p * g.p) }

// Quantile returns the p-quantile.
func (g Geometric) Quantile(p float64) float64 {
	if g.p == 1 {
		return 1
	}
	return max(1, math.Ceil(Log(1-p)/Log(1-g.p)))
}
