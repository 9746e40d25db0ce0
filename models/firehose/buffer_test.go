package firehose

import (
	"strings"
	"testing"

	"weir/models/message"
	"weir/sim"
)

const mib = 1 << 20

// AWS: "buffer size is 1–128 MiB and buffer interval is 60–900 seconds. The condition that is satisfied first triggers
// data delivery to Amazon S3" (Firehose developer guide, basic-deliver.md, 2020 to 2023). By default 5 MiB and 300 s.
func TestABufferIsClosedBySizeOrIntervalWhicheverIsFirst(t *testing.T) {
	for _, profile := range []string{"aws-2021", "aws-2026"} {
		s := newScene(t, profile)
		d := s.delivery("{}")
		s.must(4, 1000<<10) // 3.9 MiB
		s.run(299.999)
		s.expect("objects before the interval is over", float64(d.Objects.Value()), 0)
		s.run(300)
		s.expect("objects by interval", float64(d.ByInterval.Value()), 1)
		s.expect("its bytes", float64(d.ObjectBytes.Value()), 4*1000<<10)
		for i := range 6 {
			s.at(400+float64(i), func() { s.must(1, 1000<<10) })
		}
		s.run(404)
		s.expect("5,000 KiB are less than 5 MiB", float64(d.BySize.Value()), 0)
		s.run(405)
		s.expect("objects by size", float64(d.BySize.Value()), 1)
		s.expect("objects", float64(d.Objects.Value()), 2)
		s.run(2000)
		s.expect("empty buffers make no objects", float64(d.Objects.Value()), 2)
	}
}

// The interval begins with the first record of a buffer, however often one was closed before: one calendar entry.
func TestTheIntervalBeginsWithTheFirstRecord(t *testing.T) {
	s := newScene(t, "aws-2026")
	d := s.delivery("buffer: {size: 1MiB, interval: 100s}")
	s.must(1, 1000<<10)
	s.at(90, func() { s.must(1, 100<<10) }) // full
	s.at(95, func() { s.must(1, 1000) })
	s.run(194)
	s.expect("objects", float64(d.Objects.Value()), 1)
	if n := s.eng.Pending(); n > 1 {
		t.Errorf("%d calendar entries for a buffer", n)
	}
	s.run(195)
	s.expect("objects", float64(d.Objects.Value()), 2)
}

// Ranges by destination and era: S3 and Redshift 1–128 MiB, OpenSearch 1–100, HTTP endpoints 1–64, 60–900 s, from 0 s
// since December 2023 (Firehose API reference, BufferingHints and its kin, botocore 0e6e2404b); Splunk 5 MB and 60 s,
// later 1–5 MiB and 0–60 s; 64 MiB at the least with format conversion and dynamic partitioning.
func TestWhatAWSRefusesIsRefused(t *testing.T) {
	for _, c := range []struct{ profile, settings, want string }{
		{"aws-2026", "buffer: {size: 128MiB, interval: 900s}", ""},
		{"aws-2026", "buffer: {size: 129MiB}", "1MiB to 128MiB"},
		{"aws-2026", "buffer: {size: 1MiB, interval: 0s}", ""},
		{"aws-2026", "buffer: {size: 512KiB}", "1MiB to 128MiB"},
		{"aws-2026", "buffer: {interval: 901s}", "0s to 15m"},
		{"aws-2021", "buffer: {interval: 59s}", "1m to 15m"},
		{"aws-2026", "{destination: {type: opensearch}, buffer: {size: 101MiB}}", "1MiB to 100MiB"},
		{"aws-2026", "{destination: {type: http_endpoint}, buffer: {size: 65MiB}}", "1MiB to 64MiB"},
		{"aws-2026", "{destination: {type: redshift}, buffer: {size: 128MiB}}", ""},
		{"aws-2026", "{destination: {type: splunk}, buffer: {size: 1MiB, interval: 0s}}", ""},
		{"aws-2026", "{destination: {type: splunk}, buffer: {interval: 61s}}", "0s to 1m"},
		{"aws-2021", "{destination: {type: splunk}, buffer: {size: 1MiB}}", "5MiB to 5MiB"},
		{"aws-2026", "{dynamic_partitioning: true, buffer: {size: 63MiB}}", "64MiB to 128MiB"},
		{"aws-2021", "dynamic_partitioning: true", "August 2021"},
		{"aws-2026", "{dynamic_partitioning: true, destination: {type: redshift}}", "destination s3"},
		{"aws-2026", "{format_conversion: parquet, buffer: {size: 32MiB}}", "64MiB to 128MiB"},
		{"aws-2026", "{format_conversion: orc, destination: {type: splunk}}", "destination s3"},
		{"aws-2026", "destination: {retry_duration: 1h}", "cannot be set"},
		{"aws-2026", "destination: {type: http_endpoint, retry_duration: 7201s}", "0s to 2h"},
		{"aws-2026", "destination: {type: http_endpoint, unacknowledged: 1%}", "only Splunk"},
		{"aws-2026", "transform: {function: functions.f, buffer_size: 200KB}", ""},
		{"aws-2026", "transform: {function: functions.f, buffer_size: 4MiB}", "200KB to 3MiB"},
		{"aws-2021", "transform: {function: functions.f, buffer_size: 200KB}", "1MiB to 3MiB"},
	} {
		s := newScene(t, c.profile)
		text := ""
		for _, p := range Check(decode(t, c.settings), &s.limit) {
			text += p.Text
		}
		if c.want == "" && text != "" || !strings.Contains(text, c.want) {
			t.Errorf("%s: %s: %q, want %q", c.profile, c.settings, text, c.want)
		}
	}
}

