package export

import (
	"bytes"
	"strings"
	"testing"

	"weir/models/aws"
	"weir/results"
	"weir/results/cost"
)

// What stands in the tables under another name than the price list's would never be found.
func TestItemsAreThoseOfThePriceList(t *testing.T) {
	prices, err := aws.LoadPrices("us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	known := func(item string) bool {
		_, ok := prices.LookUp(item, "")
		return ok || aws.UnitOf(item) != ""
	}
	for item := range resources {
		if !known(item) {
			t.Errorf("infracost: %s is no item", item)
		}
	}
	for item := range words {
		if !known(item) {
			t.Errorf("calculator: %s is no item", item)
		}
	}
}

func TestTwoComponentsNeverShareAResource(t *testing.T) {
	line := func(component, item string, n float64) cost.Line {
		return cost.Line{Component: component, Item: item, Quantity: n, Unit: "request"}
	}
	s := &Source{Summary: &results.Summary{Cost: bill(
		line("queues.a.fifo", "sqs.requests.fifo", 5), line("queues.a.fifo", "sqs.requests.standard", 2),
		line("queues.a_fifo", "sqs.requests.standard", 3), line("queues.b", "sqs.requests.fair", 4),
		line("fleets.x", "transfer.cross_az_gb", 8), line("fleets.y", "transfer.cross_az_gb", 2),
		line("queues.none", "sqs.requests.standard", 0),
	)}}
	s.Summary.Scenario.Region = "eu-west-1"
	out := new(bytes.Buffer)
	if err := writeInfracost(s, out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  aws_sqs_queue.a_fifo:\n    monthly_requests: 7\n", "  aws_sqs_queue.a_fifo_2:\n    monthly_requests: 3\n",
		"  aws_data_transfer.eu-west-1:\n    region: eu-west-1\n    monthly_intra_region_gb: 5 #",
		"its total lacks them:\n#   queues.b: sqs.requests.fair, 4 requests",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no\n%s\nin\n%s", want, out)
		}
	}
	if strings.Contains(out.String(), "none") {
		t.Errorf("what was not used is there:\n%s", out)
	}
}

func bill(lines ...cost.Line) results.CostSummary { return results.CostSummary{Lines: lines} }

func TestNumbersHaveSixDigitsAndNoExponent(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 12.5: "12.5", 123456789: "123456789", 0.000012345678: "0.0000123457", 1e6 / 3: "333333", 1e21: "1" +
			strings.Repeat("0", 21),
	} {
		if got := number(v); got != want {
			t.Errorf("%v is written %s, not %s", v, got, want)
		}
	}
}
