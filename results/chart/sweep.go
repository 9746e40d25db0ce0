package chart

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Axis is a setting that is varied, or a load.
type Axis struct {
	Label  string
	Unit   string    // s, B, /s, 1, × or none
	Log    bool      // drawn on a logarithmic axis
	Values []float64 // the numbers of the places; nil when they are no numbers
	Names  []string  // of the places
}

// format writes a value of the axis.
func (a *Axis) format(v float64) string {
	switch a.Unit {
	case "s":
		return seconds(v)
	case "B":
		return sized(v)
	case "/s":
		return plain(v) + "/s"
	case "1":
		return plain(100*v) + " %"
	case "×":
		return plain(v) + " ×"
	}
	return plain(v)
}

// place returns where a place of the axis lies.
func (a *Axis) place(i int) float64 {
	if a.Values == nil {
		return float64(i)
	}
	return a.Values[i]
}

// namesMost is how many places of an axis are named.
const namesMost = 12

// names puts a tick at the places, as many as can be read.
func (a *Axis) names(centre float64) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	step := (len(a.Names) + namesMost - 1) / namesMost
	for i := 0; i < len(a.Names); i += step {
		ticks = append(ticks, plot.Tick{Value: float64(i) + centre, Label: shorten(a.Names[i], 16)})
	}
	return ticks
}

// draw makes the axis of a figure whose places are points.
func (a *Axis) draw(axis *plot.Axis) {
	axis.Label.Text = a.Label
	low, high := math.Inf(1), math.Inf(-1)
	places := len(a.Names)
	if a.Values != nil {
		places = len(a.Values)
	}
	for i := range places {
		low, high = min(low, a.place(i)), max(high, a.place(i))
	}
	switch {
	case a.Values == nil:
		axis.Tick.Marker = a.names(0)
		axis.Min, axis.Max = -0.3, high+0.3
	case a.Log && low > 0:
		axis.Scale, axis.Tick.Marker = plot.LogScale{}, logTicks{a.format}
		axis.Min, axis.Max = low/1.05, high*1.05
	default:
		room := max(0.02*(high-low), 1e-12)
		axis.Tick.Marker = ticks125{a.format}
		if a.Unit == "s" {
			axis.Tick.Marker = secondTicks{seconds}
		}
		axis.Min, axis.Max = low-room, high+room
	}
}

// Response is a figure of a design by what is varied: at each place its value and interval, which may be NaN.
type Response struct {
	Name             string
	Value, Low, High []float64
}

// Rule is a line across a figure with a name: an objective's limit, or the place of a cliff.
type Rule struct {
	Name string
	At   float64
}

// Responses draws figures of one unit by what is varied, with bands of their intervals, and marks limits of theirs and
// places of the axis.
func Responses(name, title, unit string, axis Axis, responses []Response, limits, places []Rule) (*Figure, error) {
	f := newFigure(name, title, "By "+axis.Label+": means over replications under common random numbers, with their 95 % "+
		"intervals.")
	f.grid()
	low, high := math.Inf(1), math.Inf(-1)
	look := func(v float64) {
		if v-v == 0 {
			low, high = min(low, v), max(high, v)
		}
	}
	for i, r := range responses {
		var line, band plotter.XYs
		for k, v := range r.Value {
			if v-v != 0 {
				continue
			}
			look(v)
			line = append(line, plotter.XY{X: axis.place(k), Y: v})
			if !math.IsNaN(r.Low[k]) {
				band = append(band, plotter.XY{X: axis.place(k), Y: max(r.Low[k], min(v, 0), v/10)})
			}
		}
		for k := len(r.Value) - 1; k >= 0; k-- {
			if !math.IsNaN(r.High[k]) && r.Value[k]-r.Value[k] == 0 {
				look(r.High[k])
				band = append(band, plotter.XY{X: axis.place(k), Y: r.High[k]})
			}
		}
		k := &curve{number: i, name: r.Name, solid: []plotter.XYs{line},
			stroke: stroke{RGBA: colour(i), width: 2, dashes: strokes(i)}}
		if len(band) > 2 {
			k.band = []plotter.XYs{band}
		}
		f.curve(k)
		if dots, err := plotter.NewScatter(line); err == nil && len(line) > 0 {
			dots.GlyphStyle = draw.GlyphStyle{Color: colour(i), Radius: 2.4, Shape: draw.CircleGlyph{}}
			f.plot.Add(dots)
		}
	}
	for _, l := range limits {
		look(l.At)
	}
	axis.draw(&f.plot.X)
	f.responseAxis(unit, low, high)
	for _, l := range limits {
		f.plot.Add(threshold{l.At, l.Name})
	}
	var lines []upright
	for row, p := range places {
		lines = append(lines, upright{at: p.At, name: p.Name, row: row})
	}
	f.uprights(lines)
	return f, nil
}

