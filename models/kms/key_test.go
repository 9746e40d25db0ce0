package kms

import (
	"math"
	"testing"

	"weir/models/aws"
	"weir/models/meter"
	"weir/sim"
)

// constants returns those of a profile in a region.
func constants(t *testing.T, profile, region string) *Limits {
	t.Helper()
	p, err := aws.Load(profile)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = p.In(region); err != nil {
		t.Fatal(err)
	}
	limit := &Limits{}
	p.Fill(limit)
	return limit
}

// bench is a key on an engine, without latency or quota.
type bench struct {
	*Key
	eng   *sim.Engine
	quota *Quota
}

func newBench(t *testing.T, limit *Limits) bench {
	t.Helper()
	eng := sim.NewEngine(1, 0)
	return bench{New(eng, "keys.orders", &Spec{Manager: Customer}, limit), eng, NewQuota(limit)}
}

// at lets time pass until the instant given, in seconds.
func (b bench) at(seconds float64) { b.eng.Run(sim.Time(sim.Seconds(seconds)), 1<<40) }

func (b bench) usage(now sim.Time) map[string]float64 {
	used := map[string]float64{}
	b.Usage(now, func(item, _ string, quantity float64) { used[item] = quantity })
	return used
}

// every makes calls at regular instants from 0 until the end.
func (b bench) every(step, end sim.Duration, calls func()) {
	var tick sim.Event[int]
	tick = sim.NewEvent(b.eng, "test/tick", func(int) {
		calls()
		if now := b.eng.Now(); now.Add(step) < sim.Time(end) {
			tick.After(step, 0)
		}
	})
	tick.At(0, 0)
	b.eng.Run(sim.Time(end), 1<<40)
}

// use is a queue's or topic's share in a case of the call formula.
type use struct{ producers, consumers int }

// SQS developer guide, key management, estimating AWS KMS costs, examples 1 and 2
// (awsdocs/amazon-sqs-developer-guide @1b8b7dab); SNS developer guide, key management, examples 1 and 2
// (awsdocs/amazon-sns-developer-guide @32e7b115).
func TestCallsFollowAWSsFormula(t *testing.T) {
	const january, february = 2_678_400 * sim.Second, 2_419_200 * sim.Second
	for _, c := range []struct {
		billing, reuse sim.Duration
		uses           []use
		want           uint64
	}{
		{january, 300 * sim.Second, []use{{1, 1}}, 26_784},
		{february, 86_400 * sim.Second, []use{{3, 1}, {5, 2}}, 532},
		{january, 300 * sim.Second, []use{{1, 0}}, 17_856},
		{february, 300 * sim.Second, []use{{3, 0}, {5, 0}}, 129_024},
	} {
		b := newBench(t, constants(t, "ideal", "us-east-1"))
		var queues []*DataKeys
		for _, u := range c.uses {
			keys := b.NewDataKeys(c.reuse, ErrSQSThrottled)
			for range u.producers + u.consumers {
				keys.Add(b.quota)
			}
			queues = append(queues, keys)
		}
		b.every(50*sim.Second, c.billing, func() {
			for i, u := range c.uses {
				for p := range u.producers + u.consumers {
					act := queues[i].Send
					if p >= u.producers {
						act = queues[i].Receive
					}
					if wait, err := act(Principal(p)); err != nil || wait != 0 {
						t.Fatal(wait, err)
					}
				}
			}
		})
		if got := b.requests(); got != c.want {
			t.Errorf("%v: %d calls, want %d", c.uses, got, c.want)
		}
	}
}

