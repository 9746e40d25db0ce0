package size

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"weir/experiments"
	"weir/results"
	"weir/sim/queueing"
)

func design(t testing.TB, text string, settings ...string) *experiments.Design {
	t.Helper()
	d, err := experiments.New("scenario.yaml", []byte(text), settings, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func sized(t testing.TB, d *experiments.Design, o Options) *results.Sizing {
	t.Helper()
	o.Progress = func(int) {}
	s, err := Size(context.Background(), d, results.Build{}, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// staffed is a fleet of single threads without any latency of calls: M/M/c with an offered load of 4.
const staffed = `
name: staffed
profile: ideal
run: {duration: 300s, warmup: 20s, replications: 5}
producers: {p: {to: queues.q, arrivals: {poisson: 40/s}}}
queues: {q: {}}
fleets: {f: {from: queues.q, receive: {max_messages: 1}, work: {exponential: 100ms}}}
objectives: [{metric: wait.%s, of: producers.p -> fleets.f, below: %gms}]
`

// The number of servers is the one that Erlang's formula gives: for limits that lie between the waits of two numbers.
func TestSizeAgreesWithErlangC(t *testing.T) {
	for _, c := range []struct {
		metric string
		want   int
		wait   func(queueing.MMc) float64
	}{
		{"mean", 5, queueing.MMc.WaitMean},
		{"p90", 6, func(q queueing.MMc) float64 { return q.WaitQuantile(0.9) }},
	} {
		at := func(servers int) float64 {
			q, err := queueing.NewMMc(40, 0.1, servers)
			if err != nil {
				return 2 // overloaded: nothing is in the formula
			}
			return c.wait(q)
		}
		limit := math.Sqrt(at(c.want)*at(c.want-1)) * 1000
		s := sized(t, design(t, fmt.Sprintf(staffed, c.metric, limit)), Options{Vary: []string{"fleets.f.instances=1..20"}})
		got := s.Point(s.Choice).Settings[0]
		if got != fmt.Sprint(c.want) || s.Verdict != results.SizingCertain || s.Method.Search != "bisection" {
			t.Errorf("wait.%s below %.3g ms: %s, %s by %s; Erlang C says %d", c.metric, limit, got, s.Verdict, s.Method.Search,
				c.want)
		}
		if len(s.Others) != 2 || !strings.Contains(s.Others[0].Why, "misses wait.") ||
			!strings.Contains(s.Others[1].Why, "is larger") || !(s.Others[1].CostDifference.Value > 0) {
			t.Errorf("what comes next: %+v", s.Others)
		}
	}
}

// A shard takes 1,000 records a second: 3,500 of them need four.
func TestSizeFindsTheShardsOfALoad(t *testing.T) {
	d := design(t, `
name: shards
run: {duration: 10s, warmup: 10s, replications: 3}
producers: {p: {to: streams.s, arrivals: {constant: 3500/s}, size: 100B, key: {uniform: 100000}}}
streams: {s: {shards: 1}}
objectives: [{metric: write_provisioned_throughput_exceeded, of: streams.s, below: 350}]
`)
	s := sized(t, d, Options{Vary: []string{"streams.s.shards=1..20"}})
	if got := s.Point(s.Choice).Settings[0]; got != "4" || s.Verdict != results.SizingCertain {
		t.Errorf("%s shards, %s", got, s.Verdict)
	}
}

// small is a design that is quick to run.
const small = `
name: small
run: {duration: 20s, replications: 4}
producers: {p: {to: queues.q, arrivals: {poisson: 100/s}}}
queues: {q: {receive_wait_time: 20s}}
fleets: {f: {from: queues.q, instance: {threads: 1}, work: {exponential: 20ms}}}
objectives:
  - {metric: latency.p99, of: producers.p -> fleets.f, below: 400ms}
`

// Of several settings, the answer is the cheapest point of the grid that meets the objectives, as running all with many
// replications finds it.
func TestSeveralSettingsAreRankedByCost(t *testing.T) {
	vary := []string{"fleets.f.instances=1..6", "fleets.f.instance.threads=1,2"}
	s := sized(t, design(t, small), Options{Vary: vary})
	if s.By != ByCost || s.Method.Search != "ranking" || len(s.Points) != 12 {
		t.Fatalf("by %s, %s of %d points", s.By, s.Method.Search, len(s.Points))
	}
	cheapest, at := math.Inf(1), -1
	all := sized(t, design(t, small, "run.replications=24"), Options{Vary: vary, ReplicationsMax: 24})
	for i := range all.Points {
		cost := all.Sweep().Figure(i, cost).Value
		if all.Points[i].Status == "meets" && cost < cheapest {
			cheapest, at = cost, i
		}
	}
	if s.Choice != at {
		t.Errorf("the answer is %s, the cheapest that meets all is %s", s.Name(s.Choice), all.Name(at))
	}
	more := 0
	for _, p := range s.Points {
		if p.Replications > 4 {
			more++
		}
	}
	if more == 0 || more > 8 {
		t.Errorf("%d of 12 points got more replications", more)
	}
	byCost := sized(t, design(t, small), Options{Vary: []string{"fleets.f.instances=1..6"}, By: ByCost})
	bySize := sized(t, design(t, small), Options{Vary: []string{"fleets.f.instances=1..6"}})
	if a, b := byCost.Point(byCost.Choice), bySize.Point(bySize.Choice); a.Settings[0] != b.Settings[0] {
		t.Errorf("the cheapest has %s instances, the smallest %s", a.Settings[0], b.Settings[0])
	}
}

// Where an objective gets worse with size, all points are tried, and it is said.
func TestAResponseThatIsNotMonotoneIsTriedWhole(t *testing.T) {
	text := small + "  - {metric: cost, below: 600}\n"
	s := sized(t, design(t, text), Options{Vary: []string{"fleets.f.instances=1..12"}})
	if s.Method.Search != "ranking" || len(s.Points) != 12 || s.Verdict == results.SizingInfeasible ||
		!strings.Contains(s.Notes[0], "not monotone") {
		t.Errorf("%s by %s over %d points: %q", s.Verdict, s.Method.Search, len(s.Points), s.Notes)
	}
}

func TestWhatCannotBeMetIsSaid(t *testing.T) {
	s := sized(t, design(t, small), Options{Vary: []string{"fleets.f.instances=1"}})
	if s.Verdict != results.SizingInfeasible || !strings.Contains(s.Headline(), "misses latency.p99") {
		t.Errorf("%s: %s", s.Verdict, s.Headline())
	}
	tight := strings.Replace(small, "400ms", "1ms", 1)
	s = sized(t, design(t, tight), Options{Vary: []string{"fleets.f.instances=1..30"}})
	if s.Verdict != results.SizingInfeasible || s.Method.Search != "bisection" || len(s.Points) != 4 {
		t.Errorf("%s by %s over %d points: %s", s.Verdict, s.Method.Search, len(s.Points), s.Headline())
	}
	// Limits in which the design trembles: no number of replications tells on which side its mean is.
	e := s.Sweep().Figure(3, results.FigureName{Metric: "latency.mean", Of: "producers.p -> fleets.f"})
	edge := fmt.Sprintf("objectives=[{metric: latency.mean, of: producers.p -> fleets.f, below: %.9gs}]", e.Value)
	s = sized(t, design(t, small, edge), Options{Vary: []string{"fleets.f.instances=30"}, ReplicationsMax: 4})
	if s.Points[0].Certain || s.Verdict == results.SizingCertain || float64(s.Points[0].Chances[0]) > 0.6 ||
		float64(s.Points[0].Chances[0]) < 0.4 {
		t.Errorf("at the limit: %s, chances %v", s.Verdict, s.Points[0].Chances)
	}
}

func TestBadSizingsAreRefused(t *testing.T) {
	for want, c := range map[string]struct {
		settings []string
		o        Options
	}{
		"objectives: [{metric":    {[]string{"objectives=[]"}, Options{Vary: []string{"fleets.f.instances=1..2"}}},
		"nothing to vary":         {nil, Options{}},
		"neither size nor cost":   {nil, Options{Vary: []string{"fleets.f.instances=1..2"}, By: "weight"}},
		"of one setting":          {nil, Options{Vary: []string{"fleets.f.instances=1..2", "run.seed=1..2"}, By: BySize}},
		"to try one by one":       {nil, Options{Vary: []string{"fleets.f.instances=1..90", "run.seed=1..90"}}},
		"run.precision adds":      {[]string{"run.precision=5%"}, Options{Vary: []string{"fleets.f.instances=1..2"}}},
		"there is no fleets.g":    {nil, Options{Vary: []string{"fleets.g.instances=1..2"}}},
		"did you mean instances?": {nil, Options{Vary: []string{"fleets.f.instnces=1..2"}}},
	} {
		c.o.Progress = func(int) {}
		_, err := Size(context.Background(), design(t, small, c.settings...), results.Build{}, c.o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Size(ctx, design(t, small), results.Build{},
		Options{Vary: []string{"fleets.f.instances=1..2"}, Progress: func(int) {}})
	if !errors.Is(err, experiments.ErrNothingFinished) {
		t.Errorf("a stopped sizing: %v", err)
	}
}

// An event that happens in none of a few runs is not certain to be rare enough; replications are added, to the most.
func TestAZeroInAFewReplicationsIsNotCertain(t *testing.T) {
	text := small + "  - {metric: dead_lettered, below: 0.05}\n"
	s := sized(t, design(t, text), Options{Vary: []string{"fleets.f.instances=8..10"}, ReplicationsMax: 8})
	p := s.Point(s.Choice)
	if chance := float64(p.Chances[1]); s.Verdict != results.SizingUncertain || p.Replications != 8 || p.Certain ||
		math.Abs(chance-(1-math.Exp(-8*0.05))) > 1e-3 {
		t.Errorf("%s after %d replications, chances %v", s.Verdict, p.Replications, p.Chances)
	}
}
