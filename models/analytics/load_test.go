package analytics

import (
	"fmt"
	"math"
	"testing"

	"weir/models/message"
	"weir/sim"
	"weir/sim/random"
)

// The throughput of an application that has more to do than it can is its slots times the rate of each; what it does
// not read stays in the stream, and the latency grows by (λ − μ) ÷ λ each second.
func TestThroughputAndLagOfAnOverloadedApplication(t *testing.T) {
	for _, c := range []struct {
		settings string
		shards   int
		load, mu float64
	}{
		{"work: 1.25ms", 1, 1000, 800},
		{"parallelism: 4\nwork: 2ms", 2, 4000, 2000},
		{"parallelism: 8\nparallelism_per_kpu: 4\nwork: 1ms", 2, 4000, 2000}, // four tasks share a vCPU
		{"parallelism: 8\nparallelism_per_kpu: 4\nwork: 1ms\ncpu_share: 25%", 4, 10_000, 8000 / 1.75},
		{"parallelism: 2\nwork: {exponential: 1ms}", 1, 4000, 2000},
		{"parallelism: 2\nwork: 500us\nwork_per_kib: 5ms", 1, 4000, 2000}, // 100 bytes: 0.49 ms
	} {
		s := newScene(t, "aws-2026", c.shards, "analytics.flink.source_poll", "200ms")
		s.app(c.settings + "\nautoscaling: false")
		s.load(c.load, 1000, 100)
		s.run(20) // what it has in hand by then does not grow any more
		before, late := s.a.Processed.Value(), s.a.Paths()[0].Latency.Max()
		s.run(100)
		near(t, c.settings+": throughput", float64(s.a.Processed.Value()-before)/80, c.mu, c.mu*0.02)
		near(t, c.settings+": growth of the latency", float64(s.a.Paths()[0].Latency.Max()-late)/80e9, 1-c.mu/c.load, 0.01)
		if s.a.Lag() == 0 {
			t.Errorf("%s: nothing is left in the stream", c.settings)
		}
		near(t, c.settings+": CPU", s.figure("cpu_utilization"), s.a.pace.cpu*float64(len(s.a.slots))/
			float64(s.a.KPUs.Value()), 0.02)
		if most := c.shards*15_000 + len(s.a.slots)*int(s.limits.Buffered); s.store.Live() > most {
			t.Errorf("%s: %d messages live, want %d at most", c.settings, s.store.Live(), most)
		}
	}
}

// An application that is fast enough waits for its polls alone: 100 ms on average of one every 200 ms.
func TestRecordsWaitForThePollOfTheirShard(t *testing.T) {
	s := newScene(t, "aws-2026", 3, "analytics.flink.source_poll", "200ms")
	s.app("work: 10us\nparallelism: 3")
	s.load(997, 50, 200)
	s.run(210)
	near(t, "latency", s.a.Paths()[0].Latency.Mean()/1e9, 0.1, 0.003)
	if most := s.a.Behind.Max(); most > int64(200*sim.Millisecond) {
		t.Errorf("the lag is up to %v", sim.Duration(most))
	}
	s.ended(0)
}

// An application that is overloaded falls behind by (λ − μ) ÷ λ each second, but for what it has in hand: a quarter of
// the time its lag is below a quarter of the last one, and half of the time below half of it.
func TestQuantilesOfTheLagAreOverTime(t *testing.T) {
	s := newScene(t, "aws-2026", 2)
	s.app("work: 1ms\nautoscaling: false") // half of the load
	s.load(2000, 1000, 400)
	s.run(400)
	end := s.a.Lag().Seconds()
	if most := float64(s.a.Behind.Max()) / 1e9; end < 180 || most > 200 {
		t.Errorf("the lag is %v s at the end, and %v s at most", end, most)
	}
	for _, p := range []float64{0.25, 0.5, 0.9} {
		lag, _ := s.a.Behind.Quantile(p)
		near(t, fmt.Sprintf("lag of a share of %v of the time", p), float64(lag)/1e9, p*end, 0.05*end)
	}
	if n := s.a.Behind.Count(); n != 400 {
		t.Errorf("the lag was looked at %d times", n)
	}
}

