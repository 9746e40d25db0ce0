// Package chart draws the figures of a result folder: legible on a slide, safe for the colour-blind, with units.
package chart

import (
	"image/color"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The measures of the house: a slide of 16 to 9, with the same margins in every figure.
const (
	slideWidth  = 24 * vg.Centimeter
	slideHeight = 13.5 * vg.Centimeter
	margin      = 12 // points
	leftEdge    = 66 // points: where the time axis of each figure begins
	rightEdge   = 30 // points: what lies to the right of it
)

// palette is the colours of Okabe and Ito (2008) that stand out on white, in an order that keeps neighbours apart.
var palette = []color.RGBA{
	{0x00, 0x72, 0xb2, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff},
	{0xe6, 0x9f, 0x00, 0xff}, {0x56, 0xb4, 0xe9, 0xff}, {0x55, 0x55, 0x55, 0xff},
}

var dashes = [][]vg.Length{nil, {6, 3}, {2, 2}, {8, 3, 2, 3}}

var (
	ink    = color.RGBA{0x22, 0x22, 0x22, 0xff}
	quiet  = color.RGBA{0x66, 0x66, 0x66, 0xff} // of what is said by the way
	gridly = color.RGBA{0xe4, 0xe4, 0xe4, 0xff}
	alert  = color.RGBA{0xb2, 0x18, 0x2b, 0xff}
)

func colour(i int) color.RGBA { return palette[i%len(palette)] }

// strokes are the dashes of the i-th line: solid until the colours are used up.
func strokes(i int) []vg.Length { return dashes[i/len(palette)%len(dashes)] }

func faint(c color.RGBA) color.NRGBA { return color.NRGBA{c.R, c.G, c.B, 0x40} }

func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// written is the style of text that begins at its point and lies on it.
func written(size vg.Length, c color.Color) draw.TextStyle {
	return draw.TextStyle{Color: c, Font: sans(size), Handler: plot.DefaultTextHandler, XAlign: draw.XLeft,
		YAlign: draw.YBottom}
}

// bold is written with bold letters.
func bold(size vg.Length, c color.Color) draw.TextStyle {
	s := written(size, c)
	s.Font.Weight = 3 // WeightBold of golang.org/x/image/font
	return s
}

// wrapped breaks text into lines of a width.
func wrapped(style draw.TextStyle, s string, width vg.Length) (lines []string) {
	line := ""
	for _, word := range strings.Fields(s) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && style.Width(longer) > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	return append(lines, line)
}

// textOn returns black or white, whichever reads better on a colour.
func textOn(c color.RGBA) color.Color {
	if 0.299*float64(c.R)+0.587*float64(c.G)+0.114*float64(c.B) > 140 {
		return color.Black
	}
	return color.White
}
