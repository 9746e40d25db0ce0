package stream

import (
	"weir/models/fault"
	"weir/models/message"
	"weir/models/meter"
	"weir/sim"
	"weir/sim/random"
)

// Source is a stream as its consumers see it.
type Source interface {
	// Log returns the records.
	Log() *Log
	// Attach makes the stream know a consumer. It is called before the run.
	Attach(f *Fetcher)
	// Permit returns 0 when the consumer may read a shard now, or else how long it may not.
	Permit(f *Fetcher, shard int) (wait sim.Duration)
	// Took tells of a read.
	Took(f *Fetcher, shard int, read Read)
	// PollEvery returns how long Lambda's poll of a shard comes after the one before.
	PollEvery() sim.Duration
}

// Read is what one read returned.
type Read struct {
	Records int
	Bytes   int64
	Old     int64        // bytes of the records that are old
	Behind  sim.Duration // how old the last record was; 0: there is no more
}

// Taker is who gets the records that a Fetcher fetches.
type Taker interface {
	// Sender returns the name that the consumer's messages stand under in the ledger.
	Sender() string
	// Fetched hands over the messages of records of a shard, in their order; refs is good until it returns.
	Fetched(shard int, refs []message.Ref)
	// Opened tells that a shard can be read from now on: the parents that it took over from have been read.
	Opened(shard int)
	// Ended tells that all of a shard has been read, and that no more will come.
	Ended(shard int)
}

// Start says which records a consumer gets, and when it begins to read. It is the starting position of its iterators.
type Start struct {
	From sim.Time // the first records are those accepted at this instant or later; 0: TRIM_HORIZON
	At   sim.Time // the consumer begins to read; LATEST is a From of the same instant
}

// Way is how a consumer fetches.
type Way struct {
	Start
	Pushed  bool          // records are pushed to it (enhanced fan-out), after Push
	Every   sim.Duration  // of the polls of a shard; 0: whenever there is something
	Eager   bool          // polls again at once while there is more
	Paced   bool          // polls Every after the last poll, or when it wants records if that is later
	Latency random.Dist   // round trip of a poll, ns; nil: none
	Push    random.Dist   // from the moment that a record can be read to the consumer, ns
	Most    int           // records of a call
	Bytes   int64         // of a call
	Next    message.Cause // what messages wait for once they are read
}

// Fetcher gets the records of a stream for one consumer. The consumer says for each shard when it wants more, and
// gets what there is at the next poll that finds something.
type Fetcher struct {
	Way

	Number int          // that the stream knows the consumer by
	Old    sim.Duration // from which age on the stream tells records that are read apart; 0: it does not

	Watch func(shard int, refs []message.Ref) // sees what is read, for tests; or nil

	eng     *sim.Engine
	source  Source
	log     *Log
	reader  *reader
	taker   Taker
	lanes   []lane // by shard
	started bool
	aligned bool     // polls come at whole periods
	behind  int      // shards that it has not read to the tip yet since it began
	caught  sim.Time // when it had read each to the tip for the first time, or sim.Never
	luck    *sim.Rand
	faults  *fault.State // nil unless faults may strike the reads
	latency random.Duration
	push    random.Duration
	refs    []message.Ref // of the read under way

	polled  sim.Event[uint32] // a poll has reached the stream, or records are pushed
	fetched sim.Event[uint32] // its answer is back
	begun   sim.Event[uint8]
}

// lane is what a Fetcher knows of a shard.
type lane struct {
	phase   sim.Duration // of its polls
	wanted  sim.Time     // since when the consumer has wanted records, or sim.Never
	limited sim.Time     // since when the stream has held it back, or sim.Never
	beat    sim.Time     // of the grid, that the last poll was sent at, or before the run
	last    sim.Time     // of the last poll, or before the run
	counted sim.Time     // up to which skipped polls have been counted
	push    sim.Duration // of what is pushed next
	call    sim.Duration // of the poll under way, to the stream and back
	due     bool         // a poll is scheduled
	more    bool         // the last read left records behind
	open    bool         // its parents have been read
	ended   bool
	back    []message.Ref // on their way to the consumer
	past    *past         // of the records that earlier reads left behind, or nil
	behind  bool          // it had records when the consumer began, and has not been read to the tip since
}

