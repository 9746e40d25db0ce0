package analytics

import (
	"weir/models/message"
	"weir/models/sdk"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/ring"
)

// Parts is what an application is built from beside its Spec.
type Parts struct {
	Source    stream.Source
	Limits    *Limits
	Get, Push random.Dist // round trip of a poll, and what is pushed to a consumer, ns
	Records   int         // that one read returns at the most
	Bytes     int64       // likewise
	Digits    int         // of latency histograms
}

// Stats is what an application measures.
type Stats struct {
	Busy    measure.Level // slots that work
	KPUs    measure.Level // without the one that orchestrates
	Running measure.Level // 1, or 0 while it stands still

	In          measure.Counter // records read
	Out         measure.Counter // results that a destination took
	Results     measure.Counter
	Again       measure.Counter // results of late records, for windows that had one
	Late        measure.Counter // records dropped because they were too late
	Refused     measure.Counter // rows that were too long, or that can never be processed
	Repeated    measure.Counter // results that come again after a crash
	Crashes     measure.Counter
	Scalings    measure.Counter
	Checkpoints measure.Counter
	OutputTries measure.Counter // calls that failed, and were made again

	Behind  *measure.Histogram // each second: age of the oldest record not read, ns
	Delayed *measure.Histogram // of results: since their window's end, ns
	Fresh   *measure.Histogram // of results: since their window's last event, ns
}

// Application works on the records of a stream. Each of its slots makes a circle:
//
//	record or watermark comes → line → work → its window takes it in, or its result is sent
//	                             ↑      │ crash or scaling: the record goes back to the line
//	                             └──────┘ and all slots stand still for a while
type Application struct {
	message.Consumer
	Stats

	name    string
	spec    *Spec
	parts   Parts
	limit   *Limits
	eng     *sim.Engine
	store   *message.Store
	fetcher *stream.Fetcher
	shards  []shard
	slots   []slot
	pace    pace
	tasks   tasks
	clock   clock
	windows *windows // nil: each record by itself
	output  output
	saving  saving
	scaling scaling
	bill    bill
	down    bool          // it stands still
	stopped bool          // for good
	turn    uint32        // of the slots: what was begun before a stop is stale
	told    func(*window) // of each result of a window, for a test

	served  sim.Event[uint64] // the work on a slot's record is done
	resumed sim.Event[uint8]  // the output takes results again
	phase   sim.Event[uint8]  // of the application's life
	lagged  sim.Event[uint8]  // the lag is looked at
}

// shard is what an application knows of a shard of its stream.
type shard struct {
	line   ring.Buffer[message.Ref] // read, and not yet in the line of a slot
	to     int32                    // the slot that the first of them goes to, or none
	waits  bool                     // the line of that slot is full
	held   int32                    // its records in the application's hands
	asked  bool                     // more of them are wanted
	open   bool                     // it can be read
	latest sim.Time                 // the latest event of it that went to a slot
	seen   sim.Time                 // when records of it came last
}

// none is in place of a slot that was not chosen yet.
const none = -1

// slot is a task of Flink, or an in-application stream of SQL.
type slot struct {
	line   ring.Buffer[entry]
	shards ring.Buffer[int32] // that wait for room in the line
	now    entry              // that it works on
	busy   bool
	kicked bool // it is looked after
	began  sim.Time
	work   sim.Duration // on it
	spent  sim.Duration // on all before
	passed sim.Time     // the watermark that came through
	since  progress     // since the last complete checkpoint began
	marked progress     // what of it was there when the checkpoint under way began
	replay progress     // what is to be done again
}

// entry is a record in the line of a slot, or a watermark behind the records that it is of.
type entry struct {
	ref   message.Ref // None: a watermark
	shard int32
	time  sim.Time
}

// What begins in an application's life.
const (
	starts uint8 = iota
	stops
	restarts
)

