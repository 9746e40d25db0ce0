package sdk

import (
	"weir/models/fault"
	"weir/models/message"
	"weir/models/stream"
	"weir/models/workload"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// Outbox is what a producer needs of the queue or topic that it sends to.
type Outbox interface {
	SendMessage(ref message.Ref, delay sim.Duration) error
	SendMessageBatch(refs []message.Ref, delay sim.Duration) (refused []message.Ref, err error)
}

// ProducerParts is what a producer is built from beside its Spec.
type ProducerParts struct {
	Outbox      Outbox // nil when it puts objects into a bucket or records into a stream
	Stream      stream.Target
	Put         *PutLimits   // of the stream
	KPL         *KPLDefaults // for a producer that uses the library
	Target      Target       // of synchronous requests, or nil
	ReadTimeout sim.Duration
	Objects     Objects // of that bucket, or of the one that its payloads go through, or nil
	Extended    *ExtendedClientLimits
	Keys        Encryption       // data keys of the queue or topic, nil when it is not encrypted
	Record      *workload.Record // of a trace
	Latency     random.Dist      // round trip of a send, ns
	FaultShare  float64
	Faults      *fault.State // that may strike what it sends to, or nil
	Connections int64
	Rules       *RetryRules
}

// Stats is what a producer measures.
type Stats struct {
	Born       measure.Counter // messages it had to send
	Rejected   measure.Counter // messages it gave up
	Rejections rejections      // by reason
	Failed     measure.Counter // requests that the function failed
	Repeated   measure.Counter // messages it had to send again
	Held       measure.Level   // messages at the producer: batched, waiting for a connection, in a call, backing off
	SendTime   *measure.Histogram
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
	load    *fault.Load // what faults put among the messages; nil unless they may
	uploads *Uploads    // nil unless something goes into a bucket
	asking  *asker      // nil unless it waits for answers
	puts    *puts       // nil unless it puts batches into a stream
	kpl     *kpl        // nil unless it puts records by the library
	size    int         // messages of a full batch
	linger  sim.Duration
	route   message.RouteID
	window  sim.Time // when the window of observation began
	delay   sim.Duration
	buffer  int64
	batches []batch
	refs    []message.Ref // of all batches, size each
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
		size: s.Batch.Size, linger: s.Batch.Linger.Sim(),
	}
	p.SendTime = measure.NewHistogram()
	if s.Deadline != nil {
		store.Ledger.Promise(name, s.Deadline.Sim())
	}
	if s.Delay != nil {
		p.delay = s.Delay.Sim()
	}
	if s.Buffer != nil {
		p.buffer = *s.Buffer
	}
	connections := p.connections(parts.Connections)
	if parts.Stream == nil || s.KPL == nil { // the library has a client of its own
		p.newClient(parts, connections)
	}
	switch {
	case parts.Stream != nil && s.KPL != nil:
		p.kpl = newKPL(p, parts)
	case parts.Stream != nil:
		p.puts = newPuts(p, parts.Stream, parts.Put)
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

// connections returns how many calls are under way at once: the SDK's default unless set.
func (p *Producer) connections(otherwise int64) int64 {
	connections := valueOr(p.spec.Connections, otherwise)
	if clients := int64(p.source.Clients()); clients > 0 {
		connections = max(connections, clients) // each client of a closed loop has its own
	}
	return connections
}

func (p *Producer) newClient(parts ProducerParts, connections int64) {
	name, s := p.name+"/send", p.spec
	retry := NewCallerRetry(s.Caller, s.Retry, parts.Rules, p.eng.Rand(name+"/retry"))
	latency := random.NewDuration(parts.Latency, p.eng.Rand(name))
	p.client = NewClient(p.eng, name, p, latency, connections, parts.FaultShare, retry)
	p.client.Encrypt(parts.Keys)
	p.client.Disturb(parts.Faults)
}

// Asks reports whether the producer waits for the answers to its requests.
func (p *Producer) Asks() bool { return p.asking != nil }

// Strike lets faults put poison and a hot key among the messages.
func (p *Producer) Strike(load *fault.Load) { p.load = load }

// Attempts returns how many attempts of calls the producer has made, and how many of them were retries.
func (p *Producer) Attempts() (all, retries uint64) {
	if p.kpl != nil {
		return p.kpl.client.Attempts.Value(), p.kpl.client.Retries.Value()
	}
	return p.client.Attempts.Value(), p.client.Retries.Value()
}

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
		n = min(n, p.size) // a client's request is one call
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
	if p.load != nil {
		m.key = p.load.Key(m.key)
		if p.load.Poison() {
			m.flags = message.Poison
		}
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

// take puts a message into the open batch.
func (p *Producer) take(ref message.Ref) bool {
	now := p.eng.Now()
	if p.Held.Value() >= p.buffer {
		p.reject(ref, BufferFull)
		return true
	}
	m := p.store.At(ref)
	m.SizeBytes = p.spec.Compression.shrunk(m.SizeBytes)
	if p.puts != nil && p.puts.passesOver(m) {
		p.reject(ref, TooLarge)
		return true
	}
	p.Held.Add(now, 1)
	if p.kpl != nil {
		p.kpl.take(ref)
		return true
	}
	var size int64
	if p.puts != nil {
		if size = p.puts.recordBytes(m); p.open != noBatch && !p.puts.fits(size) {
			p.send()
		}
	}
	if p.open == noBatch {
		p.openBatch()
	}
	b := &p.batches[p.open]
	at := int(p.open)*p.size + int(b.count)
	p.refs[at] = ref
	b.count++
	if p.puts != nil {
		p.puts.take(at, m, size)
	}
	if int(b.count) == p.size {
		p.send()
	}
	return true
}

func (p *Producer) openBatch() {
	if len(p.free) == 0 {
		p.free = append(p.free, Call(len(p.batches)))
		p.batches = append(p.batches, batch{})
		p.refs = append(p.refs, make([]message.Ref, p.size)...)
	}
	p.open = p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	b := &p.batches[p.open]
	*b = batch{turn: b.turn + 1, client: p.serving}
	if p.puts != nil {
		p.puts.bytes = 0
	}
	if p.size > 1 {
		p.lingered.After(p.linger, uint64(b.turn)<<32|uint64(p.open))
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
	if p.prepares() {
		var takes sim.Duration
		for _, ref := range p.Messages(call) {
			takes += p.preparation(p.store.At(ref).SizeBytes)
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
	if p.puts != nil {
		p.puts.begin(call)
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
	first := int(call) * p.size
	return p.refs[first : first+int(p.batches[call].count)]
}

// Serve hands the batch to the queue: its request has reached the service.
func (p *Producer) Serve(call Call) error {
	if p.asking != nil {
		p.asking.ask(call)
		return Later
	}
	if p.puts != nil {
		return p.puts.serve(call)
	}
	refs := p.Messages(call)
	var refused []message.Ref
	var err error
	if p.size == 1 {
		err = p.outbox.SendMessage(refs[0], p.delay)
	} else {
		refused, err = p.outbox.SendMessageBatch(refs, p.delay)
	}
	if err != nil {
		return err
	}
	p.Held.Add(p.eng.Now(), -int64(len(refs)))
	for _, ref := range refused {
		p.reject(ref, Refused)
	}
	return nil
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
	if p.puts != nil {
		if p.puts.again(call, err) {
			return
		}
		p.puts.done(call)
	}
	if p.asking != nil {
		p.asking.end(p.Messages(call)[0], err)
	} else if err != nil || p.puts != nil {
		refs := p.Messages(call)
		p.Held.Add(now, -int64(len(refs)))
		for _, ref := range refs {
			p.reject(ref, reasonOf(err))
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
