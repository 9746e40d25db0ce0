package sqs

import (
	"math"
	"slices"

	"weir/models/message"
	"weir/models/spec"
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
	asked   []int    // partitions, by the call under way
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
	x := (uint64(group) + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>29) * 0x94d049bb133111eb
	return int((x ^ x>>32) % uint64(len(q.parts)))
}

// permit takes a call of an action from the quota, or refuses it: one call of the queue or region, and one of each
// partition that the messages it is about belong to.
func (q *quota) permit(now sim.Time, action Action, store *message.Store, refs []message.Ref) bool {
	if len(q.parts) == 0 {
		ok := q.fill(&q.whole[action], now, q.limit.FIFOCallRate)
		if ok {
			q.whole[action].tokens--
		}
		return ok
	}
	if !q.fill(&q.whole[action], now, q.limit.FIFORegionRate) {
		return false
	}
	q.asked = q.asked[:0]
	for _, ref := range refs {
		part := q.partition(store.At(ref).Key)
		if slices.Contains(q.asked, part) {
			continue
		}
		if !q.fill(&q.parts[part][action], now, q.limit.FIFOCallRate) {
			q.refuse(now)
			return false
		}
		q.asked = append(q.asked, part)
	}
	for _, part := range q.asked {
		q.parts[part][action].tokens--
	}
	q.whole[action].tokens--
	return true
}

// refuse notes that a partition refused a call. When partitions have done so for long enough, they are doubled.
func (q *quota) refuse(now sim.Time) {
	split := q.limit.FIFOPartitionSplit.Sim()
	if now.Sub(q.refused) > max(split, sim.Second) {
		q.since = now
	}
	q.refused = now
	if now.Sub(q.since) < split || len(q.parts) >= q.most {
		return
	}
	q.since = now
	for range min(len(q.parts), q.most-len(q.parts)) {
		q.parts = append(q.parts, q.full(float64(q.limit.FIFOCallRate)))
	}
}

// fill brings a bucket up to now and reports whether it holds a token.
func (q *quota) fill(b *bucket, now sim.Time, perSecond spec.Rate) bool {
	rate := float64(perSecond)
	if math.IsInf(rate, 1) {
		b.tokens = 1
		return true
	}
	b.tokens += float64(rate * now.Sub(b.at).Seconds())
	b.tokens = min(b.tokens, max(float64(rate*q.limit.FIFOBurst.Sim().Seconds()), 1))
	b.at = now
	return b.tokens >= 1
}
