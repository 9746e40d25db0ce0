package experiments

import (
	"fmt"
	"io/fs"

	"weir/models/aws"
	"weir/models/ec2"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/models/storage"
	"weir/models/workload"
	"weir/sim"
)

// kind is one section of the scenario file. A new service is one more line in kinds.
type kind struct {
	section string
	newSpec func() any
	// build makes the component. What it links to has been built when its kind stands earlier in the list.
	build func(b *builder, p *part) meter.Component
}

// kinds are the sections, those that are linked to first.
var kinds []kind

func init() {
	kinds = []kind{
		{"queues", func() any { return new(sqs.Spec) }, buildQueue},
		{"databases", func() any { return new(storage.Spec) }, buildDatabase},
		{"fleets", func() any { return new(ec2.Spec) }, buildFleet},
		{"producers", func() any { return new(sdk.ProducerSpec) }, buildProducer},
	}
}

func kindOf(section string) *kind {
	for i := range kinds {
		if kinds[i].section == section {
			return &kinds[i]
		}
	}
	return nil
}

// builder makes the components of one trial. What a scenario asks that a service refuses is added to problems.
type builder struct {
	doc      *Document
	eng      *sim.Engine
	store    *message.Store
	profile  *aws.Profile
	records  map[string]*workload.Record
	built    map[spec.Link]meter.Component
	problems spec.Errors
	after    []func() // what is left to do when all components exist
}

func (b *builder) fail(p *part, field, format string, args ...any) {
	b.problems = append(b.problems, b.doc.fail(p, field, format, args...))
}

// linked returns the component that a field links to, as what the linking one needs of it.
func linked[T any](b *builder, p *part, field string, link spec.Link) (needed T, ok bool) {
	needed, ok = b.built[link].(T)
	if !ok {
		b.fail(p, field, "%s cannot be linked to here", link)
	}
	return needed, ok
}

// within checks a length of time against a limit of the profile.
func (b *builder) within(p *part, field string, d, least, most spec.Duration) {
	if d < least || d > most {
		b.fail(p, field, "%s is out of range: AWS allows %s to %s in profile %s", d, least, most, b.profile.Name)
	}
}

func buildQueue(b *builder, p *part) meter.Component {
	s := p.spec.(*sqs.Spec)
	limits := new(sqs.Limits)
	b.profile.Fill(limits)
	b.within(p, "visibility_timeout", s.VisibilityTimeout, 0, limits.VisibilityMax)
	b.within(p, "receive_wait_time", s.ReceiveWaitTime, 0, limits.WaitTimeMax)
	b.within(p, "delay", s.Delay, 0, limits.DelayMax)
	b.within(p, "retention", s.Retention, limits.RetentionMin, limits.RetentionMax)
	if m := s.MaximumMessageSize; m != nil && (*m < 1024 || *m > limits.MessageSizeMax) {
		b.fail(p, "maximum_message_size", "%s is out of range: AWS allows 1KiB to %s in profile %s", m,
			limits.MessageSizeMax, b.profile.Name)
	}
	q := sqs.New(b.eng, b.store, p.path, s, limits)
	if s.Redrive != nil {
		b.after = append(b.after, func() { b.redrive(p, q, s) })
	}
	return q
}

// redrive connects a queue to its dead-letter queue, and refuses a circle of them: messages would go round for ever.
func (b *builder) redrive(p *part, q *sqs.Queue, s *sqs.Spec) {
	dead, ok := linked[*sqs.Queue](b, p, "redrive.to", s.Redrive.To)
	if !ok {
		return
	}
	at := p.link
	for range b.doc.parts {
		next := b.doc.spec(at).(*sqs.Spec).Redrive
		if next == nil {
			break
		}
		if at = next.To; at == p.link {
			b.fail(p, "redrive.to", "leads back to %s: a dead letter would go round for ever", p.path)
			return
		}
		if at.Section != "queues" {
			return
		}
	}
	q.Redrive(dead)
}

