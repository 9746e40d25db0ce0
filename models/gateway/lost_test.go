package gateway

import (
	"slices"
	"testing"

	"weir/models/meter"
	"weir/sim"
)

func newLosing(routing Routing, instances int) *farm {
	s := check(2)
	s.Routing = routing
	f := newFarm(s, instances)
	f.connect, f.idle = 10*sim.Second, 60*sim.Second
	f.fixed = sim.Second
	return f
}

func (f *farm) lose(i int) {
	f.epochs[i]++
	f.InstanceDown(i, true)
}

// "HTTP 504 … The load balancer failed to establish a connection to the target before the connection timeout expired
// (10 seconds). The load balancer established a connection to the target but the target did not respond before the
// idle timeout period elapsed" (Application Load Balancer guide, load-balancer-troubleshooting): a host that is gone
// does not answer. One that lives resets the connection: 502 at once.
func TestALostHostDoesNotAnswer(t *testing.T) {
	f := newLosing(RoundRobin, 1)
	f.fixed = 1000 * sim.Second
	f.run(5)
	f.send() // in work
	f.send() // in its line
	f.run(8)
	f.lose(0)
	f.send() // no connection
	for _, c := range []struct {
		at   float64
		want int
	}{{17.9, 0}, {18.1, 1}, {64.9, 1}, {65.1, 3}} {
		if f.run(c.at); f.answers[ErrTimeout] != c.want {
			t.Errorf("%d answered 504 until %v s, want %d", f.answers[ErrTimeout], c.at, c.want)
		}
	}
	if f.answers[ErrBadGateway] != 0 || f.ConnFailed.Value() != 1 || f.Lost.Value() != 2 || f.Waiting.Value() != 0 {
		t.Errorf("answered %v; %d connections failed, %d requests lost, %d wait", f.answers, f.ConnFailed.Value(),
			f.Lost.Value(), f.Waiting.Value())
	}
	if f.targets[0].pending != 0 || len(f.free) != len(f.requests) {
		t.Errorf("%d requests are outstanding, %d of %d slots are free", f.targets[0].pending, len(f.free), len(f.requests))
	}
}

// What a host that is gone is asked for is outstanding for ten seconds: routing by the fewest outstanding requests
// evens that out, as with any slow target, and it is no black hole. At 20 requests/s of 1 s, with one of five targets
// gone, each has x outstanding: 4 × x/1 s + x/10 s = 20/s, and the dead one is given x/10 s = 0.488/s.
func TestALostHostIsNoBlackHole(t *testing.T) {
	f := newLosing(LeastOutstanding, 5)
	f.Attach(100, nil)
	f.epochs, f.gots = make([]uint32, 500), make([]int, 500)
	for i := range f.targets {
		f.targets[i].waiting = nil
	}
	for thread := range 500 {
		f.ask(thread)
	}
	f.spec.HealthCheck.UnhealthyThreshold = 10 // it is not found for long
	f.run(5)
	f.lose(0)
	for n := range 20 * 200 {
		f.run(5 + float64(n)/20)
		f.send()
	}
	if got, want := float64(f.ConnFailed.Value())/200, 20/41.0; got < 0.85*want || got > 1.15*want {
		t.Errorf("the dead target was given %v requests/s, want %v", got, want)
	}
	if f.answers[ErrBadGateway] != 0 {
		t.Errorf("answered %v", f.answers)
	}
}

// An instance that takes the place of a lost one has nothing outstanding of what the other had.
func TestTheOneThatTakesAPlaceHasNothingOutstanding(t *testing.T) {
	f := newLosing(RoundRobin, 1)
	f.send()
	f.send()
	f.run(0.5)
	f.lose(0)
	f.InstanceGone(0)
	f.run(5)
	f.up(0)
	if f.targets[0].pending != 0 {
		t.Errorf("%d are outstanding", f.targets[0].pending)
	}
	f.run(40)
	f.send()
	f.run(59)
	f.Deregister(0)
	if !slices.Equal(f.drains, []int{0}) {
		t.Error("it waits for what the one before it had")
	}
	if f.run(100); f.answers[ErrTimeout] != 2 || f.answers[nil] != 1 || f.targets[0].pending != 0 {
		t.Errorf("answered %v, %d outstanding", f.answers, f.targets[0].pending)
	}
}

// The metrics of a load balancer (Application Load Balancer guide, load-balancer-cloudwatch-metrics).
func TestALoadBalancerPublishesWhatItSeesOfItsTargets(t *testing.T) {
	s := newScene(t, "type: load_balancer")
	f := newLosing(RoundRobin, 2)
	s.gateway.targets = f.Targets
	read := map[string]func(sim.Time) float64{}
	s.gateway.Metrics(func(m meter.Metric) { read[m.Name] = m.Read })
	f.lose(0)
	f.send()
	f.send()
	f.run(100)
	s.gateway.status(ErrTimeout)
	s.gateway.status(ErrBadGateway)
	s.gateway.status(ErrInternal)
	s.gateway.status(ErrUnavailable)
	for name, want := range map[string]float64{
		"UnHealthyHostCount": 100 - f.sickSince(), "HTTPCode_ELB_502_Count": 1, "HTTPCode_ELB_503_Count": 1,
		"HTTPCode_ELB_504_Count": 1, "HTTPCode_ELB_5XX_Count": 3, "HTTPCode_Target_5XX_Count": 1,
		"TargetConnectionErrorCount": 1,
	} {
		if read[name] == nil {
			t.Errorf("publishes no %s", name)
		} else if got := read[name](f.eng.Now()); got < want-1e-6 || got > want+1e-6 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

// sickSince returns when the healthy targets became one of two, in seconds.
func (f *farm) sickSince() float64 { return f.Healthy.Integral(f.eng.Now()) - f.eng.Now().Seconds() }
