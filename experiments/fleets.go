package experiments

import (
	"fmt"

	"weir/experiments/scenario"
	"weir/models/aws"
	"weir/models/calls"
	"weir/models/ec2"
	"weir/models/gateway"
	"weir/models/iam"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/models/storage"
	"weir/sim/random"
)

func buildDatabase(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*storage.Spec)
	class, err := aws.LookUpDatabaseClass(s.Instance)
	if err != nil {
		b.fail(c, "instance", "%s", err)
	}
	constants, times := new(aws.DatabaseConstants), new(storage.DatabaseTimes)
	b.profile.Fill(constants)
	b.profile.Fill(times)
	return storage.NewDatabase(b.eng, c.Path(), s, storage.Class{
		Connections: constants.MaxConnections(string(s.Engine), class), VCPUs: class.VCPUs, Times: times,
	})
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
	inbox, ok := b.inbox(c, s, k)
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
	parts.Struck = ec2.Struck{Queue: b.faultState(s.From.First()), Work: b.workState(c.Link)}
	if serves(s) {
		parts.Latencies = ec2.Latencies{Send: parts.Latencies.Send}
		b.checkServing(c, s)
	} else {
		b.checkSpin(c, s, k)
		b.checkReceive(c, s, k)
	}
	if s.Failures.Recovery != nil {
		parts.Recovery = s.Failures.Recovery.Dist()
	}
	if s.Work != nil {
		parts.Work.Message = s.Work.Dist()
	}
	if s.BatchWork != nil {
		parts.Work.Batch = s.BatchWork.Dist()
	}
	if len(s.From) == 1 {
		parts.Denied, parts.ReceiveKeys = b.receiveDenials(c, s, s.From.First()), b.receiveKeys(c, s.From.First())
		if parts.Denied.Receive != nil {
			parts.ReceiveKeys = nil
		}
	}
	ok = b.sendOn(c, s, k, &parts) && ok
	ok = b.fleetPayloads(c, s, &parts) && ok
	ok = b.fleetCalls(c, s, &parts) && ok
	if !ok || len(b.problems) > 0 {
		return nil
	}
	f := ec2.New(b.eng, b.store, c.Path(), s, parts)
	b.after = append(b.after, f.Start, func() { b.scale(c, s, f) })
	return f
}

// serves reports whether a fleet serves requests instead of consuming a queue.
func serves(s *ec2.Spec) bool { return len(s.From) == 0 }

// inbox returns what a fleet gets its messages from: its queue, or the load balancer that leads to it.
func (b *builder) inbox(c *scenario.Component, s *ec2.Spec, k *fleetConstants) (ec2.Inbox, bool) {
	if !serves(s) {
		return b.queuesOf(c, s, k)
	}
	var found *gateway.Gateway
	for i := range b.doc.Components {
		g := &b.doc.Components[i]
		if front, ok := g.Spec.(*gateway.Spec); ok && front.To == c.Link {
			if found != nil {
				b.fail(g, "to", "%s has a load balancer already: %s", c.Link, found.Name())
				return nil, false
			}
			if found, ok = b.built[g.Link].(*gateway.Gateway); !ok {
				return nil, false // what is wrong with it has been told
			}
		}
	}
	if found == nil {
		b.fail(c, "from", "is needed: a queue to consume, or a gateway of type load_balancer that leads to this fleet")
		return nil, false
	}
	return found.Targets(), true
}

// balancerOf returns the load balancer in front of a fleet, or nil.
func (b *builder) balancerOf(fleet spec.Link) *gateway.Gateway {
	for i := range b.doc.Components {
		g := &b.doc.Components[i]
		if front, ok := g.Spec.(*gateway.Spec); ok && front.To == fleet {
			if balancer, ok := b.built[g.Link].(*gateway.Gateway); ok {
				return balancer
			}
		}
	}
	return nil
}

// checkServing refuses settings that only the consumers of a queue have.
func (b *builder) checkServing(c *scenario.Component, s *ec2.Spec) {
	const why = "has no meaning for a fleet that serves requests"
	for field, set := range map[string]bool{
		"heartbeat": s.Heartbeat != nil, "extended_client": s.ExtendedClient != nil, "batch_work": s.BatchWork != nil,
		"receive.wait_time": s.Receive.WaitTime != nil, "receive.pause": s.Receive.Pause != nil,
		"receive.visibility_timeout": s.Receive.VisibilityTimeout != nil,
		"on_error":                   s.OnError != ec2.OnErrorWait, "delete": s.Delete != ec2.DeleteEach,
	} {
		if set {
			b.fail(c, field, why)
		}
	}
}

