package analytics

import (
	"slices"
	"strings"
	"testing"

	"weir/sim"
)

// eleven is 11:00:00 on the clock of the examples, in seconds.
const eleven = 10

// "Stagger windows are a windowing method that is suited for analyzing groups of data that arrive at inconsistent
// times"; the example: the first AMZN at ROWTIME 11:00:20 opens a window of a minute, which is emitted at 11:01:20 with
// count 3; the next one, at 11:02:15, counts 1 (Kinesis Data Analytics developer guide, stagger-window-concepts.md).
func TestAStaggerWindowOpensAtTheFirstEventOfItsKey(t *testing.T) {
	s := newScene(t, "aws-2021", 1)
	to := new(inlet)
	s.app("type: sql\nwindow: {type: stagger, size: 1m}", to)
	for _, at := range []float64{20, 30, 65, 135} { // 11:00:20, 11:00:30, 11:01:05, 11:02:15
		s.run(eleven + at)
		s.put(0, 7)
	}
	s.run(eleven + 300)
	want := []float64{80, 195} // 11:01:20, 11:03:15
	counts := []uint64{3, 1}
	if len(s.told) != 2 {
		t.Fatalf("results: %v, want 2", s.told)
	}
	for i, r := range s.told {
		near(t, "the instant of a result", r.at.Seconds(), eleven+want[i], 1e-9)
		if r.count != counts[i] || r.key != 7 {
			t.Errorf("result %d counts %d of key %d, want %d of key 7", i, r.count, r.key, counts[i])
		}
	}
	if len(to.came) != 2 || to.keys[0] != 7 {
		t.Errorf("%d results came, of keys %v", len(to.came), to.keys)
	}
	s.ended(0)
}

// "No new applications can be created from October 15, 2025" (Kinesis Data Analytics API reference).
func TestSQLTakesNoNewApplications(t *testing.T) {
	for profile, refused := range map[string]bool{"aws-2021": false, "aws-2026": true, "ideal": false} {
		problems := Check(specOf(t, "type: sql"), newScene(t, profile, 1).limits)
		if got := len(problems) == 1 && strings.Contains(problems[0].Text, "15 October 2025"); got != refused {
			t.Errorf("%s: refused %v, want %v: %v", profile, got, refused, problems)
		}
	}
}

// Limits of SQL: 64 in-application streams, three destinations (limits.md); of Flink: 32 and 64 KPUs, parallelism up to
// 256, up to 8 for each KPU (how-scaling.md, ParallelismConfiguration); KPUs = Parallelism ÷ ParallelismPerKPU.
func TestWhatIsRefused(t *testing.T) {
	for _, c := range []struct{ profile, settings, field string }{
		{"aws-2021", "type: sql\ninput_parallelism: 64", ""},
		{"aws-2021", "type: sql\ninput_parallelism: 65", "input_parallelism"},
		{"aws-2021", "type: sql\nthen: [streams.a, streams.b, functions.c]", ""},
		{"aws-2021", "type: sql\nthen: [streams.a, streams.b, functions.c, streams.d]", "then"},
		{"aws-2021", "type: sql\nparallelism: 2", "parallelism"},
		{"aws-2021", "type: sql\nenhanced_fan_out: true", "enhanced_fan_out"},
		{"aws-2021", "type: sql\nwindow: {type: sliding, size: 1m, slide: 1s}", "window.slide"},
		{"aws-2021", "type: sql\nwindow: {size: 1m, allowed_lateness: 1s}", "window.allowed_lateness"},
		{"aws-2026", "input_parallelism: 2", "input_parallelism"},
		{"aws-2021", "parallelism: 32", ""},
		{"aws-2021", "parallelism: 33", "parallelism"},
		{"aws-2026", "parallelism: 64", ""},
		{"aws-2026", "parallelism: 65", "parallelism"},
		{"aws-2026", "parallelism: 256\nparallelism_per_kpu: 4", ""},
		{"aws-2026", "parallelism: 257\nparallelism_per_kpu: 8", "parallelism"},
		{"aws-2026", "parallelism_per_kpu: 9", "parallelism_per_kpu"},
		{"aws-2026", "window: {type: stagger, size: 1m}", "window.type"},
		{"aws-2026", "window: {type: sliding, size: 1m}", "window.slide"},
		{"aws-2026", "window: {type: sliding, size: 1m, slide: 2m}", "window.slide"},
		{"aws-2026", "window: {type: sliding, size: 1h, slide: 1s}", "window.slide"},
		{"aws-2026", "window: {size: 1m, slide: 1s}", "window.slide"},
		{"aws-2026", "start: 1m\nstop: 1m", "stop"},
	} {
		problems := Check(specOf(t, c.settings), newScene(t, c.profile, 1).limits)
		switch {
		case c.field == "" && len(problems) > 0:
			t.Errorf("%q in %s: %v", c.settings, c.profile, problems)
		case c.field != "" && (len(problems) != 1 || problems[0].Field != c.field):
			t.Errorf("%q in %s: %v, want a problem of %s", c.settings, c.profile, problems, c.field)
		}
	}
}

