package experiments

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"weir/experiments/scenario"
	"weir/models/spec"
	"weir/results"
	"weir/sim/measure"
)

// Figures is what was observed of a design, as Summary.Find tells it.
type Figures interface {
	Find(metric, of string) (e measure.Estimate, unit string)
	// Astray returns what a share of a path may be at the worst, as Summary.Astray does.
	Astray(metric, of string) (share float64, text string, ok bool)
}

// Judge compares the objectives, and what is expected of alarms under test, with what was observed in runs of which
// some may have ended early, at a bill with so many lines without a price.
func (d *Design) Judge(seen Figures, truncated bool, unpriced int) (judged []results.Objective) {
	for i := range d.Document.Objectives {
		judged = append(judged, judge(&d.Document.Objectives[i], seen, truncated, unpriced))
	}
	return append(judged, d.judgeAlarms(seen, truncated)...)
}

// ObjectiveFigures returns the figures that Judge looks at.
func (d *Design) ObjectiveFigures() (names []results.FigureName) {
	for _, o := range d.Document.Objectives {
		names = append(names, results.FigureName{Metric: o.Metric, Of: o.Of})
	}
	for _, c := range d.alarmsUnderTest() {
		for _, metric := range alarmFigures {
			names = append(names, results.FigureName{Metric: metric, Of: c.Path()})
		}
	}
	return names
}

// judge compares the objective with what was observed. What was not observed is not met. A count that is the same in
// all replications has the interval of its nature, so that what is rare is not taken for what never happens; a latency
// or a bill that is the same is so by design, and certain.
func judge(o *scenario.Objective, seen Figures, truncated bool, unpriced int) results.Objective {
	observed, unit := seen.Find(o.Metric, o.Of)
	observed = results.NatureOf(unit).Widen(0.95, observed)
	out := results.Objective{Observed: observed, Unit: unit, Metric: o.Metric, Of: o.Of}
	limit, sign, word := o.Below, 1.0, "below"
	if limit == nil {
		limit, sign, word = o.Above, -1, "above"
		out.Above = &limit.In
	} else {
		out.Below = &limit.In
	}
	out.Text = objectiveText(o, word, limit)
	side := func(v float64) bool { return sign*v < sign*limit.In }
	out.Met = side(observed.Value)
	switch {
	case out.Met && truncated:
		out.Met, out.Undecided = false, "not decided: the run ended early"
	case out.Met && o.Metric == results.CostMetric && unpriced > 0:
		out.Met, out.Undecided = false, "not decided: the bill has lines without a price"
	case out.Met:
		if least, text, ok := seen.Astray(o.Metric, o.Of); ok && !side(least) {
			out.Met, out.Undecided = false, "not decided: "+text
		}
	}
	out.Certain = side(observed.Low) == out.Met && side(observed.High) == out.Met && out.Undecided == "" &&
		!math.IsNaN(observed.Low) && !math.IsNaN(observed.High)
	return out
}

func objectiveText(o *scenario.Objective, word string, limit *scenario.Value) string {
	if o.Of == "" {
		return fmt.Sprintf("%s %s %s", o.Metric, word, limit.Text)
	}
	return fmt.Sprintf("%s of %s %s %s", o.Metric, o.Of, word, limit.Text)
}

// unitOf is the unit of the value that a figure of the given unit is compared with.
func unitOf(figure string) []scenario.Unit {
	switch figure {
	case "s":
		return []scenario.Unit{scenario.Seconds}
	case "share":
		return []scenario.Unit{scenario.Part, scenario.Bare}
	case "messages/s":
		return []scenario.Unit{scenario.PerSecond, scenario.Bare}
	}
	return []scenario.Unit{scenario.Bare}
}

// checkObjectives refuses an objective whose path or metric cannot exist, or whose value has the wrong unit.
func (d *Design) checkObjectives() error {
	var problems spec.Errors
	doc := d.Document
	for i := range doc.Objectives {
		o := &doc.Objectives[i]
		unit, problem := d.metricUnit(o.Metric, o.Of)
		if problem == "" {
			problem = unitProblem(o, unit)
		}
		if problem != "" {
			problems = append(problems, doc.ErrorAt(spec.Link{}, fmt.Sprintf("objectives[%d]", i), "%s", problem))
		}
	}
	return problems.Sorted()
}

// metricUnit returns the unit of a metric, or what is wrong with it.
func (d *Design) metricUnit(metric, of string) (unit, problem string) {
	units := d.units
	components := slices.Sorted(maps.Keys(units))
	from, to, isPath := strings.Cut(of, " -> ")
	switch {
	case metric == results.CostMetric:
		return "USD", ""
	case of == "" && slices.Contains(results.DesignMetrics, metric):
		return "messages", ""
	case of == "":
		return "", fmt.Sprintf("needs of: the path or the component that the metric belongs to; of the whole design there are "+
			"%s, %s", results.CostMetric, strings.Join(results.DesignMetrics, ", "))
	case isPath && (units[from] == nil || units[to] == nil):
		return "", fmt.Sprintf("there is no path %q: write section.name -> section.name of %s", of,
			strings.Join(components, ", "))
	case isPath && slices.Contains([]string{"goodput", "late_share", results.InTimeShare}, metric) && !d.deadline[from]:
		return "", fmt.Sprintf("%s has no deadline, so nothing is late: set %s.deadline, for example 2s", from, from)
	case isPath:
		return pathUnit(metric)
	case units[of] == nil:
		return "", fmt.Sprintf("there is no component %q%s; there are %s", of, spec.DidYouMean(of, components),
			strings.Join(components, ", "))
	}
	unit, ok := units[of][metric]
	if !ok {
		names := slices.Sorted(maps.Keys(units[of]))
		return "", fmt.Sprintf("%s has no metric %q%s; there are %s", of, metric, spec.DidYouMean(metric, names),
			strings.Join(names, ", "))
	}
	return unit, ""
}

func pathUnit(metric string) (unit, problem string) {
	switch metric {
	case "rate_per_s":
		return "messages/s", ""
	case "overtaken", "late_share", results.ProcessedShare, results.InTimeShare:
		return "share", ""
	case "goodput":
		return "messages/s", ""
	case "amplification":
		return "attempts/message", ""
	}
	names := []string{"mean", "max"}
	for _, q := range results.Quantiles {
		names = append(names, q.Name)
	}
	kind, name, _ := strings.Cut(metric, ".")
	if kind != "latency" && kind != "wait" || !slices.Contains(names, name) {
		return "", fmt.Sprintf("a path has no metric %q: there are rate_per_s, goodput, processed_share, "+
			"in_time_share, late_share, overtaken, amplification, and latency and wait with .%s", metric,
			strings.Join(names, ", ."))
	}
	return "s", ""
}

func unitProblem(o *scenario.Objective, unit string) string {
	limit := o.Below
	if limit == nil {
		limit = o.Above
	}
	if slices.Contains(unitOf(unit), limit.Unit) {
		return ""
	}
	if unit == "s" {
		return fmt.Sprintf("%s is a length of time: write for example 2s, not %s", o.Metric, limit.Text)
	}
	return fmt.Sprintf("%s is in %s: %s has another unit", o.Metric, unit, limit.Text)
}
