package stream

import (
	"math/bits"

	"weir/sim"
)

// Shard is a range of hashes with a log of its own.
type Shard struct {
	From, To Hash     // the first and the last hash of its range
	Parents  [2]int32 // whose range it took over, or NoShard
	Children [2]int32 // that took over its range, or NoShard
	Opened   sim.Time
	Closed   sim.Time // sim.Never while it is open
}

// NoShard is in place of a parent or child that there is not.
const NoShard = -1

// IsOpen reports whether records can be written to the shard.
func (s *Shard) IsOpen() bool { return s.Closed == sim.Never }

// shard is a Shard and its log. What a record changes stands first, in one line of the cache.
type shard struct {
	end        uint64 // sequence number of the next record
	base       uint64 // of the first record of the first chunk
	readable   sim.Time
	look       sim.Time // of the next look at its oldest record, or sim.Never
	last       *chunk   // the tail, or nil
	head, tail int32    // its first and last chunk
	sleepers   int32    // readers that wait for the next record
	_          [12]byte

	Shard
}

// open adds a shard with a range and parents, and returns its number.
func (l *Log) open(from, to Hash, parents [2]int32) int {
	n := len(l.shards)
	l.shards = append(l.shards, shard{
		Shard: Shard{
			From: from, To: to, Parents: parents, Children: [2]int32{NoShard, NoShard}, Opened: l.eng.Now(), Closed: sim.Never,
		},
		head: none, tail: none, look: sim.Never,
	})
	for _, p := range parents {
		if p == NoShard {
			continue
		}
		parent := &l.shards[p]
		if parent.Children[0] == NoShard {
			parent.Children[0] = int32(n)
		} else {
			parent.Children[1] = int32(n)
		}
		parent.Closed = l.eng.Now()
	}
	for _, r := range l.readers {
		r.opened(n)
	}
	return n
}

// Shards returns how many shards there were so far, the closed ones among them.
func (l *Log) Shards() int { return len(l.shards) }

// Shard tells of a shard. The pointer is good until the next one is opened.
func (l *Log) Shard(n int) *Shard { return &l.shards[n].Shard }

// Split closes a shard and opens two, the second of which begins at a hash of its range after the first. It returns
// their numbers.
func (l *Log) Split(n int, at Hash) (low, high int) {
	s := l.shards[n].Shard
	parents := [2]int32{int32(n), NoShard}
	low = l.open(s.From, at.Before(), parents)
	high = l.open(at, s.To, parents)
	l.order()
	l.closed(n)
	return low, high
}

// Merge closes two neighbours and opens one with the range of both. It returns its number.
func (l *Log) Merge(a, b int) int {
	if l.shards[b].From.Less(l.shards[a].From) {
		a, b = b, a
	}
	n := l.open(l.shards[a].From, l.shards[b].To, [2]int32{int32(a), int32(b)})
	l.order()
	l.closed(a)
	l.closed(b)
	return n
}

// Neighbours reports whether two shards can be merged.
func (l *Log) Neighbours(a, b int) bool {
	x, y := &l.shards[a], &l.shards[b]
	if y.From.Less(x.From) {
		x, y = y, x
	}
	return x.IsOpen() && y.IsOpen() && x.To.Next() == y.From // the last hash has no neighbour above it
}

// closed tells the readers that a shard has been closed. Of one that they have read, nothing is kept.
func (l *Log) closed(n int) {
	l.trim(n)
	for _, r := range l.readers {
		r.closed(n)
	}
}

// order puts the open shards in the order of their ranges.
func (l *Log) order() {
	kept := l.ranges[:0]
	for _, r := range l.ranges {
		if l.shards[r.shard].IsOpen() {
			kept = append(kept, r)
		}
	}
	l.ranges = kept
	for n := l.ordered; n < len(l.shards); n++ {
		r := hashRange{l.shards[n].From, int32(n)}
		at := l.find(r.from)
		l.ranges = append(l.ranges, hashRange{})
		copy(l.ranges[at+1:], l.ranges[at:])
		l.ranges[at] = r
	}
	l.ordered = len(l.shards)
}

// hashRange is where the range of an open shard begins.
type hashRange struct {
	from  Hash
	shard int32
}

// find returns how many open shards begin at a hash or before it.
func (l *Log) find(h Hash) int {
	low, high := 0, len(l.ranges)
	if guess, _ := bits.Mul64(h.High, uint64(high)); guess < uint64(high) { // right where the ranges are equal
		if at := int(guess); h.Less(l.ranges[at].from) {
			high = at
		} else if low = at + 1; low == high || h.Less(l.ranges[low].from) {
			return low
		}
	}
	for low < high {
		if middle := (low + high) / 2; h.Less(l.ranges[middle].from) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// ShardOf returns the number of the open shard that a hash belongs to.
func (l *Log) ShardOf(h Hash) int { return int(l.ranges[l.find(h)-1].shard) }

// Open returns how many shards are open.
func (l *Log) Open() int { return len(l.ranges) }

// OpenShard returns the number of the i-th open shard in the order of their ranges.
func (l *Log) OpenShard(i int) int { return int(l.ranges[i].shard) }
