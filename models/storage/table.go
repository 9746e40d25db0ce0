package storage

import (
	"weir/models/aws"
	"weir/models/iam"
	"weir/models/message"
	"weir/models/quota"
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// ErrThroughputExceeded is the answer to a write beyond what a partition takes (DynamoDB API reference, PutItem).
var ErrThroughputExceeded = &aws.Error{Code: "ProvisionedThroughputExceededException", Retryable: true, Throttle: true}

// ErrItemTooLarge is the answer to an item above 400 KB.
var ErrItemTooLarge = &aws.Error{Code: "ValidationException: Item size has exceeded the maximum allowed size"}

// TableSpec is a DynamoDB table, as the scenario describes it. Functions read its stream.
type TableSpec struct {
	// Partitions of the table, each a shard of its stream. Items are spread over them by key.
	Partitions int `yaml:"partitions" default:"1" min:"1" max:"10000"`
	// What the table serves altogether. Each partition serves 3,000 read units and 1,000 write units at the most.
	Capacity CapacitySpec `yaml:"capacity"`
	// Data stored, for the bill.
	Storage spec.Size `yaml:"storage" default:"0B" min:"0B"`
	iam.ResourceSpec
}

// TableLimits are the constants of DynamoDB that a profile holds.
type TableLimits struct {
	WriteUnits    spec.Rate      `aws:"dynamodb.partition.write_units"`
	ReadUnits     spec.Rate      `aws:"dynamodb.partition.read_units"`
	ItemMax       spec.Size      `aws:"dynamodb.item_max"`
	Burst         spec.Duration  `aws:"dynamodb.burst_capacity"`
	InitialWrites spec.Rate      `aws:"dynamodb.on_demand.initial_writes"`
	InitialReads  spec.Rate      `aws:"dynamodb.on_demand.initial_reads"`
	DoublingAfter spec.Duration  `aws:"dynamodb.on_demand.doubling_after"`
	StreamLatency spec.Durations `aws:"dynamodb.stream.latency"`
	PollEvery     spec.Duration  `aws:"dynamodb.stream.poll_every"`
	Retention     spec.Duration  `aws:"dynamodb.stream.retention"`
}

// TableStats is what a table measures.
type TableStats struct {
	Writes        measure.Counter
	Reads         measure.Counter
	Throttled     measure.Counter // writes
	ReadThrottled measure.Counter
	units         measure.Counter
	readUnits     float64
}

// Table is a DynamoDB table whose changes are read as a stream, in order of each partition.
type Table struct {
	TableStats

	name       string
	spec       *TableSpec
	limit      *TableLimits
	eng        *sim.Engine
	store      *message.Store
	partitions []quota.Bucket // of write units
	reads      []quota.Bucket // of read units, by partition; nil while nobody reads
	write      *capacity
	read       *capacity
	begun      sim.Time
	looked     sim.Event[uint8] // auto scaling looks at the capacity
	log        *stream.Log      // of changes
	latency    random.Duration
}

// NewTable returns a table that nobody reads.
func NewTable(eng *sim.Engine, store *message.Store, name string, s *TableSpec, limit *TableLimits) *Table {
	t := &Table{name: name, spec: s, limit: limit, eng: eng, store: store, partitions: make([]quota.Bucket, s.Partitions)}
	t.log = stream.NewLog(eng, store, name+"/stream", s.Partitions, limit.Retention.Sim())
	for i := range t.partitions {
		t.partitions[i] = quota.NewBucket(min(limit.WriteUnits.PerSecond(), 1e18), sim.Second)
	}
	t.newCapacities()
	t.latency = random.NewDuration(limit.StreamLatency.Dist(), eng.Rand(name+"/stream"))
	return t
}

// Log returns the changes, by partition.
func (t *Table) Log() *stream.Log { return t.log }

// PollEvery returns how long Lambda's poll of a shard comes after the one before.
func (t *Table) PollEvery() sim.Duration { return t.limit.PollEvery.Sim() }

// Attach does nothing: Lambda's reads have no limit.
func (t *Table) Attach(*stream.Fetcher) {}

// Permit lets every read pass.
func (t *Table) Permit(*stream.Fetcher, int) sim.Duration { return 0 }

// Took does nothing: Lambda's reads are free.
func (t *Table) Took(*stream.Fetcher, int, stream.Read) {}

// SendMessage writes an item (PutItem). It returns ProvisionedThroughputExceededException when the key's partition
// takes no more, and ValidationException when the item is too large; the message then stays with its sender.
func (t *Table) SendMessage(ref message.Ref, _ sim.Duration) error {
	m, now := t.store.At(ref), t.eng.Now()
	size := int64(m.SizeBytes)
	if size > int64(t.limit.ItemMax) {
		return ErrItemTooLarge
	}
	i := int(m.Key) % len(t.partitions)
	if !t.admitWrite(now, i, writeUnits(size)) {
		return ErrThroughputExceeded
	}
	t.log.Append(i, []message.Ref{ref}, 0, t.latency.Sample())
	return nil
}

// SendMessageBatch writes each item by itself: those refused come back as unprocessed (BatchWriteItem).
func (t *Table) SendMessageBatch(refs []message.Ref, delay sim.Duration) (refused []message.Ref, err error) {
	for _, ref := range refs {
		if t.SendMessage(ref, delay) != nil {
			refused = append(refused, ref)
		}
	}
	return refused, nil
}
