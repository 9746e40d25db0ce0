package workload

import (
	"math"

	"weir/sim"
	"weir/sim/random"
)

// newProcess builds the process of an open workload that the decoder has checked.
func newProcess(a *Arrivals, r *sim.Rand, record *Record) process {
	switch {
	case a.Poisson != nil:
		gap, err := random.NewExponential(float64(sim.Second) / a.Poisson.PerSecond())
		if err != nil {
			panic(err)
		}
		return &renewal{gap: gap, rand: r}
	case a.Renewal != nil:
		return &renewal{gap: a.Renewal.Gap.Dist(), rand: r}
	case a.OnOff != nil:
		return &switching{rand: r, rates: []float64{a.OnOff.Rate.PerSecond(), a.OnOff.IdleRate.PerSecond()},
			stays: []random.Dist{a.OnOff.On.Dist(), a.OnOff.Off.Dist()}, state: 1}
	case a.MMPP != nil:
		s := &switching{rand: r, state: len(a.MMPP) - 1, jump: true}
		for _, state := range a.MMPP {
			stay, err := random.NewExponential(float64(state.Mean))
			if err != nil {
				panic(err)
			}
			s.rates = append(s.rates, state.Rate.PerSecond())
			s.stays = append(s.stays, stay)
		}
		return s
	case a.Trace != nil:
		return newReplay(a.Trace, record, r)
	}
	segments := segmentsOf(a)
	if spacingOf(a) == SpacingEven {
		return &even{segments: segments}
	}
	return &thinning{segments: segments, rand: r}
}

// renewal has independent gaps. It keeps the exact instant, so that rounding to nanoseconds does not add up.
type renewal struct {
	gap  random.Dist
	rand *sim.Rand
	at   float64
}

func (p *renewal) next() (sim.Time, bool) {
	p.at += p.gap.Sample(p.rand)
	return instant(p.at)
}

func instant(ns float64) (sim.Time, bool) {
	if !(ns < math.MaxInt64) {
		return sim.Never, false
	}
	return sim.Time(ns + 0.5), true
}

// switching is Poisson arrivals whose rate depends on a state that changes. An arrival drawn beyond the end of the stay
// is drawn anew from there: the exponential distribution has no memory.
type switching struct {
	rand  *sim.Rand
	rates []float64 // per second
	stays []random.Dist
	state int
	jump  bool // to a random other state instead of the next one
	at    float64
	until float64
}

func (p *switching) next() (sim.Time, bool) {
	for turns := 0; ; turns++ {
		if rate := p.rates[p.state]; rate > 0 && p.at < p.until {
			gap := float64(random.StandardExponential(p.rand) * (float64(sim.Second) / rate))
			if p.at+gap < p.until {
				p.at += gap
				return instant(p.at)
			}
		}
		p.at = p.until
		p.change()
		p.until = p.at + p.stays[p.state].Sample(p.rand)
		if turns > 1_000_000 || p.at >= math.MaxInt64 {
			return sim.Never, false // no state that lasts has arrivals
		}
	}
}

func (p *switching) change() {
	n := len(p.rates)
	if p.jump && n > 2 {
		p.state = (p.state + 1 + p.rand.IntN(n-1)) % n
		return
	}
	p.state = (p.state + 1) % n
}

// segment is a stretch of time with a rate that goes in a straight line, or as a cosine.
type segment struct {
	from, to   float64 // ns
	start, end float64 // rate per second
	swing      float64 // of the cosine around start, 0 for a straight line
	period     float64 // ns
	peakAt     float64 // ns
}

func (g *segment) highest() float64 { return max(g.start, g.end) + g.swing }

func (g *segment) rateAt(t float64) float64 {
	switch {
	case g.swing != 0:
		return g.start + float64(g.swing*cosTurns((t-g.peakAt)/g.period))
	case g.start == g.end:
		return g.start
	}
	return g.start + float64((g.end-g.start)*((t-g.from)/(g.to-g.from)))
}

// cosTurns returns the cosine of x whole turns, the same on every processor.
func cosTurns(x float64) float64 {
	x -= math.Floor(x)
	sign := 1.0
	if x > 0.5 {
		x = 1 - x
	}
	if x > 0.25 {
		x, sign = 0.5-x, -1
	}
	z := float64(x * 2 * math.Pi)
	z = float64(z * z)
	sum, term := 1.0, 1.0
	for n := 2.0; n <= 22; n += 2 {
		term = float64(term*-z) / float64(n*(n-1))
		sum += term
	}
	return float64(sign * sum)
}

