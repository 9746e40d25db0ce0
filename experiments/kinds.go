package experiments

import (
	"fmt"
	"strings"

	"weir/experiments/scenario"
	"weir/models/aws"
	"weir/models/ec2"
	"weir/models/iam"
	"weir/models/kms"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/sns"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/models/storage"
	"weir/models/workload"
	"weir/sim"
)

// builder makes the components of one trial. What a scenario asks that a service refuses is added to problems.
type builder struct {
	doc      *scenario.Document
	eng      *sim.Engine
	store    *message.Store
	profile  *aws.Profile
	records  map[string]*workload.Record
	built    map[spec.Link]meter.Component
	policies map[string]*iam.Policy // by their paths
	denials  []*iam.Denial
	dataKeys map[spec.Link]*kms.DataKeys    // of queues and topics
	users    map[[2]spec.Link]kms.Principal // of a queue's or topic's data keys, by the component
	quotas   map[iam.Account]*kms.Quota
	problems spec.Errors
	after    []func() // what is left to do when all components exist
	last     []func() // what is left to do then
	tap      tap
}

func newBuilder(d *Design, eng *sim.Engine, store *message.Store) *builder {
	return &builder{
		doc: d.Document, eng: eng, store: store, profile: d.Profile, records: d.records, tap: d.tap,
		built: map[spec.Link]meter.Component{}, policies: map[string]*iam.Policy{}, dataKeys: map[spec.Link]*kms.DataKeys{},
		users: map[[2]spec.Link]kms.Principal{}, quotas: map[iam.Account]*kms.Quota{},
	}
}

// tap stands between a component and one that it links to, for tests that watch what passes: it returns what takes the
// place of the linked one. Where that is not what is needed, the linked one stays.
type tap func(to spec.Link, linked any) any

func (b *builder) fail(c *scenario.Component, field, format string, args ...any) {
	b.problems = append(b.problems, b.doc.ErrorAt(c.Link, field, format, args...))
}

// linked returns the component that a field links to, as what the linking one needs of it.
func linked[T any](b *builder, c *scenario.Component, field string, link spec.Link) (needed T, ok bool) {
	needed, ok = b.built[link].(T)
	if !ok {
		b.fail(c, field, "%s cannot be linked to here", link)
	}
	if ok && b.tap != nil {
		if between, fits := b.tap(link, needed).(T); fits {
			return between, true
		}
	}
	return needed, ok
}

// checkRoutes refuses a design with more pairs of origin and sender than the ledger has accounts for.
func (b *builder) checkRoutes() {
	origins, senders := 0, 0
	var last *scenario.Component
	for i := range b.doc.Components {
		c := &b.doc.Components[i]
		switch s := c.Spec.(type) {
		case *sdk.ProducerSpec:
			origins++
			senders++
		case *ec2.Spec:
			senders++
		case *sns.Spec:
			senders += len(s.Subscriptions)
		case *storage.BucketSpec:
			origins++ // of what it tells of payloads
			senders += len(s.Notifications)
		}
		if origins*senders > message.RoutesMax && last == nil {
			last = c
		}
	}
	if last != nil {
		b.fail(last, "", "the design has %d producers and %d senders (producers, fleets, subscriptions and notifications), and "+
			"the ledger has accounts for %d pairs: give subscribers that are all alike one subscription with subscribers: N", origins, senders,
			message.RoutesMax)
	}
}

// within checks a length of time against a limit of the profile.
func (b *builder) within(c *scenario.Component, field string, d, least, most spec.Duration) {
	if d < least || d > most {
		b.fail(c, field, "%s is out of range: AWS allows %s to %s in profile %s", d, least, most, b.profile.Name)
	}
}

