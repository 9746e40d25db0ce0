package results

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Outcome is what one trial yields.
type Outcome struct {
	Replication int
	Batch       int // of the replication, when its window is cut into several
	Group       int // of the replications that share what was drawn for uncertain settings
	Fingerprint uint64
	Events      uint64
	Messages    uint64          // born in the whole trial
	From, To    sim.Time        // the window of observation
	UnderWay    *measure.Series // messages, over the window
	Digits      int             // significant digits of the latency histograms
	Truncated   string          // why the trial ended early, or empty
	Paths       []*message.Path
	Ledger      []Account
	Deadlines   []Deadline // of the origins that have one
	Components  []Component
	Denials     []Denial
	Shares      []meter.Share // of the quotas that components have together, the same in all replications
	Faults      []Fault
}

// Keep takes copies of what the trial counts on in.
func (o *Outcome) Keep() {
	for i, p := range o.Paths {
		o.Paths[i] = p.Clone()
	}
}

// Denial is an action that the access policies deny on an edge of the design, and how many calls met it.
type Denial struct {
	Principal, Action, Resource, Reason string
	Calls                               uint64
}

// Window returns the length of the window of observation.
func (o *Outcome) Window() sim.Duration { return o.To.Sub(o.From) }

// Deadline is how old messages born at an origin may be.
type Deadline struct {
	Origin string
	Length sim.Duration
}

// Account is one route of the ledger over the window: carried in + sent = ended + under way.
type Account struct {
	Origin, Sender string
	CarriedIn      uint64 // under way when the window began
	Sent           uint64
	// Ended is by place, in the window, zero for the places of messages under way. A dead letter of before the window
	// that is processed in it counts −1 as dead-lettered and 1 as processed.
	Ended    [message.Places]int64
	UnderWay [message.Places]uint64 // by place, at the end of the window
	Late     uint64                 // processed in the window after the deadline of the origin
	// Overdue is how many were under way at the end though their deadline had passed, OverdueBefore at the begin: these
	// were missed before the window.
	Overdue, OverdueBefore uint64
}

// Component is what one component of the design shows.
type Component struct {
	Name, Kind string
	Figures    []Figure
	Curves     []Curve
	Usage      []aws.Usage
	Activities []Activity
}

// Activity is a change of a group's desired capacity in the window.
type Activity struct {
	At       sim.Duration // since the start of the window
	From, To int
	Cause    string
}

// Figure is one figure of the window.
type Figure struct {
	Name, Unit string
	Value      float64
}

// Curve is one quantity over time.
type Curve struct {
	Name, Unit string
	Values     *measure.Series
}
