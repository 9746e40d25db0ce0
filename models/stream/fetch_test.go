package stream

import (
	"math"
	"slices"
	"testing"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

const ms = sim.Millisecond

func TestPollsStandOnAGridOfTheirOwn(t *testing.T) {
	s := newScene(3)
	c := s.taker("c", Way{Every: 250 * ms})
	s.at(10*sim.Second, func() {
		for n := range 3 {
			s.put(n, 1, 0)
		}
	})
	s.at(20*sim.Second, func() { s.put(1, 1, 0) })
	s.run(sim.Minute)
	phase := map[int]sim.Time{}
	for _, k := range c.got {
		if wait := k.at.Sub(sim.Time(10 * sim.Second)); k.key < 3 && (wait < 0 || wait >= 250*ms) {
			t.Errorf("shard %d was polled %v after its record", k.shard, wait)
		}
		if k.key < 3 {
			phase[k.shard] = k.at % sim.Time(250*ms)
		} else if k.at%sim.Time(250*ms) != phase[k.shard] {
			t.Errorf("shard %d is polled at %v, its phase was %v", k.shard, k.at, sim.Duration(phase[k.shard]))
		}
	}
	if len(c.got) != 4 || phase[0] == phase[1] || phase[1] == phase[2] {
		t.Errorf("the polls have the phases %v", phase)
	}
}

// A grid may be finer than the pause after a poll that was held back.
func TestAFastGridIsKept(t *testing.T) {
	s := newScene(1)
	c := s.taker("c", Way{Every: 50 * ms})
	c.f.Align()
	s.at(sim.Second+10*ms, func() { s.put(0, 1, 0) })
	s.run(sim.Minute)
	want(t, "times", c.times(), sim.Second+50*ms)
}

func TestAnEagerConsumerPollsAgainAtOnceWhileThereIsMore(t *testing.T) {
	for _, eager := range []bool{false, true} {
		s := newScene(1)
		c := s.taker("c", Way{Every: sim.Second, Eager: eager, Most: 2})
		c.f.Align()
		s.at(500*ms, func() {
			for range 5 {
				s.put(0, 1, 0)
			}
		})
		s.at(1500*ms, func() { s.put(0, 1, 0) })
		s.run(sim.Minute)
		if eager {
			want(t, "eager", c.times(), sim.Second, 2*sim.Second)
		} else {
			want(t, "steady", c.times(), sim.Second, 2*sim.Second, 3*sim.Second)
		}
		want(t, "keys", c.keys(), 0, 1, 2, 3, 4, 5)
	}
}

func TestAConsumerWithoutPauseGetsRecordsWhenTheyCanBeRead(t *testing.T) {
	s := newScene(1)
	c := s.taker("c", Way{})
	s.at(500*ms, func() { s.put(0, 1, 80*ms) })
	s.at(510*ms, func() { s.put(0, 1, 0) }) // records do not overtake one another
	s.at(700*ms, func() { s.put(0, 1, 0) })
	s.run(sim.Minute)
	want(t, "times", c.times(), 580*ms, 700*ms)
}

// The request of a poll has left half of its round trip before, and the answer comes half of it later.
func TestAPollTakesItsLatency(t *testing.T) {
	s := newScene(1)
	c := s.taker("c", Way{Every: sim.Second, Latency: constant(60 * ms)})
	c.f.Align()
	s.at(500*ms, func() { s.put(0, 1, 0) })
	s.at(1010*ms, func() { s.put(0, 1, 0) }) // the poll is on its way, and finds both
	s.at(1040*ms, func() { s.put(0, 1, 0) })
	s.run(sim.Minute)
	want(t, "steady", c.times(), 1060*ms, 2060*ms)
	s = newScene(1)
	c = s.taker("c", Way{Latency: constant(60 * ms)})
	s.at(500*ms, func() { s.put(0, 1, 0) })
	s.at(540*ms, func() { s.put(0, 1, 0) })
	s.run(sim.Minute)
	want(t, "without pause", c.times(), 560*ms, 620*ms) // the poll under way finds nothing, and the next one comes
	if s.reads[0].at != sim.Time(530*ms) || s.reads[1].at != sim.Time(590*ms) {
		t.Errorf("the polls came at %v and %v", s.reads[0].at, s.reads[1].at)
	}
}

func TestPushedRecordsComeAfterThePush(t *testing.T) {
	s := newScene(1)
	c := s.taker("c", Way{Pushed: true, Push: constant(50 * ms)})
	s.at(500*ms, func() { s.put(0, 1, 30*ms) })
	s.at(540*ms, func() { s.put(0, 1, 0) }) // not with the first, whose push had begun
	s.run(sim.Minute)
	want(t, "times", c.times(), 580*ms, 630*ms)
}

func TestWhatIsHeldBackComesAgain(t *testing.T) {
	for _, way := range []Way{{Every: sim.Second}, {}, {Pushed: true, Push: constant(50 * ms)}} {
		s := newScene(1)
		s.permit = func(*Fetcher, int) sim.Duration { return max(sim.Time(3100*ms).Sub(s.eng.Now()), 0) }
		c := s.taker("c", way)
		c.f.Align()
		s.at(500*ms, func() { s.put(0, 2, 0) })
		s.run(sim.Minute)
		want(t, "keys", c.keys(), 0, 1)
		switch {
		case way.Pushed: // the service knows when
			want(t, "pushed", c.times(), 3100*ms)
		case way.Every == 0:
			want(t, "again and again", c.times(), 3200*ms)
		default:
			want(t, "steady", c.times(), 4*sim.Second)
		}
		if c.got[0].clock[message.Throttle] == 0 {
			t.Errorf("no time was booked to the limit: %v", c.got[0].clock)
		}
	}
}

// AWS's starting positions: TRIM_HORIZON, LATEST and AT_TIMESTAMP (Kinesis API reference, GetShardIterator).
func TestConsumersBeginWhereTheySay(t *testing.T) {
	at := spec.Duration(2500 * ms)
	for _, c := range []struct {
		StartSpec
		want []uint32
	}{
		{StartSpec{StartingPosition: TrimHorizon, Start: spec.Duration(3500 * ms)}, []uint32{0, 1, 2, 3, 4, 5}},
		{StartSpec{StartingPosition: Latest, Start: spec.Duration(3500 * ms)}, []uint32{4, 5}},
		{StartSpec{StartingPosition: Latest}, []uint32{0, 1, 2, 3, 4, 5}},
		{StartSpec{StartingPosition: AtTimestamp, StartingPositionTimestamp: &at, Start: spec.Duration(3500 * ms)},
			[]uint32{3, 4, 5}},
	} {
		s := newScene(1)
		consumer := s.taker("c", Way{Start: c.Where(), Every: 100 * ms})
		consumer.f.Align()
		for i := range 6 {
			s.at(sim.Duration(i)*sim.Second, func() { s.put(0, 1, 0) })
		}
		s.run(sim.Minute)
		want(t, string(c.StartingPosition), consumer.keys(), c.want...)
		if first := consumer.got[0].at; first < sim.Time(c.Start) {
			t.Errorf("%s: the consumer began to read at %v", c.StartingPosition, first)
		}
	}
}

func TestAReadHasAtMostSoManyRecordsAndBytes(t *testing.T) {
	s := newScene(1)
	c := s.taker("c", Way{Every: sim.Second, Most: 4, Bytes: 500}) // a record has 110 bytes a message
	s.at(sim.Second, func() {
		for _, messages := range []int{1, 1, 1, 2, 9, 1, 1, 1, 1, 1, 1} {
			s.put(0, messages, 0)
		}
	})
	s.run(sim.Minute)
	var got [][2]int64
	for _, r := range s.reads {
		got = append(got, [2]int64{int64(r.records), r.bytes})
	}
	if !slices.Equal(got, [][2]int64{{3, 330}, {1, 220}, {1, 990}, {4, 440}, {2, 220}}) {
		t.Errorf("the reads have %v records and bytes", got)
	}
	if len(c.got) != 20 {
		t.Errorf("%d messages came", len(c.got))
	}
}

// MillisBehindLatest is 0 of who has read everything, and else how old what it read last is.
func TestAReadTellsHowFarItIsBehind(t *testing.T) {
	s := newScene(1)
	c := s.taker("c", Way{Every: sim.Second, Most: 1, Start: Start{At: sim.Time(4500 * ms)}})
	c.f.Align()
	for i := range 3 {
		s.at(sim.Duration(1+i)*sim.Second+250*ms, func() { s.put(0, 1, 0) })
	}
	s.at(6500*ms, func() {
		if at := c.f.CaughtUpSeconds(); !math.IsNaN(at) {
			t.Errorf("it has caught up at %v s, with a record left", at)
		}
	})
	s.at(4*sim.Second, func() {
		if c.f.Oldest() != 0 {
			t.Error("who has not begun is behind")
		}
		if c.f.Behind(0) != 2750*ms || c.f.Unread(0) != 3 {
			t.Errorf("before it reads, it is %v and %d records behind", c.f.Behind(0), c.f.Unread(0))
		}
	})
	s.run(sim.Minute)
	var behind []sim.Duration
	for _, r := range s.reads {
		behind = append(behind, r.behind)
	}
	want(t, "behind", behind, 3750*ms, 3750*ms, 0)
	want(t, "caught up at", []float64{c.f.CaughtUpSeconds()}, 7)
	if c.f.Behind(0) != 0 || c.f.Unread(0) != 0 {
		t.Error("it is behind after all")
	}
}

// Polls that would find nothing take no event; who limits the polls of a shard can ask for them.
func TestSkippedPollsAreCounted(t *testing.T) {
	s := newScene(1)
	c := s.taker("c", Way{Every: 250 * ms})
	c.f.Align()
	var counted []int
	for _, at := range []sim.Duration{1100 * ms, 2100 * ms, 2200 * ms, 2300 * ms} {
		s.at(at, func() { counted = append(counted, len(c.f.Skipped(0, 0, 1000, nil))) })
	}
	s.at(10100*ms, func() { counted = append(counted, len(c.f.Skipped(0, sim.Time(9100*ms), 1000, nil))) })
	s.at(20*sim.Second+10*ms, func() { s.put(0, 1, 0) })
	s.at(20*sim.Second+20*ms, func() { counted = append(counted, len(c.f.Skipped(0, 0, 1000, nil))) })
	s.run(20 * sim.Second)
	if fired := s.eng.Fired(); fired > 8 {
		t.Errorf("%d events in 20 s of nothing", fired)
	}
	s.run(sim.Minute)
	want(t, "skipped", counted, 4, 4, 0, 1, 4, 0)
}

// The wait of a record is split: until it can be read, while its consumer is busy, while it is free and has not asked,
// and while the stream holds it back.
func TestTheWaitOfARecordIsSplit(t *testing.T) {
	s := newScene(1)
	s.permit = func(*Fetcher, int) sim.Duration { return max(sim.Time(8*sim.Second).Sub(s.eng.Now()), 0) }
	c := s.taker("c", Way{Every: sim.Second})
	c.f.Align()
	s.at(0, func() { c.f.Unwant(0) })
	s.at(2500*ms, func() { s.put(0, 1, 300*ms) })
	s.at(4400*ms, func() { c.f.Want(0) })
	s.at(4700*ms, func() { c.f.Want(0) }) // it has said so
	s.run(sim.Minute)
	var clock [message.Causes]int64
	for cause, d := range map[message.Cause]sim.Duration{
		message.APICall: 300 * ms, message.Backlog: 1600 * ms, message.Poll: 600 * ms, message.Throttle: 3 * sim.Second,
	} {
		clock[cause] = int64(d)
	}
	if c.got[0].clock != clock {
		t.Errorf("the wait is split into %v, want %v", c.got[0].clock, clock)
	}
}

func TestAConsumerThatWantsNothingMoreGetsNothing(t *testing.T) {
	s := newScene(1)
	c := s.taker("c", Way{Every: sim.Second})
	c.f.Align()
	s.at(500*ms, func() { s.put(0, 1, 0) })
	s.at(600*ms, func() { c.f.Unwant(0) })
	s.at(5500*ms, func() {
		if c.f.Wanted(0) || len(c.got) != 0 {
			t.Error("it wants more, or got some")
		}
		c.f.Want(0)
		c.f.Want(0)
	})
	s.run(sim.Minute)
	want(t, "times", c.times(), 6*sim.Second)
}

// A propagation of seconds is one, and what a record has beside its messages is in it to the byte.
func TestARecordIsReadableWhenItsLagIsOver(t *testing.T) {
	s := newScene(1)
	c := s.taker("c", Way{})
	s.at(500*ms, func() { s.put(0, 3, 12*sim.Second+1) })
	s.run(sim.Minute)
	want(t, "times, rounded up to a microsecond", c.times(), 12*sim.Second+500*ms+sim.Microsecond)

	s = newScene(1)
	s.taker("c", Way{})
	var refs []message.Ref
	for range 3 {
		ref, _ := s.store.New(0, s.route, 100, 0, 0)
		refs = append(refs, ref)
	}
	s.log.Append(0, refs, 20, 0)
	s.run(sim.Minute)
	if len(s.reads) != 1 || s.reads[0].bytes != 320 {
		t.Errorf("three messages of 100 bytes with 20 beside them were read as %v", s.reads)
	}
}

// Who takes back a wish that the stream held back, and wishes again, has not waited for the stream in between.
func TestAWishTakenBackIsNotHeldBack(t *testing.T) {
	s := newScene(1)
	held := true
	s.permit = func(*Fetcher, int) sim.Duration {
		if held {
			return sim.Second
		}
		return 0
	}
	c := s.taker("c", Way{Every: sim.Second})
	c.f.Align()
	s.at(500*ms, func() { s.put(0, 1, 0) })
	s.at(5500*ms, func() { c.f.Unwant(0); held = false })
	s.at(20500*ms, func() { c.f.Want(0) })
	s.run(sim.Minute)
	want(t, "times", c.times(), 21*sim.Second)
	if c.f.lanes[0].limited != sim.Never {
		t.Error("the shard is still held back")
	}
}

// Records that the reads of a shard at its limit pass by wait for the limit all the while, not for a busy consumer:
// 300, more than points are kept, come at once, and one can be read each second.
func TestRecordsPassedByWaitForTheLimit(t *testing.T) {
	s := newScene(1)
	s.permit = func(*Fetcher, int) sim.Duration {
		due := sim.Time(int64(len(s.reads)+1) * int64(sim.Second))
		return max(due.Sub(s.eng.Now()), 0)
	}
	c := s.taker("c", Way{Every: 100 * ms, Most: 1, Eager: true})
	c.f.Align()
	s.at(0, func() {
		for range 300 {
			s.put(0, 1, 0)
		}
	})
	for i := range 100 { // these find a consumer that has been held back before
		s.at(sim.Duration(i)*sim.Second+500*ms, func() { s.put(0, 1, 0) })
	}
	s.run(sim.Hour)
	if len(c.got) != 400 {
		t.Fatalf("%d records were read", len(c.got))
	}
	for i, g := range c.got {
		whole := sim.Duration(0)
		for _, d := range g.clock {
			whole += sim.Duration(d)
		}
		if held := sim.Duration(g.clock[message.Throttle]); held < whole-2*sim.Second {
			t.Fatalf("record %d waited %v, and %v of it for the limit: %v", i, whole, held, g.clock)
		}
	}
}
