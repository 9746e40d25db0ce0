package report

import "strings"

// services are the names of those who bill, by the first word of an item.
var services = map[string]string{
	"sqs": "SQS", "sns": "SNS", "ec2": "EC2", "rds": "RDS", "s3": "S3", "lambda": "Lambda", "logs": "CloudWatch Logs",
	"cloudwatch": "CloudWatch", "dynamodb": "DynamoDB", "kinesis": "Kinesis", "firehose": "Firehose", "nat": "NAT",
	"video": "Kinesis Video", "fargate": "Fargate", "analytics": "Managed Flink", "apigateway": "API Gateway",
	"elb": "ELB", "kms": "KMS", "elasticache": "ElastiCache", "transfer": "Data transfer", "xray": "X-Ray",
	"eventbridge": "EventBridge", "scenario": "Scenario", "eks": "EKS", "alb": "ALB", "vpc": "VPC", "ebs": "EBS",
}

// itemName writes an item of a bill as people say it: "EC2 instance hours, m5.large" of ec2.instance_hours/m5.large.
func itemName(item string) string {
	name, variant, _ := strings.Cut(item, "/")
	service, rest, found := strings.Cut(name, ".")
	if known, ok := services[service]; ok {
		service = known
	}
	words := strings.NewReplacer(".", ", ", "_gb_months", " GB-months", "gb_seconds", "GB-seconds", "gb_hours", "GB-hours",
		"_gb", " GB", "gb", "GB", "vcpu", "vCPU", "kpu", "KPU", "ipv4", "IPv4",
		"efo", "enhanced fan-out", "_", " ").Replace(rest)
	if !found {
		return item
	}
	out := service + " " + words
	if variant != "" {
		out += ", " + strings.NewReplacer("/", ", ", "single_az", "single zone", "multi_az", "two zones").Replace(variant)
	}
	return out
}
