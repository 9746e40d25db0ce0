package experiments

import (
	"strings"

	"weir/experiments/scenario"
	"weir/models/iam"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/storage"
	"weir/models/stream"
	"weir/models/workload"
)

// producerConstants are the constants that a producer takes from the profile.
type producerConstants struct {
	Publish     spec.Durations `aws:"sdk.sns.publish.latency"`
	Send        spec.Durations `aws:"sdk.sqs.send.latency"`
	Invoke      spec.Durations `aws:"sdk.lambda.invoke.latency"`
	PutItem     spec.Durations `aws:"sdk.dynamodb.put.latency"`
	PutEvents   spec.Durations `aws:"sdk.eventbridge.put.latency"`
	HTTP        spec.Durations `aws:"sdk.http.latency"`
	ReadTimeout spec.Duration  `aws:"sdk.read_timeout"`
	Faults      spec.Share     `aws:"sdk.fault_share"`
	Connections int64          `aws:"sdk.connections"`
	BatchMax    int64          `aws:"sqs.batch_size_max"`
	DelayMax    spec.Duration  `aws:"sqs.delay_max"`
}

func buildProducer(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*sdk.ProducerSpec)
	k, rules := new(producerConstants), new(sdk.RetryRules)
	b.profile.Fill(k)
	b.profile.Fill(rules)
	parts := sdk.ProducerParts{
		Latency: k.Send.Dist(), FaultShare: float64(k.Faults), Connections: k.Connections, Rules: rules,
		Faults: b.faultState(s.To),
	}
	switch s.To.Section {
	case "topics":
		parts.Latency = k.Publish.Dist()
	case functionSection:
		parts.Latency = k.Invoke.Dist()
	case gatewaySection:
		parts.Latency = k.HTTP.Dist()
	case tableSection:
		parts.Latency = k.PutItem.Dist()
	case busSection:
		parts.Latency = k.PutEvents.Dist()
	}
	b.checkPuts(c, s, b.putLimits(s, &parts))
	parts.ReadTimeout = k.ReadTimeout.Sim()
	if timeout, own := s.Caller.Timeout(); own {
		parts.ReadTimeout = timeout
	}
	if s.ReadTimeout != nil {
		parts.ReadTimeout = s.ReadTimeout.Sim()
	}
	if s.Caller != sdk.CallerSDK && (s.To.Section != functionSection || s.Invocation != sdk.Synchronous) {
		b.fail(c, "caller", "a service asks functions, synchronously: remove it, or write to: functions.NAME")
	}
	ok := b.connect(c, s, &parts)
	if most := k.batchMax(&parts); int64(s.Batch.Size) > most {
		b.fail(c, "batch.size", "a batch holds at most %d messages", most)
	}
	if s.Delay != nil {
		b.within(c, "delay", *s.Delay, 0, k.DelayMax)
		if strings.HasSuffix(s.To.Name, spec.FIFO) && *s.Delay > 0 {
			b.fail(c, "delay", "messages of a FIFO queue have no delay of their own: set the queue's")
		}
	}
	if closed := s.Arrivals.Closed; closed != nil && closed.Think.Dist().Mean()+k.Send.Dist().Mean() <= 0 {
		b.fail(c, "arrivals.closed.think", "neither thinking nor sending takes time: the loop would never end")
	}
	if s.Arrivals.Closed != nil {
		b.checkClosed(c, s)
	}
	parts.Record = b.record(c, s)
	if s.Arrivals.Trace == nil || parts.Record != nil { // a record that cannot be read has been told
		over := b.doc.Run.Warmup.Sim() + b.doc.Run.Duration.Sim()
		for _, problem := range s.Spec.CheckRun(over, parts.Record) {
			b.fail(c, problem.Field, "%s", problem.Text)
		}
	}
	if !ok || len(b.problems) > 0 {
		return nil
	}
	producer := sdk.NewProducer(b.eng, b.store, c.Path(), s, parts)
	b.after = append(b.after, producer.Start)
	return producer
}

