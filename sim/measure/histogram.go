package measure

import (
	"fmt"
	"io"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// The range of a Histogram: values below a microsecond share its first bucket, and the top lies above the longest
// retention, 14 days.
const (
	lowestNS  = 1000
	highestNS = 1 << 51 // 26 days
)

// Histogram is the distribution of lengths of time in nanoseconds, to a stated number of significant digits.
type Histogram struct {
	h       *hdr.Histogram
	digits  int
	sum     float64
	max     int64
	zeros   uint64
	clipped uint64
}

// NewHistogram returns an empty histogram with three significant digits: quantiles are within 0.1 %.
func NewHistogram() *Histogram { return NewHistogramDigits(3) }

// NewHistogramDigits returns an empty histogram with 1 to 5 significant digits.
func NewHistogramDigits(digits int) *Histogram {
	return &Histogram{h: hdr.New(lowestNS, highestNS, digits), digits: digits}
}

// Record takes an observation. One above 26 days is kept as 26 days and counted as clipped.
func (h *Histogram) Record(ns int64) {
	h.sum += float64(ns)
	h.max = max(h.max, ns)
	switch {
	case ns <= 0:
		h.zeros++
		ns = 0
	case ns > highestNS:
		h.clipped++
		ns = highestNS
	}
	if err := h.h.RecordValue(ns); err != nil {
		panic("measure: " + err.Error())
	}
}

// Count returns the number of observations.
func (h *Histogram) Count() uint64 { return uint64(h.h.TotalCount()) }

// Zeros returns how many observations were exactly 0.
func (h *Histogram) Zeros() uint64 { return h.zeros }

// Clipped returns how many observations lay above the range.
func (h *Histogram) Clipped() uint64 { return h.clipped }

// Max returns the greatest observation, exactly.
func (h *Histogram) Max() int64 { return h.max }

// Mean returns the mean in nanoseconds, exactly, 0 without observations.
func (h *Histogram) Mean() float64 {
	if h.Count() == 0 {
		return 0
	}
	return h.sum / float64(h.Count())
}

// tailSamples is how many observations must lie beyond a quantile for it to be told.
const tailSamples = 10

// Enough reports whether at least ten observations are expected beyond the p-quantile.
func (h *Histogram) Enough(p float64) bool {
	return h.Count() > 0 && float64(h.Count())*(1-p) >= tailSamples
}

// Quantile returns the p-quantile (nearest rank) in nanoseconds, and false when the histogram is empty.
func (h *Histogram) Quantile(p float64) (int64, bool) {
	if h.Count() == 0 {
		return 0, false
	}
	if p >= 1 {
		return h.max, true
	}
	// A bucket's upper end can lie above everything recorded.
	return min(h.h.ValueAtQuantile(p*100), h.max), true
}

// Merge takes the observations of another histogram with the same digits.
func (h *Histogram) Merge(o *Histogram) {
	if dropped := h.h.Merge(o.h); dropped > 0 {
		panic(fmt.Sprintf("measure: a merge dropped %d observations", dropped))
	}
	h.sum += o.sum
	h.max = max(h.max, o.max)
	h.zeros += o.zeros
	h.clipped += o.clipped
}

// Reset forgets all observations.
func (h *Histogram) Reset() {
	h.h.Reset()
	h.sum, h.max, h.zeros, h.clipped = 0, 0, 0, 0
}

// Clone returns a copy.
func (h *Histogram) Clone() *Histogram {
	c := NewHistogramDigits(h.digits)
	c.Merge(h)
	return c
}

// Bar is the observations between two lengths of time.
type Bar struct {
	FromNS, ToNS int64
	Count        uint64
}

// Bars returns the buckets that hold observations, in order.
func (h *Histogram) Bars() []Bar {
	var bars []Bar
	for _, b := range h.h.Distribution() {
		if b.Count > 0 {
			bars = append(bars, Bar{b.From, b.To, uint64(b.Count)})
		}
	}
	return bars
}

// WritePercentiles writes HdrHistogram's percentile format (.hgrm), in seconds.
func (h *Histogram) WritePercentiles(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)"); err != nil {
		return err
	}
	total := float64(h.Count())
	var below uint64
	last := -1.0
	for _, bar := range h.Bars() {
		below += bar.Count
		share := float64(below) / total
		if share-last < (1-share)/100 && below < h.Count() {
			continue // a hundred lines for each halving of the tail are enough
		}
		last = share
		rest := "inf"
		if below < h.Count() {
			rest = fmt.Sprintf("%.2f", 1/(1-share))
		}
		value := float64(min(bar.ToNS, h.max)) / 1e9
		if _, err := fmt.Fprintf(w, "%12.6f %14.12f %10d %14s\n", value, share, below, rest); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "#[Mean = %.6f, Max = %.6f]\n#[Total count = %d]\n", h.Mean()/1e9, float64(h.max)/1e9, h.Count())
	return err
}
