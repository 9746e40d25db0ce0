package lambda

import (
	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/ring"
)

// StreamParts is what a mapping of a stream is built from beside its Spec.
type StreamParts struct {
	Stream    stream.Source
	OnFailure Destination
	Get       random.Dist // round trip of a poll, ns; nil: none
	Push      random.Dist // from a record that can be read to a mapping with enhanced fan-out, ns
	Records   int         // that one read returns at the most
	Bytes     int64       // likewise
}

// StreamStats is what a mapping of a stream measures.
type StreamStats struct {
	Waiting measure.Level // records that were read and are not done

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
//	records come → gather (until full, or the window is over) → invoke → done: the next batch
//	                                                               ↑       │ failed or throttled: wait
//	                                                               └───────┘ no other batch of the lane comes before
//
// A poll returns more than a batch where there is more: batches are made of what was read, and a shard is read again
// when a lane of it has nothing left.
type StreamMapping struct {
	StreamStats

	f       *Function
	name    string
	spec    *MappingSpec
	limit   *MappingLimits
	eng     *sim.Engine
	store   *message.Store
	fetcher *stream.Fetcher
	size    int
	factor  int
	log     *stream.Log
	lanes   []*lane
	held    []int // records of a shard that were read and are not done
	filter  *sim.Rand
	latency random.Duration
	failure *destination

	windowOver sim.Event[uint32] // a lane's batch has waited long enough
	again      sim.Event[uint32] // a lane's batch is tried again
	invoked    sim.Event[uint32] // a batch has reached the function, for the first time or again
	closed     sim.Event[uint32] // a tumbling window ends
}

// lane is a shard, or a part of one, whose records are worked on in their order.
type lane struct {
	line     ring.Buffer[message.Ref]
	refs     []message.Ref // of the batch, in order
	records  int           // of the stream, that they are as they gather
	bytes    int64         // of them as they gather
	batch    Batch
	busy     bool // a batch is invoked or waits to be tried again
	waiting  bool // a batch waits for its window
	attempts int  // that failed
	delay    sim.Duration
	most     int      // records of the next batch, after a halving; 0: as the mapping says
	parts    []int    // records of the parts of halved batches that come next, the last one first
	due      sim.Time // when the window of the batch that waits is over
	armed    bool     // a look at it is scheduled
	state    bool     // a tumbling window is open
	closing  bool     // it has ended, and its last invocation is due
	ending   bool     // its last invocation is under way
}

// readAhead is how many records of a shard may be read and not done before its lanes that have nothing wait for the
// others: twice what a read of a Kinesis stream returns.
const readAhead = 20_000

// MapStream makes the function read a stream. It is called before the run.
func (f *Function) MapStream(s *MappingSpec, name string, parts StreamParts) *StreamMapping {
	m := &StreamMapping{
		f: f, name: f.name + "/" + name, spec: s, limit: &f.limit.MappingLimits, eng: f.eng, store: f.store,
		size: int(f.limit.StreamBatch), factor: s.ParallelizationFactor, log: parts.Stream.Log(),
	}
	m.IteratorAge = measure.NewHistogramDigits(coarse)
	if s.BatchSize != nil {
		m.size = *s.BatchSize
	}
	if to := parts.OnFailure; to.To != nil {
		m.failure = &destination{to.To, message.NewAccounts(&m.store.Ledger, m.name+" -> "+to.Name)}
	}
	m.filter = f.eng.Rand(m.name + "/filter")
	m.latency = random.NewDuration(m.limit.MappingLatency.Dist(), f.eng.Rand(m.name+"/invoke"))
	m.windowOver = sim.NewEvent(f.eng, m.name+"/windowOver", m.fall)
	m.again = sim.NewEvent(f.eng, m.name+"/again", m.tryAgain)
	m.invoked = sim.NewEvent(f.eng, m.name+"/invoked", m.invoke)
	m.closed = sim.NewEvent(f.eng, m.name+"/closed", m.windowEnd)
	m.fetcher = stream.NewFetcher(f.eng, parts.Stream, m.name, m, stream.Way{
		Pushed: s.EnhancedFanOut, Push: parts.Push, Latency: parts.Get, Every: parts.Stream.PollEvery(), Eager: true,
		Most: parts.Records, Bytes: parts.Bytes, Next: message.Backlog, Start: s.Where(),
	})
	f.streams = append(f.streams, m)
	return m
}

// Align makes the polls of all shards come at whole periods, for a story whose times are to be told.
func (m *StreamMapping) Align() { m.fetcher.Align() }

// Sender returns the name that the mapping's copies are sent under.
func (m *StreamMapping) Sender() string { return m.name }

// Opened begins to read a shard.
func (m *StreamMapping) Opened(shard int) {
	for len(m.held) <= shard {
		m.held = append(m.held, 0)
		for range m.factor {
			m.lanes = append(m.lanes, &lane{batch: m.spec.batch(nil)})
		}
	}
	m.fetcher.Want(shard)
}

// Ended does nothing: what was read of a shard is worked on. A tumbling window ends in its time.
func (m *StreamMapping) Ended(int) {}

// Fetched takes the records of a poll.
func (m *StreamMapping) Fetched(shard int, refs []message.Ref) {
	now := m.eng.Now()
	first := uint32(shard * m.factor)
	all, passed := m.spec.Pass >= 1, true
	if all {
		m.Waiting.Add(now, int64(len(refs)))
	}
	m.held[shard] += len(refs)
	for _, ref := range refs {
		msg := m.store.At(ref)
		if !all {
			m.Waiting.Add(now, 1)
			if !msg.Has(message.Joined) { // a filter judges a record as a whole
				passed = m.filter.Float64() < float64(m.spec.Pass)
			}
		}
		if !passed {
			m.Filtered.Inc()
			m.drop(shard, ref, message.Filtered)
			continue
		}
		m.lanes[m.laneOf(shard, msg)].line.Push(ref)
	}
	for i := first; i < first+uint32(m.factor); i++ {
		m.gatherMore(i)
	}
	m.read(shard)
}

// laneOf returns the lane of a record: of its key, where a shard has several.
func (m *StreamMapping) laneOf(shard int, msg *message.Message) uint32 {
	i := uint32(shard * m.factor)
	if m.factor > 1 {
		i += uint32(message.SpreadKey(msg.Key) % uint64(m.factor))
	}
	return i
}

// read lets a shard be read again when a lane of it has nothing left to invoke, and not too much is in hand.
func (m *StreamMapping) read(shard int) {
	if m.held[shard] >= readAhead || m.fetcher.Wanted(shard) {
		return
	}
	for _, l := range m.lanes[shard*m.factor : (shard+1)*m.factor] {
		if !l.busy && l.line.Len() == 0 {
			m.fetcher.Want(shard)
			return
		}
	}
}

// gatherMore takes what has come into the batch of a lane, and sends it when it is full or its window is over.
func (m *StreamMapping) gatherMore(i uint32) {
	l := m.lanes[i]
	if l.busy || l.ending {
		return
	}
	now, had := m.eng.Now(), len(l.refs)
	m.gather(i)
	if len(l.refs) == 0 {
		return
	}
	window := m.spec.BatchWindow.Sim()
	if !l.waiting {
		l.waiting, l.due = true, now.Add(window)
	}
	if now >= l.due || l.records >= m.most(l) || l.line.Len() > 0 { // the next one does not fit into the payload
		m.dispatch(i)
		return
	}
	for _, ref := range l.refs[had:] {
		m.store.At(ref).Enter(now, message.BatchWindow)
	}
	if !l.armed {
		l.armed = true
		m.windowOver.At(l.due, i)
	}
}

// fall is the event that the window of a lane's batch may be over. Each lane has one calendar entry, however many
// batches were sent before their windows were over.
func (m *StreamMapping) fall(i uint32) {
	l := m.lanes[i]
	l.armed = false
	switch {
	case !l.waiting:
	case l.due > m.eng.Now():
		l.armed = true
		m.windowOver.At(l.due, i)
	default:
		m.gatherMore(i)
	}
}

// records returns how many records of the stream some messages are.
func (m *StreamMapping) records(refs []message.Ref) (n int) {
	for _, ref := range refs {
		if !m.store.At(ref).Has(message.Joined) {
			n++
		}
	}
	return n
}

// tryAgain is the event that a batch that failed or was throttled is tried again.
func (m *StreamMapping) tryAgain(i uint32) {
	m.gather(i)
	m.dispatch(i)
}

func (m *StreamMapping) most(l *lane) int {
	if l.most > 0 {
		return l.most
	}
	return m.size
}

// ageMax returns how old a record may be that is invoked. The retention of the stream may change during the run.
func (m *StreamMapping) ageMax() sim.Duration {
	if m.spec.MaximumRecordAge == nil {
		return m.log.Retention()
	}
	return min(m.spec.MaximumRecordAge.Sim(), m.log.Retention())
}

// gather takes records of a lane into its batch: those that are too old end here.
func (m *StreamMapping) gather(i uint32) {
	l, now := m.lanes[i], m.eng.Now()
	shard, ageMax := int(i)/m.factor, m.ageMax()
	for l.line.Len() > 0 {
		msg := m.store.At(*l.line.Front())
		if !msg.Has(message.Joined) && len(l.refs) > 0 &&
			(l.records == m.most(l) || l.bytes+int64(msg.SizeBytes) > int64(m.f.limit.SyncPayload)) {
			return
		}
		ref := l.line.Pop()
		if now.Sub(msg.Enqueued) > ageMax {
			m.Expired.Inc()
			if m.failure != nil {
				m.record(ref)
			}
			m.discard(shard, ref, msg, message.DeadByTimeout, message.ExpiredInQueue)
			continue
		}
		if !msg.Has(message.Joined) {
			l.records++
		}
		l.refs = append(l.refs, ref)
		l.bytes += int64(msg.SizeBytes)
	}
}

// drop ends a record.
func (m *StreamMapping) drop(shard int, ref message.Ref, place message.Place) {
	m.Waiting.Add(m.eng.Now(), -1)
	m.held[shard]--
	m.store.Move(ref, m.store.At(ref), place)
	m.store.Free(ref)
}

// discard gives a record up, for a reason that counts when a destination is told of it.
func (m *StreamMapping) discard(
	shard int, ref message.Ref, msg *message.Message, why, untold message.Place,
) {
	switch {
	case m.failure == nil:
		why = untold
	case msg.Has(message.Poison):
		why = message.DeadByPoison
	}
	m.drop(shard, ref, why)
}

// unread returns how many records the stream keeps that the mapping has not read.
func (m *StreamMapping) unread() (records uint64) {
	for n := range m.fetcher.Shards() {
		records += m.fetcher.Unread(n)
	}
	return records
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
	for n := range m.fetcher.Shards() {
		waiting += int64(m.fetcher.Unread(n)) + int64(m.fetcher.Coming(n))
	}
	for _, l := range m.lanes {
		for k := range l.line.Len() {
			count(*l.line.At(k))
		}
		for _, ref := range l.refs {
			count(ref)
		}
	}
	return waiting, inFlight
}
