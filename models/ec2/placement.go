package ec2

import "weir/sim"

// choose returns the kind of the next instance, and whether it is a spot instance: as many as its share of the
// capacity above the base.
func (g *group) choose() (kind uint8, spot bool) {
	sp := g.spec.Spot
	if sp == nil && (len(g.parts.Kinds) == 1 || g.spec.Allocation == AllocatePrioritized) {
		return 0, false
	}
	total, spots := 0, 0
	of := make([]int, len(g.parts.Kinds))
	count := func(kind uint8, spot bool) {
		weight := g.parts.Kinds[kind].Weight
		total += weight
		of[kind] += weight
		if spot {
			spots += weight
		}
	}
	for i := range g.slots[:g.used] {
		if s := &g.slots[i]; s.phase == pending || s.phase == serving && !s.replaced {
			count(s.kind, s.spot)
		}
	}
	for _, o := range g.waiting {
		count(o.kind, o.spot)
	}
	for k := range of {
		if g.spec.Allocation == AllocateDiversified && of[k] < of[kind] {
			kind = uint8(k)
		}
	}
	if sp == nil {
		return kind, false
	}
	above := total + g.parts.Kinds[kind].Weight - sp.Base
	return kind, above > 0 && float64(spots) < float64(sp.Share)*float64(above)
}

// emptiestZone returns the zone with the fewest instances of those that there are, or false when all are lost.
func (g *group) emptiestZone() (zone uint8, ok bool) {
	for z := range uint8(g.spec.Zones) {
		if !g.lost[z] && (!ok || g.zones[z] < g.zones[zone]) {
			zone, ok = z, true
		}
	}
	return zone, ok
}

// victim returns the instance in a phase that goes next: of the zone with the most, the one that the termination
// policy chooses. No more may go than the group has too much.
func (g *group) victim(of phase, over int) (victim uint32, ok bool) {
	var in [8]int
	for i := range g.slots[:g.used] {
		if g.slots[i].phase == of {
			in[g.slots[i].zone]++
		}
	}
	now := g.f.eng.Now()
	for i := range uint32(g.used) {
		s := &g.slots[i]
		if s.phase != of || s.replaced || g.kindOf(i).Weight > over || g.spec.ProtectBusy && s.busy > 0 {
			continue
		}
		if !ok || g.before(s, &g.slots[victim], in[s.zone]-in[g.slots[victim].zone], now) {
			victim, ok = i, true
		}
	}
	return victim, ok
}

// before reports whether an instance goes before another, whose zone has so many fewer.
func (g *group) before(a, b *slot, fuller int, now sim.Time) bool {
	switch {
	case fuller != 0:
		return fuller > 0
	case a.dead != b.dead:
		return a.dead
	case g.spec.TerminationPolicy == TerminateOldest:
		return a.serviceAt < b.serviceAt
	case g.spec.TerminationPolicy == TerminateNewest:
		return a.serviceAt > b.serviceAt
	}
	intoHour := func(s *slot) sim.Duration { return now.Sub(s.billedAt) % sim.Hour }
	return intoHour(a) > intoHour(b)
}

// launchFromPool takes an instance of the warm pool for an order, if there is one.
func (g *group) launchFromPool(o order) bool {
	w := g.spec.WarmPool
	if w == nil || o.spot {
		return false
	}
	for i := range uint32(g.used) {
		s := &g.slots[i]
		if s.phase != pooled || s.kind != o.kind || g.lost[s.zone] {
			continue
		}
		g.Pool.Add(g.f.eng.Now(), -1)
		g.Launches.Inc()
		g.become(i, pending)
		s.ready = w.State != PoolStopped // its memory is as it was
		delay := g.poolLaunch.Sample()
		if w.State == PoolRunning {
			delay = 0
		}
		g.launched.After(delay, g.placeOf(i))
		return true
	}
	return false
}

// fillPool prepares instances, or ends prepared ones, until the warm pool has its size.
func (g *group) fillPool() {
	w := g.spec.WarmPool
	if w == nil {
		return
	}
	_, most := g.control.Bounds()
	if w.MaxPrepared != nil {
		most = *w.MaxPrepared
	}
	size := max(most-g.wanted, w.MinSize)
	have := 0
	for i := range g.slots[:g.used] {
		if g.slots[i].phase == pooled || g.slots[i].phase == preparing {
			have++
		}
	}
	for ; have < size; have++ {
		zone, zoned := g.emptiestZone()
		i, ok := uint32(0), false
		if zoned {
			i, ok = g.take()
		}
		if !ok {
			return
		}
		g.occupy(i, 0, zone, false)
		s := &g.slots[i]
		g.become(i, preparing)
		s.bootstrap = true
		g.bill(i, true)
		delay := g.launch.Sample() + g.bootstrap.Sample()
		if w.State != PoolStopped {
			delay += g.startUp.Sample()
		}
		g.prepared.After(delay, g.placeOf(i))
	}
	for i := uint32(0); have > size && int(i) < g.used; i++ {
		if s := &g.slots[i]; s.phase == pooled || s.phase == preparing {
			if s.phase == pooled {
				g.Pool.Add(g.f.eng.Now(), -1)
			}
			g.vacate(i)
			have--
		}
	}
}

// prepare is the event that an instance is ready for the warm pool.
func (g *group) prepare(p place) {
	if i, ok := g.current(p); ok {
		g.store(i)
	}
}

// store puts an instance into the warm pool. Stopped and hibernated ones are not billed but for their volume.
func (g *group) store(i uint32) {
	g.become(i, pooled)
	g.Pool.Add(g.f.eng.Now(), 1)
	if g.spec.WarmPool.State != PoolRunning {
		g.bill(i, false)
	}
}

// returnToPool puts an instance that was to go back into the warm pool, if that is what it is for.
func (g *group) returnToPool(i uint32) bool {
	w := g.spec.WarmPool
	s := &g.slots[i]
	if w == nil || !w.ReuseOnScaleIn || s.dead || s.doomed || s.spot {
		return false
	}
	*s = slot{
		phase: s.phase, turn: s.turn + 1, kind: s.kind, zone: s.zone, running: s.running, billedAt: s.billedAt,
		bootstrap: true, node: -1,
	}
	g.store(i)
	return true
}
