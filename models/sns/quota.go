package sns

import (
	"weir/sim"
	"weir/sim/ring"
)

// Quota is how many messages an account may publish in its region, to all topics together: its standard topics and its
// FIFO topics have one each.
type Quota struct {
	limit          *Limits
	standard, fifo bucket
}

// NewQuota returns the quota of an account.
func NewQuota(limit *Limits) *Quota {
	burst := limit.Burst.Sim()
	return &Quota{
		limit: limit, standard: newBucket(limit.PublishRate.PerSecond(), burst),
		fifo: newBucket(limit.FIFOPublishRate.PerSecond(), burst),
	}
}

// bucket is a token bucket that refills at a rate, per second, and holds what comes in the time burst.
type bucket struct {
	rate, size, tokens float64
	at                 sim.Time
}

// endless is a rate from which on nothing is counted.
const endless = 1e15

func newBucket(rate float64, burst sim.Duration) bucket {
	size := rate * burst.Seconds()
	return bucket{rate: rate, size: size, tokens: size}
}

// has reports whether the bucket holds n tokens. A call that wants more than the bucket can hold gets them when it is
// full.
func (b *bucket) has(now sim.Time, n float64) bool {
	if b.rate >= endless {
		return true
	}
	if b.tokens < b.size {
		b.tokens = min(b.tokens+float64(b.rate*now.Sub(b.at).Seconds()), b.size)
	}
	b.at = now
	return b.tokens >= min(n, b.size)
}

func (b *bucket) take(n float64) {
	if b.rate < endless {
		b.tokens -= n
	}
}

// groups are the buckets of a FIFO topic's message groups. One that was not used for as long as it takes to fill is as
// good as new, so buckets are kept for that long: those of the present period and those of the one before.
type groups struct {
	fresh       bucket
	period      sim.Duration
	begun       sim.Time
	now, before map[uint32]bucket
}

func newGroups(rate float64, burst sim.Duration) groups {
	return groups{
		fresh: newBucket(rate, burst), period: burst, now: map[uint32]bucket{}, before: map[uint32]bucket{},
	}
}

// of returns the bucket of a group as it was left.
func (g *groups) of(now sim.Time, group uint32) bucket {
	if since := now.Sub(g.begun); since >= g.period {
		g.now, g.before = g.before, g.now
		clear(g.now)
		if since >= 2*g.period {
			clear(g.before)
		}
		g.begun = now
	}
	if b, ok := g.now[group]; ok {
		return b
	}
	if b, ok := g.before[group]; ok {
		return b
	}
	return g.fresh
}

// repeats knows the deduplication IDs of the messages that a FIFO topic accepted within the window.
type repeats struct {
	byGroup bool
	window  sim.Duration
	seen    map[uint64]struct{}
	order   ring.Buffer[seenID]
}

type seenID struct {
	id    uint64
	until sim.Time
}

// isRepeat reports whether the ID was accepted within the window, which counts from then. If it was not, it is from now
// on.
func (r *repeats) isRepeat(now sim.Time, id, group uint32) bool {
	for r.order.Len() > 0 && r.order.Front().until <= now {
		delete(r.seen, r.order.Pop().id)
	}
	key := uint64(id)
	if r.byGroup {
		key |= uint64(group) << 32
	}
	if _, ok := r.seen[key]; ok {
		return true
	}
	r.seen[key] = struct{}{}
	r.order.Push(seenID{key, now.Add(r.window)})
	return false
}