// connect gives a producer what it sends to: a queue or topic, the payloads perhaps through a bucket, or a bucket.
func (b *builder) connect(c *scenario.Component, s *sdk.ProducerSpec, parts *sdk.ProducerParts) (ok bool) {
	if s.To.Section == bucketKind.section.Key {
		b.checkUploads(c, s)
		client := b.objects(c, "to", s.To, s.Retry, "objects", storage.Denials{Put: b.denial(c, s.To, actionPut)})
		if client != nil {
			parts.Objects = client()
		}
		return client != nil
	}
	if s.To.Section == gatewaySection {
		b.checkUploads(c, s)
		parts.Target, ok = linked[sdk.Target](b, c, "to", s.To)
		return ok
	}
	if s.To.Section == functionSection {
		b.checkUploads(c, s)
		if s.Invocation == sdk.Synchronous {
			parts.Target, ok = linked[sdk.Target](b, c, "to", s.To)
			if d := b.sendDenial(c, s.To); d != nil {
				parts.Target = closedFunction{d}
			}
			return ok
		}
	}
	if s.To.Section == streamSection || s.To.Section == deliverySection {
		parts.Stream, ok = linked[stream.Target](b, c, "to", s.To)
		action := putAction(s)
		parts.Keys = b.sendKeys(c, s.To)
		if d := b.denialWithKey(c, s.To, action); d != nil {
			parts.Stream, parts.Keys = closedStream{parts.Stream, d}, nil
		}
		return ok
	}
	parts.Outbox, ok = linked[sdk.Outbox](b, c, "to", s.To)
	parts.Keys = b.sendKeys(c, s.To)
	if d := b.sendDenial(c, s.To); d != nil {
		parts.Outbox, parts.Keys = iam.Closed{Denial: d}, nil
	}
	if e := s.ExtendedClient; e != nil {
		if s.To.Section != "queues" && s.To.Section != "topics" {
			b.fail(c, "extended_client", "sends to queues and topics only")
		}
		parts.Extended = new(sdk.ExtendedClientLimits)
		b.profile.Fill(parts.Extended)
		denied := storage.Denials{Put: b.denial(c, e.Bucket, actionPut)}
		client := b.objects(c, "extended_client.bucket", e.Bucket, s.Retry, "payloads", denied)
		if client == nil {
			return false
		}
		parts.Objects = client()
	}
	return ok
}

// putAction returns what a producer's role must be allowed to do with the stream that it puts records into.
func putAction(s *sdk.ProducerSpec) string {
	several := s.KPL != nil || s.Agent != nil || s.Batch.Size > 1
	switch delivery := s.To.Section == deliverySection; {
	case delivery && several:
		return actionDeliveryBatch
	case delivery:
		return actionDelivery
	case several:
		return actionPutRecords
	}
	return actionPutRecord
}

// checkUploads refuses what is for messages, of who puts objects into a bucket.
func (b *builder) checkUploads(c *scenario.Component, s *sdk.ProducerSpec) {
	for _, wrong := range []struct {
		field string
		set   bool
	}{{"batch.size", s.Batch.Size > 1}, {"delay", s.Delay != nil}, {"extended_client", s.ExtendedClient != nil}} {
		if wrong.set {
			b.fail(c, wrong.field, "has no meaning for %s, which takes one a request: remove it", s.To.Section+"")
		}
	}
}

// checkClosed refuses what a closed loop cannot have: its clients bound what waits, and each request is one call.
func (b *builder) checkClosed(c *scenario.Component, s *sdk.ProducerSpec) {
	if s.Buffer != nil {
		b.fail(c, "buffer", "a closed loop needs no buffer: at most its clients' requests wait")
	}
	if s.Together != nil && s.Together.Dist().Quantile(0.999999) >= float64(s.Batch.Size)+1 {
		b.fail(c, "together", "a client's request is one call: at most batch.size, %d, messages together", s.Batch.Size)
	}
}

// record reads the recorded workload of a producer, once for all trials.
func (b *builder) record(c *scenario.Component, s *sdk.ProducerSpec) *workload.Record {
	t := s.Arrivals.Trace
	if t == nil {
		return nil
	}
	if r := b.records[c.Path()]; r != nil {
		return r
	}
	in, err := b.doc.Open(t.File)
	if err != nil {
		b.fail(c, "arrivals.trace.file", "%s", err)
		return nil
	}
	defer in.Close()
	r, err := workload.ReadRecord(t.File, in, t)
	if err != nil {
		b.fail(c, "arrivals.trace", "%s", err)
		return nil
	}
	b.records[c.Path()] = r
	return r
}
