package gateway

import (
	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/ring"
)

// TargetSpec is the target group of a load balancer in front of a fleet.
type TargetSpec struct {
	// Which instance gets a request: round_robin, least_outstanding_requests or random.
	Routing Routing `yaml:"routing" default:"round_robin"`
	// Requests that an instance has at once at the most, in work and in its line; one more is answered 503. Without limit
	// unless set.
	MaxPending *int `yaml:"max_pending" min:"1" max:"1000000"`
	// How long a target that is taken out may go on with what it has (AWS: deregistration_delay.timeout_seconds).
	DeregistrationDelay spec.Duration `yaml:"deregistration_delay" default:"300s" min:"0s" max:"3600s"`
	// How targets are found unhealthy.
	HealthCheck HealthCheckSpec `yaml:"health_check"`
}

// HealthCheckSpec is how targets are found unhealthy. A new target is healthy after its first check.
type HealthCheckSpec struct {
	// Time between two checks of a target (AWS: HealthCheckIntervalSeconds).
	Interval spec.Duration `yaml:"interval" default:"30s" min:"5s" max:"300s"`
	// Checks in a row that must fail (AWS: UnhealthyThresholdCount).
	UnhealthyThreshold int `yaml:"unhealthy_threshold" default:"2" min:"2" max:"10"`
}

// Routing is which target gets a request.
type Routing string

// The routing algorithms.
const (
	RoundRobin       Routing = "round_robin"
	LeastOutstanding Routing = "least_outstanding_requests"
	Random           Routing = "random"
)

// Values lists the algorithms, for the decoder and the schema.
func (Routing) Values() []string {
	return []string{string(RoundRobin), string(LeastOutstanding), string(Random)}
}

// TargetStats is what a target group measures.
type TargetStats struct {
	Healthy   measure.Level // targets that have passed their health checks
	Unhealthy measure.Level // those that have failed them
	Waiting   measure.Level // requests in the lines of the instances

	Routed     measure.Counter // requests given to a target
	Full       measure.Counter // refused: the target had as many as it may
	NoTarget   measure.Counter // refused: there was none
	ConnFailed measure.Counter // requests that no connection to their target was had for: it was gone
	Lost       measure.Counter // requests whose target went while it had them

	perTarget float64 // requests routed, each over the targets that there were
}

// Targets is the target group of a load balancer: the instances of a fleet, each with a line of its own. It is the
// fleet's inbox: a thread asks it for a request as it would ask a queue, and gets one of its instance's.
type Targets struct {
	TargetStats

	name     string
	spec     *TargetSpec
	eng      *sim.Engine
	store    *message.Store
	threads  uint32 // of each instance
	targets  []target
	in       []uint32 // that requests are routed to: the healthy ones, or all when none is
	turn     uint64   // of round robin, and of the stamps
	least    heap     // for least outstanding requests
	requests []routed
	free     []uint32
	byThread []uint32 // the request that a thread works on
	luck     *sim.Rand
	connect  sim.Duration // how long a target that does not answer is tried
	idle     sim.Duration // how long the answer to a request is waited for, 0 for ever
	drained  func(instance int)
	checked  sim.Event[uint64] // the health checks of a target have told its state
	cut      sim.Event[uint64] // the deregistration delay of a target is over
	hungUp   sim.Event[uint32] // a request to a target that does not answer is given up
}

// target is one instance.
type target struct {
	state   targetState
	up      bool
	silent  bool   // it is not up, and nothing answers in its place
	epoch   uint32 // tells the states of this place apart
	life    uint32 // tells the instances that have this place apart
	pending int    // outstanding requests, as the load balancer counts them
	stamp   uint64 // when it was chosen last, in turns
	place   int    // in the heap
	waiting []waiter
	line    ring.Buffer[uint32]
}

type waiter struct {
	to    message.Receiver
	token uint64
}

// targetState is what the load balancer holds of a target.
type targetState uint8

const (
	unused targetState = iota
	initial
	healthy
	unhealthy
	draining
)

// routed is a request that a target has.
type routed struct {
	receipt message.Receipt
	caller  message.Caller
	token   uint64
	target  uint32
	life    uint32 // of the target
	came    sim.Time
}

const none = ^uint32(0)

