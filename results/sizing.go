package results

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"weir/sim/measure"
)

// Sizing is the document of weir size: sizing.json and what --format json prints. Its fields are stable. Only
// Method.WallSeconds depends on the machine.
type Sizing struct {
	Weir     Build    `json:"weir"`
	Scenario Scenario `json:"scenario"`
	// Verdict is certain, uncertain or infeasible.
	Verdict string        `json:"verdict"`
	By      string        `json:"by"` // what is to be least: size or cost
	Method  SizingMethod  `json:"method"`
	Factors []SweepFactor `json:"factors"`
	Figures []SweepFigure `json:"figures"`
	Points  []SizedPoint  `json:"points"` // those that were tried, in the order of their numbers
	// Choice is the number of the point that is the answer; of an infeasible sizing, of the one that misses least.
	Choice int `json:"choice"`
	// Others are the points that come next, and why they are not the answer.
	Others []SizingOther `json:"others,omitempty"`
	Notes  []string      `json:"notes,omitempty"`
}

// Verdicts of a sizing.
const (
	SizingCertain    = "certain"
	SizingUncertain  = "uncertain"
	SizingInfeasible = "infeasible"
)

// SizingMethod is how the answer was found.
type SizingMethod struct {
	Search          string  `json:"search"` // bisection or ranking
	DurationSeconds float64 `json:"duration_s"`
	Points          int     `json:"points"` // that there are
	Replications    int     `json:"replications"`
	ReplicationsMax int     `json:"replications_max"` // that a point may have for a decision
	// Confidence is that of all decisions together; by Bonferroni's inequality each interval has Interval as its own.
	Confidence  float64 `json:"confidence"`
	Interval    float64 `json:"interval_confidence"`
	Trials      int     `json:"trials"`
	Events      uint64  `json:"events"`
	WallSeconds float64 `json:"wall_s"`
}

// SizedPoint is a point that was tried.
type SizedPoint struct {
	SweepPoint
	Status  string `json:"status"` // meets, misses or open: all objectives, as the means have it
	Certain bool   `json:"certain"`
	// Chances are the probabilities that each objective is met; null where that cannot be said.
	Chances []Number `json:"chances,omitempty"`
}

// SizingOther is a point that is not the answer.
type SizingOther struct {
	Point int    `json:"point"`
	Why   string `json:"why"`
	// CostDifference is that of its cost a month from the choice's, over pairs of replications.
	CostDifference measure.Estimate `json:"cost_difference"`
}

// WriteJSON writes the sizing as sizing.json holds it.
func (s *Sizing) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(s)
}

// Point returns a point by its number.
func (s *Sizing) Point(number int) *SizedPoint {
	for i := range s.Points {
		if s.Points[i].Number == number {
			return &s.Points[i]
		}
	}
	return nil
}

// Sweep returns the points as those of a sweep, for tables and figures.
func (s *Sizing) Sweep() *Sweep {
	out := &Sweep{Weir: s.Weir, Scenario: s.Scenario, Factors: s.Factors, Figures: s.Figures}
	for _, p := range s.Points {
		out.Points = append(out.Points, p.SweepPoint)
	}
	return out
}

// Name names a point by its settings.
func (s *Sizing) Name(number int) string {
	for i := range s.Points {
		if s.Points[i].Number == number {
			return s.Sweep().Name(i)
		}
	}
	return fmt.Sprint(number)
}

// Headline tells the answer in a sentence.
func (s *Sizing) Headline() string {
	word := map[string]string{"size": "smallest", "cost": "cheapest"}[s.By]
	var paths []string
	for _, f := range s.Factors {
		paths = append(paths, f.Path)
	}
	what := strings.Join(paths, " and ")
	if s.Verdict == SizingInfeasible {
		o := s.Point(s.Choice).worst()
		if o == nil {
			return fmt.Sprintf("no setting of %s meets all objectives: the points cannot be run", what)
		}
		return fmt.Sprintf("no setting of %s that was asked for meets all objectives: the best, %s, misses %s by %s", what,
			s.Name(s.Choice), o.Text, o.shortfall())
	}
	answer := fmt.Sprintf("the %s setting of %s that meets all objectives is %s", word, what, s.Name(s.Choice))
	if s.Verdict == SizingUncertain {
		answer += "; that is not certain"
	}
	return answer
}

// Shortfall returns by which share of its limit an objective is missed; below 0 it is met. It is infinite where nothing
// was observed.
func (o *Objective) Shortfall() float64 {
	v, limit := o.Observed.Value, 0.0
	switch {
	case o.Below == nil && o.Above == nil && o.Met:
		return -1
	case math.IsNaN(v) || o.Below == nil && o.Above == nil:
		return math.Inf(1)
	case o.Below != nil:
		limit, v = *o.Below, v-*o.Below
	default:
		limit, v = *o.Above, *o.Above-v
	}
	return v / math.Max(math.Abs(limit), 1e-12)
}

// shortfall writes by how much an objective is missed.
func (o *Objective) shortfall() string {
	limit := o.Below
	if limit == nil {
		limit = o.Above
	}
	switch {
	case math.IsNaN(o.Observed.Value):
		return "all: nothing was observed"
	case limit == nil:
		return o.Shown()
	}
	format := FormatOf(o.Unit)
	by := format(math.Abs(o.Observed.Value-*limit)) + unitWord(o.Unit)
	if *limit != 0 {
		by += fmt.Sprintf(" (%s)", Share(o.Shortfall()))
	}
	return by
}

// worst returns the objective that a point misses by most, or nil.
func (p *SizedPoint) worst() (worst *Objective) {
	for i := range p.Objectives {
		if o := &p.Objectives[i]; worst == nil || o.Shortfall() > worst.Shortfall() {
			worst = o
		}
	}
	return worst
}

// MissedText lists the objectives that a point misses, with what was observed.
func (p *SizedPoint) MissedText() string {
	if p.Problem != "" {
		return "it cannot be run: " + p.Problem
	}
	var texts []string
	for _, o := range p.Objectives {
		if !o.Met {
			text := fmt.Sprintf("%s: %s", o.Text, o.Shown())
			if o.Undecided != "" {
				text += " (" + o.Undecided + ")"
			}
			texts = append(texts, text)
		}
	}
	if p.Truncated != "" {
		texts = append(texts, p.Truncated)
	}
	return strings.Join(texts, "; ")
}
