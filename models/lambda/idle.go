package lambda

// idleSet holds the environments of a version that wait for an invocation, the newest first: a heap of their numbers,
// which ascend as they are made. An environment that was reclaimed stays until it comes up, or until most are such.
type idleSet struct {
	heap []idleEntry
	live int
}

type idleEntry struct{ number, slot uint32 }

func (s *idleSet) push(e idleEntry) {
	s.live++
	s.heap = append(s.heap, e)
	i := len(s.heap) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if s.heap[parent].number >= e.number {
			break
		}
		s.heap[i] = s.heap[parent]
		i = parent
	}
	s.heap[i] = e
}

// pop takes the newest entry; it may be of an environment that was reclaimed.
func (s *idleSet) pop() idleEntry {
	top := s.heap[0]
	last := len(s.heap) - 1
	e := s.heap[last]
	s.heap = s.heap[:last]
	if last > 0 {
		s.sink(0, e)
	}
	return top
}

func (s *idleSet) sink(i int, e idleEntry) {
	for {
		child := 2*i + 1
		if child >= len(s.heap) {
			break
		}
		if right := child + 1; right < len(s.heap) && s.heap[right].number > s.heap[child].number {
			child = right
		}
		if e.number >= s.heap[child].number {
			break
		}
		s.heap[i] = s.heap[child]
		i = child
	}
	s.heap[i] = e
}

// gone notes that an environment in the set was reclaimed, and sweeps such entries out when they are the most.
func (s *idleSet) gone(stands func(idleEntry) bool) {
	if s.live--; len(s.heap) < 2*s.live+64 {
		return
	}
	kept := s.heap[:0]
	for _, e := range s.heap {
		if stands(e) {
			kept = append(kept, e)
		}
	}
	s.heap = kept
	for i := len(kept)/2 - 1; i >= 0; i-- {
		s.sink(i, kept[i])
	}
}
