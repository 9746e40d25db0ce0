package chart

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// PercentileCurve is the latencies of one path: at each share of the messages the latency that they stay within, with
// its interval over replications. From Thin on, fewer than ten messages lie beyond.
type PercentileCurve struct {
	Name             string
	Shares           []float64 // ascending, below 1
	Value, Low, High []float64 // seconds; Low and High may be NaN
	Thin             float64
}

// nines is the position of a share on the axis of nines: 0 at 0, 1 at 90 %, 2 at 99 %.
func nines(share float64) float64 { return -math.Log10(1 - share) }

// Percentiles draws latency against the share of messages that stay within it, on an axis of nines.
func Percentiles(curves []PercentileCurve) (*Figure, error) {
	f := newFigure("latency_percentiles", "Latency by percentile",
		"Latency from birth to the end of the work, against the share of messages that stay within it. "+
			"Bands are 95 % intervals over replications; thin dashes mark percentiles with fewer than ten messages beyond.")
	f.grid()
	low, high := math.Inf(1), 0.0
	for i, c := range curves {
		var solid, thin, band plotter.XYs
		for k, share := range c.Shares {
			v := c.Value[k]
			if math.IsNaN(v) || v <= 0 || share < 0.5 {
				continue
			}
			low, high = min(low, v), max(high, v)
			at := plotter.XY{X: nines(share), Y: v}
			if share <= c.Thin {
				solid = append(solid, at)
			}
			if share >= c.Thin || k+1 < len(c.Shares) && c.Shares[k+1] > c.Thin {
				thin = append(thin, at)
			}
			if !math.IsNaN(c.Low[k]) {
				band = append(band, plotter.XY{X: at.X, Y: max(c.Low[k], v/10)})
			}
		}
		for k := len(c.Shares) - 1; k >= 0; k-- {
			if !math.IsNaN(c.High[k]) && c.Value[k] > 0 && c.Shares[k] >= 0.5 {
				band = append(band, plotter.XY{X: nines(c.Shares[k]), Y: max(c.High[k], c.Value[k])})
				high = max(high, c.High[k])
			}
		}
		if err := f.curve(i, c.Name, solid, thin, band); err != nil {
			return nil, err
		}
	}
	f.plot.X.Label.Text = "share of messages"
	f.plot.Y.Label.Text = "latency"
	f.plot.X.Tick.Marker = plot.ConstantTicks{
		{Value: nines(0.5), Label: "50 %"}, {Value: 1, Label: "90 %"}, {Value: 2, Label: "99 %"},
		{Value: 3, Label: "99.9 %"}, {Value: 4, Label: "99.99 %"}, {Value: 5, Label: "99.999 %"},
		{Value: 6, Label: "99.9999 %"},
	}
	f.plot.X.Min = nines(0.5)
	f.latencyAxis(&f.plot.Y, low, high)
	return f, nil
}

// curve adds a line, its uncertain end and its band.
func (f *Figure) curve(i int, name string, solid, thin, band plotter.XYs) error {
	if len(band) > 2 {
		area, err := plotter.NewPolygon(band)
		if err != nil {
			return err
		}
		area.Color, area.LineStyle.Width = faint(colour(i)), 0
		f.plot.Add(area)
	}
	if len(solid) > 0 {
		line, err := plotter.NewLine(solid)
		if err != nil {
			return err
		}
		line.Color, line.Width, line.Dashes = colour(i), 2, dashes[i%len(dashes)]
		f.plot.Add(line)
		f.name(name, line)
	}
	if len(thin) > 1 {
		line, err := plotter.NewLine(thin)
		if err != nil {
			return err
		}
		line.Color, line.Width, line.Dashes = colour(i), 1, []vg.Length{1, 3}
		f.plot.Add(line)
	}
	return nil
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
