package lint

import (
	"fmt"
	"math"

	"weir/models/eventbridge"
	"weir/models/gateway"
	"weir/models/lambda"
	"weir/models/sdk"
	"weir/models/sns"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/models/storage"
	"weir/results"
)

// Sources of the rules of functions.
const (
	guideAsync       = "Lambda developer guide, invocation-async.md (awsdocs/aws-lambda-developer-guide @38e9014)"
	guideConcurrency = "Lambda developer guide, configuration-concurrency.md (awsdocs/aws-lambda-developer-guide @38e9014)"
	guideMemory      = "Lambda developer guide, gettingstarted-limits.md (awsdocs/aws-lambda-developer-guide @38e9014)"
	guideGateway     = "API Gateway developer guide, limits.md (awsdocs/amazon-api-gateway-developer-guide @781597d)"
	guideTimeouts    = "AWS Well-Architected Framework, REL05-BP05 Set client timeouts, edition of 2023-04-10"
	guideRetries     = "AWS Well-Architected Framework, REL05-BP03 Control and limit retry calls, edition of 2023-04-10, and the " +
		"Amazon Builders' Library, timeouts-retries-and-backoff-with-jitter"
)

var functionRules = []Rule{
	{
		ID: "function-switched-off", Severity: results.LintError,
		Title: "a function that is to work has a reserved concurrency of 0",
		Reason: "A reserved concurrency of 0 throttles every invocation, and asynchronous events go to the dead-letter queue or " +
			"destination without another attempt.",
		Source: guideConcurrency, Date: "2022-11", check: switchedOff,
	},
	{
		ID: "timeout-below-work", Severity: results.LintWarning,
		Title: "a function's timeout is shorter than its work",
		Reason: "The timeout is to allow for a whole batch; where messages take long, a smaller batch is to be chosen. An invocation that " +
			"times out has failed, its batch comes back, and takes as long the next time.",
		Source: guideMapping, Date: "2022-11", check: timeoutBelowWork,
	},
	{
		ID: "events-without-failure-destination", Severity: results.LintWarning,
		Title: "asynchronous events that are given up are gone; an advice where nothing in the scenario fails",
		Reason: "Lambda tries an asynchronous event twice more after an error, and up to six hours when it is throttled; then it discards " +
			"the event, unless the function has an on-failure destination or a dead-letter queue.",
		Source: guideAsync, Date: "2022-11", check: eventsLost,
	},
	{
		ID: "concurrency-below-load", Severity: results.LintWarning,
		Title: "functions are asked for more than may run at once",
		Reason: "Invocations under way are their rate times their duration. What is above the reserved concurrency of a function, or above " +
			"what the account has for those without, is throttled.",
		Source: guideConcurrency, Date: "2022-11", check: concurrencyBelowLoad,
	},
	{
		ID: "memory-starves-cpu", Severity: results.LintAdvice,
		Title: "more memory would make a function much faster for little more",
		Reason: "A function has a share of a vCPU in proportion to its memory, and a whole one at 1,769 MB. What computes takes the less " +
			"time the more memory there is, and is billed for memory times time.",
		Source: guideMemory, Date: "2022-11", check: starvedCPU,
	},
	{
		ID: "timeout-above-gateway", Severity: results.LintWarning,
		Title: "a function may run on after its gateway has answered; an advice where its work is hardly that long",
		Reason: "API Gateway waits 29 seconds for a REST API's integration and 30 for an HTTP API's, then answers with an error; the " +
			"function goes on and is billed, for nothing. A callee is to give up before its caller does.",
		Source: guideGateway, Date: "2023-04", check: timeoutAboveGateway,
	},
	{
		ID: "client-gives-up-first", Severity: results.LintWarning,
		Title: "a client stops waiting while its callee may go on; an advice where the work is hardly that long",
		Reason: "A client that gives up and tries again adds work that nobody waits for to a callee that is slow already. The timeouts of " +
			"a chain of calls are to become shorter on the way down.",
		Source: guideTimeouts, Date: "2023-07", check: clientGivesUp,
	},
	{
		ID: "connections-above-database", Severity: results.LintWarning,
		Title: "functions or fleets may open more connections than a database has",
		Reason: "Each environment and each thread keeps a connection of its own, and max_connections bounds them all: the next one is " +
			"refused. A maximum concurrency, a smaller pool or an RDS Proxy in between keeps them below.",
		Source: "AWS Prescriptive Guidance, tuning PostgreSQL parameters, max_connections", Date: "2026-11",
		check: connectionsAbove,
	},
}

