package message

import (
	"weir/sim"
	"weir/sim/ring"
)

// Repeats knows the deduplication IDs of the messages that a FIFO queue or topic accepted within the window. Each takes
// about 40 bytes for that long.
type Repeats struct {
	byGroup bool
	window  sim.Duration
	seen    map[uint64]struct{}
	order   ring.Buffer[seenID]
}

type seenID struct {
	id    uint64
	until sim.Time
}

// NewRepeats returns the memory of one that has accepted nothing. By group, the same ID in two groups is no repeat.
func NewRepeats(byGroup bool, window sim.Duration) *Repeats {
	return &Repeats{byGroup: byGroup, window: window, seen: map[uint64]struct{}{}}
}

// IsRepeat reports whether the ID was accepted within the window, which counts from its first acceptance. If it was
// not, it is from now on.
func (r *Repeats) IsRepeat(now sim.Time, id, group uint32) bool {
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
