package experiments

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"weir/results"
	"weir/sim"
)

// scalingText is a queue and a fleet that scales: one thread on each instance, 10 messages a second, launched in 30 s.
func scalingText(arrivals, scaling string) string {
	return `
name: scaling
run: {duration: 2h, replications: 1}
producers: {p: {to: queues.q, arrivals: ` + arrivals + `}}
queues: {q: {visibility_timeout: 5m, receive_wait_time: 20s}}
fleets:
  f:
    from: queues.q
    receive: {max_messages: 1}
    work: 77ms # beside 23 ms of calls, in the mean
    scaling: {max: 100, launch_time: 30s, ` + scaling + `}
`
}

func figureIn(t *testing.T, o *results.Outcome, component, name string) float64 {
	t.Helper()
	for _, c := range o.Components {
		if c.Name != component {
			continue
		}
		for _, f := range c.Figures {
			if f.Name == name {
				return f.Value
			}
		}
	}
	t.Fatalf("there is no figure %s of %s", name, component)
	return 0
}

func activitiesOf(o *results.Outcome) []results.Activity {
	for _, c := range o.Components {
		if len(c.Activities) > 0 {
			return c.Activities
		}
	}
	return nil
}

// curveOf returns a curve's values and the time between them.
func curveOf(t *testing.T, o *results.Outcome, component, name string) ([]float64, sim.Duration) {
	t.Helper()
	for _, c := range o.Components {
		for _, k := range c.Curves {
			if c.Name == component && k.Name == name {
				return k.Values.Values(), k.Values.Width()
			}
		}
	}
	t.Fatalf("there is no curve %s of %s", name, component)
	return nil, 0
}

// drained returns when a queue was empty for good after its highest backlog, to a tick.
func drained(t *testing.T, o *results.Outcome) float64 {
	t.Helper()
	visible, width := curveOf(t, o, "queues.q", "visible")
	last := 0
	for i, v := range visible {
		if v > 20 {
			last = i
		}
	}
	return float64(last+1) * width.Seconds()
}

func within(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	if !(got >= low && got <= high) {
		t.Errorf("%s is %.4g, want %.4g to %.4g", what, got, low, high)
	}
}

// A spike over a fleet of a fixed size: what it leaves drains by the capacity that is spare. 50 a second too much for
// 600 s are 30,000, which 50 a second to spare take away in another 600 s.
func TestASpikeDrainsByTheSpareCapacity(t *testing.T) {
	o := trialOf(t, `
name: drain
profile: ideal
run: {duration: 30m, replications: 1}
producers: {p: {to: queues.q, arrivals: {spike: {base: 50/s, peak: 150/s, at: 300s, for: 600s}}}}
queues: {q: {visibility_timeout: 5m}}
fleets: {f: {from: queues.q, instances: 10, receive: {max_messages: 1}, work: 100ms}}
`)
	within(t, "the highest backlog", figureIn(t, o, "queues.q", "visible_max"), 29_200, 30_800)
	within(t, "the time of the drain", drained(t, o)-900, 570, 635)
}

// A fleet that grows by an instance a minute, of 10 a second each, under 100 a second: after m minutes the backlog is
// 60·(100m − 5m(m−1)): 33,000 after 10 and 11 minutes, and none after 21.
func TestALinearlyScalingFleetFollowsTheFluid(t *testing.T) {
	var actions []string
	for m := 1; m <= 20; m++ {
		actions = append(actions, fmt.Sprintf("{at: %dm, desired: %d}", m, m))
	}
	o := trialOf(t, `
name: linear
profile: ideal
run: {duration: 40m, replications: 1}
producers: {p: {to: queues.q, arrivals: {constant: 100/s}}}
queues: {q: {visibility_timeout: 5m}}
fleets:
  f:
    from: queues.q
    receive: {max_messages: 1}
    work: 100ms
    scaling: {min: 0, max: 20, launch_time: 0s, scheduled: [`+strings.Join(actions, ", ")+`]}
`)
	within(t, "the highest backlog", figureIn(t, o, "queues.q", "visible_max"), 32_980, 33_010)
	within(t, "the end of the drain", drained(t, o), 1250, 1270)
	visible, width := curveOf(t, o, "queues.q", "visible")
	for _, m := range []float64{3, 6, 14, 18} {
		at := m * 60
		got := (visible[int(at/width.Seconds())-1] + visible[int(at/width.Seconds())]) / 2
		fluid := 60 * (100*m - 5*m*(m-1))
		within(t, fmt.Sprintf("the backlog after %v minutes", m), got, 0.99*fluid-60, 1.01*fluid+60)
	}
}

