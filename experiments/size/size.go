// Package size finds the smallest or cheapest setting of a design that meets all its objectives, and the largest load
// under which they hold.
package size

import (
	"context"
	"fmt"
	"math"
	"slices"

	"weir/experiments"
	"weir/experiments/points"
	"weir/experiments/scenario"
	"weir/experiments/sweep"
	"weir/results"
)

// What is to be least.
const (
	BySize = "size"
	ByCost = "cost"
)

// Options are what was asked for.
type Options struct {
	Vary            []string // factors, written path=values
	By              string   // size, cost, or empty: size with one factor, cost with several
	ReplicationsMax int      // that a point may have for a decision; 0 for eight times run.replications
	Progress        func(trials int)
}

// pointsMost bounds the points of a grid that is ranked, where each must be run.
const pointsMost = 2000

// sizer is a sizing under way.
type sizer struct {
	*trier
	factors []scenario.Factor
	points  [][]scenario.Setting
	by      string
	search  string
}

// sizeGrow is how many times as many replications as a point begins with it may get for a decision.
const sizeGrow = 8

const noObjectives = "there are no objectives, so that any setting would do: write what the design must reach, as in\n" +
	"objectives: [{metric: latency.p99, of: producers.checkout -> fleets.workers, below: 2s}]"

// Size finds the setting. The error is an *experiments.InputError or a spec.Errors for what was asked for, and
// experiments.ErrNothingFinished when the context was done before there was an answer.
func Size(
	ctx context.Context, base *experiments.Design, build results.Build, options Options,
) (*results.Sizing, error) {
	s, err := newSizer(base, &options)
	if err != nil {
		return nil, err
	}
	var choice int
	var certain, found bool
	if s.search == "bisection" {
		choice, certain, found, err = s.bisect(ctx)
		if err == nil && s.search != "bisection" && len(s.points) > pointsMost {
			return nil, experiments.InputErrorf("the response is not monotone (%s), and there are %d points to try one by one: at most %d; "+
				"say how many with :STEPS", s.notes[len(s.notes)-1], len(s.points), pointsMost)
		}
	}
	if err == nil && s.search == "ranking" {
		choice, certain, found, err = s.rank(ctx)
	}
	if err != nil {
		return nil, err
	}
	return s.document(ctx, build, choice, certain, found)
}

func newSizer(base *experiments.Design, options *Options) (*sizer, error) {
	if len(base.ObjectiveFigures()) == 0 {
		return nil, experiments.InputErrorf("%s", noObjectives)
	}
	plan, err := sweep.New(base, options.Vary, 0, nil)
	if err != nil {
		return nil, err
	}
	if plan.Sampled {
		return nil, experiments.InputErrorf("weir size tries a grid, not a sample of it: leave sample: out")
	}
	s := &sizer{factors: plan.Factors, points: plan.Points, by: options.By, search: "ranking"}
	lab := &points.Lab{Open: func(point int) (*experiments.Design, error) { return base.Vary(s.points[point]...) }}
	if s.trier, err = newTrier("size", base, lab, options.ReplicationsMax, sizeGrow, options.Progress); err != nil {
		return nil, err
	}
	switch {
	case s.by == "" && len(s.factors) == 1:
		s.by = BySize
	case s.by == "":
		s.by = ByCost
	case s.by == BySize && len(s.factors) > 1:
		return nil, experiments.InputErrorf("--by size is of one setting: of several, none is the smallest; leave it out, or say --by cost")
	case s.by != BySize && s.by != ByCost:
		return nil, experiments.InputErrorf("--by %q is neither size nor cost", s.by)
	}
	if _, numeric := s.factors[0].Numbers(); s.by == BySize && numeric {
		s.ascending()
	}
	if s.by == BySize && len(s.points) > 3 {
		s.search = "bisection"
		s.divide((bitsOf(len(s.points)) + bisectionExtra) * s.objectives())
	} else if len(s.points) > pointsMost {
		return nil, experiments.InputErrorf("there are %d points to try one by one: at most %d; say how many with :STEPS", len(s.points),
			pointsMost)
	}
	if s.search == "ranking" {
		s.divideRanking()
	}
	return s, nil
}

// bisectionExtra is how many points a bisection decides besides those that it halves by: both ends, and two that look
// whether it goes one way.
const bisectionExtra = 4

// bitsOf returns how often n can be halved.
func bitsOf(n int) int { return int(math.Ceil(math.Log2(float64(max(n, 2))))) }

// objectives returns how many objectives a point has.
func (s *sizer) objectives() int { return max(len(s.judge(s.trials.At(0))), 1) }

// divideRanking parts the confidence among the objectives of all points, and the comparisons of their costs.
func (s *sizer) divideRanking() {
	decisions := len(s.points) * s.objectives()
	if s.by == ByCost {
		decisions += len(s.points) - 1
	}
	s.divide(decisions)
}

// ascending puts the points of the only factor in the order of its numbers.
func (s *sizer) ascending() {
	slices.SortStableFunc(s.points, func(a, b []scenario.Setting) int {
		x, _ := a[0].Number()
		y, _ := b[0].Number()
		switch {
		case x.In < y.In:
			return -1
		case x.In > y.In:
			return 1
		}
		return 0
	})
}

