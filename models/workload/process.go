package workload

import (
	"math"

	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

// process yields instants in order, since the start of the arrivals; false means that no more will come.
type process interface {
	next() (sim.Time, bool)
}

const second = float64(sim.Second)

// horizon is the instant, some 73 years on, at which arrivals end: sums of a few lengths of time stay in their range.
const horizon = math.MaxInt64 / 4

// clock is an instant that keeps the part of a nanosecond, so that rounding does not add up over many gaps.
type clock struct {
	ns   int64
	part float64 // of a nanosecond, in [0, 1)
}

// pass moves the clock on by ns, which is not negative. It returns false at the horizon.
func (c *clock) pass(ns float64) bool {
	ns += c.part
	if !(ns < horizon-float64(c.ns)) {
		return false
	}
	whole := int64(ns)
	c.ns += whole
	c.part = ns - float64(whole)
	return true
}

// time returns the instant, rounded to the nearest nanosecond.
func (c *clock) time() sim.Time {
	if c.part >= 0.5 {
		return sim.Time(c.ns + 1)
	}
	return sim.Time(c.ns)
}

// instant returns the instant at a number of nanoseconds, false beyond the horizon.
func instant(ns float64) (sim.Time, bool) {
	if !(ns < horizon) {
		return sim.Never, false
	}
	return sim.Time(ns + 0.5), true
}

// newProcess builds the process of an open workload that the decoder has checked. Each purpose takes the random
// numbers of its own name, so that another rate does not shift when a source switches on.
func newProcess(a *Arrivals, luck func(purpose string) *sim.Rand) process {
	switch {
	case a.Constant != nil:
		return &constant{rate: a.Constant.PerSecond()}
	case a.Poisson != nil:
		return &poisson{gap: second / a.Poisson.PerSecond(), rand: luck("gap")}
	case a.Schedule != nil:
		return &schedule{at: a.Schedule}
	case a.Renewal != nil:
		return &renewal{gap: a.Renewal.Gap.Dist(), scale: a.Renewal.RateScale, rand: luck("gap")}
	case a.OnOff != nil:
		rates := []float64{a.OnOff.Rate.PerSecond(), a.OnOff.IdleRate.PerSecond()}
		stays := []random.Dist{a.OnOff.On.Dist(), a.OnOff.Off.Dist()}
		return newSwitching(rates, stays, 0, luck)
	case a.MMPP != nil:
		return newMMPP(a.MMPP, luck)
	case a.Diurnal != nil:
		return newDiurnal(a.Diurnal, luck)
	}
	pieces, every := piecesOf(a)
	if spacingOf(a) == SpacingEven {
		return &even{pieces: pieces, every: every, due: 1}
	}
	return &thinning{pieces: pieces, every: every, gap: luck("gap"), accept: luck("accept")}
}

// constant has evenly spaced arrivals. The k-th instant is calculated from k, so that no error adds up.
type constant struct {
	rate float64 // per second
	k    float64
}

func (p *constant) next() (sim.Time, bool) {
	p.k++
	return instant(float64(p.k*second) / p.rate)
}

// schedule has arrivals at given instants.
type schedule struct{ at []spec.Duration }

func (p *schedule) next() (sim.Time, bool) {
	if len(p.at) == 0 {
		return sim.Never, false
	}
	at := p.at[0]
	p.at = p.at[1:]
	return sim.Time(at), true
}

// poisson has independent exponential gaps.
type poisson struct {
	clock
	gap  float64 // mean, ns
	rand *sim.Rand
}

func (p *poisson) next() (sim.Time, bool) {
	ok := p.pass(float64(random.StandardExponential(p.rand) * p.gap))
	return p.time(), ok
}

// renewal has independent gaps of any distribution.
type renewal struct {
	clock
	gap   random.Dist
	scale float64
	rand  *sim.Rand
}

func (p *renewal) next() (sim.Time, bool) {
	ok := p.pass(max(p.gap.Sample(p.rand), 0) / p.scale)
	return p.time(), ok
}

// switching is Poisson arrivals at the rate of the present state. A gap that reaches beyond the end of the stay is
// drawn anew from there: the exponential distribution has no memory.
type switching struct {
	clock
	gaps  []float64 // mean in each state, ns; infinite without arrivals
	stays []random.Dist
	state int
	left  float64 // of the present stay, ns

	gap, stay, turn *sim.Rand
}

func newSwitching(rates []float64, stays []random.Dist, first int, luck func(string) *sim.Rand) *switching {
	p := &switching{stays: stays, state: first, gap: luck("gap"), stay: luck("stay"), turn: luck("state")}
	for _, rate := range rates {
		p.gaps = append(p.gaps, second/rate)
	}
	p.left = max(stays[first].Sample(p.stay), 0)
	return p
}

// newMMPP returns an MMPP in equilibrium: the first state is drawn by the mean stays, and an exponential stay that
// has begun long ago is as long from now on as a new one.
func newMMPP(m *MMPP, luck func(string) *sim.Rand) *switching {
	var rates, means []float64
	var stays []random.Dist
	for _, s := range m.States {
		rates = append(rates, s.Rate.PerSecond())
		means = append(means, float64(s.Stay))
		stays = append(stays, must(random.NewExponential(float64(s.Stay))))
	}
	return newSwitching(rates, stays, must(random.NewChoice(means)).Sample(luck("first")), luck)
}

func (p *switching) next() (sim.Time, bool) {
	for {
		if gap := float64(random.StandardExponential(p.gap) * p.gaps[p.state]); gap < p.left {
			p.left -= gap
			ok := p.pass(gap)
			return p.time(), ok
		}
		if !p.pass(p.left) {
			return sim.Never, false
		}
		p.state = p.other()
		p.left = max(p.stays[p.state].Sample(p.stay), 0)
	}
}

// other returns the state that follows: any of the others alike.
func (p *switching) other() int {
	n := len(p.stays)
	if n == 2 {
		return 1 - p.state
	}
	return (p.state + 1 + p.turn.IntN(n-1)) % n
}
