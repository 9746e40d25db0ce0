package ec2

import (
	"weir/models/autoscaling"
	"weir/models/spec"
)

// ScalingSpec lets the number of a fleet's instances follow its load, as an Auto Scaling group does, or that of tasks
// and pods.
type ScalingSpec struct {
	// What the fleet consists of: instances (ec2), tasks on Fargate (ecs_fargate) or on instances (ecs_ec2), or pods
	// that KEDA scales (eks_keda).
	Kind GroupKind `yaml:"kind" default:"ec2"`
	// The least capacity, in instances, tasks or pods; with weights, in units of them.
	Min int `yaml:"min" default:"1" min:"0" max:"10000"`
	// The most capacity.
	Max int `yaml:"max" required:"true" min:"1" max:"10000"`
	// The capacity at the start, which is in service then; the least one unless set.
	Desired *int `yaml:"desired" min:"0" max:"10000"`
	// Keeps a metric that falls as capacity grows near its target.
	TargetTracking *TargetTrackingSpec `yaml:"target_tracking"`
	// Changes the capacity in steps that grow with the distance from the threshold.
	Step *StepSpec `yaml:"step"`
	// Changes the capacity, and waits for the cooldown.
	Simple *SimpleSpec `yaml:"simple"`
	// Further policies, beside those above.
	Policies []PolicySpec `yaml:"policies"`
	// Changes at given times.
	Scheduled []ScheduledSpec `yaml:"scheduled"`
	// Capacity ahead of a load that is forecast.
	Predictive *PredictiveSpec `yaml:"predictive"`
	// How KEDA and the pod autoscaler scale, of eks_keda.
	Keda *KedaSpec `yaml:"keda"`
	// How long a launched instance counts as warming up (AWS: DefaultInstanceWarmup); the default cooldown unless set.
	InstanceWarmup *spec.Duration `yaml:"instance_warmup" max:"1h"`
	// How long Application Auto Scaling waits after it added tasks; the profile's unless set.
	ScaleOutCooldown *spec.Duration `yaml:"scale_out_cooldown"`
	// How long Application Auto Scaling waits after it took tasks away; the profile's unless set.
	ScaleInCooldown *spec.Duration `yaml:"scale_in_cooldown"`
	// From the call that launches an instance, task or pod until it is in service; the profile's unless set.
	LaunchTime *spec.Durations `yaml:"launch_time"`
	// What is installed at the first start of an instance, after it is in service and before the application starts.
	Bootstrap *spec.Durations `yaml:"bootstrap"`
	// How long the application takes to start, before it receives.
	StartUp *spec.Durations `yaml:"start_up"`
	// In how many availability zones the capacity is kept even.
	Zones int `yaml:"zones" default:"3" min:"1" max:"6"`
	// Which instance of the fullest zone goes first, once it is clear whether it is one on demand or a spot instance. By
	// default that of the type that the allocation would launch last, then the one closest to the next hour.
	TerminationPolicy TerminationPolicy `yaml:"termination_policy" default:"default"`
	// How long a worker that is to go may take to finish what it has in hand; it is killed at once unless set.
	Drain *spec.Duration `yaml:"drain" min:"1ms"`
	// Whether workers that have messages in hand are protected from scale-in (AWS: SetInstanceProtection). One that waits
	// in a long poll is not, and what its poll still takes waits for its visibility timeout (taken_by_dead_polls): only
	// drain or a terminate hook helps against that.
	ProtectBusy bool `yaml:"protect_busy" default:"false"`
	// What new instances wait for before they are in service.
	LaunchHook *LaunchHookSpec `yaml:"launch_hook"`
	// What instances that are to go wait for.
	TerminateHook *TerminateHookSpec `yaml:"terminate_hook"`
	// How long after its launch an instance's health is not looked at.
	HealthCheckGracePeriod spec.Duration `yaml:"health_check_grace_period" default:"0s" max:"2h"`
	// Instances that are kept prepared, of a group of one instance type without spot instances.
	WarmPool *WarmPoolSpec `yaml:"warm_pool"`
	// Instances at the spot price, which EC2 may take back.
	Spot *SpotSpec `yaml:"spot"`
	// Several instance types in place of the fleet's one, those to launch first.
	Mixed []MixedSpec `yaml:"mixed"`
	// Which of several types is launched: prioritized, the first that there is, or diversified, the one with the least
	// capacity.
	Allocation Allocation `yaml:"allocation" default:"prioritized"`
	// The size of a task or pod.
	Task *TaskSpec `yaml:"task"`
	// The instances that tasks of ecs_ec2 and pods run on, which come and go with them. Unless set, there is always room,
	// and a task is billed as the share of an instance that its vCPUs or its memory take, whichever is more.
	Nodes *NodeSpec `yaml:"nodes"`
}

