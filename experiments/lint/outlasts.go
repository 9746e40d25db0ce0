package lint

import (
	"fmt"
	"math"

	"weir/models/gateway"
	"weir/models/lambda"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/sim"
)

// outlasts returns the share of a function's invocations that take longer than a time, at the least.
func (d *design) outlasts(s *lambda.Spec, limit float64) float64 {
	setup, mean, _ := d.functionTime(s)
	other := setup + mean - meanOf(s.Work)*d.stretch(s) // calls
	if s.Work == nil {
		return 0
	}
	return 1 - s.Work.Dist().CDF((limit-other)/d.stretch(s)*float64(sim.Second))
}

// often is the share of the invocations from which on one that outlasts its caller is more than an advice.
const often = 0.001

func timeoutAboveGateway(d *design, report func(hit)) {
	limits := new(gateway.Limits)
	d.Profile.Fill(limits)
	each(d, func(link spec.Link, g *gateway.Spec) {
		s := at[lambda.Spec](d, g.To)
		waits, known := map[gateway.Type]spec.Duration{
			gateway.RESTAPI: limits.RESTTimeout, gateway.HTTPAPI: limits.HTTPTimeout,
		}[g.Type]
		if s == nil || !known {
			return
		}
		if g.Timeout != nil {
			waits = *g.Timeout
		}
		if s.Timeout <= waits {
			return
		}
		share := d.outlasts(s, waits.Sim().Seconds())
		h := hit{
			of: g.To, field: "timeout", mild: share < often,
			text: fmt.Sprintf("is %s, and %s waits for %s: the function goes on for nobody", s.Timeout, link, waits),
			fix:  []string{fmt.Sprintf("%s.timeout=%s", g.To, rounded(math.Floor(waits.Sim().Seconds())))},
		}
		if !h.mild {
			h.text += fmt.Sprintf("; %s of the invocations are that long", percent(share))
			h.figures = []figure{cost, of("duration_p99_s", g.To)}
		}
		if waits.Sim() < sim.Second {
			h.fix, h.figures = nil, nil // no function has a shorter timeout
		}
		report(h)
	})
}

func clientGivesUp(d *design, report func(hit)) {
	var k struct {
		ReadTimeout spec.Duration `aws:"sdk.read_timeout"`
	}
	d.Profile.Fill(&k)
	each(d, func(link spec.Link, p *sdk.ProducerSpec) {
		s := at[lambda.Spec](d, p.To)
		if s == nil || p.Invocation != sdk.Synchronous || p.Caller != sdk.CallerSDK {
			return
		}
		waits := k.ReadTimeout
		h := hit{of: link, field: "to"}
		if p.ReadTimeout != nil {
			waits, h.field = *p.ReadTimeout, "read_timeout"
		}
		if s.Timeout <= waits {
			return
		}
		share := d.outlasts(s, waits.Sim().Seconds())
		h.mild = share < often
		h.text = fmt.Sprintf("waits for %s, and %s runs for up to %s: the work of a call that was given up goes on", waits, p.To,
			s.Timeout)
		if !h.mild {
			h.text += fmt.Sprintf("; %s of the invocations are that long", percent(share))
			h.figures = []figure{of("timed_out", link), of("amplification", link)}
			if p.ReadTimeout != nil {
				h.fix = []string{fmt.Sprintf("%s.read_timeout=%s", link, rounded(s.Timeout.Sim().Seconds()+1))}
			}
		}
		report(h)
	})
}
