package firehose

import (
	"math"

	"weir/models/message"
	"weir/sim"
)

// stage is what a buffer is for.
type stage uint8

const (
	transforming stage = iota // records wait for the function
	gathering                 // they wait for the buffer of their partition
	delivering                // they wait for the destination

	stages = 3
)

// settings are what closes the buffers of a stage.
type settings struct {
	size     int64
	interval sim.Duration
}

// setStages sets what closes the buffers of each stage.
func (d *DeliveryStream) setStages() {
	last := settings{int64(d.rules.size), d.rules.interval.Sim()}
	if z := d.spec.Buffer.Size; z != nil {
		last.size = int64(*z)
	}
	if i := d.spec.Buffer.Interval; i != nil {
		last.interval = i.Sim()
	}
	first := settings{int64(d.rules.transform), d.limit.TransformInterval.Sim()}
	if t := d.spec.Transform; t != nil && t.BufferSize != nil {
		first.size = int64(*t.BufferSize)
	}
	if t := d.spec.Transform; t != nil && t.BufferInterval != nil {
		first.interval = t.BufferInterval.Sim()
	}
	// AWS: with dynamic partitioning there is "multi-stage buffering", and "the end-to-end delay of your data can be up
	// to 1.5 times the buffering hint time" (developer guide, dynamic-partitioning.md, 2023).
	share := d.limit.PartitioningDelay - 1
	gathered := settings{last.size, sim.Duration(float64(last.interval) * share)}
	d.stages = [stages]settings{transforming: first, gathering: gathered, delivering: last}
}

// buffer is where records are gathered to a batch.
type buffer struct {
	batch    uint32 // that is filled, or none
	key      uint32 // of its partition
	stage    stage
	lane     int32    // that it is gathered for, while it is before the function
	armed    bool     // a look at it is scheduled
	due      sim.Time // when its interval is over
	underWay int32    // batches of it that are being delivered
}

// batch is records that go on together. Those for the destination are one object.
type batch struct {
	refs    []message.Ref
	bytes   int64
	oldest  sim.Time // when its oldest record was accepted
	buffer  uint32   // that it was filled in
	failed  sim.Time // when its delivery first failed, or sim.Never
	delay   sim.Duration
	result  result // of the delivery under way
	loading bool   // it is a COPY
}

const none = math.MaxUint32

// newBuffer returns an empty buffer.
func (d *DeliveryStream) newBuffer(s stage) uint32 {
	d.buffers = append(d.buffers, buffer{batch: none, stage: s})
	return uint32(len(d.buffers) - 1)
}

// newBatch returns a batch without records.
func (d *DeliveryStream) newBatch(buffer uint32) uint32 {
	if len(d.free) == 0 {
		d.free = append(d.free, uint32(len(d.batches)))
		d.batches = append(d.batches, batch{})
	}
	n := d.free[len(d.free)-1]
	d.free = d.free[:len(d.free)-1]
	d.batches[n] = batch{refs: d.batches[n].refs[:0], oldest: sim.Never, buffer: buffer, failed: sim.Never}
	return n
}

// discard gives the slot of a batch back.
func (d *DeliveryStream) discard(n uint32) {
	d.batches[n].refs = d.batches[n].refs[:0]
	d.free = append(d.free, n)
}

// add puts a record into a buffer, which is closed when it is full.
func (d *DeliveryStream) add(i uint32, ref message.Ref, m *message.Message) {
	b := &d.buffers[i]
	if b.batch == none {
		b.batch = d.newBatch(i)
		d.open(i)
	}
	bt := &d.batches[b.batch]
	bt.refs = append(bt.refs, ref)
	bt.bytes += int64(m.SizeBytes)
	bt.oldest = min(bt.oldest, m.Enqueued)
	if bt.bytes >= d.size(b.stage) {
		d.close(i, true)
	}
}

// open lets the interval of a buffer begin. Each buffer has one calendar entry, however often it is closed before.
func (d *DeliveryStream) open(i uint32) {
	b := &d.buffers[i]
	interval := d.stages[b.stage].interval
	if interval == 0 && b.stage == delivering {
		interval = d.limit.Gather.Sim()
	}
	b.due = d.eng.Now().Add(interval)
	if !b.armed {
		b.armed = true
		d.due.At(b.due, i)
	}
}

