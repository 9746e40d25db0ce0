package message

// Object names an object of a bucket: never two the same, as with keys that are UUIDs. None is 0.
type Object uint64

// Payload is the body of a message that an extended client has put into a bucket; the message itself is a pointer to
// it.
type Payload struct {
	Object Object // 0: the message holds its body itself
	Bytes  uint32
}

// KeepPayloads makes the store hold a Payload for each message. It is called before the first message is born.
func (s *Store) KeepPayloads() { s.away = true }

// Payload returns where the body of the message is, if it is not in the message.
func (s *Store) Payload(r Ref) Payload {
	if !s.away {
		return Payload{}
	}
	return s.payloads[r]
}

// PutAway notes that the body of a message is in a bucket: the message is a pointer of so many bytes from now on.
func (s *Store) PutAway(r Ref, o Object, pointerBytes uint32) {
	m := s.At(r)
	s.payloads[r] = Payload{o, m.SizeBytes}
	m.SizeBytes = pointerBytes
}

// BodyBytes returns the size of the message's body, wherever it is.
func (s *Store) BodyBytes(r Ref, m *Message) uint32 {
	if p := s.Payload(r); p.Object != 0 {
		return p.Bytes
	}
	return m.SizeBytes
}

// PutBack makes a copy of a message whose body was fetched hold the body itself, to be sent anew.
func (s *Store) PutBack(r Ref) {
	if p := s.Payload(r); p.Object != 0 {
		s.At(r).SizeBytes = p.Bytes
		s.payloads[r] = Payload{}
	}
}
