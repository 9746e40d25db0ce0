package sdk

import (
	"testing"

	"weir/models/stream"
)

// A look asks once for each open shard.
func TestAMapOfTheShardsKnowsWhereEachEnds(t *testing.T) {
	s := newStream(nil, nil, 5)
	s.split(1)
	s.split(0)
	var m shardMap
	m.read(s)
	if s.lasts != 7 || len(m.ends) != 7 {
		t.Errorf("%d questions for %d shards of 7", s.lasts, len(m.ends))
	}
	for _, start := range s.starts {
		for _, h := range []stream.Hash{start, start.Before(), start.Next()} { // before the first is the last of all
			if got, want := m.of(h), s.ShardOf(h); int(got) != want {
				t.Errorf("%s is taken to be of shard %d, and is of %d", h, got, want)
			}
		}
	}
}
