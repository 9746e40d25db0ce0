package storage

import (
	"math"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/sim"
)

// profiled returns the constants of a profile.
func profiled(t testing.TB, name string) *BucketLimits {
	t.Helper()
	p, err := aws.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	limit := &BucketLimits{}
	p.Fill(limit)
	return limit
}

func constant(t testing.TB, text string) (d spec.Durations) {
	t.Helper()
	if err := d.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return d
}

// pail is a bucket on an engine, with a client and a caller.
type pail struct {
	*Bucket
	*BucketClient
	*caller
}

// newPail returns a bucket whose PUTs take 30 ms, GETs 10 ms and DELETEs 20 ms, at 100 MB/s, whose notifications are a
// second late, and whose client tries once.
func newPail(t testing.TB, prefixes int, change func(*BucketLimits)) pail {
	t.Helper()
	limit := profiled(t, "ideal")
	limit.PutFirstByte, limit.GetFirstByte = constant(t, "30ms"), constant(t, "10ms")
	limit.DeleteLatency, limit.NotificationLatency = constant(t, "20ms"), constant(t, "1s")
	limit.Throughput = 100e6
	if change != nil {
		change(limit)
	}
	eng := sim.NewEngine(1, 0)
	b := NewBucket(eng, message.NewStore(10_000), "buckets.payloads", &BucketSpec{Prefixes: prefixes}, limit)
	return pail{b, b.NewClient(nil, Denials{}), &caller{eng: eng}}
}

// run lets time pass until the instant given, in seconds.
func (p pail) run(seconds float64) { p.caller.eng.Run(sim.Time(sim.Seconds(seconds)), 1<<20) }

func (p pail) stored(t *testing.T, objects, bytes int64) {
	t.Helper()
	if p.Objects.Value() != objects || p.Bytes.Value() != bytes {
		t.Errorf("at %v %d objects of %d bytes are stored, want %d of %d", p.caller.eng.Now(), p.Objects.Value(),
			p.Bytes.Value(), objects, bytes)
	}
}

func TestCallsTakeTheFirstByteAndTheTransfer(t *testing.T) {
	p := newPail(t, 1, nil)
	o := p.PutObject(p.caller, 1, 0, 50e6)
	p.run(0.529)
	p.stored(t, 0, 0)
	p.run(1)
	p.stored(t, 1, 50e6)
	p.GetObject(p.caller, 2, o)
	p.run(2)
	p.DeleteObject(p.caller, 3, o)
	p.run(3)
	p.stored(t, 0, 0)
	p.want(t, "530ms: 1", "1.51s: 2", "2.02s: 3")
	if p.Puts.Value() != 1 || p.Gets.Value() != 1 || p.Deletes.Value() != 1 ||
		p.PutTime.Mean() != 530e6 || p.GetTime.Mean() != 510e6 {
		t.Error("the calls are not counted")
	}
}

func TestAnObjectThatIsNotThereCannotBeReadAndMayBeDeleted(t *testing.T) {
	p := newPail(t, 1, nil)
	o := p.PutObject(p.caller, 1, 0, 1)
	p.GetObject(p.caller, 2, o)    // not yet
	p.DeleteObject(p.caller, 3, o) // finds nothing, and does not stop the PUT
	p.run(1)
	p.stored(t, 1, 1)
	p.DeleteObject(p.caller, 4, o)
	p.DeleteObject(p.caller, 5, o)
	p.run(2)
	p.GetObject(p.caller, 6, o)
	p.run(3)
	p.want(t, "10ms: 2, NoSuchKey", "20ms: 3", "30.00001ms: 1", "1.02s: 4", "1.02s: 5", "2.01s: 6, NoSuchKey")
	p.stored(t, 0, 0)
	if again := p.PutObject(p.caller, 7, 0, 1); again == o {
		t.Error("a later object has the name of an earlier one")
	}
	p.run(4)
	p.GetObject(p.caller, 8, o)
	p.run(5)
	if last := p.log[len(p.log)-1]; last != "4.01s: 8, NoSuchKey" {
		t.Errorf("the old name reads the new object: %s", last)
	}
	if p.Missing.Value() != 3 {
		t.Errorf("%d missing", p.Missing.Value())
	}
}

