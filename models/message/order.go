package message

import "weir/sim"

// Order is where a message stands in a FIFO queue.
type Order struct {
	Position uint64 // in the order of the queue's acceptance
	Next     Ref    // the next message of its group in the same list, or None
	Group    int32  // the queue's number for the message group
	held     sim.Duration
}

// None is the Ref that names no message.
const None Ref = 1<<32 - 1

// KeepOrder makes the store hold an Order for each message. It is called before the first message is born.
func (s *Store) KeepOrder() { s.ordered = true }

// Order returns the order of the message that r names. The pointer is good until the next message is born.
func (s *Store) Order(r Ref) *Order { return &s.orders[r] }

// Behind ends the present cause and begins the wait behind the message's group.
func (s *Store) Behind(now sim.Time, r Ref, m *Message) {
	m.clocks[m.cause] += int64(now)
	m.clocks[Throttle] -= int64(now)
	m.cause = behind
	s.orders[r].held -= sim.Duration(now)
}

// Ahead ends the wait behind the group, if there is one: the next cause must begin at the same instant.
func (s *Store) Ahead(now sim.Time, r Ref, m *Message) {
	if m.cause == behind {
		m.cause = Throttle
		s.orders[r].held += sim.Duration(now)
	}
}

// Held returns how long the message has waited behind its group, in all its stays.
func (s *Store) Held(now sim.Time, r Ref, m *Message) sim.Duration {
	if !s.ordered {
		return 0
	}
	held := s.orders[r].held
	if m.cause == behind {
		held += sim.Duration(now)
	}
	return held
}
