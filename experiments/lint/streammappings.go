package lint

import (
	"fmt"

	"weir/models/kinesis"
	"weir/models/lambda"
	"weir/models/spec"
	"weir/results"
)

var streamMappingRules = []Rule{
	{
		ID: "record-blocks-shard", Severity: results.LintWarning,
		Title: "a mapping tries a record that fails until it expires; an advice where nothing in the scenario fails",
		Reason: "When the function fails, its batch is tried again until it succeeds or its records expire, and the shard waits " +
			"meanwhile: by default for as long as the stream keeps them. Attempts and age are to be bounded, and the batch to be halved.",
		Source: guideParallel, Date: "2022-11", check: recordBlocks,
	},
	{
		ID: "given-up-records-vanish", Severity: results.LintWarning,
		Title: "records that a mapping gives up leave no trace; an advice where nothing in the scenario fails",
		Reason: "Batches that are too old or were tried too often are discarded. An on-failure destination gets a record of each, with " +
			"the shard and the sequence numbers to read them by.",
		Source: guideParallel, Date: "2022-11", check: recordsVanish,
	},
	{
		ID: "whole-batch-given-up", Severity: results.LintWarning,
		Title: "one record that fails lets its whole batch be given up",
		Reason: "When attempts are used up, the batch is discarded, with the records that were good. Halving it on an error, or reporting " +
			"the items that failed, narrows it down to the bad one; the halving counts as no attempt.",
		Source: guideParallel, Date: "2022-11", check: batchGivenUp,
	},
	{
		ID: "parallel-with-aggregation", Severity: results.LintWarning,
		Title: "a parallelization factor for records that a producer library aggregates",
		Reason: "Batches of a shard are parted by partition key, and an aggregated record has one key for all in it: a parallelization " +
			"factor does not work with aggregation.",
		Source: guideParallel, Date: "2022-11", check: parallelAggregated,
	},
}

// eachStreamMapping calls f for each mapping that reads a stream or the stream of a table.
func eachStreamMapping(d *design, f func(c consumer)) {
	each(d, func(link spec.Link, s *lambda.Spec) {
		for i := range s.EventSources {
			if m := &s.EventSources[i]; m.From.Section != "queues" {
				f(consumer{link: link, fn: s, mapping: m, source: i})
			}
		}
	})
}

func (c *consumer) at() string { return fmt.Sprintf("event_sources[%d]", c.source) }

func recordBlocks(d *design, report func(hit)) {
	eachStreamMapping(d, func(c consumer) {
		if c.mapping.MaximumRetryAttempts != nil || c.mapping.MaximumRecordAge != nil || c.fn.OnFailureTo != nil {
			return
		}
		kept := "24h"
		if s := at[kinesis.Spec](d, c.mapping.From); s != nil {
			kept = spec.Duration(d.retentionOf(s)).String()
		}
		h := hit{
			of: c.link, field: c.at(), mild: !d.canFail(c.link),
			text: fmt.Sprintf("has neither maximum_retry_attempts nor maximum_record_age: a record of %s that cannot be processed holds "+
				"its shard for %s", c.mapping.From, kept),
			fix: []string{c.set("maximum_retry_attempts", 3), c.set("bisect_batch_on_function_error", true)},
		}
		if !h.mild {
			h.figures = []figure{{"unread_end", c.link.String() + "/" + c.mapping.From.String()}, of("processed", c.link)}
		}
		report(h)
	})
}

func recordsVanish(d *design, report func(hit)) {
	eachStreamMapping(d, func(c consumer) {
		if c.mapping.MaximumRetryAttempts == nil && c.mapping.MaximumRecordAge == nil || c.mapping.OnFailure != nil ||
			c.fn.OnFailureTo != nil {
			return
		}
		h := hit{
			of: c.link, field: c.at(), mild: !d.canFail(c.link),
			text: fmt.Sprintf("gives records of %s up and has no on_failure: nobody is told which", c.mapping.From),
		}
		name := c.link.Name + "_failed"
		if d.doc.Component(spec.Link{Section: "queues", Name: name}) == nil {
			h.fix = []string{
				fmt.Sprintf("queues.%s={retention: %s}", name, longRetention), c.set("on_failure", "queues."+name),
			}
		}
		report(h)
	})
}

func batchGivenUp(d *design, report func(hit)) {
	eachStreamMapping(d, func(c consumer) {
		m := c.mapping
		if m.MaximumRetryAttempts == nil && m.MaximumRecordAge == nil || m.BisectBatchOnFunctionError ||
			m.ReportBatchItemFailures || d.batchOf(m) < 2 || !d.canFail(c.link) || c.fn.OnFailureTo != nil {
			return
		}
		report(hit{
			of: c.link, field: c.at(),
			text: fmt.Sprintf("gives up to %d records of %s up for one that fails: it neither halves a batch nor looks at the items "+
				"that failed", d.batchOf(m), m.From),
			fix:     []string{c.set("bisect_batch_on_function_error", true)},
			figures: []figure{{"given_up", c.link.String() + "/" + m.From.String()}, of("processed", c.link)},
		})
	})
}

func parallelAggregated(d *design, report func(hit)) {
	eachStreamMapping(d, func(c consumer) {
		if c.mapping.ParallelizationFactor < 2 {
			return
		}
		links, specs := d.producers(c.mapping.From)
		for i, p := range specs {
			if aggregates(p) {
				report(hit{
					of: c.link, field: c.field("parallelization_factor"),
					text: fmt.Sprintf("is %d, and %s aggregates its records: batches of a shard are parted by the key of an aggregate, not of "+
						"what is in it, so neither order nor throughput is what it seems", c.mapping.ParallelizationFactor, links[i]),
				})
				return
			}
		}
	})
}
