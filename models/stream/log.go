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
	l.aged = sim.NewEvent(eng, name+"/aged", l.age)
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
		l.age(uint32(n))
	}
}

// Reset begins a new window of observation.
func (l *Log) Reset() { l.Expired = measure.Counter{} }

// Kept returns how many records the log keeps for readers that have not read them.
func (l *Log) Kept() (records uint64) {
	for n := range l.shards {
		records += l.shards[n].end - l.oldest(n)
	}
	return records
}

// oldest returns the sequence number of the oldest record of a shard that some reader has not read.
func (l *Log) oldest(n int) uint64 {
	oldest := l.shards[n].end
	for _, r := range l.readers {
		if r.attached {
			oldest = min(oldest, r.places[n].next)
		}
	}
	return oldest
}

// Append adds a record to a shard, which can be read after a lag: one message, or several that were aggregated. Each
// ends as published, with so many bytes of the record beside its own.
func (l *Log) Append(n int, refs []message.Ref, extra uint16, lag sim.Duration) {
	now := l.eng.Now()
	s := &l.shards[n]
	s.readable = max(s.readable, now.Add(lag))
	for i, ref := range refs {
		rec := l.store.Keep(now, ref)
		rec.Lag = uint32(min(s.readable.Sub(now), 1<<32-1))
		rec.Extra = extra
		if i > 0 {
			rec.Flags |= message.Joined
		}
		l.append(n, rec)
	}
	for _, r := range l.readers {
		if r.attached && r.places[n].asleep {
			r.places[n].asleep = false
			r.fetcher.schedule(n)
		}
	}
}

// append puts a record behind the others of its shard, if there is a reader who will read it.
func (l *Log) append(n int, rec message.Record) {
	owed := false
	for _, r := range l.readers {
		if r.attached {
			owed = true
			l.store.Owe(r.route(&l.store.Ledger, rec.Route))
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
	l.chunks[s.tail].records[at] = rec
	if !s.expiring {
		s.expiring = true
		l.aged.At(rec.Enqueued.Add(l.retention), uint32(n))
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
	s.tail = c
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
	oldest := l.oldest(n)
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
			s.tail = none
		}
	}
}

// age is the event that the oldest record of a shard may have expired.
func (l *Log) age(arg uint32) {
	n, now := int(arg), l.eng.Now()
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
			l.store.Settle(r.route(&l.store.Ledger, rec.Route), message.ExpiredInQueue)
			l.pass(n, p)
		}
		r.fetcher.drained(n)
	}
	l.trim(n)
	if s.expiring = oldest < sim.Never; s.expiring {
		l.aged.At(oldest, arg)
	}
}
