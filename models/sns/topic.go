package sns

import (
	"math"
	"slices"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/quota"
	"weir/models/sdk"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/ring"
)

// Errors of the API, by AWS's names (SNS API reference, 2010-03-31).
var (
	ErrInvalidParameter             = &aws.Error{Code: "InvalidParameter"}
	ErrThrottled                    = &aws.Error{Code: "Throttled", Retryable: true, Throttle: true}
	ErrTooManyEntriesInBatchRequest = &aws.Error{Code: "TooManyEntriesInBatchRequest"}
	ErrBatchRequestTooLong          = &aws.Error{Code: "BatchRequestTooLong"}
)

// Queue is what a topic needs of a queue that is subscribed to it.
type Queue interface {
	SendMessage(ref message.Ref, delay sim.Duration) error
}

// DeadLetters is what a topic needs of the dead-letter queue of a subscription. It gives the message the place in the
// ledger, which says why it is dead, unless it cannot take it.
type DeadLetters interface {
	DeadLetter(ref message.Ref, why message.Place) error
}

// Receiver is what a topic needs of a subscriber that is not a queue. It takes a delivery and answers through from,
// at once or later. A message whose delivery went well is the receiver's: it has ended or will.
type Receiver interface {
	Deliver(ref message.Ref, from message.Caller, token uint64)
}

// Protocol is how a subscriber is reached.
type Protocol string

// The protocols, in AWS's words.
const (
	ProtocolSQS         Protocol = "sqs"
	ProtocolLambda      Protocol = "lambda"
	ProtocolFirehose    Protocol = "firehose"
	ProtocolHTTP        Protocol = "http"
	ProtocolHTTPS       Protocol = "https"
	ProtocolEmail       Protocol = "email"
	ProtocolSMS         Protocol = "sms"
	ProtocolApplication Protocol = "application"
)

// Values returns the protocols that an endpoint may have.
func (Protocol) Values() []string {
	return []string{
		string(ProtocolHTTP), string(ProtocolHTTPS), string(ProtocolEmail), string(ProtocolSMS), string(ProtocolApplication),
	}
}

// managed reports whether the subscriber is a service of AWS, which SNS tries for weeks.
func (p Protocol) managed() bool {
	return p == ProtocolSQS || p == ProtocolLambda || p == ProtocolFirehose
}

// web reports whether a protocol has delivery policies and rates of its own.
func (p Protocol) web() bool { return p == ProtocolHTTP || p == ProtocolHTTPS }

// Subscriber is who a subscription leads to: a queue or, if that is nil, a receiver.
type Subscriber struct {
	Name        string // such as queues.orders
	Protocol    Protocol
	Queue       Queue
	FIFO        bool // whether the queue is a FIFO queue
	Receiver    Receiver
	DeadLetters DeadLetters    // nil: what cannot be delivered is lost
	Keys        sdk.Encryption // of a queue that is encrypted, or nil
}

// Stats is what a topic measures.
type Stats struct {
	Backlog measure.Level // copies that are not delivered yet

	Published    measure.Counter    // messages accepted
	Throttled    measure.Counter    // calls that the quota refused
	Deduplicated measure.Counter    // repeats that a FIFO topic accepted and did not deliver
	Filtered     measure.Counter    // copies that a filter policy kept back
	Delivered    measure.Counter    // copies that reached their subscriber
	Retries      measure.Counter    // attempts after the first of a copy
	DeadLettered measure.Counter    // copies moved to a dead-letter queue
	Lost         measure.Counter    // copies given up
	Incomplete   measure.Counter    // messages of which some copy was not processed
	Slowest      *measure.Histogram // of messages whose copies were all processed: from birth to the end of the last one

	bill
}

// Topic is a topic, standard or FIFO.
type Topic struct {
	Stats

	name          string
	spec          *Spec
	limit         *Limits
	eng           *sim.Engine
	store         *message.Store
	quota         *Quota
	rate, bytes   quota.Bucket // of a FIFO topic
	groups        groups
	repeats       *message.Repeats // nil unless it is a FIFO topic
	fanner        uint16
	subscriptions []subscription
	passed        []int32 // the subscriptions that the message being published goes to
	jitter        *sim.Rand

	deliveries []delivery
	free       []uint32 // slots of deliveries
	lanes      lanes

	arrived   sim.Event[uint32] // a copy has reached its subscriber
	again     sim.Event[uint32] // a back-off is over
	released  sim.Event[uint32] // a subscription may make its next delivery
	laneReady sim.Event[uint32] // the first copy of a lane has reached its queue
}

