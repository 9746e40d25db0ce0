package lambda

import (
	"weir/models/message"
	"weir/models/sdk"
)

// SendOn makes the function send processed messages on. It is called before the run.
func (f *Function) SendOn(targets []sdk.RouterTarget) {
	for i := range targets {
		targets[i].Hop = f.hop
	}
	f.forward = sdk.NewOnward(f.eng, f.store, f.name, f, targets, f.spec.ThenTo == sdk.ToOne)
	f.callsTakeTime = true
}

// sendOn begins to send a copy of a processed message on. It returns false when the message has left its queue, or
// memory is full.
func (f *Function) sendOn(slot uint32, e *environment, r message.Receipt) bool {
	m, mine := f.Mine(r)
	if m.Generation != r.Generation {
		return false
	}
	var line message.Line
	if e.batch != nil {
		line = e.batch.Line
	}
	now := f.eng.Now()
	if !f.forward.Send(uint64(tokenOf(slot, e.turn)), 0, r.Ref, m, f.Idle(now, r.Ref, m, line)) {
		return false
	}
	if mine {
		m.Enter(now, message.Downstream)
	}
	return true
}

// Sent ends the work on a message that was sent on: well when its copy was accepted.
func (f *Function) Sent(tk uint64, err error) {
	slot, e := f.current(token(tk))
	switch {
	case e == nil:
	case err != nil:
		f.fail(slot, e, message.DeadByError)
	default:
		f.succeed(slot, e)
	}
}
