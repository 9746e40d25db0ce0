package firehose

import (
	"testing"

	"weir/models/message"
	"weir/sim"
)

const hour = 3600.0

// AWS: "if data delivery to your Amazon S3 bucket fails, Firehose retries for up to 24 hours … if the issue persists
// beyond 24 hours, the data is lost" (Firehose developer guide, basic-deliver.md, 2020 to 2023).
func TestS3IsTriedForADay(t *testing.T) {
	for _, c := range []struct {
		outage string
		lost   float64
	}{{"23h50m", 0}, {"24h10m", 10}} {
		s := newScene(t, "aws-2026")
		d := s.delivery("destination: {unavailable: [{at: 0s, for: " + c.outage + "}]}")
		s.must(10, 1000)
		s.run(24*hour + 299)
		s.expect("not lost before a day", float64(d.Lost.Value()), 0)
		s.run(30 * hour)
		s.expect("lost after "+c.outage, float64(s.count(message.Lost)), c.lost)
		s.expect("delivered", float64(s.count(message.Processed)), 10-c.lost)
	}
}

// AWS: the retry duration is 0 to 7,200 s, of Redshift 3,600 s by default and of OpenSearch 300 s; then Firehose
// "skips" what failed and delivers it to the backup bucket "in the errors folder" (basic-deliver.md, 2023; API
// reference, RetryOptions). It counts from the first failure.
func TestOtherDestinationsAreTriedForTheirRetryDuration(t *testing.T) {
	for _, c := range []struct {
		destination string
		interval    float64
		retry       float64
	}{
		{"type: redshift", 300, 3600}, {"type: opensearch", 300, 300}, {"type: http_endpoint", 300, 300},
		{"type: splunk", 60, 300}, {"type: http_endpoint, retry_duration: 7200s", 300, 7200},
		{"type: redshift, retry_duration: 0s", 300, 0},
	} {
		s := newScene(t, "aws-2026")
		d := s.delivery("destination: {" + c.destination + ", unavailable: [{at: 0s, for: 1d}]}")
		s.must(10, 1000)
		s.run(c.interval + c.retry - 0.001)
		s.expect(c.destination+": not yet", float64(s.count(message.DeadByError)), 0)
		s.run(c.interval + c.retry)
		s.expect(c.destination, float64(s.count(message.DeadByError)), 10)
		s.expect("backup", s.figure("backup_to_s3_records"), 10)
		s.expect("objects in the backup", float64(d.BackupObjects.Value()), 1)
		s.run(2 * 86400)
		s.expect("never delivered", float64(d.Delivered.Value()), 0)
	}
}

// A delivery is tried again after 1 s, then twice as long, to a minute (firehose.retry_delay): at 300, 301, 303, 307,
// 315, 331, 363, 423 s and so on. From its failure to its end its time is booked as retry.
func TestThePauseBetweenAttemptsDoubles(t *testing.T) {
	s := newScene(t, "aws-2026", "firehose.http.latency", "100ms")
	d := s.delivery("destination: {type: http_endpoint, unavailable: [{at: 0s, for: 320s}]}")
	s.must(10, 1000)
	s.run(1000)
	s.expect("attempts", float64(d.Attempts.Value()), 6)
	s.expect("failures", s.figure("delivery_to_http_endpoint_failures"), 5)
	s.expect("success", s.figure("delivery_to_http_endpoint_success"), 1.0/6)
	path := d.Paths()[0]
	means, _ := path.Causes.Around(0, 1)
	s.expect("batch window", means[message.BatchWindow], 300e9)
	s.expect("downstream", means[message.Downstream], 0.1e9)
	s.expect("retry", means[message.Retry], 31e9+0.5e9)
	s.expect("latency", float64(path.Latency.Max()), 331.6e9)
}

// AWS: a COPY follows "as soon as the previous COPY command is successfully finished", with all that is in S3 by then
// (basic-deliver.md, 2023).
func TestCopiesIntoRedshiftAreBackToBack(t *testing.T) {
	s := newScene(t, "aws-2026", "firehose.redshift.latency", "250s")
	d := s.delivery("{destination: {type: redshift}, buffer: {interval: 60s}}")
	for i := range 10 {
		s.at(61*float64(i)+1, func() { s.must(1, 1000) })
	}
	s.run(2000)
	s.expect("objects", float64(d.Objects.Value()), 10)
	// At 61 s of one object, at 311 s of four, at 561 s of four, and of one.
	s.expect("COPY commands", float64(d.Attempts.Value()), 4)
	s.expect("delivered", float64(d.Delivered.Value()), 10)
}

