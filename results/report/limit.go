package report

import (
	"errors"
	"fmt"
	"strings"

	"weir/results"
	"weir/results/chart"
)

// WriteLimit writes the files of a limit's folder: the document, the loads as CSV, Markdown, the cliff and how the
// design comes back from an overload.
func WriteLimit(f *results.Folder, l *results.LoadLimit) error {
	drawn, err := cliffFigures(l)
	if err != nil {
		return err
	}
	return errors.Join(
		f.Write("limit.json", l.WriteJSON), f.Write("loads.csv", l.Sweep().Table().WriteCSV),
		f.Write("limit.md", l.WriteMarkdown), writeStudyManifest(f, l.Weir, l.Scenario), writeFigures(f, drawn),
	)
}

// cliffFigures draws latency and backlog against the load, and the overload.
func cliffFigures(l *results.LoadLimit) (all []*chart.Figure, err error) {
	s := l.Sweep()
	axis := chart.Axis{Label: "load, times the scenario's", Unit: "×"}
	for _, p := range s.Points {
		axis.Values = append(axis.Values, *p.Numbers[0])
	}
	var places []chart.Rule
	if l.Verdict == results.LimitFound {
		places = []chart.Rule{{Name: fmt.Sprintf("limit, %.4g ×", float64(l.Factor)), At: float64(l.Factor)}}
	}
	var latencies []results.FigureName
	for _, path := range s.Paths() {
		latencies = append(latencies, results.FigureName{Metric: "latency.p99", Of: path})
	}
	for _, group := range []struct {
		name, title, unit string
		figures           []results.FigureName
	}{
		{"cliff_latency", "p99 by load", "s", latencies},
		{"cliff_backlog", "Messages under way at the end of the run, by load", "messages",
			[]results.FigureName{{Metric: "under_way"}}},
	} {
		var curves []chart.Response
		var limits []chart.Rule
		for _, name := range group.figures[:min(len(group.figures), figuresMost)] {
			r := chart.Response{Name: strings.ReplaceAll(figureLabel(name), "p99 ", "")}
			for i := range s.Points {
				e := s.Figure(i, name)
				r.Value, r.Low, r.High = append(r.Value, e.Value), append(r.Low, e.Low), append(r.High, e.High)
			}
			curves, limits = append(curves, r), append(limits, limitsOf(s, name)...)
		}
		if len(curves) == 0 {
			continue
		}
		f, err := chart.Responses(group.name, group.title, group.unit, axis, curves, limits, places)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	if h := l.Hysteresis; h != nil && h.Width > 0 {
		f, err := overloaded(h)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// overloaded draws what is under way over an overload, and without.
func overloaded(h *results.Hysteresis) (*chart.Figure, error) {
	title := fmt.Sprintf("At %.0f %% of the limit, with an overload", 100*h.Load)
	line := func(name string, w float64, median, low, high []float64) chart.Line {
		return chart.Line{Name: name, Width: w, Median: median, Low: low, High: high}
	}
	lines := []chart.Line{
		line("with the overload", h.Width, h.Surged.Median, h.Surged.Low, h.Surged.High),
		line("without", h.Calm.Width.Seconds(), h.Calm.Median, h.Calm.Low, h.Calm.High),
	}
	return chart.OverTime(chart.TimeFigure{
		Name: "overload", Title: title, Description: "Messages under way: " + h.Text(),
		To: h.Width * float64(len(h.Surged.Median)), Replications: h.Replications,
		Panels: []chart.TimePanel{{Unit: "messages under way", Lines: lines}},
		Spans: []chart.Span{{
			Name: fmt.Sprintf("%.3g × the limit", h.Overload), From: h.From, To: h.From + h.OverloadSeconds,
		}},
	})
}
