package experiments

import (
	"fmt"
	"slices"

	"weir/experiments/scenario"
	"weir/models/aws"
	"weir/models/calls"
	"weir/models/iam"
	"weir/models/lambda"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/models/stream"
	"weir/sim/random"
)

// functionSection is the key of the section of Lambda functions.
const functionSection = "functions"

// functionKind is the section of Lambda functions. What they send to is connected when all components exist.
var functionKind = kind{
	scenario.SectionOf[lambda.Spec](functionSection, "Lambda functions, by name."), buildFunction,
}

// functionConstants are the constants that a function takes from the profile beside Lambda's own.
type functionConstants struct {
	Publish   spec.Durations `aws:"sdk.sns.publish.latency"`
	Send      spec.Durations `aws:"sdk.sqs.send.latency"`
	Invoke    spec.Durations `aws:"sdk.lambda.invoke.latency"`
	PutEvents spec.Durations `aws:"sdk.eventbridge.put.latency"`
	PutItem   spec.Durations `aws:"sdk.dynamodb.put.latency"`
	Receive   spec.Durations `aws:"sdk.sqs.receive.latency"`
	Delete    spec.Durations `aws:"sdk.sqs.delete.latency"`
	PutRecord spec.Durations `aws:"sdk.kinesis.put.latency"`
	Deliver   spec.Durations `aws:"sdk.firehose.put.latency"`
	Push      spec.Durations `aws:"kinesis.efo.push"`
	Get       spec.Durations `aws:"sdk.kinesis.get.latency"`
	Faults    spec.Share     `aws:"sdk.fault_share"`
	BatchMax  int64          `aws:"sqs.batch_size_max"`
}

func buildFunction(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*lambda.Spec)
	account := b.lambdaAccount()
	limit := account.Limits()
	for _, problem := range lambda.Check(s, limit) {
		b.fail(c, problem.Field, "%s", problem.Text)
	}
	parts := &lambda.Parts{Account: account, Limits: limit, Digits: b.doc.Run.HistogramDigits}
	parts.Custom = s.Package.Image != nil || lambda.CustomRuntime(s.Runtime)
	b.coldStart(c, s, limit, parts)
	ok := b.functionCalls(c, s, parts)
	b.functionRole(c, s, parts)
	if !ok || len(b.problems) > 0 {
		return nil
	}
	f := lambda.New(b.eng, b.store, c.Path(), s, parts)
	if service, code := b.serviceState(c.Link), b.workState(c.Link); service != nil || code != nil {
		f.Disturb(service, code)
	}
	b.after = append(b.after, func() {
		b.sendFrom(c, s, f)
		b.eventSources(c, s, f, limit)
		f.Start()
	})
	return f
}

// lambdaAccount returns what all functions share.
func (b *builder) lambdaAccount() *lambda.Account {
	if b.account == nil {
		limit := new(lambda.Limits)
		b.profile.Fill(limit)
		b.account = lambda.NewAccount(b.eng, limit)
		b.extra = append(b.extra, b.account)
		b.last = append(b.last, b.checkConcurrency)
	}
	return b.account
}

// checkConcurrency refuses reservations that leave too little of the account's concurrency.
func (b *builder) checkConcurrency() {
	limit := b.account.Limits()
	for i := range slices.Backward(b.doc.Components) {
		c := &b.doc.Components[i]
		s, ok := c.Spec.(*lambda.Spec)
		held := ok && (s.ReservedConcurrency != nil || s.ProvisionedConcurrency != nil)
		if held && b.account.Unreserved() < limit.UnreservedMin {
			field := "reserved_concurrency"
			if s.ReservedConcurrency == nil {
				field = "provisioned_concurrency"
			}
			b.fail(c, field, "leaves %d of the account's %d concurrent executions without reservation: AWS keeps at least %d "+
				"(profile constant lambda.concurrent_executions)", b.account.Unreserved(), limit.Concurrent, limit.UnreservedMin)
			return
		}
	}
}

