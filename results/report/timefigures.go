package report

import (
	"slices"

	"weir/results/chart"
)

// timeFigures are the figures over time, in the order of the report.
var timeFigures = slices.Concat(loadFigures, backlogFigures, limitFigures, downstreamFigures, scalingFigures)

var loadFigures = []timeFigure{
	{
		part: inLoad, name: "throughput", title: "Arrivals and throughput",
		panels: []timePanel{{unit: "messages/s", curves: slices.Concat(
			[]timeCurve{always("producer:born", "arrivals")},
			each("processed", "processed", workers...),
			each("incoming_records", "incoming", "firehose.delivery_stream"),
		)}},
	},
	{
		part: inLoad, name: "deadlines", title: "Processed on time, late or dropped, and refused",
		description: "Messages of producers without a deadline count as on time.",
		panels: []timePanel{{unit: "messages/s", curves: slices.Concat(
			each("on_time", "on time", workers...),
			each("late", "late or dropped", workers...),
			each("rejected", "refused", "producer"),
		)}},
	},
	{
		part: inLoad, name: "records", title: "Streams: records accepted, and refused and sent again",
		panels: []timePanel{
			{unit: "records/s accepted", curves: []timeCurve{always("kinesis.stream:incoming_records", "accepted")}},
			{unit: "records/s refused", curves: each("write_throttled", "refused", "kinesis.stream")},
		},
	},
}

var backlogFigures = []timeFigure{
	{
		part: inBacklog, name: "backlog", title: "Backlog and in flight",
		panels: []timePanel{
			{unit: "messages", curves: []timeCurve{
				always("sqs.queue:visible", "waiting"), of("sqs.queue:in_flight", "in flight"),
				of("sns.topic:backlog", "backlog"), of("kcl.application:unread", "unread"),
				of("lambda.stream_mapping:waiting", "unread"), of("firehose.delivery_stream:unread", "unread"),
				of("firehose.delivery_stream:buffered", "buffered"),
			}},
			{unit: "messages that producers hold", curves: []timeCurve{
				{curve: "producer:held", label: "held", least: heldLeast},
			}},
		},
	},
	{
		part: inBacklog, name: "oldest_age", title: "Age of the oldest message",
		panels: []timePanel{{unit: "s", curves: []timeCurve{
			of("sqs.queue:oldest_age_s", "oldest"), of("firehose.delivery_stream:data_freshness_s", "data freshness"),
		}}},
	},
	{
		part: inBacklog, name: "iterator_age", title: "Streams: age of the oldest record not read",
		panels: []timePanel{{unit: "s", curves: each("iterator_age_s", "", "kinesis.stream", "kcl.application",
			"lambda.stream_mapping", "firehose.delivery_stream")}},
	},
}

var limitFigures = []timeFigure{
	{
		part: inLimits, name: "throttles", title: "Requests refused by a limit, by component",
		panels: []timePanel{{unit: "refused/s", apart: true, curves: slices.Concat(
			each("throttles", "throttles", "lambda.function"),
			each("write_throttled", "writes refused", "kinesis.stream"),
			each("read_throttled", "reads refused", "kinesis.stream"),
			each("throttled", "throttled", "dynamodb.table", "gateway", "sqs.queue", "sns.topic", "kms.key", "kms.quota",
				"kinesisvideo.stream", "kinesisvideo.consumer"),
			each("reads_throttled", "reads throttled", "dynamodb.table"),
			each("throttled_records", "throttled", "firehose.delivery_stream"),
			each("slow_downs", "slow down", "s3.bucket"),
			each("rate_limited", "rate limited", "http.service"),
		)}},
	},
	{
		part: inLimits, name: "cold_starts", title: "Cold starts",
		panels: []timePanel{{unit: "cold starts/s", curves: each("cold_starts", "", "lambda.function")}},
	},
	{
		part: inLimits, name: "concurrency", title: "Lambda: invocations under way and environments",
		panels: []timePanel{{
			unit: "executions",
			curves: []timeCurve{
				of("lambda.function:concurrent", "under way"), of("lambda.function:environments", "environments"),
				limit("lambda.function:provisioned", "provisioned"), of("lambda.account:concurrent", together),
			},
			limits: map[string]limitFigure{"lambda.account": {"concurrent_executions_limit", "limit of the account", 0}},
		}},
	},
	{
		part: inLimits, name: "pollers", title: "Event source mappings: batches invoked, and how many may be",
		panels: []timePanel{{unit: "batches", curves: []timeCurve{
			of("lambda.mapping:invoked", "invoked"), limit("lambda.mapping:concurrency", "may be invoked"),
		}}},
	},
	{
		part: inLimits, name: "reads", title: "Streams: reads of the busiest shard",
		description: "As a share of the limit that all who poll a shard have together.",
		panels: []timePanel{{
			unit: "share", curves: each("read_utilisation", "", "kinesis.stream"),
			limits: map[string]limitFigure{"kinesis.stream": {"", "limit", 1}},
		}},
	},
}

