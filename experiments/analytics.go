package experiments

import (
	"fmt"

	"weir/experiments/scenario"
	"weir/models/analytics"
	"weir/models/iam"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/stream"
)

// analyticsSection is the key of the section of applications that work on streams.
const analyticsSection = "analytics"

// analyticsKind is the section of applications that work on streams. What they send to is connected when all components
// exist.
var analyticsKind = kind{
	scenario.SectionOf[analytics.Spec](analyticsSection, "Applications of Apache Flink or SQL that work on a stream, by name."),
	buildAnalytics,
}

// analyticsConstants are the constants that an application takes from the profile beside its own.
type analyticsConstants struct {
	Get  spec.Durations `aws:"sdk.kinesis.get.latency"`
	Push spec.Durations `aws:"kinesis.efo.push"`
}

func buildAnalytics(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*analytics.Spec)
	limits, k := new(analytics.Limits), new(analyticsConstants)
	b.profile.Fill(limits)
	b.profile.Fill(k)
	for _, problem := range analytics.Check(s, limits) {
		b.fail(c, problem.Field, "%s", problem.Text)
	}
	source, ok := linked[stream.Source](b, c, "from", s.From)
	if d := b.readDenial(c, s.From, s.EnhancedFanOut); d != nil {
		b.fail(c, "from", "the role may not %s on %s, and the application does not start: %s", d.Action, d.Resource, d.Reason)
	}
	if !ok || len(b.problems) > 0 {
		return nil
	}
	parts := analytics.Parts{
		Source: source, Limits: limits, Get: k.Get.Dist(), Push: k.Push.Dist(), Digits: b.doc.Run.HistogramDigits,
	}
	parts.Records, parts.Bytes = b.readCall(s.From)
	a := analytics.New(b.eng, b.store, c.Path(), s, parts)
	b.after = append(b.after, func() { b.sendResults(c, s, a) })
	return a
}

// sendResults connects what an application sends its results to.
func (b *builder) sendResults(c *scenario.Component, s *analytics.Spec, a *analytics.Application) {
	k, rules := new(functionConstants), new(sdk.RetryRules)
	b.profile.Fill(k)
	b.profile.Fill(rules)
	for i, link := range s.Then {
		to, ok := linked[sdk.Inlet](b, c, fmt.Sprintf("then[%d]", i), link)
		if !ok {
			return
		}
		parts := sdk.ForwarderParts{
			To: to, Latency: k.latencyTo(link), FaultShare: float64(k.Faults), Keys: b.sendKeys(c, link),
			Faults:  b.faultState(link),
			Retries: []*sdk.Retry{sdk.NewRetry(s.Retry, rules, b.eng.Rand(fmt.Sprintf("%s/send/%d/retry", c.Path(), i)))},
		}
		if d := b.sendDenial(c, link); d != nil {
			parts.To, parts.Keys = iam.Closed{Denial: d}, nil
		}
		a.SendOn(link.String(), parts)
	}
}
