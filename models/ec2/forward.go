package ec2

import (
	"weir/models/message"
	"weir/models/sdk"
	"weir/sim/random"
)

// forwarder makes a fleet's calls that send processed messages on to the next queue. Each call under way has a slot.
type forwarder struct {
	fleet  *Fleet
	client *sdk.Client
	slots  []forwarding
	free   []sdk.Call
	routes []message.RouteID // by route of the original: the account of the copies
}

type forwarding struct {
	token token
	copy  message.Ref
}

func newForwarder(f *Fleet) *forwarder {
	fw := &forwarder{fleet: f}
	latency := random.NewDuration(f.parts.Latencies.Send, f.eng.Rand(f.name+"/send"))
	fw.client = sdk.NewClient(f.eng, f.name+"/send", fw, latency, 0, f.parts.FaultShare, f.retries("send")...)
	return fw
}

// send begins to send a copy of a processed message on, after each attempt that ended well: one that outlived its
// visibility timeout sends its message too. It returns false when the message has left the queue, or memory is full.
func (fw *forwarder) send(t uint32, r message.Receipt) bool {
	f := fw.fleet
	m, mine := f.mine(r)
	if m.Generation != r.Generation {
		return false
	}
	ref, ok := f.store.Copy(f.eng.Now(), r.Ref, fw.route(m.Route), f.idle(r.Ref, m))
	if !ok {
		f.eng.Stop()
		return false
	}
	if len(fw.free) == 0 {
		fw.free = append(fw.free, sdk.Call(len(fw.slots)))
		fw.slots = append(fw.slots, forwarding{})
	}
	call := fw.free[len(fw.free)-1]
	fw.free = fw.free[:len(fw.free)-1]
	fw.slots[call] = forwarding{tokenOf(t, f.threads[t].turn), ref}
	if mine {
		m.Enter(f.eng.Now(), message.Downstream)
	}
	fw.client.DoFor(call, f.instanceIndex(t))
	return true
}

// route returns the account of the copies of a route's messages.
func (fw *forwarder) route(original message.RouteID) message.RouteID {
	ledger := &fw.fleet.store.Ledger
	for int(original) >= len(fw.routes) {
		origin := ledger.Origin(message.RouteID(len(fw.routes)))
		fw.routes = append(fw.routes, ledger.Open(origin, fw.fleet.name))
	}
	return fw.routes[original]
}

// Serve hands the copy to the next queue.
func (fw *forwarder) Serve(call sdk.Call) error {
	return fw.fleet.parts.Outbox.SendMessage(fw.slots[call].copy, message.QueueDefault)
}

// Attempt books the copy's time to the call.
func (fw *forwarder) Attempt(call sdk.Call) { fw.enter(call, message.APICall) }

// BackOff books the copy's time to the retry.
func (fw *forwarder) BackOff(call sdk.Call) { fw.enter(call, message.ClientRetry) }

func (fw *forwarder) enter(call sdk.Call, cause message.Cause) {
	fw.fleet.store.At(fw.slots[call].copy).Enter(fw.fleet.eng.Now(), cause)
}

// Done ends the work on the original: well when the copy was accepted.
func (fw *forwarder) Done(call sdk.Call, err error) {
	f := fw.fleet
	slot := fw.slots[call]
	fw.free = append(fw.free, call)
	if err != nil {
		f.store.Move(slot.copy, f.store.At(slot.copy), message.Rejected)
		f.store.Free(slot.copy)
	}
	t, ok := f.current(slot.token)
	switch {
	case !ok:
	case err != nil:
		f.fail(t, message.DeadByError)
	default:
		f.succeed(t)
	}
}
