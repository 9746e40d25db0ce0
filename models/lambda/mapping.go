package lambda

import (
	"weir/models/fault"
	"weir/models/iam"
	"weir/models/message"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/ring"
)

// Inbox is what a mapping needs of the queue that it reads.
type Inbox interface {
	ReceiveMessage(most int, wait, visibility sim.Duration, to message.Receiver, token uint64)
	DeleteMessageBatch(receipts []message.Receipt) error
	ConsumerFree(n int)
	Idle() message.Idle
}

// MappingParts is what a mapping is built from beside its Spec.
type MappingParts struct {
	Inbox           Inbox
	FIFO            bool
	Visibility      sim.Duration // the queue's own visibility timeout
	Receive, Delete random.Dist  // round trips of the calls, ns
	CallMax         int          // messages of one call
	Faults          *fault.State // that may strike the queue, or nil
	Denied          *iam.Denial  // of the function's role, which may not read the queue
}

// MappingStats is what a mapping measures.
type MappingStats struct {
	Concurrency measure.Level // batches that may be invoked at once
	Pollers     measure.Level // that read, or wait for an invocation
	Invoked     measure.Level // batches under way

	Batches   measure.Counter // invocations begun
	Throttled measure.Counter // attempts of them that were throttled
	Failed    measure.Counter // batches that ended with an error
	GivenUp   measure.Counter // batches whose visibility timeout ended before they were invoked
	Filtered  measure.Counter // messages that a filter dropped
	Refused   measure.Counter // receives that the queue answered with an error
	Size      measure.Tally   // messages of a batch
}

// Mapping is an event source mapping of a queue. Each of its pollers makes a circle:
//
//	ask → received → (until full, or the window is over) → invoke → delete → ask …
//	                                                 ↑        │ throttled, or failed: pause
//	                                                 └────────┘
//
// As many batches may be invoked at once as its concurrency, which is raised while no poller waits for messages, and
// lowered by pollers that find none. While invocations are short there are more pollers than that, so that the calls to
// the queue overlap with invocations: published measurements show the maximum concurrency used up by invocations of
// 50 ms. Their number is that which Little's law asks for, at most twice the concurrency.
type Mapping struct {
	MappingStats

	f          *Function
	name       string
	spec       *MappingSpec
	parts      MappingParts
	limit      *MappingLimits
	eng        *sim.Engine
	store      *message.Store
	batchSize  int
	least      int64 // pollers that stay
	most       int64
	ramp       float64 // pollers a second
	allowance  float64
	visibility sim.Duration // that is asked for, or message.QueueDefault
	expiry     sim.Duration // how long a batch can be invoked
	pollers    []*poller    // each in its place: the function keeps a pointer to its batch
	free       []uint32
	ready      ring.Buffer[token] // batches that wait until they may be invoked
	calls      float64            // what the calls of a round take on average, ns
	duration   float64            // of invocations, smoothed, ns
	waiting    int64              // pollers whose receive waits for messages
	lastFound  sim.Time           // when a receive last found messages
	failed     bool               // a batch failed since the last tick
	waited     bool               // a receive waited that was answered since
	paused     int                // pollers that pause after a batch that failed

	receive, delete, latency random.Duration
	filter                   *sim.Rand

	asked    sim.Event[token] // a receive has reached the queue
	received sim.Event[token] // its answer is back
	invoked  sim.Event[token] // a batch has reached the function, for the first time or again
	deleted  sim.Event[token] // a delete has reached the queue
	resumed  sim.Event[uint32]
	tick     sim.Event[uint8]
}

// poller is one of a mapping's pollers, or the place of one.
type poller struct {
	turn    uint32 // counts those that had the place
	began   sim.Time
	failed  bool // its last batch ended with an error
	asking  bool // its receive has not been answered
	waits   bool // its receive waits for messages
	batch   Batch
	bytes   int64
	first   sim.Time // when the first message of the batch came
	expires sim.Time // when its visibility timeout ends
	delay   sim.Duration
	down    sim.Duration
	got     int // messages of the last receive
}

// tickEvery is how often pollers are added.
const tickEvery = sim.Second

