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

// logSecondTicks puts labelled ticks at powers of ten up to ten seconds, and from there on at 1 and 10 minutes, 1 and
// 10 hours, 1 and 10 days.
type logSecondTicks struct{}

func (logSecondTicks) Ticks(low, high float64) (ticks []plot.Tick) {
	if high < 120 || high/low < 100 {
		return logTicks{seconds}.Ticks(low, high)
	}
	add := func(v float64) {
		if v >= low*(1-1e-9) && v <= high*(1+1e-9) {
			ticks = append(ticks, plot.Tick{Value: v, Label: seconds(v)})
		}
	}
	for e := math.Floor(math.Log10(low)); e <= 1; e++ {
		add(math.Pow(10, e))
	}
	for _, v := range []float64{60, 600, 3600, 36000, 86400, 864000} {
		add(v)
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
