package measure

import (
	"math"
	"slices"

	"weir/sim"
)

// Band is a series over replications: in each bucket of time their median and the range between two quantiles of them.
type Band struct {
	Width             sim.Duration
	Median, Low, High []float64
	N                 []int // how many replications reach the bucket
}

// BandOf joins one series from each replication, between the quantiles low and high of their values in each bucket
// (interpolated: with 0 and 1, the range of all). They are first brought to the greatest width. Replications may end at
// different times; a bucket tells of those that reach it. It panics when the widths are not doublings of one width or
// the kinds differ.
func BandOf(replications []*Series, low, high float64) Band {
	var band Band
	for _, s := range replications {
		band.Width = max(band.Width, s.width)
	}
	length := 0
	columns := make([][]float64, len(replications))
	for i, s := range replications {
		wide := s.Clone()
		wide.Widen(band.Width)
		if wide.width != band.Width || wide.kind != replications[0].kind {
			panic("measure: a band of series with other kinds or widths")
		}
		columns[i] = wide.Values()
		length = max(length, len(columns[i]))
	}
	for bucket := range length {
		var values []float64
		for _, column := range columns {
			if bucket < len(column) {
				values = append(values, column[bucket])
			}
		}
		slices.Sort(values)
		band.N = append(band.N, len(values))
		band.Median = append(band.Median, interpolated(values, 0.5))
		band.Low = append(band.Low, interpolated(values, low))
		band.High = append(band.High, interpolated(values, high))
	}
	return band
}

// interpolated returns the p-quantile of sorted values, on a straight line between neighbours (Hyndman and Fan, The
// American Statistician 50(4), 1996, type 7).
func interpolated(sorted []float64, p float64) float64 {
	x := float64(p * float64(len(sorted)-1))
	i := int(math.Floor(x))
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + float64((x-float64(i))*(sorted[i+1]-sorted[i]))
}
