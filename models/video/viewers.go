package video

import (
	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// ViewerStats is what viewers measure.
type ViewerStats struct {
	Connected measure.Level // sessions that are open

	Played    measure.Counter // fragments
	Stalls    measure.Counter // times that a player had nothing to play
	Skipped   measure.Counter // fragments that left the playlist, or whose session was revoked, before they were read
	Opened    measure.Counter // connections and sessions
	Throttled measure.Counter // calls and requests answered with ClientLimitExceededException
	Refused   measure.Counter // calls answered with ConnectionLimitExceededException
	Revoked   measure.Counter // sessions that a later one took the place of
	Renewed   measure.Counter // connections at the end of their lives
	Polls     measure.Counter // of playlists and lists
}

// Viewers are readers of some streams: so many sessions of each.
type Viewers struct {
	ViewerStats

	name     string
	spec     *ViewerSpec
	limit    *Limits
	eng      *sim.Engine
	store    *message.Store
	stream   *Stream
	reader   int32
	digits   int
	sessions []session // those of a stream one after the other
	watching []int32   // sessions by stream that get copies
	sent     message.Accounts
	paths    message.Paths
	lines    pool
	buffered int32
	window   int64 // fragments of a playlist
	every    sim.Duration

	connect, reconnect, latency, work random.Duration
	phase                             random.Duration

	opened, renewed, polled, listed, retried sim.Event[instance]
	fetched, worked, played                  sim.Event[uint32]
}

// session is one viewer of one stream.
type session struct {
	watches  bool // it gets copies
	open     bool
	fetches  bool // a fragment is on its way to it, or it waits to ask again
	works    bool // on a fragment
	plays    bool
	started  bool   // it has played
	turn     uint32 // of the connection or session
	ready    int32  // fragments at the front of its line that it may read
	news     int32  // fragments of the playlist on its way
	last     sim.Time
	line     line
	fetching held
	buffer   line
	working  held
}

// everything is how many fragments of their line readers by GetMedia may read.
const everything = 1<<31 - 1

// buffersDefault is how many fragments a player of HLS or DASH holds: it begins three target durations from the end of
// the playlist (RFC 8216, 6.3.3; hls.js, liveSyncDurationCount).
const buffersDefault = 3

// playlistDefault is MaxMediaPlaylistFragmentResults of a live playlist (API reference, GetHLSStreamingSessionURL).
const playlistDefault = 5

func (s *ViewerSpec) buffered() int32 {
	switch {
	case s.BufferFragments != nil:
		return int32(*s.BufferFragments)
	case s.API.session():
		return buffersDefault
	}
	return 0
}

// NewViewers returns viewers that do not view yet, whose paths have histograms of so many significant digits.
func NewViewers(
	eng *sim.Engine, store *message.Store, name string, s *ViewerSpec, from *Stream, limit *Limits, digits int,
) *Viewers {
	v := &Viewers{
		name: name, sent: message.NewAccounts(&store.Ledger, from.name+" -> "+name),
		spec: s, limit: limit, eng: eng, store: store, stream: from,
		reader: int32(len(from.readers)), digits: digits, buffered: s.buffered(), window: playlistDefault,
		every: 10 * sim.Second, watching: make([]int32, from.spec.Streams),
		sessions: make([]session, from.spec.Streams*s.Sessions),
	}
	from.attach(v)
	if s.PlaylistFragments != nil {
		v.window = int64(*s.PlaylistFragments)
	}
	if s.Every != nil {
		v.every = s.Every.Sim()
	}
	sampler := func(d random.Dist, purpose string) random.Duration {
		return random.NewDuration(d, eng.Rand(name+"/"+purpose))
	}
	latency := limit.HLSLatency
	if s.API == GetMedia {
		latency = limit.GetLatency
	}
	v.latency = sampler(latency.Dist(), "latency")
	v.connect = sampler(limit.ConnectLatency.Dist(), "connect")
	v.reconnect = sampler(limit.ReconnectPause.Dist(), "reconnect")
	phase, _ := random.NewUniform(0, float64(sim.Second))
	v.phase = sampler(phase, "phase")
	if s.Work != nil {
		v.work = sampler(s.Work.Dist(), "work")
	}
	v.events()
	return v
}

func (v *Viewers) events() {
	v.opened = sim.NewEvent(v.eng, v.name+"/opened", v.open)
	v.renewed = sim.NewEvent(v.eng, v.name+"/renewed", v.renew)
	v.polled = sim.NewEvent(v.eng, v.name+"/polled", v.poll)
	v.listed = sim.NewEvent(v.eng, v.name+"/listed", v.list)
	v.retried = sim.NewEvent(v.eng, v.name+"/retried", v.retry)
	v.fetched = sim.NewEvent(v.eng, v.name+"/fetched", v.arrive)
	v.worked = sim.NewEvent(v.eng, v.name+"/worked", v.finish)
	v.played = sim.NewEvent(v.eng, v.name+"/played", v.next)
}

// Start lets the viewers begin.
func (v *Viewers) Start() {
	for i := range v.sessions {
		v.sessions[i].fetching.ref = message.None
		v.opened.At(sim.Time(v.spec.Start).Add(v.phase.Sample()+v.connect.Sample()), at(i, 0))
	}
}

// streamOf returns which stream a session views.
func (v *Viewers) streamOf(i int) int { return i / v.spec.Sessions }

// audience returns how many sessions get a copy of a stream's fragment.
func (v *Viewers) audience(stream int) int { return int(v.watching[stream]) }

// copies gives a copy of a fragment that was received to each session that watches. It returns false when memory is
// full.
func (v *Viewers) copies(stream int, parent message.Ref, lasts sim.Duration, route message.RouteID, to seat) bool {
	if v.watching[stream] == 0 {
		return true
	}
	now, l := v.eng.Now(), &v.stream.lanes[stream]
	mine := v.sent.Of(route)
	for i := stream * v.spec.Sessions; i < (stream+1)*v.spec.Sessions; i++ {
		s := &v.sessions[i]
		if !s.watches {
			continue
		}
		ref, ok := v.store.Branch(now, parent, mine)
		if !ok {
			return false
		}
		h := held{ref: ref, lasts: lasts}
		if v.spec.API != GetMedia {
			h.at, h.to = l.last, seat{to.reader, int32(i)}
			v.stream.keep(stream, l, h)
			continue
		}
		s.last = max(s.last, now.Add(v.latency.Sample()))
		h.at = s.last
		v.hold(s, h)
		if !s.open {
			v.store.At(ref).Enter(now, message.Poll)
		} else if s.fetches {
			v.store.At(ref).Enter(now, message.Backlog)
		}
		v.fetch(i)
	}
	return true
}

// hold puts a copy that can be had in the line of its session.
func (v *Viewers) hold(s *session, h held) {
	v.store.Move(h.ref, v.store.At(h.ref), message.Visible)
	v.lines.push(&s.line, h)
}

// persisted is told that the copy of a session can be had from now on.
func (v *Viewers) persisted(i int, h held) {
	s := &v.sessions[i]
	if !s.watches {
		v.skip(h.ref)
		return
	}
	v.store.At(h.ref).Enter(v.eng.Now(), message.Poll)
	v.hold(s, h)
}

// skip ends a copy that its session will not read.
func (v *Viewers) skip(ref message.Ref) {
	v.Skipped.Inc()
	v.store.Move(ref, v.store.At(ref), message.ExpiredInQueue)
	v.store.Free(ref)
}

// bandwidth returns how many bytes a second a session reads.
func (v *Viewers) bandwidth() spec.Size {
	bandwidth := v.limit.GetBandwidth
	if v.spec.API == FragmentList {
		bandwidth = v.limit.ListBandwidth
	}
	if v.spec.Downlink != nil {
		bandwidth = min(*v.spec.Downlink, bandwidth)
	}
	return bandwidth
}
