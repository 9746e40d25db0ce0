package lambda

import (
	"weir/models/message"
	"weir/sim"
)

// dispatch sends a lane's batch to the function, if there is one.
func (m *StreamMapping) dispatch(i uint32) {
	l, now := m.lanes[i], m.eng.Now()
	if len(l.refs) == 0 {
		m.batchDone(i)
		return
	}
	l.busy, l.waiting, l.records, l.bytes = true, false, 0, 0
	m.Size.Record(float64(len(l.refs)))
	m.IteratorAge.Record(int64(now.Sub(m.store.At(l.refs[len(l.refs)-1]).Enqueued)))
	l.batch.Receipts = l.batch.Receipts[:0]
	for _, ref := range l.refs {
		msg := m.store.At(ref)
		msg.Receipt++
		msg.Enter(now, message.APICall)
		l.batch.Receipts = append(l.batch.Receipts, message.Receipt{
			Ref: ref, Number: msg.Receipt, Generation: msg.Generation, At: now,
		})
	}
	l.batch.Done, l.batch.Lowest = 0, len(l.refs)
	m.openWindow(i)
	m.invoked.After(m.latency.Sample(), i)
}

// invoke is the event that a batch has reached the function.
func (m *StreamMapping) invoke(i uint32) {
	l, now := m.lanes[i], m.eng.Now()
	if l.ending {
		if m.f.start(noMessage, nil, closer{m}, uint64(i)) != nil {
			m.Throttled.Inc()
			m.endAgain(i)
		}
		return
	}
	if err := m.f.start(noMessage, &l.batch, m, uint64(i)); err != nil {
		m.Throttled.Inc()
		for _, ref := range l.refs {
			m.store.At(ref).Enter(now, message.Throttle)
		}
		m.retry(i)
		return
	}
	m.Batches.Inc()
	for _, ref := range l.refs {
		m.store.Move(ref, m.store.At(ref), message.InFlight)
	}
}

// retry lets a lane wait until its batch is tried again. What has become too old meanwhile is given up then.
func (m *StreamMapping) retry(i uint32) {
	l := m.lanes[i]
	l.delay = min(max(2*l.delay, m.limit.StreamRetry.Sim()), m.limit.StreamRetryMax.Sim())
	m.again.After(l.delay, i)
	for _, ref := range l.refs {
		msg := m.store.At(ref)
		m.store.Move(ref, msg, message.Visible)
	}
	m.putBack(l)
}

// putBack puts the batch back to the front of the lane, where the next one is taken from. It is no larger.
func (m *StreamMapping) putBack(l *lane) {
	if n := m.records(l.refs); l.most == 0 || n < l.most {
		l.most = n
	}
	for k := len(l.refs) - 1; k >= 0; k-- {
		l.line.PushFront(l.refs[k])
	}
	l.refs = l.refs[:0]
}

// Answered takes the end of an invocation.
func (m *StreamMapping) Answered(token uint64, err error) {
	i := uint32(token)
	l, now := m.lanes[i], m.eng.Now()
	done := len(l.refs)
	if err != nil {
		done = 0
	} else if l.batch.Partial {
		done = l.batch.Lowest
	}
	for done > 0 && done < len(l.refs) && m.store.At(l.refs[done]).Has(message.Joined) {
		done-- // the checkpoint stands between records
	}
	m.held[int(i)/m.factor] -= done
	m.Waiting.Add(now, -int64(done))
	for _, ref := range l.refs[:done] {
		m.store.Free(ref)
	}
	l.refs = l.refs[:copy(l.refs, l.refs[done:])]
	if len(l.refs) == 0 {
		m.batchDone(i)
		return
	}
	m.Failed.Inc()
	for _, ref := range l.refs { // those processed behind one that failed are worked on again
		if msg := m.store.At(ref); msg.Cause() != message.Retry {
			msg.Enter(now, message.Retry)
		}
	}
	if done > 0 { // the checkpoint has moved: what is left is a batch of its own
		l.attempts, l.delay, l.most = 0, 0, 0
	}
	if n := m.records(l.refs); m.spec.BisectBatchOnFunctionError && n > 1 && err != nil {
		m.Bisected.Inc()
		half := (n + 1) / 2
		l.parts = append(l.parts, n-half)
		m.retry(i)
		l.most = half
		return
	}
	if most := m.spec.MaximumRetryAttempts; most != nil && l.attempts >= *most {
		m.giveUp(i)
		return
	}
	l.attempts++
	m.retry(i)
}

