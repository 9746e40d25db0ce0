package results

import (
	"weir/models/message"
	"weir/sim"
)

// Followed is one message of the first replication that was followed from its birth to the end of the work on it.
type Followed struct {
	Path        string
	Number      uint64 // in the order of births, copies among them, from 0
	Slowest     bool   // of the path; else it was drawn by lot
	Born, Ended sim.Time
	SizeBytes   uint32
	Key         uint32
	Receives    int
	Causes      [message.Causes]int64 // how long each ran, in ns
	Stages      []Stage               // from birth to end, without gaps
}

// Age returns how late the message was.
func (f *Followed) Age() sim.Duration { return f.Ended.Sub(f.Born) }

// Stage is a length of time that one cause of a message's lateness ran for.
type Stage struct {
	Cause  message.Cause
	From   sim.Time
	Length sim.Duration
	// Order says that the stage ran just then. Otherwise it is one of several that ran in a length of time together: the
	// wait in a queue is split into causes by shares, and of what came through a stream only the sums are known.
	Order bool
}
