package experiments

import (
	"fmt"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"testing/fstest"

	"weir/models/sns"
	"weir/sim"
)

// pathDesign is a queue between a producer and a fleet, with causes, ledger, histograms, curves and usage on.
const pathDesign = `
name: path
run: {duration: 1h, replications: 1}
producers: {p: {to: queues.q, arrivals: {poisson: 10000/s}, size: 1KiB, batch: {size: 10, linger: 100ms}}}
queues: {q: {receive_wait_time: 20s, redrive: {to: queues.dead, max_receive_count: 3}}, dead: {}}
fleets:
  f: {from: queues.q, instances: 8, instance: {threads: 8}, work: {exponential: 2ms}, delete: batch}
`

// fifoDesign is the same path with a FIFO queue, at the load that its quota bears, and a thousand message groups.
const fifoDesign = `
name: fifo path
run: {duration: 1h, replications: 1}
producers:
  p: {to: queues.q.fifo, arrivals: {poisson: 2000/s}, size: 1KiB, key: {uniform: 1000}, batch: {size: 10, linger: 100ms}}
queues:
  q.fifo: {receive_wait_time: 20s, redrive: {to: queues.dead.fifo, max_receive_count: 3}}
  dead.fifo: {}
fleets:
  f: {from: queues.q.fifo, instances: 2, instance: {threads: 8}, work: {exponential: 2ms}, delete: batch}
`

// fanOutDesign is a topic with eight subscribers: what is counted is the copies delivered.
const fanOutDesign = `
name: fan-out
run: {duration: 1h, replications: 1}
producers: {p: {to: topics.t, arrivals: {poisson: 1000/s}, size: 1KiB, batch: {size: 10, linger: 100ms}}}
topics: {t: {subscriptions: [{to: endpoints.e, subscribers: 8}]}}
endpoints: {e: {response_time: {exponential: 20ms}}}
`

// queuesDesign is a topic with four queues, where the copies stay for a second and expire.
const queuesDesign = `
name: fan-out to queues
run: {duration: 1h, replications: 1}
override: {sqs.retention_min: 0s}
producers: {p: {to: topics.t, arrivals: {poisson: 1000/s}, size: 1KiB, batch: {size: 10, linger: 100ms}}}
topics: {t: {subscriptions: [{to: queues.a}, {to: queues.b}, {to: queues.c}, {to: queues.d}]}}
queues: {a: {retention: 1s}, b: {retention: 1s}, c: {retention: 1s}, d: {retention: 1s}}
`

// mappedDesign is a queue between a producer and a function that its mapping reads for.
const mappedDesign = `
name: mapped
run: {duration: 1h, replications: 1}
override: {lambda.concurrent_executions: 10000}
producers: {p: {to: queues.q, arrivals: {poisson: 10000/s}, size: 1KiB, batch: {size: 10, linger: 100ms}}}
queues: {q: {redrive: {to: queues.dead, max_receive_count: 3}}, dead: {}}
functions:
  f: {memory: 1769MiB, work: {exponential: 2ms}, event_sources: [{from: queues.q}]}
`

// askedDesign is a function that is asked synchronously, with keep-alive and cold starts.
const askedDesign = `
name: asked
run: {duration: 1h, replications: 1}
override: {lambda.concurrent_executions: 10000}
producers: {p: {to: functions.f, arrivals: {poisson: 10000/s}, connections: 100000}}
functions: {f: {memory: 1769MiB, work: {exponential: 20ms}}}
`

// streamDesign is a stream of so many shards between a producer that batches and a function that reads whole batches:
// a hundred records a second for each shard.
func streamDesign(shards int) string {
	return fmt.Sprintf(`
name: stream
run: {duration: 1h, replications: 1}
producers:
  p:
    to: streams.s
    arrivals: {poisson: %d/s}
    size: 100B
    key: {uniform: 100000}
    batch: {size: 500, linger: 10s}
streams: {s: {shards: %d}}
functions: {f: {memory: 1769MiB, timeout: 60s, event_sources: [{from: streams.s, batch_size: 10000}]}}
override: {lambda.concurrent_executions: 20000}
`, 100*shards, shards)
}

// BenchmarkStream counts records through producer, stream, poll and function.
func BenchmarkStream(b *testing.B) {
	for _, shards := range []int{1, 100, 10000} {
		b.Run(strconv.Itoa(shards), func(b *testing.B) {
			benchmarkFrom(b, sim.Time(3*sim.Second), streamDesign(shards), sent)
		})
	}
}

// clientDesign is a stream between a producer that batches and workers of the client library that do so, too.
const clientDesign = `
name: client
run: {duration: 1h, replications: 1}
producers:
  p: {to: streams.s, arrivals: {poisson: 10000/s}, size: 100B, key: {uniform: 100000}, batch: {size: 500, linger: 100ms}}
streams: {s: {shards: 20}}
consumers: {c: {from: streams.s, workers: 4, retrieval: polling, batch_work: 1ms}}
`

// BenchmarkClient counts records through producer, stream and client library.
func BenchmarkClient(b *testing.B) {
	benchmarkFrom(b, sim.Time(3*sim.Second), clientDesign, sent)
}

// BenchmarkMapped counts messages through producer, queue, mapping and function.
func BenchmarkMapped(b *testing.B) { benchmarkDesign(b, mappedDesign, sent) }

// BenchmarkAsked counts synchronous invocations, their client and keep-alive among them.
func BenchmarkAsked(b *testing.B) { benchmarkDesign(b, askedDesign, sent) }

