package sim

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The heap fires in the order of a sorted list: by time, then by scheduling.
func TestCalendarFiresInOrderOfTimeThenScheduling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c calendar
		var sorted []entry
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			if rapid.IntRange(0, 2).Draw(t, "push") > 0 || len(sorted) == 0 {
				at := Time(rapid.IntRange(0, 20).Draw(t, "at"))
				handler := uint32(rapid.IntRange(0, handlersMax-1).Draw(t, "handler"))
				e := entry{uint64(at), c.next | uint64(handler), 7}
				c.push(at, handler, 7)
				i, _ := slices.BinarySearchFunc(sorted, e, func(a, b entry) int { return 1 - 2*before(&a, &b) })
				sorted = slices.Insert(sorted, i, e)
				continue
			}
			if got := c.pop(); got != sorted[0] {
				t.Fatalf("popped %v, want %v", got, sorted[0])
			}
			sorted = sorted[1:]
		}
	})
}

func TestSchedulingAllocatesNothing(t *testing.T) {
	eng := NewEngine(1, 0)
	var tick Event[int]
	tick = NewEvent(eng, "tick", func(n int) { tick.After(Duration(n%7), n+1) })
	tick.After(0, 0)
	if n := testing.AllocsPerRun(10, func() { eng.Run(Never, 1000) }); n != 0 {
		t.Errorf("%v allocations in 1,000 events, want none", n)
	}
}

func TestSchedulingInThePastPanics(t *testing.T) {
	eng := NewEngine(1, 0)
	late := NewEvent(eng, "late", func(int) {})
	NewEvent(eng, "now", func(int) { late.At(1, 0) }).At(5, 0)
	defer func() {
		if recover() == nil {
			t.Error("scheduling at 1 ns when it is 5 ns must panic")
		}
	}()
	eng.Run(Never, 10)
}

func TestRunPausesAndGoesOnAsInOneGo(t *testing.T) {
	fired := func(budget uint64) uint64 {
		eng := NewEngine(3, 0)
		r := eng.Rand("gap")
		var ev Event[uint32]
		ev = NewEvent(eng, "ev", func(n uint32) { ev.After(Duration(r.IntN(100)), n+1) })
		ev.After(0, 0)
		for eng.Run(5000, budget) == Paused {
		}
		if eng.Now() != 5000 {
			t.Errorf("the clock stands at %v, want 5µs", eng.Now())
		}
		return eng.Fingerprint()
	}
	if a, b := fired(1<<40), fired(3); a != b {
		t.Errorf("fingerprints %x in one go and %x with pauses differ", a, b)
	}
}
