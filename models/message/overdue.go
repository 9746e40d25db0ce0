package message

import "weir/sim"

// Overdue returns how many messages of each route are under way though their deadline has passed. It walks over all
// messages that live. Records that a reader has not read yet live in their stream, and are not among them.
func (s *Store) Overdue(now sim.Time) []uint64 {
	overdue := make([]uint64, len(s.Ledger.routes))
	if !s.Ledger.Deadlines() {
		return overdue
	}
	deadlines := make([]sim.Duration, len(s.Ledger.routes))
	for i := range s.Ledger.routes {
		deadlines[i] = s.Ledger.Deadline(s.Ledger.routes[i].Origin)
	}
	for i := range s.used {
		m := s.At(Ref(i)) // the last message of a slot that is free has ended
		if d := deadlines[m.Route]; d > 0 && !m.place.Ended() && now.Sub(m.Born) > d {
			overdue[m.Route]++
		}
	}
	return overdue
}
