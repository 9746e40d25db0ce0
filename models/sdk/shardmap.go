package sdk

import (
	"sort"

	"weir/models/stream"
)

// shardMap is what a producer library knows of the shards: where the hashes of each end, as it was at the last look.
type shardMap struct {
	ends    []stream.Hash
	numbers []int32
	away    bool // a look is under way
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

// read looks where the shards of a stream end. Each has hashes that follow one another.
func (m *shardMap) read(target stream.Target) {
	m.ends, m.numbers, m.away = m.ends[:0], m.numbers[:0], false
	for from := (stream.Hash{}); ; {
		shard := target.ShardOf(from)
		last := target.Last(shard)
		m.ends, m.numbers = append(m.ends, last), append(m.numbers, int32(shard))
		if last == stream.HashMax {
			break
		}
		from = last.Next()
	}
}