// GroupKind is what a fleet that scales consists of.
type GroupKind string

// The kinds of group.
const (
	KindEC2     GroupKind = "ec2"
	KindFargate GroupKind = "ecs_fargate"
	KindECS     GroupKind = "ecs_ec2"
	KindKEDA    GroupKind = "eks_keda"
)

// Values lists the kinds, for the decoder and the schema.
func (GroupKind) Values() []string {
	return []string{string(KindEC2), string(KindFargate), string(KindECS), string(KindKEDA)}
}

// Tasks reports whether the group is of tasks or pods.
func (k GroupKind) Tasks() bool { return k != KindEC2 }

// MetricName is what a policy looks at.
type MetricName string

// The metrics that a fleet can follow.
const (
	MetricQueueLength MetricName = "queue_length"
	MetricOldestAge   MetricName = "oldest_age"
	MetricBacklog     MetricName = "backlog_per_instance"
	MetricCPU         MetricName = "cpu"
	MetricBusy        MetricName = "busy_share"
	MetricRequests    MetricName = "requests_per_target"
)

// Values lists the metrics, for the decoder and the schema.
func (MetricName) Values() []string {
	return []string{string(MetricQueueLength), string(MetricOldestAge), string(MetricBacklog), string(MetricCPU),
		string(MetricBusy), string(MetricRequests)}
}

// PolicySpec is one policy.
type PolicySpec struct {
	// Keeps a metric that falls as capacity grows near its target.
	TargetTracking *TargetTrackingSpec `yaml:"target_tracking"`
	// Changes the capacity in steps that grow with the distance from the threshold.
	Step *StepSpec `yaml:"step"`
	// Changes the capacity, and waits for the cooldown.
	Simple *SimpleSpec `yaml:"simple"`
}

// OneOf marks the policy as a union.
func (PolicySpec) OneOf() {}

// TargetTrackingSpec is a target tracking policy.
type TargetTrackingSpec struct {
	// What to keep at the target: queue_length (visible messages), oldest_age (s), backlog_per_instance (visible
	// messages by instances in service), cpu (%), busy_share (% of the threads) or requests_per_target (messages
	// received a minute by instances in service; behind a load balancer its requests a minute and healthy target).
	Metric MetricName `yaml:"metric" required:"true"`
	// The queue whose metric it is; needed where the fleet consumes several.
	Of *spec.Link `yaml:"of" link:"queues"`
	// The value to keep, in the metric's unit.
	Target spec.Number `yaml:"target" required:"true"`
	// Length of the datapoints; those of 10 and 30 seconds need metrics that the workers publish themselves.
	Period spec.Duration `yaml:"period" default:"1m" min:"10s"`
	// Whether the policy only ever adds capacity.
	DisableScaleIn bool `yaml:"disable_scale_in" default:"false"`
}

// AlarmSpec is when a step or simple policy acts: while an alarm is in ALARM, once a minute.
type AlarmSpec struct {
	// What to compare, as in target tracking.
	Metric MetricName `yaml:"metric" required:"true"`
	// The queue whose metric it is; needed where the fleet consumes several.
	Of *spec.Link `yaml:"of" link:"queues"`
	// Acts at values of this threshold and above.
	Above *spec.Number `yaml:"above"`
	// Acts at values of this threshold and below.
	Below *spec.Number `yaml:"below"`
	// Length of the datapoints.
	Period spec.Duration `yaml:"period" default:"1m" min:"10s"`
	// How many datapoints are looked at.
	EvaluationPeriods int `yaml:"evaluation_periods" default:"1" min:"1" max:"1440"`
	// How many of them must breach; all unless set.
	DatapointsToAlarm *int `yaml:"datapoints_to_alarm" min:"1" max:"1440"`
}

