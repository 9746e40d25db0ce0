package sdk

import (
	"weir/models/iam"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/spec"
	"weir/models/workload"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// ProducerSpec is a producer of messages as the scenario describes it.
type ProducerSpec struct {
	// The queue, topic, event bus or delivery stream to send to, the bucket to put each message into as an object, or the
	// function or gateway to ask with it.
	To spec.Link `yaml:"to" required:"true" link:"queues topics event_buses tables delivery_streams buckets functions gateways" flow:"out"`
	workload.Spec
	// How messages are sent together.
	Batch BatchSpec `yaml:"batch"`
	// How long each message stays invisible after it is sent; the queue's delay unless set.
	Delay *spec.Duration `yaml:"delay"`
	// Calls under way at once; the SDK's default unless set.
	Connections *int64 `yaml:"connections" min:"1" max:"1000000"`
	// Messages that may wait at the producer; one more is rejected. Without limit unless set.
	Buffer *int64 `yaml:"buffer" min:"1"`
	// How failed calls are tried again.
	Retry RetrySpec `yaml:"retry"`
	// Of a function: whether the producer waits for its answer.
	Invocation Invocation `yaml:"invocation" default:"synchronous"`
	// Who asks the function: an SDK, or cognito, step_functions, lex, alexa, firehose or s3_batch by rules of their own.
	Caller CallerName `yaml:"caller" default:"sdk"`
	// How long the producer waits for an answer before it counts the call as failed; the SDK's default unless set.
	ReadTimeout *spec.Duration `yaml:"read_timeout" min:"1ms"`
	// Sends large payloads through a bucket.
	ExtendedClient *ExtendedClientSpec `yaml:"extended_client"`
	// Sends some of the messages again, as a producer does that did not get the answer.
	Repeats *RepeatsSpec `yaml:"repeats"`
	iam.IdentitySpec
	// The service that the messages come from, such as cloudwatch.amazonaws.com for alarms, in place of a role.
	Service iam.Service `yaml:"service"`
	// Encrypts messages before they are sent, one after the other in each batch.
	ClientEncryption *EncryptionSpec `yaml:"client_encryption"`
}

// RepeatsSpec is which messages are sent again.
type RepeatsSpec struct {
	// The share of the messages that are sent again, once.
	Share spec.Share `yaml:"share" required:"true"`
	// How long after their birth. The repeat has the same deduplication ID.
	After spec.Durations `yaml:"after" required:"true"`
}

// BatchSpec is how messages are sent together.
type BatchSpec struct {
	// Messages of a full batch: it is sent at once.
	Size int `yaml:"size" default:"1" min:"1" max:"10000"`
	// How long a batch waits to fill.
	Linger spec.Duration `yaml:"linger" default:"0s"`
}

// Outbox is what a producer needs of the queue or topic that it sends to.
type Outbox interface {
	SendMessage(ref message.Ref, delay sim.Duration) error
	SendMessageBatch(refs []message.Ref, delay sim.Duration) (refused []message.Ref, err error)
}

// ProducerParts is what a producer is built from beside its Spec.
type ProducerParts struct {
	Outbox      Outbox // nil when it puts objects into a bucket
	Target      Target // of synchronous requests, or nil
	ReadTimeout sim.Duration
	Objects     Objects // of that bucket, or of the one that its payloads go through, or nil
	Extended    *ExtendedClientLimits
	Keys        Encryption       // data keys of the queue or topic, nil when it is not encrypted
	Record      *workload.Record // of a trace
	Latency     random.Dist      // round trip of a send, ns
	FaultShare  float64
	Connections int64
	Rules       *RetryRules
}

// Stats is what a producer measures.
type Stats struct {
	Born     measure.Counter // messages it had to send
	Rejected measure.Counter // messages it gave up
	Failed   measure.Counter // requests that the function failed
	Repeated measure.Counter // messages it had to send again
	Held     measure.Level   // messages at the producer: batched, waiting for a connection, in a call, backing off
	SendTime *measure.Histogram
}

// Producer brings messages into the design: its workload hands them over, batches fill and are sent.
type Producer struct {
	Stats

	name    string
	spec    *ProducerSpec
	eng     *sim.Engine
	store   *message.Store
	source  *workload.Source
	outbox  Outbox
	client  *Client
	uploads *Uploads // nil unless something goes into a bucket
	asking  *asker   // nil unless it waits for answers
	route   message.RouteID
	window  sim.Time // when the window of observation began
	delay   sim.Duration
	buffer  int64
	batches []batch
	refs    []message.Ref // of all batches, Batch.Size each
	free    []Call
	serving int32 // the client of a closed loop whose request arrives, or -1
	open    Call  // the batch that fills, or noBatch
	repeats []repeat
	unused  []uint32 // slots of repeats
	doubt   *sim.Rand
	later   random.Duration

	arrived  sim.Event[uint32] // messages have arrived; the argument is the client of a closed loop
	lingered sim.Event[uint64] // the open batch has waited long enough
	sealed   sim.Event[Call]   // the messages of a batch are encrypted
	repeated sim.Event[uint32] // a message is sent again
}

// repeat is a message that will be sent again.
type repeat struct {
	id, size, key uint32
	flags         message.Flags
}

const noBatch = Call(1<<32 - 1)

type batch struct {
	count  int32
	turn   uint32 // tells the linger timers of one slot apart
	client int32  // of a closed loop, or -1
	begun  sim.Time
}

// NewProducer returns a producer that begins when Start is called.
func NewProducer(
	eng *sim.Engine, store *message.Store, name string, s *ProducerSpec, parts ProducerParts,
) *Producer {
	p := &Producer{
		name: name, spec: s, eng: eng, store: store, outbox: parts.Outbox, open: noBatch, serving: -1,
		source: workload.NewSource(eng, name, &s.Spec, parts.Record),
		route:  store.Ledger.Open(name, name), delay: message.QueueDefault, buffer: 1 << 62,
	}
	p.SendTime = measure.NewHistogram()
	if s.Delay != nil {
		p.delay = s.Delay.Sim()
	}
	if s.Buffer != nil {
		p.buffer = *s.Buffer
	}
	connections := parts.Connections
	if s.Connections != nil {
		connections = *s.Connections
	}
	if clients := int64(p.source.Clients()); clients > 0 {
		connections = max(connections, clients) // each client of a closed loop has its own
	}
	p.client = NewClient(eng, name+"/send", p, random.NewDuration(parts.Latency, eng.Rand(name+"/send")), connections,
		parts.FaultShare, NewCallerRetry(s.Caller, s.Retry, parts.Rules, eng.Rand(name+"/send/retry")))
	p.client.Encrypt(parts.Keys)
	switch {
	case parts.Target != nil:
		p.asking = newAsker(p, parts.Target, parts.ReadTimeout)
	case parts.Outbox == nil:
		p.uploads = NewObjectUploads(p, store, parts.Objects, connections)
	case s.ExtendedClient != nil:
		p.uploads = NewUploads(p, store, s.ExtendedClient, parts.Extended, parts.Objects, connections)
	}
	p.arrived = sim.NewEvent(eng, name+"/arrived", p.arrive)
	p.lingered = sim.NewEvent(eng, name+"/lingered", p.lingerEnd)
	p.sealed = sim.NewEvent(eng, name+"/sealed", p.upload)
	if r := s.Repeats; r != nil {
		p.repeated = sim.NewEvent(eng, name+"/repeated", p.sendAgain)
		p.doubt = eng.Rand(name + "/repeat")
		p.later = random.NewDuration(r.After.Dist(), eng.Rand(name+"/repeat/after"))
	}
	return p
}

// Asks reports whether the producer waits for the answers to its requests.
func (p *Producer) Asks() bool { return p.asking != nil }

// Start lets the workload begin.
func (p *Producer) Start() {
	start := p.spec.Spec.Start.Sim()
	for c := range p.source.Clients() {
		p.arrived.After(start+p.source.Think(), uint32(c))
	}
	if p.source.Clients() == 0 {
		p.awaitNext()
	}
}

func (p *Producer) awaitNext() {
	if at, ok := p.source.Next(); ok {
		p.arrived.At(max(at, p.eng.Now()), 0)
	}
}

// arrive is the event that the workload hands messages over.
func (p *Producer) arrive(client uint32) {
	closed := p.source.Clients() > 0
	if closed && !p.source.Open(p.eng.Now()) {
		return
	}
	n := p.source.Together()
	if closed {
		p.serving = int32(client)
		n = min(n, p.spec.Batch.Size) // a client's request is one call
	}
	for range n {
		if !p.admit() {
			return
		}
	}
	if !closed {
		p.awaitNext()
	} else if p.open != noBatch {
		p.send() // a client does not wait for another's messages
	}
}

// admit gives birth to a message and puts it into the open batch. It returns false when memory is full.
func (p *Producer) admit() bool {
	m := repeat{size: p.source.Size(), key: p.source.Key()}
	if p.source.Poison() {
		m.flags = message.Poison
	}
	ref, ok := p.born(m)
	if ok && p.doubt != nil && p.doubt.Float64() < float64(p.spec.Repeats.Share) {
		m.id = p.store.ID(ref)
		p.repeatLater(m)
	}
	return ok && p.take(ref)
}

// born gives birth to a message. It returns false when memory is full.
func (p *Producer) born(m repeat) (message.Ref, bool) {
	ref, ok := p.store.New(p.eng.Now(), p.route, m.size, m.key, m.flags)
	if !ok {
		p.eng.Stop()
		return ref, false
	}
	p.Born.Inc()
	return ref, true
}

func (p *Producer) repeatLater(m repeat) {
	if len(p.unused) == 0 {
		p.unused = append(p.unused, uint32(len(p.repeats)))
		p.repeats = append(p.repeats, repeat{})
	}
	slot := p.unused[len(p.unused)-1]
	p.unused = p.unused[:len(p.unused)-1]
	p.repeats[slot] = m
	p.repeated.After(p.later.Sample(), slot)
}

// sendAgain is the event that a message is sent again, as another message of the same identity.
func (p *Producer) sendAgain(slot uint32) {
	m := p.repeats[slot]
	p.unused = append(p.unused, slot)
	ref, ok := p.born(m)
	if !ok {
		return
	}
	p.Repeated.Inc()
	p.store.SetID(ref, m.id)
	p.serving = -1 // no client of a closed loop waits for it
	if p.take(ref); p.source.Clients() > 0 && p.open != noBatch {
		p.send()
	}
}

// take puts a message into the open batch.
func (p *Producer) take(ref message.Ref) bool {
	now := p.eng.Now()
	if p.Held.Value() >= p.buffer {
		p.reject(ref)
		return true
	}
	p.Held.Add(now, 1)
	if p.open == noBatch {
		p.openBatch()
	}
	b := &p.batches[p.open]
	p.refs[int(p.open)*p.spec.Batch.Size+int(b.count)] = ref
	b.count++
	if int(b.count) == p.spec.Batch.Size {
		p.send()
	}
	return true
}

func (p *Producer) openBatch() {
	if len(p.free) == 0 {
		p.free = append(p.free, Call(len(p.batches)))
		p.batches = append(p.batches, batch{})
		p.refs = append(p.refs, make([]message.Ref, p.spec.Batch.Size)...)
	}
	p.open = p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	b := &p.batches[p.open]
	*b = batch{turn: b.turn + 1, client: p.serving}
	if p.spec.Batch.Size > 1 {
		p.lingered.After(p.spec.Batch.Linger.Sim(), uint64(b.turn)<<32|uint64(p.open))
	}
}

// lingerEnd is the event that a batch has waited long enough: it is sent as it is.
func (p *Producer) lingerEnd(arg uint64) {
	if call := Call(arg); call == p.open && p.batches[call].turn == uint32(arg>>32) {
		p.send()
	}
}

func (p *Producer) send() {
	call := p.open
	p.open = noBatch
	p.batches[call].begun = p.eng.Now()
	if e := p.spec.ClientEncryption; e != nil {
		var takes sim.Duration
		for _, ref := range p.Messages(call) {
			takes += e.Time(p.store.At(ref).SizeBytes)
		}
		p.enter(call, message.Work)
		p.sealed.After(takes, call)
		return
	}
	p.upload(call)
}

// upload puts what belongs into a bucket of a batch there, and makes the call.
func (p *Producer) upload(call Call) {
	if p.uploads != nil {
		p.uploads.Begin(call)
		return
	}
	p.client.Do(call)
}

// Uploaded makes the call, or ends the batch when nothing is to be sent or could be put.
func (p *Producer) Uploaded(call Call, err error) {
	switch {
	case err == nil && p.outbox != nil:
		p.client.Do(call)
		return
	case err == nil:
		p.Held.Add(p.eng.Now(), -1) // the object is the bucket's
	}
	p.Done(call, err)
}

// Messages returns the messages of a batch.
func (p *Producer) Messages(call Call) []message.Ref {
	first := int(call) * p.spec.Batch.Size
	return p.refs[first : first+int(p.batches[call].count)]
}

// Serve hands the batch to the queue: its request has reached the service.
func (p *Producer) Serve(call Call) error {
	if p.asking != nil {
		p.asking.ask(call)
		return Later
	}
	refs := p.Messages(call)
	var refused []message.Ref
	var err error
	if p.spec.Batch.Size == 1 {
		err = p.outbox.SendMessage(refs[0], p.delay)
	} else {
		refused, err = p.outbox.SendMessageBatch(refs, p.delay)
	}
	if err != nil {
		return err
	}
	p.Held.Add(p.eng.Now(), -int64(len(refs)))
	for _, ref := range refused {
		p.reject(ref)
	}
	return nil
}

func (p *Producer) reject(ref message.Ref) {
	p.Rejected.Inc()
	p.store.Move(ref, p.store.At(ref), message.Rejected)
	p.store.Free(ref)
}

// Attempt books the batch's time to the call.
func (p *Producer) Attempt(call Call) { p.enter(call, message.APICall) }

// BackOff books the batch's time to the retry.
func (p *Producer) BackOff(call Call) { p.enter(call, message.ClientRetry) }

func (p *Producer) enter(call Call, cause message.Cause) {
	now := p.eng.Now()
	for _, ref := range p.Messages(call) {
		p.store.At(ref).Enter(now, cause)
	}
}

// Done ends the batch. Its messages are rejected when the call was given up.
func (p *Producer) Done(call Call, err error) {
	now := p.eng.Now()
	if p.asking != nil {
		p.asking.end(p.Messages(call)[0], err)
	} else if err != nil {
		refs := p.Messages(call)
		p.Held.Add(now, -int64(len(refs)))
		for _, ref := range refs {
			p.reject(ref)
		}
	}
	if err == nil {
		p.SendTime.Record(int64(now.Sub(p.batches[call].begun)))
	}
	p.free = append(p.free, call)
	if client := p.batches[call].client; client >= 0 {
		p.arrived.After(p.source.Think(), uint32(client))
	}
}

// Name returns the producer's path in the scenario.
func (p *Producer) Name() string { return p.name }

// Kind returns "producer".
func (p *Producer) Kind() string { return "producer" }

// Reset begins the window of observation. The level keeps its present value.
func (p *Producer) Reset(now sim.Time) {
	p.Stats = Stats{Held: p.Held, SendTime: measure.NewHistogram()}
	p.Held.Reset(now)
	p.client.Reset(now)
	if p.asking != nil {
		p.asking.TimedOut = measure.Counter{}
	}
	p.window = now
}

// Figures reports the producer's figures of the window.
func (p *Producer) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("born", "messages", float64(p.Born.Value()))
	report("born_per_s", "messages/s", float64(p.Born.Value())/max(now.Sub(p.window).Seconds(), 1e-9))
	report("rejected", "messages", float64(p.Rejected.Value()))
	if p.asking != nil {
		report("failed", "requests", float64(p.Failed.Value()))
		report("timed_out", "attempts", float64(p.asking.TimedOut.Value()))
	}
	if p.spec.Repeats != nil {
		report("repeated", "messages", float64(p.Repeated.Value()))
	}
	report("held_mean", "messages", p.Held.Mean(now))
	report("held_max", "messages", float64(p.Held.Max()))
	report("calls", "calls", float64(p.client.Calls.Value()))
	report("retries", "attempts", float64(p.client.Retries.Value()))
	report("gave_up", "calls", float64(p.client.GaveUp.Value()))
	report("send_mean_s", "s", p.SendTime.Mean()/float64(sim.Second))
	for _, q := range []struct {
		name string
		p    float64
	}{{"send_p50_s", 0.5}, {"send_p95_s", 0.95}, {"send_p99_s", 0.99}} {
		ns, ok := p.SendTime.Quantile(q.p)
		report(q.name, "s", meter.SecondsOrNone(ns, ok))
	}
}

// Curves declares the producer's quantities over time.
func (p *Producer) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "born", Unit: "messages/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(p.Born.Value())
	}})
	declare(meter.Curve{Name: "held", Unit: "messages", Kind: meter.Mean, Read: p.Held.Integral})
}

// Usage reports nothing: the queue bills the calls, and the producer's own machines are not part of the design.
func (p *Producer) Usage(sim.Time, func(item, variant string, quantity float64)) {}
