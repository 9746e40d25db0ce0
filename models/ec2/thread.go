package ec2

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/sim"
)

// thread is one thread of an instance. Its life is a circle:
//
//	poll → ask → receive → (batch work) → work → calls → finish → work on the next message …
//	  ↑                                                              │ after the last one
//	  └───────────────────────── deleted ────────────────────────────┘
type thread struct {
	turn    uint32 // counts polls and crashes; an event of an earlier turn is stale
	count   int32  // messages in hand
	at      int32  // the one being worked on
	done    int32  // how many processed ones wait to be deleted, at the front of the receipts
	call    int32  // the call being made for it
	fetched int32  // the message whose payload is being fetched
	free    bool   // polls with empty hands
	busy    bool   // has messages in hand that have arrived
	batched bool   // the batch work is done
	beating bool   // a heartbeat is scheduled
	tries   int32  // attempts of the receive that were refused
	refused *aws.Error
	beaten  sim.Time // when the last heartbeat was sent, or the batch arrived
	down    sim.Duration

	computes sim.Time // until when it has a vCPU to itself
}

// hand returns the receipts that a thread holds.
func (f *Fleet) hand(t uint32) []message.Receipt {
	first := int(t) * f.most
	return f.receipts[first : first+int(f.threads[t].count)]
}

// current reports whether tk is of the thread's present turn.
func (f *Fleet) current(tk token) (uint32, bool) {
	t := uint32(tk)
	return t, f.threads[t].turn == uint32(tk>>32)
}

// poll begins a turn: the thread asks the queue for messages.
func (f *Fleet) poll(t uint32) {
	if f.group != nil && f.group.stops(t) {
		return
	}
	th := &f.threads[t]
	th.turn++
	th.count, th.at, th.done, th.fetched, th.batched = 0, 0, 0, 0, false
	roundTrip := stretched(f.parts.Struck.Queue, f.receiveLatency.Sample())
	up := roundTrip / 2
	th.down = roundTrip - up
	f.asked.After(up, tokenOf(t, th.turn))
}

// askAgain is the event that the pause after an empty receive is over.
func (f *Fleet) askAgain(tk token) {
	if t, ok := f.current(tk); ok {
		f.poll(t)
	}
}

// ask is the event that a receive has reached the queue.
func (f *Fleet) ask(tk token) {
	t, ok := f.current(tk)
	if !ok || f.parts.ReceiveKeys != nil && !f.prepare(t, tk) {
		return
	}
	wait, visibility := message.QueueDefault, message.QueueDefault
	if w := f.spec.Receive.WaitTime; w != nil {
		wait = w.Sim()
	} else if f.spec.Receive.Pause != nil && f.parts.InstantPolling {
		wait = 0 // a poll that waits for a message would never need the pause
	}
	if v := f.spec.Receive.VisibilityTimeout; v != nil {
		visibility = v.Sim()
	}
	f.parts.Inbox.ReceiveMessage(f.most, wait, visibility, f, uint64(tk))
}

// prepare reports whether the data key that a receive needs is there. If not, the receive goes on when it is, or fails.
func (f *Fleet) prepare(t uint32, tk token) bool {
	wait, err := f.parts.ReceiveKeys.Prepare()
	switch {
	case err != nil:
		f.threads[t].down += wait
		f.Received(uint64(tk), nil, err)
		return false
	case wait > 0:
		f.asked.After(wait, tk)
		return false
	}
	return true
}

// Received takes the queue's answer and sends it on its way back. What reaches a crashed thread stays in flight until
// its visibility timeout ends.
func (f *Fleet) Received(tk uint64, receipts []message.Receipt, err error) {
	refused, _ := err.(*aws.Error)
	if err != nil {
		f.Refused.Inc()
	}
	t, ok := f.current(token(tk))
	if !ok {
		if len(receipts) > 0 {
			f.parts.Inbox.ConsumerFree(1) // the delivery counted a consumer that was gone
			f.TakenByDeadPolls.Add(uint64(len(receipts)))
		}
		for _, r := range receipts {
			f.Abandon(f.eng.Now(), r, message.DeadByCrash)
		}
		return
	}
	th := &f.threads[t]
	th.count = int32(len(receipts))
	th.free = th.count == 0
	th.refused = refused
	copy(f.receipts[int(t)*f.most:], receipts)
	f.received.After(th.down, token(tk))
}

