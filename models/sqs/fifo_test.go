package sqs

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// roomy are limits that nothing of a test meets, unless it sets them lower.
func roomy() *Limits {
	return &Limits{
		MessageSizeMax: 1 << 20, BatchSizeMax: 10, BatchBytesMax: 1 << 20, InFlightMax: 1 << 40,
		DelayMax: spec.Duration(15 * sim.Minute), VisibilityMax: spec.Duration(12 * sim.Hour),
		WaitTimeMax: spec.Duration(20 * sim.Second), BackOfQueueReceives: math.MaxInt64, Servers: 1, ShortPollShare: 1,
		FIFOLimits: FIFOLimits{
			FIFOInFlightMax: 1 << 40, FIFOScanWindow: 1 << 40, DeduplicationTime: spec.Duration(5 * sim.Minute),
			FIFOCallRate: spec.Rate(math.Inf(1)), FIFORegionRate: spec.Rate(math.Inf(1)), FIFOPartitions: 1,
			FIFOBurst: spec.Duration(sim.Second),
		},
	}
}

func standing() *Spec {
	return &Spec{
		VisibilityTimeout: spec.Duration(30 * sim.Second), Retention: spec.Duration(4 * sim.Day),
		DeduplicationScope: ScopeQueue, FIFOThroughputLimit: LimitPerQueue,
	}
}

// desk is a queue and one who asks it, at the same instant.
type desk struct {
	*Queue
	eng   *sim.Engine
	store *message.Store
	route message.RouteID
	got   []message.Receipt
	err   error
}

func newDesk(name string, s *Spec, limits *Limits) *desk {
	eng := sim.NewEngine(1, 0)
	store := message.NewStore(1 << 22)
	return &desk{
		Queue: New(eng, store, name, s, limits), eng: eng, store: store, route: store.Ledger.Open("test", "test"),
	}
}

// Received takes the queue's answer.
func (d *desk) Received(_ uint64, receipts []message.Receipt, err error) {
	d.got, d.err = slices.Clone(receipts), err
}

func (d *desk) send(group uint32) (message.Ref, error) {
	ref, _ := d.store.New(d.eng.Now(), d.route, 100, group, 0)
	return ref, d.SendMessage(ref, message.QueueDefault)
}

func (d *desk) receive(most int) []message.Receipt {
	d.ReceiveMessage(most, 0, message.QueueDefault, d, 0)
	return d.got
}

func (d *desk) pass(length sim.Duration) { d.eng.Run(d.eng.Now().Add(length), 1<<40) }

// kept is a message as the reference knows it.
type kept struct {
	ref    message.Ref
	group  uint32
	flying bool
	until  sim.Time
	last   message.Receipt
}

// reference is a FIFO queue as AWS's rules tell it: a list in the order of acceptance.
type reference struct {
	messages []*kept
	window   int
}

// deliverable returns the messages that a receive may return: of each group, those before its first one in flight, as
// far as the window reaches.
func (r *reference) deliverable() map[message.Ref]bool {
	out, closed := map[message.Ref]bool{}, map[uint32]bool{}
	for i, m := range r.messages {
		switch {
		case m.flying:
			closed[m.group] = true
		case !closed[m.group] && (i < r.window || r.groupOpens(m.group)):
			out[m.ref] = true
		}
	}
	return out
}

// groupOpens reports whether a group's first deliverable message lies in the window: then the rest of it may follow.
func (r *reference) groupOpens(group uint32) bool {
	for i, m := range r.messages {
		if m.group == group {
			return !m.flying && i < r.window
		}
	}
	return false
}

func (r *reference) lapse(now sim.Time) {
	for _, m := range r.messages {
		m.flying = m.flying && m.until > now
	}
}

func (r *reference) find(ref message.Ref) *kept {
	return r.messages[slices.IndexFunc(r.messages, func(m *kept) bool { return m.ref == ref })]
}

