package cloudwatch

import (
	"math"

	"weir/models/meter"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
)

// CustomName is the name of the one metric that a metric of the design's own publishes.
const CustomName = "Value"

// Custom is a metric of the design's own: a program looks at the components, or at a path, and puts what it finds into
// CloudWatch. It publishes one metric, under CustomName.
type Custom struct {
	Puts measure.Counter // calls of PutMetricData

	name    string
	unit    string
	board   *Board
	every   sim.Duration
	source  Source                    // of what is computed, or nil
	latency func() *measure.Histogram // of a path, or nil
	value   float64                   // at the end of the last period, NaN if there was none to put
	last    float64                   // that was put last, 0 before
	begun   sim.Time
}

// NewCustom returns a metric that is put at the end of each period of a length of time.
func NewCustom(b *Board, name string, s *CustomSpec) *Custom {
	c := &Custom{name: name, unit: s.Unit, board: b, every: s.Every.Sim(), value: math.NaN()}
	b.customs = append(b.customs, c)
	b.wake(min(standard, c.every))
	return c
}

// Compute makes it the value of a source whose period is as long as the time between two puts.
func (c *Custom) Compute(source Source) {
	source.Keep(1)
	c.source = source
}

// Observe makes it the latencies of a path, which has none as long as the histogram is nil.
func (c *Custom) Observe(latency func() *measure.Histogram) { c.latency = latency }

// Live returns the series of what a component says of itself at the end of each length of time, without any delay.
func (b *Board) Live(p meter.Publisher, name string, stat Statistic, length sim.Duration) (*Series, error) {
	m, err := b.metric(p, name)
	if err != nil {
		return nil, err
	}
	now := sim.Duration(0)
	own := *m
	own.Every, own.Usual, own.Delay, own.Absent, own.Peak = length, &now, nil, nil, nil
	if err := check(&own, stat, length); err != nil {
		return nil, err
	}
	t := newTrack(p, &own, b)
	t.bars = own.Kind == meter.Observed && stat.distributed()
	b.live = append(b.live, t)
	s := &Series{track: t, board: b, statistic: stat, period: length}
	s.Keep(1)
	b.wake(min(standard, length))
	return s, nil
}

// put puts a datapoint.
func (c *Custom) put(sim.Time) {
	c.value = math.NaN()
	if c.source != nil {
		if v, ok := c.source.At(0); ok {
			c.value, c.last = v, v
		}
	}
	if c.latency != nil || c.value == c.value {
		c.Puts.Inc()
	}
}

// none is the histogram of a path without messages.
var none = measure.NewHistogramDigits(1)

// Metrics declares the metric.
func (c *Custom) Metrics(declare func(meter.Metric)) {
	delay := sim.Duration(c.board.limit.CustomDelay)
	m := meter.Metric{Name: CustomName, Unit: c.unit, Every: c.every, Usual: &delay}
	if c.latency == nil {
		m.Kind, m.Read = meter.Gauge, func(sim.Time) float64 { return c.value }
		declare(m)
		return
	}
	m.Kind, m.Unit, m.Scale = meter.Observed, "Seconds", 1/float64(sim.Second)
	m.Values = func() *measure.Histogram {
		if h := c.latency(); h != nil {
			return h
		}
		return none
	}
	declare(m)
}

// Name returns the metric's path in the scenario.
func (c *Custom) Name() string { return c.name }

// Kind returns "cloudwatch.metric".
func (c *Custom) Kind() string { return "cloudwatch.metric" }

// Reset begins the window of observation.
func (c *Custom) Reset(now sim.Time) { c.Puts, c.begun = measure.Counter{}, now }

// Figures reports the metric's figures of the window.
func (c *Custom) Figures(_ sim.Time, report func(name, unit string, value float64)) {
	report("puts", "calls", float64(c.Puts.Value()))
	if c.latency == nil {
		report("value_end", c.unit, c.value)
	}
}

// Curves declares what was put last: between two periods with a value it stays, and before the first there is 0.
func (c *Custom) Curves(declare func(meter.Curve)) {
	if c.latency == nil {
		declare(meter.Curve{Name: "value", Unit: c.unit, Kind: meter.Instant, Read: func(sim.Time) float64 {
			return c.last
		}})
	}
}

// Usage reports the metric and the calls that put it.
func (c *Custom) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	report("cloudwatch.custom_metrics", "", months(now.Sub(c.begun)))
	report("cloudwatch.requests", "", float64(c.Puts.Value()))
}

var _ spec.Validator = (*CustomSpec)(nil)
