package firehose

import (
	"weir/models/message"
	"weir/models/quota"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/ring"
)

// Transformer is the function that transforms records.
type Transformer interface {
	// InvokeBatch hands over records, which stay the caller's; the receipts are the function's until it answers. The
	// records that it failed are then booked as retry, the others as prefetch.
	InvokeBatch(receipts []message.Receipt, caller message.Caller, token uint64)
}

// Parts is what a delivery stream is built from beside its Spec.
type Parts struct {
	Limits      *Limits
	Source      stream.Source // nil when producers put records directly
	SourceName  string
	Records     int         // that one read of the source returns at the most
	Bytes       int64       // likewise
	Transformer Transformer // nil when records are delivered as they come
	Digits      int         // significant digits of the latency histograms
}

// Stats is what a delivery stream measures.
type Stats struct {
	Buffered      measure.Level // records in buffers
	BufferedBytes measure.Level
	InFlight      measure.Level // records that are being transformed or delivered
	Partitions    measure.Level // keys whose records are buffered or delivered
	Invoked       measure.Level // transformations outstanding

	Records, Bytes, Requests         measure.Counter // that came in
	Throttled, ThrottledRequests     measure.Counter // records that the quotas refused, and requests as a whole
	Raised                           measure.Counter // times that the quotas were raised
	BySize, ByInterval               measure.Counter // buffers for the destination that were closed
	Attempts, Failures               measure.Counter // deliveries, and those that went wrong
	Delivered, DeliveredBytes        measure.Counter
	Objects, ObjectBytes             measure.Counter // in S3, of the destination
	Repeated                         measure.Counter // records that came to Splunk again
	BackedUp, BackupBytes            measure.Counter // records in the S3 backup
	BackupObjects                    measure.Counter
	Lost, Dropped                    measure.Counter
	NoPartition                      measure.Counter // records of one key too many
	Invocations, InvocationsFailed   measure.Counter
	InvocationRetries                measure.Counter
	Transformed, ProcessingFailed    measure.Counter    // records
	Execution                        *measure.Histogram // of invocations, ns
	Freshness                        *measure.Histogram // age of the oldest record of a delivery at its end, ns
	billed, partitioned, vpc         measure.Counter    // bytes
	partitionedObjects, objectsCalls measure.Counter
}

// DeliveryStream buffers records and delivers them to a destination:
//
//	accepted → [transform buffer → invocation →] [gathered by key →] buffer → delivery → processed
//	                                  │ 3 retries                               │ back-off ↺
//	                                  └→ backup in S3                           └→ backup in S3, or lost
type DeliveryStream struct {
	Stats
	message.Consumer

	name  string
	spec  *Spec
	limit *Limits
	rules rules
	eng   *sim.Engine
	store *message.Store

	fetcher   *stream.Fetcher // nil without a source
	retention func() sim.Duration

	requests, records, bytes quota.Bucket // of direct puts
	scale                    float64      // of the quotas
	throttling, throttled    sim.Time     // since when, and when it was last

	stages     [stages]settings
	buffers    []buffer
	batches    []batch
	free       []uint32          // slots of batches
	single     uint32            // the buffer of all records that go to the destination, or are gathered for it
	partitions map[uint32]uint32 // buffers by key
	spare      []uint32          // slots of buffers of partitions
	failing    int64             // deliveries that are being tried again
	peak       sim.Duration      // the oldest that a record got since its curve was read

	transformer Transformer
	lanes       []lane // of the function's invocations, by shard
	invocations []invocation
	unused      []uint32
	awaited     ring.Buffer[awaited]

	latency random.Duration
	object  random.Duration // of an object that Redshift is loaded from
	luck    *sim.Rand
	outcome *sim.Rand // of transformed records
	staged  []uint32  // batches that wait for a COPY
	copying bool
	copies  backup // of all records
	errors  backup // of those that failed

	due      sim.Event[uint32] // a buffer may have been filled for its interval
	ended    sim.Event[uint32] // a delivery's answer is there
	again    sim.Event[uint32] // a delivery is tried again
	retried  sim.Event[uint32] // an invocation is tried again
	overtime sim.Event[uint8]  // the oldest invocation may have taken too long
}

// backup is the object under a prefix of the S3 backup that is being filled.
type backup struct {
	until sim.Time
	bytes int64
}

