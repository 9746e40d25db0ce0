package experiments

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"weir/results"
	"weir/results/report"
)

// near checks a figure of a component.
func near(t *testing.T, s *results.Summary, component, name string, want, within float64) {
	t.Helper()
	if got := figure(t, s, component, name); math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > within {
		t.Errorf("%s of %s is %v, want %v ± %v", name, component, got, want, within)
	}
}

const struckQueue = `
name: struck
profile: ideal
run: {duration: 2h, replications: 1}
producers:
  p: {to: queues.q, arrivals: {constant: 50/s}, size: 1KiB}
queues:
  q: {visibility_timeout: 1m}
fleets:
  w:
    {from: queues.q, instances: 2, instance: {threads: 5}, work: 100ms, receive: {max_messages: 1},
     calls: [{to: databases.d, time: 10ms}]}
databases: {d: {instance: db.m5.large}}
faults:
  x: `

// Fluid limit: what an outage of length T left behind, λ·T, is worked off by the spare capacity, µ − λ. Here ten
// threads do 1/0.11 s each, 90.9 a second, of which 50 are needed: 15,000 messages take 366.7 s.
func TestTheBacklogOfAnOutageDrainsBySpareCapacity(t *testing.T) {
	s, _ := played(t, struckQueue+"{of: databases.d, outage: {}, at: 30m, for: 5m}")
	const spare = 10/0.11 - 50
	near(t, s, "faults.x", "time_to_drain_s", 15_000/spare, 1)
	near(t, s, "faults.x", "backlog_before", 5.5, 0.6) // Little: 50/s × 0.11 s
	near(t, s, "faults.x", "backlog_at_end", 15_005, 6)
	near(t, s, "faults.x", "throughput_kept", 0, 0)
	near(t, s, "faults.x", "lasted_s", 300, 1e-9)
	for _, none := range []string{
		"lost", "rejected", "expired", "dead_lettered", "duplicates", "not_recovered", "metastable",
	} {
		near(t, s, "faults.x", none, 0, 0)
	}
	failed, wrong := figure(t, s, "fleets.w", "failed"), figure(t, s, "faults.x", "calls_gone_wrong")
	if failed != wrong || failed < 20_000 {
		t.Errorf("%v attempts failed, %v calls went wrong", failed, wrong)
	}
}

// Errors because of a fail-over are those of the callers: the fault has no count of its own, which is not 0.
func TestAFaultThatStrikesNoCallsCountsNone(t *testing.T) {
	s, _ := played(t, struckQueue+"{of: databases.d, database_failover: {}, at: 30m}")
	if failed := figure(t, s, "fleets.w", "failed"); failed < 1 {
		t.Errorf("%v attempts failed", failed)
	}
	near(t, s, "faults.x", "calls_gone_wrong", math.NaN(), 0)
	if o := s.Faults[0].Occurrences[0]; o.Wrong != nil {
		t.Errorf("%v calls went wrong, want none counted", *o.Wrong)
	}
	if row := s.FaultRow(&s.Faults[0]); row[slices.Index(results.FaultColumns, "calls gone wrong")] != "–" {
		t.Errorf("shown as %q", row)
	}
}

const lossy = `
name: lossy
profile: ideal
run: {duration: 4h, replications: 2}
producers:
  p: {to: queues.q, arrivals: %A, size: 1KiB, retry: {mode: legacy, max_attempts: %N}}
queues: {q: {visibility_timeout: 1m}}
fleets: {w: {from: queues.q, instance: {threads: 50}, work: 10ms, receive: {max_messages: 1}}}
override: {sdk.retry.legacy.base_delay: 0s, sdk.retry.quota.tokens: 1000000000}
faults: {x: {of: queues.q, packet_loss: %L, at: 0s, for: 4h}}
`

func loses(t *testing.T, arrivals, attempts, loss string) *results.Summary {
	t.Helper()
	s, _ := played(t, strings.NewReplacer("%A", arrivals, "%N", attempts, "%L", loss).Replace(lossy))
	return s
}

