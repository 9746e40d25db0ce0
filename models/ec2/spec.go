package ec2

import (
	"weir/models/calls"
	"weir/models/iam"
	"weir/models/sdk"
	"weir/models/spec"
)

// Spec is a fleet of EC2 instances that consume a queue, or serve requests, as the scenario describes it.
type Spec struct {
	// The queue to consume, or several: an earlier one comes before a later one, unless they have weights. A fleet without
	// one serves the requests of the load balancer that leads to it.
	From Sources `yaml:"from"`
	// How many instances run, unless the fleet scales.
	Instances int `yaml:"instances" default:"1" min:"1" max:"10000"`
	// The instances, all alike.
	Instance InstanceSpec `yaml:"instance"`
	// Lets the number of instances follow the load.
	Scaling *ScalingSpec `yaml:"scaling"`
	// How the threads receive.
	Receive ReceiveSpec `yaml:"receive"`
	// Work on one message.
	Work *spec.Durations `yaml:"work"`
	// Further work for each KiB of the message.
	WorkPerKiB *spec.Duration `yaml:"work_per_kib"`
	// Work on a batch as a whole, before that on its messages.
	BatchWork *spec.Durations `yaml:"batch_work"`
	// The part of the work that needs a vCPU. It slows down while more threads compute than there are vCPUs.
	CPUShare spec.Share `yaml:"cpu_share" default:"0%"`
	// What goes wrong.
	Failures FailureSpec `yaml:"failures"`
	// Extends the visibility timeout of the messages in hand while work goes on.
	Heartbeat *HeartbeatSpec `yaml:"heartbeat"`
	// When processed messages are deleted: each after its work, batch when the whole batch is done, or async: each after
	// its work without waiting for the answer.
	Delete DeleteMode `yaml:"delete" default:"each"`
	// What happens to a message whose work failed: wait for its visibility timeout, or release it at once.
	OnError OnError `yaml:"on_error" default:"wait"`
	// Whether messages whose deadline has passed when the work on them would begin are deleted in place of it.
	DropLate bool `yaml:"drop_late" default:"false"`
	// What the work calls, in this order, after the work itself.
	Calls []CallSpec `yaml:"calls"`
	// The queue, topic, function, event bus, table, stream or delivery stream that each processed message is sent on to,
	// or several of them.
	Then sdk.Targets `yaml:"then"`
	// Whether a message goes to all targets that suit it, or to one of them, drawn by their shares.
	ThenTo sdk.Choice `yaml:"then_to" default:"all"`
	// Where a message is sent whose work failed; it is deleted then, and not tried again: the step back of a saga.
	OnFailureTo *sdk.FailureTarget `yaml:"on_failure_to"`
	// How failed calls are tried again.
	Retry sdk.RetrySpec `yaml:"retry"`
	iam.IdentitySpec
	// Gets payloads that went through a bucket, and sends its own that way.
	ExtendedClient *ExtendedClientSpec `yaml:"extended_client"`
	// Decrypts each message as part of the work on it, and encrypts what is sent on.
	ClientEncryption *sdk.EncryptionSpec `yaml:"client_encryption"`
}

// Sources are the queues that a fleet consumes.
type Sources []SourceSpec

// OneOrMore lets one queue be written without a list.
func (Sources) OneOrMore() {}

// First returns the first queue, or no link.
func (s Sources) First() (first spec.Link) {
	if len(s) > 0 {
		first = s[0].Queue
	}
	return first
}

// SourceSpec is one of the queues that a fleet consumes. It can be written as its link alone.
type SourceSpec struct {
	// The queue.
	Queue spec.Link `yaml:"queue" required:"true" link:"queues" flow:"in"`
	// How often it is asked first, compared with the others. Without weights, a queue is asked only when those before it
	// are empty.
	Weight *int `yaml:"weight" min:"0" max:"1000000"`
}

