package lint

import (
	"fmt"

	"weir/models/aws"
	"weir/models/ec2"
	"weir/models/spec"
	"weir/results"
)

// Sources of the rules of scaling.
const (
	guideTracking = "EC2 Auto Scaling user guide, as-scaling-target-tracking.md (awsdocs/amazon-ec2-auto-scaling-user-guide @5f2b71d)"
	guideWarmup   = "EC2 Auto Scaling user guide, ec2-auto-scaling-default-instance-warmup.md " +
		"(awsdocs/amazon-ec2-auto-scaling-user-guide @5f2b71d)"
	guideQueue = "EC2 Auto Scaling user guide, as-using-sqs-queue.md (awsdocs/amazon-ec2-auto-scaling-user-guide @5f2b71d)"
)

var scalingRules = []Rule{
	{
		ID: "scaling-on-cpu-that-waits", Severity: results.LintWarning,
		Title: "a fleet follows a CPU that its work cannot bring to the target",
		Reason: "A scaling metric has to fall and rise with the load of an instance. Workers that wait for something have all their threads " +
			"busy at a low CPU: the group never grows, whatever the backlog. For queues, AWS describes the backlog of each instance.",
		Source: guideQueue, Date: "2023-05", check: cpuThatWaits,
	},
	{
		ID: "scaling-cannot-scale", Severity: results.LintWarning,
		Title:  "a group with policies has the same least and most capacity",
		Reason: "Policies change the desired capacity between the least and the most: where these are the same, they change nothing.",
		Source: guideTracking, Date: "2023-05", check: cannotScale,
	},
	{
		ID: "warmup-below-start", Severity: results.LintWarning,
		Title: "a group takes new capacity for warm before it works",
		Reason: "The warm-up is to last until a new instance takes its part of the load. While the metric does not yet show what was added, " +
			"more is added, and taken away again.",
		Source: guideWarmup, Date: "2023-05", check: warmupShort,
	},
	{
		ID: "backlog-target-above-objective", Severity: results.LintWarning,
		Title: "a backlog target lets messages wait for longer than an objective allows",
		Reason: "The acceptable backlog of an instance is the latency that is acceptable, divided by the time that an instance takes for a " +
			"message.",
		Source: guideQueue, Date: "2023-05", check: targetAboveObjective,
	},
}

func cpuThatWaits(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *ec2.Spec) {
		if s.Scaling == nil || len(s.From) == 0 {
			return
		}
		size, err := aws.LookUpInstance(s.Instance.Type)
		vcpus := float64(size.VCPUs)
		if t := s.Scaling.Task; s.Scaling.Kind.Tasks() {
			vcpus = 1
			if t != nil {
				vcpus = float64(t.VCPUs)
			}
		}
		if err != nil || vcpus <= 0 || len(s.Scaling.Mixed) > 0 {
			return
		}
		most := min(100, 100*float64(s.Instance.Threads)*float64(s.CPUShare)/vcpus)
		eachPolicy(s.Scaling, func(at string, p ec2.PolicySpec) {
			target, field := 0.0, ""
			switch {
			case p.TargetTracking != nil && p.TargetTracking.Metric == ec2.MetricCPU:
				target, field = float64(p.TargetTracking.Target), at+"target_tracking.target"
			case p.Step != nil && p.Step.Metric == ec2.MetricCPU && p.Step.Above != nil:
				target, field = float64(*p.Step.Above), at+"step.above"
			case p.Simple != nil && p.Simple.Metric == ec2.MetricCPU && p.Simple.Above != nil:
				target, field = float64(*p.Simple.Above), at+"simple.above"
			}
			if field == "" || most >= target {
				return
			}
			report(hit{
				of: link, field: field,
				text: fmt.Sprintf("is %g %% of the CPU, and %d threads whose work computes for %s of its time bring %g vCPUs to %.3g %% at "+
					"the most: the group never grows", target, s.Instance.Threads, percent(float64(s.CPUShare)), vcpus, most),
				figures: append(d.paths(s.From.First(), "latency.p99"), of("in_service_max", link)),
				fix: []string{fmt.Sprintf("%s.%s=%s", link, "scaling.target_tracking",
					"{metric: busy_share, target: 60}")},
			})
		})
	})
}

