package message

import (
	"weir/sim"
	"weir/sim/ring"
)

// Repeats knows the deduplication IDs of the messages that a FIFO queue or topic accepted within the window. Each takes
// some 20 to 40 bytes for that long.
type Repeats struct {
	byGroup bool
	window  sim.Duration
	recent  idRange // the IDs by queue or topic, while they are given in a row
	seen    idSet   // those by group, and those of long ago
	order   ring.Buffer[seenID]
}

type seenID struct {
	id    uint64
	until sim.Time
}

// NewRepeats returns the memory of one that has accepted nothing. By group, the same ID in two groups is no repeat.
func NewRepeats(byGroup bool, window sim.Duration) *Repeats {
	return &Repeats{byGroup: byGroup, window: window}
}

// IsRepeat reports whether the ID was accepted within the window, which counts from its first acceptance. If it was
// not, it is from now on.
func (r *Repeats) IsRepeat(now sim.Time, id, group uint32) bool {
	for r.order.Len() > 0 && r.order.Front().until <= now {
		if key := r.order.Pop().id; r.byGroup || !r.recent.remove(uint32(key)) {
			r.seen.remove(key)
		}
	}
	key, added := uint64(id), false
	switch {
	case r.byGroup:
		key |= uint64(group) << 32
		added = r.seen.add(key)
	case r.seen.n > 0 && r.seen.has(key):
	case r.recent.covers(id):
		added = r.recent.add(id)
	default:
		added = r.seen.add(key)
	}
	if added {
		r.order.Push(seenID{key, now.Add(r.window)})
	}
	return !added
}
