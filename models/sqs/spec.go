package sqs

import (
	"weir/models/iam"
	"weir/models/spec"
)

// Spec is a queue as the scenario describes it. It is a FIFO queue when its name ends in .fifo.
type Spec struct {
	// Whether messages carry the tenant that sent them, their key, so that a standard queue is fair to its quiet tenants.
	FairQueue bool `yaml:"fair_queue" default:"false"`
	// Where a FIFO queue looks for repeats of a deduplication ID: queue or messageGroup.
	DeduplicationScope DeduplicationScope `yaml:"deduplication_scope" default:"queue"`
	// What a FIFO queue's quota counts for: perQueue or, in high-throughput mode, perMessageGroupId.
	FIFOThroughputLimit FIFOThroughputLimit `yaml:"fifo_throughput_limit" default:"perQueue"`
	// How long a received message stays invisible to other consumers.
	VisibilityTimeout spec.Duration `yaml:"visibility_timeout" default:"30s"`
	// How long a receive waits for the first message: 0s polls short, up to 20s polls long.
	ReceiveWaitTime spec.Duration `yaml:"receive_wait_time" default:"0s"`
	// How long every message stays invisible after it is sent.
	Delay spec.Duration `yaml:"delay" default:"0s"`
	// How long a message is kept before it expires.
	Retention spec.Duration `yaml:"retention" default:"4d"`
	// Largest message accepted; the profile's limit unless set.
	MaximumMessageSize *spec.Size `yaml:"maximum_message_size"`
	// Where messages go that were received too often.
	Redrive *RedriveSpec `yaml:"redrive"`
	// The KMS key that messages are encrypted with (SSE-KMS). Without one the queue encrypts them with keys of its own
	// (SSE-SQS), which takes no calls and costs nothing.
	KMSKey *spec.Link `yaml:"kms_key" link:"keys"`
	// How long a data key is used again before KMS is called.
	DataKeyReusePeriod spec.Duration `yaml:"data_key_reuse_period" default:"5m" min:"60s" max:"24h"`
	iam.ResourceSpec
	// What is done to the queue while it runs, in order of time.
	Changes []ChangeSpec `yaml:"changes"`
	// When a dead-letter queue's messages are moved back (AWS: StartMessageMoveTask).
	RedriveTasks []RedriveTaskSpec `yaml:"redrive_tasks"`
}

// DeduplicationScope is where a FIFO queue looks for repeats.
type DeduplicationScope string

// The scopes, in AWS's words.
const (
	ScopeQueue DeduplicationScope = "queue"
	ScopeGroup DeduplicationScope = "messageGroup"
)

// Values returns the scopes.
func (DeduplicationScope) Values() []string { return []string{string(ScopeQueue), string(ScopeGroup)} }

// FIFOThroughputLimit is what a FIFO queue's quota counts for.
type FIFOThroughputLimit string

// The limits, in AWS's words.
const (
	LimitPerQueue FIFOThroughputLimit = "perQueue"
	LimitPerGroup FIFOThroughputLimit = "perMessageGroupId"
)

// Values returns the limits.
func (FIFOThroughputLimit) Values() []string {
	return []string{string(LimitPerQueue), string(LimitPerGroup)}
}

// Validate checks the settings against each other.
func (s *Spec) Validate() []spec.Problem {
	if s.FIFOThroughputLimit == LimitPerGroup && s.DeduplicationScope != ScopeGroup {
		return []spec.Problem{{Field: "fifo_throughput_limit", Text: "perMessageGroupId needs deduplication_scope: messageGroup"}}
	}
	return s.checkChanges()
}

// RedriveSpec is a queue's redrive policy.
type RedriveSpec struct {
	// The dead-letter queue.
	To spec.Link `yaml:"to" required:"true" link:"queues" flow:"out"`
	// How often a message is delivered before it is moved instead.
	MaxReceiveCount int `yaml:"max_receive_count" required:"true" min:"1" max:"1000"`
}

// Limits are the constants of the service that a profile holds.
type Limits struct {
	MessageSizeMax  spec.Size     `aws:"sqs.message_size_max"`
	BatchSizeMax    int64         `aws:"sqs.batch_size_max"`
	BatchBytesMax   spec.Size     `aws:"sqs.batch_bytes_max"`
	InFlightMax     int64         `aws:"sqs.in_flight_max"`
	DelayMax        spec.Duration `aws:"sqs.delay_max"`
	RetentionMin    spec.Duration `aws:"sqs.retention_min"`
	RetentionMax    spec.Duration `aws:"sqs.retention_max"`
	VisibilityMax   spec.Duration `aws:"sqs.visibility_timeout_max"`
	WaitTimeMax     spec.Duration `aws:"sqs.wait_time_max"`
	PurgeTime       spec.Duration `aws:"sqs.purge_time"`
	PropagationTime spec.Duration `aws:"sqs.attribute_propagation"`
	MetricsActive   spec.Duration `aws:"sqs.metrics.active"`
	MetricsWake     spec.Duration `aws:"sqs.metrics.wake_delay"`

	RetentionPropagationTime spec.Duration `aws:"sqs.retention_propagation"`

	BackOfQueueReceives int64         `aws:"sqs.back_of_queue_receives"`
	Servers             int64         `aws:"sqs.servers"`
	ShortPollShare      spec.Share    `aws:"sqs.short_poll_share"`
	DuplicateShare      spec.Share    `aws:"sqs.duplicate_share"`
	InstantPolling      bool          `aws:"sqs.instant_polling"`
	RedriveRate         spec.Rate     `aws:"sqs.redrive.rate"`
	RedriveRateMax      spec.Rate     `aws:"sqs.redrive.rate_max"`
	RedriveTimeMax      spec.Duration `aws:"sqs.redrive.time_max"`
	FIFOLimits
	FairLimits
}

// FairLimits are the constants of fair queues.
type FairLimits struct {
	FairShare       spec.Share    `aws:"sqs.fair.share"`
	FairInFlightMin int64         `aws:"sqs.fair.in_flight_min"`
	FairSilence     spec.Duration `aws:"sqs.fair.silence"`
	FairWindow      spec.Duration `aws:"sqs.fair.window"`
}

// Action is a kind of API call, as billed.
type Action uint8

// The actions.
const (
	ActionSend Action = iota
	ActionReceive
	ActionDelete
	ActionChangeVisibility
	ActionOther

	Actions = 5
)

// FIFOLimits are the constants of FIFO queues.
type FIFOLimits struct {
	FIFOInFlightMax    int64         `aws:"sqs.fifo.in_flight_max"`
	FIFOScanWindow     int64         `aws:"sqs.fifo.scan_window"`
	DeduplicationTime  spec.Duration `aws:"sqs.fifo.deduplication_time"`
	FIFOCallRate       spec.Rate     `aws:"sqs.fifo.call_rate"`
	FIFOBurst          spec.Duration `aws:"sqs.fifo.burst"`
	FIFORegionRate     spec.Rate     `aws:"sqs.fifo.region_call_rate"`
	FIFOPartitions     int64         `aws:"sqs.fifo.partitions"`
	FIFOPartitionSplit spec.Duration `aws:"sqs.fifo.partition_split_time"`
	FIFODeadLetterAge  bool          `aws:"sqs.fifo.dead_letter_keeps_age"`
}
