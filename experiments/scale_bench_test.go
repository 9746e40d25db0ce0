package experiments

import (
	"fmt"
	"strings"
	"testing"

	"weir/sim"
)

// fleet10000Design is one queue with 160,000 threads that poll it, most of them in vain.
func fleet10000Design(rate int, work string) string {
	return fmt.Sprintf(`
name: ten thousand instances
run: {duration: 1h, replications: 1}
producers:
  p: {to: queues.q, arrivals: {poisson: %d/s}, size: 1KiB, batch: {size: 10, linger: 100ms}, connections: 100000}
queues: {q: {receive_wait_time: 20s, redrive: {to: queues.dead, max_receive_count: 3}}, dead: {}}
fleets: {f: {from: queues.q, instances: 10000, instance: {threads: 16}, work: %s, delete: batch}}
`, rate, work)
}

// BenchmarkFleet10000 counts messages through one queue with 10,000 instances of 16 threads.
func BenchmarkFleet10000(b *testing.B) {
	for _, c := range []struct {
		name, work string
		rate       int
	}{
		{"idle", "{exponential: 2ms}", 50_000},      // 100 threads work, and 8,000 polls a second find nothing
		{"busy", "{exponential: 8ms}", 1_000_000},   // 8,000 work, at 50,000 messages
		{"crowded", "{exponential: 100ms}", 100000}, // 10,000 work, and most messages wait behind their batch
	} {
		b.Run(c.name, func(b *testing.B) {
			benchmarkFrom(b, sim.Time(4*sim.Second), fleet10000Design(c.rate, c.work), sent)
		})
	}
}

// components1000Design is 250 chains of a producer, a queue, a fleet and a queue of dead letters.
func components1000Design() string {
	var producers, queues, fleets strings.Builder
	for i := range 250 {
		fmt.Fprintf(&producers, "  p%d: {to: queues.q%d, arrivals: {poisson: 1000/s}, size: 1KiB, "+
			"batch: {size: 10, linger: 100ms}}\n", i, i)
		fmt.Fprintf(&queues, "  q%d: {receive_wait_time: 20s, redrive: {to: queues.dead%d, max_receive_count: 3}}\n"+
			"  dead%d: {}\n", i, i, i)
		fmt.Fprintf(&fleets, "  f%d: {from: queues.q%d, instances: 2, instance: {threads: 8}, work: {exponential: 2ms}, "+
			"delete: batch}\n", i, i)
	}
	return "name: a thousand components\nrun: {duration: 1h, replications: 1}\nproducers:\n" + producers.String() +
		"queues:\n" + queues.String() + "fleets:\n" + fleets.String()
}

// allSent returns how many messages all producers have sent.
func allSent(t *trial) (n uint64) {
	for _, r := range t.store.Ledger.Routes() {
		n += r.Sent
	}
	return n
}

// BenchmarkComponents1000 counts messages through 250 chains of four components.
func BenchmarkComponents1000(b *testing.B) {
	benchmarkFrom(b, sim.Time(2*sim.Second), components1000Design(), allSent)
}
