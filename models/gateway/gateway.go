package gateway

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/quota"
	"weir/models/sdk"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/timeouts"
)

// Answers of a gateway, by HTTP's names.
var (
	ErrTooManyRequests = &aws.Error{Code: "HTTP 429", Retryable: true, Throttle: true}
	ErrTooLarge        = &aws.Error{Code: "HTTP 413"}
	ErrInternal        = &aws.Error{Code: "HTTP 500", Retryable: true}
	ErrBadGateway      = &aws.Error{Code: "HTTP 502", Retryable: true}
	ErrUnavailable     = &aws.Error{Code: "HTTP 503", Retryable: true}
	ErrTimeout         = &aws.Error{Code: "HTTP 504", Retryable: true}
)

// Account is the rate of requests that the APIs of an account share.
type Account struct {
	bucket quota.Bucket
	rate   float64
}

// NewAccount returns an account whose rate is unused.
func NewAccount(limit *Limits) *Account {
	rate := min(limit.RateLimit.PerSecond(), 1e18)
	return &Account{quota.NewBucket(rate, sim.Seconds(min(float64(limit.BurstLimit)/rate, 1e9))), rate}
}

// Stats is what a gateway measures.
type Stats struct {
	Active measure.Level // requests under way

	Requests  measure.Counter
	Answered  measure.Counter // by the function, without error
	Hits      measure.Counter // from the cache
	Throttled measure.Counter // refused by a rate or a limit of the gateway
	TooLarge  measure.Counter
	Failed    measure.Counter // the function failed: 502
	Refused   measure.Counter // the function was throttled: 500 or 503
	// TargetFailed are those of Failed that a target of a load balancer answered itself: 500.
	TargetFailed measure.Counter
	Timeouts     measure.Counter // 504
	Latency      *measure.Histogram

	Taken, Crowded measure.Counter // requests that the account's rate let pass, and refused

	units measure.Counter // billed
	bytes float64         // in and out
	hours capacityHours
}

// Gateway asks a function for its clients.
type Gateway struct {
	Stats
	message.Consumer

	name      string
	spec      *Spec
	limit     *Limits
	eng       *sim.Engine
	store     *message.Store
	target    sdk.Target
	targets   *Targets // in place of a function, or nil
	account   *Account // nil where none is shared
	stage     *quota.Bucket
	latency   random.Duration
	atMost    int64 // requests at once
	zones     int   // of a load balancer
	begun     sim.Time
	requests  []request
	free      []uint32
	timeouts  *timeouts.Line      // of the requests that the target has
	cached    map[uint32]sim.Time // until when a key's answer is good
	forwarded sim.Event[uint32]   // a request has passed the gateway
}

// request is a request under way.
type request struct {
	receipt message.Receipt
	caller  message.Caller
	token   uint64
	came    sim.Time
	turn    uint32 // tells those of one slot apart
	asked   bool
	hit     bool
}

// New returns a gateway in front of a target.
func New(
	eng *sim.Engine, store *message.Store, name string, s *Spec, limit *Limits, target sdk.Target, account *Account,
	digits int,
) *Gateway {
	g := &Gateway{
		Consumer: message.NewConsumer(store, name, digits), name: name, spec: s, limit: limit, eng: eng, store: store,
		target: target, atMost: 1 << 62, zones: zonesUnlessSet,
	}
	if s.Zones != nil {
		g.zones = *s.Zones
	}
	g.Latency = measure.NewHistogram()
	latency := limit.APILatency.Dist()
	switch s.Type {
	case LoadBalancer:
		latency = limit.ALBLatency.Dist()
	case FunctionURL:
		latency = nil // it is the function's own address
	case CloudFront:
		latency = limit.ALBLatency.Dist()
		rate := quota.NewBucket(min(limit.EdgeRate.PerSecond(), 1e18), sim.Second)
		g.stage, g.atMost = &rate, limit.EdgeConcurrent
	default:
		g.account = account
	}
	if s.RateLimit != nil {
		burst := float64(limit.BurstLimit)
		if s.BurstLimit != nil {
			burst = float64(*s.BurstLimit)
		}
		rate := s.RateLimit.PerSecond()
		stage := quota.NewBucket(rate, sim.Seconds(min(burst/max(rate, 1e-9), 1e9)))
		g.stage = &stage
	}
	g.latency = random.NewDuration(latency, eng.Rand(name+"/latency"))
	if s.Cache != nil {
		g.cached = map[uint32]sim.Time{}
	}
	g.forwarded = sim.NewEvent(eng, name+"/forwarded", g.forward)
	g.timeouts = timeouts.New(eng, name+"/timeout", limit.timeout(s), g.waits, g.timeOut)
	return g
}

