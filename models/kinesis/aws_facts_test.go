package kinesis

import (
	"strings"
	"testing"

	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
)

// One test for each sentence of AWS about writes that can be tested; the years are the profiles that it holds in.

// "A shard … each data record has a sequence number"; "an MD5 hash function is used to map partition keys to 128-bit
// integer values and to map associated data records to shards using the hash key ranges" (Kinesis developer guide
// fe9180a, key-concepts.md). The two keys are computed.
func TestARecordGoesToTheShardWhoseRangeHasTheMD5OfItsKey(t *testing.T) {
	x := newStream(t, "aws-2026", "shards: 4, partition_key: 's-{key}'")
	for key, want := range map[uint32]int{41: 1, 90: 2} {
		ref, _ := x.store.New(0, x.route, 100, key, 0)
		before := x.log.End(want)
		if err := x.SendMessage(ref, 0); err != nil {
			t.Fatal(err)
		}
		equal(t, "records of the shard", x.log.End(want), before+1)
	}
}

// "The open shards cover all hash keys", and a new stream's are equal (kinesis-using-sdk-java-resharding-merge.md).
func TestANewStreamDividesTheHashesEvenly(t *testing.T) {
	x := newStream(t, "aws-2026", "shards: 3")
	for i := range 3 {
		s := x.log.Shard(x.log.OpenShard(i))
		equal(t, "first hash", s.From, stream.Part(i, 3))
		if i < 2 {
			equal(t, "last hash", s.To.Next(), stream.Part(i+1, 3))
		}
	}
	equal(t, "last hash of all", x.log.Shard(2).To, stream.HashMax)
}

// "Partition keys … count toward" the size of a record, of a call, and what a shard takes (Kinesis API reference,
// botocore 0e6e2404b, PutRecords: "including partition keys").
func TestPartitionKeysCount(t *testing.T) {
	key := strings.Repeat("k", 200)
	x := newStream(t, "aws-2026", "partition_key: "+key)
	taken := 0
	for range 1000 {
		ref, _ := x.store.New(0, x.route, 900, 0, 0)
		if x.SendMessage(ref, 0) == nil {
			taken++
		}
	}
	equal(t, "records of 900 bytes and a key of 200", taken, mib/(2*kib))
	equal(t, "bytes", x.Bytes.Value(), uint64(512*1100))
	x = newStream(t, "aws-2026", "partition_key: "+key)
	ref, _ := x.store.New(0, x.route, mib-199, 0, 0)
	equal(t, "a record that its key makes too large", x.SendMessage(ref, 0), error(ErrRecordTooLarge))
}

// "Each shard can support writes up to 1,000 records per second" (PutRecords).
func TestAShardTakesAThousandRecordsASecond(t *testing.T) {
	for _, year := range []string{"aws-2021", "aws-2026"} {
		x := newStream(t, year, "")
		equal(t, year+": at once", x.put(x.in(0), 1500, 100), 1000)
		x.run(sim.Second / 2)
		equal(t, year+": half a second later", x.put(x.in(0), 1500, 100), 500)
		equal(t, year+": refused", x.Throttled.Value(), 1500)
	}
}

// "… up to a maximum data write total of 1 MB per second" (PutRecords), whichever comes first.
func TestAShardTakesAMegabyteASecond(t *testing.T) {
	for _, year := range []string{"aws-2021", "aws-2026"} {
		x := newStream(t, year, "")
		equal(t, year+": at once", x.put(x.in(0), 100, 64*kib), 16)
		x.run(sim.Second / 4)
		equal(t, year+": a quarter of a second later", x.put(x.in(0), 100, 64*kib), 4)
	}
}

// "Each PutRecord call … rounded up to the nearest kilobyte" (troubleshooting-producers.md: "the sizes of the records
// are rounded up to the nearest KB … PutRecord"): records of 1,025 bytes count as 2 KiB.
func TestPutRecordRoundsEachRecordUp(t *testing.T) {
	x := newStream(t, "aws-2026", "")
	equal(t, "records of 1,025 bytes", x.put(x.in(0), 1000, 1025), 512)
}

