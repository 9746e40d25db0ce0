package workload

import (
	"math"
	"strings"
	"testing"

	"weir/models/spec"
	"weir/sim"
)

// Every kind of arrivals brings k times the messages in the same time, or says that it cannot.
func TestEveryKindOfArrivalsScales(t *testing.T) {
	kinds := map[string]string{
		"constant": "constant: 100/s", "poisson": "poisson: 100/s",
		"renewal": "renewal: {gap: {uniform: {low: 0s, high: 20ms}}}",
		"on_off":  "on_off: {on: 2s, off: 1s, rate: 120/s, idle_rate: 60/s}",
		"mmpp":    "mmpp: {states: [{rate: 50/s, stay: 1s}, {rate: 150/s, stay: 1s}]}",
		"spike":   "spike: {base: 50/s, peak: 300/s, at: 100s, for: 20s}", "ramp": "ramp: {from: 10/s, to: 200/s, over: 100s}",
		"diurnal":   "diurnal: {mean: 100/s, peak: 150/s, period: 100s}",
		"piecewise": "piecewise: {points: [{at: 0s, rate: 50/s}, {at: 100s, rate: 200/s}]}",
	}
	const k, run = 2.5, 200 * sim.Second
	for name, text := range kinds {
		s := specFor(t, "{arrivals: {"+text+"}}")
		before := s.Expected(0, sim.Time(run), nil)
		if problems := s.Scale(k); problems != nil {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		if after := s.Expected(0, sim.Time(run), nil); math.Abs(after/before-k) > 1e-6 {
			t.Errorf("%s: %v messages are expected, of %v before", name, after, before)
		}
		src := NewSource(sim.NewEngine(1, 0), "p", s, nil)
		n := 0.0
		for at, ok := src.Next(); ok && at < sim.Time(run); at, ok = src.Next() {
			n++
		}
		if math.Abs(n/(k*before)-1) > 0.1 {
			t.Errorf("%s: %v messages came, of %v before", name, n, before)
		}
	}
	closed := specFor(t, "{arrivals: {closed: {clients: 10, think: 1s}}, limit: 10}")
	if closed.Scale(k); closed.Arrivals.Closed.Clients != 25 || *closed.Limit != 25 {
		t.Errorf("%d clients, %d messages", closed.Arrivals.Closed.Clients, *closed.Limit)
	}
	trace := &Spec{Arrivals: Arrivals{Trace: &Trace{RateScale: 2}}}
	if trace.Scale(k); trace.Arrivals.Trace.RateScale != 5 {
		t.Errorf("the trace is scaled by %v", trace.Arrivals.Trace.RateScale)
	}
	schedule := specFor(t, "{arrivals: {schedule: [1s, 2s]}}")
	if p := schedule.Scale(k); len(p) != 1 || !strings.Contains(p[0].Text, "--load") {
		t.Errorf("a schedule: %v", p)
	}
	if p := specFor(t, "{arrivals: {poisson: 1000000000/s}}").Scale(2); len(p) != 1 {
		t.Errorf("too high a rate: %v", p)
	}
}

// A surge of five times the rate for ten seconds brings fifty seconds' worth, and what comes before and after is as it
// was.
func TestASurgeMakesArrivalsFaster(t *testing.T) {
	s := specFor(t, "{arrivals: {constant: 10/s}, surge: {at: 20s, for: 10s, factor: 5}}")
	src := NewSource(sim.NewEngine(1, 0), "p", s, nil)
	var counts [6]int
	for at, ok := src.Next(); ok && at < sim.Time(60*sim.Second); at, ok = src.Next() {
		counts[at/sim.Time(10*sim.Second)]++
	}
	want := [6]int{99, 100, 500, 100, 100, 100}
	for i, n := range counts {
		if n < want[i]-1 || n > want[i]+1 {
			t.Errorf("messages in each ten seconds: %v, want %v", counts, want)
			break
		}
	}
	for _, c := range []struct {
		from, to sim.Duration
		want     float64
	}{{0, 20, 200}, {20, 30, 500}, {25, 40, 350}, {0, 60, 1000}} {
		if got := s.Expected(sim.Time(c.from*sim.Second), sim.Time(c.to*sim.Second), nil); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("from %d s to %d s: %v messages are expected, want %v", c.from, c.to, got, c.want)
		}
	}
	for _, at := range []sim.Time{0, 5e9, 20e9, 25e9, 30e9, 31e9} {
		if back := s.Surge.instant(s.Surge.course(at)); back != at {
			t.Errorf("%d ns come back as %d", at, back)
		}
	}
}

func specFor(t *testing.T, text string) *Spec {
	t.Helper()
	source, err := spec.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s, d := new(Spec), spec.Decoder{Source: source}
	d.Decode(source.Root, s, "")
	if len(d.Errors) > 0 {
		t.Fatal(d.Errors)
	}
	return s
}
