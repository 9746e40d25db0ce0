package sdk

import (
	"weir/models/fault"
	"weir/models/message"
	"weir/sim"
	"weir/sim/random"
)

// Inlet is what takes a message that is sent on: a queue, a topic or a function.
type Inlet interface {
	SendMessage(ref message.Ref, delay sim.Duration) error
}

// Sender is who sends processed messages on.
type Sender interface {
	// Sent tells that the copy of a message was accepted, or that the call was given up.
	Sent(token uint64, err error)
}

// ForwarderParts is what a forwarder is built from.
type ForwarderParts struct {
	To         Inlet
	Latency    random.Dist // round trip of a send, ns
	FaultShare float64
	Faults     *fault.State // that may strike what it sends to, or nil
	Retries    []*Retry     // one for each process that sends
	Keys       Encryption   // data keys of the queue or topic, nil when it is not encrypted
	Extended   *ExtendedClientSpec
	Limits     *ExtendedClientLimits
	Way        string                 // tells the random numbers of one way on from those of another; empty for the first
	Hop        func(copy message.Ref) // what is noted of each copy, or nil
	Objects    Objects                // of the bucket that payloads go through, if there is an extended client
}

// Forwarder makes the calls that send processed messages on to what comes next. Each call under way has a slot.
type Forwarder struct {
	Client *Client

	eng    *sim.Engine
	store  *message.Store
	sender Sender
	to     Inlet
	slots  []forward
	copies []message.Ref // by slot
	free   []Call
	sent   message.Accounts

	uploads *Uploads // nil unless there is an extended client
	hop     func(copy message.Ref)
}

// forward is a call under way.
type forward struct {
	token   uint64
	process int32
}

// NewForwarder returns the forwarder of a component.
func NewForwarder(
	eng *sim.Engine, store *message.Store, name string, sender Sender, parts ForwarderParts,
) *Forwarder {
	fw := &Forwarder{
		eng: eng, store: store, sender: sender, to: parts.To, sent: message.NewAccounts(&store.Ledger, name),
	}
	fw.hop = parts.Hop
	name += "/send" + parts.Way
	latency := random.NewDuration(parts.Latency, eng.Rand(name))
	fw.Client = NewClient(eng, name, fw, latency, 0, parts.FaultShare, parts.Retries...)
	fw.Client.Encrypt(parts.Keys)
	fw.Client.Disturb(parts.Faults)
	if parts.Extended != nil {
		fw.uploads = NewUploads(fw, store, parts.Extended, parts.Limits, parts.Objects, 0)
	}
	return fw
}

// Send begins to send a copy of the message m, which r names, for one of the processes. The copy needs what the waits
// of a message in line are split by. It returns false when memory is full.
func (fw *Forwarder) Send(token uint64, process int, r message.Ref, m *message.Message, idle message.Idle) bool {
	ref, ok := fw.store.Copy(fw.eng.Now(), r, fw.sent.Of(m.Route), idle)
	if !ok {
		fw.eng.Stop()
		return false
	}
	if fw.hop != nil {
		fw.hop(ref)
	}
	if len(fw.free) == 0 {
		fw.free = append(fw.free, Call(len(fw.slots)))
		fw.slots = append(fw.slots, forward{})
		fw.copies = append(fw.copies, 0)
	}
	call := fw.free[len(fw.free)-1]
	fw.free = fw.free[:len(fw.free)-1]
	fw.slots[call], fw.copies[call] = forward{token, int32(process)}, ref
	if fw.uploads != nil {
		fw.store.PutBack(ref)
		fw.uploads.Begin(call)
		return true
	}
	fw.Client.DoFor(call, process)
	return true
}

// Slots returns how many calls were under way at once at the most.
func (fw *Forwarder) Slots() int { return len(fw.slots) }

// Messages returns the copy that a call sends.
func (fw *Forwarder) Messages(call Call) []message.Ref { return fw.copies[call : call+1] }

// Uploaded makes the call, or gives it up when the payload could not be put.
func (fw *Forwarder) Uploaded(call Call, err error) {
	if err != nil {
		fw.Done(call, err)
		return
	}
	fw.Client.DoFor(call, int(fw.slots[call].process))
}

// Serve hands the copy over.
func (fw *Forwarder) Serve(call Call) error {
	return fw.to.SendMessage(fw.copies[call], message.QueueDefault)
}

// Attempt books the copy's time to the call.
func (fw *Forwarder) Attempt(call Call) { fw.enter(call, message.APICall) }

// BackOff books the copy's time to the retry.
func (fw *Forwarder) BackOff(call Call) { fw.enter(call, message.ClientRetry) }

func (fw *Forwarder) enter(call Call, cause message.Cause) {
	fw.store.At(fw.copies[call]).Enter(fw.eng.Now(), cause)
}

// Done tells the sender how the call ended. A copy that was not accepted ends here.
func (fw *Forwarder) Done(call Call, err error) {
	ref := fw.copies[call]
	fw.free = append(fw.free, call)
	if err != nil {
		fw.store.Move(ref, fw.store.At(ref), message.Rejected)
		fw.store.Free(ref)
	}
	fw.sender.Sent(fw.slots[call].token, err)
}
