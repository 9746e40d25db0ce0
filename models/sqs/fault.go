package sqs

// Holds returns how many messages are in the queue: visible, delayed or in flight.
func (q *Queue) Holds() int64 { return q.Visible.Value() + q.Delayed.Value() + q.InFlight.Value() }

// Attempts returns how many messages the queue has delivered, and how many of them not for the first time.
func (q *Queue) Attempts() (all, retries uint64) { return q.Received.Value(), q.Redelivered.Value() }
