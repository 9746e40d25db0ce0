package meter

import (
	"weir/sim"
	"weir/sim/measure"
)

// Metric is a quantity that a component publishes in CloudWatch, under AWS's name. The component counts as it does for
// its own figures; whoever watches the metric reads it at the end of each period.
type Metric struct {
	Name string // such as ApproximateNumberOfMessagesVisible
	Unit string // CloudWatch's, such as Count, Seconds, Milliseconds, Percent or Bytes
	Kind MetricKind
	Read func(now sim.Time) float64 // what it returns is said by the kind; nil for Observed
	// Values is the running histogram of an Observed metric, and Scale what one of its units is in the metric's unit.
	Values func() *measure.Histogram
	Scale  float64
	// Samples is the running number of observations behind a Counted metric, which its average is over; each period is one
	// observation unless set.
	Samples func(now sim.Time) float64
	// Sparse metrics have no datapoint for a period in which nothing was counted: no samples, where they are counted.
	Sparse bool
	// Zero says that a period without observations has one of 0, as when somebody polls and finds nothing.
	Zero func(now sim.Time) bool
	// Peak is the highest that an Averaged metric was since it was last called, for its Maximum; without it, that is the
	// highest mean of a period.
	Peak func() float64
	// Every is how often a datapoint is published; each minute unless set.
	Every sim.Duration
	// Usual is how long after its period a datapoint can be read; what the profile says of AWS's own metrics unless set.
	Usual *sim.Duration
	// Delay is how much longer it takes for the datapoint of the period that ends now, where something holds it back.
	Delay func(now sim.Time) sim.Duration
	// Absent says that there is no datapoint of the period that ends now.
	Absent func(now sim.Time) bool
}

// MetricKind says what the Read of a metric returns.
type MetricKind uint8

// The kinds of metric.
const (
	Counted  MetricKind = iota // a running count: a datapoint's Sum is its increase
	Gauge                      // the quantity itself, as it is at the end of the period
	Averaged                   // a running integral over seconds: a datapoint is the mean of the period
	Observed                   // single observations, in a running histogram: datapoints have percentiles
)

// Publisher is a component that publishes metrics. Metrics is called once, before the run.
type Publisher interface {
	Metrics(declare func(Metric))
}

// CountOf declares a metric that is the increase of a counter.
func CountOf(name string, c *measure.Counter) Metric {
	return Metric{Name: name, Unit: "Count", Read: func(sim.Time) float64 { return float64(c.Value()) }}
}

// ShareOf declares a metric of so many observations, each counted or not: its average is the share of those counted. It
// has no datapoint without observations.
func ShareOf(name string, c, of *measure.Counter) Metric {
	m := CountOf(name, c)
	m.Samples, m.Sparse = func(sim.Time) float64 { return float64(of.Value()) }, true
	return m
}

// LevelOf declares a metric that is the mean of a level over each period, with its peak.
func LevelOf(name string, l *measure.Level) Metric {
	return Metric{
		Name: name, Unit: "Count", Kind: Averaged, Read: l.Integral, Peak: func() float64 { return float64(l.TakePeak()) },
	}
}

// TimesOf declares a metric of lengths of time, in milliseconds. The histogram may be replaced by an empty one.
func TimesOf(name string, values func() *measure.Histogram) Metric {
	return Metric{
		Name: name, Unit: "Milliseconds", Kind: Observed, Values: values, Scale: 1 / float64(sim.Millisecond),
	}
}

// SecondsOf declares a metric of lengths of time, in seconds.
func SecondsOf(name string, values func() *measure.Histogram) Metric {
	m := TimesOf(name, values)
	m.Unit, m.Scale = "Seconds", 1/float64(sim.Second)
	return m
}
