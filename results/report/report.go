// Package report writes what a person reads of a run: the Markdown summary, the HTML page and the figures.
package report

import (
	"errors"
	"io"
	"runtime"
	"sync"

	"weir/results"
	"weir/results/chart"
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
	errs := make([]error, len(all))
	next := make(chan int)
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(all)) {
		group.Go(func() {
			for i := range next {
				errs[i] = errors.Join(f.Write("figures/"+all[i].Name+".svg", all[i].WriteSVG),
					f.Write("figures/"+all[i].Name+".png", all[i].WritePNG))
			}
		})
	}
	for i := range all {
		next <- i
	}
	close(next)
	group.Wait()
	return errors.Join(errs...)
}
