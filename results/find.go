package results

import (
	"maps"
	"math"
	"slices"
	"strings"

	"weir/sim/measure"
)

// CostMetric is the name of the month's bill.
const CostMetric = "cost"

// place is places of a ledger that are one figure of a whole design.
type place struct {
	name string
	of   func(*LedgerSummary) []measure.Estimate
}

var places = []place{
	{"processed", func(l *LedgerSummary) []measure.Estimate { return []measure.Estimate{l.Processed} }},
	{"dead_lettered", func(l *LedgerSummary) []measure.Estimate { return inOrder(l.DeadLettered) }},
	{"expired", func(l *LedgerSummary) []measure.Estimate { return []measure.Estimate{l.Expired} }},
	{"rejected", func(l *LedgerSummary) []measure.Estimate { return []measure.Estimate{l.Rejected} }},
	{"failed", func(l *LedgerSummary) []measure.Estimate { return []measure.Estimate{l.Failed} }},
	{"too_late", func(l *LedgerSummary) []measure.Estimate { return []measure.Estimate{l.TooLate} }},
	{"lost", func(l *LedgerSummary) []measure.Estimate { return []measure.Estimate{l.Lost} }},
	{"purged", func(l *LedgerSummary) []measure.Estimate { return []measure.Estimate{l.Purged} }},
	{"under_way", func(l *LedgerSummary) []measure.Estimate { return inOrder(l.UnderWay) }},
}

// DuplicatesMetric is the name of the messages that consumers worked on to the end more than once.
const DuplicatesMetric = "duplicates"

// DesignMetrics are the metrics of a whole design besides its cost, in messages a replication. They are over the
// ledgers of all senders, so that each copy that a topic makes, and each message that a fleet sends on, counts.
var DesignMetrics = append(placeNames(), DuplicatesMetric)

func placeNames() (names []string) {
	for _, p := range places {
		names = append(names, p.name)
	}
	return names
}

func inOrder(m map[string]measure.Estimate) (all []measure.Estimate) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[key])
	}
	return all
}

// FigureName names a figure as objectives do: a metric, and the path or component that it is of, or nothing.
type FigureName struct{ Metric, Of string }

// String returns the metric and what it is of.
func (n FigureName) String() string {
	if n.Of == "" {
		return n.Metric
	}
	return n.Metric + " of " + n.Of
}

// ParseFigureName reads what String returns.
func ParseFigureName(text string) FigureName {
	metric, of, _ := strings.Cut(text, " of ")
	return FigureName{strings.TrimSpace(metric), strings.TrimSpace(of)}
}

// Find returns a figure and its unit by the name that objectives give it: a metric, and the path or the component that
// it is of, or nothing when it is of the whole design. What was not observed is NaN.
func (s *Summary) Find(metric, of string) (measure.Estimate, string) {
	switch {
	case metric == CostMetric:
		return s.Cost.MonthUSD, "USD"
	case of == "":
		return s.findWhole(metric), "messages"
	}
	if p, ok := s.Paths[of]; ok {
		if e, unit := p.find(metric); unit != "" {
			return e, unit
		}
	}
	if e, ok := s.Components[of].Metrics[metric]; ok {
		return e, s.Components[of].Units[metric]
	}
	return nothing(), "" // the path had no messages
}

func nothing() measure.Estimate {
	none := math.NaN()
	return measure.Estimate{Value: none, Low: none, High: none}
}

// find returns a figure of a path and its unit, which is empty when there is no such figure.
func (p *PathSummary) find(metric string) (measure.Estimate, string) {
	kind, name, _ := strings.Cut(metric, ".")
	switch kind {
	case "latency":
		return p.Latency[name], "s"
	case "wait":
		return p.Wait[name], "s"
	case "rate_per_s":
		return p.Rate, "messages/s"
	case "overtaken":
		return p.Overtaken, "share"
	case "amplification":
		return p.Amplification, "attempts/message"
	case "goodput":
		if p.Goodput != nil {
			return *p.Goodput, "messages/s"
		}
	case "late_share":
		if p.LateShare != nil {
			return *p.LateShare, "share"
		}
	case InTimeShare:
		if p.InTimeShare != nil {
			return *p.InTimeShare, "share"
		}
	case ProcessedShare:
		return p.ProcessedShare, "share"
	}
	return measure.Estimate{}, ""
}

// findWhole returns a figure of the whole design.
func (s *Summary) findWhole(metric string) measure.Estimate {
	var parts []measure.Estimate
	if metric == DuplicatesMetric {
		for _, name := range slices.Sorted(maps.Keys(s.Components)) {
			d, ok := s.Components[name].Metrics[DuplicatesMetric]
			if section, _, _ := strings.Cut(name, "."); ok && section != "faults" { // a fault tells of the same duplicates
				parts = append(parts, d)
			}
		}
		return sum(parts, s.Run.Replications)
	}
	i := slices.IndexFunc(places, func(p place) bool { return p.name == metric })
	if i < 0 {
		return nothing()
	}
	for _, l := range s.Ledgers() {
		parts = append(parts, places[i].of(&l.LedgerSummary)...)
	}
	return sum(parts, s.Run.Replications)
}

// sum adds figures up, replication by replication, batch by batch, or group by group of those that share uncertain
// inputs; of figures that were read from a file it adds the means, and there is no interval.
func sum(parts []measure.Estimate, replications int) measure.Estimate {
	for _, p := range parts {
		if p.N > 0 {
			replications = len(p.Values)
			break
		}
	}
	values := make([]float64, replications)
	total, n, whole := 0.0, replications, replications > 0
	for _, p := range parts {
		if p.N == 0 {
			continue // there is no such figure
		}
		total, n = total+p.Value, max(n, p.N)
		if len(p.Values) != replications {
			whole = false
			continue
		}
		for i, v := range p.Values {
			values[i] += v
		}
	}
	if whole {
		return measure.EstimateOf(values)
	}
	e := nothing()
	e.Value, e.N = total, n
	return e
}

// latencyNames are the names of a path's latencies, in the order in which they are told.
func latencyNames() []string {
	names := []string{"mean"}
	for _, q := range Quantiles {
		names = append(names, q.Name)
	}
	return append(names, "max")
}

// Headlines returns the figures that are kept of each trial of a sweep: the cost, where messages ended, and of each
// path its throughput, the share that was processed, and its latency as mean, median and 99th percentile.
func (s *Summary) Headlines() []FigureName {
	names := []FigureName{{Metric: CostMetric}}
	for _, metric := range DesignMetrics {
		names = append(names, FigureName{Metric: metric})
	}
	for _, path := range slices.Sorted(maps.Keys(s.Paths)) {
		for _, metric := range []string{"latency.mean", "latency.p50", "latency.p99", "rate_per_s", ProcessedShare} {
			names = append(names, FigureName{metric, path})
		}
		if s.Paths[path].Goodput != nil {
			names = append(names, FigureName{"goodput", path}, FigureName{"late_share", path})
		}
	}
	return names
}
