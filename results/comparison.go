package results

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"weir/sim/measure"
)

// Comparison is the document of weir compare: comparison.json and what --format json prints. Its fields are stable.
type Comparison struct {
	Weir Build `json:"weir"`
	// Question is what the baseline's scenario asks, its description.
	Question string `json:"question,omitempty"`
	// Overall says which designs meet all of their objectives, and what that costs; it is empty without objectives.
	Overall []string `json:"overall,omitempty"`
	// Verdicts judge each other design against the baseline, in the order of Designs.
	Verdicts []DesignVerdict  `json:"verdicts"`
	Baseline string           `json:"baseline"`
	Method   ComparisonMethod `json:"method"`
	Designs  []ComparedDesign `json:"designs"` // the baseline first
	Figures  []Contrast       `json:"figures"`
	Notes    []string         `json:"notes,omitempty"` // what could not be compared, and why
}

// ComparisonMethod is how the designs were run and how their differences are judged.
type ComparisonMethod struct {
	Seed            uint64  `json:"seed"`
	DurationSeconds float64 `json:"duration_s"`
	WarmupSeconds   float64 `json:"warmup_s"`
	// Replications are those that every design finished, by their numbers.
	Replications []int    `json:"replications"`
	Pairs        int      `json:"pairs"`             // that the intervals come from
	PairsOf      string   `json:"pairs_of"`          // replications, batches of one run, or groups of replications
	Partial      []string `json:"partial,omitempty"` // why there are not more
	// Confidence is that of a family: of all differences of one figure together.
	Confidence  float64 `json:"confidence"`
	Differences Family  `json:"differences"` // of each design from the baseline
	Ranking     Family  `json:"ranking"`     // of all pairs of designs
	WallSeconds float64 `json:"wall_s"`
}

// Family is comparisons that are right together with the method's confidence. By Bonferroni's inequality they are when
// each interval has Interval as its own confidence, however the designs depend on one another.
type Family struct {
	Comparisons int     `json:"comparisons"`
	Interval    float64 `json:"interval_confidence"`
}

func familyOf(comparisons int, confidence float64) Family {
	return Family{comparisons, 1 - (1-confidence)/float64(max(comparisons, 1))}
}

// ComparedDesign is one of the designs.
type ComparedDesign struct {
	Name       string      `json:"name"`
	File       string      `json:"file"`
	Scenario   Scenario    `json:"scenario"`
	SameAs     string      `json:"same_as,omitempty"` // another of the designs that says the same
	Warnings   []string    `json:"warnings,omitempty"`
	Objectives []Objective `json:"objectives"`
}

// Kinds of figures that are compared.
const (
	ObjectiveKind  = "objective"
	LatencyKind    = "latency"
	ThroughputKind = "throughput"
	CostKind       = "cost"
	MessagesKind   = "messages"
)

// Contrast is one figure of all designs.
type Contrast struct {
	Kind   string `json:"kind"` // objective, latency, throughput, cost or messages
	Metric string `json:"metric"`
	// Of is the baseline's path; it is empty when the figure is of the whole design.
	Of   string `json:"of,omitempty"`
	Text string `json:"text,omitempty"` // of an objective
	Unit string `json:"unit"`
	// Better says which values are better: lower or higher; of an objective, met.
	Better string `json:"better"`
	// Headline says that the figure counts for the verdicts and is told in the terminal.
	Headline bool             `json:"headline"`
	Baseline measure.Estimate `json:"baseline"`
	Met      *bool            `json:"baseline_met,omitempty"` // of an objective that the baseline has
	// Undecided says why the baseline's objective cannot count as met although what was observed would meet it.
	Undecided string       `json:"baseline_undecided,omitempty"`
	Others    []Difference `json:"others"`
	// Ranking is of all designs, in their order, when there are more than two.
	Ranking []Ranked `json:"ranking,omitempty"`
}

// Verdicts of a difference and of a design.
const (
	VerdictBetter  = "better"
	VerdictWorse   = "worse"
	VerdictEqual   = "equal"   // the same in each replication
	VerdictUnknown = "unknown" // one side has no such figure, or an objective is not decided
	VerdictTrade   = "trade"   // of a design: better in some figures and worse in others
	VerdictOpen    = "open"    // of a design: too much is not certain
)

