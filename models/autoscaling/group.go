package autoscaling

import (
	"weir/sim"
	"weir/sim/measure"
)

// Fleet is what a group has capacity of. Resize asks for so much: the fleet launches and ends, and tells the group by
// Launching, Launched, Withdrawn, Left, Terminating and Terminated.
type Fleet interface{ Resize(desired int) }

// Settings are what a group is made with.
type Settings struct {
	Min, Max, Desired int
	// Warmup is how long launched capacity is no part of what scale-outs are counted from, and blocks scale-ins.
	Warmup sim.Duration
	// Tasks has cooldowns of Application Auto Scaling in place of the warm-up.
	Tasks            bool
	ScaleOutCooldown sim.Duration
	ScaleInCooldown  sim.Duration
	// TrackingPause is how long target tracking takes no more capacity away after it did: what it reads is not yet of the
	// capacity that is left.
	TrackingPause  sim.Duration
	ActivitiesKept int // how many activities are written down; the rest is only counted
}

// Stats is what a group measures.
type Stats struct {
	Activities measure.Counter // changes of the desired capacity
	Reversals  measure.Counter // activities against the direction of the last one
	// Unscheduled is scheduled actions that failed: the least capacity would have been above the most, or the desired
	// capacity outside of both.
	Unscheduled measure.Counter
	Held        measure.Counter // calls of simple policies that a cooldown or an activity under way held back
	ScaleOut    measure.Tally   // seconds from a scale-out until all that is ordered is in service
	First       measure.Tally   // and until the first of it is
	Desired     measure.Level   // capacity
}

// Group is a group's desired capacity, and what of it is on its way.
type Group struct {
	Stats

	eng   *sim.Engine
	set   Settings
	fleet Fleet

	min, max    int
	floor       int // of the forecast
	launching   int
	terminating int
	warming     []portion // in the order of their ends
	outs        []portion // that scale-outs of tasks added, until their cooldown ends
	inUntil     sim.Time  // the cooldown after a scale-in of tasks

	cooldown sim.Duration // of the simple policy whose activity is under way; negative when there is none
	coolAt   sim.Time     // simple policies wait until then

	targets   []*TargetTracking
	agreed    sim.Event[uint8] // all targets of an instant have been looked at
	agreeing  bool             // it is scheduled
	trackAt   sim.Time         // target tracking takes nothing away until then
	log       []Activity
	direction int
	orderedAt sim.Time // of the scale-out under way
	ordered   bool
	first     bool // nothing of it is in service yet
}

// portion is capacity until an instant.
type portion struct {
	until    sim.Time
	capacity int
}

// NewGroup returns a group whose desired capacity is in service.
func NewGroup(eng *sim.Engine, s Settings, fleet Fleet) *Group {
	g := &Group{eng: eng, set: s, fleet: fleet, min: s.Min, max: s.Max, cooldown: -1}
	g.Stats.Desired.Set(eng.Now(), int64(s.Desired))
	return g
}

// DesiredCapacity returns the capacity that the group is to have.
func (g *Group) DesiredCapacity() int { return int(g.Stats.Desired.Value()) }

// Bounds returns the least and the most capacity.
func (g *Group) Bounds() (least, most int) { return g.min, g.max }

// Reset begins the window of observation. What was written down before it is forgotten.
func (g *Group) Reset(now sim.Time) {
	g.Stats = Stats{Desired: g.Stats.Desired}
	g.Stats.Desired.Reset(now)
	g.log = nil
}

// Launching tells that capacity was ordered.
func (g *Group) Launching(capacity int) { g.launching += capacity }

// Launched tells that ordered capacity is in service.
func (g *Group) Launched(capacity int) {
	g.launching -= capacity
	if g.ordered && g.first {
		g.first = false
		g.First.Record(g.eng.Now().Sub(g.orderedAt).Seconds())
	}
	if now := g.eng.Now(); g.set.Warmup > 0 && !g.set.Tasks {
		g.warming = append(g.warming, portion{now.Add(g.set.Warmup), capacity})
	}
	g.settled()
}

