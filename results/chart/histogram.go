package chart

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// Bar is the messages between two latencies.
type Bar struct {
	From, To float64 // seconds
	Count    float64
}

// Mark is a vertical line at a latency.
type Mark struct {
	Name string
	At   float64 // seconds
}

// Histogram draws how the latencies of one path are distributed: the share of the messages in each of sixty bins that
// are equally wide on a logarithmic axis.
func Histogram(path string, bars []Bar, marks []Mark) (*Figure, error) {
	f := newFigure("latency_histogram", "Latency of "+path,
		"Share of messages by latency, in bins equally wide on a logarithmic axis; vertical lines mark percentiles.")
	f.grid()
	low, high, total := math.Inf(1), 0.0, 0.0
	for _, b := range bars {
		total += b.Count
		if b.To > 0 {
			low, high = min(low, max(b.From, b.To/2)), max(high, b.To)
		}
	}
	if total == 0 || high <= 0 {
		f.plot.X.Label.Text = "no message was processed"
		return f, nil
	}
	low, high = low/1.05, high*1.05
	const count = 60
	bins := make([]float64, count)
	for _, b := range bars {
		middle := max((b.From+b.To)/2, low)
		i := int(math.Log(middle/low) / math.Log(high/low) * count)
		bins[min(max(i, 0), count-1)] += b.Count / total * 100
	}
	edge := func(i int) float64 { return low * math.Pow(high/low, float64(i)/count) }
	top := 0.0
	for i, share := range bins {
		top = max(top, share)
		if share == 0 {
			continue
		}
		box, err := plotter.NewPolygon(plotter.XYs{{X: edge(i)}, {X: edge(i), Y: share}, {X: edge(i + 1), Y: share},
			{X: edge(i + 1)}})
		if err != nil {
			return nil, err
		}
		box.Color, box.LineStyle.Width = colour(5), 0
		f.plot.Add(box)
	}
	for i, m := range marks {
		if m.At <= 0 || math.IsNaN(m.At) {
			continue
		}
		line, err := plotter.NewLine(plotter.XYs{{X: m.At}, {X: m.At, Y: top * 1.08}})
		if err != nil {
			return nil, err
		}
		line.Color, line.Width, line.Dashes = ink, 1.2, dashes[i%len(dashes)]
		f.plot.Add(line)
		f.name(m.Name+"  "+seconds(m.At), line)
	}
	f.plot.X.Label.Text, f.plot.Y.Label.Text = "latency", "share of messages (%)"
	f.plot.X.Scale, f.plot.X.Tick.Marker = plot.LogScale{}, logSecondTicks{}
	f.plot.X.Min, f.plot.X.Max = low, high
	f.plot.Y.Min, f.plot.Y.Max, f.plot.Y.Tick.Marker = 0, top*1.1, ticks125{plain}
	return f, nil
}
