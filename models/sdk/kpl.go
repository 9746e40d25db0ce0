package sdk

import (
	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/random"
	"weir/sim/ring"
)

// kpl is the Kinesis Producer Library of one producer.
//
//	user record → aggregate of its shard → limiter of its shard → call that fills → PutRecords
//	      ↑                                                                             │ failed, or in a wrong shard
//	      └─────────────────────────────────────────────────────────────────────────────┘
//
// User records and Kinesis records stand in slabs and are linked by number. What waits for a deadline has an entry in a
// heap, one for each aggregate, and the calendar holds the earliest.
type kpl struct {
	KPLStats

	producer *Producer
	eng      *sim.Engine
	store    *message.Store
	set      kplSettings
	target   stream.Target
	client   *Client
	recorder *recorder
	shards   shardMap

	users   slab[userRecord]
	records slab[kinesisRecord]
	known   []uint32 // by key: the latest Kinesis record whose table of partition keys has it
	serials uint32

	open      []int32 // by shard: the aggregate that fills, or none
	deadlines heap    // of aggregates that fill
	armed     sim.Time
	due       sim.Event[uint8]

	limits  []*shardLimit // by shard
	holding []int32       // shards whose limiter holds something, and some that did at the last tick
	held    int           // Kinesis records in limiters
	tick    sim.Event[uint8]
	ticking bool

	collecting []int32  // the Kinesis records of the call that fills
	collected  int64    // bytes of it
	inCall     []int64  // by shard: bytes of it
	flushAt    sim.Time // the earliest deadline of it, or sim.Never
	flushArmed sim.Time // when the calendar's earliest look at it is, or sim.Never
	refused    sim.Time // when a call failed that took no time
	flushed    sim.Event[uint8]

	calls    []kplCall
	free     []Call
	entries  []stream.Entry
	failures []error
	refs     []message.Ref

	outstanding int64
	waiting     ring.Buffer[message.Ref] // in the application: too many are outstanding
	preparing   ring.Buffer[message.Ref] // to be compressed and encrypted
	prepared    sim.Event[uint8]
	mapped      sim.Event[uint8]
	listing     random.Duration
}

// none is no user record, Kinesis record or shard.
const none = int32(-1)

// userRecord is a record as the application put it.
type userRecord struct {
	hash     stream.Hash
	born     sim.Time
	since    sim.Time // when it was put, or its latest call was answered
	deadline sim.Time
	expires  sim.Time
	ref      message.Ref
	key      uint32
	id       uint32 // with the rest, what a duplicate is made from
	size     uint32
	keyBytes uint32
	attempts uint32
	flags    message.Flags
	next     int32
}

func newKPL(p *Producer, parts ProducerParts) *kpl {
	s := &p.spec.PutSpec
	k := &kpl{
		producer: p, eng: p.eng, store: p.store, set: newKPLSettings(s.KPL, parts.KPL), target: parts.Stream,
		recorder: newRecorder(s, false, p.eng.Rand(p.name+"/hash")), armed: sim.Never,
		flushAt: sim.Never, flushArmed: sim.Never, refused: -1,
		listing: random.NewDuration(parts.Latency, p.eng.Rand(p.name+"/list_shards")),
	}
	k.reset(0)
	k.shards.read(k.target)
	never := NewRetry(RetrySpec{Mode: RetryNone}, parts.Rules, p.eng.Rand(p.name+"/send/retry"))
	latency := random.NewDuration(parts.Latency, p.eng.Rand(p.name+"/send"))
	k.client = NewClient(p.eng, p.name+"/send", k, latency, k.set.connections, parts.FaultShare, never)
	k.client.Disturb(parts.Faults)
	k.client.Encrypt(parts.Keys)
	p.client = k.client
	k.due = sim.NewEvent(p.eng, p.name+"/deadline", k.deadline)
	k.tick = sim.NewEvent(p.eng, p.name+"/drain", k.drainAll)
	k.flushed = sim.NewEvent(p.eng, p.name+"/flush", k.flushDue)
	k.prepared = sim.NewEvent(p.eng, p.name+"/prepared", k.prepareNext)
	k.mapped = sim.NewEvent(p.eng, p.name+"/mapped", k.refreshed)
	return k
}

// take takes a message of the application.
func (k *kpl) take(ref message.Ref) {
	if !k.producer.prepares() {
		k.put(ref)
		return
	}
	k.preparing.Push(ref)
	if k.preparing.Len() == 1 {
		k.prepare()
	}
}

func (k *kpl) prepare() {
	m := k.store.At(*k.preparing.Front())
	m.Enter(k.eng.Now(), message.Work)
	k.prepared.After(k.producer.preparation(m.SizeBytes), 0)
}

// prepareNext is the event that a message is compressed and encrypted.
func (k *kpl) prepareNext(uint8) {
	ref := k.preparing.Pop()
	k.store.At(ref).Enter(k.eng.Now(), message.Batching)
	k.put(ref)
	if k.preparing.Len() > 0 {
		k.prepare()
	}
}

// put hands a message to the library, or lets it wait until there is room.
func (k *kpl) put(ref message.Ref) {
	if k.outstanding >= k.set.outstanding {
		k.waiting.Push(ref)
		return
	}
	k.accept(ref)
}

// accept makes a user record of a message.
func (k *kpl) accept(ref message.Ref) {
	now := k.eng.Now()
	k.outstanding++
	k.Pending.Add(now, 1)
	m := k.store.At(ref)
	u := k.users.take()
	*k.users.at(u) = userRecord{
		hash: k.recorder.of(m.Key), born: m.Born, since: now, deadline: now.Add(k.set.buffered),
		expires: now.Add(k.set.ttl), ref: ref, key: m.Key, id: k.store.ID(ref), size: m.SizeBytes,
		keyBytes: k.recorder.keyBytes(m.Key), flags: m.Flags, next: none,
	}
	k.aggregate(u)
}

// finish ends a user record: it is in the stream, or was given up.
func (k *kpl) finish(u int32) {
	r := k.users.at(u)
	k.RetriesPerRecord.Record(float64(r.attempts))
	k.users.free(u)
	k.outstanding--
	k.Pending.Add(k.eng.Now(), -1)
}

// fail gives a user record up.
func (k *kpl) fail(u int32, why Reason) {
	k.producer.Held.Add(k.eng.Now(), -1)
	k.producer.reject(k.users.at(u).ref, why)
	k.finish(u)
}

// refill takes messages that wait in the application while there is room.
func (k *kpl) refill() {
	for k.waiting.Len() > 0 && k.outstanding < k.set.outstanding {
		k.accept(k.waiting.Pop())
	}
}

// enter books the time of the messages of a Kinesis record to a cause.
func (k *kpl) enter(r int32, cause message.Cause) {
	now := k.eng.Now()
	for u := k.records.at(r).first; u != none; u = k.users.at(u).next {
		k.store.At(k.users.at(u).ref).Enter(now, cause)
	}
}

// slab is a slice of values named by number, whose places are used again.
type slab[T any] struct {
	all    []T
	unused []int32
}

func (s *slab[T]) at(i int32) *T { return &s.all[i] }

func (s *slab[T]) take() int32 {
	if n := len(s.unused); n > 0 {
		i := s.unused[n-1]
		s.unused = s.unused[:n-1]
		return i
	}
	var zero T
	s.all = append(s.all, zero)
	return int32(len(s.all) - 1)
}

func (s *slab[T]) free(i int32) { s.unused = append(s.unused, i) }
