package ec2

import (
	"weir/models/message"
	"weir/models/sdk"
	"weir/sim"
	"weir/sim/random"
)

// Priority is the inbox of consumers that read several queues: each receive asks one, and the next one when it is
// empty. In strict order the first queue is always asked first; with weights, which one is first is drawn for each
// receive. Every call to a queue takes a round trip and is billed by it. All but the last call return at once when
// there is nothing, so that only the last one waits as long as the consumer asks: while it waits, messages of the other
// queues wait, too.
type Priority struct {
	eng     *sim.Engine
	queues  []Inbox
	keys    []sdk.Encryption // data keys that a receive waits for, nil for queues that are not encrypted
	weights []float64        // nil in strict order
	total   float64
	chance  *sim.Rand
	latency random.Duration
	instant bool // a receive waits at all queues at once: no call takes time, and none is in vain

	answers []answer // by queue
	polls   []poll
	free    []uint32
	home    []uint8 // by message: the queue that delivered it last
	again   sim.Event[uint32]

	order []uint8 // of all polls, as many as there are queues each
}

// poll is a receive under way.
type poll struct {
	to         message.Receiver
	token      uint64
	turn       uint32 // tells the receives of one slot apart
	wait       sim.Duration
	visibility sim.Duration
	most       int
	at         int // how many queues have been asked
	waits      bool
}

// withdrawer is a queue that forgets a receive that waits.
type withdrawer interface {
	Withdraw(poller message.Receiver, token uint64)
}

// QueuesMax is how many queues a fleet may read.
const QueuesMax = 16

// NewPriority returns the inbox of a fleet that reads the queues, the first one first, or in the order that weights
// draw. A further call to a queue takes a round trip of the given length. Instant makes receives without a wait time
// wait at all queues at once, for profiles in which calls take no time.
func NewPriority(
	eng *sim.Engine, name string, queues []Inbox, keys []sdk.Encryption, weights []float64, roundTrip random.Dist,
	instant bool,
) *Priority {
	p := &Priority{
		eng: eng, queues: queues, keys: keys, weights: weights, instant: instant, chance: eng.Rand(name + "/priority"),
		latency: random.NewDuration(roundTrip, eng.Rand(name+"/priority/receive")),
	}
	for _, w := range weights {
		p.total += w
	}
	for i := range queues {
		p.answers = append(p.answers, answer{p, uint8(i)})
	}
	p.again = sim.NewEvent(eng, name+"/priority", p.ask)
	return p
}

// ReceiveMessage asks the queues one after the other until one has messages.
func (p *Priority) ReceiveMessage(most int, wait, visibility sim.Duration, to message.Receiver, token uint64) {
	if len(p.free) == 0 {
		p.free = append(p.free, uint32(len(p.polls)))
		p.polls = append(p.polls, poll{})
		p.order = append(p.order, make([]uint8, len(p.queues))...)
	}
	slot := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	turn := p.polls[slot].turn + 1
	p.polls[slot] = poll{to: to, token: token, turn: turn, wait: wait, visibility: visibility, most: most}
	p.draw(p.orderOf(slot))
	p.ask(slot)
}

func (p *Priority) tokenOf(slot uint32) uint64 { return uint64(p.polls[slot].turn)<<32 | uint64(slot) }

func (p *Priority) orderOf(slot uint32) []uint8 {
	return p.order[int(slot)*len(p.queues) : (int(slot)+1)*len(p.queues)]
}

// draw sets the order in which the queues are asked.
func (p *Priority) draw(order []uint8) {
	for i := range order {
		order[i] = uint8(i)
	}
	left := p.total
	for i := 0; p.weights != nil && i < len(order)-1; i++ {
		luck := p.chance.Float64() * left
		k := i
		for ; k < len(order)-1 && luck >= p.weights[order[k]]; k++ {
			luck -= p.weights[order[k]]
		}
		first := order[k]
		copy(order[i+1:k+1], order[i:k])
		order[i] = first
		left -= p.weights[first]
	}
}

// ask is the event that a receive has reached the next queue.
func (p *Priority) ask(slot uint32) {
	q := &p.polls[slot]
	i := p.orderOf(slot)[q.at]
	if keys := p.keys[i]; keys != nil {
		switch wait, err := keys.Prepare(); {
		case err != nil:
			p.answers[i].Received(p.tokenOf(slot), nil, err)
			return
		case wait > 0:
			p.again.After(wait, slot)
			return
		}
	}
	wait := sim.Duration(0)
	if q.at == len(p.queues)-1 && !p.waitsEverywhere(q) {
		wait = q.wait
	}
	p.queues[i].ReceiveMessage(q.most, wait, q.visibility, &p.answers[i], p.tokenOf(slot))
}

