package measure

import (
	"math"
	"slices"
	"testing"
)

// Parts that change with the total: up to 50 ms all is work, what goes beyond is waiting.
func TestABreakdownTellsTheMeanPartsBetweenQuantiles(t *testing.T) {
	r := luck(t)
	const n = 100_000
	d := NewBreakdown(2)
	totals := make([]int64, n)
	for i := range totals {
		totals[i] = int64(exponential(r, 1e8))
		work := min(totals[i], 5e7)
		d.Record(totals[i], []int64{work, totals[i] - work})
	}
	slices.Sort(totals)
	for _, q := range [][2]float64{{0, 1}, {0.45, 0.55}, {0.89, 0.91}, {0.985, 0.995}, {0.9985, 0.9995}, {1, 1}} {
		first, last := max(1, int(math.Ceil(q[0]*n-1e-6))), int(math.Ceil(q[1]*n-1e-6))
		var work, wait float64
		for _, total := range totals[first-1 : last] {
			work += float64(min(total, 5e7))
			wait += float64(total - min(total, 5e7))
		}
		size := float64(last - first + 1)
		means, count := d.Around(q[0], q[1])
		if count != uint64(size) {
			t.Errorf("between %v: %d observations, want %v", q, count, size)
		}
		// A bin is 3.2 % wide, and only the part of it that lies across a quantile can err.
		near(t, "the work", means[0], work/size, 0.016)
		near(t, "the waiting", means[1], wait/size, 0.016)
	}
}

func TestAllPartsOfAllObservationsAverageExactly(t *testing.T) {
	d := NewBreakdown(3)
	d.Record(10, []int64{1, 2, 7})
	d.Record(0, []int64{0, 0, 0})
	d.Record(1<<62, []int64{1 << 61, 1 << 61, 0})
	means, count := d.Mean()
	want := []float64{(1 + 0x1p61) / 3, (2 + 0x1p61) / 3, 7.0 / 3}
	if count != 3 || !slices.Equal(means, want) {
		t.Errorf("means %v of %d, want %v", means, count, want)
	}
}

// A hundred observations of 1 s and a hundred of 100 s. Between the ranks 100 and 101 lies one of each: a bin that is
// only touched must not bring all its hundred.
func TestABinAcrossAQuantileCountsForWhatLiesInside(t *testing.T) {
	d := NewBreakdown(2)
	for range 100 {
		d.Record(1e9, []int64{1e9, 0})
		d.Record(100e9, []int64{0, 100e9})
	}
	means, count := d.Around(0.5, 0.505)
	if count != 2 || means[0] != 0.5e9 || means[1] != 50e9 {
		t.Errorf("means %v of %d", means, count)
	}
	means, count = d.Around(0.9, 0.9)
	if count != 1 || means[0] != 0 || means[1] != 100e9 {
		t.Errorf("at one quantile: means %v of %d", means, count)
	}
}

func TestBinsFollowEachOtherAndAreNarrow(t *testing.T) {
	last, begin := 0, int64(0)
	for v := int64(1); v > 0; v += 1 + v>>9 {
		bin := binOf(v)
		if bin < last || bin > last+1 {
			t.Fatalf("%d lies in bin %d after bin %d", v, bin, last)
		}
		if bin > last {
			last, begin = bin, v
		}
		if float64(v-begin) > float64(begin)/32 {
			t.Fatalf("bin %d reaches from %d to %d", bin, begin, v)
		}
	}
	if top := binOf(math.MaxInt64); top != bins-1 {
		t.Errorf("the top value lies in bin %d of %d", top, bins)
	}
}

func TestMergedBreakdownsEqualTheOneThatSawEverything(t *testing.T) {
	r := luck(t)
	whole, merged := NewBreakdown(2), NewBreakdown(2)
	for range 5 {
		d := NewBreakdown(2)
		for range 1000 {
			total := int64(exponential(r, 1e6))
			parts := []int64{total / 3, total - total/3}
			whole.Record(total, parts)
			d.Record(total, parts)
		}
		merged.Merge(d)
	}
	if merged.Count() != 5000 || !slices.Equal(merged.sums, whole.sums) || !slices.Equal(merged.counts, whole.counts) {
		t.Error("the merged breakdown differs from the whole")
	}
	merged.Reset()
	if means, count := merged.Mean(); count != 0 || !math.IsNaN(means[0]) || !math.IsNaN(means[1]) {
		t.Errorf("after a reset: %v of %d", means, count)
	}
}

func TestABreakdownRefusesMisuse(t *testing.T) {
	d := NewBreakdown(2)
	panics(t, "no parts", func() { NewBreakdown(0) })
	panics(t, "a part too few", func() { d.Record(1, []int64{1}) })
	panics(t, "a part too many", func() { d.Record(1, []int64{1, 0, 0}) })
	panics(t, "a negative total", func() { d.Record(-1, []int64{-1, 0}) })
	panics(t, "a merge of other parts", func() { d.Merge(NewBreakdown(3)) })
}
