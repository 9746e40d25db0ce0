package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"weir/results"
	"weir/results/chart"
)

// WriteSweep writes the files of a sweep's folder: the document, the tidy table as CSV and Parquet, Markdown, figures.
func WriteSweep(f *results.Folder, s *results.Sweep) error {
	drawn, err := sweepFigures(s)
	if err != nil {
		return err
	}
	table := s.Table()
	errs := []error{
		f.Write("sweep.json", s.WriteJSON), f.Write("sweep.csv", table.WriteCSV),
		f.Write("sweep.parquet", table.WriteParquet), f.Write("sweep.md", s.WriteMarkdown),
		writeStudyManifest(f, s.Weir, s.Scenario), writeFigures(f, drawn),
	}
	return errors.Join(errs...)
}

// writeStudyManifest writes the file that a folder of results is known by.
func writeStudyManifest(f *results.Folder, weir results.Build, scenario results.Scenario) error {
	return f.Write("manifest.json", func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			Weir         results.Build    `json:"weir"`
			Go           string           `json:"go"`
			Architecture string           `json:"architecture"`
			Scenario     results.Scenario `json:"scenario"`
		}{weir, runtime.Version(), runtime.GOARCH, scenario})
	})
}

// sweepFigures draws lines for one factor, heat maps for two, and what points cost against how late they are.
func sweepFigures(s *results.Sweep) (all []*chart.Figure, err error) {
	grid := s.Method.Sample == 0
	var varied []int
	for i, f := range s.Factors {
		if len(f.Values) > 1 {
			varied = append(varied, i)
		}
	}
	switch {
	case len(varied) == 1:
		all, err = responses(s, varied[0])
	case len(varied) == 2 && grid:
		all, err = heatMaps(s, varied[0], varied[1])
	}
	if err != nil {
		return nil, err
	}
	front, err := paretoFront(s)
	if front != nil {
		all = append(all, front)
	}
	return all, err
}

// axisOf returns the axis of a factor: by its numbers where it has some.
func axisOf(f *results.SweepFactor) chart.Axis {
	return chart.Axis{Label: axisLabel(f.Path), Unit: f.Unit, Log: f.Log, Names: f.Values}
}

// axisLabel is a path without its section, which the name of the component says already.
func axisLabel(path string) string {
	if section, rest, ok := strings.Cut(path, "."); ok && section != "override" && section != "run" {
		return rest
	}
	return path
}

// groupsOf returns the figures that are drawn together: latencies, cost, throughput and what went wrong.
func groupsOf(s *results.Sweep) (groups [][]results.FigureName, names []string) {
	var latencies, wrong []results.FigureName
	for _, c := range s.Columns() {
		switch {
		case strings.HasPrefix(c.Metric, "latency."):
			latencies = append(latencies, c)
		case c.Metric != results.CostMetric:
			wrong = append(wrong, c)
		}
	}
	groups = [][]results.FigureName{latencies, {{Metric: results.CostMetric}}, wrong}
	return groups, []string{"latency", "cost", "messages"}
}

