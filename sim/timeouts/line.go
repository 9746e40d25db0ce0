// Package timeouts ends waits that have lasted too long.
package timeouts

import (
	"weir/sim"
	"weir/sim/ring"
)

// Line is the waits of one kind, which all time out after the same while, and so in the order in which they began.
// Only the first has an entry in the calendar. Those that are over stay in line until it is their turn, or until they
// outnumber the others by so much that a sweep pays: memory follows the waits that go on. A Line whose waits have no
// timeout does nothing.
type Line struct {
	eng     *sim.Engine
	timeout sim.Duration
	goesOn  func(slot, turn uint32) bool
	end     func(slot uint32)
	ended   sim.Event[uint8] // the wait that began first may have timed out
	line    ring.Buffer[wait]
	live    int
	armed   bool
}

type wait struct {
	until sim.Time
	slot  uint32
	turn  uint32
}

// New returns a line without waits, which time out after a while, or never when it is 0. Its owner keeps what waits in
// slots: goesOn tells whether the wait that began in a slot under a turn is not over yet, and end ends it, which says
// Over as every end does.
func New(
	eng *sim.Engine, name string, timeout sim.Duration, goesOn func(slot, turn uint32) bool, end func(slot uint32),
) *Line {
	l := &Line{eng: eng, timeout: timeout, goesOn: goesOn, end: end}
	l.ended = sim.NewEvent(eng, name, l.timeOut)
	return l
}

// Begin begins a wait.
func (l *Line) Begin(slot, turn uint32) {
	if l.timeout == 0 {
		return
	}
	if l.line.Len() > 3*l.live+256 {
		l.line.Keep(func(w wait) bool { return l.goesOn(w.slot, w.turn) })
	}
	l.live++
	until := l.eng.Now().Add(l.timeout)
	l.line.Push(wait{until, slot, turn})
	if !l.armed {
		l.armed = true
		l.ended.At(until, 0)
	}
}

// Over says that one of the waits is over.
func (l *Line) Over() {
	if l.timeout > 0 {
		l.live--
	}
}

// timeOut is the event that the wait that began first of all may have timed out.
func (l *Line) timeOut(uint8) {
	for l.line.Len() > 0 {
		first := *l.line.Front()
		goesOn := l.goesOn(first.slot, first.turn)
		if goesOn && first.until > l.eng.Now() {
			l.ended.At(first.until, 0)
			return
		}
		l.line.Pop()
		if goesOn {
			l.end(first.slot)
		}
	}
	l.armed = false
}
