package lint

import (
	"fmt"
	"strings"

	"weir/models/eventbridge"
	"weir/models/sns"
	"weir/models/spec"
	"weir/results"
	"weir/sim"
)

// Sources of the rules of topics and event buses.
const (
	guideDelivery = "SNS developer guide, docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html"
	guideRuleDead = "EventBridge user guide, eb-rule-dlq.md (awsdocs/amazon-eventbridge-user-guide @ec87295)"
)

var topicRules = []Rule{
	{
		ID: "endpoint-without-dead-letters", Severity: results.LintWarning,
		Title: "a web hook is subscribed without a dead-letter queue",
		Reason: "SNS tries an HTTP or HTTPS endpoint three times more, 20 seconds apart, unless a policy says otherwise, and for an hour at " +
			"the most; then the message is lost unless the subscription has a dead-letter queue.",
		Source: guideDelivery, Date: "2026", check: endpointsLose,
	},
	{
		ID: "subscription-without-dead-letters", Severity: results.LintAdvice,
		Title: "a queue, function or delivery stream is subscribed without a dead-letter queue",
		Reason: "SNS tries for 23 days when AWS fails, and not once more when access is denied or what was subscribed is gone: the message " +
			"is lost then, unless the subscription has a dead-letter queue.",
		Source: guideDelivery, Date: "2026", check: subscriptionsLose,
	},
	{
		ID: "delivery-retries-below-outage", Severity: results.LintWarning,
		Title: "an endpoint is out of reach for longer than SNS tries it",
		Reason: "The retries of a delivery policy end after their sum, an hour at the most. What was published at the beginning of a longer " +
			"outage is dead-lettered, or lost.",
		Source: guideDelivery, Date: "2026", check: retriesBelowOutage,
	},
	{
		ID: "rule-without-dead-letters", Severity: results.LintAdvice,
		Title: "a rule of an event bus has no dead-letter queue",
		Reason: "EventBridge tries for 24 hours and 185 times unless told otherwise, and not again when access is denied; then the event is " +
			"dropped, unless the rule has a dead-letter queue.",
		Source: guideRuleDead, Date: "2023-06", check: rulesLose,
	},
}

// eachSubscription calls f for each subscription.
func eachSubscription(d *design, f func(topic spec.Link, at string, t *sns.Spec, s *sns.SubscriptionSpec)) {
	each(d, func(link spec.Link, t *sns.Spec) {
		for i := range t.Subscriptions {
			f(link, fmt.Sprintf("subscriptions[%d]", i), t, &t.Subscriptions[i])
		}
	})
}

// deadFor returns the settings that give a part of a component a dead-letter queue.
func (d *design) deadFor(link spec.Link, at string) []string {
	name := strings.TrimSuffix(link.Name, spec.FIFO) + "_undelivered"
	if spec.IsFIFO(link) {
		name += spec.FIFO
	}
	if d.doc.Component(spec.Link{Section: "queues", Name: name}) != nil {
		return nil
	}
	return []string{
		fmt.Sprintf("queues.%s={retention: %s}", name, longRetention),
		fmt.Sprintf("%s.%s.dead_letter=queues.%s", link, at, name),
	}
}

// web reports whether an endpoint is reached by HTTP.
func web(e *sns.EndpointSpec) bool { return e.Protocol == "http" || e.Protocol == "https" }

func endpointsLose(d *design, report func(hit)) {
	eachSubscription(d, func(topic spec.Link, where string, _ *sns.Spec, s *sns.SubscriptionSpec) {
		e := at[sns.EndpointSpec](d, s.To)
		if e == nil || !web(e) || s.DeadLetter != nil {
			return
		}
		h := hit{
			of: topic, field: where, text: fmt.Sprintf("what cannot be delivered to %s is lost: there is no dead_letter", s.To),
			fix: d.deadFor(topic, where),
		}
		if h.fix != nil {
			h.figures = []figure{of("lost", topic), of("dead_lettered", topic)}
		}
		report(h)
	})
}

func subscriptionsLose(d *design, report func(hit)) {
	eachSubscription(d, func(topic spec.Link, where string, _ *sns.Spec, s *sns.SubscriptionSpec) {
		if s.To.Section == "endpoints" || s.DeadLetter != nil {
			return
		}
		report(hit{
			of: topic, field: where, text: fmt.Sprintf("what cannot be delivered to %s is lost: there is no dead_letter", s.To),
			fix: d.deadFor(topic, where),
		})
	})
}

func retriesBelowOutage(d *design, report func(hit)) {
	eachSubscription(d, func(topic spec.Link, where string, t *sns.Spec, s *sns.SubscriptionSpec) {
		e := at[sns.EndpointSpec](d, s.To)
		if e == nil || !web(e) {
			return
		}
		total, at := sns.HTTP.Total(), where
		if t.DeliveryPolicy != nil {
			total, at = t.DeliveryPolicy.Total(), "delivery_policy"
		}
		if s.DeliveryPolicy != nil {
			total, at = s.DeliveryPolicy.Total(), where+".delivery_policy"
		}
		longest := spec.Duration(0)
		for _, o := range e.Outages {
			longest = max(longest, o.For)
		}
		if longest.Sim() <= total {
			return
		}
		h := hit{
			of: topic, field: at,
			text: fmt.Sprintf("%s is tried again for %s, and is out of reach for %s", s.To, spec.Duration(total), longest),
		}
		if longest.Sim() < 30*sim.Minute {
			h.fix = []string{fmt.Sprintf("%s.%s.delivery_policy={num_retries: 20, min_delay_target: 5s, max_delay_target: 5m, "+
				"backoff_function: exponential}", topic, where)}
			h.figures = []figure{of("lost", topic), of("dead_lettered", topic)}
		}
		report(h)
	})
}

func rulesLose(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *eventbridge.Spec) {
		for i := range s.Rules {
			if s.Rules[i].DeadLetter != nil {
				continue
			}
			where := fmt.Sprintf("rules[%d]", i)
			report(hit{
				of: link, field: where,
				text: fmt.Sprintf("what cannot be delivered to %s is dropped: there is no dead_letter", s.Rules[i].To),
				fix:  d.deadFor(link, where),
			})
		}
	})
}
