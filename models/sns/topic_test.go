package sns

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/sim"
)

func TestAShareOfTheMessagesPassesAFilterBySharesAndTheRestEndsAsFilteredIfNoOtherTakesThem(t *testing.T) {
	st := newStage(t, "ideal")
	orders := st.topic("topics.orders", "{}")
	q := st.subscribe(orders, "q", "filter: {share: 30%}")
	const n = 100_000
	for range n {
		st.mustPublish(orders, 1)
	}
	st.run(1)
	passed := float64(len(q.keys))
	if half := 3.29 * math.Sqrt(0.3*0.7*n); math.Abs(passed-0.3*n) > half { // 99.9 %
		t.Errorf("%v of %d pass, not %v ± %v", passed, n, 0.3*n, half)
	}
	want(t, "filtered in the ledger", float64(st.count(message.Filtered)), n-passed)
	want(t, "filtered", st.figure(orders, "filtered"), n-passed)
	want(t, "published in the ledger", float64(st.count(message.Published)), passed)
	want(t, "live", st.store.Live(), 0)
}

func TestTheSlowestCopySaysWhenAMessageHasReachedAll(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	st.subscribe(orders, "q", "")
	st.endpoint(orders, "slow", "", "{response_time: 3s}", nil)
	flaky := st.subscribe(orders, "flaky", "")
	st.mustPublish(orders, 1)
	st.run(10)
	flaky.answer = failing(clientError, 1)
	st.mustPublish(orders, 2)
	st.run(20)
	flaky.answer = failing(serverError, 5) // at once three times, after 1 s, after another
	st.mustPublish(orders, 3)
	st.run(30)
	want(t, "complete", orders.Slowest.Count(), 2)
	want(t, "incomplete", st.figure(orders, "incomplete"), 1)
	if p := st.figure(orders, "slowest_branch_p99_s"); math.Abs(p-3) > 0.01 {
		t.Errorf("the slowest copy took %v s, not 3", p)
	}
	want(t, "live", st.store.Live(), 0)
	want(t, "retries", st.figure(orders, "retries"), 5)
}

func TestEachSubscriptionHasAnAccountInTheLedger(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	st.subscribe(orders, "a", "")
	st.subscribe(orders, "b", "").answer = failing(clientError, 1)
	st.mustPublish(orders, 1, 2)
	st.run(1)
	var lines []string
	for _, r := range st.store.Ledger.Routes() {
		lines = append(lines, fmt.Sprintf("%s %s %d sent %d processed %d lost %d published", r.Origin, r.Sender, r.Sent,
			r.Count[message.Processed], r.Count[message.Lost], r.Count[message.Published]))
	}
	wantAll(t, "the ledger", lines,
		"shop shop 2 sent 0 processed 0 lost 2 published",
		"shop topics.orders -> queues.a 2 sent 2 processed 0 lost 0 published",
		"shop topics.orders -> queues.b 2 sent 1 processed 1 lost 0 published")
}

func TestACopyOnItsWayIsInACallAndOneThatIsTriedAgainBacksOff(t *testing.T) {
	st := newStage(t, "aws-2026")
	st.limit.DeliveryLatency = constant(t, "100ms")
	orders := st.topic("topics.orders", "{}")
	q := st.subscribe(orders, "q", "")
	q.answer = failing(serverError, 4)
	st.mustPublish(orders, 1)
	st.run(10)
	wantAll(t, "attempts at", q.calls, 0.1, 0.2, 0.3, 0.4, 1.5)
	want(t, "in calls", q.seconds(message.APICall), 0.5)
	want(t, "backing off", q.seconds(message.Retry), 1)
}

