package lint

import (
	"fmt"
	"strings"

	"weir/models/ec2"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/results"
)

// Sources of the rules of queues.
const (
	guideDead     = "SQS developer guide, sqs-dead-letter-queues.md (awsdocs/amazon-sqs-developer-guide @0311141f)"
	guidePolling  = "SQS developer guide, sqs-short-and-long-polling.md (awsdocs/amazon-sqs-developer-guide @1b8b7dab)"
	guideVisible  = "SQS developer guide, sqs-visibility-timeout.md (awsdocs/amazon-sqs-developer-guide @0311141f)"
	guideKeys     = "SQS developer guide, sqs-key-management.md (awsdocs/amazon-sqs-developer-guide @1b8b7dab)"
	faqSQS        = "Amazon SQS FAQs, aws.amazon.com/sqs/faqs"
	guideAttr     = "SQS API reference, CreateQueue (aws/aws-sdk-go @41631974, models/apis/sqs/2012-11-05/docs-2.json)"
	longestPoll   = "20s"
	longRetention = "14d"
)

var queueRules = []Rule{
	{
		ID: "dead-letters-expire-first", Severity: results.LintWarning,
		Title: "a dead-letter queue keeps messages no longer than its source",
		Reason: "The age of a message counts from when it was first sent, also in the dead-letter queue of a standard queue: what spent " +
			"its time in the source is deleted before anybody has looked at it. The dead-letter queue is to keep longer.",
		Source: guideDead, Date: "2018", check: deadLettersExpire,
	},
	{
		ID: "expires-before-dead-letter", Severity: results.LintWarning,
		Title: "a message that fails expires before it has been received often enough for the dead-letter queue",
		Reason: "A message that is not deleted is hidden for the visibility timeout after each receive, and goes to the dead-letter " +
			"queue in place of the receive after the last; one older than the retention is deleted wherever it is.",
		Source: guideAttr, Date: "2020", check: expiresFirst,
	},
	{
		ID: "no-dead-letter-queue", Severity: results.LintWarning,
		Title: "a queue has no dead-letter queue; an advice where nothing in the scenario fails",
		Reason: "A message that can never be processed comes back until it expires, takes receives and work each time, and is then " +
			"lost without a trace. Dead-letter queues are to be used with standard queues wherever a message need not be tried for " +
			"ever, and with FIFO queues where the order may be broken.",
		Source: guideDead, Date: "2018", check: noDeadLetters,
	},
	{
		ID: "max-receive-count-one", Severity: results.LintWarning,
		Title: "one receive without a delete sends a message to the dead-letter queue",
		Reason: "A receive counts whatever became of it: work that failed for a moment, a worker that was lost, a throttled function, " +
			"even a look in the console. With a count of 1 each of them dead-letters a good message.",
		Source: guideDead, Date: "2018", check: receivedOnce,
	},
	{
		ID: "short-polling", Severity: results.LintWarning,
		Title: "a fleet polls its queue short",
		Reason: "A short poll asks some of the servers, answers at once and is billed, also when it is empty or missed what is there. " +
			"Long polls ask all servers and wait: they cost a fraction and find messages as soon as they come.",
		Source: guidePolling, Date: "2020", check: shortPolling,
	},
	{
		ID: "long-poll-of-several-queues", Severity: results.LintWarning,
		Title: "a thread that reads several queues waits in a long poll",
		Reason: "A thread that polls several queues waits out the poll of an empty one while messages of another lie there; each queue " +
			"is to have threads of its own, or the wait is to be short.",
		Source: faqSQS, Date: "2022", check: severalQueues,
	},
	{
		ID: "visibility-below-work", Severity: results.LintWarning,
		Title: "work takes longer than a message is hidden",
		Reason: "The timeout runs from the receive, for all messages of a batch: whoever needs longer has the message delivered to " +
			"another consumer meanwhile, and its receipt is void. The timeout is to cover the work, or to be extended while it goes on.",
		Source: guideVisible, Date: "2018", check: visibilityBelowWork,
	},
	{
		ID: "heartbeat-too-late", Severity: results.LintWarning,
		Title: "heartbeats come after the message is visible again",
		Reason: "A change of visibility counts from the moment of the call and needs a message that is still in flight: the first must " +
			"come before the timeout is over, and each must last until after the next.",
		Source: guideVisible, Date: "2018", check: heartbeatLate,
	},
	{
		ID: "data-key-reuse-short", Severity: results.LintAdvice,
		Title: "an encrypted queue asks KMS more often than by default",
		Reason: "Each principal that sends costs two calls of KMS in a data key reuse period and each that receives one, whatever the " +
			"number of messages: calls and bill are in inverse proportion to the period.",
		Source: guideKeys, Date: "2020", check: shortReuse,
	},
}

