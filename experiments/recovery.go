package experiments

import (
	"weir/experiments/scenario"
	"weir/models/calls"
	"weir/models/cloudwatch"
	"weir/models/fault"
	"weir/models/sdk"
	"weir/models/sns"
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
)

// recovery returns who measures how the design recovers, and lets it begin when all components exist.
func (b *builder) recovery() *fault.Recovery {
	if b.faults.recovery == nil {
		run := b.doc.Run
		b.faults.recovery = fault.NewRecovery(b.eng, sim.Time(run.Warmup.Sim()+run.Duration.Sim()))
		b.last = append(b.last, func() {
			b.faults.recovery.Watch(b.observed())
			b.detect()
		})
	}
	return b.faults.recovery
}

// detect lets the alarms of the design tell when faults were noticed.
func (b *builder) detect() {
	for i := range b.doc.Components {
		if a, ok := b.built[b.doc.Components[i].Link].(*cloudwatch.Alarm); ok {
			a.Notify(fired{func(now sim.Time) { b.faults.recovery.Alarmed(now) }})
		}
	}
}

// fired is what is done when an alarm fires.
type fired struct{ do func(now sim.Time) }

// Alarmed does it.
func (f fired) Alarmed(now sim.Time, state cloudwatch.State, _ float64) {
	if state == cloudwatch.Alarming {
		f.do(now)
	}
}

// Repeats says that it is done once.
func (f fired) Repeats() bool { return false }

// conditions lets alarms begin and end a fault.
func (b *builder) conditions(c *scenario.Component, s *fault.Spec, f *fault.Fault) {
	for _, condition := range []struct {
		field string
		link  *spec.Link
		do    func()
	}{{"when", s.When, f.Strike}, {"until", s.Until, f.Cease}} {
		if condition.link == nil {
			continue
		}
		if a, ok := linked[*cloudwatch.Alarm](b, c, condition.field, *condition.link); ok {
			a.Notify(fired{func(sim.Time) { condition.do() }})
		}
	}
}

// again is a component that may do work again that was done.
type again interface{ DoneAgain() uint64 }

// attempts is a component that counts the attempts of its calls, or of its deliveries.
type attempts interface {
	Name() string
	Attempts() (all, retries uint64)
}

// callGroup is the calls of somebody's work, as one who makes attempts.
type callGroup struct{ *calls.Group }

// Attempts returns how many attempts there were, and how many of them were retries.
func (g callGroup) Attempts() (all, retries uint64) {
	return g.Stats.Attempts.Value(), g.Stats.Retries.Value()
}

// observed returns what a design shows of its messages.
func (b *builder) observed() fault.Observed {
	var ends []pathed
	var doers []again
	var callers []attempts
	var producers []*sdk.Producer
	asking := map[string]bool{}
	for i := range b.doc.Components {
		built := b.built[b.doc.Components[i].Link]
		if p, ok := built.(*sdk.Producer); ok {
			producers = append(producers, p)
			asking[p.Name()] = p.Asks()
		}
		if p, ok := built.(pathed); ok {
			ends = append(ends, p)
		}
		if d, ok := built.(again); ok {
			doers = append(doers, d)
		}
		if a, ok := built.(attempts); ok {
			callers = append(callers, a)
		}
	}
	for _, e := range b.extra {
		if g, ok := e.(*calls.Group); ok {
			callers = append(callers, callGroup{g})
		}
	}
	return fault.Observed{
		Ledger: &b.store.Ledger,
		Paths:  func() []fault.PathCount { return countPaths(ends, producers, asking) },
		Offered: func() (n uint64) {
			for _, p := range producers {
				n += p.Born.Value()
			}
			return n
		},
		Duplicates: func() (n uint64) {
			for _, d := range doers {
				n += d.DoneAgain()
			}
			return n
		},
		Attempts: func() []fault.AttemptCount {
			counts := make([]fault.AttemptCount, len(callers))
			for i, c := range callers {
				all, retries := c.Attempts()
				counts[i] = fault.AttemptCount{Name: c.Name(), All: all, Retries: retries}
			}
			return counts
		},
	}
}