// coldStart gives a function what was measured of its runtime.
func (b *builder) coldStart(c *scenario.Component, s *lambda.Spec, limit *lambda.Limits, parts *lambda.Parts) {
	pack, runtime := "zip", s.Runtime
	if s.Package.Image != nil {
		pack = "image"
	}
	if s.SnapStart {
		runtime += "-snapstart"
	}
	if s.SnapStart && !aws.Measured(runtime) {
		b.fail(c, "snap_start", "no restores of snapshots were measured of %s: there are java11, java17 and java21", s.Runtime)
		return
	}
	measured, err := aws.LookUpColdStart(runtime, pack, string(s.Architecture), float64(s.Memory)/(1<<20))
	if err != nil {
		b.fail(c, "runtime", "%s", err)
		return
	}
	init, err := measured.Init()
	switch {
	case err != nil:
		b.fail(c, "runtime", "%s", err)
	case limit.RuntimeInit:
		parts.RuntimeInit, parts.First = init, measured.FirstInvoke
	default:
		parts.RuntimeInit = random.Constant{}
	}
}

// functionRole decides what a function's role may do beside what it links to.
func (b *builder) functionRole(c *scenario.Component, s *lambda.Spec, parts *lambda.Parts) {
	parts.NoLogs = b.roleDenial(c, actionLog)
	if s.Tracing {
		parts.NoTraces = b.roleDenial(c, actionTrace)
	}
	if s.VPC != nil {
		if d := b.roleDenial(c, actionInterface); d != nil {
			b.fail(c, "identity_policies", "the role may not call %s, which AWS demands of a function in a VPC (managed policy "+
				"AWSLambdaVPCAccessExecutionRole): %s", actionInterface, d.Reason)
		}
	}
}

// functionCalls gives a function what its work calls. Buckets are built after it.
func (b *builder) functionCalls(c *scenario.Component, s *lambda.Spec, parts *lambda.Parts) bool {
	made, ok := make([]func() calls.Downstream, len(s.Calls)), true
	for i := range s.Calls {
		k := &s.Calls[i]
		design := callDesign{
			field: fmt.Sprintf("calls.%d", i), to: k.To, time: k.Time, pool: 1, policy: &k.PolicySpec, vpc: s.VPC,
		}
		if k.To.Section == bucketSection || k.Miss != nil && k.Miss.To.Section == bucketSection {
			b.after = append(b.after, func() { made[i] = b.call(c, design) })
			continue
		}
		made[i] = b.call(c, design)
		ok = ok && made[i] != nil
	}
	parts.Downstream = func(call int) lambda.Downstream { return made[call]() }
	return ok
}

// sendFrom connects what a function sends to.
func (b *builder) sendFrom(c *scenario.Component, s *lambda.Spec, f *lambda.Function) {
	k, rules := new(functionConstants), new(sdk.RetryRules)
	b.profile.Fill(k)
	b.profile.Fill(rules)
	way := func(field string, to spec.Link, retries string) (sdk.ForwarderParts, bool) {
		parts, ok := b.wayOn(c, field, to, k.latencyTo(to))
		parts.FaultShare = float64(k.Faults)
		parts.Retries = []*sdk.Retry{sdk.NewRetry(s.Retry, rules, b.eng.Rand(c.Path()+retries))}
		if ok {
			b.outOf(c, s, to, &parts)
		}
		return parts, ok
	}
	var targets []sdk.RouterTarget
	for i := range s.Then {
		retries := "/send/retry"
		if i > 0 {
			retries = fmt.Sprintf("/send/retry/%d", i)
		}
		parts, ok := way(fmt.Sprintf("then[%d].to", i), s.Then[i].To, retries)
		if !ok {
			return
		}
		targets = append(targets, sdk.RouterTarget{Spec: &s.Then[i], ForwarderParts: parts})
	}
	if targets != nil {
		f.SendOn(targets)
	}
	if to := s.OnFailureTo; to != nil {
		if parts, ok := way("on_failure_to.to", to.To, "/send/failure/retry"); ok {
			f.Compensate(parts)
		}
	}
	a := &s.Asynchronous
	f.Send(lambda.Destinations{
		OnSuccess:  b.destination(c, "asynchronous.on_success", a.OnSuccess),
		OnFailure:  b.destination(c, "asynchronous.on_failure", a.OnFailure),
		DeadLetter: b.destination(c, "asynchronous.dead_letter", a.DeadLetter),
	})
}

