package results

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"weir/models/fault"
	"weir/models/message"
	"weir/sim"
	"weir/sim/measure"
)

// Fault is what was measured of a fault in one trial.
type Fault struct {
	Name, Kind, Of string
	Occurrences    []*fault.Occurrence
}

// FaultSummary is a fault and how the design recovered from it. The figures of the fault as a component are the means
// over its occurrences.
type FaultSummary struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Of   string `json:"of"`
	// Kept is by path the messages processed a second while the fault struck, as a share of those some time before: it is
	// above 1 when more came meanwhile.
	Kept map[string]measure.Estimate `json:"throughput_kept"`
	// Measured is how many times it was measured, in all replications; StuckTimes how often the design did not recover by
	// itself, and Metastable the state that it was in the first time.
	Measured   int                `json:"measured"`
	StuckTimes int                `json:"stuck"`
	Metastable *MetastableSummary `json:"metastable,omitempty"`
	// Occurrences are those of all replications, in order; the first hundred of each replication.
	Occurrences []OccurrenceSummary `json:"occurrences"`
}

// OccurrenceSummary is one time that a fault struck. Instants are seconds since the start of the observation; what did
// not happen is null.
type OccurrenceSummary struct {
	Replication   int      `json:"replication"`
	Begun         float64  `json:"begun_s"`
	Ended         *float64 `json:"ended_s"`
	Recovered     *float64 `json:"recovered_s"`     // the backlog was back at its level before
	Detected      *float64 `json:"detected_s"`      // the first alarm fired
	TimeToDrain   *float64 `json:"time_to_drain_s"` // after the end of the fault, 0 when the backlog was gone by then
	TimeToClear   *float64 `json:"time_to_clear_s"` // after its begin
	BacklogBefore float64  `json:"backlog_before"`
	BacklogPeak   float64  `json:"backlog_peak"`
	BacklogAtEnd  *float64 `json:"backlog_at_end"` // of the fault
	// Ends is how many messages ended during fault and recovery, by place of the ledger; places without are left out.
	Ends       map[string]int64   `json:"ends"`
	Duplicates int64              `json:"duplicates"`
	Wrong      *float64           `json:"calls_gone_wrong"` // null for a fault that strikes no calls
	Kept       map[string]float64 `json:"throughput_kept"`
	// Beside are faults that struck, or that the design had not recovered from, while the throughput before was measured.
	Beside     []string           `json:"beside,omitempty"`
	Metastable *MetastableSummary `json:"metastable,omitempty"`
}

// MetastableSummary is a state that the design did not leave by itself though its fault was over and the load as
// before.
type MetastableSummary struct {
	Since   float64 `json:"since_s"`
	Goodput float64 `json:"goodput"` // share of that before the fault
	Retries float64 `json:"retries"` // share of the attempts of all calls and deliveries that were not the first
	// RetriedBy made most of the retries, RetriedShare of its own attempts; nobody when there were none.
	RetriedBy    string  `json:"retried_by,omitempty"`
	RetriedShare float64 `json:"retried_share"`
}

// occurrencesMost is how many occurrences of a fault are told of one replication.
const occurrencesMost = 100

