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
	slots  []token       // whose copy it is
	copies []message.Ref // by slot
	free   []sdk.Call
	routes []message.RouteID // by route of the original: the account of the copies

	uploads *sdk.Uploads // nil unless there is an extended client
}

func newForwarder(f *Fleet) *forwarder {
	fw := &forwarder{fleet: f}
	latency := random.NewDuration(f.parts.Latencies.Send, f.eng.Rand(f.name+"/send"))
	fw.client = sdk.NewClient(f.eng, f.name+"/send", fw, latency, 0, f.parts.FaultShare, f.retries("send")...)
	fw.client.Encrypt(f.parts.SendKeys)
	if s := f.spec.ExtendedClient; s != nil {
		fw.uploads = sdk.NewUploads(fw, f.store, &s.ExtendedClientSpec, f.parts.Extended, f.parts.Payloads(), 0)
	}
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
		fw.slots = append(fw.slots, 0)
		fw.copies = append(fw.copies, 0)
	}
	call := fw.free[len(fw.free)-1]
	fw.free = fw.free[:len(fw.free)-1]
	fw.slots[call], fw.copies[call] = tokenOf(t, f.threads[t].turn), ref
	if mine {
		m.Enter(f.eng.Now(), message.Downstream)
	}
	if fw.uploads != nil {
		f.store.PutBack(ref)
		fw.uploads.Begin(call)
		return true
	}
	fw.client.DoFor(call, f.instanceIndex(t))
	return true
}

// Messages returns the copy that a call sends.
func (fw *forwarder) Messages(call sdk.Call) []message.Ref { return fw.copies[call : call+1] }

// Uploaded makes the call, or gives it up when the payload could not be put.
func (fw *forwarder) Uploaded(call sdk.Call, err error) {
	if err != nil {
		fw.Done(call, err)
		return
	}
	fw.client.DoFor(call, fw.fleet.instanceIndex(uint32(fw.slots[call])))
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
	return fw.fleet.parts.Outbox.SendMessage(fw.copies[call], message.QueueDefault)
}

// Attempt books the copy's time to the call.
func (fw *forwarder) Attempt(call sdk.Call) { fw.enter(call, message.APICall) }

// BackOff books the copy's time to the retry.
func (fw *forwarder) BackOff(call sdk.Call) { fw.enter(call, message.ClientRetry) }

func (fw *forwarder) enter(call sdk.Call, cause message.Cause) {
	fw.fleet.store.At(fw.copies[call]).Enter(fw.fleet.eng.Now(), cause)
}

// Done ends the work on the original: well when the copy was accepted.
func (fw *forwarder) Done(call sdk.Call, err error) {
	f := fw.fleet
	ref := fw.copies[call]
	fw.free = append(fw.free, call)
	if err != nil {
		f.store.Move(ref, f.store.At(ref), message.Rejected)
		f.store.Free(ref)
	}
	t, ok := f.current(fw.slots[call])
	switch {
	case !ok:
	case err != nil:
		f.fail(t, message.DeadByError)
	default:
		f.succeed(t)
	}
}