// SQS developer guide, key management: "When the data key reuse period ends, the next call to SendMessage … triggers a
// call to the AWS KMS GenerateDataKey method … the next calls to SendMessage and ReceiveMessage will each trigger a
// call to AWS KMS Decrypt."
func TestTheFirstUseAfterThePeriodCallsKMS(t *testing.T) {
	b := newBench(t, constants(t, "ideal", "us-east-1"))
	keys := b.NewDataKeys(300*sim.Second, ErrSQSThrottled)
	sender, receiver := keys.Add(b.quota), keys.Add(b.quota)
	for _, step := range []struct {
		at                float64
		act               func(Principal) (sim.Duration, error)
		principal         Principal
		generate, decrypt uint64
	}{
		{0, keys.Send, sender, 1, 1},
		{0, keys.Receive, receiver, 1, 2},
		{299, keys.Send, sender, 1, 2},
		{299, keys.Receive, sender, 1, 3}, // kept for sending and receiving apart
		{300, keys.Receive, receiver, 1, 4},
		{1000, keys.Send, sender, 2, 5}, // the period begins with the call, not with the end of the last one
		{1299, keys.Send, sender, 2, 5},
		{1300, keys.Send, sender, 3, 6},
	} {
		b.at(step.at)
		if _, err := step.act(step.principal); err != nil {
			t.Fatal(err)
		}
		if b.GenerateDataKey.Value() != step.generate || b.Decrypt.Value() != step.decrypt {
			t.Errorf("at %v s: %d and %d calls, want %d and %d", step.at, b.GenerateDataKey.Value(), b.Decrypt.Value(),
				step.generate, step.decrypt)
		}
	}
}

func TestWhoFindsTheCallsUnderWayWaitsForThem(t *testing.T) {
	limit := constants(t, "ideal", "us-east-1")
	if err := limit.Latency.UnmarshalText([]byte("10ms")); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, limit)
	keys := b.NewDataKeys(60*sim.Second, ErrSQSThrottled)
	p := keys.Add(b.quota)
	for _, step := range []struct {
		at   float64
		want sim.Duration
	}{{0, 20 * sim.Millisecond}, {0.005, 15 * sim.Millisecond}, {0.02, 0}, {59, 0}, {60, 20 * sim.Millisecond}} {
		b.at(step.at)
		if wait, err := keys.Send(p); err != nil || wait != step.want {
			t.Errorf("at %v s: the send waits %v (%v), want %v", step.at, wait, err, step.want)
		}
	}
	if wait, _ := keys.Receive(p); wait != 10*sim.Millisecond || b.requests() != 5 {
		t.Errorf("the receive waits %v; %d calls", wait, b.requests())
	}
}

// KMS developer guide, request quotas: "When you exceed an API request quota, AWS KMS throttles the request"; "This
// total includes requests from all principals in the AWS account"; "AWS KMS throttles the account that makes the
// requests, not the account that owns the CMK."
func TestCallsBeyondTheAccountsQuotaAreThrottled(t *testing.T) {
	limit := constants(t, "aws-2026", "ap-south-1")
	limit.RequestRate = 10
	b := newBench(t, limit)
	keys := b.NewDataKeys(60*sim.Second, ErrSQSThrottled)
	other := NewQuota(limit)
	ended := map[error]int{}
	for range 8 {
		_, err := keys.Send(keys.Add(b.quota))
		ended[err]++
	}
	if ended[nil] != 5 || ended[error(ErrSQSThrottled)] != 3 || b.Throttled.Value() != 3 || b.requests() != 10 {
		t.Errorf("%v, %d throttled of a quota of 10 calls", ended, b.Throttled.Value())
	}
	if _, err := keys.Send(keys.Add(other)); err != nil {
		t.Errorf("another account's principal: %v", err)
	}
	b.at(0.1) // one call's worth: GenerateDataKey goes well, Decrypt does not
	p := keys.Add(b.quota)
	if wait, err := keys.Send(p); err == nil || wait == 0 || b.GenerateDataKey.Value() != 7 {
		t.Errorf("%v after %v, %d data keys", err, wait, b.GenerateDataKey.Value())
	}
	b.at(0.3)
	if _, err := keys.Send(p); err != nil || b.GenerateDataKey.Value() != 8 {
		t.Errorf("a data key that was not verified is kept: %v", err)
	}
	b.at(1000)
	for range 6 {
		_, err := keys.Send(keys.Add(b.quota))
		ended[err]++
	}
	if ended[nil] != 10 {
		t.Errorf("after a rest, %d sends go well at once, want 5", ended[nil]-5)
	}
}

