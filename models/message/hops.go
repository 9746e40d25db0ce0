package message

// Hops is how far a message has come in a design with loops: a copy goes on counting where its original was.
type Hops struct {
	Rounds   uint16 // times it was sent back, by ways that only so many times lead back
	Function uint16 // the first function of its way that is in a loop, or 0
	Calls    uint16 // how often that one has worked on it and its originals
}

// KeepHops makes the store hold Hops for each message. It is called before the first message is born.
func (s *Store) KeepHops() {
	if s.hops == nil {
		s.hops = []Hops{}
	}
}

// Hops returns how far the message has come, or nil in a design without loops. The pointer is good until the next
// message is born.
func (s *Store) Hops(r Ref) *Hops {
	if s.hops == nil {
		return nil
	}
	return &s.hops[r]
}
