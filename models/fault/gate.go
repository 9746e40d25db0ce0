package fault

import (
	"weir/models/message"
	"weir/sim"
)

// Sender takes one message at a time.
type Sender interface {
	SendMessage(ref message.Ref, delay sim.Duration) error
}

// BatchSender takes several at once.
type BatchSender interface {
	SendMessageBatch(refs []message.Ref, delay sim.Duration) (refused []message.Ref, err error)
}

// Burier takes dead letters.
type Burier interface {
	DeadLetter(ref message.Ref, why message.Place) error
}

// Inbox is a queue as its consumers see it.
type Inbox interface {
	ReceiveMessage(most int, wait, visibility sim.Duration, to message.Receiver, token uint64)
	DeleteMessageBatch(receipts []message.Receipt) error
	ConsumerFree(n int)
	Idle() message.Idle
}

// Extender changes the visibility timeouts of messages.
type Extender interface {
	ChangeMessageVisibilityBatch(receipts []message.Receipt, timeout sim.Duration) error
}

// Subscriber takes what a topic pushes.
type Subscriber interface {
	Deliver(ref message.Ref, from message.Caller, token uint64)
}

// Pool is a client's connections to a database.
type Pool interface {
	Query(caller message.Caller, token uint64, service sim.Duration)
	Reset()
}

// Gate stands between one who makes calls and the service that faults may strike. Calls that meet no fault pass as if
// it were not there. What a lost answer leaves behind is as in life: the service has acted, so a message sent stands in
// the queue and is sent again, messages received are in flight until their visibility timeout ends, and messages
// deleted are gone though the client does not know.
//
// A method serves only if what stands behind the gate has it.
type Gate struct {
	state *State
	eng   *sim.Engine
	store *message.Store
	luck  *sim.Rand

	sender  Sender
	batch   BatchSender
	burier  Burier
	inbox   Inbox
	extend  Extender
	target  Subscriber
	pool    Pool
	copies  []message.Ref // of the batch under way
	pending []late
	free    []uint32
	due     sim.Event[uint32] // the answer to a call has not come in time
	epoch   uint32            // of the pool's client
}

// late is a call whose answer is lost, until its client gives up waiting.
type late struct {
	receiver message.Receiver
	caller   message.Caller
	token    uint64
	epoch    uint32
}

// NewGate returns a gate under a name of its own before a service.
func NewGate(eng *sim.Engine, name string, store *message.Store, state *State, service any) *Gate {
	g := &Gate{state: state, eng: eng, store: store, luck: eng.Rand(name + "/fault")}
	g.sender, _ = service.(Sender)
	g.batch, _ = service.(BatchSender)
	g.burier, _ = service.(Burier)
	g.inbox, _ = service.(Inbox)
	g.extend, _ = service.(Extender)
	g.target, _ = service.(Subscriber)
	g.pool, _ = service.(Pool)
	g.due = sim.NewEvent(eng, name+"/noAnswer", g.giveUp)
	return g
}

// later lets a call end without an answer when its client has waited long enough.
func (g *Gate) later(l late) {
	if len(g.free) == 0 {
		g.free = append(g.free, uint32(len(g.pending)))
		g.pending = append(g.pending, late{})
	}
	slot := g.free[len(g.free)-1]
	g.free = g.free[:len(g.free)-1]
	l.epoch = g.epoch
	g.pending[slot] = l
	g.due.After(g.state.Timeout(), slot)
}

// Fate draws what becomes of a call.
func (g *Gate) Fate() Fate { return g.state.Fate(g.luck) }

// NoAnswer lets a call end with ErrNoAnswer when its client has waited long enough.
func (g *Gate) NoAnswer(caller message.Caller, token uint64) {
	g.later(late{caller: caller, token: token})
}

// giveUp is the event that a client has waited long enough.
func (g *Gate) giveUp(slot uint32) {
	l := g.pending[slot]
	g.pending[slot] = late{}
	g.free = append(g.free, slot)
	switch {
	case l.receiver != nil:
		l.receiver.Received(l.token, nil, ErrNoAnswer)
	case l.epoch == g.epoch:
		l.caller.Answered(l.token, ErrNoAnswer)
	}
}

// SendMessage passes a message on. Who gets ErrNoAnswer keeps the message, whether or not the service has it.
func (g *Gate) SendMessage(ref message.Ref, delay sim.Duration) error {
	switch g.Fate() {
	case Refused:
		return ErrUnavailable
	case RequestLost:
		return ErrNoAnswer
	case AnswerLost:
		g.copies = append(g.copies[:0], ref)
		if g.twins() {
			if g.sender.SendMessage(g.copies[0], delay) != nil {
				g.store.Withdraw(g.copies[0])
			} else {
				g.state.Twins.Inc()
			}
		}
		return ErrNoAnswer
	}
	return g.sender.SendMessage(ref, delay)
}

// SendMessageBatch passes several messages on.
func (g *Gate) SendMessageBatch(refs []message.Ref, delay sim.Duration) ([]message.Ref, error) {
	switch g.Fate() {
	case Refused:
		return nil, ErrUnavailable
	case RequestLost:
		return nil, ErrNoAnswer
	case AnswerLost:
		if g.copies = append(g.copies[:0], refs...); g.twins() {
			refused, err := g.batch.SendMessageBatch(g.copies, delay)
			if err != nil {
				refused = g.copies
			}
			g.state.Twins.Add(uint64(len(g.copies) - len(refused)))
			for _, ref := range refused {
				g.store.Withdraw(ref)
			}
		}
		return nil, ErrNoAnswer
	}
	return g.batch.SendMessageBatch(refs, delay)
}

