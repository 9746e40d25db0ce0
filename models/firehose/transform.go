package firehose

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/sim"
	"weir/sim/ring"
)

// lane is the invocations of the function for the records of a shard.
type lane struct {
	buffer      uint32
	outstanding int64
	most        int64
	line        ring.Buffer[uint32] // batches that wait for their turn
}

// invocation is a request to the function, from its first attempt on. An attempt that took too long leaves its slot to
// the function, and goes on in another.
type invocation struct {
	receipts []message.Receipt
	batch    uint32 // or none: the answer is passed over
	lane     int32
	attempts int64
	turn     uint32
	began    sim.Time
}

// awaited is an answer that is waited for.
type awaited struct {
	slot, turn uint32
	until      sim.Time
}

// openLane makes room for a shard, or for so many.
func (d *DeliveryStream) openLane(shards int64) {
	most := int64(1 << 62)
	if n := d.rules.outstanding; n < most/shards {
		most = n * shards
	}
	b := d.newBuffer(transforming)
	d.buffers[b].lane = int32(len(d.lanes))
	d.lanes = append(d.lanes, lane{buffer: b, most: most})
}

// transform lets the function have a batch, if the shard has not too many outstanding.
func (d *DeliveryStream) transform(n uint32) {
	i := d.buffers[d.batches[n].buffer].lane
	l, now := &d.lanes[i], d.eng.Now()
	if l.outstanding < l.most {
		d.request(i, n)
		return
	}
	for _, ref := range d.batches[n].refs {
		d.store.At(ref).Enter(now, message.Throttle)
	}
	l.line.Push(n)
}

// request begins to have a batch transformed.
func (d *DeliveryStream) request(i int32, n uint32) {
	now, bt := d.eng.Now(), &d.batches[n]
	d.lanes[i].outstanding++
	d.Invoked.Add(now, 1)
	d.hold(-int64(len(bt.refs)), -bt.bytes)
	d.InFlight.Add(now, int64(len(bt.refs)))
	for _, ref := range bt.refs {
		d.store.Move(ref, d.store.At(ref), message.InFlight)
	}
	slot := d.newInvocation()
	v := &d.invocations[slot]
	v.batch, v.lane = n, i
	d.invoke(slot)
}

func (d *DeliveryStream) newInvocation() uint32 {
	if len(d.unused) == 0 {
		d.unused = append(d.unused, uint32(len(d.invocations)))
		d.invocations = append(d.invocations, invocation{})
	}
	slot := d.unused[len(d.unused)-1]
	d.unused = d.unused[:len(d.unused)-1]
	v := &d.invocations[slot]
	*v = invocation{receipts: v.receipts[:0], turn: v.turn + 1}
	return slot
}

// invoke is the event that a batch is handed to the function: for the first time, or again.
func (d *DeliveryStream) invoke(slot uint32) {
	v, now := &d.invocations[slot], d.eng.Now()
	v.attempts++
	v.turn++
	v.began = now
	v.receipts = v.receipts[:0]
	for _, ref := range d.batches[v.batch].refs {
		m := d.store.At(ref)
		m.Receipt++
		m.Enter(now, message.Prefetch)
		r := receiptOf(ref, m)
		r.At = now
		v.receipts = append(v.receipts, r)
	}
	d.Invocations.Inc()
	d.await(slot, v)
	d.transformer.InvokeBatch(v.receipts, d, uint64(v.turn)<<32|uint64(slot))
}

// await lets an invocation be given up when it takes too long.
func (d *DeliveryStream) await(slot uint32, v *invocation) {
	timeout := d.limit.TransformTimeout.Sim()
	if timeout >= message.Forever {
		return
	}
	until := v.began.Add(timeout)
	d.awaited.Push(awaited{slot, v.turn, until})
	if d.awaited.Len() == 1 {
		d.overtime.At(until, 0)
	}
}

// timeOut is the event that the oldest invocation may have taken too long. AWS: "Firehose supports a Lambda invocation
// time of up to 5 minutes" (developer guide, data-transformation.md, 2023).
func (d *DeliveryStream) timeOut(uint8) {
	now := d.eng.Now()
	for d.awaited.Len() > 0 {
		first := *d.awaited.Front()
		v := &d.invocations[first.slot]
		if v.turn == first.turn && v.batch != none {
			if first.until > now {
				d.overtime.At(first.until, 0)
				return
			}
			d.takeBack(first.slot)
		}
		d.awaited.Pop()
	}
}

