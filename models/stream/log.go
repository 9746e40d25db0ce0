package stream

import (
	"weir/models/message"
	"weir/sim"
	"weir/sim/measure"
)

// Log is the records of a stream, by shard.
type Log struct {
	Expired measure.Counter // records that a reader had not read when their retention ended

	eng       *sim.Engine
	store     *message.Store
	retention sim.Duration
	shards    []shard
	ranges    []hashRange // of the open shards, in their order
	ordered   int         // shards that have been in ranges
	largest   int64       // bytes of the largest record so far
	readers   []*reader
	chunks    []*chunk
	unused    []int32
	aged      sim.Event[uint32] // the oldest record of a shard may have expired
}

// chunk is a piece of the log of a shard. A thousand idle shards have a thousand chunks at the most: they are small.
type chunk struct {
	records [chunkSize]message.Record
	next    int32
}

const (
	chunkSize = 64
	none      = -1
)

// NewLog returns the log of a stream of so many shards, which have equal parts of the hashes.
func NewLog(eng *sim.Engine, store *message.Store, name string, shards int, retention sim.Duration) *Log {
	l := &Log{eng: eng, store: store, retention: retention}
	l.aged = sim.NewEvent(eng, name+"/aged", l.looked)
	for i := range shards {
		to := HashMax
		if i < shards-1 {
			to = Part(i+1, shards).Before()
		}
		l.open(Part(i, shards), to, [2]int32{NoShard, NoShard})
	}
	l.order()
	return l
}

// Retention returns how long a record is kept.
func (l *Log) Retention() sim.Duration { return l.retention }

// SetRetention changes how long records are kept, those that are there among them.
func (l *Log) SetRetention(d sim.Duration) {
	l.retention = d
	for n := range l.shards {
		l.age(n)
	}
}

// Reset begins a new window of observation.
func (l *Log) Reset() { l.Expired = measure.Counter{} }

// Kept returns how many records the log keeps for readers that have not read them.
func (l *Log) Kept() (records uint64) {
	for n := range l.shards {
		records += l.shards[n].end - l.Oldest(n)
	}
	return records
}

// Oldest returns the sequence number of the oldest record of a shard that some reader has not read.
func (l *Log) Oldest(n int) uint64 {
	oldest := l.shards[n].end
	for _, r := range l.readers {
		if r.attached {
			oldest = min(oldest, r.places[n].next)
		}
	}
	return oldest
}

// Append adds a record to a shard, which can be read after a lag: one message, or several that were aggregated. Each
// ends as published, with its part of so many bytes that the record has beside them.
func (l *Log) Append(n int, refs []message.Ref, beside int64, lag sim.Duration) {
	now := l.eng.Now()
	extra, rest := split(beside, len(refs))
	s := &l.shards[n]
	s.readable = max(s.readable, now.Add(lag))
	var bytes int64
	for i, ref := range refs {
		rec := l.store.Keep(now, ref)
		rec.ReadableAfter(s.readable.Sub(now))
		rec.Extra = extra
		if i == 0 {
			rec.Extra += rest
		} else {
			rec.Flags |= message.Joined
		}
		bytes += int64(rec.SizeBytes) + int64(rec.Extra)
		l.append(n, rec)
	}
	l.largest = max(l.largest, bytes)
	if s.sleepers > 0 {
		l.wake(n)
	}
}

// wake lets the readers go on that wait for the next record of a shard.
func (l *Log) wake(n int) {
	for _, r := range l.readers {
		if r.attached && r.places[n].asleep {
			r.places[n].asleep = false
			l.shards[n].sleepers--
			r.fetcher.schedule(n)
		}
	}
}

// Fetch reads a word of what records that are appended to some shards change, and returns what has no meaning. Who
// appends many records to many shards calls it before: the waits for memory overlap.
func (l *Log) Fetch(shards []int32) (sum uint64) {
	for _, n := range shards {
		s := &l.shards[n]
		sum += uint64(s.readable)
		if s.last != nil {
			sum += uint64(s.last.records[s.end%chunkSize].Enqueued)
		}
	}
	return sum
}

