package experiments

import (
	"fmt"
	"strings"
)

// appOverrides makes what takes applications of streams and cameras seconds or minutes take them parts of a second.
func (g *generator) appOverrides() {
	if g.consumers {
		g.consumerOverrides()
	}
	if g.analytics {
		g.analyticsOverrides()
	}
	if g.video {
		g.videoOverrides()
	}
}

func (g *generator) consumerOverrides() {
	g.line("  kcl.leader_lock: %s", g.pick("300ms", "1s"))
	g.line("  kcl.leader_heartbeat: %s", g.pick("50ms", "200ms"))
	g.line("  kcl.handoff_timeout: %s", g.pick("50ms", "1s"))
	g.line("  kcl.renew_epsilon: %s", g.pick("0s", "10ms"))
	g.line("  kcl.rebalance_every: %d", 1+g.IntN(3))
	g.line("  kcl.idle_between_reads: %s", g.pick("20ms", "200ms"))
	g.line("  kcl.idle_between_reads_min: 0s")
	g.line("  kcl.task_backoff: 30ms")
	if g.chance(0.4) {
		g.line("  kcl.steal_max: %d", 1+g.IntN(2))
		g.line("  kcl.idle_between_reads_1x: %s", g.pick("20ms", "200ms"))
		g.line("  kcl.prefetch_batches: %d", 1+g.IntN(3))
		g.line("  kcl.prefetch_records: %d", 1+g.IntN(20))
	}
	if g.chance(0.4) {
		g.line("  sdk.dynamodb.put.latency: %s", g.lengths(60))
	}
}

func (g *generator) analyticsOverrides() {
	g.line("  analytics.flink.source_poll: %s", g.pick("0s", "50ms", "500ms"))
	g.line("  analytics.flink.source_records: %d", 1+g.IntN(40))
	g.line("  analytics.flink.buffered: %d", 1+g.IntN(10))
	g.line("  analytics.sql.poll_every: %s", g.pick("0s", "100ms"))
	g.line("  analytics.sql.row_max: %s", g.pick("10KiB", "512KiB"))
	g.line("  analytics.sql.rows_per_stream: %s", g.pick("20/s", "5000/s"))
	g.line("  analytics.output.in_flight: %d", 1+g.IntN(4))
	g.line("  analytics.output.retry: %s", g.pick("20ms", "300ms"))
}

func (g *generator) videoOverrides() {
	g.line("  video.fragment_min: %s", g.pick("0s", "0s", "50ms"))
	g.line("  video.connection_life: %s", g.pick("none", "1s"))
	g.line("  video.idle_timeout: 1s")
	g.line("  video.put_media_connections: %d", 1+g.IntN(2))
	g.line("  video.newest_connection_wins: %s", g.pick("true", "false"))
	g.line("  video.get_media.connections: %d", 1+g.IntN(3))
	g.line("  video.fragment_list.connections: %d", 1+g.IntN(2))
	g.line("  video.fragment_list.fragments_max: %d", 1+g.IntN(5))
	g.line("  video.hls.sessions_max: %d", 1+g.IntN(3))
	g.line("  video.hls.retry_pause: %s", g.pick("20ms", "500ms"))
	g.line("  video.reconnect_pause: %s", g.pick("20ms", "{exponential: 300ms}"))
	if g.chance(0.4) {
		g.line("  video.fragment_rate: %s", g.pick("3/s", "20/s"))
		g.line("  video.hls.media_points: %s", g.pick("3/s", "20/s"))
		g.line("  video.hls.metadata_points: %s", g.pick("20/s", "50/s"))
	}
	if g.chance(0.5) {
		g.line("  video.put_media_latency: %s", g.lengths(100))
		g.line("  video.persist_latency: %s", g.lengths(200))
		g.line("  video.get_media.latency: %s", g.lengths(100))
	}
}

// starts writes where an application begins to read, and when.
func (g *generator) starts() string {
	return g.pick("starting_position: trim_horizon", "starting_position: latest, start: 700ms",
		"starting_position: at_timestamp, starting_position_timestamp: 300ms, start: 900ms",
		"starting_position: trim_horizon, start: 1s")
}

