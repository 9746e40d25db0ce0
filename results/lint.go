package results

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"weir/sim/measure"
)

// Severity is how much a finding about a design matters.
type Severity string

// The severities, the gravest first.
const (
	LintError   Severity = "error"   // it does not work
	LintWarning Severity = "warning" // it loses or repeats messages, or fails, when something happens that does happen
	LintAdvice  Severity = "advice"  // it can be had better or cheaper, and nothing in the scenario goes wrong by it
)

// Severities are the severities, the gravest first.
var Severities = []Severity{LintError, LintWarning, LintAdvice}

// LintRule is what a rule of design says and why.
type LintRule struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Severity Severity `json:"severity"`
	Reason   string   `json:"reason"`
	Source   string   `json:"source"`
	Date     string   `json:"date"` // of the source: year and month
}

// Lint is what the rules of design find in a scenario: what weir lint prints as JSON. Its fields are stable.
type Lint struct {
	Scenario Scenario      `json:"scenario"`
	Run      *LintRun      `json:"run,omitempty"` // nil unless findings were put to the test
	Rules    int           `json:"rules"`         // that were asked
	Findings []LintFinding `json:"findings"`      // the gravest first, then in the order of the file
}

// LintRun is how the findings were put to the test: by runs with the same random numbers.
type LintRun struct {
	DurationSeconds float64  `json:"duration_s"`
	Replications    int      `json:"replications"`
	Partial         []string `json:"partial,omitempty"`
}

// LintFinding is one place in a scenario where a rule finds something.
type LintFinding struct {
	LintRule
	Text   string     `json:"text"`
	File   string     `json:"file"`
	Line   int        `json:"line"`   // from 1; 0 when the value does not stand in the file
	Column int        `json:"column"` // from 1
	Path   string     `json:"path"`
	Fix    []string   `json:"fix,omitempty"` // settings that mend it, each path=value
	Proof  *LintProof `json:"proof,omitempty"`
	Shown  string     `json:"-"` // the finding with its line of the file
}

// LintProof is the figures of the design as it is, and with the fix of a finding.
type LintProof struct {
	Figures []LintFigure `json:"figures"`
	Failed  string       `json:"failed,omitempty"` // why the fix could not be run
}

// Shows reports whether a figure is certainly another one with the fix.
func (p *LintProof) Shows() bool {
	return slices.ContainsFunc(p.Figures, func(f LintFigure) bool { return f.Certain })
}

// LintFigure is one figure before and after.
type LintFigure struct {
	Metric  string           `json:"metric"`
	Of      string           `json:"of,omitempty"`
	Unit    string           `json:"unit"`
	Before  measure.Estimate `json:"before"`
	After   measure.Estimate `json:"after"`
	Change  measure.Estimate `json:"change"`  // after less before, paired by replication
	Certain bool             `json:"certain"` // the interval of the change has no 0
	// Of messages that end somewhere: their share of those that all producers had.
	BeforeShare *float64 `json:"before_share,omitempty"`
	AfterShare  *float64 `json:"after_share,omitempty"`
}

// Text writes the figure before and after.
func (f *LintFigure) Text() string {
	show := func(e measure.Estimate, share *float64) string {
		text := (Objective{Unit: f.Unit, Observed: e}).Shown()
		if share != nil && *share > 0 {
			text += fmt.Sprintf(" (%.2g %% of all)", 100**share)
		}
		return text
	}
	name := f.Metric
	if f.Of != "" {
		name += " of " + f.Of
	}
	doubt := ""
	a, b := f.Before, f.After
	switch {
	case f.Change.Low == 0 && f.Change.High == 0 || math.IsNaN(a.Value) && math.IsNaN(b.Value):
		doubt = ", the same"
	case !f.Certain:
		doubt = " (not certain)"
	}
	return fmt.Sprintf("%s: %s, then %s%s", name, show(a, f.BeforeShare), show(b, f.AfterShare), doubt)
}

// NewLintFigure returns a figure before and after, whose replications are paired: they had the same random numbers.
func NewLintFigure(metric, of, unit string, before, after measure.Estimate) LintFigure {
	pairs := make([]float64, min(len(before.Values), len(after.Values)))
	for i := range pairs {
		pairs[i] = after.Values[i] - before.Values[i]
	}
	f := LintFigure{Metric: metric, Of: of, Unit: unit, Before: before, After: after, Change: measure.EstimateOf(pairs)}
	f.Certain = f.Change.Low > 0 || f.Change.High < 0 // false where there is no interval
	return f
}

// Count returns how many findings have a severity.
func (l *Lint) Count(of Severity) (n int) {
	for i := range l.Findings {
		if l.Findings[i].Severity == of {
			n++
		}
	}
	return n
}

// Grave reports whether there is an error or a warning.
func (l *Lint) Grave() bool { return l.Count(LintError)+l.Count(LintWarning) > 0 }

// WriteJSON writes the document.
func (l *Lint) WriteJSON(w io.Writer) error { return writeIndented(w, l) }

