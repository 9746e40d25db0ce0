package stream

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"weir/models/message"
	"weir/sim"
)

// ledgerOf is what a log should have: the records in the order of their acceptance, and when retention was what.
type ledgerOf struct {
	*scene
	luck     *rand.Rand
	accepted []accepted
	keeps    []keeping
	readable map[int]sim.Time // by shard: when the last record can be read
}

// accepted is a message of a record.
type accepted struct {
	shard           int
	key             uint32
	record          int // its number: messages of one record were aggregated
	at, readable    sim.Time
	batching, retry sim.Duration // on the way to the stream
}

// keeping is a retention from an instant on.
type keeping struct {
	from      sim.Time
	retention sim.Duration
}

// put appends a record of messages that came straight or a longer way.
func (g *ledgerOf) put(record int) {
	now := g.eng.Now()
	n := g.log.OpenShard(g.luck.IntN(g.log.Open()))
	lag := sim.Duration(g.luck.IntN(300)) * sim.Millisecond
	g.readable[n] = max(g.readable[n], now.Add(lag))
	var refs []message.Ref
	for range 1 + g.luck.IntN(3) {
		batching := sim.Duration(g.luck.IntN(1000)) * sim.Millisecond
		retry := sim.Duration(g.luck.IntN(2)*g.luck.IntN(500)) * sim.Millisecond
		call := sim.Duration(g.luck.IntN(50)) * sim.Millisecond
		ref, _ := g.store.New(now.Add(-batching-retry-call), g.route, 100, g.next, 0)
		m := g.store.At(ref)
		if retry > 0 {
			m.Enter(now.Add(-retry-call), message.ClientRetry)
		}
		m.Enter(now.Add(-call), message.APICall)
		g.accepted = append(g.accepted, accepted{n, g.next, record, now, g.readable[n], batching, retry})
		g.next++
		refs = append(refs, ref)
	}
	g.log.Append(n, refs, 0, lag)
}

// change splits a shard, merges two, or changes the retention.
func (g *ledgerOf) change() {
	n := g.log.OpenShard(g.luck.IntN(g.log.Open()))
	switch s := g.log.Shard(n); g.luck.IntN(4) {
	case 0:
		g.log.Split(n, Middle(s.From, s.To).Next())
	case 1, 2:
		if other := g.luck.IntN(g.log.Shards()); g.log.Neighbours(n, other) {
			g.log.Merge(n, other)
		}
	default:
		k := keeping{g.eng.Now(), sim.Duration(3+g.luck.IntN(30)) * sim.Second}
		g.keeps = append(g.keeps, k)
		g.log.SetRetention(k.retention)
	}
}

// expires returns when a record's retention ends.
func (g *ledgerOf) expires(a accepted) sim.Time {
	for i, k := range g.keeps {
		end := sim.Never
		if i+1 < len(g.keeps) {
			end = g.keeps[i+1].from
		}
		if at := max(k.from, a.at.Add(k.retention), a.at); at < end {
			return at
		}
	}
	return sim.Never
}

// check checks what a consumer got against what it should have by now. It returns how many messages expired for it.
func (g *ledgerOf) check(c *taker) (expired uint64, err error) {
	now := g.eng.Now()
	got, err := g.byShard(c)
	if err != nil {
		return 0, err
	}
	unread := map[int]uint64{}
	together := map[int]sim.Time{} // by record: when its first message came
	for _, a := range g.accepted {
		if a.at < c.f.From {
			continue
		}
		switch k := got[a.shard]; {
		case len(k) > 0 && k[0].key == a.key:
			if err = g.checkTaken(a, k[0]); err != nil {
				return 0, err
			}
			if first, ok := together[a.record]; ok && first != k[0].at {
				return 0, fmt.Errorf("the messages of record %d come apart", a.record)
			}
			together[a.record] = k[0].at
			got[a.shard] = k[1:]
		case g.expires(a) <= now:
			expired++
		default:
			unread[a.shard]++
		}
	}
	for n, k := range got {
		if len(k) > 0 {
			return 0, fmt.Errorf("message %d of shard %d comes out of order, or twice", k[0].key, n)
		}
	}
	for n := range g.log.Shards() {
		if c.f.reader.attached && c.f.Unread(n) != unread[n] {
			return 0, fmt.Errorf("%d messages of shard %d are unread, want %d", c.f.Unread(n), n, unread[n])
		}
	}
	return expired, nil
}

