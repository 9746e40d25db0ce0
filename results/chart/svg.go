package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// svgCanvas draws as SVG: short numbers, plain attributes that a style sheet may override, and groups that a script
// can find. Its origin is at the bottom left, as in all of gonum's; that of SVG is at the top left.
type svgCanvas struct {
	b     bytes.Buffer
	w, h  vg.Length
	stack []pen
}

// pen is how the canvas draws, and where.
type pen struct {
	color  color.Color
	width  vg.Length
	dashes []vg.Length
	turned float64    // radians
	matrix [6]float64 // a point x, y lies at m0·x + m2·y + m4, m1·x + m3·y + m5
}

func newSVG(w, h vg.Length) *svgCanvas {
	return &svgCanvas{w: w, h: h, stack: []pen{{color: color.Black, width: 1, matrix: [6]float64{1, 0, 0, 1, 0, 0}}}}
}

func (c *svgCanvas) pen() *pen { return &c.stack[len(c.stack)-1] }

// Size returns the width and height.
func (c *svgCanvas) Size() (w, h vg.Length) { return c.w, c.h }

// SetLineWidth sets the width of what is stroked next.
func (c *svgCanvas) SetLineWidth(w vg.Length) { c.pen().width = w }

// SetLineDash sets the dashes of what is stroked next; they begin where the line does.
func (c *svgCanvas) SetLineDash(dashes []vg.Length, _ vg.Length) { c.pen().dashes = dashes }

// SetColor sets the colour of what is drawn next.
func (c *svgCanvas) SetColor(to color.Color) {
	if to == nil {
		to = color.Black
	}
	c.pen().color = to
}

// Rotate turns what is drawn next, counter-clockwise.
func (c *svgCanvas) Rotate(rad float64) {
	s, k := math.Sincos(rad)
	c.pen().turned += rad
	c.transform([6]float64{k, s, -s, k, 0, 0})
}

// Translate moves what is drawn next.
func (c *svgCanvas) Translate(p vg.Point) {
	c.transform([6]float64{1, 0, 0, 1, p.X.Points(), p.Y.Points()})
}

// Scale stretches what is drawn next.
func (c *svgCanvas) Scale(x, y float64) { c.transform([6]float64{x, 0, 0, y, 0, 0}) }

func (c *svgCanvas) transform(n [6]float64) {
	m := c.pen().matrix
	c.pen().matrix = [6]float64{
		m[0]*n[0] + m[2]*n[1], m[1]*n[0] + m[3]*n[1], m[0]*n[2] + m[2]*n[3], m[1]*n[2] + m[3]*n[3],
		m[0]*n[4] + m[2]*n[5] + m[4], m[1]*n[4] + m[3]*n[5] + m[5],
	}
}

// Push keeps the way of drawing.
func (c *svgCanvas) Push() { c.stack = append(c.stack, *c.pen()) }

// Pop restores it.
func (c *svgCanvas) Pop() { c.stack = c.stack[:len(c.stack)-1] }

// at returns a point as SVG counts.
func (c *svgCanvas) at(p vg.Point) (x, y float64) {
	m := c.pen().matrix
	x = m[0]*p.X.Points() + m[2]*p.Y.Points() + m[4]
	y = m[1]*p.X.Points() + m[3]*p.Y.Points() + m[5]
	return x, c.h.Points() - y
}

// Stroke draws a line.
func (c *svgCanvas) Stroke(path vg.Path) {
	p := c.pen()
	if p.width <= 0 {
		return
	}
	c.b.WriteString(`<path d="` + c.data(path) + `" fill="none"`)
	c.paint("stroke", p.color)
	if p.width != 1 {
		c.b.WriteString(` stroke-width="` + short(p.width.Points()) + `"`)
	}
	if len(p.dashes) > 0 {
		c.b.WriteString(` stroke-dasharray="`)
		for i, d := range p.dashes {
			if i > 0 {
				c.b.WriteByte(' ')
			}
			c.b.WriteString(short(d.Points()))
		}
		c.b.WriteByte('"')
	}
	c.b.WriteString("/>\n")
}

