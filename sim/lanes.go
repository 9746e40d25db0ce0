package sim

// lanes are calendars of parts of a model that never touch one another. Each is run for a while before the next
// one has its turn, so that the processor's caches hold one part at a time; with a thousand parts in one calendar,
// nearly every event would find nothing there that it needs. Lane 0 is what all parts belong to: its events fire
// when every other lane has come to the instant before. Within a lane the course is that of an engine of its own.
type lanes struct {
	all    []lane
	at     int  // the one whose calendar stands in the engine
	round  bool // a turn of all lanes is under way
	next   int  // whose turn it is
	done   Time // up to which instant all lanes but the first have fired their events
	until  Time // up to which they will have, after this round
	width  Duration
	before uint64 // events fired when the round began
	latest Time   // instant that some lane has come to
}

type lane struct {
	calendar    calendar
	fingerprint uint64
}

// A round is to have so many events for each lane: enough to make a turn worth it, and not so many that what a
// lane needs outgrows the caches again.
const (
	roundLeast = 1024
	roundMost  = 8192
)

// Lane makes what is registered and scheduled from now on, until the next call, part of a lane. What is in lanes other
// than 0 must never schedule events of another lane, and never read what another lane changes. It is called before the
// first Run; an engine on which it never is has one lane.
func (e *Engine) Lane(n int) {
	l := e.lanes
	if l == nil {
		if n == 0 {
			return
		}
		l = &lanes{all: make([]lane, 1), done: -1, width: Millisecond}
		e.lanes = l
	}
	for n >= len(l.all) {
		l.all = append(l.all, lane{calendar: newCalendar()})
	}
	e.turnTo(n)
}

// turnTo puts a lane's calendar into the engine.
func (e *Engine) turnTo(n int) {
	l := e.lanes
	if n == l.at {
		return
	}
	l.all[l.at] = lane{e.calendar, e.fingerprint}
	e.calendar, e.fingerprint = l.all[n].calendar, l.all[n].fingerprint
	l.at = n
}

// fireLanes fires the events of all lanes up to the horizon, or until the budget is used up.
func (e *Engine) fireLanes() {
	l := e.lanes
	horizon := Time(e.horizon)
	defer func() {
		e.horizon = uint64(horizon)
		e.turnTo(0) // what is scheduled between two runs belongs to all
		l.latest = max(l.latest, e.now)
		e.now = l.latest // so that no lane is ahead of the clock
	}()
	for e.left != 0 {
		if !l.round {
			common := e.earliestOf(0)
			l.until = min(horizon, l.done.Add(l.width))
			if common <= uint64(l.until) {
				l.until = Time(common) - 1
			}
			if l.until <= l.done {
				if common > uint64(horizon) {
					return
				}
				e.turnTo(0)
				e.horizon = common
				e.fire()
				continue
			}
			l.round, l.next, l.before = true, 1, e.Fired()
		}
		for ; l.next < len(l.all); l.next++ {
			if e.earliestOf(l.next) > uint64(l.until) {
				continue
			}
			e.turnTo(l.next)
			e.horizon = uint64(l.until)
			e.fire()
			if l.latest = max(l.latest, e.now); e.left == 0 {
				return
			}
		}
		l.round, l.done = false, l.until
		if e.Fired() == l.before { // nothing happens for a while
			l.done = Time(min(e.earliest(), uint64(horizon)+1)) - 1
		}
		e.fitRound(l)
	}
}

// Settle lets all lanes come to one instant, that of the lane that is ahead. An engine with one lane is there.
func (e *Engine) Settle() {
	if l := e.lanes; l != nil && l.round {
		e.Run(l.until, 1<<62)
	}
}

// fitRound makes the rounds longer or shorter, by how many events the last one had.
func (e *Engine) fitRound(l *lanes) {
	switch fired := e.Fired() - l.before; {
	case fired < uint64(roundLeast*len(l.all)) && l.width < Hour:
		l.width *= 2
	case fired > uint64(roundMost*len(l.all)) && l.width > Microsecond:
		l.width /= 2
	}
}

// earliestOf returns the time of a lane's earliest entry.
func (e *Engine) earliestOf(n int) uint64 {
	if n == e.lanes.at {
		return e.calendar.earliest()
	}
	return e.lanes.all[n].calendar.earliest()
}

// earliest returns the time of the earliest entry of all lanes.
func (e *Engine) earliest() uint64 {
	if e.lanes == nil {
		return e.calendar.earliest()
	}
	first := e.earliestOf(0)
	for n := range e.lanes.all {
		first = min(first, e.earliestOf(n))
	}
	return first
}

// fingerprints mixes those of all lanes.
func (e *Engine) fingerprints() uint64 {
	const factor = 0x9e3779b97f4a7c15
	mixed := uint64(0)
	for n := range e.lanes.all {
		f := e.lanes.all[n].fingerprint
		if n == e.lanes.at {
			f = e.fingerprint
		}
		mixed = (mixed ^ f) * factor
		mixed ^= mixed >> 32
	}
	return mixed
}
