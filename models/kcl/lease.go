package kcl

import (
	"slices"

	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
)

// leaseState is how far a lease has come.
type leaseState uint8

const (
	absent   leaseState = iota // its shard cannot be read yet
	held                       // its parents have been read, and are being worked on
	current                    // in the table
	finished                   // worked through: SHARD_END
)

const noWorker = -1

// lease is a shard as the application sees it: who works on it, and the records since the last checkpoint. They are in
// line in this order:
//
//	│ done │ left of the batch in hand │ ahead: read and not begun │ unread: read by an earlier worker only │
type lease struct {
	state leaseState
	owner int32  // worker, or noWorker
	turn  uint32 // counts owners: events of an earlier one are stale
	line  []message.Ref

	done    int
	left    int
	ahead   batch   // sum of the batches
	batches []batch // in their order
	unread  int

	ended     bool // all of the shard has been read
	asked     bool // records were asked for and have not come
	stray     bool // records that a worker asked for which has lost the lease are on their way
	rereading bool
	busy      bool // a batch is worked on, or a checkpoint under way
	queued    bool // a batch waits for a thread
	batched   bool // the work on the batch as a whole is done
	leaving   bool // it is handed over when the batch in hand is done
	call      int32
	tries     int32
	rest      sim.Duration // of the work after what computes

	touched sim.Time // when it was taken or checkpointed, or renewed last by a worker that is gone
	checked sim.Time // when it was checkpointed last
	lost    sim.Time // when its worker crashed
	ghost   token    // the worker that held it last; 0 when it was never held
	heir    token    // the worker that it is given or handed to

	came  int64   // bytes since the load was last read
	carry float64 // bytes a second, smoothed
}

// batch is what a read returned.
type batch struct {
	records int
	bytes   int64
	old     int64 // bytes of records that are old
}

// Opened makes a lease for a shard, unless its parents are still being worked on.
func (a *Application) Opened(n int) {
	for n >= len(a.leases) {
		a.leases = append(a.leases, lease{owner: noWorker})
	}
	if a.parentsOpen(n) {
		a.leases[n].state = held
		return
	}
	a.create(int32(n))
}

// parentsOpen reports whether a parent of a shard has not been worked through. One that was read before the
// application began has no lease.
func (a *Application) parentsOpen(n int) bool {
	for _, p := range a.source.Log().Shard(n).Parents {
		if p == stream.NoShard || int(p) >= len(a.leases) {
			continue
		}
		if s := a.leases[p].state; s == held || s == current {
			return true
		}
	}
	return false
}

// create puts a lease into the table.
func (a *Application) create(n int32) {
	l := &a.leases[n]
	l.state = current
	a.open++
	a.orphan(n)
	switch first := a.eng.Now() == a.parts.Way.At; {
	case !a.leased:
		if a.workers[0].alive {
			a.acquire(n, 0)
		}
	case first && a.spec.Leases == Balanced:
		a.acquire(n, uint32(a.open-1)%uint32(len(a.workers)))
	}
}

// orphan notes that no worker holds a lease. Those of one that crashed stand together.
func (a *Application) orphan(n int32) {
	a.pending = append(a.pending, n)
	a.Orphans.Add(a.eng.Now(), 1)
}

// claim takes a lease out of those that no worker holds.
func (a *Application) claim(n int32) {
	at := slices.Index(a.pending, n)
	a.pending = slices.Delete(a.pending, at, at+1)
	a.Orphans.Add(a.eng.Now(), -1)
}

// acquire lets a worker hold a lease that none holds, and read on from the last checkpoint.
func (a *Application) acquire(n int32, i uint32) {
	a.claim(n)
	l, now := &a.leases[n], a.eng.Now()
	if l.lost > 0 {
		a.Failover.Record(int64(now.Sub(l.lost)))
		l.lost = 0
	}
	l.owner = int32(i)
	l.turn++
	l.heir, l.leaving = 0, false
	l.touched, l.checked = now, now
	l.unread = len(l.line)
	a.hold(i, n)
	a.fetchMore(n)
	a.finish(n)
}

// release ends a worker's hold of a lease. What it had in hand will be worked on again from the last checkpoint.
func (a *Application) release(n int32) {
	l, now := &a.leases[n], a.eng.Now()
	i := uint32(l.owner)
	w := &a.workers[i]
	a.drop(i, n)
	if w.cpu.Drop(now, uint64(tokenOf(uint32(n), l.turn))) {
		a.Computing.Add(now, -1)
		a.rearm(i)
	}
	if l.busy {
		a.Busy.Add(now, -1)
		w.used--
	}
	if l.asked {
		l.stray = !a.fetcher.Wanted(int(n)) // else the poll has not reached the stream, and will not
		a.fetcher.Unwant(int(n))
	}
	freed := l.busy
	for _, ref := range l.line[l.done:] {
		a.putBack(ref)
	}
	l.ghost, l.heir = tokenOf(i, w.turn), 0
	l.owner = noWorker
	l.turn++
	l.done, l.left, l.ahead, l.batches, l.unread = 0, 0, batch{}, l.batches[:0], len(l.line)
	l.asked, l.rereading, l.busy, l.queued, l.batched, l.leaving = false, false, false, false, false, false
	l.tries = 0
	if freed && w.alive {
		a.freed(i)
	}
}

// putBack lets a record wait to be read again.
func (a *Application) putBack(ref message.Ref) {
	m := a.store.At(ref)
	if !m.Place().Ended() {
		m.Failure = message.DeadByCrash
		a.store.Move(ref, m, message.Visible)
		m.Enter(a.eng.Now(), message.Retry)
	}
}

// finish ends the lease of a shard that has been worked through, after a last checkpoint, and makes those of its
// children.
func (a *Application) finish(n int32) {
	l := &a.leases[n]
	if l.owner == noWorker || !l.ended || l.busy || l.queued || l.ahead.records > 0 || l.unread > 0 {
		return
	}
	if l.done > 0 {
		a.checkpointNow(n)
		return
	}
	a.release(n)
	l.state = finished
	a.open--
	for _, c := range a.source.Log().Shard(int(n)).Children {
		if c != stream.NoShard && int(c) < len(a.leases) && a.leases[c].state == held && !a.parentsOpen(int(c)) {
			a.create(c)
		}
	}
}

// Ended takes note that all of a shard has been read.
func (a *Application) Ended(n int) {
	l := &a.leases[n]
	l.ended, l.asked = true, false
	a.finish(int32(n))
}

// Held returns how many records wait to be read, or to be read again, and how many a worker has in hand. Those that
// were processed and wait for their checkpoint are among neither.
func (a *Application) Held() (waiting, inFlight int64) {
	for i := range a.leases {
		for _, ref := range a.leases[i].line {
			switch a.store.At(ref).Place() {
			case message.Visible:
				waiting++
			case message.InFlight:
				inFlight++
			}
		}
	}
	for n := range a.fetcher.Shards() {
		waiting += int64(a.fetcher.Unread(n)) + int64(a.fetcher.Coming(n))
	}
	return waiting, inFlight
}
