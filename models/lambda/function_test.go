package lambda

import (
	"math"
	"testing"

	"weir/models/message"
	"weir/sim"
)

// "Exactly one request at a time": a second request gets an environment of its own; one that comes later meets a warm
// environment, the newest first, until it has been idle for its lifetime (facts 1.2).
func TestAnEnvironmentServesOneInvocationAtATimeUntilItIsReclaimed(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("work: 500ms")
	s.invoke(f, 1)
	s.invoke(f, 2)
	s.run(10)
	s.said("two cold starts", 1.6, nil, 1.6, nil) // placement 0.1 s, initialisation 1 s, work 0.5 s
	s.invoke(f, 3)
	s.run(20)
	s.said("a warm start", 10.5, nil)
	if f.ColdStarts.Value() != 2 || f.Environments.Value() != 2 {
		t.Errorf("%d cold starts, %d environments; want 2 and 2", f.ColdStarts.Value(), f.Environments.Value())
	}
	s.run(601.5)
	if f.Environments.Value() != 2 {
		t.Errorf("an environment was reclaimed before its time")
	}
	s.run(601.7) // the older one was idle since 1.6 s
	if f.Environments.Value() != 1 {
		t.Errorf("%d environments after the lifetime of one, want 1", f.Environments.Value())
	}
	s.run(610.4)
	if f.Environments.Value() != 1 {
		t.Errorf("the newest environment did not serve the warm start")
	}
	s.run(610.6)
	s.invoke(f, 4)
	s.run(620)
	s.said("cold again", 612.2, nil)
}

// However busy, an environment lives no longer than its life allows (facts 5.4).
func TestABusyEnvironmentEndsWithItsLife(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.life_max", "100s")
	f := s.function("work: 500ms")
	for at := range 30 {
		s.run(float64(10 * at))
		s.invoke(f, uint64(at))
	}
	s.run(400)
	if f.ColdStarts.Value() != 3 {
		t.Errorf("%d cold starts in 300 s of one invocation each 10 s, want one each 100 s", f.ColdStarts.Value())
	}
}

// "If exceeded, Init is retried at the first invocation, under the function timeout" (facts 1.2).
func TestAnInitialisationThatTakesTooLongIsMadeAgainInTheInvocation(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("work: 1s\ninit: 11s\ntimeout: 20s")
	s.invoke(f, 1)
	s.run(60)
	s.said("broken off", 0.1+10+12+1, nil)
	s.invoke(f, 2)
	s.run(70)
	s.said("warm", 61.0, nil)
	if f.InitTimeouts.Value() != 1 {
		t.Errorf("%d initialisations were broken off, want 1", f.InitTimeouts.Value())
	}
	short := s.function("work: 1s\ninit: 11s\ntimeout: 5s")
	s.invoke(short, 3)
	s.run(120)
	s.said("out of time", 70+0.1+10+5, ErrTimedOut)
}

// "Crash or timeout in Invoke: environment reset; the next invoke on it pays Init again inside its own duration".
func TestATimeoutResetsTheEnvironment(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("work: 2s\ntimeout: 1s")
	s.invoke(f, 1)
	s.run(10)
	s.said("the time is up", 2.1, ErrTimedOut) // 1.1 s of cold start, 1 s of work
	if billed := f.billed; billed != 2*sim.Second {
		t.Errorf("billed %v, want 1 s of initialisation and 1 s of duration", billed)
	}
	f.spec.Timeout = 5e9
	s.invoke(f, 2)
	s.run(20)
	s.said("reset", 13.0, nil)
	if f.ColdStarts.Value() != 1 || f.Timeouts.Value() != 1 {
		t.Errorf("%d cold starts and %d timeouts, want 1 and 1", f.ColdStarts.Value(), f.Timeouts.Value())
	}
}

// CPU is in proportion to memory, a vCPU at 1,769 MB; what does not compute takes as long as ever (facts 1.1).
func TestWorkTakesLongerWithLessThanAVCPUAsFarAsItComputes(t *testing.T) {
	for _, c := range []struct {
		settings string
		want     float64
	}{
		{"memory: 1769MiB\ncpu_share: 100%", 1},
		{"memory: 128MiB\ncpu_share: 100%", 1769.0 / 128},
		{"memory: 128MiB\ncpu_share: 50%", 0.5 + 0.5*1769/128},
		{"memory: 128MiB", 1},
		{"memory: 3538MiB\ncpu_share: 100%", 1},
		{"memory: 3538MiB\ncpu_share: 100%\nparallel_share: 50%", 0.75},
		{"memory: 884MiB\ncpu_share: 100%\nparallel_share: 50%", 1769.0 / 884},
	} {
		s := newScene(t, "aws-2026")
		f := s.function(c.settings)
		if math.Abs(f.computing-c.want) > 1e-9 {
			t.Errorf("%s: work takes %v as long as on a vCPU, want %v", c.settings, f.computing, c.want)
		}
	}
}

