package ec2

import "weir/sim"

// mix is the capacity that is ordered, launches or is in service, without what its replacement is ordered for.
type mix struct {
	total, spot int
	of          [2][]int // on demand and spot: of each kind
}

func (g *group) count() *mix {
	m := &g.mixed
	m.total, m.spot = 0, 0
	for p := range m.of {
		m.of[p] = append(m.of[p][:0], make([]int, len(g.parts.Kinds))...)
	}
	for i := range g.slots[:g.used] {
		if s := &g.slots[i]; s.phase == pending || s.phase == serving && !s.replaced {
			m.add(s.kind, s.spot, g.parts.Kinds[s.kind].Weight)
		}
	}
	for _, o := range g.waiting {
		m.add(o.kind, o.spot, g.parts.Kinds[o.kind].Weight)
	}
	return m
}

func (m *mix) add(kind uint8, spot bool, weight int) {
	m.total += weight
	purchase := 0
	if spot {
		purchase = 1
		m.spot += weight
	}
	m.of[purchase][kind] += weight
}

// spotAt returns how much of a capacity is spot at the most: a fraction "rounds up to the next integer in favor of
// On-Demand Instances" (ec2-auto-scaling-mixed-instances-groups.md).
func (g *group) spotAt(capacity int) int {
	sp := g.spec.Spot
	if sp == nil || capacity <= sp.Base {
		return 0
	}
	return int(float64(sp.Share)*float64(capacity-sp.Base) + 1e-9) // 29 % of 100 are 29, and a little less as a float64
}

// choose returns the kind of the next instance, and whether it is a spot instance: as many as its share of the
// capacity above the base.
func (g *group) choose() (kind uint8, spot bool) {
	if g.spec.Spot == nil && (len(g.parts.Kinds) == 1 || g.spec.Allocation == AllocatePrioritized) {
		return 0, false
	}
	m := g.count()
	for k := range g.parts.Kinds {
		if g.spec.Allocation == AllocateDiversified && m.of[0][k]+m.of[1][k] < m.of[0][kind]+m.of[1][kind] {
			kind = uint8(k)
		}
	}
	weight := g.parts.Kinds[kind].Weight
	return kind, m.spot+weight <= g.spotAt(m.total+weight)
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

// leaver is what a scale-in takes away next: on-demand or spot capacity, and how much of that each kind has.
type leaver struct {
	spot bool
	of   []int
}

// leaver tells what a scale-in to what is wanted takes away: spot instances while there are more of them than their
// share of the capacity that stays, and else those on demand. AWS "first identifies which of the two types (Spot or
// On-Demand) should be terminated" (ec2-auto-scaling-termination-policies.md).
func (g *group) leaver() leaver {
	if g.spec.Spot == nil && len(g.parts.Kinds) == 1 {
		return leaver{}
	}
	m := g.count()
	if m.spot > g.spotAt(g.wanted) {
		return leaver{true, m.of[1]}
	}
	return leaver{false, m.of[0]}
}

// victim returns the instance in a phase that goes next: of the zone with the most, the one that the termination
// policy chooses. No more may go than the group has too much.
func (g *group) victim(of phase, over int, l leaver) (victim uint32, ok bool) {
	var in [8]int
	for i := range g.slots[:g.used] {
		if g.slots[i].phase == of {
			in[g.slots[i].zone]++
		}
	}
	now := g.f.eng.Now()
	for i := range uint32(g.used) {
		s := &g.slots[i]
		switch {
		case s.phase != of || s.replaced || s.spot != l.spot:
			continue
		case g.kindOf(i).Weight > over || g.spec.ProtectBusy && s.busy > 0:
			continue
		}
		if !ok || g.before(s, &g.slots[victim], in[s.zone]-in[g.slots[victim].zone], l.of, now) {
			victim, ok = i, true
		}
	}
	return victim, ok
}

// before reports whether an instance goes before another, whose zone has so many fewer. By default those go first
// that leave the rest as the allocation strategy would launch it, where there are several types.
func (g *group) before(a, b *slot, fuller int, of []int, now sim.Time) bool {
	byDefault := g.spec.TerminationPolicy == TerminateDefault && a.kind != b.kind
	switch {
	case fuller != 0:
		return fuller > 0
	case a.dead != b.dead:
		return a.dead
	case g.spec.TerminationPolicy == TerminateOldest:
		return a.serviceAt < b.serviceAt
	case g.spec.TerminationPolicy == TerminateNewest:
		return a.serviceAt > b.serviceAt
	case byDefault && g.spec.Allocation == AllocatePrioritized:
		return a.kind > b.kind
	case byDefault && of[a.kind] != of[b.kind]:
		return of[a.kind] > of[b.kind]
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
