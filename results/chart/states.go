package chart

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// States is a quantity that is in one of some states, over time.
type States struct {
	Name  string
	Width float64 // of an interval, seconds
	State []int   // of each interval, by its number in the names of states; -1: unknown
	// Expected is when it should have changed, seconds since the start of the run.
	Expected []float64
}

// StateMap is rows of states over the time of the run.
type StateMap struct {
	Name, Title, Description string
	From, To                 float64 // what was observed, seconds since the start of the run
	States                   []string
	Rows                     []States
	Spans                    []Span
	Notes                    []string
}

// stateFills are the colours of states: grey, green, red and blue, which differ in lightness too.
var stateFills = []color.RGBA{
	{0xd0, 0xd0, 0xd0, 0xff}, {0x8f, 0xd0, 0xb5, 0xff}, {0xb2, 0x18, 0x2b, 0xff}, {0x6b, 0xae, 0xd6, 0xff},
}

// Timeline draws a row of bands for each of some quantities, the first one on top: the states that they were in.
func Timeline(m StateMap) (*Figure, error) {
	f := newFigure(m.Name, m.Title, m.Description)
	f.Notes = m.Notes
	names := make([]string, len(m.Rows))
	used := make([]bool, len(m.States))
	expected := false
	if len(m.Spans) > 0 {
		f.plot.Add(&stretches{spans: m.Spans, named: true})
	}
	for i, r := range m.Rows {
		y := float64(len(m.Rows) - 1 - i)
		names[i] = r.Name
		for from := 0; from < len(r.State); {
			to := from + 1
			for to < len(r.State) && r.State[to] == r.State[from] {
				to++
			}
			if s := r.State[from]; s >= 0 {
				used[s] = true
				f.plot.Add(&box{x0: m.From + r.Width*float64(from), x1: min(m.From+r.Width*float64(to), m.To), y0: y - 0.36,
					y1: y + 0.36, fill: fill{RGBA: stateFills[s]}, tip: r.Name + ": " + m.States[s]})
			}
			from = to
		}
		for _, at := range r.Expected {
			expected = true
			f.plot.Add(diamond{at, y})
		}
	}
	for s := range m.States {
		if used[s] {
			f.name(m.States[s], swatch{fill{RGBA: stateFills[s]}})
		}
	}
	if expected {
		f.name("expected at the latest", diamond{})
	}
	f.rows(names, 44, 26)
	if len(m.Spans) > 0 {
		f.body += 16
		f.plot.Y.Max += 0.5 // for the names
	}
	f.timeAxis(m.From, m.To, true)
	f.aligned = false // the names need their room
	return f, nil
}

// diamond marks an instant of a row.
type diamond struct{ at, row float64 }

// Plot draws the mark.
func (d diamond) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	if at := x(d.at); at >= c.Min.X && at <= c.Max.X {
		d.paint(c, vg.Point{X: at, Y: y(d.row)})
	}
}

// Thumbnail draws the mark for the legend.
func (d diamond) Thumbnail(c *draw.Canvas) { d.paint(*c, c.Center()) }

func (diamond) paint(c draw.Canvas, at vg.Point) {
	const half = 5
	corners := []vg.Point{{X: at.X - half, Y: at.Y}, {X: at.X, Y: at.Y + half}, {X: at.X + half, Y: at.Y},
		{X: at.X, Y: at.Y - half}}
	c.FillPolygon(color.Black, corners)
	c.StrokeLines(draw.LineStyle{Color: color.White, Width: 1}, append(corners, corners[0]))
}
