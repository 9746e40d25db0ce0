package aws_test

import (
	"math"
	"slices"
	"testing"

	"weir/models/aws"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

type shardConstants struct {
	WriteRecords spec.Rate     `aws:"kinesis.shard.write_records"`
	WriteBytes   spec.Size     `aws:"kinesis.shard.write_bytes"`
	ReadBytes    spec.Size     `aws:"kinesis.shard.read_bytes"`
	ReadCalls    spec.Rate     `aws:"kinesis.shard.read_calls"`
	CallRecords  int64         `aws:"kinesis.shard.read_call_records"`
	CallBytes    spec.Size     `aws:"kinesis.shard.read_call_bytes"`
	PutRecords   int64         `aws:"kinesis.put_records_max"`
	Key          int64         `aws:"kinesis.key_max"`
	RetentionMax spec.Duration `aws:"kinesis.retention_max"`
	Iterator     spec.Duration `aws:"kinesis.iterator_life"`
	Pushed       spec.Size     `aws:"kinesis.efo.read_bytes"`
	Subscription spec.Duration `aws:"kinesis.efo.subscription"`
	Advantage    spec.Size     `aws:"kinesis.advantage.minimum_bytes"`
}

// Each line is a sentence of AWS's documentation; the data files name the pages.
func TestTheLimitsOfAShardAreAWSs(t *testing.T) {
	for _, year := range []string{"aws-2021", "aws-2026"} {
		s := fill[shardConstants](t, year)
		for _, c := range []struct {
			sentence  string
			got, want float64
		}{
			{"each shard can support writes up to 1,000 records per second", s.WriteRecords.PerSecond(), 1000},
			{"up to a maximum data write total of 1 MiB per second", float64(s.WriteBytes), 1 << 20},
			{"up to a maximum data read total of 2 MiB per second", float64(s.ReadBytes), 2 << 20},
			{"each shard can support reads up to five transactions per second", s.ReadCalls.PerSecond(), 5},
			{"up to 10,000 records", float64(s.CallRecords), 10000},
			{"a call of 10 MiB is followed by 5 seconds", float64(s.CallBytes) / float64(s.ReadBytes), 5},
			{"each PutRecords request can support up to 500 records", float64(s.PutRecords), 500},
			{"partition keys have at most 256 characters", float64(s.Key), 256},
			{"8,760 hours (365 days)", s.RetentionMax.Sim().Seconds(), 365 * 86400},
			{"a shard iterator expires 5 minutes after it is returned", s.Iterator.Sim().Seconds(), 300},
			{"up to 2 MiB per second for every shard you subscribe to", float64(s.Pushed), 2 << 20},
			{"over the HTTP/2 connection for up to 5 minutes", s.Subscription.Sim().Seconds(), 300},
			// W13: "about $100 a day" at 0.032 and 0.016 a GB.
			{"$101.25 a day", float64(s.Advantage) * 86400 / (1 << 30) * (0.032 + 0.016), 101.25},
		} {
			if c.got != c.want {
				t.Errorf("%s: %s: the profile holds %v, not %v", year, c.sentence, c.got, c.want)
			}
		}
	}
}

func TestTheYearsDifferInWhatAWSChangedOfKinesis(t *testing.T) {
	profile := func(name string) *aws.Profile {
		p, err := aws.Load(name)
		if err == nil {
			p, err = p.In("us-east-1")
		}
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	got := aws.Diff(profile("aws-2021"), profile("aws-2026"))
	for _, want := range []aws.Difference{
		{Key: "kinesis.record_max_raised", A: "1MiB", B: "10MiB"},
		{Key: "kinesis.put_records_bytes", A: "5MiB", B: "10MiB"},
		{Key: "kinesis.shard.write_burst_bytes", A: "1MiB", B: "10MiB"},
		{Key: "kinesis.shards_max", A: "500", B: "20000"},
		{Key: "kinesis.update_shard_count.shards_max", A: "500", B: "10000"},
		{Key: "kinesis.on_demand.available", A: "false", B: "true"},
		{Key: "kinesis.on_demand.write_max", A: "200MiB", B: "10GiB"},
		{Key: "kinesis.advantage.available", A: "false", B: "true"},
		{Key: "kinesis.efo.consumers_max_advantage", A: "20", B: "50"},
		{Key: "kpl.limiter_bytes", A: "1MiB", B: "10MiB"},
		{Key: "kcl.balance_by_load", A: "false", B: "true"},
		{Key: "firehose.buffer_interval_min", A: "60s", B: "0s"},
		{Key: "firehose.direct_put.autoscale", A: "false", B: "true"},
		{Key: "firehose.partitioning.available", A: "false", B: "true"},
		{Key: "analytics.sql.available", A: "true", B: "false"},
		{Key: "analytics.flink.kpus_max", A: "32", B: "64"},
		{Key: "video.newest_connection_wins", A: "true", B: "false"},
		{Key: "video.fragment_max", A: "10s", B: "20s"},
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%v is missing", want)
		}
	}
	for _, same := range []string{"kinesis.record_max", "kinesis.efo.consumers_max", "kinesis.shard.write_bytes"} {
		if slices.ContainsFunc(got, func(d aws.Difference) bool { return d.Key == same }) {
			t.Errorf("%s differs", same)
		}
	}
}

type delays struct {
	Put         spec.Durations `aws:"sdk.kinesis.put.latency"`
	Get         spec.Durations `aws:"sdk.kinesis.get.latency"`
	Propagation spec.Durations `aws:"kinesis.propagation"`
	Push        spec.Durations `aws:"kinesis.efo.push"`
	Mapping     spec.Durations `aws:"lambda.mapping.latency"`
}

// Kinesis developer guide, building-consumers.md: "an average of around 200 ms if you have one consumer reading", which
// may poll five times a second, and "typically an average of 70 ms" with enhanced fan-out. D30: 25 %.
func TestTheMeanDelaysOfAStreamAreNearAWSs(t *testing.T) {
	d := fill[delays](t, aws.Default)
	written := d.Put.Dist().Mean()/2 + d.Propagation.Dist().Mean()
	const halfPoll = 100 * millisecond
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"one polling consumer", written + halfPoll + d.Get.Dist().Mean()/2, 200 * millisecond},
		{"enhanced fan-out", written + d.Push.Dist().Mean(), 70 * millisecond},
	} {
		if math.Abs(c.got/c.want-1) > 0.25 {
			t.Errorf("%s: %.1f ms, not %v", c.what, c.got/millisecond, c.want/millisecond)
		}
	}
}

