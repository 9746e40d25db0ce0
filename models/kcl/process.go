package kcl

import (
	"weir/models/calls"
	"weir/models/message"
	"weir/sim"
)

// A batch goes through these steps; each record of it in turn through those between the bars:
//
//	start → (batch work) │ work → calls → send on │ → checkpoint → end
//
// start begins the work on the next batch of a lease, if there is one and a thread for it.
func (a *Application) start(n int32) {
	l := &a.leases[n]
	if l.owner == noWorker || l.busy || l.queued || l.leaving || len(l.batches) == 0 {
		return
	}
	w := &a.workers[l.owner]
	if !a.thread(w) {
		l.queued = true
		w.line.Push(n)
		return
	}
	b := l.batches[0]
	l.batches = l.batches[:copy(l.batches, l.batches[1:])]
	l.ahead.records -= b.records
	l.ahead.bytes -= b.bytes
	l.busy, l.batched, l.left = true, false, b.records
	a.Busy.Add(a.eng.Now(), 1)
	a.Batches.Inc()
	a.fetchMore(n)
	a.step(n)
}

// receipt names the record that is worked on.
func (a *Application) receipt(l *lease) message.Receipt {
	ref := l.line[l.done]
	m := a.store.At(ref)
	return message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation}
}

// step begins the work on the batch or on its next record, or ends it.
func (a *Application) step(n int32) {
	l := &a.leases[n]
	switch {
	case l.left == 0:
		a.endBatch(n)
	case !l.batched && a.parts.Work.Batch != nil:
		now := a.eng.Now()
		for _, ref := range l.line[l.done : l.done+l.left] {
			m := a.store.At(ref)
			a.BeginTogether(now, message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation})
		}
		a.compute(n, a.batch.Sample(), 0)
	default:
		l.call = 0
		size := a.Begin(a.eng.Now(), a.receipt(l))
		work := a.work.Sample()
		if a.spec.WorkPerKiB != nil {
			work = work.Plus(a.spec.WorkPerKiB.ForKiB(size))
		}
		var unpack sim.Duration
		if speed := a.spec.DecompressionThroughput; speed != nil {
			unpack = sim.Duration(float64(size) / float64(*speed) * float64(sim.Second))
		}
		a.compute(n, work, unpack)
	}
}

// compute does work of the given length, and as much as it takes to unpack: the computing part first, then the rest.
func (a *Application) compute(n int32, work, unpack sim.Duration) {
	l := &a.leases[n]
	if a.parts.Faults != nil {
		work = a.parts.Faults.Stretch(work)
	}
	computing := work.Share(float64(a.spec.CPUShare))
	l.rest = work - computing
	computing = computing.Plus(unpack)
	tk := tokenOf(uint32(n), l.turn)
	if computing == 0 {
		a.worked.After(work, tk)
		return
	}
	now := a.eng.Now()
	i := uint32(l.owner)
	w := &a.workers[i]
	w.cpu.Begin(now, computing, uint64(tk))
	a.Computing.Add(now, 1)
	a.rearm(i)
}

// rearm schedules the end of the computing of the batch of a worker that has the least left.
func (a *Application) rearm(i uint32) {
	if after, turn, ok := a.workers[i].cpu.Next(); ok {
		a.computed.After(after, tokenOf(i, turn))
	}
}

// computeDone is the event that the batch of a worker with the least computing left has none left.
func (a *Application) computeDone(tk token) {
	i := uint32(tk)
	now := a.eng.Now()
	done, ok := a.workers[i].cpu.End(now, uint32(tk>>32))
	if !ok {
		return
	}
	a.Computing.Add(now, -1)
	a.rearm(i)
	a.worked.After(a.leases[uint32(done)].rest, token(done))
}

// working returns the lease of a token whose worker still works on its batch.
func (a *Application) working(tk token) (n int32, ok bool) {
	n = int32(uint32(tk))
	return n, a.leases[n].turn == uint32(tk>>32) && a.leases[n].busy
}

// workDone is the event that the part of the work that shares no vCPU is done.
func (a *Application) workDone(tk token) {
	if n, ok := a.working(tk); ok {
		a.afterWork(n)
	}
}

func (a *Application) afterWork(n int32) {
	l := &a.leases[n]
	now := a.eng.Now()
	if !l.batched && a.parts.Work.Batch != nil {
		l.batched = true
		for _, ref := range l.line[l.done : l.done+l.left] {
			a.store.At(ref).Enter(now, message.Prefetch)
		}
		a.step(n)
		return
	}
	if int(l.call) == len(a.calls) {
		a.succeedOrFail(n)
		return
	}
	a.Enter(now, a.receipt(l), message.Downstream)
	r := a.receipt(l)
	calls.Ask(a.workers[l.owner].pool[l.call], a, uint64(tokenOf(uint32(n), l.turn)), calls.Request{
		Service: a.calls[l.call].Sample(), Key: a.store.At(r.Ref).Key,
	})
}