func writeIndented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// WriteText writes the findings for a terminal.
func (l *Lint) WriteText(w io.Writer) error {
	t := &textWriter{w: w}
	for i := range l.Findings {
		f := &l.Findings[i]
		t.printf("%s\n", f.Shown)
		t.printf("    why: %s (%s, %s)\n", f.Reason, f.Source, f.Date)
		if len(f.Fix) > 0 {
			t.printf("    fix: %s\n", settingsText(f.Fix))
		}
		if p := f.Proof; p != nil {
			for i := range p.Figures {
				t.printf("    run: %s\n", p.Figures[i].Text())
			}
			switch {
			case p.Failed != "":
				t.printf("    run: the fix was not run: %s\n", p.Failed)
			case !p.Shows():
				t.printf("    run: in this scenario it makes no certain difference\n")
			}
		}
		t.printf("\n")
	}
	t.printf("%s", l.closing())
	return t.err
}

func settingsText(settings []string) string {
	quoted := make([]string, len(settings))
	for i, s := range settings {
		quoted[i] = "--set '" + s + "'"
	}
	return strings.Join(quoted, " ")
}

// closing says how many findings there are and what was run.
func (l *Lint) closing() string {
	var b strings.Builder
	rules := "rules"
	if l.Rules == 1 {
		rules = "rule"
	}
	fmt.Fprintf(&b, "%s: %s by %d %s\n", l.Scenario.Title(), l.counts(), l.Rules, rules)
	if r := l.Run; r != nil {
		fmt.Fprintf(&b, "figures: before, then with the fix; %d × %s each, with the same random numbers, 95 %% intervals\n",
			r.Replications, Seconds(r.DurationSeconds))
		for _, p := range r.Partial {
			fmt.Fprintf(&b, "PARTIAL  %s\n", p)
		}
	}
	return b.String()
}

func (l *Lint) counts() string {
	var parts []string
	for _, s := range Severities {
		if n := l.Count(s); n == 1 || n > 1 && s == LintAdvice {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		} else if n > 1 {
			parts = append(parts, fmt.Sprintf("%d %ss", n, s))
		}
	}
	if len(parts) == 0 {
		return "nothing found"
	}
	return strings.Join(parts, ", ")
}

// WriteMarkdown writes the findings as a table.
func (l *Lint) WriteMarkdown(w io.Writer) error {
	t := &textWriter{w: w}
	t.printf("# Design rules: %s\n\n", markdownCell(l.Scenario.Title()))
	if len(l.Findings) > 0 {
		t.printf("| severity | where | rule | finding | fix |\n|---|---|---|---|---|\n")
	}
	for i := range l.Findings {
		f := &l.Findings[i]
		where := f.File
		if f.Line > 0 {
			where = fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
		}
		text := f.Text
		if p := f.Proof; p != nil {
			for i := range p.Figures {
				text += "<br>" + p.Figures[i].Text()
			}
			switch {
			case p.Failed != "":
				text += "<br>the fix was not run: " + p.Failed
			case !p.Shows():
				text += "<br>in this scenario it makes no certain difference"
			}
		}
		fix := ""
		if len(f.Fix) > 0 {
			fix = "`" + strings.Join(f.Fix, "`<br>`") + "`"
		}
		t.printf("| %s | %s<br>`%s` | `%s` | %s | %s |\n", f.Severity, markdownCell(where), f.Path, f.ID, markdownCell(text),
			markdownCell(fix))
	}
	if len(l.Findings) > 0 {
		t.printf("\n")
	}
	t.printf("%s", l.closing())
	return t.err
}

func markdownCell(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "|", "\\|"), "\n", " ")
}

// LintRules are rules of design as a list.
type LintRules []LintRule

// WriteJSON writes the rules.
func (r LintRules) WriteJSON(w io.Writer) error { return writeIndented(w, r) }

// WriteText writes a line for each rule, and its reason below.
func (r LintRules) WriteText(w io.Writer) error {
	t := &textWriter{w: w}
	for _, rule := range r {
		t.printf("%-7s  %s: %s\n         %s (%s, %s)\n", rule.Severity, rule.ID, rule.Title, rule.Reason, rule.Source,
			rule.Date)
	}
	return t.err
}

// WriteMarkdown writes the reference page of the rules.
func (r LintRules) WriteMarkdown(w io.Writer) error {
	t := &textWriter{w: w}
	t.printf("# Rules of `weir lint`\n\n%d rules hold a design against what AWS documents. This page is `weir lint --list --format "+
		"markdown`.\n", len(r))
	for _, s := range Severities {
		t.printf("\n## %s: %s\n\n| rule | what it finds | why | source |\n|---|---|---|---|\n", s, severityTexts[s])
		for _, rule := range r {
			if rule.Severity == s {
				t.printf("| `%s` | %s | %s | %s (%s) |\n", rule.ID, markdownCell(rule.Title), markdownCell(rule.Reason),
					markdownCell(rule.Source), rule.Date)
			}
		}
	}
	return t.err
}

var severityTexts = map[Severity]string{
	LintError:   "it does not work",
	LintWarning: "it loses, repeats or delays messages when something happens that does happen",
	LintAdvice:  "it can be had better or cheaper",
}

// SortFindings puts the gravest first, and those of one severity in the order of the file.
func (l *Lint) SortFindings() {
	slices.SortStableFunc(l.Findings, func(a, b LintFinding) int {
		if d := slices.Index(Severities, a.Severity) - slices.Index(Severities, b.Severity); d != 0 {
			return d
		}
		if d := a.Line - b.Line; d != 0 {
			return d
		}
		return a.Column - b.Column
	})
}
