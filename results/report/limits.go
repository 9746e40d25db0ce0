package report

import (
	"maps"
	"math"
	"slices"
	"strings"

	"weir/models/message"
	"weir/results"
)

// limitHit is what a component was refused, or refused, because of a limit.
type limitHit struct {
	Component, What, Limit, Count, Share string
	much                                 bool // so much that it is told with what limits the design
}

// refusal is a figure that counts what a limit refused: what it is called, and the figure that counts all of them with
// those refused, or, after a plus, without.
type refusal struct{ metric, text, of string }

// limitNames are what limits are called, by the kind of the component and the figure that counts what they refused.
var limitNames = map[string]string{
	"sqs.queue.throttled":  "the API quota of the FIFO queue",
	"sqs.queue.over_limit": "messages in flight",
	"sns.topic.throttled":  "the quota of publishes",
	"kinesis.stream.write_provisioned_throughput_exceeded": "writes of a shard: 1 MB and 1,000 records a second",
	"kinesis.stream.read_provisioned_throughput_exceeded":  "reads of a shard: 2 MB and 5 calls a second",
	"producer.failed_records":                              "writes of a shard: 1 MB and 1,000 records a second",
	"dynamodb.table.throttled":                             "write capacity",
	"dynamodb.table.reads_throttled":                       "read capacity",
	"firehose.delivery_stream.throttled_records":           "the quota of direct puts",
	"lambda.function.timeouts":                             "timeout",
	"gateway.throttled":                                    "the throttle of the gateway",
	"gateway.timed_out":                                    "the gateway's timeout",
	"gateway.too_large":                                    "the size of a payload",
	"rds.database.too_many_connections":                    "max_connections",
	"rds.database.pool_timeouts":                           "the pool",
	"rds.database.proxy_borrow_timeouts":                   "the proxy's connections",
	"http.service.rate_limited":                            "the rate limit",
	"elasticache.cache.connections_refused":                "maxclients",
	"s3.bucket.slow_downs":                                 "requests of a prefix",
	"kms.key.throttled":                                    "the quota of cryptographic requests",
	"kms.quota.throttled":                                  "the quota of cryptographic requests",
}

// limitName names the limit that refused what a figure counts, or nothing: that of a function's throttles depends on
// its settings.
func (d *drawings) limitName(component, kind, metric string) string {
	if kind != "lambda.function" && kind != "lambda.mapping" || metric != "throttles" && metric != "throttled" {
		return limitNames[kind+"."+metric]
	}
	function, _, _ := strings.Cut(component, "/")
	for _, b := range d.told.Bounds {
		if b.Component == function { // a mapping's own maximum holds batches back and throttles none
			return b.Setting + ": " + results.Quantity(b.At)
		}
	}
	return "the account's concurrency"
}

// refusals are the figures that count what limits refused, by kind of component.
var refusals = map[string][]refusal{
	"producer": {
		{"rejected", "messages given up", "born"}, {"failed_records", "records refused, and sent again", "+records_put"},
		{"timed_out", "calls timed out", ""},
	},
	"sqs.queue": {
		{"throttled", "calls throttled", ""}, {"over_limit", "receives at the limit of messages in flight", ""},
	},
	"sns.topic": {{"throttled", "publishes throttled", ""}},
	"kinesis.stream": {
		{"write_provisioned_throughput_exceeded", "records refused at the write limit", "+incoming_records"},
		{"read_provisioned_throughput_exceeded", "reads refused at the read limit", "+get_records"},
	},
	"dynamodb.table": {
		{"throttled", "writes throttled", ""}, {"reads_throttled", "reads throttled", ""},
	},
	"firehose.delivery_stream": {{"throttled_records", "records throttled", "+incoming_records"}},
	"lambda.function": {
		{"throttles", "invocations throttled", "+invocations"}, {"async_events_dropped", "events dropped", ""},
		{"timeouts", "invocations that ran out of time", "invocations"},
	},
	"lambda.account": {{"throttles", "invocations throttled, of all functions", ""}},
	"lambda.mapping": {{"throttled", "attempts at a batch throttled", ""}},
	"gateway": {
		{"throttled", "requests throttled", "requests"}, {"timed_out", "requests timed out", "requests"},
		{"too_large", "requests too large", "requests"}, {"target_full", "requests that met full targets", "requests"},
		{"no_target", "requests without a healthy target", "requests"},
	},
	"rds.database": {
		{"too_many_connections", "queries without a connection", "+queries"},
		{"pool_timeouts", "queries that waited in vain for the pool", "+queries"},
		{"too_busy", "queries turned away", "+queries"},
		{"proxy_borrow_timeouts", "queries that waited in vain for the proxy", "+queries"},
	},
	"http.service": {
		{"rate_limited", "requests over the rate limit", "requests"}, {"unavailable", "requests turned away", "requests"},
	},
	"elasticache.cache":   {{"connections_refused", "connections refused", ""}},
	"s3.bucket":           {{"slow_downs", "requests slowed down", ""}},
	"kms.key":             {{"throttled", "calls throttled", "calls"}},
	"kms.quota":           {{"throttled", "calls throttled", "calls"}},
	"kinesisvideo.stream": {{"throttled", "calls throttled", ""}, {"connections_refused", "connections refused", ""}},
	"kinesisvideo.producer": {
		{"connection_limit_exceeded", "connections over the limit", ""}, {"overflown", "fragments lost", ""},
	},
	"kinesisvideo.consumer": {
		{"throttled", "calls throttled", ""}, {"connection_limit_exceeded", "connections over the limit", ""},
	},
	"calls": {
		{"bulkhead_full", "calls that the bulkhead held off", "+attempts"},
		{"short_circuited", "calls that the open circuit held off", "+attempts"},
		{"retries_without_tokens", "retries without a token", ""},
	},
}