// "3 datapoints × 60 s + metric delay (1–2 min) + ~25 s boot + app start + health check ≈ 5–7 min" (inference from
// AWS's guides and the third party that read the alarms): the reaction time of target tracking with detailed metrics.
func TestTargetTrackingReactsInFiveToSevenMinutes(t *testing.T) {
	o := trialOf(t, scalingText("{spike: {base: 5/s, peak: 30/s, at: 600s, for: 100m}}",
		"min: 1, start_up: 45s, target_tracking: {metric: backlog_per_instance, target: 50}"))
	first := activitiesOf(o)[0]
	within(t, "the scale-out after the load", first.At.Seconds()-600, 240, 345)
	within(t, "capacity that works after the load", first.At.Seconds()-600+30+45, 300, 420)
}

// cpuText is a fleet whose work needs all of its vCPU, under a load that rises for two hours and falls again.
func cpuText(detailed string) string {
	period := "5m"
	if detailed != "" {
		period = "1m"
	}
	return `
name: cpu
run: {duration: 6h, replications: 1}
producers: {p: {to: queues.q, arrivals: {spike: {base: 8/s, peak: 17/s, at: 30m, for: 2h}}}}
queues: {q: {visibility_timeout: 5m, receive_wait_time: 20s}}
fleets:
  f:
    from: queues.q
    instance: {type: m3.medium, threads: 4` + detailed + `}
    receive: {max_messages: 1}
    work: 100ms
    cpu_share: 100%
    scaling:
      min: 2
      max: 20
      target_tracking: {metric: cpu, target: 60, period: ` + period + `}
`
}

// With basic monitoring the 3 and 15 datapoints are of five minutes: 15 minutes to scale out, 75 to scale in.
func TestBasicMonitoringMakesFifteenAndSeventyFiveMinutes(t *testing.T) {
	for detailed, least := range map[string][2]float64{"": {900, 4500}, ", detailed_monitoring: true": {180, 900}} {
		o := trialOf(t, cpuText(detailed))
		activities := activitiesOf(o)
		out := activities[0].At.Seconds() - 1800
		within(t, "minutes to scale out"+detailed, out/60, least[0]/60-1, least[0]/60+5+3)
		var in float64
		for _, a := range activities {
			if a.To < a.From && a.At.Seconds() > 9000 {
				in = a.At.Seconds() - 9000
				break
			}
		}
		within(t, "minutes to scale in"+detailed, in/60, least[1]/60-1, least[1]/60+5+8)
	}
}

// A policy on the queue's length with a short cooldown goes up and down with a steady load; one on the share of busy
// threads finds its capacity and keeps it.
func TestAPolicyOnTheLengthOscillatesAndOneOnTheUseDoesNot(t *testing.T) {
	bad := trialOf(t, scalingText("{poisson: 65/s}", `min: 2, desired: 7, policies: [
      {simple: {metric: queue_length, above: 200, change: 5, cooldown: 60s}},
      {simple: {metric: queue_length, below: 5, change: -5, cooldown: 60s}}]`))
	good := trialOf(t, scalingText("{poisson: 65/s}",
		"min: 2, desired: 7, target_tracking: {metric: busy_share, target: 75}"))
	swings := figureIn(t, bad, "fleets.f", "direction_changes")
	if swings < 8 {
		t.Errorf("the policy on the length changed its direction %v times in two hours, want at least 8", swings)
	}
	if swings := figureIn(t, good, "fleets.f", "direction_changes"); swings > 1 {
		t.Errorf("the policy on the use changed its direction %v times, want at most once", swings)
	}
	within(t, "the capacity of the good one", figureIn(t, good, "fleets.f", "desired_end"), 8, 10)
	if killed := figureIn(t, bad, "fleets.f", "killed_mid_message"); killed == 0 {
		t.Error("the scale-ins killed no worker mid-message")
	}
}

