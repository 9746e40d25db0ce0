package sdk

import (
	"slices"
	"testing"

	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
)

// The facts are of awslabs/amazon-kinesis-producer @11c4a64 (2026-03), the same at @ea3295b (2021-05) unless said, and
// of the Kinesis developer guide @fe9180a (2022-08).

func want(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("the stream got\n%q, want\n%q", got, want)
	}
}

// "RecordMaxBufferedTime … Maximum amount of time (milliseconds) a record may spend being buffered before it gets sent.
// … Default: 100" (default_config.properties); aggregates wait another min(50 ms, 20 %) for others (pipeline.h).
func TestARecordIsSentAfter100msAnd20ms(t *testing.T) {
	s := onStream(t, 4, "arrivals: {constant: 1/s}\nlimit: 1\nkpl: {}").play(t, 10*sim.Second)
	want(t, s.log(9), []string{"1.125s 1/1"}) // put at 1 s, half a round trip of 10 ms
	s = onStream(t, 4, "arrivals: {constant: 1/s}\nlimit: 1\nkpl: {record_max_buffered_time: 1s}").play(t, 10*sim.Second)
	want(t, s.log(9), []string{"2.055s 1/1"}) // at most 50 ms
}

// "If shard map is not available, or aggregation is disabled, just send the record by itself" (aggregator.h), and
// nothing is added to the buffered time (pipeline.h).
func TestWithoutAggregationEachRecordIsOfItsOwn(t *testing.T) {
	s := onStream(t, 4, "arrivals: {constant: 100/s}\nlimit: 5\nkpl: {aggregation_enabled: false}").play(t, 10*sim.Second)
	want(t, s.log(9), []string{"115ms 5/5"}) // the first was put at 10 ms
}

// "you have … 1,000 records per second of 512 bytes each … KPL aggregation … 10 records of about 50 KB each per second"
// (kinesis-kpl-concepts.md).
func TestAThousandRecordsOf512BytesAreTenOf50KB(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 1000/s}\nsize: 512B\nkpl: {}").play(t, 60*sim.Second)
	perSecond, bytes := float64(s.records)/60, float64(s.bytes)/float64(s.records)
	if perSecond < 9.5 || perSecond > 10.5 || bytes < 49000 || bytes > 51200+1 {
		t.Errorf("%.2f Kinesis records a second of %.0f bytes, want 10 of 50 KB", perSecond, bytes)
	}
	if s.largest > 51200+1 {
		t.Errorf("a Kinesis record had %d bytes, above AggregationMaxSize and its partition key", s.largest)
	}
}

// There is one aggregate for each shard that is predicted (aggregator.h: reducers_[*shard_id].add(ur)).
func TestRecordsOfEachShardAreAggregatedByThemselves(t *testing.T) {
	s := onStream(t, 4, "arrivals: {constant: 1000/s}\nlimit: 80\nkey: {uniform: 1000}\nkpl: {}").play(t, 10*sim.Second)
	want(t, s.log(9), []string{"126ms 4/80"})
}

// "Any records larger than this limit will bypass aggregation" (AggregationMaxSize).
func TestARecordThatIsTooLargeGoesAlone(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 100/s}\nlimit: 3\nsize: 60000B\nkpl: {}").play(t, 10*sim.Second)
	want(t, s.log(9), []string{"115ms 3/3"}) // at the deadline of the first, put at 10 ms
	s = onStream(t, 1, "arrivals: {constant: 1000/s}\nlimit: 50\n"+
		"size: {mixture: [{weight: 0.9, of: {constant: 100B}}, {weight: 0.1, of: {constant: 60000B}}]}\nkpl: {}")
	packed := 0
	s.fail = func(e stream.Entry) error {
		if len(e.Messages) > 1 {
			packed++
		}
		return nil
	}
	if s.play(t, 10*sim.Second); packed != 1 || s.records < 3 || s.user != 50 {
		t.Errorf("the others are in %d aggregates, want 1; %d Kinesis records", packed, s.records)
	}
}

