package analytics

import (
	"weir/models/message"
	"weir/sim"
	"weir/sim/random"
)

// long is before every event: no watermark has come yet.
const long = sim.Time(-1 << 62)

// clock is what time the application holds it to be: the time of records, and the watermark that windows end by.
type clock struct {
	a         *Application
	reading   bool // time is that of reading: the watermark is the clock, and is let through when a window ends
	delay     random.Duration
	watermark sim.Time // that all slots have passed
	marked    sim.Time // the last one that was let through
	lagging   int      // slots that have passed no later one
	armed     sim.Time // when the next window ends

	ticked sim.Event[uint32] // the watermark of the source is due
	ended  sim.Event[uint8]  // a window ends, by the clock
}

func (c *clock) init(a *Application) {
	c.a, c.reading = a, a.spec.timeOf() == OfReading
	if d := a.spec.Time.Delay; d != nil {
		c.delay = random.NewDuration(d.Dist(), a.eng.Rand(a.name+"/delay"))
	}
	c.watermark, c.marked, c.armed = long, long, sim.Never
	c.ticked = sim.NewEvent(a.eng, a.name+"/watermark", c.tick)
	c.ended = sim.NewEvent(a.eng, a.name+"/ended", c.end)
}

// of returns the time of a record that is read now.
func (c *clock) of(now sim.Time, m *message.Message) sim.Time {
	if c.reading {
		return now
	}
	return m.Born.Add(-c.delay.Sample())
}

// restart lets all slots go on from the watermark that all of them had passed.
func (c *clock) restart() {
	c.marked, c.armed, c.lagging = c.watermark, sim.Never, len(c.a.slots)
	for i := range c.a.slots {
		c.a.slots[i].passed = c.watermark
	}
}

// run lets time pass again.
func (c *clock) run() {
	switch {
	case c.a.windows == nil || c.a.windows.each:
	case c.reading:
		c.arm()
	default:
		c.ticked.After(c.a.limit.WatermarkEvery.Sim(), c.a.turn)
	}
}

// tick is the event that the source tells its watermark.
func (c *clock) tick(turn uint32) {
	if turn != c.a.turn {
		return
	}
	if w := c.source(); w > c.marked {
		c.mark(w)
	}
	c.run()
}

// source returns the watermark of the shards that are not idle, the least of theirs.
func (c *clock) source() sim.Time {
	least, late, now := sim.Never, c.a.spec.Time.OutOfOrderness.Sim(), c.a.eng.Now()
	for n := range c.a.shards {
		s := &c.a.shards[n]
		idle := s.held == 0 && now.Sub(s.seen) > c.a.spec.Time.IdleAfter.Sim()
		if idle || !s.open && s.held == 0 {
			continue
		}
		if s.latest == long {
			return long
		}
		least = min(least, s.latest.Add(-late))
	}
	if least == sim.Never {
		return long
	}
	return least
}

// arm watches for the end of the window that ends first, when time is that of reading. Those up to the last watermark
// that was let through end when it has come through.
func (c *clock) arm() {
	if first := c.a.windows.first(); c.reading && first > c.marked && first < c.armed {
		c.armed = first
		c.ended.At(max(first, c.a.eng.Now()), 0)
	}
}

// end is the event that a window ends by the clock: what was read before lies before the watermark.
func (c *clock) end(uint8) {
	now := c.a.eng.Now()
	if c.a.down || now < c.armed {
		return
	}
	c.armed = sim.Never
	if now > c.marked {
		c.mark(now)
	}
	c.arm()
}

// mark lets a watermark through all slots, behind the records that came before it.
func (c *clock) mark(w sim.Time) {
	c.marked = w
	for i := range c.a.slots {
		c.a.slots[i].line.Push(entry{ref: message.None, time: w})
		c.a.kick(i)
	}
}

// pass takes note that a watermark has come through a slot.
func (c *clock) pass(i int, w sim.Time) {
	s := &c.a.slots[i]
	if s.passed == c.watermark {
		c.lagging--
	}
	s.passed = w
	if c.lagging > 0 {
		return
	}
	least := w
	for k := range c.a.slots {
		least = min(least, c.a.slots[k].passed)
	}
	c.watermark = least
	for k := range c.a.slots {
		if c.a.slots[k].passed == least {
			c.lagging++
		}
	}
	c.a.windows.close(least)
	c.arm()
}
