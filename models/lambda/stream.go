package lambda

import (
	"math/bits"

	"weir/models/message"
	"weir/models/sdk"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/ring"
)

// Stream is what a mapping needs of a stream. Each reader gets a copy of every record, so that each copy ends with one
// reader: the stream keeps records, and readers do not take them away from each other.
type Stream interface {
	// Shards returns how many shards there are.
	Shards() int
	// Attach makes the stream hand copies of its records to a reader from now on. It is called before the run.
	Attach(r Reader)
	// PollEvery returns how long a poll of a shard comes after the one before.
	PollEvery() sim.Duration
	// Retention returns how long a record can be read.
	Retention() sim.Duration
}

// Reader takes its copies of the records of a stream.
type Reader = interface {
	// Sender returns the name that the copies are sent under.
	Sender() string
	// Written hands over a copy that can be read from now on, in the order of its shard.
	Written(shard int, ref message.Ref)
}

// StreamParts is what a mapping of a stream is built from beside its Spec.
type StreamParts struct {
	Stream    Stream
	OnFailure Destination
	Push      random.Dist // from a record that can be read to a mapping with enhanced fan-out, ns
}

// StreamStats is what a mapping of a stream measures.
type StreamStats struct {
	Waiting measure.Level // records that are read or wait to be

	Batches     measure.Counter // invocations begun
	Throttled   measure.Counter // attempts that were throttled
	Failed      measure.Counter // attempts that ended with an error
	Bisected    measure.Counter // batches that were halved
	GivenUp     measure.Counter // records given up after their last attempt
	Expired     measure.Counter // records that were too old
	Filtered    measure.Counter
	Recorded    measure.Counter // records of batches sent to the destination
	Windows     measure.Counter // tumbling windows that ended
	Size        measure.Tally
	IteratorAge *measure.Histogram // of the last record of a batch as it is sent, ns
}

// StreamMapping is an event source mapping of a stream. Each lane of it, a shard or with a parallelization factor a
// part of one, makes a circle:
//
//	records come → poll → (until full, or the window is over) → invoke → done: the next batch
//	                                                        ↑       │ failed or throttled: wait
//	                                                        └───────┘ no other batch of the lane comes before
type StreamMapping struct {
	StreamStats

	f       *Function
	name    string
	spec    *MappingSpec
	parts   StreamParts
	limit   *MappingLimits
	eng     *sim.Engine
	store   *message.Store
	size    int
	ageMax  sim.Duration
	every   sim.Duration
	lanes   []lane
	phases  []sim.Duration // of the polls, by shard
	filter  *sim.Rand
	latency random.Duration
	push    random.Duration
	failure *destination

	polled  sim.Event[uint32] // a poll of a lane, or its window is over
	invoked sim.Event[uint32] // a batch has reached the function, for the first time or again
	closed  sim.Event[uint32] // a tumbling window ends
}

// lane is a shard, or a part of one, whose records are worked on in their order.
type lane struct {
	line     ring.Buffer[message.Ref]
	refs     []message.Ref // of the batch, in order
	batch    Batch
	busy     bool // a batch is gathered, invoked or waits to be tried again
	polling  bool // a poll is scheduled
	attempts int  // that failed
	delay    sim.Duration
	most     int   // records of the next batch, after a halving; 0: as the mapping says
	parts    []int // records of the parts of halved batches that come next, the last one first
	first    sim.Time
	state    bool // a tumbling window is open
	closing  bool // it has ended, and its last invocation is due
	ending   bool // its last invocation is under way
}

// MapStream makes the function read a stream. It is called before the run.
func (f *Function) MapStream(s *MappingSpec, name string, parts StreamParts) *StreamMapping {
	m := &StreamMapping{
		f: f, name: f.name + "/" + name, spec: s, parts: parts, limit: &f.limit.MappingLimits, eng: f.eng, store: f.store,
		size: int(f.limit.StreamBatch), ageMax: parts.Stream.Retention(), every: parts.Stream.PollEvery(),
	}
	m.IteratorAge = measure.NewHistogramDigits(coarse)
	if s.BatchSize != nil {
		m.size = *s.BatchSize
	}
	if s.MaximumRecordAge != nil {
		m.ageMax = min(m.ageMax, s.MaximumRecordAge.Sim())
	}
	luck := f.eng.Rand(m.name + "/phase")
	for range parts.Stream.Shards() {
		m.phases = append(m.phases, sim.Duration(luck.Float64()*float64(m.every)))
	}
	m.lanes = make([]lane, parts.Stream.Shards()*s.ParallelizationFactor)
	for i := range m.lanes {
		m.lanes[i].batch.Partial = s.ReportBatchItemFailures
	}
	if to := parts.OnFailure; to.To != nil {
		m.failure = &destination{to: to.To, sender: m.name + " -> " + to.Name}
	}
	m.filter = f.eng.Rand(m.name + "/filter")
	m.latency = random.NewDuration(m.limit.MappingLatency.Dist(), f.eng.Rand(m.name+"/invoke"))
	m.push = random.NewDuration(parts.Push, f.eng.Rand(m.name+"/push"))
	m.polled = sim.NewEvent(f.eng, m.name+"/polled", m.poll)
	m.invoked = sim.NewEvent(f.eng, m.name+"/invoked", m.invoke)
	m.closed = sim.NewEvent(f.eng, m.name+"/closed", m.windowEnd)
	parts.Stream.Attach(m)
	return m
}

