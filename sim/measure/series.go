package measure

import (
	"fmt"
	"math"
	"slices"

	"weir/sim"
)

// Kind says what a Series keeps of each bucket of time.
type Kind uint8

// The kinds of series.
const (
	Sums   Kind = iota // amounts that add up: messages, errors, bytes
	Means              // a quantity, weighted by time: a backlog, a rate per second
	Maxima             // the greatest a quantity was: the age of the oldest message
)

// Series is values against time, from instant 0, in a bounded number of buckets of equal width. When time passes their
// end, neighbours are joined in pairs and the width doubles, so a run of any length fits. What is joined is exact: sums
// add up, means weigh by time, the greater maximum stays.
//
// Feed it in one of three ways: Add for amounts, Set for a quantity when it changes, Cover for samples of intervals.
// Make it with NewSeries.
type Series struct {
	kind    Kind
	width   sim.Duration
	buckets []float64 // Sums: amount; Means: quantity times nanoseconds; Maxima: quantity
	limit   int
	end     sim.Time // of the time covered
	present float64  // the quantity, since end
}

// NewSeries returns an empty series of buckets of the given width, at most limit of them. It panics when the width is
// not positive or the limit is not an even number: pairs are joined.
func NewSeries(kind Kind, width sim.Duration, limit int) *Series {
	if kind > Maxima || width <= 0 || limit < 2 || limit%2 != 0 {
		panic(fmt.Sprintf("measure: a series of kind %d with %d buckets of %v", kind, limit, width))
	}
	return &Series{kind: kind, width: width, limit: limit}
}

// Kind returns what the series keeps of each bucket.
func (s *Series) Kind() Kind { return s.kind }

// Width returns the present width of a bucket.
func (s *Series) Width() sim.Duration { return s.width }

// End returns the instant up to which time is covered.
func (s *Series) End() sim.Time { return s.end }

// Add books the amount x at the instant now. It panics unless the series is of sums and now lies at or after its end.
func (s *Series) Add(now sim.Time, x float64) {
	if s.kind != Sums {
		panic("measure: Add to a series of a quantity")
	}
	s.Close(now)
	*s.bucket(now) += x
}

// Set makes the quantity x from the instant now on; before the first Set it is 0. A maximum counts even when it lasts
// no time. It panics when the series is of sums, or when now lies before its end.
func (s *Series) Set(now sim.Time, x float64) {
	if s.kind == Sums {
		panic("measure: Set of a series of sums")
	}
	s.Close(now)
	s.present = x
	if s.kind == Maxima {
		b := s.bucket(now)
		*b = max(*b, x)
	}
}

// Cover books x for the time from the series' end until the given instant: the amount, the mean or the maximum of that
// interval. An interval that lies across buckets is shared among them, an amount in proportion to time.
func (s *Series) Cover(until sim.Time, x float64) {
	switch {
	case s.kind != Sums:
		s.present = x
		s.advance(until, x, 1)
	case until == s.end:
		s.Add(until, x)
	default:
		s.advance(until, x, float64(until-s.end))
	}
}

// Close covers the time up to now: the quantity has stayed what it was, and no amount came. Call it at the end of a run
// that was fed by Add or Set, so that the last bucket counts for the time it has.
func (s *Series) Close(now sim.Time) { s.advance(now, s.present, 1) }

// advance covers the time until now with x for each unit, in nanoseconds.
func (s *Series) advance(now sim.Time, x, unit float64) {
	if now < s.end {
		panic("measure: a series went back in time")
	}
	for s.end < now {
		b := s.bucket(s.end)
		next := min(now, s.start(len(s.buckets)))
		if s.kind == Maxima {
			*b = max(*b, x)
		} else {
			*b += float64(x * (float64(next-s.end) / unit))
		}
		s.end = next
	}
}

// start returns the instant at which bucket i begins.
func (s *Series) start(i int) sim.Time { return sim.Time(i) * sim.Time(s.width) }

// bucket returns the bucket that holds the instant t, which is the last or the one after it, and joins pairs when t
// lies beyond the limit.
func (s *Series) bucket(t sim.Time) *float64 {
	for int64(t)/int64(s.width) >= int64(s.limit) {
		s.join()
	}
	for i := int(int64(t) / int64(s.width)); i >= len(s.buckets); {
		s.buckets = append(s.buckets, s.empty())
	}
	return &s.buckets[len(s.buckets)-1]
}

// empty is the value of a bucket in which nothing was booked yet.
func (s *Series) empty() float64 {
	if s.kind == Maxima {
		return math.Inf(-1)
	}
	return 0
}

func (s *Series) join() {
	joined := s.buckets[:0]
	for pair := range slices.Chunk(s.buckets, 2) {
		whole := pair[0]
		for _, x := range pair[1:] {
			if s.kind == Maxima {
				whole = max(whole, x)
			} else {
				whole += x
			}
		}
		joined = append(joined, whole)
	}
	s.buckets = joined
	s.width *= 2
}

// Values returns the value of each bucket: its sum, its mean over the time covered of it, or its maximum.
func (s *Series) Values() []float64 {
	values := slices.Clone(s.buckets)
	if s.kind == Means {
		for i := range values {
			values[i] /= float64(min(s.end, s.start(i+1)) - s.start(i))
		}
	}
	return values
}

// Widen joins pairs until the width is at least the given one.
func (s *Series) Widen(width sim.Duration) {
	for s.width < width {
		s.join()
	}
}

// Clone returns a copy with its own memory.
func (s *Series) Clone() *Series {
	c := *s
	c.buckets = slices.Clone(s.buckets)
	return &c
}
