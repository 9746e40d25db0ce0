package size

import (
	"context"
	"fmt"
	"math"
	"slices"

	"weir/results"
	"weir/sim/measure"
)

// bisect finds the smallest setting by halving, as long as nothing that it sees says that the response is not monotone.
// Then it leaves the search to the ranking of all points.
func (s *sizer) bisect(ctx context.Context) (choice int, certain, found bool, err error) {
	low, high := 0, len(s.points)-1
	at, certain, err := s.decide(ctx, low)
	if err != nil || at == meets {
		return low, certain, true, err
	}
	lowCertain := certain
	at, certain, err = s.decide(ctx, high)
	if err != nil {
		return 0, false, false, err
	}
	tried := []int{low, high}
	if at == misses {
		for _, i := range []int{high / 3, 2 * high / 3} { // perhaps there is something between
			if at, _, err = s.decide(ctx, i); err != nil {
				return 0, false, false, err
			}
			tried = append(tried, i)
			if at == meets {
				s.leave(fmt.Sprintf("%s meets all objectives, and larger settings do not", s.nameOf(i)))
				return 0, false, false, nil
			}
		}
		why := s.strays(tried)
		if why == "" {
			why = s.worsens(tried)
		}
		if why != "" {
			s.leave(why)
			return 0, false, false, nil
		}
		return s.best(tried), certain, false, nil
	}
	highCertain := certain
	for high-low > 1 {
		middle := (low + high) / 2
		at, certain, err = s.decide(ctx, middle)
		if err != nil {
			return 0, false, false, err
		}
		if at == meets {
			high, highCertain = middle, certain
		} else {
			low, lowCertain = middle, certain
		}
		tried = append(tried, middle)
		if why := s.strays(tried); why != "" {
			s.leave(why)
			return 0, false, false, nil
		}
	}
	return high, lowCertain && highCertain, true, nil
}

// leave leaves the search to the ranking.
func (s *sizer) leave(why string) {
	s.search = "ranking"
	s.notes = append(s.notes, "not monotone, so that all points were tried: "+why)
	s.divideRanking()
}

func (s *sizer) nameOf(point int) string { return s.points[point][0].String() }

// strayShare is by which share of its limit an objective's figure may get worse with size and still count as monotone:
// where nothing is at stake a figure may tremble.
const strayShare = 0.05

// strays says which objective's figure certainly does not go one way over the points that were tried, or nothing.
func (s *sizer) strays(tried []int) string {
	tried = slices.Sorted(slices.Values(tried))
	ends := [][]results.Objective{s.judged(tried[0]), s.judged(tried[len(tried)-1])}
	for k := range ends[0] {
		limit, _, numeric := limitOf(&ends[0][k])
		if !numeric {
			continue
		}
		way := ends[1][k].Observed.Value - ends[0][k].Observed.Value
		for i := 1; i < len(tried); i++ {
			a, b := s.judged(tried[i-1])[k].Observed, s.judged(tried[i])[k].Observed
			step, certain := s.difference(a, b)
			if certain && step*way < 0 && math.Abs(step) > strayShare*math.Abs(limit) {
				return fmt.Sprintf("%s goes from %s at %s to %s at %s", ends[0][k].Metric+" of "+ends[0][k].Of,
					results.FormatOf(ends[0][k].Unit)(a.Value), s.nameOf(tried[i-1]), results.FormatOf(ends[0][k].Unit)(b.Value),
					s.nameOf(tried[i]))
			}
		}
	}
	return ""
}

// worsens says which objective that is missed at the largest setting gets worse with size, so that a smaller one may
// meet it, or nothing.
func (s *sizer) worsens(tried []int) string {
	low, high := s.judged(slices.Min(tried)), s.judged(slices.Max(tried))
	for k := range high {
		_, sign, numeric := limitOf(&high[k])
		step, certain := s.difference(low[k].Observed, high[k].Observed)
		if numeric && !high[k].Met && certain && sign*step > 0 {
			return high[k].Text + " gets worse with size"
		}
	}
	return ""
}

func (s *sizer) judged(point int) []results.Objective { return s.judge(s.trials.At(point)) }

