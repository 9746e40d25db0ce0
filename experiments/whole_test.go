package experiments

import (
	"context"
	"math"
	"testing"

	"weir/models/message"
	"weir/results"
	"weir/sim/measure"
	"weir/sim/queueing"
)

// pathOf returns a path of a trial, or nil.
func pathOf(o *results.Outcome, name string) *message.Path {
	for _, p := range o.Paths {
		if p.Name() == name {
			return p
		}
	}
	return nil
}

// figureAt returns a figure of a component in a trial.
func figureAt(o *results.Outcome, component, name string) float64 {
	for _, c := range o.Components {
		for _, f := range c.Figures {
			if c.Name == component && f.Name == name {
				return f.Value
			}
		}
	}
	return math.NaN()
}

// closeTo checks that the 99.9 % interval of a value over replications holds what is wanted, and is within 3 % of it.
func closeTo(t *testing.T, e *results.Ensemble, what string, want float64, value func(*results.Outcome) float64) {
	t.Helper()
	var values []float64
	for _, o := range e.Outcomes {
		values = append(values, value(o))
	}
	got := measure.EstimateAt(0.999, values)
	t.Logf("%s: %.6g ± %.2g %%, closed form %.6g", what, got.Value, 100*got.RelativeHalfWidth(), want)
	if !(got.Low <= want && want <= got.High) || !(got.HalfWidth() <= 0.03*want) {
		t.Errorf("%s is %.6g to %.6g, the closed form %.6g", what, got.Low, got.High, want)
	}
}

func meanOf(path string) func(*results.Outcome) float64 {
	return func(o *results.Outcome) float64 { return pathOf(o, path).Latency.Mean() / 1e9 }
}

func run(t *testing.T, text string, settings ...string) *results.Ensemble {
	t.Helper()
	e, err := designOf(t, text, settings...).Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range e.Outcomes {
		if o.Truncated != "" {
			t.Fatal(o.Truncated)
		}
	}
	return e
}

// Cobham 1954, non-preemptive priorities: with W0 = Σ λE[S²]/2, the first class waits W0/(1−ρ1) and the second one
// W0/((1−ρ1)(1−ρ)).
func TestTwoQueuesInStrictOrderAreCobhamsPriorities(t *testing.T) {
	t.Parallel()
	const text = `
name: two classes
profile: ideal
run: {duration: 60000s, warmup: 500s, replications: 16, seed: 77}
queues:
  high: {visibility_timeout: 30d, retention: 300d}
  low: {visibility_timeout: 30d, retention: 300d}
producers:
  a: {to: queues.high, arrivals: {poisson: 3/s}}
  b: {to: queues.low, arrivals: {poisson: 5/s}}
fleets:
  f: {from: [queues.high, queues.low], receive: {max_messages: 1}, work: {exponential: 100ms}}
`
	e := run(t, text)
	const w0 = 8 * 0.1 * 0.1
	closeTo(t, e, "wait of the first class", w0/0.7, func(o *results.Outcome) float64 {
		return pathOf(o, "producers.a -> fleets.f").Wait.Mean() / 1e9
	})
	closeTo(t, e, "wait of the second class", w0/0.7/0.2, func(o *results.Outcome) float64 {
		return pathOf(o, "producers.b -> fleets.f").Wait.Mean() / 1e9
	})
}

// With weights of 3 and 1 and a backlog in both queues, three of four messages come from the first.
func TestWeightsShareACrowdedFleetBetweenItsQueues(t *testing.T) {
	const text = `
name: weights
run: {duration: 20m, warmup: 1m, replications: 1, seed: 3}
queues: {high: {receive_wait_time: 1s}, low: {receive_wait_time: 1s}}
producers:
  a: {to: queues.high, arrivals: {poisson: 30/s}}
  b: {to: queues.low, arrivals: {poisson: 30/s}}
fleets:
  f: {from: [{queue: queues.high, weight: 3}, {queue: queues.low, weight: 1}], instance: {threads: 2},
      receive: {max_messages: 1}, work: 90ms}
`
	o := run(t, text).Outcomes[0]
	a := float64(pathOf(o, "producers.a -> fleets.f").Latency.Count())
	b := float64(pathOf(o, "producers.b -> fleets.f").Latency.Count())
	if share := a / (a + b); math.Abs(share-0.75) > 0.02 {
		t.Errorf("%.3f of the messages are of the first queue, want 0.75", share)
	}
}

