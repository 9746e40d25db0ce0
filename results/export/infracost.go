package export

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"weir/models/aws"
	"weir/results"
	"weir/results/cost"
)

// resource is where the usage of an item stands in infracost's usage file.
type resource struct {
	kind  string  // Terraform's type
	key   string  // with the block that it is in: standard.storage_gb
	per   float64 // how many of Weir's units are one of infracost's; 1 unless given
	whole bool    // infracost reads a whole number
	note  string
}

// resources are infracost's keys of usage, as its example file names them and its resources read them
// (github.com/infracost/infracost, infracost-usage-example.yml at 2112605 and internal/resources/aws; looked up on
// 2026-11-26). The name of a resource is that of the component, so that queues.orders is aws_sqs_queue.orders.
var resources = map[string]resource{
	"sqs.requests.standard": {kind: "aws_sqs_queue", key: "monthly_requests"},
	"sqs.requests.fifo":     {kind: "aws_sqs_queue", key: "monthly_requests"},
	"sns.requests": {kind: "aws_sns_topic", key: "monthly_requests",
		note: "infracost takes a free million off"},
	"lambda.requests": {kind: "aws_lambda_function", key: "monthly_requests"},

	"kinesis.put_units":              {kind: "aws_kinesis_stream", key: "monthly_provisioned_put_units"},
	"kinesis.long_term_gb_months":    {kind: "aws_kinesis_stream", key: "monthly_provisioned_long_term_retention_gb"},
	"kinesis.long_term_retrieval_gb": {kind: "aws_kinesis_stream", key: "monthly_provisioned_long_term_retrieval_gb"},
	"kinesis.efo.gb":                 {kind: "aws_kinesis_stream", key: "monthly_provisioned_efo_data_out_gb"},
	"kinesis.efo.consumer_shard_hours": {kind: "aws_kinesis_stream", key: "monthly_provisioned_efo_consumer_hours",
		note: "consumer-shard-hours, which infracost prices by"},
	"kinesis.extended_retention_shard_hours": {kind: "aws_kinesis_stream",
		key: "monthly_provisioned_extended_retention_gb", note: "shard-hours, which infracost prices by"},
	"kinesis.on_demand.in_gb":               {kind: "aws_kinesis_stream", key: "monthly_on_demand_data_in_gb"},
	"kinesis.on_demand.out_gb":              {kind: "aws_kinesis_stream", key: "monthly_on_demand_data_out_gb"},
	"kinesis.on_demand.efo_out_gb":          {kind: "aws_kinesis_stream", key: "monthly_on_demand_efo_data_out_gb"},
	"kinesis.on_demand.retention_gb_months": {kind: "aws_kinesis_stream", key: "monthly_on_demand_extended_retention_gb"},
	"kinesis.on_demand.long_retention_gb_months": {kind: "aws_kinesis_stream",
		key: "monthly_on_demand_long_term_retention_gb"},

	"firehose.in_gb": {kind: "aws_kinesis_firehose_delivery_stream", key: "monthly_data_ingested_gb"},
	"analytics.kpu_hours": {kind: "aws_kinesisanalyticsv2_application", key: "kinesis_processing_units",
		per: aws.HoursPerMonth, whole: true, note: "the mean"},
	"analytics.backup_gb_months": {kind: "aws_kinesisanalyticsv2_application", key: "durable_application_backup_gb"},

	"dynamodb.write_units":       {kind: "aws_dynamodb_table", key: "monthly_write_request_units"},
	"dynamodb.read_units":        {kind: "aws_dynamodb_table", key: "monthly_read_request_units"},
	"dynamodb.storage_gb_months": {kind: "aws_dynamodb_table", key: "storage_gb"},
	"dynamodb.stream_read_units": {kind: "aws_dynamodb_table", key: "monthly_streams_read_request_units"},
	"s3.requests.put":            {kind: "aws_s3_bucket", key: "standard.monthly_tier_1_requests"},
	"s3.requests.get":            {kind: "aws_s3_bucket", key: "standard.monthly_tier_2_requests"},
	"s3.storage_gb_months":       {kind: "aws_s3_bucket", key: "standard.storage_gb"},
	"apigateway.rest.requests":   {kind: "aws_api_gateway_rest_api", key: "monthly_requests"},
	"apigateway.http.requests":   {kind: "aws_apigatewayv2_api", key: "monthly_requests"},
	"events.custom":              {kind: "aws_cloudwatch_event_bus", key: "monthly_custom_events"},
	"logs.ingested_gb":           {kind: "aws_cloudwatch_log_group", key: "monthly_data_ingested_gb"},
	"nat.processed_gb": {kind: "aws_nat_gateway", key: "monthly_data_processed_gb",
		note: "of all gateways of the network"},
	"vpc.endpoint_gb": {kind: "aws_vpc_endpoint", key: "monthly_data_processed_gb",
		note: "of all endpoints of the network"},
	"transfer.internet_gb": {kind: "aws_data_transfer", key: "monthly_outbound_internet_gb"},
	"transfer.cross_az_gb": {kind: "aws_data_transfer", key: "monthly_intra_region_gb", per: 2,
		note: "infracost doubles it, as AWS bills both directions"},
	"alb.lcu_hours": {kind: "aws_lb", key: "processed_bytes_gb",
		note: "LCU-hours, of which a gigabyte is one: infracost takes them no other way"},
	"ec2.instance_hours": {kind: "aws_autoscaling_group", key: "instances", per: aws.HoursPerMonth,
		whole: true, note: "the mean"},
}

