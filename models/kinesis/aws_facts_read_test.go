package kinesis

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"weir/models/stream"
	"weir/sim"
	"weir/sim/random"
)

// One test for each sentence of AWS about reads that can be tested.

// "Each shard can support up to … five read transactions per second", of all who poll it together (GetRecords).
func TestAllWhoPollAShardShareFiveCallsASecond(t *testing.T) {
	x := newStream(t, "aws-2026", "")
	var all []*consumer
	for i := range 8 { // each once a second: three are too many
		all = append(all, x.poll(fmt.Sprint("c", i), sim.Second))
	}
	x.load(x.in(0), 100*ms, 100, 100*sim.Second)
	x.run(100 * sim.Second)
	reads := 0
	for _, c := range all {
		reads += len(c.reads)
	}
	near(t, "calls that returned records in 100 s", float64(reads), 500, 0.02)
	near(t, "calls refused", float64(x.ReadThrottled.Value()), 300, 0.05)
}

// Polls that find nothing are calls, too: who keeps up leaves the others less.
func TestPollsThatFindNothingCountAmongTheCalls(t *testing.T) {
	var calls []int
	for _, others := range []int{0, 2, 4, 40} {
		x := newStream(t, "aws-2026", "", "kinesis.shard.read_call_records", "1")
		for i := range others {
			x.consume(fmt.Sprint("up to date ", i), stream.Way{Start: stream.Start{From: 5, At: 5}, Every: sim.Second})
		}
		late := x.consume("late", stream.Way{Start: stream.Start{At: sim.Time(10 * sim.Second)}})
		x.put(x.in(0), 1000, 100)
		x.run(40 * sim.Second)
		calls = append(calls, len(late.reads))
	}
	if calls[0] < 149 || calls[1] >= calls[0] || calls[2] >= calls[1] || calls[3] >= calls[2] {
		t.Errorf("beside 0, 2, 4 and 40 consumers that poll once a second, another made %d calls in 30 s", calls)
	}
}

// The calls are shared: of five consumers that poll as often as one may, each is let through about once a second, and
// none stays before the others for long. (On an exact grid each waited 18 to 76 s here, on average.)
func TestWhoPollsTooOftenGetsAShareOfTheCalls(t *testing.T) {
	x := newStream(t, "aws-2026", "")
	call, err := random.NewLognormalFromQuantiles(float64(15*ms), float64(60*ms))
	if err != nil {
		t.Fatal(err)
	}
	var all []*consumer
	for i := range 5 {
		all = append(all, x.consume(fmt.Sprint("c", i), stream.Way{Every: 200 * ms, Paced: true, Latency: call}))
	}
	x.load(x.in(0), 50*ms, 1000, 600*sim.Second)
	x.run(610 * sim.Second)
	for _, c := range all {
		near(t, "reads of "+c.name, float64(len(c.reads)), 600, 0.2)
		if mean := c.took / sim.Duration(c.count); mean < sim.Second || mean > 4*sim.Second {
			t.Errorf("%s: a record waits %v on average", c.name, mean)
		}
	}
}

// The time until a record can be read is that of the profile, however many records come ("typically an average of
// around 70 ms", at any throughput).
func TestTheDelayOfPushesDoesNotGrowWithTheLoad(t *testing.T) {
	mean := map[sim.Duration]float64{}
	for _, every := range []sim.Duration{200 * ms, 2 * ms} {
		x := newStream(t, "aws-2026", "", "kinesis.propagation", "{lognormal: {p50: 38ms, p99: 90ms}}")
		c := x.consume("c", stream.Way{Pushed: true})
		x.load(x.in(0), every, 100, 400*sim.Second)
		x.run(401 * sim.Second)
		mean[every] = (c.took / sim.Duration(c.count)).Seconds()
	}
	near(t, "mean delay of 500 records a second", mean[2*ms], mean[200*ms], 0.1)
}

