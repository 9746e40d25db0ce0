package ec2

import (
	"weir/models/message"
	"weir/models/sdk"
	"weir/sim/random"
)

// deleter makes a fleet's DeleteMessage and ChangeMessageVisibility calls. Each call under way has a slot.
type deleter struct {
	fleet    *Fleet
	client   *sdk.Client
	slots    []deletion
	receipts []message.Receipt // of all slots, most each
	free     []sdk.Call
}

type deletion struct {
	token   token
	waits   bool // the thread waits for the answer
	release bool // makes the messages visible instead of deleting them
	count   int32
	at      int32 // the one whose payload is being deleted
}

func newDeleter(f *Fleet) *deleter {
	d := &deleter{fleet: f}
	latency := random.NewDuration(f.parts.Latencies.Delete, f.eng.Rand(f.name+"/delete"))
	d.client = sdk.NewClient(f.eng, f.name+"/delete", d, latency, 0, f.parts.FaultShare, f.retries("delete")...)
	d.client.Disturb(f.parts.Struck.Queue)
	return d
}

// delete deletes the messages of a thread's receipts; the thread goes on at the answer when it waits.
func (d *deleter) delete(t uint32, receipts []message.Receipt, waits bool) {
	d.do(t, deletion{token: tokenOf(t, d.fleet.threads[t].turn), waits: waits}, receipts)
}

// release makes messages visible again at once. Nobody waits for it.
func (d *deleter) release(t uint32, receipts []message.Receipt) {
	d.do(t, deletion{release: true}, receipts)
}

func (d *deleter) do(t uint32, slot deletion, receipts []message.Receipt) {
	most := d.fleet.most
	if len(d.free) == 0 {
		d.free = append(d.free, sdk.Call(len(d.slots)))
		d.slots = append(d.slots, deletion{})
		d.receipts = append(d.receipts, make([]message.Receipt, most)...)
	}
	call := d.free[len(d.free)-1]
	d.free = d.free[:len(d.free)-1]
	slot.count = int32(len(receipts))
	d.slots[call] = slot
	copy(d.receipts[int(call)*most:], receipts)
	if c := d.fleet.spec.ExtendedClient; c != nil && c.DeletePayload && !slot.release {
		d.deletePayloads(call)
		return
	}
	d.client.DoFor(call, d.fleet.instanceIndex(t))
}

// messages returns the receipts of a call.
func (d *deleter) messages(call sdk.Call) []message.Receipt {
	first := int(call) * d.fleet.most
	return d.receipts[first : first+int(d.slots[call].count)]
}

// Serve deletes the messages, or releases them: the request has reached the queue.
func (d *deleter) Serve(call sdk.Call) error {
	receipts := d.messages(call)
	if d.slots[call].release {
		return d.fleet.parts.Inbox.ChangeMessageVisibilityBatch(receipts, 0)
	}
	return d.fleet.parts.Inbox.DeleteMessageBatch(receipts)
}

// Attempt does nothing: a delete takes none of the message's time.
func (d *deleter) Attempt(sdk.Call) {}

// BackOff does nothing: a delete takes none of the message's time.
func (d *deleter) BackOff(sdk.Call) {}

// Done lets the thread go on. A delete that was given up leaves its messages to come back.
func (d *deleter) Done(call sdk.Call, _ error) {
	slot := d.slots[call]
	d.free = append(d.free, call)
	if !slot.waits {
		return
	}
	f := d.fleet
	if t, ok := f.current(slot.token); ok {
		f.threads[t].done = 0
		f.next(t)
	}
}
