package firehose

import (
	"weir/models/aws"
	"weir/models/spec"
)

// Errors of Firehose's API, by AWS's names.
var (
	ErrServiceUnavailable = &aws.Error{Code: "ServiceUnavailableException", Retryable: true, Throttle: true}
	ErrInvalidArgument    = &aws.Error{Code: "InvalidArgumentException"}
)

// Limits are the constants of Firehose that a profile holds.
type Limits struct {
	RecordMax  spec.Size `aws:"firehose.record_max"`
	BatchMax   int64     `aws:"firehose.batch_max"`
	BatchBytes spec.Size `aws:"firehose.batch_bytes"`

	Records         spec.Rate     `aws:"firehose.direct_put.records"`
	Requests        spec.Rate     `aws:"firehose.direct_put.requests"`
	Bytes           spec.Size     `aws:"firehose.direct_put.bytes"`
	Autoscale       bool          `aws:"firehose.direct_put.autoscale"`
	AutoscaleAfter  spec.Duration `aws:"firehose.direct_put.autoscale_after"`
	AutoscaleFactor float64       `aws:"firehose.direct_put.autoscale_factor"`

	BufferSize        spec.Size     `aws:"firehose.buffer_size"`
	BufferSizeMin     spec.Size     `aws:"firehose.buffer_size_min"`
	BufferInterval    spec.Duration `aws:"firehose.buffer_interval"`
	BufferIntervalMin spec.Duration `aws:"firehose.buffer_interval_min"`
	BufferIntervalMax spec.Duration `aws:"firehose.buffer_interval_max"`
	LargeBufferSize   spec.Size     `aws:"firehose.large.buffer_size"`
	LargeBufferMin    spec.Size     `aws:"firehose.large.buffer_size_min"`
	Gather            spec.Duration `aws:"firehose.zero_buffering.gather"`

	S3BufferMax         spec.Size     `aws:"firehose.s3.buffer_size_max"`
	OpenSearchBufferMax spec.Size     `aws:"firehose.opensearch.buffer_size_max"`
	HTTPBufferMax       spec.Size     `aws:"firehose.http.buffer_size_max"`
	SplunkBuffer        spec.Size     `aws:"firehose.splunk.buffer_size"`
	SplunkBufferMin     spec.Size     `aws:"firehose.splunk.buffer_size_min"`
	SplunkInterval      spec.Duration `aws:"firehose.splunk.buffer_interval"`
	SplunkIntervalMin   spec.Duration `aws:"firehose.splunk.buffer_interval_min"`

	StreamPoll spec.Duration `aws:"firehose.stream_poll"`

	TransformSize     spec.Size     `aws:"firehose.transform.buffer_size"`
	TransformSizeMin  spec.Size     `aws:"firehose.transform.buffer_size_min"`
	TransformSizeMax  spec.Size     `aws:"firehose.transform.buffer_size_max"`
	TransformSplunk   spec.Size     `aws:"firehose.transform.splunk_buffer_size"`
	TransformInterval spec.Duration `aws:"firehose.transform.buffer_interval"`
	PayloadMax        spec.Size     `aws:"firehose.transform.payload_max"`
	TransformTimeout  spec.Duration `aws:"firehose.transform.timeout"`
	TransformRetries  int64         `aws:"firehose.transform.retries"`
	Outstanding       int64         `aws:"firehose.transform.outstanding"`
	OutstandingSplunk int64         `aws:"firehose.transform.outstanding_splunk"`

	S3Retry         spec.Duration `aws:"firehose.s3.retry"`
	RedshiftRetry   spec.Duration `aws:"firehose.redshift.retry"`
	OpenSearchRetry spec.Duration `aws:"firehose.opensearch.retry"`
	HTTPRetry       spec.Duration `aws:"firehose.http.retry"`
	SplunkRetry     spec.Duration `aws:"firehose.splunk.retry"`
	RetryMax        spec.Duration `aws:"firehose.retry_max"`
	RetryDelay      spec.Duration `aws:"firehose.retry_delay"`
	RetryDelayMax   spec.Duration `aws:"firehose.retry_delay_max"`
	AckTimeout      spec.Duration `aws:"firehose.splunk.ack_timeout"`

	Partitioning      bool    `aws:"firehose.partitioning.available"`
	PartitioningDelay float64 `aws:"firehose.partitioning.delay"`
	PartitionsMax     int64   `aws:"firehose.partitioning.partitions_max"`

	Rounding          spec.Size     `aws:"firehose.billing.rounding"`
	MultipartBelow    spec.Duration `aws:"firehose.s3.multipart_below"`
	MultipartRequests int64         `aws:"firehose.s3.multipart_requests"`

	S3Latency         spec.Durations `aws:"firehose.s3.latency"`
	RedshiftLatency   spec.Durations `aws:"firehose.redshift.latency"`
	OpenSearchLatency spec.Durations `aws:"firehose.opensearch.latency"`
	HTTPLatency       spec.Durations `aws:"firehose.http.latency"`
}

// rules are what the limits say of one kind of destination.
type rules struct {
	size, sizeMin, sizeMax             spec.Size
	interval, intervalMin, intervalMax spec.Duration
	retry                              spec.Duration
	latency                            spec.Durations
	transform                          spec.Size
	outstanding                        int64
}

// rules returns what the limits say of a delivery stream.
func (l *Limits) rules(s *Spec) rules {
	r := rules{
		size: l.BufferSize, sizeMin: l.BufferSizeMin, sizeMax: l.S3BufferMax,
		interval: l.BufferInterval, intervalMin: l.BufferIntervalMin, intervalMax: l.BufferIntervalMax,
		retry: l.S3Retry, latency: l.S3Latency, transform: l.TransformSize, outstanding: l.Outstanding,
	}
	switch s.Destination.Type {
	case Redshift:
		r.retry, r.latency = l.RedshiftRetry, l.RedshiftLatency
	case OpenSearch:
		r.sizeMax, r.retry, r.latency = l.OpenSearchBufferMax, l.OpenSearchRetry, l.OpenSearchLatency
	case HTTPEndpoint:
		r.sizeMax, r.retry, r.latency = l.HTTPBufferMax, l.HTTPRetry, l.HTTPLatency
	case Splunk:
		r.size, r.sizeMin, r.sizeMax = l.SplunkBuffer, l.SplunkBufferMin, l.SplunkBuffer
		r.interval, r.intervalMin, r.intervalMax = l.SplunkInterval, l.SplunkIntervalMin, l.SplunkInterval
		r.retry, r.latency, r.transform, r.outstanding = l.SplunkRetry, l.HTTPLatency, l.TransformSplunk, l.OutstandingSplunk
	}
	if s.DynamicPartitioning || s.FormatConversion != NoConversion {
		r.size, r.sizeMin = l.LargeBufferSize, l.LargeBufferMin
	}
	return r
}
