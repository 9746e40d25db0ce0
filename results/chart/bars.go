package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// swatch is a block of colour in the legend.
type swatch struct{ fill color.Color }

// Thumbnail draws the block.
func (s swatch) Thumbnail(c *draw.Canvas) {
	c.FillPolygon(s.fill, []vg.Point{
		{X: c.Min.X, Y: c.Min.Y}, {X: c.Max.X, Y: c.Min.Y}, {X: c.Max.X, Y: c.Max.Y}, {X: c.Min.X, Y: c.Max.Y},
	})
}

// Item is one line of a ledger or a bill.
type Item struct {
	Name  string
	Value float64
	Text  string // the value as it is written beside
	Bad   bool   // something that went wrong
}

// items names the lines, in so many characters at the most.
func (f *Figure) items(items []Item, longest int) {
	names := make([]plot.Tick, len(items))
	for i, it := range items {
		names[i] = plot.Tick{Value: float64(len(items) - 1 - i), Label: shorten(it.Name, longest)}
	}
	f.height = vg.Length(3.2+0.85*float64(len(items))) * vg.Centimeter
	f.plot.Y.Min, f.plot.Y.Max = -0.7, float64(len(items))-0.3
	f.plot.Y.Tick.Marker = plot.ConstantTicks(names)
}

func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most/2]) + "…" + string(r[len(r)-most/2+1:])
	}
	return s
}

// Ledger draws where the messages ended. Counts range from a few dead letters to millions processed, so each is a dot
// on a logarithmic axis: its place tells the count, and no length is compared.
func Ledger(sender string, items []Item) (*Figure, error) {
	f := newFigure("ledger", "Where the messages of "+sender+" ended",
		"Messages by where they ended or are at the end of the run, each a dot on a logarithmic axis with its count and share.")
	var shown []Item
	most := 1.0
	for _, it := range items {
		if it.Value > 0 {
			shown = append(shown, it)
			most = max(most, it.Value)
		}
	}
	f.items(shown, 44)
	f.grid()
	least := 1.0
	for _, it := range shown {
		least = min(least, it.Value)
	}
	least = math.Pow(10, math.Floor(math.Log10(least)))
	for i, it := range shown {
		y := float64(len(shown) - 1 - i)
		dot, err := plotter.NewScatter(plotter.XYs{{X: it.Value, Y: y}})
		if err != nil {
			return nil, err
		}
		dot.GlyphStyle = draw.GlyphStyle{Color: colour(0), Radius: 4.5, Shape: draw.CircleGlyph{}}
		if it.Bad {
			dot.GlyphStyle = draw.GlyphStyle{Color: colour(1), Radius: 5.5, Shape: draw.PyramidGlyph{}}
		}
		l, err := label(it.Value, y, "  "+it.Text, 10, ink)
		if err != nil {
			return nil, err
		}
		f.plot.Add(dot, l)
	}
	f.plot.X.Scale, f.plot.X.Tick.Marker = plot.LogScale{}, logTicks{compact}
	f.plot.X.Min, f.plot.X.Max = least/1.5, math.Pow(most/least, 1.35)*least*2
	f.plot.X.Label.Text = "messages per replication, logarithmic"
	return f, nil
}

// Cost draws a month's bill, line by line.
func Cost(items []Item, total string) (*Figure, error) {
	f := newFigure("cost", "Cost a month: "+total, "A month's bill at the load of the run, line by line, in USD.")
	f.items(items, 72)
	f.width = 26 * vg.Centimeter // for the names
	most := 0.0
	for i, it := range items {
		most = max(most, it.Value)
		y := float64(len(items) - 1 - i)
		box, err := plotter.NewPolygon(rectangle(0, it.Value, y-0.34, y+0.34))
		if err != nil {
			return nil, err
		}
		box.Color, box.LineStyle.Width = colour(0), 0
		l, err := label(it.Value, y, it.Text, 10, ink)
		if err != nil {
			return nil, err
		}
		f.plot.Add(box, l)
	}
	f.plot.X.Min, f.plot.X.Max, f.plot.X.Tick.Marker = 0, max(most, 0.01)*1.25, ticks125{plain}
	f.plot.X.Label.Text = "USD a month"
	return f, nil
}