// NewTargets returns a target group without targets, with room for so many instances. It serves once it is attached.
func NewTargets(eng *sim.Engine, store *message.Store, name string, s *TargetSpec, instances int) *Targets {
	g := &Targets{name: name, spec: s, eng: eng, store: store, luck: eng.Rand(name + "/targets")}
	g.least.group = g
	g.grow(instances)
	g.checked = sim.NewEvent(eng, name+"/checked", g.check)
	g.cut = sim.NewEvent(eng, name+"/cut", g.cutOff)
	g.hungUp = sim.NewEvent(eng, name+"/hungUp", g.hangUp)
	return g
}

func (g *Targets) grow(instances int) {
	for len(g.targets) < instances {
		g.targets = append(g.targets, target{place: -1})
	}
	for len(g.byThread) < len(g.targets)*int(g.threads) {
		g.byThread = append(g.byThread, none)
	}
}

func tokenOf(i, epoch uint32) uint64 { return uint64(epoch)<<32 | uint64(i) }

// InstanceUp registers an instance. Those that run when the trial begins were registered long before.
func (g *Targets) InstanceUp(instance int) {
	g.grow(instance + 1)
	t := &g.targets[instance]
	t.epoch++
	t.life++
	t.pending = 0
	t.waiting = t.waiting[:0]
	t.up, t.state = true, initial
	if g.eng.Now() == 0 {
		t.state = healthy
		g.arrange()
		return
	}
	g.arrange()
	interval := float64(g.spec.HealthCheck.Interval.Sim())
	g.checked.After(sim.Duration(interval*g.luck.Float64()), tokenOf(uint32(instance), t.epoch))
}

// InstanceGone takes an instance out that has ended; what it may still have is answered 502. The load balancer goes on
// to wait for what it has asked of one that does not answer.
func (g *Targets) InstanceGone(instance int) {
	if instance < len(g.targets) && g.targets[instance].state != unused {
		g.remove(instance)
		g.drop(instance)
	}
}

// Attach sets how many threads each instance has, and who is told that a target that was deregistered may go.
func (g *Targets) Attach(threads int, drained func(instance int)) {
	g.threads, g.drained = uint32(threads), drained
	g.grow(len(g.targets))
}

// InstanceDown says that an instance is gone. Where its host lives, or shuts down in order, what it had is answered
// 502, and so is what it is given until its health checks have failed: the host resets connections. Where the host
// itself is gone, nothing answers: what it had is waited for until the time for answers is up, a connection to it for
// as long as connections are tried, and both end with 504 (Application Load Balancer guide,
// load-balancer-troubleshooting.md).
func (g *Targets) InstanceDown(instance int, silent bool) {
	if instance >= len(g.targets) || !g.targets[instance].up {
		return // it never polled, or is known to be gone
	}
	t := &g.targets[instance]
	t.silent = silent
	if t.state == draining {
		g.remove(instance)
	} else {
		t.up = false
		t.epoch++
		h := &g.spec.HealthCheck
		interval := h.Interval.Sim()
		after := sim.Duration(float64(interval)*g.luck.Float64()) + interval*sim.Duration(h.UnhealthyThreshold-1)
		g.checked.After(after, tokenOf(uint32(instance), t.epoch))
	}
	if silent {
		g.hang(instance)
	} else {
		g.drop(instance)
	}
}

// remove takes a target out for good.
func (g *Targets) remove(instance int) {
	t := &g.targets[instance]
	t.up, t.state = false, unused
	t.epoch++
	g.arrange()
}

// take takes from a target what it has.
func (g *Targets) take(instance int) (lost []uint32) {
	t := &g.targets[instance]
	t.waiting = t.waiting[:0]
	for t.line.Len() > 0 {
		g.Waiting.Add(g.eng.Now(), -1)
		lost = append(lost, t.line.Pop())
	}
	first := uint32(instance) * g.threads
	for thread := first; thread < first+g.threads; thread++ {
		if slot := g.byThread[thread]; slot != none {
			g.byThread[thread] = none
			lost = append(lost, slot)
		}
	}
	g.Lost.Add(uint64(len(lost)))
	return lost
}

// drop answers what a target has with 502.
func (g *Targets) drop(instance int) {
	for _, slot := range g.take(instance) {
		g.end(slot, ErrBadGateway)
	}
}

// hang leaves what a target has to the time for answers: it stays outstanding until then.
func (g *Targets) hang(instance int) {
	for _, slot := range g.take(instance) {
		q := &g.requests[slot]
		g.enter(q.receipt, message.APICall)
		if g.idle > 0 {
			g.hungUp.At(max(q.came.Add(g.idle), g.eng.Now()), slot)
		}
	}
}

// hangUp is the event that a request to a target that does not answer is given up.
func (g *Targets) hangUp(slot uint32) { g.end(slot, ErrTimeout) }

