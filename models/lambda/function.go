package lambda

import (
	"fmt"
	"math"
	"strings"

	"weir/models/iam"
	"weir/models/message"
	"weir/models/quota"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// Downstream is what a function needs of what its work calls: the connections of one environment.
type Downstream interface {
	Query(caller message.Caller, token uint64, service sim.Duration)
	Reset()
}

// Parts is what a function is built from beside its Spec.
type Parts struct {
	Account     *Account
	Limits      *Limits
	RuntimeInit random.Dist  // of the runtime, or the restore of its snapshot, ns; nil takes no time
	First       sim.Duration // what the first invocation of an environment takes longer
	Custom      bool         // the runtime is the customer's own, or the package an image
	Downstream  func(call int) Downstream
	Digits      int         // significant digits of the latency histograms
	NoLogs      *iam.Denial // of the role, which may not write logs
	NoTraces    *iam.Denial // of the role, which may not send traces
}

// Stats is what a function measures.
type Stats struct {
	Concurrent   measure.Level // invocations under way, those that wait for a new environment among them
	Environments measure.Level // that exist, provisioned ones too
	Ready        measure.Level // provisioned environments that are of use
	Configured   measure.Level // provisioned concurrency that was asked for

	ProvisionedBusy measure.Level // invocations on provisioned environments

	Invocations    measure.Counter // begun
	Errors         measure.Counter // invocations that ended with an error of the function
	Timeouts       measure.Counter // of these: that took too long
	OutOfMemory    measure.Counter // of these: that ran out of memory
	Throttles      measure.Counter // requests refused
	Crowded        measure.Counter // of these: for want of what all functions of the account share
	ColdStarts     measure.Counter // invocations that waited for a new environment
	Preinitialised measure.Counter // invocations in a new environment that did not wait
	InitTimeouts   measure.Counter // initialisations that were broken off
	Spillover      measure.Counter // invocations that found no provisioned environment free
	Provisioned    measure.Counter // invocations on provisioned environments
	Traced         measure.Counter

	Duration *measure.Histogram // of the invocations, without initialisation, ns
	Init     *measure.Histogram // of new environments, ns

	billed            sim.Duration // on demand, rounded up
	billedProvisioned sim.Duration // on provisioned environments
	held              sim.Duration // provisioned concurrency beyond its time, by rounding up
	requestUnits      measure.Counter

	Compensated measure.Counter // messages that failed and were sent to where that is made good
	Recursive   measure.Counter // messages that were not worked on any more because they went in a loop
}

// Function is a function with all its environments.
type Function struct {
	Stats
	message.Consumer

	name    string
	spec    *Spec
	parts   *Parts
	limit   *Limits
	eng     *sim.Engine
	store   *message.Store
	account *Account

	environments []environment
	free         []uint32
	number       uint32    // of the next environment
	versions     []version // the present one, and the one that is deployed
	weight       float64   // the share of the requests on the latter
	routing      *sim.Rand
	ready        []uint32 // provisioned environments that wait for an invocation
	provisioned  int64    // provisioned environments, busy ones too
	inUse        int64    // invocations on demand
	burst        *quota.Bucket
	growth       growth
	requests     quota.Bucket // of provisioned concurrency
	provision    *provisioner // nil without provisioned concurrency
	events       *asyncQueue  // nil while nothing invokes it asynchronously
	mappings     []*Mapping
	forward      sdk.Onward   // nil unless processed messages are sent on
	compensate   *compensator // nil unless failed ones are
	loop         uint16       // its number among the functions of the design that are in a loop, or 0
	spare        []*Batch     // for records that pass through
	streams      []*StreamMapping
	sampling     sampling
	struck       struck
	// throttled is the share that faults leave of the concurrency, concurrencyMax that in numbers.
	throttled      float64
	concurrencyMax int64

	computing      float64 // how much longer than on a whole vCPU work takes
	memoryGiB      float64
	initBilled     bool
	callsTakeTime  bool // the end of an invocation is not known when it begins
	placement      random.Duration
	vpc            random.Duration
	initRuntime    random.Duration
	calls          []random.Duration
	idleLifetime   random.Duration
	lifeMax        random.Duration
	preinitialised *sim.Rand

	initialised sim.Event[token] // a new environment may begin its invocation
	prepared    sim.Event[token] // what comes before the work on the first message is done
	worked      sim.Event[token] // work on a message is done, or the time is up
	passedOver  sim.Event[token] // no message is left that is worked on
	killed      sim.Event[token] // the time of an invocation is up that waits for what it calls
	reclaimed   sim.Event[token] // an environment may have been idle for long enough
}

// token names an environment with the number of its present invocation, or with its own.
type token uint64

func tokenOf(slot, number uint32) token { return token(number)<<32 | token(slot) }

// New returns a function without environments. What it reads and sends to is connected before the run.
func New(eng *sim.Engine, store *message.Store, name string, s *Spec, parts *Parts) *Function {
	limit := parts.Limits
	f := &Function{
		Consumer: message.NewConsumer(store, name, parts.Digits), name: name, spec: s, parts: parts, limit: limit,
		eng: eng, store: store, account: parts.Account,
		preinitialised: eng.Rand(name + "/preinitialised"),
		memoryGiB:      float64(s.Memory) / (1 << 30), callsTakeTime: len(s.Calls) > 0,
		initBilled: limit.InitBilled || parts.Custom,
	}
	f.Stats.Duration, f.Stats.Init = measure.NewHistogram(), measure.NewHistogramDigits(coarse)
	f.account.add(f)
	if f.burst = &f.account.burst; !limit.BurstShared {
		own := newBurst(limit)
		f.burst = &own
	}
	f.growth.most, f.throttled, f.concurrencyMax = limit.BurstRequests, 1, math.MaxInt64
	f.sampling = newSampling(limit, eng.Rand(name+"/trace"))
	f.computing = slowdown(s, float64(s.Memory)/float64(limit.VCPUMemory))
	sample := func(d random.Dist, what string) random.Duration { return random.NewDuration(d, eng.Rand(name+what)) }
	f.placement = sample(limit.Placement.Dist(), "/placement")
	f.vpc = sample(limit.PlacementVPC.Dist(), "/vpc")
	f.initRuntime = sample(parts.RuntimeInit, "/init")
	f.versions = []version{newVersion(eng, name, &s.VersionSpec)}
	f.routing = eng.Rand(name + "/alias")
	if s.NewVersion != nil {
		f.versions = append(f.versions, newVersion(eng, name+"/new", &s.NewVersion.VersionSpec))
		f.weight = float64(s.NewVersion.Weight)
	}
	for i := range s.Calls {
		f.calls = append(f.calls, sample(distOf(s.Calls[i].Time), "/call/"+string(rune('0'+i))))
	}
	f.idleLifetime = sample(limit.IdleLifetime.Dist(), "/idle")
	f.lifeMax = sample(limit.LifeMax.Dist(), "/life")
	f.initialised = sim.NewEvent(eng, name+"/initialised", f.begin)
	f.prepared = sim.NewEvent(eng, name+"/prepared", f.prepareDone)
	f.worked = sim.NewEvent(eng, name+"/worked", f.workDone)
	f.passedOver = sim.NewEvent(eng, name+"/passedOver", f.passed)
	f.killed = sim.NewEvent(eng, name+"/killed", f.kill)
	f.reclaimed = sim.NewEvent(eng, name+"/reclaimed", f.reclaim)
	return f
}

// Start allocates provisioned concurrency, and lets the mappings read.
func (f *Function) Start() {
	if s := f.spec.ProvisionedConcurrency; s != nil {
		f.provision = newProvisioner(f, s)
		f.provision.start()
	}
	for _, m := range f.mappings {
		m.Start()
	}
}

// Held returns how many asynchronous events wait for an attempt, and how many are being worked on.
func (f *Function) Held() (waiting, inFlight int64) {
	if f.events == nil {
		return 0, 0
	}
	waiting = f.events.Waiting.Value()
	return waiting, int64(len(f.events.events)-len(f.events.free)) - waiting
}

// CheckEnvironments reports what does not fit together in the function's environments: for tests.
func (f *Function) CheckEnvironments() error {
	busy, alive := int64(0), int64(len(f.environments)-len(f.free))
	for i := range f.environments {
		if f.environments[i].busy {
			busy++
		}
	}
	idle := int64(len(f.ready))
	for i := range f.versions {
		idle += int64(f.versions[i].idle.live)
	}
	if busy != f.Concurrent.Value() || alive != f.Environments.Value() || busy+idle != alive {
		return fmt.Errorf("%s has %d environments of %d slots in use, %d busy and %d idle, and %d invocations", f.name,
			f.Environments.Value(), alive, busy, idle, f.Concurrent.Value())
	}
	return nil
}

// CustomRuntime reports whether a runtime is the customer's own on an operating system of Lambda, as the names of the
// cold starts say.
func CustomRuntime(name string) bool {
	return strings.HasSuffix(name, "-al2") || strings.HasSuffix(name, "-al2023")
}

func distOf(d *spec.Durations) random.Dist {
	if d == nil {
		return nil
	}
	return d.Dist()
}

// slowdown returns how much longer than on one whole vCPU work takes on so many: its computing part goes at their
// number below one, and above only as far as it is parallel.
func slowdown(s *Spec, vcpus float64) float64 {
	parallel := float64(s.ParallelShare)
	computing := (1-parallel)/min(1, vcpus) + parallel/vcpus
	return 1 - float64(s.CPUShare) + float64(float64(s.CPUShare)*computing)
}

// growth is the law by which the requests a second of a function may grow: at once to a number, and by as many more
// each ten seconds above what is asked already.
type growth struct {
	most   int64 // at once, and each ten seconds
	second int64 // the present one, since the start of the trial
	base   int64 // what was asked before
	served int64 // in the present second
}

// permit takes a request from the present second.
func (g *growth) permit(now sim.Time) bool {
	if g.most >= 1<<62 {
		return true
	}
	if second := int64(now) / int64(sim.Second); second != g.second {
		step := (second - g.second) * (g.most / 10)
		if second > g.second+1 {
			g.base = 0
		} else {
			g.base = min(g.base+step, g.served)
		}
		g.second, g.served = second, 0
	}
	if g.served >= g.base+g.most {
		return false
	}
	g.served++
	return true
}
