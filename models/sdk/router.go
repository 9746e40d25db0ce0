package sdk

import (
	"fmt"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
)

// Onward sends processed messages on.
type Onward interface {
	// Send begins to send copies of the message m, which r names, for one of the processes. It returns false when there is
	// nothing to wait for.
	Send(token uint64, process int, r message.Ref, m *message.Message, idle message.Idle) bool
	Reset(now sim.Time)
	// Attempts returns how many attempts of calls were made, and how many of them were retries.
	Attempts() (all, retries uint64)
}

// RouterStats is what a router measures.
type RouterStats struct {
	Ended   measure.Counter // messages that took no way on
	Spent   measure.Counter // times that a way back was closed, its rounds used up
	Joined  measure.Counter // messages that went on for several
	Waiting measure.Counter // messages that were counted for such a one
	Lapsed  measure.Counter // of those that belong together, counts that were given up as too old
}

// RouterTarget is one way on.
type RouterTarget struct {
	Spec *TargetSpec
	ForwarderParts
}

// Router sends processed messages on by several ways, to all that suit or to one of them by chance. The calls of one
// message go out together, and the work on it waits for all of their answers.
type Router struct {
	RouterStats

	eng    *sim.Engine
	store  *message.Store
	sender Sender
	one    bool
	ways   []way
	chance *sim.Rand
	slots  []routed
	free   []uint32
	chosen []int
}

type way struct {
	spec  *TargetSpec
	to    *Forwarder
	join  *join
	share float64
}

// routed is a message whose copies are on their way.
type routed struct {
	token  uint64
	calls  int32
	err    error
	joined []closed
}

// closed is a count that the message has closed.
type closed struct {
	way int
	id  uint32
}

// NewOnward returns what sends a component's messages on: a forwarder where there is one way that all take.
func NewOnward(
	eng *sim.Engine, store *message.Store, name string, sender Sender, targets []RouterTarget, one bool,
) Onward {
	if len(targets) == 1 && targets[0].Spec.plain() {
		return NewForwarder(eng, store, name, sender, targets[0].ForwarderParts)
	}
	rt := &Router{eng: eng, store: store, sender: sender, one: one, chance: eng.Rand(name + "/then")}
	for i, t := range targets {
		w := way{spec: t.Spec, join: newJoin(t.Spec.Join), share: 1}
		if t.Spec.Share != nil {
			w.share = float64(*t.Spec.Share)
		}
		if i > 0 {
			t.Way = fmt.Sprintf("/%d", i)
		}
		if t.Spec.Rounds != nil {
			store.KeepHops()
			before := t.Hop
			t.Hop = func(copy message.Ref) {
				if before != nil {
					before(copy)
				}
				store.Hops(copy).Rounds++
			}
		}
		if t.Spec.Join != nil && t.Spec.Join.By == JoinFamily {
			store.KeepIDs()
		}
		w.to = NewForwarder(eng, store, name, rt, t.ForwarderParts)
		rt.ways = append(rt.ways, w)
	}
	return rt
}

// plain reports whether every message takes the way as it is.
func (t *TargetSpec) plain() bool {
	return t.Share == nil && t.LargerThan == nil && t.SmallerThan == nil && t.Messages <= 1 && t.Rounds == nil &&
		t.Join == nil
}

// Reset begins a new window of observation.
func (rt *Router) Reset(now sim.Time) {
	rt.RouterStats = RouterStats{}
	for i := range rt.ways {
		rt.ways[i].to.Reset(now)
	}
}

// Reset begins a new window of observation.
func (fw *Forwarder) Reset(now sim.Time) { fw.Client.Reset(now) }

// Attempts returns how many attempts of calls were made, and how many of them were retries.
func (fw *Forwarder) Attempts() (all, retries uint64) {
	return fw.Client.Attempts.Value(), fw.Client.Retries.Value()
}

// Attempts returns how many attempts of calls were made by all ways, and how many of them were retries.
func (rt *Router) Attempts() (all, retries uint64) {
	for i := range rt.ways {
		a, r := rt.ways[i].to.Attempts()
		all, retries = all+a, retries+r
	}
	return all, retries
}

// Send begins to send copies of a message by the ways that it takes.
func (rt *Router) Send(token uint64, process int, r message.Ref, m *message.Message, idle message.Idle) bool {
	rt.choose(r, m)
	if len(rt.chosen) == 0 {
		rt.Ended.Inc()
		return false
	}
	if len(rt.free) == 0 {
		rt.free = append(rt.free, uint32(len(rt.slots)))
		rt.slots = append(rt.slots, routed{})
	}
	slot := rt.free[len(rt.free)-1]
	s := &rt.slots[slot]
	*s = routed{token: token, joined: s.joined[:0]}
	for _, i := range rt.chosen {
		w := &rt.ways[i]
		if w.join != nil && !rt.joins(i, r, m, s) {
			continue
		}
		for range w.spec.Messages {
			if w.to.Send(uint64(slot), process, r, rt.store.At(r), idle) {
				s.calls++
			}
		}
	}
	if s.calls == 0 {
		return false
	}
	rt.free = rt.free[:len(rt.free)-1]
	return true
}