// "… up to a maximum data read total of 2 MB per second", shared by those who poll (GetRecords).
func TestAllWhoPollAShardShareTwoMegabytesASecond(t *testing.T) {
	for _, consumers := range []int{1, 2, 4} {
		x := newStream(t, "aws-2026", "", "kinesis.shard.write_bytes", "none")
		var all []*consumer
		for i := range consumers {
			all = append(all, x.poll(fmt.Sprint("c", i), sim.Second))
		}
		x.load(x.in(0), 20*ms, 100*kib, 100*sim.Second)
		x.run(100 * sim.Second)
		var bytes int64
		for _, c := range all {
			bytes += c.bytes(100 * sim.Second)
		}
		if most := float64(2*mib*100 + 10*mib); float64(bytes) > most || float64(bytes) < 0.8*most {
			t.Errorf("%d consumers got %d bytes in 100 s", consumers, bytes)
		}
	}
}

// "GetRecords can return up to 10,000 records".
func TestACallReturnsAtMost10000Records(t *testing.T) {
	x := newStream(t, "aws-2026", "", "kinesis.shard.write_records", "none", "kinesis.shard.write_bytes", "none")
	c := x.consume("c", stream.Way{Start: stream.Start{At: sim.Time(sim.Second)}, Every: sim.Second})
	x.put(x.in(0), 15_000, 50)
	x.run(sim.Minute)
	equals(t, "records", []int{c.reads[0].records, c.reads[1].records}, 10_000, 5_000)
}

// "GetRecords … can return up to 10 MB of data … If a call … returns 10 MB of data, subsequent calls made within the
// next 5 seconds throw" (service-sizes-and-limits.md).
func TestACallThatReturns10MBIsFollowedBy5Seconds(t *testing.T) {
	x := newStream(t, "aws-2026", "", "kinesis.shard.write_bytes", "none")
	c := x.consume("c", stream.Way{Start: stream.Start{At: sim.Time(sim.Second)}})
	c.f.Align()
	x.put(x.in(0), 25, mib)
	x.run(sim.Minute)
	equals(t, "times", c.times(), sim.Second, 6*sim.Second, 11*sim.Second)
	equals(t, "bytes", []int64{c.reads[0].bytes, c.reads[1].bytes, c.reads[2].bytes}, 10*mib, 10*mib, 5*mib)
	near(t, "calls refused", float64(x.ReadThrottled.Value()), 2*5*5, 0.1)
}

// "If there is insufficient provisioned throughput on the stream, subsequent calls made within the next 1 second throw"
// (GetRecords), and "it's possible … for longer".
func TestTooManyBytesAreFollowedByASecond(t *testing.T) {
	x := newStream(t, "aws-2026", "", "kinesis.shard.write_bytes", "none", "kinesis.shard.read_call_bytes", "1MiB")
	c := x.consume("c", stream.Way{})
	x.at(sim.Second, func() { x.put(x.in(0), 6, mib) })
	c.f.Align()
	x.run(sim.Minute)
	// The third MiB of a second is one too many; then half of what comes in is owed.
	equals(t, "times", c.times(), sim.Second, sim.Second, sim.Second, 2*sim.Second, 2*sim.Second, 3*sim.Second)
}

// "… or 2,000 records/s read" (service-sizes-and-limits.html alone; GetRecords has no such limit, so the profile has
// none): where a scenario sets it, a call of 10,000 records is followed by 5 seconds, as one of 10 MB is.
func TestRecordsReadASecondAreLimitedWhereAScenarioSaysSo(t *testing.T) {
	for _, limit := range []string{"none", "2000/s"} {
		x := newStream(t, "aws-2026", "", "kinesis.shard.write_records", "none", "kinesis.shard.write_bytes", "none",
			"kinesis.shard.read_records", limit)
		c := x.consume("c", stream.Way{Start: stream.Start{At: sim.Time(sim.Second)}})
		c.f.Align()
		x.put(x.in(0), 11_500, 50)
		x.at(6*sim.Second, func() { x.put(x.in(0), 1000, 50) })
		x.run(sim.Minute)
		if limit == "none" {
			equals(t, "times without a limit", c.times(), sim.Second, sim.Second, 6*sim.Second)
			continue
		}
		// 1,500 of the second are read at 6 s with the new 1,000: 500 too many, and a second's refusal.
		equals(t, "times", c.times(), sim.Second, 6*sim.Second)
		equals(t, "records", []int{c.reads[0].records, c.reads[1].records}, 10_000, 2_500)
	}
}

