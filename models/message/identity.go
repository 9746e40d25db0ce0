package message

// identities names what messages are, beyond the slots they stand in: a copy and a repeat are the same message again.
// Deduplication asks for it; a design without it keeps none.
type identities struct {
	ids  []uint32 // by slot
	last uint32   // the latest one given; they begin anew after 2³², hours after the window of deduplication
}

// KeepIDs makes the store name its messages. It is called before the first one is born.
func (s *Store) KeepIDs() {
	if s.ids == nil {
		s.ids = &identities{}
	}
}

// ID returns what tells the message from others: its copies share it. It is 0 for all unless KeepIDs was called.
func (s *Store) ID(r Ref) uint32 {
	if s.ids == nil {
		return 0
	}
	return s.ids.ids[r]
}

// SetID makes the message a repeat of the one with the id given.
func (s *Store) SetID(r Ref, id uint32) {
	if s.ids != nil {
		s.ids.ids[r] = id
	}
}

func (i *identities) grow() {
	if i != nil {
		i.ids = append(i.ids, 0)
	}
}

func (i *identities) born(r Ref) {
	if i != nil {
		i.last++
		i.ids[r] = i.last
	}
}

func (i *identities) copied(from, to Ref) {
	if i != nil {
		i.ids[to] = i.ids[from]
	}
}
