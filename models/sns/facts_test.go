package sns

import (
	"strings"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/sim"
)

// serverError is what a subscriber answers that is not well, clientError what it answers to a delivery that is wrong.
var (
	serverError = &aws.Error{Code: "InternalError", Retryable: true}
	clientError = &aws.Error{Code: "AWS.SimpleQueueService.NonExistentQueue"}
)

// C070, localstack sns/test_sns.py::test_publish_message_before_subscribe_topic, validated on AWS 2025-11-19: publish
// A, subscribe q, publish B: q gets only B.
func TestASubscriberGetsWhatIsPublishedFromThenOn(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	st.mustPublish(orders, 1)
	q := st.subscribe(orders, "q", "")
	st.mustPublish(orders, 2)
	st.run(10)
	wantAll(t, "q gets", q.keys, 2)
	want(t, "published", st.count(message.Published), 2)
	want(t, "live messages", st.store.Live(), 0)
}

// C071, localstack sns/test_sns_filter_policy.py::test_filter_policy_for_batch, validated on AWS 2024-12-03: a policy
// on attr1 lets 99 pass and not 111: q1 gets 1 message and q2, without one, 2.
func TestAFilterPolicyLetsTheKeysPassThatItNames(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	q1, q2 := st.subscribe(orders, "q1", "filter: {keys: [100, 99, 1]}"), st.subscribe(orders, "q2", "")
	if _, err := orders.PublishBatch([]message.Ref{st.born(10, 99), st.born(10, 111)}); err != nil {
		t.Fatal(err)
	}
	st.run(10)
	wantAll(t, "q1 gets", q1.keys, 99)
	wantAll(t, "q2 gets", q2.keys, 99, 111)
	want(t, "filtered", st.figure(orders, "filtered"), 1)
}

// C073, localstack sns/test_sns.py::test_redrive_policy_sqs_queue_subscription, validated on AWS 2023-08-24: the queue
// of a subscription is deleted; a message appears in the dead-letter queue within 10 s. SNS developer guide,
// dead-letter queues: "client-side errors … Amazon SNS does not retry the message delivery".
func TestAClientErrorIsNotRetried(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	dead := &queue{stage: st}
	q := st.subscribe(orders, "gone", "dead_letter: queues.dead")
	q.answer = failing(clientError, 1<<30)
	orders.subscriptions[0].DeadLetters = dead
	lossy := st.subscribe(orders, "gone_too", "")
	lossy.answer = q.answer
	unlucky := st.subscribe(orders, "gone_three", "dead_letter: queues.dead")
	unlucky.answer = q.answer
	orders.subscriptions[2].DeadLetters = &queue{stage: st, missing: true}
	st.mustPublish(orders, 7)
	st.run(10)
	wantAll(t, "the dead-letter queue gets", dead.keys, 7)
	wantAll(t, "at", dead.at, 0)
	wantAll(t, "in the ledger", dead.dead, message.DeadByError)
	want(t, "attempts", len(q.calls), 1)
	want(t, "lost without a dead-letter queue, or when that is gone, too", st.count(message.Lost), 2)
	want(t, "dead-lettered", st.figure(orders, "dead_lettered"), 1)
	want(t, "lost", st.figure(orders, "lost"), 2)
	want(t, "incomplete", st.figure(orders, "incomplete"), 1)
	want(t, "backlog", st.figure(orders, "backlog_end"), 0)
}

// C076, localstack sns/test_sns.py::test_publish_too_long_message, validated on AWS 2025-11-19: 262,144 bytes are
// accepted, one more is InvalidParameter.
func TestAMessageOf256KiBIsTheLargest(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	want[error](t, "limit + 1", st.publish(orders, 262_145, 0), ErrInvalidParameter)
	want(t, "limit", st.publish(orders, 262_144, 0), nil)
	want(t, "published", st.figure(orders, "published"), 1)
	_, err := orders.PublishBatch([]message.Ref{st.born(262_144, 0), st.born(1, 0)})
	want[error](t, "a batch above it", err, ErrBatchRequestTooLong)
}

