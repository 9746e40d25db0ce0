package lambda

import (
	"weir/models/calls"
	"weir/models/fault"
	"weir/models/message"
	"weir/sim"
)

// Invoke hands the function a synchronous request, about a message or message.None. The caller is answered when the
// function is done: without error, or with TooManyRequestsException, RequestTooLargeException or an error of the
// function. A message that was processed has ended; freeing it is left to the caller.
func (f *Function) Invoke(r message.Receipt, caller message.Caller, token uint64) {
	if r.Ref != message.None && int64(f.store.At(r.Ref).SizeBytes) > int64(f.limit.SyncPayload) {
		caller.Answered(token, ErrRequestTooLarge)
		return
	}
	if !f.account.requests.Permit(f.eng.Now()) {
		f.crowdedOut()
		f.Throttles.Inc()
		caller.Answered(token, ErrTooManyRequests)
		return
	}
	if err := f.start(r, nil, caller, token); err != nil {
		caller.Answered(token, err)
	}
}

// start begins an invocation, if there is an environment for it or there may be one more.
func (f *Function) start(r message.Receipt, b *Batch, caller message.Caller, token uint64) error {
	if f.unavailable() {
		return fault.ErrUnavailable
	}
	now := f.eng.Now()
	v := f.choose()
	if f.provisioned > 0 && v == 0 {
		if n := len(f.ready); n > 0 && f.requests.Permit(now) {
			slot := f.ready[n-1]
			f.ready = f.ready[:n-1]
			f.occupy(slot, r, b, caller, token)
			f.Provisioned.Inc()
			f.begin(tokenOf(slot, f.environments[slot].turn))
			return nil
		}
		f.Spillover.Inc()
	}
	if err := f.admit(now); err != nil {
		f.Throttles.Inc()
		return err
	}
	if slot, ok := f.takeIdle(v); ok {
		f.occupy(slot, r, b, caller, token)
		f.begin(tokenOf(slot, f.environments[slot].turn))
		return nil
	}
	if !f.burst.Permit(now) {
		f.crowdedOut()
		f.Throttles.Inc()
		return ErrTooManyRequests
	}
	others := f.Environments.Value() > 0
	slot := f.newEnvironment(v, false)
	f.occupy(slot, r, b, caller, token)
	f.place(slot, others)
	return nil
}

// admit reports whether one more invocation on demand may begin.
func (f *Function) admit(now sim.Time) error {
	a := f.account
	if f.inUse >= f.concurrencyMax {
		return ErrTooManyRequests
	}
	if own := f.spec.ReservedConcurrency; own != nil {
		switch {
		case *own == 0:
			return ErrReservedIsZero
		case f.inUse+f.provisioned >= int64(*own):
			return ErrTooManyRequests
		}
	} else if a.inUse >= a.unreserved {
		f.crowdedOut()
		return ErrTooManyRequests
	}
	if !f.growth.permit(now) {
		return ErrTooManyRequests
	}
	return nil
}

// occupy gives an environment an invocation.
func (f *Function) occupy(slot uint32, r message.Receipt, b *Batch, caller message.Caller, token uint64) {
	now := f.eng.Now()
	e := &f.environments[slot]
	e.turn++
	e.busy = true
	e.one, e.batch, e.caller, e.token = r, b, caller, token
	e.at, e.call, e.out, e.init = 0, 0, false, 0
	f.Concurrent.Add(now, 1)
	f.account.Concurrent.Add(now, 1)
	if e.provisioned {
		f.ProvisionedBusy.Add(now, 1)
	} else {
		f.inUse++
		if f.spec.ReservedConcurrency == nil {
			f.account.inUse++
		}
	}
}

// place lets a new environment start. Some are ready before a request needs them, where others live already.
func (f *Function) place(slot uint32, others bool) {
	e := &f.environments[slot]
	tk := tokenOf(slot, e.turn)
	if others && f.limit.Preinitialised > 0 && f.preinitialised.Float64() < float64(f.limit.Preinitialised) {
		f.Preinitialised.Inc()
		f.begin(tk)
		return
	}
	f.ColdStarts.Inc()
	until, initialising, broken := f.coldStart(e.version)
	e.reset = broken
	if f.initBilled {
		e.init = initialising
	}
	f.enter(e, message.ColdStart)
	f.initialised.After(until, tk)
}

// enter books the time of the messages in hand to another cause from now on.
func (f *Function) enter(e *environment, cause message.Cause) {
	now := f.eng.Now()
	if e.batch == nil {
		if e.one.Ref != message.None {
			f.Enter(now, e.one, cause)
		}
		return
	}
	for _, r := range e.batch.Receipts[e.batch.Done:] {
		f.Enter(now, r, cause)
	}
}

