package autoscaling

import (
	"math"
	"slices"
	"testing"

	"weir/sim"
)

// fleet launches what is asked for after a while, and ends it at once or after a while.
type fleet struct {
	g              *Group
	eng            *sim.Engine
	launch, end    sim.Duration
	has            int // in service or ordered
	launched       sim.Event[int]
	ended          sim.Event[int]
	inService      int
	servicesAt     []sim.Time
	terminationsAt []sim.Time
}

func newGroup(s Settings, launch, end sim.Duration) (*Group, *fleet) {
	eng := sim.NewEngine(1, 0)
	f := &fleet{eng: eng, launch: launch, end: end, has: s.Desired, inService: s.Desired}
	f.launched = sim.NewEvent(eng, "launched", func(n int) {
		f.inService += n
		f.servicesAt = append(f.servicesAt, eng.Now())
		f.g.Launched(n)
	})
	f.ended = sim.NewEvent(eng, "ended", func(n int) {
		f.terminationsAt = append(f.terminationsAt, eng.Now())
		f.g.Terminated(n)
	})
	s.ActivitiesKept = 1000
	f.g = NewGroup(eng, s, f)
	return f.g, f
}

func (f *fleet) Resize(desired int) {
	n := desired - f.has
	f.has = desired
	if n > 0 {
		f.g.Launching(n)
		f.launched.After(f.launch, n)
		return
	}
	f.inService += n
	f.g.Terminating(-n)
	f.ended.After(f.end, -n)
}

func (f *fleet) to(seconds float64) { f.eng.Run(sim.Time(seconds*float64(sim.Second)), 1<<20) }

func wantDesired(t *testing.T, g *Group, want int, when string) {
	t.Helper()
	if got := g.DesiredCapacity(); got != want {
		t.Errorf("%s: the desired capacity is %d, want %d", when, got, want)
	}
}

func bound(x float64) *float64 { return &x }

// exampleSteps are the steps of the worked example: one threshold of 50 for both alarms.
var exampleSteps = []Adjustment{
	{bound(0), bound(10), 0}, {bound(10), bound(20), 10}, {bound(20), nil, 30},
	{bound(-10), bound(0), 0}, {bound(-20), bound(-10), -10}, {nil, bound(-20), -30},
}

func example(g *Group) *Step {
	return &Step{Group: g, Name: "example", Threshold: 50, Type: PercentChangeInCapacity, Steps: exampleSteps}
}

// as-scaling-simple-step.md @5f2b71d: "[...] the metric rises to 60 [...] the desired capacity of the group increases
// by 1 instance, to 11 instances [...] if the metric rises to 70 [...] by another 3 instances, to 14 instances. [...]
// If the metric gets to 40 [...] decreases by 1 instance, to 13 instances. [...] If the metric value falls to 30 [...]
// by another 3 instances, to 10 instances." C125 of the semantics.
func TestTheStepExampleOfTheUserGuide(t *testing.T) {
	g, f := newGroup(Settings{Min: 1, Max: 30, Desired: 10, Warmup: 300 * sim.Second}, sim.Second, sim.Second)
	p := example(g)
	for i, c := range []struct {
		value float64
		want  int
	}{{55, 10}, {60, 11}, {41, 11}, {59.9, 11}, {70, 14}, {40, 13}, {40.1, 13}, {30, 10}} {
		f.to(float64(i+1) * 1000)
		p.Breach(c.value)
		if g.DesiredCapacity() != c.want {
			t.Errorf("a metric of %v makes %d of it, want %d", c.value, g.DesiredCapacity(), c.want)
		}
	}
}

// as-scaling-simple-step.md (first copy 541df1b, 2018): "suppose that the metric gets to 60, and then it gets to 62
// while the new instance is still warming up. The current capacity is still 10 instances, so 1 instance is added (10
// percent of 10 instances). However, the desired capacity of the group is already 11 instances, so the scaling policy
// does not increase the desired capacity further. If the metric gets to 70 while the new instance is still warming up,
// we should add 3 instances (30 percent of 10 instances). However, the desired capacity of the group is already 11, so
// we add only 2 instances, for a new desired capacity of 13 instances." C134.
func TestStepsWhileInstancesWarmUp(t *testing.T) {
	g, f := newGroup(Settings{Min: 1, Max: 30, Desired: 10, Warmup: 300 * sim.Second}, 60*sim.Second, 0)
	p := example(g)
	p.Breach(60)
	wantDesired(t, g, 11, "at 60")
	f.to(30)
	p.Breach(62)
	wantDesired(t, g, 11, "at 62 while it launches")
	f.to(200)
	p.Breach(62)
	wantDesired(t, g, 11, "at 62 while it warms up")
	p.Breach(70)
	wantDesired(t, g, 13, "at 70 while it warms up")
	// "A scale-in activity can't start while a scale-out activity is in progress."
	f.to(300)
	p.Breach(30)
	wantDesired(t, g, 13, "at 30 while two warm up")
	f.to(600)
	p.Breach(30)
	wantDesired(t, g, 10, "at 30 when all are warm: 30 % of 13 is 3.9")
}

