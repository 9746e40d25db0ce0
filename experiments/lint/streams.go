package lint

import (
	"fmt"
	"math"
	"strings"

	"weir/models/kinesis"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/results"
	"weir/sim"
)

// Sources of the rules of streams.
const (
	guideShards    = "Kinesis Data Streams developer guide, service-sizes-and-limits.md (awsdocs/amazon-kinesis-data-streams-developer-guide @fe9180a)"
	guideReaders   = "Kinesis Data Streams developer guide, troubleshooting-consumers.md (awsdocs/amazon-kinesis-data-streams-developer-guide @fe9180a)"
	guideOnDemand  = "Kinesis Data Streams developer guide, how-do-i-size-a-stream.md (awsdocs/amazon-kinesis-data-streams-developer-guide @fe9180a)"
	blogAdvantage  = "AWS Big Data Blog, Kinesis Data Streams launches On-demand Advantage, 2025-11-03"
	guidePutRecord = "Kinesis API, botocore's PutRecords (boto/botocore @0e6e2404b, data/kinesis)"
)

var streamRules = []Rule{
	{
		ID: "stream-below-load", Severity: results.LintWarning,
		Title: "a stream has too few shards for what is put",
		Reason: "A shard takes 1,000 records and 1 MB a second, partition keys included; what is above is refused. The number of shards is " +
			"the greater of what records and bytes need.",
		Source: guideShards, Date: "2022-08", check: streamBelowLoad,
	},
	{
		ID: "stream-hot-key", Severity: results.LintWarning,
		Title: "one partition key gets more than a shard takes",
		Reason: "All records of a partition key go to one shard. No number of shards and no mode lets a key have more than the 1,000 " +
			"records and 1 MB a second of one.",
		Source: guideOnDemand, Date: "2022-08", check: streamHotKey,
	},
	{
		ID: "shared-reads-above-limit", Severity: results.LintWarning,
		Title: "the consumers that poll a shard ask for more than it gives",
		Reason: "All consumers that poll a shard share five calls and 2 MB a second. What is above is refused, and they fall behind; " +
			"those with enhanced fan-out have 2 MB a second each.",
		Source: guideReaders, Date: "2022-08", check: sharedReads,
	},
	{
		ID: "failed-records-dropped", Severity: results.LintWarning,
		Title: "a producer passes over the records of a call that failed",
		Reason: "PutRecords answers with success when some of its records failed, each with an error of its own: neither SDK nor service " +
			"tries them again, the producer's code has to.",
		Source: guidePutRecord, Date: "2026-08", check: failedRecords,
	},
	{
		ID: "advantage-below-minimum", Severity: results.LintAdvice,
		Title:  "On-demand Advantage is paid for a load that is not there",
		Reason: "With On-demand Advantage an account is billed for 25 MiB a second in and out at the least.",
		Source: blogAdvantage, Date: "2025-11", check: belowMinimum,
	},
}

// shards returns how many shards a stream has at the most in the run; none of a stream on demand.
func shards(s *kinesis.Spec) (n int, fixed bool) {
	if s.StreamMode != kinesis.Provisioned {
		return 0, false
	}
	n = 1
	if s.Shards != nil {
		n = *s.Shards
	}
	for i := range s.Changes {
		c := &s.Changes[i]
		switch {
		case c.Split != nil:
			n++
		case c.UpdateShardCount != nil:
			n = max(n, *c.UpdateShardCount)
		case c.Set != nil && c.Set.StreamMode != nil:
			return 0, false
		}
	}
	return n, true
}

// aggregates reports whether a producer packs several records into one.
func aggregates(p *sdk.ProducerSpec) bool {
	return p.KPL != nil && (p.KPL.AggregationEnabled == nil || *p.KPL.AggregationEnabled)
}

// recordSize returns what a record of a producer counts for at the least, in bytes: one that is put by itself is
// rounded up.
func (d *design) recordSize(p *sdk.ProducerSpec) float64 {
	size := meanSize(p)
	if size > 0 {
		size += keySize(p)
	}
	constant := p.Size == nil || p.Size.Constant != nil
	single := p.Batch.Size == 1 && p.KPL == nil && p.Agent == nil
	if round := float64(d.streams.PutRounding); constant && single && round > 0 {
		size = math.Ceil(size/round) * round
	}
	return size
}

// keySize returns the bytes of a producer's partition keys, at the least.
func keySize(p *sdk.ProducerSpec) float64 {
	if p.PartitionKey == "random" || p.Agent != nil {
		return uuidSize
	}
	return float64(len(strings.ReplaceAll(p.PartitionKey, "{key}", "0")))
}

// uuidSize is the length of a random partition key.
const uuidSize = 36

// load is what is put into a stream in a second at the peak, at the least: records and bytes.
type load struct{ records, bytes float64 }

// putLoad returns the load of producers together, each with a share of its messages.
func (d *design) putLoad(
	links []spec.Link, specs []*sdk.ProducerSpec, share func(*sdk.ProducerSpec) float64,
) (sum load) {
	for i, p := range specs {
		rate := d.crest(links[i]) * share(p)
		sum.bytes += rate * d.recordSize(p)
		if !aggregates(p) {
			sum.records += rate
		}
	}
	return sum
}

