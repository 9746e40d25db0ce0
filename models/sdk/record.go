package sdk

import (
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
)

// PutSpec is how a producer puts records into a stream.
type PutSpec struct {
	// Of a stream: the partition key of a record, such as device-{key}, with the number of its key in place of {key}, or
	// the same for all without it; or random, another one for each record.
	PartitionKey string `yaml:"partition_key" default:"{key}"`
	// Of a stream: what the hash of a record is in place of its partition key's.
	ExplicitHashKey ExplicitHashKey `yaml:"explicit_hash_key" default:"none"`
	// Of a stream: each record is put when the one before of its key is there (AWS: SequenceNumberForOrdering); takes
	// batch.size 1.
	Ordered bool `yaml:"sequence_number_for_ordering"`
	// Of a stream: what the producer's own code does about the records of a PutRecords call that failed.
	PartialFailures PartialFailuresSpec `yaml:"partial_failures"`
	// Puts records through the Kinesis Producer Library, in place of batch.
	KPL *KPLSpec `yaml:"kpl"`
	// Puts records as the Kinesis Agent does, in place of batch: with random partition keys, and failed ones again until
	// they are there.
	Agent *AgentSpec `yaml:"agent"`
}

// Validate returns what is wrong with the settings as a whole.
func (s *PutSpec) Validate() []spec.Problem {
	switch {
	case s.PartitionKey == "":
		return []spec.Problem{{Field: "partition_key", Text: "must have 1 to 256 characters"}}
	case s.KPL != nil && s.Agent != nil:
		return []spec.Problem{{Field: "agent", Text: "is a producer of its own: remove kpl or agent"}}
	case s.Ordered && (s.KPL != nil || s.Agent != nil):
		return []spec.Problem{{Field: "sequence_number_for_ordering", Text: "is for PutRecord alone: remove it, or kpl and agent"}}
	}
	return nil
}

// PartialFailuresSpec is what a producer's code does about failed records of a call that succeeded.
type PartialFailuresSpec struct {
	// Whether it sends them again; code that passes over FailedRecordCount loses them.
	Retry bool `yaml:"retry" default:"true"`
	// Calls for a record, the first one counted; without limit unless set.
	MaxAttempts *int `yaml:"max_attempts" min:"1"`
	// Bound of the first back-off; each is uniform from 0, and its bound doubles (full jitter).
	Base spec.Duration `yaml:"base" default:"100ms" min:"1ms"`
	// The greatest bound.
	Cap spec.Duration `yaml:"cap" default:"5s" min:"1ms"`
}

// AgentSpec is the Kinesis Agent, which follows files and puts their lines.
type AgentSpec struct {
	// How long a buffer waits to fill (AWS: maxBufferAgeMillis).
	MaxBufferAge spec.Duration `yaml:"max_buffer_age" default:"60s" min:"1s" max:"15m"`
	// Records of a full buffer.
	MaxBufferSizeRecords int `yaml:"max_buffer_size_records" default:"500" min:"1" max:"500"`
	// Bytes of a full buffer.
	MaxBufferSizeBytes spec.Size `yaml:"max_buffer_size_bytes" default:"4MiB" min:"1B" max:"4MiB"`
}

// The agent's back-off (awslabs/amazon-kinesis-agent @1f62dea, Constants.java: 100 ms to 10 s). That it has full jitter
// is a choice.
const (
	agentBackOffBase = 100 * sim.Millisecond
	agentBackOffCap  = 10 * sim.Second
)

// ExplicitHashKey is what the hash of a record is.
type ExplicitHashKey string

// The explicit hash keys.
const (
	HashOfKey      ExplicitHashKey = "none"        // that of the partition key
	HashRandom     ExplicitHashKey = "random"      // another one for each record
	HashRoundRobin ExplicitHashKey = "round_robin" // records are dealt out evenly
	HashSpreadKeys ExplicitHashKey = "spread_keys" // keys are dealt out evenly: each has its own hash
)

// Values lists the hash keys, for the decoder and the schema.
func (ExplicitHashKey) Values() []string {
	return []string{string(HashOfKey), string(HashRandom), string(HashRoundRobin), string(HashSpreadKeys)}
}

// randomKey is the partition key that stands for a random one, and uuidBytes how long that is.
const (
	randomKey = "random"
	uuidBytes = 36
)

// recorder tells what hash each record goes by, and how long its partition key is.
type recorder struct {
	hasher   *stream.Hasher
	explicit ExplicitHashKey
	random   bool // partition keys
	keyless  bool // there are none, and no hashes
	byKey    bool // the hash of a record is that of its partition key
	luck     *sim.Rand
	turn     uint64
}

func newRecorder(s *PutSpec, keyless bool, luck *sim.Rand) *recorder {
	r := &recorder{
		hasher: stream.NewHasher(s.PartitionKey), explicit: s.ExplicitHashKey, luck: luck,
		random: s.PartitionKey == randomKey || s.Agent != nil, keyless: keyless,
	}
	r.byKey = !r.keyless && !r.random && (s.ExplicitHashKey == HashOfKey || s.ExplicitHashKey == "")
	return r
}

// golden is 2⁶⁴ divided by the golden ratio: its multiples spread evenly, however many there are.
const golden = 0x9e3779b97f4a7c15

// of returns the hash of a record with the key of a number.
func (r *recorder) of(key uint32) stream.Hash {
	switch {
	case r.keyless:
		return stream.Hash{}
	case r.explicit == HashRoundRobin:
		r.turn++
		return stream.Hash{High: r.turn * golden}
	case r.explicit == HashSpreadKeys:
		return stream.Hash{High: (uint64(key) + 1) * golden}
	case r.random || r.explicit == HashRandom:
		return stream.Hash{High: r.luck.Uint64(), Low: r.luck.Uint64()}
	}
	return r.hasher.Of(key)
}

// keyBytes returns how long the partition key of a number is.
func (r *recorder) keyBytes(key uint32) uint32 {
	switch {
	case r.keyless:
		return 0
	case r.random:
		return uuidBytes
	}
	return r.hasher.KeyBytes(key)
}