func TestAnEndpointThatComesBackGetsWhatItMissed(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	e := st.endpoint(orders, "hook", "", "{response_time: 10ms, outages: [{at: 1s, for: 30s}]}", nil)
	for i := range 10 {
		st.run(float64(i))
		st.mustPublish(orders, 1)
	}
	st.run(30.9)
	want(t, "processed before the end of the outage", e.Processed.Value(), 1)
	st.run(60) // those of 1 to 9 s were tried at 21 to 29 s, and are at 41 to 49 s
	want(t, "processed in all", e.Processed.Value(), 10)
	want(t, "refused", e.Unavailable.Value(), 18)
	want(t, "out of reach at 1 s", e.down(sim.Time(sim.Second)), true)
	want(t, "and 30 s later", e.down(sim.Time(31*sim.Second)), false)
	p := e.Paths()[0]
	want(t, "the path", p.Name(), "shop -> endpoints.hook")
	if most := p.Latency.Max(); most != int64(40*sim.Second+10*sim.Millisecond) {
		t.Errorf("the slowest took %v, not 40.01 s", sim.Duration(most))
	}
}

func TestAnEndpointFailsAtItsShares(t *testing.T) {
	st := newStage(t, "ideal")
	orders := st.topic("topics.orders", "{}")
	e := st.endpoint(orders, "hook", "delivery_policy: {num_retries: 0}", "{error: 30%, client_error: 20%}", nil)
	orders.subscriptions[0].policy = Policy{Immediate: 1}
	const n = 100_000
	for range n {
		st.mustPublish(orders, 1)
	}
	st.run(1)
	for what, c := range map[string]struct{ got, share float64 }{
		"retried":   {float64(orders.Retries.Value()), 0.3},
		"processed": {float64(e.Processed.Value()), 0.5 + 0.3*0.5},
		"lost":      {float64(orders.Lost.Value()), 0.2 + 0.3*0.5},
	} {
		if half := 3.29 * math.Sqrt(c.share*(1-c.share)*n); math.Abs(c.got-c.share*n) > half { // 99.9 %
			t.Errorf("%s: %v, not %v ± %v", what, c.got, c.share*n, half)
		}
	}
}

func TestAPoisonousMessageFailsAtEveryAttempt(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	dead := &queue{stage: st}
	st.endpoint(orders, "hook", "dead_letter: queues.dead", "{}", dead)
	ref, _ := st.store.New(0, st.route, 10, 1, message.Poison)
	if err := orders.Publish(ref); err != nil {
		t.Fatal(err)
	}
	st.run(100)
	wantAll(t, "in the ledger", dead.dead, message.DeadByPoison)
	want(t, "retries", orders.Retries.Value(), 3)
}

func TestWhatAQueueThrottlesToTheEndIsDeadByThrottle(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	dead := &queue{stage: st}
	e := st.endpoint(orders, "hook", "dead_letter: queues.dead", "{protocol: http, concurrency: 1, response_time: 14s}", dead)
	orders.subscriptions[0].policy = Policy{Immediate: 1}
	st.mustPublish(orders, 1, 2)
	st.run(100)
	wantAll(t, "in the ledger", dead.dead, message.DeadByThrottle)
	want(t, "refused", e.Refused.Value(), 2)
}

func TestRetriesAreSpreadByTheJitterAroundTheSchedule(t *testing.T) {
	st := newStage(t, "aws-2026")
	st.limit.RetryJitter = 0.1
	orders := st.topic("topics.orders", "{}")
	st.endpoint(orders, "hook", "", "{error: 100%}", nil)
	var first []float64
	for range 2000 {
		st.mustPublish(orders, 1)
	}
	st.eng.Observe(func(now sim.Time, name string, _ uint64) {
		if strings.HasSuffix(name, "/again") && now < sim.Time(30*sim.Second) {
			first = append(first, now.Seconds())
		}
	})
	st.run(100)
	slices.Sort(first)
	want(t, "first retries", len(first), 2000)
	sum := 0.0
	for _, s := range first {
		sum += s
	}
	if first[0] < 18 || first[0] > 18.02 || first[1999] > 22 || first[1999] < 21.98 || math.Abs(sum/2000-20) > 0.09 {
		t.Errorf("the first retries come from %v to %v s, %v on average", first[0], first[1999], sum/2000)
	}
}

func constant(t *testing.T, text string) (l spec.Durations) {
	t.Helper()
	if err := l.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return l
}

// taker receives the messages of a queue.
type taker struct {
	stage *stage
	keys  []uint64
	ids   []uint32
	queue *sqs.Queue
}

