package gateway

import (
	"math"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// scene is a gateway in front of a function that is a stub: it answers after a time, with an error if it has one.
type scene struct {
	t        *testing.T
	eng      *sim.Engine
	store    *message.Store
	gateway  *Gateway
	takes    sim.Duration
	err      error
	asked    int
	given    uint32 // the number of the last receipt
	answered sim.Event[uint64]
	caller   message.Caller
	answers  []error
	at       []float64
}

func (s *scene) Invoke(r message.Receipt, caller message.Caller, token uint64) {
	s.asked++
	s.given = r.Number
	s.caller = caller
	s.answered.After(s.takes, token)
}

func (s *scene) Answered(_ uint64, err error) {
	s.answers = append(s.answers, err)
	s.at = append(s.at, s.eng.Now().Seconds())
}

func newScene(t *testing.T, settings string) *scene {
	t.Helper()
	p, err := aws.Load("aws-2026")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"gateway.api.latency", "gateway.load_balancer.latency"} {
		if err := p.OverrideText(key, "10ms"); err != nil {
			t.Fatal(err)
		}
	}
	limit := new(Limits)
	p.Fill(limit)
	source, err := spec.Parse("g.yaml", []byte("to: functions.f\n"+settings+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	d, g := spec.Decoder{Source: source}, new(Spec)
	d.Decode(source.Root, g, "g")
	if len(d.Errors) > 0 {
		t.Fatal(d.Errors)
	}
	if problems := Check(g, limit); len(problems) > 0 {
		t.Fatal(problems)
	}
	s := &scene{t: t, eng: sim.NewEngine(1, 0), store: message.NewStore(1 << 20), takes: 100 * sim.Millisecond}
	s.answered = sim.NewEvent(s.eng, "answered", func(token uint64) { s.caller.Answered(token, s.err) })
	s.gateway = New(s.eng, s.store, "gateways.g", g, limit, s, NewAccount(limit), 3)
	return s
}

// ask sends a request of a key.
func (s *scene) ask(key, size uint32) {
	s.t.Helper()
	route := s.store.Ledger.Open("p", "p")
	ref, ok := s.store.New(s.eng.Now(), route, size, key, 0)
	if !ok {
		s.t.Fatal("the store is full")
	}
	m := s.store.At(ref)
	m.Enter(s.eng.Now(), message.APICall)
	s.gateway.Invoke(message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation}, s, 0)
}

func (s *scene) run(until float64) { s.eng.Run(sim.Time(sim.Seconds(until)), 1<<40) }

// "10,000 requests/s steady, token bucket of 5,000", of all APIs of the account together (API Gateway developer guide,
// limits.md); a stage may allow less.
func TestRequestsAboveTheRateAreRefused(t *testing.T) {
	for settings, want := range map[string]int{
		"type: http_api": 1000, "type: rest_api": 1000, "type: function_url": 0, "type: load_balancer": 0,
		"type: http_api\nrate_limit: 100/s\nburst_limit: 50": 5950,
	} {
		s := newScene(t, settings)
		for range 6000 {
			s.ask(0, 100)
		}
		if got := int(s.gateway.Throttled.Value()); got != want {
			t.Errorf("%s: %d of 6,000 at once refused, want %d", settings, got, want)
		}
	}
}

// "REST integration timeout 50 ms–29 s", "HTTP API 30 s" (limits.md), "idle time-out 60 s default" (Application Load
// Balancer guide), "viewer events 5 s, origin events 30 s" (CloudFront developer guide): then the client gets HTTP 504,
// and the function's answer reaches nobody.
func TestAGatewayWaitsForItsFunctionOnlySoLong(t *testing.T) {
	for settings, want := range map[string]float64{
		"type: rest_api": 29, "type: http_api": 30, "type: load_balancer": 60, "type: cloudfront\nevent: viewer": 5,
		"type: cloudfront": 30, "type: rest_api\ntimeout: 2s": 2,
	} {
		s := newScene(t, settings)
		s.takes = 100 * sim.Second
		s.ask(0, 100)
		s.run(200)
		if m := s.store.At(0); m.Receipt == s.given {
			t.Errorf("%s: the message is still the function's after the time was up", settings)
		}
		if len(s.answers) != 1 || s.answers[0] != ErrTimeout || math.Abs(s.at[0]-want-0.01) > 1e-9 {
			t.Errorf("%s: answered %v at %v s, want HTTP 504 after %v s", settings, s.answers, s.at, want)
		}
	}
}

// A throttled function is 500 at a REST API and 503 elsewhere; one that failed 502 (package documentation, Facts).
func TestAFunctionsErrorBecomesAStatus(t *testing.T) {
	throttled := &aws.Error{Code: "TooManyRequestsException", Throttle: true, Retryable: true}
	failed := &aws.Error{Code: "Unhandled", Function: true}
	for _, c := range []struct {
		settings  string
		err, want error
	}{
		{"type: rest_api", throttled, ErrInternal}, {"type: http_api", throttled, ErrUnavailable},
		{"type: load_balancer", throttled, ErrUnavailable}, {"type: function_url", throttled, ErrTooManyRequests},
		{"type: rest_api", failed, ErrBadGateway}, {"type: load_balancer", failed, ErrBadGateway},
		{"type: http_api", nil, nil},
	} {
		s := newScene(t, c.settings)
		s.err = c.err
		s.ask(0, 100)
		s.run(1)
		if len(s.answers) != 1 || s.answers[0] != c.want {
			t.Errorf("%s, %v: answered %v, want %v", c.settings, c.err, s.answers, c.want)
		}
	}
}

// "TTL default 300 s, 0–3,600 s" (limits.md): a key that was answered is answered again without the function.
func TestACacheAnswersWithinItsTimeToLive(t *testing.T) {
	s := newScene(t, "type: rest_api\ncache: {}")
	for _, at := range []float64{0, 1, 299, 300.2, 301} {
		s.run(at)
		s.ask(7, 100)
	}
	s.ask(8, 100)
	s.run(400)
	if s.asked != 3 || s.gateway.Hits.Value() != 3 {
		t.Errorf("the function was asked %d times and the cache %d, want 3 and 3", s.asked, s.gateway.Hits.Value())
	}
	if math.Abs(s.at[1]-1.01) > 1e-9 {
		t.Errorf("a hit was answered at %v s, want 1.01", s.at[1])
	}
}

// "Payload 10 MB" of API Gateway, "request ≤ 1 MB" of a load balancer to a function.
func TestLargeRequestsAreRefused(t *testing.T) {
	for settings, most := range map[string]uint32{"type: rest_api": 10 << 20, "type: load_balancer": 1 << 20} {
		s := newScene(t, settings)
		s.ask(0, most)
		s.ask(0, most+1)
		s.run(1)
		if s.asked != 1 || s.gateway.TooLarge.Value() != 1 {
			t.Errorf("%s: %d asked, %d too large; want one each", settings, s.asked, s.gateway.TooLarge.Value())
		}
	}
}

// The two examples of AWS's page (facts 7.3, B1 and B2), with targets that are no functions: 1.08 and 6 LCU. With
// functions a unit holds 0.4 GB an hour.
func TestALoadBalancerIsBilledByItsGreatestDimension(t *testing.T) {
	for _, c := range []struct {
		perSecond, connections, lifetime, kilobytes float64
		rules                                       int
		want                                        float64
	}{
		{5, 0.2, 120, 300, 60, 1.08 / 0.4},
		{400, 0.25, 180, 1000, 20, 3.6 / 0.4},
		{400, 0.25, 180, 100, 20, 6}, // active connections: 100/s × 180 s
	} {
		s := newScene(t, "type: load_balancer")
		g := s.gateway
		g.spec.NewConnections, g.spec.Rules = spec.Share(c.connections), c.rules
		g.spec.ConnectionLifetime = spec.Duration(sim.Seconds(c.lifetime))
		s.run(3600)
		g.units.Add(uint64(c.perSecond * 3600))
		g.bytes = c.kilobytes * 3600 * (1 << 30) / 1e6
		if got := g.capacityUnits(s.eng.Now()); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%+v: %v LCU, want %v", c, got, c.want)
		}
	}
}

