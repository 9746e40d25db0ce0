package lambda

import (
	"math"

	"weir/models/fault"
	"weir/sim"
)

// struck is what faults may strike of a function: its service, and the code of its versions; nil where they cannot.
type struck struct {
	service, code *fault.State
	luck          *sim.Rand
}

// Disturb lets faults strike invocations, whoever makes them, and the function's work. It is called before the run.
func (f *Function) Disturb(service, code *fault.State) {
	f.struck = struck{service, code, f.eng.Rand(f.name + "/fault")}
}

// unavailable draws whether a fault lets an invocation fail, or the acceptance of an event.
func (f *Function) unavailable() bool {
	return f.struck.service != nil && f.struck.service.Fails(f.struck.luck)
}

// broken draws whether a fault lets work fail at its end.
func (f *Function) broken() bool { return f.struck.code != nil && f.struck.code.Fails(f.struck.luck) }

// stretched returns how long work takes now that would take d without faults.
func (f *Function) stretched(d sim.Duration) sim.Duration {
	for _, s := range []*fault.State{f.struck.service, f.struck.code} {
		if s != nil {
			d = s.Stretch(d)
		}
	}
	return d
}

// rounding is what a product of factors and of their inverses may miss 1 by.
const rounding = 1e-9

// Throttle multiplies the concurrency that the function may have, as when some of it is taken away or comes back.
func (f *Function) Throttle(factor float64) {
	f.throttled = float64(f.throttled * factor)
	f.concurrencyMax = math.MaxInt64
	if f.throttled < 1-rounding {
		most := f.account.unreserved
		if own := f.spec.ReservedConcurrency; own != nil {
			most = int64(*own)
		}
		f.concurrencyMax = int64(math.Ceil(f.throttled * float64(most) * (1 - rounding)))
	}
}

// LoseEnvironments ends all environments on demand: those that wait at once, the others after their invocation.
func (f *Function) LoseEnvironments() {
	for v := range f.versions {
		for {
			slot, ok := f.takeIdle(uint8(v))
			if !ok {
				break
			}
			f.end(slot)
		}
	}
	for i := range f.environments {
		if e := &f.environments[i]; e.busy && !e.provisioned {
			e.dies = f.eng.Now()
		}
	}
}