// Sender returns the name that the mapping's copies are sent under.
func (m *StreamMapping) Sender() string { return m.name }

// Written takes a copy of a record.
func (m *StreamMapping) Written(shard int, ref message.Ref) {
	now := m.eng.Now()
	msg := m.store.At(ref)
	msg.Failure = message.DeadByError
	m.Waiting.Add(now, 1)
	m.store.Move(ref, msg, message.Visible)
	msg.Enter(now, message.Poll)
	factor := m.spec.ParallelizationFactor
	i := uint32(shard * factor)
	if factor > 1 {
		i += uint32(hashOf(msg.Key) % uint64(factor))
	}
	l := &m.lanes[i]
	l.line.Push(ref)
	if !l.busy && !l.polling {
		m.awaitPoll(i, shard)
	}
}

// hashOf spreads the keys over the parts of a shard (the finaliser of splitmix64).
func hashOf(key uint32) uint64 {
	x := uint64(key) + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return bits.RotateLeft64(x^x>>31, 17)
}

// awaitPoll schedules the next poll of a lane's shard: polls come at a steady rate, and those that would find nothing
// take no event. Records are pushed to a mapping with enhanced fan-out.
func (m *StreamMapping) awaitPoll(i uint32, shard int) {
	m.lanes[i].polling = true
	if m.spec.EnhancedFanOut {
		m.polled.After(m.push.Sample(), i)
		return
	}
	m.polled.At(m.nextPoll(shard), i)
}

// nextPoll returns when a shard is polled next, after now.
func (m *StreamMapping) nextPoll(shard int) sim.Time {
	if m.every <= 0 {
		return m.eng.Now()
	}
	since := sim.Duration(m.eng.Now()) - m.phases[shard]
	turns := since/m.every + 1
	if since < 0 {
		turns = 0
	}
	return sim.Time(m.phases[shard] + turns*m.every)
}

// poll is the event that a lane's shard is polled: it takes what there is.
func (m *StreamMapping) poll(i uint32) {
	l := &m.lanes[i]
	l.polling = false
	now := m.eng.Now()
	if l.ending {
		return // it polls when that is done
	}
	if !l.busy {
		l.busy, l.first = true, now
	}
	m.gather(i)
	full := len(l.refs) >= m.most(l) || l.most > 0 || m.bytesOf(l) >= int64(m.f.limit.SyncPayload)
	if window := m.spec.BatchWindow.Sim(); !full && now.Sub(l.first) < window && len(l.refs) > 0 {
		for _, ref := range l.refs {
			if msg := m.store.At(ref); msg.Cause() != message.BatchWindow {
				msg.Enter(now, message.BatchWindow)
			}
		}
		l.polling = true
		over := l.first.Add(window)
		if m.every > 0 { // else a poll takes no time, and would find the same again
			over = min(over, m.nextPoll(int(i)/m.spec.ParallelizationFactor))
		}
		m.polled.At(over, i)
		return
	}
	m.dispatch(i)
}

func (m *StreamMapping) most(l *lane) int {
	if l.most > 0 {
		return l.most
	}
	return m.size
}

func (m *StreamMapping) bytesOf(l *lane) (bytes int64) {
	for _, ref := range l.refs {
		bytes += int64(m.store.At(ref).SizeBytes)
	}
	return bytes
}

// gather takes records of a lane into its batch: those that a filter drops and that are too old end here.
func (m *StreamMapping) gather(i uint32) {
	l, now := &m.lanes[i], m.eng.Now()
	bytes := m.bytesOf(l)
	for l.line.Len() > 0 && len(l.refs) < m.most(l) && bytes < int64(m.f.limit.SyncPayload) {
		ref := l.line.Pop()
		msg := m.store.At(ref)
		switch {
		case now.Sub(msg.Enqueued) > m.ageMax:
			m.Expired.Inc()
			if m.failure != nil {
				m.record(ref)
			}
			m.discard(ref, msg, message.DeadByTimeout, message.ExpiredInQueue)
		case m.spec.Pass < 1 && !msg.Has(message.Seen) && m.filter.Float64() >= float64(m.spec.Pass):
			m.Filtered.Inc()
			m.drop(ref, msg, message.Filtered)
		default:
			l.refs = append(l.refs, ref)
			bytes += int64(msg.SizeBytes)
		}
	}
}

