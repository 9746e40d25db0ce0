package ec2

import (
	"fmt"

	"weir/models/autoscaling"
	"weir/models/cpu"
	"weir/models/message"
	"weir/models/sdk"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// Inbox is what a fleet needs of the queue that it consumes.
type Inbox interface {
	ReceiveMessage(most int, wait, visibility sim.Duration, to message.Receiver, token uint64)
	DeleteMessageBatch(receipts []message.Receipt) error
	ChangeMessageVisibilityBatch(receipts []message.Receipt, timeout sim.Duration) error
	ConsumerFree(n int)
	Idle() message.Idle
}

// Downstream is what a fleet needs of what its work calls: the pool of connections of one instance.
type Downstream interface {
	Query(caller message.Caller, token uint64, service sim.Duration)
	Reset()
}

// Latencies are the round trips of a fleet's calls to its queues.
type Latencies struct {
	Receive, Delete, ChangeVisibility, Send random.Dist // nanoseconds
}

// Parts is what a fleet is built from beside its Spec.
type Parts struct {
	Inbox  Inbox
	Outbox sdk.Inlet          // nil unless processed messages are sent on, all of them there
	Then   []sdk.RouterTarget // in place of it, where there is a choice

	Compensation *sdk.ForwarderParts // of messages whose work failed, or nil

	Downstream func(call int) Downstream
	VCPUs      int
	Latencies  Latencies
	FaultShare float64 // of the calls
	Struck     Struck
	Rules      *sdk.RetryRules
	Recovery   random.Dist // nanoseconds that a crashed instance takes to be replaced
	Work       Work
	Digits     int // significant digits of the latency histograms
	BatchMax   int // messages of one batch call

	Payloads func() Payloads // a client of the bucket, if there is an extended client
	Extended *sdk.ExtendedClientLimits

	ReceiveKeys, SendKeys sdk.Encryption // data keys of the queues, nil when they are not encrypted
	Denied                Denials

	RefusedPause sim.Duration // after a receive that was given up

	InstantPolling bool // a receive without a wait time waits until a message comes

	Group *GroupParts // nil unless the fleet scales
}

// Work is the distributions of a fleet's work, in nanoseconds; nil ones take no time.
type Work struct {
	Message, Batch random.Dist
	Calls          []random.Dist
}

// Stats is what a fleet measures.
type Stats struct {
	Busy      measure.Level // threads that have messages in hand
	Running   measure.Level // instances that run
	Threads   measure.Level // of instances that run
	Computing measure.Level // threads that need a vCPU

	Refused   measure.Counter // receives that the queue answered with an error
	Failed    measure.Counter // attempts that failed: error, poison or downstream
	Crashes   measure.Counter // instances lost
	Unfetched measure.Counter // receives that failed because a payload could not be had

	// TakenByDeadPolls is messages that the queue gave to polls of instances that are gone, and nobody got.
	TakenByDeadPolls measure.Counter

	Compensated measure.Counter // messages that failed and were sent to where that is made good
}

// ZonesOfFixed is in how many zones the instances of a fleet of a fixed size are, by turns.
const ZonesOfFixed = 3

// Fleet is instances, each with threads that receive, work and delete: a fixed number of them, or as many as a group
// has.
type Fleet struct {
	Stats
	message.Consumer

	name  string
	spec  *Spec
	parts Parts
	eng   *sim.Engine
	store *message.Store

	threads   []thread
	receipts  []message.Receipt // of all threads, most each
	most      int
	stride    int // threads of an instance, of the kind with the most
	instances []instance
	group     *group // nil unless the fleet scales
	zones     int    // of a fleet of a fixed size
	lost      [8]bool
	crashes   bool              // instances crash by themselves
	kept      []message.Receipt // of the heartbeat under way

	receiveLatency random.Duration
	extendLatency  random.Duration
	work, batch    random.Duration
	calls          []random.Duration
	fails          *sim.Rand
	bad            *sim.Rand // of faults
	recovery       random.Duration
	crashGap       random.Duration
	contended      bool         // more threads than vCPUs share the computing part of the work
	used           sim.Duration // of vCPUs that nobody shares, by work as it began

	asked     sim.Event[token] // a receive has reached the queue
	received  sim.Event[token] // its answer is back
	worked    sim.Event[token] // work that needs no vCPU, or need not share one, is done
	pollAgain sim.Event[token]
	beat      sim.Event[uint32] // a thread's heartbeat may be due
	extended  sim.Event[token]  // a heartbeat has reached the queue
	computed  sim.Event[token]  // of the instance, the thread with the least work left has computed
	crashed   sim.Event[uint32]
	recovered sim.Event[uint32]
	revived   sim.Event[uint32] // an instance that a fault ended is replaced

	receiveRetry []*sdk.Retry // by instance
	deleter      *deleter
	forward      sdk.Onward   // nil unless processed messages are sent on
	compensate   *compensator // nil unless failed ones are
	fetch        *fetcher     // nil unless there is an extended client
	balancer     Balancer     // of a fleet that serves requests, or nil
}

// token names a thread and its turn: events of an earlier turn are stale.
type token uint64

func tokenOf(thread, turn uint32) token { return token(turn)<<32 | token(thread) }

type instance struct {
	cpu    cpu.Processor
	pool   []Downstream
	down   bool // crashed, of a fleet of a fixed size
	barred bool // waits for its zone
}

// New returns a fleet whose threads begin to poll when Start is called.
func New(eng *sim.Engine, store *message.Store, name string, s *Spec, parts Parts) *Fleet {
	if parts.Denied != (Denials{}) {
		parts.Inbox = gate{parts.Inbox, parts.Denied}
	}
	f := &Fleet{
		Consumer: message.NewConsumer(store, name, parts.Digits), name: name, spec: s, parts: parts, eng: eng, store: store,
		most:      s.Receive.MaxMessages,
		instances: make([]instance, s.places()),
		fails:     eng.Rand(name + "/error"),
		bad:       eng.Rand(name + "/fault"),
		contended: s.CPUShare > 0 && (s.Instance.Threads > parts.VCPUs || s.Scaling != nil),
		stride:    s.Instance.Threads, zones: ZonesOfFixed,
	}
	if parts.Group != nil {
		for _, k := range parts.Group.Kinds {
			f.stride = max(f.stride, k.Threads)
		}
	} else {
		f.threads = make([]thread, s.Instances*f.stride)
		f.receipts = make([]message.Receipt, len(f.threads)*f.most)
	}
	f.receiveLatency = random.NewDuration(parts.Latencies.Receive, eng.Rand(name+"/receive"))
	f.extendLatency = random.NewDuration(parts.Latencies.ChangeVisibility, eng.Rand(name+"/extend"))
	f.recovery = random.NewDuration(parts.Recovery, eng.Rand(name+"/recovery"))
	if parts.Work.Message != nil {
		f.work = random.NewDuration(parts.Work.Message, eng.Rand(name+"/work"))
	}
	if parts.Work.Batch != nil {
		f.batch = random.NewDuration(parts.Work.Batch, eng.Rand(name+"/batch"))
	}
	for i, dist := range parts.Work.Calls {
		f.calls = append(f.calls, random.NewDuration(dist, eng.Rand(fmt.Sprintf("%s/call/%d", name, i))))
	}
	f.asked = sim.NewEvent(eng, name+"/asked", f.ask)
	f.received = sim.NewEvent(eng, name+"/received", f.receive)
	f.worked = sim.NewEvent(eng, name+"/worked", f.workDone)
	f.pollAgain = sim.NewEvent(eng, name+"/pollAgain", f.askAgain)
	f.beat = sim.NewEvent(eng, name+"/beat", f.heartbeat)
	f.extended = sim.NewEvent(eng, name+"/extended", f.extend)
	f.computed = sim.NewEvent(eng, name+"/computed", f.computeDone)
	f.crashed = sim.NewEvent(eng, name+"/crashed", f.crash)
	f.recovered = sim.NewEvent(eng, name+"/recovered", f.recover)
	f.revived = sim.NewEvent(eng, name+"/revived", f.revive)
	f.receiveRetry = f.retries("receive")
	if s.ExtendedClient != nil {
		f.fetch = &fetcher{fleet: f}
		for range f.instances {
			f.fetch.clients = append(f.fetch.clients, parts.Payloads())
		}
	}
	if f.balancer, _ = parts.Inbox.(Balancer); f.balancer != nil {
		f.balancer.Attach(f.stride, f.drained)
	}
	f.deleter = newDeleter(f)
	f.connect()
	for i := range f.instances {
		for call := range s.Calls {
			f.instances[i].pool = append(f.instances[i].pool, parts.Downstream(call))
		}
		f.instances[i].cpu = cpu.New(parts.VCPUs)
	}
	if parts.Group != nil {
		f.group = newGroup(f, s.Scaling, parts.Group)
	}
	return f
}

// Group returns what decides how many instances there are, or nil in a fleet of a fixed size.
func (f *Fleet) Group() *autoscaling.Group {
	if f.group == nil {
		return nil
	}
	return f.group.control
}

// places returns how many instances there can be at once. Of a group that scales, those that leave, or are prepared,
// stand beside its most: there is room for as many again.
func (s *Spec) places() int {
	if s.Scaling == nil {
		return s.Instances
	}
	return 2*s.Scaling.Max + 1
}

// Start lets all instances run and their threads poll.
func (f *Fleet) Start() {
	if rate := f.spec.Failures.Crash; rate != nil && rate.PerSecond() > 0 {
		gap, err := random.NewExponential(float64(sim.Second) / rate.PerSecond())
		if err != nil {
			panic(err) // the decoder has checked the rate
		}
		f.crashGap = random.NewDuration(gap, f.eng.Rand(f.name+"/crash"))
		f.crashes = true
		for i := range f.instances {
			if f.group == nil {
				f.crashed.After(f.crashGap.Sample(), uint32(i))
			}
		}
	}
	if f.group != nil {
		f.group.begin()
		return
	}
	for i := range f.instances {
		f.runAll(uint32(i))
	}
}

// runAll lets an instance run.
func (f *Fleet) runAll(i uint32) {
	f.Running.Add(f.eng.Now(), 1)
	f.count(i, 1)
	f.pollAll(i, uint32(f.stride))
}

// count counts the threads of an instance that runs, or that is gone. One that leaves has them to the end: they are at
// work.
func (f *Fleet) count(i uint32, delta int64) {
	threads := f.stride
	if f.group != nil {
		threads = f.group.kindOf(i).Threads
	}
	f.Threads.Add(f.eng.Now(), delta*int64(threads))
}

// pollAll lets the first n threads of an instance poll.
func (f *Fleet) pollAll(i, n uint32) {
	if f.balancer != nil {
		f.balancer.InstanceUp(int(i))
	}
	first := i * uint32(f.stride)
	for t := first; t < first+n; t++ {
		f.threads[t].free = true
		f.parts.Inbox.ConsumerFree(1)
		f.poll(t)
	}
}

// retries returns a retry state for each instance: their SDKs share no quota.
func (f *Fleet) retries(calls string) []*sdk.Retry {
	all := make([]*sdk.Retry, len(f.instances))
	for i := range all {
		all[i] = sdk.NewRetry(f.spec.Retry, f.parts.Rules, f.eng.Rand(fmt.Sprintf("%s/%s/retry/%d", f.name, calls, i)))
	}
	return all
}

func (f *Fleet) instanceIndex(t uint32) int { return int(t) / f.stride }

func (f *Fleet) instanceOf(t uint32) *instance { return &f.instances[f.instanceIndex(t)] }
