package analytics

import (
	"weir/models/iam"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/stream"
)

// Spec is an application that works on a stream, as the scenario describes it.
type Spec struct {
	// The stream to read.
	From spec.Link `yaml:"from" required:"true" link:"streams" flow:"in"`
	// What it is written in: flink, or sql.
	Type Type `yaml:"type" default:"flink"`
	stream.StartSpec
	// When it is stopped; never unless set.
	Stop *spec.Duration `yaml:"stop"`
	FlinkSpec
	// In-application streams that the source is divided over (AWS: InputParallelism), of SQL; 1 unless set.
	InputParallelism *int `yaml:"input_parallelism" min:"1" max:"1000"`
	// What time the records have.
	Time TimeSpec `yaml:"time"`
	// How records are gathered; each by itself unless set.
	Window *WindowSpec `yaml:"window"`
	// What goes wrong.
	Failures FailureSpec `yaml:"failures"`
	// Where results are sent: the record itself without a window.
	Then []spec.Link `yaml:"then" link:"streams delivery_streams functions" flow:"out"`
	// Size of a result; that of the record it is made of unless set.
	ResultSize *spec.Size `yaml:"result_size" min:"1B"`
	// How failed calls are tried again, before the application tries again itself.
	Retry sdk.RetrySpec `yaml:"retry"`
	// Durable backups that are kept of it (snapshots).
	DurableBackups spec.Size `yaml:"durable_backups" default:"0B" min:"0B"`
	iam.IdentitySpec
}

// FlinkSpec is what an application of Flink has beside.
type FlinkSpec struct {
	// Tasks at once, each with its own share of the records; as the profile says unless set.
	Parallelism *int `yaml:"parallelism" min:"1" max:"100000"`
	// Tasks at once of a processing unit (KPU), which has one vCPU; as the profile says unless set.
	ParallelismPerKPU *int `yaml:"parallelism_per_kpu" min:"1" max:"1000"`
	// Work on a record, all steps together, of one task with a vCPU to itself; as the profile says unless set.
	Work *spec.Durations `yaml:"work"`
	// Further work for each KiB of the record.
	WorkPerKiB *spec.Duration `yaml:"work_per_kib" min:"0s"`
	// The part of the work that computes, for which the tasks of a KPU share its vCPU.
	CPUShare spec.Share `yaml:"cpu_share" default:"100%"`
	// Whether parallelism follows the use of the CPU (AWS: AutoScalingEnabled); it does unless set to false.
	Autoscaling *bool `yaml:"autoscaling"`
	// Whether records are pushed to the application as a consumer of its own.
	EnhancedFanOut bool `yaml:"enhanced_fan_out" default:"false"`
	// How its state is saved.
	Checkpoint CheckpointSpec `yaml:"checkpoint"`
}

// CheckpointSpec is how state is saved.
type CheckpointSpec struct {
	// From the beginning of a checkpoint to the next one (AWS: CheckpointInterval); as the profile says unless set.
	Interval *spec.Duration `yaml:"interval" min:"1ms"`
	// From the end of a checkpoint to the next one at the least (AWS: MinPauseBetweenCheckpoints); as the profile says
	// unless set.
	MinPause *spec.Duration `yaml:"min_pause" min:"0s"`
	// How long a checkpoint takes. Work goes on meanwhile.
	Duration spec.Duration `yaml:"duration" default:"1s" min:"0s"`
}

// TimeSpec is the time of records.
type TimeSpec struct {
	// When a record counts to have happened: event, at its birth or earlier, or reading, when the application has read it
	// and takes it up, which is ROWTIME of SQL. Event time for Flink and reading for SQL unless set.
	Of *TimeOf `yaml:"of"`
	// How long before its birth at the producer the event of a record happened.
	Delay *spec.Durations `yaml:"delay"`
	// How much later than the latest one an event of the same shard may come; the watermark follows so far behind.
	OutOfOrderness spec.Duration `yaml:"out_of_orderness" default:"0s" min:"0s"`
	// A shard without records for so long does not hold the watermark back. Flink itself has no such limit unless the
	// application sets it, and then one shard without records keeps all windows open.
	IdleAfter spec.Duration `yaml:"idle_after" default:"30s" min:"0s"`
}

// WindowSpec is how records are gathered.
type WindowSpec struct {
	// Tumbling: one after the other. Sliding: each slide a window, or in SQL a result for each record. Stagger: from the
	// first record of a key on, in SQL.
	Type WindowType `yaml:"type" default:"tumbling"`
	// Length of the window.
	Size spec.Duration `yaml:"size" required:"true" min:"1ms"`
	// From the beginning of a sliding window of Flink to the next one.
	Slide *spec.Duration `yaml:"slide" min:"1ms"`
	// A window for each key, or one for all.
	GroupBy Grouping `yaml:"group_by" default:"key"`
	// A record that comes so long after the watermark has passed the end of its window makes another result; later, it is
	// lost.
	AllowedLateness spec.Duration `yaml:"allowed_lateness" default:"0s" min:"0s"`
}

// FailureSpec is what goes wrong.
type FailureSpec struct {
	// How often the application fails and starts again from its last checkpoint.
	Crash spec.Rate `yaml:"crash" default:"0"`
	// How long it then stands still; as the profile says unless set.
	Restore *spec.Durations `yaml:"restore"`
}

// Type is what an application is written in.
type Type string

// The types of application.
const (
	Flink Type = "flink"
	SQL   Type = "sql"
)

// Values lists the types, for the decoder and the schema.
func (Type) Values() []string { return []string{string(Flink), string(SQL)} }

// TimeOf is what the time of a record is.
type TimeOf string

// The times of a record.
const (
	OfEvent   TimeOf = "event"
	OfReading TimeOf = "reading"
)

// Values lists the times, for the decoder and the schema.
func (TimeOf) Values() []string { return []string{string(OfEvent), string(OfReading)} }

// WindowType is how windows follow each other.
type WindowType string

// The types of window.
const (
	Tumbling WindowType = "tumbling"
	Sliding  WindowType = "sliding"
	Stagger  WindowType = "stagger"
)

// Values lists the types, for the decoder and the schema.
func (WindowType) Values() []string {
	return []string{string(Tumbling), string(Sliding), string(Stagger)}
}

// Grouping is what a window is for.
type Grouping string

// The groupings.
const (
	ByKey Grouping = "key"
	ByAll Grouping = "none"
)

// Values lists the groupings, for the decoder and the schema.
func (Grouping) Values() []string { return []string{string(ByKey), string(ByAll)} }
