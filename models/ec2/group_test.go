package ec2

import (
	"math"
	"strings"
	"testing"

	"weir/models/autoscaling"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

// newScaled returns a fleet that scales, of instances with one thread that take 10 s to launch. Work on a message takes
// 1 s, and a receive 100 ms.
func newScaled(t *testing.T, settings string, stock int, change ...func(*GroupParts)) (*Fleet, *inbox) {
	t.Helper()
	return newFleet(t, "receive: {max_messages: 1}\nscaling:\n"+settings, stock, func(p *Parts) {
		g := &GroupParts{
			TaskShare: 1,
			Kinds:     []InstanceKind{{Type: "m5.large", VCPUs: 2, Threads: 1, Weight: 1}},
			Launch:    constant(10 * sim.Second), PoolLaunch: constant(4 * sim.Second), HealthCheck: 60 * sim.Second,
			Retry: 30 * sim.Second, SpotNotice: 2 * sim.Minute, HookTimeout: sim.Hour, HookMax: 48 * sim.Hour,
			SpotPrice: 0.3,
		}
		for _, c := range change {
			c(g)
		}
		p.Group = g
	})
}

// settle fills in what the experiments would: the bounds of the group.
func bounds(least, most, desired int) func(*GroupParts) {
	return func(g *GroupParts) {
		g.Settings.Min, g.Settings.Max, g.Settings.Desired = least, most, desired
		g.Settings.ActivitiesKept = 100
	}
}

func (f *Fleet) resize(to int) {
	f.group.control.Set(to, autoscaling.Cause{Kind: autoscaling.CauseUser})
}

// inZones returns how many instances are in service in each zone.
func (f *Fleet) inZones() (in [8]int) {
	for i := range f.group.slots {
		if f.group.slots[i].phase == serving {
			in[f.group.slots[i].zone]++
		}
	}
	return in
}

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestALaunchTakesItsTimeAndTheApplicationsStartOnTop(t *testing.T) {
	f, q := newScaled(t, "  max: 10", 1<<20, bounds(1, 10, 1), func(g *GroupParts) {
		g.StartUp, g.Bootstrap = constant(3*sim.Second), constant(2*sim.Second)
	})
	q.run(sim.Duration(100) * sim.Millisecond)
	f.resize(3)
	want(t, "pending", f.group.Pending.Value(), 2)
	q.run(10*sim.Second + 99*sim.Millisecond)
	want(t, "in service before the launch is over", f.group.InService.Value(), 1)
	q.run(10*sim.Second + 101*sim.Millisecond)
	want(t, "in service", f.group.InService.Value(), 3)
	q.run(15 * sim.Second)
	want(t, "busy threads before the application runs", f.Busy.Value(), 1)
	q.run(15*sim.Second + 300*sim.Millisecond)
	want(t, "busy threads", f.Busy.Value(), 3)
	want(t, "the time to scale", f.group.control.ScaleOut.Mean(), 10)
}

// auto-scaling-benefits.md and ec2-auto-scaling-termination-policies.md @6857c80: "Amazon EC2 Auto Scaling attempts to
// distribute instances evenly between the Availability Zones [...] by attempting to launch new instances in the
// Availability Zone with the fewest instances"; "determine which of the Availability Zones have the most instances"
// comes before any termination policy. C140.
func TestZonesStayEven(t *testing.T) {
	for _, policy := range []string{"default", "oldest_instance", "newest_instance"} {
		f, q := newScaled(t, "  max: 10\n  termination_policy: "+policy, 0, bounds(1, 10, 5))
		want(t, "zones at the start", f.inZones(), [8]int{2, 2, 1})
		f.resize(6)
		q.run(20 * sim.Second)
		want(t, "the new one", f.inZones(), [8]int{2, 2, 2})
		f.resize(7)
		q.run(40 * sim.Second)
		want(t, "one more", f.inZones(), [8]int{3, 2, 2})
		f.resize(6)
		want(t, "one less, whatever the policy", f.inZones(), [8]int{2, 2, 2})
	}
}

func TestTheFullestZoneComesBeforeThePolicy(t *testing.T) {
	f, q := newScaled(t, "  max: 10\n  termination_policy: newest_instance", 0, bounds(1, 10, 3))
	f.resize(4)
	q.run(20 * sim.Second)
	g := f.group // the newest is the fourth, in the first zone: let the second zone have more
	g.slots[0].zone, g.zones = 1, [8]int{1, 2, 1}
	f.resize(3)
	want(t, "zones", f.inZones(), [8]int{1, 1, 1})
	want(t, "the newest", g.slots[3].phase, serving)
}

// A worker that drains after its notice has no more time than the notice.
func TestANoticeEndsADrain(t *testing.T) {
	f, q := newScaled(t, "  max: 10\n  terminate_hook: {}\n  spot: {}", 1<<20, bounds(0, 10, 1))
	f.work = random.NewDuration(constant(sim.Hour), f.eng.Rand("test"))
	q.run(10 * sim.Second)
	f.Interrupt(1)
	q.run(60 * sim.Second)
	f.resize(0)
	q.run(129 * sim.Second)
	want(t, "terminating", f.group.Terminating.Value(), 1)
	q.run(131 * sim.Second)
	want(t, "terminating after the notice", f.group.Terminating.Value(), 0)
	want(t, "killed", f.group.Killed.Value(), 1)
}

func TestTheTerminationPolicyChoosesWithinAZone(t *testing.T) {
	for policy, gone := range map[string]sim.Time{
		"oldest_instance": 0, "newest_instance": sim.Time(1310 * sim.Second),
		"closest_to_next_instance_hour": sim.Time(610 * sim.Second), "default": sim.Time(610 * sim.Second),
	} {
		f, q := newScaled(t, "  max: 10\n  zones: 1\n  termination_policy: "+policy, 0, bounds(1, 10, 1))
		q.run(600 * sim.Second)
		f.resize(2)
		q.run(1300 * sim.Second)
		f.resize(3)
		q.run(4000 * sim.Second) // into the hour: 400 s, 3390 s and 2690 s
		f.resize(2)
		for i := range f.group.slots {
			if s := &f.group.slots[i]; s.phase == serving && s.serviceAt == gone {
				t.Errorf("%s: the instance of %v still runs", policy, gone)
			}
		}
	}
}

// The default: the instance is gone at once, and what it has in hand comes back by its visibility timeout.
func TestScaleInKillsAWorkerMidMessage(t *testing.T) {
	f, q := newScaled(t, "  max: 10", 1<<20, bounds(0, 10, 2))
	q.run(1500 * sim.Millisecond) // the second message of each is in hand since 1.2 s
	f.resize(0)
	want(t, "busy", f.Busy.Value(), 0)
	want(t, "killed mid-message", f.group.Killed.Value(), 2)
	q.run(sim.Minute)
	want(t, "processed", f.Processed.Value(), 2)
	want(t, "consumers that the queue thinks free", q.free, 0)
}

func TestADrainingWorkerFinishesWhatItHasInHand(t *testing.T) {
	f, q := newScaled(t, "  max: 10\n  drain: 5s", 1<<20, bounds(0, 10, 2))
	q.run(1500 * sim.Millisecond)
	f.resize(0)
	want(t, "terminating", f.group.Terminating.Value(), 2)
	want(t, "in service", f.group.InService.Value(), 0)
	q.run(2300 * sim.Millisecond)
	want(t, "terminating when they are done", f.group.Terminating.Value(), 0)
	want(t, "processed", f.Processed.Value(), 4)
	want(t, "killed mid-message", f.group.Killed.Value(), 0)
	want(t, "drained", f.group.Drained.Value(), 2)
	q.run(sim.Minute)
	want(t, "processed later", f.Processed.Value(), 4)
	want(t, "consumers that the queue thinks free", q.free, 0)
}

func TestADrainEndsAtItsTime(t *testing.T) {
	f, q := newScaled(t, "  max: 10\n  drain: 300ms", 1<<20, bounds(0, 10, 2))
	q.run(1500 * sim.Millisecond)
	f.resize(0)
	q.run(1900 * sim.Millisecond)
	want(t, "killed mid-message after 300 ms", f.group.Killed.Value(), 2)
	want(t, "processed", f.Processed.Value(), 2)
	want(t, "terminating", f.group.Terminating.Value(), 0)
}

// A long poll of an instance that is gone still takes messages: the queue gives them, and nobody gets them. They wait
// their visibility timeout out as those do that were killed, and so does what was on its way to a thread; protection of
// busy workers does not help, for a worker that polls is idle. Draining does.
func TestDeadPollsTakeMessages(t *testing.T) {
	for _, c := range []struct {
		settings            string
		sentAt, dead, taken float64
	}{
		{"protect_busy: true", 12, 2, 2}, {"protect_busy: false", 12, 2, 2}, {"drain: 1m", 12, 0, 0},
		{"protect_busy: true", 9.99, 2, 2}, // on its way: a receive's answer takes 50 ms
	} {
		s := newScene(t, "receive: {max_messages: 1}\nscaling:\n  max: 10\n  "+c.settings, 30*sim.Second, func(p *Parts) {
			p.Group = &GroupParts{
				TaskShare: 1, Kinds: []InstanceKind{{Type: "m5.large", VCPUs: 2, Threads: 1, Weight: 1}},
				Launch: constant(10 * sim.Second),
			}
			bounds(0, 10, 2)(p.Group)
		})
		if c.sentAt < 10 {
			s.run(c.sentAt)
			s.send(2, 0)
		}
		s.run(10)
		s.resize(0)
		if c.sentAt > 10 {
			s.run(c.sentAt)
			s.send(2, 0)
		}
		s.run(25)
		s.Figures(s.eng.Now(), func(name, _ string, value float64) {
			if name == "taken_by_dead_polls" && value != c.taken {
				t.Errorf("%s, sent at %v s: %v messages were taken by dead polls, want %v", c.settings, c.sentAt, value, c.taken)
			}
		})
		want(t, "in flight", s.queue.InFlight.Value(), int64(c.dead))
		want(t, "killed", s.group.Killed.Value(), 0)
		want(t, "taken by dead polls", s.TakenByDeadPolls.Value(), uint64(c.taken))
	}
}

// as-instance-termination.md: "If all instances in an Auto Scaling group are protected from termination during scale
// in, and a scale-in event occurs, its desired capacity is decremented. However, the Auto Scaling group can't
// terminate the required number of instances until their instance scale-in protection settings are disabled."
func TestBusyWorkersAreProtectedFromScaleIn(t *testing.T) {
	f, q := newScaled(t, "  max: 10\n  protect_busy: true", 4, bounds(0, 10, 2))
	q.run(1500 * sim.Millisecond)
	f.resize(0)
	want(t, "the desired capacity", f.group.control.DesiredCapacity(), 0)
	want(t, "in service while busy", f.group.InService.Value(), 2)
	q.run(2300 * sim.Millisecond)
	want(t, "in service when idle", f.group.InService.Value(), 0)
	want(t, "killed mid-message", f.group.Killed.Value(), 0)
	want(t, "processed", f.Processed.Value(), 4)
}

// lifecycle-hooks.md @5f2b71d: an instance is in Pending:Wait until the hook is complete or its timeout over; then the
// default result, which is ABANDON unless set, ends it and another is launched, or lets it go on.
func TestALaunchHookIsCompleteOrItsResultCounts(t *testing.T) {
	f, q := newScaled(t, "  max: 10\n  launch_hook: {takes: 20s}", 0, bounds(0, 10, 0))
	f.resize(1)
	q.run(29 * sim.Second)
	want(t, "in service while the hook waits", f.group.InService.Value(), 0)
	q.run(31 * sim.Second)
	want(t, "in service", f.group.InService.Value(), 1)

	f, q = newScaled(t, "  max: 10\n  launch_hook: {takes: 1h, heartbeat_timeout: 40s}", 0, bounds(0, 10, 0))
	f.resize(1)
	q.run(101 * sim.Second) // launched at 10 s, given up at 50 s, and again at 100 s
	want(t, "launches given up", f.group.Abandoned.Value(), 2)
	want(t, "pending", f.group.Pending.Value(), 1)

	f, q = newScaled(t, "  max: 10\n  launch_hook: {takes: 1h, heartbeat_timeout: 40s, default_result: continue}", 0,
		bounds(0, 10, 0))
	f.resize(1)
	q.run(51 * sim.Second)
	want(t, "in service at the timeout", f.group.InService.Value(), 1)
}

func TestATerminateHookGivesAWorkerItsTimeout(t *testing.T) {
	long := func(p *Parts) { p.Work.Message = constant(100 * sim.Second) }
	for settings, killed := range map[string]uint64{
		"terminate_hook: {heartbeat_timeout: 30s}":                          1,
		"terminate_hook: {heartbeat_timeout: 30s, record_heartbeats: true}": 0,
		"terminate_hook: {}": 0,
	} {
		f, q := newFleet(t, "receive: {max_messages: 1}\nscaling: {max: 10, "+settings+"}", 1<<20, long, func(p *Parts) {
			p.Group = &GroupParts{
				TaskShare: 1,
				Kinds:     []InstanceKind{{VCPUs: 2, Threads: 1, Weight: 1}}, Launch: constant(0), HookTimeout: sim.Hour,
				HookMax: 48 * sim.Hour,
			}
			bounds(0, 10, 1)(p.Group)
		})
		q.run(10 * sim.Second)
		f.resize(0)
		q.run(500 * sim.Second)
		want(t, settings+": killed mid-message", f.group.Killed.Value(), killed)
		want(t, settings+": terminating", f.group.Terminating.Value(), 0)
	}
}

// ec2-auto-scaling-warm-pools.md @5f2b71d: the pool's size is "the difference between the group's maximum capacity and
// its desired capacity" by default. A stopped instance has been through its first start; a hibernated one keeps the
// application in memory.
func TestTheWarmPoolShortensALaunch(t *testing.T) {
	for state, at := range map[string]float64{"stopped": 7, "hibernated": 4, "running": 0} {
		f, q := newScaled(t, "  max: 3\n  warm_pool: {state: "+state+"}", 0, bounds(1, 3, 1), func(g *GroupParts) {
			g.StartUp, g.Bootstrap = constant(3*sim.Second), constant(60*sim.Second)
		})
		q.run(200 * sim.Second)
		want(t, state+": in the pool", f.group.Pool.Value(), 2)
		q.stock, f.most = 1<<20, 1
		before := q.free
		f.resize(2)
		want(t, state+": in the pool", f.group.Pool.Value(), 1)
		q.run(sim.Duration((200 + at + 0.03) * float64(sim.Second)))
		if got := q.free - before; got != 1 {
			t.Errorf("%s: %d more consumers %v s after the order, want 1", state, got, at)
		}
		q.run(400 * sim.Second)
		want(t, state+": in the pool", f.group.Pool.Value(), 1)
		f.resize(1)
		q.run(600 * sim.Second)
		want(t, state+": in the pool again", f.group.Pool.Value(), 2)
	}
}

func TestAnInstanceReturnsToTheWarmPool(t *testing.T) {
	f, q := newScaled(t, "  max: 2\n  warm_pool: {reuse_on_scale_in: true}", 0, bounds(1, 2, 2))
	f.resize(1)
	q.run(sim.Second)
	want(t, "in the pool", f.group.Pool.Value(), 1)
	want(t, "launches", f.group.Launches.Value(), 0)
}

// An instance computes for as long as its own work takes, whatever the one before in its place had begun.
func TestWorkOfTheInstanceBeforeEndsWithIt(t *testing.T) {
	f, q := newFleet(t, "receive: {max_messages: 1}\ncpu_share: 100%\nscaling: {max: 1}", 1<<20, func(p *Parts) {
		p.Work.Message = constant(100 * sim.Second)
		p.Group = &GroupParts{Kinds: []InstanceKind{{VCPUs: 2, Threads: 4, Weight: 1}}, Launch: constant(sim.Second)}
		bounds(0, 1, 1)(p.Group)
	})
	for range 20 { // four threads on two vCPUs need 200 s, and an instance has 120 s
		q.run(sim.Duration(q.eng.Now()) + 120*sim.Second)
		f.resize(0)
		f.resize(1)
	}
	want(t, "processed", f.Processed.Value(), 0)
}

// C133: a cooldown does not hold back the replacement of an unhealthy instance.
func TestAnUnhealthyInstanceIsReplaced(t *testing.T) {
	f, q := newScaled(t, "  max: 10\n  health_check_grace_period: 5m", 1<<20, bounds(1, 10, 2))
	q.run(400 * sim.Second)
	want(t, "failed", f.Crash(1), 1)
	want(t, "busy", f.Busy.Value(), 1)
	q.run(459 * sim.Second)
	want(t, "in service before the group knows", f.group.InService.Value(), 2)
	want(t, "at work before the group knows", f.InstancesRunning(), 1)
	q.run(461 * sim.Second)
	want(t, "in service when it knows", f.group.InService.Value(), 1)
	q.run(471 * sim.Second)
	want(t, "in service again", f.group.InService.Value(), 2)
	want(t, "at work again", f.InstancesRunning(), 2)
	want(t, "replaced", f.group.Replaced.Value(), 1)
	f.Crash(2) // the one of 470 s is in its grace period until 770 s
	q.run(829 * sim.Second)
	want(t, "replaced in the grace period", f.group.Replaced.Value(), 2)
	q.run(841 * sim.Second)
	want(t, "in service after it", f.group.InService.Value(), 2)
	want(t, "replaced", f.group.Replaced.Value(), 3)
}

func TestALostZoneIsReplacedInTheOthers(t *testing.T) {
	f, q := newScaled(t, "  max: 12", 1<<20, bounds(1, 12, 6))
	q.run(10 * sim.Second)
	f.resize(9)
	f.LoseZone(0)
	want(t, "running threads", f.Busy.Value(), 4)
	q.run(100 * sim.Second)
	want(t, "zones", f.inZones(), [8]int{0, 5, 4})
	f.LoseZone(1)
	f.LoseZone(2)
	q.run(300 * sim.Second)
	want(t, "in service without any zone", f.group.InService.Value(), 0)
	want(t, "still ordered", f.group.Pending.Value(), 9)
	f.RestoreZone(2)
	q.run(400 * sim.Second)
	want(t, "zones", f.inZones(), [8]int{0, 0, 9})
	want(t, "consumers", f.Busy.Value(), 9)
}

func TestAnInstanceThatFailsAsItWarmsUpIsReplacedByOneThatDoes(t *testing.T) {
	f, q := newScaled(t, "  max: 12", 0, bounds(1, 12, 1), func(g *GroupParts) { g.Settings.Warmup = sim.Hour })
	f.resize(3)
	for range 4 {
		q.run(sim.Duration(q.eng.Now()) + 100*sim.Second)
		f.Crash(3)
	}
	q.run(600 * sim.Second)
	want(t, "in service", f.group.InService.Value(), 3)
	want(t, "warming up", f.group.control.Warming(), 3)
}

// A scale-out is over when what was wanted is in service, and not when some of it will not come.
func TestAScaleOutGoesOnWhileWhatIsLostIsOrderedAgain(t *testing.T) {
	f, q := newScaled(t, "  max: 12", 0, bounds(1, 12, 3)) // one in each zone
	f.resize(4)                                            // one more in the first
	q.run(5 * sim.Second)
	f.LoseZone(0)
	scaled := &f.group.control.ScaleOut
	want(t, "scale-outs at the loss", scaled.Count(), 0)
	q.run(100 * sim.Second)
	want(t, "scale-outs", scaled.Count(), 1)
	want(t, "seconds until it is there: launched again at 5 s", scaled.Mean(), 15)

	f, q = newScaled(t, "  max: 10\n  launch_hook: {takes: 1h, heartbeat_timeout: 40s}", 0, bounds(0, 10, 0))
	scaled = &f.group.control.ScaleOut
	f.resize(1)
	q.run(sim.Hour)
	f.resize(0)
	want(t, "launches given up", f.group.Abandoned.Value(), 72)
	want(t, "scale-outs of what never came", scaled.Count(), 0)
}

func TestAFixedFleetLosesAZone(t *testing.T) {
	f, q := newFleet(t, "instances: 6\nreceive: {max_messages: 1}\nfailures: {crash: 1/min}", 1<<20)
	f.LoseZone(1)
	q.run(sim.Minute)
	for i := range f.instances {
		if i%3 == 1 && !f.instances[i].down {
			t.Errorf("instance %d runs in a lost zone", i)
		}
	}
	f.RestoreZone(1)
	q.run(10 * sim.Minute)
	down := 0
	for i := range f.instances {
		if f.instances[i].down {
			down++
		}
	}
	want(t, "running", f.Running.Value(), int64(6-down))
	f, q = newFleet(t, "instances: 6\nreceive: {max_messages: 1}", 1<<20)
	q.run(sim.Second)
	want(t, "failed", f.Crash(4), 4)
	want(t, "failed again", f.Crash(4), 2)
	q.run(20 * sim.Second)
	want(t, "running after 10 s of recovery", f.Running.Value(), 6)
	want(t, "spot instances", f.Interrupt(1), 0)
}

func TestSpotInstancesAreTakenBackTwoMinutesAfterTheirNotice(t *testing.T) {
	f, q := newScaled(t, "  max: 10\n  spot: {share: 50%, base: 2}", 1<<20, bounds(1, 10, 6))
	_, spots := f.purchases()
	want(t, "spot instances: half of the four above the base", spots, 2)
	q.run(10*sim.Second + 500*sim.Millisecond)
	want(t, "interrupted", f.Interrupt(9), 2)
	q.run(130*sim.Second + 400*sim.Millisecond)
	want(t, "busy during the notice", f.Busy.Value() >= 6, true)
	q.run(130*sim.Second + 550*sim.Millisecond)
	want(t, "in service at the interruption", f.group.InService.Value(), 4)
	q.run(145 * sim.Second)
	want(t, "in service again", f.group.InService.Value(), 6)
	want(t, "interruptions", f.group.Interruptions.Value(), 2)
	if f.group.Killed.Value() == 0 {
		t.Error("the interrupted workers had nothing in hand")
	}
	f, q = newScaled(t, "  max: 10\n  drain: 30s\n  spot: {}", 1<<20, bounds(1, 10, 2))
	q.run(sim.Second)
	f.Interrupt(1)
	q.run(3 * sim.Minute)
	want(t, "killed of workers that heed the notice", f.group.Killed.Value(), 0)
}

// ec2-auto-scaling-capacity-rebalancing.md @0b8b3aea: "the termination of each old instance starts after the new
// instance has launched and passed its health check"; "If you don't configure a lifecycle hook, Amazon EC2 Auto Scaling
// starts terminating the old instances as soon as the new instances pass their health check"; while a group is below
// its desired capacity it "scales out first before terminating the old instances".
func TestCapacityRebalancingEndsTheOldOneWhenItsReplacementIsThere(t *testing.T) {
	rebalanced := func(settings string, work sim.Duration) (*Fleet, *inbox) {
		f, q := newScaled(t, "  max: 10\n  spot: {base: 2, rebalance: true}\n"+settings, 1<<20, bounds(1, 10, 4))
		f.work = random.NewDuration(constant(work), f.eng.Rand("test"))
		q.run(10*sim.Second + 500*sim.Millisecond)
		want(t, "interrupted", f.Interrupt(9), 2)
		return f, q
	}
	spotSeconds := func(f *Fleet, q *inbox) (seconds float64) {
		f.Usage(q.eng.Now(), func(item, _ string, hours float64) {
			if item == "ec2.spot_hours" {
				seconds = math.Round(hours * 3600)
			}
		})
		return seconds
	}
	f, q := rebalanced("", sim.Hour)
	q.run(20*sim.Second + 400*sim.Millisecond)
	want(t, "in service before the replacements are there", f.group.InService.Value(), 4)
	want(t, "busy", f.Busy.Value(), 4)
	q.run(20*sim.Second + 600*sim.Millisecond)
	want(t, "in service", f.group.InService.Value(), 4)
	want(t, "killed", f.group.Killed.Value(), 2)
	q.run(80*sim.Second + 500*sim.Millisecond)
	// 20.5 s of the old two, a minute at the least, and 60 s of the new two.
	want(t, "billed spot seconds", spotSeconds(f, q), 2*60+2*60)

	f, q = rebalanced("  drain: 2m", 30*sim.Second) // what is in hand has begun after 0.1 s
	q.run(30 * sim.Second)
	want(t, "terminating while it drains", f.group.Terminating.Value(), 2)
	q.run(31 * sim.Second)
	want(t, "terminating", f.group.Terminating.Value(), 0)
	want(t, "killed of workers that drain", f.group.Killed.Value(), 0)

	f, q = newScaled(t, "  max: 10\n  spot: {rebalance: true}", 0, bounds(0, 10, 4), func(g *GroupParts) {
		g.Launch = constant(3 * sim.Minute)
	})
	f.Interrupt(1)
	q.run(119 * sim.Second)
	want(t, "in service until the notice is over", f.group.InService.Value(), 4)
	q.run(121 * sim.Second)
	want(t, "in service while the replacement is late", f.group.InService.Value(), 3)
	q.run(181 * sim.Second)
	want(t, "in service", f.group.InService.Value(), 4)

	f, q = newScaled(t, "  max: 10\n  spot: {rebalance: true}", 0, bounds(0, 10, 2))
	f.Interrupt(1)
	q.run(5 * sim.Second)
	f.group.launch = random.NewDuration(constant(20*sim.Second), f.eng.Rand("test"))
	f.resize(4)
	q.run(12 * sim.Second)
	want(t, "in service during a scale-out: the old one stays", f.group.InService.Value(), 3)
	q.run(26 * sim.Second)
	want(t, "in service", f.group.InService.Value(), 4)
}

func TestSpotInstancesAreTakenBackAtTheirRate(t *testing.T) {
	f, q := newScaled(t, "  max: 100\n  spot: {interruptions: 1/h}", 0, bounds(100, 100, 100))
	q.run(100 * sim.Hour)
	// Each instance is there for an hour until its notice, two minutes more, and its successor comes 10 s later.
	mean := 100 * 100 * 3600 / float64(3600+120+10)
	if n := float64(f.group.Interruptions.Value()); math.Abs(n-mean) > 3.3*math.Sqrt(mean) {
		t.Errorf("%v interruptions of 100 instances in 100 hours, want %.0f ± %.0f", n, mean, 3.3*math.Sqrt(mean))
	}
}

func TestSpotLaunchesFail(t *testing.T) {
	f, q := newScaled(t, "  max: 10\n  spot: {launch_failures: 100%}", 0, bounds(0, 10, 0))
	f.resize(2)
	q.run(100 * sim.Second)
	want(t, "in service", f.group.InService.Value(), 0)
	want(t, "failures: at once and each 30 s, of two", f.group.Failures.Value(), 8)
	f.resize(0)
	want(t, "pending", f.group.Pending.Value(), 0)
	q.run(300 * sim.Second)
	want(t, "failures after the orders were taken back", f.group.Failures.Value(), 8)
}

// purchases returns how much capacity in service is on demand, and how much is spot.
func (f *Fleet) purchases() (onDemand, spot int) {
	for i := range f.group.slots {
		switch s := &f.group.slots[i]; {
		case s.phase == serving && s.spot:
			spot += f.group.kindOf(uint32(i)).Weight
		case s.phase == serving:
			onDemand += f.group.kindOf(uint32(i)).Weight
		}
	}
	return onDemand, spot
}

// ec2-auto-scaling-mixed-instances-groups.md @0b8b3aea, controlling the proportion of On-Demand instances: the examples
// of its table, and "rounds up to the next integer in favor of On-Demand Instances";
// ec2-auto-scaling-termination-policies.md: a group that scales in "first identifies which of the two types (Spot or
// On-Demand) should be terminated". So what stays is split as it would be after a scale-out, whatever the policy.
func TestTheOnDemandBaseAndShareHoldOutAndIn(t *testing.T) {
	for _, c := range []struct {
		spot     string
		onDemand [4]int // of 10, 20, 30 and 40
	}{
		{"{share: 50%, base: 10}", [4]int{10, 15, 20, 25}},
		{"{}", [4]int{0, 0, 0, 0}},
		{"{share: 40%}", [4]int{6, 12, 18, 24}},
		{"{share: 0%}", [4]int{10, 20, 30, 40}},
		{"{base: 12}", [4]int{10, 12, 12, 12}},
		{"{share: 29%, base: 1}", [4]int{8, 15, 22, 29}}, // 2.61, 5.51, 8.41 and 11.31 spot
	} {
		for _, policy := range []string{"default", "oldest_instance", "newest_instance"} {
			f, q := newScaled(t, "  max: 40\n  termination_policy: "+policy+"\n  spot: "+c.spot, 0, bounds(0, 40, 0))
			at := sim.Duration(0)
			for _, size := range []int{10, 20, 30, 40, 30, 20, 10, 40, 10} {
				f.resize(size)
				at += 200 * sim.Second
				q.run(at)
				onDemand, spot := f.purchases()
				if onDemand != c.onDemand[size/10-1] || onDemand+spot != size {
					t.Errorf("%s, %s: of %d there are %d on demand and %d spot", c.spot, policy, size, onDemand, spot)
				}
			}
		}
	}
}

// Orders that wait for spot capacity are taken back before instances on demand go.
func TestAScaleInTakesWaitingSpotOrdersBack(t *testing.T) {
	f, q := newScaled(t, "  max: 20\n  spot: {base: 4, launch_failures: 100%}", 0, bounds(0, 20, 4))
	f.resize(10)
	q.run(20 * sim.Second)
	want(t, "orders that wait", len(f.group.waiting), 6)
	f.resize(5)
	q.run(40 * sim.Second)
	onDemand, spot := f.purchases()
	want(t, "on demand", onDemand, 4)
	want(t, "spot", spot, 0)
	want(t, "orders that still wait", len(f.group.waiting), 1)
}

// ec2-auto-scaling-termination-policies.md, default policy of a mixed group: what goes is chosen "to align the
// remaining instances to the allocation strategy", "away from instance types that are lower priority".
func TestAScaleInLeavesTheTypesOfTheAllocation(t *testing.T) {
	kinds := func(g *GroupParts) {
		g.Kinds = []InstanceKind{
			{Type: "m5.large", VCPUs: 2, Threads: 1, Weight: 1}, {Type: "m5a.large", VCPUs: 2, Threads: 1, Weight: 1},
		}
	}
	for allocation, least := range map[string][2]int{"prioritized": {3, 0}, "diversified": {1, 1}} {
		f, q := newScaled(t, "  max: 10\n  zones: 1\n  allocation: "+allocation, 0, bounds(0, 10, 6), kinds)
		for i := range uint32(6) { // the second half could not be had of the first type
			f.group.bill(i, false)
			f.group.slots[i].kind = uint8(i / 3)
			f.group.bill(i, true)
		}
		f.resize(3)
		q.run(sim.Second)
		var got [2]int
		for i := range f.group.slots {
			if s := &f.group.slots[i]; s.phase == serving {
				got[s.kind]++
			}
		}
		if got[0] < least[0] || got[1] < least[1] || got[0]+got[1] != 3 {
			t.Errorf("%s: %v are left", allocation, got)
		}
	}
}

func TestMixedInstancesHaveWeightsAndThreads(t *testing.T) {
	kinds := func(g *GroupParts) {
		g.Kinds = []InstanceKind{{Type: "a", VCPUs: 2, Threads: 1, Weight: 1}, {Type: "b", VCPUs: 4, Threads: 3, Weight: 2}}
	}
	f, q := newScaled(t, "  max: 20\n  allocation: diversified\n  termination_policy: oldest_instance", 1<<20,
		bounds(0, 20, 0), kinds)
	f.resize(6)
	q.run(12 * sim.Second)
	var of [2]int
	for i := range f.group.slots {
		if f.group.slots[i].phase == serving {
			of[f.group.slots[i].kind]++
		}
	}
	want(t, "capacity", f.group.InService.Value(), 6)
	want(t, "of each kind", of, [2]int{2, 2})
	want(t, "threads", f.Busy.Value(), 8)
	f.resize(1)
	q.run(20 * sim.Second)
	want(t, "capacity that no instance of the rest is small enough to leave", f.group.InService.Value(), 2)

	f, q = newScaled(t, "  max: 20", 1<<20, bounds(0, 20, 0), kinds)
	f.resize(3)
	q.run(12 * sim.Second)
	want(t, "threads of the first kind alone", f.Busy.Value(), 3)
	want(t, "threads that there are", f.Threads.Value(), 3)
	f.Reset(q.eng.Now())
	q.run(22 * sim.Second) // of 1.1 s, which a message takes, a thread is busy for 1 s
	f.Figures(q.eng.Now(), func(name, _ string, value float64) {
		if name == "utilisation" && math.Abs(value-1/1.1) > 0.05 {
			t.Errorf("a utilisation of %.2f, want %.2f", value, 1/1.1)
		}
	})
}

// ec2-auto-scaling-termination-policies.md @5f2b71d: billed in one-second increments, with a minimum of 60 seconds.
func TestInstancesAreBilledByTheSecondAndAMinuteAtLeast(t *testing.T) {
	f, q := newScaled(t, "  max: 10\n  spot: {share: 50%, base: 1}", 0, bounds(0, 10, 1))
	f.resize(3) // an on-demand and a spot instance run from 10 s
	q.run(30 * sim.Second)
	f.resize(1)
	q.run(100 * sim.Second)
	got := map[string]float64{}
	f.Usage(q.eng.Now(), func(item, variant string, quantity float64) { got[item+"/"+variant] += quantity * 3600 })
	want(t, "seconds on demand: of the first, which has gone, and the other", math.Round(got["ec2.instance_hours/m5.large"]),
		60+90)
	want(t, "seconds of spot, at 30 % of the price", math.Round(got["ec2.spot_hours/m5.large@0.3"]), 60)

	f, q = newScaled(t, "  max: 2\n  warm_pool: {}", 0, bounds(1, 2, 1))
	q.run(3610 * sim.Second)
	want(t, "seconds: the first, and a minute of the other", usageOf(f, q)["ec2.instance_hours/m5.large"], 3610+60)

	f, q = newScaled(t, "  max: 2\n  kind: ecs_fargate", 0, bounds(1, 2, 1), func(g *GroupParts) {
		g.Kinds[0].VCPUs, g.Kinds[0].GB, g.Settings.Tasks = 0.25, 0.5, true
	})
	q.run(3600 * sim.Second)
	got = map[string]float64{}
	f.Usage(q.eng.Now(), func(item, variant string, quantity float64) { got[item+"/"+variant] += quantity })
	want(t, "vCPU-hours", got["fargate.vcpu_hours/"], 0.25)
	want(t, "GB-hours", got["fargate.gb_hours/"], 0.5)
}

// Amazon ECS developer guide, throttling.html: "you can immediately launch up to 100 Amazon ECS tasks and Amazon EKS
// pods per customer account, with a sustained launch rate of 20 [...] per second".
func TestTasksLaunchAtTheirRate(t *testing.T) {
	f, q := newScaled(t, "  max: 1000\n  kind: ecs_fargate", 0, bounds(0, 1000, 0), func(g *GroupParts) {
		g.Settings.Tasks, g.LaunchRate, g.LaunchBurst = true, 20, 100
	})
	f.resize(500)
	q.run(10*sim.Second + sim.Millisecond)
	want(t, "tasks of the burst", f.group.InService.Value(), 100)
	q.run(20*sim.Second + sim.Millisecond)
	want(t, "tasks 10 s later", f.group.InService.Value(), 300)
	q.run(30*sim.Second + sim.Millisecond)
	want(t, "all tasks", f.group.InService.Value(), 500)
	f.resize(0)
	q.run(40 * sim.Second)
	f.resize(100)
	q.run(50*sim.Second + sim.Millisecond)
	want(t, "tasks of the next burst", f.group.InService.Value(), 100)
}

func TestTasksWaitForTheirNodes(t *testing.T) {
	f, q := newScaled(t, "  max: 100\n  kind: ecs_ec2", 0, bounds(0, 100, 4), func(g *GroupParts) {
		g.Settings.Tasks = true
		g.Nodes = &NodeParts{Type: "m5.large", Tasks: 4, Launch: constant(100 * sim.Second), Idle: 300 * sim.Second}
	})
	want(t, "nodes", f.group.Nodes.Value(), 1)
	f.resize(9)
	q.run(99 * sim.Second)
	want(t, "nodes", f.group.Nodes.Value(), 1)
	q.run(109 * sim.Second)
	want(t, "nodes", f.group.Nodes.Value(), 3)
	want(t, "tasks", f.group.InService.Value(), 4)
	q.run(111 * sim.Second)
	want(t, "tasks", f.group.InService.Value(), 9)
	f.resize(2)
	q.run(120 * sim.Second)
	f.resize(3)
	q.run(131 * sim.Second)
	want(t, "a task finds room at once", f.group.InService.Value(), 3)
	f.resize(0)
	q.run(430 * sim.Second)
	want(t, "nodes that have been empty for less than five minutes", f.group.Nodes.Value(), 3)
	q.run(432 * sim.Second)
	want(t, "nodes", f.group.Nodes.Value(), 0)
	want(t, "node-seconds", usageOf(f, q)["ec2.instance_hours/m5.large"], 431+2*331)
}

// usageOf returns seconds of what is billed by the hour, and by the month of hours.
func usageOf(f *Fleet, q *inbox) map[string]float64 {
	got := map[string]float64{}
	f.Usage(q.eng.Now(), func(item, variant string, quantity float64) {
		if strings.Contains(item, "months") || strings.Contains(item, "metrics") {
			quantity *= 730
		}
		got[item+"/"+variant] += quantity * 3600
	})
	for item, seconds := range got {
		got[item] = math.Round(seconds)
	}
	return got
}

// A root volume costs the same whether its instance runs or is stopped, of groups and of fleets of a fixed size.
func TestTheRootVolumeIsBilledInAllStates(t *testing.T) {
	eight := spec.Size(8 << 30)
	const gb, hour = "ec2.volume_gb_months/gp3", 3600
	for _, c := range []struct {
		settings string
		seconds  float64
	}{
		{"  max: 2", hour},                         // one instance
		{"  max: 2\n  spot: {}", hour},             // a spot instance
		{"  max: 2\n  warm_pool: {}", 2*hour + 50}, // one, and a stopped one since 10 s, which is billed for a minute before
		{"  max: 2\n  warm_pool: {state: running}", 2 * hour},
		{"  max: 2\n  kind: ecs_ec2", hour / 4}, // a task that takes a quarter of an instance
	} {
		f, q := newScaled(t, c.settings, 0, bounds(1, 2, 1), func(g *GroupParts) {
			if strings.Contains(c.settings, "ecs") {
				g.Settings.Tasks, g.TaskShare = true, 0.25
			}
		})
		f.spec.Instance.RootVolume = &eight
		q.run(sim.Hour)
		want(t, c.settings, usageOf(f, q)[gb], 8*c.seconds)
		f.spec.Instance.RootVolume = nil
		want(t, "without a size", usageOf(f, q)[gb], 0)
	}
	f, q := newFleet(t, "instances: 3", 0)
	f.spec.Instance.RootVolume = &eight
	q.run(sim.Hour)
	want(t, "of three of a fixed size", usageOf(f, q)[gb], 8*3*hour)

	f, q = newScaled(t, "  max: 100\n  kind: ecs_ec2", 0, bounds(1, 100, 1), func(g *GroupParts) {
		g.Settings.Tasks = true
		g.Nodes = &NodeParts{Type: "m5.large", Tasks: 4, Launch: constant(100 * sim.Second), Idle: sim.Hour}
	})
	f.spec.Instance.RootVolume = &eight
	q.run(sim.Hour)
	want(t, "of a node", usageOf(f, q)[gb], 8*hour)
}

// Nodes are instances: billed for a minute at the least, and for their detailed monitoring.
func TestNodesAreBilledAsInstances(t *testing.T) {
	f, q := newScaled(t, "  max: 100\n  kind: ecs_ec2", 0, bounds(0, 100, 0), func(g *GroupParts) {
		g.Settings.Tasks = true
		g.Nodes = &NodeParts{Type: "m5.large", Tasks: 4, Launch: constant(100 * sim.Second), Idle: 5 * sim.Second}
	})
	f.spec.Instance.DetailedMonitoring = true
	f.resize(1) // its node runs from 100 s, the task from 110 s
	q.run(120 * sim.Second)
	f.resize(0)
	q.run(300 * sim.Second)
	want(t, "nodes", f.group.Nodes.Value(), 0)
	want(t, "seconds of a node that ran for 25 s", usageOf(f, q)["ec2.instance_hours/m5.large"], 60)
	want(t, "seconds of its metrics", usageOf(f, q)["cloudwatch.custom_metrics/"], 7*60)
}

// Of a group that is resized at random, in all its phases, every instance is counted once.
func TestAGroupKeepsItsCount(t *testing.T) {
	for seed := range uint64(20) {
		rng := sim.NewRand(seed, 0, "resize")
		settings := []string{
			"  max: 20", "  max: 20\n  drain: 2s", "  max: 20\n  protect_busy: true",
			"  max: 20\n  spot: {share: 50%, rebalance: true}",
			"  max: 20\n  warm_pool: {reuse_on_scale_in: true}", "  max: 20\n  drain: 1m\n  spot: {launch_failures: 30%}",
			"  max: 20\n  launch_hook: {takes: {exponential: 20s}, heartbeat_timeout: 30s}",
		}[seed%7]
		f, q := newScaled(t, settings, 1<<22, bounds(0, 20, 3), func(g *GroupParts) { g.Settings.Warmup = 20 * sim.Second })
		for step := range 300 {
			q.run(sim.Duration(q.eng.Now()) + sim.Duration(rng.Float64()*20*float64(sim.Second)))
			switch n := int(rng.Float64() * 10); n {
			case 0:
				f.Crash(1 + n)
			case 1:
				f.Interrupt(2)
			case 2:
				f.LoseZone(int(rng.Float64() * 3))
			case 3:
				for z := range 3 {
					f.RestoreZone(z)
				}
			default:
				f.resize(int(rng.Float64() * 21))
			}
			f.checkGroup(t, seed, step)
		}
		for z := range 3 {
			f.RestoreZone(z)
		}
		f.resize(7)
		q.run(sim.Duration(q.eng.Now()) + 20*sim.Minute)
		f.checkGroup(t, seed, -1)
		if got := f.group.InService.Value(); got != 7 && f.group.Pending.Value() == 0 {
			t.Errorf("seed %d, %s: %d are in service in the end, want 7", seed, settings, got)
		}
	}
}

func (f *Fleet) checkGroup(t *testing.T, seed uint64, step int) {
	t.Helper()
	g := f.group
	var count [6]int64
	capacity, busy := int64(len(g.waiting)), int64(0)
	for i := range g.slots {
		s := &g.slots[i]
		count[s.phase]++
		if (s.phase == serving || s.phase == pending) && !s.replaced {
			capacity++
		}
		if s.phase == vacant && s.busy != 0 {
			t.Errorf("seed %d: a place without an instance is busy", seed)
		}
		busy += int64(s.busy)
	}
	if count[serving] != g.InService.Value() || count[pending]+int64(len(g.waiting)) != g.Pending.Value() ||
		count[leaving] != g.Terminating.Value() || count[pooled] != g.Pool.Value() || capacity != int64(g.capacity) ||
		busy != f.Busy.Value() {
		t.Fatalf("seed %d, step %d: phases %v, %d waiting, but in service %d, pending %d, terminating %d, pooled %d, capacity "+
			"%d of %d, busy %d of %d", seed, step, count, len(g.waiting), g.InService.Value(), g.Pending.Value(),
			g.Terminating.Value(), g.Pool.Value(), g.capacity, capacity, f.Busy.Value(), busy)
	}
}