// writeConsumers writes applications of the client library, and plain pollers, whose workers crash and are replaced.
func (g *generator) writeConsumers() {
	if !g.consumers {
		return
	}
	g.line("consumers:")
	for i := range 1 + g.IntN(2) {
		name, from := fmt.Sprintf("c%d", i), g.IntN(len(g.puts))
		workers := 1 + g.IntN(6)
		s := []string{"from: streams." + g.puts[from], "work: " + g.lengths(20), g.starts()}
		if g.chance(0.2) {
			workers = 1
			s = append(s, "library: sdk", "on_restart: "+g.pick("latest", "continue"), "retrieval: polling")
		} else {
			s = append(s, g.leases(workers)...)
		}
		threads := 1 + g.IntN(3)
		g.bounds[bound{"consumers." + name, "running"}] = int64(workers)
		if g.chance(0.4) {
			g.bounds[bound{"consumers." + name, "busy"}] = int64(workers * threads)
			s = append(s, fmt.Sprintf("host: {type: m5.large, threads: %d}", threads))
		}
		s = append(s, fmt.Sprintf("failures: {error: %s, crash: %s, crash_at: [%s], recovery: %s}", g.pick("0%", "10%"),
			g.pick("0/s", "0.5/s", "3/s"), g.pick("", "500ms", "300ms, 300ms, 1200ms"), g.lengths(300)))
		s = append(s, "on_error: "+g.pick("skip", "skip_batch", "retry, retry_delay: 20ms",
			"retry, retry_delay: 20ms, max_attempts: 3"))
		for _, more := range []string{
			"batch_work: 5ms", "work_per_kib: 1ms", "cpu_share: 60%", "decompression_throughput: 1MiB",
			"checkpoint_interval: 300ms", "max_records: 3", "idle_time_between_reads: 250ms",
		} {
			if g.chance(0.25) {
				s = append(s, more)
			}
		}
		if len(g.calls) > 0 && g.chance(0.3) {
			s = append(s, fmt.Sprintf("calls: [{to: databases.%s, time: %s, pool: 1, pool_timeout: %s}]", g.pick(g.calls...),
				g.lengths(20), g.pick("50ms", "0s")))
		}
		if to := g.onwards(from, "tables.items"); to != "" && g.chance(0.5) {
			s = append(s, "then: "+to)
		}
		g.line("  %s: {%s}", name, strings.Join(s, ", "))
	}
}

// leases writes how the workers of the client library share the shards.
func (g *generator) leases(workers int) []string {
	version := 1 + g.IntN(3)
	if g.older {
		version = 1 + g.IntN(2)
	}
	retrieval := g.pick("polling", "enhanced_fan_out")
	if version == 1 {
		retrieval = "polling"
	}
	return []string{
		fmt.Sprintf("version: %d", version), fmt.Sprintf("workers: %d", workers), "retrieval: " + retrieval,
		"leases: " + g.pick("balanced", "unassigned"), "failover_time: " + g.pick("100ms", "300ms", "1s"),
	}
}

// onwards returns a stream after the one given, or one of the sinks that there is, or nothing. Nothing goes round.
func (g *generator) onwards(from int, sinks ...string) string {
	for _, sink := range sinks {
		for _, is := range g.sinks {
			if is == sink && g.chance(0.4) {
				return sink
			}
		}
	}
	if from+1 < len(g.puts) {
		return "streams." + g.pick(g.puts[from+1:]...)
	}
	return ""
}

