package chart

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// PercentileCurve is the latencies of one path: at each share of the messages the latency that they stay within, with
// its interval over replications. From Thin on, fewer than ten messages lie beyond.
type PercentileCurve struct {
	Name             string
	Shares           []float64 // ascending, below 1
	Value, Low, High []float64 // seconds; Low and High may be NaN
	Thin             float64
	// Marks are the latencies of the percentiles that are told in the tables, by their shares.
	Marks []PercentileMark
}

// PercentileMark is one percentile that stands in the tables.
type PercentileMark struct{ Share, Seconds float64 }

// PercentileGoal is what a percentile of a path should stay below.
type PercentileGoal struct {
	Name           string
	Share, Seconds float64
}

// nines is the position of a share on the axis of nines: 0 at 0, 1 at 90 %, 2 at 99 %.
func nines(share float64) float64 { return -math.Log10(1 - share) }

// Percentiles draws latency against the share of messages that stay within it, on an axis of nines.
func Percentiles(curves []PercentileCurve, goals ...PercentileGoal) (*Figure, error) {
	f := newFigure("latency_percentiles", "Latency by percentile",
		"Latency from birth to the end of the work, against the share of messages that stay within it. Discs: the percentiles "+
			"of the table. Bands: 95 % intervals over replications. Dotted lines: percentiles with fewer than ten messages beyond.")
	f.grid()
	low, high, furthest := math.Inf(1), 0.0, nines(0.5)
	for i := range curves {
		c := &curves[i]
		k := c.curve(i)
		f.curve(k)
		for n, share := range c.Shares {
			if v := c.Value[n]; share >= 0.5 && v > 0 {
				low, high, furthest = min(low, v), max(high, v), max(furthest, nines(share))
				if !math.IsNaN(c.High[n]) {
					high = max(high, c.High[n])
				}
			}
		}
		f.plot.Add(dots{c.Marks, k.RGBA, len(curves) <= 2})
	}
	for _, g := range goals {
		low, high = min(low, g.Seconds), max(high, g.Seconds)
		f.plot.Add(goal(g))
		f.name(g.Name, goalStroke)
	}
	f.plot.X.Label.Text = "share of messages"
	f.plot.X.Tick.Marker = plot.ConstantTicks{
		{Value: nines(0.5), Label: "50 %"}, {Value: nines(0.75), Label: "75 %"}, {Value: 1, Label: "90 %"},
		{Value: nines(0.95), Label: "95 %"}, {Value: 2, Label: "99 %"},
		{Value: 3, Label: "99.9 %"}, {Value: 4, Label: "99.99 %"}, {Value: 5, Label: "99.999 %"},
		{Value: 6, Label: "99.9999 %"},
	}
	f.plot.X.Min, f.plot.X.Max = nines(0.5), max(furthest, 2)
	f.aligned = true
	f.panels[0].hover, f.panels[0].share = "s", true
	f.unit("latency")
	f.latencyAxis(&f.plot.Y, low, high)
	return f, nil
}

// curve makes the line, its uncertain end and its band, from the median on.
func (c *PercentileCurve) curve(number int) *curve {
	k := &curve{number: number, name: c.Name, stroke: stroke{colour(number), 2, strokes(number)}}
	var solid, thin, band plotter.XYs
	for n, share := range c.Shares {
		v := c.Value[n]
		if math.IsNaN(v) || v <= 0 || share < 0.5 {
			continue
		}
		at := plotter.XY{X: nines(share), Y: v}
		if share <= c.Thin {
			solid = append(solid, at)
		}
		if share >= c.Thin || n+1 < len(c.Shares) && c.Shares[n+1] > c.Thin {
			thin = append(thin, at)
		}
		if !math.IsNaN(c.Low[n]) {
			band = append(band, plotter.XY{X: at.X, Y: max(c.Low[n], v/10)})
		}
	}
	for n := len(c.Shares) - 1; n >= 0; n-- {
		if !math.IsNaN(c.High[n]) && c.Value[n] > 0 && c.Shares[n] >= 0.5 {
			band = append(band, plotter.XY{X: nines(c.Shares[n]), Y: max(c.High[n], c.Value[n])})
		}
	}
	if len(solid) > 0 {
		k.solid = []plotter.XYs{solid}
	}
	if len(thin) > 1 {
		k.thin = []plotter.XYs{thin}
	}
	if len(band) > 2 {
		k.band = []plotter.XYs{band}
	}
	return k
}

// dots marks the percentiles of the table on a curve.
type dots struct {
	marks []PercentileMark
	color interface{ RGBA() (r, g, b, a uint32) }
	named bool // with their values
}

// Plot draws the dots.
func (d dots) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	free := c.Min.X // from where on there is room for a value
	for _, m := range d.marks {
		at := vg.Point{X: x(nines(m.Share)), Y: y(m.Seconds)}
		if !(m.Seconds > 0) || at.X > c.Max.X+1 || at.Y < c.Min.Y || at.Y > c.Max.Y {
			continue
		}
		style := written(11, ink)
		style.XAlign = draw.XRight
		within(c, "", percent(m.Share)+": "+seconds(m.Seconds), func() {
			c.DrawGlyph(draw.GlyphStyle{Color: d.color, Radius: 3.2, Shape: draw.CircleGlyph{}}, at)
			if text := seconds(m.Seconds); d.named && at.X-4-style.Width(text) >= free {
				c.FillText(style, vg.Point{X: at.X - 4, Y: at.Y + 4}, text)
				free = at.X
			}
		})
	}
}

// goalStroke is how objectives are drawn.
var goalStroke = stroke{RGBA: alert, width: 1.4, dashes: []vg.Length{5, 3}}

// goal draws what a percentile should stay below: from the left up to the percentile.
type goal PercentileGoal

// Plot draws the line, and a foot under its end.
func (g goal) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := vg.Point{X: min(x(nines(g.Share)), c.Max.X), Y: y(g.Seconds)}
	style := goalStroke.style()
	c.StrokeLine2(style, c.Min.X, at.Y, at.X, at.Y)
	c.StrokeLine2(style, at.X, at.Y, at.X, c.Min.Y)
}

// latencyAxis makes an axis of lengths of time: logarithmic when they range over more than a factor of twenty.
func (f *Figure) latencyAxis(a *plot.Axis, low, high float64) {
	if !(low > 0) || math.IsInf(low, 0) || high <= 0 {
		a.Min, a.Max = 0, 1
		return
	}
	if high/low > 20 {
		a.Scale, a.Tick.Marker = plot.LogScale{}, logSecondTicks{}
		a.Min, a.Max = low/1.2, high*1.3
		return
	}
	a.Tick.Marker = secondTicks{seconds}
	a.Min, a.Max = 0, high*1.1
}
