package sns

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/sim"
)

// delivery is a copy on its way to a subscriber:
//
//	publish → [wait for its turn] → on the way → attempt → delivered
//	               ↑                                │
//	               └────────── back-off ←───────────┘→ dead-letter queue, or lost
type delivery struct {
	ref          message.Ref
	subscription int32
	retries      int32
	sizeBytes    uint32
	next         uint32   // of the same lane
	due          sim.Time // in a lane: when it reaches its queue
}

// branch makes the copy of a message for one subscriber and sends it on its way. It returns false when memory is full.
func (t *Topic) branch(parent message.Ref, m *message.Message, i int32) bool {
	s := &t.subscriptions[i]
	ref, ok := t.store.Branch(t.eng.Now(), parent, s.copies.Of(m.Route))
	if !ok {
		t.eng.Stop()
		return false
	}
	copied := t.store.At(ref)
	copied.SizeBytes += s.extra
	if len(t.free) == 0 {
		t.free = append(t.free, uint32(len(t.deliveries)))
		t.deliveries = append(t.deliveries, delivery{})
	}
	slot := t.free[len(t.free)-1]
	t.free = t.free[:len(t.free)-1]
	t.deliveries[slot] = delivery{
		ref: ref, subscription: i, sizeBytes: copied.SizeBytes, next: noDelivery,
	}
	if s.ordered {
		t.enterLane(slot, s)
	} else {
		t.take(slot, s)
	}
	return true
}

// take begins an attempt, when it is the delivery's turn.
func (t *Topic) take(slot uint32, s *subscription) {
	if s.gap == 0 {
		t.launch(slot, s)
		return
	}
	now := t.eng.Now()
	if now >= s.nextAt && s.line.Len() == 0 {
		s.nextAt = now.Add(s.gap)
		t.launch(slot, s)
		return
	}
	t.store.At(t.deliveries[slot].ref).Enter(now, message.Throttle)
	if s.line.Push(slot); s.line.Len() == 1 {
		t.released.At(s.nextAt, uint32(t.deliveries[slot].subscription))
	}
}

// release is the event that a subscription may make its next delivery.
func (t *Topic) release(i uint32) {
	s := &t.subscriptions[i]
	s.nextAt = t.eng.Now().Add(s.gap)
	t.launch(s.line.Pop(), s)
	if s.line.Len() > 0 {
		t.released.At(s.nextAt, i)
	}
}

// launch sends a copy to its subscriber.
func (t *Topic) launch(slot uint32, s *subscription) {
	if m := t.store.At(t.deliveries[slot].ref); m.Cause() != message.APICall {
		m.Enter(t.eng.Now(), message.APICall)
	}
	t.arrived.After(s.latency.Sample(), slot)
}

// arrive is the event that a copy has reached its subscriber.
func (t *Topic) arrive(slot uint32) {
	d := &t.deliveries[slot]
	s := &t.subscriptions[d.subscription]
	if s.Queue == nil {
		s.Receiver.Deliver(d.ref, t, uint64(slot))
		return
	}
	if s.Keys != nil {
		switch wait, err := s.Keys.Prepare(); {
		case err != nil:
			t.fail(slot, err)
			return
		case wait > 0:
			t.arrived.After(wait, slot)
			return
		}
	}
	if err := s.Queue.SendMessage(d.ref, message.QueueDefault); err != nil {
		t.fail(slot, err)
		return
	}
	t.delivered(slot)
}

// Answered takes the answer of a receiver. The copy of a delivery that went well is its own from now on.
func (t *Topic) Answered(token uint64, err error) {
	slot := uint32(token)
	if err != nil {
		t.fail(slot, err)
		return
	}
	t.delivered(slot)
}

// delivered ends a delivery that went well.
func (t *Topic) delivered(slot uint32) {
	d := &t.deliveries[slot]
	t.Delivered.Inc()
	t.billDelivered(t.subscriptions[d.subscription].Protocol, d.sizeBytes)
	t.end(slot)
}

func (t *Topic) end(slot uint32) {
	t.Backlog.Add(t.eng.Now(), -1)
	t.free = append(t.free, slot)
}

// fail ends an attempt without success. Server errors are retried by the policy, client errors are not.
func (t *Topic) fail(slot uint32, err error) {
	delay, ok := t.retry(slot, err)
	if !ok {
		t.giveUp(slot, err)
		t.end(slot)
		return
	}
	d := &t.deliveries[slot]
	if t.store.At(d.ref).Enter(t.eng.Now(), message.Retry); delay > 0 {
		t.again.After(delay, slot)
	} else {
		t.take(slot, &t.subscriptions[d.subscription])
	}
}

// tryAgain is the event that the back-off of a delivery is over.
func (t *Topic) tryAgain(slot uint32) {
	t.take(slot, &t.subscriptions[t.deliveries[slot].subscription])
}

// retry returns the delay until a failed delivery is tried again, and false when it is not.
func (t *Topic) retry(slot uint32, err error) (sim.Duration, bool) {
	d := &t.deliveries[slot]
	api := aws.ErrorOf(err)
	if api == nil || !api.Retryable && !api.Throttle {
		return 0, false
	}
	delay, ok := t.subscriptions[d.subscription].policy.Delay(int(d.retries))
	if !ok {
		return 0, false
	}
	d.retries++
	t.Retries.Inc()
	if j := float64(t.limit.RetryJitter); j > 0 && delay > 0 {
		factor := 1 - j + float64(2*j*t.jitter.Float64())
		delay = sim.Duration(float64(delay) * factor)
	}
	return delay, true
}

// giveUp moves a copy to the dead-letter queue of its subscription, or loses it.
func (t *Topic) giveUp(slot uint32, err error) {
	d := &t.deliveries[slot]
	s, m := &t.subscriptions[d.subscription], t.store.At(d.ref)
	if s.DeadLetters != nil && s.DeadLetters.DeadLetter(d.ref, placeOf(m, err)) == nil {
		t.DeadLettered.Inc()
		return
	}
	t.Lost.Inc()
	t.store.Move(d.ref, m, message.Lost)
	t.store.Free(d.ref)
}

// placeOf returns where the ledger has a copy that was dead-lettered after the error.
func placeOf(m *message.Message, err error) message.Place {
	api := aws.ErrorOf(err)
	switch {
	case m.Has(message.Poison):
		return message.DeadByPoison
	case api == ErrTimedOut:
		return message.DeadByTimeout
	case api != nil && api.Throttle:
		return message.DeadByThrottle
	}
	return message.DeadByError
}