// begun's argument says what begins.
const (
	beginOwing uint8 = iota
	beginReading
)

// NewFetcher returns the fetcher of a consumer, and makes the stream know it. It is called before the run.
func NewFetcher(eng *sim.Engine, source Source, name string, taker Taker, way Way) *Fetcher {
	f := &Fetcher{Way: way, eng: eng, source: source, log: source.Log(), taker: taker,
		caught: sim.Never, luck: eng.Rand(name + "/phase")}
	if way.Latency != nil {
		f.latency = random.NewDuration(way.Latency, eng.Rand(name+"/get"))
	}
	if way.Pushed {
		f.push = random.NewDuration(way.Push, eng.Rand(name+"/push"))
	}
	f.polled = sim.NewEvent(eng, name+"/polled", f.poll)
	f.fetched = sim.NewEvent(eng, name+"/fetched", f.hand)
	f.begun = sim.NewEvent(eng, name+"/begun", f.begin)
	f.reader = newReader(f)
	for n := range f.log.shards {
		f.reader.opened(n)
	}
	f.log.readers = append(f.log.readers, f.reader)
	source.Attach(f)
	if way.From > 0 {
		f.begun.At(way.From, beginOwing)
	} else {
		f.reader.attach()
	}
	f.begun.At(way.At, beginReading)
	return f
}

// begin is the event that records count for the consumer from now on, or that it begins to read.
func (f *Fetcher) begin(what uint8) {
	if what == beginOwing {
		f.reader.attach()
		return
	}
	f.started = true
	f.countBehind()
	for n := range f.lanes {
		f.offer(n)
	}
}

// opened makes room for a shard. It can be read once its parents have been.
func (f *Fetcher) opened(n int) {
	l := lane{wanted: sim.Never, limited: sim.Never, last: -1, beat: -1, counted: f.eng.Now()}
	if phase := sim.Duration(f.luck.Float64() * float64(f.Every)); !f.aligned {
		l.phase = phase
	}
	f.lanes = append(f.lanes, l)
}

// offer tells the consumer of a shard that can be read, once.
func (f *Fetcher) offer(n int) {
	l := &f.lanes[n]
	if !f.started || l.open || l.ended {
		return
	}
	for _, p := range f.log.shards[n].Parents {
		if p != NoShard && !f.lanes[p].ended {
			return
		}
	}
	if f.empty(n) { // of what was in it, nothing is there for this consumer
		f.end(n)
		return
	}
	l.open = true
	f.taker.Opened(n)
}

// empty reports whether a shard is closed and has been read.
func (f *Fetcher) empty(n int) bool {
	s := &f.log.shards[n]
	return !s.IsOpen() && f.reader.places[n].next == s.end && len(f.lanes[n].back) == 0
}

// drained ends a shard that is closed and has been read. One whose turn has not come ends when its parents have.
func (f *Fetcher) drained(n int) {
	if l := &f.lanes[n]; l.open && !l.ended && f.empty(n) {
		l.ended = true
		f.taker.Ended(n)
		f.end(n)
	}
}

// end lets the children of a shard be read.
func (f *Fetcher) end(n int) {
	f.lanes[n].ended = true
	f.atTip(n)
	for _, c := range f.log.shards[n].Children {
		if c != NoShard {
			f.offer(int(c))
		}
	}
}

// Want asks for the next records of a shard: they are handed over by Fetched.
func (f *Fetcher) Want(n int) {
	l := &f.lanes[n]
	if l.ended || l.wanted < sim.Never {
		return
	}
	l.wanted = f.eng.Now()
	if f.Paced && (l.last < 0 || l.wanted.Sub(l.last) >= f.Every) {
		l.phase = sim.Duration(l.wanted) % max(f.Every, 1) // the pause is over: at once
	}
	f.schedule(n)
}