// Backlog per instance is near 0 on a plateau that the capacity is just right for: the policy scales in there, and the
// backlog comes back.
func TestBacklogPerInstanceScalesInDuringAPlateau(t *testing.T) {
	o := trialOf(t, scalingText("{spike: {base: 10/s, peak: 60/s, at: 600s, for: 90m}}",
		"min: 2, target_tracking: {metric: backlog_per_instance, target: 100}"))
	in, out := 0, 0
	for _, a := range activitiesOf(o) {
		if a.At < 90*sim.Minute && a.To < 7 && a.From >= 7 {
			in++
		}
		if in > 0 && a.To > a.From {
			out++
		}
	}
	if in == 0 || out == 0 {
		t.Errorf("below the plateau's need %d times, and up again %d times, want both: %v", in, out, activitiesOf(o))
	}
}

// A backlog by 0 instances is no datapoint, also when the workers publish it: a group that is at 0 stays there. The
// queue's length has a datapoint.
func TestAGroupAtZeroNeedsAMetricThatIsThere(t *testing.T) {
	for metric, want := range map[string]bool{
		"backlog_per_instance": false, "backlog_per_instance, period: 10s": false, "queue_length": true,
	} {
		o := trialOf(t, scalingText("{poisson: 5/s}", "min: 0, target_tracking: {target: 50, metric: "+metric+"}"))
		if got := len(activitiesOf(o)) > 0; got != want {
			t.Errorf("with %s the group left 0: %v, want %v", metric, got, want)
		}
	}
}

// A worker that is killed mid-message delays it by the visibility timeout, and the message is not lost.
func TestNothingIsLostWhenWorkersAreKilled(t *testing.T) {
	text := scalingText("{piecewise: {every: 20m, points: [{at: 0s, rate: 60/s}, {at: 10m, rate: 5/s}]}}", `min: 1,
      policies: [{step: {metric: queue_length, above: 100, steps: [{change: 5}]}},
      {step: {metric: queue_length, below: 5, steps: [{change: -5}]}}], instance_warmup: 30s`)
	killed := trialOf(t, text)
	drained := trialOf(t, strings.Replace(text, "max: 100", "max: 100, drain: 10s", 1))
	if n := figureIn(t, killed, "fleets.f", "killed_mid_message"); n == 0 {
		t.Fatal("no worker was killed mid-message")
	}
	if n := figureIn(t, drained, "fleets.f", "killed_mid_message"); n != 0 {
		t.Errorf("%v messages were killed of workers that drain", n)
	}
	for _, o := range []*results.Outcome{killed, drained} {
		for _, a := range o.Ledger {
			lost := int64(a.Sent)
			for p := range a.Ended {
				lost -= a.Ended[p] + int64(a.UnderWay[p])
			}
			if lost != 0 {
				t.Errorf("%d messages are lost", lost)
			}
		}
	}
}

// A forecast launches what the next hour needs before it begins: the backlog of the one without it never builds up.
func TestAForecastHasTheCapacityThereInTime(t *testing.T) {
	arrivals := "{piecewise: {every: 2h, points: [{at: 0s, rate: 15/s}, {at: 1h, rate: 75/s}]}}"
	without := trialOf(t, scalingText(arrivals, "min: 2, target_tracking: {metric: busy_share, target: 75}"))
	with := trialOf(t, scalingText(arrivals, `min: 2, target_tracking: {metric: busy_share, target: 75},
      predictive: {forecast: [15/s, 75/s], per_instance: 8/s}`))
	late, inTime := figureIn(t, without, "queues.q", "visible_max"), figureIn(t, with, "queues.q", "visible_max")
	if inTime > 100 || late < 5000 {
		t.Errorf("the backlog rises to %v with a forecast and %v without, want less than 100 and more than 5,000", inTime, late)
	}
}

func TestPodsGoToZeroAndBack(t *testing.T) {
	o := trialOf(t, scalingText("{piecewise: {points: [{at: 0s, rate: 0/s}, {at: 20m, rate: 30/s}, {at: 40m, rate: 0/s}]}}",
		"kind: eks_keda, min: 0"))
	in, width := curveOf(t, o, "fleets.f", "in_service")
	at := func(minute float64) float64 { return in[int(minute*60/width.Seconds())] }
	if at(19) != 0 || at(30) == 0 || at(52) != 0 {
		t.Errorf("pods: %v after 19 min, %v after 30 min, %v after 52 min; want 0, some and 0", at(19), at(30), at(52))
	}
}

