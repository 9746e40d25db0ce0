package video

import (
	"weir/models/message"
	"weir/models/quota"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// StreamStats is what video streams measure.
type StreamStats struct {
	Buffering measure.Counter // acknowledgements: a fragment begins to arrive
	Received  measure.Counter // acknowledgements: a fragment is there
	Persisted measure.Counter // acknowledgements: a fragment is kept
	Errors    measure.Counter // acknowledgements: a fragment was refused
	Throttled measure.Counter // calls and requests answered with ClientLimitExceededException
	Refused   measure.Counter // connections answered with ConnectionLimitExceededException
	Replaced  measure.Counter // connections of PutMedia that a later one took the place of
	Revoked   measure.Counter // streaming sessions that a later one took the place of

	ToPersisted *measure.Histogram // from the first frame of a fragment to its Persisted acknowledgement

	bytesIn, bytesOut, bytesHLS measure.Counter
	points                      [2]measure.Counter // metadata and media
}

// Stream is a number of Kinesis video streams that are alike.
type Stream struct {
	StreamStats

	name    string
	spec    *Spec
	limit   *Limits
	eng     *sim.Engine
	store   *message.Store
	fanner  uint16
	lanes   []lane
	readers []*Viewers
	keeping pool
	persist random.Duration
	kept    sim.Event[uint32] // the earliest fragment of a stream is persisted
}

// lane is one of the streams.
type lane struct {
	puts, gets, lists    quota.Bucket // calls
	fragments            quota.Bucket
	metadata, media      quota.Bucket
	producers            []*Cameras // by connection of PutMedia, oldest first
	sessions             []seat     // streaming sessions, oldest first
	connections, listing int64      // of GetMedia and of GetMediaForFragmentList
	keeping              line       // fragments and their copies for players, being persisted
	last                 sim.Time
	persisted            int64 // fragments, since the start
	tracks               int64
	target               sim.Duration // the target duration of its playlists
}

// seat names a session of a component of viewers.
type seat struct {
	reader  int32
	session int32
}

// NewStream returns streams that nobody views. Its histogram has so many significant digits.
func NewStream(
	eng *sim.Engine, store *message.Store, name string, s *Spec, limit *Limits, digits int,
) *Stream {
	v := &Stream{name: name, spec: s, limit: limit, eng: eng, store: store, lanes: make([]lane, s.Streams)}
	v.ToPersisted = measure.NewHistogramDigits(digits)
	bucket := func(r spec.Rate) quota.Bucket { return quota.NewBucket(min(r.PerSecond(), 1e18), sim.Second) }
	for i := range v.lanes {
		v.lanes[i] = lane{
			puts: bucket(limit.PutRate), gets: bucket(limit.GetRate), lists: bucket(limit.ListRate),
			fragments: bucket(limit.FragmentRate), metadata: bucket(limit.MetadataPoints), media: bucket(limit.MediaPoints),
			target: sim.Second,
		}
	}
	v.persist = random.NewDuration(limit.PersistLatency.Dist(), eng.Rand(name+"/persist"))
	v.kept = sim.NewEvent(eng, name+"/persisted", v.hand)
	return v
}

// attach makes the streams known to viewers.
func (v *Stream) attach(r *Viewers) {
	if len(v.readers) == 0 {
		v.fanner = v.store.KeepFamilies(v)
	}
	v.readers = append(v.readers, r)
}

// putMedia opens a connection to a stream. Above the limit of connections the latest is refused, or takes the place of
// the oldest, as the profile says.
func (v *Stream) putMedia(i int, c *Cameras) error {
	l := &v.lanes[i]
	if !l.puts.Permit(v.eng.Now()) {
		v.Throttled.Inc()
		return ErrClientLimit
	}
	if int64(len(l.producers)) >= v.limit.PutConnections {
		if !v.limit.LastWins {
			v.Refused.Inc()
			return ErrConnectionLimit
		}
		oldest := l.producers[0]
		l.producers = append(l.producers[:0], l.producers[1:]...)
		v.Replaced.Inc()
		oldest.replaced(i)
	}
	l.producers = append(l.producers, c)
	return nil
}

// hangUp closes a connection of PutMedia.
func (v *Stream) hangUp(i int, c *Cameras) {
	l := &v.lanes[i]
	for k, p := range l.producers {
		if p == c {
			l.producers = append(l.producers[:k], l.producers[k+1:]...)
			return
		}
	}
}

// admits reports whether a stream reads one more fragment now, and counts it.
func (v *Stream) admits(i int) bool {
	ok := v.lanes[i].fragments.Permit(v.eng.Now())
	if ok {
		v.Buffering.Inc()
	}
	return ok
}

// put is the last byte of a fragment. An Error acknowledgement is returned; the message then stays with its sender.
func (v *Stream) put(i int, ref message.Ref, lasts sim.Duration, tracks int) error {
	m := v.store.At(ref)
	if err := v.refusal(int64(m.SizeBytes), lasts, tracks); err != nil {
		v.Errors.Inc()
		return err
	}
	v.Received.Inc()
	v.bytesIn.Add(uint64(m.SizeBytes))
	now, l := v.eng.Now(), &v.lanes[i]
	l.tracks = int64(min(tracks, 2)) // video and audio have playlists
	l.target = max(sim.Second, (lasts+sim.Second/2)/sim.Second*sim.Second)
	if v.spec.DataRetention > 0 {
		l.last = max(l.last, now.Add(v.persist.Sample()))
		v.keep(i, l, held{ref: message.None, at: l.last, lasts: l.last.Sub(m.Born)})
	}
	branches := 0
	for _, r := range v.readers {
		branches += r.audience(i)
	}
	if branches == 0 {
		v.store.Move(ref, m, message.Published)
		v.store.Free(ref)
		return nil
	}
	route := m.Route
	v.store.FanOut(ref, branches, v.fanner)
	for n := range v.readers {
		if !v.readers[n].copies(i, ref, lasts, route, seat{reader: int32(n)}) {
			v.eng.Stop()
			return nil
		}
	}
	return nil
}

// refusal returns the Error acknowledgement of a fragment that may not be, or nil.
func (v *Stream) refusal(size int64, lasts sim.Duration, tracks int) error {
	switch {
	case size > int64(v.limit.FragmentSizeMax):
		return AckTooLarge
	case lasts > v.limit.FragmentMax.Sim():
		return AckTooLong
	case lasts < v.limit.FragmentMin.Sim():
		return AckTooShort
	case int64(tracks) > v.limit.TracksMax:
		return AckTracks
	}
	return nil
}

// keep puts a fragment, or a copy of one, in the line of those that are being persisted.
func (v *Stream) keep(i int, l *lane, h held) {
	if v.keeping.push(&l.keeping, h); l.keeping.len == 1 {
		v.kept.At(h.at, uint32(i))
	}
}

// hand is the event that fragments of a stream are persisted: its producer gets the acknowledgement, and what readers
// of persisted fragments are to get can be had.
func (v *Stream) hand(i uint32) {
	l, now := &v.lanes[i], v.eng.Now()
	for l.keeping.len > 0 && v.keeping.front(&l.keeping).at <= now {
		h := v.keeping.pop(&l.keeping)
		if h.ref == message.None {
			l.persisted++
			v.Persisted.Inc()
			v.ToPersisted.Record(int64(h.lasts))
			continue
		}
		v.readers[h.to.reader].persisted(int(h.to.session), h)
	}
	if l.keeping.len > 0 {
		v.kept.At(v.keeping.front(&l.keeping).at, i)
	}
}

// BranchesEnded does nothing: the ledger tells how the copies of a fragment ended.
func (v *Stream) BranchesEnded(*message.Message, bool) {}

// Spec returns how the streams are described.
func (v *Stream) Spec() *Spec { return v.spec }
