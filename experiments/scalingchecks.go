package experiments

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"weir/experiments/scenario"
	"weir/models/autoscaling"
	"weir/models/ec2"
	"weir/models/spec"
	"weir/sim"
)

// checkScaling refuses what a group of its kind has not, and numbers that fit no group.
func (b *builder) checkScaling(c *scenario.Component, s *ec2.Spec, k *scalingConstants) {
	g := s.Scaling
	fail := func(field, format string, args ...any) { b.fail(c, "scaling."+field, format, args...) }
	if s.Instances != 1 {
		b.fail(c, "instances", "a fleet that scales has no fixed number of instances: set scaling.desired")
	}
	if s.Failures.Recovery != nil {
		b.fail(c, "failures.recovery", "a fleet that scales launches another instance in place of one that crashed: set "+
			"scaling.launch_time and scaling.start_up")
	}
	if g.Min > g.Max {
		fail("min", "is more than max: %d", g.Max)
	}
	if d := g.Desired; d != nil && (*d < g.Min || *d > g.Max) {
		fail("desired", "must lie between min and max, %d and %d", g.Min, g.Max)
	}
	b.checkScheduled(c, g)
	if p := g.Predictive; p != nil {
		if buffer := orDefault(p.Buffer, k.Buffer); buffer >= p.Every.Sim() {
			fail("predictive.buffer", "%v must be less than every, %s", buffer, p.Every)
		}
		if p.PerInstance.PerSecond() <= 0 {
			fail("predictive.per_instance", "must be more than 0/s")
		}
		if len(p.Forecast) == 0 {
			fail("predictive.forecast", "needs a load for at least one stretch")
		}
	}
	b.checkKind(c, s, k)
	b.checkPolicies(c, s, k)
}

// checkScheduled refuses actions that AWS would refuse, or that are certain to fail at their time. Whether one fails
// whose bounds others change is seen in the run.
func (b *builder) checkScheduled(c *scenario.Component, g *ec2.ScalingSpec) {
	movesMin, movesMax := false, false
	for _, a := range g.Scheduled {
		movesMin, movesMax = movesMin || a.Min != nil, movesMax || a.Max != nil
	}
	for i, a := range g.Scheduled {
		fail := func(field, format string, args ...any) {
			b.fail(c, fmt.Sprintf("scaling.scheduled[%d]%s", i, field), format, args...)
		}
		if a.Max != nil && *a.Max > g.Max {
			fail(".max", "is more than scaling.max, %d, for which there is room", g.Max)
		}
		if a.Min != nil && *a.Min > boundThen(a.Max, g.Max) {
			fail(".min", "is more than the most capacity then, %d", boundThen(a.Max, g.Max))
		}
		if a.Min == nil && a.Max == nil && a.Desired == nil {
			fail("", "changes nothing: set min, max or desired")
		}
		if a.Desired == nil {
			continue
		}
		if most := boundThen(a.Max, g.Max); *a.Desired > most && (a.Max != nil || !movesMax) {
			fail(".desired", "is more than the most capacity then, %d: AWS refuses it", most)
		}
		if least := boundThen(a.Min, g.Min); *a.Desired < least && (a.Min != nil || !movesMin) {
			fail(".desired", "is less than the least capacity then, %d: AWS refuses it", least)
		}
	}
}

// boundThen returns a bound of the capacity that an action sets, or else the group's.
func boundThen(set *int, otherwise int) int {
	if set != nil {
		return *set
	}
	return otherwise
}

