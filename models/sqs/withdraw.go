package sqs

import "weir/models/message"

// Withdraw ends a long poll whose caller has gone away: nothing is answered, and nothing is billed. It is for callers
// that wait at several queues, of whom only one may answer.
func (q *Queue) Withdraw(poller message.Receiver, token uint64) {
	q.waiters.Keep(func(w waiter) bool { return w.token != token || w.poller != poller })
}
