package results

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"weir/models/message"
	"weir/results/cost"
	"weir/sim"
	"weir/sim/measure"
)

// Summary is the document of a run: summary.json and what --format json prints. Its fields are stable. Only
// Run.WallSeconds depends on the machine.
type Summary struct {
	Weir     Build                  `json:"weir"`
	Scenario Scenario               `json:"scenario"`
	Run      Run                    `json:"run"`
	Paths    map[string]PathSummary `json:"paths"`
	// Ledger is of the producers' messages on their first way, all producers together: to the consumer, or to the topic,
	// bus or fleet that makes others of them. What becomes of those stands in Senders, and figures of the whole design,
	// as the objective dead_lettered, are over all of Senders.
	Ledger LedgerSummary `json:"ledger"`
	// Senders are the ledgers of each who sends: the producers, and what copies messages or sends others on.
	Senders    map[string]LedgerSummary    `json:"senders"`
	Components map[string]ComponentSummary `json:"components"`
	Denied     []DenialSummary             `json:"denied,omitempty"`
	Account    []ShareSummary              `json:"account,omitempty"`
	Faults     []FaultSummary              `json:"faults,omitempty"`
	Scaling    []ScalingSummary            `json:"scaling,omitempty"`
	Cost       CostSummary                 `json:"cost"`
	Objectives []Objective                 `json:"objectives"`
}

// Build is the program that ran.
type Build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
}

// Scenario is what was run.
type Scenario struct {
	Name    string `json:"name"`
	Variant string `json:"variant,omitempty"`
	Digest  string `json:"digest"`
	Profile string `json:"profile"`
	Region  string `json:"region"`
	Seed    uint64 `json:"seed"`
}

// Title returns the scenario's name and its variant.
func (s *Scenario) Title() string {
	if s.Variant == "" {
		return s.Name
	}
	return s.Name + ", variant " + s.Variant
}

// Run is how it was run.
type Run struct {
	DurationSeconds  float64    `json:"duration_s"`
	WarmupSeconds    float64    `json:"warmup_s"`
	Warmup           string     `json:"warmup"`                // none, fixed or mser-5
	WarmupNote       string     `json:"warmup_note,omitempty"` // how it was found, or why there is none
	Unsteady         bool       `json:"unsteady,omitempty"`    // no steady state was found, though one was sought
	Replications     int        `json:"replications"`
	Batches          int        `json:"batches,omitempty"`           // of one long run, which the intervals come from
	BatchCorrelation float64    `json:"batch_correlation,omitempty"` // greatest of successive batches' mean latencies
	Precision        *Precision `json:"precision,omitempty"`
	Inputs           []Input    `json:"inputs,omitempty"`
	Events           uint64     `json:"events"`
	Messages         uint64     `json:"messages"`
	Partial          []string   `json:"partial,omitempty"`   // why replications ended early
	Truncated        bool       `json:"truncated,omitempty"` // some of the results are of a replication that ended early
	WallSeconds      float64    `json:"wall_s"`
}

// Warmup is how long nothing was counted, and why so long.
type Warmup struct {
	Length   sim.Duration
	Rule     string // none, fixed or mser-5
	Note     string
	Unsteady bool
}

// NothingPrecise is what Precision.Of says when no figure has an interval: nothing was observed, and nothing costs.
const NothingPrecise = "nothing"

// Precision is how narrow the intervals were to be, and are: half of the widest one as a share of its figure.
type Precision struct {
	Wanted  float64 `json:"wanted"`
	Reached float64 `json:"reached"`
	Of      string  `json:"of"` // the figure with the widest interval
}

// Input is an uncertain setting and what each group of replications drew for it.
type Input struct {
	Path   string   `json:"path"`
	Values []string `json:"values"`
}

