package kinesis

import (
	"math"

	"weir/models/stream"
	"weir/sim"
)

// change is the event that a change of the Spec is asked for.
func (st *Stream) change(i uint32) {
	var err error
	switch c := &st.spec.Changes[i]; {
	case c.Set != nil:
		err = st.set(c.Set)
	case st.updating:
		err = ErrResourceInUse
	case st.mode == OnDemand:
		err = ErrInvalidArgument // its shards are the service's
	case c.Split != nil:
		err = st.checkSplit(c.Split)
	case c.Merge != nil:
		if a, b := c.Merge[0], c.Merge[1]; max(a, b) >= st.log.Shards() || !st.log.Neighbours(a, b) {
			err = ErrInvalidArgument
		}
	default:
		err = st.checkUpdate(*c.UpdateShardCount)
	}
	if err != nil {
		st.ReshardRefused.Inc()
		return
	}
	if c := &st.spec.Changes[i]; c.Set == nil {
		st.updating = true
		takes := &st.takes
		if c.UpdateShardCount != nil {
			st.updates = append(st.updates, st.eng.Now())
			takes = &st.takesAll
		}
		st.resharded.After(takes.Sample(), i)
	}
}

// set sets attributes.
func (st *Stream) set(a *AttributesSpec) error {
	if m := a.StreamMode; m != nil && *m != st.mode {
		if st.switches = recent(st.switches, st.eng.Now()); int64(len(st.switches)) >= st.limit.ModeSwitches {
			return ErrLimitExceeded
		}
		st.switches = append(st.switches, st.eng.Now())
		st.book(st.eng.Now())
		st.mode = *m
		if st.mode == OnDemand {
			st.scaling.begin()
		}
	}
	if r := a.Retention; r != nil {
		st.book(st.eng.Now())
		st.log.SetRetention(r.Sim())
	}
	return nil
}

// recent returns the instants of the last 24 hours.
func recent(all []sim.Time, now sim.Time) []sim.Time {
	for len(all) > 0 && all[0].Add(sim.Day) <= now {
		all = all[1:]
	}
	return all
}

func (st *Stream) checkSplit(s *SplitSpec) error {
	switch {
	case s.Shard >= st.log.Shards() || !st.log.Shard(s.Shard).IsOpen():
		return ErrInvalidArgument
	case int64(st.log.Open()) >= st.limit.ShardsMax:
		return ErrLimitExceeded
	}
	return nil
}

// checkUpdate returns why the shard count may not be brought to n: "Scale to more than double … below half …; more than
// 10 times per rolling 24-hour period" (Kinesis API reference, UpdateShardCount).
func (st *Stream) checkUpdate(n int) error {
	st.updates = recent(st.updates, st.eng.Now())
	open := float64(st.log.Open())
	switch {
	case float64(n) > open*st.limit.UpdateFactor || float64(n) < open/st.limit.UpdateFactor:
		return ErrLimitExceeded
	case int64(n) > min(st.limit.UpdateMax, st.limit.ShardsMax), int64(len(st.updates)) >= st.limit.UpdatesPerDay:
		return ErrLimitExceeded
	}
	return nil
}

// takeEffect is the event that a stream has been resharded and is active again.
func (st *Stream) takeEffect(i uint32) {
	st.updating = false
	switch c := &st.spec.Changes[i]; {
	case c.Split != nil:
		st.SplitShard(c.Split.Shard, between(st.log.Shard(c.Split.Shard), float64(c.Split.Share)))
	case c.Merge != nil:
		st.MergeShards(c.Merge[0], c.Merge[1])
	default:
		st.scaleTo(*c.UpdateShardCount)
	}
}

// between returns the hash that a share of a shard's range lies before.
func between(s *stream.Shard, share float64) stream.Hash {
	if share == 0.5 {
		return stream.Middle(s.From, s.To).Next()
	}
	const two64 = 1 << 64
	width := float64(s.To.High-s.From.High) + float64(s.To.Low)/two64
	at := s.From.High + uint64(math.Floor(float64(width*share)))
	h := stream.Hash{High: at, Low: s.From.Low}
	if !s.From.Less(h) || s.To.Less(h) {
		return stream.Middle(s.From, s.To).Next()
	}
	return h
}

// SplitShard splits an open shard at once: the second of the two begins at a hash of its range.
func (st *Stream) SplitShard(n int, at stream.Hash) {
	st.log.Split(n, at)
	st.Reshardings.Inc()
	st.count()
}

// MergeShards merges two open neighbours at once.
func (st *Stream) MergeShards(a, b int) {
	st.log.Merge(a, b)
	st.Reshardings.Inc()
	st.count()
}

// scaleTo splits and merges until there are n shards with equal parts of the hashes: shards are split where a new one
// begins, and what lies between two such places is merged, pair by pair. Those in between live for no time, and are
// read as parents all the same.
func (st *Stream) scaleTo(n int) {
	for i := 1; i < n; i++ {
		at := stream.Part(i, n)
		if s := st.log.ShardOf(at); st.log.Shard(s).From.Less(at) {
			st.SplitShard(s, at)
		}
	}
	for i := range n {
		from := stream.Part(i, n)
		last := stream.HashMax
		if i < n-1 {
			last = stream.Part(i+1, n).Before()
		}
		for {
			s := st.log.ShardOf(from)
			to := st.log.Shard(s).To
			if !to.Less(last) {
				break
			}
			st.MergeShards(s, st.log.ShardOf(to.Next()))
		}
	}
}
