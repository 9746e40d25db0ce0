package lambda

import (
	"math"

	"weir/models/quota"
	"weir/sim"
)

// provisioner holds the provisioned concurrency of a function: it allocates environments ahead and takes them away, at
// set times or by target tracking.
type provisioner struct {
	function *Function
	spec     *ProvisionedSpec
	wanted   int64
	since    sim.Time // of the present setting
	surplus  int64    // busy environments that end with their invocation
	turn     uint32   // counts settings: an allocation of an earlier one is stale

	busyBefore  float64 // execution-seconds at the last reading
	readyBefore float64
	high, low   int // readings in a row above and below the target

	allocated sim.Event[uint32]
	changed   sim.Event[int]
	read      sim.Event[uint8]
}

// The alarms of target tracking and how often they read (Auto Scaling user guide; the numbers of readings from a third
// party, cloudandclear.uk, for target tracking until November 2024).
const (
	trackingPeriod   = sim.Minute
	trackingHighRuns = 3
	trackingLowRuns  = 15
	trackingMargin   = 0.9 // of the target, below which it scales in
)

func newProvisioner(f *Function, s *ProvisionedSpec) *provisioner {
	p := &provisioner{function: f, spec: s}
	p.allocated = sim.NewEvent(f.eng, f.name+"/allocated", p.allocate)
	p.changed = sim.NewEvent(f.eng, f.name+"/provision", func(i int) { p.set(s.Schedule[i].Concurrency) })
	p.read = sim.NewEvent(f.eng, f.name+"/utilisation", p.track)
	return p
}

// start allocates what is there from the beginning, at once.
func (p *provisioner) start() {
	n := p.spec.Concurrency
	if t := p.spec.TargetTracking; t != nil {
		n = min(max(n, t.Min), t.Max)
		p.read.After(trackingPeriod, 0)
	}
	p.wanted = int64(n)
	p.function.Configured.Set(p.function.eng.Now(), p.wanted)
	p.reserve(p.wanted)
	p.allocate(p.turn)
	for i, c := range p.spec.Schedule {
		p.changed.At(sim.Time(c.At), i)
	}
}

// reserve takes concurrency for provisioned environments from what all functions share.
func (p *provisioner) reserve(n int64) {
	if p.function.spec.ReservedConcurrency == nil {
		p.function.account.unreserved -= n
	}
}

// set changes the provisioned concurrency: less at once, more when all of it is allocated.
func (p *provisioner) set(n int) {
	f, now := p.function, p.function.eng.Now()
	before := p.wanted
	if int64(n) == before {
		return
	}
	p.wanted = int64(n)
	p.turn++
	p.reserve(p.wanted - before)
	f.Configured.Set(now, p.wanted)
	if p.wanted < before {
		step := f.limit.ProvisionedBilling.Sim()
		held := now.Sub(p.since)
		f.held += (((held + step - 1) / step * step) - held) * sim.Duration(before-p.wanted)
	}
	p.since = now
	if p.wanted <= f.provisioned-p.surplus {
		p.shrink()
		return
	}
	missing := p.wanted - (f.provisioned - p.surplus)
	if !f.limit.BurstShared {
		p.allocated.After(f.limit.ProvisionedStart.Sim()+perRate(float64(missing), f.limit), p.turn)
		return
	}
	ramped := max(0, missing-f.limit.Burst)
	p.allocated.After(f.limit.ProvisionedStart.Sim()+perRate(float64(ramped), f.limit), p.turn)
}

// perRate returns how long so many environments take to be allocated.
func perRate(n float64, limit *Limits) sim.Duration {
	return sim.Seconds(n / max(limit.ProvisionedRate.PerSecond(), 1e-9))
}

// shrink ends idle environments beyond what is wanted, and the busy ones with their invocations.
func (p *provisioner) shrink() {
	f := p.function
	for f.provisioned-p.surplus > p.wanted {
		n := len(f.ready)
		if n == 0 {
			p.surplus = f.provisioned - p.wanted
			break
		}
		slot := f.ready[n-1]
		f.ready = f.ready[:n-1]
		f.provisioned--
		f.end(slot)
	}
	p.settle()
}

// allocate is the event that all environments are there that were asked for.
func (p *provisioner) allocate(turn uint32) {
	if turn != p.turn {
		return
	}
	f := p.function
	p.surplus = max(0, f.provisioned-p.wanted)
	for f.provisioned < p.wanted {
		f.provisioned++
		slot := f.newEnvironment(0, true)
		_, initialising, broken := f.coldStart(0)
		e := &f.environments[slot]
		e.reset = broken
		f.billedProvisioned += initialising
		f.ready = append(f.ready, slot)
	}
	p.settle()
}

// settle notes what is of use now.
func (p *provisioner) settle() {
	f := p.function
	f.Ready.Set(f.eng.Now(), f.provisioned-p.surplus)
	f.requests = quota.NewBucket(min(float64(f.limit.RequestRate*float64(max(f.provisioned, 1))), maxRate), sim.Second)
}

// track is the event that the use of the provisioned concurrency is read.
func (p *provisioner) track(uint8) {
	f, now, t := p.function, p.function.eng.Now(), p.spec.TargetTracking
	busy, ready := f.ProvisionedBusy.Integral(now), f.Ready.Integral(now)
	used, had := busy-p.busyBefore, ready-p.readyBefore
	p.busyBefore, p.readyBefore = busy, ready
	p.read.After(trackingPeriod, 0)
	if had <= 0 { // a window of observation began, or there is none
		return
	}
	use, target := used/had, float64(t.Target)
	p.high, p.low = inRow(p.high, use > target), inRow(p.low, use < float64(target*trackingMargin))
	if p.high >= trackingHighRuns || p.low >= trackingLowRuns {
		p.high, p.low = 0, 0
		n := int(math.Ceil(float64(f.Ready.Value())*use/target - 1e-9))
		p.set(min(max(n, t.Min), t.Max))
	}
}

// inRow counts a reading that has a property, or begins anew.
func inRow(n int, has bool) int {
	if has {
		return n + 1
	}
	return 0
}