func TestAPutTooLargeIsRefusedAndLeavesNothing(t *testing.T) {
	p := newPail(t, 1, func(l *BucketLimits) { l.PutSizeMax = 5 << 30 })
	p.PutObject(p.caller, 1, 0, 5<<30+1)
	p.run(100)
	p.want(t, "30ms: 1, EntityTooLarge")
	if p.stored(t, 0, 0); len(p.freeObjects) != len(p.objects) {
		t.Error("its slot is not free")
	}
}

// S3 user guide, optimizing performance: "your application can achieve at least 3,500 PUT/COPY/POST/DELETE or 5,500
// GET/HEAD requests per second per partitioned prefix"; "if you create 10 prefixes … you could scale your read
// performance to 55,000 read requests per second"; "you may see some 503 (Slow Down) errors".
func TestEachPrefixServesItsRates(t *testing.T) {
	real := profiled(t, aws.Default)
	for _, c := range []struct {
		prefixes                  int
		writes, reads, slowWrites uint64
	}{{1, 3500, 5500, 6500}, {10, 35_000, 55_000, 0}} {
		p := newPail(t, c.prefixes, func(l *BucketLimits) {
			l.PutRate, l.GetRate, l.Burst = real.PutRate, real.GetRate, real.Burst
		})
		objects := make([]message.Object, c.prefixes)
		for i := range objects {
			objects[i] = p.reserve(uint32(i), 0)
			p.store(objects[i], message.None)
		}
		for i := range 10_000 * c.prefixes {
			p.PutObject(p.caller, 0, uint32(i), 0)
			p.GetObject(p.caller, 0, objects[i%c.prefixes])
		}
		p.run(0.1)
		total := uint64(10_000 * c.prefixes)
		if p.Puts.Value() != c.writes || p.Gets.Value() != c.reads || p.SlowDowns.Value() != 2*total-c.writes-c.reads {
			t.Errorf("%d prefixes: %d PUTs, %d GETs, %d refused", c.prefixes, p.Puts.Value(), p.Gets.Value(),
				p.SlowDowns.Value())
		}
		p.run(1)
		before := p.Deletes.Value()
		for range 10_000 {
			p.DeleteObject(p.caller, 0, objects[0])
		}
		p.run(2)
		if got := p.Deletes.Value() - before; got != 3500 {
			t.Errorf("a second later a prefix serves %d DELETEs, want 3,500", got)
		}
	}
}

func TestACallThatIsRefusedIsTriedAgain(t *testing.T) {
	p := newPail(t, 1, func(l *BucketLimits) { l.PutRate, l.Burst = 1, spec.Duration(sim.Second) })
	rules := sdk.RetryRules{
		StandardAttempts: 3, StandardBase: spec.Duration(4 * sim.Second), MaxDelay: spec.Duration(20 * sim.Second),
		Quota: 500, QuotaCost: 5, QuotaRefund: 1,
	}
	c := p.NewClient(sdk.NewRetry(sdk.RetrySpec{Mode: sdk.RetryStandard}, &rules, p.caller.eng.Rand("retry")), Denials{})
	for token := range uint64(2) {
		c.PutObject(p.caller, token, 0, 0)
	}
	p.run(100)
	p.stored(t, 2, 0)
	slowest := p.PutTime.Max()
	if p.Puts.Value() != 2 || p.SlowDowns.Value() == 0 || p.log[0] != "30ms: 0" || slowest < int64(60*sim.Millisecond) {
		t.Errorf("%q, %d refused, the slowest took %v ns", p.log, p.SlowDowns.Value(), slowest)
	}
	p.log = nil
	for token := range uint64(50) {
		c.PutObject(p.caller, token, 0, 0)
	}
	p.run(1000)
	gaveUp := 0
	for _, line := range p.log {
		if line[len(line)-len("SlowDown"):] == "SlowDown" {
			gaveUp++
		}
	}
	if len(p.log) != 50 || gaveUp == 0 || int(p.Objects.Value()) != 2+50-gaveUp || len(p.freeCalls) != len(p.calls) {
		t.Errorf("%d answers, %d given up, %d stored", len(p.log), gaveUp, p.Objects.Value())
	}
}

