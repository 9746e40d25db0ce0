package service

import (
	"math"
	"testing"

	"weir/models/calls"
	"weir/models/spec"
	"weir/sim"
)

// source asks a service at random instants.
type source struct {
	eng     *sim.Engine
	service *Service
	client  calls.Callee
	rand    *sim.Rand
	rate    float64
	time    float64 // mean of the exponential service, seconds
	next    sim.Event[uint8]
	errors  map[error]int
	handles []uint64
}

func (s *source) Answered(_ uint64, err error) { s.errors[err]++ }

func newSource(v *Spec, rate, time float64) *source {
	s := &source{eng: sim.NewEngine(1, 0), rate: rate, time: time, errors: map[error]int{}}
	s.service = New(s.eng, "services.v", v)
	s.client = s.service.Client(false)
	s.rand = s.eng.Rand("source")
	s.next = sim.NewEvent(s.eng, "next", s.ask)
	return s
}

func (s *source) exponential(mean float64) sim.Duration {
	return sim.Seconds(-mean * math.Log(1-s.rand.Float64()))
}

func (s *source) ask(uint8) {
	s.client.Call(s, 0, calls.Request{Service: s.exponential(s.time)})
	s.next.After(s.exponential(1/s.rate), 0)
}

func (s *source) run(seconds float64) {
	s.eng.Run(sim.Time(sim.Seconds(seconds)), 1<<40)
}

// M/M/c/K: p_n = p_0 a^n / n! up to c servers, then a factor ρ for each in line; a request that finds all places
// taken is lost (Kleinrock, Queueing Systems I, 1975).
func TestAServiceOfBoundedLineIsMMcK(t *testing.T) {
	const rate, mean, servers, places = 18.0, 0.1, 2, 5
	load := rate * mean
	p, sum := make([]float64, places+1), 0.0
	for n := range p {
		p[n] = 1
		for i := 1; i <= n; i++ {
			p[n] *= load / float64(min(i, servers))
		}
		sum += p[n]
	}
	lost, line, busy := p[places]/sum, 0.0, 0.0
	for n := range p {
		line += float64(max(0, n-servers)) * p[n] / sum
		busy += float64(min(n, servers)) * p[n] / sum
	}
	c, k := servers, places-servers
	s := newSource(&Spec{Concurrency: &c, MaxWaiting: &k}, rate, mean)
	s.next.After(0, 0)
	s.run(40000)
	v, now := s.service, s.eng.Now()
	got := float64(v.Unavailable.Value()) / float64(v.Requests.Value())
	for name, x := range map[string][2]float64{
		"lost": {got, lost}, "line": {v.Waiting.Mean(now), line}, "busy": {v.Busy.Mean(now), busy},
	} {
		if math.Abs(x[0]/x[1]-1) > 0.02 {
			t.Errorf("%s is %v, want %v", name, x[0], x[1])
		}
	}
}

// A token bucket lets in its burst and then its rate: of λ t arrivals all but r t + b are answered 429 when λ > r.
func TestARateLimitIsATokenBucket(t *testing.T) {
	rate := spec.Rate(0)
	if err := rate.UnmarshalText([]byte("40/s")); err != nil {
		t.Fatal(err)
	}
	burst := 200
	s := newSource(&Spec{RateLimit: &rate, BurstLimit: &burst}, 100, 0.01)
	s.next.After(0, 0)
	s.run(1000)
	let := s.service.Requests.Value() - s.service.Limited.Value()
	if want := 40.0*1000 + 200; math.Abs(float64(let)-want) > 2 {
		t.Errorf("%d were let in, want %v", let, want)
	}
	if got := s.errors[ErrTooManyRequests]; uint64(got) != s.service.Limited.Value() || !ErrTooManyRequests.Throttle {
		t.Errorf("%d were answered 429, %d counted", got, s.service.Limited.Value())
	}
}

// A client that has given up is not noticed: the request is served to its end, and its answer is unread.
func TestAServiceGoesOnForNobody(t *testing.T) {
	c := 1
	s := newSource(&Spec{Concurrency: &c}, 1, 1)
	for range 3 {
		s.handles = append(s.handles, s.client.Call(s, 0, calls.Request{Service: sim.Second}))
	}
	s.client.GiveUp(s.handles[0])
	s.client.GiveUp(s.handles[1])
	s.run(2.5)
	if s.service.Unread.Value() != 2 || s.service.Busy.Value() != 1 || len(s.errors) != 0 {
		t.Errorf("%d unread, %d busy, answers %v", s.service.Unread.Value(), s.service.Busy.Value(), s.errors)
	}
	s.client.GiveUp(s.handles[0]) // long over: it names nobody's request
	s.run(10)
	if s.service.Answered.Value() != 1 || s.errors[nil] != 1 {
		t.Errorf("%d answered, want the third", s.service.Answered.Value())
	}
}

func TestAShareOfTheRequestsFails(t *testing.T) {
	s := newSource(&Spec{Error: 0.3}, 1000, 0.001)
	s.next.After(0, 0)
	s.run(100)
	if got := float64(s.errors[ErrInternal]) / float64(s.service.Requests.Value()); math.Abs(got-0.3) > 0.01 {
		t.Errorf("a share of %v failed, want 0.3", got)
	}
}

// A service has a time of its own, unless the call has one, be it none at all.
func TestACallMayHaveItsOwnTime(t *testing.T) {
	source, err := spec.Parse("t", []byte("time: 250ms"))
	if err != nil {
		t.Fatal(err)
	}
	own, d := new(Spec), spec.Decoder{Source: source}
	if d.Decode(source.Root, own, "t"); len(d.Errors) > 0 {
		t.Fatal(d.Errors)
	}
	s := newSource(own, 1, 1)
	s.service.Client(true).Call(s, 0, calls.Request{})
	s.client.Call(s, 0, calls.Request{})
	s.client.Call(s, 0, calls.Request{Service: sim.Second})
	s.run(10)
	if got := s.service.Response.Mean(); got != float64(sim.Second+250*sim.Millisecond)/3 {
		t.Errorf("took %v on average", got)
	}
}
