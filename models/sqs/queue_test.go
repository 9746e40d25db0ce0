package sqs

import (
	"math"
	"strconv"
	"testing"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// end processes and deletes what was received.
func (d *desk) end(receipts []message.Receipt) {
	for _, r := range receipts {
		d.store.Move(r.Ref, d.store.At(r.Ref), message.Processed)
		_ = d.DeleteMessage(r)
	}
}

// SQS developer guide, "Short polling": a subset of the servers is asked, so that a poll may miss messages that are
// there. With one message on one of 16 servers and 8 asked, half of the polls are empty.
func TestAShortPollMissesALoneMessageAsOftenAsItsServersAreNotAsked(t *testing.T) {
	limits := roomy()
	limits.Servers, limits.ShortPollShare = 16, 0.5
	d := newDesk("q", standing(), limits)
	const n = 20000
	empty := 0
	for range n {
		if _, err := d.send(0); err != nil {
			t.Fatal(err)
		}
		for len(d.receive(1)) == 0 {
			empty++
		}
		d.end(d.got)
	}
	// The number of empty polls before the first hit is geometric: mean 1, variance 2.
	if mean := float64(empty) / n; math.Abs(mean-1) > 3.29*math.Sqrt(2.0/n) {
		t.Errorf("%.4f polls found nothing for each that did, want 1", mean)
	}
}

// SQS API reference, ReceiveMessage: a deleted message may be received again on rare occasions.
func TestDeletedMessagesComeBackInTheirShare(t *testing.T) {
	limits := roomy()
	limits.DuplicateShare = 0.1
	d := newDesk("q", standing(), limits)
	const n = 20000
	for range n {
		if _, err := d.send(0); err != nil {
			t.Fatal(err)
		}
	}
	for d.Visible.Value() > 0 {
		d.end(d.receive(10))
	}
	// A message comes back a geometric number of times: mean p/(1-p), variance p/(1-p)².
	share, want := float64(d.Duplicated.Value())/n, 0.1/0.9
	if half := 3.29 * math.Sqrt(0.1) / 0.9 / math.Sqrt(n); math.Abs(share-want) > half {
		t.Errorf("%.4f messages came back for each that was sent, want %.4f ± %.4f", share, want, half)
	}
	if d.Deleted.Value() != n+d.Duplicated.Value() || d.store.Live() != 0 {
		t.Errorf("%d deletes, %d came back, %d live", d.Deleted.Value(), d.Duplicated.Value(), d.store.Live())
	}
}

// SQS developer guide, quotas-queues.html: about 120,000 in flight, then OverLimit on short polls; long polls return
// nothing and no error. quotas-fifo.html: no error from a FIFO queue.
func TestTheInFlightLimitIsAnErrorForShortPollsOfStandardQueuesOnly(t *testing.T) {
	for name, want := range map[string]error{"q": ErrOverLimit, "q.fifo": nil} {
		limits := roomy()
		limits.InFlightMax, limits.FIFOInFlightMax = 3, 3
		d := newDesk(name, standing(), limits)
		for group := range uint32(5) {
			if _, err := d.send(group); err != nil {
				t.Fatal(err)
			}
		}
		if got := d.receive(10); len(got) != 3 {
			t.Fatalf("%s: %d messages, want the 3 of the limit", name, len(got))
		}
		first := d.got[0]
		if d.receive(1); len(d.got) != 0 || d.err != want {
			t.Errorf("%s: a short poll at the limit got %v and %d messages, want %v", name, d.err, len(d.got), want)
		}
		d.ReceiveMessage(1, 20*sim.Second, message.QueueDefault, d, 0)
		d.end([]message.Receipt{first})
		if len(d.got) != 1 || d.err != nil {
			t.Errorf("%s: a long poll got %v and %d messages after a delete, want one", name, d.err, len(d.got))
		}
	}
}

// Consumers that finish after the visibility timeout delete what stands in line again, and nobody polls any more.
func TestDeletedMessagesInLineDoNotPileUp(t *testing.T) {
	d := newDesk("q", standing(), roomy())
	var late []message.Receipt
	for range 50_000 {
		_, _ = d.send(0)
		late = append(late, d.receive(1)...)
	}
	d.pass(31 * sim.Second)
	if d.Visible.Value() != 50_000 {
		t.Fatalf("%d messages visible, want all", d.Visible.Value())
	}
	d.end(late)
	if live := d.store.Live(); d.Visible.Value() != 0 || live > 1100 {
		t.Errorf("%d messages visible and %d live of those deleted, want none and a thousand", d.Visible.Value(), live)
	}
}

// The hot path of a queue: 10 sends, a receive and 10 deletes.
func TestAQueueAllocatesNothingInSteadyState(t *testing.T) {
	for _, name := range []string{"q", "q.fifo"} {
		d := newDesk(name, standing(), roomy())
		turn := func() {
			for group := range uint32(10) {
				_, _ = d.send(group)
			}
			d.ReceiveMessage(10, 0, message.QueueDefault, (*bare)(d), 0)
			d.pass(sim.Second)
		}
		for range 3000 { // beyond the window of deduplication and the sweeps
			turn()
		}
		if allocs := testing.AllocsPerRun(1000, turn); allocs > 0 {
			t.Errorf("%s: %v allocations for ten messages", name, allocs)
		}
	}
}

// bare deletes what it receives, at once.
type bare desk

func (b *bare) Received(_ uint64, receipts []message.Receipt, _ error) {
	d := (*desk)(b)
	for _, r := range receipts {
		d.store.Move(r.Ref, d.store.At(r.Ref), message.Processed)
	}
	_ = d.DeleteMessageBatch(receipts)
}

// SQS developer guide, sqs-throughput-horizontal-scaling-and-batching.md @0c1ed0aa: a FIFO queue serves 300 calls a
// second of each API action; partitions-and-data-distribution.md @19c1eb3d: in high-throughput mode each partition
// does, and partitions are added as the load nears what they bear.
func TestAFIFOQueueServesItsQuotaOfCalls(t *testing.T) {
	served := func(s *Spec, seconds int) int {
		limits := roomy()
		limits.FIFOCallRate, limits.FIFORegionRate, limits.FIFOPartitionSplit = 300, 2400, spec.Duration(5*sim.Second)
		d := newDesk("q.fifo", s, limits)
		n := 0
		for i := range seconds * 5000 {
			if _, err := d.send(uint32(i % 1000)); err == nil && i >= (seconds-1)*5000 {
				n++
			}
			d.pass(200 * sim.Microsecond)
		}
		return n
	}
	if n := served(standing(), 10); n < 299 || n > 301 {
		t.Errorf("%d sends in the tenth second, want 300", n)
	}
	high := standing()
	high.DeduplicationScope, high.FIFOThroughputLimit = ScopeGroup, LimitPerGroup
	if n := served(high, 5); n < 290 || n > 301 {
		t.Errorf("in high-throughput mode %d sends in the fifth second, want 300 of the first partition", n)
	}
	if n := served(high, 40); n < 2250 || n > 2401 {
		t.Errorf("in high-throughput mode %d sends in the 40th second, want up to the region's 2,400", n)
	}
}

// BenchmarkFIFO is the cost of a message that is sent, received and deleted, over how many groups are locked by a
// message in flight, how many messages stand before it in a hundred groups, and how many groups have one to deliver.
// Locked groups cost nothing; the others what the processor's cache takes to find a message that came long ago.
func BenchmarkFIFO(b *testing.B) {
	const served = 100
	for _, c := range []struct {
		what string
		fill func(d *desk, n int) (groups int)
	}{
		{"locked", func(d *desk, n int) int {
			for g := range n {
				_, _ = d.send(served + uint32(g))
				d.ReceiveMessage(1, 0, message.QueueDefault, ignore{}, 0)
				_, _ = d.send(served + uint32(g))
			}
			return served
		}},
		{"backlog", func(d *desk, n int) int {
			for i := range n {
				_, _ = d.send(uint32(i % served))
			}
			return served
		}},
		{"open", func(d *desk, n int) int {
			for g := range n {
				_, _ = d.send(uint32(g))
			}
			return n
		}},
	} {
		for _, n := range []int{100, 10_000, 1_000_000} {
			b.Run(c.what+"="+strconv.Itoa(n), func(b *testing.B) {
				s, limits := standing(), roomy()
				s.VisibilityTimeout = spec.Duration(12 * sim.Hour)
				limits.DeduplicationTime = 0 // the clock stands still
				d := newDesk("q.fifo", s, limits)
				groups := c.fill(d, n)
				for i := range 4096 { // some line is grown and forgotten
					d.turn(uint32(i % groups))
				}
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					d.turn(uint32(i % groups))
				}
			})
		}
	}
}

// turn sends a message and has one received and deleted.
func (d *desk) turn(group uint32) {
	_, _ = d.send(group)
	d.ReceiveMessage(1, 0, message.QueueDefault, (*bare)(d), 0)
}

type ignore struct{}

func (ignore) Received(uint64, []message.Receipt, error) {}