// batchDone lets a lane go on after a batch: with the rest of one that was halved, or with what has come.
func (m *StreamMapping) batchDone(i uint32) {
	l := m.lanes[i]
	l.attempts, l.delay, l.most = 0, 0, 0
	if n := len(l.parts); n > 0 {
		l.most, l.parts = l.parts[n-1], l.parts[:n-1]
	}
	l.busy = false
	m.goOn(i)
}

// giveUp ends the records of a batch after its last attempt, and tells the destination of them.
func (m *StreamMapping) giveUp(i uint32) {
	l := m.lanes[i]
	if m.failure != nil {
		m.record(l.refs[0])
	}
	for _, ref := range l.refs {
		m.GivenUp.Inc()
		msg := m.store.At(ref)
		m.discard(int(i)/m.factor, ref, msg, msg.Failure, message.Lost)
	}
	l.refs = l.refs[:0]
	m.batchDone(i)
}

// record sends the destination one record of a batch: of its shard and range, in the name of its first record.
func (m *StreamMapping) record(ref message.Ref) {
	msg := m.store.At(ref)
	c, ok := m.store.Copy(m.eng.Now(), ref, m.failure.sent.Of(msg.Route), message.Idle{})
	if !ok {
		m.eng.Stop()
		return
	}
	if m.failure.to.SendMessage(c, message.QueueDefault) != nil {
		m.store.Move(c, m.store.At(c), message.Lost)
		m.store.Free(c)
		return
	}
	m.Recorded.Inc()
}

// goOn takes up what has come to a lane meanwhile, and lets its shard be read.
func (m *StreamMapping) goOn(i uint32) {
	l := m.lanes[i]
	if l.closing {
		l.busy, l.ending = true, true
		m.invoked.After(m.latency.Sample(), i)
		return
	}
	m.gatherMore(i)
	m.read(int(i) / m.factor)
}

// openWindow notes that a tumbling window has a record.
func (m *StreamMapping) openWindow(i uint32) {
	window := m.spec.TumblingWindow.Sim()
	if l := m.lanes[i]; window > 0 && !l.state {
		l.state = true
		m.closed.At(sim.Time((sim.Duration(m.eng.Now())/window+1)*window), i)
	}
}

// windowEnd is the event that a tumbling window ends: one more invocation gets its state, when the lane has none.
func (m *StreamMapping) windowEnd(i uint32) {
	l := m.lanes[i]
	l.state, l.closing = false, true
	if !l.busy {
		m.goOn(i)
	}
}

// endAgain lets the last invocation of a tumbling window be tried again.
func (m *StreamMapping) endAgain(i uint32) {
	l := m.lanes[i]
	l.delay = min(max(2*l.delay, m.limit.StreamRetry.Sim()), m.limit.StreamRetryMax.Sim())
	m.invoked.After(l.delay, i)
}

// closer takes the end of the last invocation of a tumbling window.
type closer struct{ m *StreamMapping }

// Answered ends the window, or tries its invocation again.
func (c closer) Answered(token uint64, err error) {
	i := uint32(token)
	l := c.m.lanes[i]
	if err != nil {
		c.m.Failed.Inc()
		c.m.endAgain(i)
		return
	}
	c.m.Windows.Inc()
	l.closing, l.ending, l.busy, l.delay = false, false, false, 0
	c.m.goOn(i) // what was halved before is still to come
}

var _ message.Caller = closer{}
