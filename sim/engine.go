package sim

// Engine is the clock and the calendar of one trial. It belongs to one goroutine, and engines share nothing.
type Engine struct {
	now         Time
	calendar    calendar
	horizon     uint64 // of the present Run: the last instant whose events fire
	left        uint64 // events that the present Run may still fire
	limit       uint64 // events fired when none is left
	fingerprint uint64
	handlers    []handler
	observe     func(at Time, handler string, arg uint64)
	running     bool
	stopped     bool
	seed        uint64
	replication int
	processes   processes
	lanes       *lanes // nil with one lane
}

type handler struct {
	fire   func(arg uint64)
	digest uint64 // of the name
	name   string
}

// NewEngine returns an engine at instant 0 with an empty calendar.
func NewEngine(seed uint64, replication int) *Engine {
	return &Engine{calendar: newCalendar(), seed: seed, replication: replication}
}

// Now returns the present instant.
func (e *Engine) Now() Time { return e.now }

// Rand returns the random numbers reserved for name, a path such as "orders/producer/gap". They depend on the seed, the
// replication and the name only, so that a change of the design does not shift another part's luck. Asking twice gives
// the same numbers twice.
func (e *Engine) Rand(name string) *Rand { return NewRand(e.seed, e.replication, name) }

// Fired returns how many events have fired.
func (e *Engine) Fired() uint64 { return e.limit - e.left }

// Pending returns how many events are in the calendar.
func (e *Engine) Pending() int {
	n := e.calendar.len()
	if e.lanes != nil {
		for i := range e.lanes.all {
			if i != e.lanes.at {
				n += e.lanes.all[i].calendar.len()
			}
		}
	}
	return n
}

// Fingerprint returns a running hash of the trajectory: time, name and argument of every event fired, in their order.
func (e *Engine) Fingerprint() uint64 {
	if e.lanes != nil {
		return e.fingerprints()
	}
	return e.fingerprint
}

// Observe calls watch before each event; nil ends it. Watching does not change the trajectory, and an engine that is
// not watched pays for one comparison an event.
func (e *Engine) Observe(watch func(at Time, handler string, arg uint64)) { e.observe = watch }

// Stop makes Run return after the present event.
func (e *Engine) Stop() {
	e.stopped = true
	e.endBudget()
}

// Run fires the events up to and including the instant until, at most budget of them, and returns why it returned.
// When it is Reached or Drained, and until is not Never, the clock stands at until. It may be called again to go on:
// a trial in several pieces takes the same course as in one. Events at Never do not fire.
func (e *Engine) Run(until Time, budget uint64) Reason {
	if e.running {
		panic("sim: Run called by a handler")
	}
	if e.processes.closed {
		panic("sim: Run called after Close")
	}
	e.running, e.stopped = true, false
	defer func() { e.running = false }()
	e.limit, e.left = e.Fired()+budget, budget
	if until >= e.now {
		e.horizon = uint64(min(until, Never-1))
		if e.lanes != nil {
			e.fireLanes()
		} else {
			e.fire()
		}
	}
	switch {
	case e.stopped:
		return Stopped
	case e.left == 0:
		return Paused
	}
	e.endBudget()
	if until < Never {
		e.now = max(e.now, until)
	}
	if e.earliest() >= uint64(Never) {
		return Drained
	}
	return Reached
}

// fire fires events until none is left of the budget, or none up to the horizon.
func (e *Engine) fire() {
	for e.left != 0 {
		next := &e.calendar.front
		at := next.at
		if at > e.horizon {
			if at == taken && e.calendar.refill() {
				continue
			}
			return
		}
		next.at = taken
		arg := next.arg
		h := &e.handlers[next.key&handlerMask]
		e.step(at, h.digest, arg)
		if e.observe != nil {
			e.observe(Time(at), h.name, arg)
		}
		h.fire(arg)
	}
}

// step moves the clock to the next event and mixes it into the fingerprint.
func (e *Engine) step(at, digest, arg uint64) {
	const factor = 0x9e3779b97f4a7c15 // odd, without a pattern
	e.now = Time(at)
	e.left--
	mixed := (e.fingerprint ^ at ^ (arg^digest)*factor) * factor
	e.fingerprint = mixed ^ mixed>>32
}

func (e *Engine) endBudget() {
	e.limit -= e.left
	e.left = 0
}

func (e *Engine) register(name string, fire func(arg uint64)) uint32 {
	if len(e.handlers) > handlerMask {
		panic("sim: more than a million events registered")
	}
	e.handlers = append(e.handlers, handler{fire, digest(name), name})
	return uint32(len(e.handlers) - 1)
}

// digest is the 64-bit FNV-1a hash.
func digest(name string) uint64 {
	hash := uint64(0xcbf29ce484222325)
	for i := range len(name) {
		hash = (hash ^ uint64(name[i])) * 0x100000001b3
	}
	return hash
}

// schedule puts an event into the calendar, d after the instant from.
func (e *Engine) schedule(from Time, d Duration, handler uint32, arg uint64) {
	t := from + Time(d)
	if t < e.now {
		t = e.unreachable(from, d, handler)
	}
	c := &e.calendar
	x := entry{uint64(t), c.key | uint64(handler), arg}
	c.key += 1 << handlerBits
	switch { // The frequent cases stand here rather than in a method of the calendar: the call would take 15 % of M/M/1.
	case c.front.at != taken:
		c.insert(x)
	case x.at < c.root.at: // at the same instant, the older entry comes first
		c.front = x
	case c.nodes == 0:
		c.front, c.root = c.root, x
	default:
		c.front = c.root
		c.sink(x)
	}
}

// unreachable returns Never for an instant beyond the range of Time. It panics if the instant lies in the past.
func (e *Engine) unreachable(from Time, d Duration, handler uint32) Time {
	if from < e.now || d < 0 {
		panic("sim: " + e.handlers[handler].name + " scheduled in the past")
	}
	return Never
}

// Reason is why Run returned.
type Reason uint8

// Why Run returned.
const (
	Reached Reason = iota // the next event lies beyond the instant asked for
	Drained               // no event is left that could fire
	Stopped               // a handler called Stop
	Paused                // the budget of events is used up
)

// String returns the reason in lower case.
func (r Reason) String() string { return [...]string{"reached", "drained", "stopped", "paused"}[r] }
