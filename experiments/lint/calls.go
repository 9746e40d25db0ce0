package lint

import (
	"fmt"

	"weir/models/calls"
	"weir/models/ec2"
	"weir/models/fault"
	"weir/models/gateway"
	"weir/models/kcl"
	"weir/models/lambda"
	"weir/models/sdk"
	"weir/models/service"
	"weir/models/spec"
	"weir/models/storage"
	"weir/results"
)

var callRules = []Rule{
	{
		ID: "call-without-timeout", Severity: results.LintWarning,
		Title: "a call waits without end; an advice where nothing in the scenario lets it go unanswered",
		Reason: "A client that waits for an answer that does not come holds its thread, its memory and its connection meanwhile. Every " +
			"call to another process is to have a timeout.",
		Source: guideTimeouts, Date: "2023-07", check: withoutTimeout,
	},
	{
		ID: "timeout-above-function", Severity: results.LintWarning,
		Title: "a call's timeout is longer than the function that makes it may run",
		Reason: "The timeouts of a chain of calls are to become shorter on the way down: a function that is ended by Lambda while it waits " +
			"handles no error, and its environment starts anew.",
		Source: guideTimeouts, Date: "2023-07", check: timeoutAboveFunction,
	},
	{
		ID: "retries-without-brake", Severity: results.LintWarning,
		Title: "calls to something that can be overloaded are tried again without a bound on the load; an advice for others",
		Reason: "Retries are selfish: when a callee fails because it is overloaded, they multiply its load and may keep it down when the " +
			"cause is gone. A token bucket, as in AWS's SDKs, or a circuit breaker lets them help with single failures only.",
		Source: guideRetries, Date: "2023-07", check: withoutBrake,
	},
	{
		ID: "retries-without-jitter", Severity: results.LintWarning,
		Title:  "failed calls are tried again all at the same time",
		Reason: "Calls that failed together and wait for the same back-off come together again. Jitter spreads them.",
		Source: guideRetries, Date: "2023-07", check: withoutJitter,
	},
	{
		ID: "retries-multiply", Severity: results.LintWarning,
		Title: "calls are tried again at more than one layer",
		Reason: "Retries at each layer of a stack multiply: three attempts at each of five layers are 243 at the lowest. They are to be " +
			"made at one place of the stack.",
		Source: guideRetries, Date: "2023-07", check: retriesMultiply,
	},
}

// made is a call that somebody makes.
type made struct {
	by     spec.Link
	field  string // such as calls[0] or calls[0].miss
	to     spec.Link
	policy *calls.TargetSpec
}

// name returns the component that the calls are in a run.
func (m *made) name() figure { return figure{"amplification", m.by.String() + "/" + m.to.String()} }

// eachCall calls f for each call of the design's work.
func eachCall(d *design, f func(m made)) {
	tell := func(by spec.Link, i int, to spec.Link, p *calls.PolicySpec) {
		field := fmt.Sprintf("calls[%d]", i)
		f(made{by, field, to, &p.TargetSpec})
		if p.Miss != nil {
			f(made{by, field + ".miss", p.Miss.To, &p.Miss.TargetSpec})
		}
	}
	each(d, func(link spec.Link, s *lambda.Spec) {
		for i := range s.Calls {
			tell(link, i, s.Calls[i].To, &s.Calls[i].PolicySpec)
		}
	})
	each(d, func(link spec.Link, s *ec2.Spec) {
		for i := range s.Calls {
			tell(link, i, s.Calls[i].To, &s.Calls[i].PolicySpec)
		}
	})
	each(d, func(link spec.Link, s *kcl.Spec) {
		for i := range s.Calls {
			tell(link, i, s.Calls[i].To, &s.Calls[i].PolicySpec)
		}
	})
}

// silent reports whether a fault lets calls to a component go unanswered.
func (d *design) silent(link spec.Link) (is bool) {
	each(d, func(_ spec.Link, f *fault.Spec) {
		nothing := f.Outage != nil && f.Outage.Answers == fault.AnswersNothing
		is = is || f.Of == link && (nothing || f.PacketLoss != nil)
	})
	return is
}

func withoutTimeout(d *design, report func(hit)) {
	eachCall(d, func(m made) {
		http := at[service.Spec](d, m.to) != nil
		silent := d.silent(m.to)
		if m.policy.Timeout != nil || !http && at[storage.Spec](d, m.to) == nil || !http && !silent {
			return // AWS's own services have the SDK's
		}
		h := hit{
			of: m.by, field: m.field + ".timeout", mild: !silent,
			text: fmt.Sprintf("is not set: a call to %s that is not answered holds what it has for as long as the network lets it", m.to),
		}
		if silent {
			h.text += ", and a fault of the scenario lets calls go unanswered"
			h.fix = []string{fmt.Sprintf("%s.%s.timeout=%s", m.by, m.field, d.reasonable(m))}
			h.figures = d.workFigures(m.by)
		}
		report(h)
	})
}

// reasonable returns a timeout for a call: several times what it takes, a second at the least.
func (d *design) reasonable(m made) string {
	return rounded(max(5*d.callTime(m.to, d.timeOf(m), nil), 1))
}

