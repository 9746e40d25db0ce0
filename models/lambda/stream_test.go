package lambda

import (
	"math"
	"slices"
	"testing"

	"weir/models/message"
	"weir/models/spec"
	"weir/models/stream"
	"weir/sim"
)

// stub is a stream of so many shards whose records can be read at once, and which are polled each second.
type stub struct {
	s     *scene
	log   *stream.Log
	every sim.Duration
}

func (st *stub) Log() *stream.Log                         { return st.log }
func (st *stub) Attach(*stream.Fetcher)                   {}
func (st *stub) Permit(*stream.Fetcher, int) sim.Duration { return 0 }
func (st *stub) Took(*stream.Fetcher, int, stream.Read)   {}
func (st *stub) PollEvery() sim.Duration                  { return st.every }

// write writes a record of a key to a shard.
func (st *stub) write(shard int, key uint32, flags message.Flags) {
	ref := st.s.born(100, flags)
	st.s.store.At(ref).Key = key
	st.log.Append(shard, []message.Ref{ref}, 0, 0)
}

// streaming is a function that reads a stub, with the keys of its invocations in order.
type streaming struct {
	*scene
	stub *stub
	f    *Function
	m    *StreamMapping
	dead *deadEnd
}

// deadEnd takes records of batches that were given up.
type deadEnd struct {
	s    *scene
	came []float64
}

func (d *deadEnd) SendMessage(ref message.Ref, _ sim.Duration) error {
	d.came = append(d.came, d.s.eng.Now().Seconds())
	d.s.store.Move(ref, d.s.store.At(ref), message.Visible)
	return nil
}

func newStreaming(t *testing.T, shards int, function, mapping string, told bool) *streaming {
	t.Helper()
	s := newScene(t, "aws-2026", "lambda.placement", "0s")
	x := &streaming{scene: s, stub: &stub{s: s, every: sim.Second}, dead: &deadEnd{s: s}}
	x.stub.log = stream.NewLog(s.eng, s.store, "tables.t/stream", shards, 24*sim.Hour)
	x.f = s.function(function, quick)
	source, err := spec.Parse("m.yaml", []byte("from: tables.t\n"+mapping+"\n"))
	must(t, err)
	d, m := spec.Decoder{Source: source}, new(MappingSpec)
	d.Decode(source.Root, m, "m")
	if len(d.Errors) > 0 {
		t.Fatal(d.Errors)
	}
	if problems := CheckStream(m, s.limit); len(problems) > 0 {
		t.Fatal(problems)
	}
	parts := StreamParts{Stream: x.stub, Push: constant(30 * sim.Millisecond), Records: 10_000, Bytes: 10 << 20}
	if told {
		parts.OnFailure = Destination{To: x.dead, Name: "queues.dead"}
	}
	x.m = x.f.MapStream(m, "tables.t", parts)
	x.m.fetcher.Align() // polls at whole seconds
	x.f.Start()
	return x
}

// balanced checks that every record has ended and the ledger balances.
func (x *streaming) balanced(t *testing.T, live int) {
	t.Helper()
	must(t, x.store.Ledger.Check())
	if x.store.Live() != live || x.m.Waiting.Value() != 0 {
		t.Errorf("%d live and %d waiting at the end, want %d and 0", x.store.Live(), x.m.Waiting.Value(), live)
	}
}

// "1 invocation per shard"; "next batch starts when the previous invocation of that shard completes" (facts 1.6; C106).
func TestAShardHasOneBatchAtATime(t *testing.T) {
	x := newStreaming(t, 2, "work: 500ms\ntimeout: 60s", "batch_size: 10", false)
	for shard := range 2 {
		for key := range 20 {
			x.stub.write(shard, uint32(key), 0)
		}
	}
	x.run(4.9) // the first poll comes at once, and 10 × 0.5 s of work are done at 5 s
	if x.f.Concurrent.Value() != 2 || x.m.Batches.Value() != 2 || x.f.Processed.Value() != 2*9 {
		t.Errorf("%d at once, %d batches, %d processed; want 2, 2 and 18", x.f.Concurrent.Value(), x.m.Batches.Value(),
			x.f.Processed.Value())
	}
	x.run(13)
	if x.f.Concurrent.Max() != 2 || x.m.Batches.Value() != 4 {
		t.Errorf("%d at once at the most, %d batches; want 2 and 4", x.f.Concurrent.Max(), x.m.Batches.Value())
	}
	x.balanced(t, 0)
}

