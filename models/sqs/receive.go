package sqs

import (
	"math/bits"

	"weir/models/message"
	"weir/sim"
	"weir/sim/measure"
)

// waiter is a long poll under way.
type waiter struct {
	poller     message.Receiver
	token      uint64
	until      sim.Time
	visibility sim.Duration
	most       int
}

// ReceiveMessage asks for up to most messages. A wait of 0 polls short, longer waits poll long; wait and visibility may
// be message.QueueDefault. The poller is answered at once, or, by a long poll that finds none, when the first message
// comes or the wait is over. A short poll asks only some of the servers and may miss messages that are there.
func (q *Queue) ReceiveMessage(most int, wait, visibility sim.Duration, poller message.Receiver, token uint64) {
	if q.absent {
		q.bill(ActionReceive, 0)
		poller.Received(token, nil, ErrNonExistentQueue)
		return
	}
	if wait == message.QueueDefault {
		wait = q.attributes.wait
		if q.limit.InstantPolling {
			wait = message.Forever
		}
	}
	if visibility == message.QueueDefault {
		visibility = q.attributes.visibility
	}
	if most < 1 || int64(most) > q.limit.BatchSizeMax || wait < 0 || visibility < 0 ||
		(wait > q.limit.WaitTimeMax.Sim() && wait != message.Forever) || visibility > q.limit.VisibilityMax.Sim() {
		q.bill(ActionReceive, 0)
		poller.Received(token, nil, ErrInvalidParameterValue)
		return
	}
	if most != q.most {
		q.settle()
		q.most = most
	}
	if !q.permitReceive() {
		q.bill(ActionReceive, 0)
		poller.Received(token, nil, ErrThrottling)
		return
	}
	long := wait > 0
	if q.fifo == nil && q.InFlight.Value() >= q.limit.InFlightMax && !long {
		q.OverLimit.Inc()
		q.bill(ActionReceive, 0)
		poller.Received(token, nil, ErrOverLimit)
		return
	}
	servers := len(q.servers)
	if !long {
		servers = q.asked()
	}
	if got := q.take(most, servers, visibility); len(got) > 0 || !long {
		q.answer(poller, token, got)
		return
	}
	q.wait(waiter{poller, token, q.eng.Now().Add(wait), visibility, most})
}

// permitReceive takes a receive from the quota of a FIFO queue. In high-throughput mode it counts for the partition of
// the group that is served first.
func (q *Queue) permitReceive() bool {
	switch {
	case q.fifo == nil:
		return true
	case q.fifo.open.len() == 0:
		return q.permit(ActionReceive, nil)
	}
	return q.permit(ActionReceive, []message.Ref{q.fifo.states[q.fifo.open.top().number].waiting.first})
}

// asked returns how many servers a short poll asks.
func (q *Queue) asked() int {
	return max(1, int(float64(q.limit.ShortPollShare)*float64(len(q.servers))+0.5))
}

func (q *Queue) answer(poller message.Receiver, token uint64, got []message.Receipt) {
	if len(got) == 0 {
		q.EmptyReceives.Inc()
	} else {
		q.free-- // the caller of settle has brought the totals up to now
	}
	var payload int64
	for _, r := range got {
		payload += int64(q.store.At(r.Ref).SizeBytes)
	}
	q.bill(ActionReceive, payload)
	poller.Received(token, got, nil)
}

func (q *Queue) wait(w waiter) {
	if q.waiters.Len() > 0 && w.until < q.waiters.Back().until {
		q.unordered = true
	}
	q.waiters.Push(w)
	if w.until < sim.Never {
		q.armWait(w.until)
	}
}

func (q *Queue) armWait(until sim.Time) {
	if until < q.waitOverAt {
		q.waitOverAt = until
		q.waitOver.At(until, int64(until))
	}
}

// waitEnd is the event that a long poll may have waited long enough.
func (q *Queue) waitEnd(at int64) {
	if sim.Time(at) != q.waitOverAt {
		return
	}
	q.waitOverAt = sim.Never
	now := q.eng.Now()
	for n := q.waiters.Len(); n > 0; n-- {
		w := q.waiters.Pop()
		switch {
		case w.until <= now:
			q.answer(w.poller, w.token, nil)
		case q.unordered:
			q.waiters.Push(w) // a whole turn of the line keeps its order
		default:
			q.waiters.PushFront(w)
			q.armWait(w.until)
			return
		}
	}
	q.unordered = false
	for i := range q.waiters.Len() {
		w := q.waiters.At(i)
		q.unordered = q.unordered || i > 0 && w.until < q.waiters.At(i-1).until
		q.armWait(w.until)
	}
}

// serveWaiters hands visible messages to the long polls that wait for them, first come first served.
func (q *Queue) serveWaiters() {
	for q.waiters.Len() > 0 && q.ready() && q.InFlight.Value() < q.inFlightMax() {
		w := q.waiters.Front()
		got := q.take(w.most, len(q.servers), w.visibility)
		if len(got) == 0 {
			return
		}
		served := q.waiters.Pop()
		q.answer(served.poller, served.token, got)
	}
}

