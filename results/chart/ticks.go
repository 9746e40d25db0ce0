package chart

import (
	"math"

	"gonum.org/v1/plot"
)

// ticks125 puts ticks at 1, 2 or 5 times a power of ten.
type ticks125 struct{ format func(float64) string }

func (t ticks125) Ticks(low, high float64) []plot.Tick {
	if !(high > low) {
		return []plot.Tick{{Value: low, Label: t.format(low)}}
	}
	raw := (high - low) / 5
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*step >= raw {
			step *= m
			break
		}
	}
	return every(step, low, high, t.format)
}

// every puts ticks at the multiples of a step.
func every(step, low, high float64, format func(float64) string) (ticks []plot.Tick) {
	for k := math.Ceil(low/step - 1e-9); k*step <= high+step*1e-9; k++ {
		v := k*step + 0 // adding 0 turns −0 into 0
		ticks = append(ticks, plot.Tick{Value: v, Label: format(v)})
	}
	return ticks
}

// roundTimes are lengths of time, in seconds, that people count in.
var roundTimes = []float64{
	1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 4 * 3600, 6 * 3600, 12 * 3600, 86400,
}

// secondTicks puts ticks at round lengths of time.
type secondTicks struct{ format func(float64) string }

// Ticks are every so many seconds, minutes or hours.
func (t secondTicks) Ticks(low, high float64) []plot.Tick {
	raw := (high - low) / 5
	for _, step := range roundTimes {
		if raw > 0.5 && step >= raw {
			return every(step, low, high, t.format)
		}
	}
	return ticks125{t.format}.Ticks(low, high)
}

// logTicks puts labelled ticks at powers of ten, and at 2 and 5 times them when there are few powers; at round numbers
// when not even two of those lie between.
type logTicks struct{ format func(float64) string }

func (t logTicks) Ticks(low, high float64) (ticks []plot.Tick) {
	few, labels := math.Log10(high/low) < 2.5, 0
	for e := math.Floor(math.Log10(low)); e <= math.Ceil(math.Log10(high)); e++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow(10, e)
			if v < low*(1-1e-9) || v > high*(1+1e-9) {
				continue
			}
			label := ""
			if m == 1 || few && (m == 2 || m == 5) {
				label = t.format(v)
				labels++
			}
			ticks = append(ticks, plot.Tick{Value: v, Label: label})
		}
	}
	if labels < 2 {
		return ticks125{t.format}.Ticks(low, high)
	}
	return ticks
}

// logSecondTicks puts labelled ticks at 1, 2 and 5 times powers of ten up to ten seconds, and from there on at the
// lengths of time that people count in; fewer when there are many.
type logSecondTicks struct{}

// logTimes are the labelled lengths of time from ten seconds on, and whether they stay when there are many.
var logTimes = []struct {
	at   float64
	main bool
}{
	{10, true}, {20, false}, {30, false}, {60, true}, {120, false}, {300, false}, {600, true}, {1200, false},
	{1800, false}, {3600, true}, {7200, false}, {5 * 3600, false}, {10 * 3600, true}, {86400, true}, {2 * 86400, false},
	{5 * 86400, false}, {10 * 86400, true}, {100 * 86400, true},
}

// labelsMost is how many labels a logarithmic axis of time has, about.
const labelsMost = 12

func (logSecondTicks) Ticks(low, high float64) (ticks []plot.Tick) {
	if high < 20 {
		return logTicks{seconds}.Ticks(low, high)
	}
	add := func(v float64, labelled bool) {
		if v >= low*(1-1e-9) && v <= high*(1+1e-9) {
			tick := plot.Tick{Value: v}
			if labelled {
				tick.Label = seconds(v)
			}
			ticks = append(ticks, tick)
		}
	}
	many := 3*(1-math.Log10(min(low, 10)))+float64(len(logTimes))*math.Log10(high/10)/6 > labelsMost
	for e := math.Floor(math.Log10(low)); e < 1; e++ {
		for _, m := range []float64{1, 2, 5} {
			add(m*math.Pow(10, e), m == 1 || !many)
		}
	}
	for _, t := range logTimes {
		add(t.at, t.main || !many)
	}
	return ticks
}

// sizeTicks puts ticks at powers of two, and a label at every second.
type sizeTicks struct{}

func (sizeTicks) Ticks(low, high float64) (ticks []plot.Tick) {
	for v := math.Exp2(math.Ceil(math.Log2(low) - 1e-9)); v <= high*(1+1e-9); v *= 2 {
		label := ""
		if e := int(math.Round(math.Log2(v))); e%2 == 0 {
			label = sized(v)
		}
		ticks = append(ticks, plot.Tick{Value: v, Label: label})
	}
	return ticks
}

// clock puts ticks at round times of a run, in the unit that suits its length.
type clock struct {
	unit string
	size float64 // seconds
}

// clockOf returns the unit in which the time of a run is counted.
func clockOf(length float64) clock {
	switch {
	case length > 3*86400:
		return clock{"days", 86400}
	case length > 3*3600:
		return clock{"hours", 3600}
	case length > 3*60:
		return clock{"minutes", 60}
	case length > 2:
		return clock{"seconds", 1}
	}
	return clock{"milliseconds", 1e-3}
}

// clockSteps are the steps of the time of a run, seconds.
var clockSteps = []float64{
	1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400,
	5 * 86400, 10 * 86400, 30 * 86400, 60 * 86400, 180 * 86400, 365 * 86400,
}

// clockTicksMost is how many steps the time of a run has.
const clockTicksMost = 6

func (c clock) Ticks(low, high float64) []plot.Tick {
	format := func(v float64) string { return plain(v / c.size) }
	for _, step := range clockSteps {
		if step >= c.size*(1-1e-9) && (high-low)/step <= clockTicksMost*(1+1e-9) || step >= c.size/4 && high-low <= 5*step {
			return every(step, low, high, format)
		}
	}
	return ticks125{format}.Ticks(low, high)
}

// timeAxis makes the horizontal axis of the last panel the time of a run; only that of the lowest panel is labelled.
func (f *Figure) timeAxis(from, to float64, labelled bool) {
	x := &f.plot.X
	c := clockOf(to - from)
	x.Min, x.Max, x.Tick.Marker = from, max(to, from+1e-9), c
	if labelled {
		x.Label.Text = "time since the start of the run (" + c.unit + ")"
	} else {
		x.Tick.Marker = bare{c}
	}
	f.aligned = true
}

// bare leaves the labels out.
type bare struct{ plot.Ticker }

func (b bare) Ticks(low, high float64) []plot.Tick {
	ticks := b.Ticker.Ticks(low, high)
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = " "
		}
	}
	return ticks
}
