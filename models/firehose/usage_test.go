package firehose

import (
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/sim"
)

// price returns what a month's quantity of an item costs in us-east-1.
func price(t *testing.T, item string, quantity float64) float64 {
	t.Helper()
	l, err := aws.LoadPrices("us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	p, ok := l.LookUp(item, "")
	if !ok {
		t.Fatalf("there is no price of %s", item)
	}
	return p.Cost(quantity)
}

// AWS: "each record … rounded up to the nearest 5 KB": 3 KB is 5, 12 KB is 15 and 42 KB is 45; a PutRecordBatch of two
// records of 1 KB is 10 KB (Firehose developer guide, limits.md, 2021; pricing page). Conversion costs as much data.
func TestEachRecordIsBilledInStepsOfFiveKB(t *testing.T) {
	const kb = 1024
	for _, c := range []struct{ size, billed uint32 }{
		{3 * kb, 5}, {12 * kb, 15}, {42 * kb, 45}, {5 * kb, 5}, {5*kb + 1, 10}, {1, 5}, {0, 5},
	} {
		s := newScene(t, "aws-2026")
		s.delivery("format_conversion: parquet")
		s.must(1, c.size)
		s.expect("billed", s.usage("firehose.in_gb")*(1<<20), float64(c.billed))
		s.expect("converted", s.usage("firehose.format_conversion_gb"), s.usage("firehose.in_gb"))
	}
	s := newScene(t, "aws-2026")
	d := s.delivery("{}")
	if _, err := s.putBatch(d, s.batch(2, kb)); err != nil {
		t.Fatal(err)
	}
	s.expect("a batch of two", s.usage("firehose.in_gb")*(1<<20), 10)
}

// A check by hand: 100 records of 3 KB a second are 500 KB, 30 days of it 1,235.96 GB at $0.029: $35.84. 1 GB a day of
// records of 0.2 KB is 25 GB: $21.75 in 30 days (aws-solutions/centralized-logging-with-opensearch @a73ae03, cost.md).
func TestTheBillIsThatOfAWSsExamples(t *testing.T) {
	s := newScene(t, "aws-2026")
	s.delivery("{}")
	s.must(100, 3*1024)
	month := s.usage("firehose.in_gb") * 86400 * 30
	if month < 1235.95 || month > 1235.97 {
		t.Errorf("%v GB", month)
	}
	if usd := price(t, "firehose.in_gb", month); usd < 35.835 || usd > 35.845 {
		t.Errorf("$%v", usd)
	}
	s = newScene(t, "aws-2026")
	s.delivery("{}")
	s.must(1000, 205)
	perRecord := s.usage("firehose.in_gb") / 1000
	if usd := price(t, "firehose.in_gb", perRecord*5*(1<<20)*30); usd < 21.745 || usd > 21.755 { // 5 Mi records of 0.2 KB
		t.Errorf("$%v", usd)
	}
}

// AWS: with an interval below 60 s, "Firehose uses multi-part upload to S3 destination", and the "S3 PUT API costs"
// rise (Firehose developer guide, buffering-hints.html, 2026): three requests of an upload in one part.
func TestObjectsAreBilledAsRequests(t *testing.T) {
	for _, c := range []struct {
		settings      string
		requests, mib float64
	}{
		{"buffer: {interval: 60s}", 1, 2}, {"buffer: {interval: 59s}", 3, 2},
		{"{buffer: {interval: 60s}, compression_ratio: 4}", 1, 0.5},
	} {
		s := newScene(t, "aws-2026")
		d := s.delivery(c.settings)
		s.must(4, 512<<10)
		s.run(100)
		s.expect(c.settings, s.usage("s3.requests.put"), c.requests)
		s.expect("bytes of the object", s.figure("object_mean_bytes"), c.mib*mib)
		s.expect("delivered bytes", float64(d.DeliveredBytes.Value()), 2*mib)
	}
}

// AWS: $0.01 per GB and per hour of each availability zone (pricing page, 2026).
func TestDeliveryToAVPCIsBilledByZoneAndHour(t *testing.T) {
	s := newScene(t, "aws-2026")
	s.delivery("{destination: {type: opensearch}, vpc_zones: 2}")
	s.must(4, 512<<10)
	s.run(7200)
	s.expect("hours", s.usage("firehose.vpc_az_hours"), 4)
	s.expect("GB", s.usage("firehose.vpc_gb"), 2.0/1024)
	if usd := price(t, "firehose.vpc_az_hours", 2*730); usd < 14.595 || usd > 14.605 {
		t.Errorf("$%v", usd)
	}
}

// The way of a record allocates nothing once the tables have grown.
func TestTheWayOfARecordAllocatesNothing(t *testing.T) {
	s := newScene(t, "aws-2026", "firehose.direct_put.requests", "none", "firehose.direct_put.bytes", "none",
		"firehose.direct_put.records", "none", "firehose.s3.latency", "90ms")
	s.delivery("buffer: {size: 1MiB, interval: 60s}")
	at := 0.0
	put := func() {
		for range 2000 {
			ref, _ := s.store.New(s.eng.Now(), s.route, 1000, 0, 0)
			s.store.At(ref).Enter(s.eng.Now(), message.APICall)
			_ = s.d.SendMessage(ref, 0)
		}
		at += 60
		s.eng.Run(sim.Time(sim.Seconds(at)), 1<<30)
	}
	for range 20 {
		put()
	}
	if n := testing.AllocsPerRun(20, put); n > 0 {
		t.Errorf("%v allocations for 2,000 records", n)
	}
}