// limitHits lists what limits refused, for each component.
func (d *drawings) limitHits() (hits []limitHit) {
	s := d.s
	for _, name := range slices.Sorted(maps.Keys(s.Components)) {
		c := s.Components[name]
		for _, l := range refusals[c.Kind] {
			e, ok := c.Metrics[l.metric]
			if !ok || math.IsNaN(e.Value) || e.Value == 0 {
				continue
			}
			h := limitHit{Component: name, What: l.text, Limit: d.limitName(name, c.Kind, l.metric),
				Count: results.Interval(e, results.Quantity)}
			if of, besides := strings.CutPrefix(l.of, "+"); of != "" {
				all := c.Metrics[of].Value
				if besides {
					all += e.Value
				}
				h.Share, h.much = results.Percent(e.Value/all), e.Value >= refusedMuch*all
			}
			hits = append(hits, h)
		}
	}
	return hits
}

// busyFrom is from which mean use a component is named as what may hold the design back.
const busyFrom = 0.8

// fullFrom is from which share of the time at its limit on a component is named so, and refusedMuch from which share of
// all a refusal is.
const (
	fullFrom    = 0.02
	refusedMuch = 0.01
)

// capacities are what of a component is used, by its kind.
var capacities = map[string]string{
	"ec2.fleet": "the threads of its instances", "rds.database": "its connections (max_connections)",
	"http.service": "its places", "kinesis.stream": "the reads of a shard (2 MB and 5 calls a second)",
}

// holds says what limits the design: what is used up most, and what the latencies are made of.
func (d *drawings) holds() (texts []string) {
	s := d.s
	for _, u := range d.uses() {
		if u.limits() {
			texts = append(texts, u.text())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Components)) {
		c := s.Components[name]
		u, full := use(c), c.Metrics["saturated_share"].Value
		if u >= busyFrom || full >= fullFrom {
			text := name + " is used to " + results.Percent(u) + " on average"
			if of := capacities[c.Kind]; of != "" {
				text = name + ": " + of + " are used to " + results.Percent(u) + " on average"
			}
			if full > 0 {
				text += ", and to 95 % or more in " + results.Percent(full) + " of the time"
			}
			texts = append(texts, text)
		}
	}
	for _, h := range d.limitHits() {
		if h.much && h.Limit != "" {
			texts = append(texts, h.Component+": "+h.Count+" "+h.What+", "+h.Share+" of all, by "+h.Limit)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Paths)) {
		causes := s.Paths[name].Causes["p99"]
		total, most, largest := 0.0, "", 0.0
		for _, c := range slices.Sorted(maps.Keys(causes)) {
			if v := causes[c].Value; !math.IsNaN(v) {
				total += v
				if v > largest {
					most, largest = c, v
				}
			}
		}
		by := ""
		if most == message.Throttle.String() {
			if by = d.throttledBy(name); by != "" {
				by = ", by " + by
			}
		}
		if total > 0 {
			texts = append(texts, "around p99 ("+results.Seconds(s.Paths[name].Latency["p99"].Value)+") of "+name+", "+
				results.Percent(largest/total)+" of the time is "+strings.ReplaceAll(most, "_", " ")+by)
		}
	}
	return texts
}
