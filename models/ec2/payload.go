package ec2

import (
	"weir/models/message"
	"weir/models/sdk"
)

// ExtendedClientSpec is the extended client of a fleet.
type ExtendedClientSpec struct {
	sdk.ExtendedClientSpec
	// Whether the payload is deleted before its message is.
	DeletePayload bool `yaml:"delete_payload" default:"true"`
}

// Payloads is what a fleet needs of the bucket that payloads go through: the client of one instance.
type Payloads interface {
	sdk.Objects
	GetObject(caller message.Caller, token uint64, o message.Object)
	DeleteObject(caller message.Caller, token uint64, o message.Object)
}

// fetcher gets the payloads of the messages that a thread received, one after the other, before its receive returns, as
// the extended client does. One that is not there, or that S3 does not give, fails the receive as a whole.
type fetcher struct {
	fleet   *Fleet
	clients []Payloads // by instance
}

// payloadOf returns where the payload of a receipt's message is. Of a message that has left the queue nothing is known.
func (f *Fleet) payloadOf(r message.Receipt) (message.Object, bool) {
	if f.store.At(r.Ref).Generation != r.Generation {
		return 0, false
	}
	p := f.store.Payload(r.Ref)
	return p.Object, p.Object != 0
}

// next gets the next payload, or lets the work begin.
func (fe *fetcher) next(t uint32) {
	f := fe.fleet
	th := &f.threads[t]
	for ; th.fetched < th.count; th.fetched++ {
		if o, ok := f.payloadOf(f.hand(t)[th.fetched]); ok {
			fe.clients[f.instanceIndex(t)].GetObject(fe, uint64(tokenOf(t, th.turn)), o)
			return
		}
	}
	f.takeUp(t)
}

// Answered takes the bucket's answer to a GET.
func (fe *fetcher) Answered(tk uint64, err error) {
	f := fe.fleet
	t, ok := f.current(token(tk))
	if !ok {
		return
	}
	th := &f.threads[t]
	if err == nil {
		th.fetched++
		fe.next(t)
		return
	}
	f.Unfetched.Inc()
	for _, r := range f.hand(t) {
		f.Abandon(f.eng.Now(), r, message.DeadByError)
	}
	th.count, th.free = 0, true
	f.parts.Inbox.ConsumerFree(1)
	f.pollAgain.After(f.refusedPause(), token(tk)) // the loop of the consumer goes on as after a receive that was refused
}

// deletePayloads deletes the payloads of a deletion's messages, one after the other, and then the messages.
func (d *deleter) deletePayloads(call sdk.Call) {
	slot := &d.slots[call]
	receipts := d.messages(call)
	instance := d.fleet.instanceIndex(uint32(slot.token))
	for ; slot.at < slot.count; slot.at++ {
		if o, ok := d.fleet.payloadOf(receipts[slot.at]); ok {
			d.fleet.fetch.clients[instance].DeleteObject(d, uint64(call), o)
			return
		}
	}
	d.client.DoFor(call, instance)
}

// Answered takes the bucket's answer to a DELETE: a payload that it would not delete keeps its message, too.
func (d *deleter) Answered(call uint64, err error) {
	if err != nil {
		d.Done(sdk.Call(call), err)
		return
	}
	d.slots[call].at++
	d.deletePayloads(sdk.Call(call))
}