// fleetDesign is a large fleet on one queue: 10,000 instances of 16 threads, most of them busy.
const fleetDesign = `
name: fleet
run: {duration: 1h, replications: 1}
override: {sqs.in_flight_max: 10000000}
producers: {p: {to: queues.q, arrivals: {poisson: 120000/s}, size: 1KiB, batch: {size: 10, linger: 100ms}, connections: 100000}}
queues: {q: {receive_wait_time: 20s, visibility_timeout: 5m}}
fleets:
  f:
    from: queues.q
    instance: {threads: 16}
    work: {exponential: 1s}
    delete: batch
    scaling: {min: 10000, max: 10000, target_tracking: {metric: busy_share, target: 75}}
`

// BenchmarkFleet counts messages through a queue that 160,000 threads consume.
func BenchmarkFleet(b *testing.B) { benchmarkFrom(b, sim.Time(10*sim.Second), fleetDesign, sent) }

// idleDesign is a design in which nothing comes, with ten fleets that scale by three policies and two alarms each.
func idleDesign() string {
	text := "name: idle\nrun: {duration: 7d, replications: 1}\n" +
		"producers: {p: {to: queues.q0, arrivals: {constant: 1/h}}}\nqueues:\n"
	for i := range 10 {
		text += fmt.Sprintf("  q%d: {receive_wait_time: 20s}\n", i)
	}
	text += "fleets:\n"
	for i := range 10 {
		text += fmt.Sprintf(`  f%d:
    from: queues.q%d
    scaling:
      min: 0
      max: 100
      target_tracking: {metric: backlog_per_instance, target: 100}
      step: {metric: queue_length, above: 100, steps: [{change: 1}]}
      scheduled: [{at: 8h, every: 1d, desired: 1}]
`, i, i)
	}
	return text
}

// BenchmarkIdleWeek counts simulated weeks of alarms and scaling in a design without load.
func BenchmarkIdleWeek(b *testing.B) {
	d, err := New("idle.yaml", []byte(idleDesign()), nil, fstest.MapFS{})
	if err != nil {
		b.Fatal(err)
	}
	begun := cpuSeconds(b)
	for range b.N {
		t, err := d.build(0)
		if err != nil {
			b.Fatal(err)
		}
		t.observe(7 * sim.Day)
		t.eng.Run(sim.Time(7*sim.Day), 1<<40)
	}
	b.ReportMetric((cpuSeconds(b)-begun)/float64(b.N), "s/week")
}

// BenchmarkPath counts messages through producer, queue and fleet, on one core in steady state.
func BenchmarkPath(b *testing.B) { benchmarkDesign(b, pathDesign, sent) }

// BenchmarkFIFOPath counts messages through producer, FIFO queue and fleet.
func BenchmarkFIFOPath(b *testing.B) { benchmarkDesign(b, fifoDesign, sent) }

// BenchmarkFanOut counts copies that a topic delivers to endpoints, which answer them.
func BenchmarkFanOut(b *testing.B) { benchmarkDesign(b, fanOutDesign, delivered) }

// BenchmarkFanOutToQueues counts copies that a topic delivers to queues, their stay and their end there included.
func BenchmarkFanOutToQueues(b *testing.B) { benchmarkDesign(b, queuesDesign, delivered) }

// delivered returns how many copies the only topic has delivered.
func delivered(t *trial) uint64 {
	for _, c := range t.components {
		if topic, ok := c.(*sns.Topic); ok {
			return topic.Delivered.Value()
		}
	}
	return 0
}

// sent returns how many messages the only producer has sent.
func sent(t *trial) uint64 { return t.store.Ledger.Routes()[0].Sent }

// benchmarkDesign measures how many of what count counts a design does in a second, once it is in steady state.
func benchmarkDesign(b *testing.B, text string, count func(*trial) uint64) {
	benchmarkFrom(b, sim.Time(6*sim.Minute), text, count) // beyond the window of deduplication
}

// benchmarkFrom does so from an instant on at which the design is in steady state.
func benchmarkFrom(b *testing.B, from sim.Time, text string, count func(*trial) uint64) {
	d, err := New("bench.yaml", []byte(text), nil, fstest.MapFS{})
	if err != nil {
		b.Fatal(err)
	}
	t, err := d.build(0)
	if err != nil {
		b.Fatal(err)
	}
	t.observe(sim.Hour)
	t.eng.Run(from, 1<<40)
	first := count(t)
	b.ReportAllocs()
	b.ResetTimer()
	begun := cpuSeconds(b)
	for count(t)-first < uint64(b.N) {
		t.eng.Run(sim.Never, 1000)
	}
	b.ReportMetric(float64(count(t)-first)/(cpuSeconds(b)-begun), "messages/s")
}

// cpuSeconds returns the processor time that the process has taken: the machine may be busy with other work.
func cpuSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// BenchmarkWaiting counts the bytes of a message that waits in a queue.
func BenchmarkWaiting(b *testing.B) {
	const waiting = `
name: waiting
profile: ideal
run: {duration: 1h, replications: 1}
producers: {p: {to: queues.q, arrivals: {constant: 100000/s}}}
queues: {q: {retention: 4d}}
`
	d, err := New("waiting.yaml", []byte(waiting), nil, fstest.MapFS{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		t, err := d.build(0)
		if err != nil {
			b.Fatal(err)
		}
		t.eng.Run(sim.Time(20*sim.Second), 1<<40)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(t.store.Live()), "B/live-message")
		runtime.KeepAlive(t)
	}
}