// "RateLimit … 150": a shard is sent 1,500 records and 1.5 MiB a second at most, from buckets that hold 1,000 and 1 MiB
// and are looked at each 25 ms (limiter.h, token_bucket.h).
func TestAShardIsSentOneAndAHalfTimesItsLimit(t *testing.T) {
	for _, c := range []struct {
		settings string
		most     float64
		of       func(s *streamScene) float64
	}{
		{"size: 100B\nkpl: {aggregation_max_count: 1}", 1500, func(s *streamScene) float64 { return float64(s.records) }},
		{"size: 50KiB\nkpl: {}", 1.5 * (1 << 20), func(s *streamScene) float64 { return float64(s.bytes) }},
	} {
		s := onStream(t, 1, "arrivals: {constant: 4000/s}\n"+c.settings)
		s.play(t, 2*sim.Second) // the bucket is empty
		before := c.of(s)
		s.play(t, 6*sim.Second)
		if rate := (c.of(s) - before) / 4; rate < 0.98*c.most || rate > 1.02*c.most {
			t.Errorf("%q: %.0f a second, want %.0f", c.settings, rate, c.most)
		}
		if s.p.kpl.Throttled.Value() == 0 {
			t.Errorf("%q: the limiter held nothing", c.settings)
		}
	}
}

func TestTheLimiterKeepsOnlyWhatItHolds(t *testing.T) {
	s := onStream(t, 64, "arrivals: {constant: 1600/s}\nsize: 10B\nkpl: {aggregation_max_count: 1}").play(t, 20*sim.Second)
	k := s.p.kpl
	if len(k.holding) != 1 || k.held < 500 {
		t.Fatalf("%d Kinesis records are held, of shards %v", k.held, k.holding)
	}
	if l := k.limits[k.holding[0]]; len(l.expiring) > 2*l.count {
		t.Errorf("%d Kinesis records are held, %d stand in line to expire", l.count, len(l.expiring))
	}
}

// "RecordTtl … Default: 30000": records that were not put by then fail with Expired (retrier.cc).
func TestARecordIsGivenUpAfter30s(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 1/s}\nlimit: 1\nkpl: {}")
	s.fail = func(stream.Entry) error { return exceeded }
	s.play(t, 30900*sim.Millisecond)
	if s.p.Rejected.Value() != 0 {
		t.Error("the record was given up within 30 s")
	}
	s.play(t, 31200*sim.Millisecond)
	if s.p.Rejected.Value() != 1 || s.p.kpl.UserRecordExpired.Value() != 1 || s.p.Held.Value() != 0 {
		t.Errorf("%d records rejected, %d expired", s.p.Rejected.Value(), s.p.kpl.UserRecordExpired.Value())
	}
}

// A record also expires while the limiter holds it ("Expiration reached while waiting in limiter", pipeline.h).
func TestARecordExpiresInTheLimiter(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 200/s}\nsize: 50KiB\nstop: 4s\nkpl: {record_ttl: 2s}")
	s.play(t, 60*sim.Second)
	if k := s.p.kpl; k.UserRecordExpired.Value() < 500 || k.UserRecordExpired.Value() != s.p.Rejected.Value() ||
		k.held != 0 || k.outstanding != 0 {
		t.Errorf("%d expired, %d held, %d outstanding", k.UserRecordExpired.Value(), k.held, k.outstanding)
	}
}

// "the record … is added back … its new deadline is set to 50% of the original RecordMaxBufferedTime" and "there is no
// back-off" (kinesis-producer-adv-retries-rate-limiting.md, retrier.cc).
func TestAFailedRecordIsSentAgainAfter50msEachTime(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 1/s}\nlimit: 1\nkpl: {}")
	left := 3
	s.fail = func(stream.Entry) error {
		if left--; left >= 0 {
			return internal
		}
		return nil
	}
	s.play(t, 10*sim.Second)
	// 50 ms to the deadline, 20 ms for others, 10 ms of call.
	want(t, s.log(9), []string{"1.125s 1/1", "1.205s 1/1", "1.285s 1/1", "1.365s 1/1"})
	if got := s.p.kpl.RetriesPerRecord.Mean(); got != 3 {
		t.Errorf("%v retries for the record, want 3", got)
	}
}

