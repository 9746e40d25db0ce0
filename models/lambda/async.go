package lambda

import (
	"weir/models/aws"
	"weir/models/fault"
	"weir/models/message"
	"weir/models/sdk"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/ring"
)

// AsyncStats is what the queue of asynchronous events measures.
type AsyncStats struct {
	Waiting measure.Level // events that wait for an attempt

	Received     measure.Counter    // events accepted
	Retries      measure.Counter    // attempts after one that failed
	Throttled    measure.Counter    // attempts that were throttled
	Dropped      measure.Counter    // events given up without a place to go
	DeadLettered measure.Counter    // events given up that have one
	Recorded     measure.Counter    // records sent to destinations
	Undelivered  measure.Counter    // records and dead letters that could not be sent
	Duplicated   measure.Counter    // events that were delivered once more
	Age          *measure.Histogram // at the first attempt
	GaveUp       measure.Tally      // ages of the events that were given up, s
}

// asyncQueue is Lambda's own queue of events that nobody waits for:
//
//	accepted → [latency] → attempt → processed → destination
//	                ↑         │ error: 1 min, then 2 min; throttled: 1 s, doubled, up to 5 min
//	                └─────────┘→ given up: destination, dead-letter queue, or lost
type asyncQueue struct {
	AsyncStats

	f         *Function
	events    []asyncEvent
	free      []uint32
	latency   random.Duration
	doubt     *sim.Rand
	ageMax    sim.Duration
	delays    []delayList // of the second and third attempt, then of throttled ones
	onSuccess *destination
	onFailure *destination
	dead      *destination
	due       sim.Event[uint32] // an event may have its first attempt
}

// asyncEvent is an event that waits or is worked on.
type asyncEvent struct {
	receipt   message.Receipt
	accepted  sim.Time
	attempts  uint8
	throttles uint8
	again     bool // it was processed, and is delivered once more
}

// delayList holds events that wait for the same length of time, in the order in which they end.
type delayList struct {
	delay sim.Duration
	line  ring.Buffer[delayedEvent]
	ended sim.Event[int]
}

type delayedEvent struct {
	at   sim.Time
	slot uint32
}

// DeadLetters takes events that were given up. Queues are such.
type DeadLetters interface {
	DeadLetter(ref message.Ref, why message.Place) error
}

// destination is where a record or a dead letter goes.
type destination struct {
	to   sdk.Inlet
	sent message.Accounts
}

// Destinations are where the events of a function go that are done; nil ones are none.
type Destinations struct{ OnSuccess, OnFailure, DeadLetter Destination }

// Destination is a queue, topic or function with its name; the zero Destination is none.
type Destination struct {
	To   sdk.Inlet
	Name string
}

// Asynchronous makes the function take asynchronous events. It is called before the run.
func (f *Function) Asynchronous() {
	if f.events != nil {
		return
	}
	q := &asyncQueue{f: f, ageMax: f.limit.AsyncAgeMax.Sim()}
	q.Age = measure.NewHistogramDigits(coarse)
	if age := f.spec.Asynchronous.MaximumEventAge; age != nil {
		q.ageMax = age.Sim()
	}
	q.latency = random.NewDuration(f.limit.AsyncLatency.Dist(), f.eng.Rand(f.name+"/async"))
	q.doubt = f.eng.Rand(f.name + "/duplicate")
	q.due = sim.NewEvent(f.eng, f.name+"/async/due", q.attempt)
	ended := sim.NewEvent(f.eng, f.name+"/async/delayed", q.delayEnd)
	retry := f.limit.AsyncRetry.Sim()
	q.delays = []delayList{{delay: retry, ended: ended}, {delay: 2 * retry, ended: ended}}
	for d := f.limit.AsyncThrottleMin.Sim(); ; d *= 2 {
		most := f.limit.AsyncThrottleMax.Sim()
		q.delays = append(q.delays, delayList{delay: min(d, most), ended: ended})
		if d >= most {
			break
		}
	}
	f.events = q
}