// A client that loses a share p of its requests and waits T for each answer that does not come takes, beside its
// thinking, T·p/(1−p) for each message: 1/(Z + T·p/(1−p)) a second.
func TestPacketLossCostsATimeoutForEachLostRequest(t *testing.T) {
	s := loses(t, "{closed: {clients: 1, think: 100ms}}", "100", "{requests: 20%, timeout: 1s}")
	want := 14400 / (0.1 + 0.2/0.8*1)
	if got := figure(t, s, "producers.p", "born"); math.Abs(got-want) > 0.01*want {
		t.Errorf("%v messages, want %.0f", got, want)
	}
	// The service never had what was lost. Of the fleet's deletes, all three attempts of p³ are lost: their messages come
	// again.
	near(t, s, "faults.x", "duplicates", 0.2*0.2*0.2*want, 0.1*0.2*0.2*0.2*want)
}

// A message whose answers are lost with chance p until one comes is accepted 1/(1−p) times: p/(1−p) duplicates.
func TestLostAnswersMakeDuplicates(t *testing.T) {
	s := loses(t, "{constant: 1/s}", "100", "{answers: 30%, timeout: 50ms}")
	sends := figure(t, s, "producers.p", "born")
	// The fleet's deletes are lost, too: what was deleted is gone, and needs no second delete to go.
	want := 0.3 / 0.7 * sends
	if got := figure(t, s, "faults.x", "duplicates"); math.Abs(got-want) > 0.03*want {
		t.Errorf("%v duplicates, want %.0f of %v messages", got, want, sends)
	}
	if rejected := figure(t, s, "producers.p", "rejected"); rejected != 0 {
		t.Errorf("%v messages were given up", rejected)
	}
	if got := s.Ledger.Processed.Value; math.Abs(got-(sends+want)) > 0.03*want {
		t.Errorf("%v processed, want each as often as it was accepted: %v", got, sends+want)
	}
}

// With three attempts and requests lost with chance p, a call makes 1 + p + p² attempts, and fails with chance p³.
func TestRetriesAmplifyTheLoad(t *testing.T) {
	s := loses(t, "{constant: 2/s}", "3", "{requests: 40%, timeout: 50ms}")
	const p = 0.4
	sends := figure(t, s, "producers.p", "born")
	retries := figure(t, s, "producers.p", "retries") / sends
	if math.Abs(retries-(p+p*p)) > 0.01 {
		t.Errorf("%v retries a call, want %v", retries, p+p*p)
	}
	if given := figure(t, s, "producers.p", "rejected") / sends; math.Abs(given-p*p*p) > 0.003 {
		t.Errorf("%v of the calls were given up, want %v", given, p*p*p)
	}
}

// Deduplication of a FIFO queue drops what is sent again because its answer was lost: none is processed twice.
func TestAFIFOQueueDropsWhatIsSentAgain(t *testing.T) {
	s, _ := played(t, `
name: fifo
profile: ideal
run: {duration: 30m, replications: 1}
producers:
  p: {to: queues.q.fifo, arrivals: {constant: 2/s}, key: {uniform: 50}, retry: {mode: legacy, max_attempts: 100}}
queues: {q.fifo: {visibility_timeout: 1m}}
fleets: {w: {from: queues.q.fifo, instance: {threads: 20}, work: 10ms}}
override: {sdk.retry.quota.tokens: 1000000000}
faults: {x: {of: queues.q.fifo, packet_loss: {answers: 30%, timeout: 100ms}, at: 0s, for: 25m}}
`)
	if s.Ledger.Deduplicated.Value < 1000 {
		t.Errorf("%v repeats were dropped, want about 1,286", s.Ledger.Deduplicated.Value)
	}
	if s.Ledger.Processed.Value > figure(t, s, "producers.p", "born") {
		t.Errorf("%v messages of %v were processed", s.Ledger.Processed.Value, figure(t, s, "producers.p", "born"))
	}
	near(t, s, "faults.x", "duplicates", 0, 0)
}

// A receive whose answer is lost leaves its messages in flight until their visibility timeout ends: they come again,
// and none is lost. A heartbeat or a delete that is lost does no more.
func TestMessagesOfALostReceiveComeAgain(t *testing.T) {
	s, _ := played(t, strings.Replace(struckQueue, "max_messages: 1}", "max_messages: 10, wait_time: 1s}", 1)+
		"{of: queues.q, packet_loss: {answers: 5%, timeout: 2s}, at: 10m, for: 1h}")
	if again := figure(t, s, "queues.q", "redelivered"); again < 5000 {
		t.Errorf("%v messages were delivered again", again)
	}
	born := figure(t, s, "producers.p", "born")
	if s.Ledger.Processed.Value < born-10 || s.Ledger.Rejected.Value > 60 { // 50/s × 1 h × p³ are given up
		t.Errorf("%v of %v messages were processed, %v rejected", s.Ledger.Processed.Value, born, s.Ledger.Rejected.Value)
	}
	near(t, s, "faults.x", "not_recovered", 0, 0)
}

