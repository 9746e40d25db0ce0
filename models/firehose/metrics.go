package firehose

import (
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// places are CloudWatch's names of destinations.
var places = map[Destination]string{
	"s3": "DeliveryToS3", "redshift": "DeliveryToRedshift", "opensearch": "DeliveryToAmazonOpenSearchService",
	"splunk": "DeliveryToSplunk", "http_endpoint": "DeliveryToHttpEndpoint",
}

// Metrics declares what the delivery stream publishes in CloudWatch (Firehose developer guide, monitoring-with-
// cloudwatch-metrics.md). DataFreshness is the age of the oldest record of each delivery as it ends.
func (d *DeliveryStream) Metrics(declare func(meter.Metric)) {
	sparse := func(name, unit string, c *measure.Counter) {
		m := meter.CountOf(name, c)
		m.Sparse, m.Unit = true, unit
		declare(m)
	}
	sparse("IncomingRecords", "Count", &d.Records)
	sparse("IncomingBytes", "Bytes", &d.Bytes)
	sparse("IncomingPutRequests", "Count", &d.Requests)
	sparse("ThrottledRecords", "Count", &d.Throttled)
	place := places[d.spec.Destination.Type]
	if place == "" {
		place = "Delivery"
	}
	sparse(place+".Records", "Count", &d.Delivered)
	sparse(place+".Bytes", "Bytes", &d.DeliveredBytes)
	attempts := &d.Attempts
	success := meter.Metric{
		Name: place + ".Success", Unit: "None", Sparse: true,
		Read:    d.succeeded,
		Samples: meter.CountOf("", attempts).Read,
	}
	declare(success)
	declare(meter.SecondsOf(place+".DataFreshness", func() *measure.Histogram { return d.Freshness }))
	if d.transformer != nil {
		sparse("ExecuteProcessing.Failures", "Count", &d.InvocationsFailed)
		declare(meter.TimesOf("ExecuteProcessing.Duration", func() *measure.Histogram { return d.Execution }))
	}
}

// succeeded returns how many deliveries went well.
func (d *DeliveryStream) succeeded(sim.Time) float64 {
	return float64(d.Attempts.Value() - d.Failures.Value())
}