// Send connects the function's destinations.
func (f *Function) Send(d Destinations) {
	f.Asynchronous()
	connect := func(d Destination) *destination {
		if d.To == nil {
			return nil
		}
		return &destination{d.To, message.NewAccounts(&f.store.Ledger, f.name+" -> "+d.Name)}
	}
	f.events.onSuccess, f.events.onFailure = connect(d.OnSuccess), connect(d.OnFailure)
	f.events.dead = connect(d.DeadLetter)
}

// SendMessage accepts a message as an asynchronous event. It returns TooManyRequestsException when the account's rate
// of requests is used up, and RequestTooLargeException.
func (f *Function) SendMessage(ref message.Ref, _ sim.Duration) error {
	if !f.account.requests.Permit(f.eng.Now()) {
		f.account.Throttled.Inc()
		f.Throttles.Inc()
		return ErrTooManyRequests
	}
	return f.accept(ref)
}

// SendMessageBatch accepts each message by itself: Lambda has no call for several.
func (f *Function) SendMessageBatch(refs []message.Ref, delay sim.Duration) (refused []message.Ref, err error) {
	for _, ref := range refs {
		if f.SendMessage(ref, delay) != nil {
			refused = append(refused, ref)
		}
	}
	return refused, nil
}

// ServiceInlet takes the events of AWS's own services, whose rate is not limited.
type ServiceInlet struct{ *Function }

// SendMessage accepts a message as an asynchronous event.
func (s ServiceInlet) SendMessage(ref message.Ref, _ sim.Duration) error { return s.accept(ref) }

// Deliver takes a message that a topic pushes, as an asynchronous event.
func (f *Function) Deliver(ref message.Ref, from message.Caller, token uint64) {
	from.Answered(token, f.accept(ref))
}

func (f *Function) accept(ref message.Ref) error {
	if f.unavailable() {
		return fault.ErrUnavailable
	}
	q, m, now := f.events, f.store.At(ref), f.eng.Now()
	if int64(m.SizeBytes) > int64(f.limit.AsyncPayload) {
		return ErrRequestTooLarge
	}
	q.Received.Inc()
	f.requestUnits.Add(extraUnits(int64(m.SizeBytes)))
	m.Flags &^= message.Seen
	m.Receipt++
	m.Failure = message.DeadByError
	f.store.Move(ref, m, message.Visible)
	if m.Cause() != message.APICall {
		m.Enter(now, message.APICall)
	}
	if len(q.free) == 0 {
		q.free = append(q.free, uint32(len(q.events)))
		q.events = append(q.events, asyncEvent{})
	}
	slot := q.free[len(q.free)-1]
	q.free = q.free[:len(q.free)-1]
	q.events[slot] = asyncEvent{
		receipt: message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation, At: now}, accepted: now,
	}
	q.Waiting.Add(now, 1)
	q.due.After(q.latency.Sample(), slot)
	return nil
}

// extraUnits returns how many requests an event is billed beside the first: one for each 64 KB above 256 KB
// (aws.amazon.com/lambda/pricing, 2026).
func extraUnits(bytes int64) uint64 {
	if bytes <= 256<<10 {
		return 0
	}
	return uint64((bytes - 256<<10 + 64<<10 - 1) / (64 << 10))
}

// attempt invokes the function with an event.
func (q *asyncQueue) attempt(slot uint32) {
	f, now, e := q.f, q.f.eng.Now(), &q.events[slot]
	m := f.store.At(e.receipt.Ref)
	q.Waiting.Add(now, -1)
	if now.Sub(e.accepted) > q.ageMax {
		q.giveUp(slot)
		return
	}
	err := f.start(e.receipt, nil, q, uint64(slot))
	switch {
	case err == nil:
		f.store.Move(e.receipt.Ref, m, message.InFlight)
		if e.attempts == 0 && e.throttles == 0 {
			q.Age.Record(int64(now.Sub(e.accepted)))
		}
	case err == ErrReservedIsZero:
		m.Failure = message.DeadByThrottle
		q.giveUp(slot)
	default:
		q.Throttled.Inc()
		m.Failure = message.DeadByThrottle
		m.Enter(now, message.Throttle)
		level := min(2+int(e.throttles), len(q.delays)-1)
		if e.throttles < 255 {
			e.throttles++
		}
		q.delay(slot, level)
	}
}

