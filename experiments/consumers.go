package experiments

import (
	"fmt"

	"weir/experiments/scenario"
	"weir/models/aws"
	"weir/models/calls"
	"weir/models/iam"
	"weir/models/kcl"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
)

// consumerSection is the key of the section of applications that consume streams.
const consumerSection = "consumers"

// consumerKind is the section of applications that consume streams.
var consumerKind = kind{
	scenario.SectionOf[kcl.Spec](consumerSection, "Applications that consume streams with the KCL or the SDK, by name."),
	buildConsumer,
}

// consumerConstants are the constants that an application takes from the profile beside the library's own.
type consumerConstants struct {
	functionConstants
	Launch spec.Durations `aws:"ec2.launch_time"`
}

func buildConsumer(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*kcl.Spec)
	k, limits, rules := new(consumerConstants), new(kcl.Limits), new(sdk.RetryRules)
	b.profile.Fill(k)
	b.profile.Fill(limits)
	b.profile.Fill(rules)
	source, ok := linked[stream.Source](b, c, "from", s.From)
	way, problems := kcl.Resolve(s, limits, s.From.Section != tableSection)
	for _, problem := range problems {
		b.fail(c, problem.Field, "%s", problem.Text)
	}
	parts := kcl.Parts{
		Source: source, Way: way, Limits: limits, VCPUs: b.hostSize(c, s), Recovery: k.Launch.Dist(), Rules: rules,
		Digits: b.doc.Run.HistogramDigits, Faults: b.workState(c.Link),
	}
	if s.Failures.Recovery != nil {
		parts.Recovery = s.Failures.Recovery.Dist()
	}
	if s.Work != nil {
		parts.Work.Record = s.Work.Dist()
	}
	if s.BatchWork != nil {
		parts.Work.Batch = s.BatchWork.Dist()
	}
	ok = b.consumerCalls(c, s, &parts) && ok
	ok = b.consumerThen(c, s, k, &parts) && ok
	if d := b.readDenial(c, s.From, way.Pushed); d != nil {
		parts.Source = closedReads{source, d}
	}
	if !ok || len(b.problems) > 0 {
		return nil
	}
	return kcl.New(b.eng, b.store, c.Path(), s, parts)
}

// hostSize returns the vCPUs of an application's hosts.
func (b *builder) hostSize(c *scenario.Component, s *kcl.Spec) int {
	if s.Host.Type == kcl.OnPremises {
		if s.Host.VCPUs != nil {
			return *s.Host.VCPUs
		}
		return 2
	}
	size, err := aws.LookUpInstance(s.Host.Type)
	if err != nil {
		b.fail(c, "host.type", "%s", err)
	}
	return size.VCPUs
}

// consumerCalls gives an application what its work calls.
func (b *builder) consumerCalls(c *scenario.Component, s *kcl.Spec, parts *kcl.Parts) bool {
	made, all := make([]func() calls.Downstream, len(s.Calls)), true
	for i := range s.Calls {
		k := &s.Calls[i]
		made[i] = b.call(c, callDesign{
			field: fmt.Sprintf("calls.%d", i), to: k.To, time: k.Time, pool: k.Pool, poolTimeout: k.PoolTimeout,
			policy: &k.PolicySpec,
		})
		all = all && made[i] != nil
		parts.Work.Calls = append(parts.Work.Calls, timeOf(k.Time))
	}
	parts.Downstream = func(call int) kcl.Downstream { return made[call]() }
	return all
}

// consumerThen gives an application what it sends processed records on to.
func (b *builder) consumerThen(c *scenario.Component, s *kcl.Spec, k *consumerConstants, parts *kcl.Parts) bool {
	if s.Then == nil {
		return true
	}
	to, ok := linked[sdk.Inlet](b, c, "then", *s.Then)
	then := &sdk.ForwarderParts{
		To: to, Latency: k.latencyTo(*s.Then), FaultShare: float64(k.Faults), Keys: b.sendKeys(c, *s.Then),
		Faults: b.faultState(*s.Then),
	}
	if d := b.sendDenial(c, *s.Then); d != nil {
		then.To, then.Keys = iam.Closed{Denial: d}, nil
	}
	parts.Then = then
	return ok
}

// closedReads is a stream as it answers an application that may not read it: each read ends with AccessDenied.
type closedReads struct {
	stream.Source
	*iam.Denial
}

// Permit denies a read.
func (c closedReads) Permit(*stream.Fetcher, int) sim.Duration {
	_ = c.Deny()
	return sim.Second
}