// Fill fills an area.
func (c *svgCanvas) Fill(path vg.Path) {
	c.b.WriteString(`<path d="` + c.data(path) + `"`)
	c.paint("fill", c.pen().color)
	c.b.WriteString("/>\n")
}

// paint writes a colour and how much of what lies behind it shows.
func (c *svgCanvas) paint(attribute string, of color.Color) {
	n := color.NRGBAModel.Convert(of).(color.NRGBA)
	fmt.Fprintf(&c.b, ` %s="#%02x%02x%02x"`, attribute, n.R, n.G, n.B)
	if n.A != 0xff {
		c.b.WriteString(" " + attribute + `-opacity="` + strconv.FormatFloat(float64(n.A)/255, 'f', 2, 64) + `"`)
	}
}

// arcSteps is in how many straight pieces a full circle is drawn.
const arcSteps = 32

// data writes a path, without the points on a level stretch that change nothing.
func (c *svgCanvas) data(path vg.Path) string {
	var b strings.Builder
	point := func(command byte, p vg.Point) {
		x, y := c.at(p)
		if command != 0 {
			b.WriteByte(command)
		}
		b.WriteString(short(x) + " " + short(y))
	}
	for i, s := range path {
		switch s.Type {
		case vg.MoveComp:
			point('M', s.Pos)
		case vg.LineComp:
			if i > 0 && i+1 < len(path) && path[i+1].Type == vg.LineComp && s.Pos.Y == path[i-1].Pos.Y &&
				s.Pos.Y == path[i+1].Pos.Y && path[i-1].Type != vg.ArcComp {
				continue
			}
			point('L', s.Pos)
		case vg.ArcComp:
			for k := range arcSteps + 1 {
				sin, cos := math.Sincos(s.Start + s.Angle*float64(k)/arcSteps)
				command := byte('L')
				if i == 0 && k == 0 {
					command = 'M'
				}
				point(command, vg.Point{X: s.Pos.X + s.Radius*vg.Length(cos), Y: s.Pos.Y + s.Radius*vg.Length(sin)})
			}
		case vg.CurveComp:
			command := byte("QC"[min(len(s.Control), 2)-1])
			for _, p := range s.Control {
				point(command, p)
				command = ' '
			}
			point(' ', s.Pos)
		case vg.CloseComp:
			b.WriteByte('Z')
		}
	}
	return b.String()
}

// FillString writes text from a point on.
func (c *svgCanvas) FillString(face font.Face, p vg.Point, s string) {
	x, y := c.at(p)
	fmt.Fprintf(&c.b, `<text x="%s" y="%s" font-size="%s"`, short(x), short(y), short(face.Font.Size.Points()))
	if face.Font.Weight > 0 {
		c.b.WriteString(` font-weight="bold"`)
	}
	if t := c.pen().turned; t != 0 {
		fmt.Fprintf(&c.b, ` transform="rotate(%s %s %s)"`, short(-t*180/math.Pi), short(x), short(y))
	}
	c.paint("fill", c.pen().color)
	c.b.WriteString(">" + escape(s) + "</text>\n")
}

// DrawImage does nothing: no figure holds an image.
func (c *svgCanvas) DrawImage(vg.Rectangle, image.Image) {}

// short writes a length with a decimal at the most.
func short(v float64) string {
	v = math.Round(v*10)/10 + 0 // adding 0 turns −0 into 0
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer does not fail
	return b.String()
}

// svgOf returns the SVG that is drawn to, below whatever parts of it, or nil.
func svgOf(c vg.Canvas) *svgCanvas {
	for {
		switch inner := c.(type) {
		case *svgCanvas:
			return inner
		case draw.Canvas:
			c = inner.Canvas
		default:
			return nil
		}
	}
}

// within puts what is drawn into a group with attributes, and a text that is shown where the pointer rests on it. Other
// canvases than SVG have no groups.
func within(c draw.Canvas, attributes, tip string, paint func()) {
	svg := svgOf(c)
	if svg == nil {
		paint()
		return
	}
	svg.b.WriteString("<g" + attributes + ">")
	if tip != "" {
		svg.b.WriteString("<title>" + escape(tip) + "</title>")
	}
	paint()
	svg.b.WriteString("</g>\n")
}
