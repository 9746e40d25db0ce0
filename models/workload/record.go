package workload

import (
	"slices"

	"weir/sim"
)

// Record is a recorded workload: instants, or counts per interval. It holds only the part that its trace uses, takes
// 4 bytes for each count or 8 for each instant, and never changes, so that trials can share it.
type Record struct {
	counts   []uint32
	sums     []int64  // messages before every blockth count
	times    []int64  // ns since the start, in order
	sizes    []uint32 // bytes, one for each instant, or nil
	messages int64
}

// block is how many counts one of Record's sums covers.
const block = 1024

// Messages returns how many messages were recorded.
func (rec *Record) Messages() int64 { return rec.messages }

// Span returns the time from the record's start to the end of its last interval, or to its last instant.
func (rec *Record) Span(t *Trace) sim.Duration { return sim.Duration(rec.length(t)) }

// length returns how much of the record is replayed, ns.
func (rec *Record) length(t *Trace) int64 {
	switch {
	case rec.counts != nil:
		return int64(len(rec.counts)) * int64(*t.Interval)
	case t.Length != nil:
		return int64(*t.Length)
	}
	return rec.times[len(rec.times)-1] + 1
}

func (rec *Record) addCount(n uint32) {
	if len(rec.counts)%block == 0 {
		rec.sums = append(rec.sums, rec.messages)
	}
	rec.counts = append(rec.counts, n)
	rec.messages += int64(n)
}

// before returns how many messages arrived in the record's first ns, which lie within it. A count fills its interval
// evenly.
func (rec *Record) before(ns float64, t *Trace) float64 {
	if rec.counts == nil {
		i, _ := slices.BinarySearch(rec.times, int64(ns))
		return float64(i)
	}
	at := ns / float64(*t.Interval)
	i := min(int(at), len(rec.counts)-1)
	sum := rec.sums[i/block]
	for _, n := range rec.counts[i-i%block : i] {
		sum += int64(n)
	}
	return float64(sum) + float64((at-float64(i))*float64(rec.counts[i]))
}
