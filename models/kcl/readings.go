package kcl

import (
	"math"

	"weir/models/meter"
	"weir/sim"
)

// Name returns the application's path in the scenario.
func (a *Application) Name() string { return a.name }

// Kind returns "kcl.application".
func (a *Application) Kind() string { return "kcl.application" }

// Reset begins the window of observation. Levels keep their present value.
func (a *Application) Reset(now sim.Time) {
	kept := &a.Stats
	fresh := Stats{
		Running: kept.Running, IdleWorkers: kept.IdleWorkers, LeasesHeld: kept.LeasesHeld, Orphans: kept.Orphans,
		Busy: kept.Busy, Computing: kept.Computing, Failover: kept.Failover, Behind: kept.Behind,
	}
	fresh.Failover.Reset()
	fresh.Behind.Reset()
	fresh.cpu = a.used(now)
	a.Stats, a.from = fresh, now
	a.Running.Reset(now)
	a.IdleWorkers.Reset(now)
	a.LeasesHeld.Reset(now)
	a.Orphans.Reset(now)
	a.Busy.Reset(now)
	a.Computing.Reset(now)
	if a.forward != nil {
		a.forward.Client.Reset(now)
	}
	a.Consumer.Reset()
}

// Figures reports the application's figures of the window.
func (a *Application) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("processed", "messages", float64(a.Processed.Value()))
	report("duplicates", "messages", float64(a.Duplicates.Value()))
	report("failed", "attempts", float64(a.Failed.Value()))
	report("skipped", "messages", float64(a.Skipped.Value()))
	report("batches", "batches", float64(a.Batches.Value()))
	report("busy_mean", "shards", a.Busy.Mean(now))
	report("busy_max", "shards", float64(a.Busy.Max()))
	report("running_mean", "workers", a.Running.Mean(now))
	report("cpu_utilisation", "share", a.utilisation(now))
	quantile := func(name string, p float64) {
		ns, ok := a.Behind.Quantile(p)
		report(name, "s", meter.SecondsOrNone(ns, ok))
	}
	quantile("iterator_age_p50_s", 0.5)
	quantile("iterator_age_p99_s", 0.99)
	report("iterator_age_max_s", "s", meter.SecondsOrNone(a.Behind.Max(), a.Behind.Count() > 0))
	report("unread_end", "messages", float64(a.unread()))
	report("caught_up_at_s", "s", a.fetcher.CaughtUpSeconds())
	report("crashes", "workers", float64(a.Crashes.Value()))
	report("reread", "messages", float64(a.Reread.Value()))
	if !a.leased {
		report("missed", "messages", float64(a.Missed.Value()))
		return
	}
	a.leaseFigures(now, report)
	a.WorkFigures(report)
}

// leaseFigures reports what is about leases.
func (a *Application) leaseFigures(now sim.Time, report func(name, unit string, value float64)) {
	least, most := a.spread()
	report("leases_per_worker_max", "leases", most)
	report("leases_per_worker_min", "leases", least)
	report("leases_held_mean", "leases", a.LeasesHeld.Mean(now))
	report("leases_unheld_mean", "leases", a.Orphans.Mean(now))
	report("leases_unheld_max", "leases", float64(a.Orphans.Max()))
	report("idle_workers_mean", "workers", a.IdleWorkers.Mean(now))
	report("leases_taken", "leases", float64(a.Taken.Value()))
	report("leases_stolen", "leases", float64(a.Stolen.Value()))
	report("leases_handed_over", "leases", float64(a.HandedOver.Value()))
	report("leases_lost", "leases", float64(a.Lost.Value()))
	mean := math.NaN()
	if a.Failover.Count() > 0 {
		mean = a.Failover.Mean() / float64(sim.Second)
	}
	report("failover_mean_s", "s", mean)
	report("failover_max_s", "s", meter.SecondsOrNone(a.Failover.Max(), a.Failover.Count() > 0))
	report("checkpoints", "checkpoints", float64(a.Checkpoints.Value()))
	reads, writes := a.units(now)
	report("lease_table_read_units", "units", reads)
	report("lease_table_write_units", "units", writes)
}