func (k *taker) Received(_ uint64, receipts []message.Receipt, err error) {
	if err != nil {
		k.stage.Error(err)
	}
	for _, r := range receipts {
		k.ids = append(k.ids, k.stage.store.ID(r.Ref))
		k.keys = append(k.keys, uint64(k.stage.store.At(r.Ref).Key))
		k.stage.store.Move(r.Ref, k.stage.store.At(r.Ref), message.Processed)
	}
	for _, r := range slices.Clone(receipts) {
		if err := k.queue.DeleteMessage(r); err != nil {
			k.stage.Error(err)
		}
	}
}

// C077, localstack sns/test_sns.py::test_message_to_fifo_sqs_ordering, validated on AWS 2025-02-19: one topic, five
// FIFO queues, 0 to 9 published in one group: all five queues deliver the same order.
func TestFIFOQueuesGetTheOrderOfTheTopic(t *testing.T) {
	st := newStage(t, "aws-2026")
	p, err := aws.Load("aws-2026")
	if err != nil {
		t.Fatal(err)
	}
	p.Fill(&st.limit) // deliveries take their time, and none the same
	limits := new(sqs.Limits)
	p.Fill(limits)
	orders := st.topic("topics.orders.fifo", "{fifo_topic: true}")
	var takers []*taker
	for i := range 5 {
		name := fmt.Sprintf("queues.q%d.fifo", i)
		q := sqs.New(st.eng, st.store, name, decode[sqs.Spec](t, "{}"), limits)
		orders.Subscribe(decode[SubscriptionSpec](t, "{to: "+name+"}"),
			Subscriber{Name: name, Protocol: ProtocolSQS, Queue: q, FIFO: true})
		takers = append(takers, &taker{stage: st, queue: q})
	}
	var published []uint32
	for range 10 {
		ref := st.born(100, 1)
		published = append(published, st.store.ID(ref))
		if err := orders.Publish(ref); err != nil {
			t.Fatal(err)
		}
		st.run(st.eng.Now().Seconds() + 0.005)
	}
	st.run(10)
	for _, k := range takers {
		k.queue.ReceiveMessage(10, 0, message.QueueDefault, k, 0)
		st.run(st.eng.Now().Seconds() + 1)
		wantAll(t, "a queue gets", k.ids, published...)
	}
	want(t, "live", st.store.Live(), 0)
}

func TestACopyBehindOneThatIsTriedAgainWaitsForItAndOthersDoNot(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders.fifo", "{fifo_topic: true}")
	q := st.subscribe(orders, "q", "")
	q.answer = failing(serverError, 5) // three times at once, then after 1 s and another: at 2 s it goes
	st.mustPublish(orders, 1)
	st.run(0.5)
	want(t, "attempts", len(q.calls), 4)
	q.answer = nil
	st.mustPublish(orders, 2)
	st.run(0.6)
	wantAll(t, "another group passes", q.keys, 2)
	q.answer = failing(serverError, 1)
	st.mustPublish(orders, 1, 1)
	st.run(3)
	wantAll(t, "at", q.at, 0.5, 2, 2, 2)
	want(t, "the last waited behind its group", q.seconds(message.GroupOrder), 1.4)
	want(t, "it backed off", q.seconds(message.Retry), 0)
	want(t, "live", st.store.Live(), 0)
	want(t, "lanes in use", len(orders.lanes.byGroup), 0)
	want(t, "deliveries in use", len(orders.deliveries), len(orders.free))
}

func TestACopyToAFIFOQueueTakesItsTimeAndBacksOff(t *testing.T) {
	st := newStage(t, "aws-2026")
	st.limit.DeliveryLatency = constant(t, "100ms")
	orders := st.topic("topics.orders.fifo", "{fifo_topic: true}")
	q := st.subscribe(orders, "q", "")
	q.answer = failing(serverError, 4)
	st.mustPublish(orders, 1)
	st.run(2)
	wantAll(t, "attempts at", q.calls, 0.1, 0.2, 0.3, 0.4, 1.5)
	want(t, "in calls", q.seconds(message.APICall), 0.5)
	want(t, "backing off", q.seconds(message.Retry), 1)
	st.mustPublish(orders, 1)
	st.run(2.05)
	st.mustPublish(orders, 1)
	st.run(3)
	wantAll(t, "accepted at", q.at, 1.5, 2.1, 2.15)
	want(t, "in a call", q.seconds(message.APICall), 0.1)
}

