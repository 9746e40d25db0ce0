package iam

import (
	"weir/models/message"
	"weir/sim"
	"weir/sim/measure"
)

// Denial is an action that the policies deny on an edge of the design, with the calls that met it.
type Denial struct {
	Principal, Action, Resource string // who may not do what with what; the ends by their paths in the scenario
	Reason                      string
	Calls                       measure.Counter
}

// Deny counts a call and returns its answer.
func (d *Denial) Deny() error {
	d.Calls.Inc()
	return ErrAccessDenied
}

// Closed is a queue or topic as it answers who may not send to it.
type Closed struct{ *Denial }

// SendMessage denies the message.
func (c Closed) SendMessage(message.Ref, sim.Duration) error { return c.Deny() }

// DeadLetter denies the message.
func (c Closed) DeadLetter(message.Ref, message.Place) error { return c.Deny() }

// SendMessageBatch denies the call.
func (c Closed) SendMessageBatch([]message.Ref, sim.Duration) ([]message.Ref, error) {
	return nil, c.Deny()
}