// New returns an application that begins to read when it is started.
func New(eng *sim.Engine, store *message.Store, name string, s *Spec, parts Parts) *Application {
	a := &Application{
		Consumer: message.NewConsumer(store, name, parts.Digits), name: name, spec: s, parts: parts, limit: parts.Limits,
		eng: eng, store: store, down: true,
	}
	a.resetStats(0)
	a.pace, a.tasks = newPace(a), newTasks(s, parts.Limits)
	a.served = sim.NewEvent(eng, name+"/served", a.serve)
	a.resumed = sim.NewEvent(eng, name+"/resumed", a.output.resume)
	a.phase = sim.NewEvent(eng, name+"/phase", a.live)
	a.lagged = sim.NewEvent(eng, name+"/lagged", a.noteLag)
	if s.Window != nil {
		a.windows = newWindows(a, s)
	}
	a.clock.init(a)
	a.output.init(a)
	a.saving.init(a)
	a.scaling.init(a)
	a.bill.a = a
	a.slots = make([]slot, a.tasks.now)
	a.clock.restart()
	a.fetcher = stream.NewFetcher(eng, parts.Source, name, a, a.way())
	a.phase.At(sim.Time(s.Start.Sim()), starts)
	if s.Stop != nil {
		a.phase.At(sim.Time(s.Stop.Sim()), stops)
	}
	return a
}

// way says how the application reads its stream.
func (a *Application) way() stream.Way {
	w := stream.Way{
		Start: a.spec.Where(), Latency: a.parts.Get, Every: a.limit.FlinkLimits.PollEvery.Sim(),
		Most: int(min(a.limit.PollRecords, int64(a.parts.Records))), Bytes: a.parts.Bytes, Next: message.Prefetch,
	}
	switch {
	case a.spec.Type == SQL:
		w.Every = a.limit.SQLLimits.PollEvery.Sim()
	case a.spec.EnhancedFanOut:
		w.Pushed, w.Push, w.Latency = true, a.parts.Push, nil
	}
	return w
}

// SendOn makes the application send its results to one more destination. It is called before the run.
func (a *Application) SendOn(to string, parts sdk.ForwarderParts) { a.output.add(to, parts) }

// Sender returns the name that the application's records stand under in the ledger.
func (a *Application) Sender() string { return a.name + "/" + a.spec.From.String() }

// Opened takes a shard that can be read.
func (a *Application) Opened(n int) {
	a.shard(n).open = true
	a.shards[n].seen = a.eng.Now()
	a.ask(n)
}

// Ended takes leave of a shard.
func (a *Application) Ended(n int) { a.shard(n).open = false }

func (a *Application) shard(n int) *shard {
	for n >= len(a.shards) {
		a.shards = append(a.shards, shard{latest: long, to: none})
	}
	return &a.shards[n]
}

// ask asks for records of a shard when less than half of what a poll brings is left of them. (A reader of Flink's asks
// when nothing is left, and at once; here a poll waits for its turn, and less than that would let fast slots go idle.)
func (a *Application) ask(n int) {
	s := &a.shards[n]
	if s.open && !s.asked && !a.down && int64(s.line.Len()) <= a.limit.PollRecords/2 {
		s.asked = true
		a.fetcher.Want(n)
	}
}

// Fetched takes records of a shard.
func (a *Application) Fetched(n int, refs []message.Ref) {
	now := a.eng.Now()
	s := a.shard(n)
	s.asked, s.seen = false, now
	a.fetcher.Unwant(n) // after a crash it may have asked before the answer was there: it asks again if need be
	for _, ref := range refs {
		m := a.store.At(ref)
		a.In.Inc()
		if a.refuse(ref, m) {
			continue
		}
		a.store.Move(ref, m, message.InFlight)
		if a.down {
			m.Enter(now, message.Retry)
		}
		s.held++
		s.line.Push(ref)
	}
	a.feed(n)
}

// feed lets records of a shard go to the lines of their slots, in their order, until one is full.
func (a *Application) feed(n int) {
	s, now := &a.shards[n], a.eng.Now()
	for !s.waits && !a.down && s.line.Len() > 0 {
		ref := *s.line.Front()
		m := a.store.At(ref)
		if s.to == none {
			s.to = int32(a.tasks.of(n, m.Key, a.pace.keyed))
		}
		to := &a.slots[s.to]
		if int64(to.line.Len()) >= a.limit.Buffered {
			s.waits = true
			to.shards.Push(int32(n))
			break
		}
		s.line.Pop()
		t := a.clock.of(now, m)
		s.latest = max(s.latest, t)
		to.line.Push(entry{ref, int32(n), t})
		i := int(s.to)
		s.to = none
		a.kick(i)
	}
	a.ask(n)
}

