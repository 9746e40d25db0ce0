package sqs

import (
	"math"

	"weir/sim"
)

// quota is how many calls a FIFO queue serves, of each API action. In high-throughput mode every partition has one, and
// all partitions together have the region's.
type quota struct {
	limit   *Limits
	whole   calls
	parts   []calls // empty unless in high-throughput mode
	most    int     // partitions
	since   sim.Time
	refused sim.Time // the last refusal of a partition
}

// calls are the calls left, by action.
type calls [Actions]bucket

// bucket is a token bucket.
type bucket struct {
	tokens float64
	at     sim.Time
}

func newQuota(limit *Limits, high bool) quota {
	q := quota{limit: limit}
	if !high {
		q.whole = q.full(float64(limit.FIFOCallRate))
		return q
	}
	q.whole = q.full(float64(limit.FIFORegionRate))
	q.most = 1
	if rate := float64(limit.FIFORegionRate) / float64(limit.FIFOCallRate); rate > 1 && rate < 1e6 {
		q.most = int(math.Ceil(rate))
	}
	for range min(max(limit.FIFOPartitions, 1), int64(q.most)) {
		q.parts = append(q.parts, q.full(float64(limit.FIFOCallRate)))
	}
	return q
}

func (q *quota) full(rate float64) (c calls) {
	for i := range c {
		c[i].tokens = rate * q.limit.FIFOBurst.Sim().Seconds()
	}
	return c
}

// partition returns the partition of a message group.
func (q *quota) partition(group uint32) int {
	if len(q.parts) == 0 {
		return 0
	}
	x := (uint64(group) + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>29) * 0x94d049bb133111eb
	return int((x ^ x>>32) % uint64(len(q.parts)))
}

// permit takes one call of an action from the queue's quota, or refuses it.
func (q *quota) permit(now sim.Time, action Action) bool {
	rate := float64(q.limit.FIFOCallRate)
	if len(q.parts) > 0 {
		rate = float64(q.limit.FIFORegionRate)
	}
	return q.whole[action].take(now, rate, q.limit.FIFOBurst.Sim())
}

// permitPart takes one call from a partition's quota, or refuses it. Partitions that refuse calls long enough are
// doubled.
func (q *quota) permitPart(now sim.Time, action Action, group uint32) bool {
	if len(q.parts) == 0 {
		return true
	}
	part := &q.parts[q.partition(group)]
	if part[action].take(now, float64(q.limit.FIFOCallRate), q.limit.FIFOBurst.Sim()) {
		return true
	}
	split := q.limit.FIFOPartitionSplit.Sim()
	if now.Sub(q.refused) > max(split, sim.Second) {
		q.since = now
	}
	q.refused = now
	if now.Sub(q.since) < split || len(q.parts) >= q.most {
		return false
	}
	q.since = now
	for range min(len(q.parts), q.most-len(q.parts)) {
		q.parts = append(q.parts, q.full(float64(q.limit.FIFOCallRate)))
	}
	return false
}

// take takes a token from a bucket that refills at the rate, per second, and holds what comes in the time burst.
func (b *bucket) take(now sim.Time, rate float64, burst sim.Duration) bool {
	if math.IsInf(rate, 1) {
		return true
	}
	b.tokens = min(b.tokens+float64(rate*now.Sub(b.at).Seconds()), max(float64(rate*burst.Seconds()), 1))
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