// "In-application streams: 5,000 to 15,000 rows a second each"; with ten, 20,000 to 30,000 together: sub-linear
// (input-parallelism.md).
func TestTheRowsOfInApplicationStreamsGrowLessThanTheirNumber(t *testing.T) {
	limit := &newScene(t, "aws-2021", 1).limits.SQLLimits
	one, ten, all := limit.SQLRate(1), limit.SQLRate(10), limit.SQLRate(64)
	if one < 5000 || one > 15000 || ten < 20000 || ten > 30000 || all/64 >= ten/10 || all <= ten {
		t.Errorf("%v, %v and %v rows a second of 1, 10 and 64 streams", one, ten, all)
	}
	s := newScene(t, "aws-2021", 10)
	s.app("type: sql\ninput_parallelism: 10")
	s.load(60_000, 100, 4)
	s.run(4)
	near(t, "rows a second of ten streams", float64(s.a.Processed.Value())/4, ten, ten*0.01)
}

// "Row size 512 KB" (limits.md).
func TestARowThatIsTooLongIsRefused(t *testing.T) {
	s := newScene(t, "aws-2021", 1)
	s.app("type: sql")
	s.write(0, 1, 512<<10, 0)
	s.write(0, 1, 512<<10+1, 0)
	s.run(1)
	if s.a.Processed.Value() != 1 || s.a.Refused.Value() != 1 {
		t.Errorf("%d processed, %d refused; want 1 and 1", s.a.Processed.Value(), s.a.Refused.Value())
	}
	s.ended(0)
}

// SQL reads its source about once a second (best-practices.md); Flink's source reads each shard every 200 ms and 10,000
// records at the most (troubleshooting-source-throttling.md).
func TestHowOftenAShardIsRead(t *testing.T) {
	for _, c := range []struct {
		profile, settings, key, every string
		gap                           float64
	}{
		{"aws-2021", "type: sql\ninput_parallelism: 10", "analytics.sql.poll_every", "1s", 1},
		{"aws-2026", "work: 0s", "analytics.flink.source_poll", "200ms", 0.2},
	} {
		s := newScene(t, c.profile, 1, c.key, c.every)
		s.app(c.settings)
		s.load(1000, 10, 20)
		s.run(20)
		for i := range s.stub.polls[1:] {
			near(t, "time between polls", s.stub.polls[i+1].Sub(s.stub.polls[i]).Seconds(), c.gap, 1e-9)
		}
		near(t, "polls", float64(len(s.stub.polls)), 20/c.gap, 1)
	}
	s := newScene(t, "aws-2026", 1)
	s.app("start: 10s\nstarting_position: trim_horizon\nwork: 1us")
	s.load(20_000, 10, 1)
	s.run(20)
	if s.stub.most != 10_000 || s.a.Processed.Value() != 20_000 {
		t.Errorf("%d records of a poll at the most, %d processed", s.stub.most, s.a.Processed.Value())
	}
}

// Enhanced fan-out: records are pushed.
func TestRecordsArePushedToAConsumerOfItsOwn(t *testing.T) {
	s := newScene(t, "aws-2026", 1)
	s.app("work: 0s\nenhanced_fan_out: true")
	s.run(1)
	s.put(0, 1)
	s.run(2)
	near(t, "latency", s.a.Paths()[0].Latency.Mean()/1e9, 0.03, 1e-4)
}

