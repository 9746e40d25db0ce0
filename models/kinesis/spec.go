package kinesis

import (
	"fmt"

	"weir/models/iam"
	"weir/models/spec"
	"weir/models/stream"
)

// Spec is a data stream, as the scenario describes it.
type Spec struct {
	// Whether shards are provisioned, or made by the service as the load asks for (on_demand).
	StreamMode Mode `yaml:"stream_mode" default:"provisioned"`
	// Shards at the start; 1 of a provisioned stream and those of a new stream of one on demand unless set.
	Shards *int `yaml:"shards" min:"1" max:"20000"`
	// Whether the account has On-demand Advantage: other prices with a minimum, and room for more consumers.
	OnDemandAdvantage bool `yaml:"on_demand_advantage" default:"false"`
	// Bytes a second that a stream on demand is ready for from the start; needs on_demand_advantage.
	WarmThroughput *spec.Size `yaml:"warm_throughput" min:"1MiB"`
	// Who spreads the records: their partition keys, or the service, evenly and without order (auto; on demand only).
	RecordDistribution Distribution `yaml:"record_distribution" default:"partition_key"`
	// How long a record is kept.
	Retention *spec.Duration `yaml:"retention"`
	// Largest record, with its partition key; 1MiB unless set.
	MaximumRecordSize *spec.Size `yaml:"maximum_record_size"`
	// What partition keys are made of: {key} stands for the number of a message's key. Producers may have their own.
	PartitionKey string `yaml:"partition_key" default:"{key}"`
	// The KMS key that records are encrypted with.
	KMSKey *spec.Link `yaml:"kms_key" link:"keys"`
	// What is done to the stream while it runs, in order of time.
	Changes []ChangeSpec `yaml:"changes"`
	iam.ResourceSpec
}

// Mode is how the shards of a stream come about (AWS: StreamMode).
type Mode string

// The modes.
const (
	Provisioned Mode = "provisioned"
	OnDemand    Mode = "on_demand"
)

// Values lists the modes, for the decoder and the schema.
func (Mode) Values() []string { return []string{string(Provisioned), string(OnDemand)} }

// Distribution is who spreads the records of a stream over its shards.
type Distribution string

// The distributions.
const (
	ByKey Distribution = "partition_key"
	Auto  Distribution = "auto"
)

// Values lists the distributions, for the decoder and the schema.
func (Distribution) Values() []string { return []string{string(ByKey), string(Auto)} }

// ChangeSpec is something that is done to a stream at an instant of the run: one of split, merge, update_shard_count
// and set.
type ChangeSpec struct {
	// When it is asked for. It takes effect some time later.
	At spec.Duration `yaml:"at" required:"true"`
	// Splits a shard in two (AWS: SplitShard).
	Split *SplitSpec `yaml:"split"`
	// The numbers of two neighbouring shards that are merged (AWS: MergeShards).
	Merge []int `yaml:"merge"`
	// The number of shards that the stream is brought to (AWS: UpdateShardCount, uniform scaling).
	UpdateShardCount *int `yaml:"update_shard_count" min:"1" max:"20000"`
	// Sets attributes of the stream.
	Set *AttributesSpec `yaml:"set"`
}

// SplitSpec is which shard is split, and where.
type SplitSpec struct {
	// The shard's number: shards are numbered from 0 in the order in which they were opened.
	Shard int `yaml:"shard" required:"true" min:"0" max:"1000000"`
	// The share of its range that the first of the two gets.
	Share spec.Share `yaml:"share" default:"50%"`
}

// AttributesSpec is the attributes of a stream that can be set while it runs; those that are not given stay.
type AttributesSpec struct {
	// How long a record is kept; those that are there already, too.
	Retention *spec.Duration `yaml:"retention"`
	// How shards come about from now on. The stream keeps those that it has.
	StreamMode *Mode `yaml:"stream_mode"`
}

