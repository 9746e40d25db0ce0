package measure

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"weir/sim"
)

// samples are lengths of time of every shape that runs yield, drawn with r, in nanoseconds.
var samples = map[string]func(r *sim.Rand) int64{
	"exponential":             func(r *sim.Rand) int64 { return int64(exponential(r, 1e8)) },
	"lognormal over 8 powers": func(r *sim.Rand) int64 { return int64(1e9 * math.Exp(4*normal(r))) },
	"constant":                func(*sim.Rand) int64 { return 123_456_789 },
	"below a microsecond":     func(r *sim.Rand) int64 { return int64(r.IntN(1000)) },
	"up to 400 days":          func(r *sim.Rand) int64 { return int64(r.IntN(int(400 * sim.Day))) },
	"atoms":                   func(r *sim.Rand) int64 { return int64(sim.Second) * int64(1+30*r.IntN(5)) },
	"waits, two thirds of them zero": func(r *sim.Rand) int64 {
		return max(0, int64(exponential(r, 1e9)*math.Log(3))-int64(1e9*math.Log(3)*math.Log(3)))
	},
}

// The upper end of a bucket lies above the sorted samples' nearest rank by less than 0.1 % or 512 ns, and never below.
func TestQuantilesAreThoseOfTheSortedSamples(t *testing.T) {
	for name, draw := range samples {
		t.Run(name, func(t *testing.T) {
			r := luck(t)
			for _, n := range []int{1, 2, 3, 10, 999, 50_000} {
				h := NewHistogram()
				sorted := make([]int64, n)
				for i := range sorted {
					sorted[i] = draw(r)
					h.Record(sorted[i])
				}
				slices.Sort(sorted)
				for k := range 200 {
					p := []float64{0, 1e-9, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999, 1}[k%9]
					if k >= 9 {
						p = r.Float64()
					}
					exact := sorted[max(1, min(n, int(math.Ceil(p*float64(n)-1e-7))))-1]
					got, ok := h.Quantile(p)
					if !ok || got < exact || got > exact+max(exact/1000, 511) {
						t.Fatalf("of %d the %v-quantile is %d, %v, want %d", n, p, got, ok, exact)
					}
				}
				checkExactFigures(t, h, sorted)
			}
		})
	}
}

func checkExactFigures(t *testing.T, h *Histogram, sorted []int64) {
	t.Helper()
	var sum float64 // of whole numbers, exact up to 2⁵³; good to 1e-12 beyond
	zeros := 0
	for _, v := range sorted {
		sum += float64(v)
		if v == 0 {
			zeros++
		}
	}
	n := len(sorted)
	near(t, "the mean", h.Mean(), sum/float64(n), 1e-12)
	if h.Count() != uint64(n) || h.Min() != sorted[0] || h.Max() != sorted[n-1] || h.Zeros() != uint64(zeros) {
		t.Errorf("%d from %d to %d, %d zeros", h.Count(), h.Min(), h.Max(), h.Zeros())
	}
	var counted uint64
	end := int64(-1)
	for _, bar := range h.Bars() {
		if bar.FromNS <= end || bar.ToNS < bar.FromNS || bar.ToNS > h.Max() || bar.Count == 0 {
			t.Fatalf("bar %+v after %d", bar, end)
		}
		inside := 0
		for _, v := range sorted[counted:] {
			if v > bar.ToNS {
				break
			}
			inside++
		}
		end = bar.ToNS
		counted += bar.Count
		if uint64(inside) != bar.Count {
			t.Fatalf("bar %+v holds %d", bar, inside)
		}
	}
	if counted != h.Count() {
		t.Errorf("the bars hold %d of %d", counted, h.Count())
	}
}

// A constant, and any time there is at most one value beside zero, is told to the nanosecond.
func TestConstantsAreToldExactly(t *testing.T) {
	h := NewHistogram()
	for range 90 {
		h.Record(0)
	}
	for range 10 {
		h.Record(123_456_789)
	}
	for p, want := range map[float64]int64{0.5: 0, 0.9: 0, 0.91: 123_456_789, 1: 123_456_789} {
		if got, ok := h.Quantile(p); !ok || got != want {
			t.Errorf("the %v-quantile is %d, want %d", p, got, want)
		}
	}
	near(t, "the standard deviation", h.StdDev(), 0.3*123_456_789, 0.001)
}

