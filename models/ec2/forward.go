package ec2

import (
	"fmt"

	"weir/models/message"
	"weir/models/sdk"
)

// connect makes what sends messages on.
func (f *Fleet) connect() {
	if f.parts.Outbox != nil || f.parts.Then != nil {
		f.forward = newForwarder(f)
	}
	if f.parts.Compensation != nil {
		f.compensate = newCompensator(f)
	}
}

func newForwarder(f *Fleet) sdk.Onward {
	if f.parts.Then != nil {
		for i := range f.parts.Then {
			calls := "send"
			if i > 0 {
				calls = fmt.Sprintf("send/%d", i)
			}
			f.parts.Then[i].Retries = f.retries(calls)
			if s := f.spec.ExtendedClient; s != nil {
				t := &f.parts.Then[i]
				t.Extended, t.Limits, t.Objects = &s.ExtendedClientSpec, f.parts.Extended, f.parts.Payloads()
			}
		}
		return sdk.NewOnward(f.eng, f.store, f.name, f, f.parts.Then, f.spec.ThenTo == sdk.ToOne)
	}
	parts := sdk.ForwarderParts{
		To: f.parts.Outbox, Latency: f.parts.Latencies.Send, FaultShare: f.parts.FaultShare, Retries: f.retries("send"),
		Keys: f.parts.SendKeys, Faults: f.parts.Struck.Then,
	}
	if s := f.spec.ExtendedClient; s != nil {
		parts.Extended, parts.Limits, parts.Objects = &s.ExtendedClientSpec, f.parts.Extended, f.parts.Payloads()
	}
	return sdk.NewForwarder(f.eng, f.store, f.name, f, parts)
}

// sendOn begins to send a copy of a processed message on, after each attempt that ended well: one that outlived its
// visibility timeout sends its message too. It returns false when the message has left the queue, or memory is full.
func (f *Fleet) sendOn(t uint32, r message.Receipt) bool {
	m, mine := f.Mine(r)
	if m.Generation != r.Generation {
		return false
	}
	now := f.eng.Now()
	idle := f.Idle(now, r.Ref, m, f.line(r.Ref))
	if !f.forward.Send(uint64(tokenOf(t, f.threads[t].turn)), f.instanceIndex(t), r.Ref, m, idle) {
		return false
	}
	if mine {
		m.Enter(now, message.Downstream)
	}
	return true
}

// Sent ends the work on a message that was sent on: well when its copy was accepted.
func (f *Fleet) Sent(tk uint64, err error) {
	t, ok := f.current(token(tk))
	switch {
	case !ok:
	case err != nil:
		f.fail(t, message.DeadByError)
	default:
		f.succeed(t)
	}
}
