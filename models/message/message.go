// Package message holds what flows through a design: messages in a slab, named by a Ref, each with a clock per
// cause of its lateness and a place in the ledger.
//
// # What is modelled
//
// A message is born when its producer has it to send. From then on exactly one cause runs, so that the clocks of all
// causes add up to its age, to the nanosecond. It has exactly one place in the ledger, so that at every instant the
// messages sent equal those ended plus those under way.
//
// # What is not
//
// Contents. A message has a size and a key; its body never exists.
package message

import "weir/sim"

// Ref names a message of a Store while it lives there.
type Ref uint32

// Message is one message under way. It holds no pointer and takes 144 bytes.
type Message struct {
	Born     sim.Time // when its producer had it to send; a copy shares its original's birth
	Enqueued sim.Time // when the queue that holds it accepted it (retention counts from here)
	clocks   [clocks]int64

	// Receipt counts the deliveries of this slot, over all messages it held: it tells a receipt from its
	// successors. Generation counts the stays: it tells this stay in a queue from the next one in the same slot.
	Receipt    uint32
	Generation uint32

	SizeBytes uint32
	Key       uint32
	Receives  uint16 // deliveries of this message (ApproximateReceiveCount)
	Route     RouteID
	place     Place
	cause     Cause
	Failure   Place // where its last failed attempt would have it dead-lettered
	Flags     Flags
}

// Flags are the yes-or-no properties of a message.
type Flags uint8

// Flags of a message.
const (
	Poison     Flags = 1 << iota // processing it fails always
	Deleted                      // deleted, but still in a line: skip and free it when it comes up
	Expired                      // past its retention while a consumer held it
	Seen                         // some consumer has begun to work on it
	Extended                     // the visibility timeout of its receipt was changed
	SeenBefore                   // a consumer had begun to work on it before it was dead-lettered
	Traced                       // its trace header says that X-Ray samples it
	Joined                       // a stream has it in one record with the message before it
)

// Has reports whether the message has all of f.
func (m *Message) Has(f Flags) bool { return m.Flags&f == f }

// Place returns where the ledger has the message.
func (m *Message) Place() Place { return m.place }

// A Store is the slab that the messages of a trial live in. Memory follows the largest number of messages that
// lived at once; freed slots are used again, last freed first.
type Store struct {
	chunks []*[chunkSize]Message
	free   []Ref
	used   int
	limit  int
	full   bool
	ids    *identities // nil unless the design asks for identities
	kin    *families   // nil unless the design fans out
	orders []Order     // by slot, if ordered
	Ledger Ledger

	payloads []Payload // by slot, if away
	hops     []Hops    // by slot, nil in a design without loops

	pasts  []past // of records that came a longer way
	unused []uint32
	owed   int // records that a reader has not read, once for each reader

	ordered bool // the design has FIFO queues
	away    bool // some clients put payloads into a bucket

	witness Witness // or nil
}

const chunkSize = 1 << 12

// NewStore returns an empty store for at most limit messages at once.
func NewStore(limit int) *Store { return &Store{limit: limit} }

// At returns the message that r names. The pointer is good until the message is freed.
func (s *Store) At(r Ref) *Message { return &s.chunks[r/chunkSize][r%chunkSize] }

// Live returns how many messages live now.
func (s *Store) Live() int { return s.used - len(s.free) }

// Full reports whether a message was refused a place because the limit was reached. The trial cannot go on.
func (s *Store) Full() bool { return s.full }

// New gives birth to a message of the route at the instant now, at its client. It returns false when the store is
// full.
func (s *Store) New(now sim.Time, route RouteID, sizeBytes, key uint32, flags Flags) (Ref, bool) {
	r, ok := s.slot()
	if !ok {
		return 0, false
	}
	m := s.At(r)
	*m = Message{
		Born: now, SizeBytes: sizeBytes, Key: key, Route: route, Flags: flags, cause: Batching,
		Receipt: m.Receipt + 1, Generation: m.Generation + 1,
	}
	m.clocks[Batching] = -int64(now)
	s.Ledger.born(route)
	s.ids.born(r)
	if s.ordered {
		s.orders[r].held = 0
	}
	if s.away {
		s.payloads[r] = Payload{}
	}
	if s.hops != nil {
		s.hops[r] = Hops{}
	}
	if s.witness != nil {
		s.witness.Born(r, None)
	}
	return r, true
}

// Copy gives birth to a copy of r that is about to be sent on by another sender: it shares the birth, the clocks, the
// size and the key, belongs to the route given, and is in a call from now on. A message in line needs its queue's
// totals.
func (s *Store) Copy(now sim.Time, r Ref, route RouteID, idle Idle) (Ref, bool) {
	c, ok := s.slot()
	if !ok {
		return 0, false
	}
	original, m := s.At(r), s.At(c)
	receipt, generation := m.Receipt+1, m.Generation+1
	*m = *original
	m.Receipt, m.Generation, m.Receives, m.Route = receipt, generation, 0, route
	m.Flags &^= Deleted | Expired | Seen | Extended | SeenBefore | Joined
	m.place = AtClient
	s.Ledger.born(route)
	s.ids.copied(r, c)
	if s.ordered {
		s.orders[c].held = s.orders[r].held
		s.Ahead(now, c, m)
	}
	if s.away {
		s.payloads[c] = s.payloads[r]
	}
	if s.hops != nil {
		s.hops[c] = s.hops[r]
	}
	if m.InLine() {
		m.Leave(now, idle, APICall)
	} else {
		m.Enter(now, APICall)
	}
	if s.witness != nil {
		s.witness.Born(c, r)
	}
	return c, true
}

func (s *Store) slot() (Ref, bool) {
	if n := len(s.free); n > 0 {
		r := s.free[n-1]
		s.free = s.free[:n-1]
		return r, true
	}
	if s.used >= s.limit {
		s.full = true
		return 0, false
	}
	if s.used%chunkSize == 0 {
		s.chunks = append(s.chunks, new([chunkSize]Message))
	}
	s.used++
	s.ids.grow()
	if s.ordered {
		s.orders = append(s.orders, Order{})
	}
	if s.away {
		s.payloads = append(s.payloads, Payload{})
	}
	if s.hops != nil {
		s.hops = append(s.hops, Hops{})
	}
	s.kin.grow()
	return Ref(s.used - 1), true
}

// Free gives the slot of r back. The ledger keeps where the message ended.
func (s *Store) Free(r Ref) {
	m := s.At(r)
	if !m.place.Ended() {
		panic("message: freed a message that has not ended")
	}
	m.Receipt++
	m.Generation++
	s.free = append(s.free, r)
}

// Move puts the message m, which r names, in another place of the ledger. A message that has ended stays where it
// ended, unless it was dead-lettered and is processed after all.
func (s *Store) Move(r Ref, m *Message, to Place) {
	ended := m.place.Ended()
	if ended && (to != Processed || !m.place.DeadLettered()) {
		return
	}
	s.Ledger.move(m.Route, m.place, to)
	m.place = to
	if s.kin != nil && !ended && to.Ended() {
		s.branchEnded(r, to)
	}
}