// Validate checks that the change is one.
func (c *ChangeSpec) Validate() []spec.Problem {
	n := 0
	for _, is := range []bool{c.Split != nil, c.Merge != nil, c.UpdateShardCount != nil, c.Set != nil} {
		if is {
			n++
		}
	}
	switch {
	case n != 1:
		return []spec.Problem{{Text: "needs one of split, merge, update_shard_count and set"}}
	case c.Merge != nil && (len(c.Merge) != 2 || c.Merge[0] == c.Merge[1] || min(c.Merge[0], c.Merge[1]) < 0):
		return []spec.Problem{{Field: "merge", Text: "needs the numbers of two shards, such as [0, 1]"}}
	case c.Split != nil && (c.Split.Share <= 0 || c.Split.Share >= 1):
		return []spec.Problem{{Field: "split.share", Text: "must be above 0% and below 100%: both shards get a part"}}
	case c.Set != nil && *c.Set == (AttributesSpec{}):
		return []spec.Problem{{Field: "set", Text: "sets nothing: give retention or stream_mode"}}
	}
	return nil
}

// Check returns what AWS refuses of a stream.
func Check(s *Spec, limit *Limits) (problems []spec.Problem) {
	fail := func(field, format string, args ...any) {
		problems = append(problems, spec.Problem{Field: field, Text: fmt.Sprintf(format, args...)})
	}
	onDemand := s.StreamMode == OnDemand
	switch {
	case onDemand && !limit.OnDemand:
		fail("stream_mode", "there were no streams on demand yet: they came in November 2021")
	case onDemand && s.Shards != nil && !s.OnDemandAdvantage:
		fail("shards", "a new stream on demand has %d shards: remove it", limit.StartShards)
	case s.OnDemandAdvantage && !(onDemand && limit.Advantage):
		fail("on_demand_advantage", "goes with stream_mode: on_demand, since November 2025")
	case s.WarmThroughput != nil && !s.OnDemandAdvantage:
		fail("warm_throughput", "needs on_demand_advantage: true")
	case s.WarmThroughput != nil && *s.WarmThroughput > min(limit.WarmMax, limit.OnDemandMax):
		fail("warm_throughput", "is at most %s", min(limit.WarmMax, limit.OnDemandMax))
	case s.RecordDistribution == Auto && !(onDemand && limit.AutoDistribution):
		fail("record_distribution", "auto goes with stream_mode: on_demand, since September 2026")
	}
	if m := s.MaximumRecordSize; m != nil && (*m < 1024 || *m > limit.RecordMaxRaised) {
		fail("maximum_record_size", "%s is out of range: AWS allows 1KiB to %s", m, limit.RecordMaxRaised)
	}
	if n := len(stream.NewHasher(s.PartitionKey).PartitionKey(1<<32 - 1)); int64(n) > limit.KeyMax {
		fail("partition_key", "has up to %d characters, of at most %d", n, limit.KeyMax)
	}
	checkRetention := func(field string, d *spec.Duration) {
		if d != nil && (*d < limit.RetentionMin || *d > limit.RetentionMax) {
			fail(field, "%s is out of range: AWS allows %s to %s", d, limit.RetentionMin, limit.RetentionMax)
		}
	}
	checkRetention("retention", s.Retention)
	for i := range s.Changes {
		field := fmt.Sprintf("changes[%d]", i)
		if set := s.Changes[i].Set; set != nil {
			checkRetention(field+".set.retention", set.Retention)
			if set.StreamMode != nil && *set.StreamMode == OnDemand && !limit.OnDemand {
				fail(field+".set.stream_mode", "there were no streams on demand yet: they came in November 2021")
			}
		}
		if i > 0 && s.Changes[i].At < s.Changes[i-1].At {
			fail(field+".at", "%s comes before the change above it, at %s: put them in order", s.Changes[i].At,
				s.Changes[i-1].At)
		}
	}
	return problems
}
