package ec2

import (
	"weir/models/message"
	"weir/sim"
)

// afterLaunch is the event that an instance runs: it enters service, or waits for what its lifecycle hook is for.
func (g *group) afterLaunch(p place) {
	i, ok := g.current(p)
	if !ok {
		return
	}
	g.bill(i, true)
	h := g.spec.LaunchHook
	if h == nil {
		g.admit(i)
		return
	}
	takes, timeout := g.hook.Sample(), g.parts.HookTimeout
	if h.HeartbeatTimeout != nil {
		timeout = h.HeartbeatTimeout.Sim()
	}
	g.slots[i].givenUp = takes > timeout && h.DefaultResult == HookAbandon
	g.hooked.After(min(takes, timeout), p)
}

// afterHook is the event that a launch hook is complete, or its time up.
func (g *group) afterHook(p place) {
	i, ok := g.current(p)
	if !ok {
		return
	}
	if !g.slots[i].givenUp {
		g.admit(i)
		return
	}
	g.Abandoned.Inc()
	weight := g.kindOf(i).Weight
	g.vacate(i)
	g.unpledge(weight)
	g.reorder(weight)
}

// admit puts an instance in service that was launched.
func (g *group) admit(i uint32) {
	weight := g.kindOf(i).Weight
	g.Pending.Add(g.f.eng.Now(), int64(-weight))
	g.enter(i)
	p := g.placeOf(i)
	g.warmed.After(g.parts.Settings.Warmup, p)
	delay := sim.Duration(0)
	s := &g.slots[i]
	if !s.bootstrap {
		delay = g.bootstrap.Sample()
		s.bootstrap = true
	}
	if !s.ready {
		delay += g.startUp.Sample()
	}
	g.started.After(delay, p)
	g.control.Launched(weight)
	g.retire()
	if g.capacity > g.wanted { // it was to go while it was launching
		g.scheduleTrim()
	}
}

// enter counts an instance as in service.
func (g *group) enter(i uint32) {
	now := g.f.eng.Now()
	s := &g.slots[i]
	g.become(i, serving)
	s.serviceAt = now
	g.InService.Add(now, int64(g.kindOf(i).Weight))
	g.f.Running.Add(now, 1)
	g.f.count(i, 1)
	if f := g.f; f.crashes {
		g.failed.After(f.crashGap.Sample(), g.placeOf(i))
	}
	if s.spot && g.interrupted {
		g.noticed.After(g.gaps.Sample(), g.placeOf(i))
	}
}

// start is the event that the application of an instance runs: its threads begin to poll.
func (g *group) start(p place) {
	i, ok := g.current(p)
	if !ok || g.slots[i].phase != serving || g.slots[i].dead {
		return
	}
	n := uint32(g.kindOf(i).Threads)
	g.slots[i].alive = int32(n)
	g.f.pollAll(i, n)
}

// warmUp is the event that an instance's warm-up is over: it counts in the group's CPU utilisation.
func (g *group) warmUp(p place) {
	i, ok := g.current(p)
	s := &g.slots[i]
	if !ok || s.phase != serving || s.dead {
		return
	}
	now := g.f.eng.Now()
	s.warm = true
	g.vcpu1000.Add(now, int64(g.kindOf(i).VCPUs*1000))
	g.used1000.Add(now, s.computing)
}

// cool takes an instance out of the group's CPU utilisation.
func (g *group) cool(i uint32) {
	s := &g.slots[i]
	if !s.warm {
		return
	}
	now := g.f.eng.Now()
	s.warm = false
	g.vcpu1000.Add(now, -int64(g.kindOf(i).VCPUs*1000))
	g.used1000.Add(now, -s.computing)
}

// computes notes how much of an instance's vCPUs is in use.
func (g *group) computes(i uint32) {
	s := &g.slots[i]
	use := min(int64(g.f.instances[i].cpu.Computing())*1000, int64(g.kindOf(i).VCPUs*1000))
	if s.warm {
		g.used1000.Add(g.f.eng.Now(), use-s.computing)
	}
	s.computing = use
}

