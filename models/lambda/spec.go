package lambda

import (
	"go.yaml.in/yaml/v4"

	"weir/models/calls"
	"weir/models/iam"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/stream"
)

// Spec is a Lambda function, as the scenario describes it.
type Spec struct {
	// Runtime, such as python3.12, nodejs22.x, java21 or rust-al2023: what its initialisation takes.
	Runtime string `yaml:"runtime" default:"python3.12"`
	// Instruction set: x86_64 or arm64.
	Architecture Architecture `yaml:"architecture" default:"x86_64"`
	// Memory, in steps of 1 MiB; the share of a vCPU is in proportion to it, and slows the part of the work that computes
	// (cpu_share, none unless set).
	Memory spec.Size `yaml:"memory" default:"128MiB"`
	// An invocation that takes longer is ended with an error.
	Timeout spec.Duration `yaml:"timeout" default:"3s" min:"1s"`
	// Size of /tmp.
	EphemeralStorage spec.Size `yaml:"ephemeral_storage" default:"512MiB"`
	// What is deployed.
	Package PackageSpec `yaml:"package"`
	// Size of the environment variables, names and values together.
	Environment spec.Size `yaml:"environment" default:"0B"`
	// Restores a snapshot in place of the initialisation.
	SnapStart bool `yaml:"snap_start" default:"false"`
	VersionSpec
	// Whether the handler passes over messages whose deadline has passed when the work on them would begin.
	DropLate bool `yaml:"drop_late" default:"false"`
	// The part of the set-up and the work that computes. It takes longer with less than a vCPU.
	CPUShare spec.Share `yaml:"cpu_share" default:"0%"`
	// The part of the computing that uses all vCPUs, where there is more than one.
	ParallelShare spec.Share `yaml:"parallel_share" default:"0%"`
	// The next version, which requests are routed to by an alias with weights or by a deployment.
	NewVersion *NewVersionSpec `yaml:"new_version"`
	// What the work on each message calls, in this order, after the work itself.
	Calls []CallSpec `yaml:"calls"`
	// The queue, topic, function, event bus, table, stream or delivery stream that each processed message is sent on to,
	// or several of them.
	Then sdk.Targets `yaml:"then"`
	// Whether a message goes to all targets that suit it, or to one of them, drawn by their shares.
	ThenTo sdk.Choice `yaml:"then_to" default:"all"`
	// Where the handler sends a message whose work failed, in place of failing: the step back of a saga.
	OnFailureTo *sdk.FailureTarget `yaml:"on_failure_to"`
	// Whether Lambda stops the function when it is invoked again and again by what it sends itself (AWS: RecursiveLoop).
	RecursiveLoop Recursion `yaml:"recursive_loop" default:"terminate"`
	// How failed calls are tried again.
	Retry sdk.RetrySpec `yaml:"retry"`
	// Concurrency that is the function's own, and its limit. Of the account's unless set.
	ReservedConcurrency *int `yaml:"reserved_concurrency" min:"0" max:"1000000"`
	// Environments that are initialised ahead.
	ProvisionedConcurrency *ProvisionedSpec `yaml:"provisioned_concurrency"`
	// The queues and streams that are read for the function.
	EventSources []MappingSpec `yaml:"event_sources"`
	// How events are kept and tried again that come without anybody waiting for the answer.
	Asynchronous AsyncSpec `yaml:"asynchronous"`
	// Bytes that the handler writes to its log in each invocation, beside Lambda's own lines.
	LogBytes spec.Size `yaml:"log_bytes" default:"0B"`
	// Whether X-Ray traces a sample of the invocations.
	Tracing bool `yaml:"tracing" default:"false"`
	// Whether it runs at the edge, behind a gateway of type cloudfront (Lambda@Edge).
	Edge bool `yaml:"edge" default:"false"`
	// The VPC that it is in: initialisation takes longer, and calls take its routes.
	VPC *spec.Link `yaml:"vpc" link:"networks"`
	iam.IdentitySpec
	// Its resource policy, in AWS's own shape: who may invoke it.
	Policy *yaml.Node `yaml:"policy"`
}

// Validate returns what is wrong with the targets together.
func (s *Spec) Validate() []spec.Problem { return sdk.CheckTargets(s.Then, s.ThenTo) }

// Bounded reports whether Lambda looks after a circle through a link: one of queues, topics and functions.
func (s *Spec) Bounded(to spec.Link) bool {
	return to.Section == "queues" || to.Section == "topics" || to.Section == "functions"
}

// Recursion is what Lambda does about a loop.
type Recursion string

