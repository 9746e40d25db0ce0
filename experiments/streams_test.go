package experiments

import (
	"math"
	"strings"
	"testing"

	"weir/sim"
)

// streamsText is a stream that everybody puts into and everybody reads, with a key and a split, and an application that
// begins late and asks for everything from the fourth minute on.
const streamsText = `
name: streams
run: {duration: 10m, replications: 1}
producers:
  web: {to: streams.clicks, arrivals: {constant: 100/s}, size: 500B, key: {uniform: 1000}, kpl: {}}
  app: {to: streams.clicks, arrivals: {constant: 50/s}, size: 500B, key: {uniform: 1000}, batch: {size: 10, linger: 1s}}
  log: {to: streams.clicks, arrivals: {constant: 50/s}, size: 500B, agent: {max_buffer_age: 5s}}
  one: {to: streams.clicks, arrivals: {constant: 5/s}, size: 500B, key: {uniform: 1000}}
keys: {k: {}}
streams:
  clicks: {shards: 2, kms_key: keys.k, changes: [{at: 2m, split: {shard: 0}}]}
  results: {}
functions:
  polled: {timeout: 10s, event_sources: [{from: streams.clicks}]}
  pushed: {timeout: 10s, event_sources: [{from: streams.clicks, enhanced_fan_out: true}]}
consumers:
  billing: {from: streams.clicks, workers: 2, retrieval: polling, work: 100us}
  audit:
    from: streams.clicks
    retrieval: enhanced_fan_out
    start: 6m
    starting_position: at_timestamp
    starting_position_timestamp: 4m
analytics: {counts: {from: streams.clicks, window: {type: tumbling, size: 1m}, then: [streams.results]}}
delivery_streams: {lake: {from: streams.clicks, buffer: {interval: 60s}}}
`

func TestEveryConsumerGetsEveryRecordOfAStream(t *testing.T) {
	s, _ := played(t, streamsText)
	for producer, n := range map[string]float64{"web": 60_000, "app": 30_000, "log": 30_000, "one": 3000} {
		for consumer, late := range map[string]float64{ // seconds of records that are not yet there at the end
			"functions.polled": 12, "functions.pushed": 8, "consumers.billing": 15, "analytics.counts": 8,
			"delivery_streams.lake": 75,
		} {
			p, ok := s.Paths["producers."+producer+" -> "+consumer]
			if !ok {
				t.Errorf("%s got nothing of %s", consumer, producer)
				continue
			}
			if got := p.Rate.Value * 600; got > n || got < n*(1-late/600) {
				t.Errorf("%s got %v of %v records of %s", consumer, got, n, producer)
			}
		}
		got, want := s.Paths["producers."+producer+" -> consumers.audit"].Rate.Value*600, n*0.6
		if math.Abs(got-want) > n/60 {
			t.Errorf("the audit got %v records of %s, and %v came after the fourth minute", got, producer, want)
		}
	}
	if shards := figure(t, s, "streams.clicks", "open_shards_end"); shards != 3 {
		t.Errorf("%v shards after a split of one of two", shards)
	}
	if figure(t, s, "keys.k", "generate_data_key_calls") == 0 {
		t.Error("nobody asked for a data key of an encrypted stream")
	}
}

func TestAStreamThatAWSRefusesIsRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"producers: {p: {to: queues.q, start: 50s, stop: 10s, arrivals: {constant: 10/s}}}", "later than the start"},
		{"producers: {p: {to: queues.q, size: 5GiB, arrivals: {constant: 10/s}}}", "no message is that large"},
		{"streams: {s: {}}\nproducers: {p: {to: streams.s, arrivals: {poisson: 1/s}, kpl: {}, agent: {}}}", "remove kpl or agent"},
		{"profile: aws-2021\nstreams: {s: {}}\nconsumers: {c: {from: streams.s, version: 3}}", "November 2024"},
		{"streams: {s: {shards: 0}}", "shards"},
		{"streams: {s: {shards: 30000}}", "shards"},
		{"profile: aws-2021\nstreams: {s: {shards: 600}}", "kinesis.shards_max"},
		{"profile: aws-2021\nstreams: {s: {stream_mode: on_demand}}", "November 2021"},
		{"streams: {s: {retention: 400d}}", "1d to 365d"},
		{"streams: {s: {retention: 1h}}", "1d to 365d"},
		{"streams: {s: {maximum_record_size: 20MiB}}", "10MiB"},
		{"streams: {s: {warm_throughput: 10MiB, stream_mode: on_demand}}", "on_demand_advantage"},
		{"streams: {s: {record_distribution: auto}}", "on_demand"},
		{"streams: {s: {changes: [{at: 1m, merge: [0]}]}}", "two shards"},
		{"streams: {s: {changes: [{at: 1m}]}}", "one of split"},
		{"streams: {s: {changes: [{at: 2m, update_shard_count: 2}, {at: 1m, update_shard_count: 4}]}}", "in order"},
		{"streams: {s: {partition_key: \"" + strings.Repeat("x", 300) + "\"}}", "1 to 256"},
		{"streams: {s: {}}\nproducers: {p: {to: streams.s, arrivals: {poisson: 1/s}, batch: {size: 501}}}", "at most 500"},
		{"streams: {s: {}}\nproducers: {p: {to: streams.s, arrivals: {poisson: 1/s}, delay: 1s}}", "no meaning"},
		{"producers: {p: {to: queues.q, arrivals: {poisson: 1/s}, kpl: {}}}", "records of streams"},
		{"streams: {s: {}}\nfunctions: {g: {then: streams.s, event_sources: [{from: streams.s}]}}", "go round for ever"},
		{"tables: {t: {}}\nfunctions: {g: {event_sources: [{from: tables.t, enhanced_fan_out: true}]}}", "no enhanced fan-out"},
		{"tables: {t: {capacity: {mode: provisioned, auto_scaling: {min_read: 9, max_read: 8}}}}", "above its maximum"},
		{"streams: {s: {}}\nfunctions: {g: {event_sources: [{from: streams.s, starting_position: at_timestamp}]}}",
			"starting_position_timestamp"},
		{"streams: {s: {}}\nfunctions: {g: {event_sources: [{from: streams.s, identity_policies: []}]}}", "no such key"},
		{"streams: {s: {}}\nconsumers: {c: {from: streams.t}}", "did you mean"},
	} {
		_, err := New("test.yaml", []byte("name: test\nqueues: {q: {}}\n"+c.text+"\n"), nil, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, not %q", c.text, err, c.want)
		}
	}
}

// AWS: "up to 20 registered consumers per data stream" (Q26).
func TestAStreamHasTwentyConsumersWithEnhancedFanOut(t *testing.T) {
	text := "name: test\nstreams: {s: {}}\nconsumers:\n"
	for i := range 21 {
		if _, err := New("test.yaml", []byte(text+"  x: {from: streams.s, retrieval: polling}\n"), nil, nil); err != nil {
			t.Fatalf("%d consumers: %v", i, err)
		}
		text += "  c" + strings.Repeat("i", i) + ": {from: streams.s, retrieval: enhanced_fan_out}\n"
	}
	_, err := New("test.yaml", []byte(text), nil, nil)
	if err == nil || !strings.Contains(err.Error(), "at most 20") {
		t.Errorf("21 consumers: %v", err)
	}
}

