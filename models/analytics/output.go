package analytics

import (
	"weir/models/message"
	"weir/models/sdk"
	"weir/sim"
	"weir/sim/ring"
)

// output sends results on. A result is under way until all destinations have taken it.
type output struct {
	a        *Application
	to       []*outlet
	keepers  []kept
	unused   []keeper
	line     ring.Buffer[result] // that wait, for as many as may be are under way
	underWay int64               // calls
	results  []result
	free     []uint32
	resumes  bool // slots that it held back are about to go on
}

// keeper names a record that is kept for the results that are made of it.
type keeper int32

// noKeeper is in place of a record that no result needs.
const noKeeper keeper = -1

// kept is a record that has ended, and how many windows and results need it.
type kept struct {
	ref  message.Ref
	uses int32
}

// result is what is under way to the destinations.
type result struct {
	of    keeper
	left  int32    // destinations that have not taken it
	since sim.Time // when it was made
}

// outlet is a destination.
type outlet struct {
	o       *output
	forward *sdk.Forwarder
	again   sim.Event[uint32] // a result is sent again
}

func (o *output) init(a *Application) { o.a = a }

func (o *output) add(to string, parts sdk.ForwarderParts) {
	name := o.a.name
	if len(o.to) > 0 { // the ledger tells them apart
		name += " -> " + to
	}
	d := &outlet{o: o}
	d.forward = sdk.NewForwarder(o.a.eng, o.a.store, name, d, parts)
	d.again = sim.NewEvent(o.a.eng, name+"/again", d.send)
	o.to = append(o.to, d)
}

// full reports whether results wait: the application works on nothing meanwhile.
func (o *output) full() bool { return o.line.Len() > 0 }

// keep keeps a record that was processed, if there is somewhere for results to go. It is used once.
func (o *output) keep(now sim.Time, ref message.Ref, m *message.Message) keeper {
	if len(o.to) == 0 {
		return noKeeper
	}
	m.Enter(now, message.BatchWindow)
	if size := o.a.spec.ResultSize; size != nil {
		m.SizeBytes = uint32(*size)
	}
	if len(o.unused) == 0 {
		o.unused = append(o.unused, keeper(len(o.keepers)))
		o.keepers = append(o.keepers, kept{})
	}
	k := o.unused[len(o.unused)-1]
	o.unused = o.unused[:len(o.unused)-1]
	o.keepers[k] = kept{ref, 1}
	return k
}

// share notes one more use of a record.
func (o *output) share(k keeper) {
	if k != noKeeper {
		o.keepers[k].uses++
	}
}

// release ends a use of a record. The last one lets it go.
func (o *output) release(k keeper) {
	if k == noKeeper {
		return
	}
	kept := &o.keepers[k]
	if kept.uses--; kept.uses == 0 {
		o.a.store.Free(kept.ref)
		o.unused = append(o.unused, k)
	}
}

// push sends a result to all destinations, once there is room for it. It takes over a use of its record.
func (o *output) push(k keeper) {
	r := result{k, int32(len(o.to)), o.a.eng.Now()}
	switch {
	case k == noKeeper:
	case o.full() || o.underWay >= o.a.limit.InFlight:
		o.line.Push(r)
	default:
		o.send(r)
	}
}

func (o *output) send(what result) {
	if len(o.free) == 0 {
		o.free = append(o.free, uint32(len(o.results)))
		o.results = append(o.results, result{})
	}
	r := o.free[len(o.free)-1]
	o.free = o.free[:len(o.free)-1]
	o.results[r] = what
	o.underWay += int64(len(o.to))
	for _, d := range o.to {
		d.send(r)
	}
}

// send sends a result to a destination, for the first time or again. Since the result was made, its copy has waited for
// what comes next; the record goes on to wait for the other windows that hold it.
func (d *outlet) send(r uint32) {
	what := &d.o.results[r]
	ref := d.o.keepers[what.of].ref
	m, since := d.o.a.store.At(ref), what.since
	m.Enter(since, message.Downstream)
	d.forward.Send(uint64(r), 0, ref, m, message.Idle{})
	m.Enter(since, message.BatchWindow)
}

// Sent takes the answer of a destination. Results that were not taken are sent again without end.
func (d *outlet) Sent(token uint64, err error) {
	o, r := d.o, uint32(token)
	if err != nil {
		o.a.OutputTries.Inc()
		d.again.After(o.a.limit.OutputRetry.Sim(), r)
		return
	}
	o.a.Out.Inc()
	o.underWay--
	if o.results[r].left--; o.results[r].left == 0 {
		o.release(o.results[r].of)
		o.free = append(o.free, r)
	}
	if !o.full() {
		return
	}
	for o.full() && o.underWay < o.a.limit.InFlight {
		o.send(o.line.Pop())
	}
	if !o.full() {
		o.resumes = true
		o.a.resumed.After(0, 0)
	}
}

// resume is the event that slots go on which the output held back.
func (o *output) resume(uint8) {
	o.resumes = false
	o.a.kickAll()
}