// checkKind refuses what only other kinds of group have.
func (b *builder) checkKind(c *scenario.Component, s *ec2.Spec, k *scalingConstants) {
	g := s.Scaling
	instances, tasks, pods := g.Kind == ec2.KindEC2, g.Kind.Tasks(), g.Kind == ec2.KindKEDA
	for _, f := range []struct {
		field string
		set   bool
		fits  bool
	}{
		{"warm_pool", g.WarmPool != nil, instances},
		{"mixed", len(g.Mixed) > 0, instances},
		{"launch_hook", g.LaunchHook != nil, instances},
		{"terminate_hook", g.TerminateHook != nil, instances},
		{"instance_warmup", g.InstanceWarmup != nil, instances},
		{"predictive", g.Predictive != nil, instances},
		{"spot", g.Spot != nil, instances || g.Kind == ec2.KindFargate},
		{"scale_out_cooldown", g.ScaleOutCooldown != nil, tasks && !pods},
		{"scale_in_cooldown", g.ScaleInCooldown != nil, tasks && !pods},
		{"task", g.Task != nil, tasks},
		{"nodes", g.Nodes != nil, pods || g.Kind == ec2.KindECS},
		{"keda", g.Keda != nil, pods},
	} {
		if f.set && !f.fits {
			b.fail(c, "scaling."+f.field, "is nothing that a group of kind %s has", g.Kind)
		}
	}
	if g.Kind == ec2.KindFargate && s.Instance.RootVolume != nil {
		b.fail(c, "instance.root_volume", "is nothing that a group of kind %s has", g.Kind)
	}
	if g.Drain != nil && g.Kind == ec2.KindFargate && *g.Drain > k.FargateStop {
		b.fail(c, "scaling.drain", "Fargate stops a task after %s", k.FargateStop)
	}
	if t := g.Task; t != nil && (t.VCPUs <= 0 || t.VCPUs > 1000) {
		b.fail(c, "scaling.task.vcpus", "must be more than 0, and at most 1000")
	}
	// "This operation cannot be called on an Auto Scaling group that has a mixed instances policy or a launch template or
	// launch configuration that requests Spot Instances" (EC2 Auto Scaling API reference, PutWarmPool).
	if g.WarmPool != nil && (len(g.Mixed) > 0 || g.Spot != nil) {
		b.fail(c, "scaling.warm_pool", "AWS adds no warm pool to a group with spot instances or several instance types: remove "+
			"warm_pool, or spot and mixed")
	}
	if w := g.WarmPool; w != nil {
		if w.State != ec2.PoolRunning && s.Instance.RootVolume == nil {
			b.fail(c, "scaling.warm_pool", "is of instances that are %s, which cost their volumes: set instance.root_volume, 8GiB "+
				"for Amazon Linux, or 0B to leave it out of the bill", w.State)
		}
		prepared := max(g.Max, w.MinSize)
		if w.MaxPrepared != nil {
			prepared = max(prepared, *w.MaxPrepared)
		}
		if prepared > 2*g.Max {
			b.fail(c, "scaling.warm_pool", "there is room for twice as many instances as scaling.max, %d", g.Max)
		}
	}
}

// checkPolicies refuses policies that say nothing or that their kind of group has not.
func (b *builder) checkPolicies(c *scenario.Component, s *ec2.Spec, k *scalingConstants) {
	g := s.Scaling
	b.checkPolicy(c, s, k, "scaling.", ec2.PolicySpec{TargetTracking: g.TargetTracking, Step: g.Step, Simple: g.Simple})
	for i, p := range g.Policies {
		b.checkPolicy(c, s, k, fmt.Sprintf("scaling.policies[%d].", i), p)
	}
}

func (b *builder) checkPolicy(
	c *scenario.Component, of *ec2.Spec, k *scalingConstants, at string, p ec2.PolicySpec,
) {
	if t := p.TargetTracking; t != nil {
		at := at + "target_tracking"
		if t.Target <= 0 {
			b.fail(c, at+".target", "must be more than 0")
		}
		b.checkMetric(c, of, at, t.Metric, t.Period)
		b.checkRange(c, at+".period", t.Period, int(max(k.High, k.Low)))
	}
	if s := p.Step; s != nil {
		at := at + "step"
		b.checkAlarm(c, of, at, &s.AlarmSpec)
		b.checkAdjustment(c, at+".min_adjustment", s.Adjustment, s.MinAdjustment)
		if len(s.Steps) == 0 {
			b.fail(c, at+".steps", "needs at least one step")
		}
		b.checkSteps(c, at, s.Steps)
	}
	if s := p.Simple; s != nil {
		at := at + "simple"
		b.checkAlarm(c, of, at, &s.AlarmSpec)
		b.checkAdjustment(c, at+".min_adjustment", s.Adjustment, s.MinAdjustment)
		b.checkChange(c, at+".change", s.Change)
		if of.Scaling.Kind != ec2.KindEC2 {
			b.fail(c, at, "Application Auto Scaling has no simple scaling: use step or target_tracking")
		}
	}
}

