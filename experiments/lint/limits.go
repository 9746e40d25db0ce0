package lint

import (
	"fmt"
	"math"

	"weir/models/eventbridge"
	"weir/models/gateway"
	"weir/models/kinesis"
	"weir/models/sdk"
	"weir/models/sns"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/models/storage"
	"weir/results"
)

var limitRules = []Rule{
	{
		ID: "message-above-limit", Severity: results.LintWarning,
		Title: "some messages are larger than what they are sent to takes",
		Reason: "A message above the limit is refused, and no retry helps: 1 MiB for a queue, 256 KiB for a topic unless raised, 1 MiB for " +
			"a stream unless raised, 400 KB for an item of a table. Larger payloads go through a bucket, by an extended client.",
		Source: guideFIFOQuota, Date: "2026", check: messageAboveLimit,
	},
	{
		ID: "quota-below-load", Severity: results.LintWarning,
		Title: "a topic, an event bus or a gateway gets more requests than its quota allows",
		Reason: "API Gateway, Publish and PutEvents have rates for an account and region, a stage one of its own: what is above is " +
			"throttled.",
		Source: "API Gateway developer guide, limits.md (@781597d); Amazon SNS and EventBridge endpoints and quotas", Date: "2023-04",
		check: quotaBelowLoad,
	},
	{
		ID: "table-below-load", Severity: results.LintWarning,
		Title: "a table's provisioned capacity is below what is written, on average over the run",
		Reason: "A write takes a unit for each KB of its item, rounded up. What is above the provisioned capacity is throttled once the " +
			"unused capacity of the last five minutes is spent.",
		Source: "AWS re:Post knowledge center, dynamodb-spiky-workloads-short-intervals", Date: "2026-11", check: tableBelowLoad,
	},
	{
		ID: "table-hot-key", Severity: results.LintWarning,
		Title: "one key of a table gets more writes than its partition takes",
		Reason: "A partition takes 1,000 write units a second, and all writes of a partition key go to one: no capacity of the table and no " +
			"mode helps a key that has more.",
		Source: "AWS re:Post knowledge center, dynamodb-spiky-workloads-short-intervals", Date: "2026-11", check: tableHotKey,
	},
}

// tellShare is the share of too large messages from which on they are told.
const tellShare = 1e-4

// sizeLimit returns how large a message to a component may be, and the setting that raises it, if there is one.
func (d *design) sizeLimit(to spec.Link) (limit float64, raise string) {
	switch to.Section {
	case "queues":
		if s := at[sqs.Spec](d, to); s.MaximumMessageSize != nil {
			return float64(*s.MaximumMessageSize), fmt.Sprintf("%s.maximum_message_size=%s", to, d.queues.MessageSizeMax)
		}
		return float64(d.queues.MessageSizeMax), ""
	case "topics":
		limits := new(sns.Limits)
		d.Profile.Fill(limits)
		if s := at[sns.Spec](d, to); s.MaximumMessageSize != nil {
			return float64(*s.MaximumMessageSize), ""
		}
		return float64(limits.MessageSizeMax), fmt.Sprintf("%s.maximum_message_size=%s", to, limits.MessageSizeMost)
	case "streams":
		if s := at[kinesis.Spec](d, to); s.MaximumRecordSize != nil {
			return float64(*s.MaximumRecordSize), ""
		}
		if d.streams.RecordMaxRaised <= d.streams.RecordMax {
			return float64(d.streams.RecordMax), ""
		}
		return float64(d.streams.RecordMax), fmt.Sprintf("%s.maximum_record_size=%s", to, d.streams.RecordMaxRaised)
	case "tables":
		limits := new(storage.TableLimits)
		d.Profile.Fill(limits)
		return float64(limits.ItemMax), ""
	case "event_buses":
		limits := new(eventbridge.Limits)
		d.Profile.Fill(limits)
		return float64(limits.SizeMax), ""
	}
	return math.Inf(1), ""
}

