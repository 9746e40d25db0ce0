package chart

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// States is a quantity that is in one of some states, over time.
type States struct {
	Name  string
	Width float64 // of an interval, seconds
	State []int   // of each interval, by its number in the names of states; -1: unknown
}

// stateFills are the colours of states: grey, green and red, which differ in lightness too.
var stateFills = []color.RGBA{{0xd0, 0xd0, 0xd0, 0xff}, {0x8f, 0xd0, 0xb5, 0xff}, {0xb2, 0x18, 0x2b, 0xff}}

// Timeline draws a row of bands for each of some quantities, the first one on top: the states that they were in.
func Timeline(name, title, description string, states []string, rows []States) (*Figure, error) {
	f := newFigure(name, title, description)
	end := 0.0
	for _, r := range rows {
		end = max(end, r.Width*float64(len(r.State)))
	}
	unit, scale := timeTicks(end)
	names := make([]plot.Tick, len(rows))
	used := make([]bool, len(states))
	for i, r := range rows {
		y := float64(len(rows) - 1 - i)
		names[i] = plot.Tick{Value: y, Label: shorten(r.Name, 44)}
		for from := 0; from < len(r.State); {
			to := from + 1
			for to < len(r.State) && r.State[to] == r.State[from] {
				to++
			}
			if s := r.State[from]; s >= 0 {
				used[s] = true
				box, err := plotter.NewPolygon(
					rectangle(r.Width*float64(from)/scale, r.Width*float64(to)/scale, y-0.36, y+0.36))
				if err != nil {
					return nil, err
				}
				box.Color, box.LineStyle.Width = stateFills[s], 0
				f.plot.Add(box)
			}
			from = to
		}
	}
	for s := range states {
		if used[s] {
			f.name(states[s], swatch{stateFills[s]})
		}
	}
	f.height = vg.Length(3.2+0.85*float64(len(rows))) * vg.Centimeter
	f.plot.X.Label.Text = fmt.Sprintf("time since the start of observation (%s)", unit)
	f.plot.X.Min, f.plot.X.Max, f.plot.X.Tick.Marker = 0, max(end/scale, 1e-9), ticks125{plain}
	f.plot.Y.Min, f.plot.Y.Max = -0.7, float64(len(rows))-0.3
	f.plot.Y.Tick.Marker = plot.ConstantTicks(names)
	return f, nil
}
