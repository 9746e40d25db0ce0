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
			// The textbook's formulas cancel where the law is narrow: as much as the square of the mean exceeds the
			// variance.
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
				step := 1e-11 * math.Abs(x)
				if below, upTo := c.oracle.CDF(x-step), c.oracle.CDF(x+step); below > p+1e-13 || upTo < p-1e-13 {
					t.Errorf("the %v-quantile is %v, where the share goes from %v to %v", p, x, below, upTo)
				}
				if got, want := c.dist.CDF(x+step), c.oracle.CDF(x+step); math.Abs(got-want) > 1e-13 {
					t.Errorf("the share up to %v is %v, not %v (%.1e off)", x, got, want, got-want)
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
func chiSquare(
	t *testing.T, cells int, quantiles interface{ Quantile(float64) float64 },
	cdf func(float64) float64, sample func() float64,
) {
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

// The moments below were calculated from the closed forms with 60 digits (mpmath 1.3.0), of which most cancel.
func TestNarrowLawsKeepTheirMoments(t *testing.T) {
	must, inf := must(t), math.Inf(1)
	for _, c := range []struct {
		name           string
		dist           Dist
		mean, variance float64
	}{
		{"normal, bounds close together", must(NewNormal(10, 1, 10, 10.01)), 10.004999958333472, 8.3333055545466124e-6},
		{"normal, tail", must(NewNormal(0, 1, 3.09, inf)), 3.3668735208850569, 0.067801873897885669},
		{"bounded pareto, bounds close", must(NewBoundedPareto(1.5, 1, 1+1e-5)), 1.0000049999791668, 8.3333333332515498e-12},
		{"bounded pareto, steep", must(NewBoundedPareto(1000, 1, 100)), 1.001001001001001, 1.0040110260571202e-6},
		{"bounded pareto, less steep", must(NewBoundedPareto(7, 1, 100)), 1.1666666666655117, 0.038888888751597889},
		{"weibull 5", must(NewWeibull(5, 1)), math.Gamma(1.2), 0.044229977983117331},
		{"weibull 30", must(NewWeibull(30, 1)), math.Gamma(31.0 / 30), 0.0016817805002180166},
		{"weibull 1000", must(NewWeibull(1000, 1)), math.Gamma(1.001), 1.6406426814849911e-6},
		{"lognormal, narrow", must(NewLognormal(1, 1e-7)), 1, 1e-14},
	} {
		near(t, c.name+": mean", c.dist.Mean(), c.mean, 1e-14)
		near(t, c.name+": variance", c.dist.Variance(), c.variance, 1e-13)
	}
}

func TestNormalTailsKeepTheirDigits(t *testing.T) {
	n, err := NewNormal(0, 1, 2.5, math.Inf(1))
	if err != nil {
		t.Fatal(err)
	}
	mirrored, err := NewNormal(0, 1, math.Inf(-1), -2.5)
	if err != nil {
		t.Fatal(err)
	}
	const far = 7.7237535272102687 // P(Z > far)/P(Z > 2.5) is 2⁻⁴⁰, by mpmath 1.3.0
	near(t, "the quantile", n.Quantile(1-0x1p-40), far, 1e-14)
	near(t, "the mirrored quantile", mirrored.Quantile(0x1p-40), -far, 1e-14)
	near(t, "the mirrored share", mirrored.CDF(-far), 0x1p-40, 1e-13)
	near(t, "the share above", 1-n.CDF(far), 0x1p-40, 1e-4) // all that a number so near 1 can hold
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

func TestBinsWithoutWeightAreNotPartOfAHistogram(t *testing.T) {
	h, err := NewHistogram([]float64{0, 1, 2, 3}, []float64{0, 5, 0})
	if err != nil {
		t.Fatal(err)
	}
	if h.Quantile(0) != 1 || h.Quantile(1) != 2 || h.Mean() != 1.5 || h.CDF(1) != 0 || h.CDF(2) != 1 {
		t.Errorf("the values are from %v to %v", h.Quantile(0), h.Quantile(1))
	}
}

func TestAMixtureOfValuesHasTheirQuantilesToTheBit(t *testing.T) {
	must := must(t)
	m := must(NewMixture([]float64{2, 1, 1}, []Dist{must(NewConstant(3)), must(NewConstant(1)), must(NewConstant(2))}))
	for p, want := range map[float64]float64{0: 1, 0.1: 1, 0.25: 1, 0.3: 2, 0.5: 2, 0.6: 3, 1: 3} {
		if x := m.Quantile(p); x != want {
			t.Errorf("the %v-quantile is %v, not %v", p, x, want)
		}
	}
}
