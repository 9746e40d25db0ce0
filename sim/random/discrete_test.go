package random

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"weir/sim"
)

func TestAChoiceHasTheProbabilitiesOfItsWeights(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 10, 1000, 100_000} {
		weights := make([]float64, n)
		total := 0.0
		for i := range weights {
			if i > 0 && i%5 == 0 { // stays 0
				continue
			}
			weights[i] = math.Exp(5 * random.NormFloat64())
			total += weights[i]
		}
		c, err := NewChoice(weights)
		if err != nil {
			t.Fatal(err)
		}
		// What the table says is known without drawing: each cell has the same share, part of it for another index.
		probability := make([]float64, n)
		for i, cell := range c.cells {
			own := float64(cell.keep) / 0x1p64
			if int(cell.alias) == i {
				own = 1
			}
			probability[i] += own / float64(n)
			probability[cell.alias] += (1 - own) / float64(n)
		}
		for i, w := range weights {
			if math.Abs(probability[i]-w/total) > 1e-12 {
				t.Errorf("%d weights: index %d has probability %v, not %v", n, i, probability[i], w/total)
			}
			if w == 0 && c.cells[i].keep != 0 {
				t.Errorf("%d weights: index %d has no weight, and yet may be picked", n, i)
			}
		}
	}
}

// whole makes a discrete sampler look like a continuous one.
type whole struct{ quantile func(p float64) int }

func (w whole) Quantile(p float64) float64 { return float64(w.quantile(p)) }

func TestAChoiceDrawsByWeight(t *testing.T) {
	weights := []float64{3, 0, 1, 2, 0.5}
	c, err := NewChoice(weights)
	if err != nil {
		t.Fatal(err)
	}
	cumulative := func(x float64) (share float64) {
		for i, w := range weights {
			if float64(i) <= x {
				share += w / 6.5
			}
		}
		return share
	}
	quantile := whole{func(p float64) (i int) {
		for cumulative(float64(i)) < p {
			i++
		}
		return i
	}}
	r := sim.NewRand(1, 0, "choice")
	chiSquare(t, 100, quantile, cumulative, func() float64 { return float64(c.Sample(r)) })
}

func TestZipfFollowsItsLaw(t *testing.T) {
	for _, c := range []struct {
		n int
		s float64
	}{{1, 1}, {2, 0.5}, {2, 3}, {10, 0}, {10, 1}, {999, 1}, {1000, 0.3}, {1001, 2}, {5000, 1e-9}, {5000, 1 - 1e-9},
		{5000, 1 + 1e-9}, {100_000, 1}, {100_000, 0.99}, {100_000, 1.5}, {100_000, 6}} {
		t.Run(fmt.Sprintf("%d keys, exponent %v", c.n, c.s), func(t *testing.T) {
			z, err := NewZipf(c.n, c.s)
			if err != nil {
				t.Fatal(err)
			}
			// The oracle adds up every term.
			cumulative := make([]float64, c.n)
			total, first, second := 0.0, 0.0, 0.0
			for k := range cumulative {
				share := math.Pow(float64(k+1), -c.s)
				total += share
				first += share * float64(k)
				second += share * float64(k) * float64(k)
				cumulative[k] = total
			}
			mean := first / total
			near(t, "mean", z.Mean(), mean, 1e-10)
			if want := second/total - mean*mean; math.Abs(z.Variance()-want) > 1e-10*(1+second/total) {
				t.Errorf("the variance is %v, not %v", z.Variance(), want)
			}
			cdf := func(x float64) float64 { return cumulative[int(x)] / total }
			for _, k := range []int{0, 1, c.n / 3, c.n - 1} {
				near(t, "CDF", z.CDF(k), cumulative[min(k, c.n-1)]/total, 1e-10)
			}
			near(t, "share of the hottest", z.Share(0), 1/total, 1e-10)
			if z.CDF(-1) != 0 || z.Share(-1) != 0 || z.Share(c.n) != 0 || z.Quantile(2) != -1 {
				t.Error("keys that are not there have a share")
			}
			r := sim.NewRand(1, 0, "zipf")
			chiSquare(t, 300, whole{z.Quantile}, cdf, func() float64 { return float64(z.Sample(r)) })
		})
	}
}

func TestZipfTakesATrillionKeys(t *testing.T) {
	const n = 1 << 40
	for _, s := range []float64{0, 0.5, 1, 2, 100} {
		z, err := NewZipf(n, s)
		if err != nil {
			t.Fatal(err)
		}
		r := sim.NewRand(1, 0, "trillion")
		median := z.Quantile(0.5)
		sum := 0.0
		const samples = 100_000
		for range samples {
			k := z.Sample(r)
			if k < 0 || k >= n {
				t.Fatalf("exponent %v: rank %d", s, k)
			}
			if k <= median {
				sum++
			}
		}
		half := z.CDF(median)
		if math.Abs(sum/samples-half) > z999*math.Sqrt(half*(1-half)/samples) {
			t.Errorf("exponent %v: the share %v of the samples is up to the median, not %v", s, sum/samples, half)
		}
	}
}

func TestBernoulliSucceedsWithItsProbability(t *testing.T) {
	for _, p := range []float64{0, 1e-4, 0.3, 0.5, 1} {
		b, err := NewBernoulli(p)
		if err != nil {
			t.Fatal(err)
		}
		if b.Mean() != p || b.Variance() != p*(1-p) {
			t.Errorf("mean %v and variance %v", b.Mean(), b.Variance())
		}
		r := sim.NewRand(1, 0, "bernoulli")
		n, yes := float64(sampleSize()), 0.0
		for range sampleSize() {
			if b.Sample(r) {
				yes++
			}
		}
		if math.Abs(yes/n-p) > z999*math.Sqrt(p*(1-p)/n) {
			t.Errorf("the share %v succeeds, not %v", yes/n, p)
		}
	}
}

func TestDiscreteSamplingAllocatesNothing(t *testing.T) {
	r := sim.NewRand(1, 0, "allocations")
	for _, d := range drawings(t) {
		if n := testing.AllocsPerRun(1000, func() { d.sample(r) }); n != 0 {
			t.Errorf("%s allocates %v times a sample", d.name, n)
		}
	}
}

func TestDiscreteQuantilesAreTheLeastThatReachTheirShare(t *testing.T) {
	for _, p := range []float64{1e-9, 0.001, 0.3, 0.7, 0.999, 1} {
		g, err := NewGeometric(p)
		if err != nil {
			t.Fatal(err)
		}
		for n := 1.0; n < 50; n++ {
			upTo := g.CDF(n)
			if upTo == 1 {
				break // from here on nothing is left
			}
			if least := g.Quantile(upTo); least != n {
				t.Errorf("geometric %v: the share up to %v is reached at %v", p, n, least)
			}
			if next := g.Quantile(math.Nextafter(upTo, 1)); next != n+1 {
				t.Errorf("geometric %v: more than the share up to %v is reached at %v", p, n, next)
			}
		}
	}
	z, err := NewZipf(2000, 1.1)
	if err != nil {
		t.Fatal(err)
	}
	for k := 0; k < 1999; k += 37 {
		if z.Quantile(z.CDF(k)) != k || z.Quantile(math.Nextafter(z.CDF(k), 1)) != k+1 {
			t.Errorf("zipf: the share up to %d is not reached there", k)
		}
	}
}

func TestTooManyWeightsAreRefused(t *testing.T) {
	err := of(NewChoice(make([]float64, choiceMost+1)))
	if err == nil || err.Error() != "weights must be at most 16777216, not 16777217" {
		t.Error(err)
	}
}
