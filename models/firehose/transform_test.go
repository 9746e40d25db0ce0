package firehose

import (
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/sim"
)

var errTooMany = &aws.Error{Code: "TooManyRequestsException", Retryable: true, Throttle: true}
var errFunction = &aws.Error{Code: "Unhandled", Function: true}

const transforming1MiB = "{transform: {function: functions.f}, buffer: {interval: 60s}}"

// AWS: "the buffering size hint ranges between 0.2 MB and up to 3 MB. The default buffering size hint is 1 MB for all
// destinations, except Splunk. For Splunk, the default buffering hint is 256 KB" (Firehose developer guide,
// data-transformation.md, January 2023); before, 1 to 3 MB and 3 by default. BufferIntervalInSeconds is 60 by default
// (Firehose API reference, ProcessorParameter).
func TestAFunctionGetsBatchesBySizeOrInterval(t *testing.T) {
	for _, c := range []struct {
		profile, settings string
		records           int // of 64 KiB
	}{
		{"aws-2026", transforming1MiB, 16},
		{"aws-2021", transforming1MiB, 48},
		{"aws-2026", "{transform: {function: functions.f}, destination: {type: splunk}}", 4},
		{"aws-2026", "{transform: {function: functions.f, buffer_size: 512KiB}}", 8},
	} {
		s := newScene(t, c.profile)
		s.delivery(c.settings)
		s.must(c.records-1, 64<<10)
		s.run(59)
		if len(s.f.at) > 0 {
			t.Fatalf("%s: invoked with less than a buffer", c.settings)
		}
		s.run(60)
		s.must(c.records, 64<<10)
		s.run(61)
		if len(s.f.at) != 2 || s.f.at[0] != 60 || s.f.sizes[0] != c.records-1 || s.f.sizes[1] != c.records {
			t.Errorf("%s: invocations at %v of %v records", c.settings, s.f.at, s.f.sizes)
		}
	}
}

// AWS: a transformed record is Ok, Dropped, which "is intentionally dropped by your processing logic", or
// ProcessingFailed (Firehose developer guide, data-transformation.md, 2023).
func TestTheFunctionSaysWhatBecomesOfEachRecord(t *testing.T) {
	s := newScene(t, "aws-2026", "firehose.direct_put.requests", "none")
	d := s.delivery("transform: {function: functions.f, dropped: 30%, processing_failed: 10%, size_factor: 0.5}")
	s.f.fails = func(m *message.Message) bool { return m.Key < 100 }
	s.must(10_000, 200)
	s.run(400)
	s.expect("all ended", float64(d.Delivered.Value()+d.Dropped.Value()+d.ProcessingFailed.Value()), 10_000)
	s.expect("filtered", float64(s.count(message.Filtered)), float64(d.Dropped.Value()))
	s.expect("poison", float64(s.count(message.DeadByPoison)), 100)
	for _, c := range []struct {
		what      string
		got, want float64
	}{{"dropped", float64(d.Dropped.Value()), 9900 * 0.3}, {"failed", float64(s.count(message.DeadByError)), 9900 * 0.1}} {
		if c.got < 0.9*c.want || c.got > 1.1*c.want {
			t.Errorf("%s: %v, want some %v", c.what, c.got, c.want)
		}
	}
	s.expect("delivered bytes", float64(d.DeliveredBytes.Value()), float64(d.Delivered.Value())*100)
	s.expect("succeed_processing_records", s.figure("succeed_processing_records"), float64(d.Delivered.Value()))
}

// AWS: if the "function invocation fails because of a network timeout or because you've reached the Lambda invocation
// limit, Firehose retries the invocation three times by default. If the invocation does not succeed, Firehose then
// skips that batch of records. The skipped records are treated as unsuccessfully processed records", which are
// delivered "to your S3 bucket in the processing-failed folder" (Firehose developer guide, data-transformation.md,
// 2023).
func TestAThrottledInvocationIsTriedThreeTimesMore(t *testing.T) {
	s := newScene(t, "aws-2026")
	d := s.delivery(transforming1MiB)
	s.must(10, 1000)
	s.at(1, func() {
		s.f.err = errTooMany
	})
	s.run(100)
	if len(s.f.at) != 4 || s.f.at[3] != 63 {
		t.Errorf("invocations at %v", s.f.at)
	}
	s.expect("dead by throttle", float64(s.count(message.DeadByThrottle)), 10)
	s.expect("processing_failed", s.figure("processing_failed"), 10)
	s.expect("objects in the backup", float64(d.BackupObjects.Value()), 1)
	s.expect("execute_processing_success", s.figure("execute_processing_success"), 0)
}

