package message

import "weir/sim"

// Twin gives birth to a second copy of a message that a client holds, on its route: the same message once more, as a
// service gets it whose answer is lost, while the client keeps the original to send it again. It returns false when the
// store is full.
func (s *Store) Twin(now sim.Time, r Ref) (Ref, bool) {
	m := s.At(r)
	flags := m.Flags
	t, ok := s.Copy(now, r, m.Route, Idle{})
	if ok {
		s.At(t).Flags = flags
	}
	return t, ok
}

// Withdraw takes a twin back that no service accepted: it was never sent.
func (s *Store) Withdraw(r Ref) {
	m := s.At(r)
	if m.place != AtClient {
		panic("message: withdrew a message that its client has sent")
	}
	route := &s.Ledger.routes[m.Route]
	route.Sent--
	route.Count[AtClient]--
	m.place = Filtered // whoever looks at the slot finds nothing under way
	m.Receipt++
	m.Generation++
	s.free = append(s.free, r)
}
