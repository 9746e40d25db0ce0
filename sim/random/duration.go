package random

import (
	"math"

	"weir/sim"
)

// Duration samples lengths of time from a distribution of nanoseconds. It has the random numbers to do so; constant and
// exponential lengths take no call through an interface.
type Duration struct {
	kind  durationKind
	fixed sim.Duration // constant
	mean  float64      // exponential
	rand  *sim.Rand
	dist  Dist
}

type durationKind uint8

const (
	constant durationKind = iota
	exponential
	general
)

// NewDuration returns the sampler of d, whose values are nanoseconds, with the random numbers of r. A nil d is the
// constant 0.
func NewDuration(d Dist, r *sim.Rand) Duration {
	s := Duration{kind: general, dist: d, rand: r}
	switch d := d.(type) {
	case nil:
		s.kind, s.dist = constant, Constant{}
	case Constant:
		s.kind, s.fixed = constant, nanoseconds(d.Value)
	case Exponential:
		s.kind, s.mean = exponential, d.mean
	}
	return s
}

// Sample draws a length of time: rounded to the nearest nanosecond, 0 instead of less, and the longest there is, 292
// years, instead of more.
func (d *Duration) Sample() sim.Duration {
	if d.kind == constant {
		return d.fixed
	}
	return d.draw()
}

func (d *Duration) draw() sim.Duration {
	if d.kind == exponential {
		return nanoseconds(float64(StandardExponential(d.rand) * d.mean))
	}
	return nanoseconds(d.dist.Sample(d.rand))
}

// Mean returns the expectation in nanoseconds, of the distribution before it is rounded and cut.
func (d *Duration) Mean() float64 {
	if d.dist == nil {
		return 0
	}
	return d.dist.Mean()
}

// nanoseconds returns the whole number next to ns that a Duration can hold; halves go to the even one.
func nanoseconds(ns float64) sim.Duration {
	switch {
	case !(ns > 0):
		return 0
	case ns >= math.MaxInt64:
		return math.MaxInt64
	}
	return sim.Duration(math.RoundToEven(ns))
}