// begin is the event that the environment begins its invocation: its time runs.
func (f *Function) begin(tk token) {
	slot := uint32(tk)
	e := &f.environments[slot]
	now := f.eng.Now()
	e.began = now
	e.deadline = now.Add(f.spec.Timeout.Sim())
	f.Invocations.Inc()
	f.versions[e.version].invocations.Inc()
	if f.callsTakeTime && !e.watched {
		e.watched = true
		f.killed.At(e.deadline, tokenOf(slot, e.number))
	}
	var before sim.Duration
	if e.reset {
		before = f.initialise(e.version)
	}
	if !e.used {
		before += f.parts.First
	}
	if f.spec.Tracing && f.traces(e) {
		before += f.limit.TracingOverhead.Sim()
		f.trace()
	}
	if d := f.parts.NoLogs; d != nil {
		d.Calls.Inc()
	}
	e.reset, e.used = false, true
	if before > 0 {
		f.enter(e, message.ColdStart)
		if now.Add(before) >= e.deadline {
			before, e.out = f.spec.Timeout.Sim(), true
		}
		f.prepared.After(before, tk)
		return
	}
	f.handle(slot, e)
}

// prepareDone is the event that what comes before the handler is done.
func (f *Function) prepareDone(tk token) {
	slot, e := f.current(tk)
	switch {
	case e == nil:
	case e.out:
		f.timeOut(slot)
	default:
		f.handle(slot, e)
	}
}

// current returns the environment of a token, or nil when the invocation is over.
func (f *Function) current(tk token) (uint32, *environment) {
	slot := uint32(tk)
	if e := &f.environments[slot]; e.turn == uint32(tk>>32) && e.busy {
		return slot, e
	}
	return slot, nil
}

// handle lets the handler begin: with its set-up, and the first message.
func (f *Function) handle(slot uint32, e *environment) {
	if e.batch != nil && len(e.batch.Receipts) > 1 {
		f.enter(e, message.Prefetch)
	}
	f.next(slot, e, f.versions[e.version].setup.Sample())
}

// next begins the work on the present message, after what is left to do before it.
func (f *Function) next(slot uint32, e *environment, before sim.Duration) {
	if (f.spec.DropLate || f.loop > 0) && f.passOver(e) {
		f.passedOver.After(before, tokenOf(slot, e.turn))
		return
	}
	now := f.eng.Now()
	v := &f.versions[e.version]
	work := before.Plus(v.work.Sample())
	e.call = 0
	if r := f.present(e); r.Ref != message.None {
		size := f.beginWork(e, r)
		if per := v.spec.WorkPerKiB; per != nil {
			work = work.Plus(per.ForKiB(size))
		}
	}
	if f.computing != 1 {
		work = sim.Duration(min(float64(work)*f.computing, 1<<62)) // what takes longer ends in no run
	}
	if f.struck.luck != nil {
		work = f.stretched(work)
	}
	if left := e.deadline.Sub(now); work >= left {
		work, e.out = left, true
	}
	f.worked.After(work, tokenOf(slot, e.turn))
}

// present returns the message that the handler works on, or that it works on none.
func (f *Function) present(e *environment) message.Receipt {
	if e.batch == nil {
		return e.one
	}
	return e.batch.Receipts[e.at]
}

// workDone is the event that the work on a message is done, or that the time is up.
func (f *Function) workDone(tk token) {
	slot, e := f.current(tk)
	switch {
	case e == nil:
	case e.out:
		f.timeOut(slot)
	default:
		f.callNext(slot, e)
	}
}

// callNext makes the next call of the work on a message.
func (f *Function) callNext(slot uint32, e *environment) {
	if int(e.call) == len(f.calls) {
		f.succeedOrFail(slot, e)
		return
	}
	request := calls.Request{Service: f.calls[e.call].Sample()}
	if r := f.present(e); r.Ref != message.None {
		f.Enter(f.eng.Now(), r, message.Downstream)
		request.Key = f.store.At(r.Ref).Key
	}
	calls.Ask(e.pools[e.call], f, uint64(tokenOf(slot, e.turn)), request)
}

// Answered takes the answer of what the work called.
func (f *Function) Answered(tk uint64, err error) {
	slot, e := f.current(token(tk))
	switch {
	case e == nil:
	case err != nil:
		f.fail(slot, e, message.DeadByError)
	default:
		e.call++
		f.callNext(slot, e)
	}
}

func (f *Function) succeedOrFail(slot uint32, e *environment) {
	r, v := f.present(e), &f.versions[e.version]
	poison := false
	if r.Ref != message.None {
		m := f.store.At(r.Ref)
		poison = m.Generation == r.Generation && m.Has(message.Poison)
	}
	switch {
	case f.exhausted(e):
		f.OutOfMemory.Inc()
		f.abandon(e, message.DeadByCrash)
		f.resetEnvironment(e)
		f.finish(slot, e, ErrOutOfMemory)
	case poison:
		f.fail(slot, e, message.DeadByPoison)
	case v.spec.Failures.Error > 0 && v.fails.Float64() < float64(v.spec.Failures.Error):
		f.fail(slot, e, message.DeadByError)
	case f.broken():
		f.fail(slot, e, message.DeadByError)
	case f.forward != nil && r.Ref != message.None && f.sendOn(slot, e, r):
	default:
		f.succeed(slot, e)
	}
}

