package analytics

import (
	"fmt"

	"weir/models/message"
	"weir/sim"
)

// Held returns how many records wait in the stream or are on their way, and how many the application has in hand. Those
// that are kept for results are among neither.
func (a *Application) Held() (waiting, inFlight int64) {
	for n := range a.fetcher.Shards() {
		waiting += int64(a.fetcher.Unread(n)) + int64(a.fetcher.Coming(n))
	}
	for i := range a.slots {
		if s := &a.slots[i]; s.busy && s.now.ref != message.None {
			inFlight++
		}
		for k := range a.slots[i].line.Len() {
			if a.slots[i].line.At(k).ref != message.None {
				inFlight++
			}
		}
	}
	for n := range a.shards {
		inFlight += int64(a.shards[n].line.Len())
	}
	return waiting, inFlight
}

// CheckTasks returns an error when the slots, the shards and the output do not agree, when a slot has records of a
// shard out of their order, or when something rests that could go on. It looks at every record in hand, for tests.
func (a *Application) CheckTasks() error {
	inHand, busy := make([]int32, len(a.shards)), int64(0)
	for i := range a.slots {
		if err := a.checkSlot(i, inHand); err != nil {
			return fmt.Errorf("%s: slot %d %w", a.name, i, err)
		}
		if a.slots[i].busy {
			busy++
		}
	}
	for n := range a.shards {
		if err := a.checkShard(n, inHand[n]); err != nil {
			return fmt.Errorf("%s: shard %d %w", a.name, n, err)
		}
	}
	runs := int64(1)
	if a.down {
		runs = 0
	}
	o := &a.output
	left := int64(0)
	for i := range o.results {
		left += int64(o.results[i].left)
	}
	switch {
	case a.Busy.Value() != busy:
		return fmt.Errorf("%s: %d slots work, want %d", a.name, a.Busy.Value(), busy)
	case a.Running.Value() != runs:
		return fmt.Errorf("%s: runs is %d, want %d", a.name, a.Running.Value(), runs)
	case o.underWay != left || o.full() && o.underWay < a.limit.InFlight:
		return fmt.Errorf("%s: %d calls are under way, want %d, and %d results wait", a.name, o.underWay, left, o.line.Len())
	}
	return nil
}

func (a *Application) checkSlot(i int, inHand []int32) error {
	s := &a.slots[i]
	latest := make(map[int32]sim.Time, len(a.shards))
	if s.busy && s.now.ref != message.None {
		inHand[s.now.shard]++
		latest[s.now.shard] = a.store.At(s.now.ref).Enqueued
	}
	for k := range s.line.Len() {
		e := s.line.At(k)
		if e.ref == message.None {
			continue
		}
		inHand[e.shard]++
		at := a.store.At(e.ref).Enqueued
		if at < latest[e.shard] {
			return fmt.Errorf("has a record of shard %d, accepted at %v, behind one of %v", e.shard, at, latest[e.shard])
		}
		latest[e.shard] = at
	}
	switch idle := !s.busy && !a.down && !a.output.full() && !a.output.resumes; {
	case s.busy && a.down:
		return fmt.Errorf("works, and the application stands still")
	case idle && (s.line.Len() > 0 || s.replay.records > 0):
		return fmt.Errorf("rests, and has %d records in line", s.line.Len())
	}
	return nil
}

func (a *Application) checkShard(n int, inHand int32) error {
	s := &a.shards[n]
	wants := s.open && !a.down && int64(s.line.Len()) <= a.limit.PollRecords/2
	switch inHand += int32(s.line.Len()); {
	case s.held != inHand:
		return fmt.Errorf("has %d records in hand, want %d", s.held, inHand)
	case !s.waits && !a.down && s.line.Len() > 0:
		return fmt.Errorf("rests, and has %d records in line", s.line.Len())
	case wants && !s.asked, s.asked && !a.fetcher.Wanted(n) && a.fetcher.Coming(n) == 0:
		return fmt.Errorf("rests: open %t, asked %t", s.open, s.asked)
	}
	return nil
}