func (doc *Document) spec(link spec.Link) any {
	for _, p := range doc.parts {
		if p.link == link {
			return p.spec
		}
	}
	return new(sqs.Spec)
}

func buildDatabase(b *builder, p *part) meter.Component {
	s := p.spec.(*storage.Spec)
	class, err := aws.LookUpDatabaseClass(s.Instance)
	if err != nil {
		b.fail(p, "instance", "%s", err)
	}
	constants := new(aws.DatabaseConstants)
	b.profile.Fill(constants)
	return storage.NewDatabase(b.eng, p.path, s, constants.MaxConnections(string(s.Engine), class))
}

// fleetConstants are the constants that a fleet takes from the profile.
type fleetConstants struct {
	Send             spec.Durations `aws:"sdk.sqs.send.latency"`
	Receive          spec.Durations `aws:"sdk.sqs.receive.latency"`
	Delete           spec.Durations `aws:"sdk.sqs.delete.latency"`
	ChangeVisibility spec.Durations `aws:"sdk.sqs.change_visibility.latency"`
	Faults           spec.Share     `aws:"sdk.fault_share"`
	Launch           spec.Durations `aws:"ec2.launch_time"`
	BatchMax         int64          `aws:"sqs.batch_size_max"`
	InstantPolling   bool           `aws:"sqs.instant_polling"`
}

// inHandMax is how many messages the threads of a fleet may have in hand: there is room for all of them from the start.
const inHandMax = 10_000_000