// Each kind in a design: what shows of it.
func TestEachKindShows(t *testing.T) {
	for _, c := range []struct {
		fault, figure string
		low, high     float64
	}{
		{"{of: queues.q, outage: {}, at: 30m, for: 5m}", "rejected", 14_900, 15_000},
		{"{of: queues.q, outage: {answers: nothing, timeout: 1s}, at: 30m, for: 5m}", "rejected", 14_500, 15_000},
		{"{of: databases.d, brown_out: {errors: 20%}, at: 30m, for: 30m}", "calls_gone_wrong", 22_000, 23_000}, // 0.25 × 90,000
		{"{of: databases.d, brown_out: {latency: 20}, at: 30m, for: 10m}", "backlog_at_end", 9_500, 10_500},    // 10/0.3 s of 50/s
		{"{of: fleets.w, instance_crash: {share: 50%}, at: 30m}", "lasted_s", 30, 30.37},                       // its recovery, and a look in 0.36 s
		{"{of: fleets.w, zone_loss: {zone: 0}, at: 30m, for: 10m}", "backlog_at_end", 2_600, 2_900},            // 4.545/s too few for 600 s
		{"{of: producers.p, poison: {share: 10%}, at: 1h, for: 1m}", "backlog_at_end", 300, 380},
		{"{of: fleets.w, bad_deploy: {errors: 100%}, at: 30m, for: 1m}", "throughput_kept", 0, 0.01},
		{"{of: fleets.w, bad_deploy: {duration: 10}, at: 30m, for: 10m}", "backlog_at_end", 23_500, 24_500}, // 9.9 of 50/s
		// A group is worked on by one thread, 9.1/s of the 25/s that have the key: of 1,500, give or take 3.3 times 27, 954
		// are left, and take 105 s.
		{"{of: producers.p, hot_key: {share: 50%}, at: 30m, for: 1m}", "backlog_at_end", 865, 1_045},
		{"{of: producers.p, hot_key: {share: 50%}, at: 30m, for: 1m}", "time_to_drain_s", 95, 115},
		// 2 h by 86.4 s between two and 1 s of each are 82, give or take 3.3 times 9.
		{"{of: databases.d, outage: {}, rate: 1000/d, for: {exponential: 1s}}", "occurrences", 52, 112},
	} {
		text := strings.Replace(struckQueue, "instances: 2,", "instances: 2, failures: {recovery: 30s},", 1)
		if strings.Contains(c.fault, "hot_key") {
			text = strings.NewReplacer("queues.q", "queues.q.fifo", "  q: {v", "  q.fifo: {v", "size: 1KiB",
				"size: 1KiB, key: {uniform: 1000}").Replace(struckQueue)
		}
		s, _ := played(t, text+c.fault)
		if got := figure(t, s, "faults.x", c.figure); !(got >= c.low && got <= c.high) {
			t.Errorf("%s: %s is %v, want %v to %v", c.fault, c.figure, got, c.low, c.high)
		}
	}
}

