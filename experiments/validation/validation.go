// Package validation is the public scoreboard: what theory, AWS and published measurements say, and what Weir says.
package validation

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"go.yaml.in/yaml/v4"

	"weir/experiments"
	"weir/experiments/story"
	"weir/models/aws"
	"weir/models/spec"
	"weir/results"
	"weir/results/cost"
	"weir/sim"
)

//go:embed data
var data embed.FS

// The kinds of row.
const (
	Theory      = "theory"
	Semantics   = "semantics"
	Price       = "price"
	Measurement = "measurement"
)

// Kinds lists the kinds of row.
var Kinds = []string{Theory, Semantics, Price, Measurement}

// The verdicts of a row.
const (
	Holds  = "holds"
	Misses = "misses"
	Gap    = "gap" // a known, explained deviation
)

// Row is one comparison.
type Row struct {
	ID        string  `json:"id"`
	Kind      string  `json:"kind"`
	What      string  `json:"what"`
	Expected  string  `json:"expected"`
	Observed  string  `json:"observed"`
	Error     float64 `json:"error"` // relative; 0 where the comparison is of text
	Tolerance string  `json:"tolerance"`
	Verdict   string  `json:"verdict"`
	Source    string  `json:"source"`
	Note      string  `json:"note"`
}

// Scoreboard is the rows of a validation.
type Scoreboard struct {
	Rows []Row `json:"rows"`
}

// Filter chooses rows: empty fields choose all, and quick those that take little time.
type Filter struct {
	Kind, ID string
	Quick    bool
}

func (f Filter) chooses(kind, id string) bool {
	return (f.Kind == "" || f.Kind == kind) && (f.ID == "" || id == f.ID || strings.HasPrefix(id, f.ID+"."))
}

// test is one case of a data file.
type test struct {
	ID       string        `yaml:"id"`
	Kind     string        `yaml:"kind"`
	What     string        `yaml:"what"`
	Given    string        `yaml:"given"`
	Slow     bool          `yaml:"slow"` // takes a second or more
	Source   string        `yaml:"source"`
	Note     string        `yaml:"note"`
	Scenario yaml.Node     `yaml:"scenario"`
	Region   string        `yaml:"region"` // of a bill; us-east-1 unless given
	Usage    []usage       `yaml:"usage"`
	FreeTier bool          `yaml:"free_tier"`
	Expect   []expectation `yaml:"expect"`
}

type usage struct {
	Item     string  `yaml:"item"`
	Variant  string  `yaml:"variant"`
	Quantity float64 `yaml:"quantity"`
	Bytes    int64   `yaml:"bytes"` // of each call: billed by the request of 64 KB
}

type expectation struct {
	Name   string  `yaml:"name"`
	Metric string  `yaml:"metric"`
	Value  float64 `yaml:"value"`
	Within string  `yaml:"within"` // a share, or an amount such as $0.01
	Gap    string  `yaml:"gap"`    // why it is known to deviate
}

// Run makes the chosen comparisons, one after the other, each told to done as it is finished.
func Run(ctx context.Context, f Filter, done func(Row)) (*Scoreboard, error) {
	board := &Scoreboard{}
	add := func(rows []Row) {
		for _, r := range rows {
			board.Rows = append(board.Rows, r)
			if done != nil {
				done(r)
			}
		}
	}
	for _, file := range []string{"theory", "lambda", "kinesis", "prices", "measured"} {
		tests, err := read("data/" + file + ".yaml")
		if err != nil {
			return nil, err
		}
		for i := range tests {
			if !f.chooses(tests[i].Kind, tests[i].ID) || f.Quick && tests[i].Slow {
				continue
			}
			rows, err := tests[i].run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", tests[i].ID, err)
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			add(rows)
		}
	}
	if f.Kind == "" || f.Kind == Semantics {
		rows, err := stories(f)
		if err != nil {
			return nil, err
		}
		add(rows)
	}
	return board, nil
}

func read(file string) ([]test, error) {
	text, err := data.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all struct {
		Rows []test `yaml:"rows"`
	}
	if err := yaml.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return all.Rows, nil
}