// "Each function on its own +1,000 environments per 10 s", refilled continuously and without saving up; until November
// 2023 one burst of the region for all, and 500 a minute (facts 1.3).
func TestNewEnvironmentsComeFromABurst(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.concurrent_executions", "100000", "lambda.request_rate", "1000")
	f, g := s.function("work: 60s\ntimeout: 900s"), s.function("work: 60s\ntimeout: 900s")
	throttled := func(f *Function, n int) int {
		before := f.Throttles.Value()
		for i := range n {
			s.invoke(f, uint64(i))
		}
		return int(f.Throttles.Value() - before)
	}
	if a, b := throttled(f, 1500), throttled(g, 1500); a != 500 || b != 500 {
		t.Errorf("%d and %d of 1,500 requests throttled, want 500 of each function", a, b)
	}
	s.run(2)
	if a := throttled(f, 1500); a != 1300 {
		t.Errorf("%d of 1,500 requests throttled 2 s later, want 1,300", a)
	}
	s.run(30)
	if a := throttled(f, 1500); a != 500 {
		t.Errorf("%d of 1,500 requests throttled long after, want 500", a)
	}

	s = newScene(t, "aws-2021", "lambda.concurrent_executions", "100000", "lambda.request_rate", "1000",
		"lambda.scaling.burst", "3000")
	f, g = s.function("work: 10s\ntimeout: 900s"), s.function("work: 10s\ntimeout: 900s")
	if a, b := throttled(f, 2000), throttled(g, 2000); a != 0 || b != 1000 {
		t.Errorf("%d and %d of 2,000 requests throttled in 2021, want none and 1,000", a, b)
	}
	s.run(60)
	if a, b := throttled(f, 2000), throttled(g, 2000); a != 0 || b != 500 {
		t.Errorf("%d and %d of 2,000 requests throttled a minute later, want none and 500", a, b)
	}
}

// The account's concurrency is shared by all functions; what one has reserved is its own and its limit; with a
// reservation of 0 every request is throttled (facts 1.3, C119).
func TestConcurrencyIsSharedOrReserved(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.concurrent_executions", "200")
	own := s.function("work: 10s\ntimeout: 60s\nreserved_concurrency: 50")
	a, b := s.function("work: 10s\ntimeout: 60s"), s.function("work: 10s\ntimeout: 60s")
	none := s.function("reserved_concurrency: 0")
	for range 200 {
		s.invoke(a, 1)
	}
	for range 100 {
		s.invoke(b, 2)
		s.invoke(own, 3)
	}
	s.invoke(none, 4)
	if a.Throttles.Value() != 50 || b.Throttles.Value() != 100 || own.Throttles.Value() != 50 {
		t.Errorf("%d, %d and %d throttled, want 50 of 200, all of 100, and 50 of 100", a.Throttles.Value(),
			b.Throttles.Value(), own.Throttles.Value())
	}
	if last := s.answers[len(s.answers)-1]; last.err != ErrReservedIsZero {
		t.Errorf("a function with nothing reserved answers %v", last.err)
	}
	s.run(60)
	if s.account.inUse != 0 || s.account.Concurrent.Value() != 0 || s.account.Concurrent.Max() != 200 {
		t.Errorf("%d in use and %d under way at the end, %d at most", s.account.inUse, s.account.Concurrent.Value(),
			s.account.Concurrent.Max())
	}
}

// Ten requests a second for each concurrent execution, whatever their concurrency (facts 1.1).
func TestTheAccountsRateOfRequestsIsASecondThrottle(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.concurrent_executions", "100", "lambda.placement", "0s")
	f := s.function("work: 1ms", func(p *Parts) { p.RuntimeInit = constant(0) })
	for i := range 20_000 { // 2,000 a second
		s.run(float64(i) / 2000)
		s.invoke(f, 0)
	}
	if n := f.Invocations.Value(); math.Abs(float64(n)-11_000) > 5 { // 1,000 at once, and 1,000 a second
		t.Errorf("%d of 20,000 requests were served in 10 s, want 11,000", n)
	}
	if f.Concurrent.Max() > 10 {
		t.Errorf("%d at once", f.Concurrent.Max())
	}
}

