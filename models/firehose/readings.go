package firehose

import (
	"math"

	"weir/models/aws"
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Name returns the delivery stream's path in the scenario.
func (d *DeliveryStream) Name() string { return d.name }

// Kind returns "firehose.delivery_stream".
func (d *DeliveryStream) Kind() string { return "firehose.delivery_stream" }

// Reset begins the window of observation. Levels keep their present value.
func (d *DeliveryStream) Reset(now sim.Time) {
	d.Stats = Stats{
		Buffered: d.Buffered, BufferedBytes: d.BufferedBytes, InFlight: d.InFlight, Partitions: d.Partitions,
		Invoked: d.Invoked, Execution: measure.NewHistogramDigits(coarse), Freshness: measure.NewHistogramDigits(coarse),
	}
	for _, l := range []*measure.Level{&d.Buffered, &d.BufferedBytes, &d.InFlight, &d.Partitions, &d.Invoked} {
		l.Reset(now)
	}
	d.Consumer.Reset()
}

// prefix begins the names of the destination's figures, as CloudWatch's begin with DeliveryToS3.
func (d *DeliveryStream) prefix() string {
	return "delivery_to_" + string(d.spec.Destination.Type) + "_"
}

// Figures reports the delivery stream's figures of the window.
func (d *DeliveryStream) Figures(now sim.Time, report func(name, unit string, value float64)) {
	count := func(name, unit string, of *measure.Counter) { report(name, unit, float64(of.Value())) }
	count("incoming_records", "records", &d.Records)
	count("incoming_bytes", "B", &d.Bytes)
	count("incoming_put_requests", "requests", &d.Requests)
	if d.fetcher == nil {
		count("throttled_records", "records", &d.Throttled)
		count("throttled_requests", "requests", &d.ThrottledRequests)
		report("quota_factor", "", d.scale)
		count("quota_raises", "", &d.Raised)
	}
	report("buffered_mean", "records", d.Buffered.Mean(now))
	report("buffered_max", "records", float64(d.Buffered.Max()))
	report("buffered_max_bytes", "B", float64(d.BufferedBytes.Max()))
	count("closed_by_size", "buffers", &d.BySize)
	count("closed_by_interval", "buffers", &d.ByInterval)
	d.deliveryFigures(report)
	if d.transformer != nil {
		d.transformFigures(report)
	}
	if d.spec.DynamicPartitioning {
		report("partition_count_max", "partitions", float64(d.Partitions.Max()))
		report("partition_count_mean", "partitions", d.Partitions.Mean(now))
		count("partition_count_exceeded", "records", &d.NoPartition)
	}
	count("backup_to_s3_records", "records", &d.BackedUp)
	count("backup_to_s3_bytes", "B", &d.BackupBytes)
	count("lost", "records", &d.Lost)
	d.WorkFigures(report)
	if d.fetcher != nil {
		report("unread_end", "records", float64(d.unread()))
		report("caught_up_at_s", "s", d.fetcher.CaughtUpSeconds())
	}
}

// unread returns how many records of its source it has not read.
func (d *DeliveryStream) unread() (records uint64) {
	for n := range d.fetcher.Shards() {
		records += d.fetcher.Unread(n)
	}
	return records
}

func (d *DeliveryStream) deliveryFigures(report func(name, unit string, value float64)) {
	to := d.prefix()
	report(to+"records", "records", float64(d.Delivered.Value()))
	report(to+"bytes", "B", float64(d.DeliveredBytes.Value()))
	report(to+"success", "", share(d.Attempts.Value()-d.Failures.Value(), d.Attempts.Value()))
	report(to+"failures", "deliveries", float64(d.Failures.Value()))
	p50, ok := d.Freshness.Quantile(0.5)
	report(to+"data_freshness_p50_s", "s", meter.SecondsOrNone(p50, ok))
	report(to+"data_freshness_max_s", "s", meter.SecondsOrNone(d.Freshness.Max(), d.Freshness.Count() > 0))
	switch d.spec.Destination.Type {
	case S3, Redshift:
		report("objects", "objects", float64(d.Objects.Value()))
		report("object_mean_bytes", "B", share(d.ObjectBytes.Value(), d.Objects.Value()))
	case Splunk:
		report("repeated", "records", float64(d.Repeated.Value()))
	}
}

func (d *DeliveryStream) transformFigures(report func(name, unit string, value float64)) {
	report("execute_processing_invocations", "invocations", float64(d.Invocations.Value()))
	report("execute_processing_success", "", share(
		d.Invocations.Value()-d.InvocationsFailed.Value(), d.Invocations.Value()))
	report("execute_processing_retries", "invocations", float64(d.InvocationRetries.Value()))
	p50, ok := d.Execution.Quantile(0.5)
	report("execute_processing_duration_p50_s", "s", meter.SecondsOrNone(p50, ok))
	p99, ok := d.Execution.Quantile(0.99)
	report("execute_processing_duration_p99_s", "s", meter.SecondsOrNone(p99, ok))
	report("outstanding_max", "invocations", float64(d.Invoked.Max()))
	report("succeed_processing_records", "records", float64(d.Transformed.Value()))
	report("dropped", "records", float64(d.Dropped.Value()))
	report("processing_failed", "records", float64(d.ProcessingFailed.Value()))
}

// share returns part of whole, or that there is none.
func share(part, whole uint64) float64 {
	if whole == 0 {
		return math.NaN()
	}
	return float64(part) / float64(whole)
}

// Curves declares the delivery stream's quantities over time.
func (d *DeliveryStream) Curves(declare func(meter.Curve)) {
	d.WorkCurves(declare)
	rate := func(name, unit string, of *measure.Counter) {
		declare(meter.Curve{Name: name, Unit: unit, Kind: meter.Rate, Read: func(sim.Time) float64 {
			return float64(of.Value())
		}})
	}
	declare(meter.Curve{Name: "buffered", Unit: "records", Kind: meter.Mean, Read: d.Buffered.Integral})
	declare(meter.Curve{
		Name: "data_freshness_s", Unit: "s", Kind: meter.Instant,
		Read: func(now sim.Time) float64 {
			peak := max(d.peak, d.age(now))
			d.peak = 0
			return peak.Seconds()
		},
	})
	if d.fetcher != nil {
		declare(meter.Curve{Name: "unread", Unit: "records", Kind: meter.Instant, Read: func(sim.Time) float64 {
			return float64(d.unread())
		}})
		declare(meter.Curve{Name: "iterator_age_s", Unit: "s", Kind: meter.Instant, Read: func(sim.Time) float64 {
			return d.fetcher.Oldest().Seconds()
		}})
	}
	rate("incoming_records", "records/s", &d.Records)
	rate("incoming_bytes", "B/s", &d.Bytes)
	if d.fetcher == nil {
		rate("throttled_records", "records/s", &d.Throttled)
	}
	rate("delivered", "records/s", &d.Delivered)
	rate("backup_to_s3_records", "records/s", &d.BackedUp)
	if d.transformer != nil {
		declare(meter.Curve{Name: "outstanding", Unit: "invocations", Kind: meter.Mean, Read: d.Invoked.Integral})
	}
	if d.spec.DynamicPartitioning {
		declare(meter.Curve{Name: "partition_count", Unit: "partitions", Kind: meter.Mean, Read: d.Partitions.Integral})
	}
}

// Usage reports what is billed: each record rounded up, the conversion of as much, what was partitioned, what went to a
// VPC and for how long, and the requests for objects in S3.
func (d *DeliveryStream) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	report("firehose.in_gb", "", float64(d.billed.Value())/aws.GB)
	if d.spec.FormatConversion != NoConversion {
		report("firehose.format_conversion_gb", "", float64(d.billed.Value())/aws.GB)
	}
	if d.spec.DynamicPartitioning {
		report("firehose.partitioned_gb", "", float64(d.partitioned.Value())/aws.GB)
		report("firehose.partitioned_objects", "", float64(d.partitionedObjects.Value()))
	}
	if d.spec.VPCZones > 0 {
		report("firehose.vpc_gb", "", float64(d.vpc.Value())/aws.GB)
		report("firehose.vpc_az_hours", "", d.Buffered.Span(now).Length.Seconds()/3600*float64(d.spec.VPCZones))
	}
	report("s3.requests.put", "", float64(d.objectsCalls.Value()+d.BackupObjects.Value()))
}