func (g *ledgerOf) checkTaken(a accepted, k taken) error {
	switch {
	case k.at < a.readable:
		return fmt.Errorf("message %d came at %v, and could be read at %v", a.key, k.at, a.readable)
	case k.at > g.expires(a):
		return fmt.Errorf("message %d came at %v, and had expired at %v", a.key, k.at, g.expires(a))
	case sim.Duration(k.clock[message.Batching]) != a.batching || sim.Duration(k.clock[message.ClientRetry]) != a.retry:
		return fmt.Errorf("message %d has the clocks %v, after batching of %v and retries of %v", a.key, k.clock, a.batching,
			a.retry)
	}
	return nil
}

// byShard returns what a consumer got of each shard, and an error when something came after a record of a child.
func (g *ledgerOf) byShard(c *taker) (map[int][]taken, error) {
	got, over := map[int][]taken{}, map[int]int{}
	var end func(n, child int)
	end = func(n, child int) {
		for _, p := range g.log.Shard(n).Parents {
			if _, known := over[int(p)]; p != NoShard && !known {
				over[int(p)] = child
				end(int(p), child)
			}
		}
	}
	for _, k := range c.got {
		if child, is := over[k.shard]; is {
			return nil, fmt.Errorf("message %d of shard %d comes after one of its child %d", k.key, k.shard, child)
		}
		if len(got[k.shard]) == 0 {
			end(k.shard, k.shard)
		}
		got[k.shard] = append(got[k.shard], k)
	}
	return got, nil
}

func TestALogIsWhatAPlainModelSays(t *testing.T) {
	for seed := range uint64(40) {
		luck := rand.New(rand.NewPCG(seed, 4))
		g := &ledgerOf{scene: newSceneKept(1+luck.IntN(3), 20*sim.Second), luck: luck, readable: map[int]sim.Time{}}
		g.keeps = []keeping{{0, 20 * sim.Second}}
		readers := g.readers()
		at := 3 * sim.Second
		for i := range 600 {
			at += sim.Duration(luck.IntN(int(100 * sim.Millisecond)))
			g.at(at, func() { g.put(i) })
			if luck.IntN(25) == 0 {
				g.at(at+1, g.change)
			}
		}
		for until := at / 5; until < at+100*sim.Second; until += at / 5 {
			g.run(until + 7)
			var expired uint64
			for _, c := range readers {
				e, err := g.check(c)
				if err != nil {
					t.Fatalf("seed %d, %s at %v: %v", seed, c.name, g.eng.Now(), err)
				}
				expired += e
			}
			if got := g.log.Expired.Value(); got != expired {
				t.Fatalf("seed %d, at %v: %d messages expired, want %d", seed, g.eng.Now(), got, expired)
			}
		}
		if err := g.store.Ledger.Check(); err != nil || g.store.Owed() != 0 || g.store.Live() != 0 || g.log.Kept() != 0 {
			t.Fatalf("seed %d: %d messages live, %d are owed, %d kept: %v", seed, g.store.Live(), g.store.Owed(), g.log.Kept(), err)
		}
		if used := g.log.used(); used > g.log.Open() {
			t.Errorf("seed %d: %d chunks are used of %d open shards that have been read", seed, used, g.log.Open())
		}
	}
}

