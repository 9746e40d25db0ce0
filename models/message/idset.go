package message

// idSet is a set of IDs: a table with linear probing, at most three quarters full, from which what is removed leaves no
// trace. Go's maps keep the traces of removed keys, and this set removes as many as it adds: a look-up in a map took
// four times as long.
type idSet struct {
	slots []uint64 // the IDs + 1; 0 is free
	n     int
	shift uint // 64 - log2(len(slots)/8)
}

// home is the slot where an ID is looked for first. Eight IDs in a row share a line of the cache, as they are given in
// a row. The factor is 2⁶⁴ over the golden ratio (Knuth, TAOCP 3, 6.4).
func (s *idSet) home(id uint64) uint64 { return id>>3*0x9e3779b97f4a7c15>>s.shift<<3 | id&7 }

// add puts an ID in and reports whether it was not there.
func (s *idSet) add(id uint64) bool {
	if 4*s.n >= 3*len(s.slots) {
		s.grow()
	}
	mask := uint64(len(s.slots) - 1)
	for i := s.home(id + 1); ; i = (i + 1) & mask {
		switch s.slots[i] {
		case 0:
			s.slots[i] = id + 1
			s.n++
			return true
		case id + 1:
			return false
		}
	}
}

// has reports whether an ID is in the set, which is not empty.
func (s *idSet) has(id uint64) bool {
	mask := uint64(len(s.slots) - 1)
	i := s.home(id + 1)
	for s.slots[i] != 0 && s.slots[i] != id+1 {
		i = (i + 1) & mask
	}
	return s.slots[i] != 0
}

func (s *idSet) grow() {
	old := s.slots
	size := max(2*len(old), 16)
	s.slots, s.n, s.shift = make([]uint64, size), 0, 64
	for ; size > 8; size /= 2 {
		s.shift--
	}
	for _, id := range old {
		if id != 0 {
			s.add(id - 1)
		}
	}
}

// remove takes an ID out that is there, and moves those behind it that were displaced by it.
func (s *idSet) remove(id uint64) {
	mask := uint64(len(s.slots) - 1)
	i := s.home(id + 1)
	for s.slots[i] != id+1 {
		i = (i + 1) & mask
	}
	s.n--
	for next := (i + 1) & mask; s.slots[next] != 0; next = (next + 1) & mask {
		if home := s.home(s.slots[next]); (next-home)&mask >= (next-i)&mask {
			s.slots[i] = s.slots[next]
			i = next
		}
	}
	s.slots[i] = 0
}