// timeout returns how long a gateway waits for an answer, 0 for ever.
func (l *Limits) timeout(s *Spec) sim.Duration {
	timeout := l.longest(s)
	if s.Timeout != nil {
		timeout = s.Timeout.Sim()
	}
	if timeout >= message.Forever {
		return 0
	}
	return timeout
}

// permit takes a request from the account's rate.
func (g *Gateway) permit(now sim.Time) bool {
	if g.account.bucket.Permit(now) {
		g.Taken.Inc()
		return true
	}
	g.Crowded.Inc()
	return false
}

// Shares reports what the gateway takes of its account's rate.
func (g *Gateway) Shares(now sim.Time, report func(meter.Share)) {
	if g.account == nil || g.account.bucket.Endless() {
		return
	}
	report(meter.Share{
		Quota: "api gateway requests", Unit: "requests/s", User: g.name, Limit: g.account.rate,
		Used: float64(g.Taken.Value()) / max(now.Sub(g.begun).Seconds(), 1e-9), Refused: float64(g.Crowded.Value()),
	})
}

// zonesUnlessSet is in how many zones a load balancer is, as a fleet, where nothing says it.
const zonesUnlessSet = 3

// zonesLeast is in how many it is at least: "You must specify subnets from at least two Availability Zones" (Elastic
// Load Balancing API reference, CreateLoadBalancer).
const zonesLeast = 2

// NewBalancer returns a load balancer in front of the targets of a group, which are in so many zones.
func NewBalancer(
	eng *sim.Engine, store *message.Store, name string, s *Spec, limit *Limits, targets *Targets, zones, digits int,
) *Gateway {
	g := New(eng, store, name, s, limit, targets, nil, digits)
	g.targets = targets
	if s.Zones == nil {
		g.zones = max(zones, zonesLeast)
	}
	targets.connect, targets.idle = limit.ConnectTimeout.Sim(), limit.timeout(s)
	return g
}

// Targets returns the target group of a load balancer, or nil of a gateway to a function.
func (g *Gateway) Targets() *Targets { return g.targets }

// longest returns how long a gateway waits for a function at the most.
func (l *Limits) longest(s *Spec) sim.Duration {
	switch s.Type {
	case RESTAPI:
		return l.RESTTimeout.Sim()
	case HTTPAPI:
		return l.HTTPTimeout.Sim()
	case LoadBalancer:
		return l.IdleTimeout.Sim()
	case CloudFront:
		if s.Event == Viewer {
			return l.ViewerTimeout.Sim()
		}
		return l.OriginTimeout.Sim()
	}
	return message.Forever
}

// Invoke takes a request.
func (g *Gateway) Invoke(r message.Receipt, caller message.Caller, token uint64) {
	now := g.eng.Now()
	size := int64(g.store.At(r.Ref).SizeBytes)
	g.Requests.Inc()
	switch {
	case size > g.payloadMax():
		g.TooLarge.Inc()
		caller.Answered(token, ErrTooLarge)
		return
	case g.account != nil && !g.permit(now), g.stage != nil && !g.stage.Permit(now):
		g.Throttled.Inc()
		caller.Answered(token, ErrTooManyRequests)
		return
	case g.Active.Value() >= g.atMost:
		g.Throttled.Inc()
		caller.Answered(token, ErrUnavailable)
		return
	}
	g.meter(size)
	if len(g.free) == 0 {
		g.free = append(g.free, uint32(len(g.requests)))
		g.requests = append(g.requests, request{})
	}
	slot := g.free[len(g.free)-1]
	g.free = g.free[:len(g.free)-1]
	q := &g.requests[slot]
	*q = request{receipt: r, caller: caller, token: token, came: now, turn: q.turn + 1}
	g.Active.Add(now, 1)
	if g.cached != nil {
		q.hit = g.cached[g.store.At(r.Ref).Key] > now
	}
	g.forwarded.After(g.latency.Sample(), slot)
}

