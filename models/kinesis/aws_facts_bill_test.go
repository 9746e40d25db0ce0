package kinesis

import (
	"fmt"
	"strings"
	"testing"

	"weir/models/stream"
	"weir/sim"
)

// One test for each sentence of AWS about streams on demand and the bill that can be tested.

// There were no streams on demand before 29 November 2021.
func TestThereWereNoStreamsOnDemandInEarly2021(t *testing.T) {
	for _, settings := range []string{"stream_mode: on_demand", "changes: [{at: 1s, set: {stream_mode: on_demand}}]"} {
		if found := problems(t, "aws-2021", settings); len(found) == 0 || !strings.Contains(found[0], "November 2021") {
			t.Errorf("%s gives %q", settings, found)
		}
	}
}

// "A new on-demand stream … 4 MB/s of write": four shards (service-sizes-and-limits.md; AWS Big Data Blog, 28 October
// 2025).
func TestANewStreamOnDemandTakesFourMegabytesASecond(t *testing.T) {
	x := newStream(t, "aws-2026", "stream_mode: on_demand")
	taken := 0
	for i := range x.log.Open() {
		taken += x.put(x.in(i), 100, 64*kib)
	}
	equal(t, "bytes taken at once", taken*64*kib, 4*mib)
}

// "… if … a shard's throughput is more than 500 KB per second … the shard is split within 15 minutes … evenly"
// (how-do-i-size-a-stream.md; AWS Big Data Blog, 28 October 2025).
func TestAShardAbove500KBASecondIsSplitWithin15Minutes(t *testing.T) {
	for kbs, want := range map[int]int{490: 4, 530: 5} {
		x := newStream(t, "aws-2026", "stream_mode: on_demand")
		first := x.in(1)
		x.load(first, 100*ms, kbs*kib/10, 40*sim.Minute)
		x.run(14 * sim.Minute)
		equal(t, fmt.Sprint(kbs, " KB/s: before"), x.log.Open(), 4)
		x.run(15*sim.Minute + sim.Second)
		equal(t, fmt.Sprint(kbs, " KB/s: shards after 15 minutes"), x.log.Open(), want)
	}
	x := newStream(t, "aws-2026", "stream_mode: on_demand")
	from := x.in(1)
	x.load(from, 100*ms, 60*kib, 20*sim.Minute)
	x.run(20 * sim.Minute)
	equal(t, "where it is split", x.log.Shard(5).From, stream.Part(3, 8))
}

// A peak of less than 15 minutes splits nothing, and neither do two.
func TestAShortPeakSplitsNothing(t *testing.T) {
	x := newStream(t, "aws-2026", "stream_mode: on_demand")
	x.load(x.in(1), 100*ms, 90*kib, 12*sim.Minute)
	x.at(20*sim.Minute, func() { x.load(x.in(1), 100*ms, 90*kib, 30*sim.Minute) })
	x.run(sim.Hour)
	equal(t, "shards", x.log.Open(), 4)
}

// "On-demand mode doesn't" isolate a hot key: a single key never exceeds 1 MB/s or 1,000 records/s
// (how-do-i-size-a-stream.md).
func TestAHotKeyIsNotIsolated(t *testing.T) {
	x := newStream(t, "aws-2026", "stream_mode: on_demand")
	key := stream.HashOf("hot")
	x.load(key, 100*ms, 200*kib, 4*sim.Hour)
	x.run(4*sim.Hour - sim.Second)
	if x.log.Open() <= 10 {
		t.Errorf("the hot shard was split to %d in 4 hours", x.log.Open())
	}
	near(t, "bytes a second of the key", float64(x.Bytes.Value())/(4*3600), mib, 0.01)
	x.run(4*sim.Hour + 10*sim.Second)
	equal(t, "records at once", x.put(key, 5000, 100), 1000)
}

