package experiments

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"weir/results"
	"weir/sim/measure"
)

// A queue with one worker, at a load of 0.8: M/M/1 with a mean time in system of 50 ms.
const steadyDesign = `
name: one worker
profile: ideal
run: {duration: 2000s, replications: 4}
producers: {p: {to: queues.q, arrivals: {poisson: 80/s}}}
queues: {q: {}}
fleets: {f: {from: queues.q, work: {exponential: 10ms}}}
`

func studyOf(t *testing.T, text string, settings ...string) (*Design, *results.Summary) {
	t.Helper()
	d, err := New("scenario.yaml", []byte(text), settings, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := d.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return d, d.Summarise(e, results.Build{}, 0)
}

func TestWarmupIsFoundByMSER5(t *testing.T) {
	_, s := studyOf(t, steadyDesign, "run.warmup=auto")
	if s.Run.Warmup != "mser-5" || s.Run.WarmupSeconds > 1000 || s.Run.Unsteady {
		t.Errorf("warm-up %s of %v s", s.Run.Warmup, s.Run.WarmupSeconds)
	}
	_, s = studyOf(t, steadyDesign, "run.warmup=auto", "producers.p.arrivals.poisson=120/s", "run.duration=100s")
	if s.Run.Warmup != "none" || !s.Run.Unsteady || !slices.Contains(s.Warnings(), s.Run.WarmupNote) {
		t.Errorf("overloaded: warm-up %s, unsteady %v, warnings %q", s.Run.Warmup, s.Run.Unsteady, s.Warnings())
	}
	_, s = studyOf(t, steadyDesign, "run.warmup=auto", "run.duration=100s",
		"producers.p.arrivals={spike: {base: 10/s, peak: 20/s, at: 10s, for: 10s}}")
	if s.Run.Warmup != "none" || s.Run.Unsteady || !strings.Contains(s.Run.WarmupNote, "producers.p.arrivals.spike") {
		t.Errorf("with a spike: warm-up %s, %q", s.Run.Warmup, s.Run.WarmupNote)
	}
}

// From empty, 400 of 600 threads with work of 100 s each fill over some 300 s: without the transient, the mean number
// at work is that of Little's law, with it less.
func TestWarmupTakesTheTransientOff(t *testing.T) {
	slow := strings.Replace(steadyDesign, "work: {exponential: 10ms}",
		"instances: 600, receive: {max_messages: 1}, work: {exponential: 100s}", 1)
	slow = strings.Replace(slow, "poisson: 80/s", "poisson: 4/s", 1)
	slow = strings.Replace(slow, "{q: {}}", "{q: {visibility_timeout: 12h}}", 1)
	_, s := studyOf(t, slow, "run.warmup=auto")
	if s.Run.Warmup != "mser-5" || s.Run.WarmupSeconds < 150 || s.Run.WarmupSeconds > 800 {
		t.Errorf("warm-up %s of %v s, not 150 s to 800 s", s.Run.Warmup, s.Run.WarmupSeconds)
	}
	busy := s.Components["fleets.f"].Metrics["busy_mean"]
	if math.Abs(busy.Value-400) > 10 {
		t.Errorf("%v threads are busy, Little's law says 400", busy)
	}
}

func TestBatchesOfOneLongRun(t *testing.T) {
	_, s := studyOf(t, steadyDesign, "run.replications=1", "run.batches=20", "run.duration=20000s", "run.warmup=100s")
	mean := s.Paths["producers.p -> fleets.f"].Latency["mean"]
	if s.Run.Replications != 1 || s.Run.Batches != 20 || mean.N != 20 || mean.Low > 0.05 || mean.High < 0.05 {
		t.Errorf("%d replications, %d batches, mean %+v: M/M/1 has 0.05 s", s.Run.Replications, s.Run.Batches, mean)
	}
	if mean.HalfWidth() > 0.005 {
		t.Errorf("the interval is wide: %+v", mean)
	}
	_, whole := studyOf(t, steadyDesign, "run.replications=1", "run.duration=20000s", "run.warmup=100s")
	if s.Run.Messages != whole.Run.Messages || s.Run.Events > whole.Run.Events+20*1000 {
		t.Errorf("%d messages in batches, %d in one", s.Run.Messages, whole.Run.Messages)
	}
	if sent, all := s.Ledger.Sent.Value*20, whole.Ledger.Sent.Value; sent != all {
		t.Errorf("the batches have %v messages sent, the whole has %v", sent, all)
	}
	if len(s.Warnings()) > 0 {
		t.Errorf("warnings: %q", s.Warnings())
	}
	_, s = studyOf(t, steadyDesign, "run.replications=1", "run.batches=100", "run.duration=100s",
		"producers.p.arrivals.poisson=99/s")
	if w := strings.Join(s.Warnings(), "\n"); !strings.Contains(w, "successive batches") {
		t.Errorf("batches of a second at a load of 0.99 are said to be independent (%v): %q", s.Run.BatchCorrelation, w)
	}
}

func TestReplicationsAreAddedForPrecision(t *testing.T) {
	_, s := studyOf(t, steadyDesign, "run.precision=5%", "run.duration=200s")
	p := s.Run.Precision
	if p == nil || p.Reached > 0.05 || s.Run.Replications < 10 || s.Run.Replications > 400 {
		t.Errorf("%d replications for %+v", s.Run.Replications, p)
	}
	_, s = studyOf(t, steadyDesign, "run.precision=1%", "run.duration=20s", "run.replications_max=12")
	if p := s.Run.Precision; s.Run.Replications != 12 || p.Reached < 0.01 || !strings.HasPrefix(p.Of, "latency.") {
		t.Errorf("%d replications for %+v", s.Run.Replications, p)
	}
	// Two replications may be alike by luck: nobody looks before there are ten, or as many as there may be.
	for most, want := range map[string]int{"1000": 10, "7": 7} {
		_, s = studyOf(t, steadyDesign, "run.precision=50%", "run.duration=200s", "run.replications=2",
			"run.replications_max="+most)
		if s.Run.Replications != want {
			t.Errorf("%d replications of %s at the most, not %d", s.Run.Replications, most, want)
		}
	}
	// Groups are whole, at the end, too.
	text := steadyDesign + "uncertainty: {fleets.f.work.exponential: {from: 2ms, to: 8ms}}\n"
	_, s = studyOf(t, text, "run.precision=0.1%", "run.duration=10s", "run.replications=6", "run.group=3",
		"run.replications_max=13")
	if s.Run.Replications != 12 || len(s.Run.Inputs[0].Values) != 4 {
		t.Errorf("%d replications in groups of 3: %+v", s.Run.Replications, s.Run.Inputs)
	}
}

// With work that lasts 2 ms to 8 ms, nobody knows which, nearly all of the variance of the mean is that of not knowing.
func TestUncertainInputsAreDrawnByGroup(t *testing.T) {
	text := steadyDesign + "uncertainty: {fleets.f.work.exponential: {from: 2ms, to: 8ms}}\n"
	_, s := studyOf(t, text, "run.replications=20", "run.duration=200s")
	mean := s.Paths["producers.p -> fleets.f"].Latency["mean"]
	if mean.N != 10 || mean.Inputs < 0.95 {
		t.Errorf("mean %+v over groups", mean)
	}
	if in := s.Run.Inputs; len(in) != 1 || in[0].Path != "fleets.f.work.exponential" || len(in[0].Values) != 10 {
		t.Errorf("inputs %+v", in)
	}
	rate := s.Paths["producers.p -> fleets.f"].Rate
	if rate.Inputs > 0.6 { // the load has nothing to do with how long the work takes
		t.Errorf("rate %+v", rate)
	}
	for want, settings := range map[string][]string{
		"multiple of run.group":       {"run.replications=5"},
		"are of one run":              {"run.replications=1", "run.batches=4"},
		"must have the unit of from":  nil,
		"this one changes by":         {"run.replications=1", "run.batches=4", "producers.p.start=1s"},
		"set replications to 1":       {"run.batches=4"},
		"leave one of the two out":    {"run.batches=4", "run.replications=1", "run.precision=5%"},
		"where a whole number":        nil,
		"must be more than from, 8ms": nil,
	} {
		wrong := text
		switch want {
		case "must have the unit of from":
			wrong = strings.Replace(text, "to: 8ms", "to: 8", 1)
		case "where a whole number":
			wrong = strings.Replace(text, "fleets.f.work.exponential", "fleets.f.instances", 1)
		case "must be more than from, 8ms":
			wrong = strings.Replace(text, "from: 2ms", "from: 8ms", 1)
		}
		if _, err := New("scenario.yaml", []byte(wrong), settings, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, not %q", settings, err, want)
		}
	}
}

// Intervals of every kind hold the truth as often as they say: the mean of an M/M/1 at a load of 0.5 is known.
func TestIntervalsOfStudiesCover(t *testing.T) {
	const studies, truth = 60, 0.02
	short := strings.Replace(steadyDesign, "poisson: 80/s", "poisson: 50/s", 1)
	d, err := New("scenario.yaml", []byte(short), []string{"run.duration=60s", "run.warmup=5s", "run.replications=6"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	batched, err := New("scenario.yaml", []byte(short),
		[]string{"run.duration=600s", "run.warmup=5s", "run.replications=1", "run.batches=10"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	precise, err := New("scenario.yaml", []byte(short),
		[]string{"run.duration=20s", "run.warmup=5s", "run.precision=15%", "run.replications=2"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*Design{"replications": d, "batches": batched, "precision": precise} {
		covered := 0
		for seed := range studies {
			d.Document.Run.Seed = uint64(seed)
			e, err := d.Run(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			mean := d.Summarise(e, results.Build{}, 0).Paths["producers.p -> fleets.f"].Latency["mean"]
			if mean.Low <= truth && truth <= mean.High {
				covered++
			}
		}
		// 95 % of 60 is 57; a binomial number is 51 or more with 99.5 %.
		if covered < 51 {
			t.Errorf("%s: the intervals of %d of %d studies hold the truth", name, covered, studies)
		}
		t.Logf("%s: %d of %d", name, covered, studies)
	}
}

func TestEstimateOfGroupsTellsInputsFromLuck(t *testing.T) {
	e := measure.EstimateOfGroups([][]float64{{1, 3}, {5, 7}, {9, 11}})
	// Means 2, 6, 10 have variance 16; within groups the variance is 2, of which a mean of two has 1.
	if e.Value != 6 || e.N != 3 || math.Abs(e.Inputs-15.0/16) > 1e-12 {
		t.Errorf("%+v", e)
	}
	if e := measure.EstimateOfGroups([][]float64{{1, 11}, {2, 10}, {math.NaN(), 6}}); e.Inputs != 0 || e.N != 3 {
		t.Errorf("of luck alone: %+v", e)
	}
}

// Designs that are compared have one window, or their random numbers would not be common.
func TestDesignsRunTogetherHaveOneWarmup(t *testing.T) {
	text := steadyDesign + `variants:
  slower: {fleets: {f: {instances: 400, receive: {max_messages: 1}, work: {exponential: 3s}}}}
  spiky: {producers: {p: {stop: 10s}}}
`
	base, err := New("scenario.yaml", []byte(text), []string{"run.warmup=auto", "run.duration=300s"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	together := func(variant string) []results.Warmup {
		other, err := base.With(variant)
		if err != nil {
			t.Fatal(err)
		}
		all, err := RunTogether(context.Background(), []*Design{base, other}, func(int) Progress { return nil })
		if err != nil {
			t.Fatal(err)
		}
		return []results.Warmup{all[0].Warmup, all[1].Warmup}
	}
	if w := together("slower"); w[0].Length != w[1].Length || w[0].Length == 0 || !strings.Contains(w[0].Note, "slower") {
		t.Errorf("the warm-ups are %+v", w)
	}
	if w := together("spiky"); w[0].Length != 0 || w[1].Length != 0 || w[1].Rule != "none" {
		t.Errorf("the warm-ups are %+v", w)
	}
}
