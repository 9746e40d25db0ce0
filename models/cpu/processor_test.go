package cpu

import (
	"testing"

	"weir/sim"
)

// What was foretold of a machine's work is stale when another machine has taken its place, however many changes each
// of them has seen.
func TestAnEndOfTheMachineBeforeIsStale(t *testing.T) {
	p := New(2)
	p.Begin(0, sim.Hour, 1)
	_, before, _ := p.Next()
	p.Replace(4)
	p.Begin(sim.Time(sim.Minute), 2*sim.Hour, 2)
	after, turn, ok := p.Next()
	if !ok || after != 2*sim.Hour {
		t.Fatalf("the new machine's first end is foretold in %v, %v; want in 2 h", after, ok)
	}
	if token, ok := p.End(sim.Time(sim.Hour), before); ok {
		t.Errorf("an end of the machine before ended the work of %d", token)
	}
	if token, ok := p.End(sim.Time(sim.Minute).Add(after), turn); !ok || token != 2 {
		t.Errorf("its own end was of %d, %v; want of 2", token, ok)
	}
}

func TestAnEndOfNobodyIsRefused(t *testing.T) {
	p := New(1)
	p.Begin(0, sim.Second, 1)
	_, turn, _ := p.Next()
	p.Drop(1, 1)
	if token, ok := p.End(sim.Time(sim.Second), turn); ok {
		t.Errorf("nobody computes, and the work of %d has ended", token)
	}
}

func TestVCPUsAreInUseByThoseThatCompute(t *testing.T) {
	p := New(2)
	at := func(seconds float64) sim.Time { return sim.Time(sim.Seconds(seconds)) }
	p.Begin(at(10), 100*sim.Second, 1) // one vCPU from 10 s, both from 20 s until 30 s, and half a one for 10 s
	for token := range uint64(4) {
		p.Begin(at(20), 100*sim.Second, 2+token)
	}
	p.Clear(at(30))
	p.Replace(0.5)
	p.Begin(at(40), 100*sim.Second, 7)
	for _, c := range []struct{ at, used float64 }{{40, 30}, {50, 35}} {
		if got := p.Used(at(c.at)); got != c.used {
			t.Errorf("%v vCPU-seconds were used until %v s, want %v", got, c.at, c.used)
		}
	}
}