// invoked reports whether something asks a function or is read for it.
func (d *design) invoked(link spec.Link, s *lambda.Spec) bool {
	if len(s.EventSources) > 0 {
		return true
	}
	for _, found := range d.doc.Links {
		if found.Link == link && found.Flow == "out" {
			return true
		}
	}
	return false
}

func switchedOff(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *lambda.Spec) {
		if s.ReservedConcurrency == nil || *s.ReservedConcurrency > 0 || !d.invoked(link, s) {
			return
		}
		report(hit{
			of: link, field: "reserved_concurrency",
			text:    "is 0: every invocation is throttled",
			fix:     []string{link.String() + ".reserved_concurrency=null"},
			figures: []figure{of("throttles", link), of("processed", link)},
		})
	})
}

func timeoutBelowWork(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *lambda.Spec) {
		setup, mean, p99 := d.functionTime(s)
		timeout := s.Timeout.Sim().Seconds()
		h := hit{of: link, field: "timeout", figures: []figure{of("timeouts", link), of("errors", link)}}
		longest := setup + p99
		if longest > timeout {
			h.text = fmt.Sprintf("is %s, and the work on one message in a hundred takes longer than %s", s.Timeout, seconds(longest))
		}
		for i := range s.EventSources {
			m := &s.EventSources[i]
			if batch := setup + float64(d.batchOf(m))*mean; batch > max(timeout, longest) {
				longest = batch
				h.text = fmt.Sprintf("is %s, and the work on a full batch of %d from %s takes %s on average", s.Timeout, d.batchOf(m),
					m.From, seconds(batch))
			}
		}
		if h.text == "" {
			return
		}
		if most := d.lambda.TimeoutMax.Sim().Seconds(); 2*longest <= most {
			h.fix = []string{fmt.Sprintf("%s.timeout=%s", link, rounded(2*longest))}
			for i := range s.EventSources { // AWS refuses a queue that hides its messages for less
				from := s.EventSources[i].From
				if q := at[sqs.Spec](d, from); q != nil && q.VisibilityTimeout.Sim().Seconds() < 12*longest {
					h.fix = append(h.fix, fmt.Sprintf("%s.visibility_timeout=%s", from, rounded(12*longest)))
				}
			}
		}
		report(h)
	})
}

// asynchronous returns who invokes a function without waiting for it: the path of the first link, or nothing.
func (d *design) asynchronous(link spec.Link) (by string) {
	say := func(who spec.Link, to spec.Link) {
		if to == link && by == "" {
			by = who.String()
		}
	}
	each(d, func(who spec.Link, s *sdk.ProducerSpec) {
		if s.Invocation == sdk.Asynchronous {
			say(who, s.To)
		}
	})
	each(d, func(who spec.Link, s *sns.Spec) {
		for i := range s.Subscriptions {
			say(who, s.Subscriptions[i].To)
		}
	})
	each(d, func(who spec.Link, s *eventbridge.Spec) {
		for i := range s.Rules {
			say(who, s.Rules[i].To)
		}
	})
	each(d, func(who spec.Link, s *storage.BucketSpec) {
		for i := range s.Notifications {
			say(who, s.Notifications[i].To)
		}
	})
	return by
}

func eventsLost(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *lambda.Spec) {
		by := d.asynchronous(link)
		if by == "" || s.Asynchronous.OnFailure != nil || s.Asynchronous.DeadLetter != nil || s.OnFailureTo != nil {
			return
		}
		h := hit{
			of: link, field: "asynchronous", mild: !d.canFail(link),
			text: fmt.Sprintf("events of %s that are given up, after %d more attempts, are discarded: there is neither on_failure nor "+
				"dead_letter", by, s.Asynchronous.MaximumRetryAttempts),
		}
		name := link.Name + "_failed"
		if d.doc.Component(spec.Link{Section: "queues", Name: name}) == nil {
			h.fix = []string{
				fmt.Sprintf("queues.%s={retention: %s}", name, longRetention),
				fmt.Sprintf("%s.asynchronous.on_failure=queues.%s", link, name),
			}
		}
		if !h.mild {
			h.figures = []figure{of("async_events_dropped", link), of("async_records", link)}
		}
		report(h)
	})
}

