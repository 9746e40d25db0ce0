package sqs

import (
	"weir/models/aws"
	"weir/models/message"
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
	Duplicated    measure.Counter // deleted messages that came back

	Requests [Actions]measure.Counter // calls billed: each 64 KB of payload counts as one
}

// Queue is a standard queue.
type Queue struct {
	Stats

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

	delayed    deadlines
	inFlight   deadlines
	extended   map[message.Ref]sim.Time // the deadlines of the receipts whose timeout was changed
	ages       ages
	expiry     sim.Event[int64] // the oldest message's retention may have ended
	expiryAt   sim.Time
	waiters    ring.Buffer[waiter]
	unordered  bool // some waiter's deadline comes before that of one ahead of it
	waitOver   sim.Event[int64]
	waitOverAt sim.Time

	free    int // consumers that stand free
	idle    message.Idle
	idleAt  sim.Time
	purged  sim.Time // instant of the last purge, or negative
	dead    *Queue   // the dead-letter queue
	batch   []message.Receipt
	refused []message.Ref
}

// New returns an empty standard queue. Connect it to its dead-letter queue with Redrive before the run.
func New(eng *sim.Engine, store *message.Store, name string, spec *Spec, limits *Limits) *Queue {
	q := &Queue{
		name: name, spec: spec, limit: limits, eng: eng, store: store,
		servers:  make([]ring.Buffer[message.Ref], min(max(limits.Servers, 1), 64)),
		choice:   eng.Rand(name + "/server"),
		doubt:    eng.Rand(name + "/duplicate"),
		extended: map[message.Ref]sim.Time{},
		expiryAt: sim.Never, waitOverAt: sim.Never, purged: -1,
	}
	q.delayed.init(sim.NewEvent(eng, name+"/delayEnd", q.delayEnd))
	q.inFlight.init(sim.NewEvent(eng, name+"/visibilityEnd", q.visibilityEnd))
	q.expiry = sim.NewEvent(eng, name+"/retentionEnd", q.retentionEnd)
	q.waitOver = sim.NewEvent(eng, name+"/waitEnd", q.waitEnd)
	return q
}

// Redrive makes to the dead-letter queue.
func (q *Queue) Redrive(to *Queue) { q.dead = to }

// Name returns the queue's name.
func (q *Queue) Name() string { return q.name }

// ConsumerFree tells the queue that n more consumers (fewer, when negative) stand free to work on its messages. The
// wait of its visible messages is split by it: backlog while none is free, poll while one is. A delivery takes one
// consumer away by itself.
func (q *Queue) ConsumerFree(n int) {
	q.settle()
	q.free += n
}

// settle brings the running totals up to now.
func (q *Queue) settle() {
	now := q.eng.Now()
	passed := now.Sub(q.idleAt)
	q.idleAt = now
	switch {
	case q.InFlight.Value() >= q.limit.InFlightMax:
		q.idle.Limited += passed
	case q.free > 0:
		q.idle.Free += passed
	}
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

// stand puts a message in line at its back, or at its front.
func (q *Queue) stand(ref message.Ref, m *message.Message, front bool) {
	q.settle()
	m.Line(q.eng.Now(), q.idle)
	q.store.Move(ref, m, message.Visible)
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
	q.Visible.Add(q.eng.Now(), 1)
}

// remove ends a message's stay in the queue. The slot is freed, unless the message stands in line, where it is
// skipped and freed when it comes up.
func (q *Queue) remove(ref message.Ref, m *message.Message) {
	if m.InLine() {
		q.Visible.Add(q.eng.Now(), -1)
		m.Flags |= message.Deleted
		m.Receipt++
		m.Generation++
		q.gone++
		q.sweep()
	} else {
		q.store.Free(ref)
	}
	q.ages.left(q.store)
}

// sweep frees the messages in line that are deleted, once they outnumber the others: a queue that nobody polls would
// keep them for ever.
func (q *Queue) sweep() {
	if int64(q.gone) < q.Visible.Value()+1024 {
		return
	}
	q.gone = 0
	for i := range q.servers {
		q.servers[i].Keep(func(ref message.Ref) bool {
			gone := q.store.At(ref).Has(message.Deleted)
			if gone {
				q.store.Free(ref)
			}
			return !gone
		})
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
	if m.Has(message.Extended) {
		m.Flags &^= message.Extended
		delete(q.extended, ref)
	}
	if q.inFlight.crowded() {
		q.inFlight.sweep(q.inFlightStands)
	}
}
