package results

import (
	"encoding/json"
	"math"
	"slices"

	"weir/sim/measure"
)

// Trial is what is keptTrial of one replication at a point of a sweep: its figures, and how it came to them.
type Trial struct {
	Point         int           `json:"point"`
	Replication   int           `json:"replication"`
	Group         int           `json:"group,omitempty"`
	Fingerprints  []string      `json:"fingerprints,omitempty"` // by batch
	Events        uint64        `json:"events,omitempty"`
	WarmupSeconds float64       `json:"warmup_s,omitempty"`
	Unsteady      bool          `json:"unsteady,omitempty"`
	Unpriced      int           `json:"unpriced,omitempty"` // lines of the bill without a price
	Truncated     string        `json:"truncated,omitempty"`
	Problem       string        `json:"problem,omitempty"` // why the point cannot be run
	FewSamples    []string      `json:"few_samples,omitempty"`
	Figures       []TrialFigure `json:"figures,omitempty"`
	Check         string        `json:"check,omitempty"` // of the line of a journal
}

// TrialFigure is a figure of a trial, with a value for each batch.
type TrialFigure struct {
	Metric string   `json:"metric"`
	Of     string   `json:"of,omitempty"`
	Unit   string   `json:"unit,omitempty"`
	Values []Number `json:"values"`
}

// Number is a number in JSON that may be none: NaN is null, and infinity a word.
type Number float64

// MarshalJSON writes the number.
func (n Number) MarshalJSON() ([]byte, error) {
	switch v := float64(n); {
	case math.IsNaN(v):
		return []byte("null"), nil
	case math.IsInf(v, 0):
		return json.Marshal(map[bool]string{true: "inf", false: "-inf"}[v > 0])
	default:
		return json.Marshal(v)
	}
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "null":
		*n = Number(math.NaN())
		return nil
	case `"inf"`:
		*n = Number(math.Inf(1))
		return nil
	case `"-inf"`:
		*n = Number(math.Inf(-1))
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}

// Trials gathers the trials of several points. It keeps a number for each figure of each, and none of their curves and
// distributions.
type Trials struct {
	uncertain bool // groups of replications draw what is not known
	names     []FigureName
	units     []string
	index     map[FigureName]int
	points    map[int]map[int]*keptTrial // by point, then by replication
}

// keptTrial is what is keptTrial of a trial in memory.
type keptTrial struct {
	Trial             // without its figures
	values [][]Number // by figure; nil where it has none
}

// NewTrials returns a place to gather trials. With uncertain settings, estimates are over groups of replications.
func NewTrials(uncertain bool) *Trials {
	return &Trials{uncertain: uncertain, index: map[FigureName]int{}, points: map[int]map[int]*keptTrial{}}
}

// Add adds a trial; one that is there already is left as it is.
func (t *Trials) Add(trial Trial) {
	if t.points[trial.Point] == nil {
		t.points[trial.Point] = map[int]*keptTrial{}
	}
	if t.points[trial.Point][trial.Replication] != nil {
		return
	}
	k := &keptTrial{Trial: trial}
	k.Figures, k.FewSamples = nil, slices.Clone(trial.FewSamples)
	for _, f := range trial.Figures {
		name := FigureName{f.Metric, f.Of}
		i, known := t.index[name]
		if !known {
			i = len(t.names)
			t.index[name] = i
			t.names, t.units = append(t.names, name), append(t.units, f.Unit)
		}
		for len(k.values) <= i {
			k.values = append(k.values, nil)
		}
		k.values[i] = f.Values
	}
	t.points[trial.Point][trial.Replication] = k
}

// Has reports whether a trial is there.
func (t *Trials) Has(point, replication int) bool { return t.points[point][replication] != nil }

// Len returns the number of trials.
func (t *Trials) Len() (n int) {
	for _, p := range t.points {
		n += len(p)
	}
	return n
}

// PointFigures is what was observed at a point, over its replications.
type PointFigures struct {
	Replications  int // that were run
	WarmupSeconds float64
	Unsteady      bool
	Unpriced      int
	Events        uint64
	Truncated     string // why some trial ended early
	Problem       string // why the point cannot be run
	FewSamples    []string

	trials *Trials
	all    []*keptTrial // by replication
}

// At returns the figures of a point.
func (t *Trials) At(point int) *PointFigures {
	p := &PointFigures{trials: t}
	replications := t.points[point]
	for r, left := 0, len(replications); left > 0; r++ {
		k := replications[r]
		if k == nil {
			continue
		}
		left--
		p.all = append(p.all, k)
		p.Events += k.Events
		p.WarmupSeconds, p.Unsteady = k.WarmupSeconds, k.Unsteady
		p.Unpriced = max(p.Unpriced, k.Unpriced)
		if p.Truncated == "" {
			p.Truncated = k.Truncated
		}
		if p.Problem == "" {
			p.Problem = k.Problem
		}
		for _, name := range k.FewSamples {
			if !slices.Contains(p.FewSamples, name) {
				p.FewSamples = append(p.FewSamples, name)
			}
		}
	}
	p.Replications = len(p.all)
	slices.Sort(p.FewSamples)
	return p
}

// counts are figures of paths that are 0, and not unknown, where no message went the path.
var counts = []string{"rate_per_s", "goodput"}

// Find returns a figure and its unit by its name, as Summary.Find does.
func (p *PointFigures) Find(metric, of string) (measure.Estimate, string) {
	i, ok := p.trials.index[FigureName{metric, of}]
	if !ok || len(p.all) == 0 {
		return nothing(), ""
	}
	missing := Number(math.NaN())
	if slices.Contains(counts, metric) {
		missing = 0
	}
	var values []float64
	var groups [][]float64
	for n, k := range p.all {
		of := []Number{missing}
		if i < len(k.values) && k.values[i] != nil {
			of = k.values[i]
		}
		if n == 0 || k.Group != p.all[n-1].Group {
			groups = append(groups, nil)
		}
		for _, v := range of {
			values = append(values, float64(v))
			groups[len(groups)-1] = append(groups[len(groups)-1], float64(v))
		}
	}
	if p.trials.uncertain {
		return measure.EstimateOfGroups(groups), p.trials.units[i]
	}
	return measure.EstimateOf(values), p.trials.units[i]
}

// Names returns the figures that some trial has: of the whole design first, then by path or component.
func (t *Trials) Names() []FigureName {
	names := slices.Clone(t.names)
	slices.SortFunc(names, func(a, b FigureName) int {
		switch {
		case a.Of != b.Of && a.Of < b.Of:
			return -1
		case a.Of != b.Of:
			return 1
		}
		return rankOfMetric(a.Metric, b.Metric)
	})
	return names
}

// Unit returns the unit of a figure.
func (t *Trials) Unit(name FigureName) string {
	if i, ok := t.index[name]; ok {
		return t.units[i]
	}
	return ""
}

// rankOfMetric puts metrics in the order in which they are told.
func rankOfMetric(a, b string) int {
	order := []string{CostMetric}
	order = append(order, DesignMetrics...)
	for _, name := range latencyNames() {
		order = append(order, "latency."+name)
	}
	place := func(metric string) int {
		if i := slices.Index(order, metric); i >= 0 {
			return i
		}
		return len(order)
	}
	switch x, y := place(a), place(b); {
	case x != y:
		return x - y
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