// A thread that finds the first queue empty asks the second in a call of its own: both are billed. While that call
// waits, messages of the first queue wait, too, and that is a wait for a poll. (A short poll of the first one may miss
// its message, which then waits for another round: here it asks all servers.)
func TestALongPollOfTheSecondQueueKeepsTheFirstWaiting(t *testing.T) {
	const text = `
name: trap
override: {sqs.short_poll_share: 100%}
run: {duration: 1h, replications: 1, seed: 3}
queues: {high: {}, low: {receive_wait_time: 20s}}
producers: {a: {to: queues.high, arrivals: {poisson: 0.02/s}}}
fleets: {f: {from: [queues.high, queues.low], work: 10ms}}
`
	o := run(t, text).Outcomes[0]
	p := pathOf(o, "producers.a -> fleets.f")
	if mean := p.Latency.Mean() / 1e9; mean < 7 || mean > 14 { // half of 20 s, and calls
		t.Errorf("a message of the first queue is late by %.2f s, want some 10 s", mean)
	}
	causes, _ := p.Causes.Mean()
	if causes[message.Poll] < 0.9*p.Latency.Mean() {
		t.Errorf("%.2f s of %.2f s wait for a poll", causes[message.Poll]/1e9, p.Latency.Mean()/1e9)
	}
	for _, queue := range []string{"queues.high", "queues.low"} {
		if n := figureAt(o, queue, "empty_receives"); n < 150 || n > 185 { // an hour of 20 s each, less what was found
			t.Errorf("%s was asked in vain %.0f times, want some 180", queue, n)
		}
	}
}

// Jackson 1957: in a feedback queue the messages in the system are those of M/M/1 at the total rate λ/(1−p), and by
// Little's law each stays ρ/(1−ρ)/λ. Half of the work is sent back here, a geometric number of times.
func TestAFeedbackQueueHasItsClosedForm(t *testing.T) {
	t.Parallel()
	const text = `
name: feedback
profile: ideal
run: {duration: 60000s, warmup: 500s, replications: 16, seed: 77}
producers: {p: {to: queues.q, arrivals: {poisson: 4/s}}}
queues: {q: {visibility_timeout: 30d, retention: 300d}, done: {retention: 300d}}
fleets:
  f: {from: queues.q, receive: {max_messages: 1}, work: {exponential: 100ms}, then_to: one,
    then: [{to: queues.q, share: 50%}, {to: queues.done}]}
  sink: {from: queues.done, instance: {threads: 100}}
`
	e := run(t, text)
	closeTo(t, e, "stay", 0.8/0.2/4, meanOf("producers.p -> fleets.sink"))
	closeTo(t, e, "passes", 2, func(o *results.Outcome) float64 {
		return float64(pathOf(o, "producers.p -> fleets.f").Latency.Count()) /
			float64(pathOf(o, "producers.p -> fleets.sink").Latency.Count())
	})
}