// A function, its key and its stream: quota, environments, and what the service refuses.
func TestFaultsOfFunctionsKeysAndStreams(t *testing.T) {
	const text = `
name: functions
profile: aws-2026
run: {duration: 30m, replications: 1}
keys: {k: {}}
queues: {q: {visibility_timeout: 5m, kms_key: keys.k, data_key_reuse_period: 1m}, dead: {}}
streams: {s: {shards: 2}}
functions:
  f: {work: 200ms, event_sources: [{from: queues.q, batch_size: 1}]}
  g: {work: 100ms}
  h: {work: 2ms, event_sources: [{from: streams.s}]}
gateways: {w: {type: rest_api, to: functions.g, rate_limit: 40/s}}
producers:
  p: {to: queues.q, arrivals: {constant: 20/s}}
  r: {to: gateways.w, arrivals: {constant: 20/s}, retry: {mode: none}}
  t: {to: streams.s, arrivals: {constant: 200/s}, key: {uniform: 1000}, batch: {size: 10, linger: 100ms}}
faults:
  x: `
	for _, c := range []struct {
		fault, component, figure string
		low, high                float64
	}{
		{"{of: functions.f, throttled_quota: {share: 0.1%}, at: 10m, for: 5m}", "faults.x", "backlog_at_end", 4_500, 4_750},
		// 10/s of 20/s for 300 s, less a quarter of the burst of 5,000.
		{"{of: gateways.w, throttled_quota: {share: 25%}, at: 10m, for: 5m}", "faults.x", "rejected", 1_700, 1_800},
		{"{of: streams.s, throttled_quota: {share: 2%}, at: 10m, for: 5m}", "faults.x", "throughput_kept", 0.105, 0.108},
		// The one record of a call that a shard takes counts as 2 KiB, with its key: 10.24/s of 20.97 kB/s, which of two
		// shards are 0.1024 of 200/s. Beside them, 10 of each one's burst, and some 190 on their way, of 60,000.
		{"{of: keys.k, outage: {}, at: 10m, for: 5m}", "faults.x", "rejected", 4_500, 6_000},
		{"{of: functions.g, outage: {}, at: 10m, for: 5m}", "faults.x", "rejected", 5_900, 6_010},
		{"{of: functions.f, outage: {}, at: 10m, for: 5m}", "faults.x", "backlog_at_end", 5_900, 6_100},
		{"{of: functions.g, bad_deploy: {errors: 50%}, at: 10m, for: 5m}", "faults.x", "rejected", 2_800, 3_200},
		{"{of: streams.s, outage: {}, at: 10m, for: 1m}", "faults.x", "throughput_kept", 0, 0.1},
		{"{of: streams.s, packet_loss: {answers: 20%, timeout: 500ms}, at: 10m, for: 5m}", "faults.x", "duplicates", 13_600, 16_400},
		// Of 60,000 records, by tens, each comes 0.2 + 0.2² + … = 0.25 times more, give or take 3.3 times 430.
	} {
		s, _ := played(t, text+c.fault)
		if got := figure(t, s, c.component, c.figure); !(got >= c.low && got <= c.high) {
			t.Errorf("%s: %s of %s is %v, want %v to %v", c.fault, c.figure, c.component, got, c.low, c.high)
		}
	}
	before, _ := played(t, text+"{of: functions.g, bad_deploy: {duration: 1.001}, at: 10m, for: 1s}")
	after, _ := played(t, text+"{of: functions.g, environment_loss: {}, rate: 1000/d}")
	if a, b := figure(t, before, "functions.g", "cold_starts"), figure(t, after, "functions.g", "cold_starts"); b < a+10 {
		t.Errorf("%v cold starts where environments are lost, %v without", b, a)
	}
}

// Of a group with weights, a crash is over when the capacity is there that is wanted, in its units: of 16, 4 crash, and
// 8 are wanted before others could take their place.
func TestACrashInAGroupWithWeightsIsOver(t *testing.T) {
	s, _ := played(t, `
name: weights
profile: aws-2026
run: {duration: 1h, replications: 1}
producers: {p: {to: queues.q, arrivals: {constant: 5/s}}}
queues: {q: {receive_wait_time: 20s}}
fleets:
  w:
    from: queues.q
    work: 10ms
    scaling:
      {min: 4, max: 20, desired: 16, launch_time: 1m, mixed: [{type: m5.large, weight: 4}],
       scheduled: [{at: 30m10s, desired: 8}]}
faults: {x: {of: fleets.w, instance_crash: {instances: 1}, at: 30m}}
`)
	near(t, s, "faults.x", "occurrences", 1, 0)
	near(t, s, "faults.x", "lasted_s", 10, 10) // it is looked at now and then
}

