package sns

import (
	"weir/models/message"
	"weir/sim"
)

// lanes are the copies on their way to FIFO queues, by subscription and message group. A copy does not overtake the one
// before it, and waits behind one that is tried again.
type lanes struct {
	all     []lane
	free    []uint32
	byGroup map[uint64]uint32
}

type lane struct {
	key         uint64
	first, last uint32 // deliveries
}

const noDelivery = 1<<32 - 1

// enterLane sends a copy on its way behind those of its group.
func (t *Topic) enterLane(slot uint32, s *subscription) {
	d := &t.deliveries[slot]
	key := uint64(d.subscription)<<32 | uint64(t.store.At(d.ref).Key)
	d.due = t.eng.Now().Add(s.latency.Sample())
	if i, ok := t.lanes.byGroup[key]; ok {
		l := &t.lanes.all[i]
		t.deliveries[l.last].next = slot
		l.last = slot
		return
	}
	if len(t.lanes.free) == 0 {
		t.lanes.free = append(t.lanes.free, uint32(len(t.lanes.all)))
		t.lanes.all = append(t.lanes.all, lane{})
	}
	i := t.lanes.free[len(t.lanes.free)-1]
	t.lanes.free = t.lanes.free[:len(t.lanes.free)-1]
	t.lanes.all[i] = lane{key: key, first: slot, last: slot}
	t.lanes.byGroup[key] = i
	t.laneReady.At(d.due, i)
}

// deliverLane is the event that the first copy of a lane has reached its queue.
func (t *Topic) deliverLane(i uint32) {
	now := t.eng.Now()
	l := &t.lanes.all[i]
	slot := l.first
	d := &t.deliveries[slot]
	s, m := &t.subscriptions[d.subscription], t.store.At(d.ref)
	if d.retries == 0 && d.due < now { // it was there at its time, behind another
		t.store.Behind(d.due, d.ref, m)
		t.store.Ahead(now, d.ref, m)
		m.Enter(now, message.APICall)
	}
	wait, err := sim.Duration(0), error(nil)
	if s.Keys != nil {
		wait, err = s.Keys.Prepare()
	}
	if err == nil && wait > 0 {
		d.due = now.Add(wait)
		t.laneReady.At(d.due, i)
		return
	}
	if err == nil {
		err = s.Queue.SendMessage(d.ref, message.QueueDefault)
	}
	if err != nil {
		if delay, ok := t.retry(slot, err); ok {
			m.Enter(now, message.Retry)
			m.Enter(now.Add(delay), message.APICall)
			t.laneReady.At(now.Add(delay).Add(s.latency.Sample()), i)
			return
		}
		t.giveUp(slot, err)
	} else {
		t.Delivered.Inc()
	}
	next := d.next
	t.end(slot)
	if next == noDelivery {
		delete(t.lanes.byGroup, l.key)
		t.lanes.free = append(t.lanes.free, i)
		return
	}
	l.first = next
	t.laneReady.At(max(now, t.deliveries[next].due), i)
}