// spread returns how many leases the running workers with fewest and with most hold now.
func (a *Application) spread() (least, most float64) {
	least = math.NaN()
	for i := range a.workers {
		if w := &a.workers[i]; w.alive {
			n := float64(len(w.leases))
			if !(least <= n) {
				least = n
			}
			most = max(most, n)
		}
	}
	return least, most
}

// utilisation returns the share of the running workers' vCPUs that work has had.
func (a *Application) utilisation(now sim.Time) float64 {
	if there := a.Running.Integral(now) * float64(a.parts.VCPUs); there > 0 {
		return (a.used(now) - a.Stats.cpu) / there
	}
	return 0
}

// used returns the seconds of vCPUs that work has had until now.
func (a *Application) used(now sim.Time) (seconds float64) {
	for i := range a.workers {
		seconds += a.workers[i].cpu.Used(now)
	}
	return seconds
}

// units returns the read and write units of the lease table in the window. Renewals follow from the leases held over
// time; in version 3 each worker writes its CPU as often as the leader its heartbeat, and shows itself to be there.
func (a *Application) units(now sim.Time) (reads, writes float64) {
	renewals := a.LeasesHeld.Integral(now) / a.renew.Seconds()
	writes = renewals + float64(a.Checkpoints.Value()+a.Taken.Value()+a.Stolen.Value()+2*a.HandedOver.Value())
	if a.version == 3 {
		writes += a.Running.Integral(now) / a.limit.LeaderHeartbeat.Sim().Seconds()
	}
	return a.scans, writes
}

// Curves declares the application's quantities over time.
func (a *Application) Curves(declare func(meter.Curve)) {
	a.WorkCurves(declare)
	declare(meter.Curve{Name: "busy", Unit: "shards", Kind: meter.Mean, Read: a.Busy.Integral})
	declare(meter.Curve{Name: "running", Unit: "workers", Kind: meter.Mean, Read: a.Running.Integral})
	declare(meter.Curve{Name: "idle_workers", Unit: "workers", Kind: meter.Mean, Read: a.IdleWorkers.Integral})
	declare(meter.Curve{Name: "leases_unheld", Unit: "leases", Kind: meter.Mean, Read: a.Orphans.Integral})
	declare(meter.Curve{Name: "processed", Unit: "messages/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(a.Processed.Value())
	}})
	declare(meter.Curve{Name: "duplicates", Unit: "messages/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(a.Duplicates.Value())
	}})
	declare(meter.Curve{Name: "unread", Unit: "messages", Kind: meter.Instant, Read: func(sim.Time) float64 {
		return float64(a.unread())
	}})
	declare(meter.Curve{Name: "iterator_age_s", Unit: "s", Kind: meter.Instant, Read: func(sim.Time) float64 {
		return a.behind().Seconds()
	}})
}

// behind returns how old the oldest record is that the application has not read.
func (a *Application) behind() (oldest sim.Duration) {
	if !a.began {
		return 0
	}
	for n := range a.fetcher.Shards() {
		oldest = max(oldest, a.fetcher.Behind(n))
	}
	return oldest
}

// unread returns how many records the application has not read, or will read again.
func (a *Application) unread() (records uint64) {
	for n := range a.leases {
		records += a.fetcher.Unread(n) + uint64(a.leases[n].unread)
	}
	return records
}

// Usage reports the hours of the instances that ran, and the lease table. The stream bills its reads.
func (a *Application) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	if host := a.spec.Host.Type; host != OnPremises {
		report("ec2.instance_hours", host, a.Running.Integral(now)/3600)
	}
	if !a.leased {
		return
	}
	if a.onDemand() {
		reads, writes := a.units(now)
		report("dynamodb.read_units", "", reads)
		report("dynamodb.write_units", "", writes)
		return
	}
	if a.limit.TableReadUnits == math.MaxInt64 { // a profile without limits
		return
	}
	hours := now.Sub(a.from).Seconds() / 3600
	report("dynamodb.read_capacity_hours", "", hours*float64(a.limit.TableReadUnits))
	report("dynamodb.write_capacity_hours", "", hours*float64(a.limit.TableWriteUnits))
}

// onDemand reports whether the lease table is billed by requests: since version 3.
func (a *Application) onDemand() bool { return a.version == 3 && a.limit.TableOnDemand }