// Failed records join the aggregate that fills, before those whose deadline is later (reducer.h).
func TestAFailedRecordGoesBeforeLaterOnes(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 50/s}\nlimit: 20\nkey: {uniform: 1000}\nkpl: {}")
	s.store.KeepIDs()
	failed := false
	var ids []uint32
	s.fail = func(e stream.Entry) error {
		if !failed {
			failed = true
			return exceeded
		}
		for _, ref := range e.Messages {
			ids = append(ids, s.store.ID(ref))
		}
		return nil
	}
	s.play(t, 10*sim.Second)
	if len(ids) != 20 || !slices.IsSorted(ids) {
		t.Errorf("the records arrived as %v", ids)
	}
	// The first aggregate has those of 20 to 100 ms; it fails at 150 ms and goes with those put before 200 ms.
	want(t, s.log(2), []string{"145ms 1/5", "225ms 1/9"})
}

// "FailIfThrottled … If true, throttled puts are not retried" (default_config.properties).
func TestThrottledRecordsMayFailAtOnce(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 1/s}\nlimit: 2\nkpl: {fail_if_throttled: true}")
	s.fail = func(stream.Entry) error { return exceeded }
	s.play(t, 10*sim.Second)
	if s.p.Rejected.Value() != 2 || len(s.calls) != 2 {
		t.Errorf("%d rejected after %d calls, want 2 after 2", s.p.Rejected.Value(), len(s.calls))
	}
}

// "we flush whenever a shard reaches a certain limit", 256 KiB (collector.h).
func TestACallIsMadeWhenItHas256KiBOfAShard(t *testing.T) {
	// 50 records make an aggregate of 51,124 bytes, and six of these are more than 256 KiB.
	s := onStream(t, 1, "arrivals: {constant: 100000/s}\nlimit: 320\nsize: 1014B\nkpl: {}").play(t, 10*sim.Second)
	if first := s.calls[0]; first.records != 6 || first.bytes < 256<<10 || first.at > sim.Time(10*sim.Millisecond) {
		t.Errorf("the first call had %d records of %d bytes at %v, want 6 at once", first.records, first.bytes, first.at)
	}
}

// "CollectionMaxCount … 500", "CollectionMaxSize … 5242880" (default_config.properties).
func TestACallHas500RecordsAnd5MiBAtMost(t *testing.T) {
	s := onStream(t, 64, "arrivals: {constant: 20000/s}\nlimit: 20000\nsize: 100B\nkey: {uniform: 10000}\n"+
		"kpl: {aggregation_enabled: false}").play(t, 10*sim.Second)
	if s.most != 500 || s.user != 20000 || s.calls[0].at != sim.Time(30*sim.Millisecond) { // full at 25 ms
		t.Errorf("a call had %d records, %d arrived, the first at %v", s.most, s.user, s.calls[0].at)
	}
	s = onStream(t, 64, "arrivals: {constant: 5000/s}\nlimit: 1000\nsize: 20000B\nkey: {uniform: 10000}\n"+
		"kpl: {aggregation_enabled: false}").play(t, 10*sim.Second)
	if s.heavy > 5<<20 || s.heavy < 5<<20-40000 || s.user != 1000 || s.calls[0].at > sim.Time(60*sim.Millisecond) {
		t.Errorf("a call had %d bytes, %d arrived, the first at %v", s.heavy, s.user, s.calls[0].at)
	}
}

// The deadlines of calls that were full before leave nothing in the calendar.
func TestACallThatIsMadeEarlyLeavesNoEvent(t *testing.T) {
	s := onStream(t, 4, "arrivals: {constant: 10000/s}\nsize: 100B\nkey: {uniform: 1000}\n"+
		"kpl: {aggregation_enabled: false, collection_max_count: 10, record_max_buffered_time: 10s}").play(t, sim.Second)
	if n := s.eng.Pending(); n > 50 || len(s.calls) < 900 {
		t.Errorf("%d events are in the calendar after %d calls", n, len(s.calls))
	}
}

// "MaxConnections … 24" (default_config.properties).
func TestTheLibraryHas24Connections(t *testing.T) {
	s := onStream(t, 64, "arrivals: {constant: 10000000/s}\nlimit: 50000\nsize: 100B\nkey: {uniform: 10000}\n"+
		"kpl: {aggregation_enabled: false}").play(t, sim.Second)
	if most := s.p.client.Busy.Max(); most != 24 || s.user != 50000 {
		t.Errorf("%d calls at once, want 24; %d records", most, s.user)
	}
}

