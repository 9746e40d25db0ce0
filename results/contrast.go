package results

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"weir/sim/measure"
)

// comparer fills a comparison.
type comparer struct {
	*Comparison
	designs []Contender
	matched []map[string]string // by design: the path there of each path of the baseline
}

// unlike notes what designs differ in that a comparison is seldom meant to be of.
func (c *comparer) unlike() {
	base := c.designs[0].Summary
	for _, d := range c.designs[1:] {
		s := d.Summary
		if s.Scenario.Profile != base.Scenario.Profile || s.Scenario.Region != base.Scenario.Region {
			c.note("%s has profile %s in %s, %s has %s in %s", d.Name, s.Scenario.Profile, s.Scenario.Region, c.Baseline,
				base.Scenario.Profile, base.Scenario.Region)
		}
		if more := s.Ledger.Sent.Value/base.Ledger.Sent.Value - 1; abs(more) > trifle {
			c.note("the producers of %s send %s messages of those of %s: the load differs, not the design alone", d.Name,
				Share(1+more), c.Baseline)
		}
	}
}

func (c *comparer) note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// paths compares latency and throughput of each path.
func (c *comparer) paths() {
	for _, path := range slices.Sorted(maps.Keys(c.designs[0].Summary.Paths)) {
		var ofs []string
		for _, matched := range c.matched {
			ofs = append(ofs, matched[path])
		}
		for _, q := range latencyNames() {
			headline := q == "p50" || q == "p99" || q == "p99_9" && !c.few(ofs, q)
			c.add(Contrast{Kind: LatencyKind, Metric: "latency." + q, Of: path, Better: "lower", Headline: headline}, ofs)
		}
		c.add(Contrast{Kind: ThroughputKind, Metric: "rate_per_s", Of: path, Better: "higher", Headline: true}, ofs)
		if goodput := c.designs[0].Summary.Paths[path].Goodput; goodput != nil {
			c.add(Contrast{Kind: ThroughputKind, Metric: "goodput", Of: path, Better: "higher", Headline: true}, ofs)
		}
		c.add(Contrast{Kind: MessagesKind, Metric: "amplification", Of: path, Better: "lower"}, ofs)
	}
}

// few reports whether a design has too few messages for a quantile of its path.
func (c *comparer) few(ofs []string, quantile string) bool {
	for i, of := range ofs {
		if slices.Contains(c.designs[i].Summary.Paths[of].FewSamples, quantile) {
			return true
		}
	}
	return false
}

// whole compares figures of the whole designs.
func (c *comparer) whole() {
	ofs := make([]string, len(c.designs))
	c.add(Contrast{Kind: CostKind, Metric: CostMetric, Better: "lower", Headline: true}, ofs)
	for _, metric := range DesignMetrics {
		f := Contrast{Kind: MessagesKind, Metric: metric, Better: "lower"}
		seen, left := false, false
		for _, d := range c.designs {
			e, _ := d.Summary.Find(metric, "")
			seen = seen || e.Value != 0
			for _, l := range d.Summary.Ledgers() {
				_, much := l.Left()
				left = left || much
			}
		}
		switch metric {
		case "processed":
			f.Better = "higher" // the paths' rates tell it by where it was done
		case "dead_lettered":
			f.Headline = true
		case "under_way":
			f.Headline = left // some always are
		default:
			f.Headline = seen
		}
		c.add(f, ofs)
	}
}

// add compares one figure, which is of the given path in each design, and of the whole design when that of the baseline
// is not of a path. A design without a path that answers has an empty one.
func (c *comparer) add(f Contrast, ofs []string) {
	sides := make([]side, len(c.designs))
	for i := range sides {
		sides[i] = side{design: &c.designs[i], of: ofs[i]}
		if f.Of != "" && ofs[i] == "" {
			sides[i].value = nothing()
			continue
		}
		var unit string
		sides[i].value, unit = c.designs[i].Summary.Find(f.Metric, ofs[i])
		if i == 0 {
			f.Unit = unit
		}
	}
	f.Baseline = sides[0].value
	for i := range sides[1:] {
		f.Others = append(f.Others, c.difference(&f, &sides[0], &sides[i+1], c.Method.Differences.Interval))
	}
	if len(sides) > 2 {
		f.Ranking = c.rank(&f, sides)
	}
	c.Figures = append(c.Figures, f)
}

