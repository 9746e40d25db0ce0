package kinesis

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
)

// ErrExpiredIterator is the answer to an iterator of more than five minutes ago (Kinesis API reference, GetRecords).
var ErrExpiredIterator = &aws.Error{Code: "ExpiredIteratorException"}

// Iterator is a shard iterator: the place in a shard that GetRecords reads from.
type Iterator struct {
	Shard int

	next uint64 // sequence number
	made sim.Time
}

// Page is what GetRecords returns: records that follow one another.
type Page struct {
	First   uint64 // sequence number
	Records int
	Bytes   int64
	Behind  sim.Duration // how old the last record is while there are more (AWS: MillisBehindLatest)
	Ended   bool         // the shard is closed and has been read (AWS: NextShardIterator is null)
	Next    Iterator     // unless the shard has ended
}

// TrimHorizon returns an iterator at the oldest record of a shard. Whoever reads by iterators declares it with
// Log.Hold: records that no reader waits for are not kept.
func (st *Stream) TrimHorizon(n int) Iterator { return st.iterator(n, st.log.Oldest(n)) }

// Latest returns an iterator behind the newest record of a shard.
func (st *Stream) Latest(n int) Iterator { return st.iterator(n, st.log.End(n)) }

// AtSequence returns an iterator at a record, or with AFTER_SEQUENCE_NUMBER behind it.
func (st *Stream) AtSequence(n int, sequence uint64, after bool) Iterator {
	if after {
		sequence++
	}
	return st.iterator(n, sequence)
}

// AtTimestamp returns an iterator at the first record of a shard that was accepted at an instant or later.
func (st *Stream) AtTimestamp(n int, at sim.Time) Iterator {
	sequence := st.log.Oldest(n)
	for sequence < st.log.End(n) && st.log.Record(n, sequence).Enqueued < at {
		sequence++
	}
	return st.iterator(n, sequence)
}

func (st *Stream) iterator(n int, next uint64) Iterator {
	return Iterator{Shard: n, next: next, made: st.eng.Now()}
}

// GetRecords reads at most so many records from an iterator on, as far as they can be read. It is held to the limits
// that the polls of all consumers of the shard share.
func (st *Stream) GetRecords(it Iterator, most int) (Page, error) {
	now := st.eng.Now()
	switch {
	case most < 1 || int64(most) > st.limit.ReadCallRecords:
		return Page{}, ErrInvalidArgument
	case now.Sub(it.made) > st.limit.IteratorLife.Sim():
		return Page{}, ErrExpiredIterator
	case st.permitPoll(it.Shard) > 0:
		return Page{}, ErrThroughputExceeded
	}
	n, end := it.Shard, st.log.End(it.Shard)
	p := Page{First: max(it.next, st.log.Oldest(n))}
	next, last, more := p.First, now, false
	for ; next < end; next++ {
		rec := st.log.Record(n, next)
		size := int64(rec.SizeBytes) + int64(rec.Extra)
		if rec.Flags&message.Joined == 0 { // those aggregated with others are parts of one record
			if rec.Readable() > now {
				break
			}
			if more = p.Records == most || p.Records > 0 && p.Bytes+size > int64(st.limit.ReadCallBytes); more {
				break
			}
			p.Records++
		}
		p.Bytes += size
		last = rec.Enqueued
	}
	if more {
		p.Behind = now.Sub(last)
	}
	st.tookPoll(n, stream.Read{Records: p.Records, Bytes: p.Bytes, Behind: p.Behind})
	p.Ended = next == end && !st.log.Shard(n).IsOpen()
	p.Next = st.iterator(n, next)
	return p, nil
}
