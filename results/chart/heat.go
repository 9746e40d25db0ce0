package chart

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// heatLevels are the steps of a heat map: up to the limit in blues that darken, beyond it in orange and red. They differ
// in lightness too, for those who do not tell the hues apart.
var heatLevels = []struct {
	from float64
	fill color.RGBA
	name string
}{
	{0.02, color.RGBA{0xe3, 0xee, 0xf6, 0xff}, "up to 25 %"},
	{0.25, color.RGBA{0xb3, 0xd2, 0xe8, 0xff}, "25 to 50 %"},
	{0.5, color.RGBA{0x6b, 0xae, 0xd6, 0xff}, "50 to 75 %"},
	{0.75, color.RGBA{0x1f, 0x77, 0xb4, 0xff}, "75 to 100 %"},
	{1, color.RGBA{0xf5, 0xa6, 0x2a, 0xff}, "100 to 150 %"},
	{1.5, color.RGBA{0xb2, 0x18, 0x2b, 0xff}, "above 150 %"},
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

// Heat draws a quantity of several rows over time as shares of a limit; width is that of an interval in seconds, and the
// first row stands at the bottom.
func Heat(name, title, description, axis string, width float64, rows [][]float64) (*Figure, error) {
	f := newFigure(name, title, description)
	columns := 0
	for _, r := range rows {
		columns = max(columns, len(r))
	}
	each := max((columns+heatColumns-1)/heatColumns, 1)
	unit, scale := timeTicks(width * float64(columns))
	used := make([]bool, len(heatLevels))
	for y, row := range rows {
		for _, run := range runs(row, each) {
			if run.level < 0 {
				continue
			}
			used[run.level] = true
			from, to := width*float64(run.from)/scale, width*float64(run.to)/scale
			box, err := plotter.NewPolygon(rectangle(from, to, float64(y), float64(y)+0.96))
			if err != nil {
				return nil, err
			}
			box.Color, box.LineStyle.Width = heatLevels[run.level].fill, 0
			f.plot.Add(box)
		}
	}
	for i := len(heatLevels) - 1; i >= 0; i-- {
		if used[i] {
			f.name(heatLevels[i].name, swatch{heatLevels[i].fill})
		}
	}
	f.plot.X.Label.Text = fmt.Sprintf("time since the start of observation (%s)", unit)
	f.plot.X.Min, f.plot.X.Max = 0, max(width*float64(columns)/scale, 1e-9)
	f.plot.X.Tick.Marker = ticks125{plain}
	f.plot.Y.Label.Text = axis
	f.plot.Y.Min, f.plot.Y.Max = 0, math.Max(float64(len(rows)), 1)
	f.plot.Y.Tick.Marker = plot.ConstantTicks(rowTicks(len(rows)))
	return f, nil
}

// rowTicks names up to about sixteen rows in their middle.
func rowTicks(rows int) (ticks []plot.Tick) {
	step := (rows + 15) / 16
	for i := 0; i < rows; i += step {
		ticks = append(ticks, plot.Tick{Value: float64(i) + 0.5, Label: fmt.Sprint(i)})
	}
	return ticks
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