// vladionescu.me, "Scaling containers on AWS in 2022": from 0 to 3,500 containers. ECS on Fargate starts after 30 s and
// is there after 4.5 minutes; EKS and ECS on EC2 start after 2.5 minutes and are there after 6.5 and 10 minutes. D90:
// first capacity within 30 %, all of it within a factor of 1.5.
func TestThousandsOfContainers(t *testing.T) {
	for kind, want := range map[string][2]float64{
		"ecs_fargate": {30, 270}, "ecs_ec2, nodes: {}": {150, 600}, "eks_keda, nodes: {}": {150, 390},
	} {
		o := trialOf(t, `
name: containers
run: {duration: 30m, replications: 1}
producers: {p: {to: queues.q, arrivals: {constant: 1/h}}}
queues: {q: {receive_wait_time: 20s}}
fleets:
  f:
    from: queues.q
    scaling: {min: 0, max: 3500, scheduled: [{at: 0s, min: 3500}], kind: `+kind+`}
`)
		within(t, kind+": the first container", figureIn(t, o, "fleets.f", "time_to_first_mean_s"), 0.7*want[0], 1.3*want[0])
		within(t, kind+": all", figureIn(t, o, "fleets.f", "time_to_scale_max_s"), want[1]/1.5, want[1]*1.5)
	}
}

// stepsOf is the scaling of a group with the steps.
func stepsOf(steps string) string {
	return "max: 5, step: {metric: queue_length, above: 1, steps: [" + steps + "]}"
}

// as-scaling-simple-step.md @0987d768: the ranges of its example, each once, in any order.
func TestStepsMayStandInAnyOrder(t *testing.T) {
	for _, steps := range []string{
		"{from: 20, change: 30}, {from: 0, to: 10, change: 0}, {from: 10, to: 20, change: 10}",
		"{from: -10, to: 0, change: 0}, {from: -20, to: -10, change: -10}, {to: -20, change: -30}",
		"{to: 0, change: -1}, {from: 0, change: 1}", "{change: 1}", "{from: 10, change: 1}",
	} {
		text := "name: right\nproducers: {p: {to: queues.q, arrivals: {constant: 1/s}}}\nqueues: {q: {}}\n" +
			"fleets: {f: {from: queues.q, scaling: {" + stepsOf(steps) + "}}}\n"
		if _, err := New("right.yaml", []byte(text), nil, fstest.MapFS{}); err != nil {
			t.Error(err)
		}
	}
}

