package random

import (
	"math"
	"slices"
	"sort"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"weir/sim"
)

// near fails unless got is want up to a relative error.
func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if got != want && !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s is %v, not %v (%.1e off)", what, got, want, math.Abs(got-want)/math.Abs(want))
	}
}

func TestMeanAndVarianceAreThoseOfTheTextbook(t *testing.T) {
	for _, c := range catalogue(t) {
		t.Run(c.name, func(t *testing.T) {
			near(t, "mean", c.dist.Mean(), c.oracle.Mean(), 1e-13)
			// The textbook's formulas cancel where the law is narrow: as much as the square of the mean exceeds the variance.
			scale := 1 + c.oracle.Mean()*c.oracle.Mean()/max(c.oracle.Variance(), 1e-9)
			near(t, "variance", c.dist.Variance(), c.oracle.Variance(), 4e-14*scale+1e-13)
		})
	}
}

func TestQuantilesAreThoseOfTheTextbook(t *testing.T) {
	shares := []float64{1e-6, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1 - 1e-6}
	for _, c := range catalogue(t) {
		t.Run(c.name, func(t *testing.T) {
			for _, p := range shares {
				x := c.dist.Quantile(p)
				// The oracle's share at x is p, or jumps over p there.
				step := 1e-9 * math.Abs(x)
				if below, upTo := c.oracle.CDF(x-step), c.oracle.CDF(x+step); below > p || upTo < p {
					t.Errorf("the %v-quantile is %v, where the share goes from %v to %v", p, x, below, upTo)
				}
				if got, want := c.dist.CDF(x+step), c.oracle.CDF(x+step); math.Abs(got-want) > 1e-10 {
					t.Errorf("the share up to %v is %v, not %v", x, got, want)
				}
				if got, want := 1-c.dist.CDF(x+step), 1-c.oracle.CDF(x+step); math.Abs(got-want) > 1e-10 {
					t.Errorf("the share above %v is %v, not %v", x, got, want)
				}
			}
		})
	}
}

func TestQuantilesOutsideTheSharesAreNotNumbers(t *testing.T) {
	for _, c := range catalogue(t) {
		for _, p := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
			if x := c.dist.Quantile(p); !math.IsNaN(x) {
				t.Errorf("%s: the %v-quantile is %v", c.name, p, x)
			}
		}
		low, high := c.dist.Quantile(0), c.dist.Quantile(1)
		if !(low <= c.dist.Mean() && c.dist.Mean() <= high) {
			t.Errorf("%s: the mean %v lies outside the values from %v to %v", c.name, c.dist.Mean(), low, high)
		}
		if c.dist.CDF(math.Nextafter(low, math.Inf(-1))) != 0 || c.dist.CDF(high) < 1-1e-15 {
			t.Errorf("%s: values from %v to %v do not hold all", c.name, low, high)
		}
	}
}

// sampleSize is how many samples the statistical tests take; the seeds are fixed, so that they pass or fail for good.
func sampleSize() int {
	if testing.Short() {
		return 100_000
	}
	return 1_000_000
}

// z999 is the half-width of a 99.9 % interval, in standard errors.
const z999 = 3.2905

func TestSamplesHaveTheirMeanAndVariance(t *testing.T) {
	for _, c := range catalogue(t) {
		t.Run(c.name, func(t *testing.T) {
			n := float64(sampleSize())
			mean, variance := c.oracle.Mean(), c.oracle.Variance()
			r := sim.NewRand(1, 0, "moments of "+c.name)
			var sum, squares, fourths float64
			for range sampleSize() {
				off := c.dist.Sample(r) - mean
				sum += off
				squares += off * off
				fourths += off * off * off * off
			}
			meanError := z999 * math.Sqrt(variance/n)
			if off := math.Abs(sum / n); off > meanError {
				t.Errorf("the mean of the samples is %v off %v, more than %v", off, mean, meanError)
			}
			if meanError > 0.01*math.Sqrt(variance)*math.Sqrt(1e6/n) {
				t.Errorf("the interval of the mean, ±%v, tells little", meanError)
			}
			varianceError := z999 * math.Sqrt((fourths/n-variance*variance)/n)
			if off := math.Abs(squares/n - variance); off > varianceError {
				t.Errorf("the variance of the samples is %v off %v, more than %v", off, variance, varianceError)
			}
			if varianceError > 0.15*variance*math.Sqrt(1e6/n) {
				t.Errorf("the interval of the variance, ±%.2g of it, tells little", varianceError/variance)
			}
		})
	}
}

func TestSamplesHaveTheirShape(t *testing.T) {
	for _, c := range catalogue(t) {
		t.Run(c.name, func(t *testing.T) {
			r := sim.NewRand(1, 0, "shape of "+c.name)
			chiSquare(t, 500, c.dist, c.oracle.CDF, func() float64 { return c.dist.Sample(r) })
		})
	}
}

