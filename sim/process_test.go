package sim_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"weir/sim"
)

func TestAProcessHoldsAndGoesOn(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	defer eng.Close()
	var l log
	clock := sim.NewProcess(eng, "clock", func(p *sim.Process, period int32) {
		for i := range 3 {
			l.note(eng, fmt.Sprintf("every %d: %d", period, i))
			p.Hold(sim.Duration(period))
		}
		l.note(eng, fmt.Sprintf("every %d: done at %d", period, p.Now()))
	})
	clock.At(0, 10)
	clock.After(5, 4)
	eng.Run(sim.Never, 1000)
	l.want(t, "0 every 10: 0", "5 every 4: 0", "9 every 4: 1", "10 every 10: 1", "13 every 4: 2", "17 every 4: done at 17",
		"20 every 10: 2", "30 every 10: done at 30")
}

func TestAProcessThatHoldsForNothingLetsOthersGoFirst(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	defer eng.Close()
	var l log
	p := sim.NewProcess(eng, "p", func(p *sim.Process, i int) {
		l.note(eng, fmt.Sprint("before ", i))
		p.Hold(0)
		l.note(eng, fmt.Sprint("after ", i))
	})
	p.At(1, 1)
	p.At(1, 2)
	eng.Run(sim.Never, 1000)
	l.want(t, "1 before 1", "1 before 2", "1 after 1", "1 after 2")
}

func TestALineWakesInTheOrderOfWaiting(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	defer eng.Close()
	var l log
	var line sim.Line
	waiter := sim.NewProcess(eng, "waiter", func(p *sim.Process, i int) {
		p.Wait(&line)
		l.note(eng, fmt.Sprint("woken ", i))
	})
	opened := sim.NewEvent(eng, "opened", func(n int) {
		l.note(eng, fmt.Sprintf("%d wait", line.Len()))
		for ; n > 0 && line.Wake(); n-- {
		}
		l.note(eng, fmt.Sprintf("%d left, %d not needed", line.Len(), n))
	})
	for i := range 4 {
		waiter.At(sim.Time(i), i)
	}
	opened.At(10, 1)
	opened.At(20, 5)
	eng.Run(sim.Never, 1000)
	l.want(t, "10 4 wait", "10 3 left, 0 not needed", "10 woken 0",
		"20 3 wait", "20 0 left, 2 not needed", "20 woken 1", "20 woken 2", "20 woken 3")
}

func TestPatienceEnds(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	defer eng.Close()
	var l log
	var line sim.Line
	waiter := sim.NewProcess(eng, "waiter", func(p *sim.Process, patience sim.Duration) {
		woken := p.WaitAtMost(&line, patience)
		l.note(eng, fmt.Sprint(int64(patience), " woken ", woken))
		p.Hold(100) // a patience that ends meanwhile must not cut this short
		l.note(eng, fmt.Sprint(int64(patience), " done"))
	})
	opened := sim.NewEvent(eng, "opened", func(int) { line.Wake() })
	waiter.At(0, 50) // first of the line
	waiter.At(0, 7)  // in the middle
	waiter.At(0, 60)
	waiter.At(0, 9) // last
	waiter.At(0, 10)
	opened.At(10, 0) // wakes 50; and comes before the patience of 10 ends, which was scheduled later
	opened.At(20, 0)
	opened.At(30, 0)
	eng.Run(sim.Never, 1000)
	l.want(t, "7 7 woken false", "9 9 woken false", "10 10 woken false", "10 50 woken true", "20 60 woken true",
		"107 7 done", "109 9 done", "110 10 done", "110 50 done", "120 60 done")
	if line.Len() != 0 || line.Wake() {
		t.Errorf("%d processes are left in the line", line.Len())
	}
}

