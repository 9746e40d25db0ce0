package kcl

import (
	"fmt"

	"weir/models/fault"
	"weir/models/message"
	"weir/models/sdk"
	"weir/models/stream"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// Downstream is what an application needs of what its work calls: the pool of connections of one worker.
type Downstream interface {
	Query(caller message.Caller, token uint64, service sim.Duration)
	Reset()
}

// Parts is what an application is built from beside its Spec.
type Parts struct {
	Source     stream.Source
	Way        stream.Way // as Resolve returned it
	Limits     *Limits
	VCPUs      int
	Downstream func(call int) Downstream
	Work       Work
	Faults     *fault.State        // that may strike the work, or nil
	Recovery   random.Dist         // nanoseconds that a crashed worker takes to be replaced
	Then       *sdk.ForwarderParts // nil unless processed records are sent on; without retries, which New adds
	Rules      *sdk.RetryRules
	Digits     int // significant digits of the latency histograms
}

// Work is the distributions of an application's work, in nanoseconds; nil ones take no time.
type Work struct {
	Record, Batch random.Dist
	Calls         []random.Dist
}

// Stats is what an application measures.
type Stats struct {
	Running     measure.Level // workers that run
	IdleWorkers measure.Level // of them, those without a lease
	LeasesHeld  measure.Level // leases that a running worker holds
	Orphans     measure.Level // leases that none holds
	Busy        measure.Level // batches that are worked on
	Computing   measure.Level // of them, those that need a vCPU

	Batches     measure.Counter
	Failed      measure.Counter // attempts that failed: error, poison or downstream
	Skipped     measure.Counter // records that were given up
	Missed      measure.Counter // records that a restart at LATEST passed over
	Crashes     measure.Counter // workers lost
	Checkpoints measure.Counter
	Taken       measure.Counter // leases that nobody held, or that had expired
	Stolen      measure.Counter
	HandedOver  measure.Counter
	Lost        measure.Counter // leases whose worker crashed
	Reread      measure.Counter // records that were read again

	Failover *measure.Histogram // from a crash until another worker holds the lease
	Behind   *measure.Histogram // of reads: MillisBehindLatest
	scans    float64            // read units of looks at the lease table
	cpu      float64            // seconds of vCPUs that had been in use at the window's begin
}

// Application is a set of workers that share the shards of a stream.
type Application struct {
	Stats
	message.Consumer
	settings

	name    string
	spec    *Spec
	parts   Parts
	limit   *Limits
	eng     *sim.Engine
	store   *message.Store
	source  stream.Source
	fetcher *stream.Fetcher
	forward *sdk.Forwarder // nil unless processed records are sent on
	leases  []lease        // by shard
	workers []worker
	pending []int32 // leases that no worker holds: first those of the workers that crashed, in the order of their crashes
	open    int     // leases of shards that have not been worked through
	leader  leader  // of version 3
	began   bool
	from    sim.Time // of the window

	luck     *sim.Rand
	fails    *sim.Rand
	bad      *sim.Rand // of faults
	work     random.Duration
	batch    random.Duration
	calls    []random.Duration
	latency  random.Duration // of a poll that reads again
	push     random.Duration
	save     random.Duration // of a checkpoint
	recovery random.Duration
	crashGap random.Duration
	crashes  bool // at random

	begun      sim.Event[uint8]
	worked     sim.Event[token]  // work that needs no vCPU, or need not share one, is done
	computed   sim.Event[token]  // of the worker, the batch with the least work left has computed
	again      sim.Event[token]  // the pause before another attempt is over
	saved      sim.Event[token]  // a checkpoint is made
	reread     sim.Event[token]  // records are read again
	looked     sim.Event[token]  // a worker looks for leases to take
	assigned   sim.Event[token]  // the leader looks at all leases
	elected    sim.Event[token]  // a worker finds the lock of the leader expired
	told       sim.Event[token]  // a worker learns that it shall hand a lease over
	overdue    sim.Event[token]  // the time for that is over
	granted    sim.Event[token]  // a worker learns that it has a lease
	crashed    sim.Event[token]  // of a worker
	crashDue   sim.Event[uint32] // by the scenario's list
	recovered  sim.Event[uint32] // of a worker
	resampling sim.Time          // when the load of workers was last read
}

// token names a lease or a worker and its turn: events of an earlier turn are stale.
type token uint64

func tokenOf(i, turn uint32) token { return token(turn)<<32 | token(i) }

// New returns an application that begins to run when its Spec says.
func New(eng *sim.Engine, store *message.Store, name string, s *Spec, parts Parts) *Application {
	a := &Application{
		Consumer: message.NewConsumer(store, name, parts.Digits), settings: settingsOf(s, parts.Limits), name: name, spec: s,
		parts: parts, limit: parts.Limits, eng: eng, store: store, source: parts.Source, workers: make([]worker, s.Workers),
		luck: eng.Rand(name + "/leases"), fails: eng.Rand(name + "/error"),
		bad: eng.Rand(name + "/fault"),
	}
	a.Failover, a.Behind = measure.NewHistogram(), measure.NewHistogramDigits(2)
	sampler := func(of random.Dist, purpose string) random.Duration {
		if of == nil {
			of = random.Constant{}
		}
		return random.NewDuration(of, eng.Rand(name+"/"+purpose))
	}
	a.work, a.batch = sampler(parts.Work.Record, "work"), sampler(parts.Work.Batch, "batch")
	for i, dist := range parts.Work.Calls {
		a.calls = append(a.calls, sampler(dist, fmt.Sprintf("call/%d", i)))
	}
	a.latency, a.push = sampler(parts.Way.Latency, "reread"), sampler(parts.Way.Push, "repush")
	a.save, a.recovery = sampler(parts.Limits.Checkpoint.Dist(), "checkpoint"), sampler(parts.Recovery, "recovery")
	a.events()
	for i := range a.workers {
		a.workers[i] = newWorker(a)
	}
	if then := parts.Then; then != nil {
		with := *then
		for i := range a.workers {
			rand := eng.Rand(fmt.Sprintf("%s/send/retry/%d", name, i))
			with.Retries = append(with.Retries, sdk.NewRetry(s.Retry, parts.Rules, rand))
		}
		a.forward = sdk.NewForwarder(eng, store, name, a, with)
	}
	a.begun.At(parts.Way.At, 0) // before the fetcher's own: its workers are there when it tells of shards
	parts.Way.Next = message.Prefetch
	a.fetcher = stream.NewFetcher(eng, parts.Source, name, a, parts.Way)
	return a
}

func (a *Application) events() {
	a.begun = sim.NewEvent(a.eng, a.name+"/begun", a.begin)
	a.worked = sim.NewEvent(a.eng, a.name+"/worked", a.workDone)
	a.computed = sim.NewEvent(a.eng, a.name+"/computed", a.computeDone)
	a.again = sim.NewEvent(a.eng, a.name+"/again", a.tryAgain)
	a.saved = sim.NewEvent(a.eng, a.name+"/saved", a.checkpointed)
	a.reread = sim.NewEvent(a.eng, a.name+"/reread", a.readAgain)
	a.looked = sim.NewEvent(a.eng, a.name+"/looked", a.look)
	a.assigned = sim.NewEvent(a.eng, a.name+"/assigned", a.assign)
	a.elected = sim.NewEvent(a.eng, a.name+"/elected", a.elect)
	a.told = sim.NewEvent(a.eng, a.name+"/told", a.leave)
	a.overdue = sim.NewEvent(a.eng, a.name+"/overdue", a.leaveNow)
	a.granted = sim.NewEvent(a.eng, a.name+"/granted", a.grant)
	a.crashed = sim.NewEvent(a.eng, a.name+"/crashed", a.crash)
	a.crashDue = sim.NewEvent(a.eng, a.name+"/crashDue", a.crashListed)
	a.recovered = sim.NewEvent(a.eng, a.name+"/recovered", a.recover)
}

// begin is the event that the application begins to run. One whose leases are balanced has run for long: its workers
// look for leases at any time of their interval.
func (a *Application) begin(uint8) {
	now := a.eng.Now()
	a.began = true
	a.resampling = now
	if rate := a.spec.Failures.Crash; rate != nil && rate.PerSecond() > 0 {
		gap, err := random.NewExponential(float64(sim.Second) / rate.PerSecond())
		if err != nil {
			panic(err) // the decoder has checked the rate
		}
		a.crashes = true
		a.crashGap = random.NewDuration(gap, a.eng.Rand(a.name+"/crash"))
	}
	for i := range a.workers {
		ago := sim.Duration(0)
		if a.spec.Leases == Balanced {
			ago = sim.Duration(a.luck.Float64() * float64(a.every))
		}
		a.launch(uint32(i), ago)
	}
	for _, at := range a.spec.Failures.CrashAt {
		if sim.Time(at.Sim()) >= now {
			a.crashDue.At(sim.Time(at.Sim()), 0)
		}
	}
	if a.leased && a.version == 3 {
		w := uint32(0)
		if a.spec.Leases == Balanced {
			w = uint32(a.luck.IntN(len(a.workers)))
		}
		a.lead(w, a.workers[w].started)
	}
}

// Sender returns the name that the records of the application stand under in the ledger. What it sends on stands under
// its own name.
func (a *Application) Sender() string { return a.name + "/" + a.spec.From.String() }
