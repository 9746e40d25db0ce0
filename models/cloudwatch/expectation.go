package cloudwatch

import (
	"math"

	"weir/models/message"
	"weir/sim"
)

// Expectation is what an alarm under test is held to: that it is in ALARM soon after something happens, or never.
type Expectation struct {
	Within   sim.Duration // how soon
	Silent   bool         // it must never be in ALARM
	happened sim.Time     // Never if it has not
	after    sim.Time     // the instant that it went into ALARM then; Never if it did not
	already  sim.Duration // how long it had been in ALARM when that happened; -1: it was not
	alarm    *Alarm
}

// Expect puts the alarm under test. It is called before the run.
func (a *Alarm) Expect(within sim.Duration, silent bool) *Expectation {
	a.expect = &Expectation{Within: within, Silent: silent, happened: sim.Never, after: sim.Never, already: -1, alarm: a}
	return a.expect
}

// Happened tells that what the alarm is to tell of has happened. The first time counts. An alarm that is in ALARM
// already tells nobody of it: it has to become OK, and go into ALARM again.
func (e *Expectation) Happened(now sim.Time) {
	if e.happened != sim.Never {
		return
	}
	e.happened = now
	switch a := e.alarm; {
	case a.state != Alarming:
	case a.since == now:
		e.after = now
	default:
		e.already = now.Sub(a.since)
	}
}

// fired tells that the alarm has gone into ALARM.
func (e *Expectation) fired(now sim.Time) {
	if e.happened != sim.Never {
		e.after = min(e.after, now)
	}
}

// alreadySeconds returns how long the alarm had been in ALARM when the event happened, NaN if it was not.
func (e *Expectation) alreadySeconds() float64 {
	if e.already < 0 {
		return math.NaN()
	}
	return e.already.Seconds()
}

// seconds returns how long after the event the alarm went into ALARM, NaN when it was not, or nothing has happened.
func (e *Expectation) seconds() float64 {
	if e.after == sim.Never {
		return math.NaN()
	}
	return e.after.Sub(e.happened).Seconds()
}

// Missed reports whether the alarm has not done what it was to do. An alarm is held to nothing when what it waits for
// has not happened, or happened so late that it has time left.
func (e *Expectation) Missed(now sim.Time) bool {
	switch {
	case e.Silent:
		return e.alarm.first != sim.Never
	case e.happened == sim.Never:
		return false
	case e.after == sim.Never:
		return now.Sub(e.happened) >= e.Within
	}
	return e.after.Sub(e.happened) > e.Within
}

// Happens reports whether what the alarm is to tell of has happened.
func (e *Expectation) Happens() bool { return e.Silent || e.happened != sim.Never }

// witness looks at the ledger each second until something has ended in one of some places.
type witness struct {
	ledger *message.Ledger
	places []message.Place
	looked sim.Event[uint8]
	tell   []func(now sim.Time)
	eng    *sim.Engine
}

// witnessed is the time between two looks at the ledger, which bounds how late an event is told of.
const witnessed = sim.Second

// WhenEnded calls tell when the first message has ended in one of some places, within a second. It is called before the
// run.
func (b *Board) WhenEnded(ledger *message.Ledger, event string, places []message.Place, tell func(now sim.Time)) {
	w := b.witnesses[event]
	if w == nil {
		w = &witness{ledger: ledger, places: places, eng: b.eng}
		w.looked = sim.NewEvent(b.eng, "cloudwatch/"+event, w.look)
		w.looked.After(witnessed, 0)
		b.witnesses[event] = w
	}
	w.tell = append(w.tell, tell)
}

// look is the event that the ledger is looked at.
func (w *witness) look(uint8) {
	for _, r := range w.ledger.Routes() {
		for _, p := range w.places {
			if r.Count[p] > 0 {
				for _, tell := range w.tell {
					tell(w.eng.Now())
				}
				return
			}
		}
	}
	w.looked.After(witnessed, 0)
}
