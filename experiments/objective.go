package experiments

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"weir/models/spec"
	"weir/results"
	"weir/sim/measure"
)

// ObjectiveSpec is something that a design must achieve.
type ObjectiveSpec struct {
	// What is looked at: latency.p99 of a path, or a metric of a component such as dead_lettered; cost for the month's bill.
	Metric string `yaml:"metric" required:"true"`
	// The path (producers.checkout -> fleets.workers) or the component (queues.orders) it belongs to.
	Of string `yaml:"of"`
	// It must stay below this: a number, a length of time or a share.
	Below *Amount `yaml:"below"`
	// It must stay above this.
	Above *Amount `yaml:"above"`
}

// Amount is a number that may be written as a length of time, in seconds, or as a share.
type Amount struct {
	Value float64
	text  string
}

// UnmarshalText reads 2s, 1.5 or 99%.
func (a *Amount) UnmarshalText(text []byte) error {
	var d spec.Duration
	var h spec.Share
	var n spec.Number
	a.text = string(text)
	switch {
	case n.UnmarshalText(text) == nil:
		a.Value = float64(n)
	case strings.HasSuffix(a.text, "%") && h.UnmarshalText(text) == nil:
		a.Value = float64(h)
	case d.UnmarshalText(text) == nil:
		a.Value = d.Sim().Seconds()
	default:
		return fmt.Errorf("%q is not an amount: write a number, a length of time such as 2s, or a share such as 1%%", text)
	}
	return nil
}

// Validate returns what is wrong with the objective.
func (o *ObjectiveSpec) Validate() []spec.Problem {
	if (o.Below == nil) == (o.Above == nil) {
		return []spec.Problem{{Text: "needs below or above, one of them"}}
	}
	if o.Of == "" && o.Metric != "cost" {
		return []spec.Problem{{Text: "needs of: the path or the component that the metric belongs to"}}
	}
	return nil
}

// judge compares the objective with what was observed. What was not observed is not met.
func (o *ObjectiveSpec) judge(s *results.Summary) results.Objective {
	observed := o.find(s)
	out := results.Objective{Observed: observed}
	limit, sign, word := 0.0, 1.0, "below"
	if o.Below != nil {
		limit = o.Below.Value
		out.Text = o.text(word, o.Below)
	} else {
		limit, sign = o.Above.Value, -1
		out.Text = o.text("above", o.Above)
	}
	side := func(v float64) bool { return sign*v < sign*limit }
	out.Met = side(observed.Value)
	out.Certain = side(observed.Low) == out.Met && side(observed.High) == out.Met &&
		!math.IsNaN(observed.Low) && !math.IsNaN(observed.High)
	return out
}

func (o *ObjectiveSpec) text(word string, a *Amount) string {
	if o.Of == "" {
		return fmt.Sprintf("%s %s %s", o.Metric, word, a.text)
	}
	return fmt.Sprintf("%s of %s %s %s", o.Metric, o.Of, word, a.text)
}

func (o *ObjectiveSpec) find(s *results.Summary) measure.Estimate {
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

// check refuses an objective whose path or metric cannot exist.
func (d *Design) checkObjectives(metrics map[string][]string) error {
	var problems spec.Errors
	doc := d.Document
	for i := range doc.Objectives {
		o := &doc.Objectives[i]
		at := spec.Find(doc.source.Root, fmt.Sprintf("objectives.%d", i))
		fail := func(format string, args ...any) {
			problems = append(problems, doc.source.ErrorAt(at, fmt.Sprintf("objectives[%d]", i), format, args...))
		}
		kind, name, _ := strings.Cut(o.Metric, ".")
		switch {
		case o.Metric == "cost":
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
			fail("there is no component %q%s; there are %s", o.Of, suggestion(o.Of, known), strings.Join(known, ", "))
		case !slices.Contains(metrics[o.Of], o.Metric):
			fail("%s has no metric %q%s; there are %s", o.Of, o.Metric, suggestion(o.Metric, metrics[o.Of]),
				strings.Join(metrics[o.Of], ", "))
		}
	}
	return problems.Sorted()
}