// Unwant takes the wish for records of a shard back. A poll that is on its way returns what it returns.
func (f *Fetcher) Unwant(n int) { f.lanes[n].wanted, f.lanes[n].limited = sim.Never, sim.Never }

// Wanted reports whether records of a shard are wanted.
func (f *Fetcher) Wanted(n int) bool { return f.lanes[n].wanted < sim.Never }

// schedule schedules the next poll of a shard whose records are wanted. A poll that would find nothing is not made
// while the stream bears all polls: it could not hold back others.
func (f *Fetcher) schedule(n int) {
	l, p, s := &f.lanes[n], &f.reader.places[n], &f.log.shards[n]
	now := f.eng.Now()
	if l.due || l.wanted == sim.Never || len(l.back) > 0 { // hand goes on
		return
	}
	from := now
	if p.next < s.end {
		from = max(now, f.log.at(n, p).Readable())
	} else if !s.IsOpen() {
		return
	} else {
		if !p.asleep {
			p.asleep = true
			s.sleepers++
		}
		return
	}
	l.due = true
	f.polled.At(f.next(l, from, now), uint32(n))
}

// poll is the event that a poll has reached the stream, or that records are pushed.
func (f *Fetcher) poll(arg uint32) {
	n := int(arg)
	l, now := &f.lanes[n], f.eng.Now()
	l.due = false
	if l.wanted == sim.Never {
		return
	}
	l.last = now
	if f.faults != nil && f.struck(n) {
		return
	}
	if held := f.source.Permit(f, n); held > 0 {
		l.limited = min(l.limited, now)
		l.due = true
		if f.Pushed {
			f.polled.After(held, arg)
		} else {
			f.polled.At(f.next(l, f.again(l, now), now), arg)
		}
		return
	}
	until, w := now, wait{wanted: l.wanted, limited: l.limited, next: f.Next, past: l.past}
	if f.Pushed {
		until, w.call = now.Add(-l.push), l.push
	}
	back := l.call - l.call/2
	if back > 0 {
		w.next = message.APICall
	}
	refs, b := f.reader.read(n, f.Most, f.Bytes, until, &w, f.refs[:0])
	f.refs = refs
	if f.Watch != nil && len(refs) > 0 {
		f.Watch(n, refs)
	}
	f.took(n, b)
	f.passedBy(n, b.more)
	switch {
	case len(refs) == 0: // what there was has expired
		l.limited = sim.Never
		f.drained(n)
		f.schedule(n)
	case back > 0:
		l.wanted, l.limited, l.more = sim.Never, sim.Never, b.more
		l.back = append(l.back, refs...)
		f.fetched.After(back, arg)
	default:
		l.wanted, l.limited, l.more = sim.Never, sim.Never, b.more
		f.handOver(n, refs)
	}
}

// struck reports whether a poll meets a fault. It is made again: at the next turn after an error, or when the consumer
// has waited long enough for the answer; a read whose answer is lost leaves nothing behind.
func (f *Fetcher) struck(n int) bool {
	l, now := &f.lanes[n], f.eng.Now()
	switch f.faults.Fate(f.luck) {
	case fault.Served:
		return false
	case fault.Refused:
		l.due = true
		if f.Pushed {
			f.polled.After(f.every(), uint32(n))
		} else {
			f.polled.At(f.next(l, f.again(l, now)+1, now), uint32(n))
		}
	default:
		l.due = true
		f.polled.After(f.faults.Timeout(), uint32(n))
	}
	return true
}

// passedBy notes what those records waited for that a read has left behind, for the read that comes to them.
func (f *Fetcher) passedBy(n int, more bool) {
	l, p := &f.lanes[n], &f.reader.places[n]
	if !more {
		l.past = nil
		f.atTip(n)
		return
	}
	if l.past == nil {
		l.past = new(past)
	}
	l.past.add(l.wanted, l.limited, f.eng.Now())
	l.past.forget(f.log.at(n, p).Readable())
}

// IsOld reports whether the stream tells a record apart for its age.
func (f *Fetcher) IsOld(enqueued sim.Time) bool {
	return f.Old > 0 && f.eng.Now().Sub(enqueued) > f.Old
}

