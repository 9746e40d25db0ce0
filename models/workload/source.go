package workload

import (
	"math"

	"weir/sim"
	"weir/sim/random"
)

// Source yields the arrivals of one producer and draws the properties of its messages. Each purpose has random
// numbers of its own. It allocates nothing once it is built.
type Source struct {
	spec     *Spec
	arrivals process // nil for a closed loop
	start    sim.Duration
	stop     sim.Time
	left     int64 // messages
	think    random.Duration

	count  lottery // of messages that arrive together; empty: one
	size   lottery // of bytes; empty: as recorded, or sizeUnset
	sizes  *timeReplay
	keys   keySampler // nil: all 0
	key    *sim.Rand
	poison *sim.Rand // nil: none
}

// lottery is a distribution with the random numbers to draw from it.
type lottery struct {
	dist  random.Dist
	rand  *sim.Rand
	fixed bool // every draw is the same
	value float64
}

func newLottery(dist random.Dist, rand *sim.Rand) lottery {
	l := lottery{dist: dist, rand: rand}
	if c, ok := dist.(random.Constant); ok {
		l.fixed, l.value = true, c.Value
	}
	return l
}

// whole draws a number, rounded to the nearest whole one from low to high.
func (l *lottery) whole(low, high float64) int64 {
	x := l.value
	if !l.fixed {
		x = l.dist.Sample(l.rand)
	}
	return int64(min(max(math.Floor(x+0.5), low), high))
}

// NewSource returns the source of a producer of the given name. The record is needed when the arrivals are a trace.
func NewSource(eng *sim.Engine, name string, s *Spec, record *Record) *Source {
	luck := func(purpose string) *sim.Rand { return eng.Rand(name + "/" + purpose) }
	src := &Source{spec: s, start: s.Start.Sim(), stop: sim.Never, left: math.MaxInt64}
	if s.Limit != nil {
		src.left = *s.Limit
	}
	if s.Stop != nil {
		src.stop = sim.Time(*s.Stop)
	}
	if s.Together != nil {
		src.count = newLottery(s.Together.Dist(), luck("together"))
	}
	if s.Size != nil {
		src.size = newLottery(s.Size.Dist(), luck("size"))
	}
	if s.Key != nil {
		src.keys, src.key = newKeySampler(s.Key), luck("key")
	}
	if s.Poison > 0 {
		src.poison = luck("poison")
	}
	switch a := &s.Arrivals; {
	case a.Closed != nil:
		src.think = random.NewDuration(a.Closed.Think.Dist(), luck("think"))
	case a.Trace != nil:
		src.arrivals = newReplay(a.Trace, record, luck)
		if times, ok := src.arrivals.(*timeReplay); ok && record.sizes != nil {
			src.sizes = times
		}
	default:
		src.arrivals = newProcess(a, luck)
	}
	return src
}

// Clients returns the number of clients of a closed loop, or 0.
func (s *Source) Clients() int {
	if c := s.spec.Arrivals.Closed; c != nil {
		return c.Clients
	}
	return 0
}

// Think draws the time between an answer and the client's next request.
func (s *Source) Think() sim.Duration { return s.think.Sample() }

// Open reports whether a closed loop's request at the instant now still counts.
func (s *Source) Open(now sim.Time) bool { return s.left > 0 && now < s.stop }

// Next returns the next instant of arrivals of an open workload, or false when no more will come. Instants never go
// back.
func (s *Source) Next() (sim.Time, bool) {
	if s.left <= 0 {
		return sim.Never, false
	}
	at, ok := s.arrivals.next()
	at = at.Add(s.start)
	if s.spec.Surge != nil {
		at = s.spec.Surge.instant(at)
	}
	return at, ok && at < s.stop
}

// Together draws how many messages arrive at this instant, at least one until the limit is reached, and takes them
// off it.
func (s *Source) Together() int {
	n := int64(1)
	if s.count.dist != nil {
		n = s.count.whole(1, math.MaxInt32)
	}
	n = min(n, s.left)
	s.left -= n
	return int(n)
}

// Size draws a message's size in bytes.
func (s *Source) Size() uint32 {
	switch {
	case s.sizes != nil:
		return s.sizes.size()
	case s.size.dist == nil:
		return sizeUnset
	}
	return uint32(s.size.whole(0, math.MaxUint32))
}

// Key draws a message's key.
func (s *Source) Key() uint32 {
	first := uint32(s.spec.FirstKey)
	if s.keys == nil {
		return first
	}
	return first + uint32(s.keys.sample(s.key))
}

// Poison draws whether a message can never be processed.
func (s *Source) Poison() bool {
	return s.poison != nil && s.poison.Float64() < float64(s.spec.Poison)
}