// responseAxis makes the axis of the values of responses.
func (f *Figure) responseAxis(unit string, low, high float64) {
	y := &f.plot.Y
	f.unit(unit)
	switch {
	case unit == "s":
		f.unit("time")
		f.latencyAxis(y, low, high)
		return
	case !(high > 0):
		y.Min, y.Max = min(low, 0), max(high, 1)
		if math.IsInf(low, 0) {
			y.Min, y.Max = 0, 1
		}
	default:
		y.Min, y.Max = min(low, 0), high*1.1
	}
	y.Tick.Marker = ticks125{formatOf(unit)}
}

// formatOf returns how values of a unit are written.
func formatOf(unit string) func(float64) string {
	switch unit {
	case "s":
		return seconds
	case "USD":
		return func(v float64) string { return "$" + plain(v) }
	case "share":
		return func(v float64) string { return fmt.Sprintf("%.3g %%", 100*v) }
	}
	return compact
}

// GridCell is a figure at a place of two settings.
type GridCell struct {
	Value float64 // NaN: none
	Text  string
	Bad   bool // it misses an objective
}

// gridLevels is how many steps of lightness a grid has.
const gridLevels = 8

// Grid draws a figure by two settings as a heat map; cells are by row of y, then by place of x. The darker a cell is,
// the more it is; a cell that misses what is named has a cross.
func Grid(name, title, unit, missed string, x, y Axis, cells [][]GridCell) (*Figure, error) {
	f := newFigure(name, title, "By "+x.Label+" and "+y.Label+": the darker, the more; × marks what misses "+missed+".")
	low, high := math.Inf(1), math.Inf(-1)
	for _, row := range cells {
		for _, c := range row {
			if c.Value-c.Value == 0 {
				low, high = min(low, c.Value), max(high, c.Value)
			}
		}
	}
	if slices.ContainsFunc(cells, func(row []GridCell) bool {
		return slices.ContainsFunc(row, func(c GridCell) bool { return c.Bad })
	}) {
		f.note("× misses %s.", missed)
	}
	ratio := low > 0 && high/low > 20
	share := func(v float64) float64 {
		switch {
		case !(high > low):
			return 0
		case ratio:
			return math.Log(v/low) / math.Log(high/low)
		}
		return (v - low) / (high - low)
	}
	legible := len(x.Names)*len(y.Names) <= 200 && len(x.Names) <= 14
	used := map[int]bool{}
	for row := range cells {
		for column, c := range cells[row] {
			if c.Value-c.Value != 0 {
				continue
			}
			step := min(int(share(c.Value)*gridLevels), gridLevels-1)
			used[step] = true
			f.plot.Add(&box{
				x0: float64(column), x1: float64(column) + 0.98, y0: float64(row), y1: float64(row) + 0.97,
				fill: fill{RGBA: gridColour(step)}, tip: x.Names[column] + ", " + y.Names[row] + ": " + c.Text,
				inside: []string{cellText(c, legible)},
			})
		}
	}
	for step := gridLevels - 1; step >= 0; step-- {
		if !used[step] {
			continue
		}
		at := low + (high-low)*float64(step)/gridLevels
		if ratio {
			at = low * math.Pow(high/low, float64(step)/gridLevels)
		}
		f.name("from "+formatOf(unit)(rounded(at)), swatch{fill{RGBA: gridColour(step)}})
	}
	for _, a := range []struct {
		axis   *plot.Axis
		of     *Axis
		places int
	}{{&f.plot.X, &x, len(x.Names)}, {&f.plot.Y, &y, len(y.Names)}} {
		a.axis.Label.Text, a.axis.Tick.Marker = a.of.Label, a.of.names(0.5)
		a.axis.Min, a.axis.Max = 0, float64(a.places)
	}
	return f, nil
}

