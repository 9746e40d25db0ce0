package experiments

import (
	"fmt"
	"math"

	"weir/experiments/scenario"
	"weir/models/autoscaling"
	"weir/models/aws"
	"weir/models/cloudwatch"
	"weir/models/ec2"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/sim"
)

// scalingConstants are the constants that a fleet that scales takes from the profile.
type scalingConstants struct {
	Cooldown        spec.Duration  `aws:"autoscaling.default_cooldown"`
	High            int64          `aws:"autoscaling.target_tracking.high_datapoints"`
	Low             int64          `aws:"autoscaling.target_tracking.low_datapoints"`
	LowShare        spec.Share     `aws:"autoscaling.target_tracking.low_share"`
	TrackingPause   spec.Duration  `aws:"autoscaling.target_tracking.scale_in_pause"`
	Buffer          spec.Duration  `aws:"autoscaling.predictive.buffer"`
	HealthCheck     spec.Duration  `aws:"autoscaling.health_check_delay"`
	Retry           spec.Duration  `aws:"autoscaling.launch_retry"`
	SpotNotice      spec.Duration  `aws:"autoscaling.spot_notice"`
	SpotPrice       spec.Share     `aws:"autoscaling.spot_price"`
	HookTimeout     spec.Duration  `aws:"autoscaling.hook_timeout"`
	HookMax         spec.Duration  `aws:"autoscaling.hook_max"`
	TaskCooldown    spec.Duration  `aws:"autoscaling.task_cooldown"`
	Launch          spec.Durations `aws:"ec2.launch_time"`
	Start           spec.Durations `aws:"ec2.start_time"`
	Resume          spec.Durations `aws:"ec2.resume_time"`
	FargateLaunch   spec.Durations `aws:"ecs.fargate_launch_time"`
	FargateRate     spec.Rate      `aws:"ecs.fargate_launch_rate"`
	FargateBurst    int64          `aws:"ecs.fargate_launch_burst"`
	FargateStop     spec.Duration  `aws:"ecs.stop_timeout_max"`
	TaskLaunch      spec.Durations `aws:"ecs.task_launch_time"`
	TaskRate        spec.Rate      `aws:"ecs.task_launch_rate"`
	ECSNodeLaunch   spec.Durations `aws:"ecs.node_launch_time"`
	ECSNodeIdle     spec.Duration  `aws:"ecs.node_idle"`
	PodLaunch       spec.Durations `aws:"keda.pod_launch_time"`
	PodRate         spec.Rate      `aws:"keda.pod_launch_rate"`
	EKSNodeLaunch   spec.Durations `aws:"keda.node_launch_time"`
	EKSNodeIdle     spec.Duration  `aws:"keda.node_idle"`
	CustomDelay     spec.Duration  `aws:"cloudwatch.custom_metric_delay"`
	PollingInterval spec.Duration  `aws:"keda.polling_interval"`
	CooldownPeriod  spec.Duration  `aws:"keda.cooldown_period"`
	QueueLength     int64          `aws:"keda.queue_length"`
	Sync            spec.Duration  `aws:"keda.sync_period"`
	Tolerance       spec.Share     `aws:"keda.tolerance"`
	Stabilisation   spec.Duration  `aws:"keda.stabilisation"`
	ScaleUpShare    spec.Share     `aws:"keda.scale_up_share"`
	ScaleUpPods     int64          `aws:"keda.scale_up_pods"`
}

// activitiesKept is how many scaling activities of a window are written down.
const activitiesKept = 1000

func (b *builder) scalingConstants() *scalingConstants {
	k := new(scalingConstants)
	b.profile.Fill(k)
	return k
}

