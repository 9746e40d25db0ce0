// Package meter says how a component lets itself be read: its figures at the end of a trial, its quantities over time,
// and the usage that is billed. The models count; whoever runs the trial reads.
package meter

import (
	"math"

	"weir/sim"
	"weir/sim/measure"
)

// Component is a part of a design that can be read.
type Component interface {
	// Name is the component's path in the scenario, such as "queues.orders".
	Name() string
	// Kind names the service and the resource, such as "sqs.queue".
	Kind() string
	// Reset begins the window of observation at the end of the warm-up. Levels keep their present value.
	Reset(now sim.Time)
	// Figures reports the component's figures of the window, each by the name and unit of its result column.
	Figures(now sim.Time, report func(name, unit string, value float64))
	// Curves declares the quantities that are worth a curve over time. It is called once, before the run.
	Curves(declare func(Curve))
	// Usage reports what is billed for the window: item and variant by the price list's names.
	Usage(now sim.Time, report func(item, variant string, quantity float64))
}

// Curve is a quantity over time, read at regular instants.
type Curve struct {
	Name, Unit string
	Kind       CurveKind
	Read       func(now sim.Time) float64
}

// CurveKind says what Read returns and what its curve shows.
type CurveKind uint8

// The kinds of curve.
const (
	Rate    CurveKind = iota // Read is a running count; the curve is its increase per second
	Mean                     // Read is a running integral over seconds; the curve is the mean of each interval
	Instant                  // Read is the quantity itself
)

// RateOf declares a curve that is the increase of a counter each second.
func RateOf(name, unit string, c *measure.Counter) Curve {
	return Curve{Name: name, Unit: unit, Kind: Rate, Read: func(sim.Time) float64 { return float64(c.Value()) }}
}

// SecondsOrNone returns a length in seconds, or NaN when there is none: a figure that was not observed.
func SecondsOrNone(ns int64, observed bool) float64 {
	if !observed {
		return math.NaN()
	}
	return float64(ns) / float64(sim.Second)
}

// Ratio returns a/b, or NaN when b is 0.
func Ratio(a, b uint64) float64 {
	if b == 0 {
		return math.NaN()
	}
	return float64(a) / float64(b)
}