// C079, localstack sns/test_sns.py::test_publish_to_fifo_topic_deduplication_on_topic_level, validated on AWS
// 2023-11-09: publish X in g1, publish X in g2: 1 message. AWS CDK API reference, FifoThroughputScope: in scope
// MessageGroup, deduplication is done for each message group.
func TestDeduplicationIsOverTheTopicOrOverTheGroup(t *testing.T) {
	for text, copies := range map[string]int{
		"{fifo_topic: true, content_based_deduplication: true}":   1,
		"{fifo_topic: true, fifo_throughput_scope: MessageGroup}": 2,
	} {
		st := newStage(t, "aws-2026")
		orders := st.topic("topics.orders.fifo", text)
		q := st.subscribe(orders, "q", "")
		first := st.born(100, 1)
		second := st.born(100, 2)
		st.store.SetID(second, st.store.ID(first))
		for _, ref := range []message.Ref{first, second} {
			if err := orders.Publish(ref); err != nil {
				t.Fatal(err)
			}
		}
		st.run(10)
		want(t, text, len(q.keys), copies)
		want(t, "deduplicated", st.count(message.Deduplicated), uint64(2-copies))
	}
}

// aws.amazon.com/cn/sns/features: a message with the same deduplication ID is accepted and not delivered within 5
// minutes of the publish.
func TestARepeatIsDeliveredAfter5Minutes(t *testing.T) {
	for seconds, copies := range map[float64]int{299.999: 1, 300: 2} {
		st := newStage(t, "aws-2026")
		orders := st.topic("topics.orders.fifo", "{fifo_topic: true}")
		q := st.subscribe(orders, "q", "")
		first := st.born(100, 1)
		id := st.store.ID(first)
		if err := orders.Publish(first); err != nil {
			t.Fatal(err)
		}
		st.run(seconds)
		second := st.born(100, 1)
		st.store.SetID(second, id)
		want(t, "the repeat is answered", orders.Publish(second), nil)
		st.run(seconds + 10)
		want(t, "delivered", len(q.keys), copies)
	}
}

// SNS developer guide, message delivery retries: server errors of AWS managed endpoints are retried 3 times at once, 2
// times 1 second apart, 10 times from 1 to 20 seconds, 100,000 times 20 seconds apart, over 23 days.
func TestAQueueThatIsNotWellIsTriedFor23Days(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	dead := &queue{stage: st}
	q := st.subscribe(orders, "q", "dead_letter: queues.dead")
	orders.subscriptions[0].DeadLetters = dead
	q.answer = failing(serverError, 1<<30)
	st.mustPublish(orders, 1)
	st.run(30 * 86400)
	want(t, "attempts", len(q.calls), 100_016)
	at := sim.Duration(0)
	for i, got := range q.calls[1:] {
		delay, _ := Managed.Delay(i)
		if at += delay; at.Seconds() != got {
			t.Fatalf("retry %d comes at %v s, not at %v", i+1, got, at)
		}
	}
	wantAll(t, "in the ledger", dead.dead, message.DeadByError)
	want(t, "the dead letter comes with the last retry", dead.at[0], q.calls[100_015])
	want(t, "its wait is booked as retry", dead.seconds(message.Retry), at.Seconds())
}

// The same of customer managed endpoints.
func TestASubscriberByEmailIsTriedFor6Hours(t *testing.T) {
	for _, protocol := range []string{"email", "sms", "application"} {
		st := newStage(t, "aws-2026")
		orders := st.topic("topics.orders", "{}")
		e := st.endpoint(orders, "user", "", "{protocol: "+protocol+", error: 100%}", nil)
		st.mustPublish(orders, 1)
		st.run(86400)
		want(t, protocol+": attempts", e.Failed.Value(), 51)
		want(t, "retries", orders.Retries.Value(), 50)
		want(t, "lost", st.count(message.Lost), 1)
	}
}

// SNS developer guide, sns-http-https-endpoint-as-subscriber.md: "The message request times out after 15 seconds. This
// means that, if the message delivery failure is caused by a timeout, Amazon SNS retries for approximately 35 seconds
// after the previous delivery attempt."
func TestAnEndpointThatDoesNotAnswerIsTriedEvery35Seconds(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	dead := &queue{stage: st}
	e := st.endpoint(orders, "hook", "dead_letter: queues.dead", "{response_time: 16s}", dead)
	st.mustPublish(orders, 1)
	for i, begin := range []float64{0, 35, 70, 105} {
		if st.run(begin - 1e-3); i > 0 {
			want(t, "before an attempt it works on", e.Busy.Value(), 0)
		}
		st.run(begin)
		want(t, "at an attempt it works on", e.Busy.Value(), 1)
	}
	st.run(1000)
	wantAll(t, "dead at", dead.at, 120)
	wantAll(t, "in the ledger", dead.dead, message.DeadByTimeout)
	want(t, "timeouts", e.TimedOut.Value(), 4)
	want(t, "backing off", dead.seconds(message.Retry), 60)
	want(t, "at the endpoint", dead.seconds(message.Work), 60)
}