func TestAnAdaptiveClientWaitsBeforeItCalls(t *testing.T) {
	p := newPail(t, 1, func(l *BucketLimits) { l.PutRate, l.Burst = 1, spec.Duration(sim.Second) })
	rules := sdk.RetryRules{
		StandardAttempts: 3, StandardBase: spec.Duration(sim.Second), MaxDelay: spec.Duration(20 * sim.Second),
		Quota: 500, QuotaCost: 5, QuotaRefund: 1,
	}
	c := p.NewClient(sdk.NewRetry(sdk.RetrySpec{Mode: sdk.RetryAdaptive}, &rules, p.caller.eng.Rand("retry")), Denials{})
	for token := range uint64(2) {
		c.PutObject(p.caller, token, 0, 0)
	}
	p.run(50)
	before := p.SlowDowns.Value()
	for token := range uint64(20) {
		c.PutObject(p.caller, token, 0, 0)
	}
	p.run(50.05)
	if refused := p.SlowDowns.Value() - before; refused >= 19 {
		t.Errorf("%d of 20 calls were refused at once: the client did not hold them back", refused)
	}
}

// listener notes what it is told; it refuses the first messages with the errors given.
type listener struct {
	eng    *sim.Engine
	store  *message.Store
	errors []error
	when   []sim.Time
	bytes  uint32
}

func (l *listener) SendMessage(ref message.Ref, _ sim.Duration) error {
	if len(l.errors) > 0 {
		err := l.errors[0]
		l.errors = l.errors[1:]
		return err
	}
	m := l.store.At(ref)
	l.when = append(l.when, l.eng.Now())
	l.bytes += m.SizeBytes
	l.store.Move(ref, m, message.Processed)
	l.store.Free(ref)
	return nil
}

// tell adds a destination to the bucket.
func (p pail) tell(name string, share float64, refusals ...error) *listener {
	l := &listener{eng: p.caller.eng, store: p.notifier.store, errors: refusals}
	p.AddDestination(&NotificationSpec{Share: spec.Share(share)}, name, l, nil)
	return l
}

func TestEveryDestinationIsToldOfEachObjectCreated(t *testing.T) {
	p := newPail(t, 1, func(l *BucketLimits) { l.PutSizeMax = 1000 })
	queue, topic := p.tell("queues.a", 1), p.tell("topics.b", 1)
	for token := range uint64(3) {
		p.PutObject(p.caller, token, 0, int64(token)*1000) // the third is too large
	}
	p.run(10)
	for _, l := range []*listener{queue, topic} {
		if len(l.when) != 2 || l.bytes != 2*1024 || l.when[0] != sim.Time(sim.Seconds(1.03)) {
			t.Errorf("told at %v, %d bytes", l.when, l.bytes)
		}
	}
	if p.Notifications.Value() != 4 || len(p.notifier.free) != len(p.notifier.notices) {
		t.Errorf("%d notifications", p.Notifications.Value())
	}
	if live := p.notifier.store.Live(); live != 0 {
		t.Errorf("%d messages are left", live)
	}
}

func TestAMessageThatIsAnObjectIsToldOfInItsName(t *testing.T) {
	p := newPail(t, 2, nil)
	all, some := p.tell("queues.all", 1), p.tell("queues.some", 0.3)
	store := p.notifier.store
	route := store.Ledger.Open("producers.web", "producers.web")
	for i := range 500 {
		ref, _ := store.New(p.caller.eng.Now(), route, 1000, uint32(i), 0)
		p.PutMessage(p.caller, 0, ref)
	}
	p.run(10)
	if len(all.when) != 500 || len(some.when) < 120 || len(some.when) > 180 {
		t.Errorf("%d and %d notifications, want 500 and 150", len(all.when), len(some.when))
	}
	p.stored(t, 0, 0)
	if p.Uploads.Value() != 500 || p.UploadBytes.Value() != 500_000 {
		t.Errorf("%d uploads of %d bytes", p.Uploads.Value(), p.UploadBytes.Value())
	}
	if len(p.freeObjects) != len(p.objects) || store.Live() != 0 {
		t.Errorf("%d of %d slots are free, %d messages live", len(p.freeObjects), len(p.objects), store.Live())
	}
	for _, r := range store.Ledger.Routes() {
		if r.Sender == "buckets.payloads -> queues.all" && r.Origin == "producers.web" {
			if r.Sent != 500 || r.Count[message.Processed] != 500 {
				t.Errorf("the account of the notifications: %+v", r)
			}
			return
		}
	}
	t.Error("the notifications have no account by their producer")
}

