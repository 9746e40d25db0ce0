package measure

import (
	"math"
	"slices"

	"weir/sim"
)

// Series is values against time in a bounded number of intervals of equal width. When the end is passed, neighbours are
// joined and the width doubles.
type Series struct {
	Width  sim.Duration // of an interval
	Values []float64    // the mean of each interval
	limit  int
}

// NewSeries returns an empty series of intervals of the given width, at most limit of them (an even number).
func NewSeries(width sim.Duration, limit int) *Series { return &Series{Width: width, limit: limit} }

// Append takes the mean of the next interval of the present width. It returns false when the intervals were joined: the
// next value must then cover twice the time.
func (s *Series) Append(v float64) bool {
	s.Values = append(s.Values, v)
	if len(s.Values) < s.limit {
		return true
	}
	s.coarsen()
	return false
}

func (s *Series) coarsen() {
	joined := s.Values[:0]
	for i := 0; i+1 < len(s.Values); i += 2 {
		joined = append(joined, (s.Values[i]+s.Values[i+1])/2)
	}
	s.Values = joined
	s.Width *= 2
}

// Band is a series over replications: in each interval the median and the range that holds nine tenths of them.
type Band struct {
	Width             sim.Duration
	Median, Low, High []float64
}

// BandOf joins one series from each replication. They are brought to the widest width; intervals that not all
// replications reach are told from those that do.
func BandOf(replications []*Series) Band {
	var b Band
	longest := 0
	for _, s := range replications {
		b.Width = max(b.Width, s.Width)
	}
	same := make([]*Series, len(replications))
	for i, s := range replications {
		c := &Series{Width: s.Width, Values: slices.Clone(s.Values), limit: s.limit}
		for c.Width < b.Width {
			c.coarsen()
		}
		same[i] = c
		longest = max(longest, len(c.Values))
	}
	for i := range longest {
		var at []float64
		for _, s := range same {
			if i < len(s.Values) && !math.IsNaN(s.Values[i]) {
				at = append(at, s.Values[i])
			}
		}
		slices.Sort(at)
		b.Median = append(b.Median, rank(at, 0.5))
		b.Low = append(b.Low, rank(at, 0.05))
		b.High = append(b.High, rank(at, 0.95))
	}
	return b
}

// rank returns the p-quantile of sorted values, interpolated.
func rank(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	x := p * float64(len(sorted)-1)
	i := int(x)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (x-float64(i))*(sorted[i+1]-sorted[i])
}
