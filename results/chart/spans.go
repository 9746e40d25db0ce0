package chart

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Span is a stretch of the run with a name, such as a fault: seconds since its start.
type Span struct {
	Name     string
	From, To float64
}

// stretches marks spans of time, with their names at the top of the first panel.
type stretches struct {
	spans []Span
	named bool
	over  bool // what is drawn lies below: the names need paper
}

// Plot shades the spans. A line stands where one begins, for those too short to be seen.
func (s *stretches) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	style := written(10.5, palette[1])
	var ends []vg.Length // of the names in each row
	for _, span := range s.spans {
		from, to := max(x(span.From), c.Min.X), min(x(span.To), c.Max.X)
		if from > c.Max.X || to < c.Min.X {
			continue
		}
		within(c, "", span.Name, func() {
			area := []vg.Point{{X: from, Y: c.Min.Y}, {X: to, Y: c.Min.Y}, {X: to, Y: c.Max.Y}, {X: from, Y: c.Max.Y}}
			c.FillPolygon(color.NRGBA{0xd5, 0x5e, 0x00, 0x1e}, area)
			c.StrokeLine2(draw.LineStyle{Color: palette[1], Width: 0.8, Dashes: dashes[2]}, from, c.Min.Y, from, c.Max.Y)
		})
		row := slices.IndexFunc(ends, func(end vg.Length) bool { return end < from })
		if row < 0 {
			row, ends = len(ends), append(ends, 0)
		}
		if s.named && row < 3 {
			ends[row] = from + style.Width(span.Name) + 8
			at := vg.Point{X: from + 3, Y: c.Max.Y - 13*vg.Length(row+1)}
			if at.X+style.Width(span.Name) > c.Max.X+rightEdge {
				at.X = c.Max.X + rightEdge - style.Width(span.Name)
			}
			if s.over {
				onPaper(c, vg.Point{X: at.X - 2, Y: at.Y - 2}, vg.Point{X: at.X + style.Width(span.Name) + 2, Y: at.Y + 10})
			}
			c.FillText(style, at, span.Name)
		}
	}
}

// Change is an instant at which a capacity was changed.
type Change struct {
	At float64 // seconds since the start of the run
	Up bool
}

// triangle points up or down.
type triangle struct{ up bool }

// Thumbnail draws the triangle for the legend.
func (a triangle) Thumbnail(c *draw.Canvas) { a.paint(*c, vg.Point{X: c.Center().X, Y: c.Center().Y}) }

func (a triangle) paint(c draw.Canvas, at vg.Point) {
	const half = 4.5
	fill, tip := palette[2], vg.Length(half)
	if !a.up {
		fill, tip = palette[3], -half
	}
	c.FillPolygon(fill, []vg.Point{{X: at.X - half, Y: at.Y - tip}, {X: at.X + half, Y: at.Y - tip},
		{X: at.X, Y: at.Y + tip}})
}

type changes []Change

// Plot marks each change at the foot of the panel.
func (all changes) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	for _, k := range all {
		if at := x(k.At); at >= c.Min.X && at <= c.Max.X {
			triangle{k.Up}.paint(c, vg.Point{X: at, Y: c.Min.Y + 6})
		}
	}
}
