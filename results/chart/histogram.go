package chart

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
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

// histogramBins is how many bars a histogram has.
const histogramBins = 60

// Histogram draws how the latencies of one path are distributed: the share of the messages in each of sixty bins that
// are equally wide on a logarithmic axis.
func Histogram(path string, bars []Bar, marks []Mark) (*Figure, error) {
	f := newFigure("latency_histogram", "Latency of "+path+": share of messages by latency",
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
	bins := make([]float64, histogramBins)
	for _, b := range bars {
		middle := max((b.From+b.To)/2, low)
		i := int(math.Log(middle/low) / math.Log(high/low) * histogramBins)
		bins[min(max(i, 0), histogramBins-1)] += b.Count / total
	}
	edge := func(i int) float64 { return low * math.Pow(high/low, float64(i)/histogramBins) }
	top := 0.0
	for i, share := range bins {
		top = max(top, share)
		if share > 0 {
			f.plot.Add(&box{x0: edge(i), x1: edge(i + 1), y1: share, fill: fill{RGBA: colour(5)},
				tip: fmt.Sprintf("%s to %s: %s", seconds(edge(i)), seconds(edge(i+1)), percent(share))})
		}
	}
	var lines []upright
	for i, m := range marks {
		if m.At > 0 {
			lines = append(lines, upright{at: m.At, name: m.Name + " " + seconds(m.At), row: i})
		}
	}
	f.uprights(lines) // on top of the bars
	f.plot.X.Label.Text = "latency, logarithmic"
	f.unit("share of messages")
	f.plot.X.Scale, f.plot.X.Tick.Marker = plot.LogScale{}, logSecondTicks{}
	f.plot.X.Min, f.plot.X.Max = low, high
	f.plot.Y.Min, f.plot.Y.Max, f.plot.Y.Tick.Marker = 0, top*1.15, ticks125{percent}
	f.aligned = true
	return f, nil
}
