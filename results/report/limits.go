package report

import (
	"maps"
	"math"
	"slices"
	"strings"

	"weir/results"
)

// limitHit is what a component was refused, or refused, because of a limit.
type limitHit struct{ Component, What, Count, Share string }

// refusal is a figure that counts what a limit refused: what it is called, and the figure that counts all of them with
// those refused, or, after a plus, without.
type refusal struct{ metric, text, of string }

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
func limitHits(s *results.Summary) (hits []limitHit) {
	for _, name := range slices.Sorted(maps.Keys(s.Components)) {
		c := s.Components[name]
		for _, l := range refusals[c.Kind] {
			e, ok := c.Metrics[l.metric]
			if !ok || math.IsNaN(e.Value) || e.Value == 0 {
				continue
			}
			h := limitHit{Component: name, What: l.text, Count: results.Interval(e, results.Quantity)}
			if of, besides := strings.CutPrefix(l.of, "+"); of != "" {
				all := c.Metrics[of].Value
				if besides {
					all += e.Value
				}
				h.Share = results.Percent(e.Value / all)
			}
			hits = append(hits, h)
		}
	}
	return hits
}

// busyFrom is from which mean use a component is named as what may hold the design back.
const busyFrom = 0.8

// holds says what limits the design: what is used up most, and what the latencies are made of.
func holds(s *results.Summary) (texts []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Components)) {
		if u := use(s.Components[name]); u >= busyFrom {
			texts = append(texts, name+" is used to "+results.Percent(u)+" on average")
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
		if total > 0 {
			texts = append(texts, "around p99 ("+results.Seconds(s.Paths[name].Latency["p99"].Value)+") of "+name+", "+
				results.Percent(largest/total)+" of the time is "+strings.ReplaceAll(most, "_", " "))
		}
	}
	return texts
}
