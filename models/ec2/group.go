package ec2

import (
	"weir/models/autoscaling"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// InstanceKind is one type of the instances of a group, or its tasks.
type InstanceKind struct {
	Type    string
	VCPUs   float64
	GB      float64 // of memory, of tasks that are billed by it
	Threads int
	Weight  int // units of capacity
}

// GroupParts is what a fleet that scales is built from beside its Spec.
type GroupParts struct {
	Kinds    []InstanceKind
	Settings autoscaling.Settings

	Launch     random.Dist // nanoseconds until an instance, task or pod is in service
	PoolLaunch random.Dist // and one from the warm pool
	Bootstrap  random.Dist // nil: none
	StartUp    random.Dist // nil: none

	HealthCheck sim.Duration // from a failure until the group knows
	Retry       sim.Duration // until a launch that failed is tried again
	SpotNotice  sim.Duration // before an interruption
	HookTimeout sim.Duration // the heartbeat timeout of a lifecycle hook
	HookMax     sim.Duration // how long heartbeats can hold an instance
	LaunchRate  float64      // tasks a second; 0: no limit
	LaunchBurst float64      // tasks at once
	SpotPrice   float64      // share of the on-demand price
	CustomDelay sim.Duration // until a metric that the workers publish can be read
	Nodes       *NodeParts   // nil unless tasks run on instances that come and go
	TaskShare   float64      // of an instance, that a task takes where there is always room; 1 for an instance
}

// phase is where an instance is in its life.
type phase uint8

const (
	vacant    phase = iota // no instance: the place is free
	preparing              // on its way into the warm pool
	pooled                 // in the warm pool
	pending                // launching, or waiting for a lifecycle hook
	serving                // in service
	leaving                // finishing what it has in hand
)

// slot is a place for an instance, one after the other.
type slot struct {
	phase     phase
	turn      uint32 // counts the instances of the place: what was scheduled for an earlier one is stale
	kind      uint8
	zone      uint8
	spot      bool
	dead      bool // failed, and the group does not know yet
	doomed    bool // to be interrupted
	replaced  bool // its capacity was ordered again before its end
	bootstrap bool // has been through its first start
	warm      bool // its use counts in the group's CPU utilisation
	excess    bool // leaves because the group has too much
	released  bool // nothing keeps it from its end
	ready     bool // its application need not start: it has been kept in memory
	givenUp   bool // by its launch hook
	running   bool // is billed
	busy      int32
	alive     int32 // threads that have not stopped
	computing int64 // thousandths of vCPUs in use
	node      int32
	serviceAt sim.Time
	billedAt  sim.Time
}

// place names a slot and its turn.
type place uint64

// GroupStats is what a fleet that scales measures.
type GroupStats struct {
	InService, Pending, Terminating measure.Level // capacity
	Pool                            measure.Level // instances in the warm pool
	Nodes                           measure.Level

	Launches      measure.Counter // instances, tasks or pods
	Terminations  measure.Counter // of scale-in
	Killed        measure.Counter // messages that a scale-in took from a worker's hands
	Drained       measure.Counter // workers that finished what they had in hand before they went
	Replaced      measure.Counter // unhealthy ones
	Interruptions measure.Counter // spot instances taken back
	Failures      measure.Counter // launches that failed for want of capacity
	Abandoned     measure.Counter // launches that a lifecycle hook gave up
}

// group is what launches and ends the instances of a fleet that scales.
type group struct {
	GroupStats

	f       *Fleet
	spec    *ScalingSpec
	parts   *GroupParts
	control *autoscaling.Group

	slots     []slot
	free      []uint32 // places without an instance, the lowest last
	used      int      // places that have had one
	wanted    int
	capacity  int // ordered, launching or in service
	waiting   []order
	mixed     mix
	waits     bool // a retry is scheduled
	published []publication
	lost      [8]bool
	zones     [8]int // instances that launch or are in service, of each

	tokens   float64 // of the launch rate
	tokensAt sim.Time

	launch, poolLaunch, bootstrap, startUp, hook random.Duration
	gaps                                         random.Duration // between interruptions
	interrupted                                  bool            // spot instances are taken back by themselves
	luck                                         *sim.Rand
	nodes                                        *nodes

	launched  sim.Event[place]
	hooked    sim.Event[place]
	started   sim.Event[place]
	warmed    sim.Event[place]
	checked   sim.Event[place]
	overdue   sim.Event[place]
	noticed   sim.Event[place]
	prepared  sim.Event[place]
	failed    sim.Event[place]
	retried   sim.Event[uint8]
	trimmed   sim.Event[uint8]
	trimming  bool
	lastRead  float64 // of the CPU utilisation
	lastVCPUs float64
	used1000  measure.Level // thousandths of vCPUs in use, of warm instances
	vcpu1000  measure.Level // and how many there are
	bills     []bill        // by kind
}

// bill is the time of the instances of one kind that is billed.
type bill struct {
	onDemand, spot       measure.Level
	onDemandMin, spotMin float64 // seconds that instances of less than a minute are billed beside
}

// order is an instance that could not be launched yet.
type order struct {
	kind uint8
	spot bool
}

func newGroup(f *Fleet, s *ScalingSpec, parts *GroupParts) *group {
	eng, name := f.eng, f.name
	g := &group{f: f, spec: s, parts: parts, luck: eng.Rand(name + "/spot"), bills: make([]bill, len(parts.Kinds))}
	g.control = autoscaling.NewGroup(eng, parts.Settings, g)
	g.slots = make([]slot, len(f.instances))
	sampler := func(d random.Dist, of string) random.Duration {
		if d == nil {
			d = nothing
		}
		return random.NewDuration(d, eng.Rand(name+"/"+of))
	}
	g.launch, g.poolLaunch = sampler(parts.Launch, "launch"), sampler(parts.PoolLaunch, "pool_launch")
	g.bootstrap, g.startUp = sampler(parts.Bootstrap, "bootstrap"), sampler(parts.StartUp, "start_up")
	if s.LaunchHook != nil {
		g.hook = sampler(s.LaunchHook.Takes.Dist(), "launch_hook")
	}
	if sp := s.Spot; sp != nil && sp.Interruptions != nil && sp.Interruptions.PerSecond() > 0 {
		gap, err := random.NewExponential(float64(sim.Second) / sp.Interruptions.PerSecond())
		if err != nil {
			panic(err) // the decoder has checked the rate
		}
		g.gaps = sampler(gap, "interruptions")
		g.interrupted = true
	}
	g.tokens = parts.LaunchBurst
	g.launched = sim.NewEvent(eng, name+"/launched", g.afterLaunch)
	g.hooked = sim.NewEvent(eng, name+"/hooked", g.afterHook)
	g.started = sim.NewEvent(eng, name+"/started", g.start)
	g.warmed = sim.NewEvent(eng, name+"/warmed", g.warmUp)
	g.checked = sim.NewEvent(eng, name+"/checked", g.check)
	g.overdue = sim.NewEvent(eng, name+"/overdue", g.expire)
	g.noticed = sim.NewEvent(eng, name+"/noticed", g.notice)
	g.prepared = sim.NewEvent(eng, name+"/prepared", g.prepare)
	g.failed = sim.NewEvent(eng, name+"/instance_failed", g.crash)
	g.retried = sim.NewEvent(eng, name+"/launch_again", g.retry)
	g.trimmed = sim.NewEvent(eng, name+"/trim", g.trim)
	if parts.Nodes != nil {
		g.nodes = newNodes(g, parts.Nodes)
	}
	return g
}

// nothing is a length of no time.
var nothing = func() random.Dist {
	d, err := random.NewConstant(0)
	if err != nil {
		panic(err)
	}
	return d
}()

func (g *group) placeOf(i uint32) place { return place(g.slots[i].turn)<<32 | place(i) }

// current reports whether a place still has the same instance.
func (g *group) current(p place) (uint32, bool) {
	i := uint32(p)
	return i, g.slots[i].turn == uint32(p>>32)
}

func (g *group) kindOf(i uint32) *InstanceKind { return &g.parts.Kinds[g.slots[i].kind] }

// begin puts the capacity of the start in service, warm and with its application running.
func (g *group) begin() {
	now := g.f.eng.Now()
	g.wanted = g.control.DesiredCapacity()
	if g.nodes != nil {
		g.nodes.begin(g.wanted)
	}
	for g.capacity < g.wanted {
		kind, spot := g.choose()
		i, _ := g.take()
		zone, _ := g.emptiestZone()
		g.occupy(i, kind, zone, spot)
		g.capacity += g.kindOf(i).Weight
		if g.nodes != nil {
			g.slots[i].node, _ = g.nodes.reserve(now)
		}
		g.slots[i].bootstrap = true
		g.bill(i, true)
		g.enter(i)
		g.warmUp(g.placeOf(i))
		g.start(g.placeOf(i))
	}
	g.fillPool()
}

// Resize launches and ends until the group has the capacity.
func (g *group) Resize(desired int) {
	g.wanted = desired
	g.reconcile()
}

func (g *group) reconcile() {
	for g.capacity < g.wanted {
		g.order()
	}
	for g.capacity > g.wanted && g.shrink() {
	}
	g.retire()
	g.fillPool()
}

// order orders one more instance.
func (g *group) order() {
	kind, spot := g.choose()
	g.pledge(g.parts.Kinds[kind].Weight)
	g.try(order{kind, spot})
}

// pledge counts capacity that is ordered.
func (g *group) pledge(weight int) {
	g.capacity += weight
	g.Pending.Add(g.f.eng.Now(), int64(weight))
	g.control.Launching(weight)
}

// withdraw takes an order back.
func (g *group) withdraw(weight int) {
	g.unpledge(weight)
	g.control.Withdrawn(weight)
}

// reorder orders again what is wanted, in place of what was ordered and will not come. The group is told of that when
// something else is on its way: its scale-out is not over.
func (g *group) reorder(lost int) {
	g.reconcile()
	g.control.Withdrawn(lost)
}

func (g *group) unpledge(weight int) {
	g.capacity -= weight
	g.Pending.Add(g.f.eng.Now(), int64(-weight))
}

// try launches an instance, or lets its order wait when there is no place, no zone or no capacity for it.
func (g *group) try(o order) {
	if g.launchFromPool(o) {
		return
	}
	zone, zoned := g.emptiestZone()
	kinds := len(g.parts.Kinds)
	for tried := 0; zoned && tried < kinds; tried++ {
		if o.spot && g.spec.Spot.LaunchFailures > 0 && g.luck.Float64() < float64(g.spec.Spot.LaunchFailures) {
			g.Failures.Inc()
			next := uint8((int(o.kind) + 1) % kinds)
			g.pledge(g.parts.Kinds[next].Weight - g.parts.Kinds[o.kind].Weight)
			o.kind = next
			continue
		}
		i, ok := g.take()
		if !ok {
			break
		}
		g.occupy(i, o.kind, zone, o.spot)
		g.become(i, pending)
		g.Launches.Inc()
		delay := g.throttle() + g.launch.Sample()
		if g.nodes != nil {
			var wait sim.Duration
			g.slots[i].node, wait = g.nodes.reserve(g.f.eng.Now())
			delay += wait
		}
		g.launched.After(delay, g.placeOf(i))
		return
	}
	g.waiting = append(g.waiting, o)
	if !g.waits {
		g.waits = true
		g.retried.After(g.parts.Retry, 0)
	}
}

// retry is the event that launches that failed are tried again.
func (g *group) retry(uint8) {
	g.waits = false
	again := g.waiting
	g.waiting = nil
	for _, o := range again {
		g.try(o)
	}
	g.reconcile()
}

// throttle returns how long a launch waits for the rate at which tasks can be launched.
func (g *group) throttle() sim.Duration {
	if g.parts.LaunchRate <= 0 {
		return 0
	}
	now := g.f.eng.Now()
	g.tokens = min(g.tokens+float64(now.Sub(g.tokensAt).Seconds()*g.parts.LaunchRate), g.parts.LaunchBurst)
	g.tokensAt = now
	g.tokens--
	if g.tokens >= 0 {
		return 0
	}
	return sim.Duration(-g.tokens / g.parts.LaunchRate * float64(sim.Second))
}

// take returns a place that is free.
func (g *group) take() (uint32, bool) {
	if n := len(g.free); n > 0 {
		i := g.free[n-1]
		g.free = g.free[:n-1]
		return i, true
	}
	if g.used == len(g.slots) {
		return 0, false
	}
	g.used++
	i := uint32(g.used - 1)
	g.f.furnish(g.used)
	return i, true
}

// occupy gives a place to an instance.
func (g *group) occupy(i uint32, kind, zone uint8, spot bool) {
	s := &g.slots[i]
	*s = slot{turn: s.turn, kind: kind, zone: zone, spot: spot, node: -1}
	g.f.instances[i].cpu.Replace(g.kindOf(i).VCPUs)
}

// become moves an instance to another phase of its life.
func (g *group) become(i uint32, next phase) {
	s := &g.slots[i]
	if s.phase == pending || s.phase == serving {
		g.zones[s.zone]--
	}
	if s.phase = next; next == pending || next == serving {
		g.zones[s.zone]++
	}
}

// vacate frees a place.
func (g *group) vacate(i uint32) {
	s := &g.slots[i]
	g.become(i, vacant)
	g.bill(i, false)
	if g.nodes != nil && s.node >= 0 {
		g.nodes.release(s.node)
	}
	s.turn++
	g.free = append(g.free, i)
	if len(g.waiting) > 0 && !g.waits {
		g.waits = true
		g.retried.After(0, 0)
	}
}

// bill begins or ends the time that an instance is billed: each second, and a minute at the least.
func (g *group) bill(i uint32, begins bool) {
	s := &g.slots[i]
	if s.running == begins {
		return
	}
	now := g.f.eng.Now()
	b := &g.bills[s.kind]
	level, least, delta := &b.onDemand, &b.onDemandMin, int64(1)
	if s.spot {
		level, least = &b.spot, &b.spotMin
	}
	if s.running = begins; begins {
		s.billedAt = now
	} else {
		delta = -1
		*least += max(60-now.Sub(s.billedAt).Seconds(), 0)
	}
	level.Add(now, delta)
}