// groupParts returns what a fleet that scales is built from, or nil.
func (b *builder) groupParts(c *scenario.Component, s *ec2.Spec, size aws.InstanceType) *ec2.GroupParts {
	g := s.Scaling
	if g == nil {
		return nil
	}
	k := b.scalingConstants()
	b.checkScaling(c, s, k)
	desired := g.Min
	if g.Desired != nil {
		desired = *g.Desired
	}
	parts := &ec2.GroupParts{
		HealthCheck: k.HealthCheck.Sim(), Retry: k.Retry.Sim(), SpotNotice: k.SpotNotice.Sim(),
		HookTimeout: k.HookTimeout.Sim(), HookMax: k.HookMax.Sim(),
		SpotPrice: float64(k.SpotPrice), Launch: k.Launch.Dist(), PoolLaunch: k.Start.Dist(),
		CustomDelay: k.CustomDelay.Sim(),
		Settings: autoscaling.Settings{
			Min: g.Min, Max: g.Max, Desired: desired, ActivitiesKept: activitiesKept, Tasks: g.Kind.Tasks(),
			Warmup: orDefault(g.InstanceWarmup, k.Cooldown), ScaleOutCooldown: orDefault(g.ScaleOutCooldown, k.TaskCooldown),
			ScaleInCooldown: orDefault(g.ScaleInCooldown, k.TaskCooldown), TrackingPause: k.TrackingPause.Sim(),
		},
	}
	if g.WarmPool != nil && g.WarmPool.State == ec2.PoolHibernated {
		parts.PoolLaunch = k.Resume.Dist()
	}
	b.taskParts(c, s, k, size, parts)
	if g.LaunchTime != nil {
		parts.Launch = g.LaunchTime.Dist()
	}
	if g.Bootstrap != nil {
		parts.Bootstrap = g.Bootstrap.Dist()
	}
	if g.StartUp != nil {
		parts.StartUp = g.StartUp.Dist()
	}
	if g.Spot != nil && g.Spot.Price != nil {
		parts.SpotPrice = float64(*g.Spot.Price)
	}
	return parts
}

func orDefault(set *spec.Duration, otherwise spec.Duration) sim.Duration {
	if set != nil {
		return set.Sim()
	}
	return otherwise.Sim()
}

// taskParts fills in what an instance, a task or a pod is, how fast it launches, and what it runs on.
func (b *builder) taskParts(
	c *scenario.Component, s *ec2.Spec, k *scalingConstants, size aws.InstanceType, parts *ec2.GroupParts,
) {
	g := s.Scaling
	task := ec2.InstanceKind{
		Type: s.Instance.Type, VCPUs: float64(size.VCPUs), Threads: s.Instance.Threads, Weight: 1,
	}
	if g.Kind.Tasks() {
		parts.Settings.Warmup = 0
		if t := g.Task; t != nil {
			task.VCPUs, task.GB = float64(t.VCPUs), float64(t.Memory)/(1<<30)
		} else {
			task.VCPUs, task.GB = 1, 2
		}
	}
	parts.Kinds, parts.TaskShare = []ec2.InstanceKind{task}, 1
	if g.Kind == ec2.KindECS || g.Kind == ec2.KindKEDA {
		parts.TaskShare = max(task.VCPUs/float64(size.VCPUs), task.GB/(float64(size.MemoryBytes)/(1<<30)))
	}
	var node ec2.NodeParts
	switch g.Kind {
	case ec2.KindFargate:
		parts.Launch, parts.LaunchRate = k.FargateLaunch.Dist(), k.FargateRate.PerSecond()
		parts.LaunchBurst = float64(k.FargateBurst)
	case ec2.KindECS:
		parts.Launch, parts.LaunchRate, parts.LaunchBurst = k.TaskLaunch.Dist(), k.TaskRate.PerSecond(), 1
		node = ec2.NodeParts{Launch: k.ECSNodeLaunch.Dist(), Idle: k.ECSNodeIdle.Sim()}
	case ec2.KindKEDA:
		parts.Launch, parts.LaunchRate, parts.LaunchBurst = k.PodLaunch.Dist(), k.PodRate.PerSecond(), 1
		node = ec2.NodeParts{Launch: k.EKSNodeLaunch.Dist(), Idle: k.EKSNodeIdle.Sim()}
	}
	if n := g.Nodes; n != nil && node.Launch != nil {
		node.Type, node.Min = s.Instance.Type, n.Min
		node.Tasks = int(min(float64(size.VCPUs)/task.VCPUs, float64(size.MemoryBytes)/(1<<30)/task.GB))
		if n.Tasks != nil {
			node.Tasks = *n.Tasks
		}
		if node.Tasks < 1 {
			b.fail(c, "scaling.nodes", "an instance of type %s has no room for a task of %v vCPUs and %v GB", node.Type, task.VCPUs,
				task.GB)
			node.Tasks = 1
		}
		parts.Nodes = &node
	}
	for i, m := range g.Mixed {
		of, err := aws.LookUpInstance(m.Type)
		if err != nil {
			b.fail(c, fmt.Sprintf("scaling.mixed[%d].type", i), "%s", err)
			continue
		}
		if i == 0 {
			parts.Kinds = nil
		}
		threads := s.Instance.Threads
		if m.Threads != nil {
			threads = *m.Threads
		}
		parts.Kinds = append(parts.Kinds, ec2.InstanceKind{
			Type: m.Type, VCPUs: float64(of.VCPUs), Threads: threads, Weight: m.Weight,
		})
	}
}

