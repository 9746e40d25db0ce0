package experiments

import "math"

// full is from which share of its threads on a fleet counts as saturated: between two messages a thread polls.
const full = 0.95

// saturation reports how busy a fleet was at its peak, as the greatest mean of an interval of its curves, and for which
// share of the time almost all of its running threads were busy. A mean over the run hides a rush.
func (t *trial) saturation(component int, report func(name, unit string, value float64)) {
	peak, share := math.NaN(), math.NaN()
	if t.curves != nil { // without, only the names are asked for
		var busy, threads []float64
		for _, k := range t.curves[component] {
			switch k.Name {
			case "busy":
				busy = k.series.Values()
			case "threads":
				threads = k.series.Values()
			}
		}
		most, saturated, intervals := 0.0, 0.0, 0.0
		for i := range min(len(busy), len(threads)) {
			intervals++
			if threads[i] <= 0 {
				continue
			}
			use := busy[i] / threads[i]
			most = max(most, use)
			if use >= full {
				saturated++
			}
		}
		if intervals > 0 {
			peak, share = most, saturated/intervals
		}
	}
	report("utilisation_peak", "share", peak)
	report("saturated_share", "share", share)
}
