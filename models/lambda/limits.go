package lambda

import (
	"weir/models/aws"
	"weir/models/spec"
)

// Limits are the constants of Lambda that a profile holds.
type Limits struct {
	Concurrent    int64 `aws:"lambda.concurrent_executions"`
	UnreservedMin int64 `aws:"lambda.unreserved_min"`

	MemoryMin    spec.Size     `aws:"lambda.memory_min"`
	MemoryMax    spec.Size     `aws:"lambda.memory_max"`
	VCPUMemory   spec.Size     `aws:"lambda.vcpu_memory"`
	TimeoutMax   spec.Duration `aws:"lambda.timeout_max"`
	Environment  spec.Size     `aws:"lambda.environment_max"`
	LayersMax    int64         `aws:"lambda.layers_max"`
	ZipMax       spec.Size     `aws:"lambda.zip_max"`
	InlineMax    spec.Size     `aws:"lambda.inline_max"`
	UnzippedMax  spec.Size     `aws:"lambda.unzipped_max"`
	ImageMax     spec.Size     `aws:"lambda.image_max"`
	EphemeralMax spec.Size     `aws:"lambda.ephemeral_storage_max"`
	SyncPayload  spec.Size     `aws:"lambda.sync_payload_max"`
	AsyncPayload spec.Size     `aws:"lambda.async_payload_max"`

	RecursionMax int64 `aws:"lambda.recursion_max"`

	RequestRate   float64   `aws:"lambda.request_rate"`
	Burst         int64     `aws:"lambda.scaling.burst"`
	BurstRate     spec.Rate `aws:"lambda.scaling.rate"`
	BurstShared   bool      `aws:"lambda.scaling.shared"`
	BurstRequests int64     `aws:"lambda.scaling.requests"`

	Placement       spec.Durations `aws:"lambda.placement"`
	PlacementPerMiB spec.Duration  `aws:"lambda.placement.per_mib"`
	PlacementVPC    spec.Durations `aws:"lambda.placement.vpc"`
	InitMax         spec.Duration  `aws:"lambda.init_max"`
	RuntimeInit     bool           `aws:"lambda.runtime_init"`
	IdleLifetime    spec.Durations `aws:"lambda.idle_lifetime"`
	LifeMax         spec.Durations `aws:"lambda.life_max"`
	Preinitialised  spec.Share     `aws:"lambda.preinitialised_share"`

	Granularity        spec.Duration `aws:"lambda.billing.granularity"`
	InitBilled         bool          `aws:"lambda.billing.init"`
	ProvisionedStart   spec.Duration `aws:"lambda.provisioned.start"`
	ProvisionedRate    spec.Rate     `aws:"lambda.provisioned.rate"`
	ProvisionedBilling spec.Duration `aws:"lambda.provisioned.billing"`

	AsyncLatency     spec.Durations `aws:"lambda.async.latency"`
	AsyncRetry       spec.Duration  `aws:"lambda.async.retry_delay"`
	AsyncThrottleMin spec.Duration  `aws:"lambda.async.throttle_delay_min"`
	AsyncThrottleMax spec.Duration  `aws:"lambda.async.throttle_delay_max"`
	AsyncAgeMax      spec.Duration  `aws:"lambda.async.age_max"`
	AsyncAgeMin      spec.Duration  `aws:"lambda.async.age_min"`
	AsyncDuplicates  spec.Share     `aws:"lambda.async.duplicate_share"`

	LogBytes        spec.Size     `aws:"lambda.log_bytes"`
	LogEventBytes   spec.Size     `aws:"lambda.log_event_bytes"`
	TracingOverhead spec.Duration `aws:"lambda.tracing.overhead"`
	TracingRate     int64         `aws:"lambda.tracing.rate"`
	TracingShare    spec.Share    `aws:"lambda.tracing.share"`

	MappingLimits
}

// MappingLimits are the constants of event source mappings.
type MappingLimits struct {
	Pollers            int64          `aws:"lambda.sqs.pollers"`
	PollersIdle        int64          `aws:"lambda.sqs.pollers_idle"`
	IdleAfter          spec.Duration  `aws:"lambda.sqs.idle_after"`
	Ramp               spec.Rate      `aws:"lambda.sqs.ramp"`
	PollersMax         int64          `aws:"lambda.sqs.pollers_max"`
	PollWait           spec.Duration  `aws:"lambda.sqs.poll_wait"`
	BatchMax           int64          `aws:"lambda.sqs.batch_max"`
	BatchUnwindowed    int64          `aws:"lambda.sqs.batch_unwindowed"`
	WindowMax          spec.Duration  `aws:"lambda.window_max"`
	WindowMargin       spec.Duration  `aws:"lambda.sqs.window_margin"`
	MappingLatency     spec.Durations `aws:"lambda.mapping.latency"`
	StreamBatch        int64          `aws:"lambda.stream.batch_size"`
	StreamBatchMax     int64          `aws:"lambda.stream.batch_max"`
	StreamParallelMax  int64          `aws:"lambda.stream.parallelization_max"`
	StreamRetriesMax   int64          `aws:"lambda.stream.retries_max"`
	StreamAgeMax       spec.Duration  `aws:"lambda.stream.record_age_max"`
	TumblingMax        spec.Duration  `aws:"lambda.stream.tumbling_window_max"`
	StreamRetry        spec.Duration  `aws:"lambda.stream.retry_delay"`
	StreamRetryMax     spec.Duration  `aws:"lambda.stream.retry_delay_max"`
	MappingLatencyFIFO spec.Durations `aws:"lambda.mapping.fifo_latency"`
	ErrorPause         spec.Duration  `aws:"lambda.sqs.error_pause"`
	ThrottleDelay      spec.Duration  `aws:"lambda.sqs.throttle_delay"`
	ThrottleDelayMax   spec.Duration  `aws:"lambda.sqs.throttle_delay_max"`
	MaximumConcurrency bool           `aws:"lambda.sqs.maximum_concurrency"`
	Provisioned        bool           `aws:"lambda.sqs.provisioned"`
	PollerConcurrency  int64          `aws:"lambda.sqs.provisioned.concurrency"`
	PollerRamp         spec.Rate      `aws:"lambda.sqs.provisioned.ramp"`
	PollersProvisioned int64          `aws:"lambda.sqs.provisioned.pollers_max"`
	PollersMinimum     int64          `aws:"lambda.sqs.provisioned.minimum_max"`
}

// Errors of the API, by AWS's names (Lambda API reference, Invoke), and what an invocation ends with. The errors of the
// function itself are answered with HTTP 200, so that no SDK tries again.
var (
	ErrTooManyRequests = &aws.Error{Code: "TooManyRequestsException", Retryable: true, Throttle: true}
	ErrRequestTooLarge = &aws.Error{Code: "RequestTooLargeException"}
	ErrHandled         = &aws.Error{Code: "FunctionError: Unhandled", Function: true}
	ErrTimedOut        = &aws.Error{Code: "FunctionError: Task timed out", Function: true}
	ErrOutOfMemory     = &aws.Error{Code: "FunctionError: Runtime.OutOfMemory", Function: true}
	ErrReservedIsZero  = &aws.Error{
		Code: "TooManyRequestsException: ReservedFunctionConcurrentInvocationLimitExceeded", Retryable: true, Throttle: true,
	}
)
