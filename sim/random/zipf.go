package random

import (
	"fmt"
	"math"

	"weir/sim"
)

// Zipf picks among n ranks, counted from 0, with a probability of rank k in proportion to k + 1 to the power of -s: the
// popularity of keys. It takes no table, and a time that does not depend on n: rejection-inversion by Hörmann and
// Derflinger (ACM Transactions on Modeling and Computer Simulation 6(3), 1996).
type Zipf struct {
	n           int
	s           float64
	first, last float64 // ends of the area under the curve that covers the ranks
	near        float64 // below it, the distance from a sample to its rank tells that it is accepted
	total       float64 // Σ k^-s
}

// zipfMost bounds the ranks so that the 53 bits of a draw leave at least 8,192 values for each.
const zipfMost = 1 << 40

// NewZipf returns the Zipf distribution over n keys, at most 2⁴⁰, with the given exponent s from 0, which makes all
// alike, to 100.
func NewZipf(n int, s float64) (Zipf, error) {
	switch {
	case n < 1 || n > zipfMost:
		return Zipf{}, &ParameterError{"keys", fmt.Sprintf("must be from 1 to %d, not %d", zipfMost, n)}
	case !(s >= 0 && s <= 100):
		return Zipf{}, &ParameterError{"exponent", fmt.Sprintf("must be from 0 to 100, not %v", s)}
	}
	z := Zipf{n: n, s: s, total: powerSum(n, s)}
	z.first = z.area(1.5) - 1
	z.last = z.area(float64(n) + 0.5)
	z.near = 2 - z.inverse(z.area(2.5)-Pow(2, -s))
	return z, nil
}

// area returns the integral of x^-s from 1 to x.
func (z *Zipf) area(x float64) float64 {
	ln := Log(x)
	return float64(ln * meanExp((1-z.s)*ln))
}

// inverse returns the x whose area is a.
func (z *Zipf) inverse(a float64) float64 {
	t := max(-1, a*(1-z.s))
	if t == 0 {
		return Exp(a)
	}
	return Exp(a * (Log1p(t) / t))
}

// Sample draws a rank, counted from 0.
func (z Zipf) Sample(r *sim.Rand) int {
	for {
		a := mulAdd(r.Float64(), z.first-z.last, z.last)
		x := z.inverse(a)
		rank := clampTo(math.Floor(x+0.5), 1, float64(z.n))
		if rank-x <= z.near || a >= z.area(rank+0.5)-Pow(rank, -z.s) {
			return int(rank) - 1
		}
	}
}

// Share returns the probability of a rank, counted from 0.
func (z Zipf) Share(rank int) float64 {
	if rank < 0 || rank >= z.n {
		return 0
	}
	return Pow(float64(rank+1), -z.s) / z.total
}

// Mean returns the mean rank, counted from 0.
func (z Zipf) Mean() float64 { return powerSum(z.n, z.s-1)/z.total - 1 }

// Variance returns the variance of the rank.
func (z Zipf) Variance() float64 {
	mean := powerSum(z.n, z.s-1) / z.total
	return powerSum(z.n, z.s-2)/z.total - float64(mean*mean)
}

// CDF returns the probability of the ranks, counted from 0, up to one.
func (z Zipf) CDF(rank int) float64 {
	if rank < 0 {
		return 0
	}
	return min(1, powerSum(min(rank, z.n-1)+1, z.s)/z.total)
}

// Quantile returns the least rank, counted from 0, with at least the share p at or below it; -1 for a p outside [0, 1].
func (z Zipf) Quantile(p float64) int {
	if !isShare(p) {
		return -1
	}
	low, high := 0, z.n-1
	for low < high {
		if middle := low + (high-low)/2; z.CDF(middle) < p {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// powerSum returns the sum of k^-s for k from 1 to n: term by term up to 1,000, and by Euler's and Maclaurin's formula
// from there.
func powerSum(n int, s float64) float64 {
	const direct = 1000
	sum := 0.0
	for k := min(n, direct); k >= 1; k-- {
		sum += Pow(float64(k), -s)
	}
	if n <= direct {
		return sum
	}
	// Σ f(k) for k in (m, n] = ∫ f + (f(n) - f(m))/2 + (f'(n) - f'(m))/12 - (f'''(n) - f'''(m))/720
	low, high := float64(direct), float64(n)
	edge := func(factor, power float64) float64 {
		return float64(factor * (Pow(high, -power) - Pow(low, -power)))
	}
	ln := Log(high / low)
	integral := float64(Pow(low, 1-s) * float64(ln*meanExp((1-s)*ln)))
	return sum + integral + edge(0.5, s) + edge(-s/12, s+1) + edge(s*(s+1)*(s+2)/720, s+3)
}
