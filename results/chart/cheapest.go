package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// CheapestMap is which of several designs costs least, by rate and size. Both are centres of cells, evenly spaced on
// logarithmic axes.
type CheapestMap struct {
	Name, Title string
	Rates       []float64 // messages a second
	Sizes       []float64 // bytes
	Cells       [][]Cell  // by size, then rate
	Designs     []string
}

// Cell is one point of the map.
type Cell struct {
	Design int     // -1: none can bear the load
	Factor float64 // how many times as much the cheapest of the other kind costs
}

// shades are how strong the colour of a cell is by its factor: up to which, and the share of the colour.
var shades = []struct {
	below, share float64
	name         string
}{
	{2, 0.35, "other service below 2 ×"}, {5, 0.6, "2 to 5 × as dear"}, {20, 0.8, "5 to 20 ×"},
	{math.Inf(1), 1, "20 × or more"},
}

// shade returns the number of a cell's shade.
func (c Cell) shade() int {
	for i, s := range shades {
		if c.Factor < s.below {
			return i
		}
	}
	return len(shades) - 1
}

func tint(c color.RGBA, share float64) color.RGBA {
	mix := func(v uint8) uint8 { return uint8(math.Round(255 - float64((255-float64(v))*share))) }
	return color.RGBA{mix(c.R), mix(c.G), mix(c.B), 0xff}
}

// Cheapest draws which design costs least, by rate and size: the hue is the design's, the strength says by how much.
func Cheapest(m CheapestMap) (*Figure, error) {
	f := newFigure(m.Name, m.Title, "Which design costs least a month, by messages a second and size of a message. The hue "+
		"is the design's; the stronger it is, the dearer is the cheapest of the other service.")
	seen := make([]bool, len(m.Designs))
	for row := range m.Cells {
		if err := f.cells(&m, row, seen); err != nil {
			return nil, err
		}
	}
	for i, name := range m.Designs {
		if seen[i] {
			f.name(name, swatch{fill{RGBA: colour(i)}})
		}
	}
	grey := color.RGBA{0x33, 0x33, 0x33, 0xff}
	for _, s := range shades {
		f.name(s.name, swatch{fill{RGBA: tint(grey, s.share)}})
	}
	f.plot.X.Scale, f.plot.X.Tick.Marker = plot.LogScale{}, logTicks{compact}
	f.plot.Y.Scale, f.plot.Y.Tick.Marker = plot.LogScale{}, sizeTicks{}
	f.plot.X.Min, f.plot.X.Max = m.Rates[0], m.Rates[len(m.Rates)-1]
	f.plot.Y.Min, f.plot.Y.Max = m.Sizes[0], m.Sizes[len(m.Sizes)-1]
	f.plot.X.Label.Text = "messages a second"
	f.unit("size of a message")
	return f, nil
}

// cells draws a row of cells: neighbours that look alike as one rectangle.
func (f *Figure) cells(m *CheapestMap, row int, seen []bool) error {
	look := func(i int) [2]int { return [2]int{m.Cells[row][i].Design, m.Cells[row][i].shade()} }
	low, high := edges(m.Sizes, row, row)
	for from := 0; from < len(m.Rates); {
		to := from
		for to+1 < len(m.Rates) && look(to+1) == look(from) {
			to++
		}
		if c := m.Cells[row][from]; c.Design >= 0 {
			seen[c.Design] = true
			left, right := edges(m.Rates, from, to)
			box, err := plotter.NewPolygon(rectangle(left, right, low, high))
			if err != nil {
				return err
			}
			fill := tint(colour(c.Design), shades[c.shade()].share)
			box.Color = fill
			box.LineStyle.Color, box.LineStyle.Width = fill, vg.Length(0.4) // no seam between neighbours
			f.plot.Add(box)
		}
		from = to + 1
	}
	return nil
}

// edges returns where cells from one to another begin and end: half-way, in logarithms, to their neighbours, and at the
// ends of the axis.
func edges(centres []float64, from, to int) (low, high float64) {
	low, high = centres[from], centres[to]
	if from > 0 {
		low = math.Sqrt(centres[from-1] * centres[from])
	}
	if to+1 < len(centres) {
		high = math.Sqrt(centres[to] * centres[to+1])
	}
	return low, high
}

func rectangle(x0, x1, y0, y1 float64) plotter.XYs {
	return plotter.XYs{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
}