// A message is sent back three times at most: with a constant load of four passes each, M/M/1 at four times the rate
// has the utilisation, and every message ends.
func TestRoundsEndALoop(t *testing.T) {
	const text = `
name: rounds
profile: ideal
run: {duration: 2000s, replications: 1, seed: 7}
producers: {p: {to: queues.q, arrivals: {constant: 2/s}}}
queues: {q: {visibility_timeout: 30d, retention: 300d}, done: {retention: 300d}}
fleets:
  f: {from: queues.q, receive: {max_messages: 1}, work: 10ms, then_to: one,
    then: [{to: queues.q, share: 100%, rounds: 3}, {to: queues.done}]}
  sink: {from: queues.done, instance: {threads: 10}}
`
	o := run(t, text).Outcomes[0]
	passes := pathOf(o, "producers.p -> fleets.f").Latency.Count()
	ended := pathOf(o, "producers.p -> fleets.sink").Latency.Count()
	if ended < 3990 || passes < 4*ended || passes > 4*ended+4 {
		t.Errorf("%d messages ended after %d passes, want four each", ended, passes)
	}
	if n := figureAt(o, "fleets.f", "rounds_used_up"); math.Abs(n-float64(ended)) > 1 {
		t.Errorf("%v ways back were closed of %d", n, ended)
	}
}

// Case A45 of the validation (Jackson 1957): a message's way through three stages is late by the sum of their response
// times.
func TestAWayOverThreeStagesIsJacksons(t *testing.T) {
	t.Parallel()
	const text = `
name: tandem
profile: ideal
run: {duration: 25000s, warmup: 500s, replications: 16, seed: 77}
producers: {p: {to: queues.one, arrivals: {poisson: 8/s}}}
queues: {one: {visibility_timeout: 30d}, two: {visibility_timeout: 30d}, three: {visibility_timeout: 30d}}
fleets:
  one: {from: queues.one, receive: {max_messages: 1}, work: {exponential: 100ms}, then: {to: queues.two}}
  two: {from: queues.two, instance: {threads: 2}, receive: {max_messages: 1}, work: {exponential: 166666667ns},
    then: [queues.three]}
  three: {from: queues.three, instance: {threads: 100}, receive: {max_messages: 1}, work: {exponential: 500ms}}
`
	second := known(queueing.NewMMc(8, 1.0/6, 2))
	closeTo(t, run(t, text), "way", 0.5+second.ResponseMean()+0.5, meanOf("producers.p -> fleets.three"))
}

// A message that is split into four and worked on by four threads is joined when the last part is done: the mean of the
// greatest of four exponentials is (1 + 1/2 + 1/3 + 1/4) of one.
func TestPartsOfAMessageAreJoinedByTheLast(t *testing.T) {
	t.Parallel()
	const text = `
name: fork and join
profile: ideal
run: {duration: 20000s, warmup: 100s, replications: 16, seed: 77}
producers: {p: {to: queues.whole, arrivals: {poisson: 2/s}}}
queues: {whole: {visibility_timeout: 30d}, parts: {visibility_timeout: 30d}, done: {}}
fleets:
  split: {from: queues.whole, instance: {threads: 10}, then: {to: queues.parts, messages: 4}}
  part: {from: queues.parts, instance: {threads: 400}, receive: {max_messages: 1}, work: {exponential: 1s},
    then: {to: queues.done, join: {messages: 4}}}
  sink: {from: queues.done, instance: {threads: 10}}
`
	e := run(t, text)
	closeTo(t, e, "the last of four", 1+1.0/2+1.0/3+1.0/4, meanOf("producers.p -> fleets.sink"))
	closeTo(t, e, "joined", 2, func(o *results.Outcome) float64 {
		return float64(pathOf(o, "producers.p -> fleets.sink").Latency.Count()) / o.Window().Seconds()
	})
}

