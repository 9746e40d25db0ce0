package chart

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Split is what the latency around one percentile is made of.
type Split struct {
	Name  string    // such as p99
	Parts []float64 // seconds, by cause
}

// Causes draws the split of the latency around percentiles as shares, with the whole at the end of each bar. Causes
// that take no part in any of them are left out.
func Causes(path string, causes []string, splits []Split) (*Figure, error) {
	f := newFigure("causes", "Why "+path+" is late",
		"What the latency of the messages around each percentile is made of, as shares; the number at the end is their mean latency.")
	f.height = vg.Length(4+1.3*float64(len(splits))) * vg.Centimeter
	names := make([]plot.Tick, len(splits))
	totals := make([]float64, len(splits))
	for i, s := range splits {
		for _, v := range s.Parts {
			totals[i] += v
		}
		names[i] = plot.Tick{Value: float64(len(splits) - 1 - i), Label: s.Name}
	}
	left := make([]float64, len(splits))
	for c, cause := range causes {
		if !takesPart(splits, totals, c) {
			continue
		}
		fill := causeColour(c) // the same in every figure
		for i, s := range splits {
			share := 100 * s.Parts[c] / max(totals[i], 1e-12)
			y := float64(len(splits) - 1 - i)
			box, err := plotter.NewPolygon(rectangle(left[i], left[i]+share, y-0.36, y+0.36))
			if err != nil {
				return nil, err
			}
			box.Color, box.LineStyle.Color, box.LineStyle.Width = fill, color.White, 1
			if share > 0 {
				f.plot.Add(box)
			}
			if share >= 9 {
				l, err := label(left[i]+share/2, y, fmt.Sprintf("%.0f %%", share), 10, textOn(fill))
				if err != nil {
					return nil, err
				}
				l.TextStyle[0].XAlign, l.Offset.X = draw.XCenter, 0
				f.plot.Add(l)
			}
			left[i] += share
		}
		f.name(cause, swatch{fill})
	}
	for i := range splits {
		l, err := label(100, float64(len(splits)-1-i), seconds(totals[i]), 11, ink)
		if err != nil {
			return nil, err
		}
		f.plot.Add(l)
	}
	f.plot.X.Min, f.plot.X.Max = 0, 117
	f.plot.X.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: 25, Label: "25"}, {Value: 50, Label: "50"},
		{Value: 75, Label: "75"}, {Value: 100, Label: "100"}}
	f.plot.Y.Min, f.plot.Y.Max = -0.6, float64(len(splits))-0.4
	f.plot.Y.Tick.Marker = plot.ConstantTicks(names)
	f.plot.X.Label.Text, f.plot.Y.Label.Text = "share of the latency (%)", "messages around"
	return f, nil
}

func takesPart(splits []Split, totals []float64, cause int) bool {
	for i, s := range splits {
		if s.Parts[cause] > 0.002*totals[i] {
			return true
		}
	}
	return false
}

func rectangle(x0, x1, y0, y1 float64) plotter.XYs {
	return plotter.XYs{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
}

// causeColour repeats the palette lighter once it is used up.
func causeColour(i int) color.RGBA {
	c := colour(i)
	if i >= len(palette) {
		light := func(v uint8) uint8 { return v/2 + 0x7f }
		return color.RGBA{light(c.R), light(c.G), light(c.B), 0xff}
	}
	return c
}

// textOn returns black or white, whichever reads better on a colour.
func textOn(c color.RGBA) color.Color {
	if 0.299*float64(c.R)+0.587*float64(c.G)+0.114*float64(c.B) > 140 {
		return color.Black
	}
	return color.White
}
