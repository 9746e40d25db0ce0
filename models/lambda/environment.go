package lambda

import (
	"weir/models/message"
	"weir/sim"
)

// environment is an execution environment, which works on one invocation at a time. Its life:
//
//	place, initialise → invocation → idle → invocation → … → reclaimed
//	                        │ timeout or crash: it is reset, and initialises again in its next invocation
type environment struct {
	number      uint32 // tells it from those that had its slot before
	turn        uint32 // counts invocations: an event of an earlier one is stale
	version     uint8
	provisioned bool
	busy        bool
	used        bool // an invocation has ended here
	reset       bool // it initialises again
	armed       bool // a reclaim event is scheduled
	watched     bool // a kill event is scheduled
	idleSince   sim.Time
	dies        sim.Time
	lifetime    sim.Duration // that it stays idle
	pools       []Downstream

	// The invocation:
	batch    *Batch // nil for a single message, or none
	one      message.Receipt
	caller   message.Caller
	token    uint64
	began    sim.Time
	deadline sim.Time
	init     sim.Duration // that is billed with it
	at       int32        // the message being worked on
	call     int32        // the call being made for it
	out      bool         // the work that is under way ends with the time
}

// Batch is the messages of an invocation. Those that were processed come to stand in front.
type Batch struct {
	Receipts []message.Receipt
	Done     int          // processed
	Lowest   int          // of a partial batch: the first that failed, or how many there are
	Line     message.Line // where its messages stand when they are visible again
	Partial  bool         // the handler says which ones failed
	Stops    bool         // it works on none behind the first that failed
	passing  bool         // its messages go on to who handed them over
}

// batch returns an empty batch of a mapping.
func (s *MappingSpec) batch(line message.Line) Batch {
	return Batch{Line: line, Partial: s.ReportBatchItemFailures, Stops: s.StopAtFailure}
}

// noMessage is the receipt of a request that is about no message.
var noMessage = message.Receipt{Ref: message.None}

// newEnvironment makes an environment that is busy or provisioned.
func (f *Function) newEnvironment(v uint8, provisioned bool) uint32 {
	now := f.eng.Now()
	var slot uint32
	if n := len(f.free); n > 0 {
		slot = f.free[n-1]
		f.free = f.free[:n-1]
	} else {
		slot = uint32(len(f.environments))
		f.environments = append(f.environments, environment{})
	}
	e := &f.environments[slot]
	f.number++
	*e = environment{
		number: f.number, turn: e.turn + 1, version: v, provisioned: provisioned, pools: e.pools, dies: sim.Never,
	}
	if !provisioned {
		e.lifetime = f.idleLifetime.Sample()
		e.dies = now.Add(f.lifeMax.Sample())
	}
	if e.pools == nil && len(f.calls) > 0 {
		for i := range f.calls {
			e.pools = append(e.pools, f.parts.Downstream(i))
		}
	}
	f.Environments.Add(now, 1)
	return slot
}

// release lets an environment wait for its next invocation, or ends it.
func (f *Function) release(slot uint32) {
	e := &f.environments[slot]
	now := f.eng.Now()
	e.busy = false
	switch {
	case e.provisioned && f.provision.surplus > 0:
		f.provision.surplus--
		f.provisioned--
		f.end(slot)
		return
	case e.provisioned:
		f.ready = append(f.ready, slot)
		return
	case now >= e.dies:
		f.end(slot)
		return
	}
	e.idleSince = now
	f.versions[e.version].idle.push(idleEntry{e.number, slot})
	if !e.armed {
		e.armed = true
		f.reclaimed.At(e.due(), tokenOf(slot, e.number))
	}
}

// due returns when an idle environment is reclaimed.
func (e *environment) due() sim.Time { return min(e.idleSince.Add(e.lifetime), e.dies) }

// reclaim is the event that an environment may have been idle for long enough. There is one such event for each, which
// follows it from use to use.
func (f *Function) reclaim(tk token) {
	slot := uint32(tk)
	e := &f.environments[slot]
	if e.number != uint32(tk>>32) {
		return
	}
	if e.busy {
		e.armed = false
		return
	}
	if due := e.due(); due > f.eng.Now() {
		f.reclaimed.At(due, tk)
		return
	}
	f.end(slot)
	f.versions[e.version].idle.gone(f.stands)
}

// stands reports whether an entry of the idle set is of an environment that still waits.
func (f *Function) stands(i idleEntry) bool { return f.environments[i.slot].number == i.number }

// end reclaims an environment: its connections are closed.
func (f *Function) end(slot uint32) {
	e := &f.environments[slot]
	f.number++
	e.number = f.number
	for _, p := range e.pools {
		p.Reset()
	}
	f.Environments.Add(f.eng.Now(), -1)
	f.free = append(f.free, slot)
}

// takeIdle takes the newest environment of a version that waits, if there is one.
func (f *Function) takeIdle(v uint8) (slot uint32, ok bool) {
	idle := &f.versions[v].idle
	for idle.live > 0 {
		entry := idle.pop()
		if f.stands(entry) {
			idle.live--
			return entry.slot, true
		}
	}
	return 0, false
}

// coldStart returns how long a new environment takes until it can begin its invocation, and how long its own
// initialisation takes of it. One that takes too long is broken off.
func (f *Function) coldStart(v uint8) (until, initialising sim.Duration, broken bool) {
	until = f.placement.Sample()
	if f.spec.Package.Image == nil {
		until += sim.Duration(float64(f.limit.PlacementPerMiB.Sim()) * float64(f.unzippedMiB()))
	}
	if f.spec.VPC != nil {
		until += f.vpc.Sample()
	}
	initialising = f.initialise(v)
	f.Stats.Init.Record(int64(initialising))
	if most := f.limit.InitMax.Sim(); initialising > most {
		f.InitTimeouts.Inc()
		initialising, broken = most, true
	}
	return until + initialising, initialising, broken
}

// initialise returns how long runtime and code take to initialise.
func (f *Function) initialise(v uint8) sim.Duration {
	return f.initRuntime.Sample() + f.versions[v].init.Sample()
}

// unzippedMiB returns the size of what is loaded.
func (f *Function) unzippedMiB() float64 {
	size := f.spec.Package.Zip
	for _, layer := range f.spec.Package.Layers {
		size += layer
	}
	return float64(size) / (1 << 20)
}
