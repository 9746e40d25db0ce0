package sqs

import (
	"weir/models/message"
	"weir/sim"
	"weir/sim/ring"
)

// arrival is a message's stay in a queue, since when, and how often it had been received before.
type arrival struct {
	stay
	at       sim.Time
	receives uint16
}

// apparent lists the messages of a queue as its metric ApproximateAgeOfOldestMessage sees them: from their arrival in
// this queue on, and until they stand at its back. It is there for queues whose metrics somebody watches.
type apparent struct {
	arrivals ring.Buffer[arrival]
}

// add notes that a message has arrived.
func (a *apparent) add(q *Queue, ref message.Ref, m *message.Message) {
	if a.arrivals.Len() > 2*q.ages.live+1024 {
		a.arrivals.Keep(func(s arrival) bool { return a.shows(q, &s) })
	}
	a.arrivals.Push(arrival{stay{ref, m.Generation}, q.eng.Now(), m.Receives})
}

// shows reports whether the metric sees a message. One that it does not see any more, it never sees again.
func (a *apparent) shows(q *Queue, s *arrival) bool {
	m := q.store.At(s.ref)
	if m.Generation != s.generation || m.Has(message.Expired) {
		return false
	}
	received := int64(m.Receives) - int64(s.receives)
	most := q.limit.BackOfQueueReceives
	return q.fifo != nil || received < most || received == most && !m.Waits()
}

// age returns the age of the oldest message that the metric sees, or 0 when there is none.
func (a *apparent) age(q *Queue) sim.Duration {
	for a.arrivals.Len() > 0 && !a.shows(q, a.arrivals.Front()) {
		a.arrivals.Pop()
	}
	if a.arrivals.Len() == 0 {
		return 0
	}
	return q.eng.Now().Sub(a.arrivals.Front().at)
}