// as-scaling-simple-step.md: "While scaling in, we consider instances that are terminating as part of the current
// capacity of the group. Therefore, we don't remove more instances from the Auto Scaling group than necessary."
func TestWhatTerminatesCountsWhenScalingIn(t *testing.T) {
	g, f := newGroup(Settings{Min: 1, Max: 30, Desired: 10}, 0, 100*sim.Second)
	p := example(g)
	p.Breach(40)
	f.to(60)
	p.Breach(40)
	wantDesired(t, g, 9, "10 % of the 10 that are still there have gone already")
	f.to(120)
	p.Breach(40)
	wantDesired(t, g, 8, "of the 9 that are left, another one")
}

// as-scaling-simple-step.md: "Values greater than 1 are rounded down. [...] Values between 0 and 1 are rounded to 1.
// [...] Values between 0 and -1 are rounded to -1. [...] Values less than -1 are rounded up. For example, -6.67 is
// rounded to -6." and "ChangeInCapacity [...] if the current capacity is 3 instances and the adjustment is 5 [...]
// adds 5 instances [...] ExactCapacity [...] changes capacity to 5 instances [...] PercentChangeInCapacity [...] 10
// instances and the adjustment is 10 percent [...] adds 1"; MinAdjustmentMagnitude: "if the current capacity is 4
// instances [...] 25 percent of 4 is 1 [...] because you specified a minimum increment of 2, [it] adds 2 instances".
// C142.
func TestAdjustments(t *testing.T) {
	for _, c := range []struct {
		kind       AdjustmentType
		capacity   int
		adjustment float64
		least      int
		want       int
	}{
		{ChangeInCapacity, 3, 5, 0, 8}, {ExactCapacity, 3, 5, 0, 5}, {PercentChangeInCapacity, 10, 10, 0, 11},
		{PercentChangeInCapacity, 4, 25, 2, 6}, {PercentChangeInCapacity, 4, -25, 2, 2},
		{PercentChangeInCapacity, 127, 10, 0, 139}, {PercentChangeInCapacity, 67, 1, 0, 68},
		{PercentChangeInCapacity, 58, -1, 0, 57}, {PercentChangeInCapacity, 667, -1, 0, 661},
		{PercentChangeInCapacity, 10, 0, 2, 10},
	} {
		if got := c.capacity + c.kind.Change(c.capacity, c.adjustment, c.least); got != c.want {
			t.Errorf("%s %v of %d makes %d, want %d", c.kind, c.adjustment, c.capacity, got, c.want)
		}
	}
	g, _ := newGroup(Settings{Min: 2, Max: 6, Desired: 3}, 0, 0)
	(&Step{Group: g, Type: ChangeInCapacity, Steps: []Adjustment{{nil, nil, 5}}}).Breach(1)
	wantDesired(t, g, 6, "never above the maximum")
	(&Step{Group: g, Type: ExactCapacity, Steps: []Adjustment{{nil, nil, 0}}}).Breach(1)
	if g.DesiredCapacity() != 6 {
		t.Error("what launches blocks the scale-in")
	}
	g, _ = newGroup(Settings{Min: 2, Max: 6, Desired: 3}, 0, 0)
	(&Step{Group: g, Type: ExactCapacity, Steps: []Adjustment{{nil, nil, 0}}}).Breach(1)
	wantDesired(t, g, 2, "never below the minimum")
}

// ec2-auto-scaling-scaling-cooldowns.md @6857c80: "with a cooldown [...] the cooldown period starts when the last
// instance finishes launching or terminating". C131: launched at 0, in service at 60, the next action from 360 on.
func TestSimpleScalingWaitsForTheCooldownAfterTheLaunch(t *testing.T) {
	g, f := newGroup(Settings{Min: 1, Max: 30, Desired: 10}, 60*sim.Second, 60*sim.Second)
	p := &Simple{Group: g, Type: ChangeInCapacity, Adjustment: 1, Cooldown: 300 * sim.Second}
	for minute := 0; minute <= 12; minute++ {
		f.to(float64(60*minute) + 0.001)
		p.Breach(1)
	}
	var at []float64
	for _, a := range g.Log() {
		at = append(at, math.Round(a.At.Seconds()))
	}
	if !slices.Equal(at, []float64{0, 360, 720}) {
		t.Errorf("the policy acted at %v s, want 0, 360 and 720: in service after 60 s, cool 300 s later", at)
	}
	if g.Held.Value() != 10 {
		t.Errorf("%d calls were held back, want 10", g.Held.Value())
	}
}

