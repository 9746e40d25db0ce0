package cost

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/models/aws"
	"weir/sim"
)

const month = sim.Duration(aws.HoursPerMonth) * sim.Hour

type tester interface {
	Helper()
	Fatal(...any)
}

func pricesOf(t tester, region string) *aws.PriceList {
	t.Helper()
	l, err := aws.LoadPrices(region)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestPublishedPriceExamplesHoldToThePrintedDigit(t *testing.T) {
	file, err := os.Open("testdata/price_examples.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comment = '#'
	rows, err := reader.ReadAll()
	if err != nil || len(rows) < 30 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		id, region, free, item, variant, usd := row[0], row[1], row[2], row[3], row[4], row[7]
		quantity := number(t, row[5])
		if row[6] != "" {
			quantity *= float64(aws.BilledRequests(int64(number(t, row[6]))))
		}
		usage := []aws.Usage{{Component: "c", Item: item, Variant: variant, Quantity: quantity}}
		bill := Of(usage, pricesOf(t, region), month, Options{FreeTier: free == "yes"})
		_, decimals, _ := strings.Cut(usd, ".")
		half := 0.5*math.Pow(10, -float64(len(decimals))) + 1e-9
		if off := math.Abs(bill.MonthUSD - number(t, usd)); off > half || bill.Unpriced > 0 {
			t.Errorf("%s: %v, not %s (%s)", id, bill.MonthUSD, usd, bill.Lines[0].Problem)
		}
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAWindowIsScaledToTheMonth(t *testing.T) {
	usage := []aws.Usage{{Component: "fleets.workers", Item: "ec2.instance_hours", Variant: "m5.large", Quantity: 6}}
	bill := Of(usage, pricesOf(t, "us-east-1"), 2*sim.Hour, Options{})
	want := Line{
		Component: "fleets.workers", Item: "ec2.instance_hours/m5.large", Quantity: 2190, Unit: "hour",
		USDPerUnit: 0.096, Source: bill.Lines[0].Source, Date: "2026-07-20", Grade: "Q",
	}
	got := bill.Lines[0]
	if math.Abs(got.MonthUSD-210.24) > 1e-9 || math.Abs(got.USDPerUnit-want.USDPerUnit) > 1e-12 {
		t.Errorf("got %+v", got)
	}
	got.MonthUSD, got.USDPerUnit = 0, want.USDPerUnit
	if got != want || got.Source == "" {
		t.Errorf("got %+v, not %+v", got, want)
	}
}

func TestTiersCountOverTheAccountAndComponentsPayItsAveragePrice(t *testing.T) {
	usage := []aws.Usage{
		{Component: "queues.a", Item: "sqs.requests.standard", Quantity: 200e9},
		{Component: "queues.b", Item: "sqs.requests.standard", Quantity: 50e9},
	}
	bill := Of(usage, pricesOf(t, "us-east-1"), month, Options{})
	for i, want := range []float64{82_000 * 0.8, 82_000 * 0.2} {
		if got := bill.Lines[i].MonthUSD; math.Abs(got-want) > 1e-6 {
			t.Errorf("%s pays %v, not %v", usage[i].Component, got, want)
		}
	}
}

func TestTheFreeMillionIsSharedByStandardAndFIFOQueues(t *testing.T) {
	usage := []aws.Usage{
		{Component: "queues.a", Item: "sqs.requests.standard", Quantity: 3e6},
		{Component: "queues.b", Item: "sqs.requests.fifo", Quantity: 1e6},
	}
	bill := Of(usage, pricesOf(t, "us-east-1"), month, Options{FreeTier: true})
	for i, want := range []float64{2.25 * 0.40, 0.75 * 0.50} {
		if got := bill.Lines[i].MonthUSD; math.Abs(got-want) > 1e-9 {
			t.Errorf("%s pays %v, not %v", usage[i].Component, got, want)
		}
	}
	usage[0].Quantity, usage[1].Quantity = 0.5e6, 0.4e6
	if bill := Of(usage, pricesOf(t, "us-east-1"), month, Options{FreeTier: true}); bill.MonthUSD != 0 {
		t.Errorf("less than the free million costs %v", bill.MonthUSD)
	}
}

func TestUsageWithoutAPriceIsAProblemAndNeverFree(t *testing.T) {
	usage := []aws.Usage{
		{Component: "fleets.a", Item: "ec2.instance_hours", Variant: "m9.large", Quantity: 1},
		{Component: "fleets.b", Item: "ec2.instance_hours", Variant: "m5.large", Quantity: 1},
		{Component: "fleets.c", Item: "ec2.instance_hours", Variant: "m5.large", Quantity: math.NaN()},
		{Component: "fleets.d", Item: "ec2.instance_hours", Variant: "m5.large", Quantity: -1},
		{Component: "fleets.e", Item: "ec2.instance_hours", Variant: "m9.large", Quantity: 0},
	}
	bill := Of(usage, pricesOf(t, "us-east-1"), month, Options{})
	if bill.Unpriced != 3 || math.Abs(bill.MonthUSD-0.096) > 1e-12 {
		t.Errorf("%d lines without a price, %v USD", bill.Unpriced, bill.MonthUSD)
	}
	if want := "there is no sourced price of ec2.instance_hours/m9.large in us-east-1"; bill.Lines[0].Problem != want {
		t.Errorf("got %q", bill.Lines[0].Problem)
	}
	for i, problem := range []bool{true, false, true, true, false} {
		if got := bill.Lines[i].Problem != ""; got != problem {
			t.Errorf("%s: problem is %v", usage[i].Component, got)
		}
	}
	if empty := Of(usage[1:2], pricesOf(t, "us-east-1"), 0, Options{}); empty.Unpriced != 1 || empty.MonthUSD != 0 {
		t.Errorf("an empty window: %+v", empty)
	}
}

func TestABillDoesNotDependOnHowUsageIsSplit(t *testing.T) {
	items := []string{"sqs.requests.standard", "sqs.requests.fifo", "transfer.internet_gb", "transfer.cross_az_gb"}
	rapid.Check(t, func(t *rapid.T) {
		prices := pricesOf(t, "us-east-1")
		o := Options{FreeTier: rapid.Bool().Draw(t, "free")}
		window := sim.Duration(rapid.Int64Range(1, int64(60*24*sim.Hour)).Draw(t, "window"))
		scale := window.Seconds() / month.Seconds()
		var whole, split, more []aws.Usage
		for _, item := range items {
			quantity := scale * math.Pow(10, rapid.Float64Range(0, 12).Draw(t, item))
			part := rapid.Float64Range(0.01, 0.99).Draw(t, "part")
			whole = append(whole, aws.Usage{Component: "c", Item: item, Quantity: quantity})
			split = append(split, aws.Usage{Component: "a", Item: item, Quantity: quantity * part},
				aws.Usage{Component: "b", Item: item, Quantity: quantity * (1 - part)})
			more = append(more, aws.Usage{Component: "c", Item: item, Quantity: quantity * 2})
		}
		one, two := Of(whole, prices, window, o), Of(split, prices, window, o)
		if math.Abs(one.MonthUSD-two.MonthUSD) > 1e-9*one.MonthUSD+1e-9 {
			t.Fatalf("together %v, split %v", one.MonthUSD, two.MonthUSD)
		}
		for i, line := range one.Lines {
			a, b := two.Lines[2*i], two.Lines[2*i+1]
			whole := line.USDPerUnit
			if math.Abs(whole-a.USDPerUnit) > 1e-9*whole+1e-15 || math.Abs(a.USDPerUnit-b.USDPerUnit) > 1e-15 {
				t.Fatalf("%s: the parts pay %v and %v a unit, the whole %v", line.Item, a.USDPerUnit, b.USDPerUnit, whole)
			}
		}
		if twice := Of(more, prices, window, o); twice.MonthUSD < one.MonthUSD {
			t.Fatalf("twice the usage costs %v, less than %v", twice.MonthUSD, one.MonthUSD)
		}
		if double := Of(more, prices, 2*window, o); math.Abs(double.MonthUSD-one.MonthUSD) > 1e-9*one.MonthUSD+1e-9 {
			t.Fatalf("the same rate over twice the window costs %v, not %v", double.MonthUSD, one.MonthUSD)
		}
	})
}