// Quantiles are the quantiles that are told, by their names in results.
var Quantiles = []struct {
	Name string
	P    float64
}{{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p99_9", 0.999}}

// PathSummary is the messages from one origin that ended at one component.
type PathSummary struct {
	Latency map[string]measure.Estimate `json:"latency_s"` // from birth to the end of the work, of those processed
	Wait    map[string]measure.Estimate `json:"wait_s"`    // from birth to the start of the first work, of those begun
	// Processed and Begun are how many messages the latency is of and how many the wait: work on some has begun that fails
	// or has not ended, and their wait may be longer than any latency.
	Processed measure.Estimate `json:"messages_processed"`
	Begun     measure.Estimate `json:"messages_begun"`
	Waited    measure.Estimate `json:"waited"` // share of the messages that waited at all
	Rate      measure.Estimate `json:"rate_per_s"`
	// Overtaken is the share of the messages that ended after one of their key that was born later, of the first keys.
	Overtaken measure.Estimate `json:"overtaken"`
	// Amplification is how many times work began on a message: 1 without redeliveries and retries.
	Amplification measure.Estimate `json:"amplification"`
	// ProcessedShare is the share of the messages that were processed, of these and those that ended otherwise on the way:
	// rejected, failed, expired, dead-lettered, lost, dropped. Those under way at the end are not in it.
	ProcessedShare measure.Estimate `json:"processed_share"`
	// Deadline is how old a message may be at the end of the work; with one, Goodput is what is processed on time,
	// InTimeShare the share of it in all that was due, and LateShare the rest: what was processed late, ended otherwise,
	// or is under way at the end though its deadline has passed.
	Deadline    *float64          `json:"deadline_s,omitempty"`
	Goodput     *measure.Estimate `json:"goodput_per_s,omitempty"`
	InTimeShare *measure.Estimate `json:"in_time_share,omitempty"`
	LateShare   *measure.Estimate `json:"late_share,omitempty"`
	// Astray is how many messages were missed on a route that several paths share: they are in none of the shares of the
	// paths, but in those of the origin. ShareLeast is what the share would be if all of them were this path's.
	Astray     *measure.Estimate `json:"astray,omitempty"`
	ShareLeast *measure.Estimate `json:"share_least,omitempty"`
	// Causes splits the latency of the messages around each quantile, and of all on average.
	Causes map[string]map[string]measure.Estimate `json:"causes_s"`
	// FewSamples names the quantiles that fewer than ten messages of some replication lie beyond.
	FewSamples []string `json:"few_samples,omitempty"`
}

// LedgerSummary is where the messages of a sender are or ended.
type LedgerSummary struct {
	CarriedIn    measure.Estimate            `json:"carried_in"`
	Sent         measure.Estimate            `json:"sent"`
	Processed    measure.Estimate            `json:"processed"`
	DeadLettered map[string]measure.Estimate `json:"dead_lettered"`
	Expired      measure.Estimate            `json:"expired"`
	Purged       measure.Estimate            `json:"purged"`
	Rejected     measure.Estimate            `json:"rejected"`
	Filtered     measure.Estimate            `json:"filtered"`
	Lost         measure.Estimate            `json:"lost"`
	Deduplicated measure.Estimate            `json:"deduplicated"`
	Published    measure.Estimate            `json:"published"`
	Failed       measure.Estimate            `json:"failed"`
	TooLate      measure.Estimate            `json:"too_late"`
	UnderWay     map[string]measure.Estimate `json:"under_way"`
}

// Row is one line of a ledger: where messages are or ended.
type Row struct {
	Name     string
	Messages measure.Estimate
	Bad      bool // something went wrong
}

// Rows lists the places of a ledger that hold messages; together they are what was carried in and sent.
func (l *LedgerSummary) Rows() []Row {
	var rows []Row
	add := func(name string, e measure.Estimate, bad bool) {
		if e.Value != 0 {
			rows = append(rows, Row{name, e, bad})
		}
	}
	if l.Published.Value == 0 { // a topic's copies have ledgers of their own
		rows = append(rows, Row{"processed", l.Processed, false})
	} else {
		add("processed", l.Processed, false)
	}
	add("published", l.Published, false)
	for _, cause := range slices.Sorted(maps.Keys(l.DeadLettered)) {
		add("dead-lettered: "+cause, l.DeadLettered[cause], true)
	}
	add("expired", l.Expired, true)
	add("rejected", l.Rejected, true)
	add("failed", l.Failed, true)
	add("dropped after the deadline", l.TooLate, true)
	add("purged", l.Purged, true)
	add("lost", l.Lost, true)
	add("filtered", l.Filtered, false)
	add("deduplicated", l.Deduplicated, false)
	for _, place := range slices.Sorted(maps.Keys(l.UnderWay)) {
		add("at the end: "+strings.ReplaceAll(place, "_", " "), l.UnderWay[place], false)
	}
	return rows
}

// leftShare is the share of the messages sent from which on those under way at the end are told of.
const leftShare = 0.02

// Left returns the share of the messages that are under way at the end, and whether they are so many that the
// percentiles, which do not have them, say more of the length of the run than of the design.
func (l *LedgerSummary) Left() (share float64, much bool) {
	left := 0.0
	for _, place := range slices.Sorted(maps.Keys(l.UnderWay)) {
		left += l.UnderWay[place].Value
	}
	share = left / (l.CarriedIn.Value + l.Sent.Value)
	return share, left >= 100 && share > leftShare
}

// Dead returns how many messages were dead-lettered, of all causes.
func (l *LedgerSummary) Dead() (total float64) {
	for _, cause := range slices.Sorted(maps.Keys(l.DeadLettered)) {
		total += l.DeadLettered[cause].Value
	}
	return total
}

// NamedLedger is the ledger of one sender.
type NamedLedger struct {
	Name string
	LedgerSummary
}

// Ledgers returns the ledger of each sender: of the producers, and of the fleets that send messages on.
func (s *Summary) Ledgers() []NamedLedger {
	var all []NamedLedger
	for _, name := range slices.Sorted(maps.Keys(s.Senders)) {
		all = append(all, NamedLedger{name, s.Senders[name]})
	}
	return all
}

// ComponentSummary is one component's figures.
type ComponentSummary struct {
	Kind    string                      `json:"kind"`
	Metrics map[string]measure.Estimate `json:"metrics"`
	Units   map[string]string           `json:"units"`
	// Ranges are the least and the greatest value of figures that are small counts, where the replications differ: a mean
	// of 2.67 alarms says less than 2 to 4.
	Ranges map[string][2]float64 `json:"ranges,omitempty"`
}

// DenialSummary is an edge on which the access policies deny something: who may not do what, and why.
type DenialSummary struct {
	Principal string           `json:"principal"`
	Action    string           `json:"action"`
	Resource  string           `json:"resource"`
	Reason    string           `json:"reason"`
	Calls     measure.Estimate `json:"calls"`
}

// ShareSummary is what one component takes of a quota that an account's workloads have together.
type ShareSummary struct {
	Quota   string           `json:"quota"`
	Unit    string           `json:"unit"`
	Limit   float64          `json:"limit"` // of all together
	User    string           `json:"user"`
	Used    measure.Estimate `json:"used"`    // mean
	Share   measure.Estimate `json:"share"`   // of what all use
	Refused measure.Estimate `json:"refused"` // requests, because the quota was used up, by whomever
}

// AccountRows are the shares that are worth telling: of quotas that several components use, or that refused something.
func (s *Summary) AccountRows() (rows []ShareSummary) {
	for _, a := range s.Account {
		users, refused := 0, 0.0
		for _, b := range s.Account {
			if a.Quota == b.Quota {
				users++
				refused += b.Refused.Value
			}
		}
		if users > 1 || refused > 0 {
			rows = append(rows, a)
		}
	}
	return rows
}

// ScalingSummary is a change of a group's desired capacity in the first replication.
type ScalingSummary struct {
	Component string  `json:"component"`
	AtSeconds float64 `json:"at_s"` // since the start of the window
	From      int     `json:"from"`
	To        int     `json:"to"`
	Cause     string  `json:"cause"`
}

// CostSummary is a month's bill at the load of the window.
type CostSummary struct {
	MonthUSD measure.Estimate `json:"month_usd"`
	FreeTier bool             `json:"free_tier"`
	Unpriced int              `json:"unpriced"` // lines without a sourced price, left out of the total
	// Recurs is what comes at set instants of the run, and how often it is in the month.
	Recurs []Recurrence `json:"recurs,omitempty"`
	Lines  []cost.Line  `json:"lines"`
}

// Objective is one objective of the scenario and whether it was met.
type Objective struct {
	Text     string           `json:"text"`
	Unit     string           `json:"unit"` // of what was observed
	Observed measure.Estimate `json:"observed"`
	Met      bool             `json:"met"`
	Certain  bool             `json:"certain"` // the whole interval lies on one side
	// Metric and Of name the figure, as Find knows it, and Below or Above is its limit in the unit of what was observed.
	// An objective of another kind, as that an alarm fires, has none of them.
	Metric string   `json:"metric,omitempty"`
	Of     string   `json:"of,omitempty"`
	Below  *float64 `json:"below,omitempty"`
	Above  *float64 `json:"above,omitempty"`
	// Undecided says why the objective cannot count as met although what was observed would meet it.
	Undecided string `json:"undecided,omitempty"`
	// Note says what else bears on the verdict.
	Note string `json:"note,omitempty"`
}

// Ensemble is the outcomes of all replications of one design.
type Ensemble struct {
	Outcomes []*Outcome // by replication, then by batch
	Dropped  []string   // replications that ended before the window of observation, and why
	Warmup   Warmup
	Inputs   []Input // what was drawn for uncertain settings
}

// each returns one value from each replication.
func (e *Ensemble) each(value func(*Outcome) float64) measure.Estimate {
	values := make([]float64, len(e.Outcomes))
	for i, o := range e.Outcomes {
		values[i] = value(o)
	}
	return e.estimate(values)
}

// estimate returns the mean of one value of each outcome.
func (e *Ensemble) estimate(values []float64) measure.Estimate {
	if len(e.Inputs) == 0 {
		return measure.EstimateOf(values)
	}
	var groups [][]float64
	for i, o := range e.Outcomes {
		if i == 0 || o.Group != e.Outcomes[i-1].Group {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], values[i])
	}
	return measure.EstimateOfGroups(groups)
}

// PathNames returns the names of the paths, in the order in which they were first seen.
func (e *Ensemble) PathNames() (names []string) {
	for _, o := range e.Outcomes {
		for _, p := range o.Paths {
			if !slices.Contains(names, p.Name()) {
				names = append(names, p.Name())
			}
		}
	}
	slices.Sort(names)
	return names
}

// path returns a replication's path by name, or an empty one.
func (o *Outcome) path(name string) *message.Path {
	for _, p := range o.Paths {
		if p.Name() == name {
			return p
		}
	}
	origin, end, _ := strings.Cut(name, " -> ") // its deadline is told by the other replications
	return message.NewPath(origin, end, o.Digits)
}

// Latency returns the latencies of a path in one replication.
func (e *Ensemble) Latency(o *Outcome, path string) *measure.Histogram { return o.path(path).Latency }

// Merged returns the latencies of a path over all replications.
func (e *Ensemble) Merged(name string) *measure.Histogram {
	var merged *measure.Histogram
	for _, o := range e.Outcomes {
		if h := o.path(name).Latency; merged == nil {
			merged = h.Clone()
		} else {
			merged.Merge(h)
		}
	}
	return merged
}

// ReadSummary reads the summary of a result folder.
func ReadSummary(dir string) (*Summary, error) {
	data, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if err != nil {
		return nil, err
	}
	var s Summary
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("%s/summary.json: %w", dir, err)
	}
	if s.Scenario.Digest == "" || s.Run.Replications == 0 {
		return nil, fmt.Errorf("%s/summary.json holds no summary of a run", dir)
	}
	return &s, nil
}