// SNS developer guide, SendMessageToHttp.https: "Amazon SNS considers all 5XX errors and 429 (too many requests sent)
// errors as retryable."; other codes are permanent failures.
func TestServerErrorsAndTooManyRequestsAreRetriedAndOtherCodesAreNot(t *testing.T) {
	for text, retries := range map[string]uint64{
		"{error: 100%}":                        3,
		"{client_error: 100%}":                 0,
		"{outages: [{at: 0s, for: 1h}]}":       3,
		"{response_time: 14s, concurrency: 1}": 2, // one of two messages at 20 and, worked on the first, at 40 s
	} {
		st := newStage(t, "aws-2026")
		orders := st.topic("topics.orders", "{}")
		e := st.endpoint(orders, "hook", "", text, nil)
		st.mustPublish(orders, 1)
		if strings.Contains(text, "concurrency") {
			st.mustPublish(orders, 2, 3)
		}
		st.run(1000)
		if strings.Contains(text, "concurrency") { // 2 at 20 s, 3 again at 40 s
			want(t, "refused", e.Refused.Value(), 3)
			want(t, "processed", e.Processed.Value(), 3)
			retries = 3
		}
		want(t, text, orders.Retries.Value(), retries)
	}
}

// SNS developer guide, message delivery retries: "maxReceivesPerSecond: The maximum number of deliveries per second,
// per subscription." "When there's more inbound than outbound traffic, your subscription can accumulate a large message
// backlog, which might cause high message delivery latency."
func TestASubscriptionGetsNoMoreThanItsMaxReceivesPerSecond(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	e := st.endpoint(orders, "hook", "max_receives_per_second: 10", "{}", nil)
	for range 10 { // 200 in one second
		for range 20 {
			st.mustPublish(orders, 1)
		}
		st.run(st.eng.Now().Seconds() + 0.1)
	}
	want(t, "in the first second it gets", e.Processed.Value(), 11) // those of 0 s and 1 s included
	want(t, "the others wait", orders.Backlog.Value(), 189)
	st.run(19.95)
	want(t, "in 20 seconds it gets", e.Processed.Value(), 200)
	means, _ := e.Paths()[0].Causes.Mean()
	if throttled, age := means[message.Throttle], e.Paths()[0].Latency.Mean(); throttled != age || age < 9e9 {
		t.Errorf("of %v ns, %v are booked as throttle", age, throttled)
	}
}

// github varapul/TechSolutions, Amazon SNS: email, at most 10 messages/s per subscription.
func TestAnEmailSubscriptionGets10MessagesASecond(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	e := st.endpoint(orders, "users", "subscribers: 1000", "{protocol: email}", nil)
	for range 20 {
		st.mustPublish(orders, 1)
	}
	st.run(0.99999)
	want(t, "in one second 1,000 get", e.Processed.Value(), 10_000)
	st.run(2)
	want(t, "in two", e.Processed.Value(), 20_000)
}

// Amazon SNS endpoints and quotas: Publish, us-east-1: 30,000 messages per second. PublishBatch counts messages.
func TestTheQuotaOfAnAccountIsSharedByItsTopicsAndCountsMessages(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders, alerts := st.topic("topics.orders", "{}"), st.topic("topics.alerts", "{}")
	batch := make([]message.Ref, 10)
	for i := range 2999 {
		for j := range batch {
			batch[j] = st.born(10, 0)
		}
		if _, err := []*Topic{orders, alerts}[i%2].PublishBatch(batch); err != nil {
			t.Fatal(i, err)
		}
	}
	for range 10 {
		st.mustPublish(alerts, 1)
	}
	want[error](t, "one more in this second", st.publish(orders, 10, 0), ErrThrottled)
	want(t, "it is a throttling error", ErrThrottled.Throttle && ErrThrottled.Retryable, true)
	want(t, "counted", orders.Throttled.Value(), 1)
	st.run(0.001) // 30 more
	for range 30 {
		st.mustPublish(orders, 1)
	}
	want[error](t, "and no more", st.publish(alerts, 10, 0), ErrThrottled)
}