// took tells the stream of a read.
func (f *Fetcher) took(n int, b batch) {
	var behind sim.Duration
	if b.more {
		behind = f.eng.Now().Sub(b.last)
	}
	f.source.Took(f, n, Read{Records: b.records, Bytes: b.bytes, Old: b.old, Behind: behind})
}

// hand is the event that the answer of a poll is back.
func (f *Fetcher) hand(arg uint32) {
	n := int(arg)
	now := f.eng.Now()
	for _, ref := range f.lanes[n].back {
		f.log.store.At(ref).Enter(now, f.Next)
	}
	refs := f.lanes[n].back
	f.lanes[n].back = refs[:0]
	f.handOver(n, refs)
	f.schedule(n) // it may have been wanted again before the answer was there
}

// handOver gives the consumer what a read returned.
func (f *Fetcher) handOver(n int, refs []message.Ref) {
	f.taker.Fetched(n, refs)
	f.drained(n)
}

// countBehind notes the shards whose tip the consumer has to come to yet.
func (f *Fetcher) countBehind() {
	for n := range f.lanes {
		if f.Unread(n) > 0 {
			f.lanes[n].behind = true
			f.behind++
		}
	}
	if f.behind == 0 {
		f.caught = f.eng.Now()
	}
}

// atTip notes that a shard has been read to its tip, or that it has ended.
func (f *Fetcher) atTip(n int) {
	if l := &f.lanes[n]; l.behind {
		l.behind = false
		if f.behind--; f.behind == 0 {
			f.caught = f.eng.Now()
		}
	}
}

// CaughtUpSeconds returns when, in seconds since the start of the run, the consumer had read each shard to its tip for
// the first time since it began; NaN if it has not.
func (f *Fetcher) CaughtUpSeconds() float64 {
	return meter.SecondsOrNone(int64(f.caught), f.caught < sim.Never)
}

// Oldest returns how old the oldest record is that the consumer has not read, or 0 when there is none. A consumer that
// has not begun is behind with nothing.
func (f *Fetcher) Oldest() (oldest sim.Duration) {
	if !f.started {
		return 0
	}
	for n := range f.lanes {
		oldest = max(oldest, f.Behind(n))
	}
	return oldest
}

// Behind returns how old the next record of a shard is that the consumer has not read, or 0 when there is none
// (GetRecords: MillisBehindLatest).
func (f *Fetcher) Behind(n int) sim.Duration {
	p, s := &f.reader.places[n], &f.log.shards[n]
	if !f.reader.attached || p.next >= s.end {
		return 0
	}
	return f.eng.Now().Sub(f.log.at(n, p).Enqueued)
}

// More reports whether the last read of a shard left records behind that it could have returned.
func (f *Fetcher) More(n int) bool { return f.lanes[n].more }

// Unread returns how many records of a shard the consumer has not read.
func (f *Fetcher) Unread(n int) uint64 {
	if !f.reader.attached {
		return 0
	}
	return f.log.shards[n].end - f.reader.places[n].next
}

// Skip passes over what the consumer has not read of a shard, as one does who begins again at LATEST. It says where
// those records ended for the consumer, and returns how many they were. It must not be called while an answer is on
// its way.
func (f *Fetcher) Skip(n int, to message.Place) (records uint64) {
	p, s := &f.reader.places[n], &f.log.shards[n]
	if !f.reader.attached {
		return 0
	}
	for ; p.next < s.end; records++ {
		f.log.store.Settle(f.reader.accounts.Of(f.log.at(n, p).Route), to)
		f.log.pass(n, p)
	}
	f.log.trim(n)
	f.drained(n)
	return records
}

// Coming returns how many messages of a shard have been read and are on their way to the consumer.
func (f *Fetcher) Coming(n int) int { return len(f.lanes[n].back) }

// Shards returns how many shards there were so far.
func (f *Fetcher) Shards() int { return len(f.lanes) }

// Name returns the consumer's name in the ledger.
func (f *Fetcher) Name() string { return f.taker.Sender() }
