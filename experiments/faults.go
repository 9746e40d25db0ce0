package experiments

import (
	"fmt"
	"slices"
	"strings"

	"weir/experiments/scenario"
	"weir/models/ec2"
	"weir/models/fault"
	"weir/models/gateway"
	"weir/models/kinesis"
	"weir/models/kms"
	"weir/models/lambda"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/storage"
	"weir/models/stream"
	"weir/sim"
)

// faultSection is the key of the section of faults.
const faultSection = "faults"

// faultKind is the section of faults. What they strike is built before; the states that they change are made for those
// who consult them, when they are built.
var faultKind = kind{
	scenario.SectionOf[fault.Spec](faultSection, "Faults that strike components, by name."), buildFault,
}

// faults is what the builder knows of the faults of a design.
type faults struct {
	calls    map[spec.Link]*fault.State // to components
	service  map[spec.Link]*fault.State // that functions are invoked through
	work     map[spec.Link]*fault.State // of components
	loads    map[spec.Link]*fault.Load  // of producers
	zones    map[spec.Link][]int        // of fleets: by how many faults each is lost
	recovery *fault.Recovery
	gates    int
}

func newFaults() faults {
	states := func() map[spec.Link]*fault.State { return map[spec.Link]*fault.State{} }
	return faults{calls: states(), service: states(), work: states(), loads: map[spec.Link]*fault.Load{},
		zones: map[spec.Link][]int{}}
}

// called are the sections whose components are called.
var called = []string{
	"queues", "topics", streamSection, functionSection, gatewaySection, busSection, tableSection, "buckets",
	deliverySection, "keys", databaseSection, cacheSection, serviceSection, "endpoints",
}

// faultState returns what faults do to the calls to a component; nil when none can strike them.
func (b *builder) faultState(l spec.Link) *fault.State {
	return b.stateOf(b.faults.calls, l, (*fault.Spec).Calls)
}

// workState returns what faults do to the work of a component; nil when none can strike it.
func (b *builder) workState(l spec.Link) *fault.State {
	return b.stateOf(b.faults.work, l, func(s *fault.Spec) bool { return s.BadDeploy != nil })
}

func (b *builder) stateOf(
	states map[spec.Link]*fault.State, l spec.Link, strikes func(*fault.Spec) bool,
) *fault.State {
	for i := range b.doc.Components {
		if s, ok := b.doc.Components[i].Spec.(*fault.Spec); ok && s.Of == l && strikes(s) {
			if states[l] == nil {
				states[l] = new(fault.State)
			}
			return states[l]
		}
	}
	return nil
}

// disturbed puts what faults may strike between a component and one that it is linked to.
func disturbed[T any](b *builder, c *scenario.Component, field string, link spec.Link, needed T) T {
	state := b.faultState(link)
	if state == nil {
		return needed
	}
	name := c.Path() + "/" + field + "/" + link.String()
	var between any
	switch n := any(&needed).(type) {
	case *stream.Target:
		between = stream.NewDisturbed(b.eng, name, b.store, state, *n)
	case *stream.Source:
		between = stream.DisturbedSource{Source: *n, State: state}
	case *sdk.Target:
		between = sdk.Disturbed{Gate: fault.NewGate(b.eng, name, b.store, state, needed), Target: *n}
	default:
		if from := c.Link.Section; link.Section == functionSection && (from == busSection || from == "buckets") {
			return needed // AWS's own network
		}
		gate := fault.NewGate(b.eng, name, b.store, state, needed)
		if between = gate; gate.Buries() {
			between = fault.QueueGate{Gate: gate}
		}
	}
	if t, ok := between.(T); ok {
		return t
	}
	return needed
}

// serviceState returns what faults let a function refuse by itself, whoever invokes it: it is invoked from within, too.
func (b *builder) serviceState(l spec.Link) *fault.State {
	return b.stateOf(b.faults.service, l, (*fault.Spec).Calls)
}

// pool puts what may strike a database between it and the connections of a client.
func (b *builder) pool(c *scenario.Component, to spec.Link, pool fault.Pool) fault.Pool {
	state := b.faultState(to)
	if state == nil {
		return pool
	}
	b.faults.gates++
	name := fmt.Sprintf("%s/%s/%d", c.Path(), to, b.faults.gates)
	return fault.NewGate(b.eng, name, b.store, state, pool)
}