// delay lets an event wait for its next attempt.
func (q *asyncQueue) delay(slot uint32, level int) {
	now := q.f.eng.Now()
	q.Waiting.Add(now, 1)
	l := &q.delays[level]
	at := now.Add(l.delay)
	if l.line.Push(delayedEvent{at, slot}); l.line.Len() == 1 {
		l.ended.At(at, level)
	}
}

// delayEnd is the event that the first event of a list has waited long enough.
func (q *asyncQueue) delayEnd(level int) {
	l := &q.delays[level]
	first := l.line.Pop()
	if l.line.Len() > 0 {
		l.ended.At(l.line.Front().at, level)
	}
	q.attempt(first.slot)
}

// Answered takes the end of an attempt.
func (q *asyncQueue) Answered(token uint64, err error) { // the place of the message tells how it ended
	slot := uint32(token)
	f, e := q.f, &q.events[slot]
	ref := e.receipt.Ref
	m := f.store.At(ref)
	switch {
	case err == ErrRecursive:
		q.giveUp(slot)
	case m.Place() == message.Processed && !e.again:
		if q.doubt.Float64() < float64(f.limit.AsyncDuplicates) {
			q.Duplicated.Inc()
			e.again = true
			q.Waiting.Add(f.eng.Now(), 1)
			q.due.After(q.latency.Sample(), slot)
			return
		}
		q.processed(slot)
	case m.Place().Ended(): // or its handler has settled it otherwise
		q.processed(slot)
	case int(e.attempts) >= f.spec.Asynchronous.MaximumRetryAttempts:
		q.giveUp(slot)
	default:
		q.Retries.Inc()
		f.store.Move(ref, m, message.Visible)
		e.attempts++
		q.delay(slot, int(e.attempts)-1)
	}
}

// processed ends an event that went well.
func (q *asyncQueue) processed(slot uint32) {
	ref := q.events[slot].receipt.Ref
	q.free = append(q.free, slot)
	if q.onSuccess != nil {
		q.record(q.onSuccess, ref)
	}
	q.f.store.Free(ref)
}

// record sends a record of an event to a destination.
func (q *asyncQueue) record(d *destination, ref message.Ref) {
	f := q.f
	m := f.store.At(ref)
	c, ok := f.store.Copy(f.eng.Now(), ref, d.sent.Of(m.Route), message.Idle{})
	if !ok {
		f.eng.Stop()
		return
	}
	if d.to.SendMessage(c, message.QueueDefault) != nil {
		q.Undelivered.Inc()
		f.store.Move(c, f.store.At(c), message.Lost)
		f.store.Free(c)
		return
	}
	q.Recorded.Inc()
}

// giveUp ends an event without success: its record goes to the destination, and itself to the dead-letter queue; where
// there is a destination and no dead-letter queue, it goes there itself.
func (q *asyncQueue) giveUp(slot uint32) {
	f := q.f
	ref := q.events[slot].receipt.Ref
	m := f.store.At(ref)
	q.free = append(q.free, slot)
	q.GaveUp.Record(f.eng.Now().Sub(q.events[slot].accepted).Seconds())
	why := m.Failure
	if m.Has(message.Poison) {
		why = message.DeadByPoison
	}
	target := q.dead
	switch {
	case target == nil:
		target = q.onFailure
	case q.onFailure != nil:
		q.record(q.onFailure, ref)
	}
	if target == nil {
		q.Dropped.Inc()
		f.store.Move(ref, m, message.Lost)
		f.store.Free(ref)
		return
	}
	if dead, ok := target.to.(DeadLetters); ok {
		if err := dead.DeadLetter(ref, why); aws.ErrorOf(err) == nil {
			q.DeadLettered.Inc()
			return
		}
		q.Undelivered.Inc()
		f.store.Move(ref, m, message.Lost)
		f.store.Free(ref)
		return
	}
	q.DeadLettered.Inc()
	f.store.Move(ref, m, why)
	q.record(target, ref)
	f.store.Free(ref)
}
