package experiments

import (
	"fmt"
	"testing"
)

// SQS and SNS developer guides, deduplication: a repeat within five minutes is accepted and not delivered, one after
// them is another message. A standard queue delivers both.
func TestARepeatIsDeliveredOnceWithinFiveMinutesAndAgainAfter(t *testing.T) {
	for _, c := range []struct {
		to, after string
		delivered float64
	}{
		{"queues.q.fifo", "1ms", 100}, {"queues.q.fifo", "299999ms", 100}, {"queues.q.fifo", "300s", 200},
		{"topics.t.fifo", "299999ms", 100}, {"topics.t.fifo", "300s", 200},
		{"queues.q", "1s", 200},
	} {
		s, _ := played(t, fmt.Sprintf(`
name: repeats
profile: ideal
run: {duration: 20m, replications: 1}
override: {sqs.fifo.deduplication_time: 5m, sns.fifo.deduplication_time: 5m}
topics: {t.fifo: {fifo_topic: true, subscriptions: [{to: queues.q.fifo}]}}
queues: {q.fifo: {}, q: {}}
producers: {p: {to: %s, arrivals: {constant: 1/s}, limit: 100, key: {uniform: 10}, repeats: {share: 100%%, after: %s}}}
fleets: {f: {from: queues.q.fifo, instances: 5, work: 1ms}, g: {from: queues.q, work: 1ms}}
`, c.to, c.after))
		got := figure(t, s, "fleets.f", "processed") + figure(t, s, "fleets.g", "processed")
		if got != c.delivered {
			t.Errorf("%s, %s later: %v messages are processed, want %v", c.to, c.after, got, c.delivered)
		}
		if repeats := s.Senders["producers.p"].Deduplicated.Value; repeats != 200-c.delivered {
			t.Errorf("%s, %s later: %v repeats in the ledger, want %v", c.to, c.after, repeats, 200-c.delivered)
		}
	}
}

// A dead letter that is moved back has waited for its first work once, and not again until the redrive.
func TestARedriveIsNoFirstWork(t *testing.T) {
	s, _ := played(t, `
name: redriven
profile: ideal
run: {duration: 300s, replications: 1}
queues:
  q: {visibility_timeout: 10s, redrive: {to: queues.dead, max_receive_count: 2}}
  dead: {redrive_tasks: [{at: 200s}]}
producers: {p: {to: queues.q, arrivals: {schedule: [1s]}, poison: 100%}}
fleets: {f: {from: queues.q, receive: {pause: 1s}, work: 1ms}}
`)
	if got := figure(t, s, "fleets.f", "failed"); got != 4 {
		t.Errorf("%v attempts, want two before the redrive and two after", got)
	}
	if got := s.Paths["producers.p -> fleets.f"].Wait["max"].Value; got > 2 {
		t.Errorf("it waited %v s for its first work, want a second or two", got)
	}
}
