package workload

import (
	"math"

	"weir/sim"
	"weir/sim/random"
)

// Expected returns how many messages the workload should bring from one instant to another: for the chart of the load
// and for the size of a run. It is the exact expectation of the processes whose arrivals or rate the scenario states,
// and the long-run mean for renewal and on-off. A closed loop counts as 0: its load depends on the answers. The
// record is needed when the arrivals are a trace.
func (s *Spec) Expected(from, to sim.Time, record *Record) float64 {
	if s.Stop != nil {
		from, to = min(from, sim.Time(*s.Stop)), min(to, sim.Time(*s.Stop))
	}
	from, to = s.Surge.course(from), s.Surge.course(to)
	begin, end := float64(max(from.Sub(sim.Time(s.Start)), 0)), float64(max(to.Sub(sim.Time(s.Start)), 0))
	if end <= begin {
		return 0
	}
	n := s.brings(begin, end, record)
	if s.Limit != nil {
		before := 0.0
		if begin > 0 {
			before = s.brings(0, begin, record)
		}
		n = min(n, max(float64(*s.Limit)-before, 0))
	}
	return n
}

// MeanRate returns the mean number of messages a second that Expected tells for the first length of time of the run.
func (s *Spec) MeanRate(over sim.Duration, record *Record) float64 {
	return s.Expected(0, sim.Time(over), record) / max(over.Seconds(), 1e-9)
}

func (s *Spec) brings(begin, end float64, record *Record) float64 {
	n := s.Arrivals.brings(begin, end, record)
	if s.Together != nil {
		n *= wholeMean(s.Together.Dist())
	}
	return n
}

// wholeMean returns the mean of a distribution whose samples are rounded to whole numbers from 1, by its quantiles.
func wholeMean(d random.Dist) float64 {
	const steps = 1000
	sum := 0.0
	for i := range steps {
		sum += max(math.Floor(d.Quantile((float64(i)+0.5)/steps)+0.5), 1)
	}
	return sum / steps
}

// brings returns how many arrivals are expected between two instants, in ns since the start of the arrivals.
func (a *Arrivals) brings(begin, end float64, record *Record) float64 {
	rate := 0.0
	switch {
	case a.Constant != nil:
		rate = a.Constant.PerSecond()
	case a.Poisson != nil:
		rate = a.Poisson.PerSecond()
	case a.Schedule != nil:
		n := 0.0
		for _, at := range a.Schedule {
			if ns := float64(at); ns >= begin && ns < end {
				n++
			}
		}
		return n
	case a.Renewal != nil:
		rate = second / a.Renewal.Gap.Dist().Mean() * a.Renewal.RateScale
	case a.OnOff != nil:
		on, off := a.OnOff.On.Dist().Mean(), a.OnOff.Off.Dist().Mean()
		rate = (float64(on*a.OnOff.Rate.PerSecond()) + float64(off*a.OnOff.IdleRate.PerSecond())) / (on + off)
	case a.MMPP != nil:
		stay, messages := a.MMPP.totals()
		rate = messages / stay * second
	case a.Closed != nil:
		return 0
	case a.Diurnal != nil:
		wave := waveOf(a.Diurnal)
		return wave.brings(end) - wave.brings(begin)
	case a.Trace != nil:
		return a.Trace.brings(end, record) - a.Trace.brings(begin, record)
	default:
		pieces, every := piecesOf(a)
		if every > 0 {
			return broughtInRounds(pieces, float64(every), end) - broughtInRounds(pieces, float64(every), begin)
		}
		return broughtBy(pieces, begin, end)
	}
	return rate * (end - begin) / second
}

// broughtBy returns how many messages the pieces bring between two instants.
func broughtBy(pieces []piece, begin, end float64) (messages float64) {
	for i := range pieces {
		g := &pieces[i]
		from := float64(g.from)
		if b, e := max(begin-from, 0), min(end-from, g.length); e > b {
			messages += g.brings(e) - g.brings(b)
		}
	}
	return messages
}

// broughtInRounds returns how many messages the pieces bring in the first ns when they begin again and again.
func broughtInRounds(pieces []piece, every, ns float64) float64 {
	rounds := math.Floor(ns / every)
	return float64(rounds*broughtBy(pieces, 0, every)) + broughtBy(pieces, 0, ns-float64(rounds*every))
}
