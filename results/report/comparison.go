package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"

	"weir/results"
	"weir/results/chart"
)

// WriteComparison writes the files of a comparison's folder: the document, Markdown, the HTML page, the figures, and
// the summary of each design.
func WriteComparison(
	f *results.Folder, c *results.Comparison, all []*results.Ensemble, summaries []*results.Summary,
) error {
	drawn, err := comparisonFigures(c, all)
	if err != nil {
		return err
	}
	errs := []error{
		f.Write("comparison.json", c.WriteJSON),
		f.Write("comparison.md", func(w io.Writer) error { return WriteComparisonMarkdown(w, c) }),
		f.Write("comparison.html", func(w io.Writer) error { return writeComparisonPage(w, c, drawn) }),
		f.Write("manifest.json", func(w io.Writer) error { return writeComparisonManifest(w, c, all) }),
	}
	for i, s := range summaries {
		errs = append(errs, f.Write(fmt.Sprintf("designs/%d-%s.json", i, slug(c.Designs[i].Name)), s.WriteJSON))
	}
	return errors.Join(append(errs, writeFigures(f, drawn))...)
}

// slug turns a design's name into a part of a file's name.
func slug(name string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, name)
	return safe[:min(len(safe), 80)]
}

// writeComparisonManifest writes what was run: with the same program, the same fingerprints come again.
func writeComparisonManifest(w io.Writer, c *results.Comparison, all []*results.Ensemble) error {
	type design struct {
		Name         string           `json:"name"`
		Scenario     results.Scenario `json:"scenario"`
		Fingerprints []string         `json:"fingerprints"` // by replication
	}
	m := struct {
		Weir         results.Build `json:"weir"`
		Go           string        `json:"go"`
		Architecture string        `json:"architecture"`
		Replications []int         `json:"replications"`
		Designs      []design      `json:"designs"`
	}{Weir: c.Weir, Go: runtime.Version(), Architecture: runtime.GOARCH, Replications: c.Method.Replications}
	for i, d := range c.Designs {
		entry := design{Name: d.Name, Scenario: d.Scenario}
		for _, o := range all[i].Outcomes {
			entry.Fingerprints = append(entry.Fingerprints, fmt.Sprintf("%016x", o.Fingerprint))
		}
		m.Designs = append(m.Designs, entry)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(m)
}

// comparisonFigures draws the differences, and the latencies of all designs over one another.
func comparisonFigures(c *results.Comparison, all []*results.Ensemble) ([]*chart.Figure, error) {
	figures, err := differences(c)
	if err != nil {
		return nil, err
	}
	var paths []string
	for i := range c.Figures {
		if f := &c.Figures[i]; f.Kind == results.LatencyKind && !slices.Contains(paths, f.Of) {
			paths = append(paths, f.Of)
		}
	}
	for i, path := range paths[:min(len(paths), figuresMost)] {
		drawn, err := overlaid(c, all, path)
		if err != nil {
			return nil, err
		}
		drawn.Name = numbered(drawn.Name, i)
		drawn.SetTitle("Latency by percentile of " + short(path))
		figures = append(figures, drawn)
	}
	return figures, nil
}

// overlaid draws the latencies of a path of the baseline in all designs.
func overlaid(c *results.Comparison, all []*results.Ensemble, path string) (*chart.Figure, error) {
	i := slices.IndexFunc(c.Figures, func(f results.Contrast) bool {
		return f.Kind == results.LatencyKind && f.Of == path
	})
	var curves []chart.PercentileCurve
	for k, d := range c.Designs {
		of := path
		if k > 0 {
			other := &c.Figures[i].Others[k-1]
			if other.Value.N == 0 {
				continue
			}
			if other.Of != "" {
				of = other.Of
			}
		}
		if curve, ok := curveOf(all[k], of); ok {
			curve.Name = d.Name
			curves = append(curves, curve)
		}
	}
	return chart.Percentiles(most(curves, func(chart.PercentileCurve) float64 { return 0 }))
}

// relativeMost is how large a relative difference the axis shows: what is more than three times the baseline is an
// arrow.
const relativeMost = 2

// differences draws the headline differences: those of two designs in one figure, as shares of the baseline's values;
// those of more by figure, in its unit.
func differences(c *results.Comparison) (figures []*chart.Figure, err error) {
	var rows []chart.Difference
	of := ""
	drawn := 0
	for i := range c.Figures {
		f := &c.Figures[i]
		if !f.Headline || f.Kind == results.ObjectiveKind {
			continue
		}
		if len(c.Designs) == 2 {
			if row, ok := relativeRow(f, &f.Others[0]); ok {
				row.Gap, of = f.Of != of && len(rows) > 0, f.Of
				rows = append(rows, row)
			}
			continue
		}
		if f.AllAlike() != "" {
			continue
		}
		if drawn++; drawn > figuresMost {
			break
		}
		figure, err := byDesign(c, f, fmt.Sprintf("difference_%02d_%s", drawn, slug(strings.ReplaceAll(f.Metric, ".", "_"))))
		if err != nil {
			return nil, err
		}
		if figure != nil {
			figures = append(figures, figure)
		}
	}
	if len(rows) == 0 {
		return figures, nil
	}
	other := c.Designs[1].Name
	figure, err := chart.Differences("differences", other+" against "+c.Baseline,
		"Differences of "+other+" from "+c.Baseline+", as shares of "+c.Baseline+"'s values, with their intervals over "+
			"pairs of replications. Arrows point at what lies off the axis.",
		"difference from "+c.Baseline+", of its value",
		func(v float64) string { return results.Signed(v, wholePercent) },
		chart.Round, relativeMost, rows)
	return append(figures, figure), err
}

func wholePercent(v float64) string { return fmt.Sprintf("%.3g %%", 100*v) }

func judgementOf(d *results.Difference) chart.Judgement {
	switch {
	case d.Verdict == results.VerdictEqual:
		return chart.Equal
	case !d.Certain:
		return chart.Open
	case d.Verdict == results.VerdictBetter:
		return chart.Better
	}
	return chart.Worse
}

// relativeRow is a difference as a share of the baseline's value, or an arrow when that is 0.
func relativeRow(f *results.Contrast, d *results.Difference) (row chart.Difference, ok bool) {
	if d.Verdict == results.VerdictUnknown {
		return row, false
	}
	e := d.Difference
	row = chart.Difference{
		Name: short(f.Name()), Judgement: judgementOf(d), Low: math.NaN(), High: math.NaN(),
		Text: results.SignedInterval(e, results.FormatOf(f.Unit)),
	}
	switch {
	case e.Value == 0 && d.Relative == nil:
	case d.Relative == nil:
		row.Value = math.Copysign(math.Inf(1), e.Value)
	case e.Value == 0:
		row.Value, row.Low, row.High = 0, 0, 0
		if b := f.Baseline.Value; b != 0 && !math.IsNaN(e.Low) {
			row.Low, row.High = e.Low/math.Abs(b), e.High/math.Abs(b)
		}
	default:
		scale := *d.Relative / e.Value
		row.Value, row.Low, row.High = *d.Relative, e.Low*scale, e.High*scale
		row.Text += "  (" + results.Signed(*d.Relative, results.Share) + ")"
	}
	return row, true
}

// byDesign draws one figure of all designs as differences from the baseline.
func byDesign(c *results.Comparison, f *results.Contrast, name string) (*chart.Figure, error) {
	var rows []chart.Difference
	for k := range f.Others {
		d := &f.Others[k]
		if d.Verdict == results.VerdictUnknown {
			continue
		}
		row := chart.Difference{
			Name: d.Design, Value: d.Difference.Value, Low: d.Difference.Low, High: d.Difference.High,
			Judgement: judgementOf(d), Text: results.SignedInterval(d.Difference, results.FormatOf(f.Unit)),
		}
		if d.Relative != nil && *d.Relative != 0 {
			row.Text += "  (" + results.Signed(*d.Relative, results.Share) + ")"
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	format := func(v float64) string { return results.Signed(v, results.FormatOf(f.Unit)) }
	ticks := chart.Round
	if f.Unit == "s" {
		ticks = chart.RoundTimes
	}
	return chart.Differences(name, short(f.Name())+": difference from "+c.Baseline,
		"Differences of each design from "+c.Baseline+", which has "+results.Interval(f.Baseline, results.FormatOf(f.Unit))+
			", with intervals that hold together with 95 % confidence.",
		"difference from "+c.Baseline, format, ticks, 0, rows)
}

// WriteComparisonMarkdown writes a comparison as Markdown, the verdict first.
func WriteComparisonMarkdown(w io.Writer, c *results.Comparison) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", c.Title())
	for _, p := range c.Method.Partial {
		fmt.Fprintf(&b, "**Partial results:** %s\n\n", p)
	}
	for _, v := range c.Verdicts {
		fmt.Fprintf(&b, "- **%s** %s\n", v.Design, v.Text(c.Baseline))
	}
	for _, headline := range []bool{true, false} {
		head, rows := c.Table(headline)
		title := map[bool]string{true: "Differences", false: "Further figures"}[headline]
		fmt.Fprintf(&b, "\n## %s\n\n", title)
		fmt.Fprintf(&b, "| %s |\n|---%s|\n", strings.Join(head, " | "), strings.Repeat("|---:", len(head)-1))
		for _, row := range rows {
			if len(row) == 1 {
				row = append(results.ComparisonRow{"**" + row[0] + "**"}, make([]string, len(head)-1)...)
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		}
		if headline {
			fmt.Fprintf(&b, "\n%s\n", strings.Join(c.Explanation(), "\n"))
		}
	}
	if doubts := c.Doubts(); len(doubts) > 0 {
		fmt.Fprintf(&b, "\n## Notes\n\n- %s\n", strings.Join(doubts, "\n- "))
	}
	b.WriteString("\n## Designs\n\n| design | file | profile | region | digest |\n|---|---|---|---|---|\n")
	for _, d := range c.Designs {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %.12s |\n", d.Name, d.File, d.Scenario.Profile, d.Scenario.Region,
			d.Scenario.Digest)
	}
	for _, d := range c.Designs {
		for _, warning := range d.Warnings {
			fmt.Fprintf(&b, "\n**Warning, %s:** %s\n", d.Name, warning)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type comparisonPage struct {
	*results.Comparison
	Sections []comparisonTable
	Drawn    []inlined
}

type comparisonTable struct {
	Title string
	Head  results.ComparisonRow
	Rows  []results.ComparisonRow
}

// writeComparisonPage writes the comparison as one file that needs nothing from outside.
func writeComparisonPage(w io.Writer, c *results.Comparison, drawn []*chart.Figure) error {
	p := comparisonPage{Comparison: c}
	for _, headline := range []bool{true, false} {
		head, rows := c.Table(headline)
		title := map[bool]string{true: "Differences", false: "Further figures"}[headline]
		p.Sections = append(p.Sections, comparisonTable{title, head, rows})
	}
	var err error
	if p.Drawn, err = inline(drawn); err != nil {
		return err
	}
	return comparisonTemplate.Execute(w, p)
}

var comparisonTemplate = template.Must(template.New("comparison").Parse(headText + `<title>{{.Title}}</title>
` + styleText + `</head>
<body>
<main>
<h1>{{.Title}}</h1>
{{$c := .Comparison}}{{range .Method.Partial}}<p class="missed"><strong>Partial results.</strong> {{.}}</p>
{{end}}{{range .Verdicts}}<p class="{{if eq .Verdict "better"}}met{{else if eq .Verdict "worse"}}missed{{else}}open{{end}}"><strong>{{.Design}}</strong> {{.Text $c.Baseline}}</p>
{{end}}{{range $i, $s := .Sections}}{{if $i}}<details><summary>{{.Title}}</summary>{{else}}<h2>{{.Title}}</h2>{{end}}
<div class="wide"><table>
<thead><tr>{{range .Head}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>{{range .Rows}}<tr>{{if eq (len .) 1}}<th scope="rowgroup" colspan="6">{{index . 0}}</th>{{else}}{{range $k, $cell := .}}{{if $k}}<td>{{$cell}}</td>{{else}}<th scope="row" class="plain">{{$cell}}</th>{{end}}{{end}}{{end}}</tr>
{{end}}</tbody></table></div>
{{if $i}}</details>{{else}}{{range $c.Explanation}}<p>{{.}}</p>
{{end}}{{range $.Drawn}}<figure>{{.SVG}}<figcaption>{{.Description}}</figcaption></figure>
{{end}}{{end}}{{end}}
{{with .Doubts}}<h2>Notes</h2><ul>{{range .}}<li>{{.}}</li>{{end}}</ul>{{end}}
<h2>Designs</h2>
<div class="wide"><table><thead><tr><th scope="col">design</th><th scope="col">file</th><th scope="col">profile</th><th scope="col">region</th><th scope="col">digest</th></tr></thead>
<tbody>{{range .Designs}}<tr><th scope="row">{{.Name}}</th><td class="text">{{.File}}</td><td>{{.Scenario.Profile}}</td><td>{{.Scenario.Region}}</td><td>{{printf "%.12s" .Scenario.Digest}}</td></tr>{{end}}</tbody></table></div>
{{range .Designs}}{{$name := .Name}}{{range .Warnings}}<p class="missed"><strong>Warning, {{$name}}.</strong> {{.}}</p>
{{end}}{{end}}<p>weir {{.Weir.Version}}, commit {{.Weir.Commit}}.</p>
</main>
{{template "script"}}
</body>
</html>
` + scriptText))
