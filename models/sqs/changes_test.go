package sqs

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// length is a length of time as a scenario gives it.
func length(d sim.Duration) *spec.Duration { return new(spec.Duration(d)) }

// changing returns a desk at a queue with changes, which take up to a minute, the retention up to 15.
func changing(name string, s *Spec, changes ...ChangeSpec) *desk {
	limits := roomy()
	limits.PropagationTime, limits.RetentionPropagationTime = spec.Duration(sim.Minute), spec.Duration(15*sim.Minute)
	s.Changes = changes
	if problems := s.checkChanges(); problems != nil {
		panic(fmt.Sprint(problems))
	}
	d := newDesk(name, s, limits)
	d.ScheduleChanges()
	return d
}

func at(seconds float64) spec.Duration { return spec.Duration(sim.Seconds(seconds)) }

// SQS API reference, SetQueueAttributes: "When you change a queue's attributes, the change can take up to 60 seconds
// for most of the attributes to propagate … Changes made to the MessageRetentionPeriod attribute can take up to 15
// minutes".
func TestAttributesTakeEffectWithinAMinuteAndTheRetentionWithinFifteen(t *testing.T) {
	set := &AttributesSpec{
		VisibilityTimeout: length(sim.Hour), ReceiveWaitTime: length(3 * sim.Second), Delay: length(7 * sim.Second),
		Retention: length(sim.Day), MaximumMessageSize: new(spec.Size(50)), MaxReceiveCount: new(9),
	}
	s := standing()
	s.Redrive = &RedriveSpec{MaxReceiveCount: 2}
	d := changing("q", s, ChangeSpec{At: at(100), Set: set})
	before := d.attributes
	d.pass(100*sim.Second - 1)
	if d.attributes != before {
		t.Errorf("%+v before the change", d.attributes)
	}
	d.pass(sim.Minute + 1)
	want := attributes{
		visibility: sim.Hour, wait: 3 * sim.Second, delay: 7 * sim.Second, retention: before.retention, sizeMax: 50,
		receivesMax: 9,
	}
	if got := d.attributes; got.visibility != want.visibility || got.wait != want.wait || got.delay != want.delay ||
		got.sizeMax != want.sizeMax || got.receivesMax != want.receivesMax {
		t.Errorf("a minute later %+v, want %+v", got, want)
	}
	d.pass(15 * sim.Minute)
	if want.retention = sim.Day; d.attributes != want {
		t.Errorf("a quarter of an hour later %+v, want %+v", d.attributes, want)
	}
	if d.Requests[ActionOther].Value() != 1 {
		t.Errorf("%d calls billed, want 1", d.Requests[ActionOther].Value())
	}
}

func TestAShorterRetentionExpiresWhatIsThere(t *testing.T) {
	d := changing("q", standing(), ChangeSpec{At: at(1000), Set: &AttributesSpec{Retention: length(sim.Hour)}})
	_, _ = d.send(0)
	d.pass(sim.Hour + 1000*sim.Second)
	if d.Visible.Value() != 0 || d.Expired.Value() != 1 {
		t.Errorf("%d messages, %d expired", d.Visible.Value(), d.Expired.Value())
	}
	s := standing()
	s.Retention = spec.Duration(sim.Hour)
	d = changing("q", s, ChangeSpec{At: at(0), Set: &AttributesSpec{Retention: length(3 * sim.Hour)}})
	_, _ = d.send(0)
	d.pass(3*sim.Hour - 1)
	if d.Expired.Value() != 0 || d.OldestAge() != 3*sim.Hour-1 {
		t.Errorf("%d expired, the oldest is %v old", d.Expired.Value(), d.OldestAge())
	}
	if d.pass(1); d.Expired.Value() != 1 {
		t.Error("it does not expire at its new retention")
	}
}

// SQS developer guide, delay queues: "For standard queues, the per-queue delay setting is not retroactive … For FIFO
// queues, the per-queue delay setting is retroactive".
func TestAChangedDelayIsForTheMessagesOfAFIFOQueueThatAreDelayedToo(t *testing.T) {
	for name, want := range map[string]sim.Duration{"q": 600 * sim.Second, "q.fifo": 120 * sim.Second} {
		s := standing()
		s.Delay = spec.Duration(10 * sim.Minute)
		d := changing(name, s, ChangeSpec{At: at(10), Set: &AttributesSpec{Delay: length(2 * sim.Minute)}})
		_, _ = d.send(0)
		d.pass(want - 1)
		if d.Delayed.Value() != 1 {
			t.Errorf("%s: the message is visible before %v", name, want)
		}
		if d.pass(1); d.Delayed.Value() != 0 || d.Visible.Value() != 1 {
			t.Errorf("%s: the message is not visible after %v", name, want)
		}
	}
}

