package measure

import (
	"math"
	"testing"
)

// Ten million whole numbers near 10⁹ with a spread of 1,000: the mean of squares minus the square of the mean would
// have no digit left. Sums of their distances from 10⁹ are exact in integers.
func TestATallyIsAccurateAtTenMillionObservations(t *testing.T) {
	const n, offset = 10_000_000, 1_000_000_000
	r := luck(t)
	var tally Tally
	var sum, squares int64
	for range n {
		x := int64(r.IntN(1000))
		sum += x
		squares += x * x
		tally.Record(float64(offset + x))
	}
	mean := float64(sum) / n
	near(t, "the mean", tally.Mean(), offset+mean, 1e-14)
	near(t, "the mean above the offset", tally.Mean()-offset, mean, 1e-8)
	near(t, "the variance", tally.Variance(), (float64(squares)-mean*float64(sum))/(n-1), 1e-9)
	if tally.Count() != n || tally.Min() != offset || tally.Max() != offset+999 {
		t.Errorf("%d observations from %v to %v", tally.Count(), tally.Min(), tally.Max())
	}
}

func TestMergedTalliesEqualTheOneThatSawEverything(t *testing.T) {
	r := luck(t)
	var whole, merged Tally
	for part := range 20 {
		var tally Tally
		for range part * part { // the first is empty
			x := exponential(r, float64(part))
			tally.Record(x)
			whole.Record(x)
		}
		merged.Merge(&tally)
	}
	near(t, "the mean", merged.Mean(), whole.Mean(), 1e-13)
	near(t, "the variance", merged.Variance(), whole.Variance(), 1e-13)
	if merged.Count() != whole.Count() || merged.Min() != whole.Min() || merged.Max() != whole.Max() {
		t.Errorf("merged %+v, want %+v", merged, whole)
	}
}

func TestATallyWithoutObservationsHasNoMean(t *testing.T) {
	var tally Tally
	for _, x := range []float64{tally.Mean(), tally.Variance(), tally.StdDev(), tally.Min(), tally.Max()} {
		if !math.IsNaN(x) {
			t.Errorf("an empty tally says %v", x)
		}
	}
	tally.Record(-3)
	if tally.Mean() != -3 || tally.Min() != -3 || tally.Max() != -3 || !math.IsNaN(tally.Variance()) {
		t.Errorf("one observation gives %+v", tally)
	}
	tally.Reset()
	if tally != (Tally{}) {
		t.Errorf("reset leaves %+v", tally)
	}
}

func TestATallyRefusesWhatIsNotFinite(t *testing.T) {
	var tally Tally
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		panics(t, "recording a number that is not finite", func() { tally.Record(x) })
	}
}