// fleetCalls gives a fleet what its work calls.
func (b *builder) fleetCalls(c *scenario.Component, s *ec2.Spec, parts *ec2.Parts) bool {
	made, ok := make([]func() calls.Downstream, len(s.Calls)), true
	for i := range s.Calls {
		k := &s.Calls[i]
		pool := s.Instance.Threads
		if k.Pool != nil {
			pool = *k.Pool
		}
		made[i] = b.call(c, callDesign{
			field: fmt.Sprintf("calls.%d", i), to: k.To, time: k.Time, pool: pool, poolTimeout: k.PoolTimeout,
			policy: &k.PolicySpec,
		})
		ok = ok && made[i] != nil
		parts.Work.Calls = append(parts.Work.Calls, timeOf(k.Time))
	}
	parts.Downstream = func(call int) ec2.Downstream { return made[call]() }
	return ok
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
	ok := true
	for i := range s.Then {
		then, found := b.wayOn(c, fmt.Sprintf("then[%d].to", i), s.Then[i].To, b.fleetLatency(k, s.Then[i].To))
		then.FaultShare = float64(k.Faults)
		ok = ok && found
		parts.Then = append(parts.Then, sdk.RouterTarget{Spec: &s.Then[i], ForwarderParts: then})
	}
	if to := s.OnFailureTo; to != nil {
		failed, found := b.wayOn(c, "on_failure_to.to", to.To, b.fleetLatency(k, to.To))
		failed.FaultShare = float64(k.Faults)
		ok = ok && found
		parts.Compensation = &failed
	}
	return ok
}

// wayOn returns what sends messages by a link.
func (b *builder) wayOn(
	c *scenario.Component, field string, to spec.Link, latency random.Dist,
) (parts sdk.ForwarderParts, ok bool) {
	parts = sdk.ForwarderParts{Latency: latency, Keys: b.sendKeys(c, to), Faults: b.faultState(to)}
	parts.To, ok = linked[sdk.Inlet](b, c, field, to)
	if d := b.sendDenial(c, to); d != nil {
		parts.To, parts.Keys = iam.Closed{Denial: d}, nil
	}
	return parts, ok
}

// fleetLatency returns the round trip of a fleet's sends by a link.
func (b *builder) fleetLatency(k *fleetConstants, to spec.Link) random.Dist {
	if to.Section == functionSection {
		return k.Send.Dist()
	}
	all := new(functionConstants)
	b.profile.Fill(all)
	return all.latencyTo(to)
}

// queuesOf returns what a fleet gets its messages from: its queue, or several with an order.
func (b *builder) queuesOf(c *scenario.Component, s *ec2.Spec, k *fleetConstants) (ec2.Inbox, bool) {
	if len(s.From) == 1 {
		return linked[ec2.Inbox](b, c, "from", s.From.First())
	}
	if n := len(s.From); n > ec2.QueuesMax {
		b.fail(c, "from", "names %d queues: a fleet reads at most %d", n, ec2.QueuesMax)
		return nil, false
	}
	var queues []ec2.Inbox
	var keys []sdk.Encryption
	var weights []float64
	seen, total := map[spec.Link]bool{}, 0.0
	for i := range s.From {
		from := &s.From[i]
		field := fmt.Sprintf("from[%d]", i)
		queue, ok := linked[ec2.Inbox](b, c, field+".queue", from.Queue)
		if !ok {
			return nil, false
		}
		if seen[from.Queue] {
			b.fail(c, field, "names %s again", from.Queue)
		}
		seen[from.Queue] = true
		if (from.Weight == nil) != (s.From[0].Weight == nil) {
			b.fail(c, field, "give all queues a weight, or none: without weights they are read in their order")
		}
		if from.Weight != nil {
			weights = append(weights, float64(*from.Weight))
			total += float64(*from.Weight)
		}
		denied, key := b.receiveDenials(c, s, from.Queue), b.receiveKeys(c, from.Queue)
		if denied.Receive != nil {
			key = nil
		}
		queues, keys = append(queues, ec2.Gate(queue, denied)), append(keys, key)
	}
	if weights != nil && !(total > 0) {
		b.fail(c, "from", "at least one weight must be above 0")
	}
	if k.InstantPolling {
		b.checkOwnDeadLetters(c, s, seen)
	}
	return ec2.NewPriority(b.eng, c.Path(), queues, keys, weights, k.Receive.Dist(), k.InstantPolling), true
}

// checkOwnDeadLetters refuses a queue beside its own dead-letter queue, where a receive waits at both at once.
func (b *builder) checkOwnDeadLetters(c *scenario.Component, s *ec2.Spec, read map[spec.Link]bool) {
	for i := range s.From {
		source := b.doc.Component(s.From[i].Queue)
		if q, ok := source.Spec.(*sqs.Spec); ok && q.Redrive != nil && read[q.Redrive.To] {
			b.fail(c, fmt.Sprintf("from[%d]", i), "is read with its own dead-letter queue, %s: in profile %s, where receives wait "+
				"at all queues at once, give that one a fleet of its own", q.Redrive.To, b.profile.Name)
		}
	}
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
