package sqs

import (
	"weir/models/message"
	"weir/sim"
)

// attemptTime is how long a receive can be repeated. "You can use ReceiveRequestAttemptId only for 5 minutes after a
// ReceiveMessage action" (SQS API reference, aws/aws-sdk-go-v2 @04cdeea1, api_op_ReceiveMessage.go).
const attemptTime = 5 * sim.Minute

// attempt is what a receive of a FIFO queue was answered, for the consumer that did not get the answer.
type attempt struct {
	queue    *Queue
	poller   message.Receiver
	receipts []message.Receipt
	until    sim.Time
}

// Received keeps the answer and hands it on.
func (a *attempt) Received(token uint64, receipts []message.Receipt, err error) {
	a.receipts = append(a.receipts[:0], receipts...)
	a.until = a.queue.eng.Now().Add(attemptTime)
	a.poller.Received(token, receipts, err)
}

// stands reports whether the answer can be given again: every message is in flight yet, under the same receipt, with
// the visibility timeout that it was delivered with.
func (a *attempt) stands() bool {
	if len(a.receipts) == 0 || a.queue.eng.Now() >= a.until {
		return false
	}
	for _, r := range a.receipts {
		m := a.queue.store.At(r.Ref)
		if m.Receipt != r.Number || m.Waits() {
			return false
		}
	}
	return true
}

// ReceiveMessageAttempt is ReceiveMessage of a FIFO queue with a ReceiveRequestAttemptId. A repeat of an attempt within
// five minutes is answered with the same messages and receipts, and begins their visibility timeout anew, unless one of
// them was deleted or is visible again.
func (q *Queue) ReceiveMessageAttempt(
	id string, most int, wait, visibility sim.Duration, poller message.Receiver, token uint64,
) {
	if q.attempts == nil {
		q.attempts = map[string]*attempt{}
	}
	a := q.attempts[id]
	if a == nil {
		a = &attempt{queue: q}
		q.attempts[id] = a
	}
	a.poller = poller
	if !a.stands() {
		q.ReceiveMessage(most, wait, visibility, a, token)
		return
	}
	if visibility == message.QueueDefault {
		visibility = q.attributes.visibility
	}
	var payload int64
	for _, r := range a.receipts {
		payload += int64(q.store.At(r.Ref).SizeBytes)
		_ = q.changeVisibility(r, visibility) // it stands, so that only the 12 hours could refuse it
	}
	q.bill(ActionReceive, payload)
	poller.Received(token, a.receipts, nil)
}