// "On-demand … up to double your peak write throughput of the previous 30 days" (how-do-i-size-a-stream.md): a load
// that is spread evenly and held for a while can be doubled.
func TestAStreamOnDemandIsReadyForTwiceItsPeak(t *testing.T) {
	x := newStream(t, "aws-2026", "stream_mode: on_demand")
	const parts = 16
	for i := range parts { // 8 MiB a second, of which 4 are taken at first
		x.load(stream.Part(i, parts), 500*ms, 250*kib, 2*sim.Hour)
	}
	x.run(10 * sim.Minute)
	early := x.Throttled.Value()
	x.run(2*sim.Hour - sim.Minute)
	later := x.Throttled.Value()
	if early == 0 {
		t.Error("a new stream takes 8 MiB/s")
	}
	taken := 0
	x.run(2*sim.Hour + sim.Minute)
	for i := range parts {
		taken += x.put(stream.Part(i, parts), 100, 64*kib)
	}
	equal(t, "bytes taken at once", taken*64*kib, 16*mib)
	equal(t, "records refused in the last minute", later, x.Throttled.Value()-uint64(parts*100-taken))
}

// 200 MB/s of writes in 2022, 10 GB/s since, are the most of a stream on demand (service-sizes-and-limits.md).
func TestAStreamOnDemandHasACeiling(t *testing.T) {
	x := newStream(t, "aws-2026", "stream_mode: on_demand", "kinesis.on_demand.write_max", "6MiB")
	for i := range 16 {
		x.load(stream.Part(i, 16), 500*ms, 500*kib, 2*sim.Hour)
	}
	x.run(2 * sim.Hour)
	equal(t, "shards", x.log.Open(), 6)
}

// "You can switch between … twice in 24 hours"; the stream keeps its shards (service-sizes-and-limits.md).
func TestTheModeIsSwitchedTwiceIn24HoursAndKeepsTheShards(t *testing.T) {
	x := newStream(t, "aws-2026", "shards: 7, changes: [{at: 1h, set: {stream_mode: on_demand}}, "+
		"{at: 2h, set: {stream_mode: provisioned}}, {at: 3h, set: {stream_mode: on_demand}}, "+
		"{at: 25h, set: {stream_mode: on_demand}}]")
	x.run(4 * sim.Hour)
	equal(t, "refused", x.ReshardRefused.Value(), 1)
	equal(t, "mode", x.mode, Provisioned)
	equal(t, "shards", x.log.Open(), 7)
	x.run(26 * sim.Hour)
	equal(t, "mode a day later", x.mode, OnDemand)
	near(t, "shard hours", x.usage()["kinesis.shard_hours"], 7*24, 1e-9)
	near(t, "stream hours", x.usage()["kinesis.on_demand.stream_hours"], 2, 1e-9)
}

// What a stream took before it was on demand says nothing of its minutes.
func TestThePastOfAProvisionedStreamSplitsNothing(t *testing.T) {
	x := newStream(t, "aws-2026", "shards: 4, changes: [{at: 1h, set: {stream_mode: on_demand}}]")
	x.load(x.in(0), 100*ms, 90*kib, 59*sim.Minute)
	x.run(61*sim.Minute + sim.Second)
	equal(t, "peak of a quiet shard", x.shards[0].counted.peak, 0)
	x.run(2 * sim.Hour)
	equal(t, "shards", x.log.Open(), 4)
}

// Warm throughput is there at once: "up to 10 GiB per second" with Advantage (UpdateStreamWarmThroughput).
func TestWarmThroughputIsThereAtOnce(t *testing.T) {
	x := newStream(t, "aws-2026", "stream_mode: on_demand, on_demand_advantage: true, warm_throughput: 100MiB")
	equal(t, "shards", x.log.Open(), 100)
	x = newStream(t, "aws-2026", "stream_mode: on_demand, on_demand_advantage: true, warm_throughput: 10GiB")
	equal(t, "shards", x.log.Open(), 10_240)
}

// "AUTO … ignores" keys and spreads evenly (Kinesis developer guide of September 2026).
func TestAutoDistributionIgnoresKeys(t *testing.T) {
	x := newStream(t, "aws-2026", "stream_mode: on_demand, record_distribution: auto")
	x.put(stream.HashOf("hot"), 2000, 100)
	for n := range 4 {
		near(t, "records of a shard", float64(x.shards[n].in), 500, 0.15)
	}
}

