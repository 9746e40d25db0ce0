package ec2

import (
	"math"
	"slices"

	"weir/models/aws"
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// reset begins the window of observation.
func (g *group) reset(now sim.Time) {
	s := &g.GroupStats
	*s = GroupStats{InService: s.InService, Pending: s.Pending, Terminating: s.Terminating, Pool: s.Pool, Nodes: s.Nodes}
	for _, level := range []*measure.Level{&s.InService, &s.Pending, &s.Terminating, &s.Pool, &s.Nodes} {
		level.Reset(now)
	}
	for i := range g.bills {
		b := &g.bills[i]
		b.onDemand.Reset(now)
		b.spot.Reset(now)
		b.onDemandMin, b.spotMin = 0, 0
	}
	if g.nodes != nil {
		g.nodes.least = 0
	}
	g.control.Reset(now)
}

// figures reports the figures of the window.
func (g *group) figures(now sim.Time, report func(name, unit string, value float64)) {
	c := g.control
	least, most := c.Bounds()
	report("min_size", "capacity", float64(least))
	report("max_size", "capacity", float64(most))
	report("desired_mean", "capacity", c.Stats.Desired.Mean(now))
	report("desired_max", "capacity", float64(c.Stats.Desired.Max()))
	report("desired_end", "capacity", float64(c.DesiredCapacity()))
	report("in_service_mean", "capacity", g.InService.Mean(now))
	report("in_service_max", "capacity", float64(g.InService.Max()))
	report("pending_mean", "capacity", g.Pending.Mean(now))
	report("pending_max", "capacity", float64(g.Pending.Max()))
	report("terminating_mean", "capacity", g.Terminating.Mean(now))
	report("scaling_activities", "activities", float64(c.Activities.Value()))
	report("direction_changes", "activities", float64(c.Reversals.Value()))
	report("held_by_cooldown", "calls", float64(c.Held.Value()))
	if len(g.spec.Scheduled) > 0 {
		report("scheduled_actions_failed", "actions", float64(c.Unscheduled.Value()))
	}
	report("time_to_first_mean_s", "s", c.First.Mean())
	report("time_to_scale_mean_s", "s", c.ScaleOut.Mean())
	report("time_to_scale_max_s", "s", c.ScaleOut.Max())
	report("launches", "instances", float64(g.Launches.Value()))
	report("terminations", "instances", float64(g.Terminations.Value()))
	report("killed_mid_message", "messages", float64(g.Killed.Value()))
	report("drained", "instances", float64(g.Drained.Value()))
	report("unhealthy_replaced", "instances", float64(g.Replaced.Value()))
	if g.spec.Spot != nil {
		report("spot_interruptions", "instances", float64(g.Interruptions.Value()))
		report("launches_failed", "launches", float64(g.Failures.Value()))
	}
	if g.spec.LaunchHook != nil {
		report("launches_abandoned", "instances", float64(g.Abandoned.Value()))
	}
	if g.spec.WarmPool != nil {
		report("warm_pool_mean", "instances", g.Pool.Mean(now))
	}
	if g.nodes != nil {
		report("nodes_mean", "instances", g.Nodes.Mean(now))
		report("nodes_max", "instances", float64(g.Nodes.Max()))
	}
}

// curves declares the group's quantities over time.
func (g *group) curves(declare func(meter.Curve)) {
	for _, c := range []struct {
		name  string
		level *measure.Level
	}{
		{"desired", &g.control.Stats.Desired}, {"in_service", &g.InService}, {"pending", &g.Pending},
		{"terminating", &g.Terminating},
	} {
		declare(meter.Curve{Name: c.name, Unit: "capacity", Kind: meter.Mean, Read: c.level.Integral})
	}
}

// metrics declares what Auto Scaling publishes of a group each minute.
func (g *group) metrics(declare func(meter.Metric)) {
	gauge := func(name string, read func() int64) {
		declare(meter.Metric{Name: name, Unit: "None", Kind: meter.Gauge, Read: func(sim.Time) float64 {
			return float64(read())
		}})
	}
	gauge("GroupDesiredCapacity", func() int64 { return int64(g.control.DesiredCapacity()) })
	gauge("GroupInServiceInstances", g.InService.Value)
	gauge("GroupPendingInstances", g.Pending.Value)
	gauge("GroupTerminatingInstances", g.Terminating.Value)
	gauge("GroupTotalInstances", func() int64 { return g.InService.Value() + g.Pending.Value() + g.Terminating.Value() })
	gauge("GroupMinSize", func() int64 { least, _ := g.control.Bounds(); return int64(least) })
	gauge("GroupMaxSize", func() int64 { _, most := g.control.Bounds(); return int64(most) })
	every := sim.Duration(detailedMonitoring) // what ECS and EKS always have
	if g.spec.Kind == KindEC2 && !g.f.spec.Instance.DetailedMonitoring {
		every = basicMonitoring
	}
	if g.f.spec.CPUShare > 0 { // else nothing is said of what the work needs of the processors
		declare(meter.Metric{Name: "CPUUtilization", Unit: "Percent", Kind: meter.Gauge, Every: every, Read: g.utilisation})
	}
	own := func(name string, read func(now sim.Time) float64) { // what the workers themselves put into CloudWatch
		declare(meter.Metric{
			Name: name, Unit: "Count", Kind: meter.Averaged, Every: ThreadsEvery, Usual: &g.parts.CustomDelay, Read: read,
		})
	}
	own("BusyThreads", g.f.Busy.Integral)
	own("Threads", g.f.Threads.Integral)
}

// Activities reports the changes of the desired capacity in the window.
func (f *Fleet) Activities(report func(at sim.Time, from, to int, cause string)) {
	if f.group == nil {
		return
	}
	for _, a := range f.group.control.Log() {
		report(a.At, a.From, a.To, a.Cause.String())
	}
}

// InZones returns how many instances of a group are in service in each zone.
func (f *Fleet) InZones() []int {
	in := make([]int, f.group.spec.Zones)
	for i := range f.group.slots {
		if s := &f.group.slots[i]; s.phase == serving {
			in[s.zone]++
		}
	}
	return in
}

// InService returns the capacity in service.
func (f *Fleet) InService() int64 {
	if f.group == nil {
		return f.Running.Value()
	}
	return f.group.InService.Value()
}

// utilisation returns the share of the vCPUs of warm instances that was in use since it was asked last, in percent. The
// levels behind it do not begin anew with a window.
func (g *group) utilisation(now sim.Time) float64 {
	used, vcpus := g.used1000.Integral(now), g.vcpu1000.Integral(now)
	share := (used - g.lastRead) / (vcpus - g.lastVCPUs)
	g.lastRead, g.lastVCPUs = used, vcpus
	if math.IsNaN(share) {
		return share // no instance: no datapoint
	}
	return 100 * share
}

// publication is metrics of the design's own that a policy looks at, put in one call.
type publication struct {
	metrics int
	every   sim.Duration
	each    bool // by each instance, else by one program
}

// Publish notes that metrics of the design's own are put into CloudWatch for the group's policies, by each of its
// instances or by one program: they are billed.
func (f *Fleet) Publish(metrics int, every sim.Duration, each bool) {
	p := publication{metrics, every, each}
	if !slices.Contains(f.group.published, p) {
		f.group.published = append(f.group.published, p)
	}
}

// ThreadsEvery is how often workers publish how many of their threads are busy.
const ThreadsEvery = 10 * sim.Second

// usage reports what is billed: hours of instances by the second, a minute at the least; those of spot instances at
// their share of the on-demand price; of tasks on Fargate vCPUs and memory; of all instances, stopped
// ones among them, their volumes.
func (g *group) usage(now sim.Time, report func(item, variant string, quantity float64)) {
	instanceHours := 0.0
	for k := range g.bills {
		b, kind := &g.bills[k], &g.parts.Kinds[k]
		hours := (b.onDemand.Integral(now) + b.onDemandMin) / 3600
		spot := (b.spot.Integral(now) + b.spotMin) / 3600
		switch {
		case g.spec.Kind == KindFargate:
			report("fargate.vcpu_hours", "", hours*kind.VCPUs)
			report("fargate.gb_hours", "", hours*kind.GB)
			if g.spec.Spot != nil {
				report("fargate.spot_vcpu_hours", aws.At("", g.parts.SpotPrice), spot*kind.VCPUs)
				report("fargate.spot_gb_hours", aws.At("", g.parts.SpotPrice), spot*kind.GB)
			}
		case g.nodes == nil:
			hours, spot = hours*g.parts.TaskShare, spot*g.parts.TaskShare
			report("ec2.instance_hours", kind.Type, hours)
			instanceHours += hours + spot
			if g.spec.Spot != nil {
				report("ec2.spot_hours", aws.At(kind.Type, g.parts.SpotPrice), spot)
			}
		}
	}
	if g.nodes != nil {
		instanceHours = (g.Nodes.Integral(now) + g.nodes.least) / 3600
		report("ec2.instance_hours", g.nodes.parts.Type, instanceHours)
	}
	for _, p := range g.published {
		hours := g.InService.Span(now).Length.Seconds() / 3600
		report("cloudwatch.custom_metrics", "", float64(p.metrics)*hours/aws.HoursPerMonth)
		if p.each {
			hours = g.f.Running.Integral(now) / 3600
		}
		report("cloudwatch.requests", "", hours*3600/p.every.Seconds())
	}
	if g.f.spec.Instance.DetailedMonitoring {
		report("cloudwatch.custom_metrics", "", DetailedMetrics*instanceHours/aws.HoursPerMonth)
	}
	if w := g.spec.WarmPool; w != nil && w.State != PoolRunning {
		instanceHours += g.Pool.Integral(now) / 3600
	}
	g.f.reportVolumes(instanceHours, report)
}