// readers returns consumers that poll or are pushed to, fast and slow, from the start and later.
func (g *ledgerOf) readers() (all []*taker) {
	for i := range 4 {
		begin := sim.Time(g.luck.IntN(20)) * sim.Time(sim.Second)
		way := Way{
			Start: Start{From: begin, At: begin}, Every: sim.Duration(1+g.luck.IntN(3000)) * sim.Millisecond,
			Most: 1 + g.luck.IntN(40), Bytes: int64(1 + g.luck.IntN(5000)), Eager: g.luck.IntN(2) == 0,
		}
		switch g.luck.IntN(3) {
		case 0:
			way.Start.From = 0
		case 1:
			way.Start.At = begin.Add(5 * sim.Second)
		}
		if g.luck.IntN(3) == 0 {
			way.Pushed, way.Push = true, constant(5*sim.Millisecond)
		}
		c := g.taker(fmt.Sprintf("c%d", i), way)
		c.busy = sim.Duration(g.luck.IntN(2)*g.luck.IntN(4000)) * sim.Millisecond
		all = append(all, c)
	}
	return all
}

func TestRetentionThatIsRaisedBringsNothingBack(t *testing.T) {
	s := newSceneKept(1, 10*sim.Second)
	c := s.taker("c", Way{Start: Start{At: sim.Time(20 * sim.Second)}, Every: sim.Second})
	s.at(sim.Second, func() { s.put(0, 1, 0) })
	s.at(5*sim.Second, func() { s.put(0, 1, 0) })
	s.at(12*sim.Second, func() { s.log.SetRetention(sim.Hour) })
	s.run(sim.Minute)
	want(t, "keys", c.keys(), 1)
}

func TestRetentionThatIsLoweredEndsWhatIsOlderAtOnce(t *testing.T) {
	s := newSceneKept(1, sim.Hour)
	c := s.taker("c", Way{Start: Start{At: sim.Time(20 * sim.Second)}, Every: sim.Second})
	s.at(sim.Second, func() { s.put(0, 3, 0) })
	s.at(15*sim.Second, func() { s.put(0, 1, 0) })
	s.at(16*sim.Second, func() { s.log.SetRetention(10 * sim.Second) })
	s.at(16*sim.Second+1, func() {
		if s.log.Expired.Value() != 3 || s.log.Kept() != 1 {
			t.Errorf("%d messages expired at once, %d are kept", s.log.Expired.Value(), s.log.Kept())
		}
	})
	s.run(sim.Minute)
	want(t, "keys", c.keys(), 3)
}

// However often retention is set, the log looks at each shard once at a time.
func TestSettingRetentionLeavesNoEventsBehind(t *testing.T) {
	s := newSceneKept(1, 10*sim.Hour)
	s.taker("c", Way{Start: Start{At: sim.Time(100 * sim.Hour)}, Every: sim.Second})
	for i := range 20 {
		at := sim.Duration(1+i) * sim.Minute
		s.at(at, func() { s.put(0, 1, 0) })
		s.at(at+1, func() { s.log.SetRetention(10*sim.Hour - at) })
		s.at(at+2, func() { s.log.SetRetention(20 * sim.Hour) })
	}
	for i := range 30 {
		s.at(sim.Duration(1+i)*sim.Hour, func() { s.put(0, 1, 0) })
	}
	s.run(30*sim.Hour + sim.Minute)
	if n := s.eng.Pending(); n > 2 { // the consumer's beginning, and one look
		t.Errorf("%d events are pending", n)
	}
}

func TestTheRecordOfASequenceNumberIsFound(t *testing.T) {
	s := newScene(1)
	s.taker("c", Way{Start: Start{At: sim.Time(sim.Hour)}})
	for range 3*chunkSize + 5 {
		s.put(0, 1, 0)
	}
	for sequence := range s.log.End(0) {
		if rec := s.log.Record(0, sequence); rec == nil || uint64(rec.Key) != sequence {
			t.Fatalf("record %d is %v", sequence, rec)
		}
	}
	if s.log.Record(0, s.log.End(0)) != nil {
		t.Error("there is a record behind the last")
	}
}