// size returns the bytes of a full buffer. AWS: if "data delivery to the destination falls behind data writing to the
// delivery stream, Firehose raises the buffer size dynamically to catch up" (developer guide, basic-deliver.md, 2023).
func (d *DeliveryStream) size(s stage) int64 {
	size := d.stages[s].size
	if s != delivering || d.failing == 0 {
		return size
	}
	most := int64(d.rules.sizeMax)
	if size > most/(d.failing+1) {
		return most
	}
	return size * (d.failing + 1)
}

// fall is the event that the interval of a buffer may be over.
func (d *DeliveryStream) fall(i uint32) {
	b := &d.buffers[i]
	b.armed = false
	switch {
	case b.batch == none:
	case b.due > d.eng.Now():
		b.armed = true
		d.due.At(b.due, i)
	case d.holdsBack(b): // it is closed when the delivery has ended
	default:
		d.close(i, false)
	}
}

// holdsBack reports whether a buffer waits for the delivery of the batch before it: so do those without an interval.
func (d *DeliveryStream) holdsBack(b *buffer) bool {
	return b.stage == delivering && d.stages[delivering].interval == 0 && b.underWay > 0
}

// close takes the batch out of a buffer, because it is full or its interval is over, and lets it go on.
func (d *DeliveryStream) close(i uint32, full bool) {
	b := &d.buffers[i]
	n := b.batch
	b.batch = none
	switch b.stage {
	case transforming:
		d.transform(n)
	case gathering:
		d.spread(n)
	default:
		if full {
			d.BySize.Inc()
		} else {
			d.ByInterval.Inc()
		}
		d.deliver(n)
	}
}

// spread puts the records of a batch into the buffers of their partitions. AWS: what exceeds the quota of "active
// partitions" is delivered to the error prefix in S3 (developer guide, dynamic-partitioning.md, 2023).
func (d *DeliveryStream) spread(n uint32) {
	for _, ref := range d.batches[n].refs {
		d.partition(ref, d.store.At(ref))
	}
	d.discard(n)
}

// gather puts a record into the buffer before its destination.
func (d *DeliveryStream) gather(ref message.Ref, m *message.Message) {
	if d.spec.DynamicPartitioning && d.buffers[d.single].stage == delivering {
		d.partition(ref, m)
		return
	}
	d.add(d.single, ref, m)
}

// partition puts a record into the buffer of its partition.
func (d *DeliveryStream) partition(ref message.Ref, m *message.Message) {
	i, active := d.partitions[m.Key]
	if !active {
		if d.Partitions.Value() >= d.limit.PartitionsMax {
			d.NoPartition.Inc()
			d.hold(-1, -int64(m.SizeBytes))
			d.backUp(ref, m, message.DeadByError)
			return
		}
		i = d.newPartition(m.Key)
	}
	d.add(i, ref, m)
}

// newPartition makes a partition active: it is, from its first record until all of it has been delivered.
func (d *DeliveryStream) newPartition(key uint32) uint32 {
	d.Partitions.Add(d.eng.Now(), 1)
	var i uint32
	if last := len(d.spare) - 1; last >= 0 {
		i = d.spare[last]
		d.spare = d.spare[:last]
	} else {
		i = d.newBuffer(delivering)
	}
	d.buffers[i].key = key
	d.partitions[key] = i
	return i
}

// done notes that a batch of a buffer has been delivered, or was given up.
func (d *DeliveryStream) done(i uint32) {
	b := &d.buffers[i]
	b.underWay--
	switch {
	case b.batch != none:
		if d.stages[delivering].interval == 0 && b.due <= d.eng.Now() && !b.armed {
			d.close(i, false)
		}
	case d.spec.DynamicPartitioning && b.underWay == 0:
		delete(d.partitions, b.key)
		d.spare = append(d.spare, i)
		d.Partitions.Add(d.eng.Now(), -1)
	}
}
