package measure

import (
	"math"
	"math/bits"
	"slices"
)

// Breakdown tells what lengths of time of a given size are made of: "around p99, 71 % is backlog". The parts are summed
// in bins of the total, 32 for each doubling, so that the totals in a bin lie within 3.2 % of each other.
// Make it with NewBreakdown.
type Breakdown struct {
	parts  int
	n      uint64
	counts []uint64
	sums   []float64 // ns, by bin, then by part
}

const (
	binBits = 5 // 2⁵ bins for each doubling
	bins    = (64 - binBits) << binBits
)

// NewBreakdown returns an empty breakdown into a number of parts. It takes 15 KB and as much again for each part.
func NewBreakdown(parts int) *Breakdown {
	if parts < 1 {
		panic("measure: a breakdown without parts")
	}
	return &Breakdown{parts: parts, counts: make([]uint64, bins), sums: make([]float64, bins*parts)}
}

// Clone returns a copy.
func (b *Breakdown) Clone() *Breakdown {
	c := *b
	c.counts, c.sums = slices.Clone(b.counts), slices.Clone(b.sums)
	return &c
}

// binOf returns the bin of a total: of its own below 64 ns, then by the highest six bits.
func binOf(total int64) int {
	v := uint64(total)
	if v < 1<<binBits {
		return int(v)
	}
	shift := bits.Len64(v) - binBits - 1
	return shift<<binBits + int(v>>shift)
}

// Record takes an observation: its total and its parts, all in nanoseconds. It panics when the total is negative or the
// number of parts is not the breakdown's. Whether the parts add up is the caller's promise.
func (b *Breakdown) Record(total int64, parts []int64) {
	if total < 0 || len(parts) != b.parts {
		panic("measure: a negative total, or a wrong number of parts")
	}
	bin := binOf(total)
	b.n++
	b.counts[bin]++
	sums := b.sums[bin*b.parts:][:len(parts)]
	for i, ns := range parts {
		sums[i] += float64(ns)
	}
}

// Count returns the number of observations.
func (b *Breakdown) Count() uint64 { return b.n }

// Mean returns the mean of each part in nanoseconds over all observations, and how many they are.
func (b *Breakdown) Mean() (means []float64, count uint64) { return b.Around(0, 1) }

// Around returns the mean of each part in nanoseconds over the observations between two quantiles of the total, and how
// many they are: at least one, unless there are none at all, when the means are NaN. Of a bin that lies across a
// quantile, its mean is taken for as many observations as lie inside.
func (b *Breakdown) Around(low, high float64) (means []float64, count uint64) {
	means = make([]float64, b.parts)
	if b.n == 0 {
		for i := range means {
			means[i] = math.NaN()
		}
		return means, 0
	}
	last := rankOf(high, b.n)
	first := min(rankOf(low, b.n), last) // both from 1
	var below uint64
	for bin, n := range b.counts {
		from, to := max(below+1, first), min(below+n, last)
		below += n
		if from > to {
			continue
		}
		share := float64(to-from+1) / float64(n)
		for i := range means {
			means[i] += float64(b.sums[bin*b.parts+i] * share)
		}
	}
	count = last - first + 1
	for i := range means {
		means[i] /= float64(count)
	}
	return means, count
}

// Merge takes the observations of another breakdown. It panics when the other has not as many parts.
func (b *Breakdown) Merge(o *Breakdown) {
	if b.parts != o.parts {
		panic("measure: merge of breakdowns with different parts")
	}
	b.n += o.n
	for i, n := range o.counts {
		b.counts[i] += n
	}
	for i, ns := range o.sums {
		b.sums[i] += ns
	}
}

// Reset forgets all observations.
func (b *Breakdown) Reset() {
	b.n = 0
	clear(b.counts)
	clear(b.sums)
}