// Provisioned environments serve first and without a cold start; what finds none free spills over (C122).
func TestProvisionedConcurrencyServesFirst(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("work: 6s\ntimeout: 10s\nprovisioned_concurrency: {concurrency: 1}")
	f.Start()
	s.invoke(f, 1)
	s.run(10)
	s.said("provisioned", 6.0, nil)
	s.invoke(f, 2)
	s.invoke(f, 3)
	s.run(30)
	s.said("spilled over", 16.0, nil, 17.1, nil)
	if f.Provisioned.Value() != 2 || f.Spillover.Value() != 1 {
		t.Errorf("%d on provisioned environments, %d spilled over; want 2 and 1", f.Provisioned.Value(), f.Spillover.Value())
	}
	if f.billedProvisioned != 13*sim.Second || f.billed != 7*sim.Second {
		t.Errorf("billed %v provisioned and %v on demand, want 13 s and 7 s", f.billedProvisioned, f.billed)
	}
}

// 6,000 environments a minute, of use when all are allocated; less is there at once (facts 1.3).
func TestProvisionedConcurrencyChangesAtSetTimes(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("provisioned_concurrency: {concurrency: 10, schedule: [{at: 60s, concurrency: 510}, {at: 200s, concurrency: 5}]}")
	f.Start()
	for _, at := range []struct {
		seconds float64
		want    int64
	}{{59, 10}, {64.9, 10}, {65.1, 510}, {199, 510}, {201, 5}} {
		if s.run(at.seconds); f.Ready.Value() != at.want || int64(len(f.ready)) != at.want {
			t.Errorf("%v s: %d of use, want %d", at.seconds, f.Ready.Value(), at.want)
		}
	}
	if want := sim.Duration(505) * 160 * sim.Second; f.held != want { // 140 s are billed as 5 min
		t.Errorf("%v held beyond its time, want %v", f.held, want)
	}
}

// Connections are kept with their environments, idle ones too, and closed with them; or opened in each invocation.
func TestMemoryIsRunOutOfAndTheEnvironmentIsReset(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("work: 1s\nfailures: {out_of_memory: 100%}")
	s.invoke(f, 1)
	s.run(10)
	s.invoke(f, 2)
	s.run(20)
	s.said("out of memory", 2.1, ErrOutOfMemory, 12.0, ErrOutOfMemory)
	if f.Processed.Value() != 0 || s.place(message.Processed) != 0 {
		t.Errorf("%d processed", f.Processed.Value())
	}
}

// The first invocation of an environment takes longer by what its runtime still loads.
func TestTheFirstInvocationTakesLonger(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("work: 1s", func(p *Parts) { p.First = 400 * sim.Millisecond })
	ref := s.invoke(f, 1)
	s.run(10)
	var clocks [message.Causes]int64
	s.store.At(ref).Clocks(sim.Time(sim.Seconds(2.5)), message.Idle{}, &clocks)
	s.invoke(f, 2)
	s.run(20)
	s.said("first and second", 2.5, nil, 11.0, nil)
	if cold := sim.Duration(clocks[message.ColdStart]); cold != 1500*sim.Millisecond {
		t.Errorf("%v booked to the cold start, want 1.5 s", cold)
	}
}

// Target tracking on the use of provisioned concurrency: three minutes above the target add as many as bring it back,
// fifteen below nine tenths of it take away (facts 1.3, 4.1).
func TestProvisionedConcurrencyTracksItsUse(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("work: 50s\ntimeout: 900s\nprovisioned_concurrency: {concurrency: 10, target_tracking: {max: 100, min: 4}}")
	f.Start()
	for minute := range 6 { // ten at once for 50 s of each minute: 83 % of ten
		for range 10 {
			s.invoke(f, 0)
		}
		s.run(float64(60 * (minute + 1)))
		want := int64(10)
		if minute >= 3 { // read at 60, 120 and 180 s; 12 are 10 × 0.833 / 0.7, and there at 180.02 s
			want = 12
		}
		if got := f.Ready.Value(); minute != 2 && got != want {
			t.Errorf("%d provisioned after %d minutes, want %d", got, minute+1, want)
		}
	}
	s.run(60 * 30) // nothing is asked: down to the least
	if got := f.Ready.Value(); got != 4 {
		t.Errorf("%d provisioned after minutes without use, want 4", got)
	}
	if f.Spillover.Value() != 0 {
		t.Errorf("%d spilled over", f.Spillover.Value())
	}
}

// Each request is routed by simple probability (facts 2); the new version has its own work, errors and environments.
func TestAnAliasRoutesByChance(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("work: 10ms\nnew_version: {weight: 20%, work: 20ms, failures: {error: 100%}}", quick)
	for i := range 5000 {
		s.run(float64(i) * 0.01)
		s.invoke(f, uint64(i))
	}
	s.run(100)
	old, failed := f.Count(0)
	newer, errors := f.Count(1)
	if half := 3.29 * math.Sqrt(0.2*0.8/5000); math.Abs(float64(newer)/5000-0.2) > half || old+newer != 5000 {
		t.Errorf("%d of 5,000 on the new version, want a fifth", newer)
	}
	if failed != 0 || errors != newer {
		t.Errorf("%d and %d failed, want none of the old and all of the new version's", failed, errors)
	}
}