// A key has one slot: the throughput of a hot key is that of one slot, and it holds the others back.
func TestAHotKeyHasOneSlot(t *testing.T) {
	s := newScene(t, "aws-2026", 2)
	s.app("parallelism: 4\nwork: 1ms\nautoscaling: false\nwindow: {size: 1h}")
	s.load(2000, 1, 60)
	s.run(60)
	near(t, "processed a second", float64(s.a.Processed.Value())/60, 1000, 20)
	s = newScene(t, "aws-2026", 2)
	s.app("parallelism: 4\nwork: 1ms\nautoscaling: false\nwindow: {size: 1h}")
	s.load(2000, 1000, 60)
	s.run(61)
	near(t, "processed a second", float64(s.a.Processed.Value())/60, 2000, 20)
}

// The slot with the largest share of the keys holds all back: throughput is the rate of a slot over that share.
func TestTheSlowestSlotHoldsAllBack(t *testing.T) {
	s := newScene(t, "aws-2026", 3, "analytics.flink.source_poll", "200ms")
	s.app("parallelism: 2\nwork: 2ms\nautoscaling: false\nwindow: {size: 1h}")
	s.load(2000, 7, 200)
	s.run(20)
	before := s.a.Processed.Value()
	s.run(200)
	var keys [2]float64
	for key := range uint32(7) {
		keys[s.a.tasks.of(0, key, true)]++
	}
	near(t, "processed a second", float64(s.a.Processed.Value()-before)/180, 500*7/max(keys[0], keys[1]), 8)
}

// After a crash the application stands still, works again on what came after the last checkpoint, and then on what came
// meanwhile: 30 s of standing and the work of 40 s.
func TestACrashRepeatsWhatCameAfterTheCheckpoint(t *testing.T) {
	s := newScene(t, "aws-2026", 1, "analytics.flink.checkpoint_pause", "0s")
	s.app("work: 5ms\nautoscaling: false\ncheckpoint: {duration: 10s}\nfailures: {restore: 30s}")
	s.load(100, 10, 400)
	s.run(160) // the last checkpoint began at 120 s
	s.a.saving.crash(0)
	s.run(189)
	if n := s.a.Processed.Value(); n != 16_000 || s.a.Running.Value() != 0 {
		t.Errorf("%d processed, running %d while it stands still; want 16000 and 0", n, s.a.Running.Value())
	}
	s.run(190 + 20 - 0.1) // 4000 × 5 ms
	if n, twice := s.a.Processed.Value(), s.a.Duplicates.Value(); n != 16_000 || twice != 0 {
		t.Errorf("%d processed and %d twice before it has caught up, want 16000 and 0", n, twice)
	}
	s.run(211)
	if twice := s.a.Duplicates.Value(); twice != 4000 {
		t.Errorf("%d twice, want 4000", twice)
	}
	// 50 s of 100 records a second are behind, and are worked off at 200 a second: at 260 s it has caught up.
	s.run(258)
	behind := s.store.Ledger.UnderWay()[message.Visible] + s.store.Ledger.UnderWay()[message.InFlight]
	if behind < 100 || behind > 300 {
		t.Errorf("%d records behind at 258 s, want 200", behind)
	}
	s.run(262)
	near(t, "lag", s.a.Lag().Seconds(), 0, 0.1)
	s.run(500)
	near(t, "downtime", s.figure("downtime"), 30, 1e-6)
	if s.a.Processed.Value() != 40_000 || s.a.Crashes.Value() != 1 {
		t.Errorf("%d processed, %d crashes", s.a.Processed.Value(), s.a.Crashes.Value())
	}
	s.ended(0)
}

// A crash and the start after it may come while an answer is on its way: nothing is lost or read twice, and the stream
// is asked for no more than the application wants.
func TestACrashWhileAnAnswerIsOnItsWay(t *testing.T) {
	s := newScene(t, "aws-2026", 2, "analytics.flink.source_records", "40",
		"analytics.flink.source_poll", "1s", "analytics.flink.buffered", "5")
	s.get = random.Constant{Value: 4e9}
	to := &inlet{}
	a := s.app("work: 80ms\nfailures: {crash: 20/min, restore: 500ms}", to)
	s.eng.Observe(func(at sim.Time, handler string, _ uint64) {
		for n := range a.shards {
			if a.fetcher.Wanted(n) && !a.shards[n].asked {
				t.Fatalf("at %v s, before %s, shard %d is read though nobody asks for it", at.Seconds(), handler, n)
			}
			if got := a.shards[n].line.Len(); got > 60 {
				t.Fatalf("%d records of a shard in hand at %v s, want at most one and a half reads", got, at.Seconds())
			}
		}
	})
	s.load(10, 3, 120)
	s.run(125)
	a.spec.Failures.Crash = 0
	s.run(400)
	if a.Crashes.Value() < 20 || a.In.Value() != 1200 || a.Processed.Value() != 1200 || len(to.came) != 1200 {
		t.Errorf("%d crashes, %d read, %d processed, %d results; want 20 or more, and 1200 of each", a.Crashes.Value(),
			a.In.Value(), a.Processed.Value(), len(to.came))
	}
	s.ended(0)
}

