package analytics

import (
	"math/bits"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

// tasks says which slot a record goes to.
type tasks struct {
	now    int  // slots at present
	least  int  // that were set
	most   int  // that AWS allows
	perKPU int  // slots of a KPU
	shards bool // each slot has shards of its own, as in SQL
	groups uint64
	next   int // the slot whose turn it is
}

func newTasks(s *Spec, limit *Limits) tasks {
	if s.Type == SQL {
		t := tasks{now: 1, shards: true}
		if s.InputParallelism != nil {
			t.now = *s.InputParallelism
		}
		return t
	}
	t := tasks{}
	t.now, t.perKPU = s.parallelism(&limit.FlinkLimits)
	t.least = t.now
	t.most = int(min(limit.ParallelismMax, satisfied(limit.FlinkLimits.KPUsMax, int64(t.perKPU)), groupsMax))
	t.groups = uint64(keyGroups(max(t.now, t.most)))
	return t
}

// satisfied returns how many tasks the KPUs bear.
func satisfied(kpus, each int64) int64 {
	if kpus > groupsMax {
		return groupsMax
	}
	return kpus * each
}

// Key groups of Flink (KeyGroupRangeAssignment): a power of two from half as much again as the tasks, within bounds.
const (
	groupsMin = 1 << 7
	groupsMax = 1 << 15
)

func keyGroups(tasks int) int {
	up := 1 << bits.Len(uint(tasks+tasks/2-1))
	return min(max(up, groupsMin), groupsMax)
}

// of returns the slot of a record.
func (t *tasks) of(shard int, key uint32, keyed bool) int {
	switch {
	case t.shards:
		return shard % t.now
	case keyed:
		return int(message.SpreadKey(key) % t.groups * uint64(t.now) / t.groups)
	}
	t.next++
	if t.next >= t.now {
		t.next = 0
	}
	return t.next
}

// pace says how long the work on a record takes.
type pace struct {
	work   random.Duration
	perKiB float64 // ns
	slow   float64 // how much longer the work takes because the tasks of a KPU share its vCPU
	cpu    float64 // of a KPU that a busy slot takes
	row    sim.Duration
	byByte float64 // ns of a byte that SQL needs at the least
	sql    bool
	keyed  bool
}

func newPace(a *Application) pace {
	s, limit := a.spec, a.limit
	p := pace{sql: s.Type == SQL, keyed: s.Window != nil && s.Window.GroupBy == ByKey, slow: 1, cpu: 1}
	if p.sql {
		streams := 1
		if s.InputParallelism != nil {
			streams = *s.InputParallelism
		}
		p.row = sim.Seconds(float64(streams) / limit.SQLRate(streams))
		p.byByte = float64(streams) * float64(sim.Second) / float64(limit.BytesMax)
		return p
	}
	_, perKPU := s.parallelism(&limit.FlinkLimits)
	computing := float64(s.CPUShare)
	p.slow = 1 - computing + float64(computing*max(1, float64(perKPU)/limit.VCPUs))
	p.cpu = computing / p.slow / limit.VCPUs
	if s.WorkPerKiB != nil {
		p.perKiB = float64(s.WorkPerKiB.Sim())
	}
	dist := random.Dist(random.Constant{Value: float64(sim.Second) / limit.FlinkLimits.Rows.PerSecond()})
	if s.Work != nil {
		dist = s.Work.Dist()
	}
	p.work = random.NewDuration(dist, a.eng.Rand(a.name+"/work"))
	return p
}

// of returns how long the work on a record takes.
func (p *pace) of(m *message.Message) sim.Duration {
	if p.sql {
		return max(p.row, sim.Duration(float64(m.SizeBytes)*p.byByte))
	}
	d := p.work.Sample()
	if p.perKiB == 0 && p.slow == 1 {
		return d
	}
	more := float64(p.perKiB * float64(m.SizeBytes) / float64(spec.Size(1<<10)))
	return sim.Duration(float64((float64(d) + more) * p.slow))
}
