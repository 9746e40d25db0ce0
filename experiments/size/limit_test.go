package size

import (
	"context"
	"math"
	"strings"
	"testing"

	"weir/experiments"
	"weir/results"
)

func limited(t testing.TB, d *experiments.Design, o LimitOptions) *results.LoadLimit {
	t.Helper()
	o.Progress = func(int) {}
	if o.Tolerance == 0 {
		o.Tolerance = 0.02
	}
	l, err := Limit(context.Background(), d, results.Build{}, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// worker takes 100 messages a second: M/D/1.
const worker = `
name: worker
profile: ideal
run: {duration: 300s, replications: 3}
producers: {p: {to: queues.q, arrivals: {poisson: 40/s}}}
queues: {q: {visibility_timeout: 1h}}
fleets: {f: {from: queues.q, receive: {max_messages: 1}, work: 10ms}}
`

// Without objectives the limit is the capacity; what piles up in an overload of twice the limit drains by what is
// spare.
func TestTheLimitIsTheCapacity(t *testing.T) {
	l := limited(t, design(t, worker), LimitOptions{})
	rate := float64(l.Factor) * 40
	if l.Verdict != results.LimitFound || l.Criterion != "stability" || rate < 98 || rate > 103 {
		t.Errorf("%s: %s, %v messages/s", l.Verdict, l.Headline(), rate)
	}
	if low, high := float64(l.Low)*40, float64(l.High)*40; low > 101 || low < 95 || high < 99 || high > 106 {
		t.Errorf("between %v and %v messages/s: the capacity is 100/s", low, high)
	}
	h := l.Hysteresis
	if h == nil || h.Never != 0 || h.OverloadSeconds != 25 {
		t.Fatalf("the overload: %+v", h)
	}
	drain := 25 * (2*rate - 100) / (100 - 0.8*rate)
	if math.Abs(h.RecoverySeconds.Value/drain-1) > 0.15 {
		t.Errorf("back after %v s, fluid flow says %v s", h.RecoverySeconds.Value, drain)
	}
	if len(l.Points) < 10 || len(l.Sweep().Paths()) != 1 {
		t.Errorf("%d points, paths %v", len(l.Points), l.Sweep().Paths())
	}
	for i := 1; i < len(l.Points); i++ {
		if *l.Points[i-1].Numbers[0] >= *l.Points[i].Numbers[0] {
			t.Error("the points are not by load")
		}
	}
}

// With an objective on the mean wait, the limit is where the formula of Pollaczek and Khinchine has it: 5 ms at a load
// of a half.
func TestTheLimitOfAnObjective(t *testing.T) {
	text := worker + "objectives: [{metric: wait.mean, of: producers.p -> fleets.f, below: 5ms}]\n"
	l := limited(t, design(t, text), LimitOptions{Tolerance: 0.03, Load: "producers.p.arrivals.poisson"})
	if rate := float64(l.Factor) * 40; math.Abs(rate-50) > 3 || l.Criterion != "objectives" || l.Hysteresis != nil {
		t.Errorf("%v messages/s: %s", rate, l.Headline())
	}
	if len(l.Breaks) != 1 || !strings.Contains(l.Breaks[0], "wait.mean") || !strings.HasPrefix(l.Value,
		"producers.p.arrivals.poisson = ") {
		t.Errorf("beyond it %q, %s", l.Breaks, l.Value)
	}
	tight := "objectives=[{metric: wait.mean, of: producers.p -> fleets.f, below: 1us}]"
	l = limited(t, design(t, text, tight), LimitOptions{})
	if l.Verdict != results.LimitNone {
		t.Errorf("a limit that nothing meets: %s", l.Headline())
	}
	l = limited(t, design(t, text, "objectives=[{metric: cost, below: 1000000}]", "run.duration=5s"),
		LimitOptions{Load: "queues.q.visibility_timeout"})
	if l.Verdict != results.LimitUnbounded || float64(l.Low) != factorMost {
		t.Errorf("a limit that nothing misses: %s", l.Headline())
	}
}

// stormy is a service whose clients give up after a second and try again, four times in all, without a token bucket:
// once it is late, nothing that it does is of use to anybody.
const stormy = `
name: stormy
run: {duration: 240s, replications: 3}
producers:
  p:
    to: functions.f
    arrivals: {poisson: 50/s}
    read_timeout: 1s
    connections: 100000
    retry: {mode: legacy, max_attempts: 4}
functions: {f: {memory: 1769MiB, timeout: 60s, work: 1ms, calls: [{to: databases.d, time: 10ms}]}}
databases: {d: {concurrency: 1, max_connections: 5000}}
override: {sdk.retry.quota.tokens: 1000000000}
`

func TestAStormOutlivesItsOverload(t *testing.T) {
	l := limited(t, design(t, stormy), LimitOptions{Tolerance: 0.1})
	h := l.Hysteresis
	if h == nil || !h.Metastable() || !strings.Contains(h.Text(), "metastable") || !(h.After.Low > 10*h.Steady.Value) {
		t.Errorf("%s: %v", l.Headline(), h)
	}
}

func TestBadLimitsAreRefused(t *testing.T) {
	for want, c := range map[string]struct {
		settings []string
		o        LimitOptions
	}{
		"cannot be scaled":              {[]string{"producers.p.arrivals={schedule: [1s]}"}, LimitOptions{}},
		"no number above 0 to scale":    {nil, LimitOptions{Load: "producers.p.arrivals.poison"}},
		"there is no number above 0":    {nil, LimitOptions{Load: "producers.p.to"}},
		"a tolerance of 0.9 is none":    {nil, LimitOptions{Tolerance: 0.9}},
		"weir limit has numbers of rep": {[]string{"run.precision=5%"}, LimitOptions{}},
		"a share from 0.1%":             {nil, LimitOptions{Tolerance: 1e-16}},
		"less than the 3 replications":  {nil, LimitOptions{ReplicationsMax: 2}},
		"nothing is sent within 1s": {
			[]string{"run.duration=1s", "producers.p.arrivals={constant: 1/m}", "producers.p.start=10s"}, LimitOptions{}},
	} {
		c.o.Progress = func(int) {}
		if c.o.Tolerance == 0 {
			c.o.Tolerance = 0.02
		}
		_, err := Limit(context.Background(), design(t, worker, c.settings...), results.Build{}, c.o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
	closed := design(t, worker, "producers.p.arrivals={closed: {clients: 5, think: 100ms}}", "run.duration=20s",
		"objectives=[{metric: latency.mean, of: producers.p -> fleets.f, below: 100ms}]")
	if l := limited(t, closed, LimitOptions{Tolerance: 0.2}); l.Verdict != results.LimitFound || l.Hysteresis != nil ||
		!strings.Contains(strings.Join(l.Notes, " "), "closed loop") {
		t.Errorf("a closed loop: %s, %q", l.Headline(), l.Notes)
	}
}

// What is not known of a design has no part in its load: the limit is the same, and is found by groups.
func TestTheLimitOfWhatIsUncertainIsFoundAtOnce(t *testing.T) {
	text := worker + "uncertainty: {queues.q.visibility_timeout: {from: 1h, to: 2h}}\n"
	d := design(t, text, "run.replications=4", "run.duration=100s")
	l := limited(t, d, LimitOptions{Tolerance: 0.1})
	if rate := float64(l.Factor) * 40; l.Verdict != results.LimitFound || rate < 90 || rate > 110 {
		t.Errorf("%s: %s, of 100 messages/s", l.Verdict, l.Headline())
	}
	if h := l.Hysteresis; h == nil || !(h.RecoverySeconds.Value > 1) {
		t.Errorf("the overload: %+v", l.Hysteresis)
	}
	o := LimitOptions{Load: "queues.q.visibility_timeout", Tolerance: 0.1, Progress: func(int) {}}
	if _, err := Limit(context.Background(), d, results.Build{}, o); err == nil ||
		!strings.Contains(err.Error(), "is uncertain: what is drawn") {
		t.Errorf("a load that is uncertain: error %v", err)
	}
}

// Who happens to be served as the run ends is not left over: work that comes at constant times has its limit where the
// worker is always busy, in short runs, too.
func TestWhatIsBeingServedAtTheEndIsServed(t *testing.T) {
	settings := []string{"producers.p.arrivals={constant: 10/s}", "fleets.f.instance={threads: 1}", "fleets.f.work=50ms",
		"run.duration=10s", "run.replications=2"}
	l := limited(t, design(t, worker, settings...), LimitOptions{})
	if k := float64(l.Factor); l.Verdict != results.LimitFound || k < 1.95 || k > 2.1 || float64(l.Low) > 2.1 ||
		float64(l.High) < 2 {
		t.Errorf("%s between %v and %v, of 2 ×: %s %q", l.Headline(), l.Low, l.High, l.Verdict, l.Notes)
	}
}

// Loads that are certainly on the wrong side leave no interval.
func TestAnIntervalIsWithdrawnWhereTheLoadsAreNotMonotone(t *testing.T) {
	l := &limiter{trier: &trier{}}
	doc := &results.LoadLimit{Verdict: results.LimitFound}
	l.bound(doc, 4, 1, 2, &results.SizedPoint{Status: "meets", Certain: true})
	if !doc.NotMonotone || len(l.notes) != 1 || !strings.Contains(doc.Certainty(), "nowhere for certain") {
		t.Errorf("%q, %q", doc.Certainty(), l.notes)
	}
}

// In batches the overload would be in one of them only: replications of their length show it.
func TestAnOverloadOfBatchesIsShownByReplications(t *testing.T) {
	settings := []string{"run.replications=1", "run.batches=6", "run.duration=1440s"}
	l := limited(t, design(t, stormy, settings...), LimitOptions{Tolerance: 0.3})
	if h := l.Hysteresis; h == nil || h.Replications != 6 || !h.Metastable() || h.OverloadSeconds != 20 ||
		!strings.Contains(strings.Join(l.Notes, " "), "6 replications of 4m") {
		t.Errorf("%+v, %q", h, l.Notes)
	}
}

// The decisions among which the confidence is parted are all that there may be.
func TestDecisionsOfALimit(t *testing.T) {
	for tolerance, want := range map[float64]int{0.001: 7 + 10 + 7 + 1, 0.02: 7 + 6 + 7 + 1, 0.5: 7 + 1 + 7 + 1} {
		if got := decisionsMost(tolerance); got != want {
			t.Errorf("%d loads are decided at a tolerance of %v, not %d", got, tolerance, want)
		}
	}
}

// The limit is of all that comes of what is sent, not of the first step alone: of two queues in a row the second bears
// 50 messages a second, and a topic's only copy likewise.
func TestTheLimitIsThatOfTheNarrowestStep(t *testing.T) {
	for name, text := range map[string]string{
		"two queues": `
producers: {p: {to: queues.a, arrivals: {poisson: 20/s}}}
queues: {a: {visibility_timeout: 1h}, b: {visibility_timeout: 1h}}
fleets:
  first: {from: queues.a, receive: {max_messages: 1}, instance: {threads: 10}, work: 10ms, then: queues.b}
  second: {from: queues.b, receive: {max_messages: 1}, work: 20ms}
`,
		"a topic": `
producers: {p: {to: topics.t, arrivals: {poisson: 20/s}}}
topics: {t: {subscriptions: [{to: queues.b}]}}
queues: {b: {visibility_timeout: 1h}}
fleets: {second: {from: queues.b, receive: {max_messages: 1}, work: 20ms}}
`,
	} {
		const head = "name: steps\nprofile: ideal\nrun: {duration: 100s, replications: 2}\n"
		l := limited(t, design(t, head+text), LimitOptions{})
		if rate := float64(l.Factor) * 20; l.Verdict != results.LimitFound || rate < 46 || rate > 54 {
			t.Errorf("%s: %s, %v messages/s, want 50", name, l.Verdict, rate)
		}
	}
}

// Latencies of what a full function takes look well at any load: the limit says what becomes of the rest.
func TestALimitSaysWhatNoObjectiveLooksAt(t *testing.T) {
	l := limited(t, design(t, `
name: full
profile: ideal
run: {duration: 60s, replications: 2}
producers: {p: {to: functions.f, arrivals: {poisson: 2/s}, retry: {mode: none}}}
functions: {f: {work: 1s, reserved_concurrency: 1, timeout: 60s}}
objectives: [{metric: latency.p99, of: producers.p -> functions.f, below: 6s}]
`), LimitOptions{})
	notes := strings.Join(l.Notes, " ")
	if l.Verdict != results.LimitUnbounded || !strings.Contains(notes, "which no objective looks at") {
		t.Errorf("%s, %q", l.Verdict, l.Notes)
	}
}
