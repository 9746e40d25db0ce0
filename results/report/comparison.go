package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"

	"weir/results"
	"weir/results/chart"
)

// WriteComparison writes the files of a comparison's folder: the document, Markdown, the HTML page, the figures, and of
// each design, in the comparison's order, the summary and a report that holds the comparison, too.
func WriteComparison(
	f *results.Folder, c *results.Comparison, all []*results.Ensemble, summaries []*results.Summary, told []*Design,
) error {
	drawn, err := comparisonFigures(c, all)
	if err != nil {
		return err
	}
	part, err := comparisonPartOf(c, drawn)
	if err != nil {
		return err
	}
	errs := []error{
		f.Write("comparison.json", c.WriteJSON),
		f.Write("comparison.md", func(w io.Writer) error { return WriteComparisonMarkdown(w, c) }),
		f.Write("comparison.html", func(w io.Writer) error { return writeComparisonPage(w, part) }),
		f.Write("manifest.json", func(w io.Writer) error { return writeComparisonManifest(w, c, all) }),
	}
	for i, s := range summaries {
		report, err := draw(s, all[i], told[i])
		if err != nil {
			return err
		}
		report.comparison = part
		errs = append(errs, f.Write(DesignFile(c, i, "json"), s.WriteJSON),
			f.Write(DesignFile(c, i, "html"), func(w io.Writer) error { return writePage(w, report) }))
	}
	return errors.Join(append(errs, writeFigures(f, drawn))...)
}

// DesignFile returns the name of a file of one of the designs in a comparison's folder.
func DesignFile(c *results.Comparison, i int, extension string) string {
	return fmt.Sprintf("designs/%d-%s.%s", i, slug(c.Designs[i].Name), extension)
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
