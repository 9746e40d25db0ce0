package sim

import (
	"fmt"
	"slices"
	"testing"
)

// walker schedules itself at random, in a lane of its own.
type walker struct {
	eng   *Engine
	luck  *Rand
	event Event[int]
	times []Time
}

func (w *walker) step(left int) {
	w.times = append(w.times, w.eng.Now())
	if left > 0 {
		w.event.After(Duration(w.luck.Uint64()%uint64(Second)), left-1)
	}
}

func walkers(eng *Engine, n int, lanes bool) []*walker {
	all := make([]*walker, n)
	for i := range all {
		if lanes {
			eng.Lane(i + 1)
		}
		w := &walker{eng: eng, luck: eng.Rand(fmt.Sprint("walker/", i))}
		w.event = NewEvent(eng, fmt.Sprint("walker/", i), w.step)
		w.event.After(Duration(i), 500)
		all[i] = w
	}
	eng.Lane(0)
	return all
}

// Each lane takes the course that it takes together with the others, however the run is cut into pieces, and what
// belongs to all sees every lane at the instant before its own.
func TestLanesTakeTheirCoursesApart(t *testing.T) {
	const n = 40
	together := NewEngine(7, 0)
	want := walkers(together, n, false)
	together.Run(Never, 1<<40)
	var prints []uint64
	for _, budget := range []uint64{1 << 40, 997, 1} {
		eng := NewEngine(7, 0)
		got := walkers(eng, n, true)
		var ticks int
		var tick Event[int]
		tick = NewEvent(eng, "tick", func(int) {
			ticks++
			for i, w := range got {
				steps, _ := slices.BinarySearch(want[i].times, eng.Now())
				if len(w.times) != steps {
					t.Fatalf("at %v lane %d has taken %d steps, want %d", eng.Now(), i, len(w.times), steps)
				}
			}
			tick.After(700*Millisecond, 0)
		})
		tick.After(0, 0)
		if pending := eng.Pending(); pending != n+1 {
			t.Fatalf("%d events are pending, want %d", pending, n+1)
		}
		const end = 400 * Second
		for eng.Run(Time(end), budget) == Paused {
		}
		if eng.Now() != Time(end) {
			t.Errorf("the clock stands at %v", eng.Now())
		}
		for i := range got {
			if !slices.Equal(got[i].times, want[i].times) {
				t.Fatalf("with a budget of %d lane %d takes another course", budget, i)
			}
		}
		if ticks != int(end/(700*Millisecond))+1 {
			t.Errorf("%d ticks", ticks)
		}
		prints = append(prints, eng.Fingerprint())
	}
	if prints[0] != prints[1] || prints[0] != prints[2] {
		t.Errorf("the fingerprints %x depend on how a run is cut", prints)
	}
}

// A run that is stopped between two lanes can be brought to one instant.
func TestLanesThatAreStoppedSettleAtOneInstant(t *testing.T) {
	eng := NewEngine(7, 0)
	all := walkers(eng, 40, true)
	eng.Run(Never, 5003)
	eng.Settle()
	now := eng.Now()
	together := NewEngine(7, 0)
	want := walkers(together, 40, false)
	together.Run(now, 1<<40)
	for i := range all {
		if !slices.Equal(all[i].times, want[i].times) {
			t.Fatalf("at %v lane %d has taken %d steps, want %d", now, i, len(all[i].times), len(want[i].times))
		}
	}
}