// sizes are the sizes of requests in KB that the numbers of requests are counted in: Weir counts what is billed.
var sizes = map[string]float64{
	"aws_sqs_queue": 64, "aws_sns_topic": 64, // each 64 KB chunk is a request
	"aws_apigatewayv2_api": 512, // each 512 KB
}

// fromCode are items, or their first words, that infracost prices from the Terraform code and takes no usage of.
var fromCode = []string{
	"kinesis.shard_hours", "kinesis.on_demand.stream_hours", "rds.instance_hours", "rds.storage_gb_months", "alb.hours",
	"nat.gateway_hours", "vpc.endpoint_hours", "kms.key_months", "cloudwatch.alarms", "elasticache.",
	"dynamodb.write_capacity_hours", "dynamodb.read_capacity_hours", "fargate.", "apigateway.cache_hours",
	"ec2.volume_gb_months", "analytics.running_storage_gb_months",
}

// usage is the file in the making: by the address of a resource, then by key.
type usage struct {
	resources map[string]map[string]entry
	code      []cost.Line
	unknown   []cost.Line
	owners    map[string]string // by address: the component that it is of
	summary   *results.Summary
}

type entry struct {
	value float64
	resource
}

// writeInfracost writes infracost's usage file (https://infracost.io/usage-file/): what the design uses in a month, by
// resource. What infracost has no key for is listed in a comment.
func writeInfracost(s *Source, w io.Writer) error {
	u := usage{resources: map[string]map[string]entry{}, owners: map[string]string{}, summary: s.Summary}
	for _, line := range s.Summary.Cost.Lines {
		u.add(line)
	}
	u.addDurations(s.Summary)
	out := new(bytes.Buffer)
	sum := s.Summary
	fmt.Fprintf(out, `# What a month of %q uses, as Weir %s simulated it: the load of the window of %s s,
# scaled to 730 hours; the mean of %d replications, seed %d.
#
#   infracost breakdown --path . --usage-file infracost-usage.yml
#
# A component is the resource of its own name: queues.orders is aws_sqs_queue.orders. Other letters than a-z, A-Z, 0-9,
# - and _ are _ there. Rename the resources as your Terraform code calls them.
version: 0.1
`, sum.Scenario.Title(), sum.Weir.Version, number(sum.Run.DurationSeconds), sum.Run.Replications, sum.Scenario.Seed)
	u.write(out)
	_, err := w.Write(out.Bytes())
	return err
}

// add puts a line of the bill where infracost wants it.
func (u *usage) add(line cost.Line) {
	item, _, _ := strings.Cut(line.Item, "/")
	r, known := resources[item]
	switch {
	case line.Quantity == 0:
		return
	case strings.HasPrefix(item, "lambda.gb_seconds."): // is what requests and their duration come to
		return
	case !known && slices.ContainsFunc(fromCode, func(p string) bool { return strings.HasPrefix(item, p) }):
		u.code = append(u.code, line)
		return
	case !known:
		u.unknown = append(u.unknown, line)
		return
	}
	owner := line.Component
	if r.kind == "aws_data_transfer" {
		owner = u.summary.Scenario.Region
	}
	keys := u.at(r.kind, owner)
	value := keys[r.key].value + line.Quantity/max(r.per, 1)
	if r.key == "kinesis_processing_units" && u.summary.Components[owner].Kind == "analytics.flink" {
		value = max(0, value-1) // of orchestration, which infracost adds
	}
	keys[r.key] = entry{value, r}
	if size := sizes[r.kind]; size > 0 {
		keys["request_size_kb"] = entry{size, resource{note: "the requests are counted as billed"}}
	}
}