func deadLettersExpire(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *sqs.Spec) {
		if s.Redrive == nil {
			return
		}
		dead := at[sqs.Spec](d, s.Redrive.To)
		if spec.IsFIFO(link) && !d.queues.FIFODeadLetterAge || dead.Retention > s.Retention {
			return // the clock of a FIFO queue's message starts anew
		}
		h := hit{
			of: s.Redrive.To, field: "retention",
			text: fmt.Sprintf("keeps dead letters for %s, and %s keeps its messages for %s: one that waited there for long is deleted "+
				"here soon after it came", dead.Retention, link, s.Retention),
			figures: []figure{of("expired", s.Redrive.To)},
		}
		if s.Retention < d.queues.RetentionMax {
			h.fix = []string{fmt.Sprintf("%s.retention=%s", s.Redrive.To, d.queues.RetentionMax)}
		}
		report(h)
	})
}

func expiresFirst(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *sqs.Spec) {
		if s.Redrive == nil {
			return
		}
		for _, c := range d.consumers(link) {
			if c.fleet != nil && (c.fleet.OnError == ec2.OnErrorRelease || c.fleet.Receive.VisibilityTimeout != nil) {
				return
			}
		}
		takes := s.VisibilityTimeout.Sim().Seconds() * float64(s.Redrive.MaxReceiveCount)
		if takes < s.Retention.Sim().Seconds() {
			return
		}
		h := hit{
			of: link, field: "retention",
			text: fmt.Sprintf("%d receives of %s each take %s, longer than the %s that a message is kept: one that fails is lost, not "+
				"dead-lettered", s.Redrive.MaxReceiveCount, s.VisibilityTimeout, rounded(takes), s.Retention),
			figures: []figure{of("expired", link), of("dead_lettered", link)},
		}
		if takes < d.queues.RetentionMax.Sim().Seconds() {
			h.fix = []string{fmt.Sprintf("%s.retention=%s", link, d.queues.RetentionMax)}
		}
		report(h)
	})
}

func noDeadLetters(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *sqs.Spec) {
		consumers := d.consumers(link)
		if s.Redrive != nil || len(consumers) == 0 || d.dead(link) {
			return
		}
		fails, figures := false, []figure{of("redelivered", link), of("expired", link)}
		for _, c := range consumers {
			if c.fleet != nil && c.fleet.OnFailureTo != nil || c.fn != nil && c.fn.OnFailureTo != nil {
				return // what fails goes somewhere
			}
			fails = fails || d.canFail(c.link)
			figures = append(figures, of("attempts", c.link))
		}
		name := link.Name + "_dead"
		if spec.IsFIFO(link) {
			name = strings.TrimSuffix(link.Name, spec.FIFO) + "_dead" + spec.FIFO
		}
		if d.doc.Component(spec.Link{Section: "queues", Name: name}) != nil {
			name = ""
		}
		h := hit{of: link, mild: !fails}
		h.text = "has no redrive: what cannot be processed comes back until it expires, after " + s.Retention.String()
		if fails {
			h.text += "; and in this scenario there is some"
		}
		if name != "" {
			h.fix = []string{
				fmt.Sprintf("queues.%s={retention: %s}", name, longRetention),
				fmt.Sprintf("%s.redrive={to: queues.%s, max_receive_count: 5}", link, name),
			}
		}
		if fails {
			h.figures = figures
		}
		report(h)
	})
}