// offered returns how many invocations of a function the producers that ask it have under way at their peak, at the
// least.
func (d *design) offered(link spec.Link, s *lambda.Spec) (executions, rate float64, by []spec.Link) {
	setup, mean, _ := d.functionTime(s)
	takes := min(setup+mean, s.Timeout.Sim().Seconds())
	var k struct {
		Connections int64 `aws:"sdk.connections"`
	}
	d.Profile.Fill(&k)
	each(d, func(who spec.Link, p *sdk.ProducerSpec) {
		through := at[gateway.Spec](d, p.To)
		if p.To != link && (through == nil || through.To != link || through.Cache != nil) {
			return
		}
		by = append(by, who)
		own := d.peak(who)
		rate += own
		load := own * takes
		if p.Invocation == sdk.Synchronous { // a connection is busy until the answer is there
			connections := k.Connections
			if p.Connections != nil {
				connections = *p.Connections
			}
			load = min(load, float64(connections))
		}
		executions += load
	})
	return executions, rate, by
}

func concurrencyBelowLoad(d *design, report func(hit)) {
	unreserved, shared, waited := float64(d.lambda.Concurrent), 0.0, 0.0 // waited: with somebody who waits for the answer
	var heaviest hit
	most := 0.0
	each(d, func(link spec.Link, s *lambda.Spec) {
		load, rate, by := d.offered(link, s)
		h := hit{of: link, figures: append(figuresOf([]spec.Link{link}, "throttles"), figuresOf(by, "rejected")...)}
		events := d.asynchronous(link) != ""
		if r := s.ReservedConcurrency; r != nil {
			if unreserved -= float64(*r); *r > 0 && load > float64(*r) {
				d.reservedBelow(link, h, events, *r, load, rate, report)
			}
			return
		}
		if shared += load; !events {
			waited += load
		}
		if load > most {
			most, heaviest = load, h
			heaviest.text = fmt.Sprintf("has %.4g invocations under way at its peak, of %.4g requests a second", load, rate)
		}
	})
	if shared > unreserved && d.lambda.Concurrent < 1<<40 {
		if shared > most {
			heaviest.text += fmt.Sprintf(", %.4g with the other functions", shared)
		}
		heaviest.text += fmt.Sprintf("; the account has %.4g for those without a reservation", unreserved)
		if heaviest.mild = waited == 0; heaviest.mild {
			heaviest.text += ": events wait for their turn"
		}
		report(heaviest)
	}
}

// reservedBelow reports a function whose reservation is below its load. Events wait, and whoever bounds them may want
// it.
func (d *design) reservedBelow(
	link spec.Link, h hit, events bool, reserved int, load, rate float64, report func(hit),
) {
	h.field, h.mild = "reserved_concurrency", events
	h.text = fmt.Sprintf("is %d, and %.4g requests a second have %.4g invocations under way at once", reserved, rate, load)
	if events {
		h.text += ": events wait for their turn"
	}
	if need := math.Ceil(1.3 * load); need <= float64(d.lambda.Concurrent-d.lambda.UnreservedMin) {
		h.fix = []string{fmt.Sprintf("%s.reserved_concurrency=%.0f", link, need)}
	}
	report(h)
}

// Bounds of the rule memory-starves-cpu: what is gained in time, and what it may cost.
const (
	fasterAtLeast = 1.5
	dearerAtMost  = 1.2
)

func starvedCPU(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *lambda.Spec) {
		if s.Work == nil || s.Memory >= d.lambda.VCPUMemory || s.CPUShare == 0 || s.Edge || len(s.Calls) > 0 {
			return
		}
		faster := d.stretch(s)
		dearer := float64(d.lambda.VCPUMemory) / float64(s.Memory) / faster
		if faster < fasterAtLeast || dearer > dearerAtMost {
			return
		}
		report(hit{
			of: link, field: "memory",
			text: fmt.Sprintf("is %s: the work takes %.2g times as long as on a whole vCPU (%s), for %s less an invocation", s.Memory, faster,
				d.lambda.VCPUMemory, percent(1-1/dearer)),
			fix:     []string{fmt.Sprintf("%s.memory=%s", link, d.lambda.VCPUMemory)},
			figures: []figure{of("duration_p99_s", link), cost},
		})
	})
}
