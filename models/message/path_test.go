package message

import (
	"testing"

	"weir/sim"
)

// A message is overtaken when one of its key that was born later has ended before it. Those born together are in order
// either way; other keys do not matter, nor do keys whose order is not watched.
func TestAMessageIsOvertakenByALaterOneOfItsKeyAlone(t *testing.T) {
	type end struct {
		key  uint32
		born sim.Time
	}
	for _, c := range []struct {
		name               string
		ends               []end
		watched, overtaken uint64
	}{
		{"in order", []end{{0, 1}, {0, 2}, {0, 3}}, 3, 0},
		{"one late", []end{{0, 1}, {0, 3}, {0, 2}, {0, 4}}, 4, 1},
		{"two behind one", []end{{7, 3}, {7, 1}, {7, 2}}, 3, 2},
		{"two keys", []end{{0, 3}, {1, 1}, {0, 4}, {1, 2}}, 4, 0},
		{"born together", []end{{0, 1}, {0, 1}}, 2, 0},
		{"the last key that is watched, and one that is not", []end{
			{watchedKeys - 1, 2}, {watchedKeys - 1, 1}, {watchedKeys, 2}, {watchedKeys, 1},
		}, 2, 1},
	} {
		p := NewPath("a", "b", 3)
		s := NewStore(100)
		route := s.Ledger.Open("a", "a")
		for _, e := range c.ends {
			ref, _ := s.New(e.born, route, 1, e.key, 0)
			p.Record(10, ref, s.At(ref), Idle{})
		}
		if p.Watched.Value() != c.watched || p.Overtaken.Value() != c.overtaken {
			t.Errorf("%s: %d of %d are overtaken, want %d of %d", c.name, p.Overtaken.Value(), p.Watched.Value(), c.overtaken,
				c.watched)
		}
	}
}

// What ended before the window counts for what is overtaken in it.
func TestAWindowKnowsWhatEndedBefore(t *testing.T) {
	p := NewPath("a", "b", 3)
	s := NewStore(100)
	route := s.Ledger.Open("a", "a")
	for _, born := range []sim.Time{5, 4} {
		ref, _ := s.New(born, route, 1, 0, 0)
		p.Record(10, ref, s.At(ref), Idle{})
		if born == 5 {
			p.Reset()
		}
	}
	if p.Watched.Value() != 1 || p.Overtaken.Value() != 1 {
		t.Errorf("%d of %d are overtaken, want 1 of 1", p.Overtaken.Value(), p.Watched.Value())
	}
}
