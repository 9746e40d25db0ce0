package lint

import (
	"fmt"

	"weir/models/lambda"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/results"
)

// Sources of the rules of event source mappings.
const (
	guideMapping  = "Lambda developer guide, with-sqs.md (awsdocs/aws-lambda-developer-guide @38e9014)"
	guideMaximum  = "Lambda developer guide, docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"
	guideParallel = "Lambda developer guide, with-kinesis.md (awsdocs/aws-lambda-developer-guide @38e9014)"
)

var mappingRules = []Rule{
	{
		ID: "visibility-below-six-timeouts", Severity: results.LintWarning,
		Title: "the queue of a mapping hides messages for less than six times the function's timeout",
		Reason: "The visibility timeout is to be at least six times the function's timeout, and the batching window on top: Lambda tries " +
			"a batch that was throttled again while its messages are hidden, and what is not delivered by then comes back with a receive " +
			"more.",
		Source: guideMapping, Date: "2022-11", check: sixTimeouts,
	},
	{
		ID: "batch-window-against-visibility", Severity: results.LintWarning,
		Title: "window and timeout of a mapping are longer than the visibility timeout",
		Reason: "With a batching window, when window and function timeout together exceed the visibility timeout, Lambda receives with " +
			"a timeout of their sum and 30 seconds: the queue's own setting has no effect.",
		Source: guideMapping, Date: "2022-11", check: windowAgainstVisibility,
	},
	{
		ID: "max-receive-count-below-five", Severity: results.LintWarning,
		Title: "the queue of a mapping dead-letters after fewer than five receives",
		Reason: "Receives of throttled batches count. maxReceiveCount is to be at least 5, so that messages do not reach the " +
			"dead-letter queue because of throttling.",
		Source: guideMapping, Date: "2022-11", check: fewReceives,
	},
	{
		ID: "reserved-concurrency-with-queue", Severity: results.LintWarning,
		Title: "a function with reserved concurrency reads a queue without a maximum concurrency",
		Reason: "A mapping does not look at reserved concurrency: it reads more batches than the function may run, and those that are " +
			"throttled burn receives. A maximum concurrency bounds the reading itself.",
		Source: guideMaximum, Date: "2026", check: reservedWithQueue,
	},
	{
		ID: "maximum-concurrency-above-reserved", Severity: results.LintWarning,
		Title: "mappings may invoke a function more often at once than its reserved concurrency allows",
		Reason: "The maximum concurrencies of all queues of a function together must not be above its reserved concurrency: what is above " +
			"is throttled.",
		Source: guideMaximum, Date: "2026", check: maximumAboveReserved,
	},
	{
		ID: "batch-fails-as-a-whole", Severity: results.LintWarning,
		Title: "one message that fails sends its whole batch back",
		Reason: "When an invocation fails, all messages of its batch come back, also those that were processed, and each counts a receive, " +
			"unless the function reports the items that failed.",
		Source: guideMapping, Date: "2022-11", check: wholeBatch,
	},
	{
		ID: "partial-batch-breaks-order", Severity: results.LintWarning,
		Title: "a function reports failed items of a FIFO queue without stopping at the first",
		Reason: "With a FIFO queue the function is to stop at the first failure and to return all messages that failed or were not " +
			"processed: otherwise later ones of the group overtake the failed one.",
		Source: guideMapping, Date: "2022-11", check: partialFIFO,
	},
	{
		ID: "batch-above-payload", Severity: results.LintAdvice,
		Title:  "a full batch of a mapping is larger than a function is given",
		Reason: "A batch is handed over when it reaches 6 MB, whatever its size in messages: a larger batch size has no effect.",
		Source: guideMapping, Date: "2022-11", check: batchAbovePayload,
	},
}

// eachQueueMapping calls f for each mapping that reads a queue.
func eachQueueMapping(d *design, f func(c consumer, queue spec.Link, s *sqs.Spec)) {
	each(d, func(link spec.Link, s *sqs.Spec) {
		for _, c := range d.consumers(link) {
			if c.mapping != nil {
				f(c, link, s)
			}
		}
	})
}

// mappingFigures are where what a mapping does to its messages shows.
func mappingFigures(c consumer, queue spec.Link, s *sqs.Spec) (figures []figure) {
	if s.Redrive != nil {
		figures = append(figures, of("dead_lettered", queue))
	}
	return append(figures, of("redelivered", queue), of("duplicates", c.link), of("throttles", c.link))
}

