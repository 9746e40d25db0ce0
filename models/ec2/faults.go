package ec2

// Crash lets so many running instances fail, the first ones. It returns how many there were to fail.
func (f *Fleet) Crash(instances int) (failed int) {
	for i := range uint32(len(f.instances)) {
		if failed == instances {
			break
		}
		if f.failNow(i) {
			failed++
		}
	}
	return failed
}

// failNow lets an instance fail if it runs.
func (f *Fleet) failNow(i uint32) bool {
	if g := f.group; g != nil {
		s := &g.slots[i]
		if s.phase != serving || s.dead {
			return false
		}
		g.crash(g.placeOf(i))
		return true
	}
	if f.instances[i].down {
		return false
	}
	f.goDown(i)
	f.revived.After(f.recovery.Sample(), i)
	return true
}

// Zones returns in how many zones the fleet's instances are.
func (f *Fleet) Zones() int {
	if f.group != nil {
		return f.group.spec.Zones
	}
	return f.zones
}

// LoseZone lets all that is in a zone fail; nothing is launched there until RestoreZone. A fleet of a fixed size has
// its instances in the zones by turns, and those of a lost zone stay away; one that scales launches others elsewhere.
func (f *Fleet) LoseZone(zone int) {
	if g := f.group; g != nil {
		g.loseZone(uint8(zone))
		return
	}
	f.lost[zone] = true
	for i := zone; i < len(f.instances); i += f.zones {
		if !f.instances[i].down {
			f.goDown(uint32(i))
			f.revived.After(f.recovery.Sample(), uint32(i))
		}
	}
}

// RestoreZone gives a zone back. What a fleet of a fixed size has there is launched anew.
func (f *Fleet) RestoreZone(zone int) {
	if g := f.group; g != nil {
		g.lost[zone] = false
		g.reconcile()
		return
	}
	f.lost[zone] = false
	for i := zone; i < len(f.instances); i += f.zones {
		if inst := &f.instances[i]; inst.barred {
			inst.barred = false
			f.revived.After(f.recovery.Sample(), uint32(i))
		}
	}
}

// Interrupt lets EC2 take back so many spot instances, after its notice. It returns how many there were. A fleet
// without spot instances has none.
func (f *Fleet) Interrupt(n int) (interrupted int) {
	g := f.group
	if g == nil {
		return 0
	}
	for i := range uint32(g.used) {
		s := &g.slots[i]
		if interrupted == n {
			break
		}
		if s.spot && s.phase == serving && !s.doomed && !s.dead {
			g.notice(g.placeOf(i))
			interrupted++
		}
	}
	return interrupted
}

// loseZone lets all instances of a zone fail, those that are prepared or on their way among them.
func (g *group) loseZone(zone uint8) {
	g.lost[zone] = true
	lost := 0
	for i := range uint32(g.used) {
		s := &g.slots[i]
		if s.zone != zone {
			continue
		}
		switch s.phase {
		case serving, leaving:
			g.fail(g.placeOf(i), true)
		case pending:
			weight := g.kindOf(i).Weight
			g.vacate(i)
			g.unpledge(weight)
			lost += weight
		case pooled:
			g.Pool.Add(g.f.eng.Now(), -1)
			g.vacate(i)
		case preparing:
			g.vacate(i)
		}
	}
	g.reorder(lost)
}

// goDown ends what an instance of a fleet of a fixed size does.
func (f *Fleet) goDown(i uint32) {
	f.instances[i].down = true
	f.Crashes.Inc()
	f.Running.Add(f.eng.Now(), -1)
	f.count(i, -1)
	f.kill(i, true)
}

// revive is the event that an instance which a fault ended is replaced, unless its zone is lost.
func (f *Fleet) revive(i uint32) {
	if f.lost[int(i)%f.zones] {
		f.instances[i].barred = true
		return
	}
	f.instances[i].down = false
	f.runAll(i)
}

// InstancesRunning returns how many instances work. One of a group that has failed, and whose failure nobody has seen
// yet, is paid for and does not.
func (f *Fleet) InstancesRunning() int {
	instances, _ := f.running()
	return instances
}

// Capacity returns how much capacity the instances that work are, and how much the fleet is to have: in instances, or,
// of a group with weights, in their units.
func (f *Fleet) Capacity() (running, wanted int) {
	_, running = f.running()
	if f.group != nil {
		return running, f.group.wanted
	}
	return running, f.spec.Instances
}

// running returns how many instances work, and their capacity.
func (f *Fleet) running() (instances, capacity int) {
	if f.group == nil {
		n := int(f.Running.Value())
		return n, n
	}
	for i := range f.group.slots {
		if s := &f.group.slots[i]; s.phase == serving && !s.dead && s.alive > 0 {
			instances++
			capacity += f.group.kindOf(uint32(i)).Weight
		}
	}
	return instances, capacity
}
