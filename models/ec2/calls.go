package ec2

import "weir/models/calls"

// callOut makes the next call of the work on a message.
func (f *Fleet) callOut(t uint32) {
	th := &f.threads[t]
	calls.Ask(f.instanceOf(t).pool[th.call], f, uint64(tokenOf(t, th.turn)), calls.Request{
		Service: f.calls[th.call].Sample(), Key: f.store.At(f.hand(t)[th.at].Ref).Key,
	})
}
