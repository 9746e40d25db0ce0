package measure

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"weir/sim"
)

// plain is a series that keeps every nanosecond, as slow as it is obvious.
type plain struct {
	amounts    []float64 // by nanosecond
	quantities []float64 // from each nanosecond to the next
	touched    []float64 // the highest set at each nanosecond, if only for no time
}

func (p *plain) values(kind Kind, width, end int) []float64 {
	var values []float64
	for from := 0; from < end; from += width {
		to := min(from+width, end)
		var sum, area float64
		highest := math.Inf(-1)
		for ns := from; ns < to; ns++ {
			sum += p.amounts[ns]
			area += p.quantities[ns]
			highest = max(highest, p.quantities[ns], p.touched[ns])
		}
		values = append(values, [...]float64{Sums: sum, Means: area / float64(to-from), Maxima: highest}[kind])
	}
	return values
}

// Whole numbers, so that both sides are exact and must agree to the bit.
func TestASeriesAgreesWithOneThatKeepsEveryNanosecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := Kind(rapid.IntRange(0, 2).Draw(t, "kind"))
		width := rapid.IntRange(1, 5).Draw(t, "width")
		limit := 2 * rapid.IntRange(1, 4).Draw(t, "pairs")
		cover := rapid.Bool().Draw(t, "samples") && kind != Sums
		s := NewSeries(kind, sim.Duration(width), limit)
		const span = 200
		p := plain{make([]float64, span+1), make([]float64, span+1), make([]float64, span+1)}
		now := 0
		for now < span {
			next := min(span, now+rapid.IntRange(0, 30).Draw(t, "ns"))
			x := float64(rapid.IntRange(0, 100).Draw(t, "x"))
			switch {
			case cover:
				s.Cover(sim.Time(next), x)
				for ns := now; ns < next; ns++ {
					p.quantities[ns] = x
				}
			case kind == Sums:
				s.Add(sim.Time(next), x)
				p.amounts[next] += x
			default:
				s.Set(sim.Time(next), x)
				p.touched[next] = max(p.touched[next], x)
				for ns := next; ns <= span; ns++ {
					p.quantities[ns] = x
				}
			}
			now = next
		}
		end := span
		if !cover { // what came at the very end belongs to one nanosecond more
			s.Close(span + 1)
			end++
		}
		if len(s.Values()) > limit || int(s.Width())*limit < end {
			t.Fatalf("%d buckets of %v, at most %d", len(s.Values()), s.Width(), limit)
		}
		if want := p.values(kind, int(s.Width()), end); !slices.Equal(s.Values(), want) {
			t.Fatalf("buckets of %v hold %v, want %v", s.Width(), s.Values(), want)
		}
	})
}

func TestASampledAmountStaysWholeInItsBucketAndIsSharedAcross(t *testing.T) {
	s := NewSeries(Sums, 10, 4)
	s.Cover(10, 7)
	s.Cover(13, 0.1)
	s.Cover(13, 2) // the run ends where the last sample did
	s.Cover(33, 20)
	if want := []float64{7, 0.1 + 2 + 7, 10, 3}; !slices.Equal(s.Values(), want) {
		t.Errorf("the buckets hold %v, want %v", s.Values(), want)
	}
	s.Cover(45, 0)
	if want := []float64{16.1, 13, 0}; s.Width() != 20 || !slices.Equal(s.Values(), want) {
		t.Errorf("the joined buckets of %v hold %v, want %v", s.Width(), s.Values(), want)
	}
}

// Two weeks in nanoseconds, into buckets that began at a millisecond.
func TestASeriesOutlastsAnyRunInBoundedMemory(t *testing.T) {
	s := NewSeries(Means, sim.Millisecond, 500)
	s.Set(0, 1)
	s.Set(sim.Time(7*sim.Day), 3)
	s.Close(sim.Time(14 * sim.Day))
	values := s.Values()
	if len(values) > 500 || len(values) < 250 || cap(s.buckets) > 1024 {
		t.Errorf("%d buckets, room for %d", len(values), cap(s.buckets))
	}
	var area float64
	for i, v := range values {
		from, to := s.start(i), min(s.start(i+1), s.End())
		area += v * to.Sub(from).Seconds()
	}
	near(t, "the area", area, 4*7*86400, 1e-12)
}

func TestASeriesRefusesMisuse(t *testing.T) {
	panics(t, "an odd limit", func() { NewSeries(Sums, 1, 3) })
	panics(t, "no width", func() { NewSeries(Sums, 0, 2) })
	panics(t, "an unknown kind", func() { NewSeries(Maxima+1, 1, 2) })
	s := NewSeries(Means, 1, 2)
	s.Set(5, 1)
	panics(t, "Add to means", func() { s.Add(6, 1) })
	panics(t, "a value in the past", func() { s.Set(4, 1) })
	panics(t, "Set of sums", func() { NewSeries(Sums, 1, 2).Set(1, 1) })
}

func TestABandJoinsReplicationsOfUnequalLengthAndWidth(t *testing.T) {
	var replications []*Series
	for k := range 5 {
		s := NewSeries(Means, 10, 4)
		s.Set(0, float64(k))
		s.Close(40)
		replications = append(replications, s)
	}
	replications[4].Close(60) // joined to a width of 20
	band := BandOf(replications, 0, 0.75)
	want := Band{
		Width: 20, Median: []float64{2, 2, 4}, Low: []float64{0, 0, 4}, High: []float64{3, 3, 4}, N: []int{5, 5, 1},
	}
	if band.Width != want.Width || !slices.Equal(band.Median, want.Median) || !slices.Equal(band.Low, want.Low) ||
		!slices.Equal(band.High, want.High) || !slices.Equal(band.N, want.N) {
		t.Errorf("the band is %+v, want %+v", band, want)
	}
	if replications[0].Width() != 10 {
		t.Error("the band has widened a replication's own series")
	}
	if half := BandOf(replications[:2], 0.25, 0.75); half.Low[0] != 0.25 || half.Median[0] != 0.5 || half.High[0] != 0.75 {
		t.Errorf("between 0 and 1 the quantiles are %+v", half)
	}
}

func TestABandRefusesSeriesThatCannotBeBroughtTogether(t *testing.T) {
	panics(t, "a band of other widths", func() { BandOf([]*Series{NewSeries(Sums, 2, 2), NewSeries(Sums, 3, 2)}, 0, 1) })
	panics(t, "a band of other kinds", func() { BandOf([]*Series{NewSeries(Sums, 2, 2), NewSeries(Means, 2, 2)}, 0, 1) })
	if band := BandOf(nil, 0, 1); len(band.Median) != 0 {
		t.Errorf("a band of nothing is %+v", band)
	}
}
