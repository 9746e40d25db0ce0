package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Design draws the components of a design and the ways of messages between them, with what went there.
func Design(title, description string, nodes []Node, edges []Edge, notes []string) (*Figure, error) {
	f := newFigure("design", title, description)
	f.Notes = notes
	l := place(nodes, edges)
	low, high := l.bounds()
	below := 0.0 // room for the ways back
	for i := range edges {
		if l.ways[i] == nil {
			below = 46
		}
	}
	width := float64(len(l.layers))*(nodeWidth+layerGap) - layerGap
	f.width = max(slideWidth*0.75, vg.Length(width)+2*margin)
	f.body = vg.Length(high-low+below) + 20
	f.name("messages", stroke{RGBA: quiet, width: 1.5})
	f.name("calls, copies and the like", stroke{RGBA: quiet, width: 1.3, dashes: []vg.Length{4, 3}})
	f.name("dead letters", stroke{RGBA: palette[1], width: 1.3, dashes: []vg.Length{4, 3}})
	f.paint = func(c draw.Canvas) {
		left := c.Min.X + (c.Max.X-c.Min.X-vg.Length(width))/2
		d := drawing{layout: l, c: c, left: left, top: c.Max.Y - 8 + vg.Length(low)}
		for i := range edges {
			d.edge(i)
		}
		for i := range nodes {
			d.node(i)
		}
		for i := range edges {
			d.caption(i)
		}
	}
	return f, nil
}

// drawing draws a layout with its upper left corner at a point.
type drawing struct {
	*layout
	c         draw.Canvas
	left, top vg.Length
}

// at returns the left edge of a site's layer and the height of its middle.
func (d *drawing) at(s int) vg.Point {
	right := vg.Length(float64(d.sites[s].layer) * (nodeWidth + layerGap))
	return vg.Point{X: d.left + right, Y: d.top - vg.Length(d.sites[s].y)}
}

func (d *drawing) stroke(i int) stroke {
	s := stroke{RGBA: quiet, width: 1.5}
	if d.edges[i].Dashed {
		s.width, s.dashes = 1.3, []vg.Length{4, 3}
	}
	if d.edges[i].Alert {
		s.RGBA = palette[1]
	}
	return s
}

// edge draws the way of an edge, and an arrow at its end.
func (d *drawing) edge(i int) {
	e, s := d.edges[i], d.stroke(i)
	d.c.SetLineStyle(s.style())
	var path vg.Path
	if d.ways[i] == nil { // it leads back: below all, or round the node itself
		from, to := d.at(e.From), d.at(e.To)
		from.X += nodeWidth * 0.6
		to.X += nodeWidth * 0.4
		from.Y -= vg.Length(d.sites[e.From].height / 2)
		to.Y -= vg.Length(d.sites[e.To].height / 2)
		deep := min(from.Y, to.Y) - 44
		path.Move(from)
		path.CubeTo(vg.Point{X: from.X, Y: deep}, vg.Point{X: to.X, Y: deep}, vg.Point{X: to.X, Y: to.Y - 6})
		d.c.Stroke(path)
		d.c.FillPolygon(s.RGBA, []vg.Point{to, {X: to.X - 3.5, Y: to.Y - 8}, {X: to.X + 3.5, Y: to.Y - 8}})
		return
	}
	way := d.ways[i]
	at := d.at(way[0])
	at.X += nodeWidth
	path.Move(at)
	for k, s := range way[1:] {
		next := d.at(s)
		if k == len(way)-2 {
			next.X -= 6 // for the arrow
		}
		half := (next.X - at.X) / 2
		path.CubeTo(vg.Point{X: at.X + half, Y: at.Y}, vg.Point{X: next.X - half, Y: next.Y}, next)
		at = next
		if k < len(way)-2 {
			at.X += nodeWidth
			path.Line(at)
		}
	}
	d.c.Stroke(path)
	d.c.FillPolygon(s.RGBA, []vg.Point{{X: at.X + 6, Y: at.Y}, {X: at.X - 2, Y: at.Y + 3.5}, {X: at.X - 2, Y: at.Y - 3.5}})
}

