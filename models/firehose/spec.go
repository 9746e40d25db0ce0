package firehose

import (
	"weir/models/iam"
	"weir/models/spec"
)

// Spec is a delivery stream, as the scenario describes it.
type Spec struct {
	// The stream that it reads; producers put records directly unless set.
	From *spec.Link `yaml:"from" link:"streams" flow:"in"`
	// Where records are delivered to.
	Destination DestinationSpec `yaml:"destination"`
	// How records are gathered to objects (AWS: BufferingHints).
	Buffer BufferSpec `yaml:"buffer"`
	// Delivers the records of each key to a prefix of its own; the destination is S3.
	DynamicPartitioning bool `yaml:"dynamic_partitioning" default:"false"`
	// The function that transforms records before they are delivered.
	Transform *TransformSpec `yaml:"transform"`
	// What is copied to S3: what could not be delivered (failed), or all records as they came (all).
	S3Backup Backup `yaml:"s3_backup" default:"failed"`
	// Converts records from JSON to parquet or orc; the destination is S3.
	FormatConversion Format `yaml:"format_conversion" default:"none"`
	// How many times smaller objects are than the records in them, by compression or conversion.
	CompressionRatio float64 `yaml:"compression_ratio" default:"1" min:"0.01" max:"1000"`
	// The availability zones that it delivers to a VPC in; it is billed for those.
	VPCZones int `yaml:"vpc_zones" default:"0" min:"0" max:"6"`
	iam.IdentitySpec
}

// DestinationSpec is where records are delivered to.
type DestinationSpec struct {
	// What it is: s3, redshift, opensearch, splunk or http_endpoint, as third parties are.
	Type Destination `yaml:"type" default:"s3"`
	// How long one delivery takes: a PUT, COPY, bulk request or answer. The profile's unless set.
	Latency *spec.Durations `yaml:"latency"`
	// How long a delivery that failed is tried again before its records are backed up in S3. Not of S3 itself.
	RetryDuration *spec.Duration `yaml:"retry_duration" min:"0s"`
	// Share of the deliveries that it answers with an error.
	Failures spec.Share `yaml:"failures" default:"0%"`
	// When it is out of reach.
	Unavailable []OutageSpec `yaml:"unavailable"`
	// Of Splunk: how long its acknowledgement is waited for; the profile's unless set.
	AcknowledgmentTimeout *spec.Duration `yaml:"acknowledgment_timeout" min:"180s" max:"600s"`
	// Of Splunk: share of the deliveries whose acknowledgement does not come.
	Unacknowledged spec.Share `yaml:"unacknowledged" default:"0%"`
}

// OutageSpec is a time out of reach.
type OutageSpec struct {
	// When it begins, from the start of the run.
	At spec.Duration `yaml:"at" required:"true"`
	// How long it lasts.
	For spec.Duration `yaml:"for" required:"true" min:"1ns"`
}

// BufferSpec is how records are gathered to an object.
type BufferSpec struct {
	// Bytes of a full buffer; the destination's default unless set.
	Size *spec.Size `yaml:"size" min:"1B"`
	// How long a buffer is filled; the destination's default unless set.
	Interval *spec.Duration `yaml:"interval" min:"0s"`
}

// TransformSpec is a function that transforms records.
type TransformSpec struct {
	// The function.
	Function spec.Link `yaml:"function" required:"true" link:"functions"`
	// Bytes of records that it gets at once; the profile's default unless set.
	BufferSize *spec.Size `yaml:"buffer_size" min:"1B"`
	// How long records are gathered for it; the profile's default unless set.
	BufferInterval *spec.Duration `yaml:"buffer_interval" min:"0s" max:"900s"`
	// Share of the records that it drops (result: Dropped).
	Dropped spec.Share `yaml:"dropped" default:"0%"`
	// Share of the records that it says it could not process (result: ProcessingFailed).
	ProcessingFailed spec.Share `yaml:"processing_failed" default:"0%"`
	// What a record's size is multiplied by.
	SizeFactor float64 `yaml:"size_factor" default:"1" min:"0" max:"1000"`
}

// Validate checks that the shares leave something.
func (s *TransformSpec) Validate() []spec.Problem {
	if s.Dropped+s.ProcessingFailed > 1 {
		return []spec.Problem{{Field: "dropped", Text: "must not add up to more than 100% with processing_failed"}}
	}
	return nil
}

// Destination is a kind of destination.
type Destination string

// The destinations.
const (
	S3           Destination = "s3"
	Redshift     Destination = "redshift"
	OpenSearch   Destination = "opensearch"
	Splunk       Destination = "splunk"
	HTTPEndpoint Destination = "http_endpoint"
)

// Values lists the destinations, for the decoder and the schema.
func (Destination) Values() []string {
	return []string{string(S3), string(Redshift), string(OpenSearch), string(Splunk), string(HTTPEndpoint)}
}

// Backup is what is copied to S3.
type Backup string

// The backups.
const (
	BackupFailed Backup = "failed"
	BackupAll    Backup = "all"
)

// Values lists the backups, for the decoder and the schema.
func (Backup) Values() []string { return []string{string(BackupFailed), string(BackupAll)} }

// Format is what records are converted to.
type Format string

// The formats.
const (
	NoConversion Format = "none"
	Parquet      Format = "parquet"
	ORC          Format = "orc"
)

// Values lists the formats, for the decoder and the schema.
func (Format) Values() []string { return []string{string(NoConversion), string(Parquet), string(ORC)} }