// New returns a delivery stream. With a source it begins to read when the run begins.
func New(eng *sim.Engine, store *message.Store, name string, s *Spec, parts *Parts) *DeliveryStream {
	d := &DeliveryStream{
		Consumer: message.NewConsumer(store, name, parts.Digits), name: name, spec: s, limit: parts.Limits,
		rules: parts.Limits.rules(s), eng: eng, store: store, scale: 1, throttled: -1 << 62,
		transformer: parts.Transformer, partitions: map[uint32]uint32{},
	}
	d.Execution, d.Freshness = measure.NewHistogramDigits(coarse), measure.NewHistogramDigits(coarse)
	d.setQuotas()
	d.setStages()
	latency := d.rules.latency.Dist()
	if l := s.Destination.Latency; l != nil {
		latency = l.Dist()
	}
	d.latency = random.NewDuration(latency, eng.Rand(name+"/delivery"))
	d.object = random.NewDuration(d.limit.S3Latency.Dist(), eng.Rand(name+"/object"))
	d.luck, d.outcome = eng.Rand(name+"/failure"), eng.Rand(name+"/outcome")
	d.due = sim.NewEvent(eng, name+"/due", d.fall)
	d.ended = sim.NewEvent(eng, name+"/ended", d.end)
	d.again = sim.NewEvent(eng, name+"/again", d.tryAgain)
	d.retried = sim.NewEvent(eng, name+"/retried", d.invoke)
	d.overtime = sim.NewEvent(eng, name+"/overtime", d.timeOut)
	if d.single = d.newBuffer(delivering); s.DynamicPartitioning && d.stages[gathering].interval > 0 {
		d.buffers[d.single].stage = gathering
	}
	if d.transformer != nil && parts.Source == nil {
		d.openLane(d.directShards())
	}
	if parts.Source != nil {
		d.read(parts)
	}
	return d
}

// coarse is the significant digits of histograms that only figures are read from.
const coarse = 2

// read makes the delivery stream a reader of its source, from the newest record on. AWS: "Firehose starts reading data
// from the LATEST position of your Kinesis stream"; it "calls the Kinesis Data Streams GetRecords operation once per
// second for each shard" (developer guide, writing-with-kinesis-streams.md, 2023).
func (d *DeliveryStream) read(parts *Parts) {
	log := parts.Source.Log()
	d.retention = log.Retention
	d.fetcher = stream.NewFetcher(d.eng, parts.Source, d.name+" <- "+parts.SourceName, sourceReader{d, parts.SourceName},
		stream.Way{Every: d.limit.StreamPoll.Sim(), Most: parts.Records, Bytes: parts.Bytes, Next: message.BatchWindow})
}

// sourceReader takes the records of the stream that is the source.
type sourceReader struct {
	*DeliveryStream
	source string
}

// Sender returns the name of the records' accounts.
func (r sourceReader) Sender() string { return r.source + " -> " + r.name }

// Opened begins to read a shard.
func (r sourceReader) Opened(shard int) {
	for r.transformer != nil && shard >= len(r.lanes) {
		r.openLane(1)
	}
	r.fetcher.Want(shard)
}

// Ended does nothing: what was read of a shard is in the buffers.
func (r sourceReader) Ended(int) {}

// Fetched takes records of a shard.
func (r sourceReader) Fetched(shard int, refs []message.Ref) {
	r.Requests.Inc()
	for _, ref := range refs {
		r.enter(shard, ref, r.store.At(ref))
	}
	if r.transformer == nil || r.lanes[shard].line.Len() == 0 {
		r.fetcher.Want(shard)
	}
}

// directShards returns how many shards direct puts are taken to have: one for each MiB/s of the quota.
func (d *DeliveryStream) directShards() int64 {
	return max(1, min(int64(d.limit.Bytes)>>20, 1<<20))
}

// Held returns how many records are buffered, and how many are being transformed or delivered.
func (d *DeliveryStream) Held() (waiting, inFlight int64) {
	return d.Buffered.Value(), d.InFlight.Value()
}

// age returns how old the oldest record is that has not been delivered.
func (d *DeliveryStream) age(now sim.Time) (oldest sim.Duration) {
	for i := range d.batches {
		if b := &d.batches[i]; len(b.refs) > 0 {
			oldest = max(oldest, now.Sub(b.oldest))
		}
	}
	return oldest
}