// Whatever goes wrong: each copy ends somewhere, the ledger balances after every event, FIFO queues get each group in
// order, and nothing is left.
func TestEveryCopyEndsSomewhere(t *testing.T) {
	var lost, dead, filtered, retried, deduplicated uint64
	for seed := range uint64(60) {
		st := newStage(t, "aws-2026")
		st.eng = sim.NewEngine(seed, 0)
		st.limit.DeliveryLatency = constant(t, "20ms")
		luck := st.eng.Rand("test")
		fifo := seed%2 == 0
		text, ending := "{}", ""
		if fifo {
			text, ending = "{fifo_topic: true}", ".fifo"
		}
		orders := st.topic("topics.orders"+ending, text)
		var queues []*queue
		for i := range 1 + luck.IntN(4) {
			q := st.subscribe(orders, fmt.Sprintf("q%d%s", i, ending), []string{"", "filter: {share: 50%}"}[luck.IntN(2)])
			q.answer = func() error {
				return []error{nil, nil, nil, serverError, serverError, clientError}[luck.IntN(6)]
			}
			if luck.IntN(2) == 0 {
				orders.subscriptions[i].DeadLetters = &queue{stage: st}
			}
			if orders.subscriptions[i].policy = Managed; luck.IntN(2) == 0 {
				orders.subscriptions[i].policy = Policy{Immediate: 1, Before: 1, Min: sim.Second}
			}
			queues = append(queues, q)
		}
		if !fifo {
			st.endpoint(orders, "a", "max_receives_per_second: 20", "{response_time: 50ms, error: 30%, client_error: 5%}", nil)
			st.endpoint(orders, "b", "subscribers: 3", "{protocol: sms, concurrency: 2, response_time: 1s}", nil)
		}
		st.eng.Observe(func(sim.Time, string, uint64) { balanced(st, orders) })
		var latest message.Ref
		for range 300 {
			ref := st.born(100, uint32(luck.IntN(5)))
			if luck.IntN(10) == 0 && fifo {
				st.store.SetID(ref, st.store.ID(latest))
			}
			st.store.At(ref).SizeBytes = uint32(st.store.ID(ref)) // the order of birth, for the check below
			if latest = ref; orders.Publish(ref) != nil {
				st.discard(ref)
			}
			st.run(st.eng.Now().Seconds() + 0.02*luck.Float64())
		}
		st.run(1e7)
		want(t, "live", st.store.Live(), 0)
		want(t, "backlog", orders.Backlog.Value(), 0)
		want(t, "deliveries in use", len(orders.deliveries), len(orders.free))
		if fifo {
			for _, q := range queues {
				inOrder(t, q)
			}
		}
		lost, dead = lost+orders.Lost.Value(), dead+orders.DeadLettered.Value()
		filtered, retried = filtered+orders.Filtered.Value(), retried+orders.Retries.Value()
		deduplicated += orders.Deduplicated.Value()
	}
	if min(lost, dead, filtered, retried, deduplicated) < 300 {
		t.Errorf("only %d lost, %d dead, %d filtered, %d retried, %d deduplicated", lost, dead, filtered, retried, deduplicated)
	}
}

// balanced checks that the copies that have not ended are those that the topic knows of.
func balanced(st *stage, t *Topic) {
	if err := st.store.Ledger.Check(); err != nil {
		st.Fatal(err)
	}
	under := st.store.Ledger.UnderWay()
	var all uint64
	for _, n := range under {
		all += n
	}
	if all != uint64(t.Backlog.Value()) {
		st.Fatalf("at %v %d messages are under way and %d copies on their way", st.eng.Now(), all, t.Backlog.Value())
	}
}