// split returns the even parts of what a record has beside its messages, and what is left over.
func split(beside int64, messages int) (each, rest uint16) {
	each = uint16(min(max(beside, 0)/int64(messages), 1<<15))
	return each, uint16(min(max(beside, 0)-int64(each)*int64(messages), 1<<15-1))
}

// append puts a record behind the others of its shard, if there is a reader who will read it.
func (l *Log) append(n int, rec message.Record) {
	owed := false
	for _, r := range l.readers {
		if r.attached {
			owed = true
			l.store.Owe(r.accounts.Of(rec.Route))
		}
	}
	s := &l.shards[n]
	s.end++
	if !owed {
		l.store.Forget(&rec)
		return
	}
	at := (s.end - 1) % chunkSize
	if s.tail == none || at == 0 {
		l.grow(s)
	}
	s.last.records[at] = rec
	l.lookAt(n, rec.Enqueued.Add(l.retention))
}

// lookAt schedules a look at the oldest record of a shard, unless there is one by then.
func (l *Log) lookAt(n int, due sim.Time) {
	if s := &l.shards[n]; due < s.look {
		s.look = due
		l.aged.At(due, uint32(n))
	}
}

// grow gives a shard a chunk for the record that comes next.
func (l *Log) grow(s *shard) {
	if len(l.unused) == 0 {
		l.unused = append(l.unused, int32(len(l.chunks)))
		l.chunks = append(l.chunks, new(chunk))
	}
	c := l.unused[len(l.unused)-1]
	l.unused = l.unused[:len(l.unused)-1]
	l.chunks[c].next = none
	if s.tail == none {
		s.head, s.base = c, (s.end-1)/chunkSize*chunkSize
	} else {
		l.chunks[s.tail].next = c
	}
	s.tail, s.last = c, l.chunks[c]
}

// Record returns the record of a sequence number, or nil when it is not in the log.
func (l *Log) Record(n int, sequence uint64) *message.Record {
	s := &l.shards[n]
	if s.head == none || sequence < s.base || sequence >= s.end {
		return nil
	}
	c := s.head
	for skip := (sequence - s.base) / chunkSize; skip > 0; skip-- {
		c = l.chunks[c].next
	}
	return &l.chunks[c].records[sequence%chunkSize]
}

// End returns the sequence number that the next record of a shard gets.
func (l *Log) End(n int) uint64 { return l.shards[n].end }

// trim frees the chunks of a shard that every reader is past.
func (l *Log) trim(n int) {
	s := &l.shards[n]
	oldest := l.Oldest(n)
	for s.head != none && (oldest >= s.base+chunkSize || oldest == s.end && !s.IsOpen()) {
		c := l.chunks[s.head]
		kept := min(s.end-s.base, chunkSize)
		for i := range c.records[:kept] {
			l.store.Forget(&c.records[i])
		}
		l.unused = append(l.unused, s.head)
		s.head = c.next
		s.base += chunkSize
		if s.head == none {
			s.tail, s.last = none, nil
		}
	}
}

// looked is the event that the oldest record of a shard may have expired. It does nothing when an earlier look has
// taken its place.
func (l *Log) looked(n uint32) {
	if s := &l.shards[n]; s.look == l.eng.Now() {
		s.look = sim.Never
		l.age(int(n))
	}
}

// age ends the records of a shard whose retention is over.
func (l *Log) age(n int) {
	now := l.eng.Now()
	s := &l.shards[n]
	oldest := sim.Never
	for _, r := range l.readers {
		if !r.attached {
			continue
		}
		p := &r.places[n]
		for p.next < s.end {
			rec := l.at(n, p)
			if due := rec.Enqueued.Add(l.retention); due > now {
				oldest = min(oldest, due)
				break
			}
			l.Expired.Inc()
			l.store.Settle(r.accounts.Of(rec.Route), message.ExpiredInQueue)
			l.pass(n, p)
		}
		r.fetcher.drained(n)
	}
	l.trim(n)
	l.lookAt(n, oldest)
}