// SQS API reference, DeleteQueue: "deletes the queue … any messages in the deleted queue are no longer available", and
// CreateQueue: QueueDeletedRecently, "You must wait 60 seconds after deleting a queue before you can create another
// queue with the same name".
func TestADeletedQueueTakesItsMessagesWithItAndAnswersNobody(t *testing.T) {
	for _, name := range []string{"q", "q.fifo"} {
		s := standing()
		s.Delay = 0
		d := changing(name, s, ChangeSpec{At: at(10), Delete: true}, ChangeSpec{At: at(70), Create: true})
		_, _ = d.send(1)
		held := d.receive(1)
		_, _ = d.send(2)
		d.pass(10 * sim.Second)
		if d.store.Live() != 0 || d.Visible.Value() != 0 || d.InFlight.Value() != 0 || d.Purged.Value() != 2 {
			t.Errorf("%s: %d live, %d visible, %d in flight, %d purged", name, d.store.Live(), d.Visible.Value(),
				d.InFlight.Value(), d.Purged.Value())
		}
		ref, err := d.send(3)
		d.receive(1)
		_, batch := d.SendMessageBatch([]message.Ref{ref}, 0)
		for what, got := range map[string]error{
			"SendMessage": err, "SendMessageBatch": batch, "ReceiveMessage": d.err, "DeleteMessage": d.DeleteMessage(held[0]),
			"DeleteMessageBatch": d.DeleteMessageBatch(held), "ChangeMessageVisibility": d.ChangeMessageVisibility(held[0], 0),
			"ChangeMessageVisibilityBatch": d.ChangeMessageVisibilityBatch(held, 0), "PurgeQueue": d.PurgeQueue(),
			"DeleteQueue": d.DeleteQueue(), "StartMessageMoveTask": d.StartMessageMoveTask(d.Queue, 1),
			"a dead letter": d.DeadLetter(ref, message.DeadByError),
		} {
			if !errors.Is(got, ErrNonExistentQueue) {
				t.Errorf("%s: %s is answered with %v", name, what, got)
			}
		}
		if err := d.CreateQueue(); !errors.Is(err, ErrQueueDeletedRecently) {
			t.Errorf("%s: CreateQueue is answered with %v at once", name, err)
		}
		d.pass(60 * sim.Second)
		if err := d.SendMessage(ref, message.QueueDefault); err != nil || len(d.receive(10)) != 1 {
			t.Errorf("%s: created again it answers a send with %v and a receive with %d messages", name, err, len(d.got))
		}
	}
}

func TestALongPollEndsWithItsQueue(t *testing.T) {
	d := changing("q", standing(), ChangeSpec{At: at(5), Delete: true})
	d.ReceiveMessage(1, 20*sim.Second, message.QueueDefault, d, 0)
	d.pass(5*sim.Second - 1)
	if d.err != nil {
		t.Fatal(d.err)
	}
	if d.pass(1); !errors.Is(d.err, ErrNonExistentQueue) || d.waiters.Len() != 0 {
		t.Errorf("%v, %d polls wait", d.err, d.waiters.Len())
	}
}

// What a consumer holds past its retention has left the lists of the queue, and not yet the store.
func TestAMessageThatExpiredInFlightOutlivesItsQueue(t *testing.T) {
	for _, name := range []string{"q", "q.fifo"} {
		s := standing()
		s.Retention, s.VisibilityTimeout = at(5), at(200)
		d := changing(name, s, ChangeSpec{At: at(10), Delete: true}, ChangeSpec{At: at(100), Create: true})
		_, _ = d.send(1)
		d.receive(1)
		d.pass(150 * sim.Second)
		_, _ = d.send(1)
		d.pass(100 * sim.Second)
		d.receive(1) // what expired in line goes when it comes up
		if d.store.Live() != 0 || d.InFlight.Value() != 0 {
			t.Errorf("%s: %d live, %d in flight", name, d.store.Live(), d.InFlight.Value())
		}
	}
}