func buildFleet(b *builder, p *part) meter.Component {
	s := p.spec.(*ec2.Spec)
	c, rules := new(fleetConstants), new(sdk.RetryRules)
	b.profile.Fill(c)
	b.profile.Fill(rules)
	inbox, ok := linked[ec2.Inbox](b, p, "from", s.From)
	size, err := aws.LookUpInstance(s.Instance.Type)
	if err != nil {
		b.fail(p, "instance.type", "%s", err)
	}
	if int64(s.Receive.MaxMessages) > c.BatchMax {
		b.fail(p, "receive.max_messages", "a receive returns at most %d messages", c.BatchMax)
	}
	switch threads := s.Instances * s.Instance.Threads; {
	case threads > 1_000_000:
		b.fail(p, "instance.threads", "the fleet has %d threads: at most 1,000,000", threads)
	case threads*s.Receive.MaxMessages > inHandMax:
		b.fail(p, "receive.max_messages", "the %d threads may have %d messages in hand: at most %d", threads,
			threads*s.Receive.MaxMessages, inHandMax)
	}
	parts := ec2.Parts{
		Inbox: inbox, VCPUs: size.VCPUs, FaultShare: float64(c.Faults), Rules: rules, Recovery: c.Launch.Dist(),
		Digits: b.doc.Run.HistogramDigits,
		Latencies: ec2.Latencies{
			Receive: c.Receive.Dist(), Delete: c.Delete.Dist(), ChangeVisibility: c.ChangeVisibility.Dist(), Send: c.Send.Dist(),
		},
	}
	b.checkSpin(p, s, c)
	if s.Failures.Recovery != nil {
		parts.Recovery = s.Failures.Recovery.Dist()
	}
	if s.Work != nil {
		parts.Work.Message = s.Work.Dist()
	}
	if s.BatchWork != nil {
		parts.Work.Batch = s.BatchWork.Dist()
	}
	if s.Then != nil {
		var then ec2.Outbox
		then, thenOK := linked[ec2.Outbox](b, p, "then", *s.Then)
		parts.Outbox, ok = then, ok && thenOK
	}
	databases := make([]*storage.Database, len(s.Calls))
	for i := range s.Calls {
		var found bool
		databases[i], found = linked[*storage.Database](b, p, fmt.Sprintf("calls.%d.to", i), s.Calls[i].To)
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
	f := ec2.New(b.eng, b.store, p.path, s, parts)
	b.after = append(b.after, f.Start)
	return f
}

// checkSpin refuses a fleet that would poll again and again without time passing.
func (b *builder) checkSpin(p *part, s *ec2.Spec, c *fleetConstants) {
	takesTime := c.Receive.Dist().Mean() > 0 || s.Receive.Pause != nil
	explicit := s.Receive.WaitTime != nil
	if !takesTime && (explicit && *s.Receive.WaitTime == 0 || !explicit && !c.InstantPolling) {
		b.fail(p, "receive", "a short poll takes no time in profile %s and would repeat for ever: set receive.pause, for "+
			"example 1s", b.profile.Name)
	}
}

// producerConstants are the constants that a producer takes from the profile.
type producerConstants struct {
	Send        spec.Durations `aws:"sdk.sqs.send.latency"`
	Faults      spec.Share     `aws:"sdk.fault_share"`
	Connections int64          `aws:"sdk.connections"`
	BatchMax    int64          `aws:"sqs.batch_size_max"`
	DelayMax    spec.Duration  `aws:"sqs.delay_max"`
}

func buildProducer(b *builder, p *part) meter.Component {
	s := p.spec.(*sdk.ProducerSpec)
	c, rules := new(producerConstants), new(sdk.RetryRules)
	b.profile.Fill(c)
	b.profile.Fill(rules)
	outbox, ok := linked[sdk.Outbox](b, p, "to", s.To)
	if int64(s.Batch.Size) > c.BatchMax {
		b.fail(p, "batch.size", "a batch holds at most %d messages", c.BatchMax)
	}
	if s.Delay != nil {
		b.within(p, "delay", *s.Delay, 0, c.DelayMax)
	}
	if closed := s.Arrivals.Closed; closed != nil && closed.Think.Dist().Mean()+c.Send.Dist().Mean() <= 0 {
		b.fail(p, "arrivals.closed.think", "neither thinking nor sending takes time: the loop would never end")
	}
	record := b.record(p, s)
	if !ok || len(b.problems) > 0 {
		return nil
	}
	producer := sdk.NewProducer(b.eng, b.store, p.path, s, sdk.ProducerParts{
		Outbox: outbox, Record: record, Latency: c.Send.Dist(), FaultShare: float64(c.Faults), Connections: c.Connections,
		Rules: rules,
	})
	b.after = append(b.after, producer.Start)
	return producer
}

// meanRate returns the messages a second that a part is expected to bring into the design.
func meanRate(p *part, record *workload.Record, over sim.Duration) (float64, bool) {
	s, ok := p.spec.(*sdk.ProducerSpec)
	if !ok {
		return 0, false
	}
	return s.Spec.MeanRate(over, record), true
}

// traceBytesMax is the largest recorded workload that is read.
const traceBytesMax = 1 << 30

// record reads the recorded workload of a producer, once for all trials.
func (b *builder) record(p *part, s *sdk.ProducerSpec) *workload.Record {
	t := s.Arrivals.Trace
	if t == nil {
		return nil
	}
	if r := b.records[p.path]; r != nil {
		return r
	}
	info, err := fs.Stat(b.doc.folder, t.File)
	switch {
	case err != nil:
		b.fail(p, "arrivals.trace.file", "%s", err)
		return nil
	case !info.Mode().IsRegular():
		b.fail(p, "arrivals.trace.file", "%s is not a regular file", t.File)
		return nil
	case info.Size() > traceBytesMax:
		b.fail(p, "arrivals.trace.file", "%s is larger than 1 GiB: count it per interval", t.File)
		return nil
	}
	in, err := b.doc.folder.Open(t.File)
	if err != nil {
		b.fail(p, "arrivals.trace.file", "%s", err)
		return nil
	}
	defer in.Close()
	r, err := workload.ReadRecord(t.File, in, t)
	if err != nil {
		b.fail(p, "arrivals.trace", "%s", err)
		return nil
	}
	b.records[p.path] = r
	return r
}
