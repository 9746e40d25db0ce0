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
	line     ring.Buffer[keeper] // results that wait, for as many as may be are under way
	underWay int64               // calls
	results  []result
	free     []uint32
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
	of   keeper
	left int32 // destinations that have not taken it
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
	switch {
	case k == noKeeper:
	case o.full() || o.underWay >= o.a.limit.InFlight:
		o.message(k).Enter(o.a.eng.Now(), message.Downstream)
		o.line.Push(k)
	default:
		o.send(k)
	}
}

func (o *output) message(k keeper) *message.Message { return o.a.store.At(o.keepers[k].ref) }

func (o *output) send(k keeper) {
	if len(o.free) == 0 {
		o.free = append(o.free, uint32(len(o.results)))
		o.results = append(o.results, result{})
	}
	r := o.free[len(o.free)-1]
	o.free = o.free[:len(o.free)-1]
	o.results[r] = result{k, int32(len(o.to))}
	o.underWay += int64(len(o.to))
	for _, d := range o.to {
		d.send(r)
	}
}

// send sends a result to a destination, for the first time or again.
func (d *outlet) send(r uint32) {
	ref := d.o.keepers[d.o.results[r].of].ref
	d.forward.Send(uint64(r), 0, ref, d.o.a.store.At(ref), message.Idle{})
}

// Sent takes the answer of a destination. Results that were not taken are sent again without end.
func (d *outlet) Sent(token uint64, err error) {
	o, r := d.o, uint32(token)
	if err != nil {
		o.a.OutputTries.Inc()
		o.message(o.results[r].of).Enter(o.a.eng.Now(), message.Downstream)
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
		o.a.resumed.After(0, 0)
	}
}
