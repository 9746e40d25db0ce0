package sqs

import (
	"math"
	"slices"

	"weir/models/message"
	"weir/models/quota"
	"weir/sim"
)

// callQuota is how many calls a FIFO queue serves, of each API action. In high-throughput mode every partition has one,
// and all partitions together have the region's.
type callQuota struct {
	limit   *Limits
	whole   calls
	parts   []calls // empty unless in high-throughput mode
	most    int     // partitions
	since   sim.Time
	refused sim.Time // the last refusal of a partition
	asked   []int    // partitions, by the call under way
}

// calls are the calls left, by action.
type calls [Actions]quota.Bucket

func newCallQuota(limit *Limits, high bool) callQuota {
	q := callQuota{limit: limit}
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

func (q *callQuota) full(rate float64) (c calls) {
	for i := range c {
		c[i] = quota.NewBucket(rate, q.limit.FIFOBurst.Sim())
	}
	return c
}

// partition returns the partition of a message group.
func (q *callQuota) partition(group uint32) int {
	x := (uint64(group) + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>29) * 0x94d049bb133111eb
	return int((x ^ x>>32) % uint64(len(q.parts)))
}

// permit takes a call of an action from the quota, or refuses it: one call of the queue or region, and one of each
// partition that the messages it is about belong to.
func (q *callQuota) permit(now sim.Time, action Action, store *message.Store, refs []message.Ref) bool {
	if len(q.parts) == 0 {
		return q.whole[action].Permit(now)
	}
	if !q.whole[action].Has(now, 1) {
		return false
	}
	q.asked = q.asked[:0]
	for _, ref := range refs {
		part := q.partition(store.At(ref).Key)
		if slices.Contains(q.asked, part) {
			continue
		}
		if !q.parts[part][action].Has(now, 1) {
			q.refuse(now)
			return false
		}
		q.asked = append(q.asked, part)
	}
	for _, part := range q.asked {
		q.parts[part][action].Take(1)
	}
	q.whole[action].Take(1)
	return true
}

// refuse notes that a partition refused a call. When partitions have done so for long enough, they are doubled.
func (q *callQuota) refuse(now sim.Time) {
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
