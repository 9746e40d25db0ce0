package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the page's parts
	"encoding/base64"
	"html/template"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"weir/models/message"
	"weir/results"
	"weir/results/chart"
)

//go:embed page.html
var pageText string

//go:embed style.css
var css string

//go:embed page.js
var script string

// headText begins every page: it asks for nothing from outside, and runs no script but its own.
var headText = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-` +
	hash(script) + `'">
<meta name="viewport" content="width=device-width, initial-scale=1">
`

// styleText is the style of every page.
var styleText = "<style>\n" + css + "</style>\n"

// scriptText ends every page with the script that explores its figures; a page says all without it.
const scriptText = `{{define "script"}}<script>{{script}}</script>{{end}}`

// pages is what all templates of pages begin with. The script is told as it is, comments and all: the policy names it
// by what it is.
func pages(name string) *template.Template {
	return template.New(name).Funcs(template.FuncMap{"script": func() template.JS { return template.JS(script) }})
}

// hash returns what a page's policy names a script by.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// page is what the template of the report reads.
type page struct {
	*results.Summary
	Question, Verdict string
	Contents          []content
	Cards             [][2]string // headline figures
	Holds             []string
	Stuck             [][2]string
	Figures           map[string][]inlined
	Ways              [][4]string // edges of the design
	Paths             []pathRow
	Causes            []causeTable
	Glossary          []glossed
	Hits              []limitHit
	Bounds            [][5]string // settings, and how much of them is used
	Scaling           [][]string
	ScalingRest       string
	FaultNames        []string
	FaultRows         [][]string
	Ledgers           []ledgerTable
	Overrides         []string
	Sources           []string
	Settings          string
	Comparison        *comparisonPart // or nil
}

// content is an entry of the table of contents.
type content struct{ ID, Title string }

// glossed is a cause and what it is.
type glossed struct{ Name, Text string }

type ledgerTable struct {
	Name string
	Rows [][2]string
}

type pathRow struct {
	Name, Rate, Why string
	Notes           []string
	Cells           [][2]string // the value, and half its interval
}

type inlined struct {
	Title, Description string
	SVG                template.HTML
	Least              int // pixels that the figure needs to be read, or 0: the style sheet knows
}

var percentileNames = []string{"mean", "p50", "p90", "p95", "p99", "p99_9", "max"}

// writePage writes the report: one file that needs nothing from outside.
func writePage(w io.Writer, d *drawings) error {
	s, design := d.s, d.told
	p := page{
		Summary: s, Question: strings.TrimSpace(design.Question), Verdict: verdictText(s), Cards: cards(s), Holds: d.holds(),
		Figures: map[string][]inlined{}, Hits: d.limitHits(), Bounds: d.boundRows(), Scaling: scalingRows(s),
		ScalingRest: scalingRest(s), Overrides: design.Overrides, Sources: sources(s),
		Settings: design.Scenario, Comparison: d.comparison,
	}
	for part, drawn := range d.parts {
		all, err := inline(drawn)
		if err != nil {
			return err
		}
		p.Figures[part] = all
	}
	if g := design.Graph; g != nil {
		for _, e := range g.Edges {
			what := e.Kind.String()
			if what == "" {
				what = map[results.EdgeKind]string{results.Flows: "messages", results.Calls: "calls"}[e.Kind]
			}
			p.Ways = append(p.Ways, [4]string{e.From, e.To, what, d.along(g, e)})
		}
	}
	for _, g := range message.Glossary {
		p.Glossary = append(p.Glossary, glossed{strings.ReplaceAll(g.Name, "_", " "), g.Text})
	}
	for _, l := range s.Ledgers() {
		p.Ledgers = append(p.Ledgers, ledgerTable{l.Name, ledgerRows(l)})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Paths)) {
		p.Paths = append(p.Paths, rowOf(s, name))
		if t := causeTableOf(s, name); len(t.Head) > 0 {
			p.Causes = append(p.Causes, t)
		}
	}
	p.faults(s)
	p.contents()
	return pageTemplate.Execute(w, p)
}

// rowOf makes the row of a path.
func rowOf(s *results.Summary, name string) pathRow {
	path := s.Paths[name]
	row := pathRow{Name: name, Rate: results.Interval(path.Rate, results.Quantity),
		Why: results.CausesText(path.Causes["p99"])}
	for _, note := range []string{path.Note(), s.Run.InputsText(path)} {
		if note != "" {
			row.Notes = append(row.Notes, note)
		}
	}
	for _, q := range percentileNames {
		value, half, apart := strings.Cut(results.Interval(path.Latency[q], results.Seconds), " ± ")
		if slices.Contains(path.FewSamples, q) {
			value += " *"
		}
		if apart {
			half = "± " + half
		}
		row.Cells = append(row.Cells, [2]string{value, half})
	}
	return row
}

// faults fills the table of faults: a column for each, so that it stays narrow, and in which a design got stuck.
func (p *page) faults(s *results.Summary) {
	rows := make([][]string, len(results.FaultColumns)-1)
	for i := range rows {
		rows[i] = []string{results.FaultColumns[i+1]}
	}
	for i := range s.Faults {
		cells := s.FaultRow(&s.Faults[i])
		p.FaultNames = append(p.FaultNames, cells[0])
		for k := range rows {
			rows[k] = append(rows[k], cells[k+1])
		}
		if stuck := s.Faults[i].Stuck(); stuck != "" {
			p.Stuck = append(p.Stuck, [2]string{s.Faults[i].Name, stuck})
		}
	}
	p.FaultRows = rows
}

// contents lists the parts that the page has.
func (p *page) contents() {
	add := func(shown bool, id, title string) {
		if shown {
			p.Contents = append(p.Contents, content{id, title})
		}
	}
	add(true, "verdict", "Verdict")
	add(len(p.Figures[inDesign]) > 0, "design", "Design")
	add(len(p.Figures[inLoad]) > 0, "load", "Load")
	add(true, "latency", "Latency")
	add(true, "why", "Why")
	add(len(p.Figures[inBacklog]) > 0, "backlog", "Backlog and drain")
	limited := len(p.Hits) > 0 || len(p.Bounds) > 0 || len(p.AccountRows()) > 0
	add(limited || len(p.Figures[inLimits]) > 0, "limits", "Limits")
	add(len(p.Figures[inScaling]) > 0 || len(p.Scaling) > 0, "scaling", "Capacity and scaling")
	add(len(p.Faults) > 0, "faults", "Faults")
	add(len(p.Figures[inAlarms]) > 0, "alarms", "Alarms")
	add(true, "ledger", "Ledger")
	add(true, "cost", "Cost")
	add(len(p.Objectives) > 0, "objectives", "Objectives")
	add(p.Comparison != nil, "comparison", "Comparison")
	add(true, "components", "Components")
	add(true, "settings", "Settings and sources")
}

// inline writes figures as parts of a page.
func inline(drawn []*chart.Figure) (all []inlined, err error) {
	for _, f := range drawn {
		var b bytes.Buffer
		if err := f.WriteSVG(&b); err != nil {
			return nil, err
		}
		drawing := template.HTML(b.String()) // our own, its text escaped
		all = append(all, inlined{f.Title, f.Description, drawing, f.Least()})
	}
	return all, nil
}

// verdictText says in a line how the objectives fared.
func verdictText(s *results.Summary) string {
	n, met, open := len(s.Objectives), 0, 0
	for _, o := range s.Objectives {
		switch {
		case o.Undecided != "":
			open++
		case o.Met:
			met++
		}
	}
	count := func(n int) string { return strconv.Itoa(n) }
	switch {
	case n == 0:
		return "The scenario sets no objectives."
	case met == n && n == 1:
		return "The objective is met."
	case met == n && n == 2:
		return "Both objectives are met."
	case met == n:
		return "All " + count(n) + " objectives are met."
	case met == 0 && open == 0 && n == 1:
		return "The objective is missed."
	}
	text := count(met) + " of " + count(n) + " objectives are met"
	if missed := n - met - open; missed > 0 {
		text += ", " + count(missed) + " missed"
	}
	if open > 0 {
		text += ", " + count(open) + " not decided"
	}
	return text + "."
}

// cardsMost is how many paths have cards of their own.
const cardsMost = 3

// cards are the figures that are looked for first.
func cards(s *results.Summary) (all [][2]string) {
	for i, name := range slices.Sorted(maps.Keys(s.Paths)) {
		if i == cardsMost {
			break
		}
		p := s.Paths[name]
		all = append(all, [2]string{"p50, p99 of " + short(name),
			results.Seconds(p.Latency["p50"].Value) + ", " + results.Seconds(p.Latency["p99"].Value)})
	}
	sent, bad := 0.0, 0.0
	ledgers := s.Ledgers()
	for _, l := range ledgers {
		sent += l.Sent.Value
		for _, r := range l.Rows() {
			if r.Bad {
				bad += r.Messages.Value
			}
		}
	}
	named := "messages sent, per replication"
	if sent > s.Ledger.Sent.Value { // what is copied or sent on has a ledger of its own, and goes wrong there
		named = "messages sent per replication, with copies and those sent on"
	}
	return append(all, [2]string{named, results.Quantity(math.Round(sent))},
		[2]string{"messages that went wrong", results.Quantity(math.Round(bad))},
		[2]string{monthName(s), s.Cost.Total()})
}

// monthName names the month's bill with the dates of its prices.
func monthName(s *results.Summary) string {
	var dates []string
	for _, l := range s.Cost.Lines {
		if l.Date != "" {
			dates = append(dates, l.Date)
		}
	}
	if len(dates) == 0 {
		return "a month"
	}
	first, last := slices.Min(dates), slices.Max(dates)
	if first == last {
		return "a month, at prices of " + first
	}
	return "a month, at prices of " + first + " to " + last
}

// sources lists where the prices are from, with their dates.
func sources(s *results.Summary) (all []string) {
	for _, l := range s.Cost.Lines {
		text := l.Source
		if l.Date != "" {
			text += " (" + l.Date + ")"
		}
		if l.Source != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	slices.Sort(all)
	return all
}

// verdictClass is how an objective is marked.
func verdictClass(o results.Objective) string {
	switch {
	case o.Undecided != "":
		return "open"
	case o.Met:
		return "met"
	}
	return "missed"
}

// bounds writes the interval of what was observed.
func bounds(o results.Objective) string {
	low, high := o, o
	if math.IsNaN(o.Observed.Low) || math.IsNaN(o.Observed.High) {
		return "–"
	}
	only := func(v float64) (e results.Objective) {
		e.Unit = o.Unit
		e.Observed.Value, e.Observed.Low, e.Observed.High = v, v, v
		return e
	}
	low, high = only(o.Observed.Low), only(o.Observed.High)
	return low.Shown() + " to " + high.Shown()
}

var pageTemplate = template.Must(pages("report").Funcs(template.FuncMap{
	"quantityOf": func() func(float64) string { return results.Quantity },
	"percentOf":  func() func(float64) string { return results.Percent },
	"usd":        results.USD, "quantity": results.Quantity, "interval": results.Interval,
	"verdict": objectiveVerdict, "aside": objectiveAside, "class": verdictClass, "observed": results.Objective.Shown,
	"range2": bounds,
	"mark": func(o results.Objective) string {
		return map[string]string{"met": "✓ Met.", "missed": "✗ Missed.", "open": "? Open."}[verdictClass(o)]
	},
	"money": func(s *results.Summary) string { return s.Cost.Total() }, "itemName": itemName,
	"faultsNote":     func() string { return strings.Join(results.FaultsNote, " ") },
	"scalingColumns": func() []string { return scalingColumns },
}).Parse(headText + styleText + pageText + differencesText + scriptText))
