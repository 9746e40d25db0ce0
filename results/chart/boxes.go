package chart

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// fill is how an area is painted: a colour and, to tell more of them apart, stripes across it.
type fill struct {
	color.RGBA
	striped bool
}

// swatch is a block of a fill in the legend.
type swatch struct{ fill }

// Thumbnail draws the block.
func (s swatch) Thumbnail(c *draw.Canvas) { s.paint(*c, c.Min, c.Max) }

// paint fills a rectangle.
func (f fill) paint(c draw.Canvas, low, high vg.Point) {
	c.FillPolygon(f.RGBA, []vg.Point{low, {X: high.X, Y: low.Y}, high, {X: low.X, Y: high.Y}})
	if !f.striped {
		return
	}
	const step = 6
	style := draw.LineStyle{Color: color.NRGBA{0xff, 0xff, 0xff, 0xb0}, Width: 1.6}
	tall := high.Y - low.Y
	for x := low.X - tall + step/2; x < high.X; x += step { // each stripe rises by its width
		from, to := max(x, low.X), min(x+tall, high.X)
		if from < to {
			c.StrokeLine2(style, from, low.Y+from-x, to, low.Y+to-x)
		}
	}
}

// box is a rectangle of a figure, with text that is shown where the pointer rests on it.
type box struct {
	x0, x1, y0, y1 float64
	fill
	tip    string
	inside []string  // of what the first that fits is written in the middle
	least  vg.Length // how wide it is at the least
}

// Plot draws the rectangle.
func (b *box) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	low, high := vg.Point{X: x(b.x0), Y: y(b.y0)}, vg.Point{X: x(b.x1), Y: y(b.y1)}
	high.X = max(high.X, low.X+b.least)
	attributes := ""
	if b.tip != "" {
		attributes = ` class="bar"`
	}
	within(c, attributes, b.tip, func() {
		b.paint(c, low, high)
		style := written(11, textOn(b.RGBA))
		style.XAlign, style.YAlign = draw.XCenter, draw.YCenter
		inside := ""
		for _, text := range b.inside {
			if inside == "" && style.Width(text)+6 <= high.X-low.X {
				inside = text
			}
		}
		if inside == "" {
			return
		}
		middle := vg.Point{X: (low.X + high.X) / 2, Y: (low.Y + high.Y) / 2}
		if b.striped { // letters do not read across stripes
			half := vg.Point{X: style.Width(inside)/2 + 2, Y: 7}
			fill{RGBA: b.RGBA}.paint(c, middle.Sub(half), middle.Add(half))
		}
		c.FillText(style, middle, inside)
	})
}

// label is text at a point of the figure, to the right of it.
func label(x, y float64, s string, size vg.Length, c color.Color) (*plotter.Labels, error) {
	l, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{{X: x, Y: y}}, Labels: []string{s}})
	if err != nil {
		return nil, err
	}
	l.TextStyle[0].Font = sans(size)
	l.TextStyle[0].Color = c
	l.TextStyle[0].YAlign = draw.YCenter
	l.TextStyle[0].Handler = plot.DefaultTextHandler
	l.Offset = vg.Point{X: 5}
	return l, nil
}

// rows makes the vertical axis one of named rows, the first on top, and the figure as high as they need.
func (f *Figure) rows(names []string, longest int, each vg.Length) {
	ticks := make([]plot.Tick, len(names))
	for i, n := range names {
		ticks[i] = plot.Tick{Value: float64(len(names) - 1 - i), Label: shorten(n, longest)}
	}
	f.body = 44 + each*vg.Length(len(names))
	f.plot.Y.Min, f.plot.Y.Max = -0.6, float64(len(names))-0.4
	f.plot.Y.Tick.Marker = plot.ConstantTicks(ticks)
	f.plot.Y.Tick.Length = 0
}
