package gateway

import (
	"math"
	"slices"
	"testing"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// farm is a target group whose instances are stubs of one thread each, which serve for a random time.
type farm struct {
	*Targets
	eng     *sim.Engine
	store   *message.Store
	rand    *sim.Rand
	rate    float64
	mean    float64 // of the exponential service, seconds
	fixed   sim.Duration
	gots    []int // requests by instance
	epochs  []uint32
	served  sim.Event[uint64]
	next    sim.Event[uint8]
	came    map[uint64]sim.Time
	sent    uint64
	answers map[error]int
	sum     float64 // of the response times, seconds
	drains  []int
}

func newFarm(settings TargetSpec, instances int) *farm {
	eng, store := sim.NewEngine(1, 0), message.NewStore(1<<20)
	f := &farm{
		Targets: NewTargets(eng, store, "gateways.lb", &settings, instances), eng: eng, store: store,
		rand: eng.Rand("farm"), gots: make([]int, instances), epochs: make([]uint32, instances),
		came: map[uint64]sim.Time{}, answers: map[error]int{},
	}
	f.served = sim.NewEvent(eng, "served", func(arg uint64) {
		if i := uint32(arg); f.epochs[i] == uint32(arg>>32) {
			f.Answer(i, nil)
			f.ask(int(i))
		}
	})
	f.next = sim.NewEvent(eng, "next", func(uint8) {
		f.send()
		f.next.After(f.exponential(1/f.rate), 0)
	})
	f.Attach(1, func(i int) { f.drains = append(f.drains, i) })
	for i := range instances {
		f.up(i)
	}
	return f
}

func (f *farm) exponential(mean float64) sim.Duration {
	return sim.Seconds(-mean * math.Log(1-f.rand.Float64()))
}

func (f *farm) up(i int) {
	f.InstanceUp(i)
	f.ask(i)
}

func (f *farm) down(i int) {
	f.epochs[i]++
	f.InstanceDown(i, false)
}

func (f *farm) ask(i int) {
	f.ReceiveMessage(1, 0, 0, f, uint64(f.epochs[i])<<32|uint64(i))
}

// Received serves a request.
func (f *farm) Received(token uint64, _ []message.Receipt, _ error) {
	f.gots[uint32(token)]++
	service := f.fixed
	if service == 0 {
		service = f.exponential(f.mean)
	}
	f.served.After(service, token)
}

var _ message.Caller = (*farm)(nil)

// Answered notes an answer.
func (f *farm) Answered(token uint64, err error) {
	f.answers[err]++
	f.sum += f.eng.Now().Sub(f.came[token]).Seconds()
	delete(f.came, token)
}

func (f *farm) send() {
	f.sent++
	f.came[f.sent] = f.eng.Now()
	ref, _ := f.store.New(f.eng.Now(), f.store.Ledger.Open("p", "p"), 1, 0, 0)
	m := f.store.At(ref)
	m.Enter(f.eng.Now(), message.APICall)
	f.Invoke(message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation}, f, f.sent)
	f.store.Move(ref, m, message.Processed)
	f.store.Free(ref)
}

func (f *farm) run(seconds float64) { f.eng.Run(sim.Time(sim.Seconds(seconds)), 1<<40) }