// "A 5 KB record has one PUT payload unit, a 45 KB one two, and a 1 MB one 40" (pricing page).
func TestAPayloadUnitIs25KB(t *testing.T) {
	for bytes, want := range map[int]uint64{5 * kb: 1, 45 * kb: 2, 1000 * kb: 40, 25 * kib: 1, 25*kib + 1: 2} {
		x := newStream(t, "aws-2026", "")
		x.put(x.in(0), 1, bytes)
		equal(t, fmt.Sprint(bytes, " bytes"), x.Units.Value(), want)
	}
	x := newStream(t, "aws-2026", "")
	if _, err := x.batch(x.records(x.in(0), 10, 100)...); err != nil {
		t.Fatal(err)
	}
	equal(t, "units of ten records of 100 bytes in one call", x.usage()["kinesis.put_units"], 10)
}

// On demand, "each record is rounded up to the nearest 1 KB (1,024 B)": 4.5 KB are 5 (pricing page). What is read is
// not rounded.
func TestRecordsOnDemandAreRoundedUpToAKilobyte(t *testing.T) {
	x := newStream(t, "aws-2026", "stream_mode: on_demand")
	x.poll("c", sim.Second)
	x.at(sim.Second, func() { x.put(x.in(0), 10, 4608) })
	x.run(sim.Hour)
	equal(t, "GB in", x.usage()["kinesis.on_demand.in_gb"], 10*5120.0/(1<<30))
	equal(t, "GB out", x.usage()["kinesis.on_demand.out_gb"], 10*4608.0/(1<<30))
	equal(t, "stream hours", x.usage()["kinesis.on_demand.stream_hours"], 1)
	equal(t, "shard hours", x.usage()["kinesis.shard_hours"], 0)
}

// A shard is billed by the hour as long as it is open: 1 until the split at 1 h 30 s, 2 until the update to 4.
func TestShardHoursFollowTheOpenShards(t *testing.T) {
	x := newStream(t, "aws-2026", "changes: [{at: 1h, split: {shard: 0}}, {at: 2h, update_shard_count: 4}, "+
		"{at: 3h, update_shard_count: 2}]")
	x.run(4 * sim.Hour)
	equal(t, "shard hours", x.usage()["kinesis.shard_hours"], (3600+30+2*(3600+90)+4*3600+2*(3600-120))/3600.0)
	x.Reset(x.eng.Now())
	x.run(5 * sim.Hour)
	equal(t, "of the last hour", x.usage()["kinesis.shard_hours"], 2)
}

// Retention of 24 h to 7 d costs by the shard hour, the same for 2 days and 7; beyond, by the gigabyte and month.
func TestExtendedRetentionIsBilledByShardAndLongByGigabyte(t *testing.T) {
	for settings, want := range map[string][2]float64{
		"retention: 24h": {0, 0}, "retention: 48h": {6, 0}, "retention: 168h": {6, 0},
		"retention: 898h": {6, 1}, // 730 h beyond 168
	} {
		x := newStream(t, "aws-2026", "shards: 3, "+settings)
		for i := range 3 {
			x.at(sim.Duration(i)*sim.Minute, func() { x.put(x.in(0), 1, mib) })
		}
		x.run(2 * sim.Hour)
		equal(t, settings+": shard hours", x.usage()["kinesis.extended_retention_shard_hours"], want[0])
		equal(t, settings+": gigabyte months", x.usage()["kinesis.long_term_gb_months"], want[1]*3*mib/(1<<30))
	}
}

// What polls read of data older than seven days is billed by the gigabyte, of a stream whose shards are provisioned;
// younger data, and what is pushed, is not (pricing page: long-term data retrieval with GetRecords).
func TestPollsOfDataOlderThanSevenDaysAreBilledByGigabyte(t *testing.T) {
	for mode, item := range map[string]string{
		"provisioned": "kinesis.shard_hours", "on_demand": "kinesis.on_demand.out_gb",
	} {
		x := newStream(t, "aws-2026", "retention: 720h, stream_mode: "+mode)
		x.poll("early", sim.Second)
		later := stream.Start{At: sim.Time(8 * sim.Day)}
		x.consume("late", stream.Way{Every: sim.Second, Start: later})
		x.consume("pushed", stream.Way{Pushed: true, Start: later})
		x.put(x.in(0), 4, 64*kib)
		x.at(2*sim.Day, func() { x.put(x.in(0), 8, 64*kib) })
		x.run(9 * sim.Day)
		used, want := x.usage(), 4*64.0*kib/(1<<30)
		if mode == "on_demand" {
			want = 0
		}
		equal(t, mode+": GB", used["kinesis.long_term_retrieval_gb"], want)
		if used[item] == 0 {
			t.Errorf("%s: there is no %s", mode, item)
		}
	}
}

