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

// judge compares the objective with what was observed. What was not observed is not met.
func judge(o *scenario.Objective, s *results.Summary) results.Objective {
	observed := find(o, s)
	out := results.Objective{Observed: observed}
	limit, sign, word := o.Below, 1.0, "below"
	if limit == nil {
		limit, sign, word = o.Above, -1, "above"
	}
	out.Text = objectiveText(o, word, limit)
	side := func(v float64) bool { return sign*v < sign*limit.In }
	out.Met = side(observed.Value)
	out.Certain = side(observed.Low) == out.Met && side(observed.High) == out.Met &&
		!math.IsNaN(observed.Low) && !math.IsNaN(observed.High)
	return out
}

func objectiveText(o *scenario.Objective, word string, limit *scenario.Value) string {
	if o.Of == "" {
		return fmt.Sprintf("%s %s %s", o.Metric, word, limit.Text)
	}
	return fmt.Sprintf("%s of %s %s %s", o.Metric, o.Of, word, limit.Text)
}

func find(o *scenario.Objective, s *results.Summary) measure.Estimate {
	if o.Metric == "cost" {
		return s.Cost.MonthUSD
	}
	if p, ok := s.Paths[o.Of]; ok {
		kind, name, _ := strings.Cut(o.Metric, ".")
		switch kind {
		case "latency":
			if e, ok := p.Latency[name]; ok {
				return e
			}
		case "wait":
			if e, ok := p.Wait[name]; ok {
				return e
			}
		case "rate_per_s":
			return p.Rate
		}
	}
	if c, ok := s.Components[o.Of]; ok {
		if e, ok := c.Metrics[o.Metric]; ok {
			return e
		}
	}
	return measure.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
}

// checkObjectives refuses an objective whose path or metric cannot exist.
func (d *Design) checkObjectives(metrics map[string][]string) error {
	var problems spec.Errors
	doc := d.Document
	for i := range doc.Objectives {
		o := &doc.Objectives[i]
		at := fmt.Sprintf("objectives[%d]", i)
		fail := func(format string, args ...any) {
			problems = append(problems, doc.ErrorAt(spec.Link{}, at, format, args...))
		}
		kind, name, _ := strings.Cut(o.Metric, ".")
		switch {
		case o.Metric == "cost":
		case o.Of == "":
			fail("needs of: the path or the component that the metric belongs to")
		case strings.Contains(o.Of, " -> "):
			from, to, _ := strings.Cut(o.Of, " -> ")
			names := []string{"mean", "max"}
			for _, q := range results.Quantiles {
				names = append(names, q.Name)
			}
			known := slices.Sorted(maps.Keys(metrics))
			switch {
			case metrics[from] == nil || metrics[to] == nil:
				fail("there is no path %q: write section.name -> section.name of %s", o.Of, strings.Join(known, ", "))
			case o.Metric != "rate_per_s" && (kind != "latency" && kind != "wait" || !slices.Contains(names, name)):
				fail("a path has no metric %q: there are rate_per_s, latency and wait with .%s", o.Metric,
					strings.Join(names, ", ."))
			}
		case metrics[o.Of] == nil:
			known := slices.Sorted(maps.Keys(metrics))
			fail("there is no component %q%s; there are %s", o.Of, spec.DidYouMean(o.Of, known), strings.Join(known, ", "))
		case !slices.Contains(metrics[o.Of], o.Metric):
			fail("%s has no metric %q%s; there are %s", o.Of, o.Metric, spec.DidYouMean(o.Metric, metrics[o.Of]),
				strings.Join(metrics[o.Of], ", "))
		}
	}
	return problems.Sorted()
}