func segmentsOf(a *Arrivals) []segment {
	end := math.Inf(1)
	switch {
	case a.Constant != nil:
		rate := a.Constant.PerSecond()
		return []segment{{to: end, start: rate, end: rate}}
	case a.Spike != nil:
		at, over := float64(a.Spike.At), float64(a.Spike.At)+float64(a.Spike.For)
		base, peak := a.Spike.Base.PerSecond(), a.Spike.Peak.PerSecond()
		return []segment{
			{to: at, start: base, end: base}, {from: at, to: over, start: peak, end: peak},
			{from: over, to: end, start: base, end: base},
		}
	case a.Ramp != nil:
		from, to, over := a.Ramp.From.PerSecond(), a.Ramp.To.PerSecond(), float64(a.Ramp.Over)
		return []segment{{to: over, start: from, end: to}, {from: over, to: end, start: to, end: to}}
	case a.Diurnal != nil:
		d := a.Diurnal
		mean := d.Mean.PerSecond()
		return []segment{{to: end, start: mean, end: mean, swing: mean * (d.Peak - 1), period: float64(d.Period),
			peakAt: float64(d.PeakAt)}}
	}
	var segments []segment
	points := a.Piecewise.Points
	for i, p := range points {
		g := segment{from: float64(p.At), to: end, start: p.Rate.PerSecond(), end: p.Rate.PerSecond()}
		if i+1 < len(points) {
			g.to = float64(points[i+1].At)
			if a.Piecewise.Linear {
				g.end = points[i+1].Rate.PerSecond()
			}
		}
		segments = append(segments, g)
	}
	return segments
}

func spacingOf(a *Arrivals) Spacing {
	switch {
	case a.Constant != nil:
		return SpacingEven
	case a.Spike != nil:
		return a.Spike.Spacing
	case a.Piecewise != nil:
		return a.Piecewise.Spacing
	}
	return SpacingPoisson
}

func meanOf(segments []segment, over sim.Duration) float64 {
	total := 0.0
	for i := range segments {
		g := segments[i]
		to := min(g.to, float64(over))
		if to > g.from {
			total += (to - g.from) * (g.rateAt(g.from) + g.rateAt(to)) / 2
			if g.swing != 0 {
				total += (to - g.from) * (g.start - (g.rateAt(g.from)+g.rateAt(to))/2)
			}
		}
	}
	return total / float64(max(over, 1))
}

// thinning is a Poisson process with a rate that varies: arrivals at each segment's highest rate, kept with the share
// that the rate has of it (Lewis and Shedler, Naval Research Logistics Quarterly 26(3), 1979).
type thinning struct {
	segments []segment
	rand     *sim.Rand
	at       float64
	i        int
}

func (p *thinning) next() (sim.Time, bool) {
	for p.i < len(p.segments) {
		g := &p.segments[p.i]
		highest := g.highest()
		p.at = max(p.at, g.from)
		if highest > 0 {
			p.at += float64(random.StandardExponential(p.rand) * (float64(sim.Second) / highest))
		}
		if highest <= 0 || p.at >= g.to {
			p.at = g.to
			p.i++
			continue
		}
		if g.start == g.end && g.swing == 0 || float64(p.rand.Float64()*highest) < g.rateAt(p.at) {
			return instant(p.at)
		}
	}
	return sim.Never, false
}

// even is evenly spaced arrivals at a rate that goes in steps. The part of a gap that has passed when the rate changes
// counts at the old rate.
type even struct {
	segments []segment
	i        int
	phase    float64 // share of a gap passed when the segment began
	k        float64 // arrivals in the segment
}

func (p *even) next() (sim.Time, bool) {
	for p.i < len(p.segments) {
		g := &p.segments[p.i]
		gap := float64(sim.Second) / g.start
		if at := g.from + float64((p.k+1-p.phase)*gap); at < g.to || at == g.to && math.IsInf(at, 1) {
			p.k++
			return instant(at)
		}
		p.phase += (g.to-g.from)/gap - p.k
		p.k = 0
		p.i++
	}
	return sim.Never, false
}