// receive is the event that the answer of a receive is back.
func (f *Fleet) receive(tk token) {
	t, ok := f.current(tk)
	if !ok {
		return
	}
	th := &f.threads[t]
	if th.refused != nil {
		f.backOff(t, tk)
		return
	}
	f.receiveRetry[f.instanceIndex(t)].Answered(f.eng.Now(), int(th.tries)+1, nil)
	th.tries = 0
	if th.count == 0 {
		if pause := f.spec.Receive.Pause; pause != nil {
			f.pollAgain.After(pause.Sim(), tk)
		} else {
			f.poll(t)
		}
		return
	}
	if f.fetch != nil {
		f.fetch.next(t)
		return
	}
	f.takeUp(t)
}

// backOff lets a thread ask again after a receive that was refused, as its SDK would, or as its loop does when the SDK
// gives the call up.
func (f *Fleet) backOff(t uint32, tk token) {
	th := &f.threads[t]
	th.tries++
	delay, again := f.receiveRetry[f.instanceIndex(t)].Answered(f.eng.Now(), int(th.tries), th.refused)
	if !again {
		th.tries = 0
		delay = f.refusedPause()
	}
	f.pollAgain.After(delay, tk)
}

// refusedPause returns how long a consumer's loop waits after a receive that failed for good.
func (f *Fleet) refusedPause() sim.Duration {
	if pause := f.spec.Receive.Pause; pause != nil {
		return pause.Sim()
	}
	return f.parts.RefusedPause
}

// takeUp begins the work on the messages in hand.
func (f *Fleet) takeUp(t uint32) {
	th := &f.threads[t]
	now := f.eng.Now()
	f.Busy.Add(now, 1)
	th.busy = true
	if f.group != nil {
		f.group.occupied(t)
	}
	for _, r := range f.hand(t) {
		f.Enter(now, r, message.Prefetch)
	}
	if h := f.spec.Heartbeat; h != nil {
		th.beaten = now
		if !th.beating {
			th.beating = true
			f.beat.After(h.Every.Sim(), t)
		}
	}
	f.next(t)
}

// next begins the work on the batch, on its next message, or ends the turn.
func (f *Fleet) next(t uint32) {
	th := &f.threads[t]
	switch {
	case th.at == 0 && !th.batched && f.parts.Work.Batch != nil:
		for _, r := range f.hand(t) {
			f.BeginTogether(f.eng.Now(), r)
		}
		f.compute(t, stretched(f.parts.Struck.Work, f.batch.Sample()))
	case th.at < th.count && f.spec.DropLate && f.DropLate(f.eng.Now(), f.hand(t)[th.at]):
		f.deleteDone(t)
	case th.at < th.count:
		th.call = 0
		r := f.hand(t)[th.at]
		var work sim.Duration
		if f.parts.Work.Message != nil {
			work = f.work.Sample()
		}
		size := f.Begin(f.eng.Now(), r)
		if f.spec.WorkPerKiB != nil {
			work = work.Plus(f.spec.WorkPerKiB.ForKiB(size))
		}
		f.compute(t, stretched(f.parts.Struck.Work, work.Plus(f.cipher(size))))
	case th.done > 0 && f.spec.Delete == DeleteBatch:
		f.deleter.delete(t, f.hand(t)[:th.done], true)
	default:
		f.endTurn(t)
	}
}

// cipher returns how long a message takes to decrypt, and to encrypt when it is sent on.
func (f *Fleet) cipher(size uint32) sim.Duration {
	e := f.spec.ClientEncryption
	switch {
	case e == nil:
		return 0
	case f.forward != nil:
		return e.Time(size).Plus(e.Time(size))
	}
	return e.Time(size)
}

// workDone is the event that the part of the work that shares no vCPU is done.
func (f *Fleet) workDone(tk token) {
	if t, ok := f.current(tk); ok {
		f.afterWork(t)
	}
}

func (f *Fleet) afterWork(t uint32) {
	th := &f.threads[t]
	if th.at == 0 && !th.batched && f.parts.Work.Batch != nil {
		th.batched = true
		for _, r := range f.hand(t) {
			f.Enter(f.eng.Now(), r, message.Prefetch)
		}
		f.next(t)
		return
	}
	if int(th.call) == len(f.calls) {
		f.succeedOrFail(t)
		return
	}
	f.Enter(f.eng.Now(), f.hand(t)[th.at], message.Downstream)
	f.callOut(t)
}