// side is a figure of one design.
type side struct {
	design *Contender
	of     string
	value  measure.Estimate
}

func (s *side) summary() *Summary { return s.design.Summary }

// difference compares a figure of two designs with an interval of the given confidence.
func (c *comparer) difference(f *Contrast, a, b *side, confidence float64) Difference {
	d := Difference{Design: b.design.Name, Value: b.value, Difference: nothing(), Verdict: VerdictUnknown}
	if b.of != a.of {
		d.Of = b.of
	}
	if len(a.value.Values) == len(b.value.Values) {
		d.Difference = measure.DifferenceAt(confidence, a.value.Values, b.value.Values)
	}
	if d.Difference.N == 0 {
		d.Doubt = "nothing was observed in both"
		return d
	}
	if abs(d.Difference.Value) <= rounding*abs(a.value.Value) {
		d.Difference.Value = 0
	}
	d.Relative = relative(a.value.Values, d.Difference)
	lower := f.Better == "lower"
	switch v := d.Difference.Value; {
	case same(d.Difference.Values):
		d.Verdict = VerdictEqual
	case v < 0 == lower && v != 0:
		d.Verdict = VerdictBetter
	default: // a mean of 0 is certain of nothing
		d.Verdict = VerdictWorse
	}
	d.Doubt = c.doubt(f, a, b, &d, confidence)
	e := d.Difference
	d.Alike = d.Relative != nil && e.Low <= e.High && d.Doubt == "" && max(abs(e.Low), abs(e.High)) <=
		trifle*abs(a.value.Value)
	d.Certain = d.Doubt == "" && (d.Verdict == VerdictEqual || e.Low > 0 || e.High < 0)
	return d
}

// rounding is the share of a value up to which a mean difference is but the rounding of its sum.
const rounding = 1e-12

// same reports whether all pairs are equal.
func same(differences []float64) bool {
	return !slices.ContainsFunc(differences, func(v float64) bool { return v != 0 && !math.IsNaN(v) })
}

// relative returns a difference as a share of the baseline's mean over the same pairs, or nil when that is 0.
func relative(before []float64, d measure.Estimate) *float64 {
	var mean measure.Tally
	for i, v := range d.Values {
		if !math.IsNaN(v) {
			mean.Record(before[i])
		}
	}
	share := d.Value / abs(mean.Mean())
	if mean.Mean() == 0 || math.IsNaN(share) || math.IsInf(share, 0) {
		return nil
	}
	return &share
}

// rank ranks all designs by one figure: a design is worse when one of the others is certainly better than it, and the
// best when each of the others is certainly worse or equal, by the intervals of all pairs.
func (c *comparer) rank(f *Contrast, sides []side) (ranking []Ranked) {
	for i := range sides {
		rank, unsettled, compared := RankBest, false, false
		for j := range sides {
			if i == j {
				continue
			}
			d := c.difference(f, &sides[i], &sides[j], c.Method.Ranking.Interval)
			switch {
			case d.Verdict == VerdictUnknown:
				unsettled = unsettled || sides[j].value.N > 0
			case d.Certain && d.Verdict == VerdictBetter:
				rank, compared = RankWorse, true
			case !d.Certain:
				unsettled, compared = true, true
			default:
				compared = true
			}
		}
		switch {
		case !compared:
			rank = RankUnknown
		case rank == RankBest && unsettled:
			rank = RankWith
		}
		ranking = append(ranking, Ranked{sides[i].design.Name, rank})
	}
	return ranking
}

