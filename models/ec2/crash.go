package ec2

import "weir/models/message"

// crash is the event that an instance fails: its threads lose what they have in hand, which stays in flight until its
// visibility timeout ends, and the instance is replaced after a while.
func (f *Fleet) crash(i uint32) {
	if f.instances[i].down { // by a fault: its next crash comes as late as any
		f.crashed.After(f.crashGap.Sample(), i)
		return
	}
	f.fall(i)
}

// fall lets an instance that runs fail.
func (f *Fleet) fall(i uint32) {
	now := f.eng.Now()
	inst := &f.instances[i]
	inst.down = true
	f.Crashes.Inc()
	f.Running.Add(now, -1)
	n := uint32(f.spec.Instance.Threads)
	for t := i * n; t < (i+1)*n; t++ {
		f.lose(t)
	}
	f.Computing.Add(now, int64(-inst.cpu.Clear()))
	for _, pool := range inst.pool {
		pool.Reset()
	}
	f.recovered.After(f.recovery.Sample(), i)
}

// lose ends a thread's turn with its instance.
func (f *Fleet) lose(t uint32) {
	th := &f.threads[t]
	if th.free {
		f.parts.Inbox.ConsumerFree(-1)
	}
	for _, r := range f.hand(t)[th.at:] {
		f.Abandon(f.eng.Now(), r, message.DeadByCrash)
	}
	if th.busy {
		f.Busy.Add(f.eng.Now(), -1)
	}
	th.turn++
	th.count, th.at, th.tries, th.free, th.busy = 0, 0, 0, false, false
}

// recover is the event that a crashed instance is replaced.
func (f *Fleet) recover(i uint32) {
	inst := &f.instances[i]
	inst.down = false
	f.launch(i)
	if !inst.struck {
		f.crashed.After(f.crashGap.Sample(), i)
	}
	inst.struck = false
}