// KMS counts calls by the account that makes them: a fault of a key takes quota from those that use it, and from no
// other. In one account it strikes all keys.
func TestAKeysQuotaIsThatOfTheAccountsThatUseIt(t *testing.T) {
	const text = `
name: accounts
run: {duration: 10m, replications: 1}
keys: {a: {}, b: {account: "222233334444"}, c: {}}
queues:
  a: {kms_key: keys.a, data_key_reuse_period: 1m}
  b: {kms_key: keys.b, data_key_reuse_period: 1m, account: "222233334444"}
  c: {kms_key: keys.c, data_key_reuse_period: 1m}
producers:
  a: {to: queues.a, arrivals: {constant: 10/s}}
  b: {to: queues.b, arrivals: {constant: 10/s}, account: "222233334444"}
  c: {to: queues.c, arrivals: {constant: 10/s}}
faults: {x: {of: keys.a, throttled_quota: {share: 0.0001%}, at: 3m, for: 5m}}
`
	s, _ := played(t, text)
	for key, refused := range map[string]bool{"keys.a": true, "keys.b": false, "keys.c": true} {
		if n := figure(t, s, key, "throttled_calls"); (n > 100) != refused || (n > 0) != refused {
			t.Errorf("%v calls of %s were refused", n, key)
		}
	}
}

// A brown-out that makes clients give up and ask again, each time with new work for a database that works on what
// nobody waits for: the state stays when the fault is over. A token bucket for retries lets it go.
func TestARetryStormIsMetastableWithoutATokenBucket(t *testing.T) {
	const storm = `
name: storm
profile: aws-2026
run: {duration: 1h, replications: 1}
producers:
  p: {to: functions.api, arrivals: {poisson: 80/s}, read_timeout: 1s, connections: 5000, retry: %R}
functions: {api: {memory: 1769MiB, timeout: 30s, work: 5ms, calls: [{to: databases.db, time: 10ms}]}}
databases: {db: {concurrency: 1, max_connections: 5000}}
override: {sdk.retry.quota.tokens: %T}
faults: {slow: {of: databases.db, brown_out: {latency: 5}, at: 15m, for: 2m}}
`
	run := func(retry, tokens string) *results.Summary {
		s, _ := played(t, strings.NewReplacer("%R", retry, "%T", tokens).Replace(storm))
		return s
	}
	s := run("{mode: legacy, max_attempts: 4}", "1000000000")
	stuck := s.Faults[0].Occurrences[0].Metastable
	if stuck == nil {
		t.Fatal("the storm was not named metastable")
	}
	// All four attempts time out: three of four are retries.
	if stuck.Goodput > 0.05 || math.Abs(stuck.Retries-0.75) > 0.02 || stuck.Since != 17*60 {
		t.Errorf("goodput %v, retries %v since %v s; want about 0, 0.75 and 1020 s", stuck.Goodput, stuck.Retries, stuck.Since)
	}
	if text := s.Faults[0].Stuck(); !strings.HasPrefix(text, "metastable: ") {
		t.Error(text)
	}
	s = run("{mode: standard, max_attempts: 4}", "500")
	near(t, s, "faults.slow", "metastable", 0, 0)
	near(t, s, "faults.slow", "not_recovered", 0, 0)
}

// An alarm begins a fault, ends one, and tells how long it took to notice.
func TestAlarmsBeginEndAndDetectFaults(t *testing.T) {
	s, _ := played(t, strings.Replace(struckQueue, "profile: ideal", "profile: aws-2026", 1)+`
    {of: fleets.w, bad_deploy: {duration: 6}, at: 30m, until: alarms.backlog}
  y: {of: fleets.w, instance_crash: {share: 100%}, when: alarms.backlog}
alarms:
  backlog:
    {of: queues.q, metric: ApproximateNumberOfMessagesVisible, statistic: Maximum, period: 1m, threshold: 500,
     comparison_operator: GreaterThanThreshold, evaluation_periods: 1}
`)
	detected := figure(t, s, "faults.x", "time_to_detect_s")
	near(t, s, "faults.x", "lasted_s", detected, 1e-6)
	near(t, s, "faults.y", "occurrences", 1, 0)
	near(t, s, "faults.y", "time_to_detect_s", 0, 0)
	if detected < 60 || detected > 300 {
		t.Errorf("the alarm fired %v s after the fault", detected)
	}
	if first := s.Faults[1].Occurrences[0].Begun; math.Abs(first-1800-detected) > 1e-6 {
		t.Errorf("the alarm's fault began at %v s, the alarm fired %v s after 1800", first, detected)
	}
}

