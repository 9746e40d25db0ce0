package sweep

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"weir/experiments"
	"weir/experiments/points"
	"weir/models/spec"
	"weir/results"
)

// short is a design that has next to nothing to do: what a trial of it takes is overhead.
const short = `
name: short
run: {duration: 1s, replications: 1}
producers: {p: {to: queues.q, arrivals: {poisson: 10/s}}}
queues: {q: {receive_wait_time: 20s}}
fleets: {f: {from: queues.q, instances: 1, work: 10ms}}
objectives: [{metric: visible_max, of: queues.q, below: 100}]
`

// waiting is a design in which messages wait for nobody.
const waiting = `
name: waiting
run: {duration: 1ms, replications: 1}
producers: {p: {to: queues.q, arrivals: {poisson: 10/s}}}
queues: {q: {}}
`

var build = results.Build{Version: "test", Commit: "none"}

func plan(t testing.TB, text string, vary []string, sample int, settings ...string) *Plan {
	t.Helper()
	base, err := experiments.New("scenario.yaml", []byte(text), settings, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(base, vary, sample, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func nothing(int) {}

func document(t testing.TB, s *results.Sweep) string {
	t.Helper()
	var b bytes.Buffer
	if err := errors.Join(s.WriteJSON(&b), s.Table().WriteCSV(&b), s.Table().WriteParquet(&b)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A sweep gives the same bytes on one processor and on several.
func TestASweepKnowsNoNumberOfProcessors(t *testing.T) {
	var texts []string
	for _, processors := range []int{1, 4} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		p := plan(t, short, []string{"fleets.f.instances=1..3", "fleets.f.work=1ms..100ms:log:3"}, 0, "run.replications=3")
		s, err := p.Run(context.Background(), build, nil, nil, nothing)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, document(t, s))
	}
	if texts[0] != texts[1] {
		t.Error("the documents differ")
	}
}

// A point of a sweep has the figures that a run of the same settings has, also where some of them are not known, where
// a warm-up is found, and of batches.
func TestAPointIsARun(t *testing.T) {
	uncertain := short + "uncertainty: {fleets.f.work: {from: 5ms, to: 20ms}}\n"
	isARun(t, short, "run.replications=4", "run.duration=20s")
	isARun(t, uncertain, "run.replications=6", "run.duration=20s")
	isARun(t, short, "run.replications=2", "run.duration=100s", "run.warmup=auto")
	isARun(t, short, "run.replications=1", "run.batches=10", "run.duration=100s")
}

func isARun(t *testing.T, text string, settings ...string) {
	t.Helper()
	p := plan(t, text, []string{"fleets.f.instances=1,3"}, 0, settings...)
	s, err := p.Run(context.Background(), build, nil, nil, nothing)
	if err != nil {
		t.Fatal(err)
	}
	design, err := experiments.New("scenario.yaml", []byte(text), append(settings, "fleets.f.instances=3"), nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := design.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	summary := design.Summarise(e, build, 0)
	if len(s.Points) != 2 || len(s.Figures) < 12 {
		t.Fatalf("%d points with %d figures", len(s.Points), len(s.Figures))
	}
	for i, f := range s.Figures {
		want, unit := summary.Find(f.Metric, f.Of)
		got := s.Points[1].Figures[i]
		if got.Value != want.Value || got.N != want.N || got.Low != want.Low && got.N > 1 || unit != f.Unit {
			t.Errorf("%s of %s: %v %s, a run has %v %s", f.Metric, f.Of, got, f.Unit, want, unit)
		}
	}
	want := summary.Objectives[0].Observed.Value
	if o := s.Points[1].Objectives; len(o) != 1 || !o[0].Met || o[0].Observed.Value != want {
		t.Errorf("the objectives are %+v", o)
	}
}

// What a sweep keeps of a trial is its figures: of the designs, messages and distributions of two thousand nothing
// remains. (Ten thousand are a benchmark's matter.)
func TestMemoryIsThatOfTheFigures(t *testing.T) {
	const points, replications = 40, 50
	p := plan(t, waiting, []string{fmt.Sprintf("producers.p.first_key=1..%d", points)}, 0,
		fmt.Sprintf("run.replications=%d", replications))
	var first, last uint64
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	s, err := p.Run(context.Background(), build, nil, nil, func(done int) {
		switch done {
		case 200:
			first = heap()
		case points * replications:
			last = heap()
		}
	})
	if err != nil || s.Method.Trials != points*replications {
		t.Fatalf("%v, %v", s, err)
	}
	const each = 3 << 10
	if grown := int64(last) - int64(first); grown > 1800*each {
		t.Errorf("the heap has grown by %d bytes, %d for each trial", grown, grown/1800)
	}
}

// A sweep that is stopped goes on where it was, and ends as if it had not been stopped, whatever became of the end of
// its journal.
func TestAStoppedSweepGoesOn(t *testing.T) {
	vary := []string{"fleets.f.instances=1..4"}
	fresh := func() *Plan { return plan(t, short, vary, 0, "run.replications=3") }
	whole, err := fresh().Run(context.Background(), build, nil, nil, nothing)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "out")
	for name, damage := range map[string]func([]byte) []byte{
		"as it was":   func(b []byte) []byte { return b },
		"half a line": func(b []byte) []byte { return b[:len(b)-20] },
		"a damaged line": func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"replication":1`), []byte(`"replication":2`), 1)
		},
		"noise": func(b []byte) []byte { return append(b, "\x00\x01garbage\n"...) },
	} {
		p := fresh()
		journal, done, notices, err := results.OpenJournal(dir, p.Header(build), true)
		if err != nil || len(done) > 0 || len(notices) > 0 {
			t.Fatalf("%s: %v, %v, %v", name, done, notices, err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		s, err := p.Run(ctx, build, journal, nil, func(done int) {
			if done == 5 {
				cancel()
			}
		})
		if s != nil || err != nil {
			t.Fatalf("%s: a stopped sweep gives %v, %v", name, s, err)
		}
		if err := journal.Close(); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(journal.Path())
		if err != nil || os.WriteFile(journal.Path(), damage(text), 0o644) != nil {
			t.Fatal(err)
		}
		journal, done, notices, err = results.OpenJournal(dir, p.Header(build), false)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if bad := name != "as it was"; len(done) < 4 || (len(notices) > 0) != bad {
			t.Errorf("%s: %d trials, notices %q", name, len(done), notices)
		}
		begun := len(done)
		s, err = p.Run(context.Background(), build, journal, done, func(n int) {
			if n <= begun {
				t.Errorf("%s: a trial was done again", name)
			}
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if document(t, s) != document(t, whole) {
			t.Errorf("%s: the documents differ", name)
		}
		if err := journal.Close(); err != nil {
			t.Error(err)
		}
		again, _, notices, err := results.OpenJournal(dir, p.Header(build), false)
		if err != nil || len(notices) > 0 {
			t.Fatalf("%s: the journal afterwards: %q, %v", name, notices, err)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What the journal has must be what the program gives.
func TestAJournalOfAnotherBuildIsRefused(t *testing.T) {
	p := plan(t, short, []string{"fleets.f.instances=1..2"}, 0)
	dir := filepath.Join(t.TempDir(), "out")
	var done []results.Trial
	journal, _, _, err := results.OpenJournal(dir, p.Header(build), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(context.Background(), build, journal, nil, nothing); err != nil {
		t.Fatal(err)
	}
	journal.Close()
	if journal, done, _, err = results.OpenJournal(dir, p.Header(build), false); err != nil || len(done) != 2 {
		t.Fatalf("%d trials, %v", len(done), err)
	}
	journal.Close()
	for i := range done {
		done[i].Figures[0].Values[0]++
	}
	if _, err := p.Run(context.Background(), build, nil, done, nothing); !IsInput(err) ||
		!strings.Contains(err.Error(), "another build of Weir") {
		t.Errorf("other figures: %v", err)
	}
	header := p.Header(build)
	for want, change := range map[string]func(*results.JournalHeader){
		"results of two versions are not to be mixed": func(h *results.JournalHeader) { h.Weir.Commit = "other" },
		"written on":                           func(h *results.JournalHeader) { h.Architecture = "vax" },
		"of another scenario":                  func(h *results.JournalHeader) { h.Scenario.Digest = "x" },
		"of other points":                      func(h *results.JournalHeader) { h.Plan = "x" },
		"of weir sweep, not of weir something": func(h *results.JournalHeader) { h.Kind = "something" },
	} {
		h := header
		change(&h)
		if _, _, _, err := results.OpenJournal(dir, h, false); !IsInput(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := os.WriteFile(journal.Path(), []byte("{\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, _, err = results.OpenJournal(dir, header, false)
	if !IsInput(err) || !strings.Contains(err.Error(), "--fresh") {
		t.Errorf("a damaged header: %v", err)
	}
}

// In a Latin hypercube each part of each factor's range is tried once.
func TestAHypercubeTriesEachPartOnce(t *testing.T) {
	p := plan(t, short, []string{"fleets.f.instances=1..20", "fleets.f.work=10ms..1s:log"}, 20)
	seen := map[string]bool{}
	parts := map[int]bool{}
	for _, point := range p.Points {
		seen[point[0].String()] = true
		v, _ := point[1].Number()
		for k := range 20 {
			low, high := 0.01, 0.01
			for range k {
				low *= 1.2589254117941673
			}
			for range k + 1 {
				high *= 1.2589254117941673
			}
			if v.In >= low*0.99 && v.In < high*1.01 {
				parts[k] = true
			}
		}
	}
	if len(seen) != 20 || len(parts) != 20 {
		t.Errorf("%d of 20 whole numbers, %d of 20 parts", len(seen), len(parts))
	}
	again := plan(t, short, []string{"fleets.f.instances=1..20", "fleets.f.work=10ms..1s:log"}, 20)
	if fmt.Sprint(again.Points) != fmt.Sprint(p.Points) {
		t.Error("the points are other ones")
	}
}

func TestTheFrontIsWhatNoOtherBeats(t *testing.T) {
	p := plan(t, strings.Replace(short, "10/s", "150/s", 1), []string{"fleets.f.instances=1..6"}, 0, "run.duration=30s",
		"fleets.f.instance.threads=1")
	s, err := p.Run(context.Background(), build, nil, nil, nothing)
	if err != nil {
		t.Fatal(err)
	}
	cost := func(i int) float64 { return s.Figure(i, results.FigureName{Metric: "cost"}).Value }
	late := func(i int) float64 { return s.Figure(i, results.FigureName{Metric: "latency.p99", Of: s.Trade}).Value }
	if len(s.Front) < 2 || len(s.LeftOut) == 0 { // of those that cannot keep up
		t.Fatalf("the front is %v, left out are %v", s.Front, s.LeftOut)
	}
	for i := range s.Points {
		beaten := slices.Contains(s.LeftOut, i)
		for k := range s.Points {
			beaten = beaten || cost(k) <= cost(i) && late(k) <= late(i) && (cost(k) < cost(i) || late(k) < late(i))
		}
		on := false
		for _, f := range s.Front {
			on = on || f == i
		}
		if on == beaten {
			t.Errorf("point %d, %v USD and %v s: on the front %v", i, cost(i), late(i), on)
		}
	}
}

// Where some points meet the objectives, the front is of these; and a dearer point that is quicker by luck alone is on
// no front: here larger instances, whose vCPUs wait as well.
func TestTheFrontIsOfWhatMeetsTheObjectivesAndNoLuck(t *testing.T) {
	text := strings.Replace(short, "10/s", "60/s", 1)
	const objective = `objectives=[{metric: latency.p99, of: producers.p -> fleets.f, below: 400ms}]`
	p := plan(t, text, []string{"fleets.f.instances=1..4"}, 0, "run.duration=30s", "run.replications=4",
		"fleets.f.instance.threads=1", objective)
	s, err := p.Run(context.Background(), build, nil, nil, nothing)
	if err != nil {
		t.Fatal(err)
	}
	met := 0
	for i := range s.Points {
		if !s.Points[i].Missed() {
			met++
		}
		if slices.Contains(s.Front, i) && s.Points[i].Missed() {
			t.Errorf("point %d misses the objective and is on the front", i)
		}
	}
	if met == 0 || met == len(s.Points) || len(s.Front) == 0 {
		t.Fatalf("%d points meet the objective, %d are on the front", met, len(s.Front))
	}
	alike := plan(t, text, []string{"fleets.f.instance.type=m5.large,m5.xlarge,m5.2xlarge"}, 0, "run.duration=30s",
		"run.replications=4", "fleets.f.instances=4", "fleets.f.instance.threads=1", "fleets.f.cpu_share=1%",
		"fleets.f.work=10ms")
	if s, err = alike.Run(context.Background(), build, nil, nil, nothing); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(s.Front) != "[0]" {
		t.Errorf("of three that differ in their price alone the front is %v", s.Front)
	}
}

// Memory and instance types make nothing quicker whose work does not compute: who varies them is told.
func TestPowerIsNotVariedForWorkThatDoesNotCompute(t *testing.T) {
	const text = `
name: power
producers: {p: {to: queues.q, arrivals: {poisson: 10/s}}}
queues: {q: {}}
functions: {f: {event_sources: [{from: queues.q}], work: 100ms}}
`
	vary := []string{"functions.f.memory=128MiB,1024MiB"}
	base, err := experiments.New("scenario.yaml", []byte(text), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(base, vary, 0, nil); !IsInput(err) || !strings.Contains(err.Error(), "functions.f.cpu_share is 0%") {
		t.Errorf("work that waits: %v", err)
	}
	if len(plan(t, text, vary, 0, "functions.f.cpu_share=50%").Points) != 2 {
		t.Error("work that computes is not varied")
	}
	if len(plan(t, text, append(vary, "functions.f.cpu_share=0%,50%"), 0).Points) != 4 {
		t.Error("the share cannot be varied, too")
	}
}

// A point that loses its messages is cheap and quick for those that are left: it is no choice, and the front says why.
func TestAPointThatLosesMessagesIsOnNoFront(t *testing.T) {
	const lossy = `
name: lossy
profile: ideal
run: {duration: 20s, replications: 2}
producers: {p: {to: queues.q, arrivals: {poisson: 100/s}}}
queues: {q: {retention: 60s, redrive: {to: queues.d, max_receive_count: 1}}, d: {}}
fleets: {f: {from: queues.q, receive: {max_messages: 1}, instances: 10, work: {exponential: 10ms}}}
`
	p := plan(t, lossy, []string{"fleets.f.failures.error=0%,50%,99%"}, 0)
	s, err := p.Run(context.Background(), build, nil, nil, nothing)
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(s.Notes(), " ")
	if fmt.Sprint(s.Front, s.LeftOut) != "[0] [1 2]" || !strings.Contains(notes, "lacks messages: 2 points") {
		t.Errorf("the front is %v, left out are %v: %s", s.Front, s.LeftOut, notes)
	}
}

// A journal is not gone on with whose only trial that was run has other figures, though another point cannot be run.
func TestAForgedTrialIsNoticedBesideAPointThatCannotBeRun(t *testing.T) {
	design, err := experiments.New("s.yaml", []byte(short), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	lab := &points.Lab{Open: func(point int) (*experiments.Design, error) {
		if point == 0 {
			return nil, spec.Errors{{Text: "cannot be"}}
		}
		return design, nil
	}}
	cost := results.TrialFigure{Metric: "cost", Values: []results.Number{-1}}
	forged := results.Trial{Point: 1, Events: 7, Figures: []results.TrialFigure{cost}}
	if again(context.Background(), lab, []results.Trial{{Point: 0, Problem: "cannot be"}, forged}) == nil {
		t.Error("the forged trial was not noticed")
	}
}

func TestTheDocumentIsRead(t *testing.T) {
	s, err := plan(t, short, []string{"fleets.f.instances=1,2"}, 0).Run(context.Background(), build, nil, nil, nothing)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	var read results.Sweep
	if err := errors.Join(s.WriteJSON(&text), json.Unmarshal(text.Bytes(), &read)); err != nil {
		t.Fatal(err)
	}
	point := read.Points[1]
	if point.Settings[0] != "2" || *point.Numbers[0] != 2 || read.Factors[0].Path != "fleets.f.instances" {
		t.Errorf("the points are %+v", read.Points)
	}
}

// BenchmarkTenThousandTrials tells what of ten thousand trials stays in memory.
func BenchmarkTenThousandTrials(b *testing.B) {
	p := plan(b, short, []string{"producers.p.first_key=1..1000"}, 0, "run.replications=10")
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s, err := p.Run(context.Background(), build, nil, nil, nothing)
		if err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(s.Method.Trials), "B/trial")
	}
}

// BenchmarkTrial is the overhead of a trial: of a sweep whose trials have nothing to do, one replication at each point
// and ten.
func BenchmarkTrial(b *testing.B) {
	for _, replications := range []int{1, 10} {
		b.Run(fmt.Sprintf("replications=%d", replications), func(b *testing.B) {
			p := plan(b, short, []string{fmt.Sprintf("producers.p.first_key=1..%d", 1000/replications)}, 0,
				fmt.Sprintf("run.replications=%d", replications))
			dir := b.TempDir()
			for b.Loop() {
				journal, _, _, err := results.OpenJournal(filepath.Join(dir, "out"), p.Header(build), true)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := p.Run(context.Background(), build, journal, nil, nothing); err != nil {
					b.Fatal(err)
				}
				journal.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(1000*b.N), "us/trial")
		})
	}
}
