package queueing

import (
	"fmt"
	"math"
)

// Overload is a load above capacity for a while and below it afterwards, as a fluid: what a spike does to a queue when
// the numbers are large. It begins with an empty line; first come is first served.
type Overload struct{ peak, length, base, capacity float64 }

// NewOverload returns it with the rate of arrivals during the peak, its length, the rate afterwards and the capacity.
func NewOverload(peak, length, base, capacity float64) (Overload, error) {
	if err := positive("peak", peak); err != nil {
		return Overload{}, err
	}
	if err := positive("length", length); err != nil {
		return Overload{}, err
	}
	if err := positive("capacity", capacity); err != nil {
		return Overload{}, err
	}
	if !(peak >= capacity) || !(base >= 0) {
		return Overload{}, fmt.Errorf("queueing: a peak of %v, then %v, is no overload of %v", peak, base, capacity)
	}
	return Overload{peak, length, base, capacity}, stable(base/capacity, 1)
}

// BacklogMax returns the backlog at the end of the peak.
func (o Overload) BacklogMax() float64 { return (o.peak - o.capacity) * o.length }

// ClearedAt returns the instant, from the beginning of the peak, at which the line is empty again.
func (o Overload) ClearedAt() float64 { return o.length + o.BacklogMax()/(o.capacity-o.base) }

// WaitMax returns the longest wait, of who comes at the end of the peak.
func (o Overload) WaitMax() float64 { return o.BacklogMax() / o.capacity }

// WaitMean returns the mean wait of all who come until the line is empty: it grows and falls in straight lines.
func (o Overload) WaitMean() float64 { return o.WaitMax() / 2 }

// Ramp is a backlog that is worked off by a concurrency that grows in a straight line up to a limit, as a fluid.
type Ramp struct{ jobs, service, from, growth, limit float64 }

// NewRamp returns it with the backlog, the service time, the first concurrency, its growth per second and its limit.
func NewRamp(jobs, service, from, growth, limit float64) (Ramp, error) {
	for _, parameter := range []struct {
		name string
		x    float64
	}{{"jobs", jobs}, {"service", service}, {"growth", growth}, {"limit", limit}} {
		if err := positive(parameter.name, parameter.x); err != nil {
			return Ramp{}, err
		}
	}
	if !(from >= 0 && from <= limit) {
		return Ramp{}, fmt.Errorf("queueing: from must lie between 0 and the limit, not %v", from)
	}
	return Ramp{jobs, service, from, growth, limit}, nil
}

// DrainTime returns the time at which the backlog is empty: jobs·service = ∫ concurrency.
func (r Ramp) DrainTime() float64 {
	work := r.jobs * r.service
	full := (r.limit - r.from) / r.growth // the time at which the limit is reached
	ramped := full * (r.from + r.limit) / 2
	if work > ramped {
		return full + (work-ramped)/r.limit
	}
	// The positive root of growth·t²/2 + from·t = work, in the form that does not cancel.
	return 2 * work / (r.from + math.Sqrt(r.from*r.from+2*r.growth*work))
}

// FinalConcurrency returns the concurrency when the backlog is empty.
func (r Ramp) FinalConcurrency() float64 { return math.Min(r.limit, r.from+r.growth*r.DrainTime()) }