// A step of a saga that fails sends what undoes the step before, and its message does not come back.
func TestAFailedStepOfASagaIsMadeGood(t *testing.T) {
	const text = `
name: saga
run: {duration: 20m, replications: 1, seed: 5}
producers: {p: {to: queues.book, arrivals: {poisson: 20/s}}}
queues: {book: {}, pay: {}, undo: {}}
fleets:
  booking: {from: queues.book, instance: {threads: 8}, work: 5ms, then: queues.pay}
  paying: {from: queues.pay, instance: {threads: 8}, work: 5ms, failures: {error: 10%}, on_failure_to: queues.undo}
  undoing: {from: queues.undo, instance: {threads: 2}, work: 5ms}
`
	o := run(t, text).Outcomes[0]
	paid := float64(pathOf(o, "producers.p -> fleets.paying").Latency.Count())
	undone := float64(pathOf(o, "producers.p -> fleets.undoing").Latency.Count())
	if share := undone / (paid + undone); math.Abs(share-0.1) > 0.006 {
		t.Errorf("%.4f of the messages were made good, want 0.1", share)
	}
	if got := figureAt(o, "fleets.paying", "compensated"); math.Abs(got-undone) > 3 {
		t.Errorf("%v were sent to be made good, %v were", got, undone)
	}
	if n := figureAt(o, "queues.pay", "redelivered"); n != 0 {
		t.Errorf("%v messages came back, though they were made good", n)
	}
	for _, a := range o.Ledger {
		if a.Sender == "fleets.booking" && math.Abs(float64(a.Ended[message.Failed])-undone) > 3 {
			t.Errorf("the ledger has %d failed of %v", a.Ended[message.Failed], undone)
		}
	}
}

// "If a function is invoked by the same triggering event more than 16 times, Lambda will stop the next invocation" (AWS
// What's New, July 2023).
func TestLambdaStopsALoopAfterSixteenInvocations(t *testing.T) {
	const text = `
name: loop
run: {duration: 10m, replications: 1, seed: 5}
producers: {p: {to: queues.q, arrivals: {schedule: [1s]}}}
queues: {q: {}}
functions: {f: {event_sources: [{from: queues.q}], work: 5ms, then: queues.q}}
`
	o := run(t, text).Outcomes[0]
	if n := pathOf(o, "producers.p -> functions.f").Latency.Count(); n != 16 {
		t.Errorf("the function worked %d times, want 16", n)
	}
	if n := figureAt(o, "functions.f", "recursive_invocations_dropped"); n != 1 {
		t.Errorf("%v loops were stopped, want 1", n)
	}
	o = run(t, text, "functions.f.recursive_loop=allow").Outcomes[0]
	if n := pathOf(o, "producers.p -> functions.f").Latency.Count(); n < 100 {
		t.Errorf("a loop that is allowed went round %d times", n)
	}
}

// One of ten messages fails for good here and is delivered three times: each message takes 1 + 0.1·2 attempts.
func TestAmplificationCountsTheAttemptsAtEachMessage(t *testing.T) {
	const text = `
name: amplified
run: {duration: 30m, warmup: 2m, replications: 1, seed: 5}
producers: {p: {to: queues.q, arrivals: {poisson: 50/s}, poison: 10%}}
queues: {q: {visibility_timeout: 1s, redrive: {to: queues.dead, max_receive_count: 3}}, dead: {}}
fleets: {f: {from: queues.q, instance: {threads: 16}, work: 5ms}}
`
	o := run(t, text).Outcomes[0]
	p := pathOf(o, "producers.p -> fleets.f")
	got := float64(p.Attempts.Value()) / float64(p.Wait.Count())
	if math.Abs(got-1.2) > 0.005 {
		t.Errorf("%.4f attempts at each message, want 1.2", got)
	}
	if whole := figureAt(o, "fleets.f", "amplification"); math.Abs(whole-got) > 1e-9 {
		t.Errorf("the fleet has %v attempts at each message, its only path %v", whole, got)
	}
}

