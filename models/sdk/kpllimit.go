package sdk

import (
	"slices"

	"weir/models/message"
	"weir/sim"
)

// shardLimit is the limiter of one shard: two buckets of tokens, which fill with time and are full at the start, and
// the Kinesis records that wait for them, by deadline.
type shardLimit struct {
	records, bytes float64 // tokens
	filled         sim.Time
	waiting        heap
	expiring       heap // the same, and some that have gone
	count          int
	draining       bool
	listed         bool // in the list of those that hold something
}

// limit lets a Kinesis record through to the call that fills, or holds it. One whose shard is not known passes.
func (k *kpl) limit(r int32) {
	shard := k.records.at(r).shard
	if shard == none {
		k.collect(r)
		return
	}
	for int(shard) >= len(k.limits) {
		k.limits = append(k.limits, &shardLimit{records: k.set.records, bytes: k.set.bytes, filled: k.eng.Now()})
	}
	l, rec := k.limits[shard], k.records.at(r)
	if l.count == 0 && k.permit(l, rec) {
		k.collect(r)
		return
	}
	rec.held = true
	e := entry{rec.deadline, rec.serial, r}
	l.waiting.push(e)
	l.expiring.push(entry{rec.expires, rec.serial, r})
	l.count++
	k.held++
	if !l.listed {
		l.listed = true
		k.holding = append(k.holding, shard)
	}
	if !k.ticking {
		k.ticking = true
		k.tick.After(k.set.tick-sim.Duration(k.eng.Now())%k.set.tick, 0)
	}
	k.drain(l)
	if k.waits(e) {
		k.Throttled.Inc()
		k.enter(r, message.Throttle)
	}
}

// permit takes the tokens of a Kinesis record, if they are there. One that is larger than the bucket takes a full one.
func (k *kpl) permit(l *shardLimit, r *kinesisRecord) bool {
	now := k.eng.Now()
	passed := now.Sub(l.filled).Seconds() * k.set.rate
	l.records = min(l.records+float64(passed*kplShardRecords), k.set.records)
	l.bytes = min(l.bytes+float64(passed*kplShardBytes), k.set.bytes)
	l.filled = now
	bytes := float64(r.data)
	if l.records < 1 || l.bytes < min(bytes, k.set.bytes) {
		return false
	}
	l.records--
	l.bytes -= bytes
	return true
}

// drainAll is the event that the limiters look at their buckets.
func (k *kpl) drainAll(uint8) {
	slices.Sort(k.holding)
	for i := 0; i < len(k.holding); i++ { // what is put again may add to them
		if l := k.limits[k.holding[i]]; l.count > 0 {
			k.drain(l)
		}
	}
	k.holding = slices.DeleteFunc(k.holding, func(shard int32) bool {
		l := k.limits[shard]
		l.listed = l.count > 0
		return !l.listed
	})
	if k.ticking = k.held > 0; k.ticking {
		k.tick.After(k.set.tick, 0)
	}
	k.refill()
}

// drain lets go what has its tokens, and gives up what is too old. What it puts again joins the line and waits for the
// next time.
func (k *kpl) drain(l *shardLimit) {
	if l.draining {
		return
	}
	l.draining = true
	now := k.eng.Now()
	for l.expiring.earliest() < now {
		if e := l.expiring.pop(); k.waits(e) {
			k.release(l, e.record)
			k.expire(e.record)
		}
	}
	for len(l.waiting) > 0 {
		e := l.waiting[0]
		if !k.waits(e) {
			l.waiting.pop()
			continue
		}
		if !k.permit(l, k.records.at(e.record)) {
			break
		}
		l.waiting.pop()
		k.release(l, e.record)
		k.resume(e.record)
		k.collect(e.record)
	}
	l.draining = false
}

// waits reports whether an entry is of a Kinesis record that is still held.
func (k *kpl) waits(e entry) bool {
	r := k.records.at(e.record)
	return r.serial == e.serial && r.held
}

func (k *kpl) release(l *shardLimit, r int32) {
	k.records.at(r).held = false
	l.count--
	k.held--
	if len(l.expiring) > 2*l.count {
		l.expiring.sweep(k.waits)
	}
}

// resume books the time of the messages of a Kinesis record that was held to what they wait for now.
func (k *kpl) resume(r int32) {
	now := k.eng.Now()
	for i := k.records.at(r).first; i != none; i = k.users.at(i).next {
		u := k.users.at(i)
		cause := message.Batching
		if u.attempts > 0 {
			cause = message.ClientRetry
		}
		k.store.At(u.ref).Enter(now, cause)
	}
}

// expire gives up the user records of a Kinesis record that are too old; the others are packed again.
func (k *kpl) expire(r int32) {
	next := k.records.at(r).first
	k.records.free(r)
	for next != none {
		i := next
		next = k.users.at(i).next
		k.again(i, message.ClientRetry)
	}
}
