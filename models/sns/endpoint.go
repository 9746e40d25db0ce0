package sns

import (
	"slices"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// Answers of an endpoint that is not well, by HTTP's names.
var (
	ErrServer          = &aws.Error{Code: "HTTP 500", Retryable: true}
	ErrUnavailable     = &aws.Error{Code: "HTTP 503", Retryable: true}
	ErrTooManyRequests = &aws.Error{Code: "HTTP 429", Retryable: true, Throttle: true}
	ErrTimedOut        = &aws.Error{Code: "timeout", Retryable: true}
	ErrClient          = &aws.Error{Code: "HTTP 400"}
)

// EndpointSpec is a subscriber that is not a queue, as the scenario describes it.
type EndpointSpec struct {
	// How it is reached: http, https, email, sms or application (mobile push).
	Protocol Protocol `yaml:"protocol" default:"https"`
	// How long it takes to answer, its work included.
	ResponseTime *spec.Durations `yaml:"response_time"`
	// Share of the deliveries that it answers with a server error: they are tried again.
	Error spec.Share `yaml:"error" default:"0%"`
	// Share of the deliveries that it answers with a client error: they are not.
	ClientError spec.Share `yaml:"client_error" default:"0%"`
	// Deliveries that it works on at once; it answers one more with HTTP 429. Without limit unless set.
	Concurrency *int `yaml:"concurrency" min:"1"`
	// When it is out of reach.
	Outages []OutageSpec `yaml:"outages"`
}

// OutageSpec is a time out of reach.
type OutageSpec struct {
	// When it begins, from the start of the run.
	At spec.Duration `yaml:"at" required:"true"`
	// How long it lasts.
	For spec.Duration `yaml:"for" required:"true" min:"1ns"`
}

// EndpointStats is what an endpoint measures.
type EndpointStats struct {
	Busy measure.Level // deliveries being worked on

	Processed   measure.Counter // messages processed
	Failed      measure.Counter // deliveries answered with an error of its own
	Unavailable measure.Counter // deliveries during an outage
	Refused     measure.Counter // deliveries beyond its concurrency
	TimedOut    measure.Counter // deliveries that it did not answer in time
}

// Endpoint is a subscriber that works on what is delivered to it and answers.
type Endpoint struct {
	EndpointStats

	name     string
	spec     *EndpointSpec
	eng      *sim.Engine
	store    *message.Store
	timeout  sim.Duration
	response random.Duration
	luck     *sim.Rand
	digits   int
	paths    message.Paths
	work     []work
	free     []uint32
	answered sim.Event[uint32] // the answer to a delivery is there, or it timed out
}

// work is a delivery that an endpoint works on.
type work struct {
	ref   message.Ref
	late  bool
	token uint64
	from  message.Caller
}

// NewEndpoint returns an endpoint whose paths have histograms of so many significant digits.
func NewEndpoint(
	eng *sim.Engine, store *message.Store, name string, s *EndpointSpec, limit *Limits, digits int,
) *Endpoint {
	e := &Endpoint{
		name: name, spec: s, eng: eng, store: store, timeout: sim.Duration(1<<63 - 1), luck: eng.Rand(name + "/error"),
		digits: digits,
	}
	if s.Protocol.web() {
		e.timeout = limit.HTTPTimeout.Sim()
	}
	if s.ResponseTime != nil {
		e.response = random.NewDuration(s.ResponseTime.Dist(), eng.Rand(name+"/response"))
	}
	e.answered = sim.NewEvent(eng, name+"/answered", e.answer)
	return e
}

// Protocol returns how the endpoint is reached.
func (e *Endpoint) Protocol() Protocol { return e.spec.Protocol }

// Deliver hands the endpoint a message. It answers at once when it is out of reach or has too much to do.
func (e *Endpoint) Deliver(ref message.Ref, from message.Caller, token uint64) {
	now := e.eng.Now()
	switch {
	case e.down(now):
		e.Unavailable.Inc()
		from.Answered(token, ErrUnavailable)
		return
	case e.spec.Concurrency != nil && e.Busy.Value() >= int64(*e.spec.Concurrency):
		e.Refused.Inc()
		from.Answered(token, ErrTooManyRequests)
		return
	}
	m := e.store.At(ref)
	m.Enter(now, message.Work)
	e.path(m.Route).Attempts.Inc()
	if !m.Has(message.Seen) {
		m.Flags |= message.Seen
		e.path(m.Route).Wait.Record(int64(now.Sub(m.Born)))
	}
	e.Busy.Add(now, 1)
	var takes sim.Duration
	if e.spec.ResponseTime != nil {
		takes = e.response.Sample()
	}
	if len(e.free) == 0 {
		e.free = append(e.free, uint32(len(e.work)))
		e.work = append(e.work, work{})
	}
	slot := e.free[len(e.free)-1]
	e.free = e.free[:len(e.free)-1]
	e.work[slot] = work{ref, takes > e.timeout, token, from}
	e.answered.After(min(takes, e.timeout), slot)
}

// down reports whether the endpoint is out of reach.
func (e *Endpoint) down(now sim.Time) bool {
	return slices.ContainsFunc(e.spec.Outages, func(o OutageSpec) bool {
		begin := sim.Time(o.At)
		return now >= begin && now.Sub(begin) < o.For.Sim()
	})
}

// answer is the event that the answer to a delivery is there, or that it timed out.
func (e *Endpoint) answer(slot uint32) {
	now := e.eng.Now()
	w := e.work[slot]
	e.work[slot].from = nil
	e.free = append(e.free, slot)
	e.Busy.Add(now, -1)
	err := e.outcome(&w)
	if err == nil {
		m := e.store.At(w.ref)
		e.Processed.Inc()
		if e.path(m.Route).Record(now, w.ref, m, message.Idle{Group: e.store.Held(now, w.ref, m)}) {
			e.store.Ledger.NoteLate(m.Route)
		}
		e.store.Move(w.ref, m, message.Processed)
		e.store.Free(w.ref)
	}
	w.from.Answered(w.token, err)
}

func (e *Endpoint) outcome(w *work) error {
	luck := e.luck.Float64()
	client := float64(e.spec.ClientError)
	switch {
	case w.late:
		e.TimedOut.Inc()
		return ErrTimedOut
	case luck < client:
		e.Failed.Inc()
		return ErrClient
	case luck < client+float64(e.spec.Error) || e.store.At(w.ref).Has(message.Poison):
		e.Failed.Inc()
		return ErrServer
	}
	return nil
}

func (e *Endpoint) path(route message.RouteID) *message.Path {
	return e.paths.Of(&e.store.Ledger, route, e.name, e.digits)
}