func TestAnEmptyHistogramSaysSo(t *testing.T) {
	h := NewHistogram()
	if v, ok := h.Quantile(0.5); ok {
		t.Errorf("the median of nothing is %d", v)
	}
	if !math.IsNaN(h.Mean()) || !math.IsNaN(h.StdDev()) || h.Enough(0.5) || len(h.Bars()) != 0 {
		t.Errorf("mean %v, sd %v", h.Mean(), h.StdDev())
	}
	if h.Count() != 0 || h.Min() != 0 || h.Max() != 0 {
		t.Errorf("count %d, from %d to %d", h.Count(), h.Min(), h.Max())
	}
}

func TestAQuantileTakesTenObservationsBeyondIt(t *testing.T) {
	for _, c := range []struct {
		p     float64
		least int
	}{{0.5, 20}, {0.9, 100}, {0.99, 1000}, {0.999, 10_000}, {0.1, 100}, {0, 1}, {1, 1}} {
		h := NewHistogram()
		for n := range c.least {
			if h.Enough(c.p) {
				t.Errorf("%d observations are said to be enough for %v", n, c.p)
			}
			h.Record(1)
		}
		if !h.Enough(c.p) {
			t.Errorf("%d observations are said not to be enough for %v", c.least, c.p)
		}
	}
}

// The longest retention is that of a Kinesis stream, 365 days.
func TestNothingIsDroppedAboveTheRangeAndClippingIsReported(t *testing.T) {
	if HighestNS < 365*int64(sim.Day) {
		t.Fatalf("the range ends at %v", sim.Duration(HighestNS))
	}
	h := NewHistogram()
	h.Record(HighestNS)
	if h.Clipped() != 0 {
		t.Error("the highest value is clipped")
	}
	h.Record(HighestNS + 1)
	h.Record(math.MaxInt64)
	if h.Clipped() != 2 || h.Count() != 3 || h.Max() != math.MaxInt64 {
		t.Errorf("%d of %d clipped, up to %d", h.Clipped(), h.Count(), h.Max())
	}
	if v, _ := h.Quantile(0.6); v != HighestNS {
		t.Errorf("a clipped quantile is %d", v)
	}
	near(t, "the mean", h.Mean(), (2*0x1p55+0x1p63)/3, 1e-15)
	panics(t, "a negative length", func() { h.Record(-1) })
}

// Merging knows no order: replications join to the same bytes whichever ends first.
func TestMergedHistogramsEqualTheOneThatSawEverything(t *testing.T) {
	r := luck(t)
	whole, forth, back := NewHistogram(), NewHistogram(), NewHistogram()
	parts := make([]*Histogram, 0, len(samples)+1)
	parts = append(parts, NewHistogram())
	for _, draw := range samples {
		part := NewHistogram()
		for range 1000 {
			v := draw(r)
			part.Record(v)
			whole.Record(v)
		}
		parts = append(parts, part)
	}
	parts[1].Record(math.MaxInt64)
	whole.Record(math.MaxInt64)
	for i := range parts {
		forth.Merge(parts[i])
		back.Merge(parts[len(parts)-1-i])
	}
	if !reflect.DeepEqual(forth.Clone(), whole.Clone()) || !reflect.DeepEqual(back.Clone(), whole.Clone()) {
		t.Error("the merged histograms differ from the whole")
	}
	panics(t, "a merge of other digits", func() { whole.Merge(NewHistogramDigits(2)) })
}

func TestACloneHasItsOwnMemoryAndResetForgets(t *testing.T) {
	h := NewHistogram()
	h.Record(5e9)
	c := h.Clone()
	c.Record(7)
	if h.Count() != 1 || c.Count() != 2 || h.Min() != 5e9 {
		t.Errorf("the clone's record reached the original: %d", h.Count())
	}
	h.Reset()
	if !reflect.DeepEqual(h, NewHistogram()) || c.Count() != 2 {
		t.Error("a reset histogram is not like a new one, or its clone was reset with it")
	}
}

func TestMoreDigitsAreFiner(t *testing.T) {
	for digits, share := range map[int]float64{1: 0.1, 2: 0.01, 3: 0.001, 4: 1e-4, 5: 1e-5} {
		h := NewHistogramDigits(digits)
		for i := range int64(1001) {
			h.Record(1e9 + i*1e6)
		}
		median, _ := h.Quantile(0.5)
		if exact := int64(1.5e9); median < exact || float64(median-exact) > share*float64(exact) {
			t.Errorf("with %d digits the median is %d", digits, median)
		}
	}
	panics(t, "no digits", func() { NewHistogramDigits(0) })
	panics(t, "six digits", func() { NewHistogramDigits(6) })
}
