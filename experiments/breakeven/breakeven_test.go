package breakeven

import (
	"math"
	"strings"
	"testing"

	"weir/results/cost"
)

func arithmetic(t *testing.T) *Arithmetic {
	t.Helper()
	a, err := New("aws-2026", "us-east-1", cost.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func near(got, want, share float64) bool { return math.Abs(got-want) <= share*math.Abs(want) }

// By hand, of 1 KB and one application: a message through a queue is a send, a receive and a delete, $1.20 a million
// unbatched and $0.12 in calls of ten. A shard is $0.015 × 730 h = $10.95, and a million records $0.014. So a shard
// pays from 10.95 / (1.20 − 0.014) = 9.233 million messages a month on, or from 10.95 / (0.12 − 0.014) = 103.3
// million; a month has 2.628 million seconds.
func TestAShardPaysFromThreeAndAHalfMessagesASecondOnAndFrom39InTens(t *testing.T) {
	a := arithmetic(t)
	for batch, want := range map[int]float64{
		1:  10.95 / (3*0.40 - 0.014) / 2.628,
		10: 10.95 / (3*0.40/10 - 0.014) / 2.628,
	} {
		got, ok := a.BreakEven(Queues, Stream, Load{Peak: 1, Size: 1024, Batch: batch, Consumers: 1})
		if !ok || !near(got, want, 1e-6) {
			t.Errorf("calls of %d: the break-even is at %v/s, want %v", batch, got, want)
		}
		t.Logf("calls of %d: %.3f/s", batch, got)
	}
}

// Each line by hand, at us-east-1's list prices of 2026.
func TestBillsAreThoseByHand(t *testing.T) {
	a := arithmetic(t)
	const million = 2.628 // millions of messages a month, of one a second
	for _, c := range []struct {
		name string
		d    *Design
		l    Load
		want float64
	}{
		{"three queues, one by one", Queues, Load{10, 1, 1024, 1, 3}, 10 * million * 3 * 3 * 0.40},
		{"100 KB are two requests to send and to receive", Queues, Load{1, 1, 100_000, 1, 1}, million * 5 * 0.40},
		{"ten of 10 KB are a call of two", Queues, Load{10, 1, 10_000, 10, 1}, million * 5 * 0.40},
		{"no more than ten in a call", Queues, Load{10, 1, 1024, 500, 1}, million * 3 * 0.40},
		{"300 KB: three of them are a call of fourteen", Queues, Load{3, 1, 300_000, 10, 1}, million * 29 * 0.40},
		{"a topic in tens, two queues", FanOut, Load{10, 1, 1024, 10, 2}, million * (0.50 + 2*(10+2)*0.40)},
		{"one shard", Stream, Load{1000, 1, 1024, 1, 1}, 10.95 + 1000*million*0.014},
		{"a record more a second is a shard more", Stream, Load{1001, 1, 100, 1, 1}, 2*10.95 + 1001*million*0.014},
		{"the peak needs shards, too", Stream, Load{100, 25, 100, 1, 1}, 3*10.95 + 100*million*0.014},
		{"bytes in: 11 KiB each", Stream, Load{100, 1, 11 << 10, 10, 1}, 2*10.95 + 100*million*0.014},
		{"bytes out: five applications", Stream, Load{100, 1, 10 << 10, 10, 5}, 3*10.95 + 100*million*0.014},
		{"26 KB are two units", Stream, Load{1, 1, 26_000, 1, 1}, 10.95 + million*2*0.014},
		{"enhanced fan-out: a shard, five applications", Pushed, Load{100, 1, 10 << 10, 10, 5},
			10.95 + 100*million*0.014 + 5*10.95 + 5*100*million*1e6*(10<<10)/(1<<30)*0.013},
		{"on demand: 100 bytes are billed as 1 KB", OnDemand, Load{1000, 1, 100, 1, 2},
			730*0.04 + 1000*million*1e6*1024/(1<<30)*0.08 + 2*1000*million*1e6*100/(1<<30)*0.04},
		// AWS Big Data Blog, 9 March 2026: the minimum is about $100 a day.
		{"the minimum of Advantage", Advantage, Load{1, 1, 1024, 1, 1}, 101.25 * 730 / 24},
		{"Advantage above its minimum", Advantage, Load{100_000, 1, 1024, 10, 3},
			100_000 * million * 1e6 * 1024 / (1 << 30) * (0.032 + 3*0.016)},
	} {
		if got := a.Month(c.d, c.l); !near(got, c.want, 1e-9) {
			t.Errorf("%s: $%.4f a month, want $%.4f", c.name, got, c.want)
		}
	}
}

// Pricing Calculator, as pasted in public repositories: 16.67 records/s of 3 KB and three consumers, $11.56; 10,000/s
// of 0.5 KB and four consumers are ten shards, $477.42. Like the profile, the calculator does not know of the
// 2,000 records/s of the newest quota page, by which the four consumers of the second would need twenty.
func TestTheExamplesOfTheCalculatorHold(t *testing.T) {
	a := arithmetic(t)
	for _, c := range []struct {
		l      Load
		shards int
		want   float64
	}{
		{Load{16.67, 1, 3 << 10, 10, 3}, 1, 11.56},
		{Load{10_000, 1, 512, 10, 4}, 10, 477.42},
	} {
		if got := a.Month(Stream, c.l); a.Shards(c.l) != c.shards || math.Abs(got-c.want) > 0.005 {
			t.Errorf("%v: %d shards and $%.3f, want %d and $%.2f", c.l, a.Shards(c.l), got, c.shards, c.want)
		}
	}
	a.limit.ReadRecords = 2000
	if got := a.Shards(Load{10_000, 1, 512, 10, 4}); got != 20 {
		t.Errorf("with 2,000 records/s read %d shards, want 20", got)
	}
}

func TestWhatADesignCannotBearHasNoPrice(t *testing.T) {
	a := arithmetic(t)
	for _, c := range []struct {
		d *Design
		l Load
	}{
		{Queues, Load{1, 1, 1<<20 + 1, 1, 1}},
		{FanOut, Load{1, 1, 256<<10 + 1, 1, 1}},
		{Stream, Load{1, 1, 1<<20 + 1, 1, 1}},
		{Pushed, Load{1, 1, 1024, 1, 21}},
	} {
		if got := a.Month(c.d, c.l); !math.IsNaN(got) {
			t.Errorf("%s bears %v for $%v", c.d.Name, c.l, got)
		}
	}
	if rate, ok := a.BreakEven(Stream, Pushed, Load{Peak: 1, Size: 1024, Batch: 1, Consumers: 1}); ok {
		t.Errorf("enhanced fan-out is cheaper from %v/s on", rate)
	}
}

func TestARegionWithoutPricesIsToldOf(t *testing.T) {
	_, err := New("aws-2026", "ap-northeast-1", cost.Options{})
	if err == nil || !strings.Contains(err.Error(), "no sourced price") {
		t.Errorf("got %v", err)
	}
}