// The same page: "Amazon EC2 Auto Scaling does not wait for a cooldown period to complete before initiating [...]
// scheduled scaling [...] target tracking or step scaling policies". C133; health replacement is the fleet's.
func TestACooldownHoldsBackSimpleScalingOnly(t *testing.T) {
	g, f := newGroup(Settings{Min: 1, Max: 30, Desired: 10}, 0, 0)
	simple := &Simple{Group: g, Type: ChangeInCapacity, Adjustment: 1, Cooldown: 300 * sim.Second}
	simple.Breach(1)
	f.to(1)
	simple.Breach(1)
	wantDesired(t, g, 11, "a second simple action")
	example(g).Breach(60)
	wantDesired(t, g, 12, "a step")
	track := NewTargetTracking(g, "track", 100, false, sim.Minute)
	f.to(2)
	track.High(150)
	wantDesired(t, g, 18, "target tracking")
	thirty := 30
	g.apply(&Scheduled{Desired: &thirty})
	wantDesired(t, g, 30, "a scheduled action")
}

// as-using-sqs-queue.md @5f2b71d: 1,500 messages, 10 instances, 0.1 s for each message and 10 s acceptable: "the
// target value [...] 100 [...] the current backlog per instance is 150 [...] scale out by five instances". C128.
func TestTheBacklogExampleOfTheUserGuide(t *testing.T) {
	g, _ := newGroup(Settings{Min: 1, Max: 30, Desired: 10}, 0, 0)
	NewTargetTracking(g, "backlog", 10/0.1, false, sim.Minute).High(1500. / 10)
	wantDesired(t, g, 15, "150 messages for each of 10")
}

// as-scaling-target-tracking.md @6857c80: "[...] if the target tracking scaling policy calculates that 1.5 instances
// should be added, we round up and add two instances. But, if [...] 1.5 instances [should be] removed, we round down
// and remove only one instance."
func TestTargetTrackingRoundsConservatively(t *testing.T) {
	for value, want := range map[float64]int{57.5: 12, 42.5: 9, 50: 10, 100: 20, 45: 9, 44.9: 9, 5: 1} {
		g, f := newGroup(Settings{Min: 1, Max: 30, Desired: 10}, 0, 0)
		p := NewTargetTracking(g, "cpu", 50, false, sim.Minute)
		if value > 50 {
			p.High(value)
		} else {
			p.Low(value)
		}
		f.to(1)
		wantDesired(t, g, want, "10 instances at "+Cause{Value: value, Threshold: 50}.String())
	}
}

// The same page: "[...] the Auto Scaling group scales out if any of the target tracking policies are ready for scale
// out, but will scale in only if all of the target tracking policies (with the scale-in portion enabled) are ready to
// scale in". C138.
func TestSeveralTargetTrackingPolicies(t *testing.T) {
	g, f := newGroup(Settings{Min: 1, Max: 30, Desired: 5}, 0, 0)
	a := NewTargetTracking(g, "a", 100, false, sim.Minute)
	b := NewTargetTracking(g, "b", 100, false, sim.Minute)
	out := NewTargetTracking(g, "c", 100, true, sim.Minute)
	out.Within()
	a.High(120)
	b.Low(80)
	wantDesired(t, g, 6, "a wants 6 and b 4")
	f.to(60)
	b.Within()
	a.Low(60)
	wantDesired(t, g, 6, "a wants 4 and b nothing less")
	f.to(61)
	b.Low(80)
	f.to(62)
	wantDesired(t, g, 5, "a wants 4 and b 5")
	f.to(200)
	a.Low(10)
	wantDesired(t, g, 5, "b's word is old: its alarm has said nothing for more than a minute")
}

// The same page: "[...] scales in more gradually". How much is not published: here not again before what it reads is of
// the capacity that is left.
func TestTargetTrackingTakesNothingMoreAwayForAWhile(t *testing.T) {
	g, f := newGroup(Settings{Min: 1, Max: 30, Desired: 10, TrackingPause: 180 * sim.Second}, 0, 0)
	p := NewTargetTracking(g, "p", 100, false, sim.Minute)
	for minute, want := range []int{5, 5, 5, 3, 3} {
		f.to(float64(60 * minute))
		p.Low(50)
		wantDesired(t, g, want, f.eng.Now().String())
	}
}

