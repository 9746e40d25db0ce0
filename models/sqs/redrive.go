package sqs

import (
	"math/bits"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// RedriveTaskSpec is a task that moves dead letters back at some time of the run.
type RedriveTaskSpec struct {
	// When it is started.
	At spec.Duration `yaml:"at" required:"true"`
	// Messages moved in a second (AWS: MaxNumberOfMessagesPerSecond, up to 500); what the profile holds for the
	// system-optimised rate unless set.
	Rate *spec.Rate `yaml:"rate"`
	// Where they go; the queue they are from unless set.
	To *spec.Link `yaml:"to" link:"queues"`
}

// moveTask moves the visible messages of a dead-letter queue to another queue, oldest first, until none is left.
type moveTask struct {
	to    *Queue
	gap   sim.Duration
	until sim.Time
	next  sim.Event[uint8]
}

// Sources returns the queues whose dead letters come here.
func (q *Queue) Sources() []*Queue { return q.sources }

// StartMessageMoveTask begins to move the queue's messages to another one, at so many a second: they begin anew there,
// with no receives and their retention ahead. In the ledger they stay dead-lettered until they are processed after all.
// It returns InvalidParameterValue while another task of the queue is under way (as AWS was seen to answer, semantics
// row C037), when the rate is out of range, and for a fair queue, whose tasks are not modelled.
func (q *Queue) StartMessageMoveTask(to *Queue, perSecond float64) error {
	q.bill(ActionOther, 0)
	if q.absent || to.absent {
		return ErrNonExistentQueue
	}
	if q.fair != nil || q.task.to != nil || perSecond <= 0 || perSecond > float64(q.limit.RedriveRateMax) {
		return ErrInvalidParameterValue
	}
	q.task.to = to
	q.task.gap = max(sim.Seconds(1/perSecond), 1)
	q.task.until = q.eng.Now().Add(q.limit.RedriveTimeMax.Sim())
	q.task.next.After(q.task.gap, 0)
	return nil
}

// ScheduleMoveTask starts a task at an instant of the run. One that finds another under way is refused.
func (q *Queue) ScheduleMoveTask(at sim.Time, to *Queue, perSecond float64) {
	start := sim.NewEvent(q.eng, q.name+"/moveTask", func(uint8) { _ = q.StartMessageMoveTask(to, perSecond) })
	start.At(at, 0)
}

// moveNext is the event that the move task may move a message.
func (q *Queue) moveNext(uint8) {
	ref, ok := message.None, false
	if to := q.task.to; to != nil && !to.absent && q.eng.Now() <= q.task.until {
		ref, ok = q.takeOldest()
	}
	if !ok {
		q.task.to = nil
		return
	}
	m, now, to := q.store.At(ref), q.eng.Now(), q.task.to
	q.Redriven.Inc()
	q.ages.left(q.store)
	if q.fifo != nil {
		q.fifo.leave(ref)
	}
	m.Generation++
	m.Receipt++
	m.Receives = 0
	m.Flags &^= message.Seen
	if m.Has(message.SeenBefore) { // the work that begins on it is not the first
		m.Flags = m.Flags&^message.SeenBefore | message.Seen
	}
	m.Enqueued = now
	to.Sent.Inc()
	to.keep(ref, m)
	to.stand(ref, m, false)
	to.serveWaiters()
	q.task.next.After(q.task.gap, 0)
}

// takeOldest takes the message that stands in line longest out of it.
func (q *Queue) takeOldest() (message.Ref, bool) {
	q.settle()
	if q.fifo != nil {
		return q.fifo.takeFirst()
	}
	for q.occupied != 0 {
		oldest := -1
		for left := q.occupied; left != 0; left &= left - 1 {
			i := bits.TrailingZeros64(left)
			if oldest < 0 || q.frontOf(i).Enqueued < q.frontOf(oldest).Enqueued {
				oldest = i
			}
		}
		line := &q.servers[oldest]
		ref := line.Pop()
		if line.Len() == 0 {
			q.occupied &^= 1 << oldest
		}
		m := q.store.At(ref)
		if m.Has(message.Deleted) {
			q.store.Free(ref)
			q.gone--
			continue
		}
		q.Visible.Add(q.eng.Now(), -1)
		m.Leave(q.eng.Now(), q.idle, message.APICall)
		return ref, true
	}
	return message.None, false
}

func (q *Queue) frontOf(server int) *message.Message { return q.store.At(*q.servers[server].Front()) }

// takeFirst takes the first message of the group that is served first.
func (f *fifo) takeFirst() (message.Ref, bool) {
	if !f.ready() {
		return message.None, false
	}
	number := f.open.top().number
	ref := f.states[number].waiting.first
	f.unlink(&f.states[number].waiting, ref)
	f.endWait(ref, f.store.At(ref), message.APICall)
	f.settle(number, false)
	f.queue.Visible.Add(f.queue.eng.Now(), -1)
	return ref, true
}
