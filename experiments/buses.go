package experiments

import (
	"fmt"

	"weir/experiments/scenario"
	"weir/models/eventbridge"
	"weir/models/iam"
	"weir/models/lambda"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/spec"
)

// busSection is the key of the section of event buses.
const busSection = "event_buses"

// busKind is the section of event buses. Their targets are connected when all components exist.
var busKind = kind{
	scenario.SectionOf[eventbridge.Spec](busSection, "Event buses of EventBridge, by name."), buildBus,
}

func buildBus(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*eventbridge.Spec)
	limits := new(eventbridge.Limits)
	b.profile.Fill(limits)
	bus := eventbridge.New(b.eng, b.store, c.Path(), s, limits)
	b.after = append(b.after, func() {
		for i := range s.Rules {
			b.addRule(c, fmt.Sprintf("rules[%d]", i), &s.Rules[i], bus)
		}
	})
	return bus
}

// addRule connects a rule with its target.
func (b *builder) addRule(c *scenario.Component, field string, r *eventbridge.RuleSpec, bus *eventbridge.Bus) {
	if spec.IsFIFO(r.To) {
		b.fail(c, field+".to", "a rule delivers to standard queues and topics here, and %s is a FIFO one", r.To)
	}
	to, ok := linked[sdk.Inlet](b, c, field+".to", r.To)
	if !ok {
		return
	}
	if f, is := to.(*lambda.Function); is {
		to = lambda.ServiceInlet{Function: f}
	}
	target := eventbridge.Target{Name: r.To.String(), To: to, Keys: b.sendKeys(c, r.To)}
	if d := b.sendDenial(c, r.To); d != nil {
		target.To, target.Keys = iam.Closed{Denial: d}, nil
	}
	if r.DeadLetter != nil {
		dead, found := linked[lambda.DeadLetters](b, c, field+".dead_letter", *r.DeadLetter)
		if !found {
			return
		}
		if target.DeadLetters = dead; b.sendDenial(c, *r.DeadLetter) != nil {
			target.DeadLetters = iam.Closed{Denial: b.sendDenial(c, *r.DeadLetter)}
		}
	}
	bus.Add(r, target)
}
