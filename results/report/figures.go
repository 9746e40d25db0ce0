package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"weir/results"
	"weir/results/chart"
	"weir/sim"
)

// The parts of the report that figures stand in.
const (
	inDesign  = "design"
	inLoad    = "load"
	inLatency = "latency"
	inWhy     = "why"
	inBacklog = "backlog"
	inLimits  = "limits"
	inScaling = "scaling"
	inAlarms  = "alarms"
	inLedger  = "ledger"
	inCost    = "cost"
)

// drawings are the figures of a run, by the part of the report that they stand in.
type drawings struct {
	s     *results.Summary
	e     *results.Ensemble
	told  *Design
	all   []*chart.Figure
	parts map[string][]*chart.Figure

	comparison *comparisonPart // with other designs, or nil
}

// add keeps a figure, unless there is nothing to draw.
func (d *drawings) add(part string, f *chart.Figure, err error) error {
	if err == nil && f != nil {
		d.all = append(d.all, f)
		d.parts[part] = append(d.parts[part], f)
	}
	return err
}

// draw draws all figures of a run.
func draw(s *results.Summary, e *results.Ensemble, told *Design) (*drawings, error) {
	d := &drawings{s: s, e: e, told: told, parts: map[string][]*chart.Figure{}}
	for _, part := range []func() error{
		d.design, d.latency, d.overTime, d.alarms, d.heats, d.ledgers, d.bill,
	} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// from and to are the ends of the observation, in seconds since the start of the run.
func (d *drawings) from() float64 { return seconds(d.e.Outcomes[0].From) }

func (d *drawings) to() float64 { return seconds(d.e.Outcomes[0].To) }

func seconds(t sim.Time) float64 { return t.Sub(0).Seconds() }

// numbered gives the second figure of a name and those after it a number.
func numbered(name string, i int) string {
	if i == 0 {
		return name
	}
	return fmt.Sprintf("%s_%d", name, i+1)
}

// figuresMost is how many of a kind are drawn, and how many lines a figure has: those that matter most. The tables have
// all.
const figuresMost = 8

// most returns the items with the highest ranks, at most figuresMost, in their order.
func most[T any](items []T, rank func(T) float64) []T {
	if len(items) <= figuresMost {
		return items
	}
	ranks := make([]float64, len(items))
	for i := range items {
		if ranks[i] = rank(items[i]); math.IsNaN(ranks[i]) {
			ranks[i] = math.Inf(-1)
		}
	}
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ranks[b], ranks[a]) })
	kept := order[:figuresMost]
	slices.Sort(kept)
	out := make([]T, len(kept))
	for i, k := range kept {
		out[i] = items[k]
	}
	return out
}

// spansMost is how many times that faults struck a chart marks.
const spansMost = 20

// spans returns when the faults of the first replication struck.
func (d *drawings) spans() (all []chart.Span) {
	for _, f := range d.e.Outcomes[0].Faults {
		for _, c := range f.Occurrences {
			if len(all) == spansMost {
				return all
			}
			s := chart.Span{Name: strings.TrimPrefix(f.Name, "faults."), From: seconds(c.Begun), To: d.to()}
			if c.Ended < sim.Never {
				s.To = seconds(c.Ended)
			}
			all = append(all, s)
		}
	}
	return all
}

// short leaves the sections out of names.
func short(name string) string {
	return shortener.Replace(name)
}

var shortener = strings.NewReplacer("producers.", "", "fleets.", "", "queues.", "", "databases.", "", "functions.", "",
	"gateways.", "", "tables.", "", "delivery_streams.", "", "video_streams.", "", "streams.", "", "consumers.", "",
	"topics.", "", "services.", "", "endpoints.", "", "analytics.", "", "alarms.", "", "cameras.", "", "viewers.", "",
	"->", "→")
