package experiments

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing/fstest"
)

// generated is a random design: valid, small, and with as much going wrong as a scenario can ask for.
type generated struct {
	text   string
	bounds map[bound]int64 // what a level may not exceed, by component and level
}

// bound names a level of a component.
type bound struct{ component, level string }

// recording is the trace that generated designs replay.
var recording = fstest.MapFS{
	"counts.csv": {Data: []byte("minute,requests\n0,3\n1,0\n2,9\n3,1\n4,4\n")},
	"times.csv":  {Data: []byte("t,bytes\n0.1,10\n0.4,20000\n0.4,300\n1.7,64\n2.5,1\n")},
}

// generator writes a design. Lengths of time are chosen so that a design has a few thousand events.
type generator struct {
	*rand.Rand
	out    strings.Builder
	ideal  bool
	older  bool // of 2021
	queues []string
	puts   []string // streams
	topics []string
	calls  []string // databases

	callees bool     // there are a service and a cache
	asked   []string // functions that read nothing, and gateways
	sinks   []string // tables, event buses and delivery streams

	extended, uploads, keys bool // there is a bucket for payloads, one for uploads, and keys
	redrives                map[string]string
	delivery, shape         bool // there is a delivery stream, and a function that transforms its records
	streaming, video        bool // there are streams; cameras
	consumers, analytics    bool // of streams

	bounds map[bound]int64
}

func generate(seed uint64) generated {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0)), bounds: map[bound]int64{}}
	profile := g.pick("aws-2021", "aws-2026", "ideal", "ideal")
	g.ideal, g.older = profile == "ideal", profile == "aws-2021"
	warmup := ""
	if g.chance(0.25) {
		warmup = ", warmup: " + g.pick("1s", "500ms")
	}
	limit := ""
	if g.chance(0.05) {
		limit = fmt.Sprintf(", max_messages: %d", 1+g.IntN(60))
	}
	g.line("name: design %d", seed)
	g.line("profile: %s", profile)
	g.line("run: {duration: %s, replications: 1, seed: %d, histogram_digits: 1%s%s}", g.pick("2s", "3s", "6s"), seed,
		warmup,
		limit)
	g.extended, g.uploads, g.keys = g.chance(0.25), g.chance(0.25), g.chance(0.25)
	g.delivery = g.chance(0.3) && !g.extended // which delivers payloads, not pointers
	g.streaming, g.video = g.chance(0.5), g.chance(0.15)
	g.consumers, g.analytics = g.streaming && g.chance(0.6), g.streaming && g.chance(0.5)
	g.overrides()
	g.writeKeys()
	g.writeQueues()
	g.writeTopics()
	g.writeBuckets()
	g.writeDatabases()
	g.writeCallees()
	g.writeStreams()
	g.writeFunctions()
	g.writeDelivery()
	g.writeConsumers()
	g.writeAnalytics()
	g.writeVideo()
	g.writeFleets()
	g.writeProducers()
	g.writeAlarms()
	text := g.out.String()
	if !strings.Contains(text, " deadline: ") { // nothing is late, and dropping it is refused
		text = strings.ReplaceAll(text, "drop_late: true", "drop_late: false")
	}
	return generated{text, g.bounds}
}

func (g *generator) line(format string, args ...any) { fmt.Fprintf(&g.out, format+"\n", args...) }

func (g *generator) chance(p float64) bool { return g.Float64() < p }

