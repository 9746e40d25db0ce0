package analytics

import (
	"weir/models/message"
	"weir/sim"
	"weir/sim/random"
)

// saving is the checkpoints of an application, and what follows when it fails.
type saving struct {
	a                         *Application
	interval, pause, duration sim.Duration
	results                   uint64 // since the last complete checkpoint began
	marked                    uint64 // of them, when the one under way began
	restore                   random.Duration
	luck                      *sim.Rand

	begun     sim.Event[uint32]
	completed sim.Event[uint32]
	crashed   sim.Event[uint8]
}

// progress is what a slot has done.
type progress struct {
	records uint64
	work    sim.Duration
}

func (s *saving) init(a *Application) {
	s.a = a
	spec, limit := &a.spec.Checkpoint, &a.limit.FlinkLimits
	s.interval, s.pause, s.duration = limit.CheckpointEvery.Sim(), limit.CheckpointPause.Sim(), spec.Duration.Sim()
	if spec.Interval != nil {
		s.interval = spec.Interval.Sim()
	}
	if spec.MinPause != nil {
		s.pause = spec.MinPause.Sim()
	}
	restore := limit.Restart.Dist()
	if d := a.spec.Failures.Restore; d != nil {
		restore = d.Dist()
	}
	s.restore = random.NewDuration(restore, a.eng.Rand(a.name+"/restore"))
	s.luck = a.eng.Rand(a.name + "/crash")
	s.begun = sim.NewEvent(a.eng, a.name+"/checkpoint", s.begin)
	s.completed = sim.NewEvent(a.eng, a.name+"/saved", s.complete)
	s.crashed = sim.NewEvent(a.eng, a.name+"/crashed", s.crash)
}

// begin is the event that a checkpoint begins: what was done until now is saved when it is complete.
func (s *saving) begin(turn uint32) {
	if turn != s.a.turn {
		return
	}
	s.mark()
	s.completed.After(s.duration, turn)
}

// mark notes what was done until now.
func (s *saving) mark() {
	for i := range s.a.slots {
		s.a.slots[i].marked = s.a.slots[i].since
	}
	s.marked = s.results
}

// complete is the event that a checkpoint is complete. The next one begins an interval after it began, and a pause
// after its end.
func (s *saving) complete(turn uint32) {
	if turn != s.a.turn {
		return
	}
	s.a.Checkpoints.Inc()
	s.save()
	s.begun.After(max(s.interval-s.duration, s.pause), turn)
}

// save forgets what was done when it was noted last.
func (s *saving) save() {
	for i := range s.a.slots {
		slot := &s.a.slots[i]
		slot.since.records -= slot.marked.records
		slot.since.work -= slot.marked.work
		slot.marked = progress{}
	}
	s.results -= s.marked
	s.marked = 0
}

// awaitCrash lets the application fail by chance.
func (s *saving) awaitCrash() {
	if rate := s.a.spec.Failures.Crash.PerSecond(); rate > 0 {
		s.crashed.After(sim.Seconds(random.StandardExponential(s.luck)/rate), 0)
	}
}

// crash is the event that the application fails: it starts again from the last complete checkpoint after a while.
func (s *saving) crash(uint8) {
	a := s.a
	if a.stopped {
		return
	}
	s.awaitCrash()
	if a.down {
		return
	}
	a.Crashes.Inc()
	a.Repeated.Add(s.results)
	a.stand(s.restore.Sample())
	for i := range a.slots {
		a.slots[i].replay, a.slots[i].marked = a.slots[i].since, progress{}
	}
	s.marked = 0
}

// live is the event that the application is started, stopped, or goes on.
func (a *Application) live(what uint8) {
	now := a.eng.Now()
	switch {
	case what == stops:
		a.stand(-1)
		a.stopped = true
		a.bill.stop(now)
		return
	case a.stopped:
		return
	case what == starts:
		a.KPUs.Set(now, a.scaling.kpus())
		a.bill.start(now)
		a.saving.awaitCrash()
		a.scaling.run()
		a.lagged.After(lagEvery, 0)
	}
	a.run()
}

// stand lets the application stand still, for a while or until it is told otherwise. Records at work go back to their
// lines.
func (a *Application) stand(d sim.Duration) {
	now := a.eng.Now()
	for n := range a.shards {
		if a.shards[n].asked {
			a.fetcher.Unwant(n)
			a.shards[n].asked = false
		}
	}
	for i := range a.slots {
		s := &a.slots[i]
		if s.busy {
			a.Busy.Add(now, -1)
			s.spent += now.Sub(s.began)
			if s.busy = false; s.now.ref != message.None {
				s.line.PushFront(s.now)
			}
		}
	}
	a.enter(now, message.Retry)
	a.down = true
	a.turn++
	a.Running.Set(now, 0)
	if d >= 0 {
		a.phase.After(d, restarts)
	}
}

// run lets the application work, or go on.
func (a *Application) run() {
	now := a.eng.Now()
	a.down = false
	a.Running.Set(now, 1)
	a.gather()
	a.clock.restart()
	a.enter(now, message.Prefetch)
	a.clock.run()
	a.saving.begun.After(a.saving.interval, a.turn)
	a.kickAll()
	for n := range a.shards {
		s := &a.shards[n]
		s.seen, s.waits, s.to = now, false, none
		a.feed(n)
	}
}

// enter books the time of all records in hand to another cause from now on.
func (a *Application) enter(now sim.Time, cause message.Cause) {
	for i := range a.slots {
		line := &a.slots[i].line
		for k := range line.Len() {
			if ref := line.At(k).ref; ref != message.None {
				a.store.At(ref).Enter(now, cause)
			}
		}
	}
	for n := range a.shards {
		line := &a.shards[n].line
		for k := range line.Len() {
			a.store.At(*line.At(k)).Enter(now, cause)
		}
	}
}