// latencyTo returns the round trip of a send to what a link leads to.
func (k *functionConstants) latencyTo(l spec.Link) random.Dist {
	switch l.Section {
	case "topics":
		return k.Publish.Dist()
	case functionSection:
		return k.Invoke.Dist()
	case busSection:
		return k.PutEvents.Dist()
	case tableSection:
		return k.PutItem.Dist()
	case streamSection:
		return k.PutRecord.Dist()
	case deliverySection:
		return k.Deliver.Dist()
	}
	return k.Send.Dist()
}

// destination returns what a destination or dead-letter queue of a function leads to.
func (b *builder) destination(c *scenario.Component, field string, link *spec.Link) lambda.Destination {
	if link == nil {
		return lambda.Destination{}
	}
	d := lambda.Destination{Name: link.String()}
	var ok bool
	if d.To, ok = linked[sdk.Inlet](b, c, field, *link); ok {
		if denied := b.sendDenial(c, *link); denied != nil {
			d.To = iam.Closed{Denial: denied}
		}
	}
	return d
}

// eventSources lets a function read its queues and streams.
func (b *builder) eventSources(c *scenario.Component, s *lambda.Spec, f *lambda.Function, limit *lambda.Limits) {
	k := new(functionConstants)
	b.profile.Fill(k)
	for i := range s.EventSources {
		m := &s.EventSources[i]
		field := fmt.Sprintf("event_sources[%d]", i)
		source := b.doc.Component(m.From)
		if source == nil {
			continue // the link has been checked
		}
		if queue, ok := source.Spec.(*sqs.Spec); ok {
			b.queueSource(c, field, s, m, f, queue, limit, k)
		} else {
			b.streamSource(c, field, m, f, limit, k)
		}
	}
}

// queueSource lets a function read a queue.
func (b *builder) queueSource(
	c *scenario.Component, field string, s *lambda.Spec, m *lambda.MappingSpec, f *lambda.Function, queue *sqs.Spec,
	limit *lambda.Limits, k *functionConstants,
) {
	inbox, ok := linked[lambda.Inbox](b, c, field+".from", m.From)
	if !ok {
		return
	}
	fifo := spec.IsFIFO(m.From)
	for _, problem := range lambda.CheckMapping(m, s, fifo, queue.VisibilityTimeout, limit) {
		b.fail(c, field+"."+problem.Field, "%s", problem.Text)
	}
	b.extra = append(b.extra, f.Map(m, lambda.MappingParts{
		Inbox: inbox, FIFO: fifo, Visibility: queue.VisibilityTimeout.Sim(), Receive: k.Receive.Dist(),
		Delete: k.Delete.Dist(), CallMax: int(min(k.BatchMax, 1<<20)), Denied: b.mappingDenial(c, m.From),
		Faults: b.faultState(m.From),
	}))
}

// streamSource lets a function read a stream. A role that may not read it reads nothing.
func (b *builder) streamSource(
	c *scenario.Component, field string, m *lambda.MappingSpec, f *lambda.Function, limit *lambda.Limits,
	k *functionConstants,
) {
	stream, ok := linked[stream.Source](b, c, field+".from", m.From)
	if !ok {
		return
	}
	for _, problem := range lambda.CheckStream(m, limit) {
		b.fail(c, field+"."+problem.Field, "%s", problem.Text)
	}
	if m.EnhancedFanOut && m.From.Section == tableSection {
		b.fail(c, field+".enhanced_fan_out", "the streams of tables have no enhanced fan-out: remove it")
	}
	if len(b.problems) > 0 {
		return
	}
	if d := b.readDenial(c, m.From, m.EnhancedFanOut); d != nil {
		b.fail(c, field+".from", "the role may not %s on %s, and AWS refuses the mapping: %s", d.Action, d.Resource, d.Reason)
		return
	}
	parts := lambda.StreamParts{
		Stream: stream, OnFailure: b.destination(c, field+".on_failure", m.OnFailure), Push: k.Push.Dist(),
	}
	parts.Records, parts.Bytes = b.readCall(m.From)
	if m.From.Section == streamSection {
		parts.Get = k.Get.Dist()
	}
	b.extra = append(b.extra, f.MapStream(m, m.From.String(), parts))
}