// cost returns the name of what is to be least with --by cost.
var cost = results.FigureName{Metric: results.CostMetric}

// document tells the answer, what comes next and why it is not the answer.
func (s *sizer) document(
	ctx context.Context, build results.Build, choice int, certain, found bool,
) (*results.Sizing, error) {
	others := s.others(choice, found)
	for _, o := range others { // what was not tried yet is tried, for the margin
		if err := s.extend(ctx, []int{o}, s.first); err != nil {
			return nil, err
		}
	}
	whole := &results.Sweep{Factors: sweep.Describe(s.factors)}
	for i := range s.points {
		if s.trials.At(i).Replications > 0 {
			whole.Points = append(whole.Points, sweep.PointOf(i, whole.Factors, s.points[i]))
		}
	}
	all := s.trier.document(build, whole)
	doc := &results.Sizing{
		Weir: build, Scenario: whole.Scenario, Verdict: results.SizingInfeasible, By: s.by, Factors: whole.Factors,
		Figures: whole.Figures, Points: all, Choice: choice, Notes: s.notes,
		Method: results.SizingMethod{
			Search: s.search, DurationSeconds: whole.Method.DurationSeconds, Points: len(s.points), Replications: s.first,
			ReplicationsMax: s.most, Confidence: familyConfidence, Interval: s.confidence, Trials: whole.Method.Trials,
			Events: whole.Method.Events,
		},
	}
	switch {
	case found && certain:
		doc.Verdict = results.SizingCertain
	case found:
		doc.Verdict = results.SizingUncertain
	}
	for _, o := range others {
		doc.Others = append(doc.Others, s.other(doc, o))
	}
	doc.Notes = append(doc.Notes, s.doubts(doc)...)
	return doc, nil
}

// others returns the points that come next: the next smaller or cheaper one that misses, and the next one that meets.
func (s *sizer) others(choice int, found bool) (next []int) {
	if !found {
		return nil
	}
	if s.by == BySize {
		if choice > 0 {
			next = append(next, choice-1)
		}
		if choice+1 < len(s.points) {
			next = append(next, choice+1)
		}
		return next
	}
	at := func(i int) float64 {
		e, _ := s.trials.At(i).Find(cost.Metric, cost.Of)
		return e.Value
	}
	below, above := -1, -1
	for i := range s.points {
		switch c := at(i); {
		case i == choice || math.IsNaN(c):
		case c <= at(choice) && s.guess(i) == misses && (below < 0 || c > at(below)):
			below = i
		case s.guess(i) == meets && (above < 0 || c < at(above)):
			above = i
		}
	}
	for _, i := range []int{below, above} {
		if i >= 0 {
			next = append(next, i)
		}
	}
	return next
}

// other tells why a point is not the answer.
func (s *sizer) other(doc *results.Sizing, point int) results.SizingOther {
	o := results.SizingOther{Point: point, CostDifference: s.costDifference(familyConfidence, doc.Choice, point)}
	p := doc.Point(point)
	switch {
	case p.Status == "misses":
		o.Why = "misses " + p.MissedText()
	case s.by == BySize && point > doc.Choice:
		o.Why = "meets all objectives, too, and is larger"
	case s.by == BySize:
		o.Why = "may meet all objectives"
	case o.CostDifference.Value > 0:
		o.Why = "meets all objectives, too, and costs more"
	default:
		o.Why = "meets all objectives, too"
	}
	switch {
	case !p.Certain:
		o.Why += " (not certain)"
	case p.Status == "meets" && doc.Verdict == results.SizingUncertain:
		o.Why += ", and that is certain"
	}
	return o
}

// doubts tells what the answer leaves out.
func (s *sizer) doubts(doc *results.Sizing) (notes []string) {
	seen := s.trials.At(doc.Choice)
	processed, _ := seen.Find("processed", "")
	for _, metric := range []string{"dead_lettered", "rejected", "expired", "lost", "failed"} {
		asked := slices.ContainsFunc(s.base.Document.Objectives, func(o scenario.Objective) bool {
			return o.Metric == metric
		})
		if e, _ := seen.Find(metric, ""); e.Value > 0 && !asked {
			notes = append(notes, fmt.Sprintf("at %s, %s messages a replication end as %s, beside %s that are processed, and no "+
				"objective asks about them: percentiles have the processed ones alone", doc.Name(doc.Choice),
				results.Quantity(e.Value), metric, results.Quantity(processed.Value)))
		}
	}
	if seen.Unpriced > 0 {
		notes = append(notes, fmt.Sprintf("the bill has %d lines without a sourced price: costs are at least these", seen.Unpriced))
	}
	if seen.Unsteady {
		notes = append(notes, "no steady state was found: the figures hold for a run of this length only")
	}
	for _, few := range seen.FewSamples {
		name := results.ParseFigureName(few)
		if slices.Contains(s.base.ObjectiveFigures(), name) {
			notes = append(notes, "fewer than ten messages of some replication lie beyond "+few+": do not rely on it; run longer")
		}
	}
	return notes
}
