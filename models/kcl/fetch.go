package kcl

import (
	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
)

// fetchMore lets a worker read on where it has room for what comes: first what an earlier worker had read and not
// checkpointed.
func (a *Application) fetchMore(n int32) {
	l := &a.leases[n]
	if l.owner == noWorker || l.leaving || l.asked || l.stray || l.rereading || a.full(l) {
		return
	}
	switch {
	case l.unread > 0:
		l.rereading = true
		a.reread.After(a.wayBack(), tokenOf(uint32(n), l.turn))
	case !l.ended:
		l.asked = true
		a.fetcher.Want(int(n))
	}
}

// full reports whether there is no room for another read.
func (a *Application) full(l *lease) bool {
	if !a.ahead {
		return l.busy || l.queued || l.ahead.records > 0
	}
	k := a.limit
	return int64(len(l.batches)) >= k.AheadBatches || int64(l.ahead.records) >= k.AheadRecords ||
		l.ahead.bytes >= int64(k.AheadBytes)
}

// wayBack returns how long a read takes that is made at once.
func (a *Application) wayBack() sim.Duration {
	if a.parts.Way.Pushed {
		return a.push.Sample()
	}
	return a.latency.Sample()
}

// readAgain is the event that records come which an earlier worker had read. Whether they come with one call more,
// which the stream may refuse, is decided as the answer comes.
func (a *Application) readAgain(tk token) {
	n := int32(uint32(tk))
	l := &a.leases[n]
	if l.turn != uint32(tk>>32) || !l.rereading {
		return
	}
	if wait := a.source.Permit(a.fetcher, int(n)); wait > 0 {
		if !a.parts.Way.Pushed { // the library waits for its next turn
			wait = max(a.parts.Way.Every, sim.Millisecond)
		}
		a.reread.After(wait, tk)
		return
	}
	l.rereading = false
	now := a.eng.Now()
	first := len(l.line) - l.unread
	var b batch
	for _, ref := range l.line[first:] {
		m := a.store.At(ref)
		size := int64(m.SizeBytes)
		if b.records == a.parts.Way.Most || b.records > 0 && b.bytes+size > a.parts.Way.Bytes {
			break
		}
		b.records++
		b.bytes += size
		if a.fetcher.IsOld(m.Enqueued) {
			b.old += size
		}
		a.inHand(ref)
	}
	behind := now.Sub(a.store.At(l.line[first+b.records-1]).Enqueued)
	if l.unread == b.records && a.fetcher.Unread(int(n)) == 0 {
		behind = 0
	}
	a.source.Took(a.fetcher, int(n), stream.Read{Records: b.records, Bytes: b.bytes, Old: b.old, Behind: behind})
	a.Reread.Add(uint64(b.records))
	a.Behind.Record(int64(behind))
	l.unread -= b.records
	a.came(n, b)
}

// inHand notes that a worker has a record in hand.
func (a *Application) inHand(ref message.Ref) {
	m := a.store.At(ref)
	if !m.Place().Ended() {
		a.store.Move(ref, m, message.InFlight)
		m.Enter(a.eng.Now(), message.Prefetch)
	}
}

// Fetched takes the records of a read. Those that come for a worker which has lost the lease are read again by the
// next.
func (a *Application) Fetched(shard int, refs []message.Ref) {
	n := int32(shard)
	l, now := &a.leases[n], a.eng.Now()
	l.line = append(l.line, refs...)
	if l.owner == noWorker || l.stray {
		l.asked, l.stray = false, false
		l.unread += len(refs)
		for _, ref := range refs {
			a.putBack(ref)
		}
		a.fetchMore(n)
		return
	}
	l.asked = false
	b := batch{records: len(refs)}
	for _, ref := range refs {
		b.bytes += int64(a.store.At(ref).SizeBytes)
		a.inHand(ref)
	}
	var behind sim.Duration
	if a.fetcher.More(shard) && len(refs) > 0 {
		behind = now.Sub(a.store.At(refs[len(refs)-1]).Enqueued)
	}
	a.Behind.Record(int64(behind))
	a.came(n, b)
}

// came puts a batch behind those that wait.
func (a *Application) came(n int32, b batch) {
	l := &a.leases[n]
	l.batches = append(l.batches, b)
	l.ahead.records += b.records
	l.ahead.bytes += b.bytes
	l.came += b.bytes
	a.start(n)
	a.fetchMore(n)
}

// resume lets a plain poller read all shards, when it begins and after a crash.
func (a *Application) resume(i uint32) {
	for len(a.pending) > 0 {
		n := a.pending[0]
		l := &a.leases[n]
		if a.spec.OnRestart == RestartLatest && l.ghost != 0 && !l.stray {
			a.miss(n)
		}
		a.acquire(n, i)
	}
}

// miss passes over all that a plain poller has not worked on.
func (a *Application) miss(n int32) {
	l := &a.leases[n]
	for _, ref := range l.line {
		m := a.store.At(ref)
		if !m.Place().Ended() {
			a.Missed.Inc()
			a.store.Move(ref, m, message.Lost)
		}
		a.store.Free(ref)
	}
	l.line = l.line[:0]
	a.Missed.Add(a.fetcher.Skip(int(n), message.Lost))
}
