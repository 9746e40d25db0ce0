package sim

import "iter"

// Process is a sequential story in virtual time, for models that read better from top to bottom than as handlers. It
// runs as a coroutine on the engine's goroutine: between its calls that take time, nothing else happens. A wait
// costs about four times an event, so the services of this project do without.
//
// A process ends when its story returns, or when its engine is closed: then the call in which it waits does not
// return, and only its deferred calls still run.
type Process struct {
	eng     *Engine
	resume  func() (struct{}, bool)
	end     func()
	pause   func(struct{}) bool
	story   func(*Process)
	arg     uint64
	resumed Event[uint64] // the process goes on; the argument is its pass
	place   uint32        // among the engine's processes
	wait    uint32        // how many waits are over: passes of earlier ones are stale
	ended   bool          // by Close

	line          *Line // in which the process waits
	ahead, behind *Process
}

// processes are those of one engine.
type processes struct {
	all    []*Process
	idle   []*Process // their story is over
	closed bool
}

// NewProcess registers a story under name, a path such as "bank/customer", and returns the event that starts it.
// Each time the event fires, another process tells the story from its beginning, with the argument of the event. An
// engine with processes must be closed.
func NewProcess[A Arg](eng *Engine, name string, story func(p *Process, arg A)) Event[A] {
	tell := func(p *Process) { story(p, A(p.arg)) }
	resumed := NewEvent(eng, name+"/resumed", eng.resume)
	return NewEvent(eng, name, func(arg A) {
		p := eng.idleProcess()
		p.story, p.arg, p.resumed = tell, uint64(arg), resumed
		p.resume()
	})
}

// Now returns the present instant.
func (p *Process) Now() Time { return p.eng.now }

// Hold lets d pass. It panics if d is negative.
func (p *Process) Hold(d Duration) {
	if p.eng.goesOn(d, p.resumed.handler, p.pass()) {
		p.wait++
		return
	}
	p.resumed.After(d, p.pass())
	p.stand()
}

// Wait stands in line until Wake has come to this process.
func (p *Process) Wait(l *Line) {
	l.push(p)
	p.stand()
}

// WaitAtMost is Wait with patience: it returns false if d has passed before Wake has come to this process.
func (p *Process) WaitAtMost(l *Line, d Duration) bool {
	p.resumed.After(d, p.pass())
	l.push(p)
	p.stand()
	if p.line == nil {
		return true
	}
	l.remove(p)
	return false
}

// Acquire takes a unit of r, after those who asked for one before.
func (p *Process) Acquire(r *Resource) {
	if !r.take() {
		p.Wait(&r.line)
	}
}

// AcquireWithin is Acquire with patience: it returns false, without a unit, if d has passed before there was one.
func (p *Process) AcquireWithin(r *Resource, d Duration) bool {
	return r.take() || p.WaitAtMost(&r.line, d)
}

// pass returns what the resumed event must show to let the present wait end.
func (p *Process) pass() uint64 { return uint64(p.wait)<<32 | uint64(p.place) }

// closing is the panic that unwinds a process when its engine is closed.
type closing struct{}

func (p *Process) stand() {
	if !p.pause(struct{}{}) {
		p.ended = true
		panic(closing{})
	}
}

// run is the coroutine: it tells one story after the other.
func (p *Process) run(pause func(struct{}) bool) {
	p.pause = pause
	for p.tell() {
		p.eng.processes.idle = append(p.eng.processes.idle, p)
		if !pause(struct{}{}) {
			return
		}
	}
}

// tell reports whether the story came to its end.
func (p *Process) tell() bool {
	defer func() {
		if p.ended {
			if cause := recover(); cause != (closing{}) {
				panic(cause)
			}
		}
	}()
	p.story(p)
	return !p.ended
}

// idleProcess returns a process without a story, if possible one whose story is over: to make a coroutine takes the
// time of some twenty waits.
func (e *Engine) idleProcess() *Process {
	if n := len(e.processes.idle); n > 0 {
		p := e.processes.idle[n-1]
		e.processes.idle = e.processes.idle[:n-1]
		return p
	}
	p := &Process{eng: e, place: uint32(len(e.processes.all))}
	p.resume, p.end = iter.Pull(p.run)
	e.processes.all = append(e.processes.all, p)
	return p
}

// goesOn reports whether the event is the next of all in any case. Then it counts as fired: its process goes on
// without a switch to the engine and back.
func (e *Engine) goesOn(d Duration, handler uint32, arg uint64) bool {
	at := uint64(e.now + Time(d))
	c := &e.calendar
	if d < 0 || at > e.horizon || c.front.at != taken || at >= c.root.at || e.left == 0 || e.observe != nil {
		return false
	}
	c.key += 1 << handlerBits
	e.step(at, e.handlers[handler].digest, arg)
	return true
}

// resume lets the process go on whose pass is shown, unless the wait is over that it was issued for.
func (e *Engine) resume(pass uint64) {
	if p := e.processes.all[uint32(pass)]; p.wait == uint32(pass>>32) {
		p.wait++
		p.resume()
	}
}

// Close ends the processes of the engine. No event fires afterwards: Run panics. An engine without processes need
// not be closed.
func (e *Engine) Close() {
	if e.running {
		panic("sim: Close called by a handler")
	}
	all := e.processes.all
	e.processes = processes{closed: true}
	for _, p := range all {
		p.end()
	}
}

// Line is where processes wait for something to happen, first come, first served. The zero Line is ready to use.
type Line struct {
	first, last *Process
	length      int
}

// Len returns how many processes wait.
func (l *Line) Len() int { return l.length }

// Wake lets the first process in line go on at the present instant, after the events that are already scheduled for
// it. It returns false if none waits.
func (l *Line) Wake() bool {
	p := l.first
	if p == nil {
		return false
	}
	l.remove(p)
	p.wait++ // its patience no longer matters
	p.resumed.After(0, p.pass())
	return true
}

func (l *Line) push(p *Process) {
	p.line, p.ahead = l, l.last
	if l.last == nil {
		l.first = p
	} else {
		l.last.behind = p
	}
	l.last = p
	l.length++
}

func (l *Line) remove(p *Process) {
	if p.ahead == nil {
		l.first = p.behind
	} else {
		p.ahead.behind = p.behind
	}
	if p.behind == nil {
		l.last = p.ahead
	} else {
		p.behind.ahead = p.ahead
	}
	p.line, p.ahead, p.behind = nil, nil, nil
	l.length--
}

// Resource is a number of equal units that processes take and give back, such as the clerks of a bank. Those who
// wait get theirs in the order in which they asked.
type Resource struct {
	units, free int
	line        Line
}

// NewResource returns a resource of so many free units. It panics if there is none.
func NewResource(units int) *Resource {
	if units < 1 {
		panic("sim: a resource without units")
	}
	return &Resource{units: units, free: units}
}

// Free returns how many units nobody has.
func (r *Resource) Free() int { return r.free }

// Waiting returns how many processes wait for a unit.
func (r *Resource) Waiting() int { return r.line.length }

// Release gives a unit back. It panics if none was taken.
func (r *Resource) Release() {
	if r.free == r.units {
		panic("sim: Release of a unit that nobody has")
	}
	if !r.line.Wake() {
		r.free++
	}
}

func (r *Resource) take() bool {
	if r.free == 0 {
		return false
	}
	r.free--
	return true
}
