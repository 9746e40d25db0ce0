package sim_test

import (
	"fmt"
	"testing"

	"weir/sim"
)

// walk is a small model with ties, idle spans and bursts, drawn from named random numbers.
func walk(seed uint64) *sim.Engine {
	eng := sim.NewEngine(seed, 0)
	r := eng.Rand("walk/steps")
	var stepped, rested sim.Event[uint32]
	stepped = sim.NewEvent(eng, "walk/stepped", func(i uint32) {
		switch r.IntN(4) {
		case 0:
			stepped.After(0, i+1)
		case 1:
			rested.After(sim.Duration(r.IntN(3)), i)
		default:
			stepped.After(sim.Duration(r.IntN(1000)), i)
		}
	})
	rested = sim.NewEvent(eng, "walk/rested", func(i uint32) {
		stepped.After(sim.Second, i)
		if i < 20 {
			stepped.After(sim.Second, i+100)
		}
	})
	for i := range 10 {
		stepped.At(sim.Time(i%3), uint32(i))
	}
	return eng
}

func TestTheTrajectoryIsPinnedForEveryProcessor(t *testing.T) {
	eng := walk(1)
	eng.Run(sim.Never, 10_000)
	if got := fmt.Sprintf("%#x at %v", eng.Fingerprint(), eng.Now()); got != pinnedWalk {
		t.Errorf("fingerprint %s, want %s", got, pinnedWalk)
	}
}

const pinnedWalk = "0x9b563a0647267e6f at 21.00002443s"

func TestATrialInPiecesTakesTheSameCourse(t *testing.T) {
	const end = sim.Time(10 * sim.Minute)
	whole := walk(2)
	whole.Run(end, 1<<40)
	if whole.Fired() < 5000 {
		t.Fatalf("%d events are too few to show a difference", whole.Fired())
	}
	for _, budget := range []uint64{1, 2, 7, 1000} {
		pieces := walk(2)
		for pieces.Run(end, budget) == sim.Paused {
		}
		same(t, fmt.Sprintf("%d events at a time", budget), whole, pieces)
	}
	pieces := walk(2)
	for t := sim.Time(0); t <= end; t += sim.Time(333 * sim.Millisecond) {
		pieces.Run(t, 1<<40)
	}
	pieces.Run(end, 1<<40)
	same(t, "a third of a second at a time", whole, pieces)
}

func same(t *testing.T, how string, want, got *sim.Engine) {
	t.Helper()
	if got.Fingerprint() != want.Fingerprint() || got.Fired() != want.Fired() || got.Now() != want.Now() ||
		got.Pending() != want.Pending() {
		t.Errorf("%s: %#x after %d events at %v with %d pending, want %#x after %d at %v with %d", how,
			got.Fingerprint(), got.Fired(), got.Now(), got.Pending(),
			want.Fingerprint(), want.Fired(), want.Now(), want.Pending())
	}
}

func TestAnObserverSeesEveryEventBeforeItFires(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	var l log
	arrived := sim.NewEvent(eng, "arrived", func(i int) { l.note(eng, fmt.Sprint("handled ", i)) })
	watch := func(at sim.Time, name string, arg uint64) {
		if at != eng.Now() {
			t.Errorf("an event at %d is seen at %d", at, eng.Now())
		}
		l.note(eng, fmt.Sprint(name, " ", arg))
	}
	for i := range 4 {
		arrived.At(sim.Time(i), i)
	}
	eng.Run(0, 10)
	eng.Observe(watch)
	eng.Run(2, 10)
	eng.Observe(nil)
	eng.Run(3, 10)
	l.want(t, "0 handled 0", "1 arrived 1", "1 handled 1", "2 arrived 2", "2 handled 2", "3 handled 3")
}

func TestWatchingDoesNotChangeTheTrajectory(t *testing.T) {
	free, watched := walk(3), walk(3)
	seen := uint64(0)
	watched.Observe(func(sim.Time, string, uint64) { seen++ })
	free.Run(sim.Never, 5000)
	watched.Run(sim.Never, 5000)
	same(t, "watched", free, watched)
	if seen != 5000 {
		t.Errorf("%d of 5000 events seen", seen)
	}
}

func TestTheFingerprintTellsTrajectoriesApart(t *testing.T) {
	type event struct {
		at   sim.Time
		name string
		arg  uint64
	}
	fingerprint := func(events ...event) uint64 {
		eng := sim.NewEngine(1, 0)
		handlers := map[string]sim.Event[uint64]{}
		for _, name := range []string{"never fires", "a", "b"} {
			handlers[name] = sim.NewEvent(eng, name, func(uint64) {})
		}
		for _, e := range events {
			handlers[e.name].At(e.at, e.arg)
		}
		eng.Run(sim.Never, 100)
		return eng.Fingerprint()
	}
	courses := map[string][]event{
		"one":                {{1, "a", 2}, {3, "b", 4}},
		"another time":       {{2, "a", 2}, {3, "b", 4}},
		"another last time":  {{1, "a", 2}, {4, "b", 4}},
		"another handler":    {{1, "b", 2}, {3, "b", 4}},
		"handlers exchanged": {{1, "b", 2}, {3, "a", 4}},
		"another argument":   {{1, "a", 3}, {3, "b", 4}},
		"highest bit":        {{1, "a", 2 + 1<<63}, {3, "b", 4}},
		"arguments swapped":  {{1, "a", 4}, {3, "b", 2}},
		"times and args":     {{2, "a", 1}, {3, "b", 4}},
		"one more":           {{1, "a", 2}, {3, "b", 4}, {3, "b", 4}},
		"one less":           {{1, "a", 2}},
		"another order":      {{1, "a", 2}, {1, "a", 3}},
		"the other order":    {{1, "a", 3}, {1, "a", 2}},
	}
	seen := map[uint64]string{}
	for name, events := range courses {
		f := fingerprint(events...)
		if other, ok := seen[f]; ok {
			t.Errorf("%s has the fingerprint of %s", name, other)
		}
		if f != fingerprint(events...) {
			t.Errorf("%s has two fingerprints", name)
		}
		seen[f] = name
	}
}

func TestTheFingerprintDoesNotDependOnEventsThatNeverFire(t *testing.T) {
	fingerprint := func(others int) uint64 {
		eng := sim.NewEngine(1, 0)
		for range others {
			sim.NewEvent(eng, "silent", func(int) {})
		}
		sim.NewEvent(eng, "fires", func(int) {}).At(1, 1)
		eng.Run(sim.Never, 10)
		return eng.Fingerprint()
	}
	if fingerprint(0) != fingerprint(3) {
		t.Error("handlers that never fire change the fingerprint")
	}
}

func TestAnEventAllocatesNothing(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	r := eng.Rand("gap")
	var held sim.Event[uint32]
	held = sim.NewEvent(eng, "held", func(i uint32) {
		held.After(sim.Duration(r.IntN(1000)), i)
		if i%7 == 0 {
			held.After(0, i+1)
		}
	})
	for i := range 1000 {
		held.At(0, uint32(7*i+1))
	}
	eng.Run(sim.Never, 10_000)
	if n := testing.AllocsPerRun(20, func() { eng.Run(sim.Never, 1000) }); n != 0 {
		t.Errorf("%v allocations in 1000 events", n)
	}
}
