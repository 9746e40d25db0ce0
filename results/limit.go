package results

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"weir/sim/measure"
)

// LoadLimit is the document of weir limit: limit.json and what --format json prints. Its fields are stable. Only
// Method.WallSeconds depends on the machine. Factors are of the scenario's own load.
type LoadLimit struct {
	Weir     Build    `json:"weir"`
	Scenario Scenario `json:"scenario"`
	// Verdict is found, unbounded or none: whether there is a load that holds, and one that does not.
	Verdict   string      `json:"verdict"`
	Load      string      `json:"load"`      // what is scaled: a path, or the arrivals of all producers
	Criterion string      `json:"criterion"` // objectives or stability
	Method    LimitMethod `json:"method"`
	// Factor is the largest that was tried and holds, as the means have it; the limit certainly lies between Low, the
	// largest that certainly holds, and High, the smallest that certainly does not. Null where there is none.
	Factor Number `json:"factor"`
	Low    Number `json:"low"`
	High   Number `json:"high"`
	// NotMonotone says that some load beyond Factor certainly holds, or one below it certainly does not: then the limit
	// lies nowhere for certain. Notes say which.
	NotMonotone bool `json:"not_monotone,omitempty"`
	// Offered is the load of the scenario itself, in messages a second; Value that of the path.
	Offered measure.Estimate `json:"offered"`
	Value   string           `json:"value,omitempty"`
	Breaks  []string         `json:"breaks,omitempty"` // what does not hold at the smallest load that does not
	Figures []SweepFigure    `json:"figures"`
	Points  []SizedPoint     `json:"points"` // by load
	// Hysteresis is how the design comes back after an overload, where that can be shown.
	Hysteresis *Hysteresis `json:"hysteresis,omitempty"`
	Notes      []string    `json:"notes,omitempty"`
}

// Verdicts of a limit.
const (
	LimitFound     = "found"
	LimitUnbounded = "unbounded"
	LimitNone      = "none"
)

// LimitMethod is how the limit was found.
type LimitMethod struct {
	DurationSeconds float64 `json:"duration_s"`
	Tolerance       float64 `json:"tolerance"` // by which share the loads may differ between which the limit lies
	Replications    int     `json:"replications"`
	ReplicationsMax int     `json:"replications_max"`
	Confidence      float64 `json:"confidence"`
	Interval        float64 `json:"interval_confidence"`
	Trials          int     `json:"trials"`
	Events          uint64  `json:"events"`
	WallSeconds     float64 `json:"wall_s"`
}

// Hysteresis is how a design fares after an overload, compared with runs at the same load without one.
type Hysteresis struct {
	Load            float64 `json:"load"`     // before and after, as a share of the limit
	Overload        float64 `json:"overload"` // meanwhile, as a share of the limit
	OverloadSeconds float64 `json:"overload_s"`
	WatchedSeconds  float64 `json:"watched_s"` // from the end of the overload to that of the run
	// RecoverySeconds is how long after the overload as many messages are under way as before it, over the replications
	// in which that happens; Never says in how many it does not.
	RecoverySeconds measure.Estimate `json:"recovery_s"`
	Never           int              `json:"never"`
	Replications    int              `json:"replications"`
	// Shrinks says that what is under way at the end still becomes less; without, and never back, it is metastable.
	Shrinks bool             `json:"shrinks"`
	Before  measure.Estimate `json:"under_way_before"`
	After   measure.Estimate `json:"under_way_end"`        // over the last tenth of the run
	Steady  measure.Estimate `json:"under_way_end_steady"` // of runs without the overload

	Width  float64      `json:"-"` // of the intervals of the curves, seconds
	Surged measure.Band `json:"-"`
	Calm   measure.Band `json:"-"`
	From   float64      `json:"-"` // when the overload begins, seconds since the start of observation
}

// Metastable reports whether the design is stuck after the overload in most replications.
func (h *Hysteresis) Metastable() bool { return 2*h.Never > h.Replications && !h.Shrinks }

// Text tells what happens after an overload.
func (h *Hysteresis) Text() string {
	text := fmt.Sprintf("after an overload of %.3g × the limit for %s, the design at %.0f %% of the limit ", h.Overload,
		Seconds(h.OverloadSeconds), 100*h.Load)
	switch {
	case h.Never == 0:
		return text + "is back after " + Interval(h.RecoverySeconds, Seconds)
	case h.Metastable():
		return text + fmt.Sprintf("is not back %s later in %d of %d replications, and does not come nearer: metastable",
			Seconds(h.WatchedSeconds), h.Never, h.Replications)
	}
	text += fmt.Sprintf("is not back %s later in %d of %d replications", Seconds(h.WatchedSeconds), h.Never,
		h.Replications)
	if h.Shrinks {
		text += ", though its backlog shrinks: run longer"
	}
	return text
}

// WriteJSON writes the limit as limit.json holds it.
func (l *LoadLimit) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(l)
}

// Sweep returns the points as those of a sweep over the load, for tables and figures.
func (l *LoadLimit) Sweep() *Sweep {
	out := &Sweep{Weir: l.Weir, Scenario: l.Scenario, Figures: l.Figures}
	f := SweepFactor{Path: "load", Unit: "×", Numeric: true}
	for i, p := range l.Points {
		p.Number = i
		f.Values = append(f.Values, p.Settings[0])
		out.Points = append(out.Points, p.SweepPoint)
	}
	out.Factors = []SweepFactor{f}
	return out
}

// text writes a factor, with the messages a second that it means.
func (l *LoadLimit) text(factor Number) string {
	text := fmt.Sprintf("%.4g ×", float64(factor))
	if l.Value == "" && l.Offered.Value > 0 {
		text += fmt.Sprintf(" (%s messages/s)", Quantity(float64(factor)*l.Offered.Value))
	}
	return text
}

// Headline tells the answer in a sentence.
func (l *LoadLimit) Headline() string {
	what := map[string]string{
		"objectives": "all objectives are met", "stability": "what is sent is served",
	}[l.Criterion]
	switch l.Verdict {
	case LimitUnbounded:
		return fmt.Sprintf("%s at every load that was tried, up to %s", what, l.text(l.Low))
	case LimitNone:
		return fmt.Sprintf("at no load that was tried, down to %s, it holds that %s", l.text(l.High), what)
	}
	text := fmt.Sprintf("%s up to %s of %s", what, l.text(l.Factor), l.Load)
	if l.Value != "" {
		text += ", which is " + l.Value
	}
	return text
}

// Certainty tells between which loads the limit lies.
func (l *LoadLimit) Certainty() string {
	low, high := math.IsNaN(float64(l.Low)), math.IsNaN(float64(l.High))
	switch {
	case l.Verdict != LimitFound:
		return ""
	case l.NotMonotone:
		return "the limit lies nowhere for certain: what holds does not go one way with the load"
	case low || high:
		return "with the replications that a point may have, nothing is certain: --replications-max gives it more"
	}
	return fmt.Sprintf("the limit lies between %s and %s, with %s confidence", l.text(l.Low), l.text(l.High),
		Percent(l.Method.Confidence))
}