// check is the event that the health checks of a target have told its state.
func (g *Targets) check(arg uint64) {
	t := &g.targets[uint32(arg)]
	if t.epoch != uint32(arg>>32) || t.state == draining || t.state == unused {
		return
	}
	t.state = unhealthy
	if t.up {
		t.state = healthy
	}
	g.arrange()
}

// Deregister takes a target out: it gets no more requests, and may go on with what it has for the deregistration
// delay. Drained is told when it has nothing left, or its time is over.
func (g *Targets) Deregister(instance int) {
	t := &g.targets[instance]
	if t.state == draining || t.state == unused {
		return
	}
	t.state = draining
	t.epoch++
	g.arrange()
	if t.pending == 0 {
		g.finish(instance)
		return
	}
	g.cut.After(g.spec.DeregistrationDelay.Sim(), tokenOf(uint32(instance), t.epoch))
}

// cutOff is the event that the deregistration delay of a target is over.
func (g *Targets) cutOff(arg uint64) {
	if t := &g.targets[uint32(arg)]; t.epoch == uint32(arg>>32) && t.state == draining {
		g.drop(int(uint32(arg)))
		if t.state == draining {
			g.finish(int(uint32(arg)))
		}
	}
}

func (g *Targets) finish(instance int) {
	g.remove(instance)
	if g.drained != nil {
		g.drained(instance)
	}
}

// arrange sets which targets requests are routed to: "If a target group contains only unhealthy registered targets, the
// load balancer routes requests to all those targets" (Application Load Balancer guide, target-group-health-checks).
func (g *Targets) arrange() {
	g.in = g.in[:0]
	bad := int64(0)
	for i := range g.targets {
		if g.targets[i].state == unhealthy {
			bad++
		}
	}
	g.Unhealthy.Set(g.eng.Now(), bad)
	for _, wanted := range [][2]targetState{{healthy, healthy}, {initial, unhealthy}} {
		if len(g.in) > 0 {
			break
		}
		for i := range g.targets {
			if s := g.targets[i].state; s == wanted[0] || s == wanted[1] {
				g.in = append(g.in, uint32(i))
			}
		}
		if wanted[0] == healthy {
			g.Healthy.Add(g.eng.Now(), int64(len(g.in))-g.Healthy.Value())
		}
	}
	if g.spec.Routing == LeastOutstanding {
		g.least.build(g.in)
	}
}

// choose returns the target of the next request.
func (g *Targets) choose() uint32 {
	g.turn++
	switch g.spec.Routing {
	case LeastOutstanding:
		return g.least.items[0]
	case Random:
		return g.in[g.luck.IntN(len(g.in))]
	}
	return g.in[g.turn%uint64(len(g.in))]
}

// Invoke gives a request to a target.
func (g *Targets) Invoke(r message.Receipt, caller message.Caller, token uint64) {
	if len(g.in) == 0 {
		g.NoTarget.Inc()
		caller.Answered(token, ErrUnavailable)
		return
	}
	i := g.choose()
	t := &g.targets[i]
	t.stamp = g.turn // whether it takes the request or not: the next one is another target's turn
	switch {
	case !t.up && t.silent:
		g.ConnFailed.Inc()
		slot := g.admit(routed{r, caller, token, i, t.life, g.eng.Now()})
		wait := g.connect
		if g.idle > 0 {
			wait = min(wait, g.idle)
		}
		g.hungUp.After(wait, slot)
		return
	case !t.up:
		g.count(i, 0)
		g.ConnFailed.Inc()
		caller.Answered(token, ErrBadGateway)
		return
	case g.spec.MaxPending != nil && t.pending >= *g.spec.MaxPending:
		g.count(i, 0)
		g.Full.Inc()
		caller.Answered(token, ErrUnavailable)
		return
	}
	slot := g.admit(routed{r, caller, token, i, t.life, g.eng.Now()})
	g.Routed.Inc()
	g.perTarget += 1 / float64(len(g.in))
	if n := len(t.waiting); n > 0 {
		w := t.waiting[n-1]
		t.waiting = t.waiting[:n-1]
		g.hand(slot, w)
		return
	}
	g.enter(r, message.Backlog)
	g.Waiting.Add(g.eng.Now(), 1)
	t.line.Push(slot)
}

