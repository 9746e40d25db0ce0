package ec2

import (
	"weir/models/iam"
	"weir/models/message"
	"weir/sim"
)

// Denials are the actions on its queue that a fleet's role may not do; nil for those that it may.
type Denials struct{ Receive, Delete, ChangeVisibility *iam.Denial }

// Gate returns a queue as it answers a fleet that may not do everything with it.
func Gate(queue Inbox, denied Denials) Inbox {
	if denied == (Denials{}) {
		return queue
	}
	return gate{queue, denied}
}

// gate is a queue as it answers a fleet that may not do everything with it.
type gate struct {
	Inbox
	denied Denials
}

// Withdraw passes the call on.
func (g gate) Withdraw(poller message.Receiver, token uint64) {
	if q, ok := g.Inbox.(withdrawer); ok {
		q.Withdraw(poller, token)
	}
}

// ReceiveMessage passes the call on, or denies it.
func (g gate) ReceiveMessage(most int, wait, visibility sim.Duration, to message.Receiver, token uint64) {
	if g.denied.Receive != nil {
		to.Received(token, nil, g.denied.Receive.Deny())
		return
	}
	g.Inbox.ReceiveMessage(most, wait, visibility, to, token)
}

// DeleteMessageBatch passes the call on, or denies it.
func (g gate) DeleteMessageBatch(receipts []message.Receipt) error {
	if g.denied.Delete != nil {
		return g.denied.Delete.Deny()
	}
	return g.Inbox.DeleteMessageBatch(receipts)
}

// ChangeMessageVisibilityBatch passes the call on, or denies it.
func (g gate) ChangeMessageVisibilityBatch(receipts []message.Receipt, timeout sim.Duration) error {
	if g.denied.ChangeVisibility != nil {
		return g.denied.ChangeVisibility.Deny()
	}
	return g.Inbox.ChangeMessageVisibilityBatch(receipts, timeout)
}