func messageAboveLimit(d *design, report func(hit)) {
	each(d, func(link spec.Link, p *sdk.ProducerSpec) {
		limit, raise := d.sizeLimit(p.To)
		share := above(p, limit)
		if share < tellShare {
			return
		}
		h := hit{
			of: link, field: "size",
			text: fmt.Sprintf("%s of the messages are larger than the %s that %s takes, and are refused", percent(share), sizeText(limit),
				p.To),
			figures: []figure{of("rejected_too_large", link), of("rejected", link)},
		}
		if raise != "" {
			h.fix = []string{raise}
		} else {
			h.figures = nil
		}
		report(h)
	})
}

func quotaBelowLoad(d *design, report func(hit)) {
	tell := func(link spec.Link, field, what string, limit, batch float64, fix string) {
		links, _ := d.producers(link)
		rate := d.crest(links...) / batch
		if rate <= limit || limit <= 0 {
			return
		}
		h := hit{
			of: link, field: field,
			text:    fmt.Sprintf("%.4g %s a second come at the peak, and %.4g are allowed", rate, what, limit),
			figures: figuresOf(links, "rejected", "retries"),
		}
		if fix != "" {
			h.fix = []string{fmt.Sprintf("%s.%s=%.0f/s", link, fix, math.Ceil(1.2*rate))}
		}
		report(h)
	}
	gateways, topics, buses := new(gateway.Limits), new(sns.Limits), new(eventbridge.Limits)
	d.Profile.Fill(gateways)
	d.Profile.Fill(topics)
	d.Profile.Fill(buses)
	each(d, func(link spec.Link, s *gateway.Spec) {
		switch {
		case s.Type != gateway.RESTAPI && s.Type != gateway.HTTPAPI:
		case s.RateLimit != nil && *s.RateLimit < gateways.RateLimit:
			tell(link, "rate_limit", "requests", s.RateLimit.PerSecond(), 1, "rate_limit")
		default:
			tell(link, "type", "requests", gateways.RateLimit.PerSecond(), 1, "")
		}
	})
	each(d, func(link spec.Link, s *sns.Spec) {
		limit := topics.PublishRate.PerSecond()
		if s.FIFOTopic {
			limit = topics.FIFOPublishRate.PerSecond()
		}
		tell(link, "", "messages", limit, 1, "")
	})
	each(d, func(link spec.Link, _ *eventbridge.Spec) { tell(link, "", "events", buses.PutRate.PerSecond(), 1, "") })
}

// writeUnits returns the write units that a producer's messages take on average, at the least.
func writeUnits(p *sdk.ProducerSpec) float64 {
	size := meanSize(p)
	if p.Size == nil || p.Size.Constant != nil {
		return math.Ceil(size / 1024)
	}
	return max(size/1024, 1)
}

func tableBelowLoad(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *storage.TableSpec) {
		links, specs := d.producers(link)
		if s.Capacity.Mode != storage.Provisioned {
			return
		}
		units := 0.0
		for i, p := range specs {
			units += d.mean(links[i]) * writeUnits(p)
		}
		most := s.Capacity.WriteUnits
		field := "capacity.write_units"
		if a := s.Capacity.AutoScaling; a != nil {
			most, field = max(most, a.MaxWrite), "capacity.auto_scaling.max_write"
		}
		if units <= float64(most) {
			return
		}
		report(hit{
			of: link, field: field,
			text:    fmt.Sprintf("is %d, and %.4g write units a second are needed on average", most, units),
			fix:     []string{fmt.Sprintf("%s.%s=%.0f", link, field, math.Ceil(1.4*units))},
			figures: append(figuresOf(links, "rejected", "retries"), cost),
		})
	})
}

func tableHotKey(d *design, report func(hit)) {
	limits := new(storage.TableLimits)
	d.Profile.Fill(limits)
	each(d, func(link spec.Link, _ *storage.TableSpec) {
		links, specs := d.producers(link)
		for i, p := range specs {
			units := d.crest(links[i]) * p.Key.Hottest() * writeUnits(p)
			if limit := limits.WriteUnits.PerSecond(); units > limit {
				report(hit{
					of: links[i], field: "key",
					text: fmt.Sprintf("one key has %s of the writes, %.4g write units a second at the peak, and its partition of %s takes %.4g",
						percent(p.Key.Hottest()), units, link, limit),
				})
			}
		}
	})
}
