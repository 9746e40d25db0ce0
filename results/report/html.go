package report

import (
	"errors"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"

	"weir/models/message"
	"weir/results"
	"weir/results/chart"
)

// Write writes a whole result folder: tables, figures, Markdown and the HTML page.
func Write(f *results.Folder, s *results.Summary, e *results.Ensemble, diagram string) error {
	drawn, err := figures(s, e)
	if err != nil {
		return err
	}
	errs := []error{
		f.WriteTables(s, e),
		f.Write("summary.md", func(w io.Writer) error { return WriteMarkdown(w, s, diagram) }),
		f.Write("report.html", func(w io.Writer) error { return writePage(w, s, drawn, diagram) }),
	}
	for _, d := range drawn {
		errs = append(errs, f.Write("figures/"+d.Name+".svg", d.WriteSVG), f.Write("figures/"+d.Name+".png", d.WritePNG))
	}
	return errors.Join(errs...)
}

type page struct {
	*results.Summary
	Paths     []pathRow
	Ledgers   []ledgerTable
	FaultRows [][]string
	Figures   []inlined
	Diagram   string
	Glossary  []glossed
}

// glossed is a cause and what it is.
type glossed struct{ Name, Text string }

type ledgerTable struct {
	Name string
	Rows [][2]string
}

type pathRow struct {
	Name, Rate, Why, Note string
	Cells                 []string
}

type inlined struct {
	Title, Description string
	SVG                template.HTML
}

var percentileNames = []string{"mean", "p50", "p90", "p95", "p99", "p99_9", "max"}

// writePage writes the report: one file that needs nothing from outside.
func writePage(w io.Writer, s *results.Summary, drawn []*chart.Figure, diagram string) error {
	p := page{Summary: s, Diagram: diagram}
	for _, g := range message.Glossary {
		p.Glossary = append(p.Glossary, glossed{strings.ReplaceAll(g.Name, "_", " "), g.Text})
	}
	for _, l := range s.Ledgers() {
		p.Ledgers = append(p.Ledgers, ledgerTable{l.Name, ledgerRows(l)})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Paths)) {
		path := s.Paths[name]
		row := pathRow{Name: name, Rate: results.Interval(path.Rate, results.Quantity),
			Why: results.CausesText(path.Causes["p99"]), Note: path.Note()}
		for _, q := range percentileNames {
			cell := results.Interval(path.Latency[q], results.Seconds)
			if slices.Contains(path.FewSamples, q) {
				cell += " *"
			}
			row.Cells = append(row.Cells, cell)
		}
		p.Paths = append(p.Paths, row)
	}
	for i := range s.Faults {
		p.FaultRows = append(p.FaultRows, s.FaultRow(&s.Faults[i]))
	}
	var err error
	if p.Figures, err = inline(drawn); err != nil {
		return err
	}
	return pageTemplate.Execute(w, p)
}

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"quantityOf": func() func(float64) string { return results.Quantity },
	"percentOf":  func() func(float64) string { return results.Percent },
	"seconds":    results.Seconds, "usd": results.USD, "quantity": results.Quantity,
	"interval": results.Interval, "verdict": objectiveVerdict,
	"faultColumns": func() []string { return results.FaultColumns },
	"faultsNote":   func() string { return strings.Join(results.FaultsNote, " ") },
	"money":        func(s *results.Summary) string { return s.Cost.Total() },
	"observed":     results.Objective.Shown,
}).Parse(pageText))

