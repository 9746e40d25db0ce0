package chart

import (
	"fmt"
	"image/color"
	"image/png"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Figure is a picture that can be written as SVG or PNG.
type Figure struct {
	Name        string // of its file
	Title       string
	Description string   // what it shows, for those who cannot see it
	Notes       []string // what is left out or must be known, below the figure

	plot          *plot.Plot // of the last panel
	panels        []*panel
	keys          []key
	width, height vg.Length
	body          vg.Length // how high what lies between title and notes is, where that makes the height
	aligned       bool      // the axes begin and end where those of the other figures do
	paint         func(c draw.Canvas)
}

// panel is one pair of axes; those of a figure stand one below the other.
type panel struct {
	plot *plot.Plot
	unit string // of the vertical axis, written above it
	// hover says how a script reads values off the axes: the unit in which it writes them, or nothing.
	hover string
	// share says that the horizontal axis is one of nines; else it is one of time.
	share bool
}

// key is an entry of the legend: of the series with its number, or of none.
type key struct {
	name   string
	series int
	thumbs []plot.Thumbnailer
}

// noSeries is the number of an entry that cannot be hidden.
const noSeries = -1

// newFigure returns a figure with one panel.
func newFigure(name, title, description string) *Figure {
	f := &Figure{Name: name, Title: title, Description: description, width: slideWidth, height: slideHeight}
	f.panel("")
	return f
}

// readable is how many pixels a point must have on a page: the smallest letters have 9.5 points.
const readable = 1.15

// Least returns how many pixels wide a page must show a figure for its text to be read, or 0 where it has few small
// letters and is no wider than others.
func (f *Figure) Least() int {
	if f.fit(); f.width <= slideWidth && f.paint == nil {
		return 0
	}
	return int(readable * f.width.Points())
}

// SetTitle gives the figure another title.
func (f *Figure) SetTitle(title string) { f.Title = title }

// panel adds a pair of axes below those there are.
func (f *Figure) panel(unit string) *panel {
	p := plot.New()
	p.BackgroundColor = nil
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font = sans(12)
		a.Tick.Label.Font = sans(11.5)
		a.Color, a.Label.TextStyle.Color, a.Tick.Label.Color, a.Tick.Color = ink, ink, ink, ink
		a.Label.Padding, a.Padding = 5, 2
	}
	f.plot = p
	f.panels = append(f.panels, &panel{plot: p, unit: unit})
	return f.panels[len(f.panels)-1]
}

// unit names the unit of the vertical axis of the last panel.
func (f *Figure) unit(name string) { f.panels[len(f.panels)-1].unit = name }

// grid puts faint lines behind the last panel.
func (f *Figure) grid() {
	g := plotter.NewGrid()
	g.Vertical.Color, g.Horizontal.Color = gridly, gridly
	f.plot.Add(g)
}

// name puts an entry into the legend.
func (f *Figure) name(s string, thumbs ...plot.Thumbnailer) { f.nameSeries(noSeries, s, thumbs...) }

// nameSeries puts an entry into the legend that belongs to a series.
func (f *Figure) nameSeries(series int, s string, thumbs ...plot.Thumbnailer) {
	f.keys = append(f.keys, key{s, series, thumbs})
}

// note adds a note below the figure.
func (f *Figure) note(format string, args ...any) {
	f.Notes = append(f.Notes, fmt.Sprintf(format, args...))
}

func (f *Figure) draw(c draw.Canvas) {
	if svgOf(c) != nil { // a picture is white from the start
		within(c, ` class="paper"`, "", func() {
			c.FillPolygon(color.White, []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}})
		})
	}
	f.drawTitle(c)
	f.drawKeys(c)
	f.drawNotes(c)
	inner := draw.Crop(c, margin, -margin, f.below(), -f.above())
	if f.paint != nil {
		f.paint(inner)
		return
	}
	each := (inner.Max.Y - inner.Min.Y) / vg.Length(len(f.panels))
	for i, p := range f.panels {
		below := vg.Length(len(f.panels) - 1 - i)
		part := inner
		part.Min.Y, part.Max.Y = inner.Min.Y+each*below, inner.Min.Y+each*(below+1)
		p.draw(part, f.aligned)
	}
}

// draw draws the panel into its part of the figure.
func (p *panel) draw(c draw.Canvas, aligned bool) {
	if p.unit != "" {
		c.Max.Y -= 18
		c.FillText(written(11.5, quiet), vg.Point{X: c.Min.X, Y: c.Max.Y + 3}, p.unit)
	} else {
		c.Max.Y -= 6
	}
	if aligned {
		for range 2 { // what is cut off moves the ends a little
			data := p.plot.DataCanvas(c)
			c = draw.Crop(c, max(0, leftEdge-data.Min.X), min(0, slideWidth-rightEdge-data.Max.X), 0, 0)
		}
	}
	attributes := ""
	if p.hover != "" {
		data := p.plot.DataCanvas(c)
		attributes = p.axes(c, data)
	}
	within(c, attributes, "", func() { p.plot.Draw(c) })
}

// axes are the attributes of a panel's group by which a script turns places into values.
func (p *panel) axes(c, data draw.Canvas) string {
	svg := svgOf(c)
	if svg == nil {
		return ""
	}
	x0, y0 := svg.at(data.Min)
	x1, y1 := svg.at(data.Max)
	kind := "lin"
	if _, ok := p.plot.Y.Scale.(plot.LogScale); ok {
		kind = "log"
	}
	at := ""
	if p.share {
		at = ` data-at="share"`
	}
	return fmt.Sprintf(` class="panel" data-x="%s %s %g %g" data-y="%s %s %g %g" data-scale="%s" data-unit="%s"%s`,
		short(x0), short(x1), p.plot.X.Min, p.plot.X.Max, short(y0), short(y1), p.plot.Y.Min, p.plot.Y.Max, kind,
		escape(p.hover), at)
}

// WriteSVG writes the figure with a title and a description for screen readers.
func (f *Figure) WriteSVG(w io.Writer) error {
	f.fit()
	c := newSVG(f.width, f.height)
	f.draw(draw.New(c))
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" `+
		`font-family="Liberation Sans, Arial, Helvetica, sans-serif" role="img" aria-labelledby="%s-t %s-d">`+
		"\n<title id=\"%s-t\">%s</title>\n<desc id=\"%s-d\">%s</desc>\n%s</svg>\n",
		short(f.width.Points()), short(f.height.Points()), short(f.width.Points()), short(f.height.Points()),
		f.Name, f.Name, f.Name, escape(f.Title), f.Name, escape(f.Description), c.b.String())
	return err
}

// dpi is the resolution of PNG: a slide's figure is 1,512 points wide.
const dpi = 160

// WritePNG writes the figure as a picture.
func (f *Figure) WritePNG(w io.Writer) error {
	f.fit()
	c := vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(dpi))
	f.draw(draw.New(c))
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	return encoder.Encode(w, c.Image())
}