// "Record … went to shard … instead of the predicted shard … this usually means the shard map has changed": the user
// records are put again, and the map is updated (retrier.cc).
func TestRecordsInAnUnknownShardArePutAgain(t *testing.T) {
	s := onStream(t, 2, "arrivals: {constant: 1000/s}\nlimit: 3000\nkey: {uniform: 1000}\nkpl: {}")
	s.store.KeepIDs()
	s.play(t, sim.Second)
	s.split(0)
	s.play(t, 10*sim.Second)
	wrong := int(s.p.kpl.WrongShard.Value())
	if wrong < 20 || wrong > 200 || s.user != 3000+wrong || s.p.Held.Value() != 0 {
		t.Errorf("%d records arrived, %d of them again; %d held", s.user, wrong, s.p.Held.Value())
	}
	if s.p.kpl.shards.has(0) || !s.p.kpl.shards.has(2) || !s.p.kpl.shards.has(3) {
		t.Errorf("the library knows the shards %v", s.p.kpl.shards.numbers)
	}
}

// What a record that is put again went through before was for nothing: it is retry.
func TestTheTimeBeforeARepeatIsRetry(t *testing.T) {
	s := onStream(t, 2, "arrivals: {constant: 1000/s}\nlimit: 3000\nkey: {uniform: 1000}\nkpl: {}")
	s.play(t, sim.Second)
	s.split(0)
	repeats := 0
	s.fail = func(e stream.Entry) error {
		for _, ref := range e.Messages {
			var clocks [message.Causes]int64
			m := s.store.At(ref)
			m.Clocks(s.eng.Now(), message.Idle{}, &clocks)
			if clocks[message.ClientRetry] == 0 {
				continue
			}
			repeats++
			if clocks[message.Batching] != 0 || sum(clocks) != int64(s.eng.Now().Sub(m.Born)) {
				t.Fatalf("a repeat of age %v has the clocks %v", s.eng.Now().Sub(m.Born), clocks)
			}
		}
		return nil
	}
	s.play(t, 10*sim.Second)
	if repeats != int(s.p.kpl.WrongShard.Value()) || repeats == 0 {
		t.Errorf("%d repeats, %d records in a wrong shard", repeats, s.p.kpl.WrongShard.Value())
	}
}

func sum(clocks [message.Causes]int64) (total int64) {
	for _, c := range clocks {
		total += c
	}
	return total
}

// "If the shard map is unavailable the record is sent alone" (aggregator.h).
func TestRecordsGoAloneWhileTheShardsAreNotKnown(t *testing.T) {
	s := onStream(t, 2, "arrivals: {constant: 1000/s}\nlimit: 20\nkpl: {}")
	s.p.kpl.shards.away = true
	s.play(t, 10*sim.Second)
	want(t, s.log(9), []string{"106ms 20/20"}) // the first was put at 1 ms
}

// getOutstandingRecordsCount: the application may wait until fewer are outstanding (KinesisProducer.java).
func TestTheApplicationWaitsWhileTooManyAreOutstanding(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 1000/s}\nlimit: 1000\nkpl: {outstanding_max: 100}").play(t, 60*sim.Second)
	if k := s.p.kpl; k.Pending.Max() != 100 || s.user != 1000 || k.outstanding != 0 {
		t.Errorf("%d outstanding at most, %d arrived", k.Pending.Max(), s.user)
	}
	s = onStream(t, 1, "arrivals: {constant: 4000/s}\nlimit: 1000\nbuffer: 150\nkpl: {outstanding_max: 100}").
		play(t, 60*sim.Second)
	if s.p.Held.Max() != 150 || s.p.Rejected.Value() == 0 || uint64(s.user)+s.p.Rejected.Value() != 1000 {
		t.Errorf("%d held at most, %d rejected, %d arrived", s.p.Held.Max(), s.p.Rejected.Value(), s.user)
	}
}

