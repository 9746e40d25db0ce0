package ec2

import "weir/sim"

// compute lets a thread do work of the given length: the computing part first, then the rest.
func (f *Fleet) compute(t uint32, work sim.Duration) {
	th := &f.threads[t]
	computing := work.Share(float64(f.spec.CPUShare))
	if !f.contended {
		f.used += computing
		th.computes = f.eng.Now().Add(computing)
		f.worked.After(work, tokenOf(t, th.turn))
		return
	}
	th.down = work - computing // what is left after computing
	if computing == 0 {
		f.worked.After(work, tokenOf(t, th.turn))
		return
	}
	now := f.eng.Now()
	i := uint32(f.instanceIndex(t))
	f.instances[i].cpu.Begin(now, computing, uint64(tokenOf(t, th.turn)))
	f.Computing.Add(now, 1)
	if f.group != nil {
		f.group.computes(i)
	}
	f.rearm(i)
}

// usedVCPUs returns the seconds of vCPUs that work has had until now.
func (f *Fleet) usedVCPUs(now sim.Time) (seconds float64) {
	if f.contended {
		for i := range f.instances {
			seconds += f.instances[i].cpu.Used(now)
		}
		return seconds
	}
	used := f.used
	for i := range f.threads {
		used -= f.threads[i].owes(now)
	}
	return used.Seconds()
}

// owes returns how much of what a thread was to compute alone on its vCPU still lies before it.
func (th *thread) owes(now sim.Time) sim.Duration { return max(th.computes.Sub(now), 0) }

// rearm schedules the end of the computing of the thread of an instance that has the least left.
func (f *Fleet) rearm(i uint32) {
	if after, turn, ok := f.instances[i].cpu.Next(); ok {
		f.computed.After(after, tokenOf(i, turn))
	}
}

// computeDone is the event that the thread of an instance with the least computing left has none left.
func (f *Fleet) computeDone(tk token) {
	i := uint32(tk)
	now := f.eng.Now()
	done, ok := f.instances[i].cpu.End(now, uint32(tk>>32))
	if !ok {
		return
	}
	f.Computing.Add(now, -1)
	if f.group != nil {
		f.group.computes(i)
	}
	f.rearm(i)
	f.worked.After(f.threads[uint32(done)].down, token(done))
}