// Withdrawn tells that ordered capacity will not come. What is ordered in its place is told before: without anything on
// its way, the scale-out has ended and did not arrive.
func (g *Group) Withdrawn(capacity int) {
	if g.launching -= capacity; g.launching == 0 {
		g.ordered = false
	}
	g.settled()
}

// Terminating tells that capacity begins to end.
func (g *Group) Terminating(capacity int) { g.terminating += capacity }

// Terminated tells that capacity has ended.
func (g *Group) Terminated(capacity int) {
	g.terminating -= capacity
	g.settled()
}

// Left tells that capacity has left service in which it was since an instant. It no longer warms up.
func (g *Group) Left(capacity int, since sim.Time) {
	until := since.Add(g.set.Warmup)
	for i := range g.warming {
		if p := &g.warming[i]; p.until == until {
			gone := min(p.capacity, capacity)
			p.capacity -= gone
			capacity -= gone
		}
	}
}

// settled notes when nothing is on its way any more: the cooldown of a simple policy begins when the last instance of
// its activity has been launched or terminated.
func (g *Group) settled() {
	now := g.eng.Now()
	if g.launching == 0 && g.ordered {
		g.ordered = false
		g.ScaleOut.Record(now.Sub(g.orderedAt).Seconds())
	}
	if g.launching == 0 && g.terminating == 0 && g.cooldown >= 0 {
		g.coolAt = now.Add(g.cooldown)
		g.cooldown = -1
	}
}

// Warming returns the capacity that is launching or warms up.
func (g *Group) Warming() int {
	return g.launching + held(&g.warming, g.eng.Now())
}

// held returns the capacity of the portions that have not ended, and drops the others.
func held(portions *[]portion, now sim.Time) (capacity int) {
	ended := 0
	for _, p := range *portions {
		if p.until <= now {
			ended++
		} else {
			capacity += p.capacity
		}
	}
	*portions = (*portions)[ended:]
	return capacity
}

// base returns the capacity that a scale-out is counted from.
func (g *Group) base() int {
	now := g.eng.Now()
	if g.set.Tasks {
		return max(g.DesiredCapacity()-held(&g.outs, now), 0)
	}
	return max(g.DesiredCapacity()-g.Warming(), 0)
}

// mayScaleIn reports whether a policy may take capacity away now.
func (g *Group) mayScaleIn() bool {
	if g.set.Tasks {
		return g.eng.Now() >= g.inUntil
	}
	return g.Warming() == 0
}

// Set changes the desired capacity, as far as the bounds allow, and reports whether it changed.
func (g *Group) Set(desired int, cause Cause) bool {
	now := g.eng.Now()
	before := g.DesiredCapacity()
	after := min(max(desired, g.min, g.floor), g.max)
	if after == before {
		return false
	}
	g.Activities.Inc()
	direction := 1
	if after < before {
		direction = -1
	}
	if direction == -g.direction {
		g.Reversals.Inc()
	}
	g.direction = direction
	if len(g.log) < g.set.ActivitiesKept {
		g.log = append(g.log, Activity{now, before, after, cause})
	}
	if g.set.Tasks && direction > 0 {
		g.outs = append(g.outs, portion{now.Add(g.set.ScaleOutCooldown), after - before})
		g.inUntil = now // the cooldown after a scale-in ends with the next scale-out
	} else if g.set.Tasks {
		g.inUntil = now.Add(g.set.ScaleInCooldown)
	}
	g.Stats.Desired.Set(now, int64(after))
	if direction > 0 && !g.ordered {
		g.ordered, g.first, g.orderedAt = true, true, now
	}
	g.fleet.Resize(after)
	if g.launching == 0 {
		g.ordered = false
	}
	return true
}

// scaleOut raises the desired capacity to what the base and a change make, unless it is that much already.
func (g *Group) scaleOut(desired int, cause Cause) bool {
	return desired > g.DesiredCapacity() && g.Set(desired, cause)
}

// scaleIn lowers the desired capacity, if nothing forbids it.
func (g *Group) scaleIn(desired int, cause Cause) bool {
	return desired < g.DesiredCapacity() && g.mayScaleIn() && g.Set(desired, cause)
}

// Log returns the activities that were written down, in their order.
func (g *Group) Log() []Activity { return g.log }
