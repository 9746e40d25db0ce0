package experiments

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"weir/models/lambda"
	"weir/sim"
)

// largeDesign has some three messages in each of more than a million message groups, ten thousand of which are locked
// at any time, and a topic with a hundred thousand subscribers.
const largeDesign = `
name: large
profile: ideal
run: {duration: 40s, replications: 1}
producers:
  orders: {to: queues.q.fifo, arrivals: {constant: 100000/s}, key: {uniform: 1100000}, batch: {size: 10, linger: 1ms}}
  news: {to: topics.t, arrivals: {constant: 1/s}}
queues: {q.fifo: {visibility_timeout: 1h}}
topics: {t: {subscriptions: [{to: endpoints.e, subscribers: 100000}]}}
endpoints: {e: {response_time: {exponential: 100ms}}}
fleets: {f: {from: queues.q.fifo, instances: 100, instance: {threads: 100}, work: {exponential: 1s}}}
`

// What is asked is 4 GB; half of it leaves room for a second replication beside.
func TestAMillionGroupsAndAHundredThousandSubscribersTakeLessThan2GB(t *testing.T) {
	if testing.Short() {
		t.Skip("20 seconds")
	}
	const most = 2 << 30
	d := designOf(t, largeDesign)
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	tr, err := d.build(0)
	if err != nil {
		t.Fatal(err)
	}
	length := d.Document.Run.Duration.Sim()
	tr.observe(length)
	peak := uint64(0)
	for tr.eng.Run(sim.Time(length), slice) == sim.Paused {
		runtime.ReadMemStats(&now)
		peak = max(peak, now.HeapAlloc-min(before.HeapAlloc, now.HeapAlloc))
	}
	if peak > most {
		t.Errorf("%d MiB at the most, of at most %d", peak>>20, most>>20)
	}
	// Of 1.1 million keys drawn 3.5 million times, 45,000 are never drawn.
	if live, copies := tr.store.Live(), delivered(tr); live < 3_500_000 || copies < 3_800_000 {
		t.Errorf("%d messages and %d copies: the design was smaller than it should be", live, copies)
	}
	t.Logf("%d messages live, %d MiB at the most", tr.store.Live(), peak>>20)
}

// What is asked is a hundred thousand environments and a thousand functions in one design within 2 GB.
func TestAHundredThousandEnvironmentsOfAThousandFunctionsTakeLessThan2GB(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	const most, functions, each = 2 << 30, 1000, 100
	var text strings.Builder
	text.WriteString("name: many functions\nprofile: aws-2026\nrun: {duration: 30s, replications: 1}\n" +
		"override: {lambda.concurrent_executions: 200000}\nfunctions:\n")
	for i := range functions {
		fmt.Fprintf(&text, "  f%d: {timeout: 60s, work: 20s}\n", i)
	}
	text.WriteString("producers:\n")
	for i := range functions {
		fmt.Fprintf(&text, "  p%d: {to: functions.f%d, arrivals: {constant: 50/s}, limit: %d, connections: 1000}\n", i, i, each)
	}
	d := designOf(t, text.String())
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	tr, err := d.build(0)
	if err != nil {
		t.Fatal(err)
	}
	length := d.Document.Run.Duration.Sim()
	tr.observe(length)
	peak, at := uint64(0), int64(0)
	for tr.eng.Run(sim.Time(length), slice) == sim.Paused {
		runtime.ReadMemStats(&now)
		peak = max(peak, now.HeapAlloc-min(before.HeapAlloc, now.HeapAlloc))
	}
	for _, c := range tr.components {
		if account, ok := c.(*lambda.Account); ok {
			at = account.Concurrent.Max()
		}
	}
	if runtime.ReadMemStats(&now); max(peak, now.HeapAlloc-before.HeapAlloc) > most || at < functions*each {
		t.Errorf("%d MiB with %d executions at once, want less than %d MiB with %d", max(peak, now.HeapAlloc)>>20, at,
			most>>20, functions*each)
	}
	t.Logf("%d executions at once, %d MiB at the end", at, (now.HeapAlloc-before.HeapAlloc)>>20)
}