func (g *Gateway) payloadMax() int64 {
	switch g.spec.Type {
	case RESTAPI, HTTPAPI:
		return int64(g.limit.PayloadMax)
	case LoadBalancer:
		if g.targets == nil {
			return int64(g.limit.ALBPayloadMax)
		}
	}
	return 1<<63 - 1
}

// httpUnit is what one request of an HTTP API is metered in (aws.amazon.com/api-gateway/pricing, 2025).
const httpUnit = 512 << 10

// meter counts what a request is billed by.
func (g *Gateway) meter(size int64) {
	units := int64(1)
	if g.spec.Type == HTTPAPI {
		units = max(1, (size+httpUnit-1)/httpUnit)
	}
	if g.spec.Type == LoadBalancer {
		g.turnHour(g.eng.Now())
	}
	g.units.Add(uint64(units))
	g.bytes += float64(size) + float64(g.spec.ResponseSize)
}

// forward is the event that a request has passed the gateway.
func (g *Gateway) forward(slot uint32) {
	q := &g.requests[slot]
	now := g.eng.Now()
	if q.hit {
		g.Hits.Inc()
		g.Begin(now, q.receipt)
		g.Respond(now, q.receipt)
		g.end(slot, nil)
		return
	}
	q.asked = true
	g.timeouts.Begin(slot, q.turn)
	g.target.Invoke(q.receipt, g, uint64(q.turn)<<32|uint64(slot))
}

// Answered takes the answer of the function.
func (g *Gateway) Answered(token uint64, err error) {
	slot := uint32(token)
	q := &g.requests[slot]
	if q.turn != uint32(token>>32) || !q.asked {
		return
	}
	if err == nil {
		g.Stats.Answered.Inc()
		if g.cached != nil {
			g.cached[g.store.At(q.receipt.Ref).Key] = g.eng.Now().Add(g.spec.Cache.TTL.Sim())
		}
	}
	g.end(slot, g.status(err))
}

// status returns what a function's answer becomes.
func (g *Gateway) status(err error) error {
	api := aws.ErrorOf(err)
	switch {
	case err == nil:
		return nil
	case g.targets != nil && err == ErrUnavailable:
		g.Refused.Inc()
		return err
	case g.targets != nil && err == ErrTimeout:
		g.Timeouts.Inc()
		return err
	case g.targets != nil:
		g.Failed.Inc()
		if err == ErrInternal {
			g.TargetFailed.Inc()
		}
		return err
	case api != nil && api.Throttle:
		g.Refused.Inc()
		if g.spec.Type == RESTAPI || g.spec.Type == FunctionURL {
			return map[Type]error{RESTAPI: ErrInternal, FunctionURL: ErrTooManyRequests}[g.spec.Type]
		}
		return ErrUnavailable
	}
	g.Failed.Inc()
	return ErrBadGateway
}

// waits reports whether the answer to a request is waited for still.
func (g *Gateway) waits(slot, turn uint32) bool {
	return g.requests[slot].turn == turn && g.requests[slot].asked
}

// timeOut answers a request whose time is up. The function goes on.
func (g *Gateway) timeOut(slot uint32) {
	g.Timeouts.Inc()
	g.store.At(g.requests[slot].receipt.Ref).Receipt++ // the message is no longer the function's
	g.end(slot, ErrTimeout)
}

// end answers a request.
func (g *Gateway) end(slot uint32, err error) {
	q := &g.requests[slot]
	now := g.eng.Now()
	g.Active.Add(now, -1)
	g.Latency.Record(int64(now.Sub(q.came)))
	if q.asked {
		g.timeouts.Over()
	}
	caller, token := q.caller, q.token
	q.caller, q.asked = nil, false
	g.free = append(g.free, slot)
	caller.Answered(token, err)
}