func buildQueue(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*sqs.Spec)
	limits := new(sqs.Limits)
	b.profile.Fill(limits)
	b.checkAttributes(c, "", &sqs.AttributesSpec{
		VisibilityTimeout: &s.VisibilityTimeout, ReceiveWaitTime: &s.ReceiveWaitTime, Delay: &s.Delay,
		Retention: &s.Retention, MaximumMessageSize: s.MaximumMessageSize,
	}, limits)
	for i := range s.Changes {
		if set := s.Changes[i].Set; set != nil {
			b.checkAttributes(c, fmt.Sprintf("changes[%d].set.", i), set, limits)
		}
	}
	if fifo := strings.HasSuffix(c.Link.Name, spec.FIFO); fifo && s.FairQueue {
		b.fail(c, "fair_queue", "a FIFO queue is not fair: AWS has fair queues among the standard ones only")
	} else if !fifo {
		if s.FIFOThroughputLimit != sqs.LimitPerQueue || s.DeduplicationScope != sqs.ScopeQueue {
			b.fail(c, "deduplication_scope", "only a FIFO queue has a scope and a throughput limit, and its name ends in .fifo")
		}
	}
	q := sqs.New(b.eng, b.store, c.Path(), s, limits)
	q.ScheduleChanges()
	if s.Redrive != nil {
		b.after = append(b.after, func() { b.redrive(c, q, s) })
	}
	if len(s.RedriveTasks) > 0 {
		if s.FairQueue {
			b.fail(c, "redrive_tasks", "a fair queue has no move tasks here: set them for a standard or FIFO dead-letter queue")
		}
		b.last = append(b.last, func() { b.redriveTasks(c, q, s, limits) })
	}
	return q
}

// checkAttributes checks the attributes of a queue, whose names follow the prefix, against the limits of the profile.
func (b *builder) checkAttributes(c *scenario.Component, prefix string, a *sqs.AttributesSpec, limits *sqs.Limits) {
	for _, of := range []struct {
		name        string
		value       *spec.Duration
		least, most spec.Duration
	}{
		{"visibility_timeout", a.VisibilityTimeout, 0, limits.VisibilityMax},
		{"receive_wait_time", a.ReceiveWaitTime, 0, limits.WaitTimeMax},
		{"delay", a.Delay, 0, limits.DelayMax},
		{"retention", a.Retention, limits.RetentionMin, limits.RetentionMax},
	} {
		if of.value != nil {
			b.within(c, prefix+of.name, *of.value, of.least, of.most)
		}
	}
	if m := a.MaximumMessageSize; m != nil && (*m < 1024 || *m > limits.MessageSizeMax) {
		b.fail(c, prefix+"maximum_message_size", "%s is out of range: AWS allows 1KiB to %s in profile %s", m,
			limits.MessageSizeMax, b.profile.Name)
	}
}

// redriveTasks schedules what moves a queue's dead letters back.
func (b *builder) redriveTasks(c *scenario.Component, q *sqs.Queue, s *sqs.Spec, limits *sqs.Limits) {
	for i := range s.RedriveTasks {
		t := &s.RedriveTasks[i]
		field := fmt.Sprintf("redrive_tasks[%d]", i)
		rate := limits.RedriveRate
		if t.Rate != nil {
			rate = *t.Rate
		}
		if rate <= 0 || rate > limits.RedriveRateMax {
			b.fail(c, field+".rate", "%s is out of range: AWS moves up to %s", rate, limits.RedriveRateMax)
			return
		}
		var to *sqs.Queue
		switch sources := q.Sources(); {
		case t.To != nil:
			var ok bool
			if to, ok = linked[*sqs.Queue](b, c, field+".to", *t.To); !ok {
				return
			}
		case len(sources) == 1:
			to = sources[0]
		default:
			b.fail(c, field+".to", "is needed: %d queues have this one as their dead-letter queue", len(sources))
			return
		}
		if to == q || to.FIFO() != q.FIFO() {
			b.fail(c, field+".to", "%s cannot take the messages of %s: it must be another queue of the same type", to.Name(),
				q.Name())
			return
		}
		q.ScheduleMoveTask(sim.Time(t.At), to, rate.PerSecond())
	}
}

