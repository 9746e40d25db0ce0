package lint

import (
	"fmt"
	"slices"

	"weir/models/spec"
	"weir/models/sqs"
	"weir/results"
)

// Sources of the rules of FIFO queues.
const (
	guideFIFO       = "SQS developer guide, FIFO-queues-understanding-logic.md (awsdocs/amazon-sqs-developer-guide @19c1eb3d)"
	guideFIFOQuota  = "SQS developer guide, docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"
	guideThroughput = "SQS developer guide, high-throughput-fifo.md (awsdocs/amazon-sqs-developer-guide @19c1eb3d)"
)

var fifoRules = []Rule{
	{
		ID: "fifo-one-group", Severity: results.LintWarning,
		Title: "all messages of a FIFO queue are of one group, and there are several to work on them",
		Reason: "While a message of a group is in flight, no other of the group is delivered: a queue with one group is worked on by one " +
			"consumer at a time, however many there are. Order is to be asked for by what needs it: a customer, an account, a device.",
		Source: guideFIFO, Date: "2021", check: oneGroup,
	},
	{
		ID: "fifo-hot-group", Severity: results.LintWarning,
		Title: "a message group gets more work than can be done one after the other",
		Reason: "The messages of a group are worked on one after the other: a group whose messages come faster than one consumer works " +
			"has a backlog that grows, whatever the fleet.",
		Source: guideFIFO, Date: "2021", check: hotGroup,
	},
	{
		ID: "fifo-call-rate", Severity: results.LintWarning,
		Title: "a FIFO queue is sent to more often than its quota allows",
		Reason: "A FIFO queue takes 300 calls a second of each action, with 10 messages a call at the most; in high-throughput mode, " +
			"which needs deduplication by message group, that is the limit of a group, and of each partition that groups are spread over.",
		Source: guideFIFOQuota, Date: "2026", check: fifoRate,
	},
}

// workers returns how many messages, or batches, the consumers of a queue work on at once at the most.
func (d *design) workers(consumers []consumer) (n int) {
	for _, c := range consumers {
		if c.fleet != nil {
			n += threads(c.fleet)
			continue
		}
		most, _ := d.bound(c.mapping)
		if c.fn.ReservedConcurrency != nil {
			most = min(most, *c.fn.ReservedConcurrency)
		}
		n += most
	}
	return n
}

// workTime returns the least time that the consumers of a queue take for a message, one after the other, in seconds.
func (d *design) workTime(consumers []consumer) (least float64) {
	for i, c := range consumers {
		var mean float64
		if c.fleet != nil {
			mean, _ = d.fleetTime(c.fleet, 0)
		} else {
			_, mean, _ = d.functionTime(c.fn)
		}
		if i == 0 || mean < least {
			least = mean
		}
	}
	return least
}

func oneGroup(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *sqs.Spec) {
		links, specs := d.producers(link)
		consumers := d.consumers(link)
		if !spec.IsFIFO(link) || !oneKey(specs) || !d.onlyProducers(link) || d.workers(consumers) < 2 {
			return
		}
		h := hit{
			of: links[0], field: "key",
			text: fmt.Sprintf("gives all messages of %s one group: one of the %d that could work on them does, the others wait", link,
				d.workers(consumers)),
			figures: d.paths(link, "latency.p99"),
		}
		if rate, work := d.peak(links...), d.workTime(consumers); rate*work >= 1 {
			h.text += fmt.Sprintf("; %.3g messages/s of %s each are %.3g times what it can do", rate, seconds(work), rate*work)
		} else {
			h.mild = true // order is asked for, and there is time for it
		}
		for _, p := range links {
			h.fix = append(h.fix, p.String()+".key={uniform: 100}")
		}
		report(h)
	})
}

func hotGroup(d *design, report func(hit)) {
	each(d, func(link spec.Link, _ *sqs.Spec) {
		links, specs := d.producers(link)
		consumers := d.consumers(link)
		if !spec.IsFIFO(link) || len(consumers) == 0 || len(specs) == 0 || oneKey(specs) && d.onlyProducers(link) {
			return
		}
		share, rate, of := d.hottest(links, specs)
		work := d.workTime(consumers)
		if rate*work < 1 {
			return
		}
		report(hit{
			of: of, field: "key",
			text: fmt.Sprintf("one message group has %s of the messages of %s, %.3g a second at the peak: with %s of work each, that is "+
				"%.3g times what can be done one after the other", percent(share), link, rate, seconds(work), rate*work),
		})
	})
}

func fifoRate(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *sqs.Spec) {
		links, specs := d.producers(link)
		limit := d.queues.FIFOCallRate.PerSecond()
		if !spec.IsFIFO(link) || limit <= 0 || len(links) == 0 {
			return
		}
		calls := 0.0
		perGroup := s.FIFOThroughputLimit == sqs.LimitPerGroup
		for i, p := range specs {
			rate := d.crest(links[i])
			if perGroup {
				rate *= p.Key.Hottest()
				calls = max(calls, rate/float64(p.Batch.Size))
			} else {
				calls += rate / float64(p.Batch.Size)
			}
		}
		if calls <= limit {
			return
		}
		h := hit{of: link, figures: figuresOf(links, "send_p99_s", "rejected")}
		if perGroup {
			h.field = "fifo_throughput_limit"
			h.text = fmt.Sprintf("one message group is sent %.4g calls a second at the peak, and a group has %.4g", calls, limit)
		} else {
			h.text = fmt.Sprintf("is sent %.4g calls a second at the peak, and takes %.4g: send batches, or set high-throughput mode",
				calls, limit)
			h.fix = []string{
				link.String() + ".deduplication_scope=messageGroup", link.String() + ".fifo_throughput_limit=perMessageGroupId",
			}
		}
		report(h)
	})
}

// figuresOf returns figures of each of several components.
func figuresOf(links []spec.Link, metrics ...string) (all []figure) {
	for _, l := range links {
		for _, m := range metrics {
			all = append(all, of(m, l))
		}
	}
	return slices.Clip(all)
}