// D28, bitesizedserverless.com (September 2022): from a put through enhanced fan-out to a function. D27: by polls of a
// mapping, once a second.
func TestAFunctionGetsRecordsAboutWhenItWasMeasured(t *testing.T) {
	d := fill[delays](t, aws.Default)
	r := sim.NewEngine(1, 0).Rand("test")
	const n = 100_000
	pushed, polled := make([]float64, n), make([]float64, n)
	for i := range pushed {
		common := d.Put.Dist().Sample(r)/2 + d.Propagation.Dist().Sample(r) + d.Mapping.Dist().Sample(r)
		pushed[i] = (common + d.Push.Dist().Sample(r)) / millisecond
		polled[i] = (common+d.Get.Dist().Sample(r)/2)/millisecond + 1000*r.Float64()
	}
	for _, c := range []struct {
		what               string
		values             []float64
		p, measured, about float64
	}{
		{"pushed", pushed, 0.5, 49.4, 1.25}, {"pushed", pushed, 0.9, 67.5, 1.35}, {"pushed", pushed, 0.99, 109, 2},
		{"polled", polled, 0.5, 627, 1.25}, {"polled", polled, 0.9, 965, 1.35}, {"polled", polled, 0.99, 1580, 2},
	} {
		values, err := random.NewEmpirical(c.values, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := values.Quantile(c.p); got > c.measured*c.about || got < c.measured/c.about {
			t.Errorf("%s: p%v is %.1f ms, measured %v", c.what, 100*c.p, got, c.measured)
		}
	}
}

// CommonCalculations.java and DynamoDBLeaseCoordinator.java of the client library; pipeline.h and retrier.cc of the
// producer library: with its defaults a lease is renewed every 3,308 ms and looked for every 20,050, and a record waits
// 100 + 20 ms and again 50.
func TestTheLibrariesWaitAsTheirCodeSays(t *testing.T) {
	type waits struct {
		Failover spec.Duration `aws:"kcl.failover_time"`
		Epsilon  spec.Duration `aws:"kcl.renew_epsilon"`
		Buffered spec.Duration `aws:"kpl.record_max_buffered_time"`
		Ratio    spec.Share    `aws:"kpl.collection_ratio"`
		Most     spec.Duration `aws:"kpl.collection_delay_max"`
		Retry    spec.Share    `aws:"kpl.retry_ratio"`
	}
	w := fill[waits](t, "aws-2021")
	for _, c := range []struct {
		what      string
		got, want sim.Duration
	}{
		{"renewal", w.Failover.Sim()/3 - w.Epsilon.Sim(), 3308333333},
		{"look for leases", 2 * (w.Failover.Sim() + w.Epsilon.Sim()), 20050 * sim.Millisecond},
		{"collection", min(w.Most.Sim(), sim.Duration(float64(w.Buffered)*float64(w.Ratio))), 20 * sim.Millisecond},
		{"retry", sim.Duration(float64(w.Buffered) * float64(w.Retry)), 50 * sim.Millisecond},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, not %v", c.what, c.got, c.want)
		}
	}
}

