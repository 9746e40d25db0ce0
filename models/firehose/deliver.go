package firehose

import (
	"slices"

	"weir/models/message"
	"weir/sim"
)

// result is what will come of a delivery that is under way.
type result uint8

const (
	well           result = iota
	refused               // the destination is out of reach, or answers with an error
	unacknowledged        // the records are there, and Splunk does not say so
)

// deliver begins to deliver a batch of a buffer.
func (d *DeliveryStream) deliver(n uint32) {
	now, bt := d.eng.Now(), &d.batches[n]
	d.buffers[bt.buffer].underWay++
	d.hold(-int64(len(bt.refs)), -bt.bytes)
	d.InFlight.Add(now, int64(len(bt.refs)))
	for _, ref := range bt.refs {
		m := d.store.At(ref)
		d.Begin(now, receiptOf(ref, m)) // the work for them is the delivery
		m.Enter(now, message.Downstream)
		d.store.Move(ref, m, message.InFlight)
	}
	d.attempt(n)
}

func receiptOf(ref message.Ref, m *message.Message) message.Receipt {
	return message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation}
}

// attempt makes one attempt to deliver a batch.
func (d *DeliveryStream) attempt(n uint32) {
	bt := &d.batches[n]
	if d.spec.Destination.Type == Redshift && !bt.loading {
		bt.result = well // the scenario speaks of the cluster's failures, not of S3's
		d.ended.After(d.object.Sample(), n)
		return
	}
	takes := d.latency.Sample()
	bt.result = d.luckOf(&takes)
	d.ended.After(takes, n)
}

// luckOf decides what will come of a delivery. One that is not acknowledged takes until that is given up. AWS: Firehose
// waits for an acknowledgement of Splunk, and if an "acknowledgment doesn't arrive within the acknowledgment timeout
// period", it "starts the retry duration counter" (developer guide, basic-deliver.md, 2023).
func (d *DeliveryStream) luckOf(takes *sim.Duration) result {
	s := &d.spec.Destination
	down, luck := d.down(), d.luck.Float64()
	switch {
	case down || luck < float64(s.Failures):
		return refused
	case s.Type != Splunk:
		return well
	}
	timeout := d.limit.AckTimeout.Sim()
	if s.AcknowledgmentTimeout != nil {
		timeout = s.AcknowledgmentTimeout.Sim()
	}
	if *takes > timeout || luck < float64(s.Failures)+float64(s.Unacknowledged) {
		*takes = timeout
		return unacknowledged
	}
	return well
}

// down reports whether the destination is out of reach.
func (d *DeliveryStream) down() bool {
	now := d.eng.Now()
	return slices.ContainsFunc(d.spec.Destination.Unavailable, func(o OutageSpec) bool {
		begin := sim.Time(o.At)
		return now >= begin && now.Sub(begin) < o.For.Sim()
	})
}

// end is the event that the answer to a delivery is there.
func (d *DeliveryStream) end(n uint32) {
	bt := &d.batches[n]
	loads := d.spec.Destination.Type == Redshift
	if !loads || bt.loading {
		d.Attempts.Inc()
	}
	switch {
	case bt.result != well:
		d.fail(n, bt)
	case loads && !bt.loading:
		d.stored(bt)
		d.done(bt.buffer)
		d.staged = append(d.staged, n)
		d.copyNext()
	default:
		d.deliverWell(n, bt)
	}
}

// fail notes a delivery that failed. It is tried again until its time is over.
func (d *DeliveryStream) fail(n uint32, bt *batch) {
	now := d.eng.Now()
	d.Failures.Inc()
	if bt.result == unacknowledged {
		d.Repeated.Add(uint64(len(bt.refs)))
	}
	if bt.failed == sim.Never {
		bt.failed, bt.delay = now, d.limit.RetryDelay.Sim()
		d.failing++
		for _, ref := range bt.refs {
			d.store.At(ref).Enter(now, message.Retry)
		}
	}
	until := d.until(bt)
	if now >= until {
		d.giveUp(n)
		return
	}
	d.again.At(min(now.Add(bt.delay), until), n)
	bt.delay = min(2*bt.delay, d.limit.RetryDelayMax.Sim())
}

// until returns when a delivery that failed is given up. AWS: "if data delivery to your Amazon S3 bucket fails,
// Firehose retries for up to 24 hours", with a stream as the source for as long as that keeps the data (developer
// guide, basic-deliver.md, 2023).
func (d *DeliveryStream) until(bt *batch) sim.Time {
	s := &d.spec.Destination
	switch {
	case s.Type == S3 && d.fetcher != nil:
		return max(bt.oldest.Add(d.retention()), bt.failed)
	case s.RetryDuration != nil:
		return bt.failed.Add(s.RetryDuration.Sim())
	}
	return bt.failed.Add(d.rules.retry.Sim())
}