// inOrder checks that a queue got the messages of each group in the order of their birth.
func inOrder(t *testing.T, q *queue) {
	t.Helper()
	last := map[uint32]uint32{}
	for i, key := range q.keys {
		if q.sizes[i] < last[key] {
			t.Fatalf("group %d: message %d comes after %d", key, q.sizes[i], last[key])
		}
		last[key] = q.sizes[i]
	}
}

func TestAStandardTopicIsBilledByThe64KiloBytesAndAFIFOTopicByMessageAndByte(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	st.subscribe(orders, "q", "filter: {keys: [9], scope: MessageBody}")
	st.endpoint(orders, "hook", "", "{protocol: http}", nil)
	st.endpoint(orders, "mail", "subscribers: 2", "{protocol: email}", nil)
	st.endpoint(orders, "text", "", "{protocol: sms, client_error: 100%}", nil)
	for _, size := range []uint32{100, 65_536, 65_537} {
		if err := st.publish(orders, size, 1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := orders.PublishBatch([]message.Ref{st.born(60_000, 1), st.born(60_000, 1)}); err != nil {
		t.Fatal(err)
	}
	st.run(10)
	wantAll(t, "standard", st.usage(orders), "sns.requests 6", "sns.deliveries.http 6", "sns.deliveries.email 12",
		"sns.deliveries.sms 0", fmt.Sprintf("sns.filtered_gb %g", float64(100+65_536+65_537+120_000)/(1<<30)))

	st = newStage(t, "aws-2026")
	fifo := st.topic("topics.orders.fifo", "{fifo_topic: true}")
	st.subscribe(fifo, "a", "filter: {keys: [9]}") // published times subscriptions, filtered out or not
	st.subscribe(fifo, "b", "")
	for range 3 {
		if err := st.publish(fifo, 1<<17, 1); err != nil {
			t.Fatal(err)
		}
	}
	st.run(20)
	wantAll(t, "FIFO", st.usage(fifo), "sns.fifo.requests 3", fmt.Sprintf("sns.fifo.published_gb %g", 3.0/8192),
		"sns.fifo.deliveries 6", fmt.Sprintf("sns.fifo.delivered_gb %g", 6.0/8192))
}

func TestWhatAWSRefusesOfASubscriptionIsSaid(t *testing.T) {
	for _, c := range []struct{ profile, topic, subscription, protocol, want string }{
		{"aws-2026", "{}", "delivery_policy: {}", "sms", "only HTTP and HTTPS endpoints"},
		{"aws-2026", "{}", "max_receives_per_second: 5", "sqs", "only HTTP and HTTPS endpoints"},
		{"aws-2026", "{}", "subscribers: 2", "sqs", "a queue, function or delivery stream is one subscriber"},
		{"aws-2026", "{}", "", "sqs.fifo", "a standard topic cannot deliver to a FIFO queue"},
		{"aws-2026", "{fifo_topic: true}", "", "https", "a FIFO topic delivers to queues only"},
		{"aws-2021", "{fifo_topic: true}", "", "sqs", "a FIFO topic delivers to FIFO queues only"},
		{"aws-2026", "{fifo_topic: true}", "", "sqs", ""},
		{"aws-2026", "{maximum_message_size: 1MiB}", "", "sqs", ""},
		{"aws-2021", "{maximum_message_size: 1MiB}", "", "sqs", "out of range"},
		{"aws-2026", "{maximum_message_size: 1MiB}", "", "https", "at most 100 subscriptions, all of queues"},
		{"aws-2026", "{}", "subscribers: 12500000", "https", ""},
	} {
		st := newStage(t, c.profile)
		topic := st.topic("topics.t", c.topic)
		to := Subscriber{Name: "x", Protocol: Protocol(c.protocol), Receiver: &Endpoint{}}
		if strings.HasPrefix(c.protocol, "sqs") {
			to = Subscriber{Name: "x", Protocol: ProtocolSQS, Queue: &queue{}, FIFO: c.protocol == "sqs.fifo"}
		}
		topic.Subscribe(decode[SubscriptionSpec](t, "{to: queues.x, "+c.subscription+"}"), to)
		problems := topic.Check()
		if c.want == "" && len(problems) > 0 || c.want != "" &&
			(len(problems) != 1 || !strings.Contains(problems[0].Text, c.want)) {
			t.Errorf("%+v: %v", c, problems)
		}
	}
	st := newStage(t, "aws-2026")
	topic := st.topic("topics.t.fifo", "{fifo_topic: true}")
	for i := range 101 {
		st.subscribe(topic, fmt.Sprintf("q%d.fifo", i), "")
	}
	if problems := topic.Check(); len(problems) != 1 || !strings.Contains(problems[0].Text, "AWS allows 100") {
		t.Errorf("101 subscriptions of a FIFO topic: %v", problems)
	}
	for text, want := range map[string]string{
		"{fifo_throughput_scope: MessageGroup}":                             "only a FIFO topic",
		"{content_based_deduplication: true}":                               "only a FIFO topic",
		"{subscriptions: [{to: queues.a}, {to: queues.a}]}":                 "has a subscription already",
		"{subscriptions: [{to: queues.a, filter: {}}]}":                     "either a share or keys",
		"{subscriptions: [{to: queues.a, filter: {share: 1%, keys: [1]}}]}": "either a share or keys",
	} {
		if err := refused[Spec](t, text); !strings.Contains(err, want) {
			t.Errorf("%s: %q, not %q", text, err, want)
		}
	}
}

// sink takes all messages and forgets them.
type sink struct{ store *message.Store }

func (s sink) SendMessage(ref message.Ref, _ sim.Duration) error {
	s.store.Move(ref, s.store.At(ref), message.Processed)
	s.store.Free(ref)
	return nil
}

// fan publishes to ten subscribers, without limits.
type fan struct {
	*stage
	topic *Topic
}

const fans = 10

func newFan(t *testing.T, text string, subscribe func(*stage, *Topic, int)) fan {
	st := newStage(t, "ideal")
	st.limit.DeliveryLatency = constant(t, "12ms")
	f := fan{st, st.topic("topics.t", text)}
	for i := range fans {
		subscribe(st, f.topic, i)
	}
	f.publish(20_000) // until the tables have grown
	return f
}

func (f fan) publish(n int) {
	for range n {
		f.mustPublish(f.topic, uint32(f.eng.Now())%64)
		f.eng.Run(f.eng.Now().Add(sim.Millisecond), 1<<20)
	}
}

func toSink(st *stage, t *Topic, i int) {
	t.Subscribe(&SubscriptionSpec{Subscribers: 1}, Subscriber{
		Name: fmt.Sprintf("queues.q%d", i), Protocol: ProtocolSQS, Queue: sink{st.store}, FIFO: t.spec.FIFOTopic,
	})
}

func toEndpoint(st *stage, t *Topic, i int) {
	st.endpoint(t, fmt.Sprintf("e%d", i), "", "{error: 1%, response_time: 5ms}", nil)
}

// benchmark measures the cost of a delivered copy.
func benchmark(b *testing.B, text string, subscribe func(*stage, *Topic, int)) {
	f := newFan(&testing.T{}, text, subscribe)
	b.ReportAllocs()
	b.ResetTimer()
	f.publish((b.N + fans - 1) / fans)
}

func BenchmarkACopyToAQueue(b *testing.B) { benchmark(b, "{}", toSink) }

func BenchmarkACopyToAnEndpoint(b *testing.B) { benchmark(b, "{}", toEndpoint) }

func BenchmarkACopyToAFIFOQueue(b *testing.B) {
	benchmark(b, "{fifo_topic: true, fifo_throughput_scope: MessageGroup}", toSink)
}

func TestADeliveryAllocatesNothing(t *testing.T) {
	for name, subscribe := range map[string]func(*stage, *Topic, int){"queues": toSink, "endpoints": toEndpoint} {
		f := newFan(t, "{}", subscribe)
		if allocs := testing.AllocsPerRun(3, func() { f.publish(5000) }); allocs > 10 {
			t.Errorf("to %s: %v allocations for %d copies", name, allocs, 5000*fans)
		}
	}
}