func TestANewQueueOfAnOldNameRemembersNothing(t *testing.T) {
	d := changing("q.fifo", standing(), ChangeSpec{At: at(10), Set: &AttributesSpec{VisibilityTimeout: length(sim.Hour)}},
		ChangeSpec{At: at(80), Delete: true}, ChangeSpec{At: at(140), Create: true})
	first, _ := d.send(1)
	id := d.store.ID(first)
	d.pass(141 * sim.Second)
	again, _ := d.store.New(d.eng.Now(), d.route, 1, 1, 0)
	d.store.SetID(again, id)
	if err := d.SendMessage(again, message.QueueDefault); err != nil || d.Repeated.Value() != 0 || d.Visible.Value() != 1 {
		t.Errorf("%v: a message of before is a repeat", err)
	}
	if d.attributes.visibility != 30*sim.Second {
		t.Errorf("a visibility timeout of %v, want that of the design", d.attributes.visibility)
	}
	// Attributes that were set just before the end of the old queue are not those of the new one.
	d = changing("q", standing(), ChangeSpec{At: at(10), Set: &AttributesSpec{Retention: length(sim.Hour)}},
		ChangeSpec{At: at(10), Delete: true}, ChangeSpec{At: at(70), Create: true})
	d.pass(16 * sim.Minute)
	if d.attributes.retention != 4*sim.Day {
		t.Errorf("a retention of %v, want that of the design", d.attributes.retention)
	}
}

func TestAQueueMayBeCreatedDuringTheRun(t *testing.T) {
	d := changing("q", standing(), ChangeSpec{At: at(10), Create: true}, ChangeSpec{At: at(20), Purge: true})
	ref, err := d.send(0)
	if !errors.Is(err, ErrNonExistentQueue) {
		t.Errorf("before its creation: %v", err)
	}
	d.pass(10 * sim.Second)
	if err := d.SendMessage(ref, message.QueueDefault); err != nil {
		t.Errorf("after its creation: %v", err)
	}
	if d.pass(10 * sim.Second); d.Visible.Value() != 0 || d.Purged.Value() != 1 {
		t.Errorf("after the purge %d visible, %d purged", d.Visible.Value(), d.Purged.Value())
	}
}

// While there is no dead-letter queue, messages are delivered on.
func TestMessagesStayWhenTheirDeadLetterQueueIsGone(t *testing.T) {
	s := standing()
	s.Redrive, s.VisibilityTimeout = &RedriveSpec{MaxReceiveCount: 1}, at(1)
	d := newDesk("q", s, roomy())
	dead := New(d.eng, d.store, "dead", standing(), roomy())
	d.Redrive(dead, s.Redrive.MaxReceiveCount)
	_, _ = d.send(0)
	_ = dead.DeleteQueue()
	for range 5 {
		if len(d.receive(1)) != 1 {
			t.Fatal("the message is not delivered")
		}
		d.pass(2 * sim.Second)
	}
	d.pass(60 * sim.Second)
	if err := dead.CreateQueue(); err != nil {
		t.Fatal(err)
	}
	if d.receive(1); len(d.got) != 0 || dead.Visible.Value() != 1 {
		t.Errorf("delivered %d times again, %d dead letters", len(d.got), dead.Visible.Value())
	}
	if _ = d.DeleteQueue(); dead.StartMessageMoveTask(d.Queue, 1) == nil {
		t.Error("a move task begins to a queue that is gone")
	}
}

func TestChangesThatAWSWouldRefuseAreRefused(t *testing.T) {
	for _, c := range []struct {
		changes []ChangeSpec
		want    string
	}{
		{[]ChangeSpec{{At: at(2), Purge: true}, {At: at(1), Purge: true}}, "put them in order"},
		{[]ChangeSpec{{At: at(2), Delete: true}, {At: at(61), Create: true}}, "QueueDeletedRecently"},
		{[]ChangeSpec{{At: at(2), Delete: true}, {At: at(62), Create: true}}, ""},
		{[]ChangeSpec{{At: at(2), Create: true}, {At: at(3), Create: true}}, "exists at that time"},
		{[]ChangeSpec{{At: at(2), Delete: true}, {At: at(3), Purge: true}}, "does not exist"},
		{[]ChangeSpec{{At: at(2), Set: &AttributesSpec{MaxReceiveCount: new(3)}}}, "no redrive policy"},
	} {
		s := standing()
		s.Changes = c.changes
		got := ""
		if problems := s.Validate(); problems != nil {
			got = problems[0].Text
		}
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.changes, got, c.want)
		}
	}
	for _, c := range []ChangeSpec{{}, {Purge: true, Delete: true}, {Set: &AttributesSpec{}}} {
		if c.Validate() == nil {
			t.Errorf("%+v is held to be right", c)
		}
	}
}