// Tumbling windows do not overlap; each row counts once, and the result is emitted at the end of the window
// (tumbling-window-concepts.md).
func TestATumblingWindowIsEmittedAtItsEnd(t *testing.T) {
	s := newScene(t, "aws-2021", 1)
	to := &inlet{}
	s.app("type: sql\nwindow: {size: 1m}\nresult_size: 64B", to)
	for _, at := range []float64{5, 59, 60, 61, 130} {
		s.run(at)
		s.put(0, 3)
	}
	s.run(400)
	var got []float64
	var counts []uint64
	for _, r := range s.told {
		got, counts = append(got, r.at.Seconds()), append(counts, r.count)
	}
	if !slices.Equal(got, []float64{60, 120, 180}) || !slices.Equal(counts, []uint64{2, 2, 1}) {
		t.Errorf("results at %v with counts %v, want 60, 120, 180 with 2, 2, 1", got, counts)
	}
	if to.sizes[0] != 64 {
		t.Errorf("a result has %d bytes, want 64", to.sizes[0])
	}
	near(t, "batch window of the first result", float64(to.waited[0])/1e9, 1, 0.001) // its last record came at 59 s
	near(t, "processed at once", s.a.Paths()[0].Latency.Mean()/1e9, 1e-4, 1e-5)
	near(t, "age of the first result", float64(s.a.Fresh.Max())/1e9, 59, 1)
	near(t, "delay of the results", float64(s.a.Delayed.Max())/1e9, 0, 0.01)
	s.ended(0)
}

// A sliding window of SQL emits one row for each row that comes, and none without (sliding-window-concepts.md).
func TestASlidingWindowOfSQLGivesAResultForEachRow(t *testing.T) {
	s := newScene(t, "aws-2021", 1)
	to := &inlet{}
	s.app("type: sql\nwindow: {type: sliding, size: 1m}", to)
	s.load(10, 3, 30)
	s.run(300)
	if s.a.Results.Value() != 300 || len(to.came) != 300 || to.came[299].Seconds() > 30.1 {
		t.Errorf("%d results, %d came, want 300 of 300 rows", s.a.Results.Value(), len(to.came))
	}
	s.ended(0)
}

// "If an output fails, it is tried again indefinitely" (how-it-works-output.md): the application works on nothing else.
func TestADestinationThatFailsHoldsTheApplicationBack(t *testing.T) {
	s := newScene(t, "aws-2021", 1, "analytics.output.in_flight", "10")
	good, bad := &inlet{}, &inlet{refuses: true}
	s.app("type: sql", good, bad)
	s.load(100, 3, 60)
	s.run(60)
	if n := s.a.Processed.Value(); n != 11 { // ten on their way to the one that fails, and one that waits
		t.Errorf("%d processed while the output fails, want 11", n)
	}
	if s.a.OutputTries.Value() < 250 {
		t.Errorf("%d calls that failed in a minute", s.a.OutputTries.Value())
	}
	bad.refuses = false
	s.run(800)
	if s.a.Processed.Value() != 6000 || len(good.came) != 6000 || len(bad.came) != 6000 {
		t.Errorf("%d processed, %d and %d results; want 6000 of each", s.a.Processed.Value(), len(good.came), len(bad.came))
	}
	s.ended(0)
}

// "CPU usage at 75 percent or more for 15 minutes" doubles the parallelism, with downtime; below 10 percent for six
// hours halves it, and not below what was set (Managed Service for Apache Flink developer guide,
// how-scaling-auto.html).
func TestParallelismFollowsTheCPU(t *testing.T) {
	s := newScene(t, "aws-2026", 4)
	s.app("parallelism: 1\nwork: 100ms")
	s.load(8, 4, 3600)
	s.run(899)
	if s.a.KPUs.Value() != 1 || s.a.Scalings.Value() != 0 {
		t.Errorf("%d KPUs before 15 minutes, want 1", s.a.KPUs.Value())
	}
	s.run(901)
	if s.a.KPUs.Value() != 2 || s.a.Running.Value() != 0 {
		t.Errorf("%d KPUs and running %d after 15 minutes, want 2 and 0", s.a.KPUs.Value(), s.a.Running.Value())
	}
	s.run(931)
	if s.a.Running.Value() != 1 {
		t.Error("it still stands still after 30 s")
	}
	s.run(3600 + 6*3600 - 61)
	if s.a.KPUs.Value() != 2 {
		t.Errorf("%d KPUs before six hours of idleness, want 2", s.a.KPUs.Value())
	}
	s.run(3600 + 6*3600 + 120)
	if s.a.KPUs.Value() != 1 {
		t.Errorf("%d KPUs after six hours of idleness, want 1", s.a.KPUs.Value())
	}
	s.run(3 * 7 * 3600)
	if s.a.KPUs.Value() != 1 || s.a.Scalings.Value() != 2 {
		t.Errorf("%d KPUs after %d scalings, want 1 after 2", s.a.KPUs.Value(), s.a.Scalings.Value())
	}
	near(t, "downtime", s.figure("downtime"), 60, 1e-6)
	if s.a.Processed.Value() != 8*3600 || s.a.Duplicates.Value() != 0 {
		t.Errorf("%d processed, %d twice; want %d and 0", s.a.Processed.Value(), s.a.Duplicates.Value(), 8*3600)
	}
	s.ended(0)

	s = newScene(t, "aws-2026", 4)
	s.app("work: 100ms\nautoscaling: false")
	s.load(8, 4, 3600)
	s.run(3600)
	if s.a.KPUs.Value() != 1 {
		t.Error("it was scaled though it must not be")
	}
}

