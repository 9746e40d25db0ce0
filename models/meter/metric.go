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
	// Sparse metrics have no datapoint for a period in which nothing was counted.
	Sparse bool
	// Every is how often a datapoint is published; each minute unless set.
	Every sim.Duration
	// Usual is how long after its period a datapoint can be read; what the profile says of AWS's own metrics unless set.
	Usual *sim.Duration
	// Delay is the same of a datapoint whose period ends now, where something can hold single ones back.
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