// AWS: with an interval of zero "Firehose will not buffer data and will deliver data within a few seconds" (Firehose
// developer guide, buffering-hints.html, 2026). What comes during a delivery waits for its end.
func TestZeroBufferingDeliversWithinSeconds(t *testing.T) {
	s := newScene(t, "aws-2026", "firehose.http.latency", "3s")
	d := s.delivery("{destination: {type: http_endpoint}, buffer: {size: 1MiB, interval: 0s}}")
	for i := range 50 {
		s.at(float64(i)/10, func() { s.must(1, 1000) })
	}
	s.run(1.05)
	s.expect("deliveries under way", float64(d.InFlight.Value()), 10+1) // of 0 s to 1 s
	s.run(3.95)
	s.expect("they are one", float64(d.InFlight.Value()), 11)
	s.run(30)
	s.expect("deliveries", float64(d.Attempts.Value()), 3)
	s.expect("records", float64(d.Delivered.Value()), 50)
	if oldest := d.Freshness.Max(); oldest > int64(7*sim.Second) {
		t.Errorf("the oldest record was %d ns old", oldest)
	}
}

// AWS: if "data delivery to the destination falls behind data writing to the delivery stream, Firehose raises the
// buffer size dynamically to catch up" (Firehose developer guide, basic-deliver.md, 2023).
func TestBuffersGrowWhileDeliveriesAreTriedAgain(t *testing.T) {
	s := newScene(t, "aws-2026")
	d := s.delivery("{destination: {type: http_endpoint, unavailable: [{at: 0s, for: 100s}], retry_duration: 600s}, buffer: {size: 1MiB}}")
	for i := range 60 {
		s.at(float64(i), func() { s.must(4, 256<<10) }) // 1 MiB/s
	}
	s.run(60)
	if n := d.BySize.Value(); n < 8 || n > 12 { // 1 + 2 + 3 + … + 10 MiB = 55 MiB
		t.Errorf("%d buffers of 60 MiB: 60 without growth", n)
	}
	s.run(1000)
	s.expect("delivered in the end", float64(d.Delivered.Value()), 240)
	s.at(1001, func() { s.must(8, 256<<10) })
	before := d.BySize.Value()
	s.run(1002)
	s.expect("buffers of 1 MiB again", float64(d.BySize.Value()-before), 2)
}

// AWS: with dynamic partitioning "the end-to-end delay of your data can be up to 1.5 times the buffering hint time"
// (Firehose developer guide, dynamic-partitioning.md, 2023): a buffer for each key, after one for all.
func TestPartitionsTakeHalfAnIntervalMore(t *testing.T) {
	s := newScene(t, "aws-2026")
	d := s.delivery("{dynamic_partitioning: true, buffer: {interval: 100s}}")
	s.must(30, 1000)
	s.must(10, 1000) // of ten of the same keys
	s.run(149.9)
	s.expect("objects", float64(d.Objects.Value()), 0)
	s.expect("active partitions", float64(d.Partitions.Value()), 30)
	s.run(150)
	s.expect("objects", float64(d.Objects.Value()), 30)
	s.expect("active partitions", float64(d.Partitions.Value()), 0)
	s.expect("billed objects", s.usage("firehose.partitioned_objects"), 30)
	s.expect("billed GB", s.usage("firehose.partitioned_gb"), 40*1000.0/(1<<30))
	if path := d.Paths()[0]; path.Latency.Max() != int64(150*sim.Second) {
		t.Errorf("the latency is %d", path.Latency.Max())
	}
}

// AWS: "the default quota is 500 active partitions … if this quota is exceeded, data is delivered to the error bucket
// prefix" (Firehose developer guide, limits.md, 2023). A partition is active until its data has been delivered.
func TestTheFiveHundredAndFirstPartitionIsAnError(t *testing.T) {
	s := newScene(t, "aws-2026")
	d := s.delivery("{dynamic_partitioning: true, buffer: {interval: 60s}}")
	s.must(510, 1000)
	s.run(200)
	s.expect("delivered", float64(d.Delivered.Value()), 500)
	s.expect("in the backup", float64(s.count(message.DeadByError)), 10)
	s.expect("counted", s.figure("partition_count_exceeded"), 10)
	s.must(500, 1000)
	s.run(400)
	s.expect("delivered, of other keys than before", float64(d.Delivered.Value()), 1000)
}
