package sqs

import (
	"weir/models/message"
	"weir/sim"
	"weir/sim/ring"
)

// stay is a message's stay in a queue: it is over once the slot's generation has moved on.
type stay struct {
	ref        message.Ref
	generation uint32
}

// ages lists the messages of a queue by the instant they were enqueued: what retention and the age of the oldest
// message are read from. A message takes eight bytes here. Dead-lettered messages keep their first enqueue time and
// so may come out of order; those stand in a heap.
type ages struct {
	inOrder ring.Buffer[stay]
	last    sim.Time // when the back of inOrder was enqueued
	late    deadlines
	live    int
}

func (a *ages) add(m *message.Message, ref message.Ref) {
	a.live++
	if m.Enqueued < a.last {
		a.late.pushLate(deadline{m.Enqueued, ref, m.Generation})
		return
	}
	a.last = m.Enqueued
	a.inOrder.Push(stay{ref, m.Generation})
}

// oldest returns the message that was enqueued first and when, skipping the stays that are over.
func (a *ages) oldest(store *message.Store) (message.Ref, sim.Time, bool) {
	for a.inOrder.Len() > 0 && store.At(a.inOrder.Front().ref).Generation != a.inOrder.Front().generation {
		a.inOrder.Pop()
	}
	late := a.late.late
	for len(late) > 0 && store.At(late[0].ref).Generation != late[0].receipt {
		a.late.popLate()
		late = a.late.late
	}
	switch {
	case a.inOrder.Len() == 0 && len(late) == 0:
		return 0, sim.Never, false
	case a.inOrder.Len() == 0:
		return late[0].ref, late[0].at, true
	}
	first := a.inOrder.Front().ref
	at := store.At(first).Enqueued
	if len(late) > 0 && late[0].at < at {
		return late[0].ref, late[0].at, true
	}
	return first, at, true
}

// drop takes out the stay that oldest returned, which is not over.
func (a *ages) drop(ref message.Ref) {
	if a.inOrder.Len() > 0 && a.inOrder.Front().ref == ref {
		a.inOrder.Pop()
	} else {
		a.late.popLate()
	}
	a.live--
}

// left notes that a stay is over.
func (a *ages) left(store *message.Store) {
	a.live--
	if a.inOrder.Len() > 2*a.live+1024 {
		a.inOrder.Keep(func(s stay) bool { return store.At(s.ref).Generation == s.generation })
	}
}