func TestAResourceServesInTheOrderOfAsking(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	defer eng.Close()
	var l log
	clerks := sim.NewResource(2)
	customer := sim.NewProcess(eng, "customer", func(p *sim.Process, i int) {
		if i == 3 {
			if !p.AcquireWithin(clerks, 2) {
				l.note(eng, "3 has left")
				return
			}
		} else {
			p.Acquire(clerks)
		}
		l.note(eng, fmt.Sprintf("%d is served, %d wait, %d clerks are free", i, clerks.Waiting(), clerks.Free()))
		p.Hold(10)
		clerks.Release()
	})
	for i := range 6 {
		customer.At(sim.Time(i), i)
	}
	customer.At(40, 6)
	eng.Run(sim.Never, 1000)
	l.want(t, "0 0 is served, 0 wait, 1 clerks are free", "1 1 is served, 0 wait, 0 clerks are free", "5 3 has left",
		"10 2 is served, 2 wait, 0 clerks are free", "11 4 is served, 1 wait, 0 clerks are free",
		"20 5 is served, 0 wait, 0 clerks are free", "40 6 is served, 0 wait, 1 clerks are free")
	if clerks.Free() != 2 {
		t.Errorf("%d clerks are free in the end, want 2", clerks.Free())
	}
}

func TestAUnitGoesToWhoWaitsNotToWhoComesAtThatInstant(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	defer eng.Close()
	var l log
	clerk := sim.NewResource(1)
	customer := sim.NewProcess(eng, "customer", func(p *sim.Process, i int) {
		p.Acquire(clerk)
		l.note(eng, fmt.Sprint(i))
		p.Hold(10)
		clerk.Release()
	})
	customer.At(0, 0)
	customer.At(1, 1)
	customer.At(10, 2) // in the calendar before the end of the service that ends then
	eng.Run(sim.Never, 1000)
	l.want(t, "0 0", "10 1", "20 2")
}

// bank is a model of processes with ties, patience and a resource.
func bank() *sim.Engine {
	eng := sim.NewEngine(4, 0)
	r := eng.Rand("bank/times")
	clerks := sim.NewResource(3)
	var gone sim.Line
	customer := sim.NewProcess(eng, "bank/customer", func(p *sim.Process, i uint32) {
		if !p.AcquireWithin(clerks, sim.Duration(r.IntN(50))) {
			p.WaitAtMost(&gone, 5)
			return
		}
		defer clerks.Release()
		for range i % 4 {
			p.Hold(sim.Duration(r.IntN(20)))
		}
		gone.Wake()
	})
	source := sim.NewProcess(eng, "bank/source", func(p *sim.Process, n int) {
		for i := range n {
			p.Hold(sim.Duration(r.IntN(20)))
			customer.After(0, uint32(i))
		}
	})
	source.At(0, 2000)
	return eng
}

func TestProcessesTakeTheSameCourseWatchedOrInPieces(t *testing.T) {
	// A process whose hold ends before any other event goes on without a switch, unless the engine is watched.
	whole := bank()
	defer whole.Close()
	whole.Run(sim.Never-1, 1<<40)
	if whole.Fired() < 5000 {
		t.Fatalf("%d events are too few to show a difference", whole.Fired())
	}
	watched, pieces := bank(), bank()
	defer watched.Close()
	defer pieces.Close()
	seen := uint64(0)
	watched.Observe(func(sim.Time, string, uint64) { seen++ })
	watched.Run(sim.Never-1, 1<<40)
	same(t, "watched", whole, watched)
	if seen != watched.Fired() {
		t.Errorf("%d of %d events seen", seen, watched.Fired())
	}
	for pieces.Run(sim.Never-1, 3) == sim.Paused {
	}
	same(t, "in pieces of 3 events", whole, pieces)
	slices := bank()
	defer slices.Close()
	for i := range sim.Time(5000) {
		slices.Run(10*i, 1<<40)
	}
	slices.Run(sim.Never-1, 1<<40)
	same(t, "10 ns at a time", whole, slices)
}

func TestStopEndsTheRunAtTheNextWait(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	defer eng.Close()
	var l log
	sim.NewProcess(eng, "p", func(p *sim.Process, _ int) {
		p.Hold(1)
		eng.Stop()
		l.note(eng, "stopped")
		p.Hold(1)
		l.note(eng, "went on")
	}).At(0, 0)
	if reason := eng.Run(sim.Never, 10); reason != sim.Stopped || eng.Now() != 1 {
		t.Errorf("Run is %v at %d", reason, eng.Now())
	}
	eng.Run(sim.Never, 10)
	l.want(t, "1 stopped", "2 went on")
}

