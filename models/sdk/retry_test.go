package sdk

import (
	"math"
	"testing"

	"weir/models/aws"
	"weir/models/spec"
	"weir/sim"
)

var (
	serverFault = &aws.Error{Code: "InternalError", Retryable: true}
	throttle    = &aws.Error{Code: "Throttling", Retryable: true, Throttle: true}
	mistake     = &aws.Error{Code: "InvalidParameterValue"}
)

// rules are constants of the modes that cannot be taken for one another.
var rules = RetryRules{
	LegacyAttempts: 4, LegacyBase: spec.Duration(100 * sim.Millisecond),
	LegacyThrottleBase: spec.Duration(500 * sim.Millisecond), StandardAttempts: 3, StandardBase: spec.Duration(sim.Second),
	MaxDelay: spec.Duration(3 * sim.Second), Quota: 50, QuotaCost: 5, QuotaRefund: 1,
}

func newRetry(mode RetryMode, attempts int) *Retry {
	s := RetrySpec{Mode: mode}
	if attempts > 0 {
		s.MaxAttempts = &attempts
	}
	return NewRetry(s, &rules, sim.NewRand(1, 0, "retry"))
}

// AWS SDKs and Tools Reference Guide, "Retry behavior": min(base · 2^i, max) · random; after throttling, legacy mode of
// the Java SDK draws from the upper half.
func TestTheDelayIsUniformUpToABoundThatDoublesToACap(t *testing.T) {
	const n = 20000
	for _, c := range []struct {
		mode      RetryMode
		attempt   int
		err       *aws.Error
		low, high float64 // seconds
	}{
		{RetryStandard, 1, serverFault, 0, 1},
		{RetryStandard, 2, serverFault, 0, 2},
		{RetryStandard, 3, serverFault, 0, 3},
		{RetryStandard, 60, throttle, 0, 3},
		{RetryAdaptive, 2, serverFault, 0, 2},
		{RetryLegacy, 1, serverFault, 0, 0.1},
		{RetryLegacy, 3, serverFault, 0, 0.4},
		{RetryLegacy, 1, throttle, 0.25, 0.5},
		{RetryLegacy, 3, throttle, 1, 2},
		{RetryLegacy, 9, throttle, 1.5, 3},
	} {
		r := newRetry(c.mode, 100)
		sum, least, most := 0.0, math.Inf(1), 0.0
		for range n {
			r.tokens = rules.Quota
			delay, again := r.Answered(0, c.attempt, c.err)
			if !again {
				t.Fatalf("%s, attempt %d: not tried again", c.mode, c.attempt)
			}
			s := delay.Seconds()
			sum, least, most = sum+s, min(least, s), max(most, s)
		}
		width := c.high - c.low
		if half := 3.29 * width / math.Sqrt(12*n); math.Abs(sum/n-(c.low+c.high)/2) > half {
			t.Errorf("%s, attempt %d, %v: mean %.4f s, want %.4f ± %.4f s", c.mode, c.attempt, c.err, sum/n,
				(c.low+c.high)/2, half)
		}
		if least < c.low || least > c.low+width/1000 || most > c.high || most < c.high-width/1000 {
			t.Errorf("%s, attempt %d, %v: from %.4f to %.4f s, want %g to %g s", c.mode, c.attempt, c.err, least, most,
				c.low, c.high)
		}
	}
}

func TestEveryModeHasItsNumberOfAttempts(t *testing.T) {
	for _, c := range []struct {
		mode           RetryMode
		attempts, want int
	}{
		{RetryNone, 0, 1}, {RetryNone, 7, 1}, {RetryLegacy, 0, 4}, {RetryStandard, 0, 3}, {RetryAdaptive, 0, 3},
		{RetryLegacy, 7, 7}, {RetryStandard, 1, 1}, {RetryAdaptive, 9, 9},
	} {
		r := newRetry(c.mode, c.attempts)
		attempts := 1
		for {
			if _, again := r.Answered(0, attempts, serverFault); !again {
				break
			}
			attempts++
		}
		if attempts != c.want {
			t.Errorf("%s with max_attempts %d makes %d attempts, want %d", c.mode, c.attempts, attempts, c.want)
		}
	}
}