// twins puts twins in place of the messages of the call under way. It returns false when memory is full.
func (g *Gate) twins() bool {
	for i, ref := range g.copies {
		twin, ok := g.store.Twin(g.eng.Now(), ref)
		if !ok {
			for _, before := range g.copies[:i] {
				g.store.Withdraw(before)
			}
			g.eng.Stop()
			return false
		}
		g.copies[i] = twin
	}
	return true
}

// Buries reports whether what stands behind the gate takes dead letters.
func (g *Gate) Buries() bool { return g.burier != nil }

// QueueGate is a gate before a queue, which takes dead letters, too.
type QueueGate struct{ *Gate }

// DeadLetter passes a dead letter on. It comes from a service of AWS, which keeps trying: it meets no fault.
func (g QueueGate) DeadLetter(ref message.Ref, why message.Place) error {
	return g.burier.DeadLetter(ref, why)
}

// ReceiveMessage passes a receive on.
func (g *Gate) ReceiveMessage(most int, wait, visibility sim.Duration, to message.Receiver, token uint64) {
	switch g.Fate() {
	case Refused:
		to.Received(token, nil, ErrUnavailable)
	case RequestLost:
		g.later(late{receiver: to, token: token})
	case AnswerLost:
		g.later(late{receiver: to, token: token})
		g.inbox.ReceiveMessage(most, wait, visibility, g, 0)
	default:
		g.inbox.ReceiveMessage(most, wait, visibility, to, token)
	}
}

// Withdraw ends a receive that waits, unless its answer is lost anyway.
func (g *Gate) Withdraw(poller message.Receiver, token uint64) {
	if q, ok := g.inbox.(interface {
		Withdraw(poller message.Receiver, token uint64)
	}); ok {
		q.Withdraw(poller, token)
	}
}

// Received takes the answer to a receive that does not reach its client. What it held stays in flight until its
// visibility timeout ends; the consumer is free still.
func (g *Gate) Received(_ uint64, receipts []message.Receipt, _ error) {
	if len(receipts) > 0 {
		g.inbox.ConsumerFree(1)
	}
	now := g.eng.Now()
	for _, r := range receipts {
		m := g.store.At(r.Ref)
		if m.Receipt == r.Number && !m.Waits() {
			m.Failure = message.DeadByTimeout
			m.Enter(now, message.Retry)
		}
	}
}

// DeleteMessageBatch passes a delete on.
func (g *Gate) DeleteMessageBatch(receipts []message.Receipt) error {
	switch g.Fate() {
	case Refused:
		return ErrUnavailable
	case RequestLost:
		return ErrNoAnswer
	case AnswerLost:
		_ = g.inbox.DeleteMessageBatch(receipts) // nobody learns what came of it
		return ErrNoAnswer
	}
	return g.inbox.DeleteMessageBatch(receipts)
}

// ChangeMessageVisibilityBatch passes a change of visibility timeouts on.
func (g *Gate) ChangeMessageVisibilityBatch(receipts []message.Receipt, timeout sim.Duration) error {
	switch g.Fate() {
	case Refused:
		return ErrUnavailable
	case RequestLost:
		return ErrNoAnswer
	case AnswerLost:
		_ = g.extend.ChangeMessageVisibilityBatch(receipts, timeout) // nobody learns what came of it
		return ErrNoAnswer
	}
	return g.extend.ChangeMessageVisibilityBatch(receipts, timeout)
}

// ConsumerFree tells the queue of consumers that have come free.
func (g *Gate) ConsumerFree(n int) { g.inbox.ConsumerFree(n) }

// Idle returns what the waits of the queue's messages are split by.
func (g *Gate) Idle() message.Idle { return g.inbox.Idle() }

// Deliver passes on what a topic pushes. A subscriber whose answer is lost has a twin of the message.
func (g *Gate) Deliver(ref message.Ref, from message.Caller, token uint64) {
	switch g.Fate() {
	case Refused:
		from.Answered(token, ErrUnavailable)
	case RequestLost:
		g.later(late{caller: from, token: token})
	case AnswerLost:
		g.later(late{caller: from, token: token})
		if g.copies = append(g.copies[:0], ref); g.twins() {
			g.target.Deliver(g.copies[0], delivered{g}, uint64(g.copies[0]))
		}
	default:
		g.target.Deliver(ref, from, token)
	}
}

// delivered takes the answer to a delivery that does not reach the topic.
type delivered struct{ gate *Gate }

// Answered takes back a twin that the subscriber did not accept.
func (d delivered) Answered(token uint64, err error) {
	if err != nil {
		d.gate.store.Withdraw(message.Ref(token))
		return
	}
	d.gate.state.Twins.Inc()
}

// Query passes a query on. One whose answer is lost is worked on all the same.
func (g *Gate) Query(caller message.Caller, token uint64, service sim.Duration) {
	service = g.state.Stretch(service)
	switch g.Fate() {
	case Refused:
		caller.Answered(token, ErrUnavailable)
	case RequestLost:
		g.later(late{caller: caller, token: token})
	case AnswerLost:
		g.later(late{caller: caller, token: token})
		g.pool.Query(message.Nobody{}, 0, service)
	default:
		g.pool.Query(caller, token, service)
	}
}

// Reset drops the pool with its client, who waits for no answer any more.
func (g *Gate) Reset() {
	g.epoch++
	g.pool.Reset()
}
