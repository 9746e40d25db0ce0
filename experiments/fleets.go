package experiments

import (
	"fmt"

	"weir/experiments/scenario"
	"weir/models/aws"
	"weir/models/ec2"
	"weir/models/iam"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/storage"
)

func buildDatabase(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*storage.Spec)
	class, err := aws.LookUpDatabaseClass(s.Instance)
	if err != nil {
		b.fail(c, "instance", "%s", err)
	}
	constants := new(aws.DatabaseConstants)
	b.profile.Fill(constants)
	return storage.NewDatabase(b.eng, c.Path(), s, constants.MaxConnections(string(s.Engine), class))
}

// fleetConstants are the constants that a fleet takes from the profile.
type fleetConstants struct {
	Publish          spec.Durations `aws:"sdk.sns.publish.latency"`
	PutRecord        spec.Durations `aws:"sdk.kinesis.put.latency"`
	Send             spec.Durations `aws:"sdk.sqs.send.latency"`
	Receive          spec.Durations `aws:"sdk.sqs.receive.latency"`
	Delete           spec.Durations `aws:"sdk.sqs.delete.latency"`
	ChangeVisibility spec.Durations `aws:"sdk.sqs.change_visibility.latency"`
	Faults           spec.Share     `aws:"sdk.fault_share"`
	Launch           spec.Durations `aws:"ec2.launch_time"`
	RefusedPause     spec.Duration  `aws:"sdk.refused_pause"`
	BatchMax         int64          `aws:"sqs.batch_size_max"`
	InstantPolling   bool           `aws:"sqs.instant_polling"`
	WaitTimeMax      spec.Duration  `aws:"sqs.wait_time_max"`
	VisibilityMax    spec.Duration  `aws:"sqs.visibility_timeout_max"`
}

// inHandMax is how many messages the threads of a fleet may have in hand: there is room for all of them from the start.
const inHandMax = 10_000_000

func buildFleet(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*ec2.Spec)
	k, rules := new(fleetConstants), new(sdk.RetryRules)
	b.profile.Fill(k)
	b.profile.Fill(rules)
	inbox, ok := linked[ec2.Inbox](b, c, "from", s.From)
	size, err := aws.LookUpInstance(s.Instance.Type)
	if err != nil {
		b.fail(c, "instance.type", "%s", err)
	}
	if int64(s.Receive.MaxMessages) > k.BatchMax {
		b.fail(c, "receive.max_messages", "a receive returns at most %d messages", k.BatchMax)
	}
	parts := ec2.Parts{Group: b.groupParts(c, s, size)}
	switch threads := fleetThreads(s, parts.Group); {
	case threads > 1_000_000:
		b.fail(c, "instance.threads", "the fleet has %d threads: at most 1,000,000", threads)
	case threads*s.Receive.MaxMessages > inHandMax:
		b.fail(c, "receive.max_messages", "the %d threads may have %d messages in hand: at most %d", threads,
			threads*s.Receive.MaxMessages, inHandMax)
	}
	parts = ec2.Parts{
		Inbox: inbox, VCPUs: size.VCPUs, FaultShare: float64(k.Faults), Rules: rules, Recovery: k.Launch.Dist(),
		Group:  parts.Group,
		Digits: b.doc.Run.HistogramDigits, BatchMax: int(k.BatchMax), InstantPolling: k.InstantPolling,
		RefusedPause: k.RefusedPause.Sim(),
		Latencies: ec2.Latencies{
			Receive: k.Receive.Dist(), Delete: k.Delete.Dist(), ChangeVisibility: k.ChangeVisibility.Dist(), Send: k.Send.Dist(),
		},
	}
	parts.Struck = ec2.Struck{Queue: b.faultState(s.From), Work: b.workState(c.Link)}
	b.checkSpin(c, s, k)
	b.checkReceive(c, s, k)
	if s.Failures.Recovery != nil {
		parts.Recovery = s.Failures.Recovery.Dist()
	}
	if s.Work != nil {
		parts.Work.Message = s.Work.Dist()
	}
	if s.BatchWork != nil {
		parts.Work.Batch = s.BatchWork.Dist()
	}
	parts.Denied, parts.ReceiveKeys = b.receiveDenials(c, s), b.receiveKeys(c, s.From)
	if parts.Denied.Receive != nil {
		parts.ReceiveKeys = nil
	}
	ok = b.sendOn(c, s, k, &parts) && ok
	ok = b.fleetPayloads(c, s, &parts) && ok
	databases := make([]*storage.Database, len(s.Calls))
	for i := range s.Calls {
		var found bool
		databases[i], found = linked[*storage.Database](b, c, fmt.Sprintf("calls.%d.to", i), s.Calls[i].To)
		ok = ok && found
		parts.Work.Calls = append(parts.Work.Calls, s.Calls[i].Time.Dist())
	}
	parts.Downstream = func(call int) ec2.Downstream {
		pool := s.Instance.Threads
		if s.Calls[call].Pool != nil {
			pool = *s.Calls[call].Pool
		}
		return b.pool(c, s.Calls[call].To, databases[call].NewPool(pool, s.Calls[call].PoolTimeout.Sim()))
	}
	if !ok || len(b.problems) > 0 {
		return nil
	}
	f := ec2.New(b.eng, b.store, c.Path(), s, parts)
	b.after = append(b.after, f.Start, func() { b.scale(c, s, f) })
	return f
}

