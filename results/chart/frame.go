package chart

import (
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The lines of what stands around a figure, points.
const (
	titleLine = 18
	keyLine   = 17
	noteLine  = 13
	keyThumb  = 22
	keyGap    = 16
	keyMost   = 60 // letters of a name in the legend
)

var (
	titleStyle = bold(15, ink)
	keyStyle   = written(12, ink)
	noteStyle  = written(10.5, quiet)
)

// fit makes the figure as high as it must be, where its body has a height of its own.
func (f *Figure) fit() {
	if f.body > 0 {
		f.height = f.above() + f.body + f.below()
	}
}

// lines breaks text to the width of the figure.
func (f *Figure) lines(style draw.TextStyle, s string) []string {
	return wrapped(style, s, f.width-2*margin)
}

// above is how high title and legend are.
func (f *Figure) above() vg.Length {
	high := margin + titleLine*vg.Length(len(f.lines(titleStyle, f.Title))) + 4
	if places := f.keyPlaces(); len(places) > 0 {
		high += places[len(places)-1].Y + keyLine + 4
	}
	return high
}

// below is how high the notes are.
func (f *Figure) below() vg.Length {
	high := vg.Length(margin)
	for _, n := range f.Notes {
		high += noteLine * vg.Length(len(f.lines(noteStyle, n)))
	}
	return high
}

func (f *Figure) drawTitle(c draw.Canvas) {
	for i, line := range f.lines(titleStyle, f.Title) {
		c.FillText(titleStyle, vg.Point{X: c.Min.X + margin, Y: c.Max.Y - margin - titleLine*vg.Length(i+1)}, line)
	}
}

// keyPlaces returns where the entries of the legend begin, in as many rows as they need: from its left end, and down.
func (f *Figure) keyPlaces() (places []vg.Point) {
	var at vg.Point
	for _, k := range f.keys {
		width := keyThumb + 5 + keyStyle.Width(shorten(k.name, keyMost))
		if at.X > 0 && at.X+width > f.width-2*margin {
			at = vg.Point{Y: at.Y + keyLine}
		}
		places = append(places, at)
		at.X += width + keyGap
	}
	return places
}

// drawKeys writes the legend.
func (f *Figure) drawKeys(c draw.Canvas) {
	top := c.Max.Y - margin - titleLine*vg.Length(len(f.lines(titleStyle, f.Title))) - 4
	for i, at := range f.keyPlaces() {
		k := f.keys[i]
		x, y := c.Min.X+margin+at.X, top-keyLine-at.Y
		attributes := ""
		if k.series != noSeries {
			attributes = fmt.Sprintf(` class="key" data-k="%d"`, k.series)
		}
		within(c, attributes, "", func() {
			icon := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
				Min: vg.Point{X: x, Y: y + 1}, Max: vg.Point{X: x + keyThumb, Y: y + 12}}}
			for _, t := range k.thumbs {
				t.Thumbnail(&icon)
			}
			c.FillText(keyStyle, vg.Point{X: x + keyThumb + 5, Y: y}, shorten(k.name, keyMost))
		})
	}
}

// drawNotes writes the notes at the lower edge.
func (f *Figure) drawNotes(c draw.Canvas) {
	y := c.Min.Y + f.below() - 4
	for _, n := range f.Notes {
		for _, line := range f.lines(noteStyle, n) {
			y -= noteLine
			c.FillText(noteStyle, vg.Point{X: c.Min.X + margin, Y: y}, line)
		}
	}
}
