package experiments

import (
	"fmt"
	"strings"
)

// streamOverrides makes what takes a stream minutes or a day take it parts of a second.
func (g *generator) streamOverrides() {
	g.line("  kinesis.retention_min: 0s")
	g.line("  kinesis.reshard_time: %s", g.pick("0s", "100ms", "{exponential: 300ms}"))
	g.line("  kinesis.update_shard_count.time: %s", g.pick("0s", "50ms", "{exponential: 300ms}"))
	if g.chance(0.5) {
		g.line("  kinesis.propagation: %s", g.lengths(50))
	}
	if g.chance(0.4) {
		g.line("  kinesis.shard.write_records: %s", g.pick("3/s", "20/s"))
		g.line("  kinesis.shard.write_burst_records: %d", 1+g.IntN(5))
	}
	if g.chance(0.2) {
		g.line("  kinesis.shard.write_bytes: %s", g.pick("100KiB", "3KiB"))
		g.line("  kinesis.shard.read_bytes: %s", g.pick("100KiB", "3KiB"))
		g.line("  kinesis.efo.read_bytes: %s", g.pick("100KiB", "3KiB"))
	}
	if g.chance(0.4) {
		g.line("  kinesis.lambda.poll_every: %s", g.pick("0s", "1ms", "100ms", "1s"))
		g.line("  kinesis.shard.read_calls: %s", g.pick("1/s", "5/s"))
	}
}

// writeStreams writes up to two streams, provisioned or on demand, whose shards and settings change.
func (g *generator) writeStreams() {
	if !g.streaming {
		return
	}
	g.line("streams:")
	for i := range 1 + g.IntN(2) {
		name := fmt.Sprintf("s%d", i)
		g.puts = append(g.puts, name)
		s := []string{fmt.Sprintf("partition_key: %q", g.pick("{key}", "device-{key}", "all"))}
		shards := 1 + g.IntN(4)
		onDemand := !g.older && g.chance(0.3)
		if onDemand {
			s = append(s, "stream_mode: on_demand"+g.maybe(0.3, ", record_distribution: auto"))
			s = append(s, "on_demand_advantage: "+g.pick("true", "false"))
		} else {
			s = append(s, fmt.Sprintf("shards: %d", shards))
		}
		if g.chance(0.5) {
			s = append(s, "retention: "+g.pick("1ns", "50ms", "300ms", "1s", "48h"))
		}
		if g.keys && g.chance(0.6) {
			s = append(s, "kms_key: keys."+g.pick("k0", "k1"))
		}
		if g.chance(0.1) {
			s = append(s, "maximum_record_size: "+g.pick("1KiB", "1MiB"))
		}
		if g.chance(0.6) {
			s = append(s, "changes: ["+g.streamChanges(shards, onDemand)+"]")
		}
		g.line("  %s: {%s}", name, strings.Join(s, ", "))
	}
}

// streamChanges writes what is done to a stream while it runs. Some of it AWS refuses, as the stream is UPDATING or the
// shards are no neighbours any more.
func (g *generator) streamChanges(shards int, onDemand bool) string {
	var all []string
	at, free := 0, []int{} // shards that no change has closed
	for n := range shards {
		free = append(free, n)
	}
	take := func(i int) int {
		n := free[i]
		free = append(free[:i:i], free[i+1:]...)
		return n
	}
	for range 1 + g.IntN(6) {
		at += 1 + g.IntN(500)
		change := "set: {retention: " + g.pick("1ms", "200ms", "10s") + "}"
		switch kind := g.IntN(5); {
		case kind == 0 && !g.older:
			change = "set: {stream_mode: " + g.pick("on_demand", "provisioned") + "}"
			onDemand = true // and nobody knows its shards
		case kind == 1 && !onDemand && len(free) > 0:
			change = fmt.Sprintf("split: {shard: %d, share: %d%%}", take(g.IntN(len(free))), 1+g.IntN(99))
			free, shards = append(free, shards, shards+1), shards+2
		case kind == 2 && !onDemand && len(free) > 1:
			i := g.IntN(len(free) - 1)
			a := take(i)
			change = fmt.Sprintf("merge: [%d, %d]", a, take(i))
			free, shards = append(free, shards), shards+1
		case kind == 3:
			change = fmt.Sprintf("update_shard_count: %d", 1+g.IntN(8))
		}
		all = append(all, fmt.Sprintf("{at: %dms, %s}", at, change))
	}
	return strings.Join(all, ", ")
}

