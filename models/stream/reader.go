package stream

import (
	"weir/models/message"
	"weir/sim"
)

// reader is one who has a place of its own in the log of each shard.
type reader struct {
	log      *Log
	fetcher  *Fetcher
	attached bool             // it owes what comes from now on
	places   []place          // by shard
	accounts message.Accounts // of its messages
}

func newReader(f *Fetcher) *reader {
	return &reader{log: f.log, fetcher: f, accounts: message.NewAccounts(&f.log.store.Ledger, f.taker.Sender())}
}

// place is where a reader is in the log of a shard.
type place struct {
	next   uint64 // sequence number of the record that it reads next
	chunk  int32  // that this record is in, or none: to be found
	asleep bool   // it waits for the next record
}

// attach lets a reader owe the records that come from now on.
func (r *reader) attach() {
	for n := range r.log.shards {
		p := &r.places[n]
		p.next, p.chunk = r.log.shards[n].end, none
	}
	r.attached = true
}

// opened makes room for a shard.
func (r *reader) opened(n int) {
	r.places = append(r.places, place{next: r.log.shards[n].end, chunk: none})
	r.fetcher.opened(n)
}

func (r *reader) closed(n int) {
	r.fetcher.drained(n)
}

// at returns the record at a place that is not at the end of its shard.
func (l *Log) at(n int, p *place) *message.Record {
	switch s := &l.shards[n]; {
	case p.chunk != none:
	case p.next/chunkSize == (s.end-1)/chunkSize:
		p.chunk = s.tail
	default:
		p.chunk = s.head
		for skip := (p.next - s.base) / chunkSize; skip > 0; skip-- {
			p.chunk = l.chunks[p.chunk].next
		}
	}
	return &l.chunks[p.chunk].records[p.next%chunkSize]
}

// pass moves a place behind its record. Trim takes out of the log what no reader needs any more.
func (l *Log) pass(n int, p *place) {
	p.next++
	if p.next%chunkSize == 0 {
		p.chunk = l.chunks[p.chunk].next
	}
}

// read makes messages of the records of a shard that its reader comes to next, at most so many and of so many bytes, as
// far as they could be read at the instant until. Records that were aggregated stay together.
func (r *reader) read(
	n, most int, bytes int64, until sim.Time, w *wait, into []message.Ref,
) (refs []message.Ref, b batch) {
	l, p := r.log, &r.places[n]
	s := &l.shards[n]
	now := l.eng.Now()
	refs = into
	before := p.next / chunkSize
	for p.next < s.end {
		rec := l.at(n, p)
		size := int64(rec.SizeBytes) + int64(rec.Extra)
		if rec.Flags&message.Joined == 0 {
			if rec.Readable() > until {
				break
			}
			if b.records == most || b.records > 0 && b.bytes+l.largest > bytes && b.bytes+l.bytesOf(n, p) > bytes {
				b.more = true
				break
			}
			b.records++
		}
		ref, ok := l.store.Open(now, rec, r.accounts.Of(rec.Route), w.of(rec, now), w.next)
		if !ok {
			l.eng.Stop()
			break
		}
		b.bytes += size
		if r.fetcher.IsOld(rec.Enqueued) {
			b.old += size
		}
		b.last = rec.Enqueued
		refs = append(refs, ref)
		l.pass(n, p)
	}
	if p.next/chunkSize != before || p.next == s.end && !s.IsOpen() {
		l.trim(n)
	}
	return refs, b
}

// bytesOf returns how many bytes the record at a place has, with all of its messages.
func (l *Log) bytesOf(n int, p *place) (bytes int64) {
	for at := *p; at.next < l.shards[n].end; l.pass(n, &at) {
		rec := l.at(n, &at)
		if at.next > p.next && rec.Flags&message.Joined == 0 {
			break
		}
		bytes += int64(rec.SizeBytes) + int64(rec.Extra)
	}
	return bytes
}

// batch is what a read found.
type batch struct {
	records int
	bytes   int64
	old     int64    // bytes of those that are old
	last    sim.Time // when the last one was accepted
	more    bool     // there are more that could have been read
}

// wait is what the wait of records until a read is split by.
type wait struct {
	wanted  sim.Time // since when the consumer was free
	limited sim.Time // since when the stream held it back, or sim.Never
	call    sim.Duration
	next    message.Cause
	past    *past // of the reads that passed the records by
}

// of splits the wait of a record that is read now: it could not be had before it was readable; then the consumer was
// busy (what is left over), or free and had not asked, or was held back, for this read or for those that passed it by;
// the last part was the call that brought it.
func (w *wait) of(rec *message.Record, now sim.Time) message.Waited {
	start, end := rec.Readable(), now.Add(-w.call)
	if end < start {
		return message.Waited{Call: now.Sub(rec.Enqueued)}
	}
	free := max(min(w.wanted, end), start)
	limited := max(min(w.limited, end), free)
	freeBefore, limitedBefore := w.past.since(start)
	return message.Waited{
		Call: start.Sub(rec.Enqueued) + w.call, Poll: limited.Sub(free) + freeBefore,
		Throttle: end.Sub(limited) + limitedBefore,
	}
}