func (t *test) run(ctx context.Context) ([]Row, error) {
	if t.Kind == Price {
		return t.bill()
	}
	text, err := yaml.Marshal(&t.Scenario)
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(data, "data")
	if err != nil {
		return nil, err
	}
	design, err := experiments.New(t.ID+".yaml", text, nil, files)
	if err != nil {
		return nil, err
	}
	ensemble, err := design.Run(ctx, nil)
	if err != nil {
		return nil, err
	}
	s := design.Summarise(ensemble, results.Build{}, 0)
	var rows []Row
	for _, e := range t.Expect {
		observed, err := find(s, e.Metric)
		if err != nil {
			return nil, err
		}
		rows = append(rows, t.row(e, observed))
	}
	return rows, nil
}

func (t *test) row(e expectation, observed float64) Row {
	r := Row{
		ID: t.ID + "." + e.Name, Kind: t.Kind, What: t.What + ": " + t.Given, Expected: figure(e.Value),
		Observed: figure(observed), Error: math.Abs(observed - e.Value), Tolerance: e.Within, Verdict: Holds,
		Source: t.Source, Note: t.Note,
	}
	limit := 0.0
	if amount, ok := strings.CutPrefix(e.Within, "$"); ok {
		fmt.Sscan(amount, &limit)
	} else {
		var share spec.Share
		if err := share.UnmarshalText([]byte(e.Within)); err != nil {
			panic("validation: " + t.ID + ": " + err.Error())
		}
		limit = float64(share)
		if e.Value != 0 {
			r.Error /= math.Abs(e.Value)
		}
	}
	const rounding = 1e-6 // of the printed values
	if !(r.Error <= limit+rounding) {
		r.Verdict = Misses
		if e.Gap != "" {
			r.Verdict, r.Note = Gap, e.Gap
		}
	}
	return r
}

func figure(v float64) string { return fmt.Sprintf("%.6g", v) }

// find reads a metric: latency.*, wait.*, rate_per_s, late_share and goodput of the only path, or of the one that
// ends at END with END/metric, waited, dead_share and expired_share of the messages sent, or component:figure.
func find(s *results.Summary, metric string) (float64, error) {
	if component, name, ok := strings.Cut(metric, ":"); ok {
		if e, ok := s.Components[component].Metrics[name]; ok {
			return e.Value, nil
		}
		return 0, fmt.Errorf("there is no metric %s", metric)
	}
	switch metric {
	case "dead_share":
		return s.Ledger.Dead() / s.Ledger.Sent.Value, nil
	case "rejected_share":
		return s.Ledger.Rejected.Value / s.Ledger.Sent.Value, nil
	case "expired_share":
		return s.Ledger.Expired.Value / s.Ledger.Sent.Value, nil
	}
	path, metric, found := strings.Cut(metric, "/")
	if !found {
		path, metric = "", path
	}
	if !found && len(s.Paths) > 1 {
		return 0, fmt.Errorf("%s is of several paths: name one with END/", metric)
	}
	for name, p := range s.Paths {
		if found && !strings.HasSuffix(name, path) {
			continue
		}
		kind, quantile, _ := strings.Cut(metric, ".")
		switch kind {
		case "waited":
			return p.Waited.Value, nil
		case "rate_per_s":
			return p.Rate.Value, nil
		case "late_share":
			if p.LateShare != nil {
				return p.LateShare.Value, nil
			}
		case "goodput":
			if p.Goodput != nil {
				return p.Goodput.Value, nil
			}
		case "latency":
			return p.Latency[quantile].Value, nil
		case "wait":
			return p.Wait[quantile].Value, nil
		}
	}
	return 0, fmt.Errorf("there is no metric %s", metric)
}

