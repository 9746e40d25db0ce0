package compare

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/experiments"
	"weir/results"
	"weir/sim"
	"weir/sim/measure"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func silent(int) experiments.Progress { return nil }

func run(t *testing.T, entries []Entry) *Outcome {
	t.Helper()
	out, err := Run(context.Background(), entries, results.Build{}, silent)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func figure(t *testing.T, c *results.Comparison, metric string) *results.Contrast {
	t.Helper()
	i := slices.IndexFunc(c.Figures, func(f results.Contrast) bool {
		return f.Metric == metric && f.Kind != results.ObjectiveKind
	})
	if i < 0 {
		t.Fatalf("there is no %s", metric)
	}
	return &c.Figures[i]
}

const stations = `
name: M/M/1
profile: ideal
run: {duration: 3s, warmup: 3s, replications: 1600, histogram_digits: 1}
producers: {p: {to: queues.q, arrivals: {poisson: 50/s}}}
queues: {q: {visibility_timeout: 30d, retention: 300d}}
fleets: {f: {from: queues.q, receive: {max_messages: 1}, work: {exponential: 10ms}}}
variants: {faster: {fleets: {f: {work: {exponential: 8ms}}}}}
`

// Of 400 comparisons of two stations of 4 replications each, whose mean responses 1/(μ−λ) differ by 1/75 − 1/50 s, 95 %
// must hold that difference: between 363 and 394 of them with 99.9 % probability. Their luck is common: a station with
// work of 8 ms has the arrivals, and 0.8 times the work, of one with 10 ms.
func TestNinetyFivePercentOfThePairedIntervalsHoldTheTruth(t *testing.T) {
	entries, err := Open([]string{write(t, "stations.yaml", stations)}, nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	f := figure(t, run(t, entries).Comparison, "latency.mean")
	const truth, group = 1.0/75 - 1.0/50, 4
	before, after := f.Baseline.Values, f.Others[0].Value.Values
	covered, paired, parted := 0, 0.0, 0.0
	for i := 0; i < len(before); i += group {
		d := measure.DifferenceOf(before[i:i+group], after[i:i+group])
		if d.Low <= truth && truth <= d.High {
			covered++
		}
		paired += d.HalfWidth()
		next := (i + group) % len(before) // the luck of others is independent
		parted += measure.DifferenceOf(before[i:i+group], after[next:next+group]).HalfWidth()
	}
	if comparisons := len(before) / group; comparisons != 400 || covered < 363 || covered > 394 {
		t.Errorf("%d of %d intervals hold the truth", covered, comparisons)
	}
	if ratio := paired / parted; ratio > 0.6 {
		t.Errorf("pairs are %.2f times as wide as independent runs", ratio)
	}
	if all := f.Others[0].Difference; math.Abs(all.Value-truth) > 3*all.HalfWidth() || all.HalfWidth() > 0.001 {
		t.Errorf("over all replications the difference is %v, not %v", all, truth)
	}
}

const small = `
name: small
run: {duration: 20s, replications: 4}
producers: {p: {to: queues.q, arrivals: {poisson: 50/s}}}
queues: {q: {receive_wait_time: 20s}}
fleets: {f: {from: queues.q, instance: {threads: 4}, work: {exponential: 20ms}}}
variants:
  same: {}
  renamed: {description: says the same in other words}
  two: {fleets: {f: {instances: 2}}}
`

// Designs that say the same differ by 0 ± 0 and are told to be equal, whether they are known to be one or are run
// twice.
func TestIdenticalDesignsAreEqual(t *testing.T) {
	entries, err := Open([]string{write(t, "small.yaml", small)}, []string{"same", "renamed"}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	out := run(t, entries)
	if out.Ensembles[0] != out.Ensembles[1] || out.Ensembles[0] == out.Ensembles[2] {
		t.Error("the same design is run twice, or another is not run")
	}
	c := out.Comparison
	if c.Designs[1].SameAs != Base || c.Designs[2].SameAs != "" {
		t.Errorf("the same as: %q, %q", c.Designs[1].SameAs, c.Designs[2].SameAs)
	}
	for _, f := range c.Figures {
		for _, d := range f.Others {
			e := d.Difference
			if d.Verdict != results.VerdictEqual || !d.Certain || e.Value != 0 || e.Low != 0 || e.High != 0 {
				t.Errorf("%s of %s differs: %+v", f.Name(), d.Design, d)
			}
		}
		for _, r := range f.Ranking {
			if r.Rank != results.RankBest {
				t.Errorf("%s: %+v", f.Name(), r)
			}
		}
	}
	for _, v := range c.Verdicts {
		if v.Verdict != results.VerdictEqual {
			t.Errorf("the verdict is %+v", v)
		}
	}
}

// An interrupted comparison keeps the replications that all designs have finished, and says so.
func TestAnInterruptedComparisonKeepsWhatAllHaveFinished(t *testing.T) {
	entries, err := Open([]string{write(t, "small.yaml", small)}, []string{"two"}, "", []string{"run.replications=500"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	progress := func(design int) experiments.Progress {
		return func(replication int, _ sim.Time, _ uint64) {
			if design == 1 && replication == 9 {
				stop()
			}
		}
	}
	out, err := Run(ctx, entries, results.Build{}, progress)
	if err != nil {
		t.Fatal(err)
	}
	c := out.Comparison
	n := len(c.Method.Replications)
	if n < 5 || n > 20 || len(c.Method.Partial) != 1 || !strings.Contains(c.Method.Partial[0], "of 500 replications") {
		t.Errorf("%d replications are kept: %v", n, c.Method.Partial)
	}
	for i, replication := range c.Method.Replications {
		for _, e := range out.Ensembles {
			if e.Outcomes[i].Replication != replication || e.Outcomes[i].Truncated != "" {
				t.Errorf("the pair of replication %d has %d, %q", replication, e.Outcomes[i].Replication,
					e.Outcomes[i].Truncated)
			}
		}
	}
	stop()
	if _, err := Run(ctx, entries, results.Build{}, silent); !errors.Is(err, experiments.ErrNothingFinished) {
		t.Errorf("a comparison that never began ends with %v", err)
	}
}

// One replication has no interval, and nothing is certain.
func TestOneReplicationIsCertainOfNothing(t *testing.T) {
	entries, err := Open([]string{write(t, "small.yaml", small)}, []string{"two"}, "", []string{"run.replications=1"})
	if err != nil {
		t.Fatal(err)
	}
	c := run(t, entries).Comparison
	for _, f := range c.Figures {
		if d := f.Others[0]; d.Certain || !math.IsNaN(d.Difference.Low) || d.Doubt == "" {
			t.Errorf("%s: %+v", f.Name(), d)
		}
	}
	if text := strings.Join(c.Explanation(), " "); !strings.Contains(text, "no interval") {
		t.Errorf("it is not said: %s", text)
	}
}

func TestTheBaselineAndTheVariantsAreChosen(t *testing.T) {
	file := write(t, "small.yaml", small)
	for _, c := range []struct {
		variants []string
		baseline string
		want     string
	}{
		{nil, "", "base renamed same two"},
		{nil, "two", "two base renamed same"},
		{[]string{"two"}, "", "base two"},
		{[]string{"two", "base", "two"}, "same", "same two base"},
	} {
		entries, err := Open([]string{file}, c.variants, c.baseline, nil)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("variants %v and baseline %q give %s, want %s", c.variants, c.baseline, got, c.want)
		}
	}
}
