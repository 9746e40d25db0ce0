package autoscaling

import (
	"math"

	"weir/sim"
)

// TargetTracking is a target tracking policy: it keeps a metric that falls as capacity grows near its target. Two
// alarms tell it when the metric is above, and when it is well below.
type TargetTracking struct {
	Name   string
	Target float64

	group          *Group
	disableScaleIn bool
	fresh          sim.Duration // how long a low alarm's last word holds
	low            bool
	lowAt          sim.Time
	lowNeed        int // the capacity that the low value comes to
	lowCause       Cause
}

// NewTargetTracking adds a policy to a group. Its low alarm is evaluated as often as evaluation says.
func NewTargetTracking(
	g *Group, name string, target float64, disableScaleIn bool, evaluation sim.Duration,
) *TargetTracking {
	p := &TargetTracking{Name: name, Target: target, group: g, disableScaleIn: disableScaleIn, fresh: evaluation}
	if g.targets = append(g.targets, p); len(g.targets) == 2 {
		g.agreed = sim.NewEvent(g.eng, name+"/agreed", func(uint8) {
			g.agreeing = false
			g.trackIn()
		})
	}
	return p
}

// need returns the capacity that brings the metric to its target: conservative both ways, so that 1.5 more are 2, and
// 1.5 less are 1.
func (p *TargetTracking) need(capacity int, value float64) int {
	return ceil(float64(capacity) * value / p.Target)
}

// ceil returns the capacity that a need comes to: the next whole number, but 15 for 15.000000000000002. Any number will
// do, infinite ones too: they need as much as no group has.
func ceil(need float64) int {
	need = min(max(need, -1<<30), 1<<30)
	return int(math.Ceil(need - float64(1e-9*math.Abs(need))))
}

// High acts on a value of the metric while it is above the target for long enough.
func (p *TargetTracking) High(value float64) {
	p.low = false
	g := p.group
	need := p.need(g.base(), value)
	if g.DesiredCapacity() == 0 { // capacity times value says nothing
		need = 1
	}
	g.scaleOut(need, Cause{CauseAbove, p.Name, value, p.Target})
}

// Low acts on a value of the metric while it is well below the target for long enough: capacity goes as far as all
// policies agree that may scale in.
func (p *TargetTracking) Low(value float64) {
	g := p.group
	p.low, p.lowAt = true, g.eng.Now()
	// The value is of the capacity of now. Another policy may act on it when that has changed.
	p.lowNeed = p.need(g.DesiredCapacity()+g.terminating, value)
	p.lowCause = Cause{CauseBelow, p.Name, value, p.Target}
	switch {
	case p.disableScaleIn || g.agreeing:
	case len(g.targets) == 1:
		g.trackIn()
	default: // the other policies may not have looked at this instant yet
		g.agreeing = true
		g.agreed.After(0, 0)
	}
}

// Within tells that the metric is neither above nor well below.
func (p *TargetTracking) Within() { p.low = false }

// trackIn takes capacity away as far as all policies agree that may scale in.
func (g *Group) trackIn() {
	now := g.eng.Now()
	if now < g.trackAt {
		return
	}
	need := 0
	var cause Cause
	for _, p := range g.targets {
		if p.disableScaleIn {
			continue
		}
		if !p.low || now.Sub(p.lowAt) > p.fresh {
			return
		}
		if p.lowNeed >= need {
			need, cause = p.lowNeed, p.lowCause
		}
	}
	if g.scaleIn(need, cause) {
		g.trackAt = now.Add(g.set.TrackingPause)
	}
}