func TestANeedIsAWholeNumber(t *testing.T) {
	for _, c := range []struct {
		need float64
		want int
	}{{15.000000000000002, 15}, {14.1, 15}, {-1.5, -1}, {math.Inf(1), 1<<30 - 1}, {math.Inf(-1), -1<<30 - 1}} {
		if got := ceil(c.need); got != c.want {
			t.Errorf("a need of %v comes to %d, want %d", c.need, got, c.want)
		}
	}
}

// The same page: a metric that is real zeros "can scale in to 0"; without data there is no scaling, which is the
// alarm's to say.
func TestTargetTrackingScalesInToZeroAndOutOfIt(t *testing.T) {
	g, f := newGroup(Settings{Min: 0, Max: 30, Desired: 3}, 10*sim.Second, 0)
	p := NewTargetTracking(g, "p", 100, false, sim.Minute)
	p.Low(0)
	wantDesired(t, g, 0, "nothing to do")
	f.to(60)
	p.High(500)
	wantDesired(t, g, 1, "a value, but no capacity to multiply")
	p.High(500)
	wantDesired(t, g, 1, "while that one launches")
}

// Application Auto Scaling User Guide @8e4642f: "[...] when an alarm triggers a step scaling policy to increase the
// capacity by 2, the scaling activity completes successfully, and a cooldown period starts. If the alarm triggers
// again during the cooldown period but at a more aggressive step adjustment of 3, the previous increase of 2 is
// considered part of the current capacity. Therefore, only 1 is added"; "scale-in activities are blocked until the
// cooldown period has expired. However, if another alarm triggers a scale-out activity during the scale-in cooldown
// period, [it] scales out the target immediately. In this case, the scale-in cooldown period stops and doesn't
// complete".
func TestCooldownsOfApplicationAutoScaling(t *testing.T) {
	set := Settings{Min: 1, Max: 30, Desired: 10, Tasks: true, ScaleOutCooldown: 300 * sim.Second,
		ScaleInCooldown: 300 * sim.Second}
	g, f := newGroup(set, 0, 0)
	p := &Step{Group: g, Type: ChangeInCapacity, Threshold: 50, Steps: []Adjustment{
		{bound(0), bound(20), 2}, {bound(20), nil, 3}, {nil, bound(0), -1},
	}}
	p.Breach(60)
	wantDesired(t, g, 12, "a step of 2")
	f.to(60)
	p.Breach(60)
	wantDesired(t, g, 12, "the same step in its cooldown")
	p.Breach(75)
	wantDesired(t, g, 13, "a larger step in the cooldown")
	f.to(301)
	p.Breach(40)
	wantDesired(t, g, 12, "a scale-in")
	p.Breach(40)
	wantDesired(t, g, 12, "a scale-in in its cooldown")
	f.to(400)
	p.Breach(60)
	wantDesired(t, g, 14, "a scale-out in the cooldown of the scale-in")
	p.Breach(40)
	wantDesired(t, g, 13, "the scale-out has ended the cooldown of scale-ins")
}

func TestWhatHasLeftServiceDoesNotWarmUp(t *testing.T) {
	g, f := newGroup(Settings{Min: 1, Max: 100, Desired: 10, Warmup: 300 * sim.Second}, 0, 0)
	p := NewTargetTracking(g, "p", 50, false, sim.Minute)
	for _, at := range []float64{10, 70, 130} { // an instance takes the place of another, which was there for a minute
		f.to(at)
		g.Left(1, f.eng.Now().Add(-sim.Minute))
		g.Launching(1)
		g.Launched(1)
	}
	if got := g.Warming(); got != 1 {
		t.Errorf("%d warm up, want 1", got)
	}
	p.High(100)
	wantDesired(t, g, 18, "twice the nine that are warm")
}

// The cooldown of a simple policy begins when nothing is on its way any more, also when orders were taken back.
func TestWhatIsWithdrawnHasNotArrived(t *testing.T) {
	g, f := newGroup(Settings{Min: 1, Max: 30, Desired: 10}, sim.Hour, 0)
	p := &Simple{Group: g, Type: ChangeInCapacity, Adjustment: 1, Cooldown: 300 * sim.Second}
	p.Breach(1)
	f.to(10)
	g.Launching(1) // another in its place
	g.Withdrawn(1)
	f.to(1000)
	p.Breach(1)
	wantDesired(t, g, 11, "while the other is on its way")
	g.Withdrawn(1)
	f.to(1299)
	p.Breach(1)
	wantDesired(t, g, 11, "in the cooldown that began as the last was taken back")
	f.to(1301)
	p.Breach(1)
	wantDesired(t, g, 12, "after it")
	if n := g.ScaleOut.Count(); n != 0 {
		t.Errorf("%d scale-outs have arrived, want none", n)
	}
}

