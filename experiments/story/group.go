package story

import (
	"fmt"
	"strconv"
	"strings"

	"weir/models/autoscaling"
	"weir/models/ec2"
	"weir/models/message"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

// group is an Auto Scaling group of a story, whose instances have nothing to do.
type group struct {
	*ec2.Fleet
	policies map[string]func(value float64)
}

// nothing is a queue in which nothing comes.
type nothing struct{}

// ReceiveMessage is never answered.
func (nothing) ReceiveMessage(int, sim.Duration, sim.Duration, message.Receiver, uint64) {}

// DeleteMessageBatch has nothing to delete.
func (nothing) DeleteMessageBatch([]message.Receipt) error { return nil }

// ChangeMessageVisibilityBatch has nothing to change.
func (nothing) ChangeMessageVisibilityBatch([]message.Receipt, sim.Duration) error { return nil }

// ConsumerFree does nothing.
func (nothing) ConsumerFree(int) {}

// Idle returns the zero Idle.
func (nothing) Idle() message.Idle { return message.Idle{} }

func constant(d sim.Duration) random.Dist { return random.Constant{Value: float64(d)} }

// groupConstants are the constants of a story's groups.
type groupConstants struct {
	Cooldown    spec.Duration `aws:"autoscaling.default_cooldown"`
	HealthCheck spec.Duration `aws:"autoscaling.health_check_delay"`
	Retry       spec.Duration `aws:"autoscaling.launch_retry"`
	Pause       spec.Duration `aws:"autoscaling.target_tracking.scale_in_pause"`
	HookTimeout spec.Duration `aws:"autoscaling.hook_timeout"`
	HookMax     spec.Duration `aws:"autoscaling.hook_max"`
}

// makeGroup makes a group, with the settings of scaling in the scenario file. A launch takes a minute unless set.
func (st *stage) makeGroup(name, settings string) error {
	s := new(ec2.ScalingSpec)
	if err := decode(settings, s); err != nil {
		return err
	}
	k := new(groupConstants)
	st.profile.Fill(k)
	desired, warmup := s.Min, k.Cooldown.Sim()
	if s.Desired != nil {
		desired = *s.Desired
	}
	if s.InstanceWarmup != nil {
		warmup = s.InstanceWarmup.Sim()
	}
	parts := &ec2.GroupParts{
		Kinds:  []ec2.InstanceKind{{Type: "m5.large", VCPUs: 2, Threads: 1, Weight: 1}},
		Launch: constant(sim.Minute), HealthCheck: k.HealthCheck.Sim(), Retry: k.Retry.Sim(),
		HookTimeout: k.HookTimeout.Sim(), HookMax: k.HookMax.Sim(),
		Settings: autoscaling.Settings{
			Min: s.Min, Max: s.Max, Desired: desired, Warmup: warmup, TrackingPause: k.Pause.Sim(),
		},
	}
	if s.LaunchTime != nil {
		parts.Launch = s.LaunchTime.Dist()
	}
	fleet := &ec2.Spec{Instances: 1, Instance: ec2.InstanceSpec{Type: "m5.large", Threads: 1}, Scaling: s}
	fleet.Receive.MaxMessages = 1
	none := constant(0)
	f := ec2.New(st.eng, st.store, "fleets."+name, fleet, ec2.Parts{
		Inbox: nothing{}, VCPUs: 2, Rules: new(sdk.RetryRules), Recovery: none, Digits: 3, BatchMax: 10, Group: parts,
		Latencies: ec2.Latencies{Receive: none, Delete: none, ChangeVisibility: none, Send: none},
	})
	f.Start()
	g := &group{f, map[string]func(float64){}}
	for _, p := range append([]ec2.PolicySpec{{TargetTracking: s.TargetTracking}, {Step: s.Step}, {Simple: s.Simple}},
		s.Policies...) {
		g.add(p, k)
	}
	var actions []autoscaling.Scheduled
	for _, a := range s.Scheduled {
		actions = append(actions, autoscaling.Scheduled{Name: "scheduled", At: a.At.Sim(), Min: a.Min, Max: a.Max,
			Desired: a.Desired})
	}
	f.Group().Schedule(name, actions)
	st.scaled[name] = g
	return nil
}

// add adds a policy, under the name of what it is, and a letter from the second of its kind on.
func (g *group) add(p ec2.PolicySpec, k *groupConstants) {
	name := func(kind string) string {
		for letter := 'b'; g.policies[kind] != nil; letter++ {
			kind = strings.TrimRight(kind, "bcdefgh") + string(letter)
		}
		return kind
	}
	switch {
	case p.TargetTracking != nil:
		target := float64(p.TargetTracking.Target)
		t := autoscaling.NewTargetTracking(g.Group(), "target tracking", target, p.TargetTracking.DisableScaleIn, sim.Minute)
		g.policies[name("target")] = func(value float64) {
			switch {
			case value > target:
				t.High(value)
			case value < 0.9*target:
				t.Low(value)
			default:
				t.Within()
			}
		}
	case p.Step != nil:
		step := &autoscaling.Step{
			Group: g.Group(), Name: "step", Type: p.Step.Adjustment, Threshold: threshold(&p.Step.AlarmSpec),
			Least: p.Step.MinAdjustment,
		}
		for _, a := range p.Step.Steps {
			step.Steps = append(step.Steps, autoscaling.Adjustment{
				From: (*float64)(a.From), To: (*float64)(a.To), Change: float64(a.Change),
			})
		}
		g.policies[name("step")] = step.Breach
	case p.Simple != nil:
		simple := &autoscaling.Simple{
			Group: g.Group(), Name: "simple", Type: p.Simple.Adjustment, Threshold: threshold(&p.Simple.AlarmSpec),
			Adjustment: float64(p.Simple.Change), Least: p.Simple.MinAdjustment, Cooldown: k.Cooldown.Sim(),
		}
		if p.Simple.Cooldown != nil {
			simple.Cooldown = p.Simple.Cooldown.Sim()
		}
		g.policies[name("simple")] = simple.Breach
	}
}

func threshold(a *ec2.AlarmSpec) float64 {
	if a.Above != nil {
		return float64(*a.Above)
	}
	return float64(*a.Below)
}

// scaling does a command that is about a group, and reports whether it is one.
func (st *stage) scaling(words []string) (answer string, is bool, err error) {
	if len(words) < 2 || st.scaled[words[1]] == nil {
		return "", false, nil
	}
	g := st.scaled[words[1]]
	number := func(at int) (float64, error) {
		if len(words) != at+1 {
			return 0, errUsage
		}
		return strconv.ParseFloat(words[at], 64)
	}
	switch words[0] {
	case "capacity":
		return g.capacity(st.eng.Now()), true, nil
	case "desire":
		n, err := number(2)
		if err == nil {
			g.Group().Set(int(n), autoscaling.Cause{Kind: autoscaling.CauseUser})
		}
		return "", true, err
	case "fail":
		n, err := number(2)
		if err == nil {
			g.Crash(int(n))
		}
		return "", true, err
	case "metric":
		value, err := number(3)
		if err != nil || g.policies[words[2]] == nil {
			return "", true, errUsage
		}
		g.policies[words[2]](value)
		return "", true, nil
	}
	return "", false, nil
}

// capacity tells how much capacity there is, and in which zones.
func (g *group) capacity(now sim.Time) string {
	zones := ""
	for _, n := range g.InZones() {
		zones += fmt.Sprintf(" %d", n)
	}
	return fmt.Sprintf("%s: desired %d, in service %d, zones%s\n", instant(now), g.Group().DesiredCapacity(),
		g.InService(), zones)
}
