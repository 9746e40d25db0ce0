package ec2

import "weir/models/message"

// crash is the event that an instance fails: its threads lose what they have in hand, which stays in flight until its
// visibility timeout ends, and the instance is replaced after a while.
func (f *Fleet) crash(i uint32) {
	if f.instances[i].down { // a fault has ended it already
		f.crashed.After(f.crashGap.Sample(), i)
		return
	}
	f.goDown(i)
	f.recovered.After(f.recovery.Sample(), i)
}

// lose ends a thread's turn with its instance.
func (f *Fleet) lose(t uint32) {
	th := &f.threads[t]
	if th.free {
		f.parts.Inbox.ConsumerFree(-1)
	}
	if !th.busy { // what it holds is on its way
		f.TakenByDeadPolls.Add(uint64(th.count - th.at))
	}
	for _, r := range f.hand(t)[th.at:] {
		f.Abandon(f.eng.Now(), r, message.DeadByCrash)
	}
	if th.busy {
		f.Busy.Add(f.eng.Now(), -1)
		if f.group != nil {
			f.group.idle(t)
		}
	}
	f.used -= th.owes(f.eng.Now())
	th.computes = 0
	th.turn++
	th.count, th.at, th.tries, th.free, th.busy = 0, 0, 0, false, false
}

// recover is the event that a crashed instance is replaced.
func (f *Fleet) recover(i uint32) {
	f.revive(i)
	f.crashed.After(f.crashGap.Sample(), i)
}