// The same: PublishBatch, up to 10 messages.
func TestABatchHoldsAtMostTenMessages(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders", "{}")
	refs := make([]message.Ref, 11)
	for i := range refs {
		refs[i] = st.born(10, 0)
	}
	_, err := orders.PublishBatch(refs)
	want[error](t, "eleven", err, ErrTooManyEntriesInBatchRequest)
	_, err = orders.PublishBatch(refs[:10])
	want(t, "ten", err, nil)
}

// aws.amazon.com/cn/sns/features (2022): 300 messages or 10 MB per second and FIFO topic. AWS CDK API reference,
// FifoThroughputScope (2026): 3,000 messages or 20 MB per second in scope Topic, the regional quota in scope
// MessageGroup. 300 messages per second and message group.
func TestTheQuotasOfAFIFOTopic(t *testing.T) {
	for _, c := range []struct {
		what, profile, text string
		size, groups        uint32
		want                int
	}{
		{"2021", "aws-2021", "{fifo_topic: true}", 100, 1000, 300},
		{"2021, bytes", "aws-2021", "{fifo_topic: true}", 100_000, 1000, 100},
		{"2026", "aws-2026", "{fifo_topic: true}", 100, 1000, 3000},
		{"2026, bytes", "aws-2026", "{fifo_topic: true}", 100_000, 1000, 200},
		{"2026, one group", "aws-2026", "{fifo_topic: true}", 100, 1, 300},
		{"2026, by group", "aws-2026", "{fifo_topic: true, fifo_throughput_scope: MessageGroup}", 100, 1000, 30_000},
		{"2026, by group, one", "aws-2026", "{fifo_topic: true, fifo_throughput_scope: MessageGroup}", 100, 1, 300},
	} {
		st := newStage(t, c.profile)
		orders := st.topic("topics.orders.fifo", c.text)
		accepted := func() (n int) {
			for ; n < 100_000 && st.publish(orders, c.size, uint32(n)%c.groups) == nil; n++ {
			}
			return n
		}
		want(t, c.what, accepted(), c.want)
		st.run(0.5)
		want(t, c.what+", half a second later", accepted(), c.want/2)
		st.run(10)
		want(t, c.what+", later", accepted(), c.want)
	}
}

func TestAGroupThatWasJustThrottledHasNoNewQuotaInTheNextSecond(t *testing.T) {
	st := newStage(t, "aws-2026")
	orders := st.topic("topics.orders.fifo", "{fifo_topic: true}")
	accepted := func() (n int) {
		for ; st.publish(orders, 100, 1) == nil; n++ {
		}
		return n
	}
	for _, c := range []struct {
		at   float64
		want int
	}{{0.9, 300}, {1.1, 60}, {1.2, 30}, {2.3, 300}} {
		st.run(c.at)
		want(t, "accepted", accepted(), c.want)
	}
	st.run(10)
	st.mustPublish(orders, 2)
	want(t, "groups remembered", len(orders.groups.now)+len(orders.groups.before), 1)
}

// Amazon SNS endpoints and quotas, as github varapul/TechSolutions has it: FIFO topics 3,000 messages per second in
// regions whose standard topics have 300 or 1,500.
func TestFIFOTopicsHaveAQuotaOfTheirOwnInARegion(t *testing.T) {
	for text, most := range map[string]int{"{fifo_topic: true, fifo_throughput_scope: MessageGroup}": 3000, "{}": 1500} {
		st := newStage(t, "aws-2026")
		st.region("us-east-2")
		orders := st.topic("topics.orders", text)
		n := uint32(0)
		for ; st.publish(orders, 100, n) == nil; n++ {
		}
		want(t, text, int(n), most)
	}
}

// SNS developer guide, sns-message-and-json-formats.md: a notification that is not raw is a JSON document with the
// message, its ID, the topic, a signature and two addresses.
func TestAMessageThatIsNotRawComesInAnEnvelope(t *testing.T) {
	st := newStage(t, "aws-2026")
	st.limit.EnvelopeSize = 900
	orders := st.topic("topics.orders", "{}")
	raw, wrapped := st.subscribe(orders, "raw", "raw_message_delivery: true"), st.subscribe(orders, "wrapped", "")
	st.mustPublish(orders, 1)
	st.run(1)
	wantAll(t, "raw", raw.sizes, 100)
	wantAll(t, "not raw", wrapped.sizes, 1000)
}
