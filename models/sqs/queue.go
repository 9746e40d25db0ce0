package sqs

import (
	"math/bits"
	"strings"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/ring"
)

// Errors of the API, by AWS's names (SQS API reference, 2012-11-05).
var (
	ErrInvalidParameterValue        = &aws.Error{Code: "InvalidParameterValue"}
	ErrOverLimit                    = &aws.Error{Code: "OverLimit", Retryable: true}
	ErrTooManyEntriesInBatchRequest = &aws.Error{Code: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"}
	ErrBatchRequestTooLong          = &aws.Error{Code: "AWS.SimpleQueueService.BatchRequestTooLong"}
	ErrMessageNotInflight           = &aws.Error{Code: "AWS.SimpleQueueService.MessageNotInflight"}
	ErrReceiptHandleHasExpired      = &aws.Error{Code: "InvalidParameterValue: The receipt handle has expired"}
	ErrThrottling                   = &aws.Error{Code: "ThrottlingException", Retryable: true, Throttle: true}
	ErrNonExistentQueue             = &aws.Error{Code: "AWS.SimpleQueueService.NonExistentQueue"}
	ErrQueueDeletedRecently         = &aws.Error{Code: "AWS.SimpleQueueService.QueueDeletedRecently"}
	ErrPurgeQueueInProgress         = &aws.Error{Code: "AWS.SimpleQueueService.PurgeQueueInProgress"}
)

// Stats is what a queue measures.
type Stats struct {
	Visible, InFlight, Delayed measure.Level // messages, by state

	Sent          measure.Counter // messages accepted
	Received      measure.Counter // deliveries
	Deleted       measure.Counter // messages deleted by a consumer
	EmptyReceives measure.Counter // receives that returned nothing
	Redelivered   measure.Counter // deliveries after the first of a message
	OverLimit     measure.Counter // receives refused because too many messages were in flight
	Expired       measure.Counter // messages whose retention ended
	Purged        measure.Counter // messages removed by a purge
	Moved         measure.Counter // messages moved to the dead-letter queue
	ArrivedDead   measure.Counter // messages that came as dead letters from another queue
	// MovedProcessed and ArrivedDeadProcessed are how many of Moved and of ArrivedDead a consumer had processed: their
	// deletion failed or came too late, and the ledger has them as processed.
	MovedProcessed, ArrivedDeadProcessed measure.Counter
	// TimeToDLQ is how old messages were when they came as dead letters, ns; nil before the first.
	TimeToDLQ  *measure.Histogram
	Redriven   measure.Counter // messages that move tasks took back
	Duplicated measure.Counter // deleted messages that came back
	Repeated   measure.Counter // repeats that a FIFO queue accepted and did not enqueue
	Throttled  measure.Counter // calls that a FIFO queue's quota refused

	Requests [Actions]measure.Counter // calls billed: each 64 KB of payload counts as one

	sentBytes measure.Counter // of the messages accepted
}

// Queue is a queue, standard or FIFO.
type Queue struct {
	Stats
	// Digits is how many significant digits the ages of dead letters have; it is to be set before the run.
	Digits int

	name  string
	spec  *Spec
	limit *Limits
	eng   *sim.Engine
	store *message.Store

	servers  []ring.Buffer[message.Ref] // the visible messages, by the server that holds them
	occupied uint64                     // bit i: server i holds messages
	gone     int                        // messages in line that are deleted and wait to be skipped
	choice   *sim.Rand                  // which server holds or is asked
	doubt    *sim.Rand                  // whether a deleted message comes back

	attributes attributes
	absent     bool // there is no queue: it was deleted, or is not created yet

	fifo *fifo // of a FIFO queue, which has no servers
	fair *fair // of a fair queue, which has none either

	delayed    deadlines
	inFlight   deadlines
	extended   map[message.Ref]sim.Time // the deadlines of the receipts whose timeout was changed
	ages       ages
	apparent   *apparent        // nil unless somebody watches the queue's metrics
	expiry     sim.Event[int64] // the oldest message's retention may have ended
	expiryAt   sim.Time
	waiters    ring.Buffer[waiter]
	unordered  bool // some waiter's deadline comes before that of one ahead of it
	waitOver   sim.Event[int64]
	waitOverAt sim.Time

	free    int // consumers that stand free
	most    int // messages that the last receive asked for
	idle    message.Idle
	idleAt  sim.Time
	purged  sim.Time // instant of the last purge, or negative
	dead    *Queue   // the dead-letter queue
	sources []*Queue // whose dead-letter queue this is
	task    moveTask

	settings    uint32 // counts deletions and creations: attributes set before do not take effect after
	deletedAt   sim.Time
	takesEffect sim.Event[uint64] // attributes that were set take effect
	propagation *sim.Rand

	attempts map[string]*attempt // of receives that named one
	batch    []message.Receipt
	refused  []message.Ref
	about    []message.Ref // of the call under way
}

// New returns an empty queue, a FIFO queue when its name ends in .fifo. Connect it to its dead-letter queue with
// Redrive before the run.
func New(eng *sim.Engine, store *message.Store, name string, s *Spec, limits *Limits) *Queue {
	q := &Queue{
		Digits: 3, name: name, spec: s, limit: limits, eng: eng, store: store,
		servers:  make([]ring.Buffer[message.Ref], min(max(limits.Servers, 1), 64)),
		choice:   eng.Rand(name + "/server"),
		doubt:    eng.Rand(name + "/duplicate"),
		extended: map[message.Ref]sim.Time{},
		expiryAt: sim.Never, waitOverAt: sim.Never, purged: -1, deletedAt: -1, attributes: attributesOf(s, limits),
	}
	if strings.HasSuffix(name, spec.FIFO) {
		store.KeepIDs()
		store.KeepOrder()
		q.servers = nil
		q.fifo = newFIFO(q)
	} else if s.FairQueue {
		q.servers = nil
		q.fair = newFair(q)
	}
	q.delayed.init(sim.NewEvent(eng, name+"/delayEnd", q.delayEnd))
	q.inFlight.init(sim.NewEvent(eng, name+"/visibilityEnd", q.visibilityEnd))
	q.expiry = sim.NewEvent(eng, name+"/retentionEnd", q.retentionEnd)
	q.waitOver = sim.NewEvent(eng, name+"/waitEnd", q.waitEnd)
	q.task.next = sim.NewEvent(eng, name+"/move", q.moveNext)
	return q
}

// Redrive makes to the dead-letter queue of messages that were delivered so many times.
func (q *Queue) Redrive(to *Queue, maxReceiveCount int) {
	q.dead, q.attributes.receivesMax = to, maxReceiveCount
	to.sources = append(to.sources, q)
}

// Name returns the queue's name.
func (q *Queue) Name() string { return q.name }

// ConsumerFree tells the queue that n more consumers (fewer, when negative) stand free to work on its messages. The
// wait of its visible messages is split by it: backlog while none is free, poll while those that are could take them
// all, and in proportion between. A delivery takes one consumer away by itself.
func (q *Queue) ConsumerFree(n int) {
	q.settle()
	q.free += n
}

// settle brings the running totals up to now.
func (q *Queue) settle() {
	now := q.eng.Now()
	passed := now.Sub(q.idleAt)
	if passed == 0 {
		return
	}
	q.idleAt = now
	switch {
	case q.InFlight.Value() >= q.inFlightMax():
		q.idle.Limited += passed
	case q.free > 0:
		q.idle.Free += q.reached(passed)
	}
}

// reached returns the part of a time that counts as poll: of the messages in line, those that the free consumers could
// take at once wait for a poll, and the others for a consumer.
func (q *Queue) reached(passed sim.Duration) sim.Duration {
	could, line := uint64(q.free)*uint64(max(q.most, 1)), uint64(max(q.Visible.Value(), 0))
	if q.fifo != nil { // a consumer takes one group at least
		could, line = uint64(q.free), uint64(q.fifo.open.len())
	}
	if could >= line {
		return passed
	}
	high, low := bits.Mul64(uint64(passed), could)
	part, _ := bits.Div64(high, low, line)
	return sim.Duration(part)
}

// FIFO reports whether it is a FIFO queue.
func (q *Queue) FIFO() bool { return q.fifo != nil }

func (q *Queue) inFlightMax() int64 {
	if q.fifo != nil {
		return q.limit.FIFOInFlightMax
	}
	return q.limit.InFlightMax
}

// Idle returns how long until now the queue had a free consumer and how long it was at its in-flight limit.
func (q *Queue) Idle() message.Idle {
	q.settle()
	return q.idle
}

// OldestAge returns the age of the oldest message that is not deleted, or 0 when there is none.
func (q *Queue) OldestAge() sim.Duration {
	if _, at, ok := q.ages.oldest(q.store); ok {
		return q.eng.Now().Sub(at)
	}
	return 0
}

// stand puts a message in line at its back, or at its front, where one goes that was in flight. In a FIFO queue its
// group says where it stands.
func (q *Queue) stand(ref message.Ref, m *message.Message, front bool) {
	q.settle()
	q.store.Move(ref, m, message.Visible)
	q.Visible.Add(q.eng.Now(), 1)
	if q.fifo != nil {
		q.fifo.stand(ref, m, front)
		return
	}
	m.Line(q.eng.Now(), q.idle)
	if q.fair != nil {
		q.fair.stand(ref, m, front)
		return
	}
	server := 0
	if len(q.servers) > 1 {
		server = int(q.choice.Uint64() >> 32 * uint64(len(q.servers)) >> 32)
	}
	if front {
		q.servers[server].PushFront(ref)
	} else {
		q.servers[server].Push(ref)
	}
	q.occupied |= 1 << server
}

// remove ends a message's stay in the queue. The slot is freed, unless the message stands in line, where it is
// skipped and freed when it comes up.
func (q *Queue) remove(ref message.Ref, m *message.Message) {
	switch {
	case q.fifo != nil:
		q.removeOrdered(ref, m)
	case m.Waits():
		q.settle()
		q.Visible.Add(q.eng.Now(), -1)
		m.Flags |= message.Deleted
		m.Receipt++
		m.Generation++
		q.gone++
		q.sweep()
	default:
		q.store.Free(ref)
	}
	q.ages.left(q.store)
}

// removeOrdered ends a message's stay in a FIFO queue.
func (q *Queue) removeOrdered(ref message.Ref, m *message.Message) {
	if m.Waits() {
		q.settle()
		q.Visible.Add(q.eng.Now(), -1)
		q.fifo.unstand(ref, m)
	}
	q.fifo.leave(ref)
	q.store.Free(ref)
}

// freeExpired frees the slot of a message that expired in flight, when its delivery is over.
func (q *Queue) freeExpired(ref message.Ref, m *message.Message) {
	q.store.Move(ref, m, message.ExpiredInQueue)
	if q.fifo != nil {
		q.fifo.leave(ref)
	}
	q.store.Free(ref)
}

// sweep frees the messages in line that are deleted, once they outnumber the others: a queue that nobody polls would
// keep them for ever.
func (q *Queue) sweep() {
	if int64(q.gone) >= q.Visible.Value()+1024 {
		q.clear()
	}
}

// clear frees the messages in line that are deleted.
func (q *Queue) clear() {
	q.gone = 0
	keep := func(ref message.Ref) bool {
		gone := q.store.At(ref).Has(message.Deleted)
		if gone {
			q.store.Free(ref)
		}
		return !gone
	}
	if q.fair != nil {
		q.fair.sweep(keep)
	}
	for i := range q.servers {
		q.servers[i].Keep(keep)
		if q.servers[i].Len() == 0 {
			q.occupied &^= 1 << i
		}
	}
}

// leaveFlight notes that a delivery is over.
func (q *Queue) leaveFlight(ref message.Ref, m *message.Message) {
	q.settle()
	q.InFlight.Add(q.eng.Now(), -1)
	q.inFlight.live--
	if q.fifo != nil {
		q.fifo.land(ref)
	}
	if q.fair != nil {
		q.fair.landed(m)
	}
	if m.Has(message.Extended) {
		m.Flags &^= message.Extended
		delete(q.extended, ref)
	}
	if q.inFlight.crowded() {
		q.inFlight.sweep(q.inFlightStands)
	}
}
