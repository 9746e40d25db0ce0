package cache

import (
	"math"
	"testing"

	"weir/models/aws"
	"weir/models/calls"
	"weir/models/spec"
	"weir/sim"
)

type scene struct {
	eng    *sim.Engine
	cache  *Cache
	rand   *sim.Rand
	rate   float64
	client calls.Callee
	next   sim.Event[uint8]
	answer map[error]int
}

func (s *scene) Answered(_ uint64, err error) { s.answer[err]++ }

func newScene(t *testing.T, settings string) *scene {
	t.Helper()
	p, err := aws.Load("aws-2026")
	if err != nil {
		t.Fatal(err)
	}
	limits := new(Limits)
	p.Fill(limits)
	source, err := spec.Parse("c.yaml", []byte(settings+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	d, c := spec.Decoder{Source: source}, new(Spec)
	if d.Decode(source.Root, c, "c"); len(d.Errors) > 0 {
		t.Fatal(d.Errors)
	}
	s := &scene{eng: sim.NewEngine(1, 0), answer: map[error]int{}}
	s.cache = New(s.eng, "caches.c", c, limits)
	s.rand = s.eng.Rand("source")
	s.next = sim.NewEvent(s.eng, "next", s.ask)
	s.client = s.cache.Client(calls.Read, 1)
	return s
}

func (s *scene) ask(uint8) {
	s.client.Call(s, 0, calls.Request{Key: uint32(s.rand.IntN(1 << 20))})
	s.next.After(sim.Seconds(-math.Log(1-s.rand.Float64())/s.rate), 0)
}

// "A single-threaded process based on an event loop where incoming client requests are handled sequentially"
// (ElastiCache user guide): a node is one server, so that with Poisson arrivals and exponential commands it is
// M/M/1, whose response takes E[S]/(1-ρ); keys spread the load evenly over the nodes.
func TestANodeIsOneServer(t *testing.T) {
	s := newScene(t, "nodes: 4\nhit_share: 75%\ncommand_time: {exponential: 1ms}")
	s.rate = 3200
	s.next.After(0, 0)
	s.eng.Run(sim.Time(400*sim.Second), 1<<40)
	c, now := s.cache, s.eng.Now()
	if got := c.Busy.Mean(now) / 4; math.Abs(got-0.8) > 0.01 {
		t.Errorf("utilisation %v, want 0.8", got)
	}
	if got := c.Response.Mean() / 1e6; math.Abs(got/5-1) > 0.03 {
		t.Errorf("a command takes %v ms, want 5", got)
	}
	if got := float64(s.answer[nil]) / float64(c.Commands.Value()); math.Abs(got-0.75) > 0.005 {
		t.Errorf("a share of %v hit, want 0.75", got)
	}
	if c.Hits.Value()+c.Misses.Value() != c.Commands.Value() || s.answer[calls.ErrMiss] != int(c.Misses.Value()) {
		t.Errorf("%d hits and %d misses of %d commands", c.Hits.Value(), c.Misses.Value(), c.Commands.Value())
	}
}

// "Individual ElastiCache … nodes support up to 65,000 concurrent client connections" (ElastiCache user guide).
func TestANodeTakes65000Connections(t *testing.T) {
	s := newScene(t, "nodes: 1")
	var clients []calls.Callee
	for range 131 {
		clients = append(clients, s.cache.Client(calls.Write, 500))
	}
	for _, c := range clients {
		c.Call(s, 0, calls.Request{})
	}
	if s.answer[ErrMaxClients] != 1 || s.cache.Connections.Value() != 65000 {
		t.Fatalf("%d refused, %d connections; want 1 and 65,000", s.answer[ErrMaxClients], s.cache.Connections.Value())
	}
	clients[0].Reset()
	clients[130].Call(s, 0, calls.Request{})
	if s.answer[ErrMaxClients] != 1 {
		t.Error("refused although a process had closed its connections")
	}
}