// take delivers up to most visible messages from the given number of servers, beginning at a random one.
func (q *Queue) take(most, servers int, visibility sim.Duration) []message.Receipt {
	q.batch = q.batch[:0]
	if !q.ready() {
		return nil
	}
	q.settle()
	if q.fifo != nil {
		q.fifo.take(most, visibility)
		return q.batch
	}
	if q.fair != nil {
		q.fair.take(most, visibility)
		return q.batch
	}
	all := uint64(1)<<len(q.servers) - 1
	first := 0
	if len(q.servers) > 1 {
		first = int(q.choice.Uint64() >> 32 * uint64(len(q.servers)) >> 32)
	}
	asked := uint64(1)<<servers - 1
	asked = (asked<<first | asked>>(len(q.servers)-first)) & all
	for len(q.batch) < most && q.InFlight.Value() < q.limit.InFlightMax {
		left := q.occupied & asked
		if left == 0 {
			break
		}
		server := bits.TrailingZeros64(left &^ (1<<first - 1))
		if server == 64 {
			server = bits.TrailingZeros64(left)
		}
		q.takeFrom(server, visibility)
		first = server + 1
	}
	return q.batch
}

// ready reports whether there is a message to deliver.
func (q *Queue) ready() bool {
	if q.fifo != nil {
		return q.fifo.ready()
	}
	if q.fair != nil {
		return q.Visible.Value() > 0
	}
	return q.occupied != 0
}

// takeFrom takes the front message of a server.
func (q *Queue) takeFrom(server int, visibility sim.Duration) {
	line := &q.servers[server]
	ref := line.Pop()
	if line.Len() == 0 {
		q.occupied &^= 1 << server
	}
	q.takeOne(ref, visibility)
}

// takeOne takes a message that has come out of its line: it is delivered, dead-lettered, or freed when it was deleted.
func (q *Queue) takeOne(ref message.Ref, visibility sim.Duration) {
	m := q.store.At(ref)
	if m.Has(message.Deleted) {
		q.store.Free(ref)
		q.gone--
		return
	}
	now := q.eng.Now()
	q.Visible.Add(now, -1)
	m.Leave(now, q.idle, message.APICall)
	if q.exhausted(m) {
		q.deadLetter(ref, m)
		return
	}
	q.deliver(ref, m, visibility)
}

// exhausted reports whether a message has been delivered as often as the redrive policy lets it. While there is no
// dead-letter queue it is delivered on: AWS does not say.
func (q *Queue) exhausted(m *message.Message) bool {
	return q.dead != nil && int(m.Receives) >= q.attributes.receivesMax && !q.dead.absent
}

// deliver puts a message that has left the line into the batch.
func (q *Queue) deliver(ref message.Ref, m *message.Message, visibility sim.Duration) {
	now := q.eng.Now()
	q.store.Move(ref, m, message.InFlight)
	if m.Receives > 0 {
		q.Redelivered.Inc()
	}
	if m.Receives < 1<<16-1 {
		m.Receives++
	}
	m.Receipt++
	m.Failure = message.DeadByTimeout
	q.Received.Inc()
	q.InFlight.Add(now, 1)
	q.inFlight.add(now.Add(visibility), ref, m.Receipt)
	q.batch = append(q.batch, message.Receipt{
		Ref: ref, Number: m.Receipt, Generation: m.Generation, At: now,
	})
}

// deadLetter moves a message to the dead-letter queue, where it keeps its enqueue time (standard queues) and its place
// in the ledger says why.
func (q *Queue) deadLetter(ref message.Ref, m *message.Message) {
	q.Moved.Inc()
	failure := m.Failure
	if m.Has(message.Poison) {
		failure = message.DeadByPoison
	}
	q.store.Move(ref, m, failure)
	if m.Place() == message.Processed {
		q.MovedProcessed.Inc()
	}
	m.Generation++
	m.Receipt++
	if m.Has(message.Seen) {
		m.Flags = m.Flags&^message.Seen | message.SeenBefore
	}
	q.ages.left(q.store)
	if q.fifo != nil {
		q.fifo.leave(ref)
		if !q.limit.FIFODeadLetterAge {
			m.Enqueued = q.eng.Now()
		}
	}
	q.dead.arriveDead(ref, m)
}

func (q *Queue) arriveDead(ref message.Ref, m *message.Message) {
	q.ArrivedDead.Inc()
	if m.Place() == message.Processed {
		q.ArrivedDeadProcessed.Inc()
	}
	if q.TimeToDLQ == nil {
		q.TimeToDLQ = measure.NewHistogramDigits(q.Digits)
	}
	q.TimeToDLQ.Record(int64(q.eng.Now().Sub(m.Born)))
	q.keep(ref, m)
	q.stand(ref, m, false)
	q.serveWaiters()
}

// DeadLetter takes a message that another service could not deliver. Its place in the ledger is the one given, which
// says why; its retention begins now. It returns NonExistentQueue when there is no queue.
func (q *Queue) DeadLetter(ref message.Ref, why message.Place) error {
	if q.absent {
		return ErrNonExistentQueue
	}
	m := q.store.At(ref)
	q.store.Move(ref, m, why)
	m.Enqueued = q.eng.Now()
	m.Generation++
	m.Flags &^= message.Seen
	q.arriveDead(ref, m)
	return nil
}
