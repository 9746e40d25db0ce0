package fault

import (
	"weir/models/aws"
	"weir/sim"
	"weir/sim/measure"
)

// Errors that calls end with because of a fault.
var (
	// ErrUnavailable is what a service answers that has a fault (HTTP 503). SDKs try again.
	ErrUnavailable = &aws.Error{Code: "ServiceUnavailable", Retryable: true}
	// ErrNoAnswer is what a client makes of an answer that does not come: its request or the answer was lost, which it
	// cannot tell apart. SDKs try again.
	ErrNoAnswer = &aws.Error{Code: "no answer", Retryable: true}
)

// Effect is what the faults of a moment do to calls, or to work.
type Effect struct {
	Errors   float64      // share that is answered with an error
	Requests float64      // share whose request is lost
	Answers  float64      // share of the others whose answer is lost
	Slowdown float64      // factor of how long they take; 0 stands for 1
	Timeout  sim.Duration // how long a client waits for an answer that was lost
}

// State is what the faults of a moment do to the calls of a component, or to its work. Whoever makes the calls consults
// it at each; it is nil where no fault can strike.
type State struct {
	Refused measure.Counter // calls that were answered with an error
	Lost    measure.Counter // calls whose request or answer was lost
	Twins   measure.Counter // messages that were accepted though their sender got no answer

	now      Effect // all of active together
	active   []*Effect
	troubled bool // calls may go wrong now
}

// Add lets a fault strike from now on, together with those that do already.
func (s *State) Add(e *Effect) {
	s.active = append(s.active, e)
	s.combine()
}

// Remove ends what Add began.
func (s *State) Remove(e *Effect) {
	for i, a := range s.active {
		if a == e {
			s.active = append(s.active[:i], s.active[i+1:]...)
			break
		}
	}
	s.combine()
}

// combine makes one effect of those that are active: a call goes well if it goes well with each of them.
func (s *State) combine() {
	s.now = Effect{Slowdown: 1}
	for _, e := range s.active {
		s.now.Errors = both(s.now.Errors, e.Errors)
		s.now.Requests = both(s.now.Requests, e.Requests)
		s.now.Answers = both(s.now.Answers, e.Answers)
		s.now.Timeout = max(s.now.Timeout, e.Timeout)
		if e.Slowdown > 0 {
			s.now.Slowdown *= e.Slowdown
		}
	}
	s.troubled = s.now.Errors > 0 || s.now.Requests > 0 || s.now.Answers > 0
}

func both(a, b float64) float64 { return 1 - float64((1-a)*(1-b)) }

// Fate is what becomes of a call.
type Fate uint8

// What becomes of calls.
const (
	Served      Fate = iota
	Refused          // the service answers with an error
	RequestLost      // the service knows nothing of the call
	AnswerLost       // the service has acted, the client does not know
)

// Fate draws what becomes of a call, and counts it.
func (s *State) Fate(luck *sim.Rand) Fate {
	switch {
	case !s.troubled:
		return Served
	case s.now.Requests > 0 && luck.Float64() < s.now.Requests:
		s.Lost.Inc()
		return RequestLost
	case s.now.Errors > 0 && luck.Float64() < s.now.Errors:
		s.Refused.Inc()
		return Refused
	case s.now.Answers > 0 && luck.Float64() < s.now.Answers:
		s.Lost.Inc()
		return AnswerLost
	}
	return Served
}

// Fails draws whether a call or a piece of work ends with an error, and counts it.
func (s *State) Fails(luck *sim.Rand) bool {
	if s.now.Errors == 0 || luck.Float64() >= s.now.Errors {
		return false
	}
	s.Refused.Inc()
	return true
}

// Loses draws whether a call's request is lost, and counts it.
func (s *State) Loses(luck *sim.Rand) bool { return s.loses(luck, s.now.Requests) }

// LosesAnswer draws whether the answer to a call that was served is lost, and counts it.
func (s *State) LosesAnswer(luck *sim.Rand) bool { return s.loses(luck, s.now.Answers) }

func (s *State) loses(luck *sim.Rand, share float64) bool {
	if share == 0 || luck.Float64() >= share {
		return false
	}
	s.Lost.Inc()
	return true
}

// Stretch returns how long something takes now that would take d otherwise.
func (s *State) Stretch(d sim.Duration) sim.Duration {
	if len(s.active) == 0 || s.now.Slowdown == 1 {
		return d
	}
	return sim.Duration(min(float64(d)*s.now.Slowdown, float64(longest)))
}

// longest is a length of time that is too long for a run, and can be added to any instant of one.
const longest = 100 * 365 * sim.Day

// Timeout returns how long a client waits for an answer that was lost.
func (s *State) Timeout() sim.Duration { return s.now.Timeout }

// Wrong returns how many calls went wrong because of a fault.
func (s *State) Wrong() uint64 { return s.Refused.Value() + s.Lost.Value() }

// Reset begins a new window of observation.
func (s *State) Reset() {
	s.Refused, s.Lost, s.Twins = measure.Counter{}, measure.Counter{}, measure.Counter{}
}