// chiSquare cuts the values into cells that the quantiles of a distribution end, and compares how many samples each
// holds with what the oracle expects.
func chiSquare(t *testing.T, cells int, quantiles interface{ Quantile(float64) float64 }, cdf func(float64) float64,
	sample func() float64) {
	t.Helper()
	n := sampleSize()
	var ends []float64
	for i := 1; i < cells; i++ {
		ends = append(ends, quantiles.Quantile(float64(i)/float64(cells)))
	}
	ends = append(slices.Compact(ends), math.Inf(1))
	counts := make([]float64, len(ends))
	for range n {
		counts[sort.SearchFloat64s(ends, sample())]++
	}
	chi, below, used := 0.0, 0.0, 0
	for i, end := range ends {
		upTo := 1.0
		if i < len(ends)-1 {
			upTo = cdf(end)
		}
		expected := (upTo - below) * float64(n)
		below = upTo
		if expected < 1e-6 { // beyond the last value
			if counts[i] > 0 {
				t.Errorf("%v samples lie in a cell up to %v that has no probability", counts[i], end)
			}
			continue
		}
		chi += (counts[i] - expected) * (counts[i] - expected) / expected
		used++
	}
	if used < 2 {
		return
	}
	if limit := (distuv.ChiSquared{K: float64(used - 1)}).Quantile(0.999); chi > limit {
		t.Errorf("χ² is %.1f over %d cells, more than %.1f", chi, used, limit)
	}
}

func TestSamplingAllocatesNothing(t *testing.T) {
	r := sim.NewRand(1, 0, "allocations")
	for _, c := range catalogue(t) {
		if n := testing.AllocsPerRun(1000, func() { c.dist.Sample(r) }); n != 0 {
			t.Errorf("%s allocates %v times a sample", c.name, n)
		}
		duration := NewDuration(c.dist, r)
		if n := testing.AllocsPerRun(1000, func() { duration.Sample() }); n != 0 {
			t.Errorf("a duration, %s, allocates %v times a sample", c.name, n)
		}
	}
}

func TestNarrowLawsKeepTheirVariance(t *testing.T) {
	must := must(t)
	// Of a law on a narrow interval only the width matters; a narrow law is a line stretched about its middle.
	euler2 := math.Pi * math.Pi / 6 // variance of the logarithm of a standard exponential variable
	for _, c := range []struct {
		name string
		dist Dist
		want float64
	}{
		{"normal, bounds close together", must(NewNormal(10, 1, 10, 10.01)), 1e-4 / 12},
		{"bounded pareto, bounds close together", must(NewBoundedPareto(1.5, 1, 1+1e-5)), 1e-10 / 12},
		{"weibull, steep", must(NewWeibull(1000, 1)), euler2 * 1e-6},
		{"bounded pareto, steep", must(NewBoundedPareto(1000, 1, 100)), 1000.0 / (999 * 999 * 998)},
		{"lognormal, steep", must(NewLognormal(1, 1e-7)), 1e-14},
	} {
		near(t, c.name, c.dist.Variance(), c.want, 0.005)
	}
}

func TestHeavyTailsHaveNoMeanOrVariance(t *testing.T) {
	must, inf := must(t), math.Inf(1)
	for _, c := range []struct {
		name           string
		dist           Dist
		mean, variance float64
	}{
		{"pareto 0.9", must(NewPareto(0.9, 1)), inf, inf},
		{"pareto 1", must(NewPareto(1, 1)), inf, inf},
		{"pareto 2", must(NewPareto(2, 1)), 2, inf},
		{"shifted pareto 1", must(NewShifted(3, must(NewPareto(1, 1)))), inf, inf},
		{"mixture with pareto 1", must(NewMixture([]float64{1, 1},
			[]Dist{must(NewConstant(1)), must(NewPareto(1, 1))})), inf, inf},
		{"mixture with pareto 1, unused", must(NewMixture([]float64{1, 0},
			[]Dist{must(NewConstant(1)), must(NewPareto(1, 1))})), 1, 0},
	} {
		if c.dist.Mean() != c.mean || c.dist.Variance() != c.variance {
			t.Errorf("%s: mean %v and variance %v, not %v and %v",
				c.name, c.dist.Mean(), c.dist.Variance(), c.mean, c.variance)
		}
	}
}

func TestLognormalReturnsTheQuantilesItWasMadeFrom(t *testing.T) {
	for _, c := range [][2]float64{{1, 1.001}, {12.5e6, 48e6}, {40, 200}, {3, 3e6}, {1e-9, 1e-5}} {
		l, err := NewLognormalFromQuantiles(c[0], c[1])
		if err != nil {
			t.Fatal(err)
		}
		near(t, "p50", l.Quantile(0.5), c[0], 0)
		near(t, "p99", l.Quantile(0.99), c[1], 1e-14)
		if c[1] > 1000*c[0] {
			continue // wider than a coefficient of variation may make it
		}
		again, err := NewLognormal(l.Mean(), math.Sqrt(l.Variance())/l.Mean())
		if err != nil {
			t.Fatal(err)
		}
		near(t, "p50 by mean and cv", again.Quantile(0.5), c[0], 1e-13)
		near(t, "p99 by mean and cv", again.Quantile(0.99), c[1], 1e-13)
	}
}
