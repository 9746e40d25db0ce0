package experiments

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"weir/models/kinesis"
	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// streamingText is streams with all that happens to them: puts in every way, limits, resharding, an on-demand stream
// that splits, readers that poll and that are pushed to.
const streamingText = `
name: streaming
run: {duration: 6m, replications: 1, seed: 7}
override: {kinesis.on_demand.split_after: 2m, kinesis.on_demand.split_bytes: 14KiB,
  kinesis.update_shard_count.time: {lognormal: {p50: 30s, p99: 60s}}}
producers:
  plain: {to: streams.clicks, arrivals: {poisson: 8/s}, size: {lognormal: {p50: 2KiB, p99: 90KiB}},
    key: {zipf: {keys: 50, exponent: 1}}, partition_key: "user-{key}", sequence_number_for_ordering: true}
  batches: {to: streams.clicks, arrivals: {spike: {base: 20/s, peak: 4000/s, at: 100s, for: 3s}}, key: {uniform: 100},
    batch: {size: 100, linger: 200ms}, partial_failures: {max_attempts: 4}}
  library: {to: streams.metrics, arrivals: {poisson: 60/s}, size: 700B, key: {uniform: 400}, kpl: {}}
  files: {to: streams.metrics, arrivals: {constant: 20/s}, size: 900B, agent: {max_buffer_age: 2s}}
streams:
  clicks: {shards: 2, kms_key: keys.k, retention: 25h, changes: [{at: 30s, split: {shard: 0, share: 30%}}, {at: 2m, merge: [2, 3]},
    {at: 4m, update_shard_count: 3}]}
  metrics: {stream_mode: on_demand}
keys: {k: {}}
functions:
  index:
    work: {gamma: {mean: 60ms, cv: 1.3}}
    failures: {error: 2%}
    event_sources: [{from: streams.clicks, batch_size: 50, parallelization_factor: 2, bisect_batch_on_function_error: true,
      maximum_retry_attempts: 3}, {from: streams.metrics, starting_position: latest, start: 1m}]
  alarm:
    work: {weibull: {shape: 0.8, scale: 30ms}}
    event_sources: [{from: streams.clicks, enhanced_fan_out: true, report_batch_item_failures: true, tumbling_window: 10s}]
    then: streams.metrics
`

func TestAStreamsResultsAreTheSameBytesOnOneProcessorAndOnTwo(t *testing.T) {
	settings := []string{"run.replications=3", "run.duration=2m", "run.warmup=30s"}
	one, two := folderOf(t, streamingText, 1, settings), folderOf(t, streamingText, 2, settings)
	if len(one) < 5 || len(one) != len(two) {
		t.Fatalf("the folders hold %d and %d files", len(one), len(two))
	}
	for name, bytes := range one {
		if bytes == "" || bytes != two[name] {
			t.Errorf("%s has %d bytes on one processor, other %d bytes on two", name, len(bytes), len(two[name]))
		}
	}
}

// badStreams are streams and producers that AWS or Weir refuses: the settings, and what is told of them and where.
var badStreams = []struct{ stream, producer, where, want string }{
	{"shards: -1", "", "5:23", "-1"},
	{"shards: 0", "", "5:23", "0"},
	{"shards: 20001", "", "5:23", "20001"},
	{"shards: 99999999999999999999", "", "5:23", "99999999999999999999"},
	{"changes: [{at: 1s, split: {shard: 7}}]", "", "5:49", "there is no shard 7"},
	{"changes: [{at: 1s, split: {shard: -7}}]", "", "5:49", "-7"},
	{"shards: 2, changes: [{at: 1s, split: {shard: 1}}, {at: 2s, split: {shard: 1}}]", "", "5:89", "is closed by"},
	{"shards: 2, changes: [{at: 1s, merge: [0, 1]}, {at: 2s, merge: [1, 2]}]", "", "5:77", "is closed by"},
	{"shards: 2, changes: [{at: 1s, merge: [0, 9]}]", "", "5:52", "there is no shard 9"},
	{"changes: [{at: 1s, merge: [0]}]", "", "5:41", "two shards"},
	{"changes: [{at: 1s, split: {shard: 0, share: 100%}}]", "", "5:59", "below 100%"},
	{"changes: [{at: 1s}]", "", "5:25", "needs one of"},
	{"changes: [{at: -1s, update_shard_count: 2}]", "", "5:30", "-1s"},
	{"changes: [{at: 1s, update_shard_count: 0}]", "", "5:54", "0"},
	{"changes: [{at: 1s, update_shard_count: 20001}]", "", "5:54", "20001"},
	{"changes: [{at: 1s, set: {}}]", "", "5:39", "sets nothing"},
	{"retention: 8761h", "", "5:26", "365d"},
	{"retention: 1h", "", "5:26", "1d to"},
	{"retention: -24h", "", "5:26", "-24h"},
	{"changes: [{at: 1s, set: {retention: 366d}}]", "", "5:51", "365d"},
	{"partition_key: " + strings.Repeat("k", 257), "", "5:30", "257 characters"},
	{"partition_key: ''", "", "5:30", "1 to 256"},
	{"maximum_record_size: 11MiB", "", "5:36", "10MiB"},
	{"maximum_record_size: 1B", "", "5:36", "1KiB"},
	{"warm_throughput: 1GiB", "", "5:32", "on_demand_advantage"},
	{"stream_mode: sometimes", "", "5:28", "sometimes"},
	{"kms_key: keys.none", "", "5:24", "keys.none"},
	{"", "partition_key: " + strings.Repeat("k", 257), "4:75", "257 characters"},
	{"", "partition_key: ''", "4:75", "1 to 256"},
	{"", "kpl: {}, agent: {}", "4:76", "remove kpl or agent"},
	{"", "batch: {size: 501}", "4:74", "at most 500"},
	{"", "start: 5s, stop: 1s", "4:77", "later than the start"}, // of the arrivals, beside what is of records
	{"", "delay: 1s", "4:67", "has no meaning"},
}