// timeOf returns the time that a call gives its callee, or nil.
func (d *design) timeOf(m made) (time *spec.Durations) {
	if s := at[lambda.Spec](d, m.by); s != nil {
		for i := range s.Calls {
			if s.Calls[i].To == m.to {
				return s.Calls[i].Time
			}
		}
	}
	if s := at[ec2.Spec](d, m.by); s != nil {
		for i := range s.Calls {
			if s.Calls[i].To == m.to {
				return s.Calls[i].Time
			}
		}
	}
	return nil
}

// workFigures returns where the work of a component shows.
func (d *design) workFigures(link spec.Link) []figure {
	if at[lambda.Spec](d, link) != nil {
		return []figure{of("duration_p99_s", link), of("errors", link)}
	}
	return []figure{of("busy_mean", link), of("processed", link), of("failed", link)}
}

func timeoutAboveFunction(d *design, report func(hit)) {
	eachCall(d, func(m made) {
		s := at[lambda.Spec](d, m.by)
		if s == nil || m.policy.Timeout == nil || *m.policy.Timeout < s.Timeout {
			return
		}
		report(hit{
			of: m.by, field: m.field + ".timeout",
			text: fmt.Sprintf("is %s, and the function is ended after %s: it never sees that %s did not answer", m.policy.Timeout, s.Timeout,
				m.to),
			fix: []string{fmt.Sprintf("%s.%s.timeout=%s", m.by, m.field, seconds(s.Timeout.Sim().Seconds()/2))},
		})
	})
}

// bounded reports whether a callee can have more to do than it can.
func (d *design) bounded(to spec.Link) bool {
	if s := at[service.Spec](d, to); s != nil {
		return s.Concurrency != nil || s.RateLimit != nil
	}
	return at[storage.Spec](d, to) != nil
}

func withoutBrake(d *design, report func(hit)) {
	eachCall(d, func(m made) {
		r := m.policy.Retry
		if r == nil || r.MaxAttempts < 2 || r.TokenBucket || m.policy.CircuitBreaker != nil ||
			at[service.Spec](d, m.to) == nil && at[storage.Spec](d, m.to) == nil {
			return
		}
		h := hit{
			of: m.by, field: m.field + ".retry", mild: !d.bounded(m.to) || r.MaxAttempts < 3,
			text: fmt.Sprintf("makes up to %d attempts at %s, without a token bucket or a circuit breaker: when it fails under load, it "+
				"gets %d times the load", r.MaxAttempts, m.to, r.MaxAttempts),
			fix: []string{fmt.Sprintf("%s.%s.retry.token_bucket=true", m.by, m.field)},
		}
		if !h.mild {
			h.figures = append([]figure{m.name()}, d.workFigures(m.by)...)
		}
		report(h)
	})
}

func withoutJitter(d *design, report func(hit)) {
	eachCall(d, func(m made) {
		r := m.policy.Retry
		if r == nil || r.MaxAttempts < 2 || r.Jitter != calls.NoJitter {
			return
		}
		report(hit{
			of: m.by, field: m.field + ".retry.jitter",
			text:    fmt.Sprintf("is none: what failed at %s together comes together again", m.to),
			fix:     []string{fmt.Sprintf("%s.%s.retry.jitter=full", m.by, m.field)},
			figures: append([]figure{m.name()}, d.workFigures(m.by)...),
		})
	})
}

// attempts returns how many attempts a producer makes at a request.
func (d *design) attempts(p *sdk.ProducerSpec) int {
	rules := new(sdk.RetryRules)
	d.Profile.Fill(rules)
	switch {
	case p.Retry.Mode == sdk.RetryNone:
		return 1
	case p.Retry.MaxAttempts != nil:
		return *p.Retry.MaxAttempts
	case p.Retry.Mode == sdk.RetryLegacy:
		return int(rules.LegacyAttempts)
	}
	return int(rules.StandardAttempts)
}

// retriesMultiply looks at calls of functions that a producer asks and waits for, by itself or through a gateway. An
// error of the function itself is no reason for an SDK to try again, but a timeout of the client is, and a gateway
// makes it one.
func retriesMultiply(d *design, report func(hit)) {
	eachCall(d, func(m made) {
		r, s := m.policy.Retry, at[lambda.Spec](d, m.by)
		if r == nil || r.MaxAttempts < 2 || s == nil {
			return
		}
		tell := func(link spec.Link, p *sdk.ProducerSpec) {
			above := d.attempts(p)
			if above < 2 {
				return
			}
			report(hit{
				of: m.by, field: m.field + ".retry",
				text: fmt.Sprintf("makes up to %d attempts at %s, and %s makes up to %d at the function: one request becomes up to %d calls",
					r.MaxAttempts, m.to, link, above, r.MaxAttempts*above),
				fix:     []string{fmt.Sprintf("%s.%s.retry.max_attempts=1", m.by, m.field)},
				figures: append([]figure{m.name()}, figuresOf([]spec.Link{link}, "amplification", "failed")...),
			})
		}
		each(d, func(link spec.Link, p *sdk.ProducerSpec) {
			through := at[gateway.Spec](d, p.To)
			asks := p.To == m.by && p.ReadTimeout != nil && *p.ReadTimeout < s.Timeout
			if p.Invocation == sdk.Synchronous && p.Caller == sdk.CallerSDK && (asks || through != nil && through.To == m.by) {
				tell(link, p)
			}
		})
	})
}