// Map makes the function read a queue. It is called before the run.
func (f *Function) Map(s *MappingSpec, parts MappingParts) *Mapping {
	m := &Mapping{
		f: f, name: f.name + "/" + s.From.String(), spec: s, parts: parts, limit: &f.limit.MappingLimits, eng: f.eng,
		store: f.store, visibility: message.QueueDefault, expiry: parts.Visibility,
	}
	m.batchSize = 10
	if s.BatchSize != nil {
		m.batchSize = *s.BatchSize
	}
	window, timeout := s.BatchWindow.Sim(), f.spec.Timeout.Sim()
	if window > 0 && window+timeout > parts.Visibility {
		m.visibility = window + timeout + m.limit.WindowMargin.Sim()
		m.expiry = m.visibility
	}
	m.least, m.most, m.ramp = m.limit.Pollers, m.limit.PollersMax, m.limit.Ramp.PerSecond()
	if s.MaximumConcurrency != nil {
		m.most = int64(*s.MaximumConcurrency)
	}
	if p := s.ProvisionedPollers; p != nil {
		each := m.limit.PollerConcurrency
		m.least, m.most, m.ramp = int64(p.Minimum)*each, int64(p.Maximum)*each, m.limit.PollerRamp.PerSecond()
	}
	m.least = min(m.least, m.most)
	name := m.name
	latency := m.limit.MappingLatency
	if parts.FIFO {
		latency = m.limit.MappingLatencyFIFO
	}
	m.receive = random.NewDuration(parts.Receive, f.eng.Rand(name+"/receive"))
	m.delete = random.NewDuration(parts.Delete, f.eng.Rand(name+"/delete"))
	m.calls = m.receive.Mean() + m.delete.Mean() + latency.Dist().Mean()
	m.latency = random.NewDuration(latency.Dist(), f.eng.Rand(name+"/invoke"))
	m.filter = f.eng.Rand(name + "/filter")
	m.asked = sim.NewEvent(f.eng, name+"/asked", m.ask)
	m.received = sim.NewEvent(f.eng, name+"/received", m.take)
	m.invoked = sim.NewEvent(f.eng, name+"/invoked", m.invoke)
	m.deleted = sim.NewEvent(f.eng, name+"/deleted", m.deleteDone)
	m.resumed = sim.NewEvent(f.eng, name+"/resumed", m.resume)
	m.tick = sim.NewEvent(f.eng, name+"/tick", m.scale)
	f.mappings = append(f.mappings, m)
	return m
}

// Start lets the first pollers read.
func (m *Mapping) Start() {
	m.Concurrency.Set(m.eng.Now(), m.least)
	m.addPollers()
	m.tick.After(tickEvery, 0)
}

// addPollers adds the pollers that the present concurrency keeps busy.
func (m *Mapping) addPollers() {
	for m.Pollers.Value() < m.pollersWanted() {
		m.add()
	}
}

// pollersWanted returns how many pollers the present concurrency keeps busy: those whose batch is invoked, and those
// whose calls are under way meanwhile.
func (m *Mapping) pollersWanted() int64 {
	c := m.Concurrency.Value()
	if m.duration <= 0 {
		return c
	}
	return c + int64(float64(c)*min(m.calls/m.duration, 1))
}

// add lets one more poller read.
func (m *Mapping) add() {
	if len(m.free) == 0 {
		m.free = append(m.free, uint32(len(m.pollers)))
		m.pollers = append(m.pollers, &poller{batch: m.spec.batch(m.parts.Inbox)})
	}
	i := m.free[len(m.free)-1]
	m.free = m.free[:len(m.free)-1]
	m.Pollers.Add(m.eng.Now(), 1)
	m.poll(i)
}

// poll begins a turn of a poller: with empty hands it counts as a free consumer.
func (m *Mapping) poll(i uint32) {
	p := m.pollers[i]
	p.turn++
	p.batch.Receipts, p.batch.Done, p.bytes, p.delay = p.batch.Receipts[:0], 0, 0, 0
	m.parts.Inbox.ConsumerFree(1)
	m.askFor(i)
}

// askFor sends a receive on its way.
func (m *Mapping) askFor(i uint32) {
	p := m.pollers[i]
	roundTrip := m.receive.Sample()
	if faults := m.parts.Faults; faults != nil {
		roundTrip = faults.Stretch(roundTrip)
	}
	up := roundTrip / 2
	p.down = roundTrip - up
	m.asked.After(up, tokenOf(i, p.turn))
}

// ask is the event that a receive has reached the queue.
func (m *Mapping) ask(tk token) {
	p := m.pollers[uint32(tk)]
	if d := m.parts.Denied; d != nil {
		m.Received(uint64(tk), nil, d.Deny())
		return
	}
	most := min(m.batchSize-len(p.batch.Receipts), m.parts.CallMax)
	p.asking = true
	m.parts.Inbox.ReceiveMessage(most, m.limit.PollWait.Sim(), m.visibility, m, uint64(tk))
	if p.asking {
		p.waits = true
		m.waiting++
	}
}