// Difference is a figure of one design and how it differs from the baseline's.
type Difference struct {
	Design string           `json:"design"`
	Of     string           `json:"of,omitempty"` // the path there, when it is named otherwise
	Value  measure.Estimate `json:"value"`
	Met    *bool            `json:"met,omitempty"` // of an objective that the design has
	// Undecided says why the design's objective cannot count as met although what was observed would meet it.
	Undecided string `json:"undecided,omitempty"`
	// Difference is the mean of the design's value less the baseline's over the pairs of replications, n of them, with
	// Student's interval at the confidence that the family needs.
	Difference measure.Estimate `json:"difference"`
	Relative   *float64         `json:"relative,omitempty"` // of the baseline's value; absent when that is 0
	Verdict    string           `json:"verdict"`            // better, worse, equal or unknown
	// Certain says that the interval excludes 0 and that there is no doubt; of an objective, that both sides are certain.
	Certain bool `json:"certain"`
	// Alike says that the whole interval lies within half a percent of the baseline's value.
	Alike bool   `json:"alike,omitempty"`
	Doubt string `json:"doubt,omitempty"`
}

// Ranks of a design by one figure.
const (
	RankBest    = "best"                // no other is, or can be, better
	RankWith    = "not distinguishable" // from the best
	RankWorse   = "worse"               // certainly than some other
	RankUnknown = "unknown"
)

// Ranked is the rank of a design by one figure.
type Ranked struct {
	Design string `json:"design"`
	Rank   string `json:"rank"` // best, not distinguishable, worse or unknown
}

// DesignVerdict judges a design against the baseline by the headline figures.
type DesignVerdict struct {
	Design  string `json:"design"`
	Verdict string `json:"verdict"` // better, worse, trade, equal or open
	// Better and Worse are the figures that differ certainly and by more than a trifle, Open those that may differ.
	Better []string `json:"better,omitempty"`
	Worse  []string `json:"worse,omitempty"`
	Open   []string `json:"open,omitempty"`
}

// trifle is the relative difference up to which a verdict on a design leaves a figure out, though it be certain: nobody
// chooses a design by half a percent, and common random numbers make far less than that certain.
const trifle = 0.005

// large is the relative difference from which on a figure that is not certain keeps a design from being called better:
// what seems a tenth worse, and may be more, is not to be passed over.
const large = 0.1

// WriteJSON writes the comparison as comparison.json holds it.
func (c *Comparison) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(c)
}

// Contender is a design to compare and the summary of its runs.
type Contender struct {
	Name, File string
	Summary    *Summary
}

// familyConfidence is that of all differences of one figure together.
const familyConfidence = 0.95

// Compare compares designs with the first of them. The summaries must be of the same replications, in the same order,
// and hold the values of each.
func Compare(weir Build, replications []int, designs []Contender) *Comparison {
	n := len(designs)
	base := designs[0].Summary
	c := &Comparison{
		Weir: weir, Baseline: designs[0].Name, Figures: []Contrast{},
		Method: ComparisonMethod{
			Seed: base.Scenario.Seed, DurationSeconds: base.Run.DurationSeconds, WarmupSeconds: base.Run.WarmupSeconds,
			Replications: replications, Confidence: familyConfidence,
			Differences: familyOf(n-1, familyConfidence), Ranking: familyOf(n*(n-1)/2, familyConfidence),
		},
	}
	for i, d := range designs {
		compared := ComparedDesign{
			Name: d.Name, File: d.File, Scenario: d.Summary.Scenario, Warnings: d.Summary.Warnings(),
			Objectives: d.Summary.Objectives,
		}
		for _, other := range designs[:i] {
			if other.Summary.Scenario.Digest == d.Summary.Scenario.Digest && compared.SameAs == "" {
				compared.SameAs = other.Name
			}
		}
		c.Designs = append(c.Designs, compared)
	}
	c.Method.Pairs, c.Method.PairsOf = base.Run.Observations()
	comparer := &comparer{Comparison: c, designs: designs}
	comparer.unlike()
	comparer.matchPaths()
	comparer.objectives()
	comparer.paths()
	comparer.whole()
	for i := 1; i < n; i++ {
		c.Verdicts = append(c.Verdicts, c.judge(i))
	}
	comparer.overall()
	return c
}

