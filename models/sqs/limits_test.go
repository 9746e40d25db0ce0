package sqs

import (
	"errors"
	"math"
	"slices"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// of returns what a profile holds.
func of(t *testing.T, profile string) *Limits {
	t.Helper()
	p, err := aws.Load(profile)
	if err != nil {
		t.Fatal(err)
	}
	limits := new(Limits)
	p.Fill(limits)
	return limits
}

// born returns so many new messages of a size.
func (d *desk) born(n int, sizeBytes uint32) (refs []message.Ref) {
	for range n {
		ref, _ := d.store.New(d.eng.Now(), d.route, sizeBytes, 0, 0)
		refs = append(refs, ref)
	}
	return refs
}

// SQS API reference, SendMessageBatch: up to 10 entries, together no larger than a single message may be: 262,144 bytes
// in 2021, 1,048,576 since August 2025. What is refused as a whole leaves no message in the queue.
func TestABatchIsRefusedWholeBeyondItsEntriesOrItsBytes(t *testing.T) {
	for _, c := range []struct {
		profile   string
		entries   int
		sizeBytes uint32
		want      error
	}{
		{"aws-2021", 10, 26_214, nil},
		{"aws-2021", 10, 26_215, ErrBatchRequestTooLong},
		{"aws-2021", 11, 1, ErrTooManyEntriesInBatchRequest},
		{"aws-2026", 10, 104_857, nil},
		{"aws-2026", 10, 104_858, ErrBatchRequestTooLong},
		{"aws-2026", 4, 262_144, nil},
		{"aws-2026", 11, 1, ErrTooManyEntriesInBatchRequest},
	} {
		d := newDesk("q", standing(), of(t, c.profile))
		refused, err := d.SendMessageBatch(d.born(c.entries, c.sizeBytes), 0)
		accepted := int64(c.entries)
		if c.want != nil {
			accepted = 0
		}
		if !errors.Is(err, c.want) || len(refused) != 0 || d.Visible.Value() != accepted {
			t.Errorf("%s: %d messages of %d bytes are answered with %v, %d accepted and %d refused, want %v", c.profile,
				c.entries, c.sizeBytes, err, d.Visible.Value(), len(refused), c.want)
		}
	}
}

// The API reference: DelaySeconds up to 900, VisibilityTimeout up to 43,200, WaitTimeSeconds up to 20, ten messages.
func TestEachParameterIsAcceptedUpToItsLimitAndRefusedBeyond(t *testing.T) {
	limits := of(t, "aws-2026")
	send := func(delay sim.Duration) error {
		d := newDesk("q", standing(), limits)
		return d.SendMessage(d.born(1, 1)[0], delay)
	}
	receive := func(most int, wait, visibility sim.Duration) error {
		d := newDesk("q", standing(), limits)
		d.ReceiveMessage(most, wait, visibility, d, 0)
		return d.err
	}
	for what, err := range map[string]error{
		"a delay of 15 min":      send(15 * sim.Minute),
		"one message":            receive(1, 0, 0),
		"ten messages":           receive(10, 0, 0),
		"a wait of 20 s":         receive(1, 20*sim.Second, 0),
		"a visibility of 12 h":   receive(1, 0, 12*sim.Hour),
		"the queue's own values": receive(1, message.QueueDefault, message.QueueDefault),
	} {
		if err != nil {
			t.Errorf("%s is refused: %v", what, err)
		}
	}
	for what, err := range map[string]error{
		"a delay above 15 min":      send(15*sim.Minute + 1),
		"no message":                receive(0, 0, 0),
		"eleven messages":           receive(11, 0, 0),
		"a wait above 20 s":         receive(1, 20*sim.Second+1, 0),
		"a negative wait":           receive(1, -2, 0),
		"a visibility above 12 h":   receive(1, 0, 12*sim.Hour+1),
		"a negative visibility":     receive(1, 0, -2),
		"a wait and eleven of them": receive(11, sim.Second, 0),
	} {
		if !errors.Is(err, ErrInvalidParameterValue) {
			t.Errorf("%s is answered with %v, want InvalidParameterValue", what, err)
		}
	}
}

// Entries of a batch are refused one by one for what is their own fault, in the order of the batch.
func TestABatchAcceptsItsGoodEntries(t *testing.T) {
	s := standing()
	most := spec.Size(1000)
	s.MaximumMessageSize = &most
	d := newDesk("q", s, roomy())
	refs := slices.Concat(d.born(1, 1000), d.born(2, 1001), d.born(1, 1), d.born(1, 5000))
	refused, err := d.SendMessageBatch(refs, 0)
	if want := []message.Ref{refs[1], refs[2], refs[4]}; err != nil || !slices.Equal(refused, want) {
		t.Errorf("%v and %v, want %v refused", refused, err, want)
	}
	if d.Visible.Value() != 2 || d.Sent.Value() != 2 || d.store.At(refs[1]).Place() != message.AtClient {
		t.Errorf("%d visible and %d sent, want 2; a refused one is at %v, want its sender", d.Visible.Value(),
			d.Sent.Value(), d.store.At(refs[1]).Place())
	}
}

// Deletes and extensions: up to ten in a call, each for itself.
func TestABatchOfReceiptsDoesWhatItCan(t *testing.T) {
	d := newDesk("q", standing(), roomy())
	for range 12 {
		_, _ = d.send(0)
	}
	held := append(d.receive(10), d.receive(10)...)
	for what, err := range map[string]error{
		"delete": d.DeleteMessageBatch(held[:11]), "extend": d.ChangeMessageVisibilityBatch(held[:11], 0),
	} {
		if !errors.Is(err, ErrTooManyEntriesInBatchRequest) || d.InFlight.Value() != 12 {
			t.Errorf("%s: eleven receipts are answered with %v, %d messages in flight", what, err, d.InFlight.Value())
		}
	}
	if err := d.DeleteMessageBatch(held[:3]); err != nil || d.InFlight.Value() != 9 {
		t.Errorf("three deletes are answered with %v, %d messages in flight, want 9", err, d.InFlight.Value())
	}
	if err := d.ChangeMessageVisibilityBatch(held[1:5], 60*sim.Second); err != nil { // two of them deleted
		t.Errorf("an extension of deleted messages among others is answered with %v", err)
	}
	d.pass(30 * sim.Second)
	if d.InFlight.Value() != 2 || d.Visible.Value() != 7 {
		t.Errorf("after the first timeout %d in flight and %d visible, want 2 and 7", d.InFlight.Value(), d.Visible.Value())
	}
	d.pass(30 * sim.Second)
	if d.InFlight.Value() != 0 || d.Deleted.Value() != 3 {
		t.Errorf("after the second timeout %d in flight and %d deleted, want 0 and 3", d.InFlight.Value(),
			d.Deleted.Value())
	}
}

// SQS FAQ, "How is Amazon SQS priced?": each 64 KB chunk of a payload is one request; every call is at least one.
func TestEachCallIsBilledByThePayloadItCarries(t *testing.T) {
	d := newDesk("q", standing(), roomy())
	refs := d.born(1, 64<<10)
	refs = append(refs, d.born(1, 64<<10+1)...)
	_ = d.SendMessage(refs[0], 0)                             // 1
	_ = d.SendMessage(refs[1], 0)                             // 2
	_, _ = d.SendMessageBatch(d.born(10, 64<<10), sim.Second) // 10
	_, _ = d.SendMessageBatch(d.born(10, 100), sim.Second)    // 1
	_ = d.SendMessage(d.born(1, 2<<20)[0], 0)                 // 32, though it is refused
	held := d.receive(2)                                      // 3
	d.receive(10)                                             // 1, empty
	d.receive(11)                                             // 1, refused
	_ = d.ChangeMessageVisibility(held[0], sim.Minute)
	_ = d.ChangeMessageVisibilityBatch(held, sim.Minute)
	_ = d.DeleteMessageBatch(held)
	_ = d.DeleteMessage(held[0])
	_ = d.PurgeQueue()
	var got [Actions]uint64
	for action := range got {
		got[action] = d.Requests[action].Value()
	}
	want := [Actions]uint64{
		ActionSend: 46, ActionReceive: 5, ActionDelete: 2, ActionChangeVisibility: 2, ActionOther: 1,
	}
	if got != want {
		t.Errorf("billed %v, want %v", got, want)
	}
	var usage float64
	d.Usage(d.eng.Now(), func(item, _ string, quantity float64) {
		if item != "sqs.requests.standard" {
			t.Errorf("the usage tells of %s", item)
		}
		usage += quantity
	})
	if usage != 56 {
		t.Errorf("%v requests are billed, want 56", usage)
	}
}

// What was moved says why: the last failed attempt, or poison whatever it was.
func TestADeadLetterTellsWhyItDied(t *testing.T) {
	for _, c := range []struct {
		flags   message.Flags
		failure message.Place
		want    message.Place
	}{
		{0, 0, message.DeadByTimeout},
		{0, message.DeadByError, message.DeadByError},
		{0, message.DeadByCrash, message.DeadByCrash},
		{message.Poison, 0, message.DeadByPoison},
		{message.Poison, message.DeadByCrash, message.DeadByPoison},
	} {
		s := standing()
		s.Redrive = &RedriveSpec{MaxReceiveCount: 2}
		d := newDesk("q", s, roomy())
		dead := New(d.eng, d.store, "dead", standing(), roomy())
		d.Redrive(dead, s.Redrive.MaxReceiveCount)
		ref, _ := d.store.New(0, d.route, 1, 0, c.flags)
		_ = d.SendMessage(ref, 0)
		for range 2 {
			if got := d.receive(1); len(got) != 1 {
				t.Fatal("the message came fewer than two times")
			}
			if c.failure != 0 {
				d.store.At(ref).Failure = c.failure
			}
			d.pass(30 * sim.Second)
		}
		if d.Moved.Value() != 0 || d.Visible.Value() != 1 {
			t.Errorf("the message moved before the receive that is one too many")
		}
		d.receive(1)
		if place := d.store.At(ref).Place(); len(d.got) != 0 || place != c.want || dead.Visible.Value() != 1 {
			t.Errorf("flags %d, failure %v: the third receive got %d messages and left one %v, want %v", c.flags, c.failure,
				len(d.got), place, c.want)
		}
		if dead.ArrivedDead.Value() != 1 || d.Queue.Stats.Received.Value() != 2 || d.Redelivered.Value() != 1 {
			t.Errorf("%d arrived, %d deliveries, %d again, want 1, 2 and 1", dead.ArrivedDead.Value(),
				d.Queue.Stats.Received.Value(), d.Redelivered.Value())
		}
	}
}

// A message that was processed and not deleted may still become a dead letter: it stays processed in the ledger, and is
// counted by itself.
func TestADeadLetterThatWasProcessedIsToldApart(t *testing.T) {
	s := standing()
	s.Redrive = &RedriveSpec{MaxReceiveCount: 1}
	d := newDesk("q", s, roomy())
	dead := New(d.eng, d.store, "dead", standing(), roomy())
	d.Redrive(dead, s.Redrive.MaxReceiveCount)
	ref, err := d.send(0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = d.send(0)
	d.receive(10)
	d.store.Move(ref, d.store.At(ref), message.Processed)
	d.pass(30 * sim.Second)
	d.receive(10)
	if d.Moved.Value() != 2 || d.MovedProcessed.Value() != 1 || dead.ArrivedDead.Value() != 2 ||
		dead.ArrivedDeadProcessed.Value() != 1 || d.store.At(ref).Place() != message.Processed {
		t.Errorf("%d moved, %d of them processed, %d arrived, %d of them processed, want 2, 1, 2 and 1", d.Moved.Value(),
			d.MovedProcessed.Value(), dead.ArrivedDead.Value(), dead.ArrivedDeadProcessed.Value())
	}
}

// A message that another service gave up begins its retention in the dead-letter queue.
func TestAnotherServicesDeadLetterExpiresARetentionAfterItCame(t *testing.T) {
	s := standing()
	s.Retention = spec.Duration(100 * sim.Second)
	d := newDesk("q", s, roomy())
	ref := d.born(1, 1)[0]
	d.pass(60 * sim.Second)
	if err := d.DeadLetter(ref, message.DeadByError); err != nil {
		t.Fatal(err)
	}
	d.pass(100*sim.Second - 1)
	if d.Visible.Value() != 1 || d.OldestAge() != 100*sim.Second-1 {
		t.Errorf("%d messages, the oldest %v old, want one of just less than its retention", d.Visible.Value(), d.OldestAge())
	}
	if d.pass(1); d.Visible.Value() != 0 || d.Expired.Value() != 1 || d.OldestAge() != 0 {
		t.Errorf("%d messages after their retention, %d expired, the oldest %v old", d.Visible.Value(), d.Expired.Value(),
			d.OldestAge())
	}
}

// A message whose retention ends while a consumer holds it is the consumer's: processed, if that is in time; otherwise
// it is gone at the end of its visibility timeout and comes back to nobody.
func TestAMessageInFlightOutlivesItsRetentionUntilItsDeliveryEnds(t *testing.T) {
	for _, processed := range []bool{true, false} {
		s := standing()
		s.Retention = spec.Duration(60 * sim.Second)
		d := newDesk("q", s, roomy())
		ref, _ := d.send(0)
		d.pass(50 * sim.Second)
		held := d.receive(1)
		d.pass(15 * sim.Second)
		if d.InFlight.Value() != 1 || d.OldestAge() != 0 || d.Expired.Value() != 1 {
			t.Errorf("%d in flight, the oldest %v old, %d expired, want 1, none and 1", d.InFlight.Value(), d.OldestAge(),
				d.Expired.Value())
		}
		want := message.ExpiredInQueue
		if processed {
			want = message.Processed
			d.end(held)
		}
		d.pass(sim.Minute)
		if d.store.At(ref).Place() != want || d.InFlight.Value() != 0 || d.Visible.Value() != 0 || d.ages.live != 0 {
			t.Errorf("the message ended %v, want %v; %d in flight, %d visible, %d kept", d.store.At(ref).Place(), want,
				d.InFlight.Value(), d.Visible.Value(), d.ages.live)
		}
	}
}

// The receive that would go one beyond the limit is refused; each delete makes room for one. The limit is met exactly,
// however much the batches ask for.
func TestTheMessagesInFlightMeetTheLimitExactly(t *testing.T) {
	limits := of(t, "aws-2026")
	limits.ShortPollShare = 1
	d := newDesk("q", standing(), limits)
	for range 120_005 {
		_, _ = d.send(0)
	}
	var held []message.Receipt
	for d.err == nil {
		most := 1 + len(held)%7
		held = append(held, d.receive(most)...)
		if len(held) < 119_990 && len(d.got) != most {
			t.Fatalf("%d messages, want %d", len(d.got), most)
		}
	}
	if len(held) != 120_000 || d.InFlight.Value() != 120_000 || !errors.Is(d.err, ErrOverLimit) {
		t.Fatalf("%d in flight and %v, want 120,000 and OverLimit", len(held), d.err)
	}
	d.end(held[:2])
	if got := d.receive(10); len(got) != 2 || d.err != nil {
		t.Errorf("after two deletes %d messages and %v, want two", len(got), d.err)
	}
	if d.receive(10); !errors.Is(d.err, ErrOverLimit) || d.OverLimit.Value() != 2 {
		t.Errorf("at the limit again %v, %d refused; want OverLimit, 2", d.err, d.OverLimit.Value())
	}
}

// A duplicate comes from a copy that was not deleted: to whoever polls next, with a receipt of its own, and processed
// again it is no second message.
func TestADuplicateIsADeliveryOfTheSameMessage(t *testing.T) {
	limits := roomy()
	limits.DuplicateShare = 1
	d := newDesk("q", standing(), limits)
	ref, _ := d.send(0)
	first := d.receive(1)
	d.pass(5 * sim.Second)
	d.end(first)
	_ = d.DeleteMessage(first[0]) // again: the copy that came back is not its
	second := d.receive(1)
	if len(second) != 1 || second[0].Ref != ref || second[0].Number == first[0].Number ||
		second[0].Generation != first[0].Generation || d.Redelivered.Value() != 1 {
		t.Fatalf("the deleted message came back as %v, first %v", second, first)
	}
	_ = d.DeleteMessage(first[0])
	if d.InFlight.Value() != 1 || d.store.Ledger.Routes()[0].Count[message.Processed] != 1 || d.store.Live() != 1 {
		t.Errorf("the first receipt deleted the second delivery, or the ledger holds %v", d.store.Ledger.Routes()[0])
	}
	d.pass(30 * sim.Second)
	_ = d.DeleteMessage(second[0]) // late: of a message in line no copy comes back
	if d.receive(10); d.Visible.Value() != 0 || d.Duplicated.Value() != 1 || len(d.got) != 0 {
		t.Errorf("%d visible, %d came back, %d received; want 0, 1 and 0", d.Visible.Value(), d.Duplicated.Value(),
			len(d.got))
	}
	if err := d.store.Ledger.Check(); err != nil || d.store.Live() != 0 || d.OldestAge() != 0 {
		t.Errorf("%v; %d live, the oldest %v old", err, d.store.Live(), d.OldestAge())
	}
}

// A window of observation begins with the messages that are there and with no count of what was.
func TestAWindowBeginsWithTheLevelsOfThePresent(t *testing.T) {
	d := newDesk("q", standing(), roomy())
	for range 5 {
		_, _ = d.send(0)
	}
	d.receive(2)
	d.pass(10 * sim.Second)
	d.Reset(d.eng.Now())
	d.pass(10 * sim.Second)
	figures := map[string]float64{}
	d.Figures(d.eng.Now(), func(name, _ string, value float64) { figures[name] = value })
	for name, want := range map[string]float64{
		"visible_mean": 3, "visible_max": 3, "visible_end": 3, "in_flight_mean": 2, "in_flight_max": 2, "delayed_mean": 0,
		"oldest_age_end_s": 20, "sent": 0, "received": 0, "requests_billed": 0, "dead_lettered": 0,
	} {
		if got, ok := figures[name]; !ok || math.Abs(got-want) > 1e-12 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}
