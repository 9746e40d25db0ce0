package sdk

import (
	"slices"
	"testing"

	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
)

// Kinesis API reference (botocore 0e6e2404b): PutRecord puts a single record, PutRecords up to 500.
func TestOneRecordIsPutByPutRecordAndSeveralByPutRecords(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 100/s}\nlimit: 3\n").play(t, sim.Second)
	want(t, s.log(9), []string{"15ms 1/1", "25ms 1/1", "35ms 1/1"})
	s = onStream(t, 1, "arrivals: {constant: 100/s}\nlimit: 3\nbatch: {size: 3, linger: 1s}\n").play(t, sim.Second)
	want(t, s.log(9), []string{"35ms 3/3"})
	if s.p.puts.Put.Value() != 3 || s.p.Held.Value() != 0 {
		t.Errorf("%d put, %d held", s.p.puts.Put.Value(), s.p.Held.Value())
	}
}

// "Each request can support up to 500 records … up to a limit of 5 MiB for the entire request, including partition
// keys" (PutRecords, until 2025-10).
func TestACallHoldsNoMoreBytesThanItMay(t *testing.T) {
	s := onStream(t, 4, "arrivals: {constant: 1000/s}\nlimit: 500\nsize: 20000B\nbatch: {size: 500, linger: 10s}\n"+
		"partition_key: random").play(t, 60*sim.Second)
	if s.heavy > 5<<20 || s.heavy < 5<<20-20036 || s.user != 500 {
		t.Errorf("a call had %d bytes, %d records arrived", s.heavy, s.user)
	}
}

// "A response … includes both successfully and unsuccessfully processed records": the rest is for the caller to send
// again; "PutRecords doesn't guarantee the ordering of records" (PutRecords).
func TestFailedRecordsAreSentAgainBehindLaterOnes(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 100/s}\nlimit: 6\nkey: {uniform: 100000}\nbatch: {size: 3, linger: 1s}\n")
	at := 0
	s.fail = func(stream.Entry) error {
		if at++; at == 2 {
			return exceeded
		}
		return nil
	}
	var order []uint32
	s.play(t, sim.Minute)
	order = s.keys
	if len(order) != 6 || s.p.puts.Failed.Value() != 1 || s.p.puts.Resent.Value() != 1 || s.p.Rejected.Value() != 0 {
		t.Fatalf("%d records arrived, %d failed, %d sent again", len(order), s.p.puts.Failed.Value(), s.p.puts.Resent.Value())
	}
	if got := s.calls[len(s.calls)-1]; len(s.calls) != 3 || got.records != 1 && s.calls[1].records != 1 {
		t.Errorf("the calls were %v", s.log(9))
	}
}

func TestThePauseBeforeFailedRecordsDoublesAndHasFullJitter(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 1/s}\nlimit: 1\nbatch: {size: 2, linger: 0s}\n"+
		"partial_failures: {base: 100ms, cap: 400ms, max_attempts: 5}")
	s.fail = func(stream.Entry) error { return exceeded }
	s.play(t, sim.Minute)
	if len(s.calls) != 5 || s.p.Rejected.Value() != 1 || s.p.Held.Value() != 0 {
		t.Fatalf("%d calls, %d rejected, want 5 and 1", len(s.calls), s.p.Rejected.Value())
	}
	for i, most := range []sim.Duration{100, 200, 400, 400} {
		pause := s.calls[i+1].at.Sub(s.calls[i].at) - 10*sim.Millisecond
		if pause < 0 || pause > most*sim.Millisecond {
			t.Errorf("pause %d was %v, want at most %v ms", i, pause, int64(most))
		}
	}
}

func TestCodeThatPassesOverFailedRecordsLosesThem(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 100/s}\nlimit: 10\nbatch: {size: 10, linger: 1s}\n"+
		"partial_failures: {retry: false}")
	s.rate = 7
	s.play(t, sim.Minute)
	if s.user != 7 || s.p.Rejected.Value() != 3 || len(s.calls) != 1 {
		t.Errorf("%d arrived, %d rejected, %d calls", s.user, s.p.Rejected.Value(), len(s.calls))
	}
}