// What the function answers with an error of its own is not asked again (sdk.CallerFirehose).
func TestAFunctionsErrorFailsItsBatch(t *testing.T) {
	s := newScene(t, "aws-2026")
	s.delivery(transforming1MiB)
	s.f.err = errFunction
	s.must(10, 1000)
	s.run(100)
	s.expect("invocations", float64(len(s.f.at)), 1)
	s.expect("dead by error", float64(s.count(message.DeadByError)), 10)
}

// AWS: "Firehose supports a Lambda invocation time of up to 5 minutes" (data-transformation.md, 2023).
func TestAnInvocationTakesFiveMinutesAtTheMost(t *testing.T) {
	s := newScene(t, "aws-2026")
	d := s.delivery(transforming1MiB)
	s.f.takes = 300*sim.Second + 500*sim.Millisecond // it answers during the pause after an attempt
	late := 0
	s.f.fails = func(*message.Message) bool { late++; return false }
	s.must(10, 1000)
	s.run(3000)
	s.expect("records that the function still had when its time was over", float64(late), 0)
	if len(s.f.at) != 4 || s.f.at[1] != 60+300+1 {
		t.Errorf("invocations at %v", s.f.at)
	}
	s.expect("dead by timeout", float64(s.count(message.DeadByTimeout)), 10)
	s.expect("slots of invocations in use", float64(len(d.invocations)-len(d.unused)), 0)
}

// An attempt that failed at once is not waited for any longer: its pause may be longer than an invocation may take.
func TestThePauseBeforeAnAttemptIsNoInvocation(t *testing.T) {
	s := newScene(t, "aws-2026", "firehose.transform.timeout", "500ms")
	s.delivery(transforming1MiB)
	s.f.err = errTooMany
	s.must(10, 1000)
	s.run(100)
	s.expect("invocations", float64(len(s.f.at)), 4)
	s.expect("dead by throttle", float64(s.count(message.DeadByThrottle)), 10)
}

// AWS: a response of the function must not exceed 6 MB (data-transformation.md, 2023).
func TestTooLargeAResponseFails(t *testing.T) {
	s := newScene(t, "aws-2026")
	s.delivery("transform: {function: functions.f, size_factor: 6}")
	s.must(16, 64<<10)
	s.run(1)
	s.expect("6 MiB", float64(s.count(message.DeadByError)), 0)
	s.must(17, 63<<10)
	s.run(62)
	s.expect("more", float64(s.count(message.DeadByError)), 17)
}

// AWS: "the default number of outstanding Lambda invocations per shard is 5", 10 with Splunk (Firehose developer guide,
// limits.md, 2020 to 2026). Direct puts of us-east-1, 5 MiB/s, have five shards here.
func TestFiveInvocationsOfAShardAreOutstanding(t *testing.T) {
	for _, c := range []struct {
		settings string
		most     int
	}{{"{}", 25}, {"{type: splunk}", 50}} {
		s := newScene(t, "aws-2026", "firehose.direct_put.bytes", "5MiB", "firehose.direct_put.autoscale", "false")
		s.delivery("{transform: {function: functions.f, buffer_size: 256KiB}, buffer: {interval: 60s}, destination: " + c.settings + "}")
		s.f.takes = 100 * sim.Second
		for i := range 60 {
			s.at(float64(i), func() { s.must(4, 256<<10) })
		}
		s.run(2000)
		s.expect("outstanding", float64(s.f.top), float64(c.most))
		s.expect("all done", float64(s.count(message.Processed)), 240)
		path := s.d.Paths()[0]
		if means, _ := path.Causes.Around(0, 1); means[message.Throttle] <= 0 {
			t.Error("no record waited for its turn")
		}
	}
}
