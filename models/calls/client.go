package calls

import (
	"fmt"

	"weir/models/aws"
	"weir/models/message"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/timeouts"
)

// Errors that a client makes by itself.
var (
	ErrTimeout      = &aws.Error{Code: "timeout", Retryable: true}
	ErrCircuitOpen  = &aws.Error{Code: "circuit open"}
	ErrBulkheadFull = &aws.Error{Code: "bulkhead full"}
	ErrDisturbed    = &aws.Error{Code: "service fault", Retryable: true}
)

// ErrMiss is the answer of a cache that does not have what was asked for. It is no failure.
var ErrMiss = &aws.Error{Code: "cache miss"}

// endless is a timeout that no trial sees the end of.
const endless = sim.Duration(1 << 62)

// Request is what an attempt asks for.
type Request struct {
	Service sim.Duration // how long the callee takes once it serves it, where it takes no time of its own
	Key     uint32       // of the message that the work is on: keyed callees place it by that
	Slowed  Disturbance  // stretches what the callee takes by itself; nil as a rule
}

// Own returns how long something takes that the callee takes d for by itself.
func (r *Request) Own(d sim.Duration) sim.Duration {
	if r.Slowed == nil {
		return d
	}
	return r.Slowed.Stretch(d)
}

// Callee is what one process calls.
type Callee interface {
	// Call makes an attempt, which is answered once, perhaps before Call returns. The handle is what GiveUp is told.
	Call(caller message.Caller, token uint64, r Request) (handle uint64)
	// GiveUp says that nobody waits for an attempt any more, which was not answered.
	GiveUp(handle uint64)
	// Reset says that the process is gone, or closes its connections. Its attempts are answered to nobody.
	Reset()
}

// Downstream is what one process calls, with a policy (a Client) or without one (the connections alone).
type Downstream interface {
	Query(caller message.Caller, token uint64, service sim.Duration)
	Reset()
}

// Ask makes a call, which a client is told the key of.
func Ask(d Downstream, caller message.Caller, token uint64, r Request) {
	if c, ok := d.(*Client); ok {
		c.Call(caller, token, r)
		return
	}
	d.Query(caller, token, r.Service)
}

// Disconnect closes the connections of a process that goes on.
func Disconnect(d Downstream) {
	if c, ok := d.(*Client); ok {
		c.Close()
		return
	}
	d.Reset()
}

// Disturbance is what a fault does to calls, now: nothing as a rule.
type Disturbance interface {
	Fails(*sim.Rand) bool              // the callee refuses
	Loses(*sim.Rand) bool              // the request is lost: the callee knows nothing of it
	LosesAnswer(*sim.Rand) bool        // the callee has acted, the client does not know
	Stretch(sim.Duration) sim.Duration // how long something takes
	Timeout() sim.Duration             // after which a client without a timeout of its own gives up what was lost
}

// Parts is what a group is built from beside its Spec.
type Parts struct {
	Latency     random.Dist // round trip without what the callee takes, ns; nil takes no time
	Service     random.Dist // what the callee takes for a retry, drawn anew, ns; nil: as for the first attempt
	Rules       *Rules
	Draws       bool        // the first attempt's time is drawn so, too
	SDK         bool        // the callee is AWS's, and called by its SDK
	Disturbance Disturbance // nil when no fault can touch the call
	Meter       func(bytes int64)
}

// Stats is what a group measures.
type Stats struct {
	Calls        measure.Counter
	Attempts     measure.Counter // that were sent
	Retries      measure.Counter // of these: not the first of their call
	TimedOut     measure.Counter // attempts
	Failed       measure.Counter // attempts that were answered with an error
	ShortCircuit measure.Counter // attempts that the breaker refused
	Full         measure.Counter // attempts that the bulkhead refused
	Opened       measure.Counter // times that a breaker opened
	NoTokens     measure.Counter // retries that were not made for want of tokens
	GaveUp       measure.Counter // calls that failed for good
	PassedOver   measure.Counter // of these: whose failure the work does not see
	Misses       measure.Counter
	UnderWay     measure.Level      // attempts
	Latency      *measure.Histogram // of calls, as the work sees them
	crossed      float64            // bytes that crossed zones
}

// Group is one call of a component's work, made by each of its processes.
type Group struct {
	Stats

	name      string
	spec      *PolicySpec
	parts     Parts
	eng       *sim.Engine
	retry     RetrySpec
	base      sim.Duration
	cap       sim.Duration
	tokens    int64
	timeout   sim.Duration // 0 waits for ever
	latency   random.Duration
	service   random.Duration
	luck      *sim.Rand
	calls     []call
	free      []uint32
	timeouts  *timeouts.Line    // of the attempts under way
	arrived   sim.Event[uint64] // an attempt has reached the callee
	returned  sim.Event[uint64] // its answer is back
	forgotten sim.Event[uint64] // an attempt that was lost is given up by a client without a timeout
	again     sim.Event[uint64] // a back-off is over
}

