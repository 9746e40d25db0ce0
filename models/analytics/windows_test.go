package analytics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"weir/sim"
	"weir/sim/random"
)

// row is a record of a test: when it is born, and of which key.
type row struct {
	at  float64
	key uint32
}

// rows are random ones, of five keys, in bursts.
func rows(seed uint64, n int) (all []row) {
	r := sim.NewRand(seed, 0, "rows")
	at := 0.0
	for range n {
		if r.IntN(10) == 0 {
			at += r.Float64() * 40
		}
		at += r.Float64() * 2
		all = append(all, row{at, uint32(r.IntN(5))})
	}
	return all
}

// recomputed are the results of a window as its definition says.
func recomputed(all []row, w *WindowSpec) (want []told) {
	counts := map[told]uint64{}
	ends := map[uint32]sim.Time{} // of the last stagger window of each key
	for _, r := range all {
		t := sim.Time(sim.Seconds(r.at))
		key := r.key
		if w.GroupBy == ByAll {
			key = 0
		}
		if w.Type == Stagger {
			if end, open := ends[key]; !open || t >= end {
				ends[key] = t.Add(w.Size.Sim())
			}
			counts[told{start: ends[key].Add(-w.Size.Sim()), end: ends[key], key: key}]++
			continue
		}
		slide := w.Size.Sim()
		if w.Slide != nil {
			slide = w.Slide.Sim()
		}
		for start := sim.Time(0).Add(-w.Size.Sim() / slide * slide); start <= t; start = start.Add(slide) {
			if t < start.Add(w.Size.Sim()) {
				counts[told{start: start, end: start.Add(w.Size.Sim()), key: key}]++
			}
		}
	}
	for r, n := range counts {
		r.count = n
		want = append(want, r)
	}
	return sorted(want)
}

func sorted(results []told) []told {
	slices.SortFunc(results, func(a, b told) int {
		return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.key, b.key))
	})
	return results
}

// The results of all windows are those of their definition, whatever the slots, in the time of events and of reading.
func TestWindowsHoldWhatTheyShould(t *testing.T) {
	for _, c := range []struct{ profile, settings, window string }{
		{"aws-2021", "type: sql", "{size: 10s}"},
		{"aws-2021", "type: sql\ninput_parallelism: 3", "{size: 10s, group_by: none}"},
		{"aws-2021", "type: sql\ninput_parallelism: 3", "{type: stagger, size: 15s}"},
		{"aws-2021", "type: sql", "{type: stagger, size: 15s, group_by: none}"},
		{"aws-2026", "work: 0s", "{size: 10s}"},
		{"aws-2026", "work: 0s\nparallelism: 5", "{size: 10s, group_by: none}"},
		{"aws-2026", "work: 300ms\nparallelism: 5", "{type: sliding, size: 10s, slide: 3s}"},
		{"aws-2026", "work: 100ms\nparallelism: 3", "{type: sliding, size: 12s, slide: 2s, group_by: none}"},
		{"aws-2026", "work: 300ms\nparallelism: 5\ntime: {of: reading}", "{size: 7s}"},
		{"aws-2026", "work: 300ms\nparallelism: 5\nfailures: {crash: 2/min, restore: 4s}", "{size: 7s}"},
	} {
		for seed := range uint64(4) {
			what := fmt.Sprint(c, seed)
			all := rows(seed, 400)
			s := newScene(t, c.profile, 3)
			to := &inlet{}
			s.app(c.settings+"\nwindow: "+c.window, to)
			for _, r := range all {
				s.run(r.at)
				s.put(int(r.key)%3, r.key)
			}
			end := all[len(all)-1].at + 1000
			s.run(end) // all shards are idle: the last windows stay open, until there is a later event in each
			for shard := range 3 {
				s.put(shard, uint32(shard))
			}
			s.run(end + 60) // it may stand still
			last := sim.Time(sim.Seconds(end))
			got := sorted(slices.DeleteFunc(s.told, func(r told) bool { return r.end > last }))
			for i := range got {
				if got[i].at < got[i].end {
					t.Errorf("%s: a result at %v of a window that ends at %v", what, got[i].at, got[i].end)
				}
				got[i].at = 0
			}
			if want := recomputed(all, s.a.spec.Window); !slices.Equal(got, want) {
				t.Errorf("%s: %d results, want %d:\n%v\n%v", what, len(got), len(want), got, want)
			}
			if s.a.Late.Value() != 0 || s.a.Processed.Value() != 403 {
				t.Errorf("%s: %d late, %d processed", what, s.a.Late.Value(), s.a.Processed.Value())
			}
		}
	}
}