// "× ParallelizationFactor 1–10, order then kept per partition key".
func TestAParallelizationFactorKeepsTheOrderOfEachKey(t *testing.T) {
	x := newStreaming(t, 1, "work: 100ms\ntimeout: 60s", "batch_size: 10\nparallelization_factor: 4", false)
	for i := range 400 {
		x.stub.write(0, uint32(i%40), 0)
	}
	x.run(60)
	if x.f.Concurrent.Max() != 4 || x.f.Processed.Value() != 400 {
		t.Errorf("%d at once, %d processed; want 4 and 400", x.f.Concurrent.Max(), x.f.Processed.Value())
	}
	for i := range x.m.lanes {
		if n := x.m.lanes[i].line.Len(); n != 0 {
			t.Errorf("%d records left in lane %d", n, i)
		}
	}
	x.balanced(t, 0)
}

// "Base poll rate: Kinesis 1/s per shard", and the poll finds what came since: records wait half a second on average.
func TestRecordsWaitForThePollOfTheirShard(t *testing.T) {
	x := newStreaming(t, 1, "timeout: 60s", "", false)
	for i := range 1000 {
		x.run(float64(i) * 0.0973)
		x.stub.write(0, 0, 0)
	}
	x.run(200)
	if mean := x.f.Paths()[0].Latency.Mean() / 1e9; math.Abs(mean-0.5) > 0.03 {
		t.Errorf("records waited %v s on average, want 0.5", mean)
	}
	x = newStreaming(t, 1, "timeout: 60s", "enhanced_fan_out: true", false)
	x.stub.write(0, 0, 0)
	x.run(1)
	if mean := x.f.Paths()[0].Latency.Mean() / 1e9; math.Abs(mean-0.03) > 1e-9 {
		t.Errorf("a record was pushed after %v s, want 0.03", mean)
	}
}

// "On function error: retries the same batch, blocking the shard, until success or record expiry";
// "MaximumRetryAttempts"; an on-failure destination gets one record of the batch (facts 1.6; C108, C110).
func TestAFailedBatchBlocksItsShard(t *testing.T) {
	x := newStreaming(t, 2, "timeout: 60s", "batch_size: 1\nmaximum_retry_attempts: 2", true)
	x.stub.write(0, 0, message.Poison)
	x.stub.write(0, 0, 0)
	x.stub.write(1, 0, 0)
	x.run(2.5) // tried at 0 and 1 s
	if x.f.Processed.Value() != 1 || x.m.Failed.Value() != 2 {
		t.Errorf("%d processed, %d failed while the first record blocks its shard; want 1 and 2", x.f.Processed.Value(),
			x.m.Failed.Value())
	}
	x.run(10)
	if x.m.Failed.Value() != 3 || x.m.GivenUp.Value() != 1 || x.f.Processed.Value() != 2 || len(x.dead.came) != 1 {
		t.Errorf("%d failed, %d given up, %d processed, %d recorded; want 3, 1, 2 and 1", x.m.Failed.Value(),
			x.m.GivenUp.Value(), x.f.Processed.Value(), len(x.dead.came))
	}
	if x.place(message.DeadByPoison) != 1 {
		t.Errorf("%d dead-lettered, want 1", x.place(message.DeadByPoison))
	}
	x.balanced(t, 1)

	x = newStreaming(t, 1, "timeout: 60s", "batch_size: 1", false) // without end
	x.stub.write(0, 0, message.Poison)
	x.stub.write(0, 0, 0)
	x.run(23 * 3600)
	if x.f.Processed.Value() != 0 {
		t.Error("the shard went on before its first record had expired")
	}
	x.run(25 * 3600)
	if x.m.Expired.Value() != 2 || x.place(message.ExpiredInQueue) != 2 {
		t.Errorf("%d expired after a day, want both", x.m.Expired.Value())
	}
	x.balanced(t, 0)
}

