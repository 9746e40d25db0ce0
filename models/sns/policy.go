package sns

import (
	"weir/sim"
	"weir/sim/random"
)

// Growth is how the delay of a back-off grows from its first retry to its last.
type Growth string

// The growths, in AWS's words. AWS shows their curves and gives no formulas: see Policy.
const (
	Linear      Growth = "linear"
	Arithmetic  Growth = "arithmetic"
	Geometric   Growth = "geometric"
	Exponential Growth = "exponential"
)

// Values returns the growths.
func (Growth) Values() []string {
	return []string{string(Linear), string(Arithmetic), string(Geometric), string(Exponential)}
}

// Policy is when a failed delivery is tried again, in four phases: at once, before the back-off at its least delay,
// during it, and after it at its greatest.
//
// AWS says that the first retry of the back-off has the least delay and the last the greatest. Between them, linear has
// equal steps, arithmetic steps that grow by the same amount each time, geometric delays that grow by the same factor,
// and exponential steps that double.
type Policy struct {
	Immediate, Before, BackOff, After int // retries
	Min, Max                          sim.Duration
	Growth                            Growth
}

// Policies that cannot be changed, and the one of HTTP endpoints unless set. AWS: SNS developer guide, message delivery
// retries, table of delivery protocols and policies.
var (
	// Managed is for endpoints that AWS manages: SQS, Lambda, Firehose. 100,015 retries over 23 days.
	Managed = Policy{
		Immediate: 3, Before: 2, BackOff: 10, After: 100_000, Min: sim.Second, Max: 20 * sim.Second, Growth: Exponential,
	}
	// Customer is for endpoints that customers manage: email, SMS, mobile push. 50 retries over 6 hours.
	Customer = Policy{
		Before: 2, BackOff: 10, After: 38, Min: 10 * sim.Second, Max: 600 * sim.Second, Growth: Exponential,
	}
	// HTTP is for HTTP and HTTPS endpoints unless set: 3 retries, 20 s apart.
	HTTP = Policy{BackOff: 3, Min: 20 * sim.Second, Max: 20 * sim.Second, Growth: Linear}
)

// Retries returns how many retries there are in all.
func (p *Policy) Retries() int { return p.Immediate + p.Before + p.BackOff + p.After }

// Delay returns how long after a failure the retry comes, counted from 0, and false when there is none left.
func (p *Policy) Delay(retry int) (sim.Duration, bool) {
	retry -= p.Immediate
	if retry < 0 {
		return 0, true
	}
	if retry -= p.Before; retry < 0 {
		return p.Min, true
	}
	if retry < p.BackOff {
		return p.backOff(retry), true
	}
	return p.Max, retry-p.BackOff < p.After
}

// backOff returns the delay of a retry of the back-off.
func (p *Policy) backOff(retry int) sim.Duration {
	n := float64(p.BackOff - 1)
	if retry == 0 || n == 0 {
		return p.Min
	}
	i, rise := float64(retry), float64(p.Max-p.Min)
	switch p.Growth {
	case Arithmetic:
		return p.Min + sim.Duration(rise*(i*(i+1))/(n*(n+1)))
	case Geometric:
		if retry == p.BackOff-1 {
			return p.Max
		}
		return sim.Duration(float64(p.Min) * random.Pow(float64(p.Max)/float64(p.Min), i/n))
	case Exponential:
		return p.Min + sim.Duration(rise*(random.Pow(2, i)-1)/(random.Pow(2, n)-1))
	default:
		return p.Min + sim.Duration(rise*i/n)
	}
}

// Total returns how long all retries take, attempts not counted.
func (p *Policy) Total() sim.Duration {
	total := sim.Duration(p.Before)*p.Min + sim.Duration(p.After)*p.Max
	for retry := range p.BackOff {
		total += p.backOff(retry)
	}
	return total
}
