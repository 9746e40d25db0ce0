package experiments

import (
	"math"
	"strings"
	"testing"
)

// Producers, a topic, a bus, a fleet and a function put records; a function transforms them.
const deliveriesText = `
name: deliveries
profile: ideal
run: {duration: 1h, replications: 1}
producers:
  web: {to: delivery_streams.clicks, arrivals: {constant: 10/s}, size: 1KB, batch: {size: 100, linger: 1s}}
  shop: {to: topics.orders, arrivals: {constant: 1/s}, size: 1KB}
  alarms: {to: event_buses.b, arrivals: {constant: 1/s}, size: 1KB}
  jobs: {to: queues.q, arrivals: {constant: 1/s}, size: 1KB}
  api: {to: functions.api, arrivals: {constant: 1/s}, size: 1KB}
topics: {orders: {subscriptions: [{to: delivery_streams.logs, raw_message_delivery: true}]}}
event_buses: {b: {rules: [{to: delivery_streams.logs}]}}
queues: {q: {}}
fleets: {f: {from: queues.q, work: 1ms, then: delivery_streams.logs}}
functions:
  api: {work: 1ms, then: delivery_streams.logs}
  clean: {timeout: 60s, work: 10ms}
delivery_streams:
  clicks:
    transform: {function: functions.clean, dropped: 20%}
    buffer: {interval: 60s}
  logs: {destination: {type: http_endpoint, unavailable: [{at: 10m, for: 10m}]}, buffer: {interval: 60s}}
`

func TestEverybodyWhoSendsCanPutRecords(t *testing.T) {
	s, _ := played(t, deliveriesText)
	for path, most := range map[string]float64{
		"producers.web -> delivery_streams.clicks": 128, "producers.shop -> delivery_streams.logs": 365,
		"producers.alarms -> delivery_streams.logs": 365, "producers.jobs -> delivery_streams.logs": 365,
		"producers.api -> delivery_streams.logs": 365,
	} {
		p, ok := s.Paths[path]
		if !ok {
			t.Errorf("there is no path %s: %v", path, s.Paths)
			continue
		}
		if got := p.Latency["max"].Value; got < 60 || got > most {
			t.Errorf("%s: %v s at the most", path, got)
		}
	}
	if _, ok := s.Paths["producers.web -> functions.clean"]; ok {
		t.Error("records end at the function that transforms them")
	}
	if got := figure(t, s, "delivery_streams.clicks", "dropped"); math.Abs(got-7200) > 300 {
		t.Errorf("%v of 36,000 records were dropped, want a fifth", got)
	}
	if got := figure(t, s, "delivery_streams.logs", "backup_to_s3_records"); got == 0 {
		t.Error("an outage of ten minutes left nothing in the backup")
	}
	delivered := 0.0
	for _, line := range s.Cost.Lines {
		if line.Item == "sns.deliveries.firehose" {
			delivered += line.Quantity
		}
	}
	if want := 730 * 3600.0; math.Abs(delivered-want) > 730 { // the first or the last one of the hour
		t.Errorf("%v deliveries of the topic a month, want %v", delivered, want)
	}
}

// 500 records of 8,388 B are 304 B less than 4 MiB: there is no room for partition keys, and there are none.
func TestACallToADeliveryStreamHasNoPartitionKeys(t *testing.T) {
	s, _ := played(t, `
name: keyless
profile: aws-2026
run: {duration: 1m, replications: 1}
producers: {web: {to: delivery_streams.d, arrivals: {constant: 100/s}, limit: 500, size: 8388B, batch: {size: 500, linger: 50s}}}
delivery_streams: {d: {}}
`)
	if got := figure(t, s, "delivery_streams.d", "incoming_put_requests"); got != 1 {
		t.Errorf("%v calls for 500 records, want 1", got)
	}
}