func TestScalingSaysWhatIsWrong(t *testing.T) {
	for _, c := range [][2]string{
		{"max: 5, min: 6", "is more than max: 5"},
		{"max: 5, desired: 6", "must lie between min and max, 1 and 5"},
		{"max: 5, kind: ecs_fargate, warm_pool: {}", "is nothing that a group of kind ecs_fargate has"},
		{"max: 5, keda: {}", "is nothing that a group of kind ec2 has"},
		{"max: 5, kind: ecs_fargate, drain: 3m", "Fargate stops a task after 2m"},
		{"max: 5, scheduled: [{at: 1m}]", "changes nothing: set min, max or desired"},
		{"max: 5, scheduled: [{at: 1m, min: 6}]", "is more than the most capacity then, 5"},
		{"max: 5, scheduled: [{at: 1m, min: 4, max: 3}]", "is more than the most capacity then, 3"},
		{"max: 5, scheduled: [{at: 1m, desired: 6}]", "is more than the most capacity then, 5: AWS refuses it"},
		{"min: 2, max: 5, scheduled: [{at: 1m, desired: 1}]", "is less than the least capacity then, 2"},
		{"max: 5, scheduled: [{at: 1m, max: 3, desired: 4}]", "is more than the most capacity then, 3"},
		{"max: 5, scheduled: [{at: 1m, min: 3, desired: 2}, {at: 2m, min: 1}]", "is less than the least capacity then, 3"},
		{"max: 5, warm_pool: {}, spot: {}", "AWS adds no warm pool"},
		{"max: 5, warm_pool: {}, mixed: [{type: m5.large, weight: 2}]", "AWS adds no warm pool"},
		{"max: 5, scheduled: [{at: 1m, max: 6}]", "is more than scaling.max, 5"},
		{"max: 5, target_tracking: {metric: cpu, target: 0}", "must be more than 0"},
		{"max: 5, target_tracking: {metric: cpu, target: 5, period: 1m}", "without instance.detailed_monitoring"},
		{"max: 5, target_tracking: {metric: cpu, target: 5, period: 5m}", "has cpu_share: 0%"},
		{"max: 5, target_tracking: {metric: oldest_age, target: 5, period: 10s}", "is published once a minute"},
		{"max: 5, target_tracking: {metric: queue_length, target: 5, period: 7s}", "must be"},
		{"max: 5, step: {metric: queue_length, steps: [{change: 1}]}", "needs one of above and below"},
		{"max: 5, step: {metric: queue_length, above: 1, steps: []}", "needs at least one step"},
		{"max: 5, kind: ecs_ec2, simple: {metric: queue_length, above: 1, change: 1}", "has no simple scaling"},
		{
			"max: 5, simple: {metric: queue_length, above: 1, change: 1, min_adjustment: 2}",
			"is for percent_change_in_capacity alone",
		},
		{
			"max: 5, simple: {metric: queue_length, above: 1, change: 1, period: 1d, evaluation_periods: 2}",
			"2 periods of 1d are longer than the 1d that AWS allows",
		},
		{
			"max: 5, step: {metric: queue_length, above: 1, steps: [{change: 1}], period: 7000w, evaluation_periods: 1440}",
			"are longer than the 1d",
		},
		{"max: 5, target_tracking: {metric: queue_length, target: 5, period: 2h}", "15 periods of 2h are longer than the 1d"},
		{"max: 5, mixed: [{type: nonsense}]", "there is no instance type"},
		{"max: 5, predictive: {forecast: [1/s], per_instance: 0/s}", "must be more than 0/s"},
		{"max: 5, predictive: {forecast: [1/s], every: 4m, per_instance: 1/s}", "must be less than every"},
		{"max: 5, kind: eks_keda, target_tracking: {metric: queue_length, target: 5}", "by keda alone"},
		{"max: 5, kind: ecs_ec2, task: {vcpus: 3}, nodes: {}", "has no room for a task"},
		{"max: 5, warm_pool: {}", "set instance.root_volume, 8GiB for Amazon Linux, or 0B"},
		{"max: 5, warm_pool: {state: running, min_size: 20}", "there is room for twice as many"},
		{"max: 5, step: {metric: queue_length, above: 1, steps: [{from: 2, to: 2, change: 1}]}", "must be more than from"},
		{stepsOf("{from: 0, to: 20, change: 1}, {from: 40, change: 3}"), "steps[1].from: leaves a gap after 20"},
		{stepsOf("{from: 20, change: 3}, {from: 0, to: 30, change: 1}"), "steps[0].from: overlaps with the step up to 30"},
		{stepsOf("{from: 0, change: 1}, {from: 10, change: 3}"), "steps[1].from: overlaps with the step without to"},
		{stepsOf("{to: 0, change: 1}, {to: 10, change: 3}"), "overlaps with"},
		{stepsOf("{from: 0, to: 10, change: 1}"), "steps[0].to: is above 0, so AWS wants a step without to"},
		{stepsOf("{from: -10, to: 0, change: 1}"), "steps[0].from: is below 0, so AWS wants a step without from"},
		{stepsOf("{from: 0, change: 1}, {change: 3}"), "steps[1]: needs from or to: only a step that is the only one"},
		{
			"max: 5, step: {metric: queue_length, above: 1, evaluation_periods: 2, datapoints_to_alarm: 3, steps: [{change: 1}]}",
			"is more than evaluation_periods",
		},
	} {
		text := `
name: wrong
producers: {p: {to: queues.q, arrivals: {constant: 1/s}}}
queues: {q: {receive_wait_time: 20s}}
fleets: {f: {from: queues.q, scaling: {` + c[0] + `}}}
`
		_, err := New("wrong.yaml", []byte(text), nil, fstest.MapFS{})
		if err == nil || !strings.Contains(err.Error(), c[1]) || !strings.Contains(err.Error(), "wrong.yaml:5:") {
			t.Errorf("%s: %v, want %q", c[0], err, c[1])
		}
	}
}

