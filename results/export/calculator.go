package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"weir/results"
	"weir/results/cost"
)

// words are how the AWS Pricing Calculator calls the input that an item is. Those of SQS and API Gateway, and Lambda's
// number of requests, are the calculator's own, from estimates that were exported from it (calculator.aws,
// configuration summaries in published guidance of AWS, looked up on 2026-11-26); others are close to them. What has
// no words here stands under its name in Weir's price list.
var words = map[string]string{
	"sqs.requests.standard":    "Standard queue requests (%M million per month)",
	"sqs.requests.fifo":        "FIFO queue requests (%M million per month)",
	"sqs.requests.fair":        "Fair queue requests (%M million per month)",
	"sns.requests":             "Requests (%M million per month)",
	"sns.fifo.requests":        "FIFO requests (%M million per month)",
	"sns.deliveries.http":      "HTTP/HTTPS Notifications (%M million per month)",
	"lambda.requests":          "Number of requests (%M million per month)",
	"lambda.gb_seconds.x86":    "Architecture (x86), Compute (%N GB-s per month)",
	"lambda.gb_seconds.arm":    "Architecture (Arm), Compute (%N GB-s per month)",
	"apigateway.rest.requests": "REST API request units (millions), Requests (%M per month)",
	"apigateway.http.requests": "HTTP API requests units (millions), Requests (%M per month)",
	"s3.storage_gb_months":     "S3 Standard storage (%N GB per month)",
	"s3.requests.put":          "PUT, COPY, POST, LIST requests to S3 Standard (%N)",
	"s3.requests.get":          "GET, SELECT, and all other requests from S3 Standard (%N)",
	"ec2.instance_hours":       "Advance EC2 instance (%V), Instance hours (%N per month)",
	"rds.instance_hours":       "Instance Type (%V), Instance hours (%N per month)",
	"kinesis.shard_hours":      "Shard hours (%N per month)",
	"kinesis.put_units":        "PUT Payload Units (%M million per month)",
}

// services are the calculator's names of services, by the first word of an item.
var services = map[string]string{
	"sqs": "Amazon Simple Queue Service (SQS)", "sns": "Amazon Simple Notification Service (SNS)", "lambda": "AWS Lambda",
	"kinesis": "Amazon Kinesis Data Streams", "firehose": "Amazon Data Firehose", "video": "Amazon Kinesis Video Streams",
	"analytics": "Amazon Managed Service for Apache Flink", "dynamodb": "Amazon DynamoDB",
	"s3": "Amazon Simple Storage Service (S3)", "ec2": "Amazon EC2", "fargate": "AWS Fargate", "rds": "Amazon RDS",
	"elasticache": "Amazon ElastiCache", "kms": "AWS Key Management Service", "apigateway": "Amazon API Gateway",
	"alb": "Elastic Load Balancing", "nat": "Amazon Virtual Private Cloud (VPC)",
	"vpc":      "Amazon Virtual Private Cloud (VPC)",
	"transfer": "AWS Data Transfer", "events": "Amazon EventBridge", "cloudwatch": "Amazon CloudWatch",
	"logs": "Amazon CloudWatch", "xray": "AWS X-Ray",
}

// calculatorColumns are those of the detailed estimate that the calculator exports, and two more.
var calculatorColumns = []string{
	"Group hierarchy", "Region", "Description", "Service", "Upfront", "Monthly", "First 12 months total", "Currency",
	"Status", "Configuration summary", "Price date", "Price source",
}

// writeCalculator writes the bill as the AWS Pricing Calculator exports an estimate: a line for each component and
// service. Costs are Weir's, from its own dated prices; the last two columns say which. The calculator itself cannot
// read an estimate.
func writeCalculator(s *Source, w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(calculatorColumns); err != nil {
		return err
	}
	group := results.CSVText(s.Summary.Scenario.Title())
	region := s.Summary.Scenario.Region
	total := 0.0
	for _, lines := range byService(s.Summary.Cost.Lines) {
		month, problems := 0.0, 0
		var inputs, dates, sources []string
		for _, l := range lines {
			month += l.MonthUSD
			if l.Problem != "" {
				problems++
			}
			inputs = appendNew(inputs, input(&l))
			dates, sources = appendNew(dates, l.Date), appendNew(sources, l.Source)
		}
		status := ""
		if problems > 0 {
			status = "without " + strconv.Itoa(problems) + " of its prices, which nobody knows"
		}
		total += month
		if err := out.Write([]string{
			group, region, lines[0].Component, serviceOf(&lines[0]), "0", usd(month), usd(12 * month), "USD", status,
			strings.Join(inputs, ", "), strings.Join(dates, "; "), strings.Join(sources, "; "),
		}); err != nil {
			return err
		}
	}
	err := out.Write([]string{group, region, "Total", "", "0", usd(total), usd(12 * total), "USD", "", "", "", ""})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// usd writes dollars with the digits that small bills need, so that lines add up to the total.
func usd(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }

// byService groups lines by component and service, in the order of the bill; what was not used is left out.
func byService(lines []cost.Line) (groups [][]cost.Line) {
	at := map[[2]string]int{}
	for _, l := range lines {
		if l.Quantity == 0 && l.Problem == "" {
			continue
		}
		key := [2]string{l.Component, serviceOf(&l)}
		i, ok := at[key]
		if !ok {
			i = len(groups)
			at[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], l)
	}
	return groups
}

func serviceOf(l *cost.Line) string {
	first, _, _ := strings.Cut(l.Item, ".")
	if name := services[first]; name != "" {
		return name
	}
	return first
}

// input says what a line is of, as the calculator's summary of a configuration does.
func input(l *cost.Line) string {
	item, variant, _ := strings.Cut(l.Item, "/")
	text, known := words[item]
	if !known {
		return fmt.Sprintf("%s (%s %s per month)", l.Item, number(l.Quantity), l.Units())
	}
	return strings.NewReplacer("%M", number(l.Quantity/1e6), "%N", number(l.Quantity), "%V", variant).Replace(text)
}

// appendNew appends what is not empty and not there yet.
func appendNew(all []string, one string) []string {
	if one == "" {
		return all
	}
	for _, have := range all {
		if have == one {
			return all
		}
	}
	return append(all, one)
}