// shrink takes one instance away, and reports whether one could go: what is ordered first, then, of tasks, what is
// launching, and then the one that zones and termination policy choose. AWS does not say whether instances that are
// launching go before those that serve: here they go after them.
func (g *group) shrink() bool {
	over, l := g.capacity-g.wanted, g.leaver()
	if g.cancel(over, l) {
		return true
	}
	first, second := serving, pending
	if g.spec.Kind.Tasks() {
		first, second = pending, serving
	}
	i, ok := g.victim(first, over, l)
	if !ok {
		i, ok = g.victim(second, over, l)
	}
	if !ok {
		return false
	}
	g.Terminations.Inc()
	if g.slots[i].phase == pending {
		weight := g.kindOf(i).Weight
		g.vacate(i)
		g.withdraw(weight)
		return true
	}
	g.capacity -= g.kindOf(i).Weight
	g.dismiss(i)
	return true
}

// cancel takes the last order back that waits and is of what is to go.
func (g *group) cancel(over int, l leaver) bool {
	for n := len(g.waiting) - 1; n >= 0; n-- {
		o := g.waiting[n]
		if weight := g.parts.Kinds[o.kind].Weight; o.spot == l.spot && weight <= over {
			g.waiting = append(g.waiting[:n], g.waiting[n+1:]...)
			g.withdraw(weight)
			return true
		}
	}
	return false
}

// dismiss lets an instance go that is in service, and whose capacity is not counted any more: at once, or when it
// has finished what it has in hand.
func (g *group) dismiss(i uint32) {
	now := g.f.eng.Now()
	s := &g.slots[i]
	weight := g.kindOf(i).Weight
	g.leaveService(i)
	g.control.Terminating(weight)
	g.Terminating.Add(now, int64(weight))
	g.become(i, leaving)
	s.excess = true
	if b := g.f.balancer; b != nil && !s.dead && s.alive > 0 {
		b.Deregister(int(i))
		return
	}
	time, drains := g.drainTime()
	if !drains || s.dead || s.alive == 0 {
		g.end(i)
		return
	}
	g.overdue.After(time, g.placeOf(i))
}

// drainTime returns how long an instance that is to go may finish what it has in hand.
func (g *group) drainTime() (time sim.Duration, drains bool) {
	if h := g.spec.TerminateHook; h != nil {
		time, drains = g.parts.HookTimeout, true
		if h.HeartbeatTimeout != nil {
			time = h.HeartbeatTimeout.Sim()
		}
		if h.RecordHeartbeats {
			time = min(g.parts.HookMax, 100*time)
		}
	}
	if d := g.spec.Drain; d != nil {
		if !drains || d.Sim() < time {
			time = d.Sim()
		}
		drains = true
	}
	return time, drains
}

// leaveService takes an instance out of service.
func (g *group) leaveService(i uint32) {
	now := g.f.eng.Now()
	g.cool(i)
	weight := g.kindOf(i).Weight
	g.InService.Add(now, int64(-weight))
	g.control.Left(weight, g.slots[i].serviceAt)
	g.f.Running.Add(now, -1)
}

// stops lets a thread of a leaving instance stop instead of polling again, and reports whether it did.
func (g *group) stops(t uint32) bool {
	i := uint32(g.f.instanceIndex(t))
	s := &g.slots[i]
	if g.f.balancer != nil { // it goes on until its load balancer has nothing left for it
		return false
	}
	if s.phase != leaving && !(s.doomed && (g.spec.Drain != nil || g.spec.TerminateHook != nil)) {
		return false
	}
	g.f.lose(t)
	if s.alive--; s.alive == 0 && s.phase == leaving {
		g.release(i)
	}
	return true
}

// release lets a leaving instance end when the present event is over. It has drained unless something is in hand then:
// a load balancer waits for no longer than its deregistration delay.
func (g *group) release(i uint32) {
	g.slots[i].released = true
	g.overdue.After(0, g.placeOf(i))
}

// expire is the event that a leaving instance has nothing in hand any more, or has had its time.
func (g *group) expire(p place) {
	if i, ok := g.current(p); ok {
		g.end(i)
	}
}

// end ends an instance that is out of service. What its threads have in hand is lost to it: those messages come back
// by their visibility timeouts.
func (g *group) end(i uint32) {
	now := g.f.eng.Now()
	s := &g.slots[i]
	weight := g.kindOf(i).Weight
	killed := g.f.kill(i, false)
	g.f.count(i, -1)
	if b := g.f.balancer; b != nil {
		b.InstanceGone(int(i))
	}
	if s.excess || s.doomed {
		g.Killed.Add(uint64(killed))
	}
	if s.released && killed == 0 {
		g.Drained.Inc()
	}
	excess := s.excess
	if excess {
		g.Terminating.Add(now, int64(-weight))
	}
	if !excess || !g.returnToPool(i) {
		g.vacate(i)
	}
	if excess {
		g.control.Terminated(weight)
	} else {
		g.reconcile()
	}
}