// Answered takes the answer of what the work called.
func (f *Fleet) Answered(tk uint64, err error) {
	t, ok := f.current(token(tk))
	if !ok {
		return
	}
	if err != nil {
		f.fail(t, message.DeadByError)
		return
	}
	f.threads[t].call++
	f.afterWork(t)
}

func (f *Fleet) succeedOrFail(t uint32) {
	r := f.hand(t)[f.threads[t].at]
	m := f.store.At(r.Ref)
	switch {
	case m.Generation == r.Generation && m.Has(message.Poison): // its receipt may have been superseded
		f.fail(t, message.DeadByPoison)
	case f.spec.Failures.Error > 0 && f.fails.Float64() < float64(f.spec.Failures.Error):
		f.fail(t, message.DeadByError)
	case f.broken():
		f.fail(t, message.DeadByError)
	case f.forward != nil && f.sendOn(t, r):
	default:
		f.succeed(t)
	}
}

// succeed ends the work on a message: its latency counts now, whether or not the delete still succeeds.
func (f *Fleet) succeed(t uint32) {
	r := f.hand(t)[f.threads[t].at]
	if f.balancer != nil {
		f.Respond(f.eng.Now(), r)
	} else {
		f.Complete(f.eng.Now(), r, f.line(r.Ref))
	}
	f.deleteDone(t)
}

// deleteDone goes on to the next message: the present one is to be deleted.
func (f *Fleet) deleteDone(t uint32) {
	th := &f.threads[t]
	hand := f.hand(t)
	r := hand[th.at]
	if f.balancer != nil {
		f.answered(t, nil)
		return
	}
	th.at++
	switch f.spec.Delete {
	case DeleteBatch:
		hand[th.done] = r
		th.done++
		f.next(t)
	case DeleteAsync:
		f.deleter.delete(t, hand[th.at-1:th.at], false)
		f.next(t)
	default:
		f.deleter.delete(t, hand[th.at-1:th.at], true)
	}
}

// fail ends the work on a message without success.
func (f *Fleet) fail(t uint32, failure message.Place) {
	if f.compensate != nil && f.compensate.begins(t) {
		return
	}
	f.Failed.Inc()
	f.giveBack(t, failure)
}

// giveBack leaves a message to be tried again.
func (f *Fleet) giveBack(t uint32, failure message.Place) {
	th := &f.threads[t]
	r := f.hand(t)[th.at : th.at+1]
	f.Abandon(f.eng.Now(), r[0], failure)
	if f.balancer != nil {
		f.answered(t, ErrFailed)
		return
	}
	th.at++
	if f.spec.OnError == OnErrorRelease {
		f.deleter.release(t, r)
	}
	f.next(t)
}

func (f *Fleet) endTurn(t uint32) {
	f.Busy.Add(f.eng.Now(), -1)
	if f.group != nil {
		f.group.idle(t)
	}
	f.threads[t].busy, f.threads[t].free = false, true
	f.parts.Inbox.ConsumerFree(1)
	f.poll(t)
}

// heartbeat is the event that a heartbeat may be due: the call is on its way and work goes on. A thread has one such
// event at most, which follows it from batch to batch.
func (f *Fleet) heartbeat(t uint32) {
	th := &f.threads[t]
	every := f.spec.Heartbeat.Every.Sim()
	now := f.eng.Now()
	switch due := th.beaten.Add(every); {
	case !th.busy:
		th.beating = false
	case now < due:
		f.beat.At(due, t)
	default:
		th.beaten = now
		f.extended.After(f.extendLatency.Sample()/2, tokenOf(t, th.turn))
		f.beat.After(every, t)
	}
}

// extend is the event that a heartbeat has reached the queue: it keeps what is in hand invisible, worked on or waiting
// to be deleted.
func (f *Fleet) extend(tk token) {
	t, ok := f.current(tk)
	if !ok || !f.threads[t].busy {
		return
	}
	th := &f.threads[t]
	f.kept = append(append(f.kept[:0], f.hand(t)[:th.done]...), f.hand(t)[th.at:]...)
	for receipts := f.kept; len(receipts) > 0; {
		n := min(len(receipts), f.parts.BatchMax)
		// Errors of single entries do not stop the work: the message comes back by its visibility timeout.
		_ = f.parts.Inbox.ChangeMessageVisibilityBatch(receipts[:n], f.spec.Heartbeat.Extend.Sim())
		receipts = receipts[n:]
	}
}
