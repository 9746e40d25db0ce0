package kcl

import (
	"slices"

	"weir/models/cpu"
	"weir/sim"
	"weir/sim/ring"
)

// worker is one process of the library, on a host of its own. One that takes the place of a crashed one has another
// name in the lease table: its turn.
type worker struct {
	turn    uint32
	alive   bool
	started sim.Time           // renewals and looks are counted from here
	leases  []int32            // that it holds
	line    ring.Buffer[int32] // leases whose next batch waits for a thread
	coming  int                // leases that it was given and does not know of
	used    int                // threads
	cpu     cpu.Processor
	pool    []Downstream
	read    float64 // seconds of vCPUs that had been in use when the load was last read
	load    float64 // smoothed, of its vCPUs
}

func newWorker(a *Application) worker {
	w := worker{cpu: cpu.New(a.parts.VCPUs)}
	for call := range a.spec.Calls {
		w.pool = append(w.pool, a.parts.Downstream(call))
	}
	return w
}

// launch lets a worker run, which may have been there for a while.
func (a *Application) launch(i uint32, ago sim.Duration) {
	now := a.eng.Now()
	w := &a.workers[i]
	w.alive, w.started = true, now.Add(-ago)
	w.turn++
	a.Running.Add(now, 1)
	a.IdleWorkers.Add(now, 1)
	switch {
	case !a.leased:
		a.resume(i)
	case a.version < 3:
		a.looked.At(next(w.started, a.every, now), tokenOf(i, w.turn))
	}
	if a.crashes {
		a.crashed.After(a.crashGap.Sample(), tokenOf(i, w.turn))
	}
}

// next returns the first instant from now on of those that are counted from a start.
func next(start sim.Time, every sim.Duration, now sim.Time) sim.Time {
	turns := (now.Sub(start) + every - 1) / every
	return start.Add(turns * every)
}

// last returns the last such instant until now.
func last(start sim.Time, every sim.Duration, now sim.Time) sim.Time {
	return start.Add(now.Sub(start) / every * every)
}

// hold notes that a worker holds a lease.
func (a *Application) hold(i uint32, n int32) {
	w, now := &a.workers[i], a.eng.Now()
	if w.leases = append(w.leases, n); len(w.leases) == 1 {
		a.IdleWorkers.Add(now, -1)
	}
	a.LeasesHeld.Add(now, 1)
}

// drop notes that it no longer does.
func (a *Application) drop(i uint32, n int32) {
	w, now := &a.workers[i], a.eng.Now()
	at := slices.Index(w.leases, n)
	w.leases = slices.Delete(w.leases, at, at+1)
	if len(w.leases) == 0 {
		a.IdleWorkers.Add(now, 1)
	}
	a.LeasesHeld.Add(now, -1)
}

// crash is the event that a worker fails: its leases are renewed no more.
func (a *Application) crash(tk token) {
	i := uint32(tk)
	w, now := &a.workers[i], a.eng.Now()
	if w.turn != uint32(tk>>32) || !w.alive {
		return
	}
	a.Crashes.Inc()
	w.alive = false
	w.line.Clear()
	renewed := last(w.started, a.renew, now)
	for len(w.leases) > 0 {
		n := w.leases[0]
		a.release(n)
		l := &a.leases[n]
		l.ghost, l.lost = tk, now
		l.touched = max(l.touched, renewed)
		a.orphan(n)
		a.Lost.Inc()
	}
	for _, pool := range w.pool {
		pool.Reset()
	}
	w.load, w.read, w.coming = 0, w.cpu.Used(now), 0
	w.turn++
	a.Running.Add(now, -1)
	a.IdleWorkers.Add(now, -1)
	a.leaderLost(tk)
	a.recovered.After(a.recovery.Sample(), i)
}

// crashListed is the event that the scenario lets a worker crash: the one with most leases.
func (a *Application) crashListed(uint32) {
	victim := -1
	for i := range a.workers {
		if w := &a.workers[i]; w.alive && (victim < 0 || len(w.leases) > len(a.workers[victim].leases)) {
			victim = i
		}
	}
	if victim >= 0 {
		a.crash(tokenOf(uint32(victim), a.workers[victim].turn))
	}
}

// recover is the event that a crashed worker is replaced.
func (a *Application) recover(i uint32) {
	a.launch(i, 0)
	a.candidate()
}

// thread reports whether a worker has a thread for a batch, and takes it.
func (a *Application) thread(w *worker) bool {
	if most := a.spec.Host.Threads; most != nil && w.used >= *most {
		return false
	}
	w.used++
	return true
}

// freed lets the batch that waits longest for a thread have one.
func (a *Application) freed(i uint32) {
	w := &a.workers[i]
	for w.line.Len() > 0 {
		n := w.line.Pop()
		if l := &a.leases[n]; l.queued && l.owner == int32(i) {
			l.queued = false
			a.start(n)
			return
		}
	}
}