// A call that throws returns no data, and what was not read is there later (GetRecords).
func TestNothingIsLostToThrottledReads(t *testing.T) {
	x := newStream(t, "aws-2026", "")
	var all []*consumer
	for i := range 10 {
		all = append(all, x.poll(fmt.Sprint("c", i), 200*ms))
	}
	x.load(x.in(0), 50*ms, 1000, 60*sim.Second)
	x.run(200 * sim.Second)
	for _, c := range all {
		equal(t, c.name, c.count, 1201)
	}
	if x.ReadThrottled.Value() == 0 {
		t.Error("nothing was throttled")
	}
}

// "Shared: an average of around 200 ms if you have one consumer … around 1000 ms if you have five" (
// building-consumers.md): with 5 polls a second all its own, and with one each. Without what writes and networks take
// of it, half a period is left.
func TestOneConsumerMayPollFiveTimesASecondAndFiveOnce(t *testing.T) {
	for consumers, every := range map[int]sim.Duration{1: 200 * ms, 5: sim.Second} {
		x := newStream(t, "aws-2026", "")
		var all []*consumer
		for i := range consumers {
			all = append(all, x.consume(fmt.Sprint("c", i), stream.Way{Every: every}))
		}
		x.load(x.in(0), 173*ms, 100, 300*sim.Second)
		x.run(310 * sim.Second)
		for _, c := range all {
			near(t, c.name, (c.took / sim.Duration(c.count)).Seconds(), every.Seconds()/2, 0.03)
		}
		equal(t, "calls refused", x.ReadThrottled.Value(), 0)
	}
}

// "Each consumer registered to use enhanced fan-out receives its own read throughput per shard, up to 2 MB/sec,
// independently of other consumers" (enhanced-consumers.md).
func TestEachPushedConsumerHasTwoMegabytesASecondOfItsOwn(t *testing.T) {
	x := newStream(t, "aws-2026", "", "kinesis.shard.write_bytes", "none")
	var all []*consumer
	for i := range 3 {
		all = append(all, x.consume(fmt.Sprint("c", i), stream.Way{Pushed: true}))
	}
	poller := x.poll("poller", sim.Second)
	x.load(x.in(0), 20*ms, 100*kib, 100*sim.Second) // 5 MB a second
	x.run(100 * sim.Second)
	for _, c := range all {
		near(t, c.name, float64(c.bytes(100*sim.Second)), 200*mib, 0.03)
	}
	near(t, "who polls once a second", float64(poller.bytes(100*sim.Second)), 200*mib, 0.1)
	equal(t, "bytes pushed", x.PushedBytes.Value(), uint64(all[0].bytes(100*sim.Second)*3))
}

// "… typically an average of 70 ms whether you have one consumer or five" (building-consumers.md): the delay of a push
// does not grow with the consumers.
func TestTheDelayOfPushesIsThatOfOneConsumer(t *testing.T) {
	push, _ := random.NewConstant(float64(20 * ms))
	for _, consumers := range []int{1, 5, 20} {
		x := newStream(t, "aws-2026", "", "kinesis.propagation", "50ms")
		var all []*consumer
		for i := range consumers {
			all = append(all, x.consume(fmt.Sprint("c", i), stream.Way{Pushed: true, Push: push}))
		}
		x.load(x.in(0), 173*ms, 100, 60*sim.Second)
		x.run(70 * sim.Second)
		for _, c := range all {
			equal(t, c.name, c.took/sim.Duration(c.count), 70*ms)
		}
	}
}

