package ec2

import (
	"weir/models/message"
	"weir/models/sdk"
)

// compensator sends messages whose work failed for good to where that is made good, in place of another try: the step
// back of a saga.
type compensator struct {
	*Fleet
	forward *sdk.Forwarder
	after   int
}

func newCompensator(f *Fleet) *compensator {
	c := &compensator{Fleet: f, after: f.spec.OnFailureTo.After}
	parts := *f.parts.Compensation
	parts.Way, parts.Retries = "/failure", f.retries("send/failure")
	c.forward = sdk.NewForwarder(f.eng, f.store, f.name, c, parts)
	return c
}

// begins sends a copy of a thread's present message, whose work has failed. It returns false when the message is to be
// tried again, or is another thread's meanwhile.
func (c *compensator) begins(t uint32) bool {
	f := c.Fleet
	r := f.hand(t)[f.threads[t].at]
	m, mine := f.Mine(r)
	if !mine || int(m.Receives) < c.after || m.Place().Ended() && !m.Place().DeadLettered() {
		return false
	}
	now := f.eng.Now()
	tk := uint64(tokenOf(t, f.threads[t].turn))
	if !c.forward.Send(tk, f.instanceIndex(t), r.Ref, m, f.Idle(now, r.Ref, m, f.line(r.Ref))) {
		return false
	}
	f.Failed.Inc()
	m.Enter(now, message.Downstream)
	return true
}

// Sent ends the message: it failed, and that is made good elsewhere. One that could not be sent there comes back.
func (c *compensator) Sent(tk uint64, err error) {
	f := c.Fleet
	t, ok := f.current(token(tk))
	if !ok {
		return
	}
	r := f.hand(t)[f.threads[t].at]
	if err != nil {
		f.giveBack(t, message.DeadByError)
		return
	}
	if m := f.store.At(r.Ref); m.Generation == r.Generation && !m.Place().Ended() {
		f.store.Move(r.Ref, m, message.Failed)
	}
	f.Compensated.Inc()
	f.deleteDone(t)
}