func TestARecordThatIsNoneIsNotSentAgain(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 100/s}\nlimit: 4\nbatch: {size: 2, linger: 1s}\n")
	s.fail = func(stream.Entry) error { return mistake }
	s.play(t, sim.Minute)
	if s.p.Rejected.Value() != 4 || len(s.calls) != 2 || s.p.Held.Value() != 0 {
		t.Errorf("%d rejected after %d calls", s.p.Rejected.Value(), len(s.calls))
	}
}

// PutRecord answers ProvisionedThroughputExceededException, which SDKs try again by their retry mode.
func TestAThrottledPutRecordIsTheSDKsToTryAgain(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 1/s}\nlimit: 1\nretry: {mode: standard}\n")
	s.fail = func(stream.Entry) error { return exceeded }
	s.play(t, sim.Minute)
	if len(s.calls) != 3 || s.p.Rejected.Value() != 1 || s.p.client.GaveUp.Value() != 1 {
		t.Errorf("%d attempts, %d rejected", len(s.calls), s.p.Rejected.Value())
	}
}

// "SequenceNumberForOrdering guarantees strictly increasing sequence numbers, for puts from the same client and to the
// same partition key" (PutRecord).
func TestRecordsOfAKeyWaitForOneAnother(t *testing.T) {
	for _, c := range []struct {
		settings string
		inOrder  bool
	}{{"", false}, {"sequence_number_for_ordering: true", true}} {
		s := onStream(t, 1, "arrivals: {constant: 1000/s}\nlimit: 200\nkey: {uniform: 3}\nretry: {max_attempts: 20}\n"+c.settings)
		s.store.KeepIDs()
		var ids []uint32
		turn := 0
		s.fail = func(e stream.Entry) error {
			if turn++; turn%5 == 0 {
				return exceeded
			}
			if s.store.At(e.Messages[0]).Key == 1 {
				ids = append(ids, s.store.ID(e.Messages[0]))
			}
			return nil
		}
		s.play(t, 10*sim.Minute)
		if slices.IsSorted(ids) != c.inOrder || len(ids) < 30 || s.user != 200 {
			t.Errorf("%q: %d records arrived; %d of the key, in order: %v", c.settings, s.user, len(ids), !c.inOrder)
		}
	}
}

func TestExplicitHashKeysSpreadRecords(t *testing.T) {
	for settings, most := range map[string]int{
		"": 1000, "explicit_hash_key: round_robin": 260, "explicit_hash_key: random": 310, "partition_key: random": 310,
		"explicit_hash_key: spread_keys": 1000, "key: {uniform: 4}\nexplicit_hash_key: spread_keys": 310,
	} {
		s := onStream(t, 4, "arrivals: {constant: 1000/s}\nlimit: 1000\n"+settings)
		hits := map[int]int{}
		s.fail = func(e stream.Entry) error { hits[s.ShardOf(e.Hash)]++; return nil }
		s.play(t, 10*sim.Second)
		largest := 0
		for _, n := range hits {
			largest = max(largest, n)
		}
		if largest > most || largest < 250 {
			t.Errorf("%q: a shard of 4 has %d of 1,000 records, want at most %d", settings, largest, most)
		}
	}
}

// Size of a record: "data blob and partition key" (PutRecords).
func TestThePartitionKeyCounts(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 1/s}\nlimit: 1\nsize: 100B\npartition_key: \"device-{key}\"").play(t, sim.Minute)
	if s.bytes != 108 {
		t.Errorf("the record has %d bytes, want 108", s.bytes)
	}
	s = onStream(t, 1, "arrivals: {constant: 1/s}\nlimit: 1\nsize: 100B\npartition_key: random").play(t, sim.Minute)
	if s.bytes != 136 {
		t.Errorf("the record has %d bytes, want 100 and a UUID", s.bytes)
	}
}

