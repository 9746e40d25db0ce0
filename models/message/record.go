package message

import "weir/sim"

// Record is a message that a stream keeps for its readers. It holds no pointer and takes 48 bytes: a message of its
// own is made of it for each reader, when it is read.
type Record struct {
	Born     sim.Time
	Enqueued sim.Time     // when the stream accepted it (retention counts from here)
	batching sim.Duration // on its way to the stream; what is left of the way were calls
	past     uint32       // its number among the pasts + 1, or 0: it came straight from its producer

	SizeBytes uint32
	Key       uint32
	lag       uint32 // µs from its acceptance until it can be read
	Extra     uint16 // bytes that it has beside the message: its partition key, or its part of what aggregation adds
	Route     RouteID
	Flags     Flags
}

// Readable returns when the record can be read.
func (r *Record) Readable() sim.Time { return r.Enqueued.Add(sim.Duration(r.lag) * sim.Microsecond) }

// ReadableAfter makes the record readable so long after its acceptance, rounded up to a microsecond and at most an
// hour.
func (r *Record) ReadableAfter(lag sim.Duration) {
	r.lag = uint32((min(lag, sim.Hour) + sim.Microsecond - 1) / sim.Microsecond)
}

// past is what a record does not hold of a message that came a longer way than most.
type past struct {
	clocks [clocks]int64
	held   sim.Duration
	id     uint32
	hops   Hops
}

// Keep makes a record of the message that r names, which a stream accepts now. The message has ended as published and
// its slot is free.
func (s *Store) Keep(now sim.Time, r Ref) Record {
	m := s.At(r)
	s.Ahead(now, r, m)
	m.Enter(now, APICall)
	m.clocks[APICall] += int64(now) // its last clock is closed
	rec := Record{
		Born: m.Born, Enqueued: now, batching: sim.Duration(m.clocks[Batching]), SizeBytes: m.SizeBytes, Key: m.Key,
		Route: m.Route, Flags: m.Flags & (Poison | Traced),
	}
	if m.clocks[Batching]+m.clocks[APICall] != int64(now.Sub(m.Born)) || s.ids != nil || s.ordered || s.hops != nil {
		rec.past = s.remember(r, m)
	}
	s.Move(r, m, Published)
	s.Free(r)
	return rec
}

// remember keeps what a record does not hold, and returns its number + 1.
func (s *Store) remember(r Ref, m *Message) uint32 {
	if len(s.unused) == 0 {
		s.unused = append(s.unused, uint32(len(s.pasts)))
		s.pasts = append(s.pasts, past{})
	}
	n := s.unused[len(s.unused)-1]
	s.unused = s.unused[:len(s.unused)-1]
	p := past{clocks: m.clocks, id: s.ID(r)}
	if s.ordered {
		p.held = s.orders[r].held
	}
	if s.hops != nil {
		p.hops = s.hops[r]
	}
	s.pasts[n] = p
	return n + 1
}

// Forget lets go of a record that no reader needs.
func (s *Store) Forget(rec *Record) {
	if rec.past > 0 {
		s.unused = append(s.unused, rec.past-1)
		rec.past = 0
	}
}

// Owe notes in the account of a reader that it has one more record to read.
func (s *Store) Owe(reader RouteID) {
	s.owed++
	s.Ledger.born(reader)
	s.Ledger.move(reader, AtClient, Visible)
}

// Settle notes where a record ended that its reader has not read.
func (s *Store) Settle(reader RouteID, to Place) {
	s.owed--
	s.Ledger.move(reader, Visible, to)
}

// Owed returns how many messages readers have still to read: they are under way, and live in a stream.
func (s *Store) Owed() int { return s.owed }

// Waited is what the wait of a record for its reader is split by. What is left of it was backlog.
type Waited struct{ Call, Poll, Throttle sim.Duration }

// Open gives birth to a reader's own message of a record, which the reader owed: visible, its wait from the stream's
// acceptance until now booked, and the next cause running. It returns false when the store is full.
func (s *Store) Open(now sim.Time, rec *Record, reader RouteID, w Waited, next Cause) (Ref, bool) {
	r, ok := s.slot()
	if !ok {
		return 0, false
	}
	s.owed--
	m := s.At(r)
	*m = Message{
		Born: rec.Born, Enqueued: rec.Enqueued, SizeBytes: rec.SizeBytes, Key: rec.Key, Route: reader,
		Flags: rec.Flags, place: Visible, cause: next, Receipt: m.Receipt + 1, Generation: m.Generation + 1,
		Failure: DeadByError,
	}
	m.clocks[Batching] = int64(rec.batching)
	m.clocks[APICall] = int64(rec.Enqueued.Sub(rec.Born)) - int64(rec.batching)
	var p past
	if rec.past > 0 {
		p = s.pasts[rec.past-1]
		m.clocks = p.clocks
	}
	if s.ids != nil {
		s.ids.ids[r] = p.id
	}
	if s.ordered {
		s.orders[r].held = p.held
	}
	if s.away {
		s.payloads[r] = Payload{}
	}
	if s.hops != nil {
		s.hops[r] = p.hops
	}
	m.clocks[APICall] += int64(w.Call)
	m.clocks[Poll] += int64(w.Poll)
	m.clocks[Throttle] += int64(w.Throttle)
	m.clocks[Backlog] += int64(now.Sub(rec.Enqueued)) - int64(w.Call) - int64(w.Poll) - int64(w.Throttle)
	m.clocks[next] -= int64(now)
	if s.witness != nil {
		s.witness.Born(r, None)
	}
	return r, true
}