// responses draws the figures by the only factor.
func responses(s *results.Sweep, factor int) (all []*chart.Figure, err error) {
	axis := axisOf(&s.Factors[factor])
	order := make([]int, len(s.Points))
	for i := range order {
		order[i] = i
	}
	if s.Factors[factor].Numeric {
		slices.SortStableFunc(order, func(a, b int) int {
			return int(sign(*s.Points[a].Numbers[factor] - *s.Points[b].Numbers[factor]))
		})
		for _, p := range order {
			axis.Values = append(axis.Values, *s.Points[p].Numbers[factor])
		}
	} else if axis.Names = nil; s.Method.Sample > 0 {
		return nil, nil // points of words, in no order
	} else {
		for _, p := range s.Points {
			axis.Names = append(axis.Names, p.Settings[factor])
		}
	}
	groups, names := groupsOf(s)
	for i, group := range groups {
		if len(group) == 0 {
			continue
		}
		unit, curves, limits := "", []chart.Response{}, []chart.Rule{}
		for _, name := range group {
			r := chart.Response{Name: figureLabel(name)}
			for _, p := range order {
				e := s.Figure(p, name)
				r.Value, r.Low, r.High = append(r.Value, e.Value), append(r.Low, e.Low), append(r.High, e.High)
			}
			unit = unitOf(s, name)
			curves = append(curves, r)
			limits = append(limits, limitsOf(s, name)...)
		}
		title := fmt.Sprintf("%s by %s", strings.ToUpper(names[i][:1])+names[i][1:], short(s.Factors[factor].Path))
		f, err := chart.Responses(names[i], title, unit, axis, curves, limits, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

func unitOf(s *results.Sweep, name results.FigureName) string {
	for _, f := range s.Figures {
		if f.Name() == name {
			return f.Unit
		}
	}
	return ""
}

func figureLabel(name results.FigureName) string {
	label := strings.ReplaceAll(strings.TrimPrefix(name.Metric, "latency."), "_", " ")
	if name.Of == "" {
		return label
	}
	return label + " " + short(name.Of)
}

// limitsOf returns the limits that objectives set to a figure.
func limitsOf(s *results.Sweep, name results.FigureName) (marks []chart.Rule) {
	for _, p := range s.Points {
		for _, o := range p.Objectives {
			if o.Metric != name.Metric || o.Of != name.Of {
				continue
			}
			for _, limit := range []*float64{o.Below, o.Above} {
				if limit != nil {
					marks = append(marks, chart.Rule{Name: "objective", At: *limit})
				}
			}
		}
		if p.Problem == "" {
			break
		}
	}
	return marks
}

// heatMaps draws the 99th percentiles, the cost and what went wrong by two factors; others have one value.
func heatMaps(s *results.Sweep, first, second int) (all []*chart.Figure, err error) {
	x, y := axisOf(&s.Factors[second]), axisOf(&s.Factors[first])
	for _, name := range s.Columns() {
		if name.Metric == "latency.p50" {
			continue
		}
		unit := unitOf(s, name)
		missed, bad := missedOf(s, name)
		cells := make([][]chart.GridCell, len(y.Names))
		for i, p := range s.Points {
			e := s.Figure(i, name)
			row := slices.Index(y.Names, p.Settings[first])
			cells[row] = append(cells[row], chart.GridCell{
				Value: e.Value, Text: results.FormatOf(unit)(e.Value), Bad: bad(&p),
			})
		}
		f, err := chart.Grid("heat_"+slug(figureLabel(name)), figureTitle(name), unit, missed, x, y, cells)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// missedOf returns what a cross in the map of a figure stands for: the objective on that very figure, or any when there
// is none; and which points miss it.
func missedOf(s *results.Sweep, name results.FigureName) (missed string, bad func(*results.SweepPoint) bool) {
	own := func(o results.Objective) bool { return o.Metric == name.Metric && o.Of == name.Of }
	for i := range s.Points {
		for _, o := range s.Points[i].Objectives {
			if own(o) {
				return "the objective " + o.Text, func(p *results.SweepPoint) bool {
					return slices.ContainsFunc(p.Objectives, func(o results.Objective) bool { return own(o) && !o.Met })
				}
			}
		}
	}
	return "an objective, on another figure than this", (*results.SweepPoint).Missed
}

func figureTitle(name results.FigureName) string {
	switch {
	case name.Metric == results.CostMetric:
		return "Cost a month"
	case name.Of != "":
		return figureLabel(name)
	}
	label := figureLabel(name)
	return strings.ToUpper(label[:1]) + label[1:] + ", messages"
}

// paretoFront draws cost against the 99th percentile, or nothing when there is nothing to choose.
func paretoFront(s *results.Sweep) (*chart.Figure, error) {
	var points []chart.FrontPoint
	add := func(i int, front bool) {
		p := &s.Points[i]
		c := s.Figure(i, results.FigureName{Metric: results.CostMetric}).Value
		l := s.Figure(i, results.FigureName{Metric: "latency.p99", Of: s.Trade}).Value
		if c-c == 0 && l-l == 0 && p.Truncated == "" && p.Unpriced == 0 && !slices.Contains(s.LeftOut, p.Number) {
			_, values := s.Labels(i)
			points = append(points, chart.FrontPoint{
				Name: strings.Join(values, ", "), Cost: c, Value: l, Front: front, Bad: p.Missed(),
			})
		}
	}
	for _, i := range s.Front { // by cost, as the line goes
		add(i, true)
	}
	for i := range s.Points {
		if !slices.Contains(s.Front, i) {
			add(i, false)
		}
	}
	if len(points) < 2 {
		return nil, nil
	}
	labels, _ := s.Labels(0)
	return chart.Front("pareto", "Cost against p99 of "+short(s.Trade), strings.Join(labels, ", "), points)
}
