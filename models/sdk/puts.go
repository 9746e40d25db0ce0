package sdk

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/measure"
)

// PutLimits is what one PutRecords call may hold.
type PutLimits struct {
	Records int64     `aws:"kinesis.put_records_max"`
	Bytes   spec.Size `aws:"kinesis.put_records_bytes"` // data and partition keys
	Keyless bool      // records have no partition keys, as those of Firehose
}

// PutStats is what a producer measures of the records that it puts.
type PutStats struct {
	Put    measure.Counter // records
	Failed measure.Counter // records that failed in a call that succeeded, each time
	Resent measure.Counter // records sent again by the producer's own code
}

// puts puts a producer's batches into a stream: a batch of one by PutRecord, larger ones by PutRecords. Records that
// failed in a call that succeeded are the producer's own to send again.
type puts struct {
	PutStats

	producer *Producer
	target   stream.Target
	recorder *recorder
	limit    int64          // bytes of a call
	bytes    int64          // of the batch that fills
	entries  []stream.Entry // beside the producer's refs
	failures []error
	tries    []int32 // by call: those that succeeded, with failures
	loop     PartialFailuresSpec
	calls    bool // calls that the SDK gave up are made again, too
	luck     *sim.Rand
	resend   sim.Event[Call]
	order    *putOrder // nil unless records of a key wait for one another
}

func newPuts(p *Producer, target stream.Target, limits *PutLimits) *puts {
	s := &p.spec.PutSpec
	u := &puts{
		producer: p, target: target, limit: int64(limits.Bytes), loop: s.PartialFailures,
		recorder: newRecorder(s, limits.Keyless, p.eng.Rand(p.name+"/hash")), luck: p.eng.Rand(p.name + "/resend"),
	}
	if a := s.Agent; a != nil {
		p.size, p.linger, u.limit = a.MaxBufferSizeRecords, a.MaxBufferAge.Sim(), int64(a.MaxBufferSizeBytes)
		u.loop = PartialFailuresSpec{
			Retry: true, Base: spec.Duration(agentBackOffBase), Cap: spec.Duration(agentBackOffCap),
		}
		u.calls = true
	}
	if s.Ordered {
		u.order = &putOrder{last: map[uint32]Call{}}
	}
	u.resend = sim.NewEvent(p.eng, p.name+"/resend", p.client.Do)
	return u
}

// passesOver reports whether a message is left out, as it is too large for a record: the call that it is in would be
// refused as a whole. The agent knows that, a producer's own code does not.
func (u *puts) passesOver(m *message.Message) bool {
	return u.calls && u.recordBytes(m) > u.target.RecordMax()
}

// recordBytes returns how large the record of a message is: its data and partition key.
func (u *puts) recordBytes(m *message.Message) int64 {
	return int64(m.SizeBytes) + int64(u.recorder.keyBytes(m.Key))
}

// fits reports whether a record of so many bytes fits into the call that fills.
func (u *puts) fits(size int64) bool { return u.bytes+size <= u.limit }

// take makes the record of a message, of so many bytes, that stands at a place of the producer's refs.
func (u *puts) take(at int, m *message.Message, size int64) {
	for at >= len(u.entries) {
		u.entries = append(u.entries, stream.Entry{})
	}
	e := &u.entries[at]
	e.Bytes = uint32(size)
	if !u.recorder.byKey {
		e.Hash = u.recorder.of(m.Key)
	}
	u.bytes += size
}

// hash sets the hashes of records that go by the partition keys of their messages. A table of so many keys is not in
// the processor's cache: for the records of a call one after another, the waits for memory overlap.
func (u *puts) hash(entries []stream.Entry, refs []message.Ref) {
	for i := range entries {
		entries[i].Hash = u.recorder.hasher.Of(u.producer.store.At(refs[i]).Key)
	}
}

// begin makes the call of a batch, once those before of its key are there.
func (u *puts) begin(call Call) {
	for int(call) >= len(u.tries) {
		u.tries = append(u.tries, 0)
	}
	u.tries[call] = 0
	if u.order != nil && !u.order.begin(call, u.key(call)) {
		return
	}
	u.producer.client.Do(call)
}