func TestWhatIsWrongWithAStreamIsToldAtItsPlace(t *testing.T) {
	for _, c := range badStreams {
		text := fmt.Sprintf("name: bad\nrun: {duration: 1s}\nproducers:\n  p: {to: streams.s, arrivals: {constant: 1/s}, size: 10B, "+
			"%s}\nstreams: {s: {%s}}\n", c.producer, c.stream)
		_, err := New("bad.yaml", []byte(text), nil, nil)
		found, ok := errors.AsType[spec.Errors](err)
		if !ok || len(found) != 1 {
			t.Errorf("%s%s: %v", c.stream, c.producer, err)
			continue
		}
		if told := found[0].Error(); !strings.Contains(told, ":"+c.where+":") || !strings.Contains(told, c.want) {
			t.Errorf("%s%s: want %q at %s, got %s", c.stream, c.producer, c.want, c.where, told)
		}
	}
}

// A record that no stream takes is rejected, and the run goes on.
func TestARecordLargerThanTheLimitIsRejected(t *testing.T) {
	for _, way := range []string{"batch: {size: 1}", "batch: {size: 10}", "kpl: {}", "agent: {}"} {
		text := "name: large\nrun: {duration: 5m, replications: 1}\nstreams: {s: {}}\nproducers:\n" +
			"  p: {to: streams.s, arrivals: {constant: 2/s}, limit: 5, size: 2MiB, " + way + "}\n"
		d := designOf(t, text)
		tr, err := d.build(0)
		if err != nil {
			t.Fatal(err)
		}
		tr.observe(5 * sim.Minute)
		if reason := tr.eng.Run(sim.Time(5*sim.Minute), 1_000_000); reason == sim.Paused {
			t.Fatalf("%s: the trial does not end", way)
		}
		var rejected, underWay uint64
		for _, r := range tr.store.Ledger.Routes() {
			rejected += r.Count[message.Rejected]
		}
		for _, n := range tr.store.Ledger.UnderWay() {
			underWay += n
		}
		if rejected != 5 || underWay != 0 {
			t.Errorf("%s: %d records were rejected, %d are under way", way, rejected, underWay)
		}
	}
}

// What is asked is ten thousand shards in one design within 2 GB; a stream that is brought to as many, too.
func TestTenThousandShardsTakeLessThan2GB(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	const most, shards, seconds = 2 << 30, 10_000, 20
	d := designOf(t, `
name: shards
run: {duration: 20s, replications: 1}
override: {kinesis.update_shard_count.time: 10s}
producers: {p: {to: streams.a, arrivals: {constant: 20000/s}, size: 100B, key: {uniform: 1000000}, batch: {size: 500, linger: 50ms}}}
streams:
  a: {shards: 10000}
  b: {shards: 5000, changes: [{at: 1s, update_shard_count: 10000}]}
functions:
  f: {work: 1ms, reserved_concurrency: 100, event_sources: [{from: streams.a}, {from: streams.b, enhanced_fan_out: true}]}
`)
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	tr, err := d.build(0)
	if err != nil {
		t.Fatal(err)
	}
	tr.observe(seconds * sim.Second)
	peak := uint64(0)
	for tr.eng.Run(sim.Time(seconds*sim.Second), slice) == sim.Paused {
		runtime.ReadMemStats(&now)
		peak = max(peak, now.HeapAlloc-min(before.HeapAlloc, now.HeapAlloc))
	}
	for _, c := range tr.components {
		if st, ok := c.(*kinesis.Stream); ok && st.Log().Open() != shards {
			t.Errorf("%s has %d open shards", st.Name(), st.Log().Open())
		}
	}
	t.Logf("%d MiB at the most, %v", peak>>20, time.Since(start))
	if peak > most || peak == 0 || time.Since(start) > time.Minute {
		t.Errorf("%d MiB at the most, of at most %d, in %v", peak>>20, most>>20, time.Since(start))
	}
}