// bill compares a month's bill.
func (t *test) bill() ([]Row, error) {
	prices, err := aws.LoadPrices(cmp.Or(t.Region, "us-east-1"))
	if err != nil {
		return nil, err
	}
	var used []aws.Usage
	requests := 0.0
	for _, u := range t.Usage {
		if u.Bytes > 0 {
			u.Quantity *= float64(aws.BilledRequests(u.Bytes))
		}
		requests += u.Quantity
		used = append(used, aws.Usage{Component: t.ID, Item: u.Item, Variant: u.Variant, Quantity: u.Quantity})
	}
	b := cost.Of(used, prices, aws.HoursPerMonth*sim.Hour, cost.Options{FreeTier: t.FreeTier})
	var rows []Row
	for _, e := range t.Expect {
		observed := b.MonthUSD
		if e.Metric == "requests" {
			observed = requests
		}
		rows = append(rows, t.row(e, observed))
	}
	return rows, nil
}

func stories(f Filter) ([]Row, error) {
	all, err := story.Shipped()
	if err != nil {
		return nil, err
	}
	var rows []Row
	for i := range all {
		s := &all[i]
		if !f.chooses(Semantics, s.ID) {
			continue
		}
		steps, err := s.Run()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.ID, err)
		}
		r := Row{ID: s.ID, Kind: Semantics, What: s.Title, Tolerance: "exact", Verdict: Holds, Source: s.Source}
		for _, step := range steps {
			if step.Expected == "" {
				continue
			}
			r.Expected += step.Command + " → " + strings.ReplaceAll(strings.TrimSpace(step.Expected), "\n", "; ") + ". "
			r.Observed += step.Command + " → " + strings.ReplaceAll(strings.TrimSpace(step.Observed), "\n", "; ") + ". "
		}
		if r.Expected != r.Observed {
			r.Verdict = Misses
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// Count returns how many rows of a kind have a verdict; "" counts all kinds.
func (b *Scoreboard) Count(kind, verdict string) (n int) {
	for _, r := range b.Rows {
		if (kind == "" || r.Kind == kind) && r.Verdict == verdict {
			n++
		}
	}
	return n
}

// WriteJSON writes the document of weir validate.
func (b *Scoreboard) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(b)
}

// WriteText writes the scoreboard for a terminal.
func (b *Scoreboard) WriteText(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range b.Rows {
		if r.Kind == Semantics {
			fmt.Fprintf(tw, "%s\t%s\t%s\t\t\t\t%s\n", r.ID, r.Kind, r.Verdict, r.What)
			continue
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%.2g of %s\t%s\n", r.ID, r.Kind, r.Verdict, r.Expected, r.Observed, r.Error,
			r.Tolerance, r.What)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	return b.writeCounts(w)
}

func (b *Scoreboard) writeCounts(w io.Writer) error {
	for _, kind := range Kinds {
		if !slices.ContainsFunc(b.Rows, func(r Row) bool { return r.Kind == kind }) {
			continue
		}
		_, err := fmt.Fprintf(w, "%-12s %3d hold, %d miss, %d known gaps\n", kind, b.Count(kind, Holds),
			b.Count(kind, Misses),
			b.Count(kind, Gap))
		if err != nil {
			return err
		}
	}
	return nil
}

// WriteSummary writes how many rows of each kind hold, miss and are known gaps, as a Markdown table.
func (b *Scoreboard) WriteSummary(w io.Writer) error {
	text := "| kind | rows | hold | known gaps | miss |\n|---|---:|---:|---:|---:|\n"
	for _, kind := range Kinds {
		holds, gaps, misses := b.Count(kind, Holds), b.Count(kind, Gap), b.Count(kind, Misses)
		text += fmt.Sprintf("| %s | %d | %d | %d | %d |\n", kind, holds+gaps+misses, holds, gaps, misses)
	}
	_, err := io.WriteString(w, text)
	return err
}

// WriteMarkdown writes the scoreboard as a table.
func (b *Scoreboard) WriteMarkdown(w io.Writer) error {
	fmt.Fprintln(w, "| id | kind | verdict | expected | observed | error | tolerance | what |\n|---|---|---|---|---|---|---|---|")
	for _, r := range b.Rows {
		_, err := fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %.2g | %s | %s |\n", r.ID, r.Kind, r.Verdict, r.Expected,
			r.Observed,
			r.Error, r.Tolerance, strings.ReplaceAll(r.What, "|", "\\|"))
		if err != nil {
			return err
		}
	}
	return nil
}
