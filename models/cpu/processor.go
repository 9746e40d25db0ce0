// Package cpu shares the vCPUs of a machine evenly among those that compute on it.
package cpu

import (
	"math"

	"weir/sim"
)

// Processor is the vCPUs of one machine. With n that compute on c vCPUs each goes at the rate min(1, c/n). attained is
// the work that one who computes all the time would have done, so that one is done when attained reaches what it was at
// its start plus its own work.
type Processor struct {
	vcpus    float64
	attained float64 // ns
	used     float64 // ns of vCPUs
	at       sim.Time
	jobs     []job
	turn     uint32 // counts changes; an end foretold before the last change is stale
}

type job struct {
	target float64
	token  uint64
}

// New returns a processor on which nobody computes.
func New(vcpus int) Processor { return Processor{vcpus: float64(vcpus)} }

// Replace puts another machine in the place of this one: nobody computes on it, and what was foretold of the one before
// is stale. (A new Processor would count its turns from the beginning, and take those of the one before for its own.)
func (p *Processor) Replace(vcpus float64) {
	*p = Processor{vcpus: vcpus, jobs: p.jobs[:0], turn: p.turn + 1, used: p.used}
}

// Computing returns how many compute.
func (p *Processor) Computing() int { return len(p.jobs) }

func (p *Processor) rate() float64 { return min(1, p.vcpus/float64(max(len(p.jobs), 1))) }

func (p *Processor) advance(now sim.Time) {
	p.attained += float64(float64(now.Sub(p.at)) * p.rate())
	p.used += p.usedSince(now)
	p.at = now
}

// usedSince returns the nanoseconds of vCPUs that were in use since the last change.
func (p *Processor) usedSince(now sim.Time) float64 {
	return float64(float64(now.Sub(p.at)) * min(float64(len(p.jobs)), p.vcpus))
}

// Used returns the seconds of vCPUs that have been in use until now, by all machines that were in its place.
func (p *Processor) Used(now sim.Time) float64 {
	return (p.used + p.usedSince(now)) / float64(sim.Second)
}

func (p *Processor) least() int {
	least := 0
	for i := range p.jobs {
		if p.jobs[i].target < p.jobs[least].target {
			least = i
		}
	}
	return least
}

// Begin lets one compute, whom the token names. What Next foretold before is stale.
func (p *Processor) Begin(now sim.Time, work sim.Duration, token uint64) {
	p.advance(now)
	p.jobs = append(p.jobs, job{p.attained + float64(work), token})
}

// Next foretells when the first of those that compute is done, counted from the last change, which is now, and the turn
// that End is told then. It returns false when nobody computes.
func (p *Processor) Next() (after sim.Duration, turn uint32, ok bool) {
	p.turn++
	if len(p.jobs) == 0 {
		return 0, p.turn, false
	}
	left := max(p.jobs[p.least()].target-p.attained, 0) / p.rate()
	return sim.Duration(math.Ceil(min(left, 1<<62))), p.turn, true // what takes longer ends in no run
}

// End ends the work of the one with the least left and returns its token, or false when the turn is stale or nobody
// computes.
func (p *Processor) End(now sim.Time, turn uint32) (token uint64, ok bool) {
	if p.turn != turn || len(p.jobs) == 0 {
		return 0, false
	}
	p.advance(now)
	return p.remove(p.least()), true
}

// Drop ends the work of one before it is done, and reports whether it computed.
func (p *Processor) Drop(now sim.Time, token uint64) bool {
	for i := range p.jobs {
		if p.jobs[i].token == token {
			p.advance(now)
			p.remove(i)
			return true
		}
	}
	return false
}

func (p *Processor) remove(i int) (token uint64) {
	token = p.jobs[i].token
	last := len(p.jobs) - 1
	p.jobs[i] = p.jobs[last]
	p.jobs = p.jobs[:last]
	return token
}

// Clear ends the work of all, as when the machine fails, and returns how many they were.
func (p *Processor) Clear(now sim.Time) (n int) {
	p.advance(now)
	n = len(p.jobs)
	p.jobs = p.jobs[:0]
	p.turn++
	return n
}