// "PutRecords … on the cumulative sum": a call with records of 2,049 bytes is rounded up once.
func TestPutRecordsRoundsTheSumOfACallUp(t *testing.T) {
	x := newStream(t, "aws-2026", "")
	taken := 0
	for range 10 {
		failures, err := x.batch(x.records(x.in(0), 500, 2049)...)
		if err != nil {
			t.Fatal(err)
		}
		for _, failure := range failures {
			if failure == nil {
				taken++
			}
		}
	}
	equal(t, "records of 2,049 bytes", taken, mib/2049) // each by itself would be 3 KiB, and 341 be taken
}

// "Each record in the request can be as large as 1 MB" until October 2025; since then 10 MiB where it is set
// (UpdateMaxRecordSize; AWS Big Data Blog, 28 October 2025).
func TestARecordHasAtMostAMegabyteUnlessTheStreamSaysMore(t *testing.T) {
	x := newStream(t, "aws-2026", "")
	equal(t, "1 MiB", x.put(x.in(0), 1, mib), 1)
	equal(t, "a byte more", x.PutRecord(x.record(x.in(0), mib+1)), error(ErrRecordTooLarge))
	x = newStream(t, "aws-2026", "maximum_record_size: 10MiB")
	equal(t, "10 MiB", x.put(x.in(0), 1, 10*mib), 1)
	equal(t, "a byte more than 10 MiB", x.PutRecord(x.record(x.in(0), 10*mib+1)), error(ErrRecordTooLarge))
	for year, settings := range map[string]string{
		"aws-2021": "maximum_record_size: 2MiB", "aws-2026": "maximum_record_size: 11MiB",
	} {
		if found := problems(t, year, settings); len(found) != 1 || !strings.HasPrefix(found[0], "maximum_record_size") {
			t.Errorf("%s: %s gives %q", year, settings, found)
		}
	}
	if found := problems(t, "aws-2026", "maximum_record_size: 1000B"); len(found) != 1 {
		t.Errorf("a limit below 1,024 bytes gives %q", found)
	}
}

// "Each PutRecords request can support up to 500 records" (PutRecords).
func TestACallHasAtMost500Records(t *testing.T) {
	x := newStream(t, "aws-2026", "")
	failures, err := x.batch(x.records(x.in(0), 500, 100)...)
	equal(t, "500 records", err, nil)
	equal(t, "the last one", failures[499], nil)
	_, err = x.batch(x.records(x.in(0), 501, 100)...)
	equal(t, "501 records", err, error(ErrTooManyRecords))
	equal(t, "records of calls that are none", x.Refused.Value(), 501)
}

// "… up to a limit of 5 MB for the entire request, including partition keys" (2015 to October 2025), 10 MiB since
// (PutRecords; AWS Big Data Blog, 28 October 2025).
func TestACallHasAtMost5MegabytesAnd10Since2025(t *testing.T) {
	for year, most := range map[string]int{"aws-2021": 5, "aws-2026": 10} {
		x := newStream(t, year, "shards: 20")
		spread := func(last int) (all []stream.Entry) {
			for i := range most {
				all = append(all, x.record(x.in(i), mib))
			}
			all[0] = x.record(x.in(0), mib-last)
			return all
		}
		_, err := x.batch(append(spread(10), x.record(x.in(15), 10))...)
		equal(t, year+": a full call", err, nil)
		_, err = x.batch(append(spread(10), x.record(x.in(15), 11))...)
		equal(t, year+": a byte more", err, error(ErrCallTooLarge))
	}
}

