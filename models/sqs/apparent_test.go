package sqs

import (
	"testing"

	"weir/models/meter"
	"weir/sim"
)

// apparentAge returns how the metric is read, which is watched from now on.
func (d *desk) apparentAge(t *testing.T) func(want sim.Duration, when string) {
	t.Helper()
	var read func(sim.Time) float64
	d.Metrics(func(m meter.Metric) {
		if m.Name == "ApproximateAgeOfOldestMessage" {
			read = m.Read
		}
	})
	return func(want sim.Duration, when string) {
		t.Helper()
		if got := read(d.eng.Now()); got != want.Seconds() {
			t.Errorf("%s the metric is %v s, want %v", when, got, want)
		}
	}
}

// SQS developer guide, sqs-available-cloudwatch-metrics.html: "When a message is received three times (or more) and not
// processed, the message is moved to the back of the queue and the ApproximateAgeOfOldestMessage metric points at the
// second-oldest message that hasn't been received more than three times."
func TestTheMetricOfTheOldestAgeDoesNotSeeMessagesReceivedThreeTimes(t *testing.T) {
	limits := roomy()
	limits.BackOfQueueReceives = 3
	d := newDesk("q", standing(), limits)
	is := d.apparentAge(t)
	_, _ = d.send(0)
	d.pass(31 * sim.Second)
	for range 2 {
		d.receive(1)
		d.pass(31 * sim.Second)
	}
	is(93*sim.Second, "after two deliveries")
	d.receive(1)
	d.pass(7 * sim.Second)
	is(100*sim.Second, "during the third")
	_, _ = d.send(0)
	d.pass(31 * sim.Second)
	is(31*sim.Second, "after the third")
	d.end(d.receive(1)) // the second message, which stands before the first now
	is(0, "with only the first left")
	if d.OldestAge() != 131*sim.Second || d.Visible.Value() != 1 {
		t.Errorf("%d messages, the oldest %v old; want the first", d.Visible.Value(), d.OldestAge())
	}
}

// SQS developer guide, setting-up-dead-letter-queue-retention.html: "The ApproximateAgeOfOldestMessage metric indicates
// when the message moved to the dead-letter queue, not when the message was originally sent."
func TestTheMetricOfADeadLetterQueueCountsFromTheMove(t *testing.T) {
	limits := roomy()
	limits.BackOfQueueReceives = 3
	d := newDesk("q", standing(), limits)
	dead := &desk{Queue: New(d.eng, d.store, "dead", standing(), limits), eng: d.eng, store: d.store}
	d.Redrive(dead.Queue, 4)
	is := dead.apparentAge(t)
	_, _ = d.send(0)
	for range 4 {
		d.receive(1)
		d.pass(31 * sim.Second)
	}
	d.receive(1) // which moves it
	d.pass(10 * sim.Second)
	is(10*sim.Second, "after the move")
	if dead.OldestAge() != 134*sim.Second {
		t.Errorf("the message is %v old, want 134 s", dead.OldestAge())
	}
}

// What the metric keeps is bounded by the messages there are, also when nobody reads it.
func TestWhatTheMetricKeepsIsBounded(t *testing.T) {
	d := newDesk("q", standing(), roomy())
	is := d.apparentAge(t)
	for range 20_000 {
		_, _ = d.send(0)
		d.end(d.receive(1))
	}
	if n := d.apparent.arrivals.Len(); n > 1100 {
		t.Errorf("%d arrivals are kept of an empty queue", n)
	}
	is(0, "when it is empty")
}