// Received takes the queue's answer and sends it on its way back.
func (m *Mapping) Received(tk uint64, receipts []message.Receipt, err error) {
	i := uint32(tk)
	p := m.pollers[i]
	if p.asking = false; p.waits {
		p.waits, m.waited = false, true
		m.waiting--
	}
	if err != nil {
		m.Refused.Inc()
		p.down += m.limit.ThrottleDelay.Sim()
	}
	now := m.eng.Now()
	if p.got = len(receipts); p.got > 0 {
		m.lastFound = now
		if len(p.batch.Receipts) == 0 {
			p.expires = now.Add(m.expiry)
		}
	}
	for _, r := range receipts {
		p.batch.Receipts = append(p.batch.Receipts, r)
		p.bytes += int64(m.store.At(r.Ref).SizeBytes)
	}
	m.received.After(p.down, token(tk))
}

// take is the event that the answer of a receive is back.
func (m *Mapping) take(tk token) {
	i := uint32(tk)
	p := m.pollers[i]
	now := m.eng.Now()
	fresh := len(p.batch.Receipts) == p.got // the batch was empty before
	if p.got > 0 && m.spec.Pass < 1 {
		m.drop(p)
	}
	switch n := len(p.batch.Receipts); {
	case n == 0 && p.got == 0:
		m.stayOrLeave(i)
		return
	case n == 0: // the filter dropped all: the queue took the poller for busy
		m.poll(i)
		return
	case fresh:
		p.first = now
	case p.got > 0:
	default:
		m.parts.Inbox.ConsumerFree(-1) // it asked as a free consumer and found nothing more
	}
	window := m.spec.BatchWindow.Sim()
	full := len(p.batch.Receipts) >= m.batchSize || p.bytes >= int64(m.f.limit.SyncPayload)
	if full || now.Sub(p.first) >= window {
		m.dispatch(i)
		return
	}
	for _, r := range p.batch.Receipts {
		m.f.Enter(now, r, message.BatchWindow)
	}
	m.parts.Inbox.ConsumerFree(1)
	m.askFor(i)
}

// dispatch sends a batch to the function.
func (m *Mapping) dispatch(i uint32) {
	p := m.pollers[i]
	m.Size.Record(float64(len(p.batch.Receipts)))
	if m.spec.BatchWindow > 0 {
		m.enter(p, message.APICall)
	}
	m.invoked.After(m.latency.Sample(), tokenOf(i, p.turn))
}

func (m *Mapping) enter(p *poller, cause message.Cause) {
	now := m.eng.Now()
	for _, r := range p.batch.Receipts {
		m.f.Enter(now, r, cause)
	}
}

// drop deletes the messages that no filter lets pass. One that came before has passed.
func (m *Mapping) drop(p *poller) {
	all := p.batch.Receipts
	first := len(all) - p.got
	kept := all[:first]
	var dropped []message.Receipt
	for _, r := range all[first:] {
		msg, mine := m.f.Mine(r)
		before := msg.Place() == message.Filtered // and could not be deleted
		if !before && (!mine || msg.Receives > 1 || m.filter.Float64() < float64(m.spec.Pass)) {
			kept = append(kept, r)
			continue
		}
		dropped = append(dropped, r)
	}
	p.batch.Receipts = kept
	if len(dropped) == 0 {
		return
	}
	for _, r := range dropped {
		msg := m.store.At(r.Ref)
		p.bytes -= int64(msg.SizeBytes)
		m.Filtered.Inc()
		m.store.Move(r.Ref, msg, message.Filtered)
	}
	_ = m.parts.Inbox.DeleteMessageBatch(dropped) // what is not deleted comes back, and is dropped then
}