func TestAnObjectThatNobodyIsToldOfEnds(t *testing.T) {
	for _, c := range []struct {
		destinations int
		end          message.Place
	}{{0, message.Published}, {1, message.Filtered}} {
		p := newPail(t, 1, nil)
		for range c.destinations {
			p.tell("queues.none", 0)
		}
		store := p.notifier.store
		route := store.Ledger.Open("producers.web", "producers.web")
		ref, _ := store.New(0, route, 1000, 0, 0)
		p.PutMessage(p.caller, 0, ref)
		p.run(10)
		if r := store.Ledger.Routes()[0]; c.destinations == 0 && r.Count[c.end] != 1 || store.Live() != 0 {
			t.Errorf("%d destinations: %v, %d live", c.destinations, r.Count, store.Live())
		}
	}
}

// S3 user guide, event notifications: they are "designed to be delivered at least once", so what a destination refuses
// for now comes again, and what it will never take is lost.
func TestANotificationComesAgainUntilItIsRefusedForGood(t *testing.T) {
	throttled := &aws.Error{Code: "Throttled", Throttle: true}
	p := newPail(t, 1, nil)
	denied := &aws.Error{Code: "AccessDenied"}
	later, never := p.tell("topics.a", 1, throttled, throttled), p.tell("queues.b", 1, throttled, denied)
	p.PutObject(p.caller, 0, 0, 1)
	p.run(20)
	if len(later.when) != 1 || later.when[0] != sim.Time(sim.Seconds(3.03)+10) {
		t.Errorf("delivered at %v, want at the third time, after 3.03 s and the transfer of a byte", later.when)
	}
	if len(never.when) != 0 || p.Lost.Value() != 1 || p.Notifications.Value() != 1 {
		t.Errorf("%v, %d lost, %d delivered", never.when, p.Lost.Value(), p.Notifications.Value())
	}
	if p.notifier.store.Live() != 0 {
		t.Error("a message is left")
	}
}

// S3 user guide, event notifications: "typically, event notifications are delivered in seconds but can sometimes take a
// minute or longer".
func TestNotificationsTakeSecondsAndSometimesAMinute(t *testing.T) {
	d := profiled(t, aws.Default).NotificationLatency.Dist()
	if half, most := d.Quantile(0.5), d.Quantile(0.9); half < 0.5e9 || most > 10e9 {
		t.Errorf("typically %v to %v ns", half, most)
	}
	if rare := d.Quantile(0.9995); rare < 60e9 {
		t.Errorf("never a minute: %v ns", rare)
	}
}

// dvassallo/s3-benchmark, README.md (2 April 2019): "S3's 90th percentile time to first byte is typically around 20 ms
// regardless of the object size … downloads at a rate of about 93 MB/s per thread".
func TestReadsAreAsFastAsMeasured(t *testing.T) {
	limit := profiled(t, aws.Default)
	if p90 := limit.GetFirstByte.Dist().Quantile(0.9); math.Abs(p90/20e6-1) > 0.02 {
		t.Errorf("the 90th percentile is %v ns", p90)
	}
	p := newPail(t, 1, func(l *BucketLimits) { l.Throughput = limit.Throughput })
	if got := p.transfer(32e6); math.Abs(got.Seconds()-0.344) > 0.001 {
		t.Errorf("32 MB take %v", got)
	}
	if got := newPail(t, 1, func(l *BucketLimits) { l.Throughput = math.MaxInt64 }).transfer(1 << 40); got != 0 {
		t.Errorf("without a limit a transfer takes %v", got)
	}
}

