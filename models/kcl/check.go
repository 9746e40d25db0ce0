package kcl

import (
	"fmt"
	"slices"

	"weir/models/message"
)

// CheckLeases returns an error when the leases, the workers and the levels do not agree, or when a lease rests that a
// worker holds: nothing is under way that it would go on by. It looks at every lease, for tests.
func (a *Application) CheckLeases() error {
	held, busy, computing := 0, 0, 0
	for n := range a.leases {
		l := &a.leases[n]
		if err := a.checkLease(int32(n), l); err != nil {
			return fmt.Errorf("%s: lease %d %w", a.name, n, err)
		}
		if l.owner != noWorker {
			held++
		}
		if l.busy {
			busy++
		}
	}
	running, idle, known := 0, 0, 0
	for i := range a.workers {
		w := &a.workers[i]
		if err := a.checkWorker(int32(i), w); err != nil {
			return fmt.Errorf("%s: worker %d %w", a.name, i, err)
		}
		known += len(w.leases)
		computing += w.cpu.Computing()
		if w.alive {
			running++
		}
		if w.alive && len(w.leases) == 0 {
			idle++
		}
	}
	for _, c := range []struct {
		what      string
		is, wants int64
	}{
		{"leases held", a.LeasesHeld.Value(), int64(held)}, {"leases of workers", int64(known), int64(held)},
		{"leases that nobody holds", a.Orphans.Value(), int64(len(a.pending))},
		{"leases in the table", int64(a.open), int64(held + len(a.pending))},
		{"batches in hand", a.Busy.Value(), int64(busy)}, {"batches that compute", a.Computing.Value(), int64(computing)},
		{"workers", a.Running.Value(), int64(running)}, {"idle workers", a.IdleWorkers.Value(), int64(idle)},
	} {
		if c.is != c.wants {
			return fmt.Errorf("%s: %d %s, want %d", a.name, c.is, c.what, c.wants)
		}
	}
	return nil
}

func (a *Application) checkLease(n int32, l *lease) error {
	pending := slices.Contains(a.pending, n)
	switch {
	case pending != (l.state == current && l.owner == noWorker):
		return fmt.Errorf("is %d, of worker %d, and among those that nobody holds: %t", l.state, l.owner, pending)
	case l.done+l.left+l.ahead.records+l.unread != len(l.line):
		return fmt.Errorf("has %d records: %d done, %d left, %d ahead, %d to read again", len(l.line), l.done, l.left,
			l.ahead.records, l.unread)
	case l.state == finished && len(l.line) > 0:
		return fmt.Errorf("is finished, and has %d records", len(l.line))
	case a.misplaced(l) >= 0:
		return fmt.Errorf("has record %d of %d in the wrong place: %d are to be read again", a.misplaced(l), len(l.line),
			l.unread)
	case l.owner == noWorker:
		return nil
	case l.state != current || !slices.Contains(a.workers[l.owner].leases, n):
		return fmt.Errorf("is %d, and worker %d does not know of it", l.state, l.owner)
	case l.queued && a.workers[l.owner].used == 0:
		return fmt.Errorf("waits for a thread, and all are free")
	case l.busy || l.queued || l.asked && a.fetcher.Wanted(int(n)) || a.fetcher.Coming(int(n)) > 0 || l.rereading:
		return nil
	}
	return fmt.Errorf("rests: %d records to read, %d ahead, %d to read again, ended %t", a.fetcher.Unread(int(n)),
		l.ahead.records, l.unread, l.ended)
}

// misplaced returns the place in line of a record that waits although a worker has it in hand, or that is in hand
// though it is to be read again; or −1.
func (a *Application) misplaced(l *lease) int {
	for i, ref := range l.line {
		place, waits := a.store.At(ref).Place(), i >= len(l.line)-l.unread
		if waits && place == message.InFlight || !waits && place == message.Visible {
			return i
		}
	}
	return -1
}

func (a *Application) checkWorker(i int32, w *worker) error {
	busy := 0
	for _, n := range w.leases {
		if a.leases[n].owner != i {
			return fmt.Errorf("has lease %d of worker %d", n, a.leases[n].owner)
		}
		if a.leases[n].busy {
			busy++
		}
	}
	switch most := a.spec.Host.Threads; {
	case !w.alive && len(w.leases) > 0:
		return fmt.Errorf("is gone, and has %d leases", len(w.leases))
	case w.used != busy:
		return fmt.Errorf("uses %d threads for %d batches", w.used, busy)
	case most != nil && w.used > *most:
		return fmt.Errorf("uses %d threads of %d", w.used, *most)
	case w.coming < 0:
		return fmt.Errorf("is given %d leases", w.coming)
	}
	return nil
}
