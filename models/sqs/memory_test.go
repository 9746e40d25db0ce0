package sqs

import (
	"runtime"
	"testing"
	"unsafe"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// heap returns the bytes in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A visible message takes its slot, its place in line and its place among the ages; one in flight takes a deadline
// instead of a place in line. Nothing else grows with the backlog.
func TestAMessageTakesItsSlotAndAFewWordsOfItsQueue(t *testing.T) {
	const n = 1 << 18
	slot, deadlineBytes := int64(unsafe.Sizeof(message.Message{})), int64(unsafe.Sizeof(deadline{}))
	if slot != 144 || deadlineBytes != 16 {
		t.Errorf("a slot takes %d bytes and a deadline %d, want 144 and 16", slot, deadlineBytes)
	}
	ageBytes, refBytes := int64(unsafe.Sizeof(stay{})), int64(unsafe.Sizeof(message.Ref(0)))
	limits := roomy()
	limits.Servers = 16
	before := heap()
	d := newDesk("q", standing(), limits)
	for range n {
		_, _ = d.send(0)
	}
	near := func(what string, want int64) {
		t.Helper()
		if got := float64(heap()-before) / n; got < float64(want)*0.98 || got > float64(want)*1.03 {
			t.Errorf("a message %s takes %.1f bytes, want %d", what, got, want)
		}
	}
	near("in line", slot+ageBytes+refBytes)
	for range n / 8 {
		d.ReceiveMessage(8, sim.Second, message.QueueDefault, ignore{}, 0)
	}
	if d.InFlight.Value() != n {
		t.Fatalf("%d messages in flight, want all", d.InFlight.Value())
	}
	near("in flight", slot+ageBytes+deadlineBytes)
	runtime.KeepAlive(d)
}

// One message stays for hours while others pass by: what is kept of those that passed does not grow.
func TestAMessageThatStaysKeepsNoMemoryOfThoseThatPass(t *testing.T) {
	s := standing()
	s.Delay = spec.Duration(sim.Second)
	d := newDesk("q", s, roomy())
	_, _ = d.send(0)
	d.pass(sim.Second)
	d.ReceiveMessage(1, 0, 12*sim.Hour, ignore{}, 0)
	longest := [3]int{}
	for range 20_000 {
		_, _ = d.send(0)
		d.pass(sim.Second)
		held := d.receive(1)
		_ = d.ChangeMessageVisibility(held[0], sim.Hour)
		_ = d.ChangeMessageVisibility(held[0], sim.Minute) // its deadlines come out of order
		longest[0] = max(longest[0], d.ages.inOrder.Len())
		longest[1] = max(longest[1], d.inFlight.inOrder.Len()+len(d.inFlight.late))
		longest[2] = max(longest[2], d.delayed.inOrder.Len()+len(d.delayed.late), len(d.extended))
		d.end(held)
	}
	if want := [3]int{1030, 270, 2}; longest[0] > want[0] || longest[1] > want[1] || longest[2] > want[2] {
		t.Errorf("%v ages, deadlines and delays are kept for two messages, want %v at most", longest, want)
	}
	if len(d.extended) != 0 {
		t.Errorf("%d extensions are kept of deliveries that are over", len(d.extended))
	}
	if d.store.Live() != 1 || d.OldestAge() != 20_001*sim.Second {
		t.Errorf("%d messages live, the oldest %v old, want one of 20,001 s", d.store.Live(), d.OldestAge())
	}
}

// A purge of a backlog leaves the slots in line, to be skipped; they are used again as polls or sends come by.
func TestPurgedMessagesLeaveTheLine(t *testing.T) {
	limits := roomy()
	limits.Servers = 16
	d := newDesk("q", standing(), limits)
	for range 10_000 {
		_, _ = d.send(0)
	}
	if err := d.PurgeQueue(); err != nil || d.Visible.Value() != 0 || d.Purged.Value() != 10_000 {
		t.Fatalf("%v; %d visible after the purge, %d purged", err, d.Visible.Value(), d.Purged.Value())
	}
	if live := d.store.Live(); live > 1100 || live != d.gone {
		t.Errorf("%d messages live, %d wait to be skipped, want about a thousand of each", live, d.gone)
	}
	_, _ = d.send(0)
	d.ReceiveMessage(10, sim.Second, message.QueueDefault, d, 0)
	if len(d.got) != 1 || d.store.Live() != 1 || d.gone != 0 {
		t.Errorf("a poll found %d messages among the purged, %d live, %d wait to be skipped", len(d.got), d.store.Live(),
			d.gone)
	}
}

// The paths off the hot one: delays, long polls, extensions, timeouts, releases and dead letters.
func TestDelaysLongPollsExtensionsAndDeadLettersAllocateNothing(t *testing.T) {
	s := standing()
	s.VisibilityTimeout = spec.Duration(3 * sim.Second)
	s.Redrive = &RedriveSpec{MaxReceiveCount: 2}
	limits := roomy()
	limits.Servers, limits.ShortPollShare, limits.DuplicateShare = 16, 0.5, 0.1
	d := newDesk("q", s, limits)
	dead := &desk{Queue: New(d.eng, d.store, "dead", standing(), roomy()), eng: d.eng, store: d.store}
	d.Redrive(dead.Queue, s.Redrive.MaxReceiveCount)
	c := &careless{desk: d}
	turn := func() {
		d.ReceiveMessage(10, 20*sim.Second, message.QueueDefault, c, 0)
		d.ReceiveMessage(10, 2*sim.Second, message.QueueDefault, c, 0)
		for i := range uint32(10) {
			ref, _ := d.store.New(d.eng.Now(), d.route, 100, i, 0)
			_ = d.SendMessage(ref, sim.Duration(i%4)*700*sim.Millisecond)
		}
		d.ReceiveMessage(10, 0, message.QueueDefault, c, 0)
		d.pass(sim.Second)
		dead.ReceiveMessage(10, 0, message.QueueDefault, (*bare)(dead), 0)
	}
	for range 5000 {
		turn()
	}
	if allocs := testing.AllocsPerRun(2000, turn); allocs > 0 {
		t.Errorf("%v allocations in a second of ten messages", allocs)
	}
	for what, n := range map[string]uint64{
		"extended": c.extended, "released": c.released, "moved": d.Moved.Value(), "redelivered": d.Redelivered.Value(),
		"duplicated": d.Duplicated.Value(), "deleted": d.Deleted.Value(),
	} {
		if n < 1000 {
			t.Errorf("only %d were %s", n, what)
		}
	}
}

// careless deletes some of what it receives, extends some, releases some, and forgets the rest. It does so beside the
// API's calls, which would answer another poll while its own receipts are in use.
type careless struct {
	*desk
	n, extended, released uint64
}

func (c *careless) Received(_ uint64, receipts []message.Receipt, _ error) {
	for _, r := range receipts {
		c.n++
		switch c.n % 5 {
		case 0, 1:
			c.store.Move(r.Ref, c.store.At(r.Ref), message.Processed)
			c.delete(r)
		case 2:
			c.extended++
			_ = c.changeVisibility(r, 4*sim.Second)
		case 3:
			c.released++
			_ = c.changeVisibility(r, 0)
		}
	}
}
