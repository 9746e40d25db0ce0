package lint

import (
	"fmt"

	"weir/models/analytics"
	"weir/models/kcl"
	"weir/models/kinesis"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/storage"
	"weir/results"
)

// Sources of the rules of applications that consume streams.
const (
	guideScaling    = "Kinesis Data Streams developer guide, kinesis-record-processor-scaling.md (awsdocs/amazon-kinesis-data-streams-developer-guide @14ff366)"
	guideDuplicates = "Kinesis Data Streams developer guide, kinesis-record-processor-duplicates.md (awsdocs/amazon-kinesis-data-streams-developer-guide @fe9180a)"
	guideLibrary    = "Kinesis Data Streams developer guide, kinesis-kpl-concepts.md (awsdocs/amazon-kinesis-data-streams-developer-guide @fe9180a)"
	guideSQL        = "Kinesis Data Analytics developer guide for SQL, limits.md (awsdocs/amazon-kinesis-data-analytics-developer-guide @c85b970)"
)

var consumerRules = []Rule{
	{
		ID: "more-workers-than-shards", Severity: results.LintWarning,
		Title: "an application has more workers than its stream has shards",
		Reason: "Each shard is worked on by one worker. More workers than shards have nothing to do, except to stand by for one that " +
			"fails.",
		Source: guideScaling, Date: "2020", check: moreWorkers,
	},
	{
		ID: "failures-are-skipped", Severity: results.LintWarning,
		Title: "records that an application fails on are passed over",
		Reason: "The Kinesis Client Library takes any exception of processRecords for done: the batch is not given again, and what was in " +
			"it is skipped. The application has to handle failures itself.",
		Source: guideReaders, Date: "2022-08", check: failuresSkipped,
	},
	{
		ID: "checkpoints-far-apart", Severity: results.LintAdvice,
		Title:  "a worker that crashes has much to do again",
		Reason: "Who takes a shard over begins at its last checkpoint: all that was processed since is processed twice.",
		Source: guideDuplicates, Date: "2022-08", check: checkpointsApart,
	},
	{
		ID: "aggregates-are-not-unpacked", Severity: results.LintAdvice,
		Title: "a consumer that does not unpack by itself reads what the producer library has packed",
		Reason: "A record that the Kinesis Producer Library has aggregated holds several. The Kinesis Client Library, Lambda's mappings' " +
			"libraries and Firehose unpack it; a consumer on the plain SDK has to do so itself.",
		Source: guideLibrary, Date: "2022-08", check: notUnpacked,
	},
	{
		ID: "aggregates-for-sql", Severity: results.LintWarning,
		Title:  "an SQL application reads what the producer library has packed",
		Reason: "SQL applications of Kinesis Data Analytics do not support streams whose records the Kinesis Producer Library aggregates.",
		Source: guideSQL, Date: "2020-04", check: aggregatesSQL,
	},
}

func moreWorkers(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *kcl.Spec) {
		n, fixed := 0, false
		if stream := at[kinesis.Spec](d, s.From); stream != nil {
			n, fixed = shards(stream)
		}
		if table := at[storage.TableSpec](d, s.From); table != nil {
			n, fixed = table.Partitions, true
		}
		if !fixed || s.Library != kcl.KCL || s.Workers <= n {
			return
		}
		h := hit{
			of: link, field: "workers",
			text: fmt.Sprintf("are %d, and %s has %s: the others only stand by", s.Workers, s.From, counted(n, "shard")),
			fix:  []string{fmt.Sprintf("%s.workers=%d", link, n)},
		}
		h.figures = append([]figure{cost, of("idle_workers_mean", link)}, d.consumerPaths(s.From, link, "latency.p99")...)
		report(h)
	})
}

// consumerPaths returns a latency of the ways from the producers of a stream to an application.
func (d *design) consumerPaths(stream, to spec.Link, metric string) (all []figure) {
	links, _ := d.producers(stream)
	for _, from := range links {
		all = append(all, figure{metric, from.String() + " -> " + to.String()})
	}
	return all
}

func failuresSkipped(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *kcl.Spec) {
		if s.OnError == kcl.Retry || s.Failures.Error == 0 && !d.canFail(link) {
			return
		}
		report(hit{
			of: link, field: "on_error",
			text: fmt.Sprintf("is %s: a record whose work fails is passed over, and in this scenario there are some", s.OnError),
			fix: []string{
				link.String() + ".on_error=retry", link.String() + ".retry_delay=1s", link.String() + ".max_attempts=5",
			},
			figures: []figure{of("skipped", link), of("processed", link)},
		})
	})
}

// redoneMax is how many records a crash lets be done again before it is told.
const redoneMax = 100

func checkpointsApart(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *kcl.Spec) {
		if s.CheckpointInterval == nil || s.Failures.Crash == nil && len(s.Failures.CrashAt) == 0 {
			return
		}
		links, _ := d.producers(s.From)
		redone := d.mean(links...) * s.CheckpointInterval.Sim().Seconds() / float64(s.Workers)
		if redone < redoneMax {
			return
		}
		report(hit{
			of: link, field: "checkpoint_interval",
			text: fmt.Sprintf("is %s: a worker that crashes has processed up to %.0f records since, and they are processed again",
				s.CheckpointInterval, redone),
			fix:     []string{link.String() + ".checkpoint_interval=null"},
			figures: []figure{of("duplicates", link), of("checkpoints", link), cost},
		})
	})
}

// aggregating returns a producer that aggregates what it puts into a stream.
func (d *design) aggregating(stream spec.Link) (by spec.Link, ok bool) {
	each(d, func(link spec.Link, p *sdk.ProducerSpec) {
		if p.To == stream && aggregates(p) && !ok {
			by, ok = link, true
		}
	})
	return by, ok
}

func notUnpacked(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *kcl.Spec) {
		if by, ok := d.aggregating(s.From); ok && s.Library == kcl.SDK {
			report(hit{
				of: link, field: "library",
				text: fmt.Sprintf("is sdk, and %s aggregates records: its code has to unpack them", by),
			})
		}
	})
}

func aggregatesSQL(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *analytics.Spec) {
		if by, ok := d.aggregating(s.From); ok && s.Type == analytics.SQL {
			report(hit{
				of: link, field: "from",
				text: fmt.Sprintf("%s aggregates the records of %s, which an SQL application does not unpack", by, s.From),
				fix:  []string{by.String() + ".kpl.aggregation_enabled=false"},
			})
		}
	})
}