// headText begins every page: it asks for nothing from outside.
const headText = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
`

// styleText is the style of every page.
const styleText = `<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #ddd; } th:first-child, td:first-child { text-align: left; } th.plain { font-weight: normal; }
.wide { overflow-x: auto; }
.wide th, .wide td { white-space: normal; padding: .25rem .45rem; font-size: .88rem; }
td.text { text-align: left; }
figure { margin: 1.5rem 0; } figure svg { max-width: 100%; height: auto; background: #fff; }
figcaption { color: #555; font-size: .9rem; }
.met { border-left: .4rem solid #009e73; padding-left: .7rem; } .open { border-left: .4rem solid #767676; padding-left: .7rem; }
.missed { border-left: .4rem solid #d55e00; padding-left: .7rem; }
pre { background: #f4f4f4; padding: 1rem; overflow-x: auto; }
@media (prefers-color-scheme: dark) {
  body { color: #e8e8e8; background: #16181b; } th, td { border-color: #444; } pre { background: #24272b; color: #e8e8e8; }
  figcaption { color: #aaa; } figure svg { border-radius: .4rem; }
}
@media print { figure { break-inside: avoid; } body { margin: 0; } }
</style>
`

const pageText = headText + `<title>{{.Scenario.Title}}</title>
` + styleText + `</head>
<body>
<main>
<h1>{{.Scenario.Title}}</h1>
<p>Profile {{.Scenario.Profile}}, region {{.Scenario.Region}}, seed {{.Scenario.Seed}}; {{.Run.Text}}.</p>
{{range .Warnings}}<p class="missed"><strong>Warning.</strong> {{.}}</p>{{end}}
{{range .Run.Partial}}<p class="missed"><strong>Partial results.</strong> {{.}}</p>{{end}}
{{range .Objectives}}<p class="{{if .Met}}met{{else}}missed{{end}}"><strong>{{.Text}}</strong>: {{verdict .}}, observed {{observed .}}</p>
{{end}}
<h2>Latency</h2>
<div class="wide"><table>
<thead><tr><th scope="col">path</th><th scope="col">messages/s</th><th scope="col">mean</th><th scope="col">p50</th><th scope="col">p90</th><th scope="col">p95</th><th scope="col">p99</th><th scope="col">p99.9</th><th scope="col">max</th></tr></thead>
<tbody>{{range .Paths}}<tr><th scope="row">{{.Name}}</th><td>{{.Rate}}</td>{{range .Cells}}<td>{{.}}</td>{{end}}</tr>{{end}}</tbody>
</table></div>
<p>± is half a 95 % confidence interval over replications. An asterisk marks a percentile that fewer than ten messages of a
replication lie beyond: run longer before you rely on it.</p>
{{range .Paths}}{{if .Note}}<p>{{.Name}}: {{.Note}}.</p>
{{end}}{{end}}{{range .Paths}}<p>Around p99 of {{.Name}}: {{.Why}}.</p>{{end}}
<details><summary>What the causes are</summary><table><tbody>{{range .Glossary}}<tr><th scope="row">{{.Name}}</th><td class="text">{{.Text}}</td></tr>{{end}}</tbody></table></details>
{{range .Figures}}<figure>{{.SVG}}<figcaption>{{.Description}}</figcaption></figure>
{{end}}
{{range .Ledgers}}<h2>Ledger of {{.Name}}</h2>
<table><thead><tr><th scope="col">where</th><th scope="col">messages per replication</th></tr></thead>
<tbody>{{range .Rows}}<tr><th scope="row">{{index . 0}}</th><td>{{index . 1}}</td></tr>{{end}}</tbody></table>{{end}}
{{if .AccountRows}}<h2>Account</h2>
<div class="wide"><table><thead><tr><th scope="col">quota</th><th scope="col">used by</th><th scope="col">mean</th><th scope="col">of all use</th><th scope="col">limit</th><th scope="col">refused</th></tr></thead>
<tbody>{{range .AccountRows}}<tr><th scope="row">{{.Quota}}</th><td class="text">{{.User}}</td><td>{{interval .Used quantityOf}} {{.Unit}}</td><td>{{interval .Share percentOf}}</td><td>{{quantity .Limit}}</td><td>{{interval .Refused quantityOf}}</td></tr>{{end}}</tbody></table></div>
{{end}}{{if .Faults}}<h2>Faults</h2>
<div class="wide"><table><thead><tr>{{range faultColumns}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>{{range .FaultRows}}<tr>{{range $i, $cell := .}}{{if $i}}<td>{{$cell}}</td>{{else}}<th scope="row">{{$cell}}</th>{{end}}{{end}}</tr>{{end}}</tbody></table></div>
<p>{{faultsNote}}</p>
{{range .Faults}}{{with .BesideNote}}<p>{{.}}.</p>{{end}}{{with .Stuck}}<p class="missed"><strong>{{.}}</strong></p>{{end}}{{end}}{{end}}
<h2>Components</h2>
<div class="wide"><table><tbody>{{range .ComponentRows}}<tr><th scope="row">{{.Name}}</th><td class="text">{{.Headline}}</td></tr>{{end}}</tbody></table></div>
<h2>Cost</h2>
<p>{{money .Summary}} for {{.Assumes}}, {{if .Cost.FreeTier}}free tier taken off{{else}}without free tier{{end}}.</p>
<div class="wide"><table><thead><tr><th scope="col">component</th><th scope="col">item</th><th scope="col">quantity</th><th scope="col">USD a month</th><th scope="col">price of</th><th scope="col">source</th></tr></thead>
<tbody>{{range .Cost.Lines}}<tr><th scope="row">{{.Component}}</th><td>{{.Item}}</td><td>{{quantity .Quantity}} {{.Units}}</td><td>{{if .Problem}}{{.Problem}}{{else}}{{usd .MonthUSD}}{{end}}</td><td>{{.Date}}</td><td>{{.Source}}</td></tr>{{end}}</tbody></table></div>
<h2>Design</h2>
<pre>{{.Diagram}}</pre>
<h2>Settings</h2>
<p>Scenario digest {{.Scenario.Digest}}; weir {{.Weir.Version}}, commit {{.Weir.Commit}}; {{.Run.Events}} events.
The constants of the profile, with their sources: <code>weir profile {{.Scenario.Profile}}</code>.</p>
</main>
</body>
</html>
`