// rounded returns a number to three digits.
func rounded(v float64) float64 {
	if v == 0 {
		return 0
	}
	scale := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-2)
	return math.Round(v/scale) * scale
}

// gridColour is the blue of a step: from nearly white to dark.
func gridColour(step int) color.RGBA {
	return tint(color.RGBA{0x08, 0x30, 0x6b, 0xff}, 0.06+0.94*float64(step)/(gridLevels-1))
}

// cellText is what is written into a cell: its value where there is room, and a cross when it misses an objective.
func cellText(c GridCell, legible bool) string {
	text := c.Text
	if !legible {
		text = ""
	}
	if c.Bad {
		text = strings.TrimSpace(text + " ×")
	}
	return text
}

// FrontPoint is a design in a figure of two aims.
type FrontPoint struct {
	Name        string
	Cost, Value float64
	Front       bool // no other is better in both
	Bad         bool // it misses an objective
}

// Front draws what designs cost against how late they are, and joins those that no other beats in both. The points are
// named by the values of what is varied.
func Front(name, title, of string, points []FrontPoint) (*Figure, error) {
	f := newFigure(name, title, "Cost a month against the 99th percentile of latency, a dot for each point of the sweep. The "+
		"steps join the front, whose points are each certainly quicker than all that are cheaper; rings miss an objective.")
	f.grid()
	sets := map[string]plotter.XYs{}
	var front plotter.XYs
	low, high, dear := math.Inf(1), math.Inf(-1), 0.0
	for _, p := range points {
		at := plotter.XY{X: p.Cost, Y: p.Value}
		low, high, dear = min(low, p.Value), max(high, p.Value), max(dear, p.Cost)
		set := "other points"
		switch {
		case p.Bad:
			set = "misses an objective"
		case p.Front:
			set = "on the front"
		}
		sets[set] = append(sets[set], at)
		if p.Front {
			if n := len(front); n > 0 { // a step: for what lies between, the cheaper one is the best there is
				front = append(front, plotter.XY{X: at.X, Y: front[n-1].Y})
			}
			front = append(front, at)
		}
	}
	f.latencyAxis(&f.plot.Y, low, high)
	if len(front) > 1 {
		line, err := plotter.NewLine(front)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = palette[0], 1.5
		f.plot.Add(line)
	}
	for _, s := range []struct {
		name  string
		style draw.GlyphStyle
	}{
		{"on the front", draw.GlyphStyle{Color: palette[0], Radius: 4.5, Shape: draw.CircleGlyph{}}},
		{"other points", draw.GlyphStyle{Color: palette[6], Radius: 2.5, Shape: draw.CircleGlyph{}}},
		{"misses an objective", draw.GlyphStyle{Color: palette[1], Radius: 3.5, Shape: draw.RingGlyph{}}},
	} {
		if len(sets[s.name]) == 0 {
			continue
		}
		dots, err := plotter.NewScatter(sets[s.name])
		if err != nil {
			return nil, err
		}
		dots.GlyphStyle = s.style
		f.plot.Add(dots)
		f.name(s.name, dots)
	}
	if err := f.nameFront(of, points); err != nil {
		return nil, err
	}
	f.plot.X.Label.Text = "cost a month"
	f.unit("p99")
	f.plot.X.Min, f.plot.X.Max = 0, max(dear*1.15, 1e-9)
	f.plot.X.Tick.Marker = ticks125{formatOf("USD")}
	return f, nil
}

// frontNamed is how many points of a front are named.
const frontNamed = 14

// nameFront numbers the points of the front, as many as can be read, and names them below the figure.
func (f *Figure) nameFront(of string, points []FrontPoint) error {
	front := 0
	for _, p := range points {
		if p.Front {
			front++
		}
	}
	step, number := (front+frontNamed-1)/frontNamed, 0
	var names []string
	for _, p := range points {
		if !p.Front {
			continue
		}
		if number++; (number-1)%step != 0 {
			continue
		}
		l, err := label(p.Cost, p.Value, fmt.Sprint(number), 11, ink)
		if err != nil {
			return err
		}
		l.Offset = vg.Point{X: 4, Y: 8}
		f.plot.Add(l)
		names = append(names, fmt.Sprintf("%d: %s", number, p.Name))
	}
	f.note("%s: %s.", of, strings.Join(names, "; "))
	return nil
}
