package sdk

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
)

// kplCall is a PutRecords call under way.
type kplCall struct {
	records []int32
	begun   sim.Time
}

// collect puts a Kinesis record into the call that fills. The call is made when it is full, when it holds much of one
// shard, or at the earliest deadline of what it holds. Where calls take no time, one that failed is followed by none
// but at a deadline: it would go round for ever.
func (k *kpl) collect(r int32) {
	now := k.eng.Now()
	rec := k.records.at(r)
	if k.set.collect > 0 {
		rec.deadline = min(max(rec.deadline, now.Add(k.set.collect)), rec.expires)
	}
	k.collecting = append(k.collecting, r)
	k.collected += int64(k.bytes(rec))
	full := len(k.collecting) >= k.set.callRecords || k.collected >= k.set.callBytes
	if rec.shard != none {
		for int(rec.shard) >= len(k.inCall) {
			k.inCall = append(k.inCall, 0)
		}
		k.inCall[rec.shard] += int64(rec.data)
		full = full || k.inCall[rec.shard] >= k.set.flushBytes
	}
	if full && k.refused != now {
		k.send()
		return
	}
	k.flushAt = min(k.flushAt, rec.deadline)
	k.armFlush()
}

func (k *kpl) armFlush() {
	if at := k.flushAt; at < k.flushArmed {
		k.flushArmed = at
		k.flushed.At(max(at, k.eng.Now()), 0)
	}
}

// flushDue is the event that the earliest deadline of what the call holds may have come.
func (k *kpl) flushDue(uint8) {
	now := k.eng.Now()
	if now < k.flushArmed {
		return // an earlier one was armed since
	}
	k.flushArmed = sim.Never
	if k.flushAt <= now {
		k.send()
	}
	k.armFlush()
}

// send makes the call, by deadline as far as fits; the rest begins the next one.
func (k *kpl) send() {
	call := k.newCall()
	c := &k.calls[call]
	k.byDeadline()
	n := len(k.collecting)
	for n > 1 && (n > k.set.callRecords || k.collected > k.set.callBytes) {
		n--
		k.collected -= int64(k.bytes(k.records.at(k.collecting[n])))
	}
	c.records = append(c.records[:0], k.collecting[:n]...)
	k.collecting = append(k.collecting[:0], k.collecting[n:]...)
	k.collected, k.flushAt = 0, sim.Never
	for _, r := range k.collecting {
		rec := k.records.at(r)
		k.collected += int64(k.bytes(rec))
		k.flushAt = min(k.flushAt, rec.deadline)
	}
	k.armFlush()
	k.begin(call)
}

// byDeadline sorts what the call holds, which mostly is in order.
func (k *kpl) byDeadline() {
	all := k.collecting
	for i := 1; i < len(all); i++ {
		r, at := all[i], k.records.at(all[i]).deadline
		j := i
		for ; j > 0 && k.records.at(all[j-1]).deadline > at; j-- {
			all[j] = all[j-1]
		}
		all[j] = r
	}
}

func (k *kpl) newCall() Call {
	if len(k.free) == 0 {
		k.free = append(k.free, Call(len(k.calls)))
		k.calls = append(k.calls, kplCall{})
	}
	call := k.free[len(k.free)-1]
	k.free = k.free[:len(k.free)-1]
	return call
}

func (k *kpl) begin(call Call) {
	now := k.eng.Now()
	c := &k.calls[call]
	c.begun = now
	for _, r := range c.records {
		rec := k.records.at(r)
		if rec.shard != none {
			k.inCall[rec.shard] -= int64(rec.data)
		}
		k.UserPerKinesis.Record(float64(rec.count))
		for u := rec.first; u != none; u = k.users.at(u).next {
			k.BufferingTime.Record(int64(now.Sub(k.users.at(u).since)))
		}
	}
	k.KinesisPerCall.Record(float64(len(c.records)))
	k.client.Do(call)
}

// Attempt books the time of what a call holds to it.
func (k *kpl) Attempt(call Call) {
	for _, r := range k.calls[call].records {
		k.enter(r, message.APICall)
	}
}

// BackOff does not come: the library's SDK makes no call again.
func (k *kpl) BackOff(Call) {}

