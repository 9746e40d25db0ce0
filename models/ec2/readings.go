package ec2

import (
	"weir/models/aws"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/sim"
)

// Name returns the fleet's path in the scenario.
func (f *Fleet) Name() string { return f.name }

// Kind returns "ec2.fleet".
func (f *Fleet) Kind() string { return "ec2.fleet" }

// Reset begins the window of observation. Levels keep their present value.
func (f *Fleet) Reset(now sim.Time) {
	f.Stats = Stats{Busy: f.Busy, Running: f.Running, Threads: f.Threads, Computing: f.Computing}
	f.Busy.Reset(now)
	f.Running.Reset(now)
	f.Threads.Reset(now)
	f.Computing.Reset(now)
	f.deleter.client.Reset(now)
	if f.forward != nil {
		f.forward.Reset(now)
	}
	f.Consumer.Reset()
	if f.group != nil {
		f.group.reset(now)
	}
}

// Figures reports the fleet's figures of the window.
func (f *Fleet) Figures(now sim.Time, report func(name, unit string, value float64)) {
	utilisation := 0.0
	if threads := f.Threads.Mean(now); threads > 0 {
		utilisation = f.Busy.Mean(now) / threads
	}
	report("utilisation", "share", utilisation)
	report("busy_mean", "threads", f.Busy.Mean(now))
	report("busy_seconds", "s", f.Busy.Integral(now))
	report("busy_max", "threads", float64(f.Busy.Max()))
	report("running_mean", "instances", f.Running.Mean(now))
	if f.contended { // else every thread has a vCPU to itself, and nothing is counted
		report("computing_mean", "threads", f.Computing.Mean(now))
	}
	report("processed", "messages", float64(f.Processed.Value()))
	report("duplicates", "messages", float64(f.Duplicates.Value()))
	if f.balancer != nil {
		report("worked_for_nobody", "requests", float64(f.ForNobody.Value()))
	} else {
		report("taken_by_dead_polls", "messages", float64(f.TakenByDeadPolls.Value()))
	}
	report("failed", "attempts", float64(f.Failed.Value()))
	report("outlived_visibility", "attempts", float64(f.TimedOut.Value()))
	report("receives_refused", "calls", float64(f.Refused.Value()))
	if f.fetch != nil {
		report("receives_without_payload", "calls", float64(f.Unfetched.Value()))
	}
	report("delete_retries", "attempts", float64(f.deleter.client.Retries.Value()))
	report("deletes_given_up", "calls", float64(f.deleter.client.GaveUp.Value()))
	report("crashes", "instances", float64(f.Crashes.Value()))
	f.WorkFigures(report)
	if f.compensate != nil {
		report("compensated", "messages", float64(f.Compensated.Value()))
	}
	if rt, ok := f.forward.(*sdk.Router); ok {
		rt.Figures(report)
	}
	if f.group != nil {
		f.group.figures(now, report)
	}
}

// Curves declares the fleet's quantities over time.
func (f *Fleet) Curves(declare func(meter.Curve)) {
	f.WorkCurves(declare)
	declare(meter.Curve{Name: "busy", Unit: "threads", Kind: meter.Mean, Read: f.Busy.Integral})
	declare(meter.Curve{Name: "threads", Unit: "threads", Kind: meter.Mean, Read: f.Threads.Integral})
	declare(meter.Curve{Name: "running", Unit: "instances", Kind: meter.Mean, Read: f.Running.Integral})
	declare(meter.Curve{Name: "processed", Unit: "messages/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(f.Processed.Value())
	}})
	if f.group != nil {
		f.group.curves(declare)
	}
}

// Usage reports the hours of the instances that ran, and of the calls nothing: the queue bills them.
func (f *Fleet) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	if f.group != nil {
		f.group.usage(now, report)
		return
	}
	f.report(f.Running.Integral(now)/3600, report)
}

// report reports hours of the fleet's instance type, and what their metrics cost.
func (f *Fleet) report(hours float64, report func(item, variant string, quantity float64)) {
	report("ec2.instance_hours", f.spec.Instance.Type, hours)
	if f.spec.Instance.DetailedMonitoring {
		report("cloudwatch.custom_metrics", "", DetailedMetrics*hours/aws.HoursPerMonth)
	}
	f.reportVolumes(hours, report)
}

// reportVolumes reports the root volumes of instances that ran or were stopped for so many hours.
func (f *Fleet) reportVolumes(hours float64, report func(item, variant string, quantity float64)) {
	if v := f.spec.Instance.RootVolume; v != nil && *v > 0 {
		report("ec2.volume_gb_months", "gp3", float64(*v)/(1<<30)*hours/aws.HoursPerMonth)
	}
}