// takeBack ends an invocation that took too long: its records are no longer the function's.
func (d *DeliveryStream) takeBack(slot uint32) {
	left := d.invocations[slot]
	d.invocations[slot].batch = none
	for _, ref := range d.batches[left.batch].refs {
		m := d.store.At(ref)
		m.Receipt++
		m.Failure = message.DeadByTimeout
	}
	next := d.newInvocation()
	v := &d.invocations[next]
	v.batch, v.lane, v.attempts, v.began = left.batch, left.lane, left.attempts, left.began
	d.failed(next, true, message.DeadByTimeout)
}

// Answered takes the answer of the function.
func (d *DeliveryStream) Answered(token uint64, err error) {
	slot := uint32(token)
	v := &d.invocations[slot]
	switch {
	case v.batch == none:
		d.unused = append(d.unused, slot)
	case err != nil:
		api := aws.ErrorOf(err)
		d.failed(slot, api != nil && !api.Function && api.Retryable, placeOf(api))
	case d.response(v) > int64(d.limit.PayloadMax):
		d.failed(slot, false, message.DeadByError)
	default:
		d.transformed(slot)
	}
}

// placeOf returns where the records of an invocation end that was given up with an error, or AtClient where the
// function said it of each.
func placeOf(api *aws.Error) message.Place {
	switch {
	case api != nil && api.Function:
		return message.AtClient
	case api != nil && api.Throttle:
		return message.DeadByThrottle
	}
	return message.DeadByError
}

// response returns the bytes of the function's answer.
func (d *DeliveryStream) response(v *invocation) int64 {
	return int64(float64(d.batches[v.batch].bytes) * d.spec.Transform.SizeFactor)
}

// failed notes an invocation that failed. AWS: if "the Lambda function invocation fails because of a network timeout or
// because you've reached the Lambda invocation limit, Firehose retries the invocation three times by default", and
// then "skips that batch of records" (developer guide, data-transformation.md, 2023).
func (d *DeliveryStream) failed(slot uint32, retry bool, place message.Place) {
	now, v := d.eng.Now(), &d.invocations[slot]
	v.turn++ // no answer is waited for during the pause
	d.InvocationsFailed.Inc()
	d.Execution.Record(int64(now.Sub(v.began)))
	refs := d.batches[v.batch].refs
	if retry && v.attempts <= d.limit.TransformRetries {
		d.InvocationRetries.Inc()
		for _, ref := range refs {
			d.store.At(ref).Enter(now, message.Retry)
		}
		d.retried.After(d.limit.RetryDelay.Sim(), slot)
		return
	}
	for _, ref := range refs {
		m := d.store.At(ref)
		why := place
		if why == message.AtClient {
			why = m.Failure
		}
		d.ProcessingFailed.Inc()
		d.backUp(ref, m, why)
	}
	d.release(slot)
}

// transformed takes the records that the function answered with: it said of each whether it is well, dropped or could
// not be processed.
func (d *DeliveryStream) transformed(slot uint32) {
	now, v, t := d.eng.Now(), &d.invocations[slot], d.spec.Transform
	d.Execution.Record(int64(now.Sub(v.began)))
	n := v.batch
	for _, ref := range d.batches[n].refs {
		m, luck := d.store.At(ref), d.outcome.Float64()
		switch {
		case m.Cause() == message.Retry: // the function failed at it
			d.ProcessingFailed.Inc()
			d.backUp(ref, m, m.Failure)
		case luck < float64(t.Dropped):
			d.Dropped.Inc()
			d.store.Move(ref, m, message.Filtered)
			d.store.Free(ref)
		case luck < float64(t.Dropped)+float64(t.ProcessingFailed):
			d.ProcessingFailed.Inc()
			d.backUp(ref, m, message.DeadByError)
		default:
			d.Transformed.Inc()
			m.SizeBytes = uint32(float64(m.SizeBytes) * t.SizeFactor)
			m.Enter(now, message.BatchWindow)
			d.store.Move(ref, m, message.Visible)
			d.hold(1, int64(m.SizeBytes))
			d.gather(ref, m)
		}
	}
	d.release(slot)
}

// release ends an invocation and lets the next batch of its shard have its turn.
func (d *DeliveryStream) release(slot uint32) {
	v := &d.invocations[slot]
	n, i := v.batch, v.lane
	v.batch = none
	d.unused = append(d.unused, slot)
	d.InFlight.Add(d.eng.Now(), -int64(len(d.batches[n].refs)))
	d.Invoked.Add(d.eng.Now(), -1)
	d.discard(n)
	l := &d.lanes[i]
	l.outstanding--
	if l.line.Len() == 0 {
		return
	}
	next := l.line.Pop()
	d.request(i, next)
	if d.fetcher != nil && d.lanes[i].line.Len() == 0 {
		d.fetcher.Want(int(i))
	}
}