// Crashes come by chance, as often as is said, and nothing is lost.
func TestCrashesComeAsOftenAsIsSaid(t *testing.T) {
	s := newScene(t, "aws-2026", 3, "analytics.flink.source_poll", "200ms")
	s.app("work: 1ms\nparallelism: 2\nfailures: {crash: 20/h, restore: 10s}\nwindow: {size: 10s}", &inlet{})
	s.load(10, 20, 20*3600)
	s.run(20*3600 + 600)
	near(t, "crashes", float64(s.a.Crashes.Value()), 400*0.95, 3*math.Sqrt(400))
	if s.a.Processed.Value()+s.a.Late.Value() != 10*20*3600 {
		t.Errorf("%d processed, %d late", s.a.Processed.Value(), s.a.Late.Value())
	}
	near(t, "standing still for a crash", s.figure("downtime")/float64(s.a.Crashes.Value()), 10, 0.2)
}

// Scaling carries the records in hand to their new slots.
func TestScalingLosesNothing(t *testing.T) {
	s := newScene(t, "aws-2026", 4)
	to := &inlet{}
	s.app("work: 10ms\nparallelism: 2\nwindow: {size: 1m}", to)
	s.load(400, 50, 1000)
	s.run(7000)
	if s.a.Scalings.Value() == 0 || s.a.Processed.Value() != 400_000 || s.a.Late.Value() != 0 {
		t.Errorf("%d scalings, %d processed, %d late", s.a.Scalings.Value(), s.a.Processed.Value(), s.a.Late.Value())
	}
	var in uint64
	for _, r := range s.told {
		in += r.count
	}
	open := 0
	for _, w := range s.a.windows.open {
		in += s.a.windows.slab[w].count
		open++
	}
	if in != 400_000 || len(to.came) != len(s.told) {
		t.Errorf("%d in windows, %d results of %d came", in, len(to.came), len(s.told))
	}
	s.ended(open) // the last record of each window that is open
}

// An hour's windows of 10,000 records a second hold counts, and not 36 million messages; and nothing is allocated once
// tables have grown.
func TestMemoryFollowsTheOpenWindows(t *testing.T) {
	s := newScene(t, "aws-2026", 10, "analytics.flink.source_poll", "200ms")
	s.app("work: 50us\nparallelism: 2\nautoscaling: false\nwindow: {size: 1h}", &inlet{})
	s.load(10_000, 500, 3600)
	s.run(60)
	if n := s.store.Live(); n > 500+3*2000 {
		t.Errorf("%d messages live", n)
	}
	at := 60.0
	if n := testing.AllocsPerRun(5, func() { at++; s.eng.Run(sim.Time(sim.Seconds(at)), math.MaxUint64) }); n > 20 {
		t.Errorf("%v allocations for 10,000 records", n)
	}
}

// What was stopped reads nothing and costs nothing.
func TestAnApplicationThatWasStopped(t *testing.T) {
	s := newScene(t, "aws-2026", 1)
	s.app("start: 10s\nstarting_position: latest\nstop: 1h\nwork: 1ms")
	s.load(10, 3, 7200)
	s.run(7200)
	near(t, "processed", float64(s.a.Processed.Value()), 10*3590, 2)
	near(t, "KPU-hours", s.usage("analytics.kpu_hours"), 2*3590/3600.0, 1e-9)
	s.a.Reset(s.eng.Now())
	s.run(7300)
	near(t, "KPU-hours of a later window", s.usage("analytics.kpu_hours"), 0, 0)
	if s.figure("uptime") != 0 || s.figure("downtime") != 0 {
		t.Errorf("up %v, down %v", s.figure("uptime"), s.figure("downtime"))
	}
}

// BenchmarkRecords is what a record takes, through a keyed window.
func BenchmarkRecords(b *testing.B) {
	s := newScene(b, "aws-2026", 10, "analytics.flink.source_poll", "200ms")
	s.app("work: 50us\nparallelism: 2\nautoscaling: false\nwindow: {size: 1m}")
	s.load(10_000, 500, 1e6)
	s.run(100)
	b.ResetTimer()
	b.ReportAllocs()
	s.run(100 + float64(b.N)/10_000)
}