// objectives compares which objectives the designs meet.
func (c *comparer) objectives() {
	type key struct {
		design int
		text   string
	}
	done := map[key]bool{}
	for i, d := range c.designs {
		for k := range d.Summary.Objectives {
			o := &d.Summary.Objectives[k]
			if done[key{i, o.Text}] {
				continue
			}
			found := make([]*Objective, len(c.designs))
			for j := range c.designs {
				if found[j] = c.answers(o, i, j); found[j] != nil {
					done[key{j, found[j].Text}] = true
				}
			}
			c.Figures = append(c.Figures, c.objective(o, found))
		}
	}
}

// answers returns the objective of another design that says the same, or says it of the path that answers.
func (c *comparer) answers(o *Objective, design, other int) *Objective {
	objectives := c.designs[other].Summary.Objectives
	for i := range objectives {
		p := &objectives[i]
		path := o.Metric != "" && design == 0 && p.Metric == o.Metric && c.matched[other][o.Of] == p.Of && p.Of != "" &&
			equal(p.Below, o.Below) && equal(p.Above, o.Above)
		if p.Text == o.Text || path {
			return p
		}
	}
	return nil
}

// certainAt reports whether the verdict on an objective is certain when its interval has a confidence of its own.
func (o *Objective) certainAt(confidence float64) bool {
	if !o.Certain || o.Below == nil && o.Above == nil {
		return o.Certain
	}
	met := func(v float64) bool {
		if o.Below != nil {
			return v < *o.Below
		}
		return v > *o.Above
	}
	e := NatureOf(o.Unit).EstimateAt(confidence, o.Observed.Values)
	return met(e.Low) == o.Met && met(e.High) == o.Met && !math.IsNaN(e.Low)
}

func equal(a, b *float64) bool { return a == b || a != nil && b != nil && *a == *b }

// objective compares one objective: a design is better that meets it when the other does not.
func (c *comparer) objective(o *Objective, found []*Objective) Contrast {
	f := Contrast{
		Kind: ObjectiveKind, Metric: o.Metric, Of: o.Of, Text: o.Text, Unit: o.Unit, Better: "met", Headline: true,
		Baseline: nothing(),
	}
	base := found[0]
	if base != nil {
		f.Baseline, f.Met, f.Undecided = base.Observed, &base.Met, base.Undecided
	}
	for i, p := range found[1:] {
		d := Difference{Design: c.designs[i+1].Name, Value: nothing(), Difference: nothing(), Verdict: VerdictUnknown}
		if p != nil {
			d.Value, d.Met, d.Undecided = p.Observed, &p.Met, p.Undecided
			if p.Of != o.Of {
				d.Of = p.Of
			}
		}
		switch {
		case base == nil || p == nil:
			d.Doubt = "not an objective of both"
		default:
			if len(base.Observed.Values) == len(p.Observed.Values) {
				d.Difference = measure.DifferenceAt(c.Method.Differences.Interval, base.Observed.Values, p.Observed.Values)
				d.Relative = relative(base.Observed.Values, d.Difference)
			}
			d.Verdict = map[bool]string{true: VerdictBetter, false: VerdictWorse}[p.Met]
			switch {
			case base.Undecided != "" || p.Undecided != "":
				d.Verdict = VerdictUnknown
				d.Doubt = cmp.Or(p.Undecided, base.Undecided)
				f.Others = append(f.Others, d)
				continue
			case base.Met == p.Met:
				d.Verdict = VerdictEqual
			}
			each := familyOf(len(c.designs), c.Method.Confidence).Interval // the verdicts on all designs hold together
			d.Certain = base.certainAt(each) && p.certainAt(each)
			if !d.Certain {
				d.Doubt = "a verdict is not certain"
			}
		}
		f.Others = append(f.Others, d)
	}
	return f
}
