package kcl

import (
	"cmp"
	"slices"

	"weir/sim"
)

// leader is who gives the leases of version 3 to workers.
type leader struct {
	tk      token    // the worker; 0 while there is none
	started sim.Time // its looks are counted from here
	looks   int64
	expires sim.Time // when the lock of one that is gone runs out
}

// lead makes a worker the leader, which looks at the leases from an instant on.
func (a *Application) lead(i uint32, started sim.Time) {
	a.leader = leader{tk: tokenOf(i, a.workers[i].turn), started: started}
	a.assigned.At(next(started, a.every, a.eng.Now()), a.leader.tk)
}

// leaderLost takes note that a worker is gone. If it led, its lock lasts on from its last heartbeat.
func (a *Application) leaderLost(tk token) {
	l := &a.leader
	if l.tk != tk || tk == 0 {
		return
	}
	beat := last(l.started, a.limit.LeaderHeartbeat.Sim(), a.eng.Now())
	*l = leader{expires: beat.Add(a.limit.LeaderLock.Sim())}
	a.candidate()
}

// candidate lets the worker that will look for the lock first, once it has expired, find it.
func (a *Application) candidate() {
	if !a.leased || a.version != 3 || a.leader.tk != 0 {
		return
	}
	from := max(a.leader.expires, a.eng.Now())
	first, at := -1, sim.Never
	for i := range a.workers {
		if w := &a.workers[i]; w.alive {
			if t := max(w.started, next(w.started, a.every, from)); t < at {
				first, at = i, t
			}
		}
	}
	if first >= 0 {
		a.elected.At(at, tokenOf(uint32(first), a.workers[first].turn))
	}
}

// elect is the event that a worker finds the lock of the leader expired, and takes it.
func (a *Application) elect(tk token) {
	i := uint32(tk)
	switch {
	case a.leader.tk != 0:
	case a.workers[i].turn != uint32(tk>>32):
		a.candidate()
	default:
		a.lead(i, a.eng.Now())
	}
}

// loads is what the leader knows when it looks.
type loads struct {
	of    []float64 // by worker
	mean  float64
	share float64 // bytes a second of a worker with its share
	each  float64 // leases of a worker with its share
}

// assign is the event that the leader looks at all leases (LeaseAssignmentManager, performAssignment).
func (a *Application) assign(tk token) {
	if a.leader.tk != tk {
		return
	}
	a.assigned.After(a.every, tk)
	a.scan()
	now := a.eng.Now()
	known := a.measure(now)
	free := slices.Clone(a.pending)
	free = slices.DeleteFunc(free, func(n int32) bool {
		l := &a.leases[n]
		return l.heir != 0 || l.ghost != 0 && now.Sub(seen(a.leader.started, a.every, l.touched)) <= a.failover
	})
	for _, n := range free {
		if i := a.lightest(&known); i >= 0 {
			a.Taken.Inc()
			a.give(n, uint32(i))
			known.add(i, a.leases[n].carry)
		}
	}
	if a.leader.looks%a.limit.BalanceEvery == 0 {
		a.balance(&known)
	}
	a.leader.looks++
}

// measure reads what each worker has to do: of its vCPUs, or in bytes a second where no work needs a vCPU.
func (a *Application) measure(now sim.Time) (known loads) {
	over := now.Sub(a.resampling).Seconds()
	a.resampling = now
	total, running, computes := 0.0, 0, false
	for n := range a.leases {
		l := &a.leases[n]
		if over > 0 {
			l.carry = a.smooth(l.carry, float64(l.came)/over)
			l.came = 0
		}
		if l.state == current {
			total += l.carry
		}
	}
	for i := range a.workers {
		w := &a.workers[i]
		if over > 0 {
			used := w.cpu.Used(now)
			w.load = a.smooth(w.load, (used-w.read)/over/float64(a.parts.VCPUs))
			w.read = used
		}
		computes = computes || w.load > 0
		if w.alive {
			running++
		}
	}
	known = loads{of: make([]float64, len(a.workers))}
	known.share, known.each = total/float64(max(running, 1)), max(float64(a.open/max(running, 1)), 1)
	for i := range a.workers {
		w := &a.workers[i]
		known.of[i] = w.load
		if !computes && known.share > 0 {
			known.of[i] = a.carried(w) / known.share
		}
		if w.alive {
			known.mean += known.of[i] / float64(running)
		}
	}
	return known
}

func (a *Application) smooth(before, newest float64) float64 {
	return before + float64(a.limit.Alpha*(newest-before))
}

// carried returns the bytes a second of a worker's leases.
func (a *Application) carried(w *worker) (sum float64) {
	for _, n := range w.leases {
		sum += a.leases[n].carry
	}
	return sum
}

// added returns how much a lease adds to the load of its worker.
func (known *loads) added(carry float64) float64 {
	if known.share > 0 {
		return carry * known.mean / known.share
	}
	return known.mean / known.each
}

func (known *loads) add(i int, carry float64) { known.of[i] += known.added(carry) }