func (u *puts) key(call Call) uint32 { return u.producer.store.At(u.producer.Messages(call)[0]).Key }

// serve hands a batch to the stream: its request is there. The records that fail stay in the batch.
func (u *puts) serve(call Call) error {
	p := u.producer
	refs := p.Messages(call)
	first := int(call) * p.size
	entries := u.entries[first : first+len(refs)]
	for i := range entries {
		entries[i].Messages = refs[i : i+1 : i+1]
	}
	if u.recorder.byKey {
		u.hash(entries, refs)
	}
	if p.size == 1 {
		if err := u.target.PutRecord(entries[0]); err != nil {
			return err
		}
		u.Put.Inc()
		u.sent(call, 1, 0)
		return nil
	}
	for len(u.failures) < len(refs) {
		u.failures = append(u.failures, nil)
	}
	failures := u.failures[:len(refs)]
	if err := u.target.PutRecords(entries, failures); err != nil {
		return err
	}
	kept, refused := 0, 0
	for i, err := range failures {
		if err == nil {
			continue
		}
		u.Failed.Inc()
		if api := aws.ErrorOf(err); api == nil || !api.Retryable { // another call would not help
			refused++
			p.reject(refs[i], reasonOf(err))
			continue
		}
		refs[kept], entries[kept] = refs[i], entries[i]
		kept++
	}
	u.Put.Add(uint64(len(refs) - kept - refused))
	u.sent(call, len(refs), kept)
	return nil
}

// sent leaves the records in a batch that stay with the producer.
func (u *puts) sent(call Call, records, kept int) {
	p := u.producer
	p.batches[call].count = int32(kept)
	p.Held.Add(p.eng.Now(), -int64(records-kept))
}

// again reports whether a batch whose call is over is sent again, with the records that failed.
func (u *puts) again(call Call, err error) bool {
	p := u.producer
	refs := p.Messages(call)
	if len(refs) == 0 || err != nil && !(u.calls && apiError(err).Retryable) { // another call would not help
		return false
	}
	if api := aws.ErrorOf(err); api != nil && !api.Retryable { // another call would not help
		return false
	}
	u.tries[call]++
	tries := u.tries[call]
	if !u.loop.Retry || u.loop.MaxAttempts != nil && int(tries) >= *u.loop.MaxAttempts {
		return false
	}
	u.Resent.Add(uint64(len(refs)))
	p.BackOff(call)
	u.resend.After(fullJitter(u.luck, u.loop.Base.Sim(), u.loop.Cap.Sim(), int(tries)), call)
	return true
}

// fullJitter returns a back-off: uniform up to the base, doubled with each try and capped.
func fullJitter(luck *sim.Rand, base, most sim.Duration, tries int) sim.Duration {
	for i := 1; i < tries && base < most; i++ {
		base *= 2
	}
	return sim.Duration(float64(min(base, most)) * luck.Float64())
}

// done lets the next record of a key be put.
func (u *puts) done(call Call) {
	if u.order != nil {
		if next, ok := u.order.done(call); ok {
			u.producer.client.Do(next)
		}
	}
}

// putOrder makes the records of a key wait for one another.
type putOrder struct {
	last map[uint32]Call // by key: the latest that waits or is under way
	keys []uint32        // by call
	next []Call          // by call: the one that waits for it, or noBatch
}

// begin reports whether a call can be made at once.
func (o *putOrder) begin(call Call, key uint32) bool {
	for int(call) >= len(o.next) {
		o.next, o.keys = append(o.next, noBatch), append(o.keys, 0)
	}
	before, waits := o.last[key]
	if waits {
		o.next[before] = call
	}
	o.last[key], o.keys[call], o.next[call] = call, key, noBatch
	return !waits
}

// done returns the call that waited for one that is over.
func (o *putOrder) done(call Call) (Call, bool) {
	next := o.next[call]
	if next == noBatch {
		delete(o.last, o.keys[call])
	}
	return next, next != noBatch
}

func (u *puts) figures(report func(name, unit string, value float64)) {
	report("records_put", "records", float64(u.Put.Value()))
	report("failed_records", "records", float64(u.Failed.Value()))
	report("resent_records", "records", float64(u.Resent.Value()))
}