// writeStreamMappings lets a function read streams, some of it pushed.
func (g *generator) writeStreamMappings() {
	var all []string
	for _, s := range g.puts {
		if len(all) > 0 && g.chance(0.5) {
			break
		}
		m := []string{fmt.Sprintf("from: streams.%s, batch_size: %d, maximum_retry_attempts: %d", s, 1+g.IntN(20), g.IntN(3))}
		m = append(m, g.pick("enhanced_fan_out: true", "enhanced_fan_out: false"))
		m = append(m, g.pick("starting_position: trim_horizon", "starting_position: latest, start: 700ms",
			"starting_position: at_timestamp, starting_position_timestamp: 300ms, start: 900ms",
			"starting_position: trim_horizon, start: 1s"))
		m = append(m, g.pick("parallelization_factor: 1", "parallelization_factor: 3", "tumbling_window: 1s"))
		for _, more := range []string{
			"bisect_batch_on_function_error: true", "report_batch_item_failures: true", "batch_window: 300ms", "pass: 60%",
			"maximum_record_age: 60s",
		} {
			if g.chance(0.3) {
				m = append(m, more)
			}
		}
		all = append(all, "{"+strings.Join(m, ", ")+"}")
	}
	g.line("    event_sources: [%s]", strings.Join(all, ", "))
}

// writePuts writes a producer that puts records into a stream, by one of the ways that there are.
func (g *generator) writePuts() {
	g.line("    to: streams.%s", g.pick(g.puts...))
	arrivals := g.arrivals()
	closed := strings.Contains(arrivals, "closed")
	g.line("    arrivals: %s", arrivals)
	if g.chance(0.5) && !strings.Contains(arrivals, "size_column") {
		g.line("    size: %s", g.pick("100B", "200KiB", "{lognormal: {p50: 2KiB, p99: 40KiB}}"))
	}
	if g.chance(0.8) {
		g.line("    key: %s", g.pick("{uniform: 7}", "{zipf: {keys: 9, exponent: 1.1}}", "{uniform: 100}"))
	}
	if g.chance(0.3) {
		g.line("    poison: 10%%")
	}
	if g.chance(0.2) {
		g.line("    repeats: {share: 20%%, after: %s}", g.lengths(300))
	}
	if g.chance(0.3) && !closed {
		g.line("    buffer: %d", 1+g.IntN(20))
	}
	g.line("    partition_key: %q", g.pick("{key}", "random", "x{key}y", "all"))
	g.line("    explicit_hash_key: %s", g.pick("none", "none", "none", "random", "round_robin", "spread_keys"))
	g.line("    retry: %s", g.retry())
	switch kind := g.IntN(5); {
	case kind == 0:
		g.line("    sequence_number_for_ordering: %s", g.pick("true", "false"))
	case kind == 1 && !closed:
		aggregates := g.pick("true", "false")
		g.line("    kpl: {record_max_buffered_time: %s, aggregation_enabled: %s, rate_limit: %d%s%s%s}", g.pick("1ms", "100ms"),
			aggregates, 10+g.IntN(300), g.maybe(0.3, ", record_ttl: 1s"),
			g.maybe(0.2, ", fail_if_throttled: true"), g.maybe(0.2, ", outstanding_max: 5"))
		return
	case kind == 2 && !closed:
		g.line("    agent: {max_buffer_age: 1s, max_buffer_size_records: %d}", 1+g.IntN(20))
		return
	default:
		g.line("    batch: {size: %d, linger: %s}", g.pickInt(1, 2, 10, 500), g.pick("0s", "5ms", "300ms"))
		g.line("    partial_failures: %s", g.pick("{retry: false}", "{}", "{max_attempts: 2}", "{base: 1ms, cap: 2ms}"))
	}
	if g.chance(0.4) {
		g.line("    connections: %d", 1+g.IntN(3))
	}
}
