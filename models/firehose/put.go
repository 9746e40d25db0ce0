package firehose

import (
	"weir/models/message"
	"weir/models/quota"
	"weir/models/stream"
	"weir/sim"
)

// setQuotas fills the quotas of direct puts, at their present scale.
func (d *DeliveryStream) setQuotas() {
	rate := func(perSecond float64) quota.Bucket { return quota.NewBucket(min(perSecond*d.scale, 1e18), sim.Second) }
	d.records, d.requests = rate(d.limit.Records.PerSecond()), rate(d.limit.Requests.PerSecond())
	d.bytes = rate(float64(d.limit.Bytes))
}

// SendMessage puts a record (PutRecord). It returns ServiceUnavailableException when the quotas are used up, and
// InvalidArgumentException when the record is too large, or comes from elsewhere than the source.
func (d *DeliveryStream) SendMessage(ref message.Ref, _ sim.Duration) error {
	now, m := d.eng.Now(), d.store.At(ref)
	if d.fetcher != nil || int64(m.SizeBytes) > int64(d.limit.RecordMax) {
		return ErrInvalidArgument
	}
	if !d.requests.Has(now, 1) || !d.permit(now, m) {
		d.ThrottledRequests.Inc()
		return d.throttle(now, 1)
	}
	d.requests.Take(1)
	d.Requests.Inc()
	d.accept(ref, m)
	return nil
}

// PutRecord puts a record of one message.
func (d *DeliveryStream) PutRecord(e stream.Entry) error { return d.SendMessage(e.Messages[0], 0) }

// PutRecords puts records of a message each (PutRecordBatch). The call is refused as a whole when it is too large or
// takes no record at all; otherwise failures tells of each that the quotas refuse, with ServiceUnavailableException,
// and a client that does not look at them has lost them.
func (d *DeliveryStream) PutRecords(entries []stream.Entry, failures []error) error {
	now, total := d.eng.Now(), int64(0)
	for i := range entries {
		size := int64(d.store.At(entries[i].Messages[0]).SizeBytes)
		if total += size; size > int64(d.limit.RecordMax) {
			return ErrInvalidArgument
		}
	}
	if d.fetcher != nil || int64(len(entries)) > d.limit.BatchMax || total > int64(d.limit.BatchBytes) {
		return ErrInvalidArgument
	}
	if !d.requests.Has(now, 1) || !d.permits(now, entries[0].Messages[0]) {
		d.ThrottledRequests.Inc()
		return d.throttle(now, uint64(len(entries)))
	}
	d.requests.Take(1)
	d.Requests.Inc()
	refused := uint64(0)
	for i := range entries {
		ref := entries[i].Messages[0]
		m := d.store.At(ref)
		if failures[i] = nil; d.permit(now, m) {
			d.accept(ref, m)
			continue
		}
		failures[i] = ErrServiceUnavailable
		refused++
	}
	if refused > 0 {
		_ = d.throttle(now, refused)
	}
	return nil
}

// ShardOf returns 0: records are spread by the service.
func (d *DeliveryStream) ShardOf(stream.Hash) int { return 0 }

// RecordMax returns how many bytes a record may have.
func (d *DeliveryStream) RecordMax() int64 { return int64(d.limit.RecordMax) }

// Last returns the last hash of all.
func (d *DeliveryStream) Last(int) stream.Hash { return stream.HashMax }

// Deliver takes a record from a topic.
func (d *DeliveryStream) Deliver(ref message.Ref, from message.Caller, token uint64) {
	from.Answered(token, d.SendMessage(ref, 0))
}

// permits reports whether the quotas take a record.
func (d *DeliveryStream) permits(now sim.Time, ref message.Ref) bool {
	return d.records.Has(now, 1) && d.bytes.Has(now, float64(d.store.At(ref).SizeBytes))
}

// permit takes a record from the quotas, if they take it.
func (d *DeliveryStream) permit(now sim.Time, m *message.Message) bool {
	if !d.records.Has(now, 1) || !d.bytes.Has(now, float64(m.SizeBytes)) {
		return false
	}
	d.records.Take(1)
	d.bytes.Take(float64(m.SizeBytes))
	return true
}

// pauseMax is the longest pause between throttled calls that still counts as one time of throttling.
const pauseMax = sim.Minute

// throttle notes records that were refused. A stream that is throttled for long has its quotas raised, in the profiles
// that say so. AWS: Firehose "proactively increases the throughput limit … until the throttling is contained"
// (developer guide, limits.html, 2026).
func (d *DeliveryStream) throttle(now sim.Time, records uint64) error {
	d.Throttled.Add(records)
	if !d.limit.Autoscale {
		return ErrServiceUnavailable
	}
	if now.Sub(d.throttled) > pauseMax {
		d.throttling = now
	}
	if d.throttled = now; now.Sub(d.throttling) >= d.limit.AutoscaleAfter.Sim() {
		d.scale *= d.limit.AutoscaleFactor
		d.throttling = now
		d.Raised.Inc()
		d.setQuotas()
	}
	return ErrServiceUnavailable
}

// accept takes a record from its sender.
func (d *DeliveryStream) accept(ref message.Ref, m *message.Message) {
	now := d.eng.Now()
	m.Enqueued, m.Failure = now, message.DeadByError
	m.Enter(now, message.BatchWindow)
	d.store.Move(ref, m, message.Visible)
	d.enter(0, ref, m)
}

// enter takes a record of a shard into its first buffer.
func (d *DeliveryStream) enter(shard int, ref message.Ref, m *message.Message) {
	size, step := uint64(m.SizeBytes), uint64(d.limit.Rounding)
	d.Records.Inc()
	d.Bytes.Add(size)
	d.billed.Add(max(1, (size+step-1)/step) * step)
	d.hold(1, int64(size))
	if d.spec.S3Backup == BackupAll {
		d.copied(&d.copies, int64(size))
	}
	if d.transformer != nil {
		d.add(d.lanes[shard].buffer, ref, m)
	} else {
		d.gather(ref, m)
	}
}

// hold changes what is in the buffers.
func (d *DeliveryStream) hold(records, bytes int64) {
	now := d.eng.Now()
	d.Buffered.Add(now, records)
	d.BufferedBytes.Add(now, bytes)
}