func (g *generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// maybe returns the text with the given probability, else nothing.
func (g *generator) maybe(p float64, text string) string {
	if g.chance(p) {
		return text
	}
	return ""
}

func (g *generator) overrides() {
	g.line("override:")
	g.line("  sqs.retention_min: 0s")
	g.line("  sqs.attribute_propagation: %s", g.pick("0s", "500ms"))
	g.line("  sqs.retention_propagation: %s", g.pick("0s", "500ms"))
	g.line("  sqs.purge_time: %s", g.pick("0s", "60s"))
	if g.chance(0.4) {
		g.line("  sqs.duplicate_share: %s", g.pick("10%", "50%"))
	}
	if g.chance(0.3) {
		g.line("  sqs.in_flight_max: %d", 1+g.IntN(12))
	}
	if g.chance(0.4) {
		g.line("  sqs.fifo.in_flight_max: %d", 1+g.IntN(12))
		g.line("  sqs.fifo.scan_window: %d", 1+g.IntN(9))
		g.line("  sqs.fifo.deduplication_time: %s", g.pick("0s", "100ms", "5m"))
	}
	if g.chance(0.5) {
		g.line("  sqs.fair.in_flight_min: %d", g.IntN(4))
		g.line("  sqs.fair.silence: %s", g.pick("0s", "300ms", "5m"))
	}
	if g.chance(0.3) {
		g.line("  sqs.fifo.call_rate: %s", g.pick("5/s", "20/s"))
		g.line("  sqs.fifo.region_call_rate: %s", g.pick("20/s", "100/s"))
		g.line("  sqs.fifo.partition_split_time: %s", g.pick("0s", "500ms"))
	}
	if g.chance(0.4) {
		g.line("  sdk.fault_share: %s", g.pick("20%", "60%", "5%"))
	}
	if g.chance(0.2) {
		g.line("  sdk.retry.quota.tokens: %d", g.IntN(30))
	}
	if (g.extended || g.uploads) && g.chance(0.5) {
		g.line("  s3.put.first_byte: %s", g.lengths(20))
		g.line("  s3.get.first_byte: %s", g.lengths(20))
		g.line("  s3.notification.latency: %s", g.lengths(100))
		g.line("  s3.put_rate: %s", g.pick("10/s", "1000/s"))
	}
	if g.keys && g.chance(0.5) {
		g.line("  kms.latency: %s", g.lengths(200))
		g.line("  kms.request_rate: %s", g.pick("0.5/s", "5/s"))
	}
	if g.delivery {
		g.line("  firehose.buffer_interval_min: 0s")
		g.line("  firehose.splunk.buffer_interval_min: 0s")
		g.line("  firehose.buffer_size_min: 1KiB")
		g.line("  firehose.splunk.buffer_size_min: 1KiB")
		g.line("  firehose.large.buffer_size_min: 1KiB")
		g.line("  firehose.transform.buffer_size_min: 1KiB")
		g.line("  firehose.transform.outstanding: 1")
		g.line("  firehose.transform.timeout: %s", g.pick("50ms", "5m"))
		g.line("  firehose.retry_delay: 50ms")
		g.line("  firehose.s3.retry: %s", g.pick("500ms", "24h"))
		g.line("  firehose.direct_put.records: %s", g.pick("10/s", "1000/s"))
		g.line("  firehose.direct_put.autoscale_after: 1s")
		g.line("  firehose.partitioning.partitions_max: 3")
	}
	if g.streaming {
		g.streamOverrides()
	}
	g.appOverrides()
	if g.ideal && g.chance(0.3) {
		g.line("  sqs.servers: %d", 2+g.IntN(20))
		g.line("  sqs.short_poll_share: 30%%")
	}
	if g.ideal && g.chance(0.2) {
		g.line("  sdk.sqs.send.latency: %s", g.lengths(20))
	}
}

func (g *generator) writeQueues() {
	for i := range 1 + g.IntN(4) {
		g.queues = append(g.queues, fmt.Sprintf("q%d%s", i, g.maybe(0.35, ".fifo")))
	}
	g.redrives = map[string]string{}
	sources := map[string]int{} // how many queues have this one as their dead-letter queue
	g.line("queues:")
	for i, name := range g.queues {
		var s []string
		fifo := strings.HasSuffix(name, ".fifo")
		if fifo && g.chance(0.4) {
			s = append(s, "deduplication_scope: messageGroup"+g.maybe(0.5, ", fifo_throughput_limit: perMessageGroupId"))
		}
		s = append(s, "visibility_timeout: "+g.pick("0s", "1ms", "30ms", "200ms", "1s", "30s"))
		s = append(s, "receive_wait_time: "+g.pick("0s", "100ms", "1s", "20s"))
		if g.chance(0.3) {
			s = append(s, "delay: "+g.pick("1ms", "100ms", "3s"))
		}
		if g.chance(0.5) {
			s = append(s, "retention: "+g.pick("0s", "1ns", "50ms", "300ms", "1s", "3s"))
		}
		if g.chance(0.1) {
			s = append(s, "maximum_message_size: 4KiB")
		}
		if i+1 < len(g.queues) && g.chance(0.6) { // only onwards, so that no dead letter goes round
			if to := g.pick(g.queues[i+1:]...); strings.HasSuffix(to, ".fifo") == fifo {
				s = append(s, fmt.Sprintf("redrive: {to: queues.%s, max_receive_count: %d}", to, 1+g.IntN(3)))
				sources[to]++
				g.redrives[name] = to
			}
		}
		s = append(s, g.resource()...)
		if g.chance(0.2) {
			s = append(s, "changes: ["+g.changes()+"]")
		}
		if !fifo && g.chance(0.25) {
			s = append(s, "fair_queue: true")
		} else if sources[name] == 1 && g.chance(0.6) {
			s = append(s, fmt.Sprintf("redrive_tasks: [{at: 500ms}, {at: 1500ms, rate: %s}]", g.pick("2/s", "500/s")))
		}
		g.line("  %s: {%s}", name, strings.Join(s, ", "))
	}
}

// writeTopics writes up to two topics, each with a few subscriptions of queues and endpoints.
func (g *generator) writeTopics() {
	if g.chance(0.6) {
		return
	}
	g.line("endpoints:")
	g.line("  hook: {protocol: https, response_time: %s, error: %s, client_error: %s%s}", g.lengths(40),
		g.pick("0%", "30%", "100%"), g.pick("0%", "10%"), g.maybe(0.3, ", outages: [{at: 500ms, for: 1s}]"))
	g.line("  mail: {protocol: email}")
	g.line("topics:")
	for i := range 1 + g.IntN(2) {
		fifo := g.chance(0.3)
		name := fmt.Sprintf("t%d", i)
		if fifo {
			name += ".fifo"
		}
		g.topics = append(g.topics, name)
		g.line("  %s:", name)
		if fifo {
			g.line("    fifo_topic: true")
		}
		for _, s := range g.resource() {
			g.line("    %s", s)
		}
		g.line("    subscriptions:")
		n := 0
		for _, q := range g.queues {
			if !g.chance(0.6) || fifo && !strings.HasSuffix(q, ".fifo") || !fifo && strings.HasSuffix(q, ".fifo") {
				continue
			}
			g.line("      - {to: queues.%s%s%s}", q, g.maybe(0.4, ", filter: {share: 40%}"),
				g.maybe(0.3, ", raw_message_delivery: true"))
			n++
		}
		if g.delivery && !fifo {
			g.line("      - {to: delivery_streams.d}")
		}
		if !fifo && (n == 0 || g.chance(0.7)) {
			policy := "{num_retries: 4, num_no_delay_retries: 1, min_delay_target: 1s, max_delay_target: 1s}"
			g.line("      - {to: endpoints.hook%s%s%s}", g.maybe(0.5, ", delivery_policy: "+policy), g.deadLetter(),
				g.maybe(0.3, ", max_receives_per_second: 5"))
			g.line("      - {to: endpoints.mail%s}", g.maybe(0.5, ", subscribers: 3"))
		} else if n == 0 {
			g.line("      []")
		}
	}
}

// deadLetter writes a dead-letter queue for an endpoint's subscription, or none.
func (g *generator) deadLetter() string {
	for _, q := range g.queues {
		if !strings.HasSuffix(q, ".fifo") && g.chance(0.5) {
			return ", dead_letter: queues." + q
		}
	}
	return ""
}

// changes writes what is done to a queue while it runs. A run is too short for a queue to be created again.
func (g *generator) changes() string {
	set := "set: {" + g.pick("visibility_timeout: 10ms", "delay: 50ms", "delay: 0s", "retention: 100ms", "retention: 5s",
		"receive_wait_time: 1s", "maximum_message_size: 4KiB") + "}"
	return g.pick("{at: 500ms, purge: true}, {at: 1s, purge: true}", "{at: 300ms, "+set+"}, {at: 1500ms, purge: true}",
		"{at: 300ms, "+set+"}, {at: 300ms, "+set+"}", "{at: 1500ms, delete: true}",
		"{at: 200ms, create: true}, {at: 1s, "+set+"}")
}

func (g *generator) writeKeys() {
	if g.keys {
		g.line("keys: {k0: {}, k1: {manager: %s}}", g.pick("customer", "aws"))
	}
}

// resource writes how a queue or topic is encrypted and who may use it.
func (g *generator) resource() (s []string) {
	if g.keys && g.chance(0.6) {
		s = append(s, "kms_key: keys."+g.pick("k0", "k1"))
	}
	if g.chance(0.05) {
		s = append(s, fmt.Sprintf(`policy: {Statement: {Effect: %s, Principal: {Service: %s}, Action: "*", Resource: "*"}}`,
			g.pick("Allow", "Deny"), g.pick("sns.amazonaws.com", "s3.amazonaws.com")))
	}
	return s
}

// identity writes what a role may do: mostly everything.
func (g *generator) identity() {
	if g.chance(0.1) {
		g.line("    account: 444455556666")
	}
	if g.chance(0.1) {
		g.line(`    identity_policies: [{Statement: {Effect: Allow, Action: ["%s", "%s"], Resource: "*"}}]`,
			g.pick("sqs:SendMessage", "sqs:DeleteMessage", "s3:*"), g.pick("sqs:ReceiveMessage", "sns:Publish", "sqs:*"))
	}
}

// writeBuckets writes a bucket for payloads and one for uploads, which tells queues and topics of them.
func (g *generator) writeBuckets() {
	if !g.extended && !g.uploads {
		return
	}
	g.line("buckets:")
	if g.extended {
		g.line("  payloads: {prefixes: %d}", 1+g.IntN(3))
	}
	if !g.uploads {
		return
	}
	var to []string
	for _, q := range g.queues {
		if !strings.HasSuffix(q, ".fifo") && g.chance(0.5) {
			to = append(to, fmt.Sprintf("{to: queues.%s, share: %s}", q, g.pick("100%", "30%")))
		}
	}
	for _, t := range g.topics {
		if !strings.HasSuffix(t, ".fifo") && g.chance(0.5) {
			to = append(to, fmt.Sprintf("{to: topics.%s}", t))
		}
	}
	g.line("  uploads: {notifications: [%s]}", strings.Join(to, ", "))
}

// client writes an extended client or client-side encryption.
func (g *generator) client(extended string) {
	if g.extended && extended != "" {
		g.line("    extended_client: {bucket: buckets.payloads%s%s}", extended,
			g.pick("", ", always: true", ", threshold: 1KiB"))
	}
	if g.chance(0.1) {
		g.line("    client_encryption: {message: 1ms, per_kib: %s}", g.pick("0s", "1ms"))
	}
}

func (g *generator) writeDatabases() {
	n := g.IntN(3)
	if n == 0 {
		return
	}
	g.line("databases:")
	for i := range n {
		name := fmt.Sprintf("db%d", i)
		connections, concurrency := 1+g.IntN(6), 1+g.IntN(4)
		g.calls = append(g.calls, name)
		g.bounds[bound{"databases." + name, "connections"}] = int64(connections)
		g.bounds[bound{"databases." + name, "busy"}] = int64(concurrency)
		g.line("  %s: {engine: %s, max_connections: %d, concurrency: %d%s%s}", name, g.pick("postgres", "mysql"), connections,
			concurrency, g.maybe(0.4, fmt.Sprintf(", max_waiting: %d", g.IntN(4))), g.callShare())
	}
}

func (g *generator) writeFleets() {
	n := 1 + g.IntN(3)
	g.line("fleets:")
	for i := range n {
		from := g.IntN(len(g.queues))
		instances, threads := 1+g.IntN(3), 1+g.IntN(6)
		name := fmt.Sprintf("f%d", i)
		g.bounds[bound{"fleets." + name, "running"}] = int64(instances)
		g.bounds[bound{"fleets." + name, "busy"}] = int64(instances * threads)
		g.line("  %s:", name)
		from = g.writeFrom(from)
		g.line("    drop_late: %v", g.chance(0.5))
		scaling := ""
		if g.chance(0.4) {
			scaling = g.scaling(instances)
			most := 3
			if strings.Contains(scaling, "rebalance") { // another one is launched at the notice of each
				most = 7
			}
			g.bounds[bound{"fleets." + name, "running"}] = int64(most)
			g.bounds[bound{"fleets." + name, "busy"}] = int64(7 * threads) // those that leave finish what they have
			g.line("    scaling: {%s}", scaling)
		} else {
			g.line("    instances: %d", instances)
		}
		volume := ""
		if strings.Contains(scaling, "warm_pool") {
			volume = ", root_volume: 8GiB"
		}
		g.line("    instance: {type: m5.large, threads: %d%s}", threads, volume)
		g.line("    receive: {%s}", g.receive())
		g.line("    work: %s", g.lengths(60))
		if g.chance(0.2) {
			g.line("    batch_work: %s", g.lengths(30))
		}
		if g.chance(0.2) {
			g.line("    work_per_kib: 1ms")
		}
		if g.chance(0.5) {
			g.line("    cpu_share: %d%%", g.IntN(101))
		}
		g.line("    delete: %s", g.pick("each", "batch", "async"))
		g.line("    on_error: %s", g.pick("wait", "release"))
		crash := g.crash()
		if scaling != "" {
			crash, _, _ = strings.Cut(crash, ", recovery")
		}
		g.line("    failures: {error: %s%s}", g.pick("0%", "5%", "30%", "100%"), g.maybe(0.4, crash))
		if g.chance(0.3) {
			g.line("    heartbeat: {every: %s, extend: %s}", g.pick("20ms", "100ms", "1s"), g.pick("1s", "5s"))
		}
		g.writeCalls()
		g.identity()
		g.client(g.pick(", delete_payload: true", ", delete_payload: false"))
		if len(g.puts) > 0 && !g.extended && g.chance(0.5) { // functions fetch no payloads
			g.line("    then: streams.%s", g.pick(g.puts...))
		} else if from+1 < len(g.queues) && g.chance(0.5) {
			g.line("    then: %s", g.ways(g.pick(g.queues[from+1:]...)))
			g.line("    then_to: %s", g.pick("all", "one"))
		}
		if from+1 < len(g.queues) && g.chance(0.3) {
			g.line("    on_failure_to: {to: queues.%s, after: %d}", g.pick(g.queues[from+1:]...), 1+g.IntN(3))
		}
		g.line("    retry: %s", g.retry())
	}
}

// writeFrom writes one queue to read or several, and returns the last of them.
func (g *generator) writeFrom(first int) int {
	second := g.IntN(len(g.queues))
	low, high := min(first, second), max(first, second)
	apart := g.redrives[g.queues[low]] != g.queues[high] || !g.ideal
	if low == high || !apart || g.chance(0.5) {
		g.line("    from: queues.%s", g.queues[first])
		return first
	}
	one, two := "queues."+g.queues[first], "queues."+g.queues[second]
	if g.chance(0.5) {
		g.line("    from: [%s, %s]", one, two)
	} else {
		g.line("    from: [{queue: %s, weight: %d}, {queue: %s, weight: %d}]", one, 1+g.IntN(3), two, g.IntN(3))
	}
	return high
}

// ways writes one way on or several: parts of the messages, loops and joins among them.
func (g *generator) ways(onward string) string {
	switch g.IntN(4) {
	case 0:
		return fmt.Sprintf("[{to: queues.%s, share: %s}, {to: queues.%s, rounds: %d}]", onward, g.pick("50%", "0%", "100%"),
			g.pick(g.queues...), 1+g.IntN(2))
	case 1:
		return fmt.Sprintf("{to: queues.%s, join: {messages: 2, by: %s, within: %s}}", onward, g.pick("key", "family"),
			g.pick("100ms", "1h"))
	case 2:
		return fmt.Sprintf("{to: queues.%s, messages: %d, larger_than: 1KiB}", onward, 1+g.IntN(3))
	}
	return "queues." + onward
}

// scaling returns how a fleet of at most three instances scales, fast enough for a design of seconds.
func (g *generator) scaling(desired int) string {
	text := fmt.Sprintf("min: 0, max: 3, desired: %d, launch_time: %s", desired, g.lengths(300))
	text += g.maybe(0.4, ", start_up: "+g.lengths(100)) + g.maybe(0.5, ", drain: "+g.pick("1ms", "200ms", "10s")) +
		g.maybe(0.3, ", protect_busy: true")
	text += fmt.Sprintf(", scheduled: [{at: %dms, desired: %d}, {at: %dms, desired: %d}, {at: 4s, desired: %d}]",
		g.IntN(2000), g.IntN(4), 2000+g.IntN(2000), g.IntN(4), g.IntN(4))
	switch g.IntN(5) {
	case 0:
		return text + ", kind: eks_keda, keda: {queue_length: 2, polling_interval: 1s, cooldown_period: 1s, stabilisation: 1s}" +
			g.maybe(0.5, ", nodes: {tasks: 2}")
	case 1:
		return text + ", kind: ecs_fargate, task: {vcpus: 0.5, memory: 1GiB}"
	case 2:
		return text + ", spot: {share: 50%, interruptions: 0.1/s, launch_failures: 20%" + g.maybe(0.5, ", rebalance: true") + "}"
	case 3:
		return text + ", warm_pool: {state: " + g.pick("stopped", "running", "hibernated") +
			g.maybe(0.5, ", reuse_on_scale_in: true") + "}"
	}
	return text + ", target_tracking: {metric: busy_share, target: 50, period: 10s}" +
		g.maybe(0.5, ", terminate_hook: {}") + g.maybe(0.5, ", launch_hook: {takes: 100ms}")
}

func (g *generator) crash() string {
	return fmt.Sprintf(", crash: %s, recovery: %s", g.pick("1/s", "0.2/s", "5/s"), g.lengths(300))
}

// receive writes how threads poll. What takes no time at all would be refused, or go round for ever.
func (g *generator) receive() string {
	s := []string{fmt.Sprintf("max_messages: %d", 1+g.IntN(10))}
	switch g.IntN(3) {
	case 0:
		s = append(s, "pause: "+g.pick("20ms", "200ms"))
	case 1:
		s = append(s, "wait_time: "+g.pick("50ms", "1s", "20s"))
	default:
		if g.ideal || g.chance(0.8) {
			break
		}
		s = append(s, "wait_time: 0s")
	}
	if g.chance(0.3) {
		s = append(s, "visibility_timeout: "+g.pick("0s", "10ms", "100ms", "2s"))
	}
	return strings.Join(s, ", ")
}

func (g *generator) writeCalls() {
	if len(g.calls) == 0 || g.chance(0.3) {
		return
	}
	g.line("    calls:")
	for range 1 + g.IntN(2) {
		g.line("      - {to: databases.%s, time: %s, pool_timeout: %s%s%s}", g.pick(g.calls...), g.lengths(40),
			g.pick("0s", "1ms", "50ms", "30s"), g.maybe(0.6, fmt.Sprintf(", pool: %d", 1+g.IntN(3))), g.policy())
	}
	for _, call := range g.calleeCalls() {
		g.line("      - %s", call)
	}
}

func (g *generator) retry() string {
	return fmt.Sprintf("{mode: %s%s}", g.pick("none", "legacy", "standard", "adaptive"),
		g.maybe(0.3, fmt.Sprintf(", max_attempts: %d", 1+g.IntN(8))))
}

// writeFunctions writes functions: some read a queue or a table, the others are asked, perhaps through a gateway.
func (g *generator) writeFunctions() {
	if g.chance(0.5) {
		return
	}
	if g.chance(0.4) {
		g.line("tables: {items: {partitions: %d}}", 1+g.IntN(3))
		g.sinks = append(g.sinks, "tables.items")
	}
	g.line("functions:")
	standard := func(p float64, format string) string {
		for _, q := range g.queues {
			if !strings.HasSuffix(q, ".fifo") && g.chance(p) {
				return fmt.Sprintf(format, q)
			}
		}
		return ""
	}
	if g.shape = g.delivery && g.chance(0.6); g.shape {
		g.line("  shape: {timeout: 1s, work: %s, failures: {error: %s, out_of_memory: %s}, reserved_concurrency: %d}",
			g.lengths(50), g.pick("0%", "20%"), g.pick("0%", "10%"), 1+g.IntN(2))
	}
	n := 1 + g.IntN(3)
	for i := range n {
		g.line("  fn%d:", i)
		g.line("    memory: %dMiB", 128+g.IntN(2000))
		g.line("    timeout: 1s")
		g.line("    work: %s", g.lengths(200))
		g.line("    cpu_share: %d%%", g.IntN(101))
		g.line("    failures: {error: %s, out_of_memory: %s}", g.pick("0%", "5%", "50%"), g.pick("0%", "0%", "10%"))
		g.line("%s", g.maybe(0.2, "    init: 300ms"))
		g.line("%s", g.maybe(0.2, "    setup: 5ms"))
		g.line("%s", g.maybe(0.2, "    tracing: true"))
		g.line("%s", g.maybe(0.3, fmt.Sprintf("    reserved_concurrency: %d", g.IntN(5))))
		g.line("%s", g.maybe(0.2, "    new_version: {weight: 30%, work: 20ms, failures: {error: 20%}}"))
		g.writeFunctionCalls()
		from := g.IntN(len(g.queues))
		switch q := g.queues[from]; {
		case len(g.puts) > 0 && g.chance(0.6):
			g.writeStreamMappings()
		case len(g.sinks) > 0 && g.chance(0.5):
			g.line("    event_sources: [{from: tables.items, batch_size: %d, parallelization_factor: %d, maximum_retry_attempts: %d%s%s%s}]",
				1+g.IntN(20), 1+g.IntN(3), g.IntN(3), g.maybe(0.5, ", bisect_batch_on_function_error: true"),
				g.maybe(0.4, ", report_batch_item_failures: true"), g.maybe(0.3, ", batch_window: 300ms"))
		case g.chance(0.6) && !g.extended: // functions fetch no payloads
			g.identity()
			window := ", batch_window: 1s" // which makes the visibility timeout longer, where it is too short for AWS
			if strings.HasSuffix(q, ".fifo") {
				g.asked = append(g.asked, fmt.Sprintf("functions.fn%d", i))
				break
			}
			g.line("    event_sources: [{from: queues.%s, batch_size: %d%s%s%s%s}]", q, 1+g.IntN(20), window,
				g.maybe(0.4, ", report_batch_item_failures: true"), g.maybe(0.3, ", pass: 60%"),
				g.maybe(0.3, g.newer(", maximum_concurrency: 2")))
			if len(g.puts) > 0 && g.chance(0.5) {
				g.line("    then: streams.%s", g.pick(g.puts...))
			} else if from+1 < len(g.queues) && g.chance(0.5) {
				g.line("    then: queues.%s", g.pick(g.queues[from+1:]...))
			}
		default:
			g.identity()
			g.line("%s", standard(0.3, "    asynchronous: {on_failure: queues.%s, maximum_retry_attempts: 1}"))
			g.asked = append(g.asked, fmt.Sprintf("functions.fn%d", i))
		}
	}
	if len(g.asked) > 0 && g.chance(0.4) {
		g.line("gateways: {gw: {type: %s, to: %s, timeout: %s}}", g.pick("rest_api", "http_api", "load_balancer"),
			g.pick(g.asked...), g.pick("100ms", "1s", "20s"))
		g.asked = append(g.asked, "gateways.gw")
	}
	if q := standard(0.5, "{to: queues.%s, match: 50%%}"); q != "" && g.chance(0.5) {
		g.line("event_buses: {bus: {rules: [%s]}}", q)
		g.sinks = append(g.sinks, "event_buses.bus")
	}
}

// writeDelivery writes a delivery stream that delivers within the few seconds of a run.
func (g *generator) writeDelivery() {
	if !g.delivery {
		return
	}
	g.line("delivery_streams:")
	g.line("  d:")
	kind := g.pick("s3", "redshift", "opensearch", "splunk", "http_endpoint")
	retry := ""
	if kind != "s3" {
		retry = ", retry_duration: " + g.pick("0s", "500ms")
	}
	if kind == "splunk" {
		retry += ", unacknowledged: 10%"
	}
	g.line("    destination: {type: %s, latency: %s, failures: %s%s%s}", kind, g.lengths(200), g.pick("0%", "30%"), retry,
		g.maybe(0.3, ", unavailable: [{at: 500ms, for: 1s}]"))
	g.line("    buffer: {size: %s, interval: %s}", g.pick("1KiB", "100KiB", "5MiB"), g.pick("0s", "200ms", "1s"))
	g.line("    s3_backup: %s", g.pick("failed", "all"))
	if g.shape {
		g.line("    transform: {function: functions.shape, dropped: 10%%, processing_failed: 10%%, buffer_size: %s, "+
			"buffer_interval: %s, size_factor: %s}", g.pick("1KiB", "200KiB"), g.pick("0s", "200ms"), g.pick("0.5", "1", "3"))
	}
	if kind == "s3" && !g.older {
		g.line("%s", g.maybe(0.5, "    dynamic_partitioning: true"))
	}
	g.sinks = append(g.sinks, "delivery_streams.d")
}

// newer returns a setting that there was none of in 2021.
func (g *generator) newer(setting string) string {
	if g.older {
		return ""
	}
	return setting
}

func (g *generator) writeFunctionCalls() {
	if len(g.calls) > 0 && g.chance(0.5) {
		g.line("    calls:")
		g.line("      - {to: databases.%s, time: %s, connection: %s%s}", g.pick(g.calls...), g.lengths(40),
			g.pick("environment", "invocation"), g.policy())
		for _, call := range g.calleeCalls() {
			g.line("      - %s", call)
		}
	}
}

// writeCaller writes who asks a function or a gateway.
func (g *generator) writeCaller(to string) {
	g.line("    to: %s", to)
	arrivals := g.arrivals()
	g.line("    arrivals: %s", arrivals)
	g.line("    poison: %s", g.pick("0%", "20%"))
	g.line("    connections: %d", 1+g.IntN(20))
	if strings.HasPrefix(to, "functions") {
		if g.chance(0.3) {
			g.line("    invocation: asynchronous")
		} else if g.chance(0.3) {
			g.line("    caller: %s", g.pick("cognito", "step_functions", "alexa", "firehose", "s3_batch"))
		}
	}
	if g.chance(0.4) {
		g.line("    read_timeout: %s", g.pick("50ms", "300ms", "2s"))
	}
	g.line("    retry: %s", g.retry())
}

func (g *generator) writeProducers() {
	g.line("producers:")
	for i := range 1 + g.IntN(3) {
		g.line("  p%d:", i)
		to := "queues." + g.pick(g.queues...)
		if len(g.topics) > 0 && g.chance(0.6) {
			to = "topics." + g.pick(g.topics...)
		}
		if len(g.sinks) > 0 && g.chance(0.3) {
			to = g.pick(g.sinks...)
		}
		if len(g.asked) > 0 && g.chance(0.5) {
			g.writeCaller(g.pick(g.asked...))
			continue
		}
		if len(g.puts) > 0 && g.chance(0.7) {
			g.writePuts()
			continue
		}
		object := g.uploads && g.chance(0.5)
		if object {
			to = "buckets.uploads"
		}
		g.line("    to: %s", to)
		g.identity()
		if !object {
			if g.chance(0.6) && (strings.HasPrefix(to, "queues") || strings.HasPrefix(to, "topics")) {
				g.client(" ")
			}
		} else if g.chance(0.2) {
			g.line("    service: events.amazonaws.com")
		}
		g.line("    deadline: %s", g.pick("1ms", "100ms", "1s"))
		arrivals := g.arrivals()
		g.line("    arrivals: %s", arrivals)
		closed := strings.Contains(arrivals, "closed")
		if g.chance(0.3) && !closed {
			g.line("    together: %s", g.pick("3", "{uniform: {low: 0, high: 6}}", "{exponential: 2}"))
		}
		if g.chance(0.5) && !strings.Contains(arrivals, "size_column") {
			g.line("    size: %s", g.pick("100B", "200KiB", "{lognormal: {p50: 2KiB, p99: 40KiB}}",
				"{uniform: {low: 0B, high: 300KiB}}"))
		}
		if g.chance(0.3) {
			g.line("    key: %s", g.pick("{uniform: 7}", "{zipf: {keys: 9, exponent: 1.1}}",
				"{hot: {keys: 5, named: {a: 50%, b: 20%}}}"))
			g.line("    first_key: %d", g.IntN(3))
		}
		if g.chance(0.3) {
			g.line("    repeats: {share: %s, after: %s}", g.pick("5%", "50%", "100%"), g.lengths(300))
		}
		if g.chance(0.4) {
			g.line("    poison: %s", g.pick("1%", "20%", "100%"))
		}
		if g.chance(0.2) {
			g.line("    limit: %d", 1+g.IntN(100))
		}
		if g.chance(0.2) {
			g.line("    start: %s", g.pick("1ms", "1s"))
			g.line("    stop: 3s")
		}
		if !object {
			g.line("    batch: {size: %d, linger: %s}", g.pickInt(1, 1, 2, 10), g.pick("0s", "5ms", "300ms"))
		}
		if g.chance(0.2) && !strings.HasSuffix(to, ".fifo") && !object {
			g.line("    delay: %s", g.pick("0s", "10ms", "2s"))
		}
		if g.chance(0.4) {
			g.line("    connections: %d", 1+g.IntN(3))
		}
		if g.chance(0.3) && !closed {
			g.line("    buffer: %d", 1+g.IntN(20))
		}
		g.line("    retry: %s", g.retry())
	}
}

func (g *generator) pickInt(from ...int) int { return from[g.IntN(len(from))] }

// arrivals writes an arrival process of about twenty a second.
func (g *generator) arrivals() string {
	switch g.IntN(14) {
	case 0:
		return "{constant: 25/s}"
	case 1:
		return "{poisson: 30/s}"
	case 12:
		return "{schedule: [0s, 1ms, 1ms, 400ms, 1s, 1500ms, 2s, 2s, 2s, 5s]}"
	case 2:
		return fmt.Sprintf("{renewal: {gap: %s}}", g.lengths(40))
	case 3:
		return fmt.Sprintf("{on_off: {on: %s, off: %s, rate: 60/s, idle_rate: %s}}", g.lengths(500), g.lengths(800),
			g.pick("0", "3/s"))
	case 4:
		return "{mmpp: {states: [{rate: 5/s, stay: 1s}, {rate: 80/s, stay: 300ms}, {rate: 0, stay: 500ms}]}}"
	case 5:
		return fmt.Sprintf("{spike: {base: %s, peak: 150/s, at: 1s, for: 700ms, spacing: %s}}", g.pick("0", "10/s"),
			g.pick("poisson", "even"))
	case 6:
		return "{ramp: {from: 0, to: 40/s, over: 5s}}"
	case 7:
		return "{diurnal: {mean: 20/s, peak: 36/s, period: 4s, peak_at: 1s}}"
	case 8:
		return "{piecewise: {points: [{at: 0s, rate: 10/s}, {at: 2s, rate: 60/s}, {at: 4s, rate: 0}], linear: true}}"
	case 9:
		return "{piecewise: {points: [{at: 0s, rate: 0}, {at: 1s, rate: 50/s}, {at: 3s, rate: 5/s}], spacing: even}}"
	case 10:
		return fmt.Sprintf("{closed: {clients: %d, think: %s}}", 1+g.IntN(5), g.lengths(100))
	case 11:
		return fmt.Sprintf("{trace: {file: counts.csv, counts: requests, interval: 1s, rate_scale: 5, spacing: %s, repeat: %t}}",
			g.pick("poisson", "even"), g.chance(0.5))
	}
	return fmt.Sprintf("{trace: {file: times.csv, timestamps: t%s, rate_scale: %s%s}}",
		g.maybe(0.5, ", size_column: bytes"), g.pick("1", "4", "0.5"), g.maybe(0.5, ", repeat: true, length: 10s"))
}

// lengths writes a distribution of lengths of time with a mean of about so many milliseconds.
func (g *generator) lengths(ms int) string {
	format := g.pick("%dms", "{exponential: %dms}", "{lognormal: {mean: %dms, cv: 1.5}}", "{gamma: {mean: %dms, cv: 0.7}}",
		"{erlang: {k: 3, mean: %dms}}", "{hyperexponential: {mean: %dms, scv: 4}}", "{weibull: {shape: 0.8, scale: %dms}}",
		"{pareto: {shape: 2.5, scale: %dms}}", "{bounded_pareto: {shape: 1.2, low: %dms, high: 5s}}",
		"{normal: {mean: %dms, sd: 30ms}}", "{uniform: {low: 0s, high: %dms}}",
		"{mixture: [{weight: 9, of: %dms}, {weight: 1, of: {exponential: 200ms}}]}", "{shifted: {by: 1ms, of: {exponential: %dms}}}",
		"{empirical: {values: [1ms, %dms, 90ms], weights: [1, 5, 1]}}")
	return fmt.Sprintf(format, ms)
}

// writeAlarms writes alarms that change their state as the run begins, and tell topics of it: a design's time is too
// short for a datapoint.
func (g *generator) writeAlarms() {
	if !g.chance(0.3) {
		return
	}
	g.line("alarms:")
	g.line("  metric: {of: queues.%s, metric: NumberOfMessagesSent, statistic: Sum, threshold: 1}", g.queues[0])
	g.line("  both:")
	g.line("    rule: %s", g.pick("INSUFFICIENT_DATA(metric)", "OK(metric) OR NOT ALARM(metric)", "NOT ALARM(metric)"))
	for _, t := range g.topics {
		if !strings.HasSuffix(t, ".fifo") {
			g.line("    alarm_actions: [topics.%s]", t)
			break
		}
	}
}