// drop ends a record.
func (m *StreamMapping) drop(ref message.Ref, msg *message.Message, place message.Place) {
	m.Waiting.Add(m.eng.Now(), -1)
	m.store.Move(ref, msg, place)
	m.store.Free(ref)
}

// discard gives a record up, for a reason that counts when a destination is told of it.
func (m *StreamMapping) discard(ref message.Ref, msg *message.Message, why, untold message.Place) {
	switch {
	case m.failure == nil:
		why = untold
	case msg.Has(message.Poison):
		why = message.DeadByPoison
	}
	m.drop(ref, msg, why)
}

// dispatch sends a lane's batch to the function, if there is one.
func (m *StreamMapping) dispatch(i uint32) {
	l := &m.lanes[i]
	if len(l.refs) == 0 {
		m.batchDone(i)
		return
	}
	now := m.eng.Now()
	m.Size.Record(float64(len(l.refs)))
	m.IteratorAge.Record(int64(now.Sub(m.store.At(l.refs[len(l.refs)-1]).Enqueued)))
	l.batch.Receipts = l.batch.Receipts[:0]
	for _, ref := range l.refs {
		msg := m.store.At(ref)
		msg.Receipt++
		msg.Enter(now, message.APICall)
		l.batch.Receipts = append(l.batch.Receipts, message.Receipt{
			Ref: ref, Number: msg.Receipt, Generation: msg.Generation, At: now,
		})
	}
	l.batch.Done, l.batch.Lowest = 0, len(l.refs)
	m.openWindow(i)
	m.invoked.After(m.latency.Sample(), i)
}

// invoke is the event that a batch has reached the function.
func (m *StreamMapping) invoke(i uint32) {
	l, now := &m.lanes[i], m.eng.Now()
	if l.ending {
		if m.f.start(noMessage, nil, closer{m}, uint64(i)) != nil {
			m.Throttled.Inc()
			m.endAgain(i)
		}
		return
	}
	if err := m.f.start(noMessage, &l.batch, m, uint64(i)); err != nil {
		m.Throttled.Inc()
		for _, ref := range l.refs {
			m.store.At(ref).Enter(now, message.Throttle)
		}
		m.again(i)
		return
	}
	m.Batches.Inc()
	for _, ref := range l.refs {
		m.store.Move(ref, m.store.At(ref), message.InFlight)
	}
}

// again lets a lane wait until its batch is tried again. What has become too old meanwhile is given up then.
func (m *StreamMapping) again(i uint32) {
	l := &m.lanes[i]
	l.delay = min(max(2*l.delay, m.limit.StreamRetry.Sim()), m.limit.StreamRetryMax.Sim())
	l.polling = true
	m.polled.After(l.delay, i)
	for _, ref := range l.refs {
		msg := m.store.At(ref)
		m.store.Move(ref, msg, message.Visible)
	}
	m.putBack(l)
}

// putBack puts the batch back to the front of the lane, where the next one is taken from. It is no larger.
func (m *StreamMapping) putBack(l *lane) {
	if l.most == 0 || len(l.refs) < l.most {
		l.most = len(l.refs)
	}
	for k := len(l.refs) - 1; k >= 0; k-- {
		l.line.PushFront(l.refs[k])
	}
	l.refs = l.refs[:0]
}

// Answered takes the end of an invocation.
func (m *StreamMapping) Answered(token uint64, err error) {
	i := uint32(token)
	l, now := &m.lanes[i], m.eng.Now()
	done := len(l.refs)
	if err != nil {
		done = 0
	} else if l.batch.Partial {
		done = l.batch.Lowest
	}
	for _, ref := range l.refs[:done] {
		m.Waiting.Add(now, -1)
		m.store.Free(ref)
	}
	l.refs = l.refs[:copy(l.refs, l.refs[done:])]
	if len(l.refs) == 0 {
		m.batchDone(i)
		return
	}
	m.Failed.Inc()
	for _, ref := range l.refs { // those processed behind one that failed are worked on again
		if msg := m.store.At(ref); msg.Cause() != message.Retry {
			msg.Enter(now, message.Retry)
		}
	}
	if done > 0 { // the checkpoint has moved: what is left is a batch of its own
		l.attempts, l.delay, l.most = 0, 0, 0
	}
	if m.spec.BisectBatchOnFunctionError && len(l.refs) > 1 && err != nil {
		m.Bisected.Inc()
		half := (len(l.refs) + 1) / 2
		l.parts = append(l.parts, len(l.refs)-half)
		m.again(i)
		l.most = half
		return
	}
	if most := m.spec.MaximumRetryAttempts; most != nil && l.attempts >= *most {
		m.giveUp(i)
		return
	}
	l.attempts++
	m.again(i)
}