// Each instance has a line of its own. Routed by chance, Poisson arrivals stay Poisson, so that ten instances at ρ =
// 0.8 are ten M/M/1: a request takes E[S]/(1-ρ) = 0.5 s, where a line that they share (M/M/10) would give 0.12 s. In
// turn, each gets an Erlang-10 stream: GI/M/1, whose σ solves σ = (λ/(λ+μ(1-σ)))^10 at the rate λ of all. With the
// fewest outstanding requests it is join-the-shortest-queue: better than the turns, and never better than the shared
// line.
func TestEachInstanceHasALineOfItsOwn(t *testing.T) {
	const c, mean, rate = 10, 0.1, 80.0
	sigma := 0.5
	for range 1000 {
		sigma = math.Pow(rate/(rate+(1-sigma)/mean), c)
	}
	erlangC := 1.0 // M/M/10
	for k := 1; k <= c; k++ {
		erlangC = rate * mean * erlangC / (float64(k) + rate*mean*erlangC)
	}
	erlangC = erlangC / (1 - 0.8*(1-erlangC))
	shared := mean + erlangC*mean/(c*(1-0.8))
	got := map[Routing]float64{}
	for _, routing := range []Routing{Random, RoundRobin, LeastOutstanding} {
		f := newFarm(TargetSpec{Routing: routing}, c)
		f.rate, f.mean = rate, mean
		f.next.After(0, 0)
		f.run(20000)
		got[routing] = f.sum / float64(f.answers[nil])
		for i, n := range f.gots {
			if share := float64(n) / float64(f.sent); math.Abs(share-0.1) > 0.005 {
				t.Errorf("%s: instance %d got a share of %v", routing, i, share)
			}
		}
	}
	for routing, want := range map[Routing]float64{Random: mean / (1 - 0.8), RoundRobin: mean / (1 - sigma)} {
		if math.Abs(got[routing]/want-1) > 0.03 {
			t.Errorf("%s: a request takes %v s, want %v", routing, got[routing], want)
		}
	}
	if least := got[LeastOutstanding]; least >= got[RoundRobin] || least < shared {
		t.Errorf("least outstanding requests: %v s, want less than %v of the turns, and more than %v of a shared line", least,
			got[RoundRobin], shared)
	}
}

// Round robin goes in turn; an instance that is busy gets its request all the same.
func TestRoundRobinDoesNotSeeWhoIsBusy(t *testing.T) {
	f := newFarm(TargetSpec{Routing: RoundRobin}, 3)
	f.fixed = 10 * sim.Second
	for range 7 {
		f.send()
	}
	if f.Waiting.Value() != 4 || f.targets[0].pending+f.targets[1].pending+f.targets[2].pending != 7 {
		t.Errorf("%d wait", f.Waiting.Value())
	}
	g := newFarm(TargetSpec{Routing: LeastOutstanding}, 3)
	g.fixed = 10 * sim.Second
	g.send()
	g.run(1)
	for range 2 {
		g.send()
	}
	if !slices.Equal(g.gots, []int{1, 1, 1}) {
		t.Errorf("least outstanding requests gave %v", g.gots)
	}
}

func TestAnInstanceTakesOnlySoMuch(t *testing.T) {
	most := 2
	f := newFarm(TargetSpec{Routing: RoundRobin, MaxPending: &most}, 2)
	f.fixed = sim.Second
	for range 6 {
		f.send()
	}
	if f.answers[ErrUnavailable] != 2 || f.Full.Value() != 2 {
		t.Errorf("%d of 6 refused, want 2", f.answers[ErrUnavailable])
	}
}

func check(threshold int) TargetSpec {
	s := TargetSpec{Routing: RoundRobin}
	s.HealthCheck = HealthCheckSpec{Interval: spec.Duration(30 * sim.Second), UnhealthyThreshold: threshold}
	s.DeregistrationDelay = spec.Duration(300 * sim.Second)
	return s
}

// A target that is gone gets requests, which are answered 502, until two checks in a row have failed, 30 s apart; a
// new one gets none until it has passed one check (Application Load Balancer guide, target-group-health-checks).
func TestATargetThatIsGoneIsFoundByItsHealthChecks(t *testing.T) {
	f := newFarm(check(2), 2)
	f.fixed = sim.Millisecond
	f.run(1)
	f.down(0)
	lastBad := 0.0
	for second := 2; second < 200; second++ {
		f.run(float64(second))
		bad := f.answers[ErrBadGateway]
		f.send()
		f.send()
		if f.answers[ErrBadGateway] > bad {
			lastBad = float64(second)
		}
	}
	if lastBad < 30 || lastBad > 62 || f.Healthy.Value() != 1 {
		t.Errorf("the last 502 came at %v s, want between 31 and 61; %d healthy", lastBad, f.Healthy.Value())
	}
	before := f.gots[0]
	f.up(0)
	f.send()
	f.send()
	if f.gots[0] != before {
		t.Error("a new target got a request before its first check")
	}
	if f.run(240); f.Healthy.Value() != 2 {
		t.Errorf("%d healthy after a check of the new target", f.Healthy.Value())
	}
}

