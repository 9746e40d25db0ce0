package results

import (
	"fmt"
	"slices"
	"strings"

	"weir/sim/measure"
)

// doubt says why a difference cannot be certain whatever its interval, or nothing.
func (c *comparer) doubt(f *Contrast, a, b *side, d *Difference, confidence float64) string {
	n := c.Method.Pairs
	for _, s := range []*side{a, b} {
		if s.summary().Run.Truncated {
			return "runs of " + s.design.Name + " ended early"
		}
	}
	switch {
	case n < 2:
		return "one of its " + c.Method.PairsOf + " alone: there is no interval"
	case d.Difference.N < n:
		return fmt.Sprintf("only %d of %d %s have it in both", d.Difference.N, n, c.Method.PairsOf)
	case d.Verdict == VerdictEqual:
		return ""
	}
	better, worse := a, b
	if d.Verdict == VerdictBetter {
		better, worse = b, a
	}
	switch f.Kind {
	case CostKind:
		for _, s := range []*side{a, b} {
			if k := s.summary().Cost.Unpriced; k > 0 {
				return fmt.Sprintf("the bill of %s has %d lines without a price", s.design.Name, k)
			}
		}
	case LatencyKind:
		return latencyDoubt(f, better, worse)
	case MessagesKind, ThroughputKind:
		return countDoubt(d.Difference, confidence)
	}
	return ""
}

// latencyDoubt says why the better latency may not be what it seems: it has too few messages, or lacks the slow ones.
func latencyDoubt(f *Contrast, better, worse *side) string {
	name := strings.TrimPrefix(f.Metric, "latency.")
	for _, s := range []*side{better, worse} {
		if slices.Contains(s.summary().Paths[s.of].FewSamples, name) {
			return "fewer than ten messages of a replication of " + s.design.Name + " lie beyond"
		}
	}
	lacks := better.missing() - worse.missing()
	if lacks > missingShare(name) {
		return fmt.Sprintf("%.2g %% more of the messages sent end or stay elsewhere in %s than in %s, and are not in its "+
			"percentiles", 100*lacks, better.design.Name, worse.design.Name)
	}
	return ""
}

// missing returns the share of the messages that the path's origin sent, or had under way, which did not end on the
// path.
func (s *side) missing() float64 {
	origin, _, _ := strings.Cut(s.of, " -> ")
	l, ok := s.summary().Senders[origin]
	if !ok {
		return 0
	}
	return 1 - s.summary().Paths[s.of].Rate.Value*s.summary().Run.DurationSeconds/(l.Sent.Value+l.CarriedIn.Value)
}

// missingShare returns which share of the messages may be missing, as they would be the slowest, before a quantile says
// something else: a tenth of those that lie beyond it. A mean is as sensitive as p99 and a maximum as p99.9 is.
func missingShare(name string) float64 {
	for _, q := range Quantiles {
		if q.Name == name {
			return (1 - q.P) / 10
		}
	}
	if name == "max" {
		return 1e-4
	}
	return 1e-3
}

// countDoubt says that a count which differs by the same in every replication is not certain to go on so: with n of
// them the interval has no width, but chance gives n differences of one sign in one of 2ⁿ⁻¹ families.
func countDoubt(d measure.Estimate, confidence float64) string {
	if d.Low != d.High {
		return ""
	}
	if measure.SameByLuck(d.N) > 1-confidence {
		return fmt.Sprintf("the same difference in all %d pairs: too few to tell it from luck", d.N)
	}
	return ""
}
