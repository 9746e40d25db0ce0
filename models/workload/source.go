package workload

import (
	"math"

	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

// Source yields the arrivals of one producer and draws the properties of its messages. Each purpose has random numbers of
// its own.
type Source struct {
	spec     *Spec
	arrivals process // nil for a closed loop
	left     int64
	stop     sim.Time
	together random.Dist
	count    *sim.Rand
	sizes    random.Dist
	size     *sim.Rand
	keys     keys
	key      *sim.Rand
	poison   *sim.Rand
	think    random.Duration
	sized    *replay // the trace that gives the sizes
}

// process yields instants in order; false means that no more will come.
type process interface {
	next() (sim.Time, bool)
}

// NewSource returns the source of a producer of the given name. The record is needed when the arrivals are a trace.
func NewSource(eng *sim.Engine, name string, s *Spec, record *Record) *Source {
	src := &Source{
		spec: s, left: math.MaxInt64, stop: sim.Never,
		count: eng.Rand(name + "/together"), size: eng.Rand(name + "/size"),
		key: eng.Rand(name + "/key"), poison: eng.Rand(name + "/poison"),
	}
	if s.Limit != nil {
		src.left = *s.Limit
	}
	if s.Stop != nil {
		src.stop = sim.Time(*s.Stop)
	}
	if s.Together != nil {
		src.together = s.Together.Dist()
	}
	if s.Size != nil {
		src.sizes = s.Size.Dist()
	}
	if s.Key != nil {
		src.keys = newKeys(s.Key)
	}
	if c := s.Arrivals.Closed; c != nil {
		src.think = random.NewDuration(c.Think.Dist(), eng.Rand(name+"/think"))
	} else {
		src.arrivals = newProcess(&s.Arrivals, eng.Rand(name+"/gap"), record)
		src.sized, _ = src.arrivals.(*replay)
	}
	return src
}

// Clients returns the number of clients of a closed loop, or 0.
func (s *Source) Clients() int {
	if s.spec.Arrivals.Closed == nil {
		return 0
	}
	return s.spec.Arrivals.Closed.Clients
}

// Think draws the time between an answer and the client's next request.
func (s *Source) Think() sim.Duration { return s.think.Sample() }

// Next returns the next instant of arrivals, or false when no more will come.
func (s *Source) Next() (sim.Time, bool) {
	at, ok := s.arrivals.next()
	at = at.Add(s.spec.Start.Sim())
	return at, ok && s.left > 0 && at < s.stop
}

// Open reports whether a request at the instant now still counts.
func (s *Source) Open(now sim.Time) bool { return s.left > 0 && now < s.stop }

// Together draws how many messages arrive at this instant and takes them off what is left.
func (s *Source) Together() int {
	n := int64(1)
	if s.together != nil {
		n = max(1, int64(s.together.Sample(s.count)+0.5))
	}
	n = min(n, s.left)
	s.left -= n
	return int(n)
}

// Size draws a message's size in bytes.
func (s *Source) Size() uint32 {
	switch {
	case s.sized != nil && s.sized.record.Sizes != nil:
		return s.sized.size
	case s.sizes == nil:
		return 1024
	}
	return uint32(min(max(s.sizes.Sample(s.size)+0.5, 0), math.MaxUint32))
}

// Key draws a message's key.
func (s *Source) Key() uint32 {
	if s.keys == nil {
		return 0
	}
	return uint32(s.keys.sample(s.key))
}

// Poison draws whether a message can never be processed.
func (s *Source) Poison() bool {
	return s.spec.Poison > 0 && s.poison.Float64() < float64(s.spec.Poison)
}

type keys interface{ sample(*sim.Rand) int }

type uniformKeys int

func (n uniformKeys) sample(r *sim.Rand) int { return r.IntN(int(n)) }

type choiceKeys struct{ *random.Choice }

func (c choiceKeys) sample(r *sim.Rand) int { return c.Sample(r) }

type zipfKeys struct{ random.Zipf }

func (z zipfKeys) sample(r *sim.Rand) int { return z.Sample(r) }

// hotKeys draws whether a hot key is hit and which, or one of the others.
type hotKeys struct {
	shares *random.Choice
	hot    int
	all    int
}

func (h hotKeys) sample(r *sim.Rand) int {
	if k := h.shares.Sample(r); k < h.hot {
		return k
	}
	return h.hot + r.IntN(h.all-h.hot)
}

// newKeys builds a distribution that the decoder has checked.
func newKeys(k *Keys) keys {
	switch {
	case k.Uniform != nil:
		return uniformKeys(*k.Uniform)
	case k.Zipf != nil:
		z, err := random.NewZipf(k.Zipf.Keys, k.Zipf.Exponent)
		if err != nil {
			panic(err)
		}
		return zipfKeys{z}
	}
	weights, rest := make([]float64, 0, len(k.Hot.Shares)+1), 1.0
	for _, s := range k.Hot.Shares {
		weights = append(weights, float64(s))
		rest -= float64(s)
	}
	if len(k.Hot.Shares) < k.Hot.Keys {
		weights = append(weights, max(rest, 0))
	}
	choice, err := random.NewChoice(weights)
	if err != nil {
		panic(err)
	}
	return hotKeys{choice, len(k.Hot.Shares), k.Hot.Keys}
}

// MeanRate returns the mean number of messages a second over the first length of time of the run, as the scenario
// describes it: an estimate for sizing a run and for the report. A closed loop has none and returns 0.
func (s *Spec) MeanRate(over sim.Duration, record *Record) float64 {
	mean := 1.0
	if s.Together != nil {
		mean = max(1, s.Together.Dist().Mean())
	}
	return mean * s.Arrivals.meanRate(over, record)
}

func (a *Arrivals) meanRate(over sim.Duration, record *Record) float64 {
	ns := float64(sim.Second)
	switch {
	case a.Constant != nil:
		return a.Constant.PerSecond()
	case a.Poisson != nil:
		return a.Poisson.PerSecond()
	case a.Renewal != nil:
		return ns / a.Renewal.Gap.Dist().Mean()
	case a.OnOff != nil:
		on, off := a.OnOff.On.Dist().Mean(), a.OnOff.Off.Dist().Mean()
		return (on*a.OnOff.Rate.PerSecond() + off*a.OnOff.IdleRate.PerSecond()) / (on + off)
	case a.MMPP != nil:
		stay, weighted := 0.0, 0.0
		for _, state := range a.MMPP {
			stay += float64(state.Mean)
			weighted += float64(state.Mean) * state.Rate.PerSecond()
		}
		return weighted / stay
	case a.Closed != nil:
		return 0
	case a.Trace != nil:
		return record.meanRate(a.Trace, over)
	}
	return meanOf(segmentsOf(a), over)
}

var _ spec.Validator = (*Arrivals)(nil)
