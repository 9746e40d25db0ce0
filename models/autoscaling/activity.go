package autoscaling

import (
	"fmt"

	"weir/sim"
)

// Activity is a change of the desired capacity.
type Activity struct {
	At       sim.Time
	From, To int
	Cause    Cause
}

// Cause is why the desired capacity changed.
type Cause struct {
	Kind      CauseKind
	Policy    string  // its name
	Value     float64 // of the metric
	Threshold float64
}

// CauseKind is what changed the desired capacity.
type CauseKind uint8

// What changes a desired capacity.
const (
	CauseAbove    CauseKind = iota // a policy whose metric was above its threshold
	CauseBelow                     // and below
	CauseSchedule                  // a scheduled action
	CauseForecast                  // predictive scaling
	CausePods                      // the pod autoscaler
	CauseIdle                      // nothing to do for the cooldown period: to zero
	CauseActive                    // something to do: from zero
	CauseUser                      // set by hand, as by a fault
)

// String writes the cause as an activity's description would.
func (c Cause) String() string {
	switch c.Kind {
	case CauseAbove:
		return fmt.Sprintf("%s: %.4g above %.4g", c.Policy, c.Value, c.Threshold)
	case CauseBelow:
		return fmt.Sprintf("%s: %.4g below %.4g", c.Policy, c.Value, c.Threshold)
	case CauseSchedule:
		return c.Policy + ": its time has come"
	case CauseForecast:
		return fmt.Sprintf("%s: %.4g/s are forecast", c.Policy, c.Value)
	case CausePods:
		return fmt.Sprintf("%s: %.4g for a target of %.4g each", c.Policy, c.Value, c.Threshold)
	case CauseIdle:
		return c.Policy + ": nothing to do for the cooldown period"
	case CauseActive:
		return fmt.Sprintf("%s: %.4g to do", c.Policy, c.Value)
	}
	return c.Policy
}