func buildFault(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*fault.Spec)
	target := b.doc.Component(s.Of)
	if target == nil || len(b.problems) > 0 {
		return nil // the link has been checked
	}
	parts := fault.Parts{Recovery: b.recovery()}
	switch s.Kind() {
	case fault.Outage, fault.BrownOut, fault.PacketLoss:
		b.strikeCalls(c, s, &parts)
	case fault.ThrottledQuota:
		b.strikeQuota(c, s, &parts)
	case fault.InstanceCrash, fault.SpotInterruption, fault.ZoneLoss:
		b.strikeInstances(c, s, &parts)
	case fault.Poison, fault.HotKeyAppears:
		b.strikeMessages(c, s, &parts)
	case fault.BadDeploy:
		b.strikeWork(c, s, &parts)
	case fault.DatabaseFailover:
		if db, ok := b.built[s.Of].(*storage.Database); ok {
			parts.Begin, parts.Over = db.FailOver, func() bool { return db.Down.Value() == 0 }
		} else {
			b.fail(c, "of", "%s cannot fail over: a database_failover strikes databases", s.Of)
		}
	case fault.EnvironmentLoss:
		if f, ok := b.built[s.Of].(*lambda.Function); ok {
			parts.Begin = f.LoseEnvironments
		} else {
			b.fail(c, "of", "%s has no execution environments: an environment_loss strikes functions", s.Of)
		}
	}
	if parts.Begin == nil || len(b.problems) > 0 {
		return nil
	}
	parts.Backlog = b.backlogOf(s)
	f := fault.New(b.eng, c.Path(), s, parts)
	b.conditions(c, s, f)
	b.last = append(b.last, f.Start)
	return f
}

// faultConstants are the constants that faults take from the profile.
type faultConstants struct {
	ReadTimeout spec.Duration `aws:"sdk.read_timeout"`
}

// callerTimeout returns how long callers wait for an answer that is lost.
func (b *builder) callerTimeout(c *scenario.Component, field string, own *spec.Duration) sim.Duration {
	k := new(faultConstants)
	b.profile.Fill(k)
	switch {
	case own != nil:
		return own.Sim()
	case k.ReadTimeout.Sim() > sim.Day:
		b.fail(c, field, "is missing: in profile %s callers wait without end for an answer that is lost", b.profile.Name)
	}
	return k.ReadTimeout.Sim()
}

// strikeCalls lets a fault strike the calls to a component.
func (b *builder) strikeCalls(c *scenario.Component, s *fault.Spec, parts *fault.Parts) {
	if !slices.Contains(called, s.Of.Section) {
		b.fail(c, "of", "nobody calls %s: a fault of kind %s strikes one of the %s", s.Of, s.Kind(), strings.Join(called, ", "))
		return
	}
	e := new(fault.Effect)
	switch {
	case s.Outage != nil && s.Outage.Answers == fault.AnswersNothing:
		e.Requests, e.Timeout = 1, b.callerTimeout(c, "outage.timeout", s.Outage.Timeout)
	case s.Outage != nil:
		e.Errors = 1
	case s.BrownOut != nil:
		e.Errors, e.Slowdown = float64(s.BrownOut.Errors), s.BrownOut.Latency
	default:
		e.Requests, e.Answers = float64(s.PacketLoss.Requests), float64(s.PacketLoss.Answers)
		e.Timeout = b.callerTimeout(c, "packet_loss.timeout", s.PacketLoss.Timeout)
	}
	calls := b.faultState(s.Of)
	states, effects := []*fault.State{calls}, []*fault.Effect{e}
	if s.Of.Section == functionSection {
		states = append(states, b.serviceState(s.Of))
		effects = append(effects, &fault.Effect{Errors: e.Errors, Slowdown: e.Slowdown})
		e.Errors = 0
	}
	parts.Calls = states
	parts.Begin = func() {
		for i, state := range states {
			state.Add(effects[i])
		}
	}
	parts.End = func() {
		for i, state := range states {
			state.Remove(effects[i])
		}
	}
}

// strikeQuota lets a fault take quota away.
func (b *builder) strikeQuota(c *scenario.Component, s *fault.Spec, parts *fault.Parts) {
	share := float64(s.ThrottledQuota.Share)
	var set func(factor float64)
	switch target := b.built[s.Of].(type) {
	case *lambda.Function:
		set = target.Throttle
	case *kinesis.Stream:
		set = target.Throttle
	case *storage.Table:
		set = target.Throttle
	case *gateway.Gateway:
		if !target.Limited() {
			b.fail(c, "of", "%s has no limit to its rate: give it a rate_limit", s.Of)
			return
		}
		set = func(factor float64) { target.Throttle(b.eng.Now(), factor) }
	case *kms.Key:
		set = func(factor float64) {
			for _, account := range b.keyUsers[s.Of] {
				b.quotas[account].Scale(b.eng.Now(), factor)
			}
		}
	default:
		b.fail(c, "of", "%s has no quota that can be throttled: a throttled_quota strikes functions (concurrency), streams "+
			"(rates of the shards), tables (capacity), keys (requests of their accounts) and gateways (rate)", s.Of)
		return
	}
	parts.Begin, parts.End = func() { set(share) }, func() { set(1 / share) }
}