// subscription is one subscription of a topic, or many alike.
type subscription struct {
	Subscriber
	spec    *SubscriptionSpec
	policy  Policy
	ordered bool // copies of a message group keep their order
	latency random.Duration
	luck    *sim.Rand // whether a message passes the filter
	keys    []uint32  // that pass the filter, sorted
	extra   uint32    // bytes that its copies have more than the message
	copies  message.Accounts
	gap     sim.Duration        // between two deliveries, or 0
	line    ring.Buffer[uint32] // deliveries that wait for their turn
	nextAt  sim.Time            // when the next delivery may be made
}

// New returns a topic without subscriptions.
func New(eng *sim.Engine, store *message.Store, name string, s *Spec, limit *Limits, account *Quota) *Topic {
	t := &Topic{
		name: name, spec: s, limit: limit, eng: eng, store: store, quota: account, jitter: eng.Rand(name + "/jitter"),
	}
	t.Slowest = measure.NewHistogram()
	t.fanner = store.KeepFamilies(t)
	burst := limit.Burst.Sim()
	if s.FIFOTopic {
		store.KeepIDs()
		store.KeepOrder()
		t.rate = quota.NewBucket(math.Inf(1), burst)
		if s.FIFOThroughputScope == ScopeTopic {
			t.rate = quota.NewBucket(limit.FIFOTopicRate.PerSecond(), burst)
		}
		t.bytes = quota.NewBucket(float64(limit.FIFOTopicBytes), burst)
		t.groups = newGroups(limit.FIFOGroupRate.PerSecond(), burst)
		t.repeats = message.NewRepeats(s.FIFOThroughputScope == ScopeGroup, limit.DeduplicationTime.Sim())
		t.lanes.byGroup = map[uint64]uint32{}
	}
	t.arrived = sim.NewEvent(eng, name+"/arrived", t.arrive)
	t.again = sim.NewEvent(eng, name+"/again", t.tryAgain)
	t.released = sim.NewEvent(eng, name+"/released", t.release)
	t.laneReady = sim.NewEvent(eng, name+"/laneReady", t.deliverLane)
	return t
}

// Quota returns the quota of the account that the topic belongs to.
func (t *Topic) Quota() *Quota { return t.quota }

// Subscribe adds a subscription: it gets what is published from now on.
func (t *Topic) Subscribe(s *SubscriptionSpec, to Subscriber) {
	name := t.name + "/" + to.Name
	sub := subscription{
		Subscriber: to, spec: s, policy: t.policy(s, to.Protocol),
		copies: message.NewAccounts(&t.store.Ledger, t.name+" -> "+to.Name), ordered: t.spec.FIFOTopic && to.FIFO,
		latency: random.NewDuration(t.limit.DeliveryLatency.Dist(), t.eng.Rand(name+"/delivery")),
	}
	if f := s.Filter; f != nil {
		sub.luck = t.eng.Rand(name + "/filter")
		for _, key := range f.Keys {
			sub.keys = append(sub.keys, uint32(key))
		}
		slices.Sort(sub.keys)
	}
	if !s.RawMessageDelivery && (to.Protocol.managed() || to.Protocol.web()) {
		sub.extra = uint32(t.limit.EnvelopeSize)
	}
	rate := math.Inf(1)
	if s.MaxReceivesPerSecond != nil {
		rate = float64(*s.MaxReceivesPerSecond)
	} else if to.Protocol == ProtocolEmail {
		rate = t.limit.EmailRate.PerSecond()
	}
	if !math.IsInf(rate, 1) {
		sub.gap = sim.Seconds(1 / (rate * float64(s.Subscribers))) // those alike take turns
	}
	t.subscriptions = append(t.subscriptions, sub)
}

// policy returns when failed deliveries of a subscription are tried again.
func (t *Topic) policy(s *SubscriptionSpec, p Protocol) Policy {
	switch {
	case p.managed():
		return Managed
	case !p.web():
		return Customer
	case s.DeliveryPolicy != nil:
		return s.DeliveryPolicy.policy()
	case t.spec.DeliveryPolicy != nil:
		return t.spec.DeliveryPolicy.policy()
	}
	return HTTP
}

// SendMessage publishes a message as a sender of queues does. There is no delay: one that is asked for is refused.
func (t *Topic) SendMessage(ref message.Ref, delay sim.Duration) error {
	if delay > 0 {
		return ErrInvalidParameter
	}
	return t.Publish(ref)
}

// SendMessageBatch publishes messages as a sender of queues does.
func (t *Topic) SendMessageBatch(refs []message.Ref, delay sim.Duration) (refused []message.Ref, err error) {
	if delay > 0 {
		return nil, ErrInvalidParameter
	}
	return t.PublishBatch(refs)
}

