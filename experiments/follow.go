package experiments

import (
	"context"
	"errors"
	"fmt"

	"weir/models/cloudwatch"
	"weir/models/message"
	"weir/models/meter"
	"weir/results"
)

// follower is a witness that knows when the window of observation begins.
type follower interface {
	message.Witness
	observe()
}

// ErrOtherCourse is returned when a replication that was run again took another course than before: a defect of Weir.
var ErrOtherCourse = errors.New("the replication took another course when it was run again to be looked at")

// again returns the design of the first replication of an ensemble as it was run: after its warm-up, with what it drew.
func (d *Design) again(ctx context.Context) (*Design, error) {
	runners, err := settle(ctx, []*Design{d})
	if err != nil {
		return nil, err
	}
	r := runners[0]
	if err := r.draw(1); err != nil {
		return nil, err
	}
	if len(r.drawn) > 0 {
		return r.drawn[0], nil
	}
	return r.design, nil
}

// first returns the last outcome of the first replication, which has the fingerprint of all of it.
func first(e *results.Ensemble) (*results.Outcome, error) {
	var last *results.Outcome
	for _, o := range e.Outcomes {
		if o.Replication == 0 {
			last = o
		}
	}
	if last == nil {
		return nil, errors.New("the first replication has no results, so that it cannot be looked at")
	}
	return last, nil
}

// look runs the first replication of an ensemble once more, with something that looks at it, and holds its course
// against that of before.
func (d *Design) look(ctx context.Context, e *results.Ensemble, attach func(*trial)) error {
	before, err := first(e)
	if err != nil {
		return err
	}
	t, err := d.build(0)
	if err != nil {
		return err
	}
	attach(t)
	outcomes, err := d.observed(ctx, t, 0, nil)
	if err != nil {
		return err
	}
	last := outcomes[len(outcomes)-1]
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case last.Fingerprint != before.Fingerprint || last.Events != before.Events:
		return fmt.Errorf("%w: %d events and %016x, before %d and %016x", ErrOtherCourse, last.Events, last.Fingerprint,
			before.Events, before.Fingerprint)
	}
	return nil
}

// Metrics runs the first replication of an ensemble once more and returns all that its components publish in
// CloudWatch, by component and then as they declare it.
func (d *Design) Metrics(ctx context.Context, e *results.Ensemble) ([]*cloudwatch.Recorded, error) {
	design, err := d.again(ctx)
	if err != nil {
		return nil, err
	}
	run := design.Document.Run
	var recorder *cloudwatch.Recorder
	err = design.look(ctx, e, func(t *trial) {
		board := t.board
		if board == nil {
			limits := new(cloudwatch.Limits)
			design.Profile.Fill(limits)
			board = cloudwatch.NewBoard(t.eng, limits)
		}
		var publishers []meter.Publisher
		for _, c := range t.components {
			if p, ok := c.(meter.Publisher); ok {
				publishers = append(publishers, p)
			}
		}
		recorder = cloudwatch.NewRecorder(board, publishers,
			cloudwatch.RecordedPeriod(run.Warmup.Sim()+run.Duration.Sim()))
		t.recorder = recorder
	})
	if err != nil {
		return nil, err
	}
	return recorder.Metrics, nil
}
