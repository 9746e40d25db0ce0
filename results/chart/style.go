// Package chart draws the figures of a result folder: legible on a slide, safe for the colour-blind, with units.
package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"io"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Figure is a picture that can be written as SVG or PNG.
type Figure struct {
	Name        string // of its file
	Title       string
	Description string // what it shows, for those who cannot see it
	plot        *plot.Plot
	legend      *plot.Legend
	named       bool // the legend holds something
	width       vg.Length
	height      vg.Length
}

// palette is the colours of Okabe and Ito (2008) that stand out on white, in an order that keeps neighbours apart.
var palette = []color.RGBA{
	{0x00, 0x72, 0xb2, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff},
	{0xe6, 0x9f, 0x00, 0xff}, {0x56, 0xb4, 0xe9, 0xff}, {0x55, 0x55, 0x55, 0xff},
}

var dashes = [][]vg.Length{nil, {6, 3}, {2, 2}, {8, 3, 2, 3}}

func colour(i int) color.RGBA { return palette[i%len(palette)] }

func faint(c color.RGBA) color.NRGBA { return color.NRGBA{c.R, c.G, c.B, 0x40} }

var ink = color.RGBA{0x22, 0x22, 0x22, 0xff}

func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

func newFigure(name, title, description string) *Figure {
	p := plot.New()
	f := &Figure{Name: name, Title: title, Description: description, plot: p, width: 20 * vg.Centimeter,
		height: 11 * vg.Centimeter}
	p.Title.Text = title
	p.Title.TextStyle.Font = sans(13)
	p.Title.Padding = 8
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font = sans(11)
		a.Tick.Label.Font = sans(10)
		a.Color, a.Label.TextStyle.Color, a.Tick.Label.Color, a.Tick.Color = ink, ink, ink, ink
		a.Label.Padding = 5
	}
	legend := plot.NewLegend()
	legend.TextStyle.Font = sans(10)
	legend.Top, legend.Left = true, true
	legend.Padding, legend.ThumbnailWidth = 3, 22
	f.legend = &legend
	return f
}

// SetTitle gives the figure another title.
func (f *Figure) SetTitle(title string) { f.Title, f.plot.Title.Text = title, title }

// grid puts faint lines behind the figure.
func (f *Figure) grid() {
	g := plotter.NewGrid()
	g.Vertical.Color, g.Horizontal.Color = color.Gray{0xe4}, color.Gray{0xe4}
	f.plot.Add(g)
}

func (f *Figure) draw(c draw.Canvas) {
	const legendWidth = 5.6 * vg.Centimeter
	right := draw.Crop(c, 0.35*vg.Centimeter, -0.5*vg.Centimeter, 0.3*vg.Centimeter, -0.25*vg.Centimeter)
	if f.named {
		right = draw.Crop(c, 0.35*vg.Centimeter, -legendWidth, 0.3*vg.Centimeter, -0.25*vg.Centimeter)
		f.legend.Draw(draw.Crop(c, f.width-legendWidth+0.2*vg.Centimeter, 0, 0, -1.1*vg.Centimeter))
	}
	f.plot.Draw(right)
}

// name puts an entry into the legend.
func (f *Figure) name(s string, thumbs ...plot.Thumbnailer) {
	f.named = true
	const longest = 26
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest-1]) + "…"
	}
	f.legend.Add(s, thumbs...)
}

// WriteSVG writes the figure with a title and a description for screen readers.
func (f *Figure) WriteSVG(w io.Writer) error {
	c := vgsvg.NewWith(vgsvg.UseWH(f.width, f.height))
	f.draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return err
	}
	svg := strings.ReplaceAll(b.String(), "Liberation Sans", "Liberation Sans, Arial, Helvetica, sans-serif")
	at := strings.Index(svg, "<svg")
	end := at + strings.IndexByte(svg[at:], '>')
	head := fmt.Sprintf(` role="img" aria-label="%s">`+"\n<title>%s</title>\n<desc>%s</desc>", escape(f.Title),
		escape(f.Title),
		escape(f.Description))
	_, err := io.WriteString(w, svg[:end]+head+svg[end+1:])
	return err
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer does not fail
	return b.String()
}

// WritePNG writes the figure at 160 dots an inch.
func (f *Figure) WritePNG(w io.Writer) error {
	c := vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(160))
	f.draw(draw.New(c))
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return err
}

// timeTicks puts ticks at round times of a run, in the unit that suits its length.
func timeTicks(end float64) (unit string, scale float64) {
	switch {
	case end > 3*86400:
		return "days", 86400
	case end > 3*3600:
		return "hours", 3600
	case end > 3*60:
		return "minutes", 60
	case end > 2:
		return "seconds", 1
	}
	return "milliseconds", 1e-3
}

// compact writes a count with thousands as k and millions as M.
func compact(v float64) string {
	switch {
	case v >= 1e9:
		return fmt.Sprintf("%.3gG", v/1e9)
	case v >= 1e6:
		return fmt.Sprintf("%.3gM", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.3gk", v/1e3)
	}
	return fmt.Sprintf("%.3g", v)
}

func plain(v float64) string {
	s := fmt.Sprintf("%.6g", v)
	if v >= 10000 && v < 1e15 && v == math.Trunc(v) {
		s = fmt.Sprintf("%.0f", v)
		for i := len(s) - 3; i > 0; i -= 3 {
			s = s[:i] + "," + s[i:]
		}
	}
	return s
}

// seconds writes a length of time with the unit that suits it.
func seconds(v float64) string {
	switch a := math.Abs(v); {
	case a == 0:
		return "0"
	case a < 1e-3:
		return fmt.Sprintf("%.3g µs", v*1e6)
	case a < 1:
		return fmt.Sprintf("%.3g ms", v*1e3)
	case a < 120 && a != 60:
		return fmt.Sprintf("%.3g s", v)
	case a < 7200 && a != 3600:
		return fmt.Sprintf("%.3g min", v/60)
	case a < 172800 && a != 86400:
		return fmt.Sprintf("%.3g h", v/3600)
	}
	return fmt.Sprintf("%.3g d", v/86400)
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

// sized writes a number of bytes with the unit that suits it.
func sized(v float64) string {
	switch {
	case v >= 1<<20:
		return fmt.Sprintf("%.4g MiB", v/(1<<20))
	case v >= 1<<10:
		return fmt.Sprintf("%.4g KiB", v/(1<<10))
	}
	return fmt.Sprintf("%.4g B", v)
}
