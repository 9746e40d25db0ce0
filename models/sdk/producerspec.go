package sdk

import (
	"weir/models/iam"
	"weir/models/spec"
	"weir/models/workload"
)

// ProducerSpec is a producer of messages as the scenario describes it.
type ProducerSpec struct {
	// The queue, topic, stream, event bus or delivery stream to send to, the bucket to put each message into as an object,
	// or the function or gateway to ask with it.
	To spec.Link `yaml:"to" required:"true" link:"queues topics streams event_buses tables delivery_streams buckets functions gateways" flow:"out"`
	workload.Spec
	// How messages are sent together.
	Batch BatchSpec `yaml:"batch"`
	// How long each message stays invisible after it is sent; the queue's delay unless set.
	Delay *spec.Duration `yaml:"delay"`
	// How old a message may be at the end of the work on it: one that ends later counts as late, wherever it ends. Without
	// limit unless set.
	Deadline *spec.Duration `yaml:"deadline" min:"1us"`
	// Calls under way at once; the SDK's default unless set.
	Connections *int64 `yaml:"connections" min:"1" max:"1000000"`
	// Messages that may wait at the producer; one more is rejected. Without limit unless set.
	Buffer *int64 `yaml:"buffer" min:"1"`
	// How failed calls are tried again.
	Retry RetrySpec `yaml:"retry"`
	// Of a function: whether the producer waits for its answer.
	Invocation Invocation `yaml:"invocation" default:"synchronous"`
	// Who asks the function: an SDK, or cognito, step_functions, lex, alexa, firehose or s3_batch by rules of their own.
	Caller CallerName `yaml:"caller" default:"sdk"`
	// How long the producer waits for an answer before it counts the call as failed; the SDK's default unless set.
	ReadTimeout *spec.Duration `yaml:"read_timeout" min:"1ms"`
	// Sends large payloads through a bucket.
	ExtendedClient *ExtendedClientSpec `yaml:"extended_client"`
	// Sends some of the messages again, as a producer does that did not get the answer.
	Repeats *RepeatsSpec `yaml:"repeats"`
	iam.IdentitySpec
	// The service that the messages come from, such as cloudwatch.amazonaws.com for alarms, in place of a role.
	Service iam.Service `yaml:"service"`
	// Encrypts messages before they are sent, one after the other in each batch.
	ClientEncryption *EncryptionSpec `yaml:"client_encryption"`
	// Compresses messages before that.
	Compression *CompressionSpec `yaml:"compression"`
	PutSpec
}

// Validate returns what is wrong with what there is to send, and with how it is put into a stream.
func (s *ProducerSpec) Validate() []spec.Problem {
	return append(s.Spec.Validate(), s.PutSpec.Validate()...)
}

// RepeatsSpec is which messages are sent again.
type RepeatsSpec struct {
	// The share of the messages that are sent again, once.
	Share spec.Share `yaml:"share" required:"true"`
	// How long after their birth. The repeat has the same deduplication ID.
	After spec.Durations `yaml:"after" required:"true"`
}

// BatchSpec is how messages are sent together.
type BatchSpec struct {
	// Messages of a full batch: it is sent at once.
	Size int `yaml:"size" default:"1" min:"1" max:"10000"`
	// How long a batch waits to fill.
	Linger spec.Duration `yaml:"linger" default:"0s"`
}