// Of targets with the fewest requests, one that is gone gets its share, for its turn passes as that of any other. It
// gets all while the others are busy: it has the fewest.
func TestATargetThatIsGoneGetsItsShareOfLeastOutstandingRequests(t *testing.T) {
	s := check(2)
	s.Routing = LeastOutstanding
	f := newFarm(s, 10)
	f.fixed = sim.Millisecond
	f.run(1)
	f.down(3)
	for n := range 100 {
		f.send()
		f.run(1.01 + float64(n)/100)
	}
	if bad := f.answers[ErrBadGateway]; bad != 10 || f.answers[nil] != 90 {
		t.Errorf("%d of 100 requests were given to one of ten targets that is gone, want 10", bad)
	}
	f.fixed = sim.Second
	for range 9 + 20 {
		f.send()
	}
	if bad := f.answers[ErrBadGateway]; bad < 10+20 {
		t.Errorf("%d requests were given to a target that is gone while the others were busy, want all", bad-10)
	}
}

// "If a target group contains only unhealthy registered targets, the load balancer routes requests to all those
// targets" (Application Load Balancer guide): it fails open. Without any target it answers 503.
func TestWithoutAHealthyTargetAllGetRequests(t *testing.T) {
	f := newFarm(check(2), 2)
	f.fixed = sim.Millisecond
	f.run(1)
	f.down(0)
	f.down(1)
	f.run(100)
	f.send()
	if f.answers[ErrBadGateway] != 1 || f.Healthy.Value() != 0 {
		t.Errorf("answered %v, want 502 of a target that is gone", f.answers)
	}
	empty := newFarm(check(2), 0)
	empty.send()
	if empty.answers[ErrUnavailable] != 1 {
		t.Errorf("answered %v without a target, want 503", empty.answers)
	}
}

// "Elastic Load Balancing stops sending requests to targets that are deregistering. By default, it waits 300 seconds
// before completing the deregistration process … If a deregistering target has no in-flight requests and no active
// connections, it immediately completes" (Application Load Balancer guide, edit-target-group-attributes).
func TestADeregisteredTargetFinishesWhatItHas(t *testing.T) {
	f := newFarm(check(2), 3)
	f.fixed = 10 * sim.Second
	for range 6 {
		f.send()
	}
	f.Deregister(0)
	f.send()
	f.send()
	if f.run(19); len(f.drains) != 0 {
		t.Error("gone before its requests had ended")
	}
	f.run(21)
	if !slices.Equal(f.drains, []int{0}) || f.gots[0] != 2 || f.answers[ErrBadGateway] != 0 {
		t.Errorf("drained %v, with %d requests", f.drains, f.gots[0])
	}
	g := newFarm(check(2), 1)
	g.fixed = 1000 * sim.Second
	g.send()
	g.Deregister(0)
	g.run(299)
	if len(g.drains) != 0 {
		t.Error("cut before its delay was over")
	}
	if g.run(301); len(g.drains) != 1 || g.answers[ErrBadGateway] != 1 {
		t.Errorf("drained %v, answered %v after the delay", g.drains, g.answers)
	}
	h := newFarm(check(2), 1)
	if h.Deregister(0); len(h.drains) != 1 {
		t.Error("an idle target is not gone at once")
	}
}

// B1 and B2 of Elastic Load Balancing's price examples, by what each dimension comes to: 0.04 new connections, 0.04
// active ones, 1.08 GB and 0.25 rules make 1.08 LCU; 4, 6, 3.6 and 4 make 6 LCU.
func TestCapacityUnitsAreTheGreatestOfFourDimensions(t *testing.T) {
	const second = 1 << 30 / 3600.0 // bytes a second that make a GB in an hour
	for _, c := range []struct {
		requests, connections, lifetime, bytes float64
		rules                                  int
		want                                   float64
	}{{5, 1, 120, 1.08 * second, 60, 1.08}, {400, 100, 180, 3.6 * second, 20, 6}} {
		s := newScene(t, "type: load_balancer")
		g := s.gateway
		g.targets = newFarm(check(2), 1).Targets
		g.spec.Rules = c.rules
		g.spec.NewConnections = spec.Share(c.connections / c.requests)
		g.spec.ConnectionLifetime = spec.Duration(sim.Seconds(c.lifetime))
		g.units.Add(uint64(c.requests * 1000))
		g.bytes = c.bytes * 1000
		if got := g.capacityUnits(sim.Time(1000 * sim.Second)); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%v LCU, want %v", got, c.want)
		}
	}
}