// Client makes the calls of one process.
type Client struct {
	group   *Group
	callee  Callee
	behind  *Client // asked when the callee, a cache, misses; or nil
	tokens  int64
	breaker breaker
	active  int // attempts under way
	open    int // calls under way
}

// NewGroup returns the calls that all processes of a component make to one callee.
func NewGroup(eng *sim.Engine, name string, s *PolicySpec, parts Parts) *Group {
	g := &Group{name: name, spec: s, parts: parts, eng: eng, luck: eng.Rand(name + "/luck")}
	g.Latency = measure.NewHistogram()
	rules := parts.Rules
	g.retry, g.base, g.cap, g.tokens = RetrySpec{MaxAttempts: 1}, rules.Base.Sim(), rules.MaxDelay.Sim(), rules.Tokens
	if parts.SDK {
		g.retry = RetrySpec{MaxAttempts: int(rules.Attempts), Jitter: FullJitter, TokenBucket: true}
		g.timeout = rules.ReadTimeout.Sim()
	}
	if s.Retry != nil {
		g.retry = *s.Retry
	}
	if s.Timeout != nil {
		g.timeout = s.Timeout.Sim()
	}
	if g.timeout >= endless {
		g.timeout = 0
	}
	if d := g.retry.BaseDelay; d != nil {
		g.base = d.Sim()
	}
	if d := g.retry.MaxDelay; d != nil {
		g.cap = d.Sim()
	}
	if n := g.retry.Tokens; n != nil {
		g.tokens = int64(*n)
	}
	g.latency = random.NewDuration(parts.Latency, eng.Rand(name+"/latency"))
	g.service = random.NewDuration(parts.Service, eng.Rand(name+"/again/time"))
	g.arrived = sim.NewEvent(eng, name+"/arrived", g.arrive)
	g.returned = sim.NewEvent(eng, name+"/returned", g.comeBack)
	g.timeouts = timeouts.New(eng, name+"/timeout", g.timeout, g.waits, g.timeOut)
	g.forgotten = sim.NewEvent(eng, name+"/forgotten", g.forget)
	g.again = sim.NewEvent(eng, name+"/again", g.tryAgain)
	return g
}

// NewClient returns the client of one process. What stands behind a cache is asked by a client of its own, or is nil.
func (g *Group) NewClient(callee Callee, behind *Client) *Client {
	return &Client{
		group: g, callee: callee, behind: behind, tokens: g.tokens, breaker: breaker{spec: g.spec.CircuitBreaker},
	}
}

// Query makes a call whose message has no key.
func (c *Client) Query(caller message.Caller, token uint64, service sim.Duration) {
	c.Call(caller, token, Request{Service: service})
}

// Call makes a call. The caller is answered once it has succeeded or is given up.
func (c *Client) Call(caller message.Caller, token uint64, r Request) {
	g := c.group
	if len(g.free) == 0 {
		g.free = append(g.free, uint32(len(g.calls)))
		g.calls = append(g.calls, call{})
	}
	i := g.free[len(g.free)-1]
	g.free = g.free[:len(g.free)-1]
	k := &g.calls[i]
	*k = call{client: c, caller: caller, token: token, request: r, begun: g.eng.Now(), turn: k.turn}
	g.Calls.Inc()
	c.open++
	g.try(i)
}

// Reset drops the process: its calls are answered to nobody, its connections are closed, and the one that takes its
// place begins with full tokens and a closed breaker.
func (c *Client) Reset() {
	c.Close()
	c.renew()
}

// renew makes the client, and the one behind it, that of a new process.
func (c *Client) renew() {
	c.tokens = c.group.tokens
	c.breaker = breaker{spec: c.group.spec.CircuitBreaker, turn: c.breaker.turn + 1}
	if c.behind != nil {
		c.behind.renew()
	}
}

// Close closes the connections of the process, whose calls are answered to nobody: what a callee goes on with all the
// same is given up.
func (c *Client) Close() {
	g := c.group
	c.callee.Reset()
	for i := 0; c.open > 0 && i < len(g.calls); i++ {
		k := &g.calls[i]
		if k.client != c {
			continue
		}
		handle, sent := k.handle, k.waits && k.sent
		if k.waits {
			if g.spec.CircuitBreaker != nil {
				c.breaker.dropped(k.breaker)
			}
			g.over(k)
		}
		g.release(uint32(i), k)
		if sent {
			c.callee.GiveUp(handle)
		}
	}
	if c.behind != nil {
		c.behind.Close()
	}
}

// Check reports what does not fit together in the calls under way: for tests.
func (g *Group) Check() error {
	waiting, open := 0, 0
	for i := range g.calls {
		k := &g.calls[i]
		if k.client == nil {
			continue
		}
		open++
		if k.waits {
			waiting++
		}
	}
	if int64(waiting) != g.UnderWay.Value() || open+len(g.free) != len(g.calls) {
		return fmt.Errorf("%s has %d attempts under way, %d counted; %d calls and %d free slots of %d", g.name, waiting,
			g.UnderWay.Value(), open, len(g.free), len(g.calls))
	}
	return nil
}