func TestWhatIsTheCallersMistakeIsNotTriedAgain(t *testing.T) {
	for _, mode := range []RetryMode{RetryNone, RetryLegacy, RetryStandard, RetryAdaptive} {
		if _, again := newRetry(mode, 0).Answered(0, 1, mistake); again {
			t.Errorf("%s tries %s again", mode, mistake)
		}
	}
}

// With a quota of 50, ten retries at 5 each may be under way. A success gives back what its retry cost, or 1.
func TestTheQuotaEmptiesAndRefills(t *testing.T) {
	r := newRetry(RetryStandard, 0)
	retries := func(err *aws.Error) (n int) {
		for {
			if _, again := r.Answered(0, 1, err); !again {
				return n
			}
			n++
		}
	}
	want := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d retries, want %d", what, got, want)
		}
	}
	want("a full quota", retries(serverFault), 10)
	want("an empty quota", retries(throttle), 0)
	r.Answered(0, 2, nil)
	want("after a success at the second attempt", retries(serverFault), 1)
	for range 4 {
		r.Answered(0, 1, nil)
	}
	want("after four successes at the first", retries(serverFault), 0)
	r.Answered(0, 1, nil)
	want("after the fifth", retries(serverFault), 1)
	for range 1000 {
		r.Answered(0, 1, nil)
	}
	want("after a thousand", retries(serverFault), 10)
}

func TestLegacyModeTriesThrottledCallsAgainForNothing(t *testing.T) {
	r := newRetry(RetryLegacy, 0)
	for range 11 {
		r.Answered(0, 1, serverFault)
	}
	if _, again := r.Answered(0, 1, serverFault); again {
		t.Error("a serverFault was tried again without quota")
	}
	if _, again := r.Answered(0, 1, throttle); !again {
		t.Error("a throttled call was not tried again")
	}
}

// trial makes calls one after another, at a rate that the service bears or at the most its client lets it, and returns
// the calls per second of each second. From the instant calm on, nothing is throttled.
func throttledClient(bears float64, offered sim.Duration, calm sim.Time, seconds int) []int {
	r := newRetry(RetryAdaptive, 0)
	counts := make([]int, seconds)
	var now, next sim.Time
	served := 0.0
	for now < sim.Time(seconds)*sim.Time(sim.Second) {
		if wait := r.Permit(now); wait > 0 {
			now = now.Add(wait)
			continue
		}
		counts[now/sim.Time(sim.Second)]++
		served = max(served-bears*now.Sub(next).Seconds(), 0)
		next = now
		var err *aws.Error
		if served++; served > 5 && now < calm {
			err, served = throttle, served-1
		}
		r.Answered(now, 1, err)
		now = now.Add(offered)
	}
	return counts
}

func TestAdaptiveModeSlowsDownWhenThrottledAndRecovers(t *testing.T) {
	if free := throttledClient(1e9, 10*sim.Millisecond, 0, 5); free[4] != 100 {
		t.Errorf("never throttled, the client makes %d calls in a second, want 100", free[4])
	}
	counts := throttledClient(20, 10*sim.Millisecond, sim.Time(60*sim.Second), 100)
	mean := 0.0
	for _, n := range counts[20:60] {
		mean += float64(n) / 40
	}
	if mean < 15 || mean > 30 {
		t.Errorf("against a service that bears 20 calls/s the client makes %.1f, want 15 to 30: %v", mean, counts)
	}
	if counts[99] != 100 {
		t.Errorf("40 s after the last throttle the client makes %d calls in a second, want 100: %v", counts[99], counts)
	}
}

func TestOnlyAdaptiveModeHoldsCallsBack(t *testing.T) {
	for _, mode := range []RetryMode{RetryNone, RetryLegacy, RetryStandard, RetryAdaptive} {
		r := newRetry(mode, 0)
		var held bool
		for ms := range 2000 {
			now := sim.Time(ms) * sim.Time(sim.Millisecond)
			held = held || r.Permit(now) > 0
			r.Answered(now, 1, throttle)
		}
		if held != (mode == RetryAdaptive) {
			t.Errorf("%s held a call back: %v", mode, held)
		}
	}
}
