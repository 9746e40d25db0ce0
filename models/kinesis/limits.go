package kinesis

import (
	"weir/models/aws"
	"weir/models/spec"
)

// Limits are the constants of Kinesis Data Streams that a profile holds.
type Limits struct {
	WriteRecords spec.Rate `aws:"kinesis.shard.write_records"`
	WriteBytes   spec.Size `aws:"kinesis.shard.write_bytes"` // a second
	BurstRecords int64     `aws:"kinesis.shard.write_burst_records"`
	BurstBytes   spec.Size `aws:"kinesis.shard.write_burst_bytes"` // of a stream of larger records
	PutRounding  spec.Size `aws:"kinesis.put_rounding"`

	RecordMax       spec.Size `aws:"kinesis.record_max"`
	RecordMaxRaised spec.Size `aws:"kinesis.record_max_raised"`
	KeyMax          int64     `aws:"kinesis.key_max"`
	PutRecordsMax   int64     `aws:"kinesis.put_records_max"`
	PutRecordsBytes spec.Size `aws:"kinesis.put_records_bytes"`

	ReadCalls       spec.Rate     `aws:"kinesis.shard.read_calls"`
	ReadBytes       spec.Size     `aws:"kinesis.shard.read_bytes"` // a second
	ReadRecords     spec.Rate     `aws:"kinesis.shard.read_records"`
	ReadRefusal     spec.Duration `aws:"kinesis.shard.read_refusal"`
	ReadCallRecords int64         `aws:"kinesis.shard.read_call_records"`
	ReadCallBytes   spec.Size     `aws:"kinesis.shard.read_call_bytes"`
	LambdaPoll      spec.Duration `aws:"kinesis.lambda.poll_every"`
	IteratorLife    spec.Duration `aws:"kinesis.iterator_life"`

	Propagation spec.Durations `aws:"kinesis.propagation"`
	Encryption  spec.Duration  `aws:"kinesis.encryption.latency"`
	KeyReuse    spec.Duration  `aws:"kinesis.key_reuse"`

	Retention         spec.Duration `aws:"kinesis.retention_default"`
	RetentionMin      spec.Duration `aws:"kinesis.retention_min"`
	RetentionMax      spec.Duration `aws:"kinesis.retention_max"`
	RetentionExtended spec.Duration `aws:"kinesis.retention_extended"`

	ShardsMax     int64          `aws:"kinesis.shards_max"`
	UpdatesPerDay int64          `aws:"kinesis.update_shard_count.per_day"`
	UpdateFactor  float64        `aws:"kinesis.update_shard_count.factor"`
	UpdateMax     int64          `aws:"kinesis.update_shard_count.shards_max"`
	UpdateTime    spec.Durations `aws:"kinesis.update_shard_count.time"`
	ReshardTime   spec.Durations `aws:"kinesis.reshard_time"`

	OnDemand         bool          `aws:"kinesis.on_demand.available"`
	StartShards      int64         `aws:"kinesis.on_demand.start_shards"`
	OnDemandMax      spec.Size     `aws:"kinesis.on_demand.write_max"`   // a second
	SplitBytes       spec.Size     `aws:"kinesis.on_demand.split_bytes"` // a second
	SplitAfter       spec.Duration `aws:"kinesis.on_demand.split_after"`
	ScaleDown        spec.Duration `aws:"kinesis.on_demand.scale_down"`
	AutoDistribution bool          `aws:"kinesis.on_demand.auto_distribution"`
	ModeSwitches     int64         `aws:"kinesis.mode_switches_per_day"`
	OnDemandStreams  int64         `aws:"kinesis.on_demand.streams_max"`

	Advantage        bool      `aws:"kinesis.advantage.available"`
	AdvantageMinimum spec.Size `aws:"kinesis.advantage.minimum_bytes"` // a second
	WarmMax          spec.Size `aws:"kinesis.advantage.warm_max"`      // a second

	ConsumersMax          int64     `aws:"kinesis.efo.consumers_max"`
	ConsumersMaxAdvantage int64     `aws:"kinesis.efo.consumers_max_advantage"`
	PushBytes             spec.Size `aws:"kinesis.efo.read_bytes"` // a second

	PutUnit          spec.Size `aws:"kinesis.billing.put_unit"`
	OnDemandRounding spec.Size `aws:"kinesis.billing.on_demand_rounding"`
}

// Errors of the API, by AWS's names (Kinesis API reference, PutRecord, PutRecords, SplitShard, UpdateShardCount).
var (
	ErrThroughputExceeded = &aws.Error{Code: "ProvisionedThroughputExceededException", Retryable: true, Throttle: true}
	ErrRecordTooLarge     = &aws.Error{Code: "InvalidArgumentException: the record is too large"}
	ErrTooManyRecords     = &aws.Error{Code: "InvalidArgumentException: the call has too many records"}
	ErrCallTooLarge       = &aws.Error{Code: "InvalidArgumentException: the call is too large"}
	ErrResourceInUse      = &aws.Error{Code: "ResourceInUseException"}
	ErrInvalidArgument    = &aws.Error{Code: "InvalidArgumentException"}
	ErrLimitExceeded      = &aws.Error{Code: "LimitExceededException"}
)
