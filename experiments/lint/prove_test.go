package lint

import (
	"context"
	"errors"
	"strings"
	"testing"

	"weir/experiments"
	"weir/results"
	"weir/sim"
)

// proof runs the one finding of a rule in its scenario, for ten minutes, three times.
func proof(t *testing.T, id string, settings ...string) (*results.Lint, *results.LintProof) {
	t.Helper()
	d, _ := scenarioOf(t, id)
	d, err := d.Set(append([]string{"run.duration=10m", "run.replications=3"}, settings...)...)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Prove(context.Background(), d, Selection{Only: []string{id}},
		func(designs []*experiments.Design) func(int) experiments.Progress {
			if len(designs) != 2 || designs[0] != d {
				t.Errorf("%d designs are run", len(designs))
			}
			return func(int) experiments.Progress { return nil }
		})
	if err != nil {
		t.Fatal(err)
	}
	if l.Findings[0].Proof == nil {
		t.Fatal("there is no proof")
	}
	return l, l.Findings[0].Proof
}

func figureOf(t *testing.T, p *results.LintProof, metric string) results.LintFigure {
	t.Helper()
	for _, f := range p.Figures {
		if f.Metric == metric {
			return f
		}
	}
	t.Fatalf("there is no figure %s", metric)
	return results.LintFigure{}
}

// A function that reads a queue with a reserved concurrency alone burns receives in a burst, and a maximum concurrency
// burns none.
func TestReservedConcurrencyAloneDeadLettersGoodMessages(t *testing.T) {
	l, p := proof(t, "reserved-concurrency-with-queue", "functions.f.work=400ms", "functions.f.timeout=5s",
		"queues.q.visibility_timeout=10s", "queues.dead={retention: 14d}", "functions.f.event_sources[0].batch_size=1",
		"queues.q.redrive={to: queues.dead, max_receive_count: 3}",
		"producers.shop.arrivals={spike: {base: 5/s, peak: 100/s, at: 1m, for: 1m}}")
	dead := figureOf(t, p, "dead_lettered")
	if !dead.Certain || dead.Before.Value < 10 || dead.After.Value != 0 || dead.BeforeShare == nil {
		t.Errorf("dead letters: %s", dead.Text())
	}
	if throttles := figureOf(t, p, "throttles"); throttles.After.Value != 0 {
		t.Errorf("throttles: %s", throttles.Text())
	}
	if !p.Shows() || l.Run.Replications != 3 || l.Run.DurationSeconds != 600 {
		t.Errorf("shows %v, run %+v", p.Shows(), l.Run)
	}
}

// Ten threads that poll short cost more than they work, and long polls find messages no later.
func TestShortPollingCosts(t *testing.T) {
	_, p := proof(t, "short-polling", "producers.shop.arrivals={poisson: 1/s}", "fleets.w.instance.threads=10")
	if bill := figureOf(t, p, "cost"); !bill.Certain || bill.Before.Value < 5*bill.After.Value {
		t.Errorf("cost: %s", bill.Text())
	}
	if empty := figureOf(t, p, "empty_receives"); empty.After.Value > empty.Before.Value/100 {
		t.Errorf("empty receives: %s", empty.Text())
	}
}

// What does not show in a scenario is not claimed: with little load, nobody is throttled.
func TestAHazardThatDoesNotShowIsCalledSo(t *testing.T) {
	l, p := proof(t, "maximum-concurrency-above-reserved")
	var text strings.Builder
	if err := l.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if p.Shows() || !strings.Contains(text.String(), "no certain difference") {
		t.Errorf("%s", text.String())
	}
}

// When it is stopped, what all runs have finished is kept, and the document says that it is not all.
func TestAStoppedProofSaysSo(t *testing.T) {
	d, _ := scenarioOf(t, "short-polling")
	d, err := d.Set("run.duration=10m", "run.replications=12")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	l, err := Prove(ctx, d, Selection{Only: []string{"short-polling"}},
		func([]*experiments.Design) func(int) experiments.Progress {
			return func(int) experiments.Progress {
				return func(replication int, _ sim.Time, _ uint64) {
					if replication >= 8 {
						stop()
					}
				}
			}
		})
	if errors.Is(err, experiments.ErrNothingFinished) {
		return // there are more processors than replications
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Findings) != 1 || len(l.Run.Partial) == 0 || l.Run.Replications >= 12 {
		t.Errorf("%d findings, run %+v", len(l.Findings), l.Run)
	}
}
