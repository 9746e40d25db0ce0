package kcl

import (
	"weir/models/calls"
	"weir/models/iam"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/stream"
)

// Spec is an application that consumes a stream, as the scenario describes it.
type Spec struct {
	// The stream to consume.
	From spec.Link `yaml:"from" required:"true" link:"streams tables" flow:"in"`
	// What it is built with: kcl, the Kinesis Client Library, or sdk, a plain poller in one process.
	Library Library `yaml:"library" default:"kcl"`
	// Version of the KCL, 1 to 3; the profile's own unless set.
	Version *int `yaml:"version" min:"1" max:"3"`
	// How it reads: by polling, or by enhanced_fan_out, which is the default of the KCL from version 2 on.
	Retrieval *Retrieval `yaml:"retrieval"`
	// Workers, each on a host of its own.
	Workers int `yaml:"workers" default:"1" min:"1" max:"10000"`
	// The hosts, all alike.
	Host HostSpec `yaml:"host"`
	// How long after a poll of a shard the next one comes; the library's own unless set.
	IdleTimeBetweenReads *spec.Duration `yaml:"idle_time_between_reads" min:"1ms"`
	// Records of one read; the library's own unless set.
	MaxRecords *int `yaml:"max_records" min:"1" max:"10000"`
	// Where it begins: trim_horizon, latest, or at_timestamp; the library's own unless set.
	StartingPosition *stream.Position `yaml:"starting_position"`
	// The instant of the first records, for at_timestamp.
	StartingPositionTimestamp *spec.Duration `yaml:"starting_position_timestamp" min:"0s"`
	// When the application begins to run.
	Start spec.Duration `yaml:"start" default:"0s" min:"0s"`
	// Who holds the leases at the start: balanced, each worker its share, or unassigned, as when it is deployed for the
	// first time.
	Leases Leases `yaml:"leases" default:"balanced"`
	// How long a lease that is not renewed stays with its worker; the library's own unless set.
	FailoverTime *spec.Duration `yaml:"failover_time" min:"100ms"`
	// The least time between two checkpoints of a shard; after each batch unless set.
	CheckpointInterval *spec.Duration `yaml:"checkpoint_interval" min:"0s"`
	// What a plain poller does after a crash: latest begins with the newest records, continue where it was.
	OnRestart OnRestart `yaml:"on_restart" default:"latest"`
	// Work on one record.
	Work *spec.Durations `yaml:"work"`
	// Further work for each KiB of the record.
	WorkPerKiB *spec.Duration `yaml:"work_per_kib"`
	// Work on a batch as a whole, before that on its records.
	BatchWork *spec.Durations `yaml:"batch_work"`
	// Bytes, as they come, that a vCPU decompresses in a second; nothing is compressed unless set.
	DecompressionThroughput *spec.Size `yaml:"decompression_throughput" min:"1KiB"`
	// The part of the work that needs a vCPU. It slows down while more compute than there are vCPUs.
	CPUShare spec.Share `yaml:"cpu_share" default:"0%"`
	// What goes wrong.
	Failures FailureSpec `yaml:"failures"`
	// What happens to a record whose work failed: skip it, skip_batch with the rest of its batch, or retry it while its
	// shard waits.
	OnError OnError `yaml:"on_error" default:"skip"`
	// Pause before a record is tried again.
	RetryDelay *spec.Duration `yaml:"retry_delay" min:"1us"`
	// Attempts of a record that is tried again before it is skipped; without limit unless set.
	MaxAttempts *int `yaml:"max_attempts" min:"1" max:"1000000"`
	// What the work calls, in this order, after the work itself.
	Calls []CallSpec `yaml:"calls"`
	// What each processed record is sent on to.
	Then *spec.Link `yaml:"then" link:"queues topics functions tables streams" flow:"out"`
	// How failed calls are tried again.
	Retry sdk.RetrySpec `yaml:"retry"`
	iam.IdentitySpec
}

// HostSpec is one kind of host.
type HostSpec struct {
	// Instance type, such as m5.large: its vCPUs and its price. Or on_premises, which costs nothing here.
	Type string `yaml:"type" default:"m5.large"`
	// vCPUs of a host on premises.
	VCPUs *int `yaml:"vcpus" min:"1" max:"1024"`
	// Shards that a worker works on at once; all of its own unless set.
	Threads *int `yaml:"threads" min:"1" max:"100000"`
}

// OnPremises is the type of a host that is no instance of EC2.
const OnPremises = "on_premises"

// FailureSpec is what goes wrong in an application.
type FailureSpec struct {
	// Share of the records whose work fails at its end.
	Error spec.Share `yaml:"error" default:"0%"`
	// Rate at which each worker crashes.
	Crash *spec.Rate `yaml:"crash"`
	// Instants at which a worker crashes: the one with most leases, the first of several.
	CrashAt []spec.Duration `yaml:"crash_at"`
	// How long a crashed worker takes to be replaced; the profile's launch latency of an instance unless set.
	Recovery *spec.Durations `yaml:"recovery"`
}

// CallSpec is one call that the work makes.
type CallSpec struct {
	// The database, table, bucket, cache or HTTP service to call.
	To spec.Link `yaml:"to" required:"true" link:"databases tables buckets caches services"`
	// How long a database or service takes to answer once it serves the call; a service's own time unless set.
	Time *spec.Durations `yaml:"time"`
	// Connections that each worker keeps to a database or cache.
	Pool int `yaml:"pool" default:"10" min:"1" max:"100000"`
	// How long a call waits for a connection of the pool before it fails; 0s waits for ever.
	PoolTimeout spec.Duration `yaml:"pool_timeout" default:"30s"`
	calls.PolicySpec
}

// Library is what an application is built with.
type Library string

// The libraries.
const (
	KCL Library = "kcl"
	SDK Library = "sdk"
)

// Values lists the libraries, for the decoder and the schema.
func (Library) Values() []string { return []string{string(KCL), string(SDK)} }

// Retrieval is how an application reads.
type Retrieval string

// The ways of reading.
const (
	Polling        Retrieval = "polling"
	EnhancedFanOut Retrieval = "enhanced_fan_out"
)

// Values lists the ways, for the decoder and the schema.
func (Retrieval) Values() []string { return []string{string(Polling), string(EnhancedFanOut)} }

// Leases is who holds the leases at the start.
type Leases string

// Who holds them.
const (
	Balanced   Leases = "balanced"
	Unassigned Leases = "unassigned"
)

// Values lists the choices, for the decoder and the schema.
func (Leases) Values() []string { return []string{string(Balanced), string(Unassigned)} }

// OnRestart is what a plain poller does after a crash.
type OnRestart string

// What it does.
const (
	RestartLatest   OnRestart = "latest"
	RestartContinue OnRestart = "continue"
)

// Values lists the choices, for the decoder and the schema.
func (OnRestart) Values() []string { return []string{string(RestartLatest), string(RestartContinue)} }

// OnError is what happens to a record whose work failed.
type OnError string

// What happens after failed work.
const (
	Skip      OnError = "skip"
	SkipBatch OnError = "skip_batch"
	Retry     OnError = "retry"
)

// Values lists the choices, for the decoder and the schema.
func (OnError) Values() []string { return []string{string(Skip), string(SkipBatch), string(Retry)} }
