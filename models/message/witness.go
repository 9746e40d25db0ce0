package message

import "weir/sim"

// Witness is told of the messages of a trial that somebody follows one by one. It only looks: nothing that it does
// may reach the trial.
type Witness interface {
	// Born is called when r was given birth. Of a copy, original is what it is a copy of, and None otherwise.
	Born(r, original Ref)
	// Processed is called when a path books the message that r names, with how long each cause ran, in nanoseconds. The
	// clocks are the path's own.
	Processed(now sim.Time, p *Path, r Ref, m *Message, clocks *[Causes]int64)
}

// Watch lets a witness be told of all messages. It is called before the first one is born; without a witness, a message
// pays for one comparison at its birth and one at its end.
func (s *Store) Watch(w Witness) { s.witness, s.Ledger.witness = w, w }

// Clocks writes how long each cause of the message that r names has run up to now into out, and returns false where
// only the queue could tell, because the message waits there.
func (s *Store) Clocks(now sim.Time, r Ref, out *[Causes]int64) bool {
	m := s.At(r)
	if m.Waits() {
		return false
	}
	m.Clocks(now, Idle{Group: s.Held(now, r, m)}, out)
	return true
}
