package ec2

import (
	"weir/models/fault"
	"weir/sim"
)

// Struck is what faults may strike of a fleet: the calls to its queue and to what it sends on to, and its work; nil
// where they cannot.
type Struck struct{ Queue, Then, Work *fault.State }

// stretched returns how long something takes now that would take d without faults.
func stretched(faults *fault.State, d sim.Duration) sim.Duration {
	if faults == nil {
		return d
	}
	return faults.Stretch(d)
}

// broken draws whether a fault lets work fail at its end.
func (f *Fleet) broken() bool { return f.parts.Struck.Work != nil && f.parts.Struck.Work.Fails(f.bad) }

// Attempts returns how many attempts of sends and deletes the fleet has made, and how many of them were retries.
func (f *Fleet) Attempts() (all, retries uint64) {
	all, retries = f.deleter.client.Attempts.Value(), f.deleter.client.Retries.Value()
	if f.forward != nil {
		a, r := f.forward.Attempts()
		all, retries = all+a, retries+r
	}
	return all, retries
}