// Two functions ask for three times the account's concurrency: both are refused, and what each has is told. A rate of
// KMS calls, of API requests and a database's connections are shared in the same way.
func TestWhoTakesWhatOfASharedAccountIsTold(t *testing.T) {
	const text = `
name: shared
run: {duration: 5m, warmup: 1m, replications: 1, seed: 5}
override: {lambda.concurrent_executions: 20, lambda.unreserved_min: 0, kms.request_rate: 2/s, kms.request_burst: 1s,
  gateway.rate_limit: 50/s, gateway.burst_limit: 10}
producers:
  shop: {to: functions.shop, arrivals: {poisson: 100/s}, connections: 10000, retry: {max_attempts: 1}}
  batch: {to: functions.batch, arrivals: {poisson: 200/s}, connections: 10000, retry: {max_attempts: 1}}
  one: {to: queues.one, arrivals: {poisson: 5/s}}
  two: {to: queues.two, arrivals: {poisson: 5/s}}
  a: {to: gateways.a, arrivals: {poisson: 80/s}, connections: 10000, retry: {max_attempts: 1}}
  b: {to: gateways.b, arrivals: {poisson: 20/s}, connections: 10000, retry: {max_attempts: 1}}
keys: {k: {}}
queues: {one: {kms_key: keys.k, data_key_reuse_period: 60s}, two: {kms_key: keys.k, data_key_reuse_period: 60s},
  first: {}, second: {}}
gateways: {a: {type: rest_api, to: functions.own}, b: {type: http_api, to: functions.own}}
functions:
  shop: {work: 100ms, memory: 1769MiB}
  batch: {work: 200ms, memory: 1769MiB}
  own: {work: 1ms, memory: 1769MiB, reserved_concurrency: 10}
`
	d := designOf(t, text)
	e, err := d.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := d.Summarise(e, results.Build{}, 0)
	used, refused, users := map[string]float64{}, map[string]float64{}, map[string]int{}
	for _, a := range s.Account {
		used[a.Quota] += a.Used.Value
		refused[a.User] = a.Refused.Value
		users[a.Quota]++
	}
	if n := used["lambda concurrency"]; n < 9 || n > 10 { // 20 less the 10 reserved
		t.Errorf("the functions have %.2f of 10 executions", n)
	}
	if n := used["api gateway requests"]; n < 48 || n > 51 {
		t.Errorf("the gateways pass %.2f requests a second of 50", n)
	}
	for _, user := range []string{"functions.shop", "functions.batch", "gateways.a", "gateways.b"} {
		if refused[user] < 100 {
			t.Errorf("%s was refused %v times: the account is used up", user, refused[user])
		}
	}
	if users["lambda concurrency"] != 2 || users["kms calls"] != 2 || users["api gateway requests"] != 2 {
		t.Errorf("users of the quotas: %v", users)
	}
	if share := refused["gateways.a"] / refused["gateways.b"]; math.Abs(share-4) > 0.6 { // as they ask
		t.Errorf("the first gateway is refused %.2f times as often", share)
	}
}

// Two fleets share the connections of one database: together they never hold more than it allows, and both fail.
func TestFleetsShareTheConnectionsOfADatabase(t *testing.T) {
	const text = `
name: connections
run: {duration: 5m, warmup: 1m, replications: 1, seed: 5}
producers: {a: {to: queues.a, arrivals: {poisson: 100/s}}, b: {to: queues.b, arrivals: {poisson: 100/s}}}
queues: {a: {visibility_timeout: 1s}, b: {visibility_timeout: 1s}}
databases: {d: {max_connections: 12}}
fleets:
  a: {from: queues.a, instance: {threads: 10}, work: 1ms, calls: [{to: databases.d, time: 50ms}]}
  b: {from: queues.b, instance: {threads: 10}, work: 1ms, calls: [{to: databases.d, time: 50ms}]}
`
	o := run(t, text).Outcomes[0]
	if n := figureAt(o, "databases.d", "connections_max"); n != 12 {
		t.Errorf("%v connections, want 12", n)
	}
	a, b := figureAt(o, "fleets.a", "failed"), figureAt(o, "fleets.b", "failed")
	refused := figureAt(o, "databases.d", "too_many_connections")
	if a+b < refused-2 || a+b > refused+2 || refused < 100 {
		t.Errorf("%v and %v attempts failed for want of %v connections", a, b, refused)
	}
}