// Answered takes the answer of what the work called.
func (a *Application) Answered(tk uint64, err error) {
	n, ok := a.working(token(tk))
	switch {
	case !ok:
	case err != nil:
		a.fail(n, message.DeadByError)
	default:
		a.leases[n].call++
		a.afterWork(n)
	}
}

func (a *Application) succeedOrFail(n int32) {
	r := a.receipt(&a.leases[n])
	m := a.store.At(r.Ref)
	switch {
	case m.Has(message.Poison):
		a.fail(n, message.DeadByPoison)
	case a.spec.Failures.Error > 0 && a.fails.Float64() < float64(a.spec.Failures.Error):
		a.fail(n, message.DeadByError)
	case a.parts.Faults != nil && a.parts.Faults.Fails(a.bad):
		a.fail(n, message.DeadByError)
	case a.forward != nil:
		a.sendOn(n, r, m)
	default:
		a.succeed(n)
	}
}

// sendOn begins to send a copy of a processed record on.
func (a *Application) sendOn(n int32, r message.Receipt, m *message.Message) {
	l := &a.leases[n]
	if a.forward.Send(uint64(tokenOf(uint32(n), l.turn)), int(l.owner), r.Ref, m, message.Idle{}) {
		m.Enter(a.eng.Now(), message.Downstream)
	}
}

// Sent ends the work on a record that was sent on: well when its copy was accepted.
func (a *Application) Sent(tk uint64, err error) {
	n, ok := a.working(token(tk))
	switch {
	case !ok:
	case err != nil:
		a.fail(n, message.DeadByError)
	default:
		a.succeed(n)
	}
}

// succeed ends the work on a record: its latency counts now, whatever becomes of the checkpoint.
func (a *Application) succeed(n int32) {
	l := &a.leases[n]
	a.Complete(a.eng.Now(), a.receipt(l), nil)
	a.recordDone(n)
}

func (a *Application) recordDone(n int32) {
	l := &a.leases[n]
	l.done++
	l.left--
	l.tries = 0
	a.step(n)
}

// fail ends an attempt on a record without success.
func (a *Application) fail(n int32, failure message.Place) {
	l := &a.leases[n]
	a.Failed.Inc()
	l.tries++
	if a.spec.OnError == Retry && (a.spec.MaxAttempts == nil || int(l.tries) < *a.spec.MaxAttempts) {
		a.Abandon(a.eng.Now(), a.receipt(l), failure)
		a.again.After(a.retry, tokenOf(uint32(n), l.turn))
		return
	}
	for a.spec.OnError == SkipBatch && l.left > 1 {
		a.giveUp(l)
		l.done++
		l.left--
	}
	a.giveUp(l)
	a.recordDone(n)
}

// giveUp skips a record. One that was processed before a crash stays so.
func (a *Application) giveUp(l *lease) {
	ref := l.line[l.done]
	a.Skipped.Inc()
	a.store.Move(ref, a.store.At(ref), message.Lost)
}

// tryAgain is the event that the pause before another attempt is over.
func (a *Application) tryAgain(tk token) {
	if n, ok := a.working(tk); ok {
		a.step(n)
	}
}

// endBatch checkpoints when it is time, or ends the batch.
func (a *Application) endBatch(n int32) {
	l := &a.leases[n]
	if !a.leased { // what it notes for itself costs nothing
		a.trim(l)
		a.batchDone(n)
		return
	}
	every := a.spec.CheckpointInterval
	if every == nil || l.leaving || a.eng.Now().Sub(l.checked) >= every.Sim() {
		a.saved.After(a.save.Sample(), tokenOf(uint32(n), l.turn))
		return
	}
	a.batchDone(n)
}

// checkpointNow makes a checkpoint without a batch before it, as a record processor does that is shut down.
func (a *Application) checkpointNow(n int32) {
	l := &a.leases[n]
	l.busy, l.left = true, 0
	a.workers[l.owner].used++
	a.Busy.Add(a.eng.Now(), 1)
	a.saved.After(a.save.Sample(), tokenOf(uint32(n), l.turn))
}

// checkpointed is the event that a checkpoint is made: what lies before it will not be read again.
func (a *Application) checkpointed(tk token) {
	n, ok := a.working(tk)
	if !ok {
		return
	}
	l, now := &a.leases[n], a.eng.Now()
	a.Checkpoints.Inc()
	l.touched, l.checked = now, now
	a.trim(l)
	a.batchDone(n)
}

// trim lets go of the processed records.
func (a *Application) trim(l *lease) {
	for _, ref := range l.line[:l.done] {
		a.store.Free(ref)
	}
	l.line = l.line[:copy(l.line, l.line[l.done:])]
	l.done = 0
}

// batchDone lets a lease and a thread go on after a batch.
func (a *Application) batchDone(n int32) {
	l := &a.leases[n]
	i := uint32(l.owner)
	l.busy = false
	a.workers[i].used--
	a.Busy.Add(a.eng.Now(), -1)
	if l.leaving {
		a.handOver(n)
	} else {
		a.start(n)
		a.fetchMore(n)
		a.finish(n)
	}
	a.freed(i)
}
