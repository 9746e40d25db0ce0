package sim_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"weir/sim"
)

// log is a record of what fired when.
type log []string

func (l *log) note(eng *sim.Engine, what string) {
	*l = append(*l, fmt.Sprintf("%d %s", eng.Now(), what))
}

func (l log) want(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(l, want) {
		t.Errorf("fired %q, want %q", []string(l), want)
	}
}

func panicOf(f func()) (message string) {
	defer func() {
		if cause := recover(); cause != nil {
			message = fmt.Sprint(cause)
		}
	}()
	f()
	return "no panic"
}

func TestEventsOfOneInstantFireInTheOrderOfScheduling(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	var l log
	a := sim.NewEvent(eng, "a", func(i int) { l.note(eng, fmt.Sprint("a", i)) })
	b := sim.NewEvent(eng, "b", func(i int) { l.note(eng, fmt.Sprint("b", i)) })
	b.At(5, 0)
	a.At(5, 1)
	a.At(3, 2)
	b.At(5, 3)
	a.At(5, 4)
	a.At(3, 5)
	eng.Run(sim.Never, 100)
	l.want(t, "3 a2", "3 a5", "5 b0", "5 a1", "5 b3", "5 a4")
}

func TestAnEventForNowFiresAfterThoseAlreadyScheduledForNow(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	var l log
	var later sim.Event[int]
	first := sim.NewEvent(eng, "first", func(i int) {
		l.note(eng, fmt.Sprint("first", i))
		later.After(0, i)
	})
	later = sim.NewEvent(eng, "later", func(i int) { l.note(eng, fmt.Sprint("later", i)) })
	first.At(7, 1)
	first.At(7, 2)
	first.At(7, 3)
	eng.Run(sim.Never, 100)
	l.want(t, "7 first1", "7 first2", "7 first3", "7 later1", "7 later2", "7 later3")
}