func (p *Priority) waitsEverywhere(q *poll) bool { return p.instant && q.wait == message.QueueDefault }

// answer takes the answers of one queue.
type answer struct {
	*Priority
	queue uint8
}

// Received takes a queue's answer: it is the consumer's, or the next queue is asked.
func (a *answer) Received(token uint64, receipts []message.Receipt, err error) {
	p, slot := a.Priority, uint32(token)
	q := &p.polls[slot]
	if token != p.tokenOf(slot) || q.to == nil { // another queue has answered: this one could not be called back
		if len(receipts) > 0 {
			p.queues[a.queue].ConsumerFree(1)
		}
		return
	}
	if q.waits {
		p.withdraw(slot, a.queue)
	}
	if q.at++; len(receipts) == 0 && err == nil && q.at < len(p.queues) {
		p.goOn(slot)
		return
	}
	if len(receipts) == 0 && err == nil && p.waitsEverywhere(q) {
		p.waitEverywhere(slot)
		return
	}
	to, tk := q.to, q.token
	q.to = nil
	p.free = append(p.free, slot)
	for _, r := range receipts {
		p.settle(r.Ref, a.queue)
	}
	if len(receipts) > 0 { // the delivery took a consumer away from its own queue alone
		for i := range p.queues {
			if uint8(i) != a.queue {
				p.queues[i].ConsumerFree(-1)
			}
		}
	}
	to.Received(tk, receipts, err)
}

// goOn asks the next queue, when the answer of the last one is back and the call has reached it.
func (p *Priority) goOn(slot uint32) {
	if trip := p.latency.Sample(); trip > 0 {
		p.again.After(trip, slot)
		return
	}
	p.ask(slot)
}

// waitEverywhere lets a receive wait at all queues until one has a message.
func (p *Priority) waitEverywhere(slot uint32) {
	q := &p.polls[slot]
	q.waits = true
	for i := range p.queues {
		p.queues[i].ReceiveMessage(q.most, message.Forever, q.visibility, &p.answers[i], p.tokenOf(slot))
		if !p.polls[slot].waits {
			return // it was answered at once
		}
	}
}

// withdraw ends the waiting at the queues other than the one that has answered.
func (p *Priority) withdraw(slot uint32, answered uint8) {
	p.polls[slot].waits = false
	for i := range p.queues {
		if q, ok := p.queues[i].(withdrawer); ok && uint8(i) != answered {
			q.Withdraw(&p.answers[i], p.tokenOf(slot))
		}
	}
}

// settle notes the queue that a message came from.
func (p *Priority) settle(ref message.Ref, queue uint8) {
	for int(ref) >= len(p.home) {
		p.home = append(p.home, make([]uint8, 1+len(p.home))...)
	}
	p.home[ref] = queue
}

// Of returns the queue that a message came from.
func (p *Priority) Of(ref message.Ref) Inbox {
	if int(ref) >= len(p.home) {
		return p.queues[0]
	}
	return p.queues[p.home[ref]]
}

// DeleteMessageBatch deletes messages of one receive, at their queue.
func (p *Priority) DeleteMessageBatch(receipts []message.Receipt) error {
	return p.Of(receipts[0].Ref).DeleteMessageBatch(receipts)
}

// ChangeMessageVisibilityBatch sets the visibility timeout of messages of one receive, at their queue.
func (p *Priority) ChangeMessageVisibilityBatch(receipts []message.Receipt, timeout sim.Duration) error {
	return p.Of(receipts[0].Ref).ChangeMessageVisibilityBatch(receipts, timeout)
}

// ConsumerFree tells all queues that n more consumers stand free: each could take a message of any of them.
func (p *Priority) ConsumerFree(n int) {
	for _, q := range p.queues {
		q.ConsumerFree(n)
	}
}

// Idle returns the totals of the first queue. Those of a message's own are told by Of.
func (p *Priority) Idle() message.Idle { return p.queues[0].Idle() }

// line returns where a message waits.
func (f *Fleet) line(ref message.Ref) message.Line {
	if p, ok := f.parts.Inbox.(*Priority); ok {
		return p.Of(ref)
	}
	return f.parts.Inbox
}