// writeAnalytics writes an application of Flink, or one in SQL, that fails and starts again.
func (g *generator) writeAnalytics() {
	if !g.analytics {
		return
	}
	from := g.IntN(len(g.puts))
	sql := g.older && g.chance(0.6)
	s := []string{"from: streams." + g.puts[from], g.starts()}
	windows := []string{"{size: 300ms}", "{size: 1s, group_by: none}", "{type: sliding, size: 600ms, slide: 200ms}"}
	if sql {
		windows = append(windows[:2], "{type: sliding, size: 1s}", "{type: stagger, size: 400ms}")
		s = append(s, "type: sql", fmt.Sprintf("input_parallelism: %d", 1+g.IntN(3)))
	} else {
		tasks := 1 + g.IntN(4)
		g.bounds[bound{"analytics.a", "busy"}] = int64(tasks)
		s = append(s, fmt.Sprintf("parallelism: %d, parallelism_per_kpu: %d", tasks, 1+g.IntN(2)), "work: "+g.lengths(20),
			"checkpoint: {interval: "+g.pick("100ms", "1s")+", min_pause: 10ms, duration: "+g.pick("0s", "50ms")+"}")
		for _, more := range []string{"work_per_kib: 1ms", "cpu_share: 30%", "enhanced_fan_out: true"} {
			if g.chance(0.3) {
				s = append(s, more)
			}
		}
	}
	lateness := ""
	if g.chance(0.6) {
		of := "reading"
		if !sql && g.chance(0.7) {
			of, lateness = "event", g.maybe(0.5, ", allowed_lateness: 200ms}")
		}
		s = append(s, fmt.Sprintf("time: {of: %s, delay: %s, out_of_orderness: %s, idle_after: %s}", of, g.lengths(50),
			g.pick("0s", "100ms"), g.pick("0s", "500ms", "30s")))
	}
	if g.chance(0.7) {
		w := g.pick(windows...)
		if lateness != "" {
			w = strings.TrimSuffix(w, "}") + lateness
		}
		s = append(s, "window: "+w)
	}
	s = append(s, fmt.Sprintf("failures: {crash: %s, restore: %s}", g.pick("0/s", "1/s", "5/s"), g.lengths(200)))
	if to := g.onwards(from, "delivery_streams.d"); to != "" && g.chance(0.7) {
		s = append(s, "then: ["+to+"]"+g.maybe(0.3, ", result_size: 100B"))
	}
	g.line("analytics: {a: {%s%s}}", strings.Join(s, ", "), g.maybe(0.2, ", stop: 2500ms"))
}

// writeVideo writes cameras whose connections break, and who views them.
func (g *generator) writeVideo() {
	if !g.video {
		return
	}
	kept := g.chance(0.7)
	retention := "0s"
	if kept {
		retention = "1h"
	}
	g.line("video_streams: {v: {streams: %d, data_retention: %s}}", 1+g.IntN(3), retention)
	g.line("cameras:")
	for i := range 1 + g.IntN(2) {
		s := []string{
			"to: video_streams.v", "fragment_duration: " + g.lengths(150), "bitrate: " + g.pick("10KB", "250KB"),
			"connection_drops: " + g.pick("0/s", "1/s", "4/s"), "buffer: " + g.pick("1s", "2m"),
		}
		for _, more := range []string{
			"bitrate_factor: {uniform: {low: 0, high: 2}}", "tracks: 2", "uplink: 100KB", "start: 300ms", "stop: 1500ms",
			"outage: " + g.lengths(300), "motion: {recording: " + g.lengths(500) + ", pause: " + g.lengths(400) + "}",
		} {
			if g.chance(0.3) {
				s = append(s, more)
			}
		}
		g.line("  cam%d: {%s}", i, strings.Join(s, ", "))
	}
	g.line("viewers:")
	for i := range 1 + g.IntN(3) {
		api := "GetMedia"
		if kept {
			api = g.pick("GetMedia", "GetMediaForFragmentList", "HLS", "DASH")
		}
		s := []string{
			"from: video_streams.v", "api: " + api, fmt.Sprintf("sessions: %d", 1+g.IntN(3)), "start: " + g.pick("0s", "300ms"),
		}
		switch player := api == "HLS" || api == "DASH"; {
		case player:
			s = append(s, fmt.Sprintf("buffer_fragments: %d, playlist_fragments: %d", 1+g.IntN(3), 1+g.IntN(5)))
			s = append(s, g.pick("reopen: 200ms", "downlink: 100KB"))
		case g.chance(0.6):
			s = append(s, "work: "+g.lengths(100))
		default:
			s = append(s, fmt.Sprintf("buffer_fragments: %d", g.IntN(3)))
		}
		if api == "GetMediaForFragmentList" {
			s = append(s, "every: "+g.pick("100ms", "1s"))
		}
		g.line("  w%d: {%s}", i, strings.Join(s, ", "))
	}
}
