package calls

import (
	"errors"
	"math"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

// stub is a callee that answers after the time of its request, with an error if it has one.
type stub struct {
	eng      *sim.Engine
	err      error
	silent   bool
	calls    int
	gaveUp   int
	resets   int
	takes    sim.Duration
	callers  []message.Caller
	tokens   []uint64
	answered sim.Event[uint32]
}

func (s *stub) Call(caller message.Caller, token uint64, r Request) uint64 {
	s.callers, s.tokens = append(s.callers, caller), append(s.tokens, token)
	s.calls++
	if !s.silent {
		s.answered.After(s.takes+r.Service, uint32(s.calls-1))
	}
	return uint64(s.calls)
}

func (s *stub) GiveUp(uint64) { s.gaveUp++ }
func (s *stub) Reset()        { s.resets++ }

// scene is a group with one client of a stub.
type scene struct {
	eng     *sim.Engine
	group   *Group
	client  *Client
	stub    *stub
	answers []error
	at      []float64
	then    func()
}

func (s *scene) Answered(_ uint64, err error) {
	s.answers, s.at = append(s.answers, err), append(s.at, s.eng.Now().Seconds())
	if s.then != nil {
		s.then()
	}
}

func duration(d sim.Duration) *spec.Duration { v := spec.Duration(d); return &v }

func rules() *Rules {
	return &Rules{
		Attempts: 3, Base: spec.Duration(sim.Second), MaxDelay: spec.Duration(20 * sim.Second), Tokens: 500, Cost: 5,
		TimeoutCost: 10, Refund: 1, ReadTimeout: spec.Duration(sim.Minute),
	}
}

func newScene(s TargetSpec, change func(*PolicySpec, *Parts)) *scene {
	eng := sim.NewEngine(1, 0)
	policy, parts := &PolicySpec{TargetSpec: s}, Parts{Rules: rules()}
	if change != nil {
		change(policy, &parts)
	}
	c := &scene{eng: eng, stub: &stub{eng: eng, takes: 100 * sim.Millisecond}}
	c.stub.answered = sim.NewEvent(eng, "answered", func(i uint32) {
		c.stub.callers[i].Answered(c.stub.tokens[i], c.stub.err)
	})
	c.group = NewGroup(eng, "g", policy, parts)
	c.client = c.group.NewClient(c.stub, nil)
	return c
}

func (s *scene) call()                { s.client.Query(s, 0, 0) }
func (s *scene) run(seconds float64)  { s.eng.Run(sim.Time(sim.Seconds(seconds)), 1<<30) }
func retry(n int, j Jitter) RetrySpec { return RetrySpec{MaxAttempts: n, Jitter: j} }

var errBroken = &aws.Error{Code: "broken", Retryable: true}

// A client waits for its timeout and no longer; the callee goes on, and its late answer is nobody's.
func TestACallTimesOutAndTheCalleeGoesOnForNothing(t *testing.T) {
	s := newScene(TargetSpec{Timeout: duration(50 * sim.Millisecond)}, nil)
	s.call()
	s.run(10)
	if len(s.answers) != 1 || s.answers[0] != ErrTimeout || s.at[0] != 0.05 {
		t.Errorf("answered %v at %v, want a timeout at 0.05", s.answers, s.at)
	}
	if s.stub.calls != 1 || s.stub.gaveUp != 1 || s.group.UnderWay.Value() != 0 || s.client.active != 0 {
		t.Errorf("%d calls, %d given up, %d under way", s.stub.calls, s.stub.gaveUp, s.group.UnderWay.Value())
	}
}

// Without jitter the back-offs are the base, doubled up to the cap: attempts at 0, 1.1, 3.2, 6.3 and 9.4 s.
func TestBackOffsDoubleUpToTheirCap(t *testing.T) {
	r := retry(5, NoJitter)
	r.BaseDelay, r.MaxDelay = duration(sim.Second), duration(3*sim.Second)
	s := newScene(TargetSpec{Retry: &r}, nil)
	s.stub.err = errBroken
	s.call()
	s.run(60)
	if want := 5*0.1 + 1 + 2 + 3 + 3; len(s.at) != 1 || math.Abs(s.at[0]-want) > 1e-9 || s.answers[0] != errBroken {
		t.Errorf("given up at %v with %v, want at %v", s.at, s.answers, want)
	}
	if s.group.Attempts.Value() != 5 || s.group.Retries.Value() != 4 || s.group.GaveUp.Value() != 1 {
		t.Errorf("%d attempts, %d retries, %d given up", s.group.Attempts.Value(), s.group.Retries.Value(),
			s.group.GaveUp.Value())
	}
}

// Full jitter is uniform from 0 to the bound, equal jitter in its upper half (AWS Architecture Blog, "Exponential
// Backoff And Jitter"): the means are 1/2 and 3/4 of it.
func TestJitterLiesWhereItsNameSays(t *testing.T) {
	for jitter, want := range map[Jitter]float64{FullJitter: 0.5, EqualJitter: 0.75, NoJitter: 1} {
		r := retry(2, jitter)
		s := newScene(TargetSpec{Retry: &r}, nil)
		sum, least := 0.0, 1.0
		for range 20000 {
			d := s.group.backOff(1).Seconds()
			sum += d / 20000
			least = min(least, d)
		}
		if math.Abs(sum-want) > 0.01 || jitter == EqualJitter && least < 0.5 {
			t.Errorf("%s: mean %v of the bound, want %v; least %v", jitter, sum, want, least)
		}
	}
}

// A caller's own mistake is not tried again; what the database says in its own words is.
func TestAMistakeIsNotTriedAgain(t *testing.T) {
	for _, c := range []struct {
		err      error
		attempts uint64
	}{{&aws.Error{Code: "ValidationException"}, 1}, {errors.New("too many connections"), 3}, {errBroken, 3}} {
		r := retry(3, FullJitter)
		s := newScene(TargetSpec{Retry: &r}, nil)
		s.stub.err = c.err
		s.call()
		s.run(100)
		if got := s.group.Attempts.Value(); got != c.attempts {
			t.Errorf("%v: %d attempts, want %d", c.err, got, c.attempts)
		}
	}
}

// The retry quota holds 500 tokens; a retry takes 5, one after a timeout 10, and without tokens a call is given up
// (botocore, retries/standard.py, RetryQuotaChecker). While everything fails, a client makes 100 retries in all, or
// 50 after timeouts: the amplification falls to 1, where the attempts alone would make it 3.
func TestTheTokenBucketBoundsRetries(t *testing.T) {
	for _, c := range []struct {
		name    string
		silent  bool
		bucket  bool
		retries uint64
	}{{"errors", false, true, 100}, {"timeouts", true, true, 50}, {"no bucket", false, false, 2000}} {
		r := retry(3, FullJitter)
		r.TokenBucket = c.bucket
		s := newScene(TargetSpec{Retry: &r, Timeout: duration(sim.Second)}, nil)
		s.stub.err, s.stub.silent = errBroken, c.silent
		n := 0
		s.then = func() {
			if n++; n < 1000 {
				s.call()
			}
		}
		s.call()
		s.run(1e5)
		if got := s.group.Retries.Value(); got != c.retries || s.group.Calls.Value() != 1000 {
			t.Errorf("%s: %d retries of %d calls, want %d of 1,000", c.name, got, s.group.Calls.Value(), c.retries)
		}
	}
}

// With a share of failures f the tokens come back at 1 for each success of a first attempt, and 5 for one of a retry:
// what was taken for retries that succeeded is given back, so that a bucket of 500 outlives every f below one that
// costs more than it earns.
func TestTokensComeBackWithSuccess(t *testing.T) {
	r := retry(3, FullJitter)
	r.TokenBucket = true
	s := newScene(TargetSpec{Retry: &r}, nil)
	s.client.tokens = 0
	for range 40 {
		s.call()
	}
	s.run(1)
	if s.client.tokens != 40 {
		t.Errorf("%d tokens after 40 successes, want 40", s.client.tokens)
	}
	s.client.tokens = 499
	s.call()
	s.call()
	s.run(2)
	if s.client.tokens != 500 {
		t.Errorf("%d tokens, want no more than 500", s.client.tokens)
	}
}

// What comes back is what the last retry took: "releases the capacity amount" of the request's context, 10 after a
// timeout (botocore, retries/standard.py; aws-sdk-js-v3, defaultRetryQuota.ts).
func TestARetryAfterATimeoutGivesBackWhatItTook(t *testing.T) {
	r := retry(3, NoJitter)
	r.TokenBucket = true
	s := newScene(TargetSpec{Retry: &r, Timeout: duration(sim.Second)}, nil)
	s.client.tokens, s.stub.silent = 100, true
	s.call()
	s.run(1.5)
	s.stub.silent = false
	if s.client.tokens != 90 {
		t.Errorf("%d tokens after a timeout, want 90", s.client.tokens)
	}
	if s.run(10); s.client.tokens != 100 || s.answers[0] != nil {
		t.Errorf("%d tokens after the retry, answered %v; want 100", s.client.tokens, s.answers)
	}
}

// The defaults of Hystrix (wiki, Configuration): of 20 requests in 10 s at least, 50 % failed; 5 s open; one probe.
func hystrix() *BreakerSpec {
	return &BreakerSpec{
		FailureShare: 0.5, Window: spec.Duration(10 * sim.Second), MinimumCalls: 20, OpenFor: spec.Duration(5 * sim.Second),
		Probes: 1,
	}
}

func TestTheBreakerOpensProbesAndCloses(t *testing.T) {
	s := newScene(TargetSpec{CircuitBreaker: hystrix()}, nil)
	s.stub.err = errBroken
	at := func(seconds float64, n int) {
		s.run(seconds)
		for range n {
			s.call()
		}
	}
	at(0, 19) // "if only 19 requests are received … the circuit will not trip open even if all 19 failed"
	s.run(1)
	if s.client.breaker.open {
		t.Fatal("open after 19 failures")
	}
	at(1, 1)
	at(2, 10)
	if !s.client.breaker.open || s.stub.calls != 20 || s.group.ShortCircuit.Value() != 10 {
		t.Fatalf("%d reached the callee, %d short-circuited; want 20 and 10", s.stub.calls, s.group.ShortCircuit.Value())
	}
	at(6.2, 3) // opened at 1.1: one probe of three is let through, and fails
	s.run(7)
	if s.stub.calls != 21 || s.group.Opened.Value() != 2 {
		t.Fatalf("%d reached the callee, opened %d times; want 21 and 2", s.stub.calls, s.group.Opened.Value())
	}
	s.stub.err = nil
	at(11.4, 1) // opened again at 6.3
	s.run(11.45)
	if s.call(); s.stub.calls != 22 {
		t.Fatalf("%d reached the callee while its probe was under way, want 22", s.stub.calls)
	}
	s.run(11.6)
	if at(11.7, 5); s.client.breaker.open || s.stub.calls != 27 {
		t.Errorf("open %v, %d reached the callee after a probe that went well, want 27", s.client.breaker.open, s.stub.calls)
	}
}

// Failures that lie further back than the window do not count.
func TestTheBreakersWindowRolls(t *testing.T) {
	s := newScene(TargetSpec{CircuitBreaker: hystrix()}, nil)
	s.stub.err = errBroken
	for range 19 {
		s.call()
	}
	s.run(12)
	for range 19 {
		s.call()
	}
	if s.run(13); s.client.breaker.open {
		t.Error("open after twice 19 failures in different windows")
	}
}

func TestABulkheadRefusesWhatIsTooMuch(t *testing.T) {
	n := 3
	s := newScene(TargetSpec{MaxConcurrent: &n}, nil)
	for range 5 {
		s.call()
	}
	s.run(1)
	if s.stub.calls != 3 || s.group.Full.Value() != 2 || s.answers[0] != ErrBulkheadFull {
		t.Errorf("%d reached the callee, %d refused; want 3 and 2", s.stub.calls, s.group.Full.Value())
	}
	if s.call(); s.stub.calls != 4 {
		t.Error("refused after the others had ended")
	}
}

func TestAnOptionalCallDoesNotFailTheWork(t *testing.T) {
	s := newScene(TargetSpec{}, func(p *PolicySpec, _ *Parts) { p.Optional = true })
	s.stub.err = errBroken
	s.call()
	s.run(1)
	if s.answers[0] != nil || s.group.GaveUp.Value() != 1 || s.group.PassedOver.Value() != 1 {
		t.Errorf("answered %v, want no error and one failure passed over", s.answers[0])
	}
}

// What misses, and what fails, goes on to what stands behind the cache.
func TestAMissIsAskedForBehindTheCache(t *testing.T) {
	for _, err := range []error{ErrMiss, errBroken} {
		s := newScene(TargetSpec{}, nil)
		s.stub.err = err
		other := newScene(TargetSpec{}, nil)
		other.eng, other.stub.eng = s.eng, s.eng
		other.stub.answered = sim.NewEvent(s.eng, "behind", func(i uint32) {
			other.stub.callers[i].Answered(other.stub.tokens[i], nil)
		})
		behind := NewGroup(s.eng, "behind", &PolicySpec{}, Parts{
			Rules: rules(), Draws: true, Service: random.Constant{Value: float64(sim.Second)},
		})
		s.client.behind = behind.NewClient(other.stub, nil)
		s.call()
		s.run(10)
		if len(s.answers) != 1 || s.answers[0] != nil || math.Abs(s.at[0]-1.2) > 1e-9 || other.stub.calls != 1 {
			t.Errorf("%v: answered %v at %v after %d calls behind, want at 1.2", err, s.answers, s.at, other.stub.calls)
		}
		if s.group.Latency.Max() < int64(sim.Second) {
			t.Error("the time behind the cache is not the call's")
		}
	}
}

// disturbance loses, fails or stretches everything.
type disturbance struct{ fails, loses, forgets bool }

func (d disturbance) Fails(*sim.Rand) bool                { return d.fails }
func (d disturbance) Loses(*sim.Rand) bool                { return d.loses }
func (d disturbance) LosesAnswer(*sim.Rand) bool          { return d.forgets }
func (d disturbance) Timeout() sim.Duration               { return sim.Minute }
func (d disturbance) Stretch(s sim.Duration) sim.Duration { return 3 * s }

func TestAFaultFailsLosesOrStretchesCalls(t *testing.T) {
	for _, c := range []struct {
		fault disturbance
		err   error
		at    float64
	}{
		{disturbance{fails: true}, ErrDisturbed, 0}, {disturbance{loses: true}, ErrTimeout, 60},
		{disturbance{forgets: true}, ErrTimeout, 60},
		{disturbance{}, nil, 3.1},
	} {
		s := newScene(TargetSpec{}, func(_ *PolicySpec, p *Parts) { p.Disturbance = c.fault })
		s.client.Call(s, 0, Request{Service: sim.Second})
		s.run(100)
		if len(s.answers) != 1 || s.answers[0] != c.err || math.Abs(s.at[0]-c.at) > 1e-9 {
			t.Errorf("%+v: answered %v at %v, want %v at %v", c.fault, s.answers, s.at, c.err, c.at)
		}
	}
}

// A process that is gone is answered nothing, and leaves nothing behind.
func TestAProcessThatIsGoneLeavesNothing(t *testing.T) {
	n, r := 2, retry(3, FullJitter)
	s := newScene(TargetSpec{MaxConcurrent: &n, Retry: &r, CircuitBreaker: hystrix()}, nil)
	s.call()
	s.stub.err = errBroken
	s.run(0.15) // the first has failed and backs off
	s.call()
	s.client.Reset()
	s.run(100)
	if len(s.answers) != 0 || s.client.active != 0 || s.client.open != 0 || s.group.UnderWay.Value() != 0 {
		t.Errorf("answered %v, %d active, %d open", s.answers, s.client.active, s.client.open)
	}
	if len(s.group.free) != len(s.group.calls) || s.stub.resets != 1 || s.stub.gaveUp != 1 {
		t.Errorf("%d of %d slots are free, %d resets, %d given up", len(s.group.free), len(s.group.calls), s.stub.resets,
			s.stub.gaveUp)
	}
}

// The process that takes the place of one that is gone begins anew with what stands behind its cache, too.
func TestANewProcessBeginsAnewBehindItsCache(t *testing.T) {
	s, back := newScene(TargetSpec{}, nil), newScene(TargetSpec{CircuitBreaker: hystrix()}, nil)
	s.client.behind = back.client
	back.client.breaker.trip(0)
	back.client.tokens = 0
	s.client.Close() // it goes on
	if !back.client.breaker.open {
		t.Error("a process that closes its connections forgets what it knows")
	}
	if s.client.Reset(); back.client.breaker.open || back.client.tokens != 500 {
		t.Errorf("begins with %d tokens, open breaker: %v", back.client.tokens, back.client.breaker.open)
	}
}

// Half of the round trip lies before the callee, half behind it.
func TestTheRoundTripIsPartOfTheCall(t *testing.T) {
	s := newScene(TargetSpec{}, func(_ *PolicySpec, p *Parts) {
		p.Latency = random.Constant{Value: float64(40 * sim.Millisecond)}
	})
	s.call()
	if s.run(0.019); s.stub.calls != 0 {
		t.Error("reached the callee before half of the round trip")
	}
	if s.run(1); len(s.at) != 1 || math.Abs(s.at[0]-0.14) > 1e-9 {
		t.Errorf("answered at %v, want 0.14", s.at)
	}
}