// Gaps from the end of one to the begin of the next: with rate r and length L, a run of T has T/(1/r + L) of them.
func TestRandomFaultsComeAtTheirRate(t *testing.T) {
	s, _ := played(t, strings.Replace(struckQueue, "replications: 1", "replications: 40", 1)+
		"{of: fleets.w, bad_deploy: {duration: 1.5}, rate: 10/h, for: {exponential: 2m}}")
	e := s.Components["faults.x"].Metrics["occurrences"]
	if want := 7200.0 / (360 + 120); e.Low > want || e.High < want-0.5 || e.HalfWidth() > 2 {
		t.Errorf("%v (%v to %v) occurrences, want %v", e.Value, e.Low, e.High, want)
	}
	near(t, s, "faults.x", "lasted_s", 120, 15)
}

// What the scenario says wrong of faults is told with its place.
func TestFaultsThatCannotBeAreRefused(t *testing.T) {
	for _, c := range []struct{ fault, want string }{
		{"{of: queues.q, at: 1m, for: 1m}", "faults.x: needs one kind"},
		{"{of: queues.q, outage: {}, poison: {share: 1%}, at: 1m, for: 1m}", "it has 2"},
		{"{of: queues.q, outage: {}, at: 1m}", "faults.x.for: is missing"},
		{"{of: queues.q, outage: {}, for: 1m}", "needs one of at, rate and when"},
		{"{of: queues.q, outage: {}, at: 1m, rate: 1/d, for: 1m}", "needs one of at, rate and when"},
		{"{of: queues.q, outage: {}, rate: 0, for: 1m}", "faults.x.rate: must be above 0"},
		{"{of: queues.nowhere, outage: {}, at: 1m, for: 1m}", "there is no queues.nowhere"},
		{"{of: fleets.w, outage: {}, at: 1m, for: 1m}", "nobody calls fleets.w"},
		{"{of: queues.q, brown_out: {}, at: 1m, for: 1m}", "brown_out: does nothing"},
		{"{of: queues.q, packet_loss: {timeout: 1s}, at: 1m, for: 1m}", "packet_loss: loses nothing"},
		{"{of: queues.q, packet_loss: {answers: 1%}, at: 1m, for: 1m}", "packet_loss.timeout: is missing"},
		{"{of: queues.q, outage: {answers: nothing}, at: 1m, for: 1m}", "outage.timeout: is missing"},
		{"{of: queues.q, throttled_quota: {share: 10%}, at: 1m, for: 1m}", "queues.q has no quota"},
		{"{of: queues.q, instance_crash: {instances: 1}, at: 1m}", "queues.q has no instances"},
		{"{of: fleets.w, instance_crash: {}, at: 1m}", "instance_crash: needs one of instances and share"},
		{"{of: fleets.w, instance_crash: {instances: 1}, at: 1m, for: 1m}", "happens at one instant"},
		{"{of: fleets.w, zone_loss: {zone: 5}, at: 1m, for: 1m}", "zone_loss.zone: fleets.w is in"},
		{"{of: fleets.w, spot_interruption: {instances: 1}, at: 1m}", "has no spot instances"},
		{"{of: fleets.w, poison: {share: 1%}, at: 1m}", "produces no messages"},
		{"{of: queues.q, bad_deploy: {errors: 1%}, at: 1m}", "does no work that is deployed"},
		{"{of: fleets.w, bad_deploy: {}, at: 1m}", "bad_deploy: does nothing"},
		{"{of: producers.p, poison: {share: 1%}, rate: 1/d}", "must end"},
		{"{of: fleets.w, environment_loss: {}, at: 1m}", "has no execution environments"},
		{"{of: faults.x, outage: {}, at: 1m, for: 1m}", "nobody calls faults.x"},
		{"{of: queues.q, outage: {}, when: alarms.a, for: 1m}", "there is no alarms.a"},
	} {
		_, err := New("test.yaml", []byte(struckQueue+c.fault), nil, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, not %q", c.fault, err, c.want)
		}
	}
}

// A fault that began before the window of observation is not measured, and one in it is not disturbed by its begin.
func TestFaultsOfTheWarmUpAreNotMeasured(t *testing.T) {
	s, _ := played(t, strings.Replace(struckQueue, "duration: 2h,", "duration: 90m, warmup: 30m,", 1)+
		"{of: databases.d, outage: {}, at: 28m, for: 4m}\n  y: {of: databases.d, outage: {}, at: 1h, for: 1m}")
	near(t, s, "faults.x", "occurrences", 0, 0)
	near(t, s, "faults.x", "time_to_drain_s", math.NaN(), 0)
	near(t, s, "faults.y", "occurrences", 1, 0)
	near(t, s, "faults.y", "time_to_drain_s", 3000/(10/0.11-50), 1)
	if got := s.Faults[1].Occurrences[0].Begun; got != 1800 {
		t.Errorf("it began %v s after the start of the observation, want 1800", got)
	}
}

