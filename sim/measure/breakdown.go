package measure

import "math/bits"

// Breakdown tells what observations of a given size are made of: the parts are summed in bins of the total, 32 bins for
// each doubling, so that the totals in a bin lie within 3.2 % of each other.
type Breakdown struct {
	parts  int
	counts []uint64
	sums   []float64 // by bin, then by part
}

const (
	binBits = 5
	bins    = (64 - binBits + 1) << binBits
)

// NewBreakdown returns an empty breakdown into the given number of parts.
func NewBreakdown(parts int) *Breakdown {
	return &Breakdown{parts, make([]uint64, bins), make([]float64, bins*parts)}
}

func binOf(total int64) int {
	v := uint64(max(total, 0))
	if v < 1<<binBits {
		return int(v)
	}
	shift := bits.Len64(v) - binBits - 1
	return shift<<binBits + int(v>>shift)
}

// Record takes an observation and its parts.
func (b *Breakdown) Record(total int64, parts []int64) {
	bin := binOf(total)
	b.counts[bin]++
	sums := b.sums[bin*b.parts : (bin+1)*b.parts]
	for i, ns := range parts[:len(sums)] {
		sums[i] += float64(ns)
	}
}

// Around returns the mean of each part over the observations between two quantiles of the total, and how many they are:
// whole bins, at least the one that holds the quantile low.
func (b *Breakdown) Around(low, high float64) (means []float64, count uint64) {
	var total uint64
	for _, n := range b.counts {
		total += n
	}
	means = make([]float64, b.parts)
	var below uint64
	for bin, n := range b.counts {
		from, to := float64(below)/float64(total), float64(below+n)/float64(total)
		below += n
		if n == 0 || to <= low || (from >= high && count > 0) || from > high {
			continue
		}
		count += n
		for i := range means {
			means[i] += b.sums[bin*b.parts+i]
		}
	}
	for i := range means {
		means[i] /= float64(max(count, 1))
	}
	return means, count
}

// Merge takes the observations of another breakdown into as many parts.
func (b *Breakdown) Merge(o *Breakdown) {
	for i := range b.counts {
		b.counts[i] += o.counts[i]
	}
	for i := range b.sums {
		b.sums[i] += o.sums[i]
	}
}

// Reset forgets all observations.
func (b *Breakdown) Reset() {
	clear(b.counts)
	clear(b.sums)
}