// S3 price list, us-east-1: $0.005 for 1,000 PUTs, $0.0004 for 1,000 GETs, $0.023 for a GB-month; S3 user guide,
// billing for error responses: "billed for requests with HTTP 200 OK successful responses and HTTP 4XX client error
// responses … aren't billed for HTTP 5XX".
func TestAMonthOfABucketCostsItsRequestsAndItsMeanStorage(t *testing.T) {
	p := newPail(t, 1, func(l *BucketLimits) {
		l.PutRate, l.Burst, l.Throughput = 1000, spec.Duration(sim.Second), math.MaxInt64
		l.PutFirstByte = constant(t, "0")
	})
	var last message.Object
	for range 1500 { // 500 are refused
		last = p.PutObject(p.caller, 0, 0, 1<<30)
	}
	p.run(365 * 3600) // half a month
	for range 500 {
		p.GetObject(p.caller, 0, 0)
	}
	for i := range p.objects {
		if o := message.Object(uint64(p.objects[i].turn)<<32 | uint64(i)); p.objects[i].stored && p.Deletes.Value() < 1000 {
			p.remove(o)
		}
	}
	p.GetObject(p.caller, 0, last)
	month := sim.Time(aws.HoursPerMonth * sim.Hour)
	p.caller.eng.Run(month, 1<<20)
	prices, err := aws.LoadPrices("us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{
		"s3.requests.put": 0.005, "s3.requests.get": 0.501 * 0.0004, "s3.storage_gb_months": 500 * 0.023,
	}
	p.Usage(month, func(item, variant string, quantity float64) {
		price, ok := prices.LookUp(item, variant)
		if usd := price.Cost(quantity); !ok || math.Abs(usd-want[item]) > 1e-9 {
			t.Errorf("%v of %s cost $%v, want $%v", quantity, item, usd, want[item])
		}
		delete(want, item)
	})
	if len(want) > 0 {
		t.Errorf("no usage of %v", want)
	}
}

// A GB an hour: in the first month 730 GB come, of which half are there in the mean; with a rule of one day there are
// 24 GB at any time.
func TestUploadsAreBilledForAsLongAsTheyAreKept(t *testing.T) {
	for _, c := range []struct {
		expiration string
		want       float64 // GB-months of a month
	}{{"", 365}, {"24h", 24}, {"30d", 720}} {
		p := newPail(t, 1, nil)
		if c.expiration != "" {
			p.spec.Expiration = new(spec.Duration)
			if err := p.spec.Expiration.UnmarshalText([]byte(c.expiration)); err != nil {
				t.Fatal(err)
			}
		}
		store := p.notifier.store
		route := store.Ledger.Open("producers.web", "producers.web")
		for range 10 {
			ref, _ := store.New(p.caller.eng.Now(), route, 1<<30, 0, 0)
			p.PutMessage(p.caller, 0, ref)
			p.run(p.caller.eng.Now().Seconds() + 3600)
		}
		p.Usage(p.caller.eng.Now(), func(item, _ string, quantity float64) {
			if got := quantity * aws.HoursPerMonth / 10; item == "s3.storage_gb_months" && math.Abs(got/c.want-1) > 1e-9 {
				t.Errorf("kept for %q a month costs %v GB-months, want %v", c.expiration, got, c.want)
			}
		})
	}
}