// tryAgain is the event that a delivery is tried again, or that its time is over.
func (d *DeliveryStream) tryAgain(n uint32) {
	if d.eng.Now() >= d.until(&d.batches[n]) {
		d.giveUp(n)
		return
	}
	d.attempt(n)
}

// stored counts an object in S3.
func (d *DeliveryStream) stored(bt *batch) {
	size := uint64(float64(bt.bytes) / d.spec.CompressionRatio)
	d.Objects.Inc()
	d.ObjectBytes.Add(size)
	d.objectsCalls.Add(d.putRequests())
	if d.spec.DynamicPartitioning {
		d.partitioned.Add(uint64(bt.bytes))
		d.partitionedObjects.Inc()
	}
}

// putRequests returns how many requests an object takes. AWS: "when you configure buffer time interval less than 60
// seconds …, Firehose uses multi-part upload to S3 destination", which costs more (developer guide,
// buffering-hints.html, 2026).
func (d *DeliveryStream) putRequests() uint64 {
	if d.stages[delivering].interval < d.limit.MultipartBelow.Sim() {
		return uint64(d.limit.MultipartRequests)
	}
	return 1
}

// deliverWell ends a delivery that went well: its records are at their destination.
func (d *DeliveryStream) deliverWell(n uint32, bt *batch) {
	now := d.eng.Now()
	d.Freshness.Record(int64(now.Sub(bt.oldest)))
	d.Delivered.Add(uint64(len(bt.refs)))
	d.DeliveredBytes.Add(uint64(bt.bytes))
	if d.spec.VPCZones > 0 {
		d.vpc.Add(uint64(bt.bytes))
	}
	if d.spec.Destination.Type == S3 {
		d.stored(bt)
	}
	for _, ref := range bt.refs {
		d.Complete(now, receiptOf(ref, d.store.At(ref)), nil)
		d.store.Free(ref)
	}
	d.finish(n)
}

// giveUp ends a delivery that failed for too long: its records are backed up in S3, or, when S3 itself failed, lost.
func (d *DeliveryStream) giveUp(n uint32) {
	bt := &d.batches[n]
	if d.spec.Destination.Type == S3 {
		for _, ref := range bt.refs {
			d.lose(ref, d.store.At(ref))
		}
	} else {
		for _, ref := range bt.refs {
			d.backUp(ref, d.store.At(ref), message.DeadByError)
		}
	}
	d.finish(n)
}

// finish frees a batch that has been delivered or given up, and lets what waits for it go on.
func (d *DeliveryStream) finish(n uint32) {
	bt, now := &d.batches[n], d.eng.Now()
	d.peak = max(d.peak, now.Sub(bt.oldest))
	d.InFlight.Add(now, -int64(len(bt.refs)))
	if bt.failed < sim.Never {
		d.failing--
	}
	buffer, loaded := bt.buffer, bt.loading
	d.discard(n)
	if loaded {
		d.copying = false
		d.copyNext()
		return
	}
	d.done(buffer)
}

// copyNext begins a COPY of all objects that wait for one. AWS: "Firehose … issues a new COPY command as soon as the
// previous COPY command is successfully finished" (developer guide, basic-deliver.md, 2023).
func (d *DeliveryStream) copyNext() {
	if d.copying || len(d.staged) == 0 {
		return
	}
	d.copying = true
	n := d.newBatch(none)
	load := &d.batches[n]
	load.loading = true
	for _, part := range d.staged {
		bt := &d.batches[part]
		load.refs = append(load.refs, bt.refs...)
		load.bytes += bt.bytes
		load.oldest = min(load.oldest, bt.oldest)
		d.discard(part)
	}
	d.staged = d.staged[:0]
	d.attempt(n)
}

// copied counts a record in the backup, under one of its prefixes. They are gathered to objects by the default of the
// hints: there is no other buffer for them, as nothing waits for them.
func (d *DeliveryStream) copied(b *backup, bytes int64) {
	d.BackedUp.Inc()
	d.BackupBytes.Add(uint64(bytes))
	now := d.eng.Now()
	if now >= b.until || b.bytes >= int64(d.limit.BufferSize) {
		d.BackupObjects.Inc()
		*b = backup{until: now.Add(d.limit.BufferInterval.Sim())}
	}
	b.bytes += bytes
}

// backUp ends a record in the backup in S3. AWS: with all records in the backup, Firehose "delivers all incoming
// records to Amazon S3, and also writes failed documents" there, under another prefix (API reference, S3BackupMode).
func (d *DeliveryStream) backUp(ref message.Ref, m *message.Message, place message.Place) {
	d.copied(&d.errors, int64(m.SizeBytes))
	d.store.Move(ref, m, place)
	d.store.Free(ref)
}

// lose ends a record that is nowhere.
func (d *DeliveryStream) lose(ref message.Ref, m *message.Message) {
	d.Lost.Inc()
	d.store.Move(ref, m, message.Lost)
	d.store.Free(ref)
}