// redrive connects a queue to its dead-letter queue. The scenario has no circle of them: the decoder checked.
func (b *builder) redrive(c *scenario.Component, q *sqs.Queue, s *sqs.Spec) {
	if dead, ok := linked[*sqs.Queue](b, c, "redrive.to", s.Redrive.To); ok {
		if dead.FIFO() != q.FIFO() {
			b.fail(c, "redrive.to", "the dead-letter queue of a FIFO queue must be a FIFO queue, and of a standard queue a "+
				"standard one")
		}
		q.Redrive(dead, s.Redrive.MaxReceiveCount)
	}
}

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
	switch threads := s.Instances * s.Instance.Threads; {
	case threads > 1_000_000:
		b.fail(c, "instance.threads", "the fleet has %d threads: at most 1,000,000", threads)
	case threads*s.Receive.MaxMessages > inHandMax:
		b.fail(c, "receive.max_messages", "the %d threads may have %d messages in hand: at most %d", threads,
			threads*s.Receive.MaxMessages, inHandMax)
	}
	parts := ec2.Parts{
		Inbox: inbox, VCPUs: size.VCPUs, FaultShare: float64(k.Faults), Rules: rules, Recovery: k.Launch.Dist(),
		Digits: b.doc.Run.HistogramDigits, BatchMax: int(k.BatchMax), InstantPolling: k.InstantPolling,
		RefusedPause: k.RefusedPause.Sim(),
		Latencies: ec2.Latencies{
			Receive: k.Receive.Dist(), Delete: k.Delete.Dist(), ChangeVisibility: k.ChangeVisibility.Dist(), Send: k.Send.Dist(),
		},
	}
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
	parts.Denied, parts.ReceiveKeys = b.receiveDenials(c, s.From), b.receiveKeys(c, s.From)
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
		return databases[call].NewPool(pool, s.Calls[call].PoolTimeout.Sim())
	}
	if !ok || len(b.problems) > 0 {
		return nil
	}
	f := ec2.New(b.eng, b.store, c.Path(), s, parts)
	b.after = append(b.after, f.Start)
	return f
}

// sendOn gives a fleet the queue or topic that it sends processed messages on to, if there is one.
func (b *builder) sendOn(c *scenario.Component, s *ec2.Spec, k *fleetConstants, parts *ec2.Parts) bool {
	if s.Then == nil {
		return true
	}
	then, ok := linked[ec2.Outbox](b, c, "then", *s.Then)
	parts.Outbox, parts.SendKeys = then, b.sendKeys(c, *s.Then)
	if s.Then.Section == "topics" {
		parts.Latencies.Send = k.Publish.Dist()
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

// producerConstants are the constants that a producer takes from the profile.
type producerConstants struct {
	Publish     spec.Durations `aws:"sdk.sns.publish.latency"`
	Send        spec.Durations `aws:"sdk.sqs.send.latency"`
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
	}
	if s.To.Section == "topics" {
		parts.Latency = k.Publish.Dist()
	}
	ok := b.connect(c, s, &parts)
	if int64(s.Batch.Size) > k.BatchMax {
		b.fail(c, "batch.size", "a batch holds at most %d messages", k.BatchMax)
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
	parts.Outbox, ok = linked[sdk.Outbox](b, c, "to", s.To)
	parts.Keys = b.sendKeys(c, s.To)
	if d := b.sendDenial(c, s.To); d != nil {
		parts.Outbox, parts.Keys = iam.Closed{Denial: d}, nil
	}
	if e := s.ExtendedClient; e != nil {
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

// checkUploads refuses what is for messages, of who puts objects into a bucket.
func (b *builder) checkUploads(c *scenario.Component, s *sdk.ProducerSpec) {
	for _, wrong := range []struct {
		field string
		set   bool
	}{{"batch.size", s.Batch.Size > 1}, {"delay", s.Delay != nil}, {"extended_client", s.ExtendedClient != nil}} {
		if wrong.set {
			b.fail(c, wrong.field, "has no meaning for a bucket, which takes one object a request: remove it")
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