// A stagger window takes no record that was read after its end, though a slot that is behind keeps it open.
func TestAStaggerWindowEndsThoughASlotIsBehind(t *testing.T) {
	s := newScene(t, "aws-2021", 2, "analytics.sql.rows_per_stream", "10/s", "analytics.sql.stream_exponent", "1")
	s.app("type: sql\ninput_parallelism: 2\nwindow: {type: stagger, size: 15s, group_by: none}")
	s.put(0, 1)
	s.run(14.9)
	for range 50 { // five seconds of work
		s.put(0, 1)
	}
	s.run(16)
	s.put(1, 2)
	s.run(60)
	if len(s.told) != 2 || s.told[0].count != 51 || s.told[1].count != 1 || s.told[1].end != sim.Time(31*sim.Second) {
		t.Errorf("results: %v, want 51 at 15 s and 1 at 31 s", s.told)
	}
	near(t, "the instant of the first", s.told[0].at.Seconds(), 19.9, 0.001)
}

// A record that several windows share waits for each of them: that a result waits is no matter of the others.
func TestAResultThatWaitsLeavesTheOtherWindowsAlone(t *testing.T) {
	for _, inFlight := range []string{"1", "100"} { // results wait in line, or for the destination
		s := newScene(t, "aws-2026", 1, "analytics.output.in_flight", inFlight)
		to := &inlet{refuses: true}
		s.app("work: 0s\ntime: {of: reading}\nwindow: {type: sliding, size: 10s, slide: 5s}", to)
		s.run(1)
		s.put(0, 1)
		s.put(0, 2)
		s.run(7)
		to.refuses = false
		s.run(20)
		want := []int64{4, 4, 9, 9}
		for i := range to.waited {
			if ns := to.waited[i]; i >= len(want) || math.Abs(float64(ns)/1e9-float64(want[i])) > 0.01 {
				t.Errorf("result %d of %v keys waited %v s for its window, want %v", i, to.keys, float64(ns)/1e9, want)
			}
		}
		if len(to.came) != len(want) {
			t.Errorf("%d results came, want %d", len(to.came), len(want))
		}
	}
}

// A record whose event lies before the watermark less the lateness allowed is lost; one within it makes another result.
func TestLateRecords(t *testing.T) {
	for _, c := range []struct {
		time, lateness string
		late, again    uint64
		counts         []uint64
	}{
		{"", "", 1, 0, []uint64{1, 1}},
		{"", ", allowed_lateness: 5s", 1, 0, []uint64{1, 1}},
		{"", ", allowed_lateness: 20s", 0, 1, []uint64{1, 2, 1}},
		{", out_of_orderness: 20s", "", 0, 0, []uint64{2, 1}},
	} {
		s := newScene(t, "aws-2026", 1)
		s.app("work: 0s\ntime: {delay: 0s" + c.time + "}\nwindow: {size: 10s, group_by: none" + c.lateness + "}")
		at := func(now float64, delay sim.Duration) {
			s.run(now)
			s.a.clock.delay = random.NewDuration(random.Constant{Value: float64(delay)}, nil)
			s.put(0, 1)
			s.run(now + 0.001)
		}
		at(5, 0)
		at(23, 0)
		at(27, 18*sim.Second) // at 9 s, when the watermark is 23 s
		at(61, 0)
		at(99, 0)
		var counts []uint64
		for _, r := range s.told {
			if r.end <= sim.Time(30*sim.Second) {
				counts = append(counts, r.count)
			}
		}
		if s.a.Late.Value() != c.late || s.a.Again.Value() != c.again || !slices.Equal(counts, c.counts) {
			t.Errorf("%+v: %d late, %d again, counts %v", c, s.a.Late.Value(), s.a.Again.Value(), counts)
		}
	}
}

// What comes late is counted once: each record is in a result or dropped.
func TestNothingIsCountedTwiceOrForgotten(t *testing.T) {
	s := newScene(t, "aws-2026", 2)
	s.app("work: 1ms\nparallelism: 2\ntime: {delay: {exponential: 3s}, out_of_orderness: 2s}\nwindow: {size: 1s}")
	s.load(100, 10, 200)
	s.run(205)
	var in uint64
	for _, r := range s.told {
		in += r.count
	}
	for i := range s.a.windows.slab {
		if w := &s.a.windows.slab[i]; s.a.windows.open[w.windowID] == int32(i) && !w.fired {
			in += w.count
		}
	}
	if got := in + s.a.Late.Value(); got != 20_000 {
		t.Errorf("%d in windows and %d late of 20000", in, s.a.Late.Value())
	}
	if share := float64(s.a.Late.Value()) / 20_000; share < 0.2 || share > 0.6 { // about exp(−2.5 / 3) lag by as much
		t.Errorf("%v late", share)
	}
}

// A shard without records holds the windows open as long as it is not idle.
func TestAShardWithoutRecordsHoldsTheWatermarkBack(t *testing.T) {
	for idle, want := range map[string]float64{"15s": 15.2, "100s": 100.2} {
		s := newScene(t, "aws-2026", 2)
		s.app("work: 0s\ntime: {idle_after: " + idle + "}\nwindow: {size: 10s}")
		for at := 1.0; at < 200; at++ {
			s.run(at)
			s.put(0, 1)
		}
		near(t, "first result", s.told[0].at.Seconds(), want, 0.2)
	}
}
