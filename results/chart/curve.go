package chart

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// stroke is how a line is drawn.
type stroke struct {
	color.RGBA
	width  vg.Length
	dashes []vg.Length
}

// Thumbnail draws a piece of the line for the legend.
func (s stroke) Thumbnail(c *draw.Canvas) {
	c.StrokeLine2(s.style(), c.Min.X, (c.Min.Y+c.Max.Y)/2, c.Max.X, (c.Min.Y+c.Max.Y)/2)
}

func (s stroke) style() draw.LineStyle {
	return draw.LineStyle{Color: s.RGBA, Width: s.width, Dashes: s.dashes}
}

// curve is a line with its uncertain end and its band. Each of its lines is in pieces: nothing is drawn where there is
// no value.
type curve struct {
	number      int
	name        string
	solid, thin []plotter.XYs
	band        []plotter.XYs // closed
	stroke
}

// Plot draws the curve, in a group that a script can find by the number of the series.
func (k *curve) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	points := func(all plotter.XYs) []vg.Point {
		out := make([]vg.Point, len(all))
		for i, at := range all {
			out[i] = vg.Point{X: x(at.X), Y: y(at.Y)}
		}
		return out
	}
	within(c, fmt.Sprintf(` class="series" data-k="%d" data-name="%s"`, k.number, escape(k.name)), "", func() {
		for _, b := range k.band {
			c.FillPolygon(faint(k.RGBA), c.ClipPolygonXY(points(b)))
		}
		for _, s := range k.solid {
			c.StrokeLines(k.style(), c.ClipLinesXY(points(s))...)
		}
		for _, s := range k.thin {
			style := k.style()
			style.Width, style.Dashes = 1, []vg.Length{1, 3}
			c.StrokeLines(style, c.ClipLinesXY(points(s))...)
		}
	})
}

// curve adds a curve to the last panel and to the legend.
func (f *Figure) curve(k *curve) {
	f.plot.Add(k)
	f.nameSeries(k.number, k.name, k.stroke)
}

// threshold is a level that something should not, or cannot, pass.
type threshold struct {
	at   float64
	name string
}

// limitStroke is how limits are drawn: always dashed.
var limitStroke = stroke{RGBA: quiet, width: 1.3, dashes: []vg.Length{5, 3}}

// Plot draws the level, with its name above it at the right.
func (l threshold) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	at := y(l.at)
	if at < c.Min.Y || at > c.Max.Y {
		return
	}
	c.StrokeLine2(limitStroke.style(), c.Min.X, at, c.Max.X, at)
	style := written(10.5, quiet)
	style.XAlign = draw.XRight
	above := at + 3
	if above+12 > c.Max.Y {
		above = at - 13
	}
	c.FillText(style, vg.Point{X: c.Max.X - 3, Y: above}, l.name)
}

// onPaper clears what lies under text.
func onPaper(c draw.Canvas, low, high vg.Point) {
	within(c, ` class="paper"`, "", func() { fill{RGBA: color.RGBA{0xff, 0xff, 0xff, 0xff}}.paint(c, low, high) })
}

// upright is a vertical line with a name at its upper end.
type upright struct {
	at   float64
	name string
	row  int  // how far below the upper end the name stands, in lines
	over bool // the name alone, above the lines of others
}

// uprights adds vertical lines, and then their names, so that no line crosses a name.
func (f *Figure) uprights(all []upright) {
	for _, over := range []bool{false, true} {
		for _, u := range all {
			u.over = over
			f.plot.Add(u)
		}
	}
}

// Plot draws the line.
func (u upright) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	at := x(u.at)
	if math.IsNaN(u.at) || at < c.Min.X-1e-6 || at > c.Max.X+1e-6 {
		return
	}
	if !u.over {
		c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.2, Dashes: []vg.Length{4, 2}}, at, c.Min.Y, at, c.Max.Y)
		return
	}
	style := written(11, ink)
	from := vg.Point{X: at + 3, Y: c.Max.Y - 13*vg.Length(u.row+1)}
	if from.X+style.Width(u.name) > c.Max.X+rightEdge-4 {
		from.X = at - 3 - style.Width(u.name)
	}
	onPaper(c, from, vg.Point{X: from.X + style.Width(u.name), Y: from.Y + 12})
	c.FillText(style, from, u.name)
}