var downstreamFigures = []timeFigure{
	{
		part: inLimits, name: "connections", title: "Databases: connections, and queries at work and waiting",
		panels: []timePanel{
			{
				unit: "connections", curves: []timeCurve{always("rds.database:connections", "connections")},
				limits: map[string]limitFigure{"rds.database": {"connections_limit", "limit", 0}},
			},
			{unit: "queries", curves: []timeCurve{
				of("rds.database:busy", "at work"), of("rds.database:waiting", "waiting"),
			}},
		},
	},
	{
		part: inLimits, name: "tables", title: "DynamoDB: capacity used, and provisioned",
		panels: []timePanel{
			{unit: "write units/s", curves: []timeCurve{
				of("dynamodb.table:write_units", "writes"), limit("dynamodb.table:write_capacity", "provisioned"),
			}},
			{unit: "read units/s", curves: []timeCurve{
				of("dynamodb.table:read_units", "reads"), limit("dynamodb.table:read_capacity", "provisioned"),
			}},
		},
	},
	{
		part: inLimits, name: "gateways", title: "Gateways: requests and errors",
		panels: []timePanel{
			{unit: "requests/s", curves: each("requests", "requests", "gateway")},
			{unit: "errors/s", curves: slices.Concat(each("failed", "failed", "gateway"),
				each("timed_out", "timed out", "gateway"), each("throttled", "throttled", "gateway"))},
		},
	},
	{
		part: inLimits, name: "services", title: "Services and caches: requests that wait",
		panels: []timePanel{{unit: "requests", curves: slices.Concat(
			each("waiting", "waiting", "http.service", "elasticache.cache"), each("busy", "being served", "http.service"),
		)}},
	},
}

var scalingFigures = []timeFigure{
	{
		part: inScaling, name: "fleet", title: "Fleets: capacity and how much of it is used", scaling: true,
		panels: []timePanel{
			{
				unit: "capacity of groups",
				curves: []timeCurve{
					of("ec2.fleet:desired", "desired"), of("ec2.fleet:pending", "pending"), of("ec2.fleet:in_service", "in service"),
				},
				limits: map[string]limitFigure{"ec2.fleet": {"max_size", "maximum", 0}},
			},
			{unit: "threads", curves: []timeCurve{of("ec2.fleet:busy", "busy"), limit("ec2.fleet:threads", "running")}},
		},
	},
	{
		part: inScaling, name: "shards", title: "Streams: open shards",
		panels: []timePanel{{unit: "shards", varied: true, curves: each("open_shards", "", "kinesis.stream")}},
	},
	{
		part: inScaling, name: "capacity", title: "Flink: processing units",
		panels: []timePanel{{unit: "KPUs", varied: true, curves: each("kpus", "", "analytics.flink")}},
	},
}

// limitFigure is the level that the curves of a component cannot pass: a figure of it tells it, or it is known.
type limitFigure struct {
	metric, name string
	at           float64
}

// limitOf returns the level of a component's limit, and whether it has one.
func (d *drawings) limitOf(component string, l limitFigure) (chart.Limit, bool) {
	if l.metric == "" {
		return chart.Limit{Name: l.name, At: l.at}, true
	}
	name := l.name
	if of := short(component); of != "lambda" { // the account has no name that says anything
		name = of + " " + name
	}
	e, ok := d.s.Components[component].Metrics[l.metric]
	return chart.Limit{Name: name, At: e.Value}, ok && e.Value > 0
}