// scale connects a fleet's policies with the metrics that they look at.
func (b *builder) scale(c *scenario.Component, s *ec2.Spec, f *ec2.Fleet) {
	g, k := s.Scaling, b.scalingConstants()
	if g == nil {
		return
	}
	w := &scaler{b: b, c: c, spec: s, fleet: f, group: f.Group(), k: k}
	if g.Kind == ec2.KindKEDA {
		w.keda()
	}
	policies := make([]placedPolicy, 0, 3+len(g.Policies))
	policies = append(policies, placedPolicy{
		"scaling.", ec2.PolicySpec{TargetTracking: g.TargetTracking},
	}, placedPolicy{"scaling.", ec2.PolicySpec{Step: g.Step}}, placedPolicy{"scaling.", ec2.PolicySpec{Simple: g.Simple}})
	for i, p := range g.Policies {
		policies = append(policies, placedPolicy{fmt.Sprintf("scaling.policies[%d].", i), p})
	}
	for _, p := range policies {
		switch {
		case p.TargetTracking != nil:
			w.track(p.at+"target_tracking", p.TargetTracking)
		case p.Step != nil:
			w.step(p.at+"step", p.Step)
		case p.Simple != nil:
			w.simple(p.at+"simple", p.Simple)
		}
	}
	w.schedule(g)
}

// placedPolicy is a policy and where it stands in the fleet.
type placedPolicy struct {
	at string
	ec2.PolicySpec
}

// scaler connects one fleet.
type scaler struct {
	b     *builder
	c     *scenario.Component
	spec  *ec2.Spec
	fleet *ec2.Fleet
	group *autoscaling.Group
	k     *scalingConstants
}

// policyAction is what the alarm of a policy does. As of all of Auto Scaling's, it acts each minute.
type policyAction struct {
	breach func(value float64)
	within func() // the alarm is not in ALARM any more, or nil
}

// Alarmed acts while the alarm is in ALARM.
func (a policyAction) Alarmed(_ sim.Time, state cloudwatch.State, value float64) {
	switch {
	case state == cloudwatch.Alarming && !math.IsNaN(value):
		a.breach(value)
	case state != cloudwatch.Alarming && a.within != nil:
		a.within()
	}
}

// Repeats returns true.
func (policyAction) Repeats() bool { return true }

// alarm makes an alarm of a policy, which stands in the results and on the bill as others do.
func (w *scaler) alarm(name string, s cloudwatch.AlarmSettings, source cloudwatch.Source, a policyAction) {
	s.Missing = cloudwatch.TreatMissing
	alarm := cloudwatch.NewAlarm(w.b.board(), w.c.Path()+"/"+name, s, source)
	alarm.Notify(a)
	w.b.extra = append(w.b.extra, alarm)
}

func (w *scaler) track(field string, p *ec2.TargetTrackingSpec) {
	source := w.source(field, p.Metric, p.Of, p.Period)
	if source == nil {
		return
	}
	evaluation := sim.Minute
	if source.Period() < sim.Minute {
		evaluation = 10 * sim.Second
	}
	name := field[len("scaling."):]
	target := float64(p.Target)
	policy := autoscaling.NewTargetTracking(w.group, "target tracking of "+string(p.Metric), target, p.DisableScaleIn,
		evaluation)
	w.alarm(name+"/high", cloudwatch.AlarmSettings{
		Threshold: target, Comparison: cloudwatch.Greater, EvaluationPeriods: int(w.k.High),
	}, source, policyAction{breach: policy.High})
	w.alarm(name+"/low", cloudwatch.AlarmSettings{
		Threshold: target * float64(w.k.LowShare), Comparison: cloudwatch.Less, EvaluationPeriods: int(w.k.Low),
	}, source, policyAction{breach: policy.Low, within: policy.Within})
}

// settings returns the settings of the alarm of a step or simple policy.
func settings(a *ec2.AlarmSpec) cloudwatch.AlarmSettings {
	s := cloudwatch.AlarmSettings{
		Comparison: cloudwatch.GreaterOrEqual, EvaluationPeriods: a.EvaluationPeriods, DatapointsToAlarm: a.DatapointsToAlarm,
	}
	if a.Above != nil {
		s.Threshold = float64(*a.Above)
	} else {
		s.Threshold, s.Comparison = float64(*a.Below), cloudwatch.LessOrEqual
	}
	return s
}

