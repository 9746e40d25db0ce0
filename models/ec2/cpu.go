package ec2

import (
	"math"

	"weir/sim"
)

// processor shares an instance's vCPUs evenly among the threads that compute: with n threads on c vCPUs each goes at
// the rate min(1, c/n). attained is the work that a thread present all the time would have done, so that a thread
// is done when attained reaches what it was at its start plus its own work.
type processor struct {
	vcpus    float64
	attained float64 // ns
	at       sim.Time
	jobs     []job
	turn     uint32 // counts changes; a completion scheduled before the last change is stale
}

type job struct {
	target float64
	token  token
}

func newProcessor(vcpus int) processor { return processor{vcpus: float64(vcpus)} }

func (p *processor) rate() float64 { return min(1, p.vcpus/float64(max(len(p.jobs), 1))) }

func (p *processor) advance(now sim.Time) {
	p.attained += float64(float64(now.Sub(p.at)) * p.rate())
	p.at = now
}

func (p *processor) least() int {
	least := 0
	for i := range p.jobs {
		if p.jobs[i].target < p.jobs[least].target {
			least = i
		}
	}
	return least
}

// compute lets a thread do work of the given length: the computing part first, then the rest.
func (f *Fleet) compute(t uint32, work sim.Duration) {
	th := &f.threads[t]
	if !f.contended {
		f.worked.After(work, tokenOf(t, th.turn))
		return
	}
	cpu := sim.Duration(float64(work) * float64(f.spec.CPUShare))
	th.down = work - cpu // what is left after computing
	if cpu == 0 {
		f.worked.After(work, tokenOf(t, th.turn))
		return
	}
	now := f.eng.Now()
	p := &f.instanceOf(t).cpu
	p.advance(now)
	p.jobs = append(p.jobs, job{p.attained + float64(cpu), tokenOf(t, th.turn)})
	f.Computing.Add(now, 1)
	f.rearm(t, p)
}

func (f *Fleet) rearm(t uint32, p *processor) {
	p.turn++
	if len(p.jobs) == 0 {
		return
	}
	left := max(p.jobs[p.least()].target-p.attained, 0) / p.rate()
	i := t / uint32(f.spec.Instance.Threads)
	f.computed.After(sim.Duration(math.Ceil(left)), tokenOf(i, p.turn))
}

// computeDone is the event that the thread of an instance with the least computing left has none left.
func (f *Fleet) computeDone(tk token) {
	i := uint32(tk)
	p := &f.instances[i].cpu
	if p.turn != uint32(tk>>32) {
		return
	}
	now := f.eng.Now()
	p.advance(now)
	k := p.least()
	done := p.jobs[k]
	last := len(p.jobs) - 1
	p.jobs[k] = p.jobs[last]
	p.jobs = p.jobs[:last]
	f.Computing.Add(now, -1)
	t := uint32(done.token)
	f.rearm(t, p)
	f.worked.After(f.threads[t].down, done.token)
}
