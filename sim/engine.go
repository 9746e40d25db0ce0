package sim

// Engine is the clock and the calendar of one trial. It belongs to one goroutine.
type Engine struct {
	now         Time
	calendar    calendar
	handlers    []handler
	observe     func(at Time, handler string, arg uint64)
	seed        uint64
	replication int
	fired       uint64
	fingerprint uint64
	stopped     bool
}

type handler struct {
	name string
	fire func(arg uint64)
}

// NewEngine returns an engine at instant 0 with an empty calendar.
func NewEngine(seed uint64, replication int) *Engine {
	return &Engine{seed: seed, replication: replication}
}

// Now returns the present instant.
func (e *Engine) Now() Time { return e.now }

// Rand returns the random numbers reserved for name, a path such as "orders/producer/gap". They depend on
// the seed, the replication and the name only, so that a change of the design does not shift another part's luck.
func (e *Engine) Rand(name string) *Rand { return NewRand(e.seed, e.replication, name) }

// Fired returns how many events have fired.
func (e *Engine) Fired() uint64 { return e.fired }

// Pending returns how many events are in the calendar.
func (e *Engine) Pending() int { return len(e.calendar.entries) }

// Fingerprint returns the running hash of the trajectory: time, handler and argument of every event fired.
func (e *Engine) Fingerprint() uint64 { return e.fingerprint }

// Observe calls watch before each event; nil ends it. An unobserved engine pays nothing.
func (e *Engine) Observe(watch func(at Time, handler string, arg uint64)) { e.observe = watch }

// Stop makes Run return after the present event.
func (e *Engine) Stop() { e.stopped = true }

// Run fires the events up to and including the instant until, at most budget of them, and returns why it
// returned. When it is Reached or Drained with until < Never, the clock stands at until.
func (e *Engine) Run(until Time, budget uint64) Reason {
	e.stopped = false
	for ; budget > 0; budget-- {
		if len(e.calendar.entries) == 0 {
			e.settle(until)
			return Drained
		}
		if Time(e.calendar.entries[0].at) > until {
			e.settle(until)
			return Reached
		}
		e.step()
		if e.stopped {
			return Stopped
		}
	}
	return Paused
}

func (e *Engine) settle(until Time) {
	if until < Never && until > e.now {
		e.now = until
	}
}

func (e *Engine) step() {
	next := e.calendar.pop()
	e.now = Time(next.at)
	e.fired++
	handler := next.order % handlersMax
	h := &e.handlers[handler]
	e.fingerprint = (e.fingerprint ^ next.at ^ handler<<48 ^ next.arg<<1) * 0x9e3779b97f4a7c15
	e.fingerprint ^= e.fingerprint >> 29
	if e.observe != nil {
		e.observe(e.now, h.name, next.arg)
	}
	h.fire(next.arg)
}

// Reason is why Run returned.
type Reason uint8

// Why Run returned.
const (
	Reached Reason = iota // the next event lies beyond the instant asked for
	Drained               // no event is left
	Stopped               // a handler called Stop
	Paused                // the budget of events is used up
)