// difference returns by how much a figure differs between two points, and whether that is certain.
func (s *sizer) difference(a, b measure.Estimate) (step float64, certain bool) {
	n := min(len(a.Values), len(b.Values))
	d := measure.DifferenceAt(s.confidence, a.Values[:n], b.Values[:n])
	return d.Value, d.Low > 0 || d.High < 0
}

// costDifference returns that of a point's cost from another's over pairs of replications.
func (s *sizer) costDifference(confidence float64, from, to int) measure.Estimate {
	a, _ := s.trials.At(from).Find(cost.Metric, cost.Of)
	b, _ := s.trials.At(to).Find(cost.Metric, cost.Of)
	n := min(len(a.Values), len(b.Values))
	return measure.DifferenceAt(confidence, a.Values[:n], b.Values[:n])
}

// best returns the point, of some, whose worst objective is missed by the least.
func (s *sizer) best(of []int) int {
	shortfall := func(point int) float64 {
		if s.trials.At(point).Problem != "" {
			return math.Inf(1)
		}
		worst := math.Inf(-1)
		for _, o := range s.judged(point) {
			worst = max(worst, o.Shortfall())
		}
		return worst
	}
	best := of[0]
	for _, i := range of[1:] {
		if shortfall(i) < shortfall(best) || math.IsInf(shortfall(best), 1) && s.trials.At(best).Problem != "" {
			best = i
		}
	}
	return best
}

// alikeCost is by which share two costs may differ and still count as the same.
const alikeCost = 0.005

// rank finds the smallest or cheapest point by running all, and those again that may be the answer: after each stage,
// points that certainly miss an objective are out, and so are those that certainly are larger, or cost more, than one
// that certainly meets all.
func (s *sizer) rank(ctx context.Context) (choice int, certain, found bool, err error) {
	left := make([]int, len(s.points))
	for i := range left {
		left[i] = i
	}
	for n := s.first; ; n = s.more(n) {
		if err := s.extend(ctx, left, n); err != nil {
			return 0, false, false, err
		}
		left = slices.DeleteFunc(left, func(i int) bool { return s.look(i) == misses })
		if len(left) == 0 {
			all := make([]int, len(s.points))
			for i := range all {
				all[i] = i
			}
			return s.best(all), true, false, nil
		}
		if sure := s.least(left, func(i int) bool { return s.look(i) == meets }); sure >= 0 {
			left = slices.DeleteFunc(left, func(i int) bool { return i != sure && s.dearer(sure, i) })
			if s.alone(sure, left) {
				return sure, true, true, nil
			}
		}
		if n >= s.most {
			break
		}
	}
	if choice = s.least(left, func(i int) bool { return s.guess(i) == meets }); choice >= 0 {
		return choice, false, true, nil
	}
	return s.best(left), false, false, nil
}

// least returns the smallest or cheapest of some points that a condition holds for, or -1.
func (s *sizer) least(of []int, holds func(int) bool) int {
	first := -1
	for _, i := range of {
		if holds(i) && (first < 0 || s.by == ByCost && s.costDifference(s.confidence, first, i).Value < 0) {
			first = i
		}
	}
	return first
}

// dearer reports whether a point is certainly larger, or costs more, than another.
func (s *sizer) dearer(than, point int) bool {
	if s.by == BySize {
		return point > than
	}
	a, _ := s.trials.At(than).Find(cost.Metric, cost.Of)
	b, _ := s.trials.At(point).Find(cost.Metric, cost.Of)
	step, certain := s.difference(a, b)
	return certain && step > 0
}

// alone reports whether nothing that is left could be a better answer by more than a trifle, by intervals that hold all
// together.
func (s *sizer) alone(sure int, left []int) bool {
	a, _ := s.trials.At(sure).Find(cost.Metric, cost.Of)
	for _, i := range left {
		if i == sure {
			continue
		}
		if s.by == BySize {
			return false
		}
		if d := s.costDifference(s.confidence, sure, i); !(d.Low > -alikeCost*math.Abs(a.Value)) {
			return false
		}
	}
	return true
}