// at returns the keys of a component's resource. What would have another component's address gets a number.
func (u *usage) at(kind, component string) map[string]entry {
	name := component
	if _, after, ok := strings.Cut(component, "."); ok {
		name = after
	}
	base := kind + "." + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, name)
	address := base
	for n := 2; u.owners[address] != "" && u.owners[address] != component; n++ {
		address = fmt.Sprintf("%s_%d", base, n)
	}
	u.owners[address] = component
	if u.resources[address] == nil {
		u.resources[address] = map[string]entry{}
	}
	return u.resources[address]
}

// addDurations adds how long a request of each function is billed for.
func (u *usage) addDurations(s *results.Summary) {
	requests, seconds := map[string]float64{}, map[string]float64{}
	for _, l := range s.Cost.Lines {
		switch {
		case l.Item == "lambda.requests":
			requests[l.Component] += l.Quantity
		case strings.HasPrefix(l.Item, "lambda.gb_seconds."):
			seconds[l.Component] += l.Quantity
		}
	}
	for _, component := range slices.Sorted(maps.Keys(seconds)) {
		memory := s.Components[component].Metrics["memory"].Value
		if memory > 0 && requests[component] > 0 {
			u.at("aws_lambda_function", component)["request_duration_ms"] = entry{
				value:    seconds[component] / memory / requests[component] * 1000,
				resource: resource{note: "billed, on average, at the memory of the scenario: " + number(memory*1024) + " MB"},
			}
		}
	}
}

func (u *usage) write(out *bytes.Buffer) {
	if len(u.resources) == 0 {
		fmt.Fprint(out, "resource_usage: {} # nothing that infracost knows\n")
	} else {
		fmt.Fprint(out, "resource_usage:\n")
	}
	for i, address := range slices.Sorted(maps.Keys(u.resources)) {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "  %s:\n", address)
		if strings.HasPrefix(address, "aws_data_transfer.") {
			fmt.Fprintf(out, "    region: %s\n", u.summary.Scenario.Region)
		}
		block := ""
		for _, key := range slices.Sorted(maps.Keys(u.resources[address])) {
			e := u.resources[address][key]
			indent := "    "
			if outer, inner, ok := strings.Cut(key, "."); ok {
				if outer != block {
					fmt.Fprintf(out, "    %s:\n", outer)
					block = outer
				}
				key, indent = inner, "      "
			}
			fmt.Fprintf(out, "%s%s: %s%s\n", indent, key, e.text(), e.comment())
		}
	}
	list(out, "Priced by infracost from the Terraform code, without usage:", u.code)
	list(out, "Not carried over, as infracost has no key for it here; its total lacks them:", u.unknown)
}

// text returns the value as infracost reads it: requests and the like as whole numbers.
func (e *entry) text() string {
	if e.whole || strings.HasSuffix(e.key, "_requests") || strings.HasSuffix(e.key, "_events") {
		return strconv.FormatFloat(math.Round(e.value), 'f', 0, 64)
	}
	return number(e.value)
}

func (e *entry) comment() string {
	switch {
	case e.note == "":
		return ""
	case e.whole:
		return " # " + e.note + ": " + number(e.value)
	}
	return " # " + e.note
}

func list(out *bytes.Buffer, title string, lines []cost.Line) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(out, "\n# %s\n", title)
	for _, l := range lines {
		fmt.Fprintf(out, "#   %s: %s, %s %s, %s USD\n", l.Component, l.Item, number(l.Quantity), l.Units(), price(&l))
	}
}

// price returns what a line costs in a month, or that nobody knows.
func price(l *cost.Line) string {
	if l.Problem != "" {
		return "an unknown number of"
	}
	return strconv.FormatFloat(l.MonthUSD, 'f', 2, 64)
}

// number writes a figure with six significant digits, and no exponent.
func number(v float64) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	digits := max(0, 5-int(math.Floor(math.Log10(math.Abs(v)))))
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}