// The report tells of faults in text, Markdown and JSON.
func TestFaultsAreTold(t *testing.T) {
	s, d := played(t, struckQueue+"{of: databases.d, outage: {}, at: 30m, for: 5m}")
	var text, markdown bytes.Buffer
	if err := s.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteMarkdown(&markdown, s, d.Diagram()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"faults.x  outage of databases.d", "6.11 min", "throughput kept on producers.p -> fleets.w: 0.0 %",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not have %q:\n%s", want, text.String())
		}
	}
	for _, want := range []string{"## Faults", "| x | 1 | 5 min | 6.11 min |", "faults_x -. strikes .-> databases_d"} {
		if !strings.Contains(markdown.String(), want) {
			t.Errorf("the Markdown does not have %q", want)
		}
	}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back results.Summary
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	o := back.Faults[0].Occurrences[0]
	if o.Begun != 1800 || *o.Ended != 2100 || o.Detected != nil || math.Abs(*o.TimeToDrain-366.7) > 1 {
		t.Errorf("the JSON says %+v", o)
	}
}

// A database that fails over is down until it accepts connections again, and the fault lasts as long. A table whose
// capacity is taken away serves what is left: 10 % of 1,000 units are 100 writes a second of 500.
func TestFailOversLastUntilTheDatabaseIsBackAndTablesHaveTheRestOfTheirCapacity(t *testing.T) {
	text := strings.Replace(struckQueue, "{instance: db.m5.large}", "{instance: db.m5.large, fail_over_time: 90s}", 1)
	s, _ := played(t, text+"{of: databases.d, database_failover: {}, at: 30m}")
	near(t, s, "faults.x", "lasted_s", 90, 0.5)
	near(t, s, "faults.x", "backlog_at_end", 90*50, 60)
	near(t, s, "databases.d", "fail_overs", 1, 0)
	s, _ = played(t, `
name: table
profile: aws-2026
run: {duration: 30m, replications: 1}
producers: {p: {to: tables.t, arrivals: {constant: 500/s}, size: 500B, key: {uniform: 1000}, retry: {mode: none}}}
tables: {t: {capacity: {mode: provisioned, write_units: 1000}, partitions: 4}}
faults: {x: {of: tables.t, throttled_quota: {share: 10%}, at: 10m, for: 10m}}
`)
	// The burst of unused capacity, 300 s of what is left, goes first.
	near(t, s, "faults.x", "rejected", 400*600-300*100, 2000)
}

// A brown-out slows the way to what is called, too: to a cache, whose answers take no time of their own.
func TestABrownOutSlowsCallsDown(t *testing.T) {
	mean := func(fault string) float64 {
		s, _ := played(t, `
name: cache
profile: aws-2026
override: {elasticache.latency: 1ms}
run: {duration: 10m, replications: 1}
producers: {p: {to: queues.q, arrivals: {constant: 5/s}}}
queues: {q: {}}
caches: {c: {}}
fleets: {w: {from: queues.q, instance: {threads: 10}, work: 1ms, calls: [{to: caches.c}]}}
faults: {x: {of: caches.c, `+fault+`, at: 0s, for: 10m}}
`)
		return s.Paths["producers.p -> fleets.w"].Causes["mean"]["downstream"].Value
	}
	one, thirty := mean("brown_out: {latency: 1.0000001}"), mean("brown_out: {latency: 30}")
	if ratio := thirty / one; ratio < 29 || ratio > 31 {
		t.Errorf("a call takes %v s and %v s in a brown-out of 30", one, thirty)
	}
}

