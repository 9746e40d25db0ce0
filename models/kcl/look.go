package kcl

import "weir/sim"

// seen returns when one who looks at the lease table every so long found that a lease was renewed last.
func seen(start sim.Time, every sim.Duration, touched sim.Time) sim.Time {
	return max(start, next(start, every, touched))
}

// table is the leases as a worker of version 1 or 2 sees them.
type table struct {
	owners int // workers that hold leases which have not expired; the one that looks is always among them
	most   int // leases of the worker with most
	worker int // that one, or noWorker when it is gone
	group  token
}

// look is the event that a worker looks for leases to take (DynamoDBLeaseTaker, takeLeases).
func (a *Application) look(tk token) {
	i := uint32(tk)
	w := &a.workers[i]
	if w.turn != uint32(tk>>32) {
		return
	}
	a.looked.After(a.every, tk)
	a.scan()
	available, old, t := a.readTable(i)
	if a.open == 0 {
		return
	}
	target := (a.open + t.owners - 1) / t.owners
	needed := target - len(w.leases)
	switch {
	case len(old) > 0:
		a.takeAll(i, old)
	case needed <= 0:
	case len(available) > 0:
		a.shuffle(available)
		a.takeAll(i, available[:min(needed, len(available))])
	default:
		a.steal(i, t, needed, target)
	}
}

// readTable sorts what no worker holds: the leases that may be taken now, and of them those that are to be taken
// whatever the target, because nobody ever held them or for long.
func (a *Application) readTable(i uint32) (available, old []int32, t table) {
	w, now := &a.workers[i], a.eng.Now()
	t = table{owners: 1, worker: noWorker}
	for k := range a.workers {
		if o := &a.workers[k]; len(o.leases) > 0 {
			if k != int(i) {
				t.owners++
			}
			if len(o.leases) > t.most {
				t.most, t.worker = len(o.leases), k
			}
		}
	}
	ghost, count := token(0), 0
	for _, n := range a.pending {
		l := &a.leases[n]
		age := now.Sub(seen(w.started, a.every, l.touched))
		switch {
		case l.ghost == 0:
			available, old = append(available, n), append(old, n)
		case age > a.failover:
			available = append(available, n)
			if a.version > 1 && float64(age) > a.limit.VeryOld*float64(a.failover) {
				old = append(old, n)
			}
		case l.ghost != ghost: // its worker is gone, and nobody knows it yet
			ghost, count = l.ghost, 1
			t.owners++
		default:
			count++
		}
		if count > t.most {
			t.most, t.worker, t.group = count, noWorker, ghost
		}
	}
	if a.version == 1 {
		old = nil
	}
	return available, old, t
}

// takeAll lets a worker take leases that none holds.
func (a *Application) takeAll(i uint32, leases []int32) {
	for _, n := range leases {
		a.Taken.Inc()
		a.acquire(n, i)
	}
}

// steal lets a worker take leases of the one with most.
func (a *Application) steal(i uint32, t table, needed, target int) {
	if t.most < target {
		return
	}
	most := min(needed, t.most-target)
	if most == 0 && needed > 1 {
		most = 1
	}
	most = min(most, int(a.limit.StealMax))
	var from []int32
	if t.worker == noWorker {
		for _, n := range a.pending {
			if a.leases[n].ghost == t.group {
				from = append(from, n)
			}
		}
	} else {
		from = append(from, a.workers[t.worker].leases...)
	}
	a.shuffle(from)
	for _, n := range from[:most] {
		if t.worker != noWorker {
			a.release(n)
			a.orphan(n)
		}
		a.Stolen.Inc()
		a.acquire(n, i)
	}
}

// shuffle brings leases into an order by chance.
func (a *Application) shuffle(leases []int32) {
	for k := len(leases) - 1; k > 0; k-- {
		j := a.luck.IntN(k + 1)
		leases[k], leases[j] = leases[j], leases[k]
	}
}

// scan counts what a look at the table reads: all of it, with eventual consistency.
func (a *Application) scan() {
	blocks := (int64(a.open)*int64(a.limit.LeaseBytes) + 4095) / 4096
	a.scans += float64(max(blocks, 1)) / 2
}
