package sdk

import (
	"weir/models/message"
	"weir/sim"
)

// kinesisRecord is what the library puts as one record of a stream: one user record, or several in one aggregate.
type kinesisRecord struct {
	first, last int32 // its user records, by deadline
	again       int32 // of those that were sent before, the first and the last, while it fills
	againLast   int32
	count       int32
	keys        int32 // in the table of partition keys
	shard       int32 // predicted, or none
	actual      int32 // where it went
	data        uint32
	held        bool   // by the limiter
	serial      uint32 // tells an aggregate from the next one in its place
	deadline    sim.Time
	expires     sim.Time
	failure     error
}

// The aggregated format (awslabs/amazon-kinesis-producer, aggregation-format.md and kinesis_record.cc): four bytes of
// magic number, a protocol buffer, and its MD5. The buffer holds a table of partition keys, each once, and the records,
// each with its number in the table. The one partition key of the whole is "a"; its explicit hash key is the first
// record's.
const (
	aggregateFixed = 4 + 16
	aggregateKey   = 1
)

// varint returns how many bytes a number takes in a protocol buffer.
func varint(n uint32) uint32 {
	bytes := uint32(1)
	for ; n >= 0x80; n >>= 7 {
		bytes++
	}
	return bytes
}

// field returns how many bytes a field of so many bytes takes: a tag, its length, and itself.
func field(n uint32) uint32 { return 1 + varint(n) + n }

// aggregated returns how many bytes a record takes in the aggregate, whose partition key has a number of the table.
func aggregated(size, number uint32) uint32 { return field(1 + varint(number) + field(size)) }

// bytes returns how large the record is that the stream gets: data and partition key.
func (k *kpl) bytes(r *kinesisRecord) uint32 {
	if r.count == 1 {
		return r.data + k.users.at(r.first).keyBytes
	}
	return r.data + aggregateKey
}

func (k *kpl) newRecord(shard int32) int32 {
	r := k.records.take()
	k.serials++
	*k.records.at(r) = kinesisRecord{
		first: none, last: none, again: none, againLast: none, shard: shard, actual: none, serial: k.serials,
		deadline: sim.Never, expires: sim.Never,
	}
	return r
}

// grown returns how large a Kinesis record gets with another user record.
func (k *kpl) grown(r *kinesisRecord, u *userRecord) (data uint32, newKey bool) {
	newKey = k.recorder.random || int64(u.key) >= keysKnown || k.knownBy(u.key) != r.serial
	switch r.count {
	case 0:
		return u.size, true
	case 1:
		head := k.users.at(r.first)
		data = aggregateFixed + field(head.keyBytes) + aggregated(head.size, 0)
	default:
		data = r.data
	}
	if newKey {
		data += field(u.keyBytes)
	}
	return data + aggregated(u.size, uint32(r.keys)), newKey
}

// keysKnown bounds the memory of who has which key; a key beyond counts as a new one each time.
const keysKnown = 1 << 20

func (k *kpl) knownBy(key uint32) uint32 {
	for int(key) >= len(k.known) {
		k.known = append(k.known, 0)
	}
	return k.known[key]
}

// join adds a user record at the end of a Kinesis record.
func (k *kpl) join(r *kinesisRecord, i int32) {
	u := k.users.at(i)
	k.size(r, u)
	u.next = none
	if r.first == none {
		r.first = i
	} else {
		k.users.at(r.last).next = i
	}
	r.last = i
}

// size counts a user record in.
func (k *kpl) size(r *kinesisRecord, u *userRecord) {
	data, newKey := k.grown(r, u)
	r.data = data
	if newKey {
		r.keys++
		if int64(u.key) < keysKnown && !k.recorder.random {
			k.knownBy(u.key)
			k.known[u.key] = r.serial
		}
	}
	r.count++
	r.deadline, r.expires = min(r.deadline, u.deadline), min(r.expires, u.expires)
}