func TestClosingRunsDeferredCallsAndNothingElse(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	var l log
	var line sim.Line
	clerk := sim.NewResource(1)
	waiter := sim.NewProcess(eng, "waiter", func(p *sim.Process, i int) {
		defer func() { l.note(eng, fmt.Sprint("deferred ", i)) }()
		if i == 0 {
			p.Acquire(clerk)
			defer clerk.Release()
			defer p.Hold(1) // has no time left
		}
		p.Wait(&line)
		l.note(eng, "not reached")
	})
	for i := range 3 {
		waiter.At(0, i)
	}
	waiter.At(100, 3) // has not started
	eng.Run(50, 1000)
	eng.Close()
	l.want(t, "50 deferred 0", "50 deferred 1", "50 deferred 2")
	if clerk.Free() != 1 {
		t.Error("the clerk was not released")
	}
	eng.Close()
	if got := panicOf(func() { eng.Run(200, 1) }); got != "sim: Run called after Close" {
		t.Errorf("panic of Run is %q", got)
	}
}

func TestAPanicOfAStoryReachesRunAndTheOthersCanBeClosed(t *testing.T) {
	before := runtime.NumGoroutine()
	eng := sim.NewEngine(1, 0)
	var line sim.Line
	sim.NewProcess(eng, "waiter", func(p *sim.Process, _ int) { p.Wait(&line) }).At(0, 0)
	sim.NewProcess(eng, "broken", func(p *sim.Process, _ int) {
		p.Hold(1)
		panic("broken story")
	}).At(0, 0)
	if got := panicOf(func() { eng.Run(10, 100) }); got != "broken story" {
		t.Errorf("panic is %q", got)
	}
	eng.Close()
	wantGoroutines(t, before)
}

func TestAPanicOfADeferredCallReachesClose(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	var line sim.Line
	sim.NewProcess(eng, "broken", func(p *sim.Process, _ int) {
		defer func() { panic("broken end") }()
		p.Wait(&line)
	}).At(0, 0)
	eng.Run(10, 100)
	if got := panicOf(eng.Close); got != "broken end" {
		t.Errorf("panic is %q", got)
	}
}

func TestAThousandTrialsLeaveNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	for trial := range 1000 {
		eng := sim.NewEngine(1, trial)
		var line sim.Line
		clerk := sim.NewResource(1)
		for _, story := range []func(p *sim.Process, i int){
			func(p *sim.Process, _ int) { p.Wait(&line) },
			func(p *sim.Process, _ int) { p.Hold(sim.Hour) },
			func(p *sim.Process, _ int) { p.Acquire(clerk); p.Hold(sim.Day) },
			func(*sim.Process, int) {},
		} {
			process := sim.NewProcess(eng, "p", story)
			for i := range 3 {
				process.At(sim.Time(i), i)
			}
		}
		eng.Run(sim.Time(sim.Minute), 1000)
		eng.Close()
	}
	wantGoroutines(t, before)
}

// wantGoroutines gives goroutines that have ended a moment to disappear.
func wantGoroutines(t *testing.T, want int) {
	t.Helper()
	for range 100 {
		if runtime.NumGoroutine() <= want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines are left, want %d", runtime.NumGoroutine(), want)
}

func TestCoroutinesAreUsedAgain(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	defer eng.Close()
	customer := sim.NewProcess(eng, "customer", func(p *sim.Process, i uint32) { p.Hold(sim.Duration(i%7 + 1)) })
	errand := sim.NewProcess(eng, "errand", func(p *sim.Process, i uint32) { p.Hold(3); customer.After(0, i) })
	source := sim.NewEvent(eng, "source", func(i uint32) { errand.After(0, i); customer.After(2, i) })
	before := runtime.NumGoroutine()
	run := func() {
		for i := range uint32(100) {
			source.After(sim.Duration(i), i)
		}
		eng.Run(sim.Never, 1<<40)
	}
	run()
	if n := runtime.NumGoroutine() - before; n < 2 || n > 30 {
		t.Errorf("%d coroutines for some twenty processes at a time", n)
	}
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("%v allocations for 300 processes", n)
	}
}
