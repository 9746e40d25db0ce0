package sqs

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/sim"
)

// SendMessage puts a message into the queue. A delay below zero means the queue's own. It returns
// InvalidParameterValue when the message is too large or the delay out of range; the message then stays with its
// sender.
func (q *Queue) SendMessage(ref message.Ref, delay sim.Duration) error {
	m := q.store.At(ref)
	q.bill(ActionSend, int64(m.SizeBytes))
	if q.absent {
		return ErrNonExistentQueue
	}
	if !q.permit(ActionSend, []message.Ref{ref}) {
		return ErrThrottling
	}
	if err := q.reject(m, delay); err != nil {
		return err
	}
	q.accept(ref, m, delay)
	q.serveWaiters()
	return nil
}

// SendMessageBatch puts messages into the queue. It returns those refused, in a slice that is good until the next
// call, or an error when the whole batch is refused.
func (q *Queue) SendMessageBatch(refs []message.Ref, delay sim.Duration) (refused []message.Ref, err error) {
	return q.sendBatch(refs, nil, delay)
}

// SendMessageBatchEntries is SendMessageBatch with a delay for each message.
func (q *Queue) SendMessageBatchEntries(
	refs []message.Ref, delays []sim.Duration,
) (refused []message.Ref, err error) {
	return q.sendBatch(refs, delays, 0)
}

func (q *Queue) sendBatch(refs []message.Ref, delays []sim.Duration, delay sim.Duration) ([]message.Ref, error) {
	if int64(len(refs)) > q.limit.BatchSizeMax {
		return nil, ErrTooManyEntriesInBatchRequest
	}
	var size int64
	for _, ref := range refs {
		size += int64(q.store.At(ref).SizeBytes)
	}
	q.bill(ActionSend, size)
	if q.absent {
		return nil, ErrNonExistentQueue
	}
	if size > int64(q.limit.BatchBytesMax) {
		return nil, ErrBatchRequestTooLong
	}
	if !q.permit(ActionSend, refs) {
		return nil, ErrThrottling
	}
	q.refused = q.refused[:0]
	for i, ref := range refs {
		m := q.store.At(ref)
		if delays != nil {
			delay = delays[i]
		}
		if q.reject(m, delay) != nil {
			q.refused = append(q.refused, ref)
			continue
		}
		q.accept(ref, m, delay)
	}
	q.serveWaiters()
	return q.refused, nil
}

func (q *Queue) reject(m *message.Message, delay sim.Duration) error {
	if int64(m.SizeBytes) > q.attributes.sizeMax || delay > q.limit.DelayMax.Sim() || q.fifo != nil && delay > 0 {
		return ErrInvalidParameterValue // a message of a FIFO queue has no delay of its own
	}
	return nil
}

// permit takes a call that is about the messages from the quota of a FIFO queue.
func (q *Queue) permit(action Action, refs []message.Ref) bool {
	if q.fifo == nil || q.fifo.quota.permit(q.eng.Now(), action, q.store, refs) {
		return true
	}
	q.Throttled.Inc()
	return false
}

func (q *Queue) accept(ref message.Ref, m *message.Message, delay sim.Duration) {
	now := q.eng.Now()
	if q.fifo != nil && q.fifo.repeats.IsRepeat(now, q.store.ID(ref), m.Key) {
		q.Repeated.Inc()
		q.store.Move(ref, m, message.Deduplicated)
		q.store.Free(ref)
		return
	}
	m.Enqueued = now
	m.Generation++
	q.Sent.Inc()
	q.sentBytes.Add(uint64(m.SizeBytes))
	q.keep(ref, m)
	if delay < 0 {
		delay = q.attributes.delay
	}
	if delay == 0 {
		q.stand(ref, m, false)
		return
	}
	m.Enter(now, message.Delay)
	q.store.Move(ref, m, message.Delayed)
	q.Delayed.Add(now, 1)
	q.delayed.add(now.Add(delay), ref, m.Receipt)
}

// keep begins the retention of a message.
func (q *Queue) keep(ref message.Ref, m *message.Message) {
	q.ages.add(m, ref)
	if q.apparent != nil {
		q.apparent.add(q, ref, m)
	}
	if q.fifo != nil {
		q.fifo.admit(ref, m)
	}
	q.armExpiry(m.Enqueued)
}

func (q *Queue) armExpiry(enqueued sim.Time) {
	if at := max(enqueued.Add(q.attributes.retention), q.eng.Now()); at < q.expiryAt {
		q.expiryAt = at
		q.expiry.At(at, int64(at))
	}
}

// delayEnd is the event that the earliest delay may have ended.
func (q *Queue) delayEnd(at int64) {
	d := &q.delayed
	if sim.Time(at) != d.armed {
		return
	}
	next, ok := d.next()
	for ; ok && next.at <= q.eng.Now(); next, ok = d.next() {
		d.drop()
		if m := q.store.At(next.ref); m.Receipt == next.receipt {
			d.live--
			q.Delayed.Add(q.eng.Now(), -1)
			q.stand(next.ref, m, false)
		}
	}
	d.arm(next.at)
	q.serveWaiters()
}

// retentionEnd is the event that the oldest message's retention may have ended.
func (q *Queue) retentionEnd(at int64) {
	if sim.Time(at) != q.expiryAt {
		return
	}
	q.expiryAt = sim.Never
	for {
		ref, enqueued, ok := q.ages.oldest(q.store)
		if !ok {
			return
		}
		if enqueued.Add(q.attributes.retention) > q.eng.Now() {
			q.armExpiry(enqueued)
			return
		}
		q.expire(ref)
	}
}

// expire removes a message past its retention. One that a consumer holds is gone for the queue, but whether it
// expired or was processed is decided by the consumer or the end of its visibility timeout.
func (q *Queue) expire(ref message.Ref) {
	m := q.store.At(ref)
	q.Expired.Inc()
	switch {
	case m.Waits():
		q.store.Move(ref, m, message.ExpiredInQueue)
		q.remove(ref, m)
	case m.Cause() == message.Delay:
		q.Delayed.Add(q.eng.Now(), -1)
		q.delayed.live--
		q.store.Move(ref, m, message.ExpiredInQueue)
		q.remove(ref, m)
	default:
		m.Flags |= message.Expired
		q.ages.drop(ref)
	}
}

// bill meters a call: each 64 KB of its payload is one request.
func (q *Queue) bill(action Action, payloadBytes int64) {
	q.Requests[action].Add(uint64(aws.BilledRequests(payloadBytes)))
}
