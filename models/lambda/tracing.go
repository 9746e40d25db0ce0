package lambda

import (
	"weir/models/message"
	"weir/sim"
)

// sampling is X-Ray's rule for Lambda: a number of requests of each second, and a share of the others.
type sampling struct {
	rate   int64
	share  float64
	luck   *sim.Rand
	second int64
	taken  int64
}

func newSampling(limit *Limits, luck *sim.Rand) sampling {
	return sampling{rate: limit.TracingRate, share: float64(limit.TracingShare), luck: luck, second: -1}
}

// take reports whether a request is traced.
func (s *sampling) take(now sim.Time) bool {
	if second := int64(now) / int64(sim.Second); second != s.second {
		s.second, s.taken = second, 0
	}
	if s.taken < s.rate {
		s.taken++
		return true
	}
	return s.luck.Float64() < s.share
}

// traces reports whether an invocation is traced: when the header of its first message says so, or else by the rule.
// What is sent on carries the decision.
func (f *Function) traces(e *environment) bool {
	r := e.one
	if e.batch != nil {
		r = e.batch.Receipts[0]
	}
	if r.Ref == message.None {
		return f.sampling.take(f.eng.Now())
	}
	m, mine := f.Mine(r)
	if !m.Has(message.Traced) {
		if !f.sampling.take(f.eng.Now()) {
			return false
		}
		if mine {
			m.Flags |= message.Traced
		}
	}
	return true
}

// trace sends the segments of an invocation. Without the permission they are lost, and the function goes on.
func (f *Function) trace() {
	if d := f.parts.NoTraces; d != nil {
		d.Calls.Inc()
		return
	}
	f.Traced.Inc()
}