// W19, Managed Service for Apache Flink developer guide, how-pricing.html: an application that runs for 20 minutes and
// 10 seconds is billed for these, one that runs for 5 minutes for the least of 10.
func TestFlinkIsBilledByTheSecondAndForTenMinutes(t *testing.T) {
	type billing struct {
		Granularity spec.Duration `aws:"analytics.billing.granularity"`
		Least       spec.Duration `aws:"analytics.billing.min"`
	}
	b := fill[billing](t, aws.Default)
	for run, want := range map[sim.Duration]sim.Duration{
		20*sim.Minute + 10*sim.Second: 20*sim.Minute + 10*sim.Second, 5 * sim.Minute: 10 * sim.Minute,
	} {
		grain := b.Granularity.Sim()
		if got := max(b.Least.Sim(), (run+grain-1)/grain*grain); got != want {
			t.Errorf("a run of %v is billed for %v, not %v", run, got, want)
		}
	}
}

// Input parallelism: one in-application stream carries 5,000 to 15,000 rows a second, ten carry 20,000 to 30,000.
func TestInApplicationStreamsCarryWhatTheGuideSays(t *testing.T) {
	type rows struct {
		Rate     spec.Rate `aws:"analytics.sql.rows_per_stream"`
		Exponent float64   `aws:"analytics.sql.stream_exponent"`
	}
	s := fill[rows](t, aws.Default)
	if one := s.Rate.PerSecond(); one < 5000 || one > 15000 {
		t.Errorf("one carries %v", one)
	}
	if ten := s.Rate.PerSecond() * math.Pow(10, s.Exponent); ten < 20000 || ten > 30000 {
		t.Errorf("ten carry %v", ten)
	}
}

func TestAStreamOfTheIdealProfileTakesNoTimeAndHasNoLimit(t *testing.T) {
	d, s := fill[delays](t, "ideal"), fill[shardConstants](t, "ideal")
	for _, d := range []*spec.Durations{&d.Put, &d.Get, &d.Propagation, &d.Push} {
		if d.Dist().Mean() != 0 {
			t.Error("something takes time")
		}
	}
	if s.WriteRecords != math.MaxFloat64 || s.WriteBytes != math.MaxInt64 || s.ReadBytes != math.MaxInt64 {
		t.Errorf("there is a limit: %+v", s)
	}
}