// The retention of a stream may be raised while a batch blocks a shard of it, which then goes on for as long.
func TestRecordsExpireByTheRetentionOfTheDay(t *testing.T) {
	x := newStreaming(t, 1, "timeout: 60s", "batch_size: 1", false)
	x.stub.write(0, 0, message.Poison)
	x.run(3600)
	x.stub.log.SetRetention(48 * sim.Hour)
	x.run(47 * 3600)
	if x.m.Expired.Value() != 0 {
		t.Error("a record expired before the retention that was set")
	}
	x.stub.log.SetRetention(24 * sim.Hour)
	x.run(47*3600 + 120)
	if x.m.Expired.Value() != 1 {
		t.Error("a record lived on after the retention that was set")
	}
	x.balanced(t, 0)
}

// "BisectBatchOnFunctionError: halves the batch; the split does not count as a retry".
func TestABatchIsHalvedUntilWhatFailsIsAlone(t *testing.T) {
	x := newStreaming(t, 1, "timeout: 60s", "batch_size: 64\nbisect_batch_on_function_error: true\nmaximum_retry_attempts: 0",
		true)
	for i := range 64 {
		flags := message.Flags(0)
		if i == 37 {
			flags = message.Poison
		}
		x.stub.write(0, 0, flags)
	}
	x.run(200)
	if x.m.Bisected.Value() != 6 || x.m.GivenUp.Value() != 1 || x.f.Processed.Value() != 63 || len(x.dead.came) != 1 {
		t.Errorf("halved %d times, %d given up, %d processed, %d recorded; want 6, 1, 63 and 1", x.m.Bisected.Value(),
			x.m.GivenUp.Value(), x.f.Processed.Value(), len(x.dead.came))
	}
	x.balanced(t, 1)
}

// "Throttles and service errors: retried till expiry, not counted in MaximumRetryAttempts".
func TestThrottlesAreNoAttempts(t *testing.T) {
	x := newStreaming(t, 1, "work: 30s\ntimeout: 60s\nreserved_concurrency: 1",
		"batch_size: 1\nmaximum_retry_attempts: 0", true)
	x.invoke(x.f, 1)
	x.stub.write(0, 0, 0)
	x.run(120)
	if x.m.Throttled.Value() < 4 || x.f.Processed.Value() != 2 || x.m.GivenUp.Value() != 0 {
		t.Errorf("%d throttled, %d processed, %d given up; want some, both and none", x.m.Throttled.Value(),
			x.f.Processed.Value(), x.m.GivenUp.Value())
	}
}

// A tumbling window that ends between the halves of a batch leaves the second half as it is.
func TestATumblingWindowEndsBetweenHalves(t *testing.T) {
	x := newStreaming(t, 1, "work: 1s\ntimeout: 60s", "batch_size: 4\nbisect_batch_on_function_error: true\n"+
		"maximum_retry_attempts: 0\ntumbling_window: 3s", true)
	for i := range 6 {
		flags := message.Flags(0)
		if i == 2 {
			flags = message.Poison
		}
		x.stub.write(0, 0, flags)
	}
	x.run(60) // the first window ends at 3 s, in the batch of all four, which fails; so the halves have it between them
	if x.m.Bisected.Value() != 2 || x.m.GivenUp.Value() != 1 || x.f.Processed.Value() != 5 {
		t.Errorf("halved %d times, %d given up, %d processed; want 2, 1 and 5", x.m.Bisected.Value(), x.m.GivenUp.Value(),
			x.f.Processed.Value())
	}
	x.balanced(t, 1)
}