// A record of Firehose is its data alone (PutRecordBatch).
func TestARecordWithoutAPartitionKeyIsItsData(t *testing.T) {
	for _, c := range []struct {
		keyless bool
		first   int
	}{{false, 9}, {true, 10}} {
		s := onStream(t, 1, "arrivals: {constant: 100/s}\nlimit: 10\nsize: 100B\nbatch: {size: 10, linger: 1s}",
			func(p *ProducerParts) { p.Put = &PutLimits{Records: 500, Bytes: 1000, Keyless: c.keyless} })
		if s.play(t, sim.Minute); s.calls[0].records != c.first || s.user != 10 {
			t.Errorf("keyless %v: the calls were %v", c.keyless, s.log(9))
		}
	}
}

func TestCompressionTakesTimeAndShrinksTheRecord(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 1/s}\nlimit: 1\nsize: 1000000B\ncompression: {ratio: 4, throughput: 200MB}")
	var clocks [message.Causes]int64
	s.fail = func(e stream.Entry) error {
		s.store.At(e.Messages[0]).Clocks(s.eng.Now(), message.Idle{}, &clocks)
		return nil
	}
	s.play(t, sim.Minute)
	if clocks[message.Work] != int64(5*sim.Millisecond) || s.bytes != 250001 {
		t.Errorf("%v of work, %d bytes", sim.Duration(clocks[message.Work]), s.bytes)
	}
}

// "maxBufferAgeMillis … Default: 60,000", "maxBufferSizeRecords … Default: 500", "maxBufferSizeBytes … Default:
// 4,194,304", "partitionKeyOption … Default: RANDOM" (developer guide, writing-with-agents.md).
func TestTheAgentSendsAfterAMinuteOr500RecordsOr4MiB(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 1/s}\nlimit: 3\nagent: {}").play(t, 2*sim.Minute)
	want(t, s.log(9), []string{"1m1.005s 3/3"})
	s = onStream(t, 1, "arrivals: {constant: 1000/s}\nlimit: 500\nagent: {}").play(t, sim.Second)
	want(t, s.log(9), []string{"505ms 500/500"})
	s = onStream(t, 1, "arrivals: {constant: 1000/s}\nlimit: 50\nsize: 100000B\nagent: {}").play(t, sim.Second)
	want(t, s.log(9), []string{"47ms 41/41"})
}

// A line that is too large for a record does not keep the others, and a call that no other attempt would help is given
// up.
func TestTheAgentPassesOverWhatIsNoRecord(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 10/s}\nlimit: 100\nagent: {max_buffer_age: 1s}\n"+
		"size: {mixture: [{weight: 0.9, of: {constant: 100B}}, {weight: 0.1, of: {constant: 1048576B}}]}")
	s.play(t, sim.Minute)
	if s.user+int(s.p.Rejected.Value()) != 100 || s.user < 80 || s.user > 97 || s.p.puts.Resent.Value() > 0 {
		t.Errorf("%d arrived, %d rejected, %d sent again", s.user, s.p.Rejected.Value(), s.p.puts.Resent.Value())
	}
	s = onStream(t, 1, "arrivals: {constant: 10/s}\nlimit: 2\nagent: {max_buffer_age: 1s}")
	s.err = mistake
	s.play(t, sim.Minute)
	if len(s.calls) != 1 || s.p.Rejected.Value() != 2 {
		t.Errorf("%d calls, %d rejected", len(s.calls), s.p.Rejected.Value())
	}
}

// The agent's back-off goes on from 100 ms to 10 s until the records are there (Constants.java of the agent).
func TestTheAgentGivesNothingUp(t *testing.T) {
	s := onStream(t, 1, "arrivals: {constant: 10/s}\nlimit: 20\nagent: {max_buffer_age: 1s}\nretry: {mode: none}")
	s.err = exceeded
	s.play(t, sim.Minute)
	s.err = nil
	s.rate = 5
	s.play(t, 5*sim.Minute)
	if s.user != 20 || s.p.Rejected.Value() != 0 {
		t.Errorf("%d arrived, %d rejected", s.user, s.p.Rejected.Value())
	}
}