// StepSpec is a step scaling policy with its alarm.
type StepSpec struct {
	AlarmSpec
	// What the numbers of the steps mean.
	Adjustment autoscaling.AdjustmentType `yaml:"adjustment" default:"change_in_capacity"`
	// The steps, in any order: their ranges neither overlap nor have a gap, and reach without bound to the side, or to
	// both, that they are for. A step that is the only one needs no bounds.
	Steps []StepAdjustmentSpec `yaml:"steps" required:"true"`
	// The least change that a percentage makes (AWS: MinAdjustmentMagnitude).
	MinAdjustment int `yaml:"min_adjustment" default:"0" min:"0" max:"10000"`
}

// StepAdjustmentSpec is one step.
type StepAdjustmentSpec struct {
	// Lower bound of the distance from the threshold; none unless set.
	From *spec.Number `yaml:"from"`
	// Upper bound of the distance from the threshold; none unless set.
	To *spec.Number `yaml:"to"`
	// By how much the capacity changes.
	Change spec.Number `yaml:"change" required:"true"`
}

// SimpleSpec is a simple scaling policy with its alarm.
type SimpleSpec struct {
	AlarmSpec
	// What the change means.
	Adjustment autoscaling.AdjustmentType `yaml:"adjustment" default:"change_in_capacity"`
	// By how much the capacity changes.
	Change spec.Number `yaml:"change" required:"true"`
	// The least change that a percentage makes.
	MinAdjustment int `yaml:"min_adjustment" default:"0" min:"0" max:"10000"`
	// How long no simple policy acts after an activity; the profile's default cooldown unless set.
	Cooldown *spec.Duration `yaml:"cooldown" max:"1d"`
}

// ScheduledSpec is a change at a given time.
type ScheduledSpec struct {
	// When, since the start of the run.
	At spec.Duration `yaml:"at" required:"true"`
	// After how long again; only once unless set.
	Every *spec.Duration `yaml:"every" min:"1m"`
	// The least capacity from then on. An action that would leave it above the most one fails.
	Min *int `yaml:"min" min:"0" max:"10000"`
	// The most capacity from then on, at most scaling.max, for which there is room.
	Max *int `yaml:"max" min:"0" max:"10000"`
	// The capacity to have then. An action that wants more or less than the bounds then allow fails.
	Desired *int `yaml:"desired" min:"0" max:"10000"`
}

// PredictiveSpec is a forecast and the capacity that it needs.
type PredictiveSpec struct {
	// The load of each stretch of time, again and again.
	Forecast []spec.Rate `yaml:"forecast" required:"true"`
	// Length of a stretch.
	Every spec.Duration `yaml:"every" default:"1h" min:"1m"`
	// The load that one instance bears.
	PerInstance spec.Rate `yaml:"per_instance" required:"true"`
	// How long before a stretch its capacity is launched (AWS: SchedulingBufferTime); the profile's unless set.
	Buffer *spec.Duration `yaml:"buffer"`
}

// KedaSpec is how KEDA and the pod autoscaler scale.
type KedaSpec struct {
	// Messages for each pod; the profile's unless set.
	QueueLength *int `yaml:"queue_length" min:"1" max:"1000000"`
	// Whether messages in flight count, too.
	ScaleOnInFlight bool `yaml:"scale_on_in_flight" default:"true"`
	// Time between two looks at the queue; the profile's unless set.
	PollingInterval *spec.Duration `yaml:"polling_interval" min:"1s"`
	// How long there must be nothing to do before the last pods go; the profile's unless set.
	CooldownPeriod *spec.Duration `yaml:"cooldown_period"`
	// For how long the highest advice holds when pods are to go; the profile's unless set.
	Stabilisation *spec.Duration `yaml:"stabilisation"`
}

// TerminationPolicy is which instance goes first.
type TerminationPolicy string

// The termination policies.
const (
	TerminateDefault TerminationPolicy = "default"
	TerminateOldest  TerminationPolicy = "oldest_instance"
	TerminateNewest  TerminationPolicy = "newest_instance"
	TerminateHour    TerminationPolicy = "closest_to_next_instance_hour"
)

// Values lists the policies, for the decoder and the schema.
func (TerminationPolicy) Values() []string {
	return []string{string(TerminateDefault), string(TerminateOldest), string(TerminateNewest), string(TerminateHour)}
}

// LaunchHookSpec is what a new instance waits for.
type LaunchHookSpec struct {
	// How long what the hook waits for takes.
	Takes spec.Durations `yaml:"takes" required:"true"`
	// How long the group waits for it; the profile's unless set.
	HeartbeatTimeout *spec.Duration `yaml:"heartbeat_timeout" min:"30s" max:"2h"`
	// What happens then: continue puts the instance in service, abandon ends it, and another is launched.
	DefaultResult HookResult `yaml:"default_result" default:"abandon"`
}

