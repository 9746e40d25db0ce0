package eventbridge

import (
	"weir/models/aws"
	"weir/models/iam"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/quota"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// Errors of the API, by AWS's names (EventBridge API reference, PutEvents).
var (
	ErrThrottling = &aws.Error{Code: "ThrottlingException", Retryable: true, Throttle: true}
	ErrValidation = &aws.Error{Code: "ValidationException"}
)

// Spec is an event bus, as the scenario describes it.
type Spec struct {
	// The rules, each with one target.
	Rules []RuleSpec `yaml:"rules"`
	iam.ResourceSpec
}

// RuleSpec is a rule.
type RuleSpec struct {
	// The target: a queue, a topic or a function, which is invoked asynchronously.
	To spec.Link `yaml:"to" required:"true" link:"queues topics functions delivery_streams" flow:"out"`
	// Share of the events that match.
	Match spec.Share `yaml:"match" default:"100%"`
	// How long an event is tried to be delivered (AWS: MaximumEventAgeInSeconds); 24 hours unless set.
	MaximumEventAge *spec.Duration `yaml:"maximum_event_age" min:"60s" max:"24h"`
	// How often a delivery is tried again (AWS: MaximumRetryAttempts); 185 times unless set.
	MaximumRetryAttempts *int `yaml:"maximum_retry_attempts" min:"0" max:"185"`
	// The queue for events that could not be delivered. Without one they are lost.
	DeadLetter *spec.Link `yaml:"dead_letter" link:"queues" flow:"out"`
}

// Limits are the constants of EventBridge that a profile holds.
type Limits struct {
	PutRate    spec.Rate      `aws:"eventbridge.put_rate"`
	EntriesMax int64          `aws:"eventbridge.entries_max"`
	SizeMax    spec.Size      `aws:"eventbridge.size_max"`
	Latency    spec.Durations `aws:"eventbridge.latency"`
	AgeMax     spec.Duration  `aws:"eventbridge.retry.age_max"`
	Retries    int64          `aws:"eventbridge.retry.attempts"`
	RetryBase  spec.Duration  `aws:"eventbridge.retry.base"`
	RetryMax   spec.Duration  `aws:"eventbridge.retry.max"`
}

// Target is what a rule delivers to.
type Target struct {
	Name        string
	To          sdk.Inlet
	Keys        sdk.Encryption // data keys of the target, nil when it is not encrypted
	DeadLetters interface {
		DeadLetter(ref message.Ref, why message.Place) error
	}
}

// Stats is what a bus measures.
type Stats struct {
	UnderWay measure.Level // deliveries

	Put          measure.Counter // events accepted
	Throttled    measure.Counter // calls refused
	Matched      measure.Counter // copies made
	Delivered    measure.Counter
	Retries      measure.Counter
	DeadLettered measure.Counter
	Lost         measure.Counter
	units        measure.Counter // billed: of 64 KB
}

// Bus is an event bus.
type Bus struct {
	Stats

	name       string
	spec       *Spec
	limit      *Limits
	eng        *sim.Engine
	store      *message.Store
	fanner     uint16
	quota      quota.Bucket
	latency    random.Duration
	jitter     *sim.Rand
	rules      []rule
	matches    []int32
	deliveries []delivery
	free       []uint32
	due        sim.Event[uint32]
}

type rule struct {
	Target
	spec   *RuleSpec
	luck   *sim.Rand
	copies message.Accounts
	age    sim.Duration
	tries  int
}

// delivery is a copy on its way to a target.
type delivery struct {
	ref     message.Ref
	rule    int32
	retries int32
	put     sim.Time
}

// New returns a bus without rules.
func New(eng *sim.Engine, store *message.Store, name string, s *Spec, limit *Limits) *Bus {
	b := &Bus{name: name, spec: s, limit: limit, eng: eng, store: store, jitter: eng.Rand(name + "/jitter")}
	b.quota = quota.NewBucket(min(limit.PutRate.PerSecond(), 1e18), sim.Second)
	b.latency = random.NewDuration(limit.Latency.Dist(), eng.Rand(name+"/latency"))
	b.due = sim.NewEvent(eng, name+"/due", b.deliver)
	b.fanner = store.KeepFamilies(b)
	return b
}

// Add adds a rule. It is called before the first message is born.
func (b *Bus) Add(s *RuleSpec, to Target) {
	r := rule{
		Target: to, spec: s, copies: message.NewAccounts(&b.store.Ledger, b.name+" -> "+to.Name),
		luck: b.eng.Rand(b.name + "/" + to.Name + "/match"),
		age:  b.limit.AgeMax.Sim(), tries: int(b.limit.Retries),
	}
	if s.MaximumEventAge != nil {
		r.age = s.MaximumEventAge.Sim()
	}
	if s.MaximumRetryAttempts != nil {
		r.tries = *s.MaximumRetryAttempts
	}
	b.rules = append(b.rules, r)
}

// SendMessage puts an event. It returns ThrottlingException or, when the event is too large, ValidationException; the
// message then stays with its sender.
func (b *Bus) SendMessage(ref message.Ref, _ sim.Duration) error {
	if int64(b.store.At(ref).SizeBytes) > int64(b.limit.SizeMax) {
		return ErrValidation
	}
	if !b.quota.Permit(b.eng.Now()) {
		b.Throttled.Inc()
		return ErrThrottling
	}
	b.accept(ref)
	return nil
}

// SendMessageBatch puts events. Those above the rate are refused one by one, as PutEvents does.
func (b *Bus) SendMessageBatch(refs []message.Ref, _ sim.Duration) (refused []message.Ref, err error) {
	var size int64
	for _, ref := range refs {
		size += int64(b.store.At(ref).SizeBytes)
	}
	if int64(len(refs)) > b.limit.EntriesMax || size > int64(b.limit.SizeMax) {
		return nil, ErrValidation
	}
	now := b.eng.Now()
	if !b.quota.Has(now, float64(len(refs))) {
		b.Throttled.Inc()
		return nil, ErrThrottling
	}
	b.quota.Take(float64(len(refs)))
	for _, ref := range refs {
		b.accept(ref)
	}
	return nil, nil
}

// accept sends copies of an event on their way to the targets of the rules that match it.
func (b *Bus) accept(ref message.Ref) {
	m, now := b.store.At(ref), b.eng.Now()
	b.Put.Inc()
	b.units.Add(uint64(aws.BilledRequests(int64(m.SizeBytes))))
	b.matches = b.matches[:0]
	for i := range b.rules {
		if r := &b.rules[i]; r.spec.Match >= 1 || r.luck.Float64() < float64(r.spec.Match) {
			b.matches = append(b.matches, int32(i))
		}
	}
	if len(b.matches) == 0 {
		b.store.Move(ref, m, message.Filtered)
		b.store.Free(ref)
		return
	}
	route := m.Route
	b.store.FanOut(ref, len(b.matches), b.fanner)
	for _, i := range b.matches {
		c, ok := b.store.Branch(now, ref, b.rules[i].copies.Of(route))
		if !ok {
			b.eng.Stop()
			return
		}
		b.Matched.Inc()
		b.UnderWay.Add(now, 1)
		if len(b.free) == 0 {
			b.free = append(b.free, uint32(len(b.deliveries)))
			b.deliveries = append(b.deliveries, delivery{})
		}
		slot := b.free[len(b.free)-1]
		b.free = b.free[:len(b.free)-1]
		b.deliveries[slot] = delivery{ref: c, rule: i, put: now}
		b.due.After(b.latency.Sample(), slot)
	}
}

// BranchesEnded does nothing: the ledger tells how the copies of an event ended.
func (b *Bus) BranchesEnded(*message.Message, bool) {}

// deliver is the event that a copy has reached its target, for the first time or again.
func (b *Bus) deliver(slot uint32) {
	d := &b.deliveries[slot]
	r := &b.rules[d.rule]
	m, now := b.store.At(d.ref), b.eng.Now()
	if m.Cause() != message.APICall {
		m.Enter(now, message.APICall)
	}
	var err error
	if r.Keys != nil {
		var wait sim.Duration
		if wait, err = r.Keys.Prepare(); err == nil && wait > 0 {
			b.due.After(wait, slot)
			return
		}
	}
	if err == nil {
		err = r.To.SendMessage(d.ref, message.QueueDefault)
	}
	if err == nil {
		b.Delivered.Inc()
		b.end(slot)
		return
	}
	api := aws.ErrorOf(err)
	if delay := b.backOff(int(d.retries)); api != nil && (api.Retryable || api.Throttle) && int(d.retries) < r.tries &&
		now.Add(delay).Sub(d.put) <= r.age {
		d.retries++
		b.Retries.Inc()
		m.Enter(now, message.Retry)
		b.due.After(delay, slot)
		return
	}
	b.giveUp(r, d.ref, m, api)
	b.end(slot)
}

// backOff returns the delay before a retry: doubled up to the longest, half of it by chance.
func (b *Bus) backOff(retries int) sim.Duration {
	delay, most := b.limit.RetryBase.Sim(), b.limit.RetryMax.Sim()
	for i := 0; i < retries && delay < most; i++ {
		delay *= 2
	}
	delay = min(delay, most)
	return delay/2 + sim.Duration(float64(delay/2)*b.jitter.Float64())
}

// giveUp moves a copy to the dead-letter queue of its rule, or loses it.
func (b *Bus) giveUp(r *rule, ref message.Ref, m *message.Message, err *aws.Error) {
	why := message.DeadByError
	if err != nil && err.Throttle {
		why = message.DeadByThrottle
	}
	if r.DeadLetters != nil && r.DeadLetters.DeadLetter(ref, why) == nil {
		b.DeadLettered.Inc()
		return
	}
	b.Lost.Inc()
	b.store.Move(ref, m, message.Lost)
	b.store.Free(ref)
}

func (b *Bus) end(slot uint32) {
	b.UnderWay.Add(b.eng.Now(), -1)
	b.free = append(b.free, slot)
}

// Name returns the bus's path in the scenario.
func (b *Bus) Name() string { return b.name }

// Kind returns "eventbridge.bus".
func (b *Bus) Kind() string { return "eventbridge.bus" }

// Reset begins the window of observation. The level keeps its present value.
func (b *Bus) Reset(now sim.Time) {
	b.Stats = Stats{UnderWay: b.UnderWay}
	b.UnderWay.Reset(now)
}

// Figures reports the bus's figures of the window.
func (b *Bus) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("events", "events", float64(b.Put.Value()))
	report("throttled", "calls", float64(b.Throttled.Value()))
	report("matched", "events", float64(b.Matched.Value()))
	report("delivered", "events", float64(b.Delivered.Value()))
	report("retries", "attempts", float64(b.Retries.Value()))
	report("dead_lettered", "events", float64(b.DeadLettered.Value()))
	report("lost", "events", float64(b.Lost.Value()))
	report("under_way_max", "events", float64(b.UnderWay.Max()))
}

// Curves declares the bus's quantities over time.
func (b *Bus) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "under_way", Unit: "events", Kind: meter.Mean, Read: b.UnderWay.Integral})
}

// Usage reports the events put: each 64 KB is one.
func (b *Bus) Usage(_ sim.Time, report func(item, variant string, quantity float64)) {
	report("events.custom", "", float64(b.units.Value()))
}