// Publish sends a message to the topic's subscribers. The answer says nothing of the deliveries. It returns Throttled
// or, when the message is too large, InvalidParameter; the message then stays with its sender.
func (t *Topic) Publish(ref message.Ref) error {
	size := int64(t.store.At(ref).SizeBytes)
	switch {
	case size > t.sizeMax():
		return ErrInvalidParameter
	case !t.permit(size, ref):
		return ErrThrottled
	}
	t.Requests.Add(uint64(t.requests(size)))
	t.accept(ref)
	return nil
}

// PublishBatch sends messages to the topic's subscribers. It returns those refused, in a slice that is good until the
// next call, or an error when the whole batch is refused.
func (t *Topic) PublishBatch(refs []message.Ref) (refused []message.Ref, err error) {
	if int64(len(refs)) > t.limit.BatchSizeMax {
		return nil, ErrTooManyEntriesInBatchRequest
	}
	var size int64
	for _, ref := range refs {
		size += int64(t.store.At(ref).SizeBytes)
	}
	switch {
	case size > t.sizeMax():
		return nil, ErrBatchRequestTooLong
	case !t.permit(size, refs...):
		return nil, ErrThrottled
	}
	t.Requests.Add(uint64(t.requests(size)))
	for _, ref := range refs {
		t.accept(ref)
	}
	return nil, nil
}

func (t *Topic) sizeMax() int64 {
	if t.spec.MaximumMessageSize != nil {
		return int64(*t.spec.MaximumMessageSize)
	}
	return int64(t.limit.MessageSizeMax)
}

// permit takes the messages of a call from the quotas, or refuses the call.
func (t *Topic) permit(size int64, refs ...message.Ref) bool {
	now, n, account := t.eng.Now(), float64(len(refs)), &t.quota.standard
	if t.repeats != nil {
		account = &t.quota.fifo
	}
	ok := account.Has(now, n)
	if t.repeats != nil {
		ok = ok && t.rate.Has(now, n) && t.bytes.Has(now, float64(size)) && t.permitGroups(now, refs)
	}
	if !ok {
		t.Throttled.Inc()
		return false
	}
	account.Take(n)
	if t.repeats != nil {
		t.rate.Take(n)
		t.bytes.Take(float64(size))
	}
	return true
}

func (t *Topic) permitGroups(now sim.Time, refs []message.Ref) bool {
	if t.groups.fresh.Endless() {
		return true
	}
	for _, ref := range refs {
		group := t.store.At(ref).Key
		b := t.groups.of(now, group)
		if !b.Has(now, 1) {
			return false
		}
		b.Take(1)
		t.groups.now[group] = b
	}
	return true
}

// accept publishes a message that no quota refuses.
func (t *Topic) accept(ref message.Ref) {
	m := t.store.At(ref)
	if t.repeats != nil && t.repeats.IsRepeat(t.eng.Now(), t.store.ID(ref), m.Key) {
		t.Deduplicated.Inc()
		t.store.Move(ref, m, message.Deduplicated)
		t.store.Free(ref)
		return
	}
	t.Published.Inc()
	t.PublishedBytes.Add(uint64(m.SizeBytes))
	branches := t.filter(m)
	if branches == 0 {
		end := message.Published
		if len(t.subscriptions) > 0 {
			end = message.Filtered
		}
		t.store.Move(ref, m, end)
		t.store.Free(ref)
		return
	}
	t.store.FanOut(ref, branches, t.fanner)
	t.Backlog.Add(t.eng.Now(), int64(branches))
	for _, i := range t.passed {
		for range t.subscriptions[i].spec.Subscribers {
			if !t.branch(ref, m, i) {
				return
			}
		}
	}
}

// filter notes the subscriptions that a message goes to, and returns how many copies that makes.
func (t *Topic) filter(m *message.Message) (branches int) {
	t.passed = t.passed[:0]
	for i := range t.subscriptions {
		s := &t.subscriptions[i]
		t.billPublished(s, m)
		if !s.passes(m) {
			t.Filtered.Add(uint64(s.spec.Subscribers))
			continue
		}
		t.passed = append(t.passed, int32(i))
		branches += s.spec.Subscribers
	}
	return branches
}

// passes reports whether the filter policy lets a message pass.
func (s *subscription) passes(m *message.Message) bool {
	switch f := s.spec.Filter; {
	case f == nil:
		return true
	case f.Share != nil:
		return s.luck.Float64() < float64(*f.Share)
	default:
		_, found := slices.BinarySearch(s.keys, m.Key)
		return found
	}
}

// BranchesEnded notes how long the slowest copy of a message took.
func (t *Topic) BranchesEnded(parent *message.Message, complete bool) {
	if !complete {
		t.Incomplete.Inc()
		return
	}
	t.Slowest.Record(int64(t.eng.Now().Sub(parent.Born)))
}