// "MaximumRecordAge: discard only the expired record" (C114): one too old goes to the destination, the others are
// processed.
func TestOnlyRecordsThatAreTooOldAreGivenUp(t *testing.T) {
	x := newStreaming(t, 1, "timeout: 900s", "batch_size: 10\nmaximum_record_age: 60s", true)
	x.f.spec.ReservedConcurrency = new(int) // nothing runs
	x.stub.write(0, 0, 0)
	x.run(80)
	x.f.spec.ReservedConcurrency = nil
	for range 5 {
		x.stub.write(0, 0, 0)
	}
	x.run(200)
	if x.m.Expired.Value() != 1 || x.f.Processed.Value() != 5 || len(x.dead.came) != 1 {
		t.Errorf("%d expired, %d processed, %d recorded; want 1, 5 and 1", x.m.Expired.Value(), x.f.Processed.Value(),
			len(x.dead.came))
	}
}

// writeTenOneOfThemPoison writes ten records, of which the fifth is poison.
func (x *streaming) writeTenOneOfThemPoison() {
	for i := range 10 {
		flags := message.Flags(0)
		if i == 4 {
			flags = message.Poison
		}
		x.stub.write(0, 0, flags)
	}
}

// "ReportBatchItemFailures: checkpoint at the lowest failed sequence number, everything after it is retried".
func TestACheckpointMovesToTheLowestThatFailed(t *testing.T) {
	x := newStreaming(t, 1, "timeout: 60s", "batch_size: 10\nreport_batch_item_failures: true\nmaximum_retry_attempts: 1", true)
	x.writeTenOneOfThemPoison()
	x.run(60)
	// The five behind the one that failed are processed again with it, and given up with it though they went well.
	if x.f.Processed.Value() != 9 || x.f.Duplicates.Value() != 5 || x.m.GivenUp.Value() != 6 || x.m.Failed.Value() != 2 {
		t.Errorf("%d processed, %d again, %d given up, %d attempts failed", x.f.Processed.Value(), x.f.Duplicates.Value(),
			x.m.GivenUp.Value(), x.m.Failed.Value())
	}
	x.balanced(t, 1)
}

// A handler that returns at the first record that failed works on none behind it, so that none is processed twice.
func TestAHandlerThatStopsAtAFailureWorksOnNothingBehindIt(t *testing.T) {
	x := newStreaming(t, 1, "timeout: 60s",
		"batch_size: 10\nreport_batch_item_failures: true\nmaximum_retry_attempts: 1\nstop_at_failure: true", true)
	x.writeTenOneOfThemPoison()
	x.run(60)
	// The five behind the one that failed are given up with it, and were never worked on.
	if x.f.Processed.Value() != 4 || x.f.Duplicates.Value() != 0 || x.m.GivenUp.Value() != 6 || x.m.Failed.Value() != 2 {
		t.Errorf("%d processed, %d again, %d given up, %d attempts failed", x.f.Processed.Value(), x.f.Duplicates.Value(),
			x.m.GivenUp.Value(), x.m.Failed.Value())
	}
	x.balanced(t, 1)
}

// "Batch window 0–300 s"; "6 MB flushes the batch"; "default batch 100".
func TestABatchOfAStreamGathers(t *testing.T) {
	x := newStreaming(t, 1, "timeout: 60s", "batch_window: 10s", false)
	for i := range 300 { // ten a second
		x.run(float64(i) / 10)
		x.stub.write(0, 0, 0)
	}
	x.run(100)
	if n := x.m.Batches.Value(); n < 3 || n > 5 {
		t.Errorf("%d batches of 300 records with a window of 10 s, want about three of a hundred", n)
	}
	x = newStreaming(t, 1, "timeout: 60s", "", false)
	for range 250 {
		x.stub.write(0, 0, 0)
	}
	if x.run(10); x.m.Batches.Value() != 3 {
		t.Errorf("%d batches of 250 records, want 3", x.m.Batches.Value())
	}
}

