package experiments

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"weir/results"
	"weir/sim/measure"
)

// precisionFirst is how many replications a design has at the least before its intervals are looked at. The run stops
// at the first that are narrow enough, and of a few replications the narrow ones are those whose variance happens to be
// small: they would hold the truth less often than they say. Of the mean of an M/M/1 queue at a load of 0.5, in 1,000
// studies with replications of 20 s at a precision of 9 %, 94.0 % of intervals hold the truth when ten are the least,
// 92.1 % with two; at 3 %, where some 40 are needed, about 93 % with either.
const precisionFirst = 10

// first returns how many replications a design begins with.
func (d *Design) first() int {
	run := &d.Document.Run
	if run.Precision == nil {
		return run.Replications
	}
	group := d.group()
	return max(run.Replications, min((precisionFirst+group-1)/group*group, d.most()))
}

// most returns how many replications a design has at the most: whole groups.
func (d *Design) most() int {
	run := &d.Document.Run
	return max(run.ReplicationsMax-run.ReplicationsMax%d.group(), run.Replications)
}

// group returns how many replications are added together: those that share what is drawn for uncertain settings.
func (d *Design) group() int {
	if len(d.Document.Uncertainty) > 0 {
		return d.Document.Run.Group
	}
	return 1
}

// wanted returns how many replications are needed for intervals as narrow as the scenario asks, by what is known so
// far: the width of an interval falls with the root of their number. They are doubled at most at a time, as the
// variance that the number rests on is an estimate itself, and grown by a quarter at least, so that the run does not
// stop at the first narrow interval that luck offers (Law, Simulation Modeling and Analysis, 5th ed. 2015, section
// 9.4.1).
func (d *Design) wanted(e *results.Ensemble) int {
	run := &d.Document.Run
	now := len(e.Outcomes)
	if run.Precision == nil {
		return 0
	}
	p := d.reached(e.Summarise(d.Prices, d.Document.Cost.FreeTier))
	if p.Reached <= p.Wanted || now >= d.most() {
		return now
	}
	needed := float64(now) * math.Pow(p.Reached/p.Wanted, 2)
	more := int(min(max(math.Ceil(needed), float64(now)*1.25, 2), 2*float64(now)))
	group := d.group()
	return min((more+group-1)/group*group, d.most())
}

// reached returns how narrow the intervals are of which the scenario asks that they be narrow, or nil when it does not.
func (d *Design) reached(s *results.Summary) *results.Precision {
	if d.Document.Run.Precision == nil {
		return nil
	}
	p := &results.Precision{Wanted: float64(*d.Document.Run.Precision), Of: results.NothingPrecise}
	look := func(name string, e measure.Estimate) {
		half := e.RelativeHalfWidth()
		if e.Value == 0 || e.N == 0 { // nothing to be precise about
			return
		}
		if math.IsNaN(half) {
			half = 2 // a single replication
		}
		if half > p.Reached {
			p.Reached, p.Of = half, name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Paths)) {
		path := s.Paths[name]
		look("latency.mean of "+name, path.Latency["mean"])
		if !slices.Contains(path.FewSamples, "p99") {
			look("latency.p99 of "+name, path.Latency["p99"])
		}
	}
	look("cost", s.Cost.MonthUSD)
	return p
}

// draw makes the designs of the groups that n replications need, each with what it draws for uncertain settings.
func (r *runner) draw(n int) error {
	doc := r.design.Document
	if len(doc.Uncertainty) == 0 {
		return nil
	}
	for len(r.drawn)*doc.Run.Group < n {
		settings, err := doc.Draw(len(r.drawn))
		if err != nil {
			return err
		}
		drawn, err := doc.With(doc.Variant, settings...)
		if err != nil {
			return fmt.Errorf("of the values drawn for what is uncertain: %w", err)
		}
		drawn.Run.Warmup = doc.Run.Warmup // which may have been found, once for all groups
		design, err := r.design.derive(drawn)
		if err != nil {
			return fmt.Errorf("of the values drawn for what is uncertain: %w", err)
		}
		r.drawn = append(r.drawn, design)
		if r.inputs == nil {
			r.inputs = make([]results.Input, len(settings))
		}
		for i, s := range settings {
			path, value := s.Split()
			r.inputs[i].Path = path
			r.inputs[i].Values = append(r.inputs[i].Values, value)
		}
	}
	return nil
}
