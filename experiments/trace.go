package experiments

import (
	"context"

	"weir/models/message"
	"weir/results"
	"weir/sim"
)

// Trace returns some messages of the first replication of an ensemble with their causes in the order in which they
// ran: of each path the slowest, and others by lot. It runs the replication twice more. The first time finds who is to
// be followed, the second follows them: the trial is the same each time, and nothing is kept of a message that nobody
// follows.
func (d *Design) Trace(ctx context.Context, e *results.Ensemble) ([]results.Followed, error) {
	design, err := d.again(ctx)
	if err != nil {
		return nil, err
	}
	var found *sampler
	if err := design.look(ctx, e, func(t *trial) {
		found = newSampler(t.eng.Rand)
		t.store.Watch(found)
		t.follower = found
	}); err != nil {
		return nil, err
	}
	chosen := found.found()
	var chasing *chaser
	if err := design.look(ctx, e, func(t *trial) {
		chasing = newChaser(t.store, chosen)
		t.store.Watch(chasing)
		t.follower = chasing
		t.eng.Observe(chasing.look)
	}); err != nil {
		return nil, err
	}
	return chasing.followed(chosen), nil
}

// chaser is the witness of the second pass: it looks at chosen messages after every event.
type chaser struct {
	store    *message.Store
	now      sim.Time // of the last event
	born     uint64
	wanted   map[uint64]bool // by number: those chosen, and what they are copies of
	slots    []*chased       // by slot, nil for messages that nobody follows
	live     []*chased
	counting bool
	done     map[ending][]results.Stage
}

// ending is a message at the end of a path.
type ending struct {
	path   string
	number uint64
}

// chased is a message that is followed.
type chased struct {
	number  uint64
	ref     message.Ref
	cause   message.Cause // that ran when it was looked at last
	looked  sim.Time
	clocks  [message.Causes]int64 // up to then
	unknown bool                  // it has waited in a queue since, or what ran before is not known
	stages  []results.Stage
	broken  bool // a clock ran backwards: what had been seen was booked anew
}

func newChaser(store *message.Store, chosen []sample) *chaser {
	c := &chaser{store: store, wanted: map[uint64]bool{}, done: map[ending][]results.Stage{}}
	for _, one := range chosen {
		for d := one.descent; d != nil; d = d.of {
			c.wanted[d.number] = true
		}
	}
	return c
}

func (c *chaser) observe() { c.counting = true }

// Born begins to follow a message that is to be.
func (c *chaser) Born(r, original message.Ref) {
	number := c.born
	c.born++
	for int(r) >= len(c.slots) {
		c.slots = append(c.slots, nil)
	}
	if old := c.slots[r]; old != nil {
		c.drop(old)
	}
	if !c.wanted[number] {
		return
	}
	m := c.store.At(r)
	t := &chased{number: number, ref: r, cause: message.Batching, looked: m.Born, unknown: true}
	if original != message.None && c.slots[original] != nil {
		of := c.slots[original]
		t.cause, t.looked, t.clocks, t.broken = of.cause, of.looked, of.clocks, of.broken
		t.stages = append([]results.Stage(nil), of.stages...)
	}
	c.slots[r] = t
	c.live = append(c.live, t)
}

// drop ends following a message whose slot holds another.
func (c *chaser) drop(old *chased) {
	c.slots[old.ref] = nil
	for i, t := range c.live {
		if t == old {
			c.live = append(c.live[:i], c.live[i+1:]...)
			return
		}
	}
}

// look is called before each event: what has changed did so at the event before.
func (c *chaser) look(at sim.Time, _ string, _ uint64) {
	now := c.now
	c.now = at
	for _, t := range c.live {
		m := c.store.At(t.ref)
		switch {
		case m.Place().Ended():
		case m.Waits():
			t.unknown = true
		case t.unknown || m.Cause() != t.cause:
			var clocks [message.Causes]int64
			c.store.Clocks(now, t.ref, &clocks)
			t.advance(now, &clocks)
			t.cause = m.Cause()
		}
	}
}

// advance books what ran since the last look.
func (t *chased) advance(now sim.Time, clocks *[message.Causes]int64) {
	from := t.looked
	add := func(cause message.Cause, order bool) {
		ran := clocks[cause] - t.clocks[cause]
		t.broken = t.broken || ran < 0
		if ran <= 0 {
			return
		}
		length := sim.Duration(ran)
		if n := len(t.stages) - 1; n >= 0 && t.stages[n].Cause == cause && t.stages[n].Order == order {
			t.stages[n].Length += length
		} else {
			t.stages = append(t.stages, results.Stage{Cause: cause, From: from, Length: length, Order: order})
		}
		from = from.Add(length)
	}
	others := 0
	for cause := range message.Cause(message.Causes) {
		if cause != t.cause && clocks[cause] != t.clocks[cause] {
			others++
		}
	}
	add(t.cause, true) // it ran on from the last look, until the wait in line began
	for cause := range message.Cause(message.Causes) {
		if cause != t.cause {
			add(cause, others == 1)
		}
	}
	t.clocks, t.looked, t.unknown = *clocks, now, false
}

// Processed keeps the stages of a message that was chosen.
func (c *chaser) Processed(
	now sim.Time, p *message.Path, r message.Ref, _ *message.Message, clocks *[message.Causes]int64,
) {
	if !c.counting || int(r) >= len(c.slots) || c.slots[r] == nil {
		return
	}
	end := *c.slots[r]
	end.stages = append([]results.Stage(nil), end.stages...)
	end.advance(now, clocks)
	if !end.broken {
		c.done[ending{p.Name(), end.number}] = end.stages
	}
}

// followed returns the chosen messages with their stages: where these are not known, the causes one after the other.
func (c *chaser) followed(chosen []sample) []results.Followed {
	all := make([]results.Followed, len(chosen))
	for i, one := range chosen {
		all[i] = one.Followed
		all[i].Stages = c.done[ending{one.Path, one.Number}]
		if all[i].Stages == nil {
			t := chased{cause: message.Batching, looked: one.Born}
			t.advance(one.Ended, &one.Causes)
			for j := range t.stages {
				t.stages[j].Order = false
			}
			all[i].Stages = t.stages
		}
	}
	return all
}
