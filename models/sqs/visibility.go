package sqs

import (
	"weir/models/message"
	"weir/sim"
)

// DeleteMessage deletes the message of a delivery. With a receipt that a later delivery superseded, the call succeeds
// and deletes nothing. Now and then a deleted message comes back: a server that held a copy was out of reach.
func (q *Queue) DeleteMessage(r message.Receipt) error {
	q.bill(ActionDelete, 0)
	if q.absent {
		return ErrNonExistentQueue
	}
	if q.fifo != nil {
		if !q.permit(ActionDelete, []message.Ref{r.Ref}) {
			return ErrThrottling
		}
		if m := q.store.At(r.Ref); m.Receipt != r.Number || m.Waits() {
			return ErrReceiptHandleHasExpired
		}
	}
	q.delete(r)
	q.serveWaiters()
	return nil
}

// DeleteMessageBatch deletes the messages of up to ten deliveries in one call.
func (q *Queue) DeleteMessageBatch(receipts []message.Receipt) error {
	if int64(len(receipts)) > q.limit.BatchSizeMax {
		return ErrTooManyEntriesInBatchRequest
	}
	q.bill(ActionDelete, 0)
	if q.absent {
		return ErrNonExistentQueue
	}
	if q.fifo != nil && !q.permitBatch(ActionDelete, receipts) {
		return ErrThrottling
	}
	for i := range receipts {
		q.delete(receipts[i])
	}
	q.serveWaiters()
	return nil
}

func (q *Queue) delete(r message.Receipt) {
	m := q.store.At(r.Ref)
	if m.Receipt != r.Number || q.fifo != nil && m.Waits() {
		return
	}
	now := q.eng.Now()
	q.Deleted.Inc()
	flying := !m.Waits()
	if flying {
		if q.fair != nil {
			q.fair.processed(m, now.Sub(r.At))
		}
		q.leaveFlight(r.Ref, m)
	}
	switch {
	case flying && m.Has(message.Expired):
		q.freeExpired(r.Ref, m)
	case q.fifo == nil && q.limit.DuplicateShare > 0 && flying && q.doubt.Float64() < float64(q.limit.DuplicateShare):
		q.Duplicated.Inc()
		m.Receipt++
		m.Enter(now, message.Retry)
		q.stand(r.Ref, m, true)
	default:
		q.store.Move(r.Ref, m, message.Purged) // unless it was processed, as it is in all but odd designs
		q.remove(r.Ref, m)
	}
}

// ChangeMessageVisibility sets the visibility timeout of a delivery anew, counted from now. It returns
// MessageNotInflight when the message is not in flight under this receipt, and InvalidParameterValue when the message
// would stay invisible for more than 12 hours since the delivery; AWS rejects such a call and does not clamp.
func (q *Queue) ChangeMessageVisibility(r message.Receipt, timeout sim.Duration) error {
	q.bill(ActionChangeVisibility, 0)
	if q.absent {
		return ErrNonExistentQueue
	}
	if q.fifo != nil && !q.permit(ActionChangeVisibility, []message.Ref{r.Ref}) {
		return ErrThrottling
	}
	err := q.changeVisibility(r, timeout)
	q.serveWaiters()
	return err
}

// ChangeMessageVisibilityBatch does it for up to ten deliveries in one call; those no longer in flight are passed over.
func (q *Queue) ChangeMessageVisibilityBatch(receipts []message.Receipt, timeout sim.Duration) error {
	if int64(len(receipts)) > q.limit.BatchSizeMax {
		return ErrTooManyEntriesInBatchRequest
	}
	q.bill(ActionChangeVisibility, 0)
	if q.absent {
		return ErrNonExistentQueue
	}
	if q.fifo != nil && !q.permitBatch(ActionChangeVisibility, receipts) {
		return ErrThrottling
	}
	for i := range receipts {
		_ = q.changeVisibility(receipts[i], timeout) // per entry; the call itself succeeds
	}
	q.serveWaiters()
	return nil
}

// permitBatch takes a call about several deliveries from the quota of a FIFO queue.
func (q *Queue) permitBatch(action Action, receipts []message.Receipt) bool {
	q.about = q.about[:0]
	for i := range receipts {
		q.about = append(q.about, receipts[i].Ref)
	}
	return q.permit(action, q.about)
}

func (q *Queue) changeVisibility(r message.Receipt, timeout sim.Duration) error {
	m := q.store.At(r.Ref)
	if m.Receipt != r.Number || m.Waits() {
		return ErrMessageNotInflight
	}
	now := q.eng.Now()
	if most := q.limit.VisibilityMax.Sim(); timeout < 0 || timeout > most || now.Add(timeout).Sub(r.At) > most {
		return ErrInvalidParameterValue
	}
	if timeout == 0 {
		q.lapse(r.Ref, m)
		return nil
	}
	m.Flags |= message.Extended
	until := now.Add(timeout)
	q.extended[r.Ref] = until
	q.inFlight.live--
	q.inFlight.add(until, r.Ref, m.Receipt)
	if q.inFlight.crowded() {
		q.inFlight.sweep(q.inFlightStands)
	}
	return nil
}

// visibilityEnd is the event that the earliest visibility timeout may have ended.
func (q *Queue) visibilityEnd(at int64) {
	d := &q.inFlight
	if sim.Time(at) != d.armed {
		return
	}
	next, ok := d.next()
	for ; ok; next, ok = d.next() {
		standing := q.inFlightStands(next)
		if standing && next.at > q.eng.Now() {
			break
		}
		d.drop()
		if standing {
			q.lapse(next.ref, q.store.At(next.ref))
		}
	}
	d.arm(next.at)
	q.serveWaiters()
}

// inFlightStands reports whether a deadline is the present one of a delivery under way.
func (q *Queue) inFlightStands(d deadline) bool {
	m := q.store.At(d.ref)
	if m.Receipt != d.receipt || m.Waits() {
		return false
	}
	return !m.Has(message.Extended) || q.extended[d.ref] == d.at
}

// lapse ends a delivery without success: the message is visible again. One received often goes to the back of the
// queue, others to the front, near where they were.
func (q *Queue) lapse(ref message.Ref, m *message.Message) {
	q.leaveFlight(ref, m)
	if m.Has(message.Expired) {
		q.freeExpired(ref, m)
		return
	}
	q.stand(ref, m, q.fifo != nil || int64(m.Receives) < q.limit.BackOfQueueReceives)
}

// PurgeQueue deletes every message, those in flight too. AWS may take up to 60 s; here it is done at once. It returns
// PurgeQueueInProgress when the last purge was less than 60 s ago.
func (q *Queue) PurgeQueue() error {
	now := q.eng.Now()
	q.bill(ActionOther, 0)
	if q.absent {
		return ErrNonExistentQueue
	}
	if q.purged >= 0 && now.Sub(q.purged) < q.limit.PurgeTime.Sim() {
		return ErrPurgeQueueInProgress
	}
	q.purged = now
	q.purgeAll()
	return nil
}

func (q *Queue) purgeAll() {
	for ref, _, ok := q.ages.oldest(q.store); ok; ref, _, ok = q.ages.oldest(q.store) {
		q.purge(ref)
	}
}

func (q *Queue) purge(ref message.Ref) {
	m := q.store.At(ref)
	q.Purged.Inc()
	q.store.Move(ref, m, message.Purged)
	switch {
	case m.Waits():
	case m.Cause() == message.Delay:
		q.Delayed.Add(q.eng.Now(), -1)
		q.delayed.live--
	default:
		q.leaveFlight(ref, m)
	}
	q.remove(ref, m)
}