// Enhanced fan-out is billed by consumer and shard hour, and by the gigabyte (pricing page).
func TestEnhancedFanOutIsBilledByConsumerShardHour(t *testing.T) {
	x := newStream(t, "aws-2026", "shards: 3")
	for i := range 2 {
		x.consume(fmt.Sprint("c", i), stream.Way{Pushed: true})
	}
	x.poll("free", sim.Second)
	x.at(sim.Second, func() { x.put(x.in(0), 5, 1000) })
	x.run(2 * sim.Hour)
	equal(t, "consumer shard hours", x.usage()["kinesis.efo.consumer_shard_hours"], 12)
	equal(t, "GB", x.usage()["kinesis.efo.gb"], 2*5000.0/(1<<30))
}

// On-demand Advantage has a "minimum of 25 MiB/s of data ingest and 25 MiB/s of data retrieval" for the account, and no
// stream hours (AWS Big Data Blog, 3 November 2025 and 9 March 2026: about 100 dollars a day).
func TestAdvantageHasAMinimum(t *testing.T) {
	x := newStream(t, "aws-2026", "stream_mode: on_demand, on_demand_advantage: true")
	account := NewAccount(x.limit)
	account.Add(x.Stream)
	x.poll("c", sim.Second)
	x.at(sim.Second, func() { x.put(x.in(0), 16, 64*kib) })
	x.run(sim.Day)
	const least = 25.0 * mib * 86400 / (1 << 30)
	billed := map[string]float64{}
	account.Usage(x.eng.Now(), func(item, _ string, quantity float64) { billed[item] += quantity })
	for item, quantity := range x.usage() {
		billed[item] += quantity
	}
	near(t, "GB in", billed["kinesis.advantage.in_gb"], least, 1e-9)
	near(t, "GB out", billed["kinesis.advantage.out_gb"], least, 1e-9)
	near(t, "dollars", billed["kinesis.advantage.in_gb"]*0.032+billed["kinesis.advantage.out_gb"]*0.016, 101.25, 1e-9)
	equal(t, "stream hours", billed["kinesis.on_demand.stream_hours"], 0)
}

// What a stream took while it was provisioned is billed by shards, and no part of the minimum.
func TestTheMinimumIsOfStreamsOnDemand(t *testing.T) {
	x := newStream(t, "aws-2026", "stream_mode: on_demand, on_demand_advantage: true, "+
		"changes: [{at: 1s, set: {stream_mode: provisioned}}]")
	account := NewAccount(x.limit)
	account.Add(x.Stream)
	x.Start()
	x.at(2*sim.Second, func() { x.put(x.in(0), 16, 64*kib) })
	x.run(sim.Day)
	in, _ := account.missing(x.eng.Now())
	near(t, "GB missing", in, 25.0*mib*86400/(1<<30), 1e-12)
}

// "number_of_shards = max(incoming_write_bandwidth_in_KiB/1024, …)" (how-do-i-size-a-stream.md): 100 records of 35 KB a
// second need 4 shards.
func TestTheFormulaForShardsIsEnough(t *testing.T) {
	for shards, refuses := range map[int]bool{3: true, 4: false} {
		x := newStream(t, "aws-2026", fmt.Sprint("shards: ", shards))
		for i := range shards {
			x.load(x.in(i), sim.Duration(shards)*10*ms, 35*kb, 100*sim.Second-10*ms)
		}
		x.run(100 * sim.Second)
		equal(t, fmt.Sprint(shards, " shards refuse records"), x.Throttled.Value() > 0, refuses)
	}
}
