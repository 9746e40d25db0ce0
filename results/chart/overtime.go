package chart

import (
	"math"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// Line is a quantity over time: in each interval the median over replications and the range of nine tenths of them.
type Line struct {
	Name              string
	Width             float64 // of an interval, seconds
	Median, Low, High []float64
	Limit             bool // what another line may reach, drawn dashed
}

// Peak returns the highest median.
func (l *Line) Peak() (peak float64) {
	for _, v := range l.Median {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			peak = max(peak, v)
		}
	}
	return peak
}

// Limit is a level that does not change.
type Limit struct {
	Name string
	At   float64
}

// TimePanel is the quantities of one unit.
type TimePanel struct {
	Unit   string // s and share are written as lengths of time and in percent
	Lines  []Line
	Limits []Limit
}

// TimeFigure is quantities over the time of the run, in panels that stand one below the other.
type TimeFigure struct {
	Name, Title  string
	Description  string
	From, To     float64 // what was observed, seconds since the start of the run
	Replications int
	Panels       []TimePanel
	Spans        []Span
	Changes      []Change
	Notes        []string
}

// OverTime draws quantities over the time of the run, and marks spans of it.
func OverTime(t TimeFigure) (*Figure, error) {
	description := "Median over replications, with the range that holds nine tenths of them."
	if t.Replications < 2 {
		description = "One replication: there is no range to show."
	}
	if t.Description != "" {
		description = t.Description + " " + description
	}
	if len(t.Spans) > 0 {
		description += " Shaded: faults, of the first replication."
	}
	f := newFigure(t.Name, t.Title, description)
	f.Notes = t.Notes
	number := 0
	for i := range t.Panels {
		p := &t.Panels[i]
		if i > 0 {
			f.panel("")
		}
		f.timePanel(&t, p, number)
		number += len(p.Lines)
		f.timeAxis(t.From, t.To, i == len(t.Panels)-1)
		if len(t.Spans) > 0 {
			f.plot.Add(&stretches{spans: t.Spans, named: i == 0})
		}
		if len(t.Changes) > 0 && i == 0 {
			f.plot.Add(changes(t.Changes))
		}
	}
	if len(t.Changes) > 0 {
		f.name("scaled out", triangle{up: true})
		f.name("scaled in", triangle{})
	}
	f.height += 110 * vg.Length(max(0, len(t.Panels)-2))
	return f, nil
}

// Limits are drawn up to so many times the highest line; what lies further away is told in a note, and the axis of a
// curve that is cut off ends a little above the highest line.
const (
	near    = 3
	clipped = 1.3
)

// timePanel draws the lines and limits of one panel, whose lines are numbered from first on.
func (f *Figure) timePanel(t *TimeFigure, p *TimePanel, first int) {
	f.grid()
	top, width := 0.0, vg.Length(2)
	if len(p.Lines) > 1 {
		width = 1.7
	}
	for _, l := range p.Lines {
		if !l.Limit {
			for k := range l.Median {
				if v := max(l.High[k], l.Median[k]); !math.IsNaN(v) && !math.IsInf(v, 0) {
					top = max(top, v)
				}
			}
		}
	}
	write := unitFormat(p.Unit)
	shown := top * 1.08
	for _, l := range p.Limits {
		if l.At <= top*near {
			shown = max(shown, l.At*1.08)
			f.plot.Add(threshold{l.At, l.Name + " " + write(l.At)})
		} else {
			f.note("Not drawn, because it lies far above: %s, %s.", l.Name, write(l.At))
		}
	}
	for i, l := range p.Lines {
		if l.Limit && top > 0 && l.Peak() > top {
			if l.Peak() <= top*near {
				shown = max(shown, l.Peak()*1.08)
			} else {
				shown = max(shown, top*clipped)
				f.note("Cut off above: %s, up to %s.", l.Name, write(l.Peak()))
			}
		}
		k := l.curve(t, first+i)
		k.width = width
		if l.Limit {
			k.stroke = limitStroke
			k.RGBA = colour(first + i)
			k.band = nil
		}
		f.curve(k)
	}
	if top == 0 && shown == 0 {
		shown = 1
	}
	f.plot.Y.Min, f.plot.Y.Max = 0, shown
	f.valueAxis(p.Unit)
	f.panels[len(f.panels)-1].hover = p.Unit
}

// valueAxis writes the vertical axis in a unit.
func (f *Figure) valueAxis(unit string) {
	switch unit {
	case "s":
		f.unit("time")
		f.plot.Y.Tick.Marker = secondTicks{seconds}
	default:
		f.unit(unit)
		f.plot.Y.Tick.Marker = ticks125{compact}
	}
	if unit == "share" {
		f.unit("percent")
		f.plot.Y.Tick.Marker = ticks125{percent}
	}
}

// unitFormat returns how values of a unit are written.
func unitFormat(unit string) func(float64) string {
	switch unit {
	case "s":
		return seconds
	case "share":
		return percent
	}
	return func(v float64) string { return plain(math.Round(v*10) / 10) }
}

// curve makes the curve of a line, in pieces where values are missing.
func (l *Line) curve(t *TimeFigure, number int) *curve {
	k := &curve{number: number, name: l.Name, stroke: stroke{RGBA: colour(number), dashes: strokes(number)}}
	var middle, low, high plotter.XYs
	end := func() {
		if len(middle) == 1 { // a point alone shows as a short line
			half := l.Width / 2
			middle = plotter.XYs{{X: middle[0].X - half, Y: middle[0].Y}, {X: middle[0].X + half, Y: middle[0].Y}}
		}
		if len(middle) > 0 {
			k.solid = append(k.solid, middle)
		}
		if len(low) > 1 && t.Replications > 1 {
			band := low
			for i := len(high) - 1; i >= 0; i-- {
				band = append(band, high[i])
			}
			k.band = append(k.band, band)
		}
		middle, low, high = nil, nil, nil
	}
	for i, v := range l.Median {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			end()
			continue
		}
		x := min(t.From+l.Width*(float64(i)+0.5), t.To)
		middle = append(middle, plotter.XY{X: x, Y: v})
		low, high = append(low, plotter.XY{X: x, Y: l.Low[i]}), append(high, plotter.XY{X: x, Y: l.High[i]})
	}
	end()
	return k
}
