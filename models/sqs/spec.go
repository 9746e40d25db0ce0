package sqs

import "weir/models/spec"

// Spec is a standard queue as the scenario describes it.
type Spec struct {
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
	MessageSizeMax      spec.Size     `aws:"sqs.message_size_max"`
	BatchSizeMax        int64         `aws:"sqs.batch_size_max"`
	BatchBytesMax       spec.Size     `aws:"sqs.batch_bytes_max"`
	InFlightMax         int64         `aws:"sqs.in_flight_max"`
	DelayMax            spec.Duration `aws:"sqs.delay_max"`
	RetentionMin        spec.Duration `aws:"sqs.retention_min"`
	RetentionMax        spec.Duration `aws:"sqs.retention_max"`
	VisibilityMax       spec.Duration `aws:"sqs.visibility_timeout_max"`
	WaitTimeMax         spec.Duration `aws:"sqs.wait_time_max"`
	PurgeTime           spec.Duration `aws:"sqs.purge_time"`
	BackOfQueueReceives int64         `aws:"sqs.back_of_queue_receives"`
	Servers             int64         `aws:"sqs.servers"`
	ShortPollShare      spec.Share    `aws:"sqs.short_poll_share"`
	DuplicateShare      spec.Share    `aws:"sqs.duplicate_share"`
	InstantPolling      bool          `aws:"sqs.instant_polling"`
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