// "A single record failure does not stop the processing of subsequent records"; the response is "an array of
// successfully and unsuccessfully processed record results, correlated with the request" (PutRecords). One hot shard
// fails only its own records.
func TestAHotShardFailsOnlyItsOwnRecords(t *testing.T) {
	x := newStream(t, "aws-2026", "shards: 2")
	x.put(x.in(0), 1000, 100)
	entries := append(x.records(x.in(0), 1, 100), x.records(x.in(1), 2, 100)...)
	entries = append(entries, x.records(x.in(0), 1, 100)...)
	failures, err := x.batch(entries...)
	equal(t, "the call", err, nil)
	equals(t, "its records", failures, error(ErrThroughputExceeded), nil, nil, error(ErrThroughputExceeded))
	equal(t, "refused (WriteProvisionedThroughputExceeded)", x.Throttled.Value(), 2)
}

// A shard has "a capacity tank" that "bursts to 10 MiB", "refills at 1 MiB per second" and averages it (AWS Big Data
// Blog, 28 October 2025), of a stream whose records may be larger than 1 MiB.
func TestLargeRecordsComeInBurstsOf10MiB(t *testing.T) {
	x := newStream(t, "aws-2026", "maximum_record_size: 2MiB")
	equal(t, "at once", x.put(x.in(0), 20, 2*mib), 5)
	x.run(3 * sim.Second)
	equal(t, "3 s later", x.put(x.in(0), 20, 2*mib), 1)
	x.run(4 * sim.Second)
	equal(t, "another second later", x.put(x.in(0), 20, 2*mib), 1)
	x.run(sim.Minute)
	equal(t, "long after", x.put(x.in(0), 20, 2*mib), 5)
}

// Producer retries: "a network-related timeout … the call again … will result in two" records (
// kinesis-record-processor-duplicates.md): nothing is told apart.
func TestARecordThatIsPutTwiceIsTwoRecords(t *testing.T) {
	x := newStream(t, "aws-2026", "")
	c := x.poll("c", 200*ms)
	x.at(sim.Second, func() { x.put(x.in(0), 1, 100); x.put(x.in(0), 1, 100) })
	x.run(sim.Minute)
	equal(t, "records read", c.count, 2)
}

// "SSE … adds less than 100 μs" to a put (costs-performance.md): it shows in when a record can be read.
func TestEncryptionAddsLessThan100Microseconds(t *testing.T) {
	for settings, want := range map[string]sim.Duration{"": 0, "kms_key: keys.k": 100 * sim.Microsecond} {
		x := newStream(t, "aws-2026", settings)
		c := x.consume("c", stream.Way{})
		x.at(sim.Second, func() { x.put(x.in(0), 1, 100) })
		x.run(2 * sim.Second)
		equal(t, settings, c.took, want)
	}
}

// WriteProvisionedThroughputExceeded counts records, and IncomingRecords and IncomingBytes what was taken
// (monitoring-with-cloudwatch.md).
func TestTheMetricsOfWritesCountRecords(t *testing.T) {
	x := newStream(t, "aws-2026", "")
	x.put(x.in(0), 1010, 100)
	figures := map[string]float64{}
	x.Figures(sim.Time(sim.Second), func(name, _ string, value float64) { figures[name] = value })
	equal(t, "taken", figures["incoming_records"], 1000)
	equal(t, "bytes", figures["incoming_bytes"], 100_000)
	equal(t, "refused", figures["write_provisioned_throughput_exceeded"], 10)
	equal(t, "at the hottest shard, with those refused", figures["hottest_shard_offered_records_per_s"], 1010)
}

// Several user records of one Kinesis record are one record for the limits (KPL developer guide, aggregation).
func TestAggregatedMessagesAreOneRecord(t *testing.T) {
	x := newStream(t, "aws-2026", "")
	var refs []message.Ref
	for range 50 {
		ref, _ := x.store.New(0, x.route, 100, 0, 0)
		refs = append(refs, ref)
	}
	if err := x.PutRecord(stream.Entry{Hash: x.in(0), Bytes: 5100, Messages: refs}); err != nil {
		t.Fatal(err)
	}
	equal(t, "records", x.Records.Value(), 1)
	equal(t, "messages", x.Messages.Value(), 50)
	equal(t, "then others", x.put(x.in(0), 1500, 100), 999)
}
