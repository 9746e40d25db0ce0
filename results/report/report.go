// Package report writes what a person reads of a run: the Markdown summary, the HTML page and the figures.
package report

import (
	"context"
	"errors"
	"io"

	"weir/results"
	"weir/results/chart"
	"weir/results/parallel"
)

// Write writes a whole result folder: tables, figures, Markdown and the HTML page.
func Write(f *results.Folder, s *results.Summary, e *results.Ensemble, design *Design) error {
	d, err := draw(s, e, design)
	if err != nil {
		return err
	}
	mermaid := ""
	if design.Graph != nil {
		mermaid = design.Graph.Mermaid()
	}
	return errors.Join(
		f.WriteTables(s, e),
		f.Write("summary.md", func(w io.Writer) error { return WriteMarkdown(w, s, mermaid) }),
		f.Write("report.html", func(w io.Writer) error { return writePage(w, d) }),
		writeFigures(f, d.all),
	)
}

// writeFigures writes each figure as SVG and PNG, on all processors: it is the pictures that take time.
func writeFigures(f *results.Folder, all []*chart.Figure) error {
	return parallel.Do(context.Background(), len(all), func(_ context.Context, i int) error {
		return errors.Join(f.Write("figures/"+all[i].Name+".svg", all[i].WriteSVG),
			f.Write("figures/"+all[i].Name+".png", all[i].WritePNG))
	})
}
