package fault

import (
	"weir/models/meter"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// Parts is what a fault is built from beside its Spec.
type Parts struct {
	Begin, End func()      // what the fault does to its target; End is nil for what happens at one instant
	Over       func() bool // whether what happened at one instant is mended; nil: at once
	Recovery   *Recovery
	Backlog    func() float64 // messages that wait in what is watched
	Calls      []*State       // that the fault strikes, for the calls that went wrong
}

// Stats is what a fault measures.
type Stats struct {
	Begun measure.Counter
}

// Fault is a fault of a design: it begins and ends as its Spec says.
type Fault struct {
	Stats

	name   string
	spec   *Spec
	parts  Parts
	eng    *sim.Engine
	length random.Duration
	gap    random.Duration
	active bool
	turn   uint32 // counts begins: an end of an earlier one is stale

	usual usual // backlog

	occurrences []*Occurrence
	told        []func(now sim.Time) // of each begin

	begins sim.Event[uint8]
	ends   sim.Event[uint32]
}

// New returns a fault. It begins when Start has been called, as its Spec says.
func New(eng *sim.Engine, name string, s *Spec, parts Parts) *Fault {
	f := &Fault{name: name, spec: s, parts: parts, eng: eng}
	if s.For != nil {
		f.length = random.NewDuration(s.For.Dist(), eng.Rand(name+"/length"))
	}
	f.begins = sim.NewEvent(eng, name+"/begins", f.begin)
	f.ends = sim.NewEvent(eng, name+"/ends", f.expire)
	parts.Recovery.faults = append(parts.Recovery.faults, f)
	return f
}

// Start schedules the fault.
func (f *Fault) Start() {
	switch {
	case f.spec.At != nil:
		f.begins.At(sim.Time(f.spec.At.Sim()), 0)
	case f.spec.Rate != nil:
		gap, err := random.NewExponential(float64(sim.Second) / f.spec.Rate.PerSecond())
		if err != nil {
			panic(err) // the decoder has checked the rate
		}
		f.gap = random.NewDuration(gap, f.eng.Rand(f.name+"/gap"))
		f.begins.After(f.gap.Sample(), 0)
	}
}

// OnBegin has a function called each time the fault begins. It is called before the run.
func (f *Fault) OnBegin(tell func(now sim.Time)) { f.told = append(f.told, tell) }

// Strike lets the fault begin now, unless it is there already.
func (f *Fault) Strike() {
	if !f.active {
		f.begin(0)
	}
}

// begin is the event that the fault begins.
func (f *Fault) begin(uint8) {
	f.Begun.Inc()
	f.active = true
	f.turn++
	f.parts.Recovery.begin(f)
	f.parts.Begin()
	for _, tell := range f.told {
		tell(f.eng.Now())
	}
	if length, _ := f.spec.Kind().lasts(); !length {
		if f.parts.Over == nil {
			f.end()
		}
	} else if f.spec.For != nil {
		f.ends.After(f.length.Sample(), f.turn)
	}
}

// expire is the event that the fault has lasted as long as it may.
func (f *Fault) expire(turn uint32) {
	if f.active && f.turn == turn {
		f.end()
	}
}

// Cease ends the fault now, if it is there.
func (f *Fault) Cease() {
	if f.active {
		f.end()
	}
}

// end ends the fault.
func (f *Fault) end() {
	f.active = false
	if f.parts.End != nil {
		f.parts.End()
	}
	f.parts.Recovery.over(f)
	if f.spec.Rate != nil {
		f.begins.After(f.gap.Sample(), 0)
	}
}

// Occurrences returns what was measured of each time that the fault struck in the window.
func (f *Fault) Occurrences() []*Occurrence { return f.occurrences }

// Spec returns what the scenario says of the fault.
func (f *Fault) Spec() *Spec { return f.spec }

// Of returns what the fault strikes.
func (f *Fault) Of() spec.Link { return f.spec.Of }

// Name returns the fault's path in the scenario.
func (f *Fault) Name() string { return f.name }

// Kind returns "fault." and the kind.
func (f *Fault) Kind() string { return "fault." + string(f.spec.Kind()) }

// Reset begins the window of observation. A fault that has begun before it is not measured.
func (f *Fault) Reset(sim.Time) {
	f.Stats = Stats{}
	f.occurrences = nil
	f.parts.Recovery.reset()
	for _, s := range f.parts.Calls {
		s.Reset()
	}
}

// Curves declares whether the fault is there.
func (f *Fault) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "active", Unit: "", Kind: meter.Instant, Read: func(sim.Time) float64 {
		if f.active {
			return 1
		}
		return 0
	}})
}

// Usage reports nothing: a fault costs what it makes others do.
func (f *Fault) Usage(sim.Time, func(item, variant string, quantity float64)) {}
