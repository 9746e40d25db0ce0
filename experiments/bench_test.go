package experiments

import (
	"runtime"
	"syscall"
	"testing"
	"testing/fstest"

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

// BenchmarkPath counts messages through producer, queue and fleet, on one core in steady state.
func BenchmarkPath(b *testing.B) {
	d, err := New("path.yaml", []byte(pathDesign), nil, fstest.MapFS{})
	if err != nil {
		b.Fatal(err)
	}
	t, err := d.build(0)
	if err != nil {
		b.Fatal(err)
	}
	t.observe(sim.Hour)
	t.eng.Run(sim.Time(20*sim.Second), 1<<40)
	sent := func() uint64 { return t.store.Ledger.Routes()[0].Sent }
	first := sent()
	b.ReportAllocs()
	b.ResetTimer()
	begun := cpuSeconds(b)
	for sent()-first < uint64(b.N) {
		t.eng.Run(sim.Never, 1000)
	}
	b.ReportMetric(float64(sent()-first)/(cpuSeconds(b)-begun), "messages/s")
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