// crash is the event that an instance crashes. A task on an instance of EC2 leaves its host alive.
func (g *group) crash(p place) { g.fail(p, g.spec.Kind != KindECS && g.spec.Kind != KindKEDA) }

// fail lets an instance fail, with all that it has in hand, and with its host or without. The group knows when it looks
// at its health.
func (g *group) fail(p place, host bool) {
	i, ok := g.current(p)
	s := &g.slots[i]
	if !ok || s.dead || s.phase != serving && s.phase != leaving {
		return
	}
	g.f.Crashes.Inc()
	g.f.kill(i, host)
	g.cool(i)
	if s.phase == leaving {
		g.end(i)
		return
	}
	s.dead, s.alive = true, 0
	now := g.f.eng.Now()
	grace := s.serviceAt.Add(g.spec.HealthCheckGracePeriod.Sim())
	g.checked.At(max(now, grace).Add(g.parts.HealthCheck), p)
}

// check is the event that the group sees that an instance is unhealthy: it ends it and launches another, whatever
// cooldown there is.
func (g *group) check(p place) {
	i, ok := g.current(p)
	switch {
	case !ok:
		return
	case g.slots[i].phase == leaving:
		g.end(i) // its notice is over
		return
	case g.slots[i].dead:
		g.Replaced.Inc()
	}
	g.leaveService(i)
	if !g.slots[i].replaced {
		g.capacity -= g.kindOf(i).Weight
	}
	g.end(i)
}

// notice is the event that EC2 tells a spot instance that it will take it back; a worker that can drains. With Capacity
// Rebalancing another is ordered at once.
func (g *group) notice(p place) {
	i, ok := g.current(p)
	s := &g.slots[i]
	if !ok || s.doomed || s.phase != serving {
		return
	}
	s.doomed = true
	g.Interruptions.Inc()
	g.checked.After(g.parts.SpotNotice, p)
	if g.spec.Spot.Rebalance {
		s.replaced = true
		g.capacity -= g.kindOf(i).Weight
		g.reconcile()
	}
}

// retire lets instances go whose replacements are in service, when there is as much as is wanted without them. They
// drain as in a scale-in, and have no longer than their notice.
func (g *group) retire() {
	if sp := g.spec.Spot; sp == nil || !sp.Rebalance {
		return
	}
	for i := range uint32(g.used) {
		s := &g.slots[i]
		if s.phase == serving && s.replaced && int(g.InService.Value())-g.kindOf(i).Weight >= g.wanted {
			g.dismiss(i)
		}
	}
}

// scheduleTrim looks again whether something can go, when the present event is over.
func (g *group) scheduleTrim() {
	if !g.trimming {
		g.trimming = true
		g.trimmed.After(0, 0)
	}
}

// trim is the event that something may go that could not before.
func (g *group) trim(uint8) {
	g.trimming = false
	g.reconcile()
}

// idle tells that a thread of an instance has its hands empty: a protected worker may go now.
func (g *group) idle(t uint32) {
	s := &g.slots[g.f.instanceIndex(t)]
	if s.busy--; s.busy == 0 && g.spec.ProtectBusy && g.capacity > g.wanted {
		g.scheduleTrim()
	}
}

// occupied tells that a thread of an instance has messages in hand.
func (g *group) occupied(t uint32) { g.slots[g.f.instanceIndex(t)].busy++ }

// kill ends all threads of an instance, with its host when that is lost, and returns how many messages they had in
// hand.
func (f *Fleet) kill(i uint32, host bool) (inHand int) {
	inst := &f.instances[i]
	n := uint32(f.stride)
	for t := i * n; t < (i+1)*n; t++ {
		if th := &f.threads[t]; th.busy {
			inHand += int(th.count - th.at)
		}
		f.lose(t)
	}
	f.Computing.Add(f.eng.Now(), int64(-inst.cpu.Clear(f.eng.Now())))
	if f.group != nil {
		f.group.computes(i)
	}
	for _, pool := range inst.pool {
		pool.Reset()
	}
	if f.balancer != nil {
		f.balancer.InstanceDown(int(i), host)
	}
	return inHand
}

// furnish makes the threads of the first n instances.
func (f *Fleet) furnish(n int) {
	for len(f.threads) < n*f.stride {
		f.threads = append(f.threads, thread{})
		for range f.most {
			f.receipts = append(f.receipts, message.Receipt{})
		}
	}
}