// joins counts a message among those that belong together, and reports whether it is the last of them.
func (rt *Router) joins(i int, r message.Ref, m *message.Message, s *routed) bool {
	if m.Place().Ended() && !m.Place().DeadLettered() {
		return false // it was counted when it was processed first
	}
	j := rt.ways[i].join
	id := j.idOf(rt.store, r)
	last, lapsed := j.complete(rt.eng.Now(), id)
	rt.Lapsed.Add(lapsed)
	if !last {
		rt.Waiting.Inc()
		return false
	}
	rt.Joined.Inc()
	s.joined = append(s.joined, closed{i, id})
	return true
}

// choose notes the ways that a message takes.
func (rt *Router) choose(r message.Ref, m *message.Message) {
	rt.chosen = rt.chosen[:0]
	if !rt.one {
		for i := range rt.ways {
			w := &rt.ways[i]
			if (w.spec.Share == nil || rt.chance.Float64() < w.share) && rt.suits(w, r, m) {
				rt.chosen = append(rt.chosen, i)
			}
		}
		return
	}
	luck, rest, taken := rt.chance.Float64(), -1, -1
	for i := range rt.ways {
		w := &rt.ways[i]
		if w.spec.Share == nil {
			rest = i
			continue
		}
		if luck >= 0 && luck < w.share {
			taken = i
		}
		luck -= w.share
	}
	if taken < 0 || !rt.suits(&rt.ways[taken], r, m) {
		taken = rest
	}
	if taken >= 0 && rt.suits(&rt.ways[taken], r, m) {
		rt.chosen = append(rt.chosen, taken)
	}
}

// suits reports whether a message may take a way.
func (rt *Router) suits(w *way, r message.Ref, m *message.Message) bool {
	size := rt.store.BodyBytes(r, m)
	switch {
	case w.spec.LargerThan != nil && int64(size) <= int64(*w.spec.LargerThan),
		w.spec.SmallerThan != nil && int64(size) >= int64(*w.spec.SmallerThan):
		return false
	case w.spec.Rounds != nil && int(rt.store.Hops(r).Rounds) >= *w.spec.Rounds:
		rt.Spent.Inc()
		return false
	}
	return true
}

// Sent takes the end of one of the calls.
func (rt *Router) Sent(token uint64, err error) {
	slot := uint32(token)
	s := &rt.slots[slot]
	if err != nil {
		s.err = err
	}
	if s.calls--; s.calls > 0 {
		return
	}
	if s.err != nil {
		for _, c := range s.joined {
			rt.ways[c.way].join.reopen(rt.eng.Now(), c.id)
		}
	}
	rt.free = append(rt.free, slot)
	rt.sender.Sent(s.token, s.err)
}

// Figures reports how the messages went on.
func (rt *Router) Figures(report func(name, unit string, value float64)) {
	report("sent_nowhere", "messages", float64(rt.Ended.Value()))
	for i := range rt.ways {
		report(fmt.Sprintf("then_%d_calls", i), "calls", float64(rt.ways[i].to.Client.Calls.Value()))
	}
	loops, joins := false, false
	for i := range rt.ways {
		loops = loops || rt.ways[i].spec.Rounds != nil
		joins = joins || rt.ways[i].join != nil
	}
	if loops {
		report("rounds_used_up", "messages", float64(rt.Spent.Value()))
	}
	if joins {
		report("joined", "messages", float64(rt.Joined.Value()))
		report("waited_for_join", "messages", float64(rt.Waiting.Value()))
		report("joins_lapsed", "joins", float64(rt.Lapsed.Value()))
	}
}

// FailureTarget is where messages go whose work failed for good. It can be written as its link alone.
type FailureTarget struct {
	// The queue, topic or function.
	To spec.Link `yaml:"to" required:"true" link:"queues topics functions" flow:"out"`
	// After how many deliveries of the message. Before, it waits to be tried again.
	After int `yaml:"after" default:"1" min:"1" max:"1000"`
}

// Shorthand lets the target be written as its link.
func (FailureTarget) Shorthand() string { return "to" }

// Bounded reports that not every message goes there.
func (*FailureTarget) Bounded(spec.Link) bool { return true }
