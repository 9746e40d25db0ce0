package stream

import (
	"math/rand/v2"
	"slices"
	"testing"

	"weir/sim"
)

// checkRanges checks that the ranges of the open shards cover all hashes once, in their order, and that ShardOf finds
// what a look at each shard finds.
func checkRanges(t *testing.T, l *Log, luck *rand.Rand) {
	t.Helper()
	next := Hash{}
	for i := range l.Open() {
		s := l.Shard(l.OpenShard(i))
		if !s.IsOpen() || s.From != next || s.To.Less(s.From) {
			t.Fatalf("open shard %d has the range %s to %s, after %s", l.OpenShard(i), s.From, s.To, next.Before())
		}
		next = s.To.Next()
	}
	if next != (Hash{}) {
		t.Fatalf("the open shards end at %s", next.Before())
	}
	hashes := []Hash{{}, HashMax, {luck.Uint64(), luck.Uint64()}}
	for i := range l.Open() {
		s := l.Shard(l.OpenShard(i))
		hashes = append(hashes, s.From, s.To, s.To.Next(), s.From.Before())
	}
	for _, h := range hashes {
		for n := range l.Shards() {
			s := l.Shard(n)
			if inside := s.IsOpen() && !h.Less(s.From) && !s.To.Less(h); inside != (l.ShardOf(h) == n) {
				t.Fatalf("%s belongs to shard %d, ShardOf says %d", h, n, l.ShardOf(h))
			}
		}
	}
}

func TestOpenShardsCoverAllHashesWhateverIsSplitAndMerged(t *testing.T) {
	for seed := range uint64(20) {
		luck := rand.New(rand.NewPCG(seed, 3))
		s := newScene(1 + luck.IntN(5))
		l := s.log
		for range 60 {
			n := l.OpenShard(luck.IntN(l.Open()))
			shard := *l.Shard(n)
			switch other := luck.IntN(l.Shards()); {
			case luck.IntN(2) == 0 && shard.From != shard.To:
				at := Middle(shard.From, shard.To).Next()
				if luck.IntN(3) == 0 { // a shard of one hash
					at = shard.From.Next()
				}
				low, high := l.Split(n, at)
				if a, b := l.Shard(low), l.Shard(high); a.To.Next() != at || b.From != at {
					t.Fatalf("split before %s gives shards to %s and from %s", at, a.To, b.From)
				}
			case l.Neighbours(n, other):
				l.Merge(n, other)
			}
			checkRanges(t, l, luck)
		}
		checkFamilies(t, l)
	}
}

// checkFamilies checks that each shard but the first ones took over from closed ones that know of it.
func checkFamilies(t *testing.T, l *Log) {
	t.Helper()
	for n := range l.Shards() {
		s := l.Shard(n)
		for _, p := range s.Parents {
			if p != NoShard && (l.Shard(int(p)).IsOpen() || !slices.Contains(l.Shard(int(p)).Children[:], int32(n))) {
				t.Errorf("shard %d has the parent %d, which is %+v", n, p, l.Shard(int(p)))
			}
		}
		if childless := s.Children == [2]int32{NoShard, NoShard}; s.IsOpen() != childless {
			t.Errorf("shard %d has the children %v, and is open: %t", n, s.Children, s.IsOpen())
		}
	}
}

func TestOnlyOpenNeighboursCanBeMerged(t *testing.T) {
	l := newScene(4).log
	for _, c := range []struct {
		a, b int
		want bool
	}{{0, 1, true}, {1, 0, true}, {2, 3, true}, {0, 2, false}, {3, 0, false}, {1, 1, false}} {
		if got := l.Neighbours(c.a, c.b); got != c.want {
			t.Errorf("shards %d and %d: %t", c.a, c.b, got)
		}
	}
	if n := l.Merge(1, 0); *l.Shard(n) != (Shard{
		From: Hash{}, To: Part(2, 4).Before(), Parents: [2]int32{0, 1}, Children: [2]int32{NoShard, NoShard},
		Closed: sim.Never,
	}) {
		t.Errorf("the merged shard is %+v", l.Shard(n))
	}
	if l.Neighbours(0, 1) || !l.Neighbours(4, 2) {
		t.Error("the parents can be merged, or their child cannot")
	}
}

// After resharding, "data records that were in the parent shards … should be read before" those of the children
// (Kinesis developer guide, kinesis-using-sdk-java-after-resharding.md). A shard that lived for no time between is a
// parent like others.
func TestParentsAreReadBeforeTheirChildren(t *testing.T) {
	s := newScene(1)
	c := s.taker("c", Way{Every: sim.Second})
	c.f.Align()
	s.at(100*sim.Millisecond, func() {
		s.put(0, 1, 1500*sim.Millisecond)
		low, high := s.log.Split(0, Part(1, 2)) // 1 and 2
		child := s.log.Merge(low, high)         // 3
		low, high = s.log.Split(child, Part(1, 2))
		s.put(low, 2, 0)
		s.put(high, 1, 0)
	})
	s.run(10 * sim.Second)
	want(t, "keys", c.keys(), 0, 1, 2, 3)
	want(t, "shards", c.shards, "opened 0", "ended 0", "opened 4", "opened 5")
	want(t, "times", c.times(), 2*sim.Second)
}

func TestAMergedShardIsReadWhenBothParentsHaveBeen(t *testing.T) {
	s := newScene(2)
	c := s.taker("c", Way{Every: sim.Second})
	c.f.Align()
	s.at(100*sim.Millisecond, func() {
		s.put(0, 1, 0)
		s.put(1, 1, 3*sim.Second)
		s.put(s.log.Merge(0, 1), 1, 0)
	})
	s.run(10 * sim.Second)
	want(t, "keys", c.keys(), 0, 1, 2)
	want(t, "shards", c.shards, "opened 0", "opened 1", "ended 0", "ended 1", "opened 2")
	want(t, "times", c.times(), sim.Second, 4*sim.Second)
}

// An answer that is on its way to the consumer counts as not read: the children's records could come before it.
func TestAChildIsNotReadWhileThePollOfItsParentIsOnItsWayBack(t *testing.T) {
	s := newScene(1)
	c := s.taker("c", Way{Latency: constant(2 * sim.Second)})
	s.at(0, func() { s.put(0, 1, 0) })
	s.at(1500*sim.Millisecond, func() { // the poll came at 1 s and is back at 2 s
		low, _ := s.log.Split(0, Part(1, 2))
		s.put(low, 1, 0)
	})
	s.run(10 * sim.Second)
	want(t, "keys", c.keys(), 0, 1)
	want(t, "times", c.times(), 2*sim.Second, 4*sim.Second)
}

func TestWhatAParentHadExpiredLetsItsChildrenBeRead(t *testing.T) {
	s := newSceneKept(1, 2*sim.Second)
	c := s.taker("c", Way{Start: Start{At: sim.Time(5 * sim.Second)}, Every: sim.Second})
	c.f.Align()
	s.at(sim.Second, func() {
		s.put(0, 1, 0)
		s.log.Split(0, Part(1, 2))
	})
	s.at(4*sim.Second, func() { s.put(1, 1, 0) })
	s.run(10 * sim.Second)
	want(t, "keys", c.keys(), 1)
	want(t, "shards", c.shards, "opened 1", "opened 2")
	if s.log.Expired.Value() != 1 || s.log.Kept() != 0 {
		t.Errorf("%d records expired, and %d are kept", s.log.Expired.Value(), s.log.Kept())
	}
}
