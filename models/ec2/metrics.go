package ec2

import (
	"weir/models/meter"
	"weir/sim"
)

// Intervals at which instances publish metrics (EC2 user guide, using-cloudwatch-new.md).
const (
	basicMonitoring    = 5 * sim.Minute
	detailedMonitoring = sim.Minute
)

// DetailedMetrics is how many metrics of an instance are billed under detailed monitoring (aws.amazon.com/cloudwatch/
// pricing, its example: "7 metrics").
const DetailedMetrics = 7

// Metrics declares what the fleet publishes in CloudWatch, of all its instances together.
func (f *Fleet) Metrics(declare func(meter.Metric)) {
	if f.group != nil {
		f.group.metrics(declare)
		return
	}
	every := sim.Duration(basicMonitoring)
	if f.spec.Instance.DetailedMonitoring {
		every = detailedMonitoring
	}
	if f.spec.CPUShare > 0 { // else nothing is said of what the work needs of the processors
		declare(meter.Metric{
			Name: "CPUUtilization", Unit: "Percent", Kind: meter.Counted, Sparse: true, Every: every,
			Read:    func(now sim.Time) float64 { return 100 * f.usedVCPUs(now) / float64(max(f.parts.VCPUs, 1)) },
			Samples: f.Running.Integral, // instance-seconds, so that the average is that of the instances
		})
	}
}
