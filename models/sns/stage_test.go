package sns

import (
	"fmt"
	"slices"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/sim"
)

// stage is an engine with topics, for stories.
type stage struct {
	*testing.T
	eng     *sim.Engine
	store   *message.Store
	limit   Limits
	profile string
	quota   *Quota
	route   message.RouteID
}

// newStage returns a stage with the constants of a profile, where deliveries take no time and retries come on the
// second.
func newStage(t *testing.T, profile string) *stage {
	t.Helper()
	st := &stage{T: t, eng: sim.NewEngine(1, 0), store: message.NewStore(1 << 20), profile: profile}
	st.region("us-east-1")
	st.route = st.store.Ledger.Open("shop", "shop")
	return st
}

// region sets the constants to those of a region.
func (st *stage) region(name string) {
	st.Helper()
	p, err := aws.Load(st.profile)
	if err != nil {
		st.Fatal(err)
	}
	if p, err = p.In(name); err != nil {
		st.Fatal(err)
	}
	for _, o := range [][2]string{
		{"sns.delivery.latency", "0s"}, {"sns.retry_jitter", "0%"}, {"sns.envelope_size", "0B"},
	} {
		if err := p.OverrideText(o[0], o[1]); err != nil {
			st.Fatal(err)
		}
	}
	p.Fill(&st.limit)
}

func (st *stage) topic(name, text string) *Topic {
	st.Helper()
	if st.quota == nil {
		st.quota = NewQuota(&st.limit)
	}
	return New(st.eng, st.store, name, decode[Spec](st.T, text), &st.limit, st.quota)
}

// born returns a new message at its sender, in a call.
func (st *stage) born(size, key uint32) message.Ref {
	ref, ok := st.store.New(st.eng.Now(), st.route, size, key, 0)
	if !ok {
		st.Fatal("memory is full")
	}
	st.store.At(ref).Enter(st.eng.Now(), message.APICall)
	return ref
}

func (st *stage) publish(t *Topic, size, key uint32) error {
	ref := st.born(size, key)
	err := t.Publish(ref)
	if err != nil {
		st.discard(ref)
	}
	return err
}

func (st *stage) discard(ref message.Ref) {
	st.store.Move(ref, st.store.At(ref), message.Rejected)
	st.store.Free(ref)
}

// mustPublish publishes messages of 100 bytes with the keys given.
func (st *stage) mustPublish(t *Topic, keys ...uint32) {
	st.Helper()
	for _, key := range keys {
		if err := st.publish(t, 100, key); err != nil {
			st.Fatal(err)
		}
	}
}

func (st *stage) run(seconds float64) { st.eng.Run(sim.Time(sim.Seconds(seconds)), 1<<24) }

// counts returns the ledger's sums by place, of all routes.
func (st *stage) count(p message.Place) (n uint64) {
	for _, r := range st.store.Ledger.Routes() {
		n += r.Count[p]
	}
	return n
}

// queue notes what is sent to it, and ends it as processed.
type queue struct {
	stage  *stage
	answer func() error // nil: accepts all
	calls  []float64    // instants of all calls, s
	at     []float64    // instants at which messages were accepted, s
	keys   []uint32
	sizes  []uint32
	causes []int64 // the clocks of the last message
	dead   []message.Place

	missing bool // it is no dead-letter queue: there is none any more
}

func (q *queue) SendMessage(ref message.Ref, delay sim.Duration) error {
	now := q.stage.eng.Now()
	q.calls = append(q.calls, now.Seconds())
	if delay != message.QueueDefault {
		q.stage.Errorf("a delay of %v is asked for", delay)
	}
	if q.answer != nil {
		if err := q.answer(); err != nil {
			return err
		}
	}
	m := q.stage.store.At(ref)
	q.note(ref, m)
	q.stage.store.Move(ref, m, message.Processed)
	q.stage.store.Free(ref)
	return nil
}

func (q *queue) DeadLetter(ref message.Ref, why message.Place) error {
	m := q.stage.store.At(ref)
	if q.missing {
		return clientError
	}
	q.stage.store.Move(ref, m, why)
	q.note(ref, m)
	q.dead = append(q.dead, m.Place())
	q.stage.store.Free(ref)
	return nil
}

func (q *queue) note(ref message.Ref, m *message.Message) {
	now := q.stage.eng.Now()
	q.at = append(q.at, now.Seconds())
	q.keys = append(q.keys, m.Key)
	q.sizes = append(q.sizes, m.SizeBytes)
	var clocks [message.Causes]int64
	m.Clocks(now, message.Idle{Group: q.stage.store.Held(now, ref, m)}, &clocks)
	q.causes = clocks[:]
	sum := int64(0)
	for _, ns := range clocks {
		sum += ns
	}
	if age := int64(now.Sub(m.Born)); sum != age || slices.Min(clocks[:]) < 0 {
		q.stage.Errorf("the clocks %v do not add up to the age %d", clocks, age)
	}
}

// seconds returns how long a cause ran for the last message, in seconds.
func (q *queue) seconds(c message.Cause) float64 { return sim.Duration(q.causes[c]).Seconds() }

func (st *stage) subscribe(t *Topic, name, text string) *queue {
	st.Helper()
	q := &queue{stage: st}
	to := Subscriber{Name: "queues." + name, Protocol: ProtocolSQS, Queue: q, FIFO: t.spec.FIFOTopic}
	t.Subscribe(decode[SubscriptionSpec](st.T, "{to: queues."+name+", "+text+"}"), to)
	return q
}

// endpoint subscribes an endpoint, with a dead-letter queue if dead is not nil.
func (st *stage) endpoint(t *Topic, name, subscription, text string, dead DeadLetters) *Endpoint {
	st.Helper()
	s := decode[EndpointSpec](st.T, text)
	e := NewEndpoint(st.eng, st.store, "endpoints."+name, s, &st.limit, 3)
	t.Subscribe(decode[SubscriptionSpec](st.T, "{to: endpoints."+name+", "+subscription+"}"), Subscriber{
		Name: "endpoints." + name, Protocol: e.Protocol(), Receiver: e, DeadLetters: dead,
	})
	return e
}

func want[V comparable](t *testing.T, what string, got, want V) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, not %v", what, got, want)
	}
}

func wantAll[V comparable](t *testing.T, what string, got []V, want ...V) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, not %v", what, got, want)
	}
}

// failing answers with the error so many times, then well.
func failing(err error, times int) func() error {
	return func() error {
		if times--; times < 0 {
			return nil
		}
		return err
	}
}

// figure returns one of a topic's figures.
func (st *stage) figure(t *Topic, name string) (value float64) {
	found := false
	t.Figures(st.eng.Now(), func(n, _ string, v float64) {
		if n == name {
			value, found = v, true
		}
	})
	if !found {
		st.Fatalf("there is no figure %s", name)
	}
	return value
}

// usage returns what a topic is billed for, in order.
func (st *stage) usage(t *Topic) (lines []string) {
	t.Usage(st.eng.Now(), func(item, _ string, quantity float64) {
		lines = append(lines, fmt.Sprintf("%s %g", item, quantity))
	})
	return lines
}
