package workload

import (
	"math"

	"weir/sim"
	"weir/sim/random"
)

// newReplay returns the process that replays a record.
func newReplay(t *Trace, rec *Record, luck func(string) *sim.Rand) process {
	length := float64(float64(rec.length(t)) * t.TimeScale)
	if rec.counts == nil {
		whole := math.Floor(t.RateScale)
		return &timeReplay{
			record: rec, length: length, repeat: t.Repeat, timeScale: t.TimeScale,
			whole: int64(whole), odd: t.RateScale - whole, thin: luck("thin"),
		}
	}
	return &countReplay{
		counts: rec.counts, length: length, repeat: t.Repeat, spacing: t.spacing(),
		width: float64(float64(*t.Interval) * t.TimeScale), scale: t.RateScale, row: -1, gap: luck("gap"),
	}
}

// timeReplay has the recorded instants. Each becomes as many messages as the scale has wholes, and one more with the
// probability that is left.
type timeReplay struct {
	record    *Record
	length    float64 // of a round through the record, ns
	repeat    bool
	timeScale float64
	whole     int64
	odd       float64
	thin      *sim.Rand

	round  float64 // ns, when the present round began
	row    int     // the next instant
	copies int64   // of the instant before it, still to come
}

func (p *timeReplay) next() (sim.Time, bool) {
	for p.copies == 0 {
		if p.row == len(p.record.times) {
			if p.round += p.length; !p.repeat || p.round >= horizon {
				return sim.Never, false
			}
			p.row = 0
		}
		p.row++
		p.copies = p.whole
		if p.odd > 0 && p.thin.Float64() < p.odd {
			p.copies++
		}
	}
	p.copies--
	return instant(p.round + float64(float64(p.record.times[p.row-1])*p.timeScale))
}

// size returns the recorded size of the message that came last.
func (p *timeReplay) size() uint32 { return p.record.sizes[max(p.row-1, 0)] }

// countReplay spreads the counts over their intervals.
type countReplay struct {
	counts  []uint32
	length  float64 // of a round through the record, ns
	repeat  bool
	spacing CountSpacing
	width   float64 // of an interval, ns
	scale   float64
	gap     *sim.Rand

	round float64 // ns, when the present round began
	row   int     // the present interval
	found int64   // messages recorded up to the end of the interval
	due   float64 // messages to have come by then
	n, k  float64 // messages of the interval, and how many have come; poisson: the mean number
	at    float64 // share of the interval passed
}

func (p *countReplay) next() (sim.Time, bool) {
	for {
		if offset, ok := p.within(); ok {
			return instant(p.round + float64(float64(p.row)*p.width) + offset)
		}
		if !p.follow() {
			return sim.Never, false
		}
	}
}

// within returns how many ns into its interval the next message comes, or false when no more does.
func (p *countReplay) within() (float64, bool) {
	switch {
	case p.k >= p.n:
		return 0, false
	case p.spacing == CountsEven:
		offset := float64(p.k*p.width) / p.n
		p.k++
		return offset, true
	case p.spacing == CountsUniform:
		// The first of m uniform instants in the rest of an interval leaves a share of it that is U^(1/m), with U
		// uniform: the exponential of an exponential sample over −m.
		p.at = 1 - float64((1-p.at)*random.Exp(-random.StandardExponential(p.gap)/(p.n-p.k)))
		p.k++
		return float64(p.at * p.width), true
	}
	p.at += random.StandardExponential(p.gap) / p.n
	return float64(p.at * p.width), p.at < 1
}

// follow goes on to the next interval. It returns false when there is none.
func (p *countReplay) follow() bool {
	p.row++
	if p.row == len(p.counts) {
		if p.round += p.length; !p.repeat || p.round >= horizon {
			p.row--
			return false
		}
		p.row = 0
	}
	count := p.counts[p.row]
	p.n, p.k, p.at = float64(float64(count)*p.scale), 0, 0
	if p.spacing != CountsPoisson {
		before := p.due
		p.found += int64(count)
		p.due = math.Floor(float64(p.found) * p.scale)
		p.n = p.due - before
	}
	return true
}
