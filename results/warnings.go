package results

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"weir/models/sdk"
)

// What is told of as a warning.
const (
	lossShare    = 0.001 // messages that a sender gave up, or that ended without being processed, of those sent
	waitShare    = 0.05  // calls of a producer that wait for a connection, of all
	readShare    = 0.95  // of the limit of a shard's reads
	refusedShare = 0.1   // reads that a stream refused, of all
	// correlatedBatches over the root of their number is the correlation that independent batches stay below in 95 of 100
	// runs.
	correlatedBatches = 1.645
	idleWorkers       = 0.5 // that hold no lease, on average: those that start have none for a while
)

// Warnings tells what makes the figures of a run say less than they seem to, and what in the design is over a limit
// without ending a message that anybody would see.
func (s *Summary) Warnings() (warnings []string) {
	warn := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	if s.Run.Unsteady {
		warn("%s", s.Run.WarmupNote)
	}
	if least := correlatedBatches / math.Sqrt(float64(s.Run.Batches)); s.Run.BatchCorrelation > least {
		warn("successive batches are alike (correlation %.2f): the intervals are too narrow; take a longer run or fewer "+
			"batches", s.Run.BatchCorrelation)
	}
	for _, l := range s.Ledgers() {
		if share, much := l.Left(); much {
			warn("%s of the messages of %s are under way at the end and not in the percentiles: if the backlog grows, the "+
				"figures hold for a run of this length only", Percent(share), l.Name)
		}
	}
	for _, l := range s.Ledgers() {
		warnings = append(warnings, s.lossWarnings(&l)...)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Components)) {
		warnings = append(warnings, s.Components[name].overLimit(name)...)
	}
	for _, f := range s.Faults {
		if s.Components[f.Name].Metrics["occurrences"].Value == 0 {
			warn("%s did not strike in this run: the figures are those of the design without it", f.Name)
		}
	}
	for _, d := range s.Denied {
		calls := "no call in this run"
		if d.Calls.Value > 0 {
			calls = Quantity(d.Calls.Value) + " calls ended with AccessDenied"
		}
		warn("%s may not %s on %s: %s (%s)", d.Principal, d.Action, d.Resource, calls, d.Reason)
	}
	return append(warnings, s.monthWarnings()...)
}

// lossWarnings tells what of a sender's messages was not processed: the percentiles leave it out.
func (s *Summary) lossWarnings(l *NamedLedger) (warnings []string) {
	all := l.CarriedIn.Value + l.Sent.Value
	if share := l.Rejected.Value / all; share > lossShare {
		c := s.Components[l.Name]
		if strings.HasSuffix(c.Kind, "producer") {
			warnings = append(warnings, fmt.Sprintf("%s gave up %s of its messages, which the percentiles leave out%s", l.Name,
				Percent(share), c.reasons()))
		} else { // whoever sends on tries again with the message that it works on
			warnings = append(warnings, fmt.Sprintf("%s failed sends of %s (%s of all) were given up: what they were made of is "+
				"tried again, or ends as the other ledgers tell; in all %s messages were dead-lettered and %s expired",
				Quantity(l.Rejected.Value), l.Name, Percent(share), Quantity(s.findWhole("dead_lettered").Value),
				Quantity(s.findWhole("expired").Value)))
		}
	}
	var parts []string
	lost := 0.0
	for _, p := range []struct {
		name  string
		count float64
	}{
		{"dead-lettered", l.Dead()}, {"expired", l.Expired.Value}, {"failed", l.Failed.Value}, {"lost", l.Lost.Value},
		{"dropped after the deadline", l.TooLate.Value},
	} {
		if p.count > 0 {
			parts = append(parts, Quantity(p.count)+" "+p.name)
			lost += p.count
		}
	}
	if share := lost / all; share > lossShare {
		warnings = append(warnings, fmt.Sprintf("%s of the messages of %s were not processed (%s): the percentiles leave them "+
			"out", Percent(share), l.Name, strings.Join(parts, ", ")))
	}
	return warnings
}

// reasons says why a producer gave messages up, the most frequent reason first, or nothing.
func (c ComponentSummary) reasons() string {
	type part struct {
		share float64
		text  string
	}
	var parts []part
	for _, r := range sdk.Reasons {
		if share := c.Metrics[r.Figure].Value / c.Metrics["rejected"].Value; share > 0 {
			parts = append(parts, part{share, r.Text})
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.share, a.share) })
	var texts []string
	for _, p := range parts {
		text := p.text
		if len(parts) > 1 {
			text += fmt.Sprintf(" (%.0f %%)", 100*p.share)
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 {
		return ""
	}
	return ": " + strings.Join(texts, ", ")
}

// overLimit says what of a component is at a limit, or stands idle.
func (c ComponentSummary) overLimit(name string) (texts []string) {
	value := func(metric string) float64 { return c.Metrics[metric].Value }
	say := func(format string, args ...any) { texts = append(texts, fmt.Sprintf(format, args...)) }
	switch c.Kind {
	case "producer":
		if share := value("waited_for_connection") / value("calls"); share > waitShare {
			say("%s is at its %s connections: %s of its calls wait for one, and what is late by that is late at the sender; set "+
				"%s.connections if it has more", name, Quantity(value("connections")), Percent(share), name)
		}
	case "kinesis.stream":
		refused := value("read_provisioned_throughput_exceeded")
		share := refused / (refused + value("get_records"))
		switch used := value("read_utilisation"); {
		case used >= readShare && refused > 0: // one who polls five times a second alone has all calls, and lacks nothing
			say("the reads of a shard of %s are at %s of their limit, which all who poll it share (2 MB and 5 calls a second): "+
				"what is late behind them waits for the limit, not for compute", name, Percent(used))
		case share > refusedShare:
			say("%s refused %s of the reads (ReadProvisionedThroughputExceeded): all who poll a shard share 2 MB and 5 calls a "+
				"second", name, Percent(share))
		}
		if used := value("push_utilisation"); used >= readShare {
			say("a consumer with enhanced fan-out takes %s of what a shard of %s pushes to it (2 MB a second)", Percent(used),
				name)
		}
	case "kcl.application":
		if idle := value("idle_workers_mean"); idle >= idleWorkers {
			worker := "workers of %s hold"
			if Quantity(idle) == "1" {
				worker = "worker of %s holds"
			}
			say("%s "+worker+" no lease, on average: there are more workers than shards", Quantity(idle), name)
		}
	}
	return texts
}