// invoke is the event that a batch has reached the function.
func (m *Mapping) invoke(tk token) {
	i := uint32(tk)
	p := m.pollers[i]
	now := m.eng.Now()
	switch {
	case now >= p.expires: // its messages are visible again
		m.GivenUp.Inc()
		m.poll(i)
		return
	case m.Invoked.Value() >= m.Concurrency.Value():
		m.enter(p, message.Prefetch)
		m.ready.Push(tk)
		return
	}
	err := m.f.start(noMessage, &p.batch, m, uint64(tk))
	if err == nil {
		m.Batches.Inc()
		m.Invoked.Add(now, 1)
		p.began = now
		return
	}
	m.Throttled.Inc()
	for _, r := range p.batch.Receipts {
		m.f.Abandon(now, r, message.DeadByThrottle)
		m.f.Enter(now, r, message.Throttle)
	}
	p.delay = min(max(2*p.delay, m.limit.ThrottleDelay.Sim()), m.limit.ThrottleDelayMax.Sim())
	m.invoked.After(p.delay, tk)
}

// Answered takes the end of an invocation: what was processed is deleted.
func (m *Mapping) Answered(tk uint64, err error) {
	i := uint32(tk)
	p := m.pollers[i]
	if err != nil {
		m.Failed.Inc()
		m.failed, p.failed = true, true
		p.batch.Done = 0
	}
	now := m.eng.Now()
	m.Invoked.Add(now, -1)
	m.duration += float64((float64(now.Sub(p.began)) - m.duration) / durationSmoothing)
	m.deleted.After(m.delete.Sample()/2, token(tk))
	if m.ready.Len() > 0 && m.Invoked.Value() < m.Concurrency.Value() {
		m.invoke(m.ready.Pop())
	}
}

// durationSmoothing is over how many invocations their duration is smoothed.
const durationSmoothing = 16

// deleteDone is the event that a delete has reached the queue: the poller asks again when the answer is there, or after
// its pause when the batch failed.
func (m *Mapping) deleteDone(tk token) {
	i := uint32(tk)
	p := m.pollers[i]
	for receipts := p.batch.Receipts[:p.batch.Done]; len(receipts) > 0; {
		n := min(len(receipts), m.parts.CallMax)
		if m.parts.Inbox.DeleteMessageBatch(receipts[:n]) != nil {
			copy(p.batch.Receipts, receipts)
			p.batch.Done = len(receipts)
			m.deleted.After(m.limit.ThrottleDelay.Sim(), tk)
			return
		}
		receipts = receipts[n:]
	}
	if p.failed {
		p.failed = false
		m.paused++
		m.resumed.After(m.limit.ErrorPause.Sim(), i)
		return
	}
	m.poll(i)
}

// resume is the event that the pause of a poller is over.
func (m *Mapping) resume(i uint32) {
	m.paused--
	m.poll(i)
}

// stayOrLeave lets a poller that found nothing ask again, unless there are more pollers than there need be.
func (m *Mapping) stayOrLeave(i uint32) {
	m.parts.Inbox.ConsumerFree(-1)
	now := m.eng.Now()
	lower := m.Concurrency.Value() > m.wanted()
	if lower {
		m.Concurrency.Add(now, -1)
	}
	if lower || m.Pollers.Value() > m.Concurrency.Value() {
		m.Pollers.Add(now, -1)
		m.pollers[i].turn++
		m.free = append(m.free, i)
		return
	}
	m.poll(i)
}

// wanted returns the concurrency that stays though pollers find nothing.
func (m *Mapping) wanted() int64 {
	fixed := m.spec.MaximumConcurrency != nil || m.spec.ProvisionedPollers != nil
	if !fixed && m.eng.Now().Sub(m.lastFound) >= m.limit.IdleAfter.Sim() {
		return min(m.limit.PollersIdle, m.least)
	}
	return m.least
}

// scale is the event that the concurrency may be raised: by the ramp while no poller waits for messages, and back to
// where it began when messages come again. While batches fail it is not.
func (m *Mapping) scale(uint8) {
	m.tick.After(tickEvery, 0)
	scarce := m.waiting > 0 || m.waited // messages, not pollers
	failed := m.failed || m.paused > 0
	m.failed, m.waited = false, false
	now := m.eng.Now()
	switch {
	case m.Concurrency.Value() < m.wanted():
		m.Concurrency.Set(now, m.wanted())
		m.addPollers()
	case scarce || failed || m.Concurrency.Value() >= m.most:
		m.allowance = 0
	default:
		// Where there is no limit to the ramp, it doubles each second: what is too much then finds no messages.
		m.allowance = min(m.allowance+float64(m.ramp*tickEvery.Seconds()), float64(m.Concurrency.Value())+1)
		more := min(int64(m.allowance), m.most-m.Concurrency.Value())
		m.allowance -= float64(more)
		m.Concurrency.Add(now, more)
	}
	if !scarce {
		m.addPollers()
	}
}
