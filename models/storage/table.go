package storage

import (
	"weir/models/aws"
	"weir/models/iam"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/quota"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/ring"
)

// ErrThroughputExceeded is the answer to a write beyond what a partition takes (DynamoDB API reference, PutItem).
var ErrThroughputExceeded = &aws.Error{Code: "ProvisionedThroughputExceededException", Retryable: true, Throttle: true}

// ErrItemTooLarge is the answer to an item above 400 KB.
var ErrItemTooLarge = &aws.Error{Code: "ValidationException: Item size has exceeded the maximum allowed size"}

// TableSpec is a DynamoDB table, as the scenario describes it. Functions read its stream.
type TableSpec struct {
	// Partitions of the table, each a shard of its stream. Items are spread over them by key.
	Partitions int `yaml:"partitions" default:"1" min:"1" max:"10000"`
	iam.ResourceSpec
}

// TableLimits are the constants of DynamoDB that a profile holds.
type TableLimits struct {
	WriteUnits    spec.Rate      `aws:"dynamodb.partition.write_units"`
	ItemMax       spec.Size      `aws:"dynamodb.item_max"`
	StreamLatency spec.Durations `aws:"dynamodb.stream.latency"`
	PollEvery     spec.Duration  `aws:"dynamodb.stream.poll_every"`
	Retention     spec.Duration  `aws:"dynamodb.stream.retention"`
}

// StreamReader takes its copies of the changes of a table.
type StreamReader = interface {
	Sender() string
	Written(shard int, ref message.Ref)
}

// TableStats is what a table measures.
type TableStats struct {
	Writes    measure.Counter
	Throttled measure.Counter
	units     measure.Counter
}

// Table is a DynamoDB table whose changes are read as a stream, in order of each partition.
type Table struct {
	TableStats

	name       string
	spec       *TableSpec
	limit      *TableLimits
	eng        *sim.Engine
	store      *message.Store
	fanner     uint16
	partitions []partition
	readers    []tableReader
	latency    random.Duration
	readable   sim.Event[uint32] // the first change of a partition can be read
}

type partition struct {
	writes quota.Bucket
	line   ring.Buffer[change]
	last   sim.Time
}

// change is a copy of a change, for one reader.
type change struct {
	ref    message.Ref
	reader int32
	at     sim.Time
}

type tableReader struct {
	StreamReader
	routes []message.RouteID // by route of the original
}

// NewTable returns a table that nobody reads.
func NewTable(eng *sim.Engine, store *message.Store, name string, s *TableSpec, limit *TableLimits) *Table {
	t := &Table{name: name, spec: s, limit: limit, eng: eng, store: store, partitions: make([]partition, s.Partitions)}
	for i := range t.partitions {
		t.partitions[i].writes = quota.NewBucket(min(limit.WriteUnits.PerSecond(), 1e18), sim.Second)
	}
	t.latency = random.NewDuration(limit.StreamLatency.Dist(), eng.Rand(name+"/stream"))
	t.readable = sim.NewEvent(eng, name+"/readable", t.hand)
	return t
}

// Shards returns how many shards the stream has.
func (t *Table) Shards() int { return t.spec.Partitions }

// PollEvery returns how long Lambda's poll of a shard comes after the one before.
func (t *Table) PollEvery() sim.Duration { return t.limit.PollEvery.Sim() }

// Retention returns how long a change can be read.
func (t *Table) Retention() sim.Duration { return t.limit.Retention.Sim() }

// Attach makes the table hand copies of its changes to a reader.
func (t *Table) Attach(r StreamReader) {
	if len(t.readers) == 0 {
		t.fanner = t.store.KeepFamilies(t)
	}
	t.readers = append(t.readers, tableReader{StreamReader: r})
}

// SendMessage writes an item (PutItem). It returns ProvisionedThroughputExceededException when the key's partition
// takes no more, and ValidationException when the item is too large; the message then stays with its sender.
func (t *Table) SendMessage(ref message.Ref, _ sim.Duration) error {
	m, now := t.store.At(ref), t.eng.Now()
	size := int64(m.SizeBytes)
	if size > int64(t.limit.ItemMax) {
		return ErrItemTooLarge
	}
	i := int(m.Key) % len(t.partitions)
	p := &t.partitions[i]
	units := max(1, (size+1023)/1024)
	if !p.writes.Has(now, float64(units)) {
		t.Throttled.Inc()
		return ErrThroughputExceeded
	}
	p.writes.Take(float64(units))
	t.Writes.Inc()
	t.units.Add(uint64(units))
	if len(t.readers) == 0 {
		t.store.Move(ref, m, message.Published)
		t.store.Free(ref)
		return nil
	}
	p.last = max(p.last, now.Add(t.latency.Sample()))
	route := m.Route
	t.store.FanOut(ref, len(t.readers), t.fanner)
	for r := range t.readers {
		c, ok := t.store.Branch(now, ref, t.readers[r].route(&t.store.Ledger, route))
		if !ok {
			t.eng.Stop()
			return nil
		}
		t.store.At(c).Enqueued = now
		if p.line.Push(change{c, int32(r), p.last}); p.line.Len() == 1 {
			t.readable.At(p.last, uint32(i))
		}
	}
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

// route returns the account of the copies that a reader gets of a route's messages.
func (r *tableReader) route(ledger *message.Ledger, original message.RouteID) message.RouteID {
	for int(original) >= len(r.routes) {
		origin := ledger.Origin(message.RouteID(len(r.routes)))
		r.routes = append(r.routes, ledger.Open(origin, r.Sender()))
	}
	return r.routes[original]
}

// hand is the event that changes of a partition can be read.
func (t *Table) hand(i uint32) {
	p, now := &t.partitions[i], t.eng.Now()
	for p.line.Len() > 0 && p.line.Front().at <= now {
		c := p.line.Pop()
		t.readers[c.reader].Written(int(i), c.ref)
	}
	if p.line.Len() > 0 {
		t.readable.At(p.line.Front().at, i)
	}
}

// BranchesEnded does nothing: the ledger tells how the copies of a change ended.
func (t *Table) BranchesEnded(*message.Message, bool) {}

// Name returns the table's path in the scenario.
func (t *Table) Name() string { return t.name }

// Kind returns "dynamodb.table".
func (t *Table) Kind() string { return "dynamodb.table" }

// Reset begins the window of observation.
func (t *Table) Reset(sim.Time) { t.TableStats = TableStats{} }

// Figures reports the table's figures of the window.
func (t *Table) Figures(_ sim.Time, report func(name, unit string, value float64)) {
	report("writes", "items", float64(t.Writes.Value()))
	report("throttled", "requests", float64(t.Throttled.Value()))
	report("write_units", "units", float64(t.units.Value()))
}

// Curves declares the table's quantities over time.
func (t *Table) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "writes", Unit: "items/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(t.Writes.Value())
	}})
}

// Usage reports the write request units of the on-demand mode. Lambda's reads of the stream are free.
func (t *Table) Usage(_ sim.Time, report func(item, variant string, quantity float64)) {
	report("dynamodb.write_units", "", float64(t.units.Value()))
}
