package sdk

import (
	"sort"

	"weir/models/stream"
)

// shardMap is what a producer library knows of the shards: where the hashes of each end, as it was at the last look.
type shardMap struct {
	ends    []stream.Hash
	numbers []int32
	known   int32 // shards up to this number have been seen
	away    bool  // a look is under way
}

// of returns the shard of a hash, or none while it is not known.
func (m *shardMap) of(h stream.Hash) int32 {
	if m.away {
		return none
	}
	at := sort.Search(len(m.ends), func(i int) bool { return !m.ends[i].Less(h) })
	return m.numbers[at]
}

// has reports whether a shard was open at the last look.
func (m *shardMap) has(shard int32) bool {
	for _, n := range m.numbers {
		if n == shard {
			return true
		}
	}
	return false
}

// read looks where the shards of a stream end. Each has hashes that follow one another: its last one is found by
// halves.
func (m *shardMap) read(target stream.Target) {
	m.ends, m.numbers, m.away = m.ends[:0], m.numbers[:0], false
	for from := (stream.Hash{}); ; {
		shard := target.ShardOf(from)
		last := lastOf(target, shard, from)
		m.ends, m.numbers = append(m.ends, last), append(m.numbers, int32(shard))
		if last == stream.HashMax {
			break
		}
		from = last.Next()
	}
	m.known = int32(target.Shards()) - 1
}

// lastOf returns the last hash of a shard that has the one given.
func lastOf(target stream.Target, shard int, from stream.Hash) stream.Hash {
	if target.ShardOf(stream.HashMax) == shard {
		return stream.HashMax
	}
	within, beyond := from, stream.HashMax
	for within.Next() != beyond {
		middle := stream.Middle(within, beyond)
		if target.ShardOf(middle) == shard {
			within = middle
		} else {
			beyond = middle
		}
	}
	return within
}