// The aggregated format: 4 bytes of magic number, a protocol buffer, 16 bytes of MD5 (aggregation-format.md). Two
// records of 100 bytes and one key of 1: a table entry of 3, and each 2 + 2 (index) + 2 + 100.
func TestTheSizeOfAnAggregate(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 100/s}\nlimit: 2\nsize: 100B\nkpl: {}").play(t, sim.Second)
	if got := s.calls[0].bytes; got != 20+3+2*106+1 {
		t.Errorf("the aggregate has %d bytes with its partition key, want %d", got, 20+3+2*106+1)
	}
	s = onStream(t, 1, "arrivals: {constant: 1/s}\nlimit: 1\nsize: 100B\npartition_key: \"device-{key}\"\nkpl: {}").
		play(t, 5*sim.Second)
	if got := s.calls[0].bytes; got != 108 {
		t.Errorf("a record alone has %d bytes, want its 100 and the 8 of its partition key", got)
	}
}

func TestTheTimeOfARecordIsBookedToItsCauses(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 1/s}\nlimit: 1\nsize: 2000B\ncompression: {ratio: 4, throughput: 1MB}\nkpl: {}")
	failed := false
	var clocks [message.Causes]int64
	s.fail = func(e stream.Entry) error {
		if !failed {
			failed = true
			return internal
		}
		s.store.At(e.Messages[0]).Clocks(s.eng.Now(), message.Idle{}, &clocks)
		return nil
	}
	s.play(t, 5*sim.Second)
	for cause, want := range map[message.Cause]sim.Duration{
		message.Work: 2 * sim.Millisecond, message.Batching: 120 * sim.Millisecond, message.APICall: 15 * sim.Millisecond,
		message.ClientRetry: 70 * sim.Millisecond,
	} {
		if clocks[cause] != int64(want) {
			t.Errorf("%v took %v, want %v", cause, sim.Duration(clocks[cause]), want)
		}
	}
	if s.bytes != 500+1 {
		t.Errorf("the record had %d bytes, want a quarter of its 2,000 and the key", s.bytes)
	}
}

// The 1,200 records of the first millisecond find 1,000 tokens; 37.5 more come in each 25 ms.
func TestTheTimeInTheLimiterIsThrottle(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 1200000/s}\nlimit: 1200\nsize: 10B\nkpl: {aggregation_max_count: 1}")
	var last [message.Causes]int64
	s.fail = func(e stream.Entry) error {
		s.store.At(e.Messages[0]).Clocks(s.eng.Now(), message.Idle{}, &last)
		return nil
	}
	s.play(t, sim.Second)
	throttle, batching := sim.Duration(last[message.Throttle]), sim.Duration(last[message.Batching])
	if throttle < 148*sim.Millisecond || throttle > 150*sim.Millisecond || batching != 20*sim.Millisecond {
		t.Errorf("the last record was held for %v and then waited %v, want 149 ms and 20 ms", throttle, batching)
	}
	if got := s.p.kpl.Throttled.Value(); got != 200-1 { // one more token had come by the end of the millisecond
		t.Errorf("%d records were held, want 199", got)
	}
}

func TestNothingIsLostWhenShardsThrottle(t *testing.T) {
	s := onStream(t, 2, "arrivals: {poisson: 3000/s}\nlimit: 30000\nkey: {uniform: 1000}\nkpl: {aggregation_max_count: 1}")
	s.rate = 1000
	s.play(t, 120*sim.Second)
	if k := s.p.kpl; uint64(s.user)+k.UserRecordExpired.Value() != 30000 || s.refused == 0 || k.outstanding != 0 {
		t.Errorf("%d arrived, %d expired, %d refused", s.user, k.UserRecordExpired.Value(), s.refused)
	}
}

func TestTheLibraryAllocatesNothingInSteadyState(t *testing.T) {
	s := onStream(t, 4, "arrivals: {constant: 20000/s}\nkey: {uniform: 1000}\nsize: 100B\nkpl: {}")
	s.fail = func(e stream.Entry) error {
		if s.records%7 == 3 && s.refused < s.records/7 {
			return exceeded
		}
		return nil
	}
	s.play(t, 5*sim.Second)
	s.calls, s.keys = make([]call, 0, 1<<16), make([]uint32, 0, 1<<20)
	if n := testing.AllocsPerRun(5, func() { s.eng.Run(s.eng.Now().Add(sim.Second), 1<<24) }); n > 20 {
		t.Errorf("a second of 20,000 records allocates %v times", n)
	}
}
