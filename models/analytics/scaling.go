package analytics

import (
	"math"

	"weir/models/message"
	"weir/sim"
	"weir/sim/random"
)

// scaling follows the use of an application's CPUs, minute by minute.
type scaling struct {
	a         *Application
	automatic bool
	before    []sim.Duration // busy time of each slot until the last minute
	worked    uint64         // rows
	rows      uint64         // of them, until the last minute
	high, low int            // minutes in a row
	pause     random.Duration

	measured sim.Event[uint8] // a minute is over
}

// period is that of the metrics that an application scales by.
const period = sim.Minute

func (s *scaling) init(a *Application) {
	s.a = a
	s.automatic = a.spec.Type == Flink && (a.spec.Autoscaling == nil || *a.spec.Autoscaling)
	s.pause = random.NewDuration(a.limit.Restart.Dist(), a.eng.Rand(a.name+"/scaling"))
	s.measured = sim.NewEvent(a.eng, a.name+"/measured", s.measure)
}

// kpus returns how many KPUs the application has. An application in SQL has what its rows need; see measure.
func (s *scaling) kpus() int64 {
	if s.a.spec.Type == SQL {
		return max(s.a.KPUs.Value(), 1)
	}
	return int64(kpusOf(s.a.tasks.now, s.a.tasks.perKPU))
}

func (s *scaling) run() {
	s.before = make([]sim.Duration, len(s.a.slots))
	s.measured.After(period, 0)
}

// measure is the event that a minute is over.
func (s *scaling) measure(uint8) {
	a := s.a
	if a.stopped {
		return
	}
	s.measured.After(period, 0)
	if a.spec.Type == SQL {
		s.rowsOf()
		return
	}
	use := s.busiest()
	if !s.automatic || a.down {
		s.high, s.low = 0, 0
		return
	}
	limit := &a.limit.FlinkLimits
	s.high, s.low = s.high+1, s.low+1
	if use < float64(limit.ScaleUpCPU) {
		s.high = 0
	}
	if use >= float64(limit.ScaleDownCPU) {
		s.low = 0
	}
	now := float64(a.tasks.now)
	switch {
	case sim.Duration(s.high)*period >= limit.ScaleUpAfter.Sim():
		s.scale(int(min(now*limit.ScaleFactor, float64(a.tasks.most))))
	case sim.Duration(s.low)*period >= limit.ScaleDownAfter.Sim():
		s.scale(max(int(math.Ceil(now/limit.ScaleFactor)), a.tasks.least))
	}
}

// rowsOf gives an application in SQL the KPUs that its rows of the last minute need.
func (s *scaling) rowsOf() {
	a := s.a
	rows := s.worked - s.rows
	s.rows = s.worked
	need := math.Ceil(float64(rows) / period.Seconds() / a.limit.RowsPerKPU.PerSecond())
	a.KPUs.Set(a.eng.Now(), int64(max(1, min(need, float64(a.limit.SQLLimits.KPUsMax)))))
}

// busiest returns the use of the CPU of the KPU that used it most in the last minute.
func (s *scaling) busiest() (use float64) {
	a := s.a
	for first := 0; first < len(a.slots); first += a.tasks.perKPU {
		var busy sim.Duration
		for i := first; i < min(first+a.tasks.perKPU, len(a.slots)); i++ {
			spent := a.spent(i)
			busy += spent - s.before[i]
			s.before[i] = spent
		}
		use = max(use, busy.Seconds()/period.Seconds()*a.pace.cpu)
	}
	return use
}

// spent returns how long a slot has worked.
func (a *Application) spent(i int) sim.Duration {
	s := &a.slots[i]
	if s.busy {
		return s.spent + a.eng.Now().Sub(s.began)
	}
	return s.spent
}

// scale gives the application another parallelism: it stands still, and goes on from a snapshot of its state.
func (s *scaling) scale(tasks int) {
	s.high, s.low = 0, 0
	if tasks == s.a.tasks.now {
		return
	}
	a := s.a
	a.Scalings.Inc()
	a.stand(s.pause.Sample())
	a.saving.mark()
	a.saving.save()
	a.tasks.now = tasks
	a.KPUs.Set(a.eng.Now(), s.kpus())
}

// gather puts the records in hand into the lines of the slots that there are now. Watermarks under way are forgotten:
// they come again. Shards ask for room anew.
func (a *Application) gather() {
	old := a.slots
	if len(old) != a.tasks.now {
		a.slots = make([]slot, a.tasks.now)
		a.scaling.before = make([]sim.Duration, a.tasks.now)
		a.tasks.next = 0
	}
	for i := range old {
		old[i].shards.Clear()
		if len(old) == len(a.slots) {
			old[i].line.Keep(func(e entry) bool { return e.ref != message.None })
			continue
		}
		for old[i].line.Len() > 0 {
			if e := old[i].line.Pop(); e.ref != message.None {
				to := a.tasks.of(int(e.shard), a.store.At(e.ref).Key, a.pace.keyed)
				a.slots[to].line.Push(e)
			}
		}
	}
}
