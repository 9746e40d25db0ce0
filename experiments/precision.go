package experiments

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"weir/results"
	"weir/sim/measure"
)

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
	if p.Reached <= p.Wanted || now >= run.ReplicationsMax {
		return now
	}
	needed := float64(now) * math.Pow(p.Reached/p.Wanted, 2)
	more := int(min(max(math.Ceil(needed), float64(now)*1.25, 2), 2*float64(now)))
	if group := run.Group; len(e.Inputs) > 0 {
		more += (group - more%group) % group
	}
	return min(more, run.ReplicationsMax)
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
		design, err := newDesign(drawn)
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
