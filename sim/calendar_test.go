package sim

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// pending is what the calendar is tested against: a slice in the order of events.
type pending struct {
	at  Time
	arg uint64
}

type sortedSlice []pending

func (s *sortedSlice) schedule(at Time, arg uint64) {
	i, _ := slices.BinarySearchFunc(*s, at, func(p pending, at Time) int {
		if p.at <= at {
			return -1 // behind those of the same instant
		}
		return 1
	})
	*s = slices.Insert(*s, i, pending{at, arg})
}

// increments are ways in which a model may look ahead, from no ties at all to nothing but ties.
var increments = map[string]func(r *rand.Rand) Duration{
	"spread":     func(r *rand.Rand) Duration { return Duration(r.ExpFloat64() * 1e9) },
	"constant":   func(*rand.Rand) Duration { return 30 },
	"now":        func(*rand.Rand) Duration { return 0 },
	"coarse":     func(r *rand.Rand) Duration { return Duration(r.IntN(4)) },
	"far":        func(r *rand.Rand) Duration { return Duration(r.Int64()) },
	"far or now": func(r *rand.Rand) Duration { return Duration(r.IntN(2)) * Day },
}

func TestCalendarFiresLikeASortedSlice(t *testing.T) {
	for name, increment := range increments {
		for seed := range uint64(40) {
			r := rand.New(rand.NewPCG(seed, 7))
			target := 1 << (seed % 12) // how many events should be pending
			differ(t, name, target, func() Duration { return increment(r) }, func() int {
				return r.IntN(3)
			})
		}
	}
}

// FuzzCalendar lets each byte decide what a firing event schedules: two bits how many, the others how far ahead.
func FuzzCalendar(f *testing.F) {
	f.Add([]byte{0xff, 1, 2, 3, 0, 0, 0})
	f.Add([]byte("The quick brown fox jumps over the lazy dog"))
	f.Fuzz(func(t *testing.T, decisions []byte) {
		i := 0
		next := func() byte {
			if i++; i > len(decisions) {
				return 0
			}
			return decisions[i-1]
		}
		differ(t, "fuzz", 1, func() Duration { return Duration(next() >> 2) }, func() int { return int(next() & 3) })
	})
}

// differ runs an engine and a sorted slice side by side. The first events keep about target events pending, the later
// ones let them drain.
func differ(t *testing.T, name string, target int, ahead func() Duration, births func() int) {
	t.Helper()
	const growing = 4000
	eng := NewEngine(1, 0)
	var model sortedSlice
	var ev Event[uint64]
	scheduled, never := uint64(0), 0
	schedule := func(d Duration) {
		at := eng.Now().Add(d)
		ev.After(d, scheduled)
		if at == Never {
			never++
		} else {
			model.schedule(at, scheduled)
		}
		scheduled++
	}
	fired := 0
	ev = NewEvent(eng, "fired", func(arg uint64) {
		want := model[0]
		model = model[1:]
		if eng.Now() != want.at || arg != want.arg {
			t.Fatalf("%s, %d pending: event %d at %d, want event %d at %d", name, target, arg, eng.Now(), want.arg, want.at)
		}
		if fired++; fired > growing {
			return
		}
		for n := births(); n > 0 && len(model) < 2*target; n-- {
			schedule(ahead())
		}
	})
	for range target {
		schedule(ahead())
	}
	for eng.Run(Never, 1) == Paused {
		if got, want := eng.Pending(), len(model)+never; got != want {
			t.Fatalf("%s: %d events are pending, want %d", name, got, want)
		}
	}
	if len(model) != 0 {
		t.Fatalf("%s: %d events did not fire", name, len(model))
	}
}

func TestCalendarKeepsNoRoomForEventsThatHaveFired(t *testing.T) {
	eng := NewEngine(1, 0)
	ev := NewEvent(eng, "once", func(int) {})
	for range 100 {
		for i := range 1000 {
			ev.After(Duration(i%10), i)
		}
		if eng.Pending() != 1000 {
			t.Fatalf("%d events are pending, want 1000", eng.Pending())
		}
		eng.Run(Never, 1<<40)
		if eng.Pending() != 0 {
			t.Fatalf("%d events are pending in a drained calendar", eng.Pending())
		}
	}
	if room := 4 * cap(eng.calendar.groups); room > 2000 {
		t.Errorf("the calendar has room for %d entries, for 1000 pending at most", room)
	}
}