// eachPolicy calls f for each policy of a group, with where it stands.
func eachPolicy(g *ec2.ScalingSpec, f func(at string, p ec2.PolicySpec)) {
	f("scaling.", ec2.PolicySpec{TargetTracking: g.TargetTracking})
	f("scaling.", ec2.PolicySpec{Step: g.Step})
	f("scaling.", ec2.PolicySpec{Simple: g.Simple})
	for i, p := range g.Policies {
		f(fmt.Sprintf("scaling.policies[%d].", i), p)
	}
}

func cannotScale(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *ec2.Spec) {
		g := s.Scaling
		if g == nil || g.Min != g.Max || g.TargetTracking == nil && g.Step == nil && g.Simple == nil && len(g.Policies) == 0 {
			return
		}
		for i := range g.Scheduled {
			if g.Scheduled[i].Min != nil {
				return // it has room at other times
			}
		}
		report(hit{
			of: link, field: "scaling.max", text: fmt.Sprintf("is %d, as scaling.min: the policies change nothing", g.Max),
			fix:     []string{fmt.Sprintf("%s.scaling.max=%d", link, 4*g.Max)},
			figures: []figure{of("in_service_max", link), cost},
		})
	})
}

func warmupShort(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *ec2.Spec) {
		g := s.Scaling
		if g == nil {
			return
		}
		start := meanOf(g.Bootstrap) + meanOf(g.StartUp)
		switch {
		case g.InstanceWarmup != nil && g.InstanceWarmup.Sim().Seconds() < start:
			report(hit{
				of: link, field: "scaling.instance_warmup",
				text: fmt.Sprintf("is %s, and an instance that is in service takes %s until it works", g.InstanceWarmup, seconds(start)),
				fix:  []string{fmt.Sprintf("%s.scaling.instance_warmup=%s", link, rounded(start+60))},
				figures: []figure{
					of("launches", link), of("direction_changes", link), cost,
				},
			})
		case g.ScaleOutCooldown != nil && g.ScaleOutCooldown.Sim().Seconds() < d.launch(g)+start:
			report(hit{
				of: link, field: "scaling.scale_out_cooldown",
				text: fmt.Sprintf("is %s, and a task takes %s until it works", g.ScaleOutCooldown, seconds(d.launch(g)+start)),
				fix:  []string{fmt.Sprintf("%s.scaling.scale_out_cooldown=%s", link, rounded(d.launch(g)+start+60))},
				figures: []figure{
					of("launches", link), of("direction_changes", link), cost,
				},
			})
		}
	})
}

// launch returns how long a task or pod takes to be in service, in seconds.
func (d *design) launch(g *ec2.ScalingSpec) float64 {
	if g.LaunchTime != nil {
		return meanOf(g.LaunchTime)
	}
	var k struct {
		Fargate spec.Durations `aws:"ecs.fargate_launch_time"`
		Task    spec.Durations `aws:"ecs.task_launch_time"`
	}
	d.Profile.Fill(&k)
	if g.Kind == ec2.KindFargate {
		return meanOf(&k.Fargate)
	}
	return meanOf(&k.Task)
}

func targetAboveObjective(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *ec2.Spec) {
		if s.Scaling == nil || len(s.From) != 1 {
			return
		}
		mean, _ := d.fleetTime(s, 0)
		eachPolicy(s.Scaling, func(at string, p ec2.PolicySpec) {
			t := p.TargetTracking
			if t == nil || t.Metric != ec2.MetricBacklog || mean == 0 {
				return
			}
			waits := float64(t.Target) * mean / float64(s.Instance.Threads)
			for _, f := range d.paths(s.From.First(), "latency.p99") {
				for i := range d.doc.Objectives {
					o := &d.doc.Objectives[i]
					latency := o.Metric == "latency.p99" || o.Metric == "latency.p50"
					if !latency || o.Of != f.of || o.Below == nil || o.Below.In >= waits {
						continue
					}
					report(hit{
						of: link, field: at + "target_tracking.target",
						text: fmt.Sprintf("is %g messages, which take an instance %s: an objective asks for %s", float64(t.Target),
							seconds(waits), o.Below.Text),
						fix: []string{fmt.Sprintf("%s.%starget_tracking.target=%.3g", link, at,
							max(0.5*o.Below.In*float64(s.Instance.Threads)/mean, 1))},
						figures: []figure{f, cost},
					})
					return
				}
			}
		})
	})
}
