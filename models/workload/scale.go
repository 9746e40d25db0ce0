package workload

import (
	"math"

	"weir/models/spec"
	"weir/sim"
)

// Scale makes a workload k times as heavy: k times the messages, or the clients of a closed loop, at the same times of
// the day and with the same keys and sizes. It returns what cannot be scaled.
func (s *Spec) Scale(k float64) []spec.Problem {
	if s.Limit != nil {
		limit := max(int64(math.Round(float64(*s.Limit)*k)), 1)
		s.Limit = &limit
	}
	return s.Arrivals.scale(k)
}

func (a *Arrivals) scale(k float64) []spec.Problem {
	times := func(rates ...*spec.Rate) []spec.Problem {
		for _, r := range rates {
			if *r = spec.Rate(float64(*r) * k); *r > rateMax {
				return problem("arrivals", "would come at more than %s", spec.Rate(rateMax))
			}
		}
		return nil
	}
	switch {
	case a.Constant != nil:
		return times(a.Constant)
	case a.Poisson != nil:
		return times(a.Poisson)
	case a.Renewal != nil:
		a.Renewal.RateScale *= k
	case a.OnOff != nil:
		return times(&a.OnOff.Rate, &a.OnOff.IdleRate)
	case a.MMPP != nil:
		var rates []*spec.Rate
		for i := range a.MMPP.States {
			rates = append(rates, &a.MMPP.States[i].Rate)
		}
		return times(rates...)
	case a.Spike != nil:
		return times(&a.Spike.Base, &a.Spike.Peak)
	case a.Ramp != nil:
		return times(&a.Ramp.From, &a.Ramp.To)
	case a.Diurnal != nil:
		return times(&a.Diurnal.Mean, &a.Diurnal.Peak)
	case a.Piecewise != nil:
		var rates []*spec.Rate
		for i := range a.Piecewise.Points {
			rates = append(rates, &a.Piecewise.Points[i].Rate)
		}
		return times(rates...)
	case a.Closed != nil:
		a.Closed.Clients = max(int(math.Round(float64(a.Closed.Clients)*k)), 1)
	case a.Trace != nil:
		a.Trace.RateScale *= k
	case a.Schedule != nil:
		return problem("arrivals.schedule", "arrivals at given instants cannot be scaled: write a rate, or name what to "+
			"scale with --load PATH")
	}
	return nil
}

// rateMax is the highest rate of arrivals that a scenario may have, per second.
const rateMax = 1e9

// Surge is a time in which arrivals go through their course faster than before and after it: an overload on top of
// whatever arrives.
type Surge struct {
	// When it begins.
	At spec.Duration `yaml:"at" required:"true"`
	// How long it lasts.
	For spec.Duration `yaml:"for" required:"true" min:"1us"`
	// How many times as fast messages arrive meanwhile.
	Factor float64 `yaml:"factor" required:"true" min:"0.001" max:"100000"`
}

// course returns how far the arrivals are in their course at an instant of the run.
func (s *Surge) course(at sim.Time) sim.Time {
	if s == nil || at <= sim.Time(s.At) || at == sim.Never {
		return at
	}
	within := min(at.Sub(sim.Time(s.At)), s.For.Sim())
	return at.Add(sim.Duration(float64(within)*s.Factor) - within)
}

// instant returns when the arrivals are so far in their course.
func (s *Surge) instant(course sim.Time) sim.Time {
	past := course.Sub(sim.Time(s.At))
	brought := sim.Duration(float64(s.For) * s.Factor) // of the course, by the surge
	switch {
	case past <= 0 || course == sim.Never:
		return course
	case past < brought:
		return sim.Time(s.At).Add(sim.Duration(float64(past) / s.Factor))
	}
	return course.Add(s.For.Sim() - brought)
}