// "You can register up to 20 consumers per stream" and "up to 50 … with On-demand Advantage" (RegisterStreamConsumer).
func TestAStreamHas20RegisteredConsumersAnd50WithAdvantage(t *testing.T) {
	for _, c := range []struct {
		year, settings string
		want           int64
	}{
		{"aws-2021", "", 20}, {"aws-2026", "", 20}, {"aws-2026", "stream_mode: on_demand", 20},
		{"aws-2026", "stream_mode: on_demand, on_demand_advantage: true", 50},
	} {
		x := newStream(t, c.year, c.settings)
		x.consume("a", stream.Way{Pushed: true})
		x.poll("b", sim.Second)
		pushed, most := x.Pushed()
		equal(t, "registered", pushed, 1)
		equal(t, c.year+" "+c.settings, most, c.want)
	}
}

// GetRecords.IteratorAgeMilliseconds: "the age of the last record in all GetRecords calls … A value of zero indicates
// that the records being read are completely caught up" (monitoring-with-cloudwatch.md).
func TestTheIteratorAgeIsThatOfTheLastRecordRead(t *testing.T) {
	x := newStream(t, "aws-2026", "", "kinesis.shard.read_call_records", "1")
	x.consume("c", stream.Way{Start: stream.Start{At: sim.Time(10 * sim.Second)}})
	for i := range 2 {
		x.at(sim.Duration(1+i)*sim.Second, func() { x.put(x.in(0), 1, 100) })
	}
	x.run(sim.Minute)
	near(t, "of the first read", float64(x.IteratorAge.Max()), float64(9*sim.Second), 0.01)
	equal(t, "reads", x.Reads.Value(), 2)
}

// "Records … are strictly ordered by their sequence number within a shard" (developing-producers-with-sdk.md).
func TestRecordsOfAShardAreReadInTheirOrder(t *testing.T) {
	x := newStream(t, "aws-2026", "shards: 2", "kinesis.propagation", "{lognormal: {p50: 38ms, p99: 900ms}}")
	c := x.consume("c", stream.Way{})
	for i := range 500 {
		x.at(sim.Duration(i)*10*ms, func() { x.put(x.in(i%2), 1, i+1) })
	}
	x.run(sim.Minute)
	for n, sizes := range c.sizes {
		if !slices.IsSorted(sizes) {
			t.Errorf("the records of shard %d, each larger than the one before, come as %d", n, sizes)
		}
	}
	equal(t, "records", c.count, 500)
}

func TestStartsOfConsumersAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		"starting_position: at_timestamp":                                                 "is needed",
		"starting_position_timestamp: 1s":                                                 "goes with",
		"starting_position: at_timestamp, starting_position_timestamp: 9s, start: 1s":     "must not be before",
		"starting_position: at_timestamp, starting_position_timestamp: 1s, start: 1000ms": "",
	} {
		s := new(stream.StartSpec)
		err := decode(text, s)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A shard's reads are as busy as what is taken of 2 MB and of five calls a second, whichever is nearer, polls that find
// nothing among them; who has enhanced fan-out has 2 MB for itself.
func TestHowBusyTheReadsOfAShardAre(t *testing.T) {
	figures := func(way stream.Way, every sim.Duration, bytes int) map[string]float64 {
		x := newStream(t, "aws-2026", "", "kinesis.shard.write_bytes", "none")
		x.consume("c", way)
		x.load(x.in(0), every, bytes, 100*sim.Second)
		x.run(100 * sim.Second)
		got := map[string]float64{}
		x.Figures(x.eng.Now(), func(name, _ string, v float64) { got[name] = v })
		return got
	}
	bytes := figures(stream.Way{Every: sim.Second}, 100*ms, 100*kib)
	near(t, "by bytes", bytes["read_utilisation"], 1024.0/2048, 0.05)
	calls := figures(stream.Way{Every: 250 * ms}, 50*ms, 100)
	near(t, "by calls", calls["read_utilisation"], 0.8, 0.05)
	pushed := figures(stream.Way{Pushed: true}, 100*ms, 100*kib)
	near(t, "pushed", pushed["push_utilisation"], 1024.0/2048, 0.05)
	if pushed["read_utilisation"] != 0 || bytes["push_utilisation"] != 0 {
		t.Errorf("what is pushed and what is polled are mixed: %v and %v", pushed["read_utilisation"], bytes["push_utilisation"])
	}
}