func TestABucketIsReadForItsWindow(t *testing.T) {
	p := newPail(t, 1, nil)
	if p.Name() != "buckets.payloads" || p.Kind() != "s3.bucket" {
		t.Error(p.Name(), p.Kind())
	}
	p.PutObject(p.caller, 0, 0, 1000)
	p.run(1)
	p.Reset(p.caller.eng.Now())
	o := p.PutObject(p.caller, 0, 0, 3000)
	p.run(2)
	p.GetObject(p.caller, 0, o)
	p.run(3)
	now := p.caller.eng.Now()
	want := map[string]float64{
		"objects_end": 2, "objects_max": 2, "stored_max_bytes": 4000, "puts": 1, "gets": 1, "deletes": 0, "slow_downs": 0,
		"missing": 0, "uploads": 0, "uploaded_bytes": 0, "notifications": 0, "notifications_lost": 0,
		"put_mean_s": 0.03003, "get_mean_s": 0.01003, "put_p99_s": 0.03003,
		"get_p99_s": 0.01003, "objects_mean": 1 + 1.96997/2, "stored_mean_bytes": 1000 + 3000*1.96997/2,
	}
	p.Figures(now, func(name, _ string, value float64) {
		if math.Abs(value-want[name]) > 0.001*want[name] {
			t.Errorf("%s is %v, want %v", name, value, want[name])
		}
		delete(want, name)
	})
	if len(want) > 0 {
		t.Errorf("not reported: %v", want)
	}
	curves := map[string]float64{
		"objects": 2 + 1.96997, "stored": 2000 + 3000*1.96997, "puts": 1, "gets": 1, "slow_downs": 0,
	}
	p.Curves(func(c meter.Curve) {
		if got := c.Read(now); math.Abs(got-curves[c.Name]) > 0.001*curves[c.Name] {
			t.Errorf("curve %s is %v, want %v", c.Name, got, curves[c.Name])
		}
		delete(curves, c.Name)
	})
	if len(curves) > 0 {
		t.Errorf("no curve of %v", curves)
	}
	var figures meter.Component = p.Bucket
	figures.Reset(now)
}

// Whatever is asked of it, a bucket holds what was put and not deleted, and has no call or slot left at the end.
func TestABucketHoldsWhatWasPutAndNotDeleted(t *testing.T) {
	var slow, deleted, missing uint64
	for seed := range uint64(100) {
		eng := sim.NewEngine(seed, 0)
		luck := eng.Rand("test")
		limit := profiled(t, aws.Default)
		limit.PutRate, limit.GetRate = 20, 20
		b := NewBucket(eng, message.NewStore(10_000), "b", &BucketSpec{Prefixes: 1 + luck.IntN(3)}, limit)
		p := pail{b, b.NewClient(nil, Denials{}), &caller{eng: eng}}
		var objects []message.Object
		for token := range uint64(300) {
			switch {
			case len(objects) == 0 || luck.IntN(2) == 0:
				objects = append(objects, p.PutObject(p.caller, token, uint32(luck.IntN(9)), int64(luck.IntN(1e6))))
			case luck.IntN(2) == 0:
				p.GetObject(p.caller, token, objects[luck.IntN(len(objects))])
			default:
				p.DeleteObject(p.caller, token, objects[luck.IntN(len(objects))])
			}
			p.run(eng.Now().Seconds() + 0.05*luck.Float64())
		}
		p.run(1e6)
		var count, bytes int64
		for _, o := range b.objects {
			if o.stored {
				count, bytes = count+1, bytes+o.size
			}
		}
		p.stored(t, count, bytes)
		if len(p.log) != 300 || len(b.freeCalls) != len(b.calls) || len(b.freeObjects)+int(count) != len(b.objects) {
			t.Fatalf("seed %d: %d answers, %d of %d call slots and %d of %d object slots free, %d stored", seed,
				len(p.log), len(b.freeCalls), len(b.calls), len(b.freeObjects), len(b.objects), count)
		}
		slow, deleted, missing = slow+p.SlowDowns.Value(), deleted+p.Deletes.Value(), missing+p.Missing.Value()
	}
	if min(slow, deleted, missing) < 100 {
		t.Errorf("only %d refusals, %d deletes and %d missing objects were tried", slow, deleted, missing)
	}
}

// nobody does not listen.
type nobody struct{}

func (nobody) Answered(uint64, error) {}

func TestABucketAllocatesNothingOnceItsTablesHaveGrown(t *testing.T) {
	p := newPail(t, 1, nil)
	p.tell("queues.a", 1)
	one := func() {
		o := p.PutObject(nobody{}, 0, 0, 1000)
		p.run(p.caller.eng.Now().Seconds() + 2)
		p.GetObject(nobody{}, 0, o)
		p.DeleteObject(nobody{}, 0, o)
		p.run(p.caller.eng.Now().Seconds() + 2)
	}
	for range 100 {
		one()
	}
	if n := testing.AllocsPerRun(100, one); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