// What it may do.
const (
	Terminate Recursion = "terminate"
	Allow     Recursion = "allow"
)

// Values lists the choices, for the decoder and the schema.
func (Recursion) Values() []string { return []string{string(Terminate), string(Allow)} }

// VersionSpec is the code of a version.
type VersionSpec struct {
	// What the code does outside the handler, once for each environment, such as opening connections: full CPU.
	Init *spec.Durations `yaml:"init"`
	// What the handler does in each invocation before it looks at the event, such as opening connections that it does not
	// keep.
	Setup *spec.Durations `yaml:"setup"`
	// Work on one message, or on one event that is no message, on one whole vCPU.
	Work *spec.Durations `yaml:"work"`
	// Further work for each KiB of the message.
	WorkPerKiB *spec.Duration `yaml:"work_per_kib"`
	// What goes wrong.
	Failures FailureSpec `yaml:"failures"`
}

// NewVersionSpec is the next version of a function. What it does not say takes no time and goes well.
type NewVersionSpec struct {
	// The share of the requests that the alias routes to it from the start; each by chance.
	Weight spec.Share `yaml:"weight" default:"0%"`
	VersionSpec
}

// PackageSpec is what is deployed of a function: a zip with layers, or an image.
type PackageSpec struct {
	// Size of the zip package.
	Zip spec.Size `yaml:"zip" default:"1MiB" min:"0B"`
	// Size of the package unzipped, without layers; as zipped unless set.
	Unzipped *spec.Size `yaml:"unzipped" min:"0B"`
	// Sizes of the layers, unzipped.
	Layers []spec.Size `yaml:"layers"`
	// Size of the container image, in place of a zip package.
	Image *spec.Size `yaml:"image" min:"1B"`
	// How it is deployed: directly, from a bucket (s3), or inline in a CloudFormation template.
	From Deployment `yaml:"from" default:"s3"`
}

// Deployment is how a package comes to Lambda.
type Deployment string

// The ways of deployment.
const (
	DeployDirect Deployment = "direct"
	DeployS3     Deployment = "s3"
	DeployInline Deployment = "inline"
)

// Values lists the ways, for the decoder and the schema.
func (Deployment) Values() []string {
	return []string{string(DeployDirect), string(DeployS3), string(DeployInline)}
}

// Architecture is an instruction set.
type Architecture string

// The architectures.
const (
	X86 Architecture = "x86_64"
	ARM Architecture = "arm64"
)

// Values lists the architectures, for the decoder and the schema.
func (Architecture) Values() []string { return []string{string(X86), string(ARM)} }

// FailureSpec is what goes wrong in a function.
type FailureSpec struct {
	// Share of the messages, or of the events that are none, whose work fails at its end.
	Error spec.Share `yaml:"error" default:"0%"`
	// Share of the invocations that run out of memory at the end of their work: the environment is reset.
	OutOfMemory spec.Share `yaml:"out_of_memory" default:"0%"`
}

// CallSpec is one call that the work makes.
type CallSpec struct {
	// The database, table, bucket, cache or HTTP service to call.
	To spec.Link `yaml:"to" required:"true" link:"databases tables buckets caches services"`
	// How long a database or service takes to answer once it serves the call; a service's own time unless set.
	Time *spec.Durations `yaml:"time"`
	// Whether the connection is kept with the environment, idle ones too, or opened in each invocation.
	Connection Connection `yaml:"connection" default:"environment"`
	calls.PolicySpec
}

// Connection is how long a connection to a database is kept.
type Connection string

// How long a connection is kept.
const (
	PerEnvironment Connection = "environment"
	PerInvocation  Connection = "invocation"
)

// Values lists the choices, for the decoder and the schema.
func (Connection) Values() []string { return []string{string(PerEnvironment), string(PerInvocation)} }

// ProvisionedSpec is provisioned concurrency.
type ProvisionedSpec struct {
	// Environments that are initialised ahead. It is allocated when the run begins.
	Concurrency int `yaml:"concurrency" default:"0" min:"0" max:"1000000"`
	// Changes at set times (scheduled actions of Application Auto Scaling).
	Schedule []ProvisionedChange `yaml:"schedule"`
	// Keeps the share of them that is in use near a target.
	TargetTracking *TrackingSpec `yaml:"target_tracking"`
}

// ProvisionedChange is a change at a set time.
type ProvisionedChange struct {
	// When, from the start of the run.
	At spec.Duration `yaml:"at" required:"true"`
	// The provisioned concurrency from then on.
	Concurrency int `yaml:"concurrency" required:"true" min:"0" max:"1000000"`
}

