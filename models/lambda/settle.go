package lambda

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/models/sdk"
)

// take puts the message at a place of the batch among those that are done.
func (b *Batch) take(at int32) {
	b.Receipts[b.Done], b.Receipts[at] = b.Receipts[at], b.Receipts[b.Done]
	b.Done++
}

// passOver lets the handler pass over messages whose deadline has passed, and those that Lambda finds in a loop. It
// reports whether none is left to work on.
func (f *Function) passOver(e *environment) bool {
	if e.batch == nil {
		return e.one.Ref != message.None &&
			(f.loop > 0 && f.recurs(e.one) || f.spec.DropLate && f.DropLate(f.eng.Now(), e.one))
	}
	for b := e.batch; !b.passing && f.passesOver(b.Receipts[e.at]); {
		b.take(e.at)
		if e.at++; int(e.at) == len(b.Receipts) {
			return true
		}
	}
	return false
}

// passed is the event that the handler has passed over all messages that were left.
func (f *Function) passed(tk token) {
	slot, e := f.current(tk)
	switch {
	case e == nil:
	case e.batch == nil && f.loop > 0 && f.recurs(e.one):
		f.Recursive.Inc()
		f.abandon(e, message.DeadByError)
		f.finish(slot, e, ErrRecursive)
	default:
		f.finish(slot, e, nil)
	}
}

func (f *Function) passesOver(r message.Receipt) bool {
	if f.loop > 0 && f.recurs(r) {
		if m := f.store.At(r.Ref); !m.Place().Ended() {
			f.Recursive.Inc()
			f.store.Move(r.Ref, m, message.Lost)
		}
		return true
	}
	return f.spec.DropLate && f.DropLate(f.eng.Now(), r)
}

// InLoop tells the function that its messages may come back to it, and its number among such functions, from 1.
func (f *Function) InLoop(number uint16) {
	f.store.KeepHops()
	f.loop = number
}

// ErrRecursive is the answer to an invocation that Lambda stops because it is part of a loop.
var ErrRecursive = &aws.Error{Code: "RecursiveInvocationException"}

// recurs reports whether a message has come round more often than Lambda lets it. AWS stops the invocation; of a batch,
// each message counts by itself here.
func (f *Function) recurs(r message.Receipt) bool {
	if r.Ref == message.None || f.spec.RecursiveLoop == Allow {
		return false
	}
	_, mine := f.Mine(r)
	h := f.store.Hops(r.Ref)
	return mine && h.Function == f.loop && int64(h.Calls) >= f.limit.RecursionMax
}

// hop notes on a copy that the function has sent it.
func (f *Function) hop(c message.Ref) {
	if f.loop == 0 {
		return
	}
	h := f.store.Hops(c)
	if h.Function == 0 {
		h.Function = f.loop
	}
	if h.Function == f.loop && h.Calls < 1<<16-1 {
		h.Calls++
	}
}

// compensator sends messages whose work failed to where that is made good, in place of failing.
type compensator struct {
	*Function
	forward *sdk.Forwarder
	after   int
}

// Compensate makes the function send messages whose work failed. It is called before the run.
func (f *Function) Compensate(parts sdk.ForwarderParts) {
	parts.Way, parts.Hop = "/failure", f.hop
	c := &compensator{Function: f, after: f.spec.OnFailureTo.After}
	c.forward = sdk.NewForwarder(f.eng, f.store, f.name, c, parts)
	f.compensate, f.callsTakeTime = c, true
}

// begins sends a copy of the present message. It returns false when the message is to be tried again.
func (c *compensator) begins(slot uint32, e *environment) bool {
	f := c.Function
	r := f.present(e)
	if r.Ref == message.None || e.batch != nil && e.batch.passing {
		return false
	}
	m, mine := f.Mine(r)
	if !mine || max(int(m.Receives), 1) < c.after || m.Place().Ended() && !m.Place().DeadLettered() {
		return false
	}
	now := f.eng.Now()
	if !c.forward.Send(uint64(tokenOf(slot, e.turn)), 0, r.Ref, m, f.Idle(now, r.Ref, m, nil)) {
		return false
	}
	m.Enter(now, message.Downstream)
	return true
}

// Sent ends the message: it failed, and that is made good elsewhere.
func (c *compensator) Sent(tk uint64, err error) {
	f := c.Function
	slot, e := f.current(token(tk))
	switch {
	case e == nil:
		return
	case err != nil:
		f.failWith(slot, e, message.DeadByError)
		return
	}
	r := f.present(e)
	if m := f.store.At(r.Ref); m.Generation == r.Generation && !m.Place().Ended() {
		f.store.Move(r.Ref, m, message.Failed)
	}
	f.Compensated.Inc()
	if e.batch == nil {
		f.finish(slot, e, nil)
		return
	}
	e.batch.take(e.at)
	f.goOn(slot, e)
}