// "Checkpoints every 60 s, at least 5 s from one to the next" (CheckpointConfiguration).
func TestCheckpoints(t *testing.T) {
	for settings, want := range map[string]uint64{
		"":                             16, // at 60, 120 … 960 s, each complete a second later
		"checkpoint: {duration: 58s}":  15, // 60 + 58 + 5 = 123: every 63 s
		"checkpoint: {interval: 10s}":  99,
		"checkpoint: {min_pause: 1m}":  16,
		"checkpoint: {min_pause: 99s}": 10,
		"checkpoint: {duration: 300s}": 3,
		"checkpoint: {interval: 1s}":   167, // complete at 2 s, and every 1 + 5 s
	} {
		s := newScene(t, "aws-2026", 1)
		s.app(settings)
		s.run(1000)
		if got := s.a.Checkpoints.Value(); got != want {
			t.Errorf("%q: %d checkpoints in 1000 s, want %d", settings, got, want)
		}
	}
}

// W19: an application that runs 20 min 10 s is billed as that, one that runs 5 min as ten; by the hour in 2021
// (Managed Service for Apache Flink developer guide, how-pricing.html).
func TestWhatARunIsBilledAs(t *testing.T) {
	for _, c := range []struct {
		profile   string
		ran, want sim.Duration
	}{
		{"aws-2026", 20*sim.Minute + 10*sim.Second, 20*sim.Minute + 10*sim.Second},
		{"aws-2026", 5 * sim.Minute, 10 * sim.Minute},
		{"aws-2021", 5 * sim.Minute, sim.Hour},
		{"aws-2021", 61 * sim.Minute, 2 * sim.Hour},
	} {
		s := newScene(t, c.profile, 1)
		s.app("parallelism: 3\nautoscaling: false\nstart: 10m\nstop: " + (10*sim.Minute + c.ran).String())
		s.run(4 * 3600)
		near(t, "KPU-hours of "+c.ran.String(), s.usage("analytics.kpu_hours"), 4*c.want.Seconds()/3600, 1e-9)
	}
}

// W7: four KPUs and one that orchestrates, a month of 730 hours: 3,650 KPU-hours, 4 × 50 GB of running storage, 100 GB
// of durable backups (AWS Pricing Calculator).
func TestAMonthOfFlink(t *testing.T) {
	s := newScene(t, "aws-2026", 1, "analytics.flink.checkpoint_every", "1h")
	s.app("parallelism: 8\nparallelism_per_kpu: 2\ndurable_backups: 100GiB\nautoscaling: false")
	s.run(730 * 3600)
	near(t, "KPU-hours", s.usage("analytics.kpu_hours"), 3650, 1e-6)
	near(t, "running storage", s.usage("analytics.running_storage_gb_months"), 200, 1e-6)
	near(t, "backups", s.usage("analytics.backup_gb_months"), 100, 1e-6)
	near(t, "the bill", 3650*0.11+200*0.10+100*0.023, 423.80, 0.005)
}

// SQL is billed by the KPUs that it uses on average, eight at the most, and none for orchestration (limits.md).
func TestSQLIsBilledByTheKPUsItUses(t *testing.T) {
	s := newScene(t, "aws-2021", 4)
	s.app("type: sql\ninput_parallelism: 4")
	s.load(10_000, 100, 60) // two KPUs, from the second minute on
	s.run(180)
	near(t, "KPU-hours", s.usage("analytics.kpu_hours"), (1+2+1)/60.0, 1e-9)
	if s.usage("analytics.running_storage_gb_months") != 0 {
		t.Error("SQL has running storage")
	}
}