// AWS: "if an error occurs or the acknowledgment doesn't arrive within the acknowledgment timeout period, Firehose
// starts the retry duration counter", and sends the data again (basic-deliver.md, 2023). 180 s unless set.
func TestSplunkAcknowledges(t *testing.T) {
	s := newScene(t, "aws-2026")
	d := s.delivery("destination: {type: splunk, unacknowledged: 100%, retry_duration: 200s}")
	s.must(10, 1000)
	s.run(60 + 180 + 1 + 179)
	s.expect("attempts that ended", float64(d.Attempts.Value()), 1)
	s.run(602) // the second fails at 421 s, before the 200 s are over, and the third goes on beyond them
	s.expect("attempts that ended", float64(d.Attempts.Value()), 2)
	s.expect("not given up while an acknowledgement may come", float64(s.count(message.DeadByError)), 0)
	s.run(603)
	s.expect("given up", float64(s.count(message.DeadByError)), 10)
	s.expect("records that came again", s.figure("repeated"), 30)
}

// An outage is told from chance: a share of the deliveries fails.
func TestAShareOfTheDeliveriesFails(t *testing.T) {
	s := newScene(t, "aws-2026")
	d := s.delivery("{destination: {failures: 25%}, buffer: {interval: 60s}}")
	for i := range 1000 {
		s.at(61*float64(i), func() { s.must(1, 1000) })
	}
	s.run(100_000)
	s.expect("delivered", float64(d.Delivered.Value()), 1000)
	if n := d.Failures.Value(); n < 280 || n > 390 { // 333
		t.Errorf("%d of %d failed", n, d.Attempts.Value())
	}
}

// AWS: DeliveryToS3.DataFreshness is "the age (from getting into Firehose to now) of the oldest record in Firehose. Any
// record older than this age has been delivered" (monitoring-with-cloudwatch-metrics.md, 2023).
func TestDataFreshnessIsTheAgeOfTheOldestRecord(t *testing.T) {
	s := newScene(t, "aws-2026")
	d := s.delivery("destination: {unavailable: [{at: 0s, for: 500s}]}")
	s.at(10, func() { s.must(1, 1000) })
	s.at(200, func() { s.must(1, 1000) })
	s.run(450)
	s.expect("age at 450 s", d.age(s.eng.Now()).Seconds(), 440)
	s.run(2000)
	s.expect("age when all is delivered", d.age(s.eng.Now()).Seconds(), 0)
	s.expect("the curve's peak", s.curve("data_freshness_s"), float64(d.Freshness.Max())/1e9)
	s.expect("and from then on", s.curve("data_freshness_s"), 0)
	s.expect("figure", s.figure("delivery_to_s3_data_freshness_max_s"), float64(d.Freshness.Max())/1e9)
	if d.Freshness.Max() < int64(490*sim.Second) {
		t.Errorf("freshness at most %d", d.Freshness.Max())
	}
}

// AWS: all records may be copied to S3 beside their destination; Firehose "also writes failed documents" there (API
// reference, S3BackupMode).
func TestABackupOfAllRecords(t *testing.T) {
	s := newScene(t, "aws-2026")
	d := s.delivery("{s3_backup: all, destination: {type: http_endpoint, unavailable: [{at: 400s, for: 1d}]}}")
	s.must(10, 1000)
	s.at(350, func() { s.must(10, 1000) })
	s.run(2000)
	s.expect("backed up, and again what failed", float64(d.BackedUp.Value()), 20+10)
	s.expect("objects, under two prefixes", float64(d.BackupObjects.Value()), 3)
	s.expect("delivered", float64(d.Delivered.Value()), 10)
}

// The backup has records as they came, whatever becomes of them afterwards.
func TestABackupOfAllRecordsHasThoseThatAreNeverDelivered(t *testing.T) {
	for _, c := range []struct {
		transform string
		failed    float64
	}{{"size_factor: 0.5", 0}, {"dropped: 100%", 0}, {"processing_failed: 100%", 10}} {
		s := newScene(t, "aws-2026")
		s.delivery("{s3_backup: all, destination: {type: http_endpoint}, transform: {function: functions.f, " +
			c.transform + "}}")
		s.must(10, 1000)
		s.run(1000)
		s.expect(c.transform, s.figure("backup_to_s3_records"), 10+c.failed)
		s.expect(c.transform+", bytes", s.figure("backup_to_s3_bytes"), 1000*(10+c.failed))
	}
}