// Batches that are full before their windows are over leave no events behind, and the next ones wait for their own.
func TestAWindowLeavesNoEventsBehind(t *testing.T) {
	x := newStreaming(t, 1, "timeout: 60s", "batch_size: 2\nbatch_window: 300s", false)
	for i := range 400 {
		x.run(float64(i) / 4)
		x.stub.write(0, 0, 0)
	}
	if x.run(101); x.m.Batches.Value() != 200 || x.eng.Pending() > 10 {
		t.Errorf("%d batches, %d events to come; want 200, and a few", x.m.Batches.Value(), x.eng.Pending())
	}
	x.run(110)
	x.stub.write(0, 0, 0)
	if x.run(409.9); x.m.Batches.Value() != 200 {
		t.Error("a batch was sent by the window of one before")
	}
	if x.run(411); x.m.Batches.Value() != 201 {
		t.Error("a batch was not sent when its window was over")
	}
	x.balanced(t, 0)
}

// "Tumbling window 0–900 s": a window ends with an invocation of its own.
func TestATumblingWindowEndsWithAnInvocation(t *testing.T) {
	x := newStreaming(t, 1, "work: 100ms\ntimeout: 60s", "tumbling_window: 30s", false)
	for i := range 90 {
		x.run(float64(i))
		x.stub.write(0, 0, 0)
	}
	x.run(200)
	windows, batches := x.m.Windows.Value(), x.m.Batches.Value()
	if windows < 3 || windows > 4 || x.f.Invocations.Value() != batches+windows {
		t.Errorf("%d windows ended, %d invocations of %d batches", windows, x.f.Invocations.Value(), batches)
	}
	x.balanced(t, 0)
}

// "Both functions receive it" (C095): each mapping reads the whole stream; "IteratorAge: age of the last record of a
// batch when the batch is sent".
func TestEachMappingReadsTheWholeStream(t *testing.T) {
	x := newStreaming(t, 1, "timeout: 60s", "", false)
	other := x.function("work: 5s\ntimeout: 60s", quick)
	second := other.MapStream(&MappingSpec{Pass: 1, StreamSpec: StreamSpec{ParallelizationFactor: 1}}, "tables.t",
		StreamParts{Stream: x.stub, Push: constant(0), Records: 10_000, Bytes: 10 << 20})
	second.fetcher.Align()
	x.run(0.25)
	x.stub.write(0, 0, 0)
	x.run(30)
	if x.f.Processed.Value() != 1 || other.Processed.Value() != 1 {
		t.Errorf("%d and %d processed, want one by each", x.f.Processed.Value(), other.Processed.Value())
	}
	if age := x.m.IteratorAge.Mean(); math.Abs(age-0.75e9) > 1e6 {
		t.Errorf("the iterator was %v s old, want 0.75", age/1e9)
	}
	if ages := []uint64{x.m.IteratorAge.Count(), second.IteratorAge.Count()}; !slices.Equal(ages, []uint64{1, 1}) {
		t.Errorf("%v iterator ages were noted", ages)
	}
}

// "up to 6 MB": records that do not fit into one invocation are in two (LAM23, with-kinesis.md, parameter table).
func TestABatchFitsIntoThePayload(t *testing.T) {
	x := newStreaming(t, 1, "timeout: 60s", "batch_size: 10\nbatch_window: 20s", false)
	for range 4 {
		ref := x.born(2_500_000, 0)
		x.stub.log.Append(0, []message.Ref{ref}, 0, 0)
	}
	x.run(60)
	if x.m.Batches.Value() != 2 || x.f.Processed.Value() != 4 {
		t.Errorf("%d batches of %d records of 2.5 MB, want two of two", x.m.Batches.Value(), x.f.Processed.Value())
	}
}