// refuse drops a record into the error stream: it is no row, or too long for one.
func (a *Application) refuse(ref message.Ref, m *message.Message) bool {
	place := message.DeadByPoison
	switch {
	case m.Has(message.Poison):
	case a.spec.Type == SQL && int64(m.SizeBytes) > int64(a.limit.RowMax):
		place = message.Rejected
	default:
		return false
	}
	a.Refused.Inc()
	a.store.Move(ref, m, place)
	a.store.Free(ref)
	return true
}

func (a *Application) kickAll() {
	for i := range a.slots {
		a.kick(i)
	}
}

// kick lets a slot go on that has nothing to do, and is not held back by the output. What comes meanwhile is taken up
// by the one who looks after it.
func (a *Application) kick(i int) {
	s := &a.slots[i]
	if s.kicked {
		return
	}
	s.kicked = true
	for !s.busy && !a.down && !a.output.full() {
		switch {
		case s.replay.records > 0:
			a.work(i, entry{ref: message.None}, s.replay.work)
			continue
		case s.line.Len() == 0:
			s.kicked = false
			return
		}
		e := s.line.Pop()
		if e.ref == message.None {
			a.clock.pass(i, e.time)
			continue
		}
		a.Begin(a.eng.Now(), a.receipt(e.ref))
		a.work(i, e, a.pace.of(a.store.At(e.ref)))
		if s.shards.Len() > 0 && int64(s.line.Len()) < a.limit.Buffered {
			n := int(s.shards.Pop())
			a.shards[n].waits = false
			a.feed(n)
		}
	}
	s.kicked = false
}

// work begins the work on a record, or work that is done again.
func (a *Application) work(i int, e entry, d sim.Duration) {
	s, now := &a.slots[i], a.eng.Now()
	s.now, s.busy, s.began, s.work = e, true, now, d
	if d > 0 {
		a.Busy.Add(now, 1)
		a.served.After(d, uint64(a.turn)<<32|uint64(i))
		return
	}
	a.done(i)
}

// serve is the event that the work of a slot is done.
func (a *Application) serve(arg uint64) {
	if uint32(arg>>32) != a.turn {
		return
	}
	i := int(uint32(arg))
	a.Busy.Add(a.eng.Now(), -1)
	a.slots[i].spent += a.slots[i].work
	a.done(i)
	a.kick(i)
}

// done ends the work of a slot: its record is taken in by its window, or is a result.
func (a *Application) done(i int) {
	s := &a.slots[i]
	s.busy = false
	if s.now.ref == message.None {
		a.Duplicates.Add(s.replay.records)
		s.replay = progress{}
		return
	}
	s.since.records++
	s.since.work += s.work
	a.scaling.worked++
	a.shards[s.now.shard].held--
	a.take(s.now)
}

// take ends a record that was worked on.
func (a *Application) take(e entry) {
	m := a.store.At(e.ref)
	if a.windows != nil && a.windows.late(e.time) {
		a.Late.Inc()
		a.store.Move(e.ref, m, message.Lost)
		a.store.Free(e.ref)
		return
	}
	now := a.eng.Now()
	a.Complete(now, a.receipt(e.ref), nil)
	k := a.output.keep(now, e.ref, m)
	key := m.Key
	if k == noKeeper {
		a.store.Free(e.ref)
	}
	if a.windows == nil || a.windows.each {
		a.emit(k, e.time, e.time)
		return
	}
	a.windows.take(key, e.time, k)
}

// emit makes a result, of what keeps its last record.
func (a *Application) emit(k keeper, end, last sim.Time) {
	now := a.eng.Now()
	a.Results.Inc()
	a.saving.results++
	a.Delayed.Record(int64(max(now.Sub(end), 0)))
	a.Fresh.Record(int64(max(now.Sub(last), 0)))
	a.output.push(k)
}

func (a *Application) receipt(ref message.Ref) message.Receipt {
	m := a.store.At(ref)
	return message.Receipt{Ref: ref, Number: m.Receipt, Generation: m.Generation}
}
