package lint

import (
	"fmt"
	"math"

	"weir/models/ec2"
	"weir/models/lambda"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/models/storage"
	"weir/results"
)

var costRules = []Rule{
	{
		ID: "idle-fleet", Severity: results.LintAdvice,
		Title: "a fleet of a fixed size is idle most of the time",
		Reason: "Instances are billed by the second that they run, whether there is work or not. A group that follows its load, or a " +
			"smaller one, costs what is used.",
		Source: guideQueue, Date: "2023-05", check: idleFleet,
	},
	{
		ID: "idle-provisioned-concurrency", Severity: results.LintAdvice,
		Title:  "more environments are provisioned than the load ever uses",
		Reason: "Provisioned concurrency is billed from the moment it is set until it is removed, used or not.",
		Source: "AWS Lambda pricing, aws.amazon.com/lambda/pricing", Date: "2026", check: idleProvisioned,
	},
	{
		ID: "idle-table-capacity", Severity: results.LintAdvice,
		Title: "a table has many times the write capacity that is used",
		Reason: "Provisioned capacity is billed by the hour, used or not. Auto scaling keeps it near what is used, and on-demand capacity is " +
			"billed by request.",
		Source: "Amazon DynamoDB pricing, aws.amazon.com/dynamodb/pricing", Date: "2026", check: idleTable,
	},
	{
		ID: "payloads-kept-for-ever", Severity: results.LintAdvice,
		Title: "a bucket of an extended client has no lifecycle",
		Reason: "The extended client deletes a payload when its message is deleted. The payloads of messages that expire, are purged or end " +
			"in a dead-letter queue stay and are billed, until a lifecycle rule removes them.",
		Source: "awslabs/amazon-sqs-java-extended-client-lib @00604985, README.md", Date: "2024", check: payloadsKept,
	},
	{
		ID: "sends-one-by-one", Severity: results.LintAdvice,
		Title: "a busy producer sends its messages one by one",
		Reason: "A request is billed by the call and by each 64 KB of payload: ten small messages in one SendMessageBatch cost as much as " +
			"one.",
		Source: "Amazon SQS pricing, aws.amazon.com/sqs/pricing", Date: "2022", check: oneByOne,
	},
}

// Bounds of the rule idle-fleet: the use at the peak with half of the instances, and how many there must be.
const (
	idleUse       = 0.25
	idleInstances = 3
)

func idleFleet(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *ec2.Spec) {
		if s.Scaling != nil || s.Instances < idleInstances || len(s.From) != 1 || s.CPUShare > 0 ||
			!d.onlyProducers(s.From.First()) || len(d.consumers(s.From.First())) > 1 || len(d.doc.Components) == 0 {
			return
		}
		links, specs := d.producers(s.From.First())
		size := 0.0
		for _, p := range specs {
			size = max(size, meanSize(p))
		}
		mean, _ := d.fleetTime(s, size)
		use := d.crest(links...) * mean / float64(threads(s))
		if use == 0 || 2*use > idleUse || d.bottlenecked(s) {
			return
		}
		report(hit{
			of: link, field: "instances",
			text: fmt.Sprintf("are %d, and %s of their threads are busy at the peak", s.Instances, percent(use)),
			fix:  []string{fmt.Sprintf("%s.instances=%d", link, (s.Instances+1)/2)},
			figures: append([]figure{cost},
				d.paths(s.From.First(), "latency.p99")...),
		})
	})
}

// bottlenecked reports whether the work of a fleet calls something that lets calls wait, so that its time is not known.
func (d *design) bottlenecked(s *ec2.Spec) bool {
	for i := range s.Calls {
		if d.bounded(s.Calls[i].To) {
			return true
		}
	}
	return false
}

func idleProvisioned(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *lambda.Spec) {
		p := s.ProvisionedConcurrency
		if p == nil || p.TargetTracking != nil || len(p.Schedule) > 0 || len(s.EventSources) > 0 || len(s.Calls) > 0 ||
			!d.onlyProducers(link) {
			return
		}
		load, rate, _ := d.offered(link, s)
		enough := 2 * math.Ceil(load+4*math.Sqrt(load)+3)
		if rate == 0 || float64(p.Concurrency) <= enough {
			return
		}
		report(hit{
			of: link, field: "provisioned_concurrency.concurrency",
			text: fmt.Sprintf("is %d, and %.3g invocations are under way at once at the peak, on average", p.Concurrency, load),
			fix:  []string{fmt.Sprintf("%s.provisioned_concurrency.concurrency=%.0f", link, enough/2)},
			figures: []figure{
				cost, of("provisioned_concurrency_utilization", link), of("provisioned_concurrency_spillover_invocations", link),
			},
		})
	})
}

// idleUnits is how many times what is used a table's write capacity must be to be told, and idleUnitsMin from how many
// units on.
const (
	idleUnits    = 4
	idleUnitsMin = 20
)

func idleTable(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *storage.TableSpec) {
		links, specs := d.producers(link)
		if s.Capacity.Mode != storage.Provisioned || s.Capacity.AutoScaling != nil || s.Capacity.WriteUnits < idleUnitsMin ||
			len(links) == 0 || !d.onlyProducers(link) || d.writtenByCalls(link) {
			return
		}
		units := 0.0
		for i, p := range specs {
			if meanSize(p) == 0 {
				return
			}
			units += d.crest(links[i]) * math.Ceil(meanSize(p)/1024+1)
		}
		if units*idleUnits > float64(s.Capacity.WriteUnits) {
			return
		}
		report(hit{
			of: link, field: "capacity.write_units",
			text:    fmt.Sprintf("are %d, and %.3g are used at the peak", s.Capacity.WriteUnits, units),
			fix:     []string{fmt.Sprintf("%s.capacity.auto_scaling={min_write: %d}", link, max(int(units), 1))},
			figures: append([]figure{cost}, figuresOf(links, "rejected")...),
		})
	})
}

// writtenByCalls reports whether work writes to a table by calls.
func (d *design) writtenByCalls(link spec.Link) (is bool) {
	eachCall(d, func(m made) { is = is || m.to == link })
	return is
}

func payloadsKept(d *design, report func(hit)) {
	told := map[spec.Link]bool{}
	each(d, func(link spec.Link, p *sdk.ProducerSpec) {
		if p.ExtendedClient == nil || told[p.ExtendedClient.Bucket] {
			return
		}
		bucket := p.ExtendedClient.Bucket
		told[bucket] = true
		if at[storage.BucketSpec](d, bucket).Expiration != nil {
			return
		}
		report(hit{
			of: bucket, field: "expiration",
			text: fmt.Sprintf("is not set: payloads of %s whose messages expire or are dead-lettered stay for ever", link),
			fix:  []string{bucket.String() + ".expiration=30d"},
		})
	})
}

// busyRate is the rate of messages a second from which on a producer is told to send batches: some $100 a month less.
const busyRate = 100

func oneByOne(d *design, report func(hit)) {
	each(d, func(link spec.Link, p *sdk.ProducerSpec) {
		rate := d.mean(link)
		if at[sqs.Spec](d, p.To) == nil || p.Batch.Size > 1 || rate < busyRate || meanSize(p) == 0 || meanSize(p) > 6*1024 {
			return
		}
		report(hit{
			of: link, field: "batch",
			text: fmt.Sprintf("%.3g messages a second go to %s in a call each", rate, p.To),
			fix:  []string{link.String() + ".batch={size: 10, linger: 100ms}"},
			figures: append([]figure{cost},
				d.paths(p.To, "latency.p99")...),
		})
	})
}
