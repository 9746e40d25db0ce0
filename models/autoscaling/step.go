package autoscaling

import (
	"math"

	"weir/sim"
)

// AdjustmentType is what the number of an adjustment means.
type AdjustmentType string

// The adjustment types.
const (
	ChangeInCapacity        AdjustmentType = "change_in_capacity"
	ExactCapacity           AdjustmentType = "exact_capacity"
	PercentChangeInCapacity AdjustmentType = "percent_change_in_capacity"
)

// Values lists the types, for the decoder and the schema.
func (AdjustmentType) Values() []string {
	return []string{string(ChangeInCapacity), string(ExactCapacity), string(PercentChangeInCapacity)}
}

// Change returns by how much an adjustment changes a capacity. A percentage is rounded: above 1 down, between 0 and 1
// to 1, between −1 and 0 to −1, below −1 towards zero; its least magnitude is that of the policy.
func (t AdjustmentType) Change(capacity int, adjustment float64, least int) int {
	switch t {
	case ExactCapacity:
		return int(adjustment) - capacity
	case ChangeInCapacity:
		return int(adjustment)
	}
	change := float64(capacity) * adjustment / 100
	whole := int(math.Trunc(change))
	switch {
	case change > 0 && change < 1:
		whole = 1
	case change < 0 && change > -1:
		whole = -1
	}
	switch {
	case adjustment > 0:
		return max(whole, least)
	case adjustment < 0:
		return min(whole, -least)
	}
	return 0
}

// Adjustment is one step: for values whose distance from the threshold lies between From and To, nil for no bound.
type Adjustment struct {
	From, To *float64
	Change   float64
}

// holds reports whether a distance lies in the step. At or above the threshold the lower bound belongs to the step,
// below it the upper one does.
func (a *Adjustment) holds(distance float64) bool {
	below := a.To != nil && *a.To <= 0
	switch {
	case a.From != nil && (distance < *a.From || below && distance == *a.From):
		return false
	case a.To != nil && (distance > *a.To || !below && distance == *a.To):
		return false
	}
	return true
}

// Step is a step scaling policy.
type Step struct {
	Group     *Group
	Name      string
	Threshold float64
	Type      AdjustmentType
	Steps     []Adjustment
	Least     int // magnitude of a change in percent
}

// Breach acts on a value of the metric while the alarm breaches.
func (p *Step) Breach(value float64) {
	distance := value - p.Threshold
	for i := range p.Steps {
		if p.Steps[i].holds(distance) {
			p.Group.adjust(p.Type, p.Steps[i].Change, p.Least, causeOf(p.Name, value, p.Threshold))
			return
		}
	}
}

func causeOf(policy string, value, threshold float64) Cause {
	kind := CauseAbove
	if value < threshold {
		kind = CauseBelow
	}
	return Cause{kind, policy, value, threshold}
}

// adjust changes the desired capacity by a step. What terminates still counts when capacity is taken away, so that no
// more goes than the step asks for.
func (g *Group) adjust(t AdjustmentType, adjustment float64, least int, cause Cause) {
	desired := g.DesiredCapacity()
	switch {
	case t == ExactCapacity:
		if !g.scaleOut(int(adjustment), cause) {
			g.scaleIn(int(adjustment), cause)
		}
	case adjustment > 0:
		from := g.base()
		g.scaleOut(from+t.Change(from, adjustment, least), cause)
	case adjustment < 0:
		from := desired + g.terminating
		g.scaleIn(from+t.Change(from, adjustment, least), cause)
	}
}

// Simple is a simple scaling policy.
type Simple struct {
	Group      *Group
	Name       string
	Threshold  float64
	Type       AdjustmentType
	Adjustment float64
	Least      int
	Cooldown   sim.Duration
}

// Breach acts on a value of the metric while the alarm breaches, unless an activity is under way or the cooldown of
// the last one is not over.
func (p *Simple) Breach(value float64) {
	g := p.Group
	if g.launching > 0 || g.terminating > 0 || g.eng.Now() < g.coolAt {
		g.Held.Inc()
		return
	}
	desired := g.DesiredCapacity()
	g.cooldown = p.Cooldown
	if !g.Set(desired+p.Type.Change(desired, p.Adjustment, p.Least), causeOf(p.Name, value, p.Threshold)) {
		g.cooldown = -1 // nothing was done
		return
	}
	g.settled() // at once, if nothing is on its way
}