// Serve hands a call to the stream: its request is there.
func (k *kpl) Serve(call Call) error {
	records := k.calls[call].records
	k.pack(records)
	failures := k.failures[:len(records)]
	if err := k.target.PutRecords(k.entries, failures); err != nil {
		return err
	}
	for i, r := range records {
		rec := k.records.at(r)
		rec.failure = failures[i]
		if rec.failure != nil {
			k.AllErrors.Inc()
			continue
		}
		k.producer.Held.Add(k.eng.Now(), -int64(rec.count))
		k.KinesisRecordsPut.Inc()
		k.KinesisRecordsData.Add(uint64(rec.data))
		k.UserRecordsPut.Add(uint64(rec.count))
	}
	return nil
}

// pack makes the entries of a call.
func (k *kpl) pack(records []int32) {
	k.refs, k.entries = k.refs[:0], k.entries[:0]
	for _, r := range records {
		for u := k.records.at(r).first; u != none; u = k.users.at(u).next {
			k.refs = append(k.refs, k.users.at(u).ref)
		}
	}
	first := 0
	for _, r := range records {
		rec := k.records.at(r)
		hash := k.users.at(rec.first).hash
		rec.actual = int32(k.target.ShardOf(hash))
		next := first + int(rec.count)
		k.entries = append(k.entries, stream.Entry{
			Hash: hash, Bytes: k.bytes(rec), Messages: k.refs[first:next:next],
		})
		first = next
	}
	for len(k.failures) < len(records) {
		k.failures = append(k.failures, nil)
	}
}

// Done takes the answer to a call: what failed is put again.
func (k *kpl) Done(call Call, err error) {
	c := &k.calls[call]
	if err != nil {
		k.AllErrors.Inc()
	} else {
		k.producer.SendTime.Record(int64(k.eng.Now().Sub(c.begun)))
	}
	for _, r := range c.records {
		rec := k.records.at(r)
		failure := err
		if failure == nil {
			failure = rec.failure
		}
		first, shard, actual := rec.first, rec.shard, rec.actual
		k.records.free(r)
		switch {
		case failure == nil && shard != none && shard != actual:
			k.wrongShard(first, shard, actual)
		case failure == nil:
			k.succeed(first)
		default:
			if now := k.eng.Now(); c.begun == now {
				k.refused = now
			}
			k.failed(first, failure)
		}
	}
	c.records = c.records[:0]
	k.free = append(k.free, call)
	k.refill()
}

func (k *kpl) succeed(i int32) {
	for i != none {
		next := k.users.at(i).next
		k.finish(i)
		i = next
	}
}

func (k *kpl) failed(i int32, failure error) {
	api := aws.ErrorOf(failure)
	giveUp := k.set.failFast && api != nil && api.Throttle
	for i != none {
		next := k.users.at(i).next
		if giveUp {
			k.fail(i, TriesUsedUp)
		} else {
			k.again(i, message.ClientRetry)
		}
		i = next
	}
}

// wrongShard takes the answer that a record went to another shard than predicted: the shards are looked at again, and
// user records that do not belong there, or of which that is not known, are put once more.
func (k *kpl) wrongShard(i, predicted, actual int32) {
	known := !k.shards.away && k.shards.has(actual)
	if k.shards.has(predicted) && !k.shards.away {
		k.shards.away = true
		k.mapped.After(k.listing.Sample(), 0)
	}
	for i != none {
		next := k.users.at(i).next
		if known && int32(k.target.ShardOf(k.users.at(i).hash)) == actual {
			k.finish(i)
		} else {
			k.duplicate(i)
		}
		i = next
	}
}

// duplicate puts a user record again that the stream has. All that its first message went through is time before the
// repeat, which is booked as retry from its birth on.
func (k *kpl) duplicate(i int32) {
	now := k.eng.Now()
	p := k.producer
	u := k.users.at(i)
	ref, ok := k.store.New(u.born, p.route, u.size, u.key, u.flags)
	if !ok {
		k.eng.Stop()
		return
	}
	k.store.SetID(ref, u.id)
	k.store.At(ref).Enter(u.born, message.ClientRetry)
	k.WrongShard.Inc()
	p.Born.Inc()
	p.Repeated.Inc()
	p.Held.Add(now, 1)
	u.ref = ref
	k.again(i, message.ClientRetry)
}

// refreshed is the event that the shards are known again.
func (k *kpl) refreshed(uint8) { k.shards.read(k.target) }