func sixTimeouts(d *design, report func(hit)) {
	eachQueueMapping(d, func(c consumer, queue spec.Link, s *sqs.Spec) {
		timeout, window := c.fn.Timeout.Sim().Seconds(), c.mapping.BatchWindow.Sim().Seconds()
		hidden := s.VisibilityTimeout.Sim().Seconds()
		if window > 0 && window+timeout > hidden || hidden >= 6*timeout+window {
			return
		}
		needs := fmt.Sprintf("six times the timeout of %s, %s, is", c.link, c.fn.Timeout)
		if window > 0 {
			needs = fmt.Sprintf("six times the timeout of %s, %s, and its batch window, %s, are", c.link, c.fn.Timeout,
				c.mapping.BatchWindow)
		}
		report(hit{
			of: queue, field: "visibility_timeout",
			text:    fmt.Sprintf("is %s, and %s %s", s.VisibilityTimeout, needs, rounded(6*timeout+window)),
			fix:     []string{fmt.Sprintf("%s.visibility_timeout=%s", queue, rounded(6*timeout+window))},
			figures: mappingFigures(c, queue, s),
		})
	})
}

func windowAgainstVisibility(d *design, report func(hit)) {
	eachQueueMapping(d, func(c consumer, queue spec.Link, s *sqs.Spec) {
		timeout, window := c.fn.Timeout.Sim().Seconds(), c.mapping.BatchWindow.Sim().Seconds()
		if window == 0 || window+timeout <= s.VisibilityTimeout.Sim().Seconds() {
			return
		}
		report(hit{
			of: queue, field: "visibility_timeout",
			text: fmt.Sprintf("is %s, and the batch window of %s and its timeout are %s together: Lambda hides messages for %s in place "+
				"of it", s.VisibilityTimeout, c.link, rounded(window+timeout),
				rounded(window+timeout+d.lambda.WindowMargin.Sim().Seconds())),
			fix:     []string{fmt.Sprintf("%s.visibility_timeout=%s", queue, rounded(6*timeout+window))},
			figures: mappingFigures(c, queue, s),
		})
	})
}

func fewReceives(d *design, report func(hit)) {
	eachQueueMapping(d, func(c consumer, queue spec.Link, s *sqs.Spec) {
		if s.Redrive == nil || s.Redrive.MaxReceiveCount >= 5 || s.Redrive.MaxReceiveCount == 1 {
			return
		}
		report(hit{
			of: queue, field: "redrive.max_receive_count", mild: d.unthrottled(&c),
			text: fmt.Sprintf("is %d, and when %s is throttled, each batch takes its messages a step towards %s",
				s.Redrive.MaxReceiveCount, c.link, s.Redrive.To),
			fix:     []string{queue.String() + ".redrive.max_receive_count=5"},
			figures: mappingFigures(c, queue, s),
		})
	})
}

// unthrottled reports whether the settings of a mapping keep its function from being throttled, unless others use up
// the account's concurrency.
func (d *design) unthrottled(c *consumer) bool {
	most, set := d.bound(c.mapping)
	return set && queueMappings(d, c.fn) == 1 && (c.fn.ReservedConcurrency == nil || most <= *c.fn.ReservedConcurrency)
}

// bound returns how many batches a mapping invokes its function with at once at the most, and whether a setting says
// so.
func (d *design) bound(m *lambda.MappingSpec) (batches int, set bool) {
	switch {
	case m.MaximumConcurrency != nil:
		return *m.MaximumConcurrency, true
	case m.ProvisionedPollers != nil:
		return m.ProvisionedPollers.Maximum * int(d.lambda.PollerConcurrency), true
	}
	return int(min(d.lambda.PollersMax, 1<<20)), false
}

func reservedWithQueue(d *design, report func(hit)) {
	eachQueueMapping(d, func(c consumer, queue spec.Link, s *sqs.Spec) {
		reserved := c.fn.ReservedConcurrency
		most, set := d.bound(c.mapping)
		if reserved == nil || *reserved == 0 || set || *reserved >= most || spec.IsFIFO(queue) && oneKeyQueue(d, queue) {
			return
		}
		h := hit{
			of: c.link, field: "reserved_concurrency",
			text: fmt.Sprintf("is %d, and the mapping of %s reads for up to %d invocations at once: what is throttled comes back with a "+
				"receive more", *reserved, queue, most),
			figures: mappingFigures(c, queue, s),
		}
		if n := *reserved / max(queueMappings(d, c.fn), 1); d.lambda.MaximumConcurrency && n >= 2 {
			h.fix = []string{c.set("maximum_concurrency", min(n, 1000))}
		}
		report(h)
	})
}

