package lint

import (
	"fmt"
	"math"

	"weir/models/ec2"
	"weir/models/spec"
	"weir/models/sqs"
)

func visibilityBelowWork(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *ec2.Spec) {
		if s.Heartbeat != nil {
			return
		}
		for i := range s.From {
			d.visibilityOf(link, s, s.From[i].Queue, report)
		}
	})
}

// visibilityOf reports a queue whose messages are visible again before a fleet has worked through a batch of them, or
// on one of them.
func (d *design) visibilityOf(link spec.Link, s *ec2.Spec, from spec.Link, report func(hit)) {
	queue := at[sqs.Spec](d, from)
	hidden, whose, field := queue.VisibilityTimeout, from, "visibility_timeout"
	if s.Receive.VisibilityTimeout != nil {
		hidden, whose, field = *s.Receive.VisibilityTimeout, link, "receive.visibility_timeout"
	}
	size := math.Inf(1)
	_, producers := d.producers(from)
	for _, p := range producers {
		size = min(size, meanSize(p))
	}
	if len(producers) == 0 {
		size = 0
	}
	mean, p99 := d.fleetTime(s, size)
	batch := meanOf(s.BatchWork) + float64(s.Receive.MaxMessages)*mean
	timeout := hidden.Sim().Seconds()
	h := hit{of: whose, field: field}
	switch {
	case p99 > timeout:
		h.text = fmt.Sprintf("is %s, and one message in a hundred takes %s longer than %s of work: it is delivered again meanwhile",
			hidden, link, seconds(p99))
	case batch > timeout:
		h.text = fmt.Sprintf("is %s, and %s works through a batch of %d messages in %s on average: the last of them are delivered "+
			"again before their turn comes, whenever there is a backlog", hidden, link, s.Receive.MaxMessages, seconds(batch))
	default:
		return
	}
	longer := min(2*max(p99, batch), d.queues.VisibilityMax.Sim().Seconds())
	h.fix = []string{fmt.Sprintf("%s.%s=%s", whose, field, rounded(longer))}
	h.figures = []figure{of("duplicates", link), of("outlived_visibility", link)}
	if queue.Redrive != nil {
		h.figures = append(h.figures, of("dead_lettered", from))
	}
	report(h)
}

func heartbeatLate(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *ec2.Spec) {
		b := s.Heartbeat
		if b == nil {
			return
		}
		for i := range s.From {
			hidden := at[sqs.Spec](d, s.From[i].Queue).VisibilityTimeout
			if s.Receive.VisibilityTimeout != nil {
				hidden = *s.Receive.VisibilityTimeout
			}
			h := hit{of: link, field: "heartbeat.every", figures: []figure{of("duplicates", link)}}
			mean, p99 := d.fleetTime(s, 0)
			switch {
			case max(p99, float64(s.Receive.MaxMessages)*mean) < min(b.Every, hidden).Sim().Seconds():
				continue // no work is that long
			case b.Every >= hidden:
				h.text = fmt.Sprintf("the first heartbeat comes after %s, when the message has been visible again since %s", b.Every, hidden)
			case b.Extend <= b.Every:
				h.text = fmt.Sprintf("a heartbeat extends by %s, and the next one comes %s later: the message is visible before it",
					b.Extend, b.Every)
				hidden = b.Extend
			default:
				continue
			}
			if third := hidden.Sim().Seconds() / 3; third >= 0.01 {
				h.fix = []string{fmt.Sprintf("%s.heartbeat.every=%s", link, seconds(third))}
			}
			report(h)
			return
		}
	})
}
