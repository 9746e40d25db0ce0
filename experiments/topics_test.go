package experiments

import (
	"strings"
	"testing"
)

func TestATopicThatAWSRefusesIsRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"topics: {t: {fifo_topic: true}}", "call it t.fifo"},
		{"topics: {t.fifo: {}}", "set fifo_topic: true"},
		{"topics: {t: {subscriptions: [{to: queues.none}]}}", "there is no queues.none"},
		{"topics: {t: {subscriptions: [{to: queues.q.fifo}]}}", "cannot deliver to a FIFO queue"},
		{"topics: {t.fifo: {fifo_topic: true, subscriptions: [{to: endpoints.e}]}}", "delivers to queues only"},
		{"topics: {t: {subscriptions: [{to: queues.q, max_receives_per_second: 5}]}}", "only HTTP and HTTPS endpoints"},
		{"topics: {t: {maximum_message_size: 2MiB}}", "1KiB to 1MiB"},
		{"topics: {t: {delivery_policy: {max_delay_target: 2h}}}", "1h"},
		{"profile: aws-2021\ntopics: {t.fifo: {fifo_topic: true, fifo_throughput_scope: MessageGroup}}", "no scope"},
		{"profile: aws-2021\ntopics: {t.fifo: {fifo_topic: true, subscriptions: [{to: queues.q}]}}", "FIFO queues only"},
	} {
		const rest = "name: test\nqueues: {q: {}, q.fifo: {}}\nendpoints: {e: {}}\n"
		_, err := New("test.yaml", []byte(rest+c.text+"\n"), nil, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, not %q", c.text, err, c.want)
		}
	}
}

func TestATopicsSettingsAreAWSsWords(t *testing.T) {
	const text = `
name: test
topics:
  orders:
    subscriptions:
      - to: queues.a
        raw_message_delivery: true
        filter: {share: 30%}
      - to: endpoints.hook
        filter: {keys: [1, 2], scope: MessageBody}
        delivery_policy:
          min_delay_target: 1s
          max_delay_target: 60s
          num_retries: 50
          num_no_delay_retries: 3
          num_min_delay_retries: 2
          num_max_delay_retries: 35
          backoff_function: exponential
        max_receives_per_second: 10
      - {to: endpoints.users, subscribers: 100000}
  payments.fifo:
    fifo_topic: true
    content_based_deduplication: true
    fifo_throughput_scope: MessageGroup
    subscriptions: [{to: queues.b.fifo}]
queues: {a: {}, b.fifo: {}}
endpoints:
  hook: {protocol: http, response_time: 20ms, error: 1%, client_error: 0.1%, concurrency: 5, outages: [{at: 1m, for: 5m}]}
  users: {protocol: email}
`
	if _, err := New("test.yaml", []byte(text), nil, nil); err != nil {
		t.Error(err)
	}
}
