package chart

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// BreakEvenCurve is the rates at which two designs cost the same, by size.
type BreakEvenCurve struct {
	Name  string
	Sizes []float64 // bytes
	Rates []float64 // messages a second
}

// BreakEven draws the rates from which on one design costs less than another, by the size of a message.
func BreakEven(title string, curves []BreakEvenCurve) (*Figure, error) {
	f := newFigure("break_even", title, "Messages a second from which on the second design costs less than the first, by the "+
		"size of a message, a line for each batch and number of consumers.")
	f.grid()
	low, high := math.Inf(1), 0.0
	left, right := math.Inf(1), 0.0
	for i, c := range curves {
		var points plotter.XYs
		for k, size := range c.Sizes {
			points = append(points, plotter.XY{X: size, Y: c.Rates[k]})
			low, high = min(low, c.Rates[k]), max(high, c.Rates[k])
			left, right = min(left, size), max(right, size)
		}
		if len(points) == 0 {
			continue
		}
		f.curve(&curve{number: i, name: c.Name, solid: []plotter.XYs{points},
			stroke: stroke{colour(i), 2, dashes[i%len(dashes)]}})
	}
	if !(low > 0) || math.IsInf(low, 0) {
		f.plot.X.Label.Text = "they break even nowhere"
		return f, nil
	}
	f.plot.X.Scale, f.plot.X.Tick.Marker = plot.LogScale{}, sizeTicks{}
	f.plot.Y.Scale, f.plot.Y.Tick.Marker = plot.LogScale{}, logTicks{compact}
	f.plot.X.Min, f.plot.X.Max = left, max(right, left*2)
	f.plot.Y.Min, f.plot.Y.Max = low/1.3, high*1.3
	f.plot.X.Label.Text = "size of a message"
	f.unit("messages a second")
	return f, nil
}