// summariseFaults sums up the faults of all replications.
func (e *Ensemble) summariseFaults() (all []FaultSummary) {
	for i, f := range e.Outcomes[0].Faults {
		s := FaultSummary{
			Name: f.Name, Kind: f.Kind, Of: f.Of, Kept: map[string]measure.Estimate{},
			Occurrences: []OccurrenceSummary{},
		}
		names := map[string]bool{}
		for _, o := range e.Outcomes {
			for k, c := range o.Faults[i].Occurrences {
				for _, p := range c.Paths {
					names[p.Name] = names[p.Name] || !math.IsNaN(p.Kept)
				}
				s.add(summariseOccurrence(o, c), k)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			if names[name] {
				s.Kept[name] = e.each(func(o *Outcome) float64 { return kept(o.Faults[i].Occurrences, name) })
			}
		}
		all = append(all, s)
	}
	return all
}

// add adds the k-th occurrence of a replication.
func (f *FaultSummary) add(o OccurrenceSummary, k int) {
	f.Measured++
	if o.Metastable != nil {
		if f.StuckTimes++; f.Metastable == nil {
			f.Metastable = o.Metastable
		}
	}
	if k < occurrencesMost {
		f.Occurrences = append(f.Occurrences, o)
	}
}

// kept returns the mean share of its throughput that a path kept, over the occurrences of a fault.
func kept(occurrences []*fault.Occurrence, path string) float64 {
	sum, n := 0.0, 0.0
	for _, o := range occurrences {
		for _, p := range o.Paths {
			if p.Name == path && !math.IsNaN(p.Kept) {
				sum, n = sum+p.Kept, n+1
			}
		}
	}
	return sum / n
}

func summariseOccurrence(o *Outcome, c *fault.Occurrence) OccurrenceSummary {
	at := func(t sim.Time) *float64 {
		if t == sim.Never {
			return nil
		}
		s := t.Sub(o.From).Seconds()
		return &s
	}
	s := OccurrenceSummary{
		Replication: o.Replication, Begun: *at(c.Begun), Ended: at(c.Ended), Recovered: at(c.Recovered),
		Detected: at(c.Detected), BacklogBefore: c.BacklogBefore, BacklogPeak: c.BacklogPeak,
		Ends: map[string]int64{}, Duplicates: c.Duplicates, Kept: map[string]float64{}, Beside: c.Beside,
	}
	if !math.IsNaN(c.Wrong) {
		s.Wrong = &c.Wrong
	}
	if d := c.TimeToDrain(); d >= 0 {
		seconds := d.Seconds()
		s.TimeToDrain = &seconds
	}
	if d := c.TimeToClear(); d >= 0 {
		seconds := d.Seconds()
		s.TimeToClear = &seconds
	}
	if !math.IsNaN(c.BacklogAtEnd) {
		s.BacklogAtEnd = &c.BacklogAtEnd
	}
	for p, n := range c.Ends {
		if n != 0 {
			s.Ends[message.Place(p).String()] = n
		}
	}
	for _, p := range c.Paths {
		if !math.IsNaN(p.Kept) {
			s.Kept[p.Name] = p.Kept
		}
	}
	if m := c.Metastable; m != nil {
		s.Metastable = &MetastableSummary{*at(m.Since), m.Goodput, m.Retries, m.By, m.Share}
	}
	return s
}

// Text names the state.
func (m *MetastableSummary) Text() string {
	retries := "nobody tried anything again"
	if m.RetriedBy != "" {
		retries = fmt.Sprintf("%s of the attempts of %s were retries", Percent(m.RetriedShare), m.RetriedBy)
	}
	return fmt.Sprintf("metastable: the fault was over at %s and the load as before, but the goodput stayed at %s of what it "+
		"was; %s", Seconds(m.Since), Percent(m.Goodput), retries)
}

// Stuck tells in which replications the design did not recover by itself, or nothing.
func (f *FaultSummary) Stuck() string {
	if f.Metastable == nil {
		return ""
	}
	return fmt.Sprintf("%s (%d of %d times)", f.Metastable.Text(), f.StuckTimes, f.Measured)
}

// FaultColumns are the columns of the table of faults.
var FaultColumns = []string{
	"fault", "times", "lasted", "time to drain", "backlog before", "at its end", "peak", "lost", "expired",
	"dead-lettered", "rejected", "duplicates", "calls gone wrong", "throughput kept", "detected after",
}

// FaultRow returns the cells of a fault.
func (s *Summary) FaultRow(f *FaultSummary) []string {
	m := s.Components[f.Name].Metrics
	cell := func(name string, format func(float64) string) string { return Interval(m[name], format) }
	return []string{
		strings.TrimPrefix(f.Name, "faults."), s.Components[f.Name].Count("occurrences"),
		cell("lasted_s", Seconds), s.drained(f),
		cell("backlog_before", Quantity), cell("backlog_at_end", Quantity), cell("backlog_peak", Quantity),
		cell("lost", Quantity), cell("expired", Quantity), cell("dead_lettered", Quantity), cell("rejected", Quantity),
		cell("duplicates", Quantity), cell("calls_gone_wrong", Quantity), cell("throughput_kept", Percent),
		cell("time_to_detect_s", Seconds),
	}
}

// drained tells how long the backlog of a fault took to drain, or that it was gone when the fault ended.
func (s *Summary) drained(f *FaultSummary) string {
	m := s.Components[f.Name].Metrics
	text := Interval(m["time_to_drain_s"], Seconds)
	during, after := m["recovered_during"].Value, m["time_to_clear_s"]
	recovered := m["occurrences"].Value - m["not_recovered"].Value
	switch {
	case during == 0:
	case during < recovered:
		text += fmt.Sprintf(" (%s of %s recovered during it)", Quantity(during), Quantity(recovered))
	case after.Value == 0:
		text = "no backlog"
	default:
		text = "recovered during it, " + Interval(after, Seconds) + " after it began"
	}
	if n := m["not_recovered"].Value; n > 0 {
		text += fmt.Sprintf(" (%s not)", Quantity(n))
	}
	return text
}

// FaultsNote explains the figures of faults.
var FaultsNote = []string{
	"Time to drain is from the end of a fault until the backlog is back at its level before: within a standard deviation of",
	"its mean. What strays less than eight of them from there, or less than half as far as the highest, is noise.",
	"Losses, duplicates and calls are counted from the begin of a fault until then; means over the times that it struck.",
	"Calls gone wrong are those that an outage, a brown-out, lost packets or a bad deployment fails; other faults strike no",
	"calls (–): what they make fail is among the errors of whoever calls.",
	"Throughput kept is what was processed a second while the fault struck, as a share of that some time before, on the path",
	"that fared worst. It is no availability: it is above 100 % when more came meanwhile, and late messages are in it.",
}

// BesideNote tells which other faults bear on what is told of a fault as a share of the time before it, or nothing.
func (f *FaultSummary) BesideNote() string {
	n, names := 0, map[string]bool{}
	for _, o := range f.Occurrences {
		if len(o.Beside) > 0 {
			n++
		}
		for _, name := range o.Beside {
			names[name] = true
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s struck, or was not recovered from, in the time before %d of %d times of %s: the throughput kept is a "+
		"share of what that left", strings.Join(slices.Sorted(maps.Keys(names)), ", "), n, len(f.Occurrences), f.Name)
}

// faults writes how the design recovered from each fault.
func (t *textWriter) faults(s *Summary) {
	for i := range s.Faults {
		f := &s.Faults[i]
		t.printf("\n%s  %s of %s\n", f.Name, strings.ReplaceAll(f.Kind, "_", " "), f.Of)
		cells := s.FaultRow(f)
		var head, row string
		for k, column := range FaultColumns[1:] {
			if k == 6 {
				t.table([]string{head[1:], row[1:]})
				head, row = "", ""
			}
			head, row = head+"\t"+column, row+"\t"+cells[k+1]
		}
		t.table([]string{head[1:], row[1:]})
		for _, path := range slices.Sorted(maps.Keys(f.Kept)) {
			t.printf("  throughput kept on %s: %s\n", path, Interval(f.Kept[path], Percent))
		}
		for _, note := range []string{f.BesideNote(), f.Stuck()} {
			if note != "" {
				t.printf("  %s\n", note)
			}
		}
	}
	if len(s.Faults) > 0 {
		t.printf("\n%s\n", strings.Join(FaultsNote, "\n"))
	}
}