// judge judges a design by its number. One that is better in some figures is not called better when it seems much worse
// in another, or to miss an objective; nor is one called worse that seems to meet another objective.
func (c *Comparison) judge(design int) DesignVerdict {
	v := DesignVerdict{Design: c.Designs[design].Name}
	var better, worse, open listed
	mayBe := map[string]bool{}
	for i := range c.Figures {
		f := &c.Figures[i]
		d := &f.Others[design-1]
		switch text := f.describe(d); {
		case f.undecided(d):
			open.add(f, text)
		case !f.Headline || d.Verdict == VerdictEqual || d.Verdict == VerdictUnknown || f.trifling(d):
		case !d.Certain:
			open.add(f, text)
			much := d.Verdict == VerdictWorse && (d.Relative == nil || abs(*d.Relative) > large)
			mayBe[d.Verdict] = mayBe[d.Verdict] || f.Kind == ObjectiveKind || much
		case d.Verdict == VerdictBetter:
			better.add(f, text)
		default:
			worse.add(f, text)
		}
	}
	v.Better, v.Worse, v.Open = better.texts, worse.texts, open.texts
	someBetter, someWorse := len(v.Better) > 0, len(v.Worse) > 0
	switch {
	case someBetter && someWorse:
		v.Verdict = VerdictTrade
	case someBetter && !mayBe[VerdictWorse]:
		v.Verdict = VerdictBetter
	case someWorse && !mayBe[VerdictBetter]:
		v.Verdict = VerdictWorse
	case someBetter || someWorse || len(v.Open) > 0 || !c.comparable(design):
		v.Verdict = VerdictOpen
	default:
		v.Verdict = VerdictEqual
	}
	return v
}

// listed are figures in words, in which a path is named once for those that follow.
type listed struct {
	path  string
	texts []string
}

// add adds a figure and what is to be said of it.
func (l *listed) add(f *Contrast, text string) {
	switch {
	case f.Kind == ObjectiveKind:
	case f.Of != l.path && f.Of != "":
		text = f.Of + " " + text
		fallthrough
	default:
		l.path = f.Of
	}
	l.texts = append(l.texts, text)
}

// trifling reports whether a difference is, for all that is certain of it, too small to count for the verdict.
func (c *Contrast) trifling(d *Difference) bool {
	return c.Kind != ObjectiveKind && (d.Alike || d.Certain && d.Relative != nil && abs(*d.Relative) <= trifle)
}

// comparable reports whether some figure of a design could be compared with the baseline's.
func (c *Comparison) comparable(design int) bool {
	return slices.ContainsFunc(c.Figures, func(f Contrast) bool {
		return f.Headline && f.Others[design-1].Verdict != VerdictUnknown
	})
}

// undecided reports whether an objective is not decided of the baseline or of the other design.
func (c *Contrast) undecided(d *Difference) bool { return c.Undecided != "" || d.Undecided != "" }

// describe names a figure, without its path, and tells by how much it differs.
func (c *Contrast) describe(d *Difference) string {
	switch {
	case c.undecided(d):
		return c.Text + " (not decided)"
	case c.Kind == ObjectiveKind && d.Met != nil && *d.Met:
		return "meets " + c.Text
	case c.Kind == ObjectiveKind:
		return "misses " + c.Text
	case d.Relative == nil:
		return c.Label() + " " + Signed(d.Difference.Value, c.format())
	}
	return c.Label() + " " + Signed(*d.Relative, Share)
}

// Name names the figure for people, with its path.
func (c *Contrast) Name() string {
	switch {
	case c.Kind == ObjectiveKind:
		return c.Text
	case c.Of == "":
		return c.Label()
	}
	return c.Label() + " of " + c.Of
}

// Label names the figure without its path.
func (c *Contrast) Label() string {
	switch c.Kind {
	case ObjectiveKind:
		return c.Text
	case LatencyKind:
		return strings.ReplaceAll(strings.TrimPrefix(c.Metric, "latency."), "_", ".")
	case CostKind:
		return "cost a month"
	case ThroughputKind:
		return map[string]string{"rate_per_s": "messages/s", "goodput": "on time, messages/s"}[c.Metric]
	}
	return strings.ReplaceAll(c.Metric, "_", " ")
}

func (c *Contrast) format() func(float64) string { return FormatOf(c.Unit) }

func abs(v float64) float64 { return max(v, -v) }