func TestTheQuotaIsTheRegions(t *testing.T) {
	for region, want := range map[string]float64{"us-east-1": 100_000, "us-east-2": 20_000, "ap-south-1": 10_000} {
		if got := constants(t, "aws-2026", region).RequestRate.PerSecond(); got != want {
			t.Errorf("%s: %v, want %v", region, got, want)
		}
	}
}

// Notes that reproduce AWS's worked example of KMS pricing: a key, 10,000 objects encrypted and 2,000,000 decrypted,
// 20,000 requests free: $6.97 a month.
func TestAMonthOfAKeyCostsWhatTheExampleSays(t *testing.T) {
	prices, err := aws.LoadPrices("us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, constants(t, "ideal", "us-east-1"))
	b.GenerateDataKey.Add(10_000)
	b.Decrypt.Add(2_000_000)
	month := sim.Time(aws.HoursPerMonth * 3600 * sim.Second)
	var usd float64
	for item, quantity := range b.usage(month) {
		price, ok := prices.LookUp(item, "")
		if !ok {
			t.Fatalf("%s has no price", item)
		}
		usd += price.Cost(max(quantity-price.Free, 0))
	}
	if math.Round(usd*100) != 697 {
		t.Errorf("$%v, want $6.97", usd)
	}
	b.spec = &Spec{Manager: AWSManaged}
	if _, ok := b.usage(month)["kms.key_months"]; ok {
		t.Error("a key that AWS manages has no monthly fee")
	}
}

func TestAWindowBeginsAnew(t *testing.T) {
	b := newBench(t, constants(t, "ideal", "us-east-1"))
	keys := b.NewDataKeys(60*sim.Second, ErrSQSThrottled)
	p := keys.Add(b.quota)
	if _, err := keys.Send(p); err != nil {
		t.Fatal(err)
	}
	b.at(36)
	b.Reset(b.eng.Now())
	if _, err := keys.Send(p); err != nil || b.requests() != 0 {
		t.Errorf("the data key is kept beyond the warm-up: %d calls (%v)", b.requests(), err)
	}
	used := b.usage(b.eng.Now().Add(365 * 3600 * sim.Second))
	if used["kms.key_months"] != 0.5 || used["kms.requests"] != 0 {
		t.Error(used)
	}
}

func TestAKeyIsRead(t *testing.T) {
	b := newBench(t, constants(t, "ideal", "us-east-1"))
	if b.Name() != "keys.orders" || b.Kind() != "kms.key" {
		t.Error(b.Name(), b.Kind())
	}
	b.GenerateDataKey.Add(3)
	b.Decrypt.Add(4)
	b.Throttled.Add(5)
	want := map[string]float64{
		"generate_data_key_calls": 3, "decrypt_calls": 4, "throttled_calls": 5, "calls": 7, "throttled": 5,
	}
	read := 0
	check := func(name string, value float64) {
		if read++; want[name] != value {
			t.Errorf("%s is %v, want %v", name, value, want[name])
		}
	}
	b.Figures(0, func(name, _ string, value float64) { check(name, value) })
	b.Curves(func(c meter.Curve) { check(c.Name, c.Read(0)) })
	if read != len(want)+1 { // calls is a figure and a curve
		t.Errorf("%d figures and curves, want %d", read, len(want))
	}
}

func TestUseAllocatesNothing(t *testing.T) {
	b := newBench(t, constants(t, "aws-2026", "us-east-1"))
	keys := b.NewDataKeys(60*sim.Second, ErrSQSThrottled)
	p := keys.Add(b.quota)
	if n := testing.AllocsPerRun(1000, func() {
		_, _ = keys.Send(p)
		_, _ = keys.Receive(p)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
