package experiments

import (
	"context"
	"math"
	"strings"
	"testing"

	"weir/results"
)

// played runs a scenario that is held to be right, once.
func played(t *testing.T, text string) (*results.Summary, *Design) {
	t.Helper()
	d, err := New("test.yaml", []byte(text), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := d.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return e.Summarise(d.Prices, false), d
}

// figure returns a figure of a component.
func figure(t *testing.T, s *results.Summary, component, name string) float64 {
	t.Helper()
	e, ok := s.Components[component].Metrics[name]
	if !ok {
		t.Fatalf("%s has no figure %s", component, name)
	}
	return e.Value
}

// payloadText is a design in which PUTs take 30 ms, GETs 10 ms and DELETEs 20 ms, at 100 MB/s, and everything else no
// time, but for the work, which takes a second.
const payloadText = `
name: payloads
profile: ideal
run: {duration: 100s, replications: 1}
override: {s3.put.first_byte: 30ms, s3.get.first_byte: 10ms, s3.delete.latency: 20ms, s3.throughput: 100MB,
  sqs.extended_client.threshold: 1MiB}
buckets: {b: {}}
queues: {q: {visibility_timeout: 20s, redrive: {to: queues.dead, max_receive_count: 2}}, dead: {}, first: {}}
`

// A gigabyte at 100 MB/s takes 10.03 s to put and 10.01 s to get; the work takes a second, and the payload is gone
// 20 ms after it. One PUT, one GET and one DELETE a message (SQS developer guide, extended client).
func TestALargePayloadGoesThroughTheBucket(t *testing.T) {
	s, _ := played(t, payloadText+`
producers: {p: {to: queues.q, arrivals: {constant: 0.05/s}, limit: 2, size: 1GB, extended_client: {bucket: buckets.b}}}
fleets: {f: {from: queues.q, receive: {max_messages: 1}, work: 1s, extended_client: {bucket: buckets.b}}}
`)
	path := s.Paths["producers.p -> fleets.f"]
	if got := path.Latency["mean"].Value; math.Abs(got-21.04) > 1e-6 {
		t.Errorf("latency %v s, want 21.04", got)
	}
	for name, want := range map[string]float64{
		"puts": 2, "gets": 2, "deletes": 2, "objects_end": 0, "objects_max": 1, "missing": 0,
		"objects_mean": 2 * (10.01 + 1 + 0.02) / 100,
	} {
		if got := figure(t, s, "buckets.b", name); math.Abs(got-want) > 1e-6 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if got := figure(t, s, "queues.q", "requests_billed"); got < 6 || got > 8 {
		t.Errorf("%v requests: a pointer is one of 64 KB, and a call has one", got)
	}
}

// AWS: "the maximum message size is 1 MiB"; with the extended client "up to 2 GB".
func TestPayloadsAboveTheLimitsAreRejected(t *testing.T) {
	for _, c := range []struct {
		size, extended string
		rejected, puts float64
	}{
		{"1MiB", "", 0, 0}, {"1025KiB", "", 1, 0}, {"1MiB", "extended_client: {bucket: buckets.b}", 0, 0},
		{"1025KiB", "extended_client: {bucket: buckets.b}", 0, 1}, {"2GiB", "extended_client: {bucket: buckets.b}", 0, 1},
		{"2049MiB", "extended_client: {bucket: buckets.b}", 1, 0},
		{"1KiB", "extended_client: {bucket: buckets.b, always: true}", 0, 1},
		{"1KiB", "extended_client: {bucket: buckets.b, threshold: 1023B}", 0, 1},
	} {
		s, _ := played(t, `
name: limits
run: {duration: 100s, replications: 1}
buckets: {b: {}}
queues: {q: {}}
producers: {p: {to: queues.q, arrivals: {constant: 1/s}, limit: 1, size: `+c.size+", "+c.extended+`}}
`)
		rejected, puts := figure(t, s, "producers.p", "rejected"), figure(t, s, "buckets.b", "puts")
		if rejected != c.rejected || puts != c.puts {
			t.Errorf("%s, %s: %v rejected, %v PUTs, want %v and %v", c.size, c.extended, rejected, puts, c.rejected, c.puts)
		}
	}
}

// Two consumers of one topic share the payloads: what the first deletes the second does not find, twice in a row, and
// its messages end in the dead-letter queue. When the first leaves them, both get them.
func TestAPayloadThatAnotherConsumerDeletedFailsTheReceive(t *testing.T) {
	for _, c := range []struct {
		deletes                   string
		processed, missing, moved float64
	}{{"true", 0, 10, 5}, {"false", 5, 0, 0}} {
		s, _ := played(t, payloadText+`
topics: {t: {subscriptions: [{to: queues.q}, {to: queues.first}]}}
producers: {p: {to: topics.t, arrivals: {constant: 1/s}, limit: 5, size: 2MB, extended_client: {bucket: buckets.b}}}
fleets:
  first: {from: queues.first, work: 10ms, extended_client: {bucket: buckets.b, delete_payload: `+c.deletes+`}}
  second: {from: queues.q, receive: {wait_time: 0s, pause: 300ms}, work: 10ms, extended_client: {bucket: buckets.b}}
`+"")
		if got := figure(t, s, "fleets.first", "processed"); got != 5 {
			t.Errorf("delete_payload: %s: the first processes %v of 5", c.deletes, got)
		}
		if got := figure(t, s, "fleets.second", "processed"); got != c.processed {
			t.Errorf("delete_payload: %s: the second processes %v, want %v", c.deletes, got, c.processed)
		}
		failed, missing := figure(t, s, "fleets.second", "receives_without_payload"), figure(t, s, "buckets.b", "missing")
		moved := figure(t, s, "queues.q", "dead_lettered")
		if failed != c.missing || missing != c.missing || moved != c.moved {
			t.Errorf("delete_payload: %s: %v receives failed, %v objects missing, %v dead letters, want %v, %v and %v",
				c.deletes, failed, missing, moved, c.missing, c.missing, c.moved)
		}
	}
}

func TestAFleetThatCannotFetchPayloadsIsRefused(t *testing.T) {
	const rest = "name: test\nbuckets: {b: {}}\nqueues: {q: {redrive: {to: queues.dead, max_receive_count: 3}}, dead: {}}\n"
	producer := func(to string) string {
		return "producers: {p: {to: " + to + ", arrivals: {poisson: 1/s}, extended_client: {bucket: buckets.b}}}\n"
	}
	const needed = "fleets.f.extended_client: is needed"
	for _, c := range []struct{ text, want string }{
		{producer("queues.q") + "fleets: {f: {from: queues.q}}", needed},
		{producer("queues.q") + "fleets: {f: {from: queues.dead}}", needed},
		{producer("topics.t") + "topics: {t: {subscriptions: [{to: queues.q}]}}\nfleets: {f: {from: queues.q}}",
			needed},
		{"producers: {p: {to: buckets.b, arrivals: {poisson: 1/s}, batch: {size: 2}}}", "producers.p.batch.size: has no meaning"},
		{"producers: {p: {to: buckets.b, arrivals: {poisson: 1/s}, delay: 2s}}", "producers.p.delay: has no meaning"},
		{"producers: {p: {to: buckets.none, arrivals: {poisson: 1/s}}}", "there is no buckets.none"},
		{"buckets: {c: {notifications: [{to: queues.x.fifo}]}}\nqueues: {x.fifo: {}}", "standard queues and topics only"},
	} {
		text := rest + c.text + "\n"
		if strings.HasPrefix(c.text, "buckets") {
			text = "name: test\n" + c.text + "\n"
		}
		_, err := New("test.yaml", []byte(text), nil, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, not %q", c.text, err, c.want)
		}
	}
}

// What a producer puts into a bucket is told to a queue, and its latency counts from the producer: 30 ms for the PUT,
// 10 ms for a megabyte, 2 s for the notification, 100 ms of work.
func TestObjectsAreWorkedOnThroughTheirNotifications(t *testing.T) {
	s, d := played(t, `
name: uploads
profile: ideal
run: {duration: 100s, replications: 1}
override: {s3.put.first_byte: 30ms, s3.throughput: 100MB, s3.notification.latency: 2s}
buckets: {b: {notifications: [{to: queues.q}, {to: topics.t}]}}
queues: {q: {}, other: {}}
topics: {t: {subscriptions: [{to: queues.other}]}}
producers: {p: {to: buckets.b, arrivals: {constant: 0.1/s}, limit: 3, size: 1MB}}
fleets: {f: {from: queues.q, work: 100ms}, g: {from: queues.other, work: 200ms}}
`)
	for path, want := range map[string]float64{"producers.p -> fleets.f": 2.14, "producers.p -> fleets.g": 2.24} {
		if got := s.Paths[path].Latency["mean"].Value; math.Abs(got-want) > 1e-6 {
			t.Errorf("%s takes %v s, want %v", path, got, want)
		}
	}
	if ledger := s.Senders["producers.p"]; ledger.Published.Value != 3 {
		t.Errorf("ledger of the producer: %+v", ledger)
	}
	if ledger := s.Senders["buckets.b -> queues.q"]; ledger.Processed.Value != 3 {
		t.Errorf("ledger of the notifications: %+v", ledger)
	}
	diagram := d.Diagram()
	for _, want := range []string{
		"buckets_b[(b)]", "topics_t{{t}}", "producers_p --> buckets_b", "buckets_b --> queues_q", "buckets_b --> topics_t",
		"topics_t --> queues_other", "queues_q --> fleets_f",
	} {
		if !strings.Contains(diagram, want) {
			t.Errorf("the diagram lacks %q:\n%s", want, diagram)
		}
	}
	if strings.Contains(diagram, "%!") {
		t.Errorf("the diagram is broken:\n%s", diagram)
	}
}

// 1 ms a message and 1 ms a KiB, of 9 KiB: 10 ms at either end, on top of a second of work.
func TestClientSideEncryptionTakesTimeAtBothEnds(t *testing.T) {
	s, _ := played(t, `
name: encryption
profile: ideal
run: {duration: 100s, replications: 1}
queues: {q: {}, then: {}}
producers: {p: {to: queues.q, arrivals: {constant: 0.2/s}, limit: 2, size: 9KiB, client_encryption: {message: 1ms, per_kib: 1ms}}}
fleets:
  f: {from: queues.q, work: 1s, then: queues.then, client_encryption: {message: 1ms, per_kib: 1ms}}
  g: {from: queues.then, work: 1s, client_encryption: {message: 1ms, per_kib: 1ms}}
`)
	for path, want := range map[string]float64{"producers.p -> fleets.f": 1.03, "producers.p -> fleets.g": 2.04} {
		if got := s.Paths[path].Latency["mean"].Value; math.Abs(got-want) > 1e-6 {
			t.Errorf("%s takes %v s, want %v", path, got, want)
		}
	}
}
