package export

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"weir/models/cloudwatch"
	"weir/models/meter"
)

// metricData is what GetMetricData answers with, where each result also says what it is of, as a query would
// (CloudWatch API reference, API_GetMetricData and API_MetricDataResult).
type metricData struct {
	Messages          []metricMessage
	MetricDataResults []metricResult
}

type metricMessage struct{ Code, Value string }

type metricResult struct {
	ID         string `json:"Id"`
	Label      string
	Namespace  string
	MetricName string
	Dimensions []dimension
	Period     int64 // s
	Stat       string
	Unit       string
	StatusCode string
	Timestamps []string // when each period began, oldest first
	Values     []float64
}

type dimension struct{ Name, Value string }

// namespace is where components of a kind publish, and the dimension that their name stands in.
type namespace struct{ name, dimension string }

// namespaces are AWS's, by kind of component. A gateway's is known by what it publishes.
var namespaces = map[string]namespace{
	"sqs.queue": {"AWS/SQS", "QueueName"}, "sns.topic": {"AWS/SNS", "TopicName"},
	"lambda.function": {"AWS/Lambda", "FunctionName"}, "kinesis.stream": {"AWS/Kinesis", "StreamName"},
	"firehose.delivery_stream": {"AWS/Firehose", "DeliveryStreamName"}, "dynamodb.table": {"AWS/DynamoDB", "TableName"},
	"s3.bucket": {"AWS/S3", "BucketName"}, "rds.database": {"AWS/RDS", "DBInstanceIdentifier"},
	"elasticache.cache": {"AWS/ElastiCache", "CacheClusterId"}, "eventbridge.bus": {"AWS/Events", "EventBusName"},
	"analytics.flink": {"AWS/KinesisAnalytics", "Application"}, "analytics.sql": {"AWS/KinesisAnalytics", "Application"},
	"ec2.fleet": {"AWS/EC2", "AutoScalingGroupName"},
}

// custom is the namespace of metrics that programs of the design put themselves.
const custom = "Weir"

// place returns the namespace of a metric and the dimension of its component.
func place(kind, metric string) namespace {
	switch {
	case kind == "gateway" && strings.HasPrefix(metric, "Url"):
		return namespace{"AWS/Lambda", "FunctionName"}
	case kind == "gateway" && (metric == "Requests" || strings.HasSuffix(metric, "ErrorRate")):
		return namespace{"AWS/CloudFront", "DistributionId"}
	case kind == "gateway" && (strings.HasPrefix(metric, "HTTPCode_") || strings.HasPrefix(metric, "RequestCount") ||
		metric == "TargetResponseTime" || metric == "HealthyHostCount"):
		return namespace{"AWS/ApplicationELB", "LoadBalancer"}
	case kind == "gateway":
		return namespace{"AWS/ApiGateway", "ApiName"}
	case kind == "ec2.fleet" && strings.HasPrefix(metric, "Group"):
		return namespace{"AWS/AutoScaling", "AutoScalingGroupName"}
	case kind == "ec2.fleet" && metric != "CPUUtilization":
		return namespace{custom, "AutoScalingGroupName"}
	}
	if n, ok := namespaces[kind]; ok {
		return n
	}
	return namespace{custom, "Component"}
}

// writeCloudWatch writes what the components of the first replication published in the window of observation, as
// GetMetricData would answer, in ascending order of time. The dimension has the component's name without its section.
func writeCloudWatch(s *Source, w io.Writer) error {
	data := metricData{
		Messages: []metricMessage{{"Simulated", fmt.Sprintf(
			"%q by weir %s, replication 0, seed %d; the run began at %s with a warm-up of %s s, whose periods are left out",
			s.Summary.Scenario.Title(), s.Summary.Weir.Version, s.Summary.Scenario.Seed, s.clock(0).Format(timestamp),
			number(s.Summary.Run.WarmupSeconds))}},
		MetricDataResults: []metricResult{},
	}
	for i, m := range s.Metrics {
		c, ok := m.Publisher.(meter.Component)
		if !ok {
			return fmt.Errorf("%s is published by something that is no component", m.Name)
		}
		at := place(c.Kind(), m.Name)
		name, metric := c.Name(), m.Name
		if _, after, ok := strings.Cut(name, "."); ok {
			name = after
		}
		times := make([]string, len(m.Times))
		for k, t := range m.Times {
			times[k] = s.clock(t).Format(timestamp)
		}
		dimensions := []dimension{{at.dimension, name}}
		if metric == cloudwatch.CustomName {
			dimensions, metric = []dimension{}, name
		}
		for j, stat := range m.Statistics {
			values := m.Values[j]
			if values == nil {
				values = []float64{}
			}
			data.MetricDataResults = append(data.MetricDataResults, metricResult{
				ID:        fmt.Sprintf("m%d_%s", i, strings.ToLower(stat.String())),
				Label:     c.Name() + " " + m.Name + " " + stat.String(),
				Namespace: at.name, MetricName: metric, Dimensions: dimensions, Period: int64(m.Period.Seconds()),
				Stat: stat.String(), Unit: m.Unit, StatusCode: "Complete", Timestamps: times, Values: values,
			})
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	return enc.Encode(data)
}

// timestamp is how the AWS CLI prints the times of datapoints.
const timestamp = "2006-01-02T15:04:05-07:00"