// instanced is a component with instances, or workers, that come back when they are gone.
type instanced interface {
	InstancesRunning() int
	// Capacity is how much the instances that run are, and how much there is to be, in one unit.
	Capacity() (running, wanted int)
}

// crasher is a component whose instances or workers may crash.
type crasher interface {
	instanced
	Crash(instances int) int
}

// interrupter is a fleet whose spot instances may be interrupted.
type interrupter interface {
	instanced
	Interrupt(instances int) int
}

// zoned is a fleet that may lose a zone.
type zoned interface {
	Zones() int
	LoseZone(zone int)
	RestoreZone(zone int)
}

// strikeInstances lets a fault take instances away. It is over when they are back.
func (b *builder) strikeInstances(c *scenario.Component, s *fault.Spec, parts *fault.Parts) {
	switch target := b.built[s.Of]; s.Kind() {
	case fault.InstanceCrash:
		if t, ok := target.(crasher); ok {
			b.strikeSome(s.InstanceCrash, t, t.Crash, 0, parts)
			return
		}
		b.fail(c, "of", "%s has no instances: an instance_crash strikes fleets and consumers", s.Of)
	case fault.SpotInterruption:
		fleet, _ := b.doc.Component(s.Of).Spec.(*ec2.Spec)
		if t, ok := target.(interrupter); ok && fleet != nil && fleet.Scaling != nil && fleet.Scaling.Spot != nil {
			k := new(scalingConstants)
			b.profile.Fill(k)
			b.strikeSome(s.SpotInterruption, t, t.Interrupt, k.SpotNotice.Sim(), parts)
			return
		}
		b.fail(c, "of", "%s has no spot instances: a spot_interruption strikes fleets with scaling.spot", s.Of)
	default:
		t, ok := target.(zoned)
		switch {
		case !ok:
			b.fail(c, "of", "%s has no zones: a zone_loss strikes fleets", s.Of)
			return
		case s.ZoneLoss.Zone >= t.Zones():
			b.fail(c, "zone_loss.zone", "%s is in %d zones, the first of them 0", s.Of, t.Zones())
			return
		}
		zone := s.ZoneLoss.Zone
		lost := b.faults.zones[s.Of] // by how many faults
		if lost == nil {
			lost = make([]int, t.Zones())
			b.faults.zones[s.Of] = lost
		}
		parts.Begin = func() {
			if lost[zone]++; lost[zone] == 1 {
				t.LoseZone(zone)
			}
		}
		parts.End = func() {
			if lost[zone]--; lost[zone] == 0 {
				t.RestoreZone(zone)
			}
		}
	}
}

// strikeSome lets a fault take some instances away, after a notice.
func (b *builder) strikeSome(
	n *fault.InstancesSpec, t instanced, strike func(int) int, notice sim.Duration, parts *fault.Parts,
) {
	before, gone := 0, sim.Time(0)
	parts.Begin = func() {
		before, _ = t.Capacity()
		gone = b.eng.Now().Add(notice)
		strike(n.Of(t.InstancesRunning()))
	}
	parts.Over = func() bool {
		running, wanted := t.Capacity()
		return b.eng.Now() > gone && running >= min(before, wanted)
	}
}

// strikeMessages lets a fault change what a producer sends.
func (b *builder) strikeMessages(c *scenario.Component, s *fault.Spec, parts *fault.Parts) {
	p, ok := b.built[s.Of].(*sdk.Producer)
	if !ok {
		b.fail(c, "of", "%s produces no messages: a fault of kind %s strikes producers", s.Of, s.Kind())
		return
	}
	load := b.faults.loads[s.Of]
	if load == nil {
		load = fault.NewLoad(b.eng, s.Of.String())
		b.faults.loads[s.Of] = load
		p.Strike(load)
	}
	if s.Poison != nil {
		share := s.Poison.Share
		parts.Begin, parts.End = func() { load.AddPoison(share) }, func() { load.RemovePoison(share) }
		return
	}
	share := s.HotKey.Share
	parts.Begin, parts.End = func() { load.AddHotKey(share) }, func() { load.RemoveHotKey(share) }
}

// strikeWork lets a fault change the work of a component.
func (b *builder) strikeWork(c *scenario.Component, s *fault.Spec, parts *fault.Parts) {
	if !slices.Contains([]string{"fleets", functionSection, consumerSection}, s.Of.Section) {
		b.fail(c, "of", "%s does no work that is deployed: a bad_deploy strikes fleets, functions and consumers", s.Of)
		return
	}
	state := b.workState(s.Of)
	e := &fault.Effect{Errors: float64(s.BadDeploy.Errors), Slowdown: s.BadDeploy.Duration}
	parts.Calls = []*fault.State{state}
	parts.Begin, parts.End = func() { state.Add(e) }, func() { state.Remove(e) }
}
