package experiments

import (
	"fmt"
	"strings"

	"weir/experiments/scenario"
	"weir/models/meter"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/sim"
)

func buildQueue(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*sqs.Spec)
	limits := new(sqs.Limits)
	b.profile.Fill(limits)
	b.checkAttributes(c, "", &sqs.AttributesSpec{
		VisibilityTimeout: &s.VisibilityTimeout, ReceiveWaitTime: &s.ReceiveWaitTime, Delay: &s.Delay,
		Retention: &s.Retention, MaximumMessageSize: s.MaximumMessageSize,
	}, limits)
	for i := range s.Changes {
		if set := s.Changes[i].Set; set != nil {
			b.checkAttributes(c, fmt.Sprintf("changes[%d].set.", i), set, limits)
		}
	}
	if fifo := strings.HasSuffix(c.Link.Name, spec.FIFO); fifo && s.FairQueue {
		b.fail(c, "fair_queue", "a FIFO queue is not fair: AWS has fair queues among the standard ones only")
	} else if !fifo {
		if s.FIFOThroughputLimit != sqs.LimitPerQueue || s.DeduplicationScope != sqs.ScopeQueue {
			b.fail(c, "deduplication_scope", "only a FIFO queue has a scope and a throughput limit, and its name ends in .fifo")
		}
	}
	q := sqs.New(b.eng, b.store, c.Path(), s, limits)
	q.Digits = b.doc.Run.HistogramDigits
	q.ScheduleChanges()
	if s.Redrive != nil {
		b.after = append(b.after, func() { b.redrive(c, q, s) })
	}
	if len(s.RedriveTasks) > 0 {
		if s.FairQueue {
			b.fail(c, "redrive_tasks", "a fair queue has no move tasks here: set them for a standard or FIFO dead-letter queue")
		}
		b.last = append(b.last, func() { b.redriveTasks(c, q, s, limits) })
	}
	return q
}

// checkAttributes checks the attributes of a queue, whose names follow the prefix, against the limits of the profile.
func (b *builder) checkAttributes(c *scenario.Component, prefix string, a *sqs.AttributesSpec, limits *sqs.Limits) {
	for _, of := range []struct {
		name        string
		value       *spec.Duration
		least, most spec.Duration
	}{
		{"visibility_timeout", a.VisibilityTimeout, 0, limits.VisibilityMax},
		{"receive_wait_time", a.ReceiveWaitTime, 0, limits.WaitTimeMax},
		{"delay", a.Delay, 0, limits.DelayMax},
		{"retention", a.Retention, limits.RetentionMin, limits.RetentionMax},
	} {
		if of.value != nil {
			b.within(c, prefix+of.name, *of.value, of.least, of.most)
		}
	}
	if m := a.MaximumMessageSize; m != nil && (*m < 1024 || *m > limits.MessageSizeMax) {
		b.fail(c, prefix+"maximum_message_size", "%s is out of range: AWS allows 1KiB to %s in profile %s", m,
			limits.MessageSizeMax, b.profile.Name)
	}
}

// redriveTasks schedules what moves a queue's dead letters back.
func (b *builder) redriveTasks(c *scenario.Component, q *sqs.Queue, s *sqs.Spec, limits *sqs.Limits) {
	for i := range s.RedriveTasks {
		t := &s.RedriveTasks[i]
		field := fmt.Sprintf("redrive_tasks[%d]", i)
		rate := limits.RedriveRate
		if t.Rate != nil {
			rate = *t.Rate
		}
		if rate <= 0 || rate > limits.RedriveRateMax {
			b.fail(c, field+".rate", "%s is out of range: AWS moves up to %s", rate, limits.RedriveRateMax)
			return
		}
		var to *sqs.Queue
		switch sources := q.Sources(); {
		case t.To != nil:
			var ok bool
			if to, ok = linked[*sqs.Queue](b, c, field+".to", *t.To); !ok {
				return
			}
		case len(sources) == 1:
			to = sources[0]
		default:
			b.fail(c, field+".to", "is needed: %d queues have this one as their dead-letter queue", len(sources))
			return
		}
		if to == q || to.FIFO() != q.FIFO() {
			b.fail(c, field+".to", "%s cannot take the messages of %s: it must be another queue of the same type", to.Name(),
				q.Name())
			return
		}
		q.ScheduleMoveTask(sim.Time(t.At), to, rate.PerSecond())
	}
}

// redrive connects a queue to its dead-letter queue. The scenario has no circle of them: the decoder checked.
func (b *builder) redrive(c *scenario.Component, q *sqs.Queue, s *sqs.Spec) {
	if dead, ok := linked[*sqs.Queue](b, c, "redrive.to", s.Redrive.To); ok {
		if dead.FIFO() != q.FIFO() {
			b.fail(c, "redrive.to", "the dead-letter queue of a FIFO queue must be a FIFO queue, and of a standard queue a "+
				"standard one")
		}
		q.Redrive(dead, s.Redrive.MaxReceiveCount)
	}
}