// aggregate puts a user record into the aggregate of its shard. A record that is too large to be packed with others
// goes alone, and so does each one while the shards are not known.
func (k *kpl) aggregate(i int32) {
	u := k.users.at(i)
	shard := none
	if k.set.aggregate {
		shard = k.shards.of(u.hash)
	}
	if shard == none || u.size >= k.set.maxSize {
		alone := k.newRecord(shard)
		k.join(k.records.at(alone), i)
		k.limit(alone)
		return
	}
	for int(shard) >= len(k.open) {
		k.open = append(k.open, none)
	}
	if k.open[shard] == none {
		k.open[shard] = k.newRecord(shard)
	}
	r := k.records.at(k.open[shard])
	before := r.deadline
	if r.first == none && r.again == none || u.attempts == 0 {
		k.join(r, i)
	} else {
		k.joinAgain(r, i)
	}
	if int64(r.count) >= k.set.maxCount || r.data >= k.set.maxSize {
		k.limit(k.close(shard))
	} else if r.deadline < before {
		k.watch(k.open[shard])
	}
}

// joinAgain adds a user record that was sent before: its deadline is nearer than those of the others.
func (k *kpl) joinAgain(r *kinesisRecord, i int32) {
	u := k.users.at(i)
	k.size(r, u)
	u.next = none
	if r.again == none {
		r.again = i
	} else {
		k.users.at(r.againLast).next = i
	}
	r.againLast = i
}

// watch sees to it that an aggregate is closed at its deadline.
func (k *kpl) watch(r int32) {
	a := k.records.at(r)
	k.deadlines.push(entry{a.deadline, a.serial, r})
	k.arm()
}

func (k *kpl) arm() {
	if at := k.deadlines.earliest(); at < k.armed {
		k.armed = at
		k.due.At(max(at, k.eng.Now()), 0)
	}
}

// deadline is the event that the deadline of an aggregate has come.
func (k *kpl) deadline(uint8) {
	now := k.eng.Now()
	if now < k.armed {
		return // an earlier one was armed since
	}
	k.armed = sim.Never
	for k.deadlines.earliest() <= now {
		e := k.deadlines.pop()
		a := k.records.at(e.record)
		if a.serial == e.serial && a.shard != none && k.open[a.shard] == e.record && a.deadline <= now {
			k.limit(k.close(a.shard))
		}
	}
	k.arm()
	k.refill()
}

// close ends the aggregate of a shard. Its user records stand by deadline; what does not fit begins the next one.
func (k *kpl) close(shard int32) int32 {
	from := *k.records.at(k.open[shard])
	k.records.free(k.open[shard])
	k.open[shard] = none
	full := k.newRecord(shard)
	to := k.records.at(full)
	fresh, again := from.first, from.again
	for fresh != none || again != none {
		line := &fresh
		if fresh == none || again != none && k.users.at(again).deadline < k.users.at(fresh).deadline {
			line = &again
		}
		i := *line
		if to.count > 0 && k.open[shard] == none {
			if data, _ := k.grown(to, k.users.at(i)); int64(to.count) >= k.set.maxCount || data > k.set.maxSize {
				k.open[shard] = k.newRecord(shard)
				to = k.records.at(k.open[shard])
			}
		}
		*line = k.users.at(i).next
		k.join(to, i)
	}
	if k.open[shard] != none {
		k.watch(k.open[shard])
	}
	return full
}

// again puts a user record that failed back into the aggregate, with a near deadline.
func (k *kpl) again(i int32, cause message.Cause) {
	now := k.eng.Now()
	u := k.users.at(i)
	u.attempts++
	u.since = now
	if now >= u.expires {
		k.UserRecordExpired.Inc()
		k.fail(i, TooOld)
		return
	}
	u.deadline = min(now.Add(k.set.retry), u.expires)
	k.store.At(u.ref).Enter(now, cause)
	k.aggregate(i)
}