// check holds a receive against the rules: each group in order, nothing behind a message in flight, as many as there
// are.
func (r *reference) check(got []message.Receipt, most int) error {
	may := r.deliverable()
	if want := min(most, len(may)); len(got) != want {
		return fmt.Errorf("%d messages, want %d", len(got), want)
	}
	latest := map[uint32]int{}
	for _, receipt := range got {
		i := slices.IndexFunc(r.messages, func(m *kept) bool { return m.ref == receipt.Ref })
		m := r.messages[i]
		if !may[m.ref] {
			return fmt.Errorf("message %d of group %d is blocked", i, m.group)
		}
		for j, earlier := range r.messages[:i] {
			if earlier.group == m.group && may[earlier.ref] && j >= latest[m.group] {
				return fmt.Errorf("message %d of group %d came before message %d", i, m.group, j)
			}
		}
		latest[m.group] = i + 1
	}
	return nil
}

func TestAFIFOQueueKeepsTheOrderOfEveryGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := roomy()
		limits.FIFOScanWindow = rapid.Int64Range(1, 12).Draw(t, "window")
		s := standing()
		s.VisibilityTimeout = spec.Duration(5 * sim.Second)
		d := newDesk("q.fifo", s, limits)
		r := &reference{window: int(limits.FIFOScanWindow)}
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			r.lapse(d.eng.Now())
			switch what := rapid.IntRange(0, 9).Draw(t, "what"); {
			case what < 4:
				group := rapid.Uint32Range(0, 3).Draw(t, "group")
				ref, err := d.send(group)
				if err != nil {
					t.Fatal(err)
				}
				r.messages = append(r.messages, &kept{ref: ref, group: group})
			case what < 6:
				most := rapid.IntRange(1, 10).Draw(t, "most")
				got := d.receive(most)
				if err := r.check(got, most); err != nil {
					t.Fatal(err)
				}
				for _, receipt := range got {
					m := r.find(receipt.Ref)
					m.flying, m.until, m.last = true, d.eng.Now().Add(5*sim.Second), receipt
				}
			case what < 9:
				d.endOne(t, r)
			default:
				d.pass(sim.Duration(rapid.Int64Range(0, 3).Draw(t, "seconds")) * sim.Second)
			}
			d.agrees(t, r)
		}
	})
}

// endOne deletes a message in flight or makes it visible again.
func (d *desk) endOne(t *rapid.T, r *reference) {
	var flying []*kept
	for _, m := range r.messages {
		if m.flying {
			flying = append(flying, m)
		}
	}
	if len(flying) == 0 {
		return
	}
	m := flying[rapid.IntRange(0, len(flying)-1).Draw(t, "which")]
	if rapid.Bool().Draw(t, "release") {
		m.flying = false
		if err := d.ChangeMessageVisibility(m.last, 0); err != nil {
			t.Fatal(err)
		}
		return
	}
	r.messages = slices.DeleteFunc(r.messages, func(other *kept) bool { return other == m })
	d.store.Move(m.ref, d.store.At(m.ref), message.Processed)
	if err := d.DeleteMessage(m.last); err != nil {
		t.Fatal(err)
	}
}

// agrees holds the queue's levels, groups and window against the reference.
func (d *desk) agrees(t *rapid.T, r *reference) {
	r.lapse(d.eng.Now())
	var flying int64
	groups := map[uint32]bool{}
	for _, m := range r.messages {
		groups[m.group] = true
		if m.flying {
			flying++
		}
	}
	visible := int64(len(r.messages)) - flying
	if d.InFlight.Value() != flying || d.Visible.Value() != visible || d.fifo.groups.n != len(groups) {
		t.Fatalf("%d in flight, %d visible, %d groups, want %d, %d and %d", d.InFlight.Value(), d.Visible.Value(),
			d.fifo.groups.n, flying, visible, len(groups))
	}
	if want := min(int64(len(r.messages)), d.limit.FIFOScanWindow); d.fifo.within != want {
		t.Fatalf("%d messages in the window, want %d", d.fifo.within, want)
	}
	if live := d.store.Live(); live != len(r.messages) {
		t.Fatalf("%d messages live, want %d", live, len(r.messages))
	}
}
