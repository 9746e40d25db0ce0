package chart

import (
	"fmt"

	"gonum.org/v1/plot"
)

// Split is what the latency around one percentile is made of.
type Split struct {
	Name    string    // such as p99
	Latency float64   // of the percentile, seconds: that of the tables
	Parts   []float64 // seconds, by cause, of the messages around it
}

// causeFills tell the causes apart, in the order of message.Cause: what follows upon one another on a message's way
// differs in hue, and what shares a hue differs by stripes.
var causeFills = []fill{
	{RGBA: palette[4]}, {RGBA: palette[1], striped: true}, {RGBA: palette[5]}, {RGBA: palette[6], striped: true},
	{RGBA: palette[1]}, {RGBA: palette[2]}, {RGBA: palette[3]}, {RGBA: palette[2], striped: true},
	{RGBA: ink}, {RGBA: palette[5], striped: true}, {RGBA: palette[0]}, {RGBA: palette[4], striped: true},
	{RGBA: palette[6]}, {RGBA: palette[3], striped: true},
}

func causeFill(i int) fill { return causeFills[i%len(causeFills)] }

// Causes draws the split of the latency around percentiles as shares, with the percentile at the end of each bar.
// Causes that take no part in any of them are left out.
func Causes(path string, causes []string, splits []Split) (*Figure, error) {
	f := newFigure("causes", "What the latency of "+path+" is made of",
		"What the latency of the messages around each percentile is made of, as shares, in the order of a message's journey, "+
			"with the mean time of each cause; the number at the end is the percentile.")
	names := make([]string, len(splits))
	totals := make([]float64, len(splits))
	for i, s := range splits {
		for _, v := range s.Parts {
			totals[i] += v
		}
		names[i] = s.Name
	}
	f.rows(names, 20, 46)
	left := make([]float64, len(splits))
	for c, cause := range causes {
		if !takesPart(splits, totals, c) {
			continue
		}
		for i, s := range splits {
			share := s.Parts[c] / max(totals[i], 1e-12)
			y := float64(len(splits) - 1 - i)
			if share > 0 {
				named := cause + " " + seconds(s.Parts[c])
				texts := []string{fmt.Sprintf("%s, %.0f %%", named, 100*share), named, seconds(s.Parts[c])}
				f.plot.Add(&box{x0: left[i], x1: left[i] + share, y0: y - 0.36, y1: y + 0.36, fill: causeFill(c),
					tip: fmt.Sprintf("%s: %s %s, %s", s.Name, cause, seconds(s.Parts[c]), percent(share)), inside: texts})
			}
			left[i] += share
		}
		f.name(cause, swatch{causeFill(c)})
	}
	for i, s := range splits {
		l, err := label(1, float64(len(splits)-1-i), seconds(s.Latency), 12, ink)
		if err != nil {
			return nil, err
		}
		f.plot.Add(l)
	}
	f.plot.X.Min, f.plot.X.Max = 0, 1
	var shares []plot.Tick
	for _, v := range []float64{0, 0.25, 0.5, 0.75, 1} {
		shares = append(shares, plot.Tick{Value: v, Label: percent(v)})
	}
	f.plot.X.Tick.Marker = plot.ConstantTicks(shares)
	f.plot.X.Label.Text = "share of the latency of the messages around the percentile"
	return f, nil
}

func takesPart(splits []Split, totals []float64, cause int) bool {
	for i, s := range splits {
		if s.Parts[cause] > 0.002*totals[i] {
			return true
		}
	}
	return false
}