func TestArgumentsOfEveryTypeArriveAsTheyWere(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	var got []any
	type named uint16
	signed := sim.NewEvent(eng, "signed", func(a int32) { got = append(got, a) })
	short := sim.NewEvent(eng, "short", func(a named) { got = append(got, a) })
	wide := sim.NewEvent(eng, "wide", func(a uint64) { got = append(got, a) })
	signed.At(0, -5)
	short.At(0, 65535)
	wide.At(0, 1<<64-1)
	eng.Run(sim.Never, 100)
	if want := []any{int32(-5), named(65535), uint64(1<<64 - 1)}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRunSaysWhyItReturned(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	var l log
	ev := sim.NewEvent(eng, "ev", func(i int) {
		l.note(eng, fmt.Sprint(i))
		if i == 4 {
			eng.Stop()
		}
	})
	for i := range 8 {
		ev.At(sim.Time(10*i), i)
	}
	steps := []struct {
		until  sim.Time
		budget uint64
		reason sim.Reason
		now    sim.Time
		fired  uint64
	}{
		{until: 20, budget: 0, reason: sim.Paused, now: 0, fired: 0},
		{until: 20, budget: 2, reason: sim.Paused, now: 10, fired: 2},
		{until: 20, budget: 9, reason: sim.Reached, now: 20, fired: 3},
		{until: 25, budget: 9, reason: sim.Reached, now: 25, fired: 3},
		{until: 5, budget: 9, reason: sim.Reached, now: 25, fired: 3},
		{until: -1, budget: 9, reason: sim.Reached, now: 25, fired: 3},
		{until: sim.Never, budget: 99, reason: sim.Stopped, now: 40, fired: 5},
		{until: sim.Never, budget: 3, reason: sim.Paused, now: 70, fired: 8},
		{until: sim.Never, budget: 1, reason: sim.Drained, now: 70, fired: 8},
		{until: 90, budget: 1<<64 - 1, reason: sim.Drained, now: 90, fired: 8},
	}
	for _, s := range steps {
		reason := eng.Run(s.until, s.budget)
		if reason != s.reason || eng.Now() != s.now || eng.Fired() != s.fired {
			t.Errorf("Run(%d, %d) is %v at %d after %d events, want %v at %d after %d",
				s.until, s.budget, reason, eng.Now(), eng.Fired(), s.reason, s.now, s.fired)
		}
	}
	l.want(t, "0 0", "10 1", "20 2", "30 3", "40 4", "50 5", "60 6", "70 7")
}

func TestStopBeforeRunHasNoEffect(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	sim.NewEvent(eng, "ev", func(int) {}).At(1, 0)
	eng.Stop()
	if reason := eng.Run(5, 10); reason != sim.Drained || eng.Fired() != 1 {
		t.Errorf("Run is %v after %d events", reason, eng.Fired())
	}
}

func TestTheInstantBeyondAllOthersIsNever(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	var l log
	ev := sim.NewEvent(eng, "ev", func(i int) { l.note(eng, fmt.Sprint(i)) })
	last := sim.Never - 1
	ev.At(sim.Never, 0)
	ev.At(last, 1)
	ev.At(100, 2)
	eng.Run(100, 10)
	ev.After(sim.Never.Sub(0), 3)
	ev.After(sim.Never.Sub(100), 4)
	ev.After(last.Sub(100), 5)
	if reason := eng.Run(sim.Never, 10); reason != sim.Drained {
		t.Errorf("Run is %v with nothing but events at Never", reason)
	}
	l.want(t, "100 2", fmt.Sprint(int64(last), " 1"), fmt.Sprint(int64(last), " 5"))
	if eng.Pending() != 3 {
		t.Errorf("%d events are pending, want the 3 at Never", eng.Pending())
	}
	if sim.Time(5).Add(sim.Never.Sub(0)) != sim.Never || sim.Time(5).Add(-7) != -2 {
		t.Error("Add does not saturate at Never, or takes a negative length for an overflow")
	}
}

func TestMisusePanicsWithTheNameOfTheEvent(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	var misuse func()
	ev := sim.NewEvent(eng, "orders/served", func(int) { misuse() })
	cases := map[string]func(){
		"orders/served scheduled in the past": func() { ev.At(9, 0) },
		"scheduled in the past":               func() { ev.After(-1, 0) },
		"in the past":                         func() { ev.At(-1, 0) },
		"past":                                func() { ev.After(-1<<63, 0) },
		"Run called by a handler":             func() { eng.Run(20, 1) },
		"Close called by a handler":           func() { eng.Close() },
		"IntN of less than 1":                 func() { eng.Rand("x").IntN(0) },
		"a resource without units":            func() { sim.NewResource(0) },
		"Release of a unit that nobody has":   func() { sim.NewResource(1).Release() },
		"not a number":                        func() { sim.Seconds(-(0 / zero)) },
	}
	for want, f := range cases {
		misuse = func() {
			if got := panicOf(f); !strings.Contains(got, want) {
				t.Errorf("panic is %q, want one of %q", got, want)
			}
		}
		ev.At(max(10, eng.Now()), 0)
		eng.Run(sim.Never, 1)
	}
	if eng.Fired() != uint64(len(cases)) {
		t.Errorf("%d cases of %d were tried", eng.Fired(), len(cases))
	}
}

var zero float64

func TestAnEngineGoesOnAfterAHandlerPanicked(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	var l log
	ev := sim.NewEvent(eng, "ev", func(i int) {
		l.note(eng, fmt.Sprint(i))
		if i == 1 {
			panic("broken")
		}
	})
	for i := range 3 {
		ev.At(sim.Time(i), i)
	}
	if got := panicOf(func() { eng.Run(sim.Never, 10) }); got != "broken" {
		t.Errorf("panic is %q", got)
	}
	if eng.Fired() != 2 || eng.Run(sim.Never, 10) != sim.Drained || eng.Fired() != 3 {
		t.Errorf("%d events fired", eng.Fired())
	}
	l.want(t, "0 0", "1 1", "2 2")
}

func TestLengthsAndInstantsPrintInGoNotation(t *testing.T) {
	got := []string{(1500 * sim.Millisecond).String(), sim.Time(sim.Day).String(), sim.Paused.String(),
		fmt.Sprint(sim.Seconds(1e300) == sim.Never.Sub(0)), fmt.Sprint(sim.Seconds(-1e300) < 0),
		sim.Seconds(2.5e-9).String(), fmt.Sprint(sim.Time(sim.Minute).Seconds(), sim.Duration(1e9).Seconds())}
	if want := []string{"1.5s", "24h", "paused", "true", "true", "3ns", "60 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLengthsAddUpToTheLongestAtMost(t *testing.T) {
	const longest = sim.Duration(math.MaxInt64)
	for _, c := range [][3]sim.Duration{
		{1, 2, 3}, {longest, 0, longest}, {longest, 1, longest}, {5, longest, longest}, {3, -5, -2},
	} {
		if got := c[0].Plus(c[1]); got != c[2] {
			t.Errorf("%d and %d are %d, want %d", c[0], c[1], got, c[2])
		}
	}
	if got := longest.Share(1); got != longest {
		t.Errorf("all of the longest is %d", got)
	}
	if got := sim.Duration(7).Share(0.5); got != 3 {
		t.Errorf("half of 7 ns is %d ns, want 3", got)
	}
}
