package message

import (
	"slices"

	"weir/sim"
	"weir/sim/measure"
)

// Path is the messages of one origin that one component processed: how late they were, and why.
type Path struct {
	Origin, End string
	Latency     *measure.Histogram // from birth to the end of the work, ns
	Wait        *measure.Histogram // from birth to the start of the first work, ns
	Causes      *measure.Breakdown // the latency split by cause

	// Of the keys whose order is watched: messages, and those that ended after a later one of their key.
	Watched, Overtaken measure.Counter

	// How old a message may be at the end of the work on it, 0 without deadline. Late ones were processed after it,
	// dropped ones were given up by the component because it had passed.
	Deadline      sim.Duration
	Late, Dropped measure.Counter

	// Attempts is how many times work on a message began here: the first times are those that Wait counts.
	Attempts measure.Counter

	// Routes are those that its messages came by, in the order of their first ones.
	Routes []RouteID

	clocks  [Causes]int64
	latest  []sim.Time // by key: the birth of the latest message that has ended
	witness Witness    // or nil
}

// watchedKeys is how many keys the order is watched of, those with the lowest numbers: a path with a million keys is
// not to hold a million instants.
const watchedKeys = 1024

// NewPath returns the path from origin to end, empty, with histograms of so many significant digits.
func NewPath(origin, end string, digits int) *Path {
	return &Path{
		Origin: origin, End: end,
		Latency: measure.NewHistogramDigits(digits), Wait: measure.NewHistogramDigits(digits),
		Causes: measure.NewBreakdown(Causes),
	}
}

// Paths are the paths that end at a component, one for each origin: what was born there may come by several routes,
// straight and sent on.
type Paths struct {
	byRoute []*Path
	all     []*Path // in the order of their first messages
}

// Of returns the path of a route's messages, which ends at the component named, with histograms of so many significant
// digits and the deadline of its origin.
func (p *Paths) Of(l *Ledger, route RouteID, end string, digits int) *Path {
	if int(route) < len(p.byRoute) && p.byRoute[route] != nil {
		return p.byRoute[route]
	}
	for int(route) >= len(p.byRoute) {
		p.byRoute = append(p.byRoute, nil)
	}
	origin := l.Origin(route)
	i := slices.IndexFunc(p.all, func(q *Path) bool { return q.Origin == origin })
	if i < 0 {
		i = len(p.all)
		p.all = append(p.all, NewPath(origin, end, digits))
		p.all[i].Deadline = l.Deadline(origin)
		p.all[i].witness = l.witness
	}
	p.byRoute[route] = p.all[i]
	p.all[i].Routes = append(p.all[i].Routes, route)
	return p.all[i]
}

// All returns the paths in the order of their first messages.
func (p *Paths) All() []*Path { return p.all }

// Name returns the path's name in results, "origin -> end".
func (p *Path) Name() string { return p.Origin + " -> " + p.End }

// Record books the message m, which r names and which has just been processed, and returns whether it was late. It
// panics if its clocks do not add up to its age: a defect of the model.
func (p *Path) Record(now sim.Time, r Ref, m *Message, idle Idle) (late bool) {
	m.Clocks(now, idle, &p.clocks)
	age := int64(now.Sub(m.Born))
	var sum, signs int64
	for _, ns := range p.clocks {
		sum += ns
		signs |= ns
	}
	if sum != age || signs < 0 {
		panic("message: the causes do not add up to the age, or one ran backwards")
	}
	if late = p.Deadline > 0 && age > int64(p.Deadline); late {
		p.Late.Inc()
	}
	p.Latency.Record(age)
	p.Causes.Record(age, p.clocks[:])
	p.watch(m)
	if p.witness != nil {
		p.witness.Processed(now, p, r, m, &p.clocks)
	}
	return late
}

// watch notes whether the message ends in the order of its key.
func (p *Path) watch(m *Message) {
	if m.Key >= watchedKeys {
		return
	}
	for int(m.Key) >= len(p.latest) {
		p.latest = append(p.latest, 0)
	}
	p.Watched.Inc()
	if latest := &p.latest[m.Key]; m.Born < *latest {
		p.Overtaken.Inc()
	} else {
		*latest = m.Born
	}
}

// Clone returns a copy of what the path has counted.
func (p *Path) Clone() *Path {
	c := *p
	c.Latency, c.Wait, c.Causes = p.Latency.Clone(), p.Wait.Clone(), p.Causes.Clone()
	c.latest, c.witness = nil, nil
	return &c
}

// Reset begins a new window of observation. What has ended stays known, for the order of what comes.
func (p *Path) Reset() {
	p.Watched, p.Overtaken = measure.Counter{}, measure.Counter{}
	p.Late, p.Dropped, p.Attempts = measure.Counter{}, measure.Counter{}, measure.Counter{}
	p.Latency.Reset()
	p.Wait.Reset()
	p.Causes.Reset()
}