// caption writes what goes the way of an edge, in the gap before its end.
func (d *drawing) caption(i int) {
	e := d.edges[i]
	if e.Text == "" {
		return
	}
	style := written(10.5, ink)
	style.XAlign, style.YAlign = draw.XCenter, draw.YCenter
	var at vg.Point
	if way := d.ways[i]; way != nil {
		from, to := d.at(way[len(way)-2]), d.at(way[len(way)-1])
		at = vg.Point{X: to.X - layerGap/2, Y: (from.Y + to.Y) / 2}
	} else {
		from, to := d.at(e.From), d.at(e.To)
		low := min(from.Y-vg.Length(d.sites[e.From].height/2), to.Y-vg.Length(d.sites[e.To].height/2))
		at = vg.Point{X: (from.X + to.X + nodeWidth) / 2, Y: low - 33}
	}
	half := vg.Point{X: style.Width(e.Text)/2 + 2, Y: 7}
	onPaper(d.c, at.Sub(half), at.Add(half))
	d.c.FillText(style, at, e.Text)
}

// busy is from which share of its capacity on a node is drawn as one at its limit.
const busy = 0.9

// node draws a component: its name, its kind, its figures, and a bar for how much of its capacity is used.
func (d *drawing) node(i int) {
	n := d.nodes[i]
	half := vg.Length(d.sites[i].height / 2)
	at := d.at(i)
	low, high := vg.Point{X: at.X, Y: at.Y - half}, vg.Point{X: at.X + nodeWidth, Y: at.Y + half}
	edge := palette[0]
	switch {
	case n.Alert != "" || n.Load >= busy:
		edge = palette[1]
	case n.Source:
		edge = palette[2]
	}
	tip := n.Title + ", " + n.Kind
	for _, line := range n.Lines {
		tip += "; " + line
	}
	within(d.c, "", tip, func() {
		within(d.c, ` class="card"`, "", func() { fill{RGBA: color.RGBA{0xf6, 0xf8, 0xfa, 0xff}}.paint(d.c, low, high) })
		fill{RGBA: edge}.paint(d.c, low, vg.Point{X: low.X + 4, Y: high.Y})
		d.c.StrokeLines(draw.LineStyle{Color: edge, Width: 1}, []vg.Point{low, {X: high.X, Y: low.Y}, high,
			{X: low.X, Y: high.Y}, low})
		write := func(style draw.TextStyle, down vg.Length, s string) {
			for r := []rune(s); style.Width(s) > nodeWidth-16 && len(r) > 2; { // as much as fits
				r = r[:len(r)-1]
				s = string(r[:len(r)-1]) + "…"
			}
			d.c.FillText(style, vg.Point{X: low.X + 10, Y: high.Y - down}, s)
		}
		write(bold(11.5, ink), 15, n.Title)
		write(written(9.5, quiet), 27, n.Kind)
		down := vg.Length(nodeHead + 6)
		for _, line := range n.Lines {
			write(written(10, ink), down, line)
			down += nodeLine
		}
		if n.Alert != "" {
			write(bold(10, palette[1]), down, n.Alert)
		}
		if !math.IsNaN(n.Load) {
			used := vg.Length(min(max(n.Load, 0), 1)) * (nodeWidth - 4)
			if n.Peak > n.Load {
				most := vg.Length(min(n.Peak, 1)) * (nodeWidth - 4)
				from, to := vg.Point{X: low.X + 4 + used, Y: low.Y}, vg.Point{X: low.X + 4 + most, Y: low.Y + 3}
				fill{RGBA: tint(edge, 0.45)}.paint(d.c, from, to)
			}
			fill{RGBA: edge}.paint(d.c, vg.Point{X: low.X + 4, Y: low.Y}, vg.Point{X: low.X + 4 + used, Y: low.Y + 3})
		}
	})
}