func TestADeliveryStreamThatAWSRefusesIsRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"delivery_streams: {d: {buffer: {size: 1GiB}}}", "1MiB to 128MiB"},
		{"profile: aws-2021\ndelivery_streams: {d: {buffer: {interval: 0s}}}", "1m to 15m"},
		{"delivery_streams: {d: {transform: {function: queues.q}}}", "cannot stand here"},
		{"delivery_streams: {d: {transform: {function: functions.f, dropped: 60%, processing_failed: 60%}}}", "more than 100%"},
		{"streams: {s: {}}\ndelivery_streams: {d: {from: streams.s}}\nfleets: {w: {from: queues.q, then: delivery_streams.d}}",
			"takes none while it reads a stream"},
		{"streams: {s: {}}\ndelivery_streams: {d: {from: streams.s, identity_policies: [{Version: \"2012-10-17\", " +
			"Statement: {Effect: Allow, Action: \"kinesis:GetRecords\", Resource: \"*\"}}]}}", "may not kinesis:DescribeStream"},
		{"delivery_streams: {d: {}}\nproducers: {p: {to: delivery_streams.d, arrivals: {poisson: 1/s}, batch: {size: 501}}}",
			"at most 500"},
	} {
		const rest = "name: test\nqueues: {q: {}}\nfunctions: {f: {work: 1ms}}\n"
		_, err := New("test.yaml", []byte(rest+c.text+"\n"), nil, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, not %q", c.text, err, c.want)
		}
	}
}

// A stream that a delivery stream reads beside a function: each has its own copy of every record.
func TestADeliveryStreamReadsAStream(t *testing.T) {
	s, _ := played(t, `
name: source
run: {duration: 1h, replications: 1}
producers: {p: {to: streams.s, arrivals: {poisson: 100/s}, size: 1KB, key: {uniform: 1000}}}
streams: {s: {shards: 2}}
functions: {f: {work: 1ms, event_sources: [{from: streams.s}]}}
delivery_streams: {d: {from: streams.s, buffer: {interval: 60s}}}
`)
	p, ok := s.Paths["producers.p -> delivery_streams.d"]
	if !ok {
		t.Fatalf("paths %v", s.Paths)
	}
	if p50 := p.Latency["p50"].Value; p50 < 20 || p50 > 35 { // half of a minute, less by what 5 MiB cut off
		t.Errorf("p50 %v s", p50)
	}
	if in := figure(t, s, "delivery_streams.d", "incoming_records"); math.Abs(in-360_000) > 5000 {
		t.Errorf("%v records", in)
	}
	if polls := figure(t, s, "delivery_streams.d", "incoming_put_requests"); polls < 7000 || polls > 7200 {
		t.Errorf("%v polls with records in an hour of two shards", polls)
	}
}

// AWS: firehose:PutRecord of the producer's role, lambda:InvokeFunction of the delivery stream's.
func TestAccessOfDeliveryStreams(t *testing.T) {
	s, _ := played(t, `
name: access
profile: ideal
run: {duration: 10m, replications: 1}
producers:
  shut:
    to: delivery_streams.d
    arrivals: {constant: 1/s}
    identity_policies: [{Version: "2012-10-17", Statement: {Effect: Allow, Action: "sqs:*", Resource: "*"}}]
  open:
    to: delivery_streams.d
    arrivals: {constant: 1/s}
    identity_policies: [{Version: "2012-10-17", Statement: {Effect: Allow, Action: "firehose:PutRecord", Resource: "*"}}]
functions: {f: {work: 1ms}}
delivery_streams:
  d:
    transform: {function: functions.f}
    identity_policies: [{Version: "2012-10-17", Statement: {Effect: Allow, Action: "s3:*", Resource: "*"}}]
`)
	if got := figure(t, s, "producers.shut", "rejected"); got < 599 {
		t.Errorf("%v records of the one without a grant were rejected", got)
	}
	if got := figure(t, s, "producers.open", "rejected"); got != 0 {
		t.Errorf("%v records of the other", got)
	}
	if got := figure(t, s, "delivery_streams.d", "processing_failed"); got < 500 {
		t.Errorf("%v records of a function that may not be invoked", got)
	}
}
