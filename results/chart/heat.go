package chart

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
)

// heatLevels are the steps of a heat map: up to the limit in blues that darken, beyond it in orange and red. They
// differ in lightness too, for those who do not tell the hues apart.
var heatLevels = []struct {
	from float64
	fill color.RGBA
	name string
}{
	{0.02, color.RGBA{0xe3, 0xee, 0xf6, 0xff}, "2 to 25 %"},
	{0.25, color.RGBA{0xb3, 0xd2, 0xe8, 0xff}, "25 to 50 %"},
	{0.5, color.RGBA{0x6b, 0xae, 0xd6, 0xff}, "50 to 75 %"},
	{0.75, color.RGBA{0x1f, 0x77, 0xb4, 0xff}, "75 to 100 %"},
	{1, color.RGBA{0xf5, 0xa6, 0x2a, 0xff}, "100 to 150 %"},
	{1.5, color.RGBA{0xb2, 0x18, 0x2b, 0xff}, "above 150 % of the limit"},
}

// heatColumns is how many steps of time a heat map has at the most: each shows the hottest value that fell into it.
const heatColumns = 120

// level returns the step of a value, or -1 for next to nothing.
func level(v float64) int {
	at := -1
	for i, l := range heatLevels {
		if v >= l.from {
			at = i
		}
	}
	return at
}

// HeatMap is a quantity of rows that lie side by side and make up a whole, as shares of a limit over time.
type HeatMap struct {
	Name, Title, Description string
	Unit                     string  // of the vertical axis
	From, To                 float64 // what was observed, seconds since the start of the run
	Width                    float64 // of an interval, seconds
	Rows                     [][]float64
	Spans                    []Span
}

// Heat draws a heat map, the first row at the bottom.
func Heat(m HeatMap) (*Figure, error) {
	f := newFigure(m.Name, m.Title, m.Description)
	columns := 0
	for _, r := range m.Rows {
		columns = max(columns, len(r))
	}
	each := max((columns+heatColumns-1)/heatColumns, 1)
	n := float64(max(len(m.Rows), 1))
	for y, row := range m.Rows {
		for _, run := range runs(row, each) {
			if run.level >= 0 {
				f.plot.Add(&box{x0: m.From + m.Width*float64(run.from), x1: min(m.From+m.Width*float64(run.to), m.To),
					y0: float64(y) / n, y1: (float64(y) + 0.97) / n, fill: fill{RGBA: heatLevels[run.level].fill}})
			}
		}
	}
	for _, l := range heatLevels {
		f.name(l.name, swatch{fill{RGBA: l.fill}})
	}
	if len(m.Spans) > 0 {
		f.plot.Add(&stretches{spans: m.Spans, named: true, over: true})
	}
	f.timeAxis(m.From, m.To, true)
	f.unit(m.Unit)
	f.plot.Y.Min, f.plot.Y.Max = 0, 1
	var ticks []plot.Tick
	for _, v := range []float64{0, 0.25, 0.5, 0.75, 1} {
		ticks = append(ticks, plot.Tick{Value: v, Label: percent(v)})
	}
	f.plot.Y.Tick.Marker = plot.ConstantTicks(ticks)
	f.note("%s", fmt.Sprintf("%d ranges of equal width; white: below 2 %% of the limit.", len(m.Rows)))
	return f, nil
}

// run is neighbouring intervals of one level.
type run struct{ from, to, level int }

// runs puts so many intervals together each, by their hottest, and joins those of one level.
func runs(row []float64, each int) (all []run) {
	for from := 0; from < len(row); from += each {
		to := min(from+each, len(row))
		hottest := 0.0
		for _, v := range row[from:to] {
			hottest = max(hottest, v)
		}
		at := level(hottest)
		if n := len(all); n > 0 && all[n-1].level == at {
			all[n-1].to = to
			continue
		}
		all = append(all, run{from, to, at})
	}
	return all
}
