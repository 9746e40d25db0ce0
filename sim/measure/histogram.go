package measure

import (
	"fmt"
	"math"
	"math/bits"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// The range of a Histogram. Below its lowest length the resolution is half a microsecond; its top lies above the
// longest retention of any service modelled, 365 days.
const (
	lowestNS = 1000
	// HighestNS is the greatest length of time that a Histogram tells from greater ones: 417 days.
	HighestNS = 1<<55 - 1
)

// Histogram is the distribution of lengths of time in nanoseconds. Count, Mean, Max, Zeros and Clipped are exact; a
// quantile is the upper end of its bucket, so it is never below the true one, and above it by less than 0.1 % (three
// significant digits) or half a microsecond. Make it with NewHistogram.
type Histogram struct {
	buckets         *hdr.Histogram
	sumHigh, sumLow uint64 // 128 bits, so that the mean is exact and merging knows no order
	min, max        int64
	zeros           uint64 // kept apart: the lowest bucket is half a microsecond wide
	clipped         uint64

	waiting int
	late    [batched]int64 // observations that have no bucket yet
}

// batched is how many observations go to their buckets together. The buckets of a design with a thousand components lie
// outside the processor's caches: misses of several observations at once overlap, those of one after the other do not.
const batched = 32

// NewHistogram returns an empty histogram with three significant digits, in 300 KB.
func NewHistogram() *Histogram { return NewHistogramDigits(3) }

// NewHistogramDigits returns an empty histogram with 1 to 5 significant digits. Each one more takes about ten times the
// memory. It panics for other digits.
func NewHistogramDigits(digits int) *Histogram {
	if digits < 1 || digits > 5 {
		panic(fmt.Sprintf("measure: a histogram of %d significant digits; it takes 1 to 5", digits))
	}
	return &Histogram{buckets: hdr.New(lowestNS, HighestNS, digits), min: math.MaxInt64}
}

// Record takes an observation of ns nanoseconds. One above HighestNS counts as HighestNS in the quantiles and is
// reported by Clipped. It panics when ns is negative: the clock that measured it ran backwards.
func (h *Histogram) Record(ns int64) {
	if ns < 0 {
		panic("measure: a negative length of time")
	}
	if ns == 0 {
		h.zeros++
	}
	var carry uint64
	h.sumLow, carry = bits.Add64(h.sumLow, uint64(ns), 0)
	h.sumHigh += carry
	h.min, h.max = min(h.min, ns), max(h.max, ns)
	if ns > HighestNS {
		h.clipped++
		ns = HighestNS
	}
	h.late[h.waiting%batched] = ns
	if h.waiting++; h.waiting == batched {
		h.settle()
	}
}

// settle puts the observations that wait into their buckets.
func (h *Histogram) settle() {
	if h.waiting == 0 {
		return // whoever reads together with others changes nothing
	}
	for _, ns := range h.late[:h.waiting] {
		if h.buckets.RecordValue(ns) != nil {
			panic("measure: the buckets do not cover their range")
		}
	}
	h.waiting = 0
}

// Count returns the number of observations.
func (h *Histogram) Count() uint64 { return uint64(h.buckets.TotalCount()) + uint64(h.waiting) }

// Zeros returns how many observations were exactly 0.
func (h *Histogram) Zeros() uint64 { return h.zeros }

// Clipped returns how many observations lay above HighestNS.
func (h *Histogram) Clipped() uint64 { return h.clipped }

// Min returns the least observation in nanoseconds, exactly; 0 without observations.
func (h *Histogram) Min() int64 {
	if h.Count() == 0 {
		return 0
	}
	return h.min
}

// Max returns the greatest observation in nanoseconds, exactly; 0 without observations.
func (h *Histogram) Max() int64 { return h.max }

// Mean returns the mean in nanoseconds, exactly; NaN without observations.
func (h *Histogram) Mean() float64 {
	return (float64(float64(h.sumHigh)*0x1p64) + float64(h.sumLow)) / float64(h.Count())
}

// StdDev returns the standard deviation in nanoseconds, from the middles of the buckets; NaN without observations.
func (h *Histogram) StdDev() float64 {
	mean, squares := h.Mean(), 0.0
	for _, bar := range h.Bars() {
		off := float64(bar.FromNS) + float64(bar.ToNS-bar.FromNS)/2 - mean
		squares += float64(float64(off*off) * float64(bar.Count))
	}
	return math.Sqrt(squares / float64(h.Count()))
}

// tailSamples is how many observations must lie beyond a quantile for it to be told: with ten, the interval of the true
// quantile still reaches some 30 % up and down the tail's probability.
const tailSamples = 10

// Enough reports whether there are enough observations to tell the p-quantile: ten expected on either side of it, which
// for p99 takes 1,000 and for p99.9 takes 10,000. The least and the greatest (p 0 and 1) take one.
func (h *Histogram) Enough(p float64) bool {
	if p <= 0 || p >= 1 {
		return h.Count() > 0
	}
	// The share beyond p = 0.9 comes out a hair below 0.1.
	const rounding = 1e-9
	return float64(float64(h.Count())*min(p, 1-p)) >= tailSamples-rounding
}

// Quantile returns the p-quantile (nearest rank) in nanoseconds: the least length that at least the share p of the
// observations do not exceed. It is false when the histogram is empty; whether p can be trusted, Enough says.
func (h *Histogram) Quantile(p float64) (int64, bool) {
	n := h.Count()
	if n == 0 {
		return 0, false
	}
	rank := rankOf(p, n)
	switch rank {
	case 1:
		return h.min, true
	case n:
		return h.max, true
	}
	if rank <= h.zeros {
		return 0, true
	}
	h.settle()
	// A bucket's ends can lie beyond all that was recorded.
	upper := h.buckets.ValueAtPercentile(100 * float64(rank) / float64(n))
	return max(h.min, min(upper, h.max)), true
}

// rankOf returns ⌈p·n⌉, at least 1 and at most n.
func rankOf(p float64, n uint64) uint64 {
	x := float64(p * float64(n))
	// 0.07 of 100 comes out above 7: what rounding added is not a rank.
	rank := math.Ceil(x - float64(x*1e-15))
	switch {
	case !(rank > 1):
		return 1
	case rank >= float64(n):
		return n
	}
	return uint64(rank)
}

// Merge takes the observations of another histogram. It panics when their digits differ.
func (h *Histogram) Merge(o *Histogram) {
	if h.buckets.SignificantFigures() != o.buckets.SignificantFigures() {
		panic("measure: merge of histograms with different digits")
	}
	h.settle()
	o.settle()
	if dropped := h.buckets.Merge(o.buckets); dropped != 0 {
		panic(fmt.Sprintf("measure: a merge dropped %d observations", dropped))
	}
	var carry uint64
	h.sumLow, carry = bits.Add64(h.sumLow, o.sumLow, 0)
	h.sumHigh += o.sumHigh + carry
	h.min, h.max = min(h.min, o.min), max(h.max, o.max)
	h.zeros += o.zeros
	h.clipped += o.clipped
}

// Reset forgets all observations.
func (h *Histogram) Reset() {
	buckets := h.buckets
	buckets.Reset()
	*h = Histogram{buckets: buckets, min: math.MaxInt64}
}

// Clone returns a copy with its own memory.
func (h *Histogram) Clone() *Histogram {
	h.settle()
	c := *h
	c.late = [batched]int64{}
	c.buckets = h.buckets.Clone()
	return &c
}

// Buckets returns a copy of the buckets, in nanoseconds, as HdrHistogram's own tools read them. The least and the
// greatest observation are to their resolution there.
func (h *Histogram) Buckets() *hdr.Histogram {
	h.settle()
	return h.buckets.Clone()
}

// Bar is the observations from one length of time to another, both included.
type Bar struct {
	FromNS, ToNS int64
	Count        uint64
}

// Bars returns the buckets that hold observations, in ascending order, for plotting. The observations of exactly 0 have
// a bar of their own, and the clipped ones are in the last.
func (h *Histogram) Bars() []Bar {
	h.settle()
	var bars []Bar
	zeros := h.zeros
	for _, b := range h.buckets.Distribution() {
		bar := Bar{max(b.From, h.min), min(b.To, h.max), uint64(b.Count)}
		if zeros > 0 { // they lie in the first bucket
			bars = append(bars, Bar{0, 0, zeros})
			bar.FromNS, bar.Count = 1, bar.Count-zeros
			zeros = 0
		}
		if bar.Count > 0 {
			bars = append(bars, bar)
		}
	}
	return bars
}