// Where calls take no time and shards are full, the Kinesis Producer Library tries again without a pause: it must get
// on all the same, to the time to live of a record and to the next deadline.
func TestALibraryWhoseCallsTakeNoTimeGetsOn(t *testing.T) {
	for _, settings := range []string{
		"size: 1KiB, kpl: {record_max_buffered_time: 1ms, aggregation_enabled: false, record_ttl: 1s}",
		"size: 200KiB, kpl: {aggregation_enabled: false, rate_limit: 266, record_ttl: 1s}",
	} {
		tr, err := designOf(t, "name: at once\nprofile: ideal\nrun: {duration: 3s, replications: 1}\n"+
			"override: {kinesis.shard.write_records: 1/s, kinesis.shard.write_burst_records: 1}\n"+
			"streams: {s: {}}\nproducers: {p: {to: streams.s, arrivals: {constant: 50/s}, "+settings+"}}\n").build(0)
		if err != nil {
			t.Fatal(err)
		}
		tr.observe(3 * sim.Second)
		if reason := tr.eng.Run(sim.Time(3*sim.Second), 1_000_000); reason == sim.Paused {
			t.Errorf("%s: a million events, and it is %v", settings, tr.eng.Now())
		}
	}
}

// A role that lacks kinesis:PutRecords puts nothing, and the run says so.
func TestAccessOfStreams(t *testing.T) {
	s, _ := played(t, `
name: access
run: {duration: 1m, replications: 1}
streams: {s: {}}
producers:
  p:
    to: streams.s
    arrivals: {constant: 10/s}
    batch: {size: 5}
    identity_policies: [{Version: "2012-10-17", Statement: {Effect: Allow, Action: "kinesis:PutRecord", Resource: "*"}}]
`)
	if got := figure(t, s, "streams.s", "incoming_records"); got != 0 {
		t.Errorf("%v records were put without permission", got)
	}
	if len(s.Denied) != 1 || s.Denied[0].Action != "kinesis:PutRecords" {
		t.Errorf("denials %v", s.Denied)
	}
}

// Whoever reads a stream reads as much at once as the profile says, and not without end in the ideal one.
func TestAReadReturnsWhatTheProfileSays(t *testing.T) {
	const text = `
name: reads
run: {duration: 2m, replications: 1}
producers: {p: {to: streams.s, arrivals: {constant: 20/s}, size: 500B}}
streams: {s: {}}
functions: {f: {timeout: 10s}}
`
	for _, reader := range []string{
		"functions: {f: {timeout: 10s, event_sources: [{from: streams.s}]}}", "analytics: {a: {from: streams.s}}",
		"delivery_streams: {d: {from: streams.s}}",
	} {
		design := strings.Replace(text, "functions: {f: {timeout: 10s}}", reader, 1)
		few := "override: {kinesis.shard.read_call_records: 2, kinesis.shard.read_calls: none}\n"
		small := "override: {kinesis.shard.read_call_bytes: 1KiB, kinesis.shard.read_calls: none}\n"
		for _, override := range []string{few, small} {
			s, _ := played(t, design+override)
			records, calls := figure(t, s, "streams.s", "outgoing_records"), figure(t, s, "streams.s", "get_records")
			if records == 0 || records > 3*calls {
				t.Errorf("%s, %s: %v records by %v calls", reader, override, records, calls)
			}
		}
		s, _ := played(t, design+"profile: ideal\n")
		if records := figure(t, s, "streams.s", "outgoing_records"); records < 2000 {
			t.Errorf("%s: %v records are read in the ideal profile", reader, records)
		}
	}
}

// Data that is read again when it is older than seven days costs $0.021 a GB.
func TestReadingOldDataOfAStreamIsBilledToTheCent(t *testing.T) {
	s, _ := played(t, `
name: old data
run: {duration: 730h, replications: 1}
producers: {p: {to: streams.s, arrivals: {schedule: [1s, 1h, 11d]}, size: 1MB, partition_key: k}}
streams: {s: {retention: 30d}}
consumers: {again: {from: streams.s, library: sdk, start: 12d, starting_position: trim_horizon}}
`)
	for _, line := range s.Cost.Lines {
		if line.Item == "kinesis.long_term_retrieval_gb" {
			// Two records of 1 MB and a key of one byte are old; the third is not.
			if want := 2 * 1_000_001.0 / (1 << 30) * 0.021; math.Abs(line.MonthUSD-want) > 1e-12 {
				t.Errorf("it costs $%v a month, not %v", line.MonthUSD, want)
			}
			return
		}
	}
	t.Error("the bill has no line for it")
}
