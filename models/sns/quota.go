package sns

import (
	"weir/models/quota"
	"weir/sim"
)

// Quota is how many messages an account may publish in its region, to all topics together: its standard topics and its
// FIFO topics have one each.
type Quota struct {
	limit          *Limits
	standard, fifo quota.Bucket
}

// NewQuota returns the quota of an account.
func NewQuota(limit *Limits) *Quota {
	burst := limit.Burst.Sim()
	return &Quota{
		limit: limit, standard: quota.NewBucket(limit.PublishRate.PerSecond(), burst),
		fifo: quota.NewBucket(limit.FIFOPublishRate.PerSecond(), burst),
	}
}

// groups are the buckets of a FIFO topic's message groups. One that was not used for as long as it takes to fill is as
// good as new, so buckets are kept for that long: those of the present period and those of the one before.
type groups struct {
	fresh       quota.Bucket
	period      sim.Duration
	begun       sim.Time
	now, before map[uint32]quota.Bucket
}

func newGroups(rate float64, burst sim.Duration) groups {
	return groups{
		fresh: quota.NewBucket(rate, burst), period: burst, now: map[uint32]quota.Bucket{}, before: map[uint32]quota.Bucket{},
	}
}

// of returns the bucket of a group as it was left.
func (g *groups) of(now sim.Time, group uint32) quota.Bucket {
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