func (w *scaler) step(field string, p *ec2.StepSpec) {
	source := w.source(field, p.Metric, p.Of, p.Period)
	if source == nil {
		return
	}
	s := settings(&p.AlarmSpec)
	policy := &autoscaling.Step{
		Group: w.group, Name: "step scaling on " + string(p.Metric), Threshold: s.Threshold, Type: p.Adjustment,
		Least: p.MinAdjustment,
	}
	for _, a := range p.Steps {
		policy.Steps = append(policy.Steps, autoscaling.Adjustment{
			From: (*float64)(a.From), To: (*float64)(a.To), Change: float64(a.Change),
		})
	}
	w.alarm(field[len("scaling."):], s, source, policyAction{breach: policy.Breach})
}

func (w *scaler) simple(field string, p *ec2.SimpleSpec) {
	source := w.source(field, p.Metric, p.Of, p.Period)
	if source == nil {
		return
	}
	s := settings(&p.AlarmSpec)
	policy := &autoscaling.Simple{
		Group: w.group, Name: "simple scaling on " + string(p.Metric), Threshold: s.Threshold, Type: p.Adjustment,
		Adjustment: float64(p.Change), Least: p.MinAdjustment, Cooldown: orDefault(p.Cooldown, w.k.Cooldown),
	}
	w.alarm(field[len("scaling."):], s, source, policyAction{breach: policy.Breach})
}

// schedule arranges scheduled actions and the forecast.
func (w *scaler) schedule(g *ec2.ScalingSpec) {
	var actions []autoscaling.Scheduled
	for i, a := range g.Scheduled {
		every := sim.Duration(0)
		if a.Every != nil {
			every = a.Every.Sim()
		}
		actions = append(actions, autoscaling.Scheduled{
			Name: fmt.Sprintf("scheduled action %d", i), At: a.At.Sim(), Every: every, Min: a.Min, Max: a.Max,
			Desired: a.Desired,
		})
	}
	w.group.Schedule(w.c.Path(), actions)
	if p := g.Predictive; p != nil {
		f := &autoscaling.Forecast{
			Name: "predictive scaling", Every: p.Every.Sim(), Each: p.PerInstance.PerSecond(),
			Buffer: orDefault(p.Buffer, w.k.Buffer),
		}
		for _, load := range p.Forecast {
			f.Loads = append(f.Loads, load.PerSecond())
		}
		w.group.Predict(w.c.Path(), f)
	}
}

// keda connects KEDA and the pod autoscaler, which ask the queues themselves: each is a trigger, and the one that
// asks for most pods decides (keda.sh/docs/latest/reference/faq, read 2026-11-26: the autoscaler uses "the highest
// desired replica count").
func (w *scaler) keda() {
	var queues []*sqs.Queue
	for _, from := range w.spec.From {
		if q, ok := w.b.built[from.Queue].(*sqs.Queue); ok {
			queues = append(queues, q)
		}
	}
	if len(queues) == 0 {
		w.b.fail(w.c, "scaling.kind", "KEDA scales by the length of a queue, and the fleet consumes none")
		return
	}
	k := w.k
	s := autoscaling.PodSettings{
		Target: float64(k.QueueLength), Polling: k.PollingInterval.Sim(), Cooldown: k.CooldownPeriod.Sim(),
		Sync: k.Sync.Sim(), Tolerance: float64(k.Tolerance), Stabilisation: k.Stabilisation.Sim(),
		UpShare: float64(k.ScaleUpShare), UpPods: int(k.ScaleUpPods),
	}
	inFlight := true
	if set := w.spec.Scaling.Keda; set != nil {
		inFlight = set.ScaleOnInFlight
		s.Polling = orDefault(set.PollingInterval, k.PollingInterval)
		s.Cooldown = orDefault(set.CooldownPeriod, k.CooldownPeriod)
		s.Stabilisation = orDefault(set.Stabilisation, k.Stabilisation)
		if set.QueueLength != nil {
			s.Target = float64(*set.QueueLength)
		}
	}
	autoscaling.NewPods(w.group, w.c.Path()+"/keda", s, func() (most float64) {
		for _, q := range queues {
			n := q.Visible.Value()
			if inFlight {
				n += q.InFlight.Value()
			}
			most = max(most, float64(n))
		}
		return most
	})
}
