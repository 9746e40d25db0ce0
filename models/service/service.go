package service

import (
	"weir/models/aws"
	"weir/models/calls"
	"weir/models/message"
	"weir/models/quota"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/ring"
)

// Answers of a service, by HTTP's names.
var (
	ErrTooManyRequests = &aws.Error{Code: "HTTP 429", Retryable: true, Throttle: true}
	ErrInternal        = &aws.Error{Code: "HTTP 500", Retryable: true}
	ErrUnavailable     = &aws.Error{Code: "HTTP 503", Retryable: true}
)

// Spec is an HTTP service, as the scenario describes it.
type Spec struct {
	// Time that a request takes once it is served; a call may set its own.
	Time *spec.Durations `yaml:"time"`
	// Requests served at once, the others wait in line; without limit unless set.
	Concurrency *int `yaml:"concurrency" min:"1" max:"1000000"`
	// Requests that may wait in line; one more is answered 503. Without limit unless set.
	MaxWaiting *int `yaml:"max_waiting" min:"0" max:"10000000"`
	// Requests a second that are let in (a token bucket); one more is answered 429. Without limit unless set.
	RateLimit *spec.Rate `yaml:"rate_limit"`
	// Requests that may come at once above the rate; a second's unless set.
	BurstLimit *int `yaml:"burst_limit" min:"1" max:"10000000"`
	// Share of the requests that fail with 500 when they have been served.
	Error spec.Share `yaml:"error" default:"0%"`
	// What a request costs that is not answered 429, in USD.
	PricePerCall float64 `yaml:"price_per_call" default:"0" min:"0" max:"1000000"`
}

// Stats is what a service measures.
type Stats struct {
	Busy    measure.Level // requests being served
	Waiting measure.Level

	Requests    measure.Counter // that came
	Answered    measure.Counter // without error
	Failed      measure.Counter // with 500
	Unavailable measure.Counter // with 503
	Limited     measure.Counter // with 429
	Unread      measure.Counter // served requests whose client had given up
	Response    *measure.Histogram
}

// Service is an HTTP service. All clients share it.
type Service struct {
	Stats

	name     string
	spec     *Spec
	eng      *sim.Engine
	servers  int64
	lineMax  int
	rate     *quota.Bucket
	time     random.Duration
	luck     *sim.Rand
	requests []request
	free     []uint32
	line     ring.Buffer[uint32]
	served   sim.Event[uint32] // a request has been served
}

type request struct {
	caller  message.Caller
	token   uint64
	came    sim.Time
	service sim.Duration
	turn    uint32 // tells those of one slot apart
}

// New returns an idle service.
func New(eng *sim.Engine, name string, s *Spec) *Service {
	v := &Service{name: name, spec: s, eng: eng, servers: 1 << 62, lineMax: 1 << 62}
	v.Response = measure.NewHistogram()
	if s.Concurrency != nil {
		v.servers = int64(*s.Concurrency)
	}
	if s.MaxWaiting != nil {
		v.lineMax = *s.MaxWaiting
	}
	if s.RateLimit != nil {
		rate := s.RateLimit.PerSecond()
		burst := sim.Second
		if s.BurstLimit != nil {
			burst = sim.Seconds(min(float64(*s.BurstLimit)/max(rate, 1e-9), 1e9))
		}
		b := quota.NewBucket(rate, burst)
		v.rate = &b
	}
	if s.Time != nil {
		v.time = random.NewDuration(s.Time.Dist(), eng.Rand(name+"/time"))
	}
	v.luck = eng.Rand(name + "/error")
	v.served = sim.NewEvent(eng, name+"/served", v.end)
	return v
}

// Client returns what one process calls: the service, which does not tell its clients apart. Its requests take the time
// that they say, which may be none, or the service's own.
func (v *Service) Client(own bool) calls.Callee { return client{v, own} }

// client is the service as a process sees it.
type client struct {
	*Service
	own bool
}

// Reset does nothing: the service does not see that a client is gone, and its answers are passed over.
func (client) Reset() {}

// Call takes a request.
func (c client) Call(caller message.Caller, token uint64, r calls.Request) uint64 {
	v := c.Service
	now := v.eng.Now()
	v.Requests.Inc()
	if v.rate != nil && !v.rate.Permit(now) {
		v.Limited.Inc()
		caller.Answered(token, ErrTooManyRequests)
		return 0
	}
	if v.Busy.Value() >= v.servers && v.line.Len() >= v.lineMax {
		v.Unavailable.Inc()
		caller.Answered(token, ErrUnavailable)
		return 0
	}
	if len(v.free) == 0 {
		v.free = append(v.free, uint32(len(v.requests)))
		v.requests = append(v.requests, request{})
	}
	i := v.free[len(v.free)-1]
	v.free = v.free[:len(v.free)-1]
	service := r.Service
	if c.own {
		service = r.Own(v.time.Sample())
	}
	turn := v.requests[i].turn + 1
	v.requests[i] = request{caller, token, now, service, turn}
	if v.Busy.Value() < v.servers {
		v.Busy.Add(now, 1)
		v.served.After(service, i)
	} else {
		v.Waiting.Add(now, 1)
		v.line.Push(i)
	}
	return uint64(turn)<<32 | uint64(i)
}

// GiveUp notes that nobody waits for a request any more. It is served all the same.
func (v *Service) GiveUp(handle uint64) {
	if q := &v.requests[uint32(handle)]; q.turn == uint32(handle>>32) {
		q.caller = nil
	}
}

// end is the event that a request has been served.
func (v *Service) end(i uint32) {
	now := v.eng.Now()
	v.Busy.Add(now, -1)
	if v.line.Len() > 0 {
		next := v.line.Pop()
		v.Waiting.Add(now, -1)
		v.Busy.Add(now, 1)
		v.served.After(v.requests[next].service, next)
	}
	q := v.requests[i]
	v.requests[i].turn++
	v.free = append(v.free, i)
	v.Response.Record(int64(now.Sub(q.came)))
	failed := v.spec.Error > 0 && v.luck.Float64() < float64(v.spec.Error)
	switch {
	case q.caller == nil:
		v.Unread.Inc()
	case failed:
		v.Failed.Inc()
		q.caller.Answered(q.token, ErrInternal)
	default:
		v.Answered.Inc()
		q.caller.Answered(q.token, nil)
	}
}
