package message

import (
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Consumer books the work of a component on the messages of its receipts: what they wait for, how late they are, and
// whether the work was the first on them. A receipt may have been superseded meanwhile; its message then shows nothing
// of the work until it ends.
type Consumer struct {
	Processed  measure.Counter // messages processed for the first time
	Duplicates measure.Counter // work that ended well on messages that were processed already, or gone
	TimedOut   measure.Counter // attempts that ended after the message had been delivered again
	ForNobody  measure.Counter // requests that were processed when their client had gone
	Begun      measure.Counter // times that work on a message began

	name   string
	store  *Store
	digits int
	paths  Paths
}

// Line is where messages wait for their consumers. It tells what their wait is split by.
type Line interface{ Idle() Idle }

// NewConsumer returns the books of a component, whose latency histograms have so many significant digits.
func NewConsumer(store *Store, name string, digits int) Consumer {
	return Consumer{name: name, store: store, digits: digits}
}

// Mine returns the message of a receipt and whether the receipt is the latest and its message not waiting in line: only
// then does the work show in the message's clocks.
func (c *Consumer) Mine(r Receipt) (*Message, bool) {
	m := c.store.At(r.Ref)
	return m, m.Receipt == r.Number && !m.Waits()
}

// Enter books the time of a message to another cause from now on.
func (c *Consumer) Enter(now sim.Time, r Receipt, next Cause) {
	if m, mine := c.Mine(r); mine {
		m.Enter(now, next)
	}
}

// Begin notes that an attempt at a message begins, and returns the size of its body in bytes.
func (c *Consumer) Begin(now sim.Time, r Receipt) uint32 {
	c.Begun.Inc()
	if m := c.store.At(r.Ref); m.Generation == r.Generation {
		c.path(m.Route).Attempts.Inc()
	}
	return c.BeginTogether(now, r)
}

// BeginTogether notes that work on a batch begins that the message is in: the attempt at itself may follow.
func (c *Consumer) BeginTogether(now sim.Time, r Receipt) uint32 {
	m, mine := c.Mine(r)
	if !mine {
		return c.store.BodyBytes(r.Ref, m)
	}
	m.Enter(now, Work)
	if !m.Has(Seen) && m.Place() != Processed {
		m.Flags |= Seen
		c.path(m.Route).Wait.Record(int64(now.Sub(m.Born)))
	}
	return c.store.BodyBytes(r.Ref, m)
}

// Complete books a message that was processed. The line is where the message may stand again meanwhile, or nil.
func (c *Consumer) Complete(now sim.Time, r Receipt, line Line) {
	m := c.store.At(r.Ref)
	if m.Generation != r.Generation { // another consumer has deleted it, or the queue has given it up
		c.TimedOut.Inc()
		c.Duplicates.Inc()
		return
	}
	if m.Receipt != r.Number {
		c.TimedOut.Inc()
	}
	if place := m.Place(); place.Ended() && !place.DeadLettered() { // processed, or dropped by a filter, and here again
		c.Duplicates.Inc()
		return
	}
	c.Processed.Inc()
	if c.path(m.Route).Record(now, r.Ref, m, c.Idle(now, r.Ref, m, line)) {
		c.store.Ledger.NoteLate(m.Route)
	}
	c.store.Move(r.Ref, m, Processed)
}

// Respond books a request that was processed, for the client that waits for the answer. When it has gone meanwhile, the
// work was for nobody: the request is neither processed nor a duplicate.
func (c *Consumer) Respond(now sim.Time, r Receipt) {
	if m := c.store.At(r.Ref); m.Generation != r.Generation || m.Receipt != r.Number {
		c.ForNobody.Inc()
		return
	}
	c.Complete(now, r, nil)
}

// DropLate ends a message whose deadline has passed, so that no work is lost on it. It returns false, and does nothing,
// when there is time left, or the message is another consumer's meanwhile.
func (c *Consumer) DropLate(now sim.Time, r Receipt) bool {
	m, mine := c.Mine(r)
	if !mine {
		return false
	}
	switch p := c.path(m.Route); {
	case m.Place() == TooLate: // its deletion failed, and it came back
		return true
	case m.Place().Ended() || p.Deadline == 0 || now.Sub(m.Born) <= p.Deadline:
		return false
	default:
		p.Dropped.Inc()
		c.store.Move(r.Ref, m, TooLate)
		return true
	}
}

// WorkFigures reports how many attempts there were for each message and, when there are deadlines, what was in time.
func (c *Consumer) WorkFigures(report func(name, unit string, value float64)) {
	var first, late, dropped, done uint64
	for _, p := range c.Paths() {
		first += p.Wait.Count()
		late += p.Late.Value()
		dropped += p.Dropped.Value()
		done += p.Latency.Count()
	}
	report("attempts", "attempts", float64(c.Begun.Value()))
	report("amplification", "attempts/message", meter.Ratio(c.Begun.Value(), first))
	if c.store.Ledger.Deadlines() {
		report("on_time", "messages", float64(done-late))
		report("late", "messages", float64(late))
		report("dropped_late", "messages", float64(dropped))
	}
}

// WorkCurves declares, when there are deadlines, what is done on time and late, dropped messages among the latter.
func (c *Consumer) WorkCurves(declare func(meter.Curve)) {
	if !c.store.Ledger.Deadlines() {
		return
	}
	declare(meter.Curve{Name: "on_time", Unit: "messages/s", Kind: meter.Rate, Read: func(sim.Time) (n float64) {
		for _, p := range c.Paths() {
			n += float64(p.Latency.Count() - p.Late.Value())
		}
		return n
	}})
	declare(meter.Curve{Name: "late", Unit: "messages/s", Kind: meter.Rate, Read: func(sim.Time) (n float64) {
		for _, p := range c.Paths() {
			n += float64(p.Late.Value() + p.Dropped.Value())
		}
		return n
	}})
}

// Idle returns what the message's waits are split by. It needs the totals of its line when it was made visible again
// before the work on it was done.
func (c *Consumer) Idle(now sim.Time, r Ref, m *Message, line Line) (idle Idle) {
	if m.InLine() {
		idle = line.Idle()
	}
	idle.Group = c.store.Held(now, r, m)
	return idle
}

// Abandon ends the work on a message without success: it waits to be tried again, and the failure says where it would
// be dead-lettered.
func (c *Consumer) Abandon(now sim.Time, r Receipt, failure Place) {
	if m, mine := c.Mine(r); mine {
		m.Failure = failure
		m.Enter(now, Retry)
	}
}

// path returns the path of a route's messages that ends here.
func (c *Consumer) path(route RouteID) *Path {
	if int(route) < len(c.paths.byRoute) {
		if p := c.paths.byRoute[route]; p != nil {
			return p
		}
	}
	return c.paths.Of(&c.store.Ledger, route, c.name, c.digits)
}

// Paths returns the paths that end at the component, one for each origin of its messages.
func (c *Consumer) Paths() []*Path { return c.paths.All() }

// DoneAgain returns how much work was done again on messages that were processed already, or gone.
func (c *Consumer) DoneAgain() uint64 { return c.Duplicates.Value() }

// Reset begins a new window of observation.
func (c *Consumer) Reset() {
	c.Processed, c.Duplicates, c.TimedOut = measure.Counter{}, measure.Counter{}, measure.Counter{}
	c.Begun, c.ForNobody = measure.Counter{}, measure.Counter{}
	for _, p := range c.Paths() {
		p.Reset()
	}
}
