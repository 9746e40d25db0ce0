package sqs

import (
	"testing"

	"weir/models/spec"
	"weir/sim"
)

// SQS developer guide, dead-letter queue redrive: a task runs for up to 36 hours.
func TestAMoveTaskThatEndsLeavesTheRestInLine(t *testing.T) {
	limits := roomy()
	limits.RedriveRateMax, limits.RedriveTimeMax = 500, spec.Duration(36*sim.Hour)
	d := newDesk("dead", standing(), limits)
	source := New(d.eng, d.store, "q", standing(), limits)
	for range 20 {
		_, _ = d.send(0)
	}
	if err := d.StartMessageMoveTask(source, 1.0/36000); err != nil { // one in ten hours
		t.Fatal(err)
	}
	d.pass(90 * sim.Hour)
	if d.Redriven.Value() != 3 || d.Visible.Value() != 17 || source.Visible.Value() != 3 {
		t.Errorf("%d moved, %d left, %d at the source, want 3, 17 and 3", d.Redriven.Value(), d.Visible.Value(),
			source.Visible.Value())
	}
	got := d.receive(10)
	if len(got) != 10 || len(d.receive(10)) != 7 {
		t.Errorf("the rest of the messages cannot be received")
	}
}