// A brown-out slows what the callee takes by itself, too, as it does the time that a call says: a request of 20 ms
// takes 200 ms in a brown-out of ten, and so does a command of a cache.
func TestABrownOutSlowsWhatTheCalleeTakesByItself(t *testing.T) {
	for call, design := range map[string]string{
		"{to: services.v}":             "services: {v: {time: 20ms}}",
		"{to: services.v, time: 20ms}": "services: {v: {}}",
		"{to: caches.v}":               "caches: {v: {command_time: 20ms}}",
	} {
		mean := func(fault string) float64 {
			section, _, _ := strings.Cut(design, ":")
			s, _ := played(t, `
name: own time
profile: aws-2026
override: {sdk.http.latency: 0s, elasticache.latency: 0s}
run: {duration: 10m, replications: 1}
producers: {p: {to: queues.q, arrivals: {constant: 1/s}}}
queues: {q: {}}
`+design+`
fleets: {w: {from: queues.q, instance: {threads: 10}, work: 1ms, calls: [`+call+`]}}
faults: {x: {of: `+section+`.v, `+fault+`, at: 0s, for: 10m}}
`)
			return s.Paths["producers.p -> fleets.w"].Causes["mean"]["downstream"].Value
		}
		one, ten := mean("brown_out: {latency: 1.0000001}"), mean("brown_out: {latency: 10}")
		if math.Abs(one/0.020-1) > 0.01 || math.Abs(ten/0.200-1) > 0.01 {
			t.Errorf("%s of %s takes %v s, and %v s in a brown-out of 10, want 0.02 and 0.2", call, design, one, ten)
		}
	}
}

// A storm of retries that the calls of a fleet's work keep up: whoever polls beside them makes many more attempts, none
// of them a retry. The verdict names who retries, with its own share: all five attempts of a call time out.
func TestARetryStormOfCallsNamesWhoRetries(t *testing.T) {
	s, _ := played(t, `
name: storm of calls
run: {duration: 10m, replications: 1}
producers: {p: {to: queues.q, arrivals: {poisson: 80/s}}}
queues: {q: {receive_wait_time: 20s}}
fleets:
  w:
    from: queues.q
    instances: 4
    instance: {threads: 200}
    work: 1ms
    calls:
      - {to: databases.db, time: 10ms, timeout: 500ms, retry: {max_attempts: 5, token_bucket: false}}
databases: {db: {concurrency: 1, max_connections: 5000}}
faults: {slow: {of: databases.db, brown_out: {latency: 5}, at: 2m, for: 1m}}
`)
	stuck := s.Faults[0].Occurrences[0].Metastable
	if stuck == nil {
		t.Fatal("the storm was not named metastable")
	}
	if stuck.RetriedBy != "fleets.w/databases.db" || math.Abs(stuck.RetriedShare-0.8) > 0.1 {
		t.Errorf("%v of the attempts of %q were retries, want about 0.8 of those of the fleet's calls", stuck.RetriedShare,
			stuck.RetriedBy)
	}
	if want := " of the attempts of fleets.w/databases.db were retries"; !strings.Contains(s.Faults[0].Stuck(), want) {
		t.Error(s.Faults[0].Stuck())
	}
}

// An outage of two minutes leaves 6,000 messages, which the spare capacity of 40.9 a second works off in 147 s: a
// longer fault beside it that slows nothing down sees its backlog go 267 s after its begin, and has none to drain at
// its end. What is measured of the time before while the design recovers from the outage is said to be.
func TestABacklogThatIsGoneWhenTheFaultEndsIsTold(t *testing.T) {
	s, _ := played(t, struckQueue+`{of: databases.d, outage: {}, at: 30m, for: 2m}
  y: {of: databases.d, brown_out: {latency: 1.001}, at: 30m, for: 20m}
  z: {of: databases.d, brown_out: {latency: 1.001}, at: 33m, for: 1m}
  late: {of: databases.d, brown_out: {latency: 1.001}, at: 100m, for: 1m}
`)
	const spare = 10/0.11 - 50
	near(t, s, "faults.y", "time_to_drain_s", 0, 0)
	near(t, s, "faults.y", "recovered_during", 1, 0)
	near(t, s, "faults.y", "time_to_clear_s", 120+6000/spare, 2)
	near(t, s, "faults.x", "recovered_during", 0, 0)
	near(t, s, "faults.x", "time_to_clear_s", 120+6000/spare, 2)
	var text bytes.Buffer
	if err := s.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"recovered during it, 4.4", "no backlog", "before 1 of 1 times of faults.z: the throughput kept is",
		"It is no availability",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("not told: %s", want)
		}
	}
	if note := s.Faults[0].BesideNote(); note != "" {
		t.Error(note)
	}
	for _, row := range s.ComponentRows() {
		if strings.HasPrefix(row.Name, "faults.") {
			t.Errorf("%s has an empty row among the components", row.Name)
		}
	}
}