// "The function's requests carry the sampled flag": X-Ray traces the first request of each second and 5 % of the others
// (facts 3.1), and what was sampled before is traced on.
func TestXRaySamplesASecondsFirstAndAShareOfTheOthers(t *testing.T) {
	s := newScene(t, "aws-2026")
	f := s.function("work: 1ms\ntracing: true", quick)
	const seconds, each = 200, 100
	for i := range seconds * each {
		s.run(float64(i) / each)
		s.invoke(f, 0)
	}
	s.run(seconds + 10)
	want := seconds + 0.05*seconds*(each-1)
	if got := float64(f.Traced.Value()); math.Abs(got-want) > 3.29*math.Sqrt(seconds*each*0.05*0.95) {
		t.Errorf("%v traced, want %v", got, want)
	}
	before := f.Traced.Value()
	for range 10 {
		ref := s.born(100, message.Traced)
		m := s.store.At(ref)
		f.Invoke(message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation}, s, 0)
	}
	if s.run(seconds + 20); f.Traced.Value() != before+10 {
		t.Errorf("%d of ten traced whose header says so", f.Traced.Value()-before)
	}
}

// Durations are billed in steps of 1 ms, before December 2020 of 100 ms; the initialisation of managed runtimes since
// August 2025, of images always (facts 1.2).
func TestWhatIsBilledOfAnInvocation(t *testing.T) {
	for _, c := range []struct {
		profile   string
		overrides []string
		custom    bool
		want      sim.Duration
	}{
		{"aws-2026", nil, false, 1001 * sim.Millisecond},
		{"aws-2021", nil, false, sim.Millisecond},
		{"aws-2021", nil, true, 1001 * sim.Millisecond},
		{"aws-2021", []string{"lambda.billing.granularity", "100ms"}, false, 100 * sim.Millisecond},
	} {
		s := newScene(t, c.profile, c.overrides...)
		f := s.function("work: 400us", func(p *Parts) { p.Custom = c.custom })
		s.invoke(f, 0)
		s.run(10)
		if f.billed != c.want {
			t.Errorf("%s %v, custom %v: billed %v, want %v", c.profile, c.overrides, c.custom, f.billed, c.want)
		}
	}
}

// Of the environments that wait, the newest serves first (facts 1.2), however many there are and whichever are gone.
func TestTheNewestEnvironmentThatWaitsServesFirst(t *testing.T) {
	luck := sim.NewEngine(5, 0).Rand("order")
	var set idleSet
	present := map[uint32]bool{}
	stands := func(e idleEntry) bool { return present[e.number] }
	for number := uint32(1); number < 3000; number++ {
		set.push(idleEntry{number, number})
		present[number] = true
		switch luck.Uint64() % 3 {
		case 0: // one of the oldest is reclaimed
			for old := uint32(1); old <= number; old++ {
				if present[old] {
					delete(present, old)
					set.gone(stands)
					break
				}
			}
		case 1:
			newest := uint32(0)
			for n := range present {
				newest = max(newest, n)
			}
			for set.live > 0 {
				if e := set.pop(); present[e.number] {
					set.live--
					delete(present, e.number)
					if e.number != newest {
						t.Fatalf("took %d, the newest is %d", e.number, newest)
					}
					set.push(idleEntry{number + 10_000*(1+uint32(luck.Uint64()%9)), 0}) // one that is released again
					present[set.heap[0].number] = true
					break
				}
			}
		}
		if set.live != len(present) || len(set.heap) > 2*set.live+66 {
			t.Fatalf("%d live of %d, want %d", set.live, len(set.heap), len(present))
		}
	}
}

// An environment that is at work when its life ends is reclaimed with the end of its invocation.
func TestAnEnvironmentThatIsNeverIdleEndsToo(t *testing.T) {
	s := newScene(t, "aws-2026", "lambda.life_max", "100s")
	f := s.function("work: 60s\ntimeout: 900s", quick)
	s.invoke(f, 1) // from 0.1 s to 60.1 s
	s.run(60.2)
	s.invoke(f, 2) // to 120.2 s
	s.run(119)
	if f.Environments.Value() != 1 {
		t.Errorf("%d environments, want the one at work", f.Environments.Value())
	}
	if s.run(121); f.Environments.Value() != 0 || f.ColdStarts.Value() != 1 {
		t.Errorf("%d environments after the life of one, %d cold starts", f.Environments.Value(), f.ColdStarts.Value())
	}
}