// TerminateHookSpec is how long an instance that is to go may finish what it has in hand.
type TerminateHookSpec struct {
	// How long the group waits for it; the profile's unless set.
	HeartbeatTimeout *spec.Duration `yaml:"heartbeat_timeout" min:"30s" max:"2h"`
	// Whether the worker sends heartbeats while it is busy: it then has as long as a hook may take at all.
	RecordHeartbeats bool `yaml:"record_heartbeats" default:"false"`
}

// HookResult is what happens when a lifecycle hook's time is up.
type HookResult string

// The results of a hook.
const (
	HookContinue HookResult = "continue"
	HookAbandon  HookResult = "abandon"
)

// Values lists the results, for the decoder and the schema.
func (HookResult) Values() []string { return []string{string(HookContinue), string(HookAbandon)} }

// WarmPoolSpec is instances that are kept prepared.
type WarmPoolSpec struct {
	// What state they are in.
	State PoolState `yaml:"state" default:"stopped"`
	// The least number of them.
	MinSize int `yaml:"min_size" default:"0" min:"0" max:"10000"`
	// How much capacity is in service or prepared, together; the group's most unless set.
	MaxPrepared *int `yaml:"max_prepared" min:"0" max:"10000"`
	// Whether an instance that is to go comes back into the pool.
	ReuseOnScaleIn bool `yaml:"reuse_on_scale_in" default:"false"`
}

// PoolState is the state of the instances in a warm pool.
type PoolState string

// The states of a warm pool.
const (
	PoolStopped    PoolState = "stopped"
	PoolRunning    PoolState = "running"
	PoolHibernated PoolState = "hibernated"
)

// Values lists the states, for the decoder and the schema.
func (PoolState) Values() []string {
	return []string{string(PoolStopped), string(PoolRunning), string(PoolHibernated)}
}

// SpotSpec is instances at the spot price.
type SpotSpec struct {
	// The share of the capacity above the base that is spot, rounded down; it holds when capacity is taken away, too.
	Share spec.Share `yaml:"share" default:"100%"`
	// Capacity that is never spot.
	Base int `yaml:"base" default:"0" min:"0" max:"10000"`
	// Rate at which each spot instance is taken back, two minutes after a notice.
	Interruptions *spec.Rate `yaml:"interruptions"`
	// Share of the launches that fail for want of capacity; they are tried again.
	LaunchFailures spec.Share `yaml:"launch_failures" default:"0%"`
	// Whether another instance is launched at the notice (AWS: Capacity Rebalancing), not when the first is gone. The
	// first goes when the other is in service, as in a scale-in: it drains only if workers or a load balancer do.
	Rebalance bool `yaml:"rebalance" default:"false"`
	// The spot price as a share of the on-demand price; the profile's unless set.
	Price *spec.Share `yaml:"price"`
}

// MixedSpec is one of several instance types.
type MixedSpec struct {
	// Instance type, such as m5.large.
	Type string `yaml:"type" required:"true"`
	// Threads that poll and work, on each instance; the fleet's unless set.
	Threads *int `yaml:"threads" min:"1" max:"100000"`
	// How much capacity an instance is.
	Weight int `yaml:"weight" default:"1" min:"1" max:"999"`
}

// Allocation is how a group of several instance types chooses.
type Allocation string

// The allocation strategies.
const (
	AllocatePrioritized Allocation = "prioritized"
	AllocateDiversified Allocation = "diversified"
)

// Values lists the strategies, for the decoder and the schema.
func (Allocation) Values() []string {
	return []string{string(AllocatePrioritized), string(AllocateDiversified)}
}

// TaskSpec is the size of a task or pod.
type TaskSpec struct {
	// vCPUs.
	VCPUs spec.Number `yaml:"vcpus" default:"1"`
	// Memory.
	Memory spec.Size `yaml:"memory" default:"2GiB" min:"1MiB"`
}

// NodeSpec is the instances that tasks or pods run on: of the fleet's instance type.
type NodeSpec struct {
	// How many tasks or pods an instance has room for; what its vCPUs and memory allow unless set.
	Tasks *int `yaml:"tasks" min:"1" max:"1000"`
	// How many instances there always are.
	Min int `yaml:"min" default:"0" min:"0" max:"10000"`
}