// countPaths returns how many messages went the whole way, by path. A request that its producer waits for counts when
// the answer has come.
func countPaths(ends []pathed, producers []*sdk.Producer, asking map[string]bool) (paths []fault.PathCount) {
	for _, e := range ends {
		for _, p := range e.Paths() {
			if !asking[p.Origin] {
				paths = append(paths, fault.PathCount{Name: p.Name(), Processed: p.Latency.Count()})
			}
		}
	}
	for _, p := range producers {
		if p.Asks() {
			paths = append(paths, fault.PathCount{Name: p.Name() + " (answered)", Processed: p.SendTime.Count()})
		}
	}
	return paths
}

// backlogOf returns how many messages wait in what a fault can reach, or in what it says is to be watched.
func (b *builder) backlogOf(s *fault.Spec) func() float64 {
	links := s.Watch
	if len(links) == 0 {
		links = b.reached(s.Of)
	}
	var waiting []func() int64
	for _, l := range links {
		if read := b.waitingIn(l); read != nil {
			waiting = append(waiting, read)
		}
	}
	return func() float64 {
		n := int64(0)
		for _, read := range waiting {
			n += read()
		}
		return float64(n)
	}
}

// waitingIn returns how many messages a component holds that are not done, or nil when it is nothing that holds any.
func (b *builder) waitingIn(l spec.Link) func() int64 {
	switch c := b.built[l].(type) {
	case interface{ Holds() int64 }:
		return c.Holds
	case interface {
		Held() (waiting, inFlight int64)
	}:
		return func() int64 {
			waiting, inFlight := c.Held()
			return waiting + inFlight
		}
	case *sdk.Producer:
		return c.Held.Value
	case *sns.Topic:
		return c.Backlog.Value
	case stream.Source:
		return func() int64 { return int64(c.Log().Unread()) }
	}
	return nil
}

// ways is who sends to whom in a design, and from whom.
type ways struct{ next, before map[spec.Link][]spec.Link }

// reached returns the components on the ways through one, of the component itself and of who calls it: those that
// messages come from, and those that they go on to. Where messages only end, such as in dead-letter queues, they are
// no backlog.
func (b *builder) reached(of spec.Link) []spec.Link {
	w := ways{map[spec.Link][]spec.Link{}, map[spec.Link][]spec.Link{}}
	start := []spec.Link{of}
	for _, found := range b.doc.Links {
		steps := spec.SplitPath(found.Path)
		owner, field := spec.Link{Section: steps[0], Name: steps[1]}, steps[len(steps)-1]
		from, to := owner, found.Link
		switch {
		case owner.Section == faultSection, field == "dead_letter", field == "on_failure", steps[2] == "redrive":
			continue
		case found.Flow == "in":
			from, to = to, from
		case found.Flow == "" && found.Link == of:
			start = append(start, owner)
			continue
		case found.Flow == "":
			continue
		}
		w.next[from], w.before[to] = append(w.next[from], to), append(w.before[to], from)
	}
	up, down := map[spec.Link]bool{}, map[spec.Link]bool{}
	for _, at := range start {
		walk(at, w.before, up)
		walk(at, w.next, down)
	}
	var all []spec.Link
	for i := range b.doc.Components {
		l := b.doc.Components[i].Link
		keeps := l.Section == "queues" || l.Section == streamSection || l.Section == tableSection
		if (up[l] || down[l]) && !(keeps && len(w.next[l]) == 0) {
			all = append(all, l)
		}
	}
	return all
}

// walk notes what can be reached along the ways.
func walk(at spec.Link, along map[spec.Link][]spec.Link, seen map[spec.Link]bool) {
	if !seen[at] {
		seen[at] = true
		for _, l := range along[at] {
			walk(l, along, seen)
		}
	}
}