// shardsFor returns how many shards a load needs.
func (d *design) shardsFor(l load) float64 {
	return max(l.records/d.streams.WriteRecords.PerSecond(), l.bytes/float64(d.streams.WriteBytes))
}

func (l load) text() string {
	return fmt.Sprintf("%.4g records and %s a second", l.records, sizeText(l.bytes))
}

func streamBelowLoad(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *kinesis.Spec) {
		links, specs := d.producers(link)
		n, fixed := shards(s)
		sum := d.putLoad(links, specs, func(*sdk.ProducerSpec) float64 { return 1 })
		needs := d.shardsFor(sum)
		if !fixed || needs <= float64(n) {
			return
		}
		h := hit{
			of: link, field: "shards",
			text: fmt.Sprintf("is %d: that takes %.4g records and %s a second, and %s come at the peak", n,
				float64(n)*d.streams.WriteRecords.PerSecond(), sizeText(float64(n)*float64(d.streams.WriteBytes)), sum.text()),
			fix: []string{fmt.Sprintf("%s.shards=%.0f", link, math.Ceil(1.25*needs))},
		}
		h.figures = append([]figure{of("write_provisioned_throughput_exceeded", link)}, figuresOf(links, "rejected")...)
		h.figures = append(h.figures, cost)
		report(h)
	})
}

// hottestKey returns the share of a producer's records that one partition key has.
func hottestKey(s *kinesis.Spec, p *sdk.ProducerSpec) float64 {
	switch explicit := p.ExplicitHashKey; {
	case explicit == sdk.HashRandom || explicit == sdk.HashRoundRobin || p.Agent != nil || p.PartitionKey == "random" ||
		s.RecordDistribution == kinesis.Auto:
		return 0
	case !strings.Contains(p.PartitionKey, "{key}"):
		return 1
	}
	return p.Key.Hottest()
}

func streamHotKey(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *kinesis.Spec) {
		links, specs := d.producers(link)
		for i, p := range specs {
			share := hottestKey(s, p)
			one := d.putLoad(links[i:i+1], specs[i:i+1], func(*sdk.ProducerSpec) float64 { return share })
			needs := d.shardsFor(one)
			if needs <= 1 {
				continue
			}
			if n, fixed := shards(s); fixed && n == 1 && share == 1 && oneKey(specs) && len(specs) > 1 {
				continue // the stream has too few shards, which is another rule
			}
			report(hit{
				of: links[i], field: "key",
				text: fmt.Sprintf("one partition key has %s of the records, %s at the peak: %.3g times what its shard takes, however many "+
					"shards %s has", percent(share), one.text(), needs, link),
				fix: []string{links[i].String() + ".partition_key=random"},
				figures: []figure{
					of("rejected", links[i]), of("send_p99_s", links[i]), of("write_provisioned_throughput_exceeded", link),
				},
			})
		}
	})
}

func failedRecords(d *design, report func(hit)) {
	each(d, func(link spec.Link, p *sdk.ProducerSpec) {
		if at[kinesis.Spec](d, p.To) == nil || p.PartialFailures.Retry || p.Batch.Size < 2 || p.KPL != nil || p.Agent != nil {
			return
		}
		report(hit{
			of: link, field: "partial_failures.retry",
			text:    fmt.Sprintf("is false: a record of a call that %s refuses is lost, and nobody is told", p.To),
			fix:     []string{link.String() + ".partial_failures.retry=true"},
			figures: figuresOf([]spec.Link{link}, "rejected", "failed_records"),
		})
	})
}

func belowMinimum(d *design, report func(hit)) {
	bytes, known := 0.0, true
	var first spec.Link
	each(d, func(link spec.Link, s *kinesis.Spec) {
		if !s.OnDemandAdvantage {
			return
		}
		if first == (spec.Link{}) {
			first = link
		}
		links, specs := d.producers(link)
		known = known && d.onlyProducers(link)
		for i, p := range specs {
			known = known && meanSize(p) > 0
			bytes += d.mean(links[i]) * meanSize(p)
		}
	})
	least := float64(d.streams.AdvantageMinimum)
	if first == (spec.Link{}) || !known || bytes >= least {
		return
	}
	s := at[kinesis.Spec](d, first)
	h := hit{
		of: first, field: "on_demand_advantage",
		text: fmt.Sprintf("%s a second come on average, and %s are billed at the least", sizeText(bytes), sizeText(least)),
	}
	if s.WarmThroughput == nil && s.Shards == nil {
		h.fix, h.figures = []string{first.String() + ".on_demand_advantage=false"}, []figure{cost}
	}
	report(h)
}

// retentionOf returns how long a stream keeps records.
func (d *design) retentionOf(s *kinesis.Spec) sim.Duration {
	if s.Retention != nil {
		return s.Retention.Sim()
	}
	return d.streams.Retention.Sim()
}