// Shorthand lets a source be written as its link.
func (SourceSpec) Shorthand() string { return "queue" }

// Validate returns what is wrong with the targets together.
func (s *Spec) Validate() []spec.Problem { return sdk.CheckTargets(s.Then, s.ThenTo) }

// InstanceSpec is one kind of instance.
type InstanceSpec struct {
	// Instance type, such as m5.large: its vCPUs and its price.
	Type string `yaml:"type" default:"m5.large"`
	// Threads that poll and work, on each instance.
	Threads int `yaml:"threads" default:"1" min:"1" max:"100000"`
	// Size of its root volume, of type gp3, which is billed by the month in every state: running, a spot instance, or
	// stopped in a warm pool. It is not billed unless set; Amazon Linux has 8GiB.
	RootVolume *spec.Size `yaml:"root_volume" min:"0B" max:"64TiB"`
	// Whether its metrics are published each minute, and billed, and not each five minutes.
	DetailedMonitoring bool `yaml:"detailed_monitoring" default:"false"`
}

// ReceiveSpec is how a consumer receives.
type ReceiveSpec struct {
	// Messages asked for in one call (AWS: MaxNumberOfMessages).
	MaxMessages int `yaml:"max_messages" default:"10" min:"1" max:"10000"`
	// How long a call waits for the first message; the queue's attribute unless set.
	WaitTime *spec.Duration `yaml:"wait_time"`
	// How long the messages stay invisible; the queue's attribute unless set.
	VisibilityTimeout *spec.Duration `yaml:"visibility_timeout"`
	// Pause after a call that returned nothing.
	Pause *spec.Duration `yaml:"pause" min:"1us"`
}

// FailureSpec is what goes wrong in a fleet.
type FailureSpec struct {
	// Share of the messages whose work fails at its end.
	Error spec.Share `yaml:"error" default:"0%"`
	// Rate at which each instance crashes.
	Crash *spec.Rate `yaml:"crash"`
	// How long a crashed instance takes to be replaced; the profile's launch latency unless set.
	Recovery *spec.Durations `yaml:"recovery"`
}

// HeartbeatSpec is how a consumer keeps its messages invisible.
type HeartbeatSpec struct {
	// Time between two heartbeats.
	Every spec.Duration `yaml:"every" required:"true" min:"1ms"`
	// The visibility timeout that each heartbeat sets.
	Extend spec.Duration `yaml:"extend" required:"true" min:"1s"`
}

// CallSpec is one call that the work makes.
type CallSpec struct {
	// The database, table, bucket, cache or HTTP service to call.
	To spec.Link `yaml:"to" required:"true" link:"databases tables buckets caches services"`
	// How long a database or service takes to answer once it serves the call; a service's own time unless set.
	Time *spec.Durations `yaml:"time"`
	// Connections that each instance keeps to a database or cache; as many as it has threads unless set.
	Pool *int `yaml:"pool" min:"1" max:"100000"`
	// How long a call waits for a connection of the pool before it fails; 0s waits for ever.
	PoolTimeout spec.Duration `yaml:"pool_timeout" default:"30s"`
	calls.PolicySpec
}

// DeleteMode is when processed messages are deleted.
type DeleteMode string

// The delete modes.
const (
	DeleteEach  DeleteMode = "each"
	DeleteBatch DeleteMode = "batch"
	DeleteAsync DeleteMode = "async"
)

// Values lists the modes, for the decoder and the schema.
func (DeleteMode) Values() []string {
	return []string{string(DeleteEach), string(DeleteBatch), string(DeleteAsync)}
}

// OnError is what happens to a message whose work failed.
type OnError string

// What happens after failed work.
const (
	OnErrorWait    OnError = "wait"
	OnErrorRelease OnError = "release"
)

// Values lists the choices, for the decoder and the schema.
func (OnError) Values() []string { return []string{string(OnErrorWait), string(OnErrorRelease)} }