// lightest returns the running worker with the least to do, or of several the one with fewest leases; −1 if none
// runs.
func (a *Application) lightest(known *loads) int {
	best, count := -1, 0
	for i := range a.workers {
		w := &a.workers[i]
		if !w.alive {
			continue
		}
		leases := len(w.leases) + w.coming
		if best < 0 || cmp.Or(cmp.Compare(known.of[i], known.of[best]), cmp.Compare(leases, count)) < 0 {
			best, count = i, leases
		}
	}
	return best
}

// balance lets workers above the mean hand leases over to those below (VarianceBasedLeaseAssignmentDecider).
func (a *Application) balance(known *loads) {
	high, low := known.mean*(1+float64(a.limit.Threshold)), known.mean*(1-float64(a.limit.Threshold))
	var above []int
	most, off := -1, false
	for i := range a.workers {
		if !a.workers[i].alive {
			continue
		}
		load := known.of[i]
		off = off || load > high || load < low
		if load >= high && load > 0 {
			above = append(above, i)
		}
		if most < 0 || load > known.of[most] {
			most = i
		}
	}
	switch {
	case !off:
		return
	case len(above) == 0:
		above = append(above, most)
	}
	excess := make([]float64, len(a.workers))
	for _, i := range above {
		excess[i] = (known.of[i] - known.mean) / known.of[i] * float64(a.limit.Dampening) * a.carried(&a.workers[i])
	}
	slices.SortStableFunc(above, func(i, k int) int { return cmp.Compare(excess[k], excess[i]) })
	for _, i := range above {
		for _, n := range a.surplus(i, excess[i]) {
			to := a.lightest(known)
			if known.of[to]+known.added(a.leases[n].carry) > known.mean {
				break
			}
			if to != i {
				known.add(to, a.leases[n].carry)
				a.handTo(n, uint32(to))
			}
		}
	}
}

// surplus returns leases of a worker that carry a load together, or the lightest one when each is more than that.
func (a *Application) surplus(i int, excess float64) (leases []int32) {
	all := slices.Clone(a.workers[i].leases)
	all = slices.DeleteFunc(all, func(n int32) bool { return a.leases[n].heir != 0 })
	if len(all) == 0 {
		return nil
	}
	if a.carried(&a.workers[i]) == 0 {
		return all[:1]
	}
	a.shuffle(all)
	least := all[0]
	for _, n := range all {
		if carry := a.leases[n].carry; excess-carry > 0 {
			excess -= carry
			leases = append(leases, n)
		}
		if a.leases[n].carry < a.leases[least].carry {
			least = n
		}
	}
	if len(leases) == 0 {
		leases = append(leases, least)
	}
	return leases
}

// give lets a worker have a lease that none holds: it learns of that with its next renewal.
func (a *Application) give(n int32, i uint32) {
	l, w := &a.leases[n], &a.workers[i]
	l.heir = tokenOf(i, w.turn)
	w.coming++
	a.granted.At(next(w.started, a.renew, a.eng.Now()), tokenOf(uint32(n), l.turn))
}

// grant is the event that a worker learns that it has a lease. If it is gone, the lease runs out again.
func (a *Application) grant(tk token) {
	n := int32(uint32(tk))
	l := &a.leases[n]
	if l.turn != uint32(tk>>32) || l.heir == 0 {
		return
	}
	i := uint32(l.heir)
	w := &a.workers[i]
	if !w.alive || w.turn != uint32(l.heir>>32) {
		l.ghost, l.heir, l.touched = l.heir, 0, a.eng.Now()
		return
	}
	w.coming--
	a.acquire(n, i)
}

// handTo asks a worker to hand a lease over to another: it learns of that with its next renewal.
func (a *Application) handTo(n int32, to uint32) {
	l, now := &a.leases[n], a.eng.Now()
	l.heir = tokenOf(to, a.workers[to].turn)
	w := &a.workers[l.owner]
	tk := tokenOf(uint32(n), l.turn)
	a.told.At(next(w.started, a.renew, now), tk)
	a.overdue.At(now.Add(a.limit.Handoff.Sim()+a.failover), tk)
}

// leave is the event that a worker learns that it shall hand a lease over.
func (a *Application) leave(tk token) {
	n := int32(uint32(tk))
	l := &a.leases[n]
	if l.turn != uint32(tk>>32) || l.leaving {
		return
	}
	l.leaving = true
	switch {
	case l.busy: // the batch in hand is ended first
	case l.done > 0:
		a.checkpointNow(n)
	default:
		a.handOver(n)
	}
}

// leaveNow is the event that a worker has had all the time that it gets to hand a lease over.
func (a *Application) leaveNow(tk token) {
	n := int32(uint32(tk))
	if l := &a.leases[n]; l.turn == uint32(tk>>32) && l.owner != noWorker {
		a.handOver(n)
	}
}

// handOver gives a lease to the worker that it is meant for.
func (a *Application) handOver(n int32) {
	heir := a.leases[n].heir
	a.release(n)
	a.orphan(n)
	a.HandedOver.Inc()
	l := &a.leases[n]
	i := uint32(heir)
	if w := &a.workers[i]; w.alive && w.turn == uint32(heir>>32) {
		a.give(n, i)
		return
	}
	l.heir, l.touched = 0, a.eng.Now()
}
