package sdk

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"weir/models/aws"
	"weir/sim"
	"weir/sim/random"
)

// roundTrip is a latency that is always the same.
func roundTrip(eng *sim.Engine, d sim.Duration) random.Duration {
	constant, err := random.NewConstant(float64(d))
	if err != nil {
		panic(err)
	}
	return random.NewDuration(constant, eng.Rand("latency"))
}

// owner notes what its client does; answers are given to its calls in turn, nil ones when they are used up.
type owner struct {
	eng     *sim.Engine
	client  *Client
	answers []error
	log     []string
}

func newOwner(connections int64, faultShare float64, mode RetryMode, answers ...error) *owner {
	eng := sim.NewEngine(1, 0)
	o := &owner{eng: eng, answers: answers}
	o.client = NewClient(eng, "c", o, roundTrip(eng, sim.Second), connections, faultShare,
		NewRetry(RetrySpec{Mode: mode}, &rules, eng.Rand("retry")))
	return o
}

func (o *owner) note(format string, args ...any) {
	o.log = append(o.log, fmt.Sprintf("%v ", o.eng.Now())+fmt.Sprintf(format, args...))
}

func (o *owner) Serve(c Call) error {
	o.note("serve %d", c)
	if len(o.answers) == 0 {
		return nil
	}
	err := o.answers[0]
	o.answers = o.answers[1:]
	return err
}

func (o *owner) Attempt(c Call)         { o.note("attempt %d", c) }
func (o *owner) BackOff(c Call)         { o.note("back off %d", c) }
func (o *owner) Done(c Call, err error) { o.note("done %d %v", c, err) }

func (o *owner) run() { o.eng.Run(sim.Time(sim.Hour), 1<<20) }

func (o *owner) want(t *testing.T, log ...string) {
	t.Helper()
	if !slices.Equal(o.log, log) {
		t.Errorf("the log is\n%q, want\n%q", o.log, log)
	}
}

func (o *owner) counts(t *testing.T, calls, attempts, retries, gaveUp uint64) {
	t.Helper()
	c := o.client
	got := [4]uint64{c.Calls.Value(), c.Attempts.Value(), c.Retries.Value(), c.GaveUp.Value()}
	if want := [4]uint64{calls, attempts, retries, gaveUp}; got != want || c.Busy.Value() != 0 || c.Waiting() != 0 {
		t.Errorf("calls, attempts, retries and calls given up are %v, want %v; %d busy and %d waiting, want none", got, want,
			c.Busy.Value(), c.Waiting())
	}
}

func TestCallsWaitForAConnectionInTheirOrder(t *testing.T) {
	o := newOwner(2, 0, RetryStandard)
	for c := range Call(4) {
		o.client.Do(c)
	}
	if o.client.Busy.Value() != 2 || o.client.Waiting() != 2 {
		t.Errorf("%d calls busy and %d waiting, want 2 and 2", o.client.Busy.Value(), o.client.Waiting())
	}
	o.run()
	o.want(t, "0s attempt 0", "0s attempt 1", "500ms serve 0", "500ms serve 1",
		"1s attempt 2", "1s done 0 <nil>", "1s attempt 3", "1s done 1 <nil>",
		"1.5s serve 2", "1.5s serve 3", "2s done 2 <nil>", "2s done 3 <nil>")
	o.counts(t, 4, 4, 0, 0)
}

func TestACallThatBacksOffGivesItsConnectionAway(t *testing.T) {
	o := newOwner(1, 0, RetryStandard, serverFault)
	o.client.Do(0)
	o.client.Do(1)
	o.eng.Run(sim.Time(sim.Second), 1<<20)
	o.want(t, "0s attempt 0", "500ms serve 0", "1s back off 0", "1s attempt 1")
	o.run()
	if last := o.log[len(o.log)-2]; last != "2.5s serve 0" { // backed off for less than 1 s, then waited for call 1
		t.Errorf("the second attempt arrived at %q, want 2.5s serve 0", last)
	}
	o.counts(t, 2, 3, 1, 0)
}

func TestACallIsGivenUpWithTheErrorOfItsLastAttempt(t *testing.T) {
	o := newOwner(0, 0, RetryStandard, serverFault, throttle, throttle)
	o.client.Do(0)
	o.run()
	if last := o.log[len(o.log)-1]; !strings.HasSuffix(last, " done 0 Throttling") {
		t.Errorf("the call ended with %q, want Throttling", last)
	}
	o.counts(t, 1, 3, 2, 1)
}

func TestWithoutRetriesACallIsGivenUpAtItsFirstError(t *testing.T) {
	for _, c := range []struct {
		mode RetryMode
		err  error
	}{{RetryNone, serverFault}, {RetryStandard, mistake}, {RetryStandard, fmt.Errorf("not one of AWS's")}} {
		o := newOwner(0, 0, c.mode, c.err)
		o.client.Do(0)
		o.run()
		o.want(t, "0s attempt 0", "500ms serve 0", "1s done 0 "+c.err.Error())
		o.counts(t, 1, 1, 0, 1)
	}
}

func TestAFaultyAttemptDoesNotReachTheService(t *testing.T) {
	o := newOwner(0, 1, RetryNone)
	o.client.Do(0)
	o.run()
	o.want(t, "0s attempt 0", "1s done 0 InternalError")

	o = newOwner(0, 0.1, RetryNone)
	const n = 20000
	for c := range Call(n) {
		o.client.Do(c)
	}
	o.run()
	share := float64(o.client.GaveUp.Value()) / n
	if share < 0.1-0.007 || share > 0.1+0.007 { // 3.29 standard errors
		t.Errorf("%.4f of the attempts were faulty, want 0.1", share)
	}
}

func TestEachProcessOfAClientHasItsOwnQuota(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	o := &owner{eng: eng}
	few := rules
	few.Quota = 5
	retry := func() *Retry { return NewRetry(RetrySpec{Mode: RetryStandard}, &few, eng.Rand("retry")) }
	o.client = NewClient(eng, "c", o, roundTrip(eng, sim.Second), 0, 0, retry(), retry())
	o.answers = []error{serverFault, serverFault, serverFault}
	o.client.DoFor(0, 0) // takes the quota of process 0
	o.client.DoFor(1, 0) // finds none
	o.client.DoFor(2, 1)
	o.run()
	o.counts(t, 3, 5, 2, 1)
}

func TestAdaptiveModeHoldsNoConnectionWhileItWaits(t *testing.T) {
	answers := make([]error, 40)
	for i := range answers {
		answers[i] = &aws.Error{Code: "Throttling", Retryable: true, Throttle: true}
	}
	o := newOwner(3, 0, RetryAdaptive, answers...)
	for c := range Call(50) {
		o.client.Do(c)
	}
	o.run()
	if n := o.client.Calls.Value(); n != 50 || o.client.Attempts.Value() < 60 {
		t.Errorf("%d calls took %d attempts", n, o.client.Attempts.Value())
	}
	done := 0
	for _, line := range o.log {
		if strings.Contains(line, " done ") {
			done++
		}
	}
	if done != 50 || o.client.Busy.Value() != 0 || o.client.Waiting() != 0 || o.client.Busy.Max() != 3 {
		t.Errorf("%d calls done, want 50; %d busy (at most %d), %d waiting", done, o.client.Busy.Value(),
			o.client.Busy.Max(), o.client.Waiting())
	}
}