// exhausted reports whether an invocation runs out of memory, with the work on its last message.
func (f *Function) exhausted(e *environment) bool {
	v := &f.versions[e.version]
	share := float64(v.spec.Failures.OutOfMemory)
	last := e.batch == nil || int(e.at) == len(e.batch.Receipts)-1
	return share > 0 && last && v.full.Float64() < share
}

// succeed ends the work on a message well.
func (f *Function) succeed(slot uint32, e *environment) {
	now := f.eng.Now()
	if e.batch == nil {
		switch {
		case e.one.Ref == message.None:
		case f.events != nil && e.caller == f.events: // nobody waits for an event, and each delivery of it counts
			f.Complete(now, e.one, nil)
		default:
			f.Respond(now, e.one)
		}
		f.finish(slot, e, nil)
		return
	}
	b := e.batch
	if b.passing {
		f.Enter(now, b.Receipts[e.at], message.Prefetch)
	} else {
		f.Complete(now, b.Receipts[e.at], b.Line)
	}
	b.take(e.at)
	f.goOn(slot, e)
}

// goOn takes up the next message of a batch, or ends the invocation.
func (f *Function) goOn(slot uint32, e *environment) {
	if e.at++; int(e.at) < len(e.batch.Receipts) {
		f.next(slot, e, 0)
		return
	}
	f.finish(slot, e, nil)
}

// fail ends the work on a message without success, and the invocation with it, unless its handler says what failed.
func (f *Function) fail(slot uint32, e *environment, failure message.Place) {
	if f.compensate != nil && f.compensate.begins(slot, e) {
		return
	}
	f.failWith(slot, e, failure)
}

func (f *Function) failWith(slot uint32, e *environment, failure message.Place) {
	if b := e.batch; b != nil && b.Partial && b.Stops {
		b.Lowest = int(e.at)
		f.abandon(e, failure)
		f.finish(slot, e, nil)
		return
	}
	if e.batch != nil && e.batch.Partial {
		f.Abandon(f.eng.Now(), e.batch.Receipts[e.at], failure)
		e.batch.Lowest = min(e.batch.Lowest, int(e.at))
		f.goOn(slot, e)
		return
	}
	f.abandon(e, failure)
	f.finish(slot, e, ErrHandled)
}

// abandon leaves all messages that were not processed to be tried again.
func (f *Function) abandon(e *environment, failure message.Place) {
	now := f.eng.Now()
	if e.batch == nil {
		if e.one.Ref != message.None {
			f.Abandon(now, e.one, failure)
		}
		return
	}
	for _, r := range e.batch.Receipts[e.batch.Done:] {
		f.Abandon(now, r, failure)
	}
}

// kill is the event that the time of an invocation may be up that waits for what it called. There is one such event for
// each environment, which follows it from invocation to invocation.
func (f *Function) kill(tk token) {
	slot := uint32(tk)
	e := &f.environments[slot]
	switch {
	case e.number != uint32(tk>>32):
	case !e.busy || e.out:
		e.watched = false
	case e.deadline > f.eng.Now():
		f.killed.At(e.deadline, tk)
	default:
		e.watched = false
		f.timeOut(slot)
	}
}

// timeOut ends an invocation that took too long. Its environment is reset.
func (f *Function) timeOut(slot uint32) {
	e := &f.environments[slot]
	f.Timeouts.Inc()
	f.abandon(e, message.DeadByTimeout)
	f.resetEnvironment(e)
	f.finish(slot, e, ErrTimedOut)
}

func (f *Function) resetEnvironment(e *environment) {
	e.reset = true
	for _, p := range e.pools {
		p.Reset()
	}
}

// finish ends an invocation: it is billed, the environment waits for the next one, and the caller is answered.
func (f *Function) finish(slot uint32, e *environment, err error) {
	now := f.eng.Now()
	if err != nil {
		f.Errors.Inc()
		f.versions[e.version].errors.Inc()
	}
	duration := now.Sub(e.began)
	f.Stats.Duration.Record(int64(duration))
	f.bill(e, duration+e.init)
	for i := range f.spec.Calls {
		if f.spec.Calls[i].Connection == PerInvocation {
			calls.Disconnect(e.pools[i])
		}
	}
	f.Concurrent.Add(now, -1)
	f.account.Concurrent.Add(now, -1)
	if e.provisioned {
		f.ProvisionedBusy.Add(now, -1)
	} else {
		f.inUse--
		if f.spec.ReservedConcurrency == nil {
			f.account.inUse--
		}
	}
	if e.batch != nil && e.batch.passing {
		f.spare = append(f.spare, e.batch)
	}
	caller, tk := e.caller, e.token
	e.caller, e.batch = nil, nil
	f.release(slot)
	caller.Answered(tk, err)
}

// bill counts the time of an invocation, rounded up.
func (f *Function) bill(e *environment, duration sim.Duration) {
	step := f.limit.Granularity.Sim()
	duration = (duration + step - 1) / step * step
	if e.provisioned {
		f.billedProvisioned += duration
	} else {
		f.billed += duration
	}
}
