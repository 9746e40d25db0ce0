package results

import (
	"cmp"
	"math"
	"slices"

	"weir/sim/measure"
)

// FindFront finds the points that are the best for their money: of the path whose 99th percentile is the greatest over
// all points, for others hardly ask for a choice. Where some points meet all objectives, the others are no choice; nor
// are those whose bill has lines without a price, whose trials ended early, or that process less of the messages. A
// dearer point is on the front when it is certainly quicker than all that are cheaper: luck buys nothing.
func (s *Sweep) FindFront() {
	worst := math.Inf(-1)
	for _, path := range s.Paths() {
		for i := range s.Points {
			if v := s.Figure(i, FigureName{"latency.p99", path}).Value; v > worst {
				worst, s.Trade = v, path
			}
		}
	}
	cost, p99 := FigureName{Metric: CostMetric}, FigureName{"latency.p99", s.Trade}
	lacks, met := s.lacks(), s.meet()
	var order []int
	for i, p := range s.Points {
		c, l := s.Figure(i, cost).Value, s.Figure(i, p99).Value
		switch {
		case p.Unpriced > 0 || p.Truncated != "" || c-c != 0 || l-l != 0:
		case lacks[i] > 1:
			s.LeftOut = append(s.LeftOut, p.Number)
		case met == 0 || !p.Missed():
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(s.Figure(a, cost).Value, s.Figure(b, cost).Value),
			cmp.Compare(s.Figure(a, p99).Value, s.Figure(b, p99).Value))
	})
	var best measure.Estimate
	for k, i := range order {
		if e := s.Figure(i, p99); k == 0 || certainlyLess(e, best) {
			best = e
			s.Front = append(s.Front, s.Points[i].Number)
		}
	}
}

// meet returns how many points meet all objectives, and 0 when there are none to meet.
func (s *Sweep) meet() (n int) {
	for _, p := range s.Points {
		if len(p.Objectives) > 0 && !p.Missed() {
			n++
		}
	}
	return n
}

// certainlyLess reports whether a figure is less than another's, with 95 % confidence over pairs of replications where
// there are several.
func certainlyLess(a, b measure.Estimate) bool {
	if a.N < 2 || len(a.Values) != len(b.Values) {
		return a.Value < b.Value
	}
	return measure.DifferenceAt(familyConfidence, b.Values, a.Values).High < 0
}

// lacks tells of each point by how much less of the messages are processed than at the best one, in what their 99th
// percentile bears: of those of the front's path that were decided on, and of all of the design, of which some are
// always under way at the end. Above 1 it says too little.
func (s *Sweep) lacks() []float64 {
	lacks := make([]float64, len(s.Points))
	for _, by := range []struct {
		bears float64
		share func(point int) float64
	}{
		{missingShare("p99"), func(i int) float64 { return s.Figure(i, FigureName{ProcessedShare, s.Trade}).Value }},
		{underWayShare, func(i int) float64 {
			all := 0.0
			for _, place := range placeNames() {
				all += s.Figure(i, FigureName{Metric: place}).Value
			}
			return s.Figure(i, FigureName{Metric: "processed"}).Value / all
		}},
	} {
		most := 0.0
		for i := range s.Points {
			if v := by.share(i); v > most {
				most = v
			}
		}
		for i := range s.Points {
			if v := (most - by.share(i)) / by.bears; v > lacks[i] {
				lacks[i] = v
			}
		}
	}
	return lacks
}

// underWayShare is what may be missing with what is under way at the end: of more the whole last percent may consist.
const underWayShare = 0.01
