package kinesis

import (
	"weir/models/message"
	"weir/models/quota"
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// Stats is what a stream measures.
type Stats struct {
	Shards measure.Level // open

	Records   measure.Counter // accepted
	Messages  measure.Counter // in them
	Bytes     measure.Counter // of them, with their partition keys
	Throttled measure.Counter // records refused (WriteProvisionedThroughputExceeded)
	Refused   measure.Counter // records that are none, or of calls that are none
	Units     measure.Counter // PUT payload units
	Rounded   measure.Counter // bytes billed on demand

	Reads         measure.Counter // GetRecords let through, but for empty ones that were not made
	ReadThrottled measure.Counter // GetRecords refused (ReadProvisionedThroughputExceeded)
	ReadRecords   measure.Counter
	ReadBytes     measure.Counter    // by polls
	OldBytes      measure.Counter    // of them, those of long-term retention
	PushedBytes   measure.Counter    // by enhanced fan-out
	IteratorAge   *measure.Histogram // of reads that polled, ns

	Reshardings    measure.Counter // splits and merges
	ReshardRefused measure.Counter // changes that AWS refuses
}

// Stream is a Kinesis data stream.
type Stream struct {
	Stats

	name      string
	spec      *Spec
	limit     *Limits
	eng       *sim.Engine
	store     *message.Store
	log       *stream.Log
	hasher    *stream.Hasher
	mode      Mode
	recordMax int64
	shards    []shard
	calls     uint32  // PutRecords so far, to tell one from the next
	places    []int32 // shards of the records of a call
	fetched   uint64  // what fetch has read: of no meaning
	one       [1]message.Ref
	fetchers  []*stream.Fetcher
	skipped   []sim.Time // polls of one shard
	pushed    int        // fetchers with enhanced fan-out
	scatter   *sim.Rand
	lag       random.Duration
	heat      heat
	reading   readHeat
	scaling   onDemand
	updating  *ChangeSpec // what it is being resharded to, or nil
	updates   []sim.Time  // of the last 24 hours
	switches  []sim.Time
	takes     random.Duration // a split or merge
	takesAll  random.Duration // an update of the shard count
	window    sim.Time
	throttled float64 // what faults leave of a shard's quotas, as a factor
	bill      bill

	due       sim.Event[uint32] // a change of the Spec
	resharded sim.Event[uint8]  // a change has taken effect
}

// shard is what a stream counts of a shard. What a record changes stands first, in two lines of the cache.
type shard struct {
	call           uint32 // the last PutRecords that wrote to it
	room           int64  // bytes of that call that its rounding up has counted already
	in             uint64 // records offered
	inBytes        uint64
	lag            sim.Duration // of the records that it takes now, until they can be read
	lagged         sim.Time     // until when that lasts
	records, bytes quota.Bucket
	before         counted // of the window

	reads   readQuota
	pushes  []pushQuota // by number of the fetcher
	counted minute
	_       [32]byte // the next one begins at a line
}

// lagLasts is how long records of a shard take the same time until they can be read. Drawn for each record, the time
// would be the longer the more records come, for a record waits for those before it: by 30 ms at a thousand a second.
// How it varies is not published.
const lagLasts = 100 * sim.Millisecond

// New returns a stream.
func New(eng *sim.Engine, store *message.Store, name string, s *Spec, limit *Limits) *Stream {
	st := &Stream{name: name, spec: s, limit: limit, eng: eng, store: store, mode: s.StreamMode}
	st.recordMax = int64(limit.RecordMax)
	if s.MaximumRecordSize != nil {
		st.recordMax = int64(*s.MaximumRecordSize)
	}
	retention := limit.Retention
	if s.Retention != nil {
		retention = *s.Retention
	}
	st.log = stream.NewLog(eng, store, name, startShards(s, limit), retention.Sim())
	st.hasher = stream.NewHasher(s.PartitionKey)
	st.scatter = eng.Rand(name + "/distribution")
	st.lag = random.NewDuration(limit.Propagation.Dist(), eng.Rand(name+"/propagation"))
	st.takes = random.NewDuration(limit.ReshardTime.Dist(), eng.Rand(name+"/reshard"))
	st.takesAll = random.NewDuration(limit.UpdateTime.Dist(), eng.Rand(name+"/update"))
	st.IteratorAge = measure.NewHistogramDigits(ageDigits)
	st.due = sim.NewEvent(eng, name+"/change", st.change)
	st.resharded = sim.NewEvent(eng, name+"/resharded", st.takeEffect)
	st.throttled = 1
	st.scaling.init(st)
	st.count()
	st.heat.init(st)
	return st
}

// ageDigits is how many significant digits the ages of iterators have.
const ageDigits = 2

// Start schedules the changes of the Spec.
func (st *Stream) Start() {
	for i := range st.spec.Changes {
		st.due.At(sim.Time(st.spec.Changes[i].At), uint32(i))
	}
	if st.mode == OnDemand {
		st.scaling.begin()
	}
}

// count makes what is counted follow the shards of the log.
func (st *Stream) count() {
	now := st.eng.Now()
	burst := sim.Second
	if st.recordMax > int64(st.limit.RecordMax) {
		burst = timeOf(float64(st.limit.BurstBytes), float64(st.limit.WriteBytes))
	}
	records := min(st.limit.WriteRecords.PerSecond(), endless)
	for len(st.shards) < st.log.Shards() {
		st.shards = append(st.shards, shard{
			records: quota.NewBucket(records, timeOf(float64(st.limit.BurstRecords), records)),
			bytes:   quota.NewBucket(min(float64(st.limit.WriteBytes), endless), burst),
			reads:   newReadQuota(st.limit, now),
		})
		if st.throttled != 1 {
			st.throttle(len(st.shards)-1, st.throttled)
		}
	}
	st.Stats.Shards.Set(now, int64(st.log.Open()))
}

// timeOf returns how long a burst is at a rate: no longer than anything runs.
func timeOf(burst, rate float64) sim.Duration {
	return sim.Duration(min(float64(sim.Second)*burst/rate, float64(100*365*sim.Day)))
}

// endless is a rate from which on nothing is counted.
const endless = 1e18

// Log returns the records.
func (st *Stream) Log() *stream.Log { return st.log }

// Shards returns how many shards there were so far, the closed ones among them.
func (st *Stream) Shards() int { return st.log.Shards() }

// Last returns the last hash of a shard.
func (st *Stream) Last(shard int) stream.Hash { return st.log.Shard(shard).To }

// RecordMax returns how many bytes the data and partition key of a record may have.
func (st *Stream) RecordMax() int64 { return st.recordMax }

// ShardOf returns the number of the open shard that a hash belongs to.
func (st *Stream) ShardOf(h stream.Hash) int { return st.log.ShardOf(h) }

// SendMessage puts a message as a record whose partition key is made of its key.
func (st *Stream) SendMessage(ref message.Ref, _ sim.Duration) error {
	m := st.store.At(ref)
	st.one[0] = ref
	return st.PutRecord(stream.Entry{
		Hash: st.hasher.Of(m.Key), Bytes: m.SizeBytes + st.hasher.KeyBytes(m.Key), Messages: st.one[:],
	})
}

// PutRecord puts one record. Its bytes count rounded up to the next KB (Kinesis developer guide,
// troubleshooting-producers.md).
func (st *Stream) PutRecord(e stream.Entry) error {
	if int64(e.Bytes) > st.recordMax {
		st.Refused.Inc()
		return ErrRecordTooLarge
	}
	return st.put(&e, st.shardFor(e.Hash), st.round(int64(e.Bytes)))
}

// PutRecords puts several. The bytes of a call are added up by shard before they are rounded.
func (st *Stream) PutRecords(entries []stream.Entry, failures []error) error {
	if err := st.checkCall(entries); err != nil {
		st.Refused.Add(uint64(len(entries)))
		return err
	}
	st.calls++
	st.places = st.places[:0]
	for i := range entries {
		st.places = append(st.places, int32(st.shardFor(entries[i].Hash)))
	}
	for i, n := range st.places {
		if i%ahead == 0 && len(st.shards) > cached {
			st.fetch(st.places[i:min(i+ahead, len(st.places))])
		}
		e, sh := &entries[i], &st.shards[n]
		if sh.call != st.calls {
			sh.call, sh.room = st.calls, 0
		}
		counted := st.round(int64(e.Bytes) - sh.room)
		failures[i] = st.put(e, int(n), counted)
		if failures[i] == nil {
			sh.room += counted - int64(e.Bytes)
		}
	}
	return nil
}

const (
	ahead  = 32  // records whose shards are fetched together
	cached = 256 // shards that stay in the processor's cache
)

// fetch reads a word of what the next records will change. Without it each would wait for the memory of its shard; one
// after another, with nothing in between, these waits overlap.
func (st *Stream) fetch(shards []int32) {
	var sum uint64
	for _, n := range shards {
		sh := &st.shards[n]
		sum += uint64(sh.call) + sh.before.records
	}
	st.fetched = sum + st.log.Fetch(shards)
}

// checkCall returns what AWS refuses a call as a whole for.
func (st *Stream) checkCall(entries []stream.Entry) error {
	if int64(len(entries)) > st.limit.PutRecordsMax {
		return ErrTooManyRecords
	}
	var bytes int64
	for i := range entries {
		if int64(entries[i].Bytes) > st.recordMax {
			return ErrRecordTooLarge
		}
		bytes += int64(entries[i].Bytes)
	}
	if bytes > int64(st.limit.PutRecordsBytes) {
		return ErrCallTooLarge
	}
	return nil
}

// round rounds bytes up as they are counted.
func (st *Stream) round(bytes int64) int64 {
	return units(bytes, st.limit.PutRounding) * int64(st.limit.PutRounding)
}

// units returns how many units some bytes fill, the last one perhaps in part. Most records are smaller than one, and a
// division takes long.
func units(bytes int64, unit spec.Size) int64 {
	switch {
	case bytes <= 0:
		return 0
	case bytes <= int64(unit):
		return 1
	}
	return (bytes + int64(unit) - 1) / int64(unit)
}

// shardFor returns the shard of a hash, or any where the service spreads the records.
func (st *Stream) shardFor(h stream.Hash) int {
	if st.spec.RecordDistribution == Auto {
		return st.log.OpenShard(st.scatter.IntN(st.log.Open()))
	}
	return st.log.ShardOf(h)
}

// put puts a record into a shard that takes it.
func (st *Stream) put(e *stream.Entry, n int, counted int64) error {
	now := st.eng.Now()
	sh := &st.shards[n]
	sh.in++
	sh.inBytes += uint64(e.Bytes)
	if !sh.records.Has(now, 1) || !sh.bytes.Has(now, float64(counted)) {
		st.Throttled.Inc()
		return ErrThroughputExceeded
	}
	sh.records.Take(1)
	sh.bytes.Take(float64(counted))
	st.Records.Inc()
	st.Messages.Add(uint64(len(e.Messages)))
	st.Bytes.Add(uint64(e.Bytes))
	st.Units.Add(uint64(units(int64(e.Bytes), st.limit.PutUnit)))
	st.Rounded.Add(uint64(units(int64(e.Bytes), st.limit.OnDemandRounding) * int64(st.limit.OnDemandRounding)))
	if sh.lagged == 0 || now >= sh.lagged {
		sh.lag, sh.lagged = st.lag.Sample(), now.Add(lagLasts)
	}
	lag := sh.lag
	if st.spec.KMSKey != nil {
		lag += st.limit.Encryption.Sim()
	}
	st.log.Append(n, e.Messages, st.beside(e), lag)
	return nil
}

// beside returns how many bytes of a record are not those of its messages.
func (st *Stream) beside(e *stream.Entry) int64 {
	rest := int64(e.Bytes)
	for _, ref := range e.Messages {
		rest -= int64(st.store.At(ref).SizeBytes)
	}
	return rest
}
