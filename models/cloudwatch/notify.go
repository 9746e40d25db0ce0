package cloudwatch

import (
	"slices"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/sdk"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// Notifier is the action that tells a topic or a function of an alarm's state. Each notification is a message.
type Notifier struct {
	Notified measure.Counter // accepted
	Lost     measure.Counter // refused for good

	eng     *sim.Engine
	store   *message.Store
	board   *Board
	to      sdk.Inlet
	keys    sdk.Encryption // nil unless the topic is encrypted
	states  []State
	route   message.RouteID
	latency random.Duration
	sent    sim.Event[uint32] // a notification is handed over
}

// NotifierParts is what a notifier is built from.
type NotifierParts struct {
	Name   string // of the topic or function
	To     sdk.Inlet
	Keys   sdk.Encryption // data keys of the topic, nil when it is not encrypted
	States []State        // that are told
}

// Tell makes the alarm tell a topic or a function when it goes into some states. It is called before the run.
func (a *Alarm) Tell(store *message.Store, parts NotifierParts) {
	eng := a.board.eng
	n := &Notifier{
		eng: eng, store: store, board: a.board, to: parts.To, keys: parts.Keys, states: parts.States,
		route: store.Ledger.Open(a.name, a.name),
	}
	name := a.name + "/" + parts.Name
	n.latency = random.NewDuration(a.board.limit.ActionLatency.Dist(), eng.Rand(name+"/latency"))
	n.sent = sim.NewEvent(eng, name+"/notified", n.send)
	a.notifiers = append(a.notifiers, n)
	a.Notify(n)
}

// Repeats reports that a notification is sent once: "actions only on state change".
func (n *Notifier) Repeats() bool { return false }

// Alarmed sends a notification of the state.
func (n *Notifier) Alarmed(now sim.Time, state State, _ float64) {
	if !slices.Contains(n.states, state) {
		return
	}
	ref, ok := n.store.New(now, n.route, 0, 0, 0)
	if !ok {
		n.eng.Stop()
		return
	}
	m := n.store.At(ref)
	m.SizeBytes = uint32(n.board.limit.NotificationSize)
	m.Enter(now, message.APICall)
	n.sent.After(n.latency.Sample(), uint32(ref))
}

// send is the event that a notification is handed over. What could be taken at another time is sent again.
func (n *Notifier) send(slot uint32) {
	ref := message.Ref(slot)
	var err error
	if n.keys != nil {
		var wait sim.Duration
		if wait, err = n.keys.Prepare(); err == nil && wait > 0 {
			n.sent.After(wait, slot)
			return
		}
	}
	if err == nil {
		err = n.to.SendMessage(ref, message.QueueDefault)
	}
	switch api := aws.ErrorOf(err); {
	case err == nil:
		n.Notified.Inc()
	case api != nil && (api.Retryable || api.Throttle):
		n.store.At(ref).Enter(n.eng.Now(), message.Retry)
		n.sent.After(sim.Second, slot)
	default:
		n.Lost.Inc()
		n.store.Move(ref, n.store.At(ref), message.Lost)
		n.store.Free(ref)
	}
}

// notified and undelivered return how many notifications of all actions were accepted, and refused for good.
func (a *Alarm) notified() (total uint64) {
	for _, n := range a.notifiers {
		total += n.Notified.Value()
	}
	return total
}

func (a *Alarm) undelivered() (total uint64) {
	for _, n := range a.notifiers {
		total += n.Lost.Value()
	}
	return total
}