// dead reports whether a queue is where dead letters or failures of others go.
func (d *design) dead(link spec.Link) bool {
	for _, found := range d.doc.Links {
		if found.Link != link {
			continue
		}
		for _, end := range []string{".redrive.to", ".dead_letter", ".on_failure"} {
			if strings.HasSuffix(found.Path, end) {
				return true
			}
		}
	}
	return false
}

func receivedOnce(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *sqs.Spec) {
		if s.Redrive == nil || s.Redrive.MaxReceiveCount > 1 || len(d.consumers(link)) == 0 {
			return
		}
		report(hit{
			of: link, field: "redrive.max_receive_count",
			text: fmt.Sprintf("sends a message to %s when its first receive did not end with a delete, for whatever reason",
				s.Redrive.To),
			fix:     []string{link.String() + ".redrive.max_receive_count=5"},
			figures: []figure{of("dead_lettered", link)},
		})
	})
}

// waitOf returns how long a fleet's receive waits at a queue.
func waitOf(s *ec2.Spec, queue *sqs.Spec) spec.Duration {
	if s.Receive.WaitTime != nil {
		return *s.Receive.WaitTime
	}
	return queue.ReceiveWaitTime
}

func shortPolling(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *ec2.Spec) {
		if len(s.From) != 1 || s.Receive.Pause != nil || d.queues.InstantPolling {
			return
		}
		from := s.From.First()
		queue := at[sqs.Spec](d, from)
		if waitOf(s, queue) > 0 {
			return
		}
		h := hit{
			of: from, field: "receive_wait_time",
			text: fmt.Sprintf("is 0s: %s of %s ask again and again while the queue is empty, and each call is billed",
				counted(threads(s), "thread"), link),
			fix:     []string{from.String() + ".receive_wait_time=" + longestPoll},
			figures: append([]figure{cost, of("empty_receives", from)}, d.paths(from, "latency.p50")...),
		}
		if s.Receive.WaitTime != nil {
			h.of, h.field = link, "receive.wait_time"
			h.fix = []string{link.String() + ".receive.wait_time=" + longestPoll}
		}
		report(h)
	})
}

func severalQueues(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *ec2.Spec) {
		if len(s.From) < 2 {
			return
		}
		longest := spec.Duration(0)
		for i := range s.From {
			longest = max(longest, waitOf(s, at[sqs.Spec](d, s.From[i].Queue)))
		}
		if longest.Sim().Seconds() <= 1 {
			return
		}
		report(hit{
			of: link, field: "from",
			text: fmt.Sprintf("its threads read %d queues and wait up to %s in a poll: a message that comes to another queue "+
				"meanwhile waits for the end of it", len(s.From), longest),
			fix:     []string{link.String() + ".receive.wait_time=1s"},
			figures: append(d.paths(s.From.First(), "latency.p99"), cost),
		})
	})
}

// reuseDefault is the data key reuse period of a queue unless it is set.
const reuseDefault = 300

func shortReuse(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *sqs.Spec) {
		period := s.DataKeyReusePeriod.Sim().Seconds()
		if s.KMSKey == nil || period >= reuseDefault {
			return
		}
		report(hit{
			of: link, field: "data_key_reuse_period",
			text: fmt.Sprintf("is %s: KMS is called %.3g times as often as with 5m", s.DataKeyReusePeriod, reuseDefault/period),
			fix:  []string{link.String() + ".data_key_reuse_period=5m"}, figures: []figure{cost, of("calls", *s.KMSKey)},
		})
	})
}