// A value of another policy's metric is of the capacity that there was: 60 % of 12 threads are 20 and 30 % are 40, so
// of two policies the group keeps 41 instances, whichever looks first (12.3 busy threads, rounded up).
func TestSeveralTargetsKeepTheLargest(t *testing.T) {
	const design = `
name: two targets
profile: ideal
run: {duration: 75m, replications: 1}
producers:
  p: {to: queues.q, arrivals: {piecewise: {points: [{at: 0s, rate: 30/s}, {at: 1h, rate: 12/s}], spacing: even}}}
queues: {q: {receive_wait_time: 20s}}
fleets:
  w:
    from: queues.q
    work: 1s
    receive: {max_messages: 1}
    scaling: {min: 1, desired: 100, max: 200, policies: %s}
`
	for _, policies := range []string{
		"[{target_tracking: {metric: busy_share, target: 60}}, {target_tracking: {metric: busy_share, target: 30}}]",
		"[{target_tracking: {metric: busy_share, target: 30}}, {target_tracking: {metric: busy_share, target: 60}}]",
	} {
		_, s := studyOf(t, fmt.Sprintf(design, policies))
		var after []int
		for _, a := range s.Scaling {
			if a.AtSeconds > 3600 {
				after = append(after, a.To)
			}
		}
		if len(after) != 1 || after[0] != 41 {
			t.Errorf("%s: the group goes to %v, not to 41", policies, after)
		}
	}
}

// Ten messages of 58 min on ten instances, nine of which are to go after a minute: all ten threads work to the end.
func TestThreadsThatDrainAreThreads(t *testing.T) {
	_, s := studyOf(t, `
name: drain
profile: ideal
run: {duration: 57m, replications: 1}
producers: {p: {to: queues.q, arrivals: {schedule: [1s]}, together: 10}}
queues: {q: {receive_wait_time: 20s, visibility_timeout: 2h}}
fleets:
  w:
    from: queues.q
    work: 58m
    receive: {max_messages: 1}
    scaling: {min: 1, max: 10, desired: 10, drain: 60m, scheduled: [{at: 1m, desired: 1}]}
`)
	if u := s.Components["fleets.w"].Metrics["utilisation"].Value; u > 1 || u < 0.99 {
		t.Errorf("utilisation %v", u)
	}
}

// Five tasks of half a vCPU and 1 GiB on m5.large, which has 2 and 8 GiB: a quarter of an instance each.
func TestTasksAreBilledAsSharesOfInstances(t *testing.T) {
	_, s := studyOf(t, `
name: tasks
run: {duration: 1h, replications: 1}
producers: {p: {to: queues.q, arrivals: {constant: 1/s}}}
queues: {q: {receive_wait_time: 20s}}
fleets:
  w:
    from: queues.q
    work: 10ms
    instance: {type: m5.large}
    scaling: {kind: ecs_ec2, min: 5, max: 10, task: {vcpus: 0.5, memory: 1GiB}}
`)
	for _, l := range s.Cost.Lines {
		if l.Item == "ec2.instance_hours" && math.Abs(l.Quantity-5*730/4.) > 1 {
			t.Errorf("%v hours of instances", l.Quantity)
		}
	}
}

// Two metrics of the workers' own cost $0.30 each, and two workers put them 360 times an hour.
func TestMetricsOfPoliciesAreBilled(t *testing.T) {
	_, s := studyOf(t, `
name: own metrics
run: {duration: 1h, replications: 1}
producers: {p: {to: queues.q, arrivals: {constant: 1/s}}}
queues: {q: {receive_wait_time: 20s}}
fleets:
  w: {from: queues.q, work: 10ms, scaling: {min: 2, max: 2, target_tracking: {metric: busy_share, target: 60}}}
  v:
    from: queues.q
    work: 10ms
    scaling: {min: 2, max: 2, target_tracking: {metric: backlog_per_instance, target: 60, period: 10s}}
`)
	got := map[string]float64{}
	for _, l := range s.Cost.Lines {
		got[l.Component+" "+l.Item] = l.Quantity
	}
	for line, want := range map[string]float64{
		"fleets.w cloudwatch.custom_metrics": 2, "fleets.w cloudwatch.requests": 2 * 360 * 730,
		"fleets.v cloudwatch.custom_metrics": 1, "fleets.v cloudwatch.requests": 360 * 730,
	} {
		if math.Abs(got[line]-want) > 0.001*want {
			t.Errorf("%s: %v, not %v", line, got[line], want)
		}
	}
}