// TrackingSpec is target tracking on the use of provisioned concurrency.
type TrackingSpec struct {
	// The share in use that is aimed at.
	Target spec.Share `yaml:"target" default:"70%"`
	// The least provisioned concurrency.
	Min int `yaml:"min" default:"1" min:"0" max:"1000000"`
	// The most provisioned concurrency.
	Max int `yaml:"max" required:"true" min:"1" max:"1000000"`
}

// AsyncSpec is how asynchronous events are kept and tried again.
type AsyncSpec struct {
	// Further attempts after one that failed (AWS: MaximumRetryAttempts).
	MaximumRetryAttempts int `yaml:"maximum_retry_attempts" default:"2" min:"0" max:"2"`
	// How long an event is kept (AWS: MaximumEventAgeInSeconds); six hours unless set.
	MaximumEventAge *spec.Duration `yaml:"maximum_event_age"`
	// Where a record of each event that was processed is sent.
	OnSuccess *spec.Link `yaml:"on_success" link:"queues topics functions event_buses" flow:"out"`
	// Where events go that were given up: with a record of the request and the last answer.
	OnFailure *spec.Link `yaml:"on_failure" link:"queues topics functions event_buses" flow:"out"`
	// The dead-letter queue or topic: where events go that were given up, as they came.
	DeadLetter *spec.Link `yaml:"dead_letter" link:"queues topics" flow:"out"`
}

// MappingSpec is an event source mapping.
type MappingSpec struct {
	// The queue or stream to read, or the table whose stream is read.
	From spec.Link `yaml:"from" required:"true" link:"queues streams tables" flow:"in"`
	// Messages of an invocation at most; 10 of a queue and 100 of a stream unless set.
	BatchSize *int `yaml:"batch_size" min:"1" max:"10000"`
	// How long a batch waits to fill (AWS: MaximumBatchingWindowInSeconds).
	BatchWindow spec.Duration `yaml:"batch_window" default:"0s"`
	// Invocations at once at the most (AWS: ScalingConfig.MaximumConcurrency).
	MaximumConcurrency *int `yaml:"maximum_concurrency" min:"2" max:"1000"`
	// Whether the handler names the messages that failed, so that only these come back.
	ReportBatchItemFailures bool `yaml:"report_batch_item_failures" default:"false"`
	// Whether that handler stops at the first message that failed, and names it and all behind it, as order asks for.
	StopAtFailure bool `yaml:"stop_at_failure" default:"false"`
	// Share of the messages that the mapping's filters let pass; the others are deleted.
	Pass spec.Share `yaml:"pass" default:"100%"`
	// Pollers of the mapping's own.
	ProvisionedPollers *PollersSpec `yaml:"provisioned_pollers"`
	StreamSpec
}

// StreamSpec is what an event source mapping of a stream has beside.
type StreamSpec struct {
	// Batches of a shard at once; the order is then kept for each key.
	ParallelizationFactor int `yaml:"parallelization_factor" default:"1" min:"1" max:"10"`
	// Further attempts of a batch that failed (AWS: -1, without end, is the default); without end unless set.
	MaximumRetryAttempts *int `yaml:"maximum_retry_attempts" min:"0" max:"10000"`
	// Records older than that are given up (AWS: MaximumRecordAgeInSeconds); as old as the stream keeps them unless set.
	MaximumRecordAge *spec.Duration `yaml:"maximum_record_age" min:"60s" max:"7d"`
	// Halves a batch that failed; the halving counts as no attempt.
	BisectBatchOnFunctionError bool `yaml:"bisect_batch_on_function_error" default:"false"`
	// Where a record of each batch that is given up is sent. The records themselves are not.
	OnFailure *spec.Link `yaml:"on_failure" link:"queues topics" flow:"out"`
	// State is carried from invocation to invocation of a window this long, which ends with one more invocation.
	TumblingWindow spec.Duration `yaml:"tumbling_window" default:"0s" min:"0s" max:"900s"`
	// Whether records are pushed to the mapping as a consumer of its own.
	EnhancedFanOut bool `yaml:"enhanced_fan_out" default:"false"`
	stream.StartSpec
}

// PollersSpec is provisioned pollers.
type PollersSpec struct {
	// Pollers at the least (AWS: MinimumPollers).
	Minimum int `yaml:"minimum" default:"2" min:"2" max:"200"`
	// Pollers at the most (AWS: MaximumPollers).
	Maximum int `yaml:"maximum" default:"200" min:"2" max:"2000"`
}
