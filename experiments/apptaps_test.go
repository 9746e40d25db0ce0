package experiments

import (
	"fmt"

	"weir/models/analytics"
	"weir/models/kcl"
	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
)

// order is in which order an application ends its work on the records of a shard.
type order uint8

const (
	unordered order = iota
	byShard         // one after the other
	byKey           // those of a key one after the other
)

// worker is what the rules of an application's work are held against: each record that it got is worked on until it has
// ended, in the order that the documentation names, whatever crashes.
type worker struct {
	order  order
	waits  bool     // a child's records come when those of its parents have been worked through
	leased bool     // and checkpointed
	misses bool     // after a crash it passes over what it has not read
	rowMax uint32   // longer records are refused out of their turn, as those that are poison
	hand   [][]work // by shard

	failover sim.Duration
	state    [4]int64 // of its leases: what was seen last, and since when
	since    sim.Time
}

// work is a record that an application got and that is not gone.
type work struct {
	ref        message.Ref
	generation uint32
	key        uint32
	refused    bool
	ended      bool
}

// noteWorkers notes the applications of a design, by the name that their records stand under.
func (w *watch) noteWorkers(d *Design) {
	w.workers = map[string]*worker{}
	limits := new(analytics.Limits)
	d.Profile.Fill(limits)
	for _, c := range d.Document.Components {
		switch s := c.Spec.(type) {
		case *kcl.Spec:
			a := &worker{
				order: byShard, waits: true, leased: s.Library == kcl.KCL,
				misses: s.Library == kcl.SDK && s.OnRestart == kcl.RestartLatest, failover: sim.Second,
			}
			if s.FailoverTime != nil {
				a.failover = s.FailoverTime.Sim()
			}
			w.workers[c.Path()+"/"+s.From.String()] = a
		case *analytics.Spec:
			a := &worker{rowMax: 1<<32 - 1}
			switch {
			case s.Type == analytics.SQL:
				a.order, a.rowMax = byShard, uint32(limits.RowMax)
			case s.Window != nil && s.Window.GroupBy == analytics.ByKey:
				a.order = byKey
			}
			w.workers[c.Path()+"/"+s.From.String()] = a
		}
	}
}

// got notes records that an application got, of a shard whose parents it has worked through.
func (t *streamTap) got(c *consumed, shard int, refs []message.Ref) {
	a := c.worker
	if a == nil {
		return
	}
	for len(a.hand) <= shard {
		a.hand = append(a.hand, nil)
	}
	t.worked(c)
	for _, p := range t.Log().Shard(shard).Parents {
		if !a.waits || p == stream.NoShard || int(p) >= len(a.hand) {
			continue
		}
		for _, r := range a.hand[p] {
			if a.leased || !r.ended {
				t.watch.breaks(t.Name(), "%s reads shard %d before record %d of its parent %d has ended", c.f.Name(), shard, r.key, p)
			}
		}
	}
	for _, ref := range refs {
		m := t.watch.store.At(ref)
		refused := !a.waits && (m.Has(message.Poison) || m.SizeBytes > a.rowMax)
		a.hand[shard] = append(a.hand[shard], work{ref: ref, generation: m.Generation, key: m.Key, refused: refused})
	}
}

// worked checks that no record has ended while an earlier one has not, and forgets those that are gone.
func (t *streamTap) worked(c *consumed) {
	a := c.worker
	for shard, hand := range a.hand {
		open := map[uint32]bool{} // keys with a record that has not ended
		kept := hand[:0]
		for _, r := range hand {
			m := t.watch.store.At(r.ref)
			gone := m.Generation != r.generation
			ended := gone || m.Place().Ended()
			key := r.key
			if a.order == byShard {
				key = 0
			}
			switch {
			case !ended:
				open[key] = true
			case !r.ended && !r.refused && a.order != unordered && open[key]:
				t.watch.breaks(t.Name(), "%s ended a record of shard %d, key %d, before an earlier one", c.f.Name(), shard, r.key)
			}
			if r.ended = ended; !gone {
				kept = append(kept, r)
			}
		}
		a.hand[shard] = kept
	}
}

// work checks the work of all applications that read streams.
func (w *watch) work() {
	for _, t := range w.streams {
		for _, c := range t.consumers {
			if c.worker != nil {
				t.worked(c)
			}
		}
	}
}

// passed notes that a plain poller has begun again at the latest record: what it had not read is lost to it.
func (t *streamTap) passed(c *consumed, shard int, has uint64) bool {
	if c.worker == nil || !c.worker.misses || t.watch.lost(c.f.Name()) == 0 || uint64(len(t.accepted[shard])) < has {
		return false
	}
	c.next[shard] = max(c.next[shard], len(t.accepted[shard])-int(has))
	return true
}

// lost returns how many messages of a sender the ledger has as lost.
func (w *watch) lost(sender string) (n uint64) {
	for _, r := range w.store.Ledger.Routes() {
		if r.Sender == sender {
			n += r.Count[message.Lost]
		}
	}
	return n
}

// leased checks that a lease that nobody holds is taken while workers run: the lock of a leader that is gone lasts a
// second and its heartbeat at the most, and those who look do it every two failover times.
func (w *watch) leased(app *kcl.Application) error {
	a, now := w.workers[app.Sender()], w.eng.Now()
	state := [4]int64{
		app.Orphans.Value(), app.Running.Value(), int64(app.Crashes.Value()),
		int64(app.Taken.Value() + app.Stolen.Value() + app.HandedOver.Value()),
	}
	if state != a.state || state[0] == 0 || state[1] == 0 {
		a.state, a.since = state, now
	}
	if longest := 1300*sim.Millisecond + 6*a.failover; now.Sub(a.since) > longest {
		return fmt.Errorf("%s: nobody takes %d leases, and %d workers have run for %v", app.Name(), state[0], state[1],
			now.Sub(a.since))
	}
	return nil
}