// oneKeyQueue reports whether all messages of a queue have one key.
func oneKeyQueue(d *design, queue spec.Link) bool {
	_, specs := d.producers(queue)
	return oneKey(specs) && d.onlyProducers(queue)
}

// queueMappings returns how many queues a function reads.
func queueMappings(d *design, s *lambda.Spec) (n int) {
	for i := range s.EventSources {
		if at[sqs.Spec](d, s.EventSources[i].From) != nil {
			n++
		}
	}
	return n
}

func maximumAboveReserved(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *lambda.Spec) {
		if s.ReservedConcurrency == nil || *s.ReservedConcurrency == 0 {
			return
		}
		sum, last := 0, -1
		for i := range s.EventSources {
			if n, set := d.bound(&s.EventSources[i]); set && at[sqs.Spec](d, s.EventSources[i].From) != nil {
				sum, last = sum+n, i
			}
		}
		if sum <= *s.ReservedConcurrency {
			return
		}
		field := fmt.Sprintf("event_sources[%d].maximum_concurrency", last)
		if s.EventSources[last].ProvisionedPollers != nil {
			field = fmt.Sprintf("event_sources[%d].provisioned_pollers", last)
		}
		c := consumer{link: link, fn: s, mapping: &s.EventSources[last], source: last}
		report(hit{
			of: link, field: field,
			text: fmt.Sprintf("the mappings may invoke %d at once, and the function has a reserved concurrency of %d", sum,
				*s.ReservedConcurrency),
			fix:     []string{fmt.Sprintf("%s.reserved_concurrency=%d", link, sum)},
			figures: mappingFigures(c, s.EventSources[last].From, at[sqs.Spec](d, s.EventSources[last].From)),
		})
	})
}

// batchOf returns the batch size of a mapping.
func (d *design) batchOf(m *lambda.MappingSpec) int {
	switch {
	case m.BatchSize != nil:
		return *m.BatchSize
	case m.From.Section == "queues":
		return int(min(d.lambda.BatchUnwindowed, 10))
	}
	return int(d.lambda.StreamBatch)
}

func wholeBatch(d *design, report func(hit)) {
	eachQueueMapping(d, func(c consumer, queue spec.Link, s *sqs.Spec) {
		if d.batchOf(c.mapping) < 2 || c.mapping.ReportBatchItemFailures || !d.canFail(c.link) || c.fn.OnFailureTo != nil {
			return
		}
		fix := []string{c.set("report_batch_item_failures", true)}
		if spec.IsFIFO(queue) {
			fix = append(fix, c.set("stop_at_failure", true))
		}
		report(hit{
			of: c.link, field: fmt.Sprintf("event_sources[%d].report_batch_item_failures", c.source),
			text: fmt.Sprintf("is not set, and messages fail in this scenario: each takes up to %d others of its batch back with it",
				d.batchOf(c.mapping)-1),
			fix: fix, figures: mappingFigures(c, queue, s),
		})
	})
}

func partialFIFO(d *design, report func(hit)) {
	eachQueueMapping(d, func(c consumer, queue spec.Link, _ *sqs.Spec) {
		if !spec.IsFIFO(queue) || !c.mapping.ReportBatchItemFailures || c.mapping.StopAtFailure || d.batchOf(c.mapping) < 2 {
			return
		}
		report(hit{
			of: c.link, field: c.field("report_batch_item_failures"),
			text: fmt.Sprintf("names the messages of %s that failed and works on with those behind them: the order of a group is lost",
				queue),
			fix:     []string{c.set("stop_at_failure", true)},
			figures: d.paths(queue, "overtaken"),
		})
	})
}

func batchAbovePayload(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *lambda.Spec) {
		for i := range s.EventSources {
			m := &s.EventSources[i]
			_, producers := d.producers(m.From)
			size := 0.0
			for _, p := range producers {
				if own := meanSize(p); size == 0 || own < size {
					size = own
				}
			}
			full, limit := size*float64(d.batchOf(m)), float64(d.lambda.SyncPayload)
			if full <= limit || m.BatchSize == nil {
				continue
			}
			report(hit{
				of: link, field: fmt.Sprintf("event_sources[%d].batch_size", i),
				text: fmt.Sprintf("is %d: so many messages of %s on average are %s, and a batch is handed over at %s, of %.0f",
					*m.BatchSize, sizeText(size), sizeText(full), sizeText(limit), limit/size),
			})
		}
	})
}