// fleetThreads returns how many threads a fleet has at the most.
func fleetThreads(s *ec2.Spec, g *ec2.GroupParts) int {
	if g == nil {
		return s.Instances * s.Instance.Threads
	}
	most := s.Instance.Threads
	for _, k := range g.Kinds {
		most = max(most, k.Threads)
	}
	return s.Scaling.Max * most
}

// sendOn gives a fleet the queue or topic that it sends processed messages on to, if there is one.
func (b *builder) sendOn(c *scenario.Component, s *ec2.Spec, k *fleetConstants, parts *ec2.Parts) bool {
	if s.Then == nil {
		return true
	}
	then, ok := linked[sdk.Inlet](b, c, "then", *s.Then)
	parts.Outbox, parts.SendKeys, parts.Struck.Then = then, b.sendKeys(c, *s.Then), b.faultState(*s.Then)
	switch s.Then.Section {
	case "topics":
		parts.Latencies.Send = k.Publish.Dist()
	case streamSection:
		parts.Latencies.Send = k.PutRecord.Dist()
	case deliverySection:
		parts.Latencies.Send = b.deliveryConstants().Put.Dist()
	}
	if d := b.sendDenial(c, *s.Then); d != nil {
		parts.Outbox, parts.SendKeys = iam.Closed{Denial: d}, nil
	}
	return ok
}

// checkReceive refuses what the queue would answer with an error.
func (b *builder) checkReceive(c *scenario.Component, s *ec2.Spec, k *fleetConstants) {
	if w := s.Receive.WaitTime; w != nil {
		b.within(c, "receive.wait_time", *w, 0, k.WaitTimeMax)
	}
	if v := s.Receive.VisibilityTimeout; v != nil {
		b.within(c, "receive.visibility_timeout", *v, 0, k.VisibilityMax)
	}
	if h := s.Heartbeat; h != nil {
		b.within(c, "heartbeat.extend", h.Extend, 0, k.VisibilityMax)
	}
}

// checkSpin refuses a fleet that would poll again and again without time passing.
func (b *builder) checkSpin(c *scenario.Component, s *ec2.Spec, k *fleetConstants) {
	takesTime := k.Receive.Dist().Mean() > 0 || s.Receive.Pause != nil
	explicit := s.Receive.WaitTime != nil
	if !takesTime && (explicit && *s.Receive.WaitTime == 0 || !explicit && !k.InstantPolling) {
		b.fail(c, "receive", "a short poll takes no time in profile %s and would repeat for ever: set receive.pause, for "+
			"example 1s", b.profile.Name)
	}
}