// batchDone lets a lane go on after a batch: with the rest of one that was halved, or with what has come.
func (m *StreamMapping) batchDone(i uint32) {
	l := &m.lanes[i]
	l.attempts, l.delay, l.most = 0, 0, 0
	if n := len(l.parts); n > 0 {
		l.most, l.parts = l.parts[n-1], l.parts[:n-1]
	}
	l.busy = false
	m.goOn(i)
}

// giveUp ends the records of a batch after its last attempt, and tells the destination of them.
func (m *StreamMapping) giveUp(i uint32) {
	l := &m.lanes[i]
	if m.failure != nil {
		m.record(l.refs[0])
	}
	for _, ref := range l.refs {
		m.GivenUp.Inc()
		msg := m.store.At(ref)
		m.discard(ref, msg, msg.Failure, message.Lost)
	}
	l.refs = l.refs[:0]
	m.batchDone(i)
}

// record sends the destination one record of a batch: of its shard and range, in the name of its first record.
func (m *StreamMapping) record(ref message.Ref) {
	msg := m.store.At(ref)
	c, ok := m.store.Copy(m.eng.Now(), ref, m.failure.route(&m.store.Ledger, msg.Route), message.Idle{})
	if !ok {
		m.eng.Stop()
		return
	}
	if m.failure.to.SendMessage(c, message.QueueDefault) != nil {
		m.store.Move(c, m.store.At(c), message.Lost)
		m.store.Free(c)
		return
	}
	m.Recorded.Inc()
}

// goOn takes up what has come to a lane meanwhile. Its shard is polled again at once: the polls went on.
func (m *StreamMapping) goOn(i uint32) {
	l := &m.lanes[i]
	switch {
	case l.closing:
		l.busy, l.ending = true, true
		m.invoked.After(m.latency.Sample(), i)
	case l.line.Len() == 0 || l.polling:
	case l.most > 0: // the rest of a batch that was read already
		l.polling = true
		m.polled.After(0, i)
	default:
		m.awaitPoll(i, int(i)/m.spec.ParallelizationFactor)
	}
}

// openWindow notes that a tumbling window has a record.
func (m *StreamMapping) openWindow(i uint32) {
	window := m.spec.TumblingWindow.Sim()
	if l := &m.lanes[i]; window > 0 && !l.state {
		l.state = true
		m.closed.At(sim.Time((sim.Duration(m.eng.Now())/window+1)*window), i)
	}
}

// windowEnd is the event that a tumbling window ends: one more invocation gets its state, when the lane has none.
func (m *StreamMapping) windowEnd(i uint32) {
	l := &m.lanes[i]
	l.state, l.closing = false, true
	if !l.busy {
		m.goOn(i)
	}
}

// Held returns how many records wait to be invoked, and how many are being worked on. Those processed that wait with
// others of their batch are among neither.
func (m *StreamMapping) Held() (waiting, inFlight int64) {
	count := func(ref message.Ref) {
		switch m.store.At(ref).Place() {
		case message.Visible:
			waiting++
		case message.InFlight:
			inFlight++
		}
	}
	for i := range m.lanes {
		l := &m.lanes[i]
		for k := range l.line.Len() {
			count(*l.line.At(k))
		}
		for _, ref := range l.refs {
			count(ref)
		}
	}
	return waiting, inFlight
}

// endAgain lets the last invocation of a tumbling window be tried again.
func (m *StreamMapping) endAgain(i uint32) {
	l := &m.lanes[i]
	l.delay = min(max(2*l.delay, m.limit.StreamRetry.Sim()), m.limit.StreamRetryMax.Sim())
	m.invoked.After(l.delay, i)
}

// closer takes the end of the last invocation of a tumbling window.
type closer struct{ m *StreamMapping }

// Answered ends the window, or tries its invocation again.
func (c closer) Answered(token uint64, err error) {
	i := uint32(token)
	l := &c.m.lanes[i]
	if err != nil {
		c.m.Failed.Inc()
		c.m.endAgain(i)
		return
	}
	c.m.Windows.Inc()
	l.closing, l.ending = false, false
	c.m.batchDone(i)
}

var _ sdk.Caller = closer{}
