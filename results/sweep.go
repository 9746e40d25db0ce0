package results

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"weir/sim/measure"
)

// Sweep is the document of weir sweep: sweep.json and what --format json prints. Its fields are stable. Only
// Method.WallSeconds depends on the machine.
type Sweep struct {
	Weir     Build         `json:"weir"`
	Scenario Scenario      `json:"scenario"`
	Method   SweepMethod   `json:"method"`
	Factors  []SweepFactor `json:"factors"`
	Figures  []SweepFigure `json:"figures"`
	Points   []SweepPoint  `json:"points"`
	// Front are the points of which each is certainly quicker, in 99th percentile, than all that are cheaper, by cost, of
	// those that meet the objectives where some do; Trade says of what.
	Front []int  `json:"front,omitempty"`
	Trade string `json:"front_latency,omitempty"` // the path
	// LeftOut are points that no choice is made of: so much more of what was sent is lost, or not done at the end, than
	// at the best point that their 99th percentile, of what was processed, says too little.
	LeftOut []int `json:"front_left_out,omitempty"`
}

// SweepMethod is how a sweep was run.
type SweepMethod struct {
	DurationSeconds float64 `json:"duration_s"`
	Replications    int     `json:"replications"`      // at each point, under common random numbers
	Sample          int     `json:"sample,omitempty"`  // points of a Latin hypercube; 0 for the whole grid
	Batches         int     `json:"batches,omitempty"` // of one long run, which the intervals come from
	Trials          int     `json:"trials"`
	Events          uint64  `json:"events"`
	WallSeconds     float64 `json:"wall_s"`
}

// SweepFactor is a setting that is varied.
type SweepFactor struct {
	Path   string   `json:"path"`
	Values []string `json:"values"`         // of a grid, in their order
	Unit   string   `json:"unit,omitempty"` // of Numbers: s, B, /s, 1 or none
	Log    bool     `json:"log,omitempty"`  // its values lie at equal ratios
	// Numeric says that all values are numbers of one unit.
	Numeric bool `json:"numeric"`
}

// SweepFigure is a figure that all points have.
type SweepFigure struct {
	Metric string `json:"metric"`
	Of     string `json:"of,omitempty"`
	Unit   string `json:"unit"`
}

// Name returns the figure's name.
func (f *SweepFigure) Name() FigureName { return FigureName{f.Metric, f.Of} }

// SweepPoint is one of the points.
type SweepPoint struct {
	Number   int                `json:"point"`
	Settings []string           `json:"settings"`          // the value of each factor, as it is written
	Numbers  []*float64         `json:"numbers,omitempty"` // the same in the factor's unit; null where it is no number
	Figures  []measure.Estimate `json:"figures"`           // in the order of Figures
	// FewSamples names the quantiles that fewer than ten messages of some replication lie beyond.
	FewSamples    []string    `json:"few_samples,omitempty"`
	Objectives    []Objective `json:"objectives,omitempty"`
	Replications  int         `json:"replications"`
	WarmupSeconds float64     `json:"warmup_s,omitempty"`
	Unsteady      bool        `json:"unsteady,omitempty"`
	Unpriced      int         `json:"unpriced,omitempty"`
	Truncated     string      `json:"truncated,omitempty"` // why some of its trials ended early
	Problem       string      `json:"problem,omitempty"`   // why it cannot be run
}

// WriteJSON writes the sweep as sweep.json holds it.
func (s *Sweep) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(s)
}

// Fill fills the document's figures and points from the trials: settings are the values at each point, and judge tells
// its objectives.
func (s *Sweep) Fill(trials *Trials, judge func(*PointFigures) []Objective) {
	s.Figures, s.Method.Trials = []SweepFigure{}, trials.Len()
	for _, name := range trials.Names() {
		s.Figures = append(s.Figures, SweepFigure{name.Metric, name.Of, trials.Unit(name)})
	}
	for i := range s.Points {
		p := &s.Points[i]
		seen := trials.At(p.Number)
		p.Figures = []measure.Estimate{}
		for _, f := range s.Figures {
			e, _ := seen.Find(f.Metric, f.Of)
			p.Figures = append(p.Figures, e)
		}
		p.FewSamples, p.Replications, p.WarmupSeconds = seen.FewSamples, seen.Replications, seen.WarmupSeconds
		p.Unsteady, p.Unpriced, p.Truncated, p.Problem = seen.Unsteady, seen.Unpriced, seen.Truncated, seen.Problem
		s.Method.Events += seen.Events
		if p.Problem == "" {
			p.Objectives = judge(seen)
		}
	}
	s.FindFront()
}

// Figure returns a figure at a point by its name, NaN where it has none.
func (s *Sweep) Figure(point int, name FigureName) measure.Estimate {
	i := slices.IndexFunc(s.Figures, func(f SweepFigure) bool { return f.Name() == name })
	if i < 0 {
		return nothing()
	}
	return s.Points[point].Figures[i]
}

// Paths returns the paths of the sweep that have latencies.
func (s *Sweep) Paths() (paths []string) {
	for _, f := range s.Figures {
		if f.Metric == "latency.p99" && strings.Contains(f.Of, " -> ") {
			paths = append(paths, f.Of)
		}
	}
	return paths
}

// Name names a point by its settings, those of one value for all points left out.
func (s *Sweep) Name(point int) string {
	labels, values := s.Labels(point)
	for i := range labels {
		labels[i] += " " + values[i]
	}
	return strings.Join(labels, ", ")
}

// Labels returns the names of the settings that differ between points, and their values at one of them.
func (s *Sweep) Labels(point int) (labels, values []string) {
	for i, f := range s.Factors {
		if len(f.Values) == 1 && len(s.Factors) > 1 {
			continue
		}
		label := f.Path[strings.LastIndexByte(f.Path, '.')+1:]
		for k, other := range s.Factors {
			if k != i && strings.HasSuffix(other.Path, "."+label) {
				label = f.Path
			}
		}
		labels, values = append(labels, label), append(values, s.Points[point].Settings[i])
	}
	return labels, values
}

// Table returns the sweep as a tidy table: a row for each figure of each point.
func (s *Sweep) Table() *Table {
	t := &Table{Columns: []TableColumn{{"point", TableWhole}}}
	units := map[string]string{"s": "_s", "B": "_bytes", "/s": "_per_s", "1": "_share"}
	for _, f := range s.Factors {
		kind := TableText
		if f.Numeric {
			kind = TableNumber
		}
		t.Columns = append(t.Columns, TableColumn{f.Path + units[f.Unit], kind})
	}
	t.Columns = append(t.Columns, TableColumn{"metric", TableText}, TableColumn{"of", TableText},
		TableColumn{"unit", TableText}, TableColumn{"value", TableNumber}, TableColumn{"low", TableNumber},
		TableColumn{"high", TableNumber}, TableColumn{"n", TableWhole})
	for _, p := range s.Points {
		for k, f := range s.Figures {
			row := []any{p.Number}
			for i := range s.Factors {
				if s.Factors[i].Numeric {
					row = append(row, *p.Numbers[i])
				} else {
					row = append(row, p.Settings[i])
				}
			}
			e := p.Figures[k]
			t.Rows = append(t.Rows, append(row, f.Metric, f.Of, f.Unit, e.Value, e.Low, e.High, e.N))
		}
	}
	return t
}
