package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Judgement is what a difference means.
type Judgement int

// The judgements.
const (
	Open Judgement = iota // not certain
	Better
	Worse
	Equal
)

// judgements are how differences are drawn: by colour and by shape.
var judgements = []struct {
	name  string
	fill  color.RGBA
	shape draw.GlyphDrawer
}{
	{"not certain", palette[6], draw.RingGlyph{}},
	{"better", palette[0], draw.CircleGlyph{}},
	{"worse", palette[1], draw.PyramidGlyph{}},
	{"equal", palette[6], draw.BoxGlyph{}},
}

// Difference is a line of a figure of differences: the difference and its interval, which may be NaN.
type Difference struct {
	Name             string
	Value, Low, High float64 // an infinite value is drawn as an arrow at the edge
	Text             string  // the difference as it is written beside
	Judgement        Judgement
	Gap              bool // some space above, for another group
}

// Steps is what the values at the ticks of an axis are round in.
type Steps int

// The steps: 1, 2 or 5 times a power of ten, or lengths of time that people count in.
const (
	Round Steps = iota
	RoundTimes
)

// clip bounds a value to the axis.
func clip(v, low, high float64) float64 { return min(max(v, low), high) }

// Differences draws differences with their intervals, one under another, about a line of no difference. The axis ends
// at the given most in both directions, and what lies beyond is an arrow; when it is 0, all is shown.
func Differences(name, title, description, axis string, format func(float64) string, ticks Steps, most float64,
	rows []Difference,
) (*Figure, error) {
	f := newFigure(name, title, description)
	low, high := span(rows, most)
	places := make([]float64, len(rows))
	y := 0.0
	for i := len(rows) - 1; i >= 0; i-- {
		places[i] = y
		if y++; rows[i].Gap {
			y += 0.5
		}
	}
	names := make([]plot.Tick, len(rows))
	for i, r := range rows {
		names[i] = plot.Tick{Value: places[i], Label: shorten(r.Name, 60)}
	}
	f.body = 44 + vg.Length(24*y)
	f.plot.Y.Min, f.plot.Y.Max = -0.7, y-0.3
	f.plot.Y.Tick.Marker = plot.ConstantTicks(names)
	f.plot.X.Min, f.plot.X.Max = low, high
	f.plot.X.Tick.Marker = ticks125{format}
	if ticks == RoundTimes {
		f.plot.X.Tick.Marker = secondTicks{format}
	}
	f.plot.X.Label.Text = axis
	g := plotter.NewGrid()
	g.Vertical.Color, g.Horizontal.Color = gridly, color.Transparent
	f.plot.Add(g)
	none, err := plotter.NewLine(plotter.XYs{{X: 0, Y: -0.7}, {X: 0, Y: y - 0.3}})
	if err != nil {
		return nil, err
	}
	none.Color, none.Width = ink, 1
	f.plot.Add(none)
	seen := map[Judgement]bool{}
	for i, r := range rows {
		if err := f.difference(r, places[i], low, high, seen); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// span returns the ends of the axis.
func span(rows []Difference, most float64) (low, high float64) {
	for _, r := range rows {
		for _, v := range []float64{r.Value, r.Low, r.High} {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if most > 0 {
		low, high = max(low, -most), min(high, most)
	}
	if low == high {
		return -1, 1
	}
	room := 0.06 * (high - low)
	return low - room, high + room
}

// difference draws one line.
func (f *Figure) difference(r Difference, y, low, high float64, seen map[Judgement]bool) error {
	j := judgements[r.Judgement]
	glyph := draw.GlyphStyle{Color: j.fill, Radius: 4.5, Shape: j.shape}
	if r.Judgement == Open {
		glyph.Radius = 4
	}
	if !math.IsNaN(r.Low) && !math.IsNaN(r.High) {
		bar, err := plotter.NewLine(plotter.XYs{{X: clip(r.Low, low, high), Y: y}, {X: clip(r.High, low, high), Y: y}})
		if err != nil {
			return err
		}
		bar.Color, bar.Width = j.fill, 2
		f.plot.Add(bar)
		for _, end := range []float64{r.Low, r.High} {
			if end < low || end > high {
				continue
			}
			stop, err := plotter.NewLine(plotter.XYs{{X: end, Y: y - 0.14}, {X: end, Y: y + 0.14}})
			if err != nil {
				return err
			}
			stop.Color, stop.Width = j.fill, 1.5
			f.plot.Add(stop)
		}
	}
	if !math.IsNaN(r.Value) {
		at := clip(r.Value, low, high)
		if at != r.Value {
			glyph.Shape, glyph.Radius = arrow{right: r.Value > 0}, 6
		}
		dot, err := plotter.NewScatter(plotter.XYs{{X: at, Y: y}})
		if err != nil {
			return err
		}
		dot.GlyphStyle = glyph
		f.plot.Add(dot)
		if !seen[r.Judgement] && at == r.Value {
			seen[r.Judgement] = true
			f.name(j.name, dot)
		}
	}
	text, err := label(high, y, "  "+r.Text, 10, ink)
	if err != nil {
		return err
	}
	f.plot.Add(text)
	return nil
}

// arrow points off the axis.
type arrow struct{ right bool }

// DrawGlyph draws a triangle that points to the left or to the right.
func (a arrow) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	tip := s.Radius
	if !a.right {
		tip = -tip
	}
	c.FillPolygon(s.Color, []vg.Point{
		{X: at.X + tip, Y: at.Y}, {X: at.X - tip*0.6, Y: at.Y + s.Radius*0.8}, {X: at.X - tip*0.6, Y: at.Y - s.Radius*0.8},
	})
}
