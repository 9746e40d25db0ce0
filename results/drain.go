package results

import (
	"math"
	"slices"
)

// Drain returns how long a backlog takes to be gone, in seconds: from the end of the interval in which it was the
// highest to that of the first interval after it in which it is back to its level before, given its means in intervals
// of a width in seconds. The level before is the median over the intervals before the peak; to be back is to be at most
// a message, or three standard deviations as the median absolute deviation tells them, above it. It is 0 when the
// backlog never was above that, and infinite when it is not back at the end.
func Drain(backlog []float64, width float64) float64 {
	peak := 0
	for i, v := range backlog {
		if v > backlog[peak] {
			peak = i
		}
	}
	if len(backlog) == 0 {
		return 0
	}
	return BackAfter(backlog, peak, Usual(backlog[:peak]), width)
}

// Usual returns the level up to which a backlog is what it usually is in some intervals.
func Usual(backlog []float64) float64 {
	if len(backlog) == 0 {
		return 1
	}
	middle := median(backlog)
	off := make([]float64, len(backlog))
	for i, v := range backlog {
		off[i] = math.Abs(v - middle)
	}
	const toDeviation = 1.4826 // of a normal distribution
	return middle + max(1, 3*toDeviation*median(off))
}

// BackAfter returns how long after the end of an interval the backlog is back at a level, as Drain does.
func BackAfter(backlog []float64, from int, level, width float64) float64 {
	for i := from; i < len(backlog); i++ {
		if backlog[i] <= level {
			return float64(i-from) * width
		}
	}
	return math.Inf(1)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
