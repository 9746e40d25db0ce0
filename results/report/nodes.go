package report

import (
	"math"

	"weir/results"
)

// nodeFigure is a figure that stands at a component of the diagram.
type nodeFigure struct {
	metric, text string
	format       func(float64) string
}

// nodeFigures are the figures that stand at a component, by its kind.
var nodeFigures = map[string][]nodeFigure{
	"producer": {{"rejected", "%s given up", whole}, {"held_max", "up to %s held", whole}},
	"sqs.queue": {
		{"visible_max", "up to %s waiting", whole}, {"arrived_dead", "%s dead letters", whole},
		{"arrived_dead_processed", "of them processed: %s", whole},
	},
	"sns.topic": {
		{"backlog_max", "up to %s to deliver", whole}, {"dead_lettered", "%s dead-lettered", whole},
	},
	"sns.endpoint": {{"unavailable", "%s unavailable", whole}},
	"ec2.fleet": {
		{"running_mean", "instances: %s", results.Quantity}, {"utilisation", "%s of threads busy", results.Percent},
		{"utilisation_peak", "at the peak %s", results.Percent}, {"saturated_share", "full %s of the time", results.Percent},
		{"failed", "%s attempts failed", whole},
	},
	"lambda.function": {
		{"concurrent_executions_mean", "%s at once on average", results.Quantity},
		{"concurrent_executions_max", "%s at most", whole}, {"throttles", "%s throttled", whole},
	},
	"rds.database": {
		{"connections_max", "up to %s connections", whole}, {"waiting_max", "up to %s waiting", whole},
		{"response_p99_s", "p99 %s", results.Seconds},
	},
	"dynamodb.table": {
		{"throttled", "%s writes throttled", whole}, {"reads_throttled", "%s reads throttled", whole},
	},
	"kinesis.stream": {
		{"open_shards_mean", "shards: %s", results.Quantity},
		{"write_provisioned_throughput_exceeded", "%s writes refused", whole},
		{"read_utilisation", "reads at %s of limit", results.Percent},
	},
	"kcl.application": {
		{"running_mean", "workers: %s", results.Quantity}, {"busy_mean", "shards busy: %s", results.Quantity},
		{"iterator_age_p99_s", "p99 %s behind", results.Seconds},
	},
	"firehose.delivery_stream": {
		{"objects", "objects: %s", whole}, {"delivery_to_s3_data_freshness_max_s", "freshness %s", results.Seconds},
	},
	"gateway": {
		{"latency_p99_s", "p99 %s", results.Seconds}, {"throttled", "%s throttled", whole},
		{"timed_out", "%s timed out", whole},
	},
	"http.service": {
		{"response_p99_s", "p99 %s", results.Seconds}, {"rate_limited", "%s rate limited", whole},
		{"waiting_max", "up to %s waiting", whole},
	},
	"elasticache.cache": {{"response_p99_s", "p99 %s", results.Seconds}},
	"s3.bucket":         {{"objects_max", "up to %s objects", whole}, {"slow_downs", "%s slow downs", whole}},
	"analytics.flink": {
		{"kpus_mean", "KPUs: %s", results.Quantity}, {"result_delay_p99_s", "results p99 %s", results.Seconds},
	},
}

// whole writes a count without its fraction, which means over replications have; a few are not written as none.
func whole(v float64) string {
	if v < 1 {
		return results.Quantity(math.Ceil(v))
	}
	return results.Quantity(math.Round(v))
}
