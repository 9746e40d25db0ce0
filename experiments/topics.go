package experiments

import (
	"fmt"

	"weir/experiments/scenario"
	"weir/models/iam"
	"weir/models/meter"
	"weir/models/sns"
	"weir/models/spec"
)

// The sections of SNS. Topics deliver to queues and endpoints, which are built before them.
var (
	endpointKind = kind{
		scenario.SectionOf[sns.EndpointSpec]("endpoints", "Subscribers of topics that are not queues, by name."), buildEndpoint,
	}
	topicKind = kind{
		scenario.SectionOf[sns.Spec]("topics", "SNS topics, by name; those of FIFO topics end in .fifo."), buildTopic,
	}
)

func buildEndpoint(b *builder, c *scenario.Component) meter.Component {
	limits := new(sns.Limits)
	b.profile.Fill(limits)
	return sns.NewEndpoint(b.eng, b.store, c.Path(), c.Spec.(*sns.EndpointSpec), limits, b.doc.Run.HistogramDigits)
}

func buildTopic(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*sns.Spec)
	limits := new(sns.Limits)
	b.profile.Fill(limits)
	switch fifo := spec.IsFIFO(c.Link); {
	case fifo && !s.FIFOTopic:
		b.fail(c, "", "a name that ends in .fifo is a FIFO topic's: set fifo_topic: true, or choose another name")
	case !fifo && s.FIFOTopic:
		b.fail(c, "fifo_topic", "the name of a FIFO topic ends in .fifo: call it %s.fifo", c.Link.Name)
	case s.FIFOThroughputScope == sns.ScopeGroup && !limits.FIFOGroupScope:
		b.fail(c, "fifo_throughput_scope", "there is no scope %s in profile %s", sns.ScopeGroup, b.profile.Name)
	}
	t := sns.New(b.eng, b.store, c.Path(), s, limits, b.publishQuota(limits))
	for i := range s.Subscriptions {
		if to, ok := b.subscriber(c, fmt.Sprintf("subscriptions[%d]", i), &s.Subscriptions[i]); ok {
			t.Subscribe(&s.Subscriptions[i], to)
		}
	}
	for _, problem := range t.Check() {
		b.fail(c, problem.Field, "%s", problem.Text)
	}
	return t
}

// publishQuota returns the account's quota, which all topics share.
func (b *builder) publishQuota(limits *sns.Limits) *sns.Quota {
	for i := range b.doc.Components {
		if t, ok := b.built[b.doc.Components[i].Link].(*sns.Topic); ok {
			return t.Quota()
		}
	}
	return sns.NewQuota(limits)
}

// subscriber returns who a subscription leads to.
func (b *builder) subscriber(c *scenario.Component, field string, s *sns.SubscriptionSpec) (sns.Subscriber, bool) {
	to := sns.Subscriber{Name: s.To.String()}
	var ok bool
	if e, found := b.built[s.To].(*sns.Endpoint); found {
		to.Receiver, to.Protocol, ok = disturbed[sns.Receiver](b, c, field+".to", s.To, e), e.Protocol(), true
	} else if s.To.Section == functionSection {
		to.Receiver, ok = linked[sns.Receiver](b, c, field+".to", s.To)
		to.Protocol = sns.ProtocolLambda
		if d := b.sendDenial(c, s.To); d != nil {
			to.Receiver = closedFunction{d}
		}
	} else if s.To.Section == deliverySection {
		to.Receiver, ok = linked[sns.Receiver](b, c, field+".to", s.To)
		to.Protocol = sns.ProtocolFirehose
		if d := b.sendDenial(c, s.To); d != nil {
			to.Receiver = closedFunction{d}
		}
	} else {
		to.Queue, ok = linked[sns.Queue](b, c, field+".to", s.To)
		to.Protocol, to.FIFO, to.Keys = sns.ProtocolSQS, spec.IsFIFO(s.To), b.sendKeys(c, s.To)
		if d := b.sendDenial(c, s.To); d != nil {
			to.Queue, to.Keys = iam.Closed{Denial: d}, nil
		}
	}
	if s.DeadLetter == nil {
		return to, ok
	}
	dead, found := linked[sns.DeadLetters](b, c, field+".dead_letter", *s.DeadLetter)
	to.DeadLetters = dead
	if d := b.sendDenial(c, *s.DeadLetter); d != nil {
		to.DeadLetters = iam.Closed{Denial: d}
	}
	if spec.IsFIFO(*s.DeadLetter) != to.FIFO {
		b.fail(c, field+".dead_letter", "the dead-letter queue of a subscribed FIFO queue must be a FIFO queue, and of any "+
			"other subscriber a standard one")
	}
	return to, ok && found
}
