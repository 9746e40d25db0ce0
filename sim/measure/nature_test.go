package measure

import (
	"math"
	"testing"
)

// same returns n times the same value.
func same(v float64, n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = v
	}
	return values
}

func TestWhatIsTheSameInAllReplicationsIsNotCertainForThat(t *testing.T) {
	for _, c := range []struct {
		nature    Nature
		value     float64
		n         int
		low, high float64
	}{
		{Count, 0, 3, 0, math.Log(40) / 3},
		{Count, 0, 100, 0, math.Log(40) / 100},
		{Count, 7, 5, math.NaN(), math.NaN()}, // alike in one of 16 by luck
		{Count, 7, 6, 7, 7},                   // in one of 32
		{Ratio, 0, 5, math.NaN(), math.NaN()},
		{Ratio, 0, 6, 0, 0},
		{Amount, 2.5, 2, 2.5, 2.5},
		{Count, 0, 1, math.NaN(), math.NaN()},
	} {
		e := c.nature.EstimateAt(0.95, same(c.value, c.n))
		like := func(a, b float64) bool { return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-9 }
		if e.Value != c.value || !like(e.Low, c.low) || !like(e.High, c.high) {
			t.Errorf("%v in %d replications, of nature %d: %v to %v, not %v to %v", c.value, c.n, c.nature, e.Low, e.High, c.low,
				c.high)
		}
	}
	values := []float64{0, 0, 1}
	if a, b := Count.EstimateAt(0.9, values), EstimateAt(0.9, values); a.Low != b.Low || a.High != b.High {
		t.Errorf("where they differ the interval is %+v, and not Student's", a)
	}
}

func TestChancesOfWhatIsTheSameInAllReplications(t *testing.T) {
	for _, c := range []struct {
		nature Nature
		value  float64
		n      int
		limit  float64
		want   float64
	}{
		{Count, 0, 3, 0.05, 0.1393}, // 1 − exp(−0.15)
		{Count, 0, 3, 5, 1},
		{Count, 0, 3, 0, 0},
		{Count, 2, 3, 5, 0.875},
		{Ratio, 1, 3, 0.999, 0.125},
		{Ratio, 0.5, 3, 0.5, 0.5},
		{Amount, 2.5, 2, 3, 1},
	} {
		if got := c.nature.ChanceBelow(same(c.value, c.n), c.limit); math.Abs(got-c.want) > 1e-4 {
			t.Errorf("%v in %d replications, of nature %d, is below %v with %v, not %v", c.value, c.n, c.nature, c.limit, got, c.want)
		}
	}
}

// Of events that come by chance, one at a time, the interval holds the mean in 95 % of studies or more, however rare
// they are. Student's alone holds 0.3 in three replications in less than two thirds.
func TestIntervalsOfRareCountsCover(t *testing.T) {
	const studies, n, mean = 4000, 3, 0.3
	covered := 0
	state := uint64(1)
	uniform := func() float64 {
		state = state*6364136223846793005 + 1442695040888963407
		return float64(state>>11) / (1 << 53)
	}
	for range studies {
		values := make([]float64, n)
		for i := range values {
			for p := uniform(); p > math.Exp(-mean); p *= uniform() {
				values[i]++
			}
		}
		if e := Count.EstimateAt(0.95, values); !(e.Low > mean || e.High < mean) {
			covered++
		}
	}
	if covered < studies*95/100 {
		t.Errorf("%d of %d intervals hold the mean", covered, studies)
	}
}