// "You are charged only on the dimension with the highest usage", averaged over an hour: one of many small requests
// is billed by its connections, one of few large ones by its bytes, though neither is the greatest of both. A window
// begins anew, and an hour without a request costs nothing.
func TestEachHourIsBilledByItsOwnDimension(t *testing.T) {
	s := newScene(t, "type: load_balancer\nresponse_size: 0B")
	g := s.gateway
	g.spec.NewConnections = 1
	hour := func(from, requests float64, size int64) {
		for n := range 10 {
			s.run((from + float64(n)/10) * 3600)
			g.meter(0) // the hours turn as requests come
			g.units.Add(uint64(requests/10) - 1)
			g.bytes += requests / 10 * float64(size)
		}
	}
	hour(0, 4*25*3600, 0)
	hour(1, 1600, 1<<20)
	hour(3, 1600, 1<<20)
	s.run(4 * 3600)
	want := 4 + 2*1600.0/1024/0.4
	if got := 4 * g.capacityUnits(s.eng.Now()); math.Abs(got/want-1) > 1e-9 {
		t.Errorf("%v LCU-hours, want %v", got, want)
	}
	g.Reset(s.eng.Now())
	hour(4.5, 1600, 1<<20)
	s.run(5.5 * 3600)
	if got, want := 1.5*g.capacityUnits(s.eng.Now()), 1600.0/1024/0.4; math.Abs(got/want-1) > 1e-9 {
		t.Errorf("%v LCU-hours in a new window, want %v", got, want)
	}
}

// "10,000 requests/s and 1,000 concurrent per region" (CloudFront developer guide).
func TestTheEdgeHasLimitsOfItsOwn(t *testing.T) {
	s := newScene(t, "type: cloudfront")
	for range 1500 {
		s.ask(0, 100)
	}
	s.run(1)
	if s.asked != 1000 || s.gateway.Throttled.Value() != 500 {
		t.Errorf("%d asked, %d refused of 1,500 at once; want 1,000 and 500", s.asked, s.gateway.Throttled.Value())
	}
}