// admit gives a request a slot. It is outstanding at its target from now on.
func (g *Targets) admit(q routed) (slot uint32) {
	if len(g.free) == 0 {
		g.free = append(g.free, uint32(len(g.requests)))
		g.requests = append(g.requests, routed{})
	}
	slot = g.free[len(g.free)-1]
	g.free = g.free[:len(g.free)-1]
	g.requests[slot] = q
	g.count(q.target, 1)
	return slot
}

// count changes how many requests a target has.
func (g *Targets) count(i uint32, by int) {
	t := &g.targets[i]
	t.pending += by
	if t.place >= 0 {
		g.least.fix(t.place)
	}
}

// enter books the time of a request's message, which may be its client's again.
func (g *Targets) enter(r message.Receipt, cause message.Cause) {
	m := g.store.At(r.Ref)
	if m.Receipt == r.Number && m.Generation == r.Generation {
		m.Enter(g.eng.Now(), cause)
	}
}

// hand gives a request to a thread that waits.
func (g *Targets) hand(slot uint32, w waiter) {
	q := &g.requests[slot]
	g.byThread[uint32(w.token)] = slot
	g.enter(q.receipt, message.APICall)
	w.to.Received(w.token, []message.Receipt{q.receipt}, nil)
}

// ReceiveMessage lets a thread wait for a request to its instance, or gives it the one that waits for longest.
func (g *Targets) ReceiveMessage(_ int, _, _ sim.Duration, to message.Receiver, token uint64) {
	i := uint32(token) / g.threads
	g.grow(int(i) + 1)
	t := &g.targets[i]
	w := waiter{to, token}
	if t.line.Len() > 0 {
		g.Waiting.Add(g.eng.Now(), -1)
		g.hand(t.line.Pop(), w)
		return
	}
	t.waiting = append(t.waiting, w)
}

// Answer takes a thread's answer to the request that it had.
func (g *Targets) Answer(thread uint32, err error) {
	slot := g.byThread[thread]
	if slot == none {
		return
	}
	g.byThread[thread] = none
	if err != nil {
		err = ErrInternal
	}
	g.end(slot, err)
}

// end answers a request.
func (g *Targets) end(slot uint32, err error) {
	q := g.requests[slot]
	g.requests[slot].caller = nil
	g.free = append(g.free, slot)
	if t := &g.targets[q.target]; t.life == q.life { // else it was of the instance that had the place before
		g.count(q.target, -1)
		if t.state == draining && t.pending == 0 {
			g.finish(int(q.target))
		}
	}
	q.caller.Answered(q.token, err)
}

// DeleteMessageBatch does nothing: a request ends with its answer.
func (g *Targets) DeleteMessageBatch([]message.Receipt) error { return nil }

// ChangeMessageVisibilityBatch does nothing: requests are not delivered again.
func (g *Targets) ChangeMessageVisibilityBatch([]message.Receipt, sim.Duration) error { return nil }

// ConsumerFree does nothing: each instance has a line of its own.
func (g *Targets) ConsumerFree(int) {}

// Idle returns nothing: the wait in the line of an instance is all backlog.
func (g *Targets) Idle() message.Idle { return message.Idle{} }

// heap orders targets by their requests, and then by who was chosen last first of all.
type heap struct {
	group *Targets
	items []uint32
}

func (h *heap) build(in []uint32) {
	for i := range h.group.targets {
		h.group.targets[i].place = -1
	}
	h.items = append(h.items[:0], in...)
	for at, i := range h.items {
		h.group.targets[i].place = at
	}
	for at := len(h.items)/2 - 1; at >= 0; at-- {
		h.down(at)
	}
}

func (h *heap) less(a, b int) bool {
	s, t := &h.group.targets[h.items[a]], &h.group.targets[h.items[b]]
	return s.pending < t.pending || s.pending == t.pending && (s.stamp < t.stamp ||
		s.stamp == t.stamp && h.items[a] < h.items[b])
}

func (h *heap) swap(a, b int) {
	h.items[a], h.items[b] = h.items[b], h.items[a]
	h.group.targets[h.items[a]].place, h.group.targets[h.items[b]].place = a, b
}

func (h *heap) fix(at int) {
	for at > 0 && h.less(at, (at-1)/2) {
		h.swap(at, (at-1)/2)
		at = (at - 1) / 2
	}
	h.down(at)
}

func (h *heap) down(at int) {
	for {
		child := 2*at + 1
		if child >= len(h.items) {
			return
		}
		if child+1 < len(h.items) && h.less(child+1, child) {
			child++
		}
		if !h.less(child, at) {
			return
		}
		h.swap(at, child)
		at = child
	}
}
