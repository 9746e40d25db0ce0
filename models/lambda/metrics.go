package lambda

import (
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Metrics declares what the function publishes in CloudWatch (Lambda developer guide, monitoring-metrics.md: one-minute
// resolution; Throttles are not in Invocations). A minute without requests has no datapoints.
func (f *Function) Metrics(declare func(meter.Metric)) {
	declare(meter.ShareOf("Invocations", &f.Invocations, &f.Invocations))
	declare(meter.ShareOf("Errors", &f.Errors, &f.Invocations))
	throttles := meter.CountOf("Throttles", &f.Throttles)
	throttles.Sparse, throttles.Samples = true, func(sim.Time) float64 {
		return float64(f.Throttles.Value() + f.Invocations.Value())
	}
	declare(throttles)
	declare(meter.TimesOf("Duration", func() *measure.Histogram { return f.Stats.Duration }))
	declare(meter.LevelOf("ConcurrentExecutions", &f.Concurrent))
	if f.provision != nil {
		declare(meter.LevelOf("ProvisionedConcurrentExecutions", &f.ProvisionedBusy))
		declare(meter.CountOf("ProvisionedConcurrencyInvocations", &f.Provisioned))
		declare(meter.CountOf("ProvisionedConcurrencySpilloverInvocations", &f.Spillover))
		declare(f.utilization())
	}
	if q := f.events; q != nil {
		for _, c := range []struct {
			name  string
			count *measure.Counter
		}{
			{"AsyncEventsReceived", &q.Received},
			{"AsyncEventsDropped", &q.Dropped},
			{"DestinationDeliveryFailures", &q.Undelivered},
		} {
			m := meter.CountOf(c.name, c.count)
			m.Sparse = true
			declare(m)
		}
		declare(meter.TimesOf("AsyncEventAge", func() *measure.Histogram { return q.Age }))
	}
	if len(f.streams) == 1 { // there is one IteratorAge for a function, and more cannot be told apart
		declare(meter.TimesOf("IteratorAge", func() *measure.Histogram { return f.streams[0].IteratorAge }))
	}
}

// utilization is the part of the provisioned concurrency that is busy, on average over a minute.
func (f *Function) utilization() meter.Metric {
	return meter.Metric{
		Name: "ProvisionedConcurrencyUtilization", Unit: "None", Kind: meter.Counted, Sparse: true,
		Read: f.ProvisionedBusy.Integral, Samples: f.Ready.Integral,
	}
}