// checkSteps refuses steps whose ranges AWS refuses: they "can't overlap or have a gap", and where one has a negative
// lower bound or a positive upper one, another has none (EC2 Auto Scaling user guide @0987d768,
// as-scaling-simple-step.md). A step without both bounds is all that its alarm sees, if there is no other.
func (b *builder) checkSteps(c *scenario.Component, at string, steps []ec2.StepAdjustmentSpec) {
	fail := func(i int, field, format string, args ...any) {
		b.fail(c, fmt.Sprintf("%s.steps[%d]%s", at, i, field), format, args...)
	}
	var order []int
	for i, a := range steps {
		b.checkChange(c, fmt.Sprintf("%s.steps[%d].change", at, i), a.Change)
		switch {
		case a.From != nil && a.To != nil && *a.From >= *a.To:
			fail(i, ".to", "must be more than from, %v", float64(*a.From))
			return
		case a.From == nil && a.To == nil && len(steps) > 1:
			fail(i, "", "needs from or to: only a step that is the only one has neither")
			return
		}
		order = append(order, i)
	}
	from := func(i int) float64 { return boundOr(steps[i].From, math.Inf(-1)) }
	to := func(i int) float64 { return boundOr(steps[i].To, math.Inf(1)) }
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(from(i), from(j)) })
	for n, i := range order {
		if n == 0 {
			if low := from(i); low < 0 && !math.IsInf(low, 0) {
				fail(i, ".from", "is below 0, so AWS wants a step without from, for what lies below %v", low)
			}
			continue
		}
		switch before := to(order[n-1]); {
		case math.IsInf(before, 0):
			fail(i, ".from", "overlaps with the step without to: AWS's steps neither overlap nor have a gap")
		case before > from(i):
			fail(i, ".from", "overlaps with the step up to %v: AWS's steps neither overlap nor have a gap", before)
		case before < from(i):
			fail(i, ".from", "leaves a gap after %v: AWS's steps neither overlap nor have a gap", before)
		}
	}
	if len(order) > 0 {
		if last := order[len(order)-1]; to(last) > 0 && !math.IsInf(to(last), 0) {
			fail(last, ".to", "is above 0, so AWS wants a step without to, for what lies above %v", to(last))
		}
	}
}

// boundOr returns a bound of a step, or what stands for none.
func boundOr(b *spec.Number, none float64) float64 {
	if b == nil {
		return none
	}
	return float64(*b)
}

// changeMax bounds what an adjustment may say: more than any group has.
const changeMax = 1e6

func (b *builder) checkChange(c *scenario.Component, field string, change spec.Number) {
	if change > changeMax || change < -changeMax {
		b.fail(c, field, "must lie between -%d and %d", int(changeMax), int(changeMax))
	}
}

func (b *builder) checkAdjustment(c *scenario.Component, field string, t autoscaling.AdjustmentType, least int) {
	if least > 0 && t != autoscaling.PercentChangeInCapacity {
		b.fail(c, field, "is for %s alone", autoscaling.PercentChangeInCapacity)
	}
}

func (b *builder) checkAlarm(c *scenario.Component, of *ec2.Spec, at string, a *ec2.AlarmSpec) {
	if (a.Above == nil) == (a.Below == nil) {
		b.fail(c, at, "needs one of above and below: the threshold and its side")
	}
	if m := a.DatapointsToAlarm; m != nil && *m > a.EvaluationPeriods {
		b.fail(c, at+".datapoints_to_alarm", "is more than evaluation_periods: %d", a.EvaluationPeriods)
	}
	b.checkMetric(c, of, at, a.Metric, a.Period)
	b.checkRange(c, at+".evaluation_periods", a.Period, a.EvaluationPeriods)
}

// checkMetric refuses periods that a metric has no datapoints of.
func (b *builder) checkMetric(c *scenario.Component, of *ec2.Spec, at string, m ec2.MetricName, period spec.Duration) {
	g := of.Scaling
	length := period.Sim()
	minutes := length > 0 && length%sim.Minute == 0
	fast := length == 10*sim.Second || length == 30*sim.Second
	ownOnly := m == ec2.MetricQueueLength || m == ec2.MetricBacklog || m == ec2.MetricBusy
	switch {
	case !minutes && !fast:
		b.fail(c, at+".period", "must be 10s, 30s or whole minutes")
	case fast && !ownOnly:
		b.fail(c, at+".period", "%s is published once a minute: only %s, %s and %s have shorter periods, which the workers publish",
			m, ec2.MetricQueueLength, ec2.MetricBacklog, ec2.MetricBusy)
	case m == ec2.MetricCPU && g.Kind == ec2.KindEC2 && !of.Instance.DetailedMonitoring && length%(5*sim.Minute) != 0:
		b.fail(c, at+".period", "without instance.detailed_monitoring the instances publish every 5 minutes: use 5m")
	case m == ec2.MetricCPU && of.CPUShare == 0:
		b.fail(c, at+".metric", "%s has cpu_share: 0%%, so that its work needs no vCPU and the metric stays 0: set cpu_share",
			c.Link)
	}
	if g.Kind == ec2.KindKEDA {
		b.fail(c, at, "pods of eks_keda follow their queue by keda alone")
	}
}
