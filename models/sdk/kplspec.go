package sdk

import (
	"math"

	"weir/models/spec"
	"weir/sim"
)

// KPLSpec is the Kinesis Producer Library in front of a stream; its settings have the names and, unless set, the values
// of its default_config.properties.
type KPLSpec struct {
	// How long a record waits at most before it is sent (RecordMaxBufferedTime); a fifth of that, at most 50ms, comes on
	// top when aggregation is enabled.
	RecordMaxBufferedTime *spec.Duration `yaml:"record_max_buffered_time" min:"1ms" max:"1h"`
	// Whether several user records are packed into one Kinesis record.
	AggregationEnabled *bool `yaml:"aggregation_enabled"`
	// Bytes of a Kinesis record that user records are packed into.
	AggregationMaxSize *spec.Size `yaml:"aggregation_max_size" min:"64B" max:"10MiB"`
	// User records packed into one Kinesis record.
	AggregationMaxCount *int64 `yaml:"aggregation_max_count" min:"1"`
	// Kinesis records of a PutRecords call.
	CollectionMaxCount *int64 `yaml:"collection_max_count" min:"1" max:"500"`
	// Bytes of a PutRecords call.
	CollectionMaxSize *spec.Size `yaml:"collection_max_size" min:"51200B" max:"10MiB"`
	// How much of a shard's limits one producer uses at most, in percent (RateLimit): above 100 they can be exceeded, so
	// that one producer can use what others leave.
	RateLimit *float64 `yaml:"rate_limit" min:"1" max:"1000000"`
	// Age at which a record that was not put is given up (RecordTtl).
	RecordTTL *spec.Duration `yaml:"record_ttl" min:"100ms"`
	// Whether a record that is throttled is given up at once.
	FailIfThrottled *bool `yaml:"fail_if_throttled"`
	// Calls under way at once.
	MaxConnections *int64 `yaml:"max_connections" min:"1" max:"256"`
	// User records in the library at once, as an application bounds them that looks at getOutstandingRecordsCount; further
	// ones wait in the application. Without limit unless set.
	OutstandingMax *int64 `yaml:"outstanding_max" min:"1"`
}

// KPLDefaults is what a profile holds of the library: its settings, and what is no setting of it.
type KPLDefaults struct {
	RecordMaxBufferedTime spec.Duration `aws:"kpl.record_max_buffered_time"`
	AggregationEnabled    bool          `aws:"kpl.aggregation_enabled"`
	AggregationMaxSize    spec.Size     `aws:"kpl.aggregation_max_size"`
	AggregationMaxCount   int64         `aws:"kpl.aggregation_max_count"`
	CollectionMaxCount    int64         `aws:"kpl.collection_max_count"`
	CollectionMaxSize     spec.Size     `aws:"kpl.collection_max_size"`
	RateLimit             float64       `aws:"kpl.rate_limit"` // of what a shard takes
	RecordTTL             spec.Duration `aws:"kpl.record_ttl"`
	FailIfThrottled       bool          `aws:"kpl.fail_if_throttled"`
	MaxConnections        int64         `aws:"kpl.max_connections"`

	CollectionRatio spec.Share    `aws:"kpl.collection_ratio"`
	CollectionMax   spec.Duration `aws:"kpl.collection_delay_max"`
	FlushBytes      spec.Size     `aws:"kpl.flush_bytes"`
	LimiterRecords  int64         `aws:"kpl.limiter_records"`
	LimiterBytes    spec.Size     `aws:"kpl.limiter_bytes"`
	LimiterTick     spec.Duration `aws:"kpl.limiter_tick"`
	RetryRatio      spec.Share    `aws:"kpl.retry_ratio"`
}

// What the limiter takes for the limits of a shard (awslabs/amazon-kinesis-producer @11c4a64, limiter.h).
const (
	kplShardRecords = 1000
	kplShardBytes   = 1 << 20
)

// kplSettings are the library's settings of one producer.
type kplSettings struct {
	buffered    sim.Duration
	collect     sim.Duration // how long a Kinesis record waits for others
	retry       sim.Duration // how long a failed record waits at most
	tick        sim.Duration
	ttl         sim.Duration
	aggregate   bool
	maxSize     uint32 // of an aggregate
	maxCount    int64
	callRecords int
	callBytes   int64
	rate        float64 // of the shard's limits
	records     float64 // that the bucket of a shard holds
	bytes       float64
	flushBytes  int64 // of a shard in the call that fills
	connections int64
	outstanding int64
	failFast    bool
}

func newKPLSettings(s *KPLSpec, d *KPLDefaults) kplSettings {
	k := kplSettings{
		buffered:    valueOr(s.RecordMaxBufferedTime, d.RecordMaxBufferedTime).Sim(),
		ttl:         valueOr(s.RecordTTL, d.RecordTTL).Sim(),
		aggregate:   valueOr(s.AggregationEnabled, d.AggregationEnabled),
		maxSize:     uint32(valueOr(s.AggregationMaxSize, d.AggregationMaxSize)),
		maxCount:    valueOr(s.AggregationMaxCount, d.AggregationMaxCount),
		callRecords: int(valueOr(s.CollectionMaxCount, d.CollectionMaxCount)),
		callBytes:   int64(valueOr(s.CollectionMaxSize, d.CollectionMaxSize)),
		rate:        valueOr(s.RateLimit, d.RateLimit*100) / 100,
		records:     float64(d.LimiterRecords),
		bytes:       float64(d.LimiterBytes),
		flushBytes:  int64(d.FlushBytes),
		tick:        d.LimiterTick.Sim(),
		connections: valueOr(s.MaxConnections, d.MaxConnections),
		outstanding: valueOr(s.OutstandingMax, int64(math.MaxInt64)),
		failFast:    valueOr(s.FailIfThrottled, d.FailIfThrottled),
	}
	if k.aggregate {
		k.collect = min(share(k.buffered, d.CollectionRatio), d.CollectionMax.Sim())
	}
	k.retry = share(k.buffered, d.RetryRatio)
	return k
}

func valueOr[T any](set *T, otherwise T) T {
	if set != nil {
		return *set
	}
	return otherwise
}

func share(d sim.Duration, of spec.Share) sim.Duration { return sim.Duration(float64(d) * float64(of)) }
