package chart

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/plotter"
)

// Band is a quantity over time: in each interval the median over replications and the range of nine tenths of them.
type Band struct {
	Name              string
	Width             float64 // of an interval, seconds
	Median, Low, High []float64
}

// Span is a stretch of time with a name, such as a fault: seconds.
type Span struct {
	Name     string
	From, To float64
}

// shade is the colour of spans: it must not hide what is drawn.
var shade = color.NRGBA{0xd5, 0x5e, 0x00, 0x26}

// mark shades spans, with their names at the top, and a line where one is too short to be seen.
func (f *Figure) mark(spans []Span, scale, end, top float64) error {
	for _, s := range spans {
		from, to := s.From/scale, min(s.To, end)/scale
		area, err := plotter.NewPolygon(plotter.XYs{{X: from, Y: 0}, {X: from, Y: top}, {X: to, Y: top}, {X: to, Y: 0}})
		if err != nil {
			return err
		}
		area.Color, area.LineStyle.Width = shade, 0
		line, err := plotter.NewLine(plotter.XYs{{X: from, Y: 0}, {X: from, Y: top}})
		if err != nil {
			return err
		}
		line.Color, line.Width, line.Dashes = palette[1], 0.7, dashes[2]
		name, err := label(from, top*0.97, s.Name, 9, palette[1])
		if err != nil {
			return err
		}
		f.plot.Add(area, line, name)
	}
	return nil
}

// OverTime draws quantities of one unit over the time of the run, and marks spans of it.
func OverTime(name, title, unit string, replications int, bands []Band, spans ...Span) (*Figure, error) {
	description := "Median over replications, with the range that holds nine tenths of them."
	if replications < 2 {
		description = "One replication: there is no range to show."
	}
	f := newFigure(name, title, description)
	f.grid()
	end, top := 0.0, 0.0
	for _, b := range bands {
		end = max(end, b.Width*float64(len(b.Median)))
	}
	timeUnit, scale := timeTicks(end)
	format := plain
	if unit == "s" {
		format = seconds
	}
	for i, b := range bands {
		var middle, area plotter.XYs
		for k, v := range b.Median {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				continue
			}
			x := b.Width * (float64(k) + 0.5) / scale
			middle = append(middle, plotter.XY{X: x, Y: v})
			area = append(area, plotter.XY{X: x, Y: b.Low[k]})
			top = max(top, b.High[k], v)
		}
		for k := len(b.Median) - 1; k >= 0; k-- {
			if !math.IsNaN(b.Median[k]) && !math.IsInf(b.Median[k], 0) {
				area = append(area, plotter.XY{X: b.Width * (float64(k) + 0.5) / scale, Y: b.High[k]})
			}
		}
		if replications < 2 {
			area = nil
		}
		if err := f.curve(i, b.Name, middle, nil, area); err != nil {
			return nil, err
		}
	}
	if err := f.mark(spans, scale, end, max(top*1.08, 1e-9)); err != nil {
		return nil, err
	}
	if len(spans) > 0 {
		f.Description += " Shaded: faults, of the first replication."
	}
	f.plot.X.Label.Text = fmt.Sprintf("time since the start of observation (%s)", timeUnit)
	f.plot.Y.Label.Text = unit
	if unit == "s" {
		f.plot.Y.Label.Text = "time"
	}
	f.plot.X.Min, f.plot.X.Max, f.plot.X.Tick.Marker = 0, max(end/scale, 1e-9), ticks125{plain}
	f.plot.Y.Min, f.plot.Y.Max, f.plot.Y.Tick.Marker = 0, max(top*1.08, 1e-9), ticks125{format}
	if unit == "s" {
		f.plot.Y.Tick.Marker = secondTicks{seconds}
	}
	return f, nil
}
