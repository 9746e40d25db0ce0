package analytics

import (
	"weir/models/aws"
	"weir/sim"
	"weir/sim/measure"
)

// bill is what is billed of an application. Standing still costs as much as working.
type bill struct {
	a     *Application
	on    measure.Level // 1 from start to stop
	begun sim.Time
	extra float64 // KPU-seconds that a run which ended is rounded up by
}

func (b *bill) start(now sim.Time) {
	b.begun = now
	b.on.Set(now, 1)
}

// stop ends a run, whose time is rounded up.
func (b *bill) stop(now sim.Time) {
	if b.on.Value() == 0 {
		return
	}
	ran := now.Sub(b.begun)
	limit := b.a.limit
	rounded := billed(ran, limit.Granularity.Sim(), limit.BilledMin.Sim())
	b.extra += float64((rounded - ran).Seconds() * float64(b.a.KPUs.Value()+b.orchestration()))
	b.a.KPUs.Set(now, 0)
	b.on.Set(now, 0)
}

// billed returns what a run is billed as.
func billed(ran, granularity, least sim.Duration) sim.Duration {
	return max((ran+granularity-1)/granularity*granularity, least)
}

// orchestration returns the KPUs that are billed on top of those of an application of Flink.
func (b *bill) orchestration() int64 {
	if b.a.spec.Type == SQL {
		return 0
	}
	return b.a.limit.Orchestration
}

func (b *bill) reset(now sim.Time) {
	b.on.Reset(now)
	b.extra = 0
}

// Usage reports what is billed for the window: KPUs, with the one that orchestrates Flink, and the running storage and
// the durable backups of Flink.
func (a *Application) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	b := &a.bill
	on, kpus := b.on.Integral(now), a.KPUs.Integral(now)
	report("analytics.kpu_hours", "", (kpus+float64(on*float64(b.orchestration()))+b.extra)/3600)
	if a.spec.Type == SQL {
		return
	}
	const month = aws.HoursPerMonth * 3600
	report("analytics.running_storage_gb_months", "", kpus*gb(int64(a.limit.Storage))/month)
	if a.spec.DurableBackups > 0 {
		report("analytics.backup_gb_months", "", on*gb(int64(a.spec.DurableBackups))/month)
	}
}

func gb(bytes int64) float64 { return float64(bytes) / (1 << 30) }