func TestScheduledActions(t *testing.T) {
	g, f := newGroup(Settings{Min: 1, Max: 10, Desired: 1}, 0, 0)
	five, two, twenty := 5, 2, 20
	g.Schedule("g", []Scheduled{
		{Name: "morning", At: 10 * sim.Second, Every: 100 * sim.Second, Min: &five},
		{Name: "evening", At: 60 * sim.Second, Every: 100 * sim.Second, Min: &two, Desired: &two},
		{Name: "more", At: 150 * sim.Second, Max: &twenty, Desired: &twenty},
	})
	for _, c := range []struct {
		at   float64
		want int
	}{{5, 1}, {15, 5}, {65, 2}, {115, 5}, {151, 20}, {161, 2}, {215, 5}, {1000, 2}} {
		f.to(c.at)
		wantDesired(t, g, c.want, "at "+f.eng.Now().String())
	}
}

// asg-capacity-limits.md @0987d768: "All requests to change the Auto Scaling group's desired capacity (either by manual
// scaling or automatic scaling) must fall within these limits."
func TestAScheduledActionOutsideTheBoundsFails(t *testing.T) {
	g, _ := newGroup(Settings{Min: 2, Max: 10, Desired: 5}, 0, 0)
	for _, desired := range []int{50, 1} {
		g.apply(&Scheduled{Desired: &desired})
		if g.DesiredCapacity() != 5 {
			t.Errorf("a desired capacity of %d: %d", desired, g.DesiredCapacity())
		}
	}
	one, four := 1, 4
	g.apply(&Scheduled{Min: &one, Max: &four, Desired: &four})
	if g.DesiredCapacity() != 4 || g.Unscheduled.Value() != 2 {
		t.Errorf("a desired capacity of %d, and %d actions failed; want 4 and 2", g.DesiredCapacity(), g.Unscheduled.Value())
	}
	three := 3
	g.apply(&Scheduled{Max: &three}) // without one of its own, it is moved: MaxSize below the current size sets it
	if g.DesiredCapacity() != 3 {
		t.Errorf("a desired capacity of %d under a most of 3", g.DesiredCapacity())
	}
}

// A group's least capacity is never above its most: an action that would make it so fails, all of it.
func TestAScheduledActionThatIsImpossibleFails(t *testing.T) {
	g, f := newGroup(Settings{Min: 1, Max: 10, Desired: 1}, 0, 0)
	two, five := 2, 5
	g.Schedule("g", []Scheduled{
		{Name: "less", At: 10 * sim.Second, Max: &two},
		{Name: "more than that", At: 20 * sim.Second, Min: &five, Desired: &two},
	})
	f.to(30)
	wantDesired(t, g, 1, "after an action that failed")
	if least, most := g.Bounds(); least != 1 || most != 2 || g.Unscheduled.Value() != 1 {
		t.Errorf("bounds of %d and %d, %d actions failed; want 1, 2 and 1", least, most, g.Unscheduled.Value())
	}
}

// Predictive scaling raises the capacity before a stretch of the forecast begins and takes none away.
func TestPredictiveScalingRaisesTheFloor(t *testing.T) {
	g, f := newGroup(Settings{Min: 1, Max: 10, Desired: 1}, 0, 0)
	g.Predict("g", &Forecast{Loads: []float64{10, 45, 5}, Every: sim.Hour, Each: 10, Buffer: 300 * sim.Second})
	step := &Step{Group: g, Type: ChangeInCapacity, Steps: []Adjustment{{nil, bound(0), -9}, {bound(0), nil, 9}}}
	f.to(3600 - 301)
	wantDesired(t, g, 1, "in the first hour")
	f.to(3600 - 299)
	wantDesired(t, g, 5, "five minutes before the second")
	f.to(7200 - 299)
	step.Breach(-1)
	wantDesired(t, g, 5, "before the third, which needs less, the second still needs its own")
	f.to(7201)
	wantDesired(t, g, 5, "in the third: nothing takes it away")
	step.Breach(-1)
	wantDesired(t, g, 1, "until a policy does")
	f.to(3*3600 + 3600 - 299)
	wantDesired(t, g, 5, "the forecast repeats")
}
