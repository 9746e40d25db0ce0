package video

import "weir/models/message"

// open is the event that a session's call to begin is there.
func (v *Viewers) open(x instance) {
	i, turn := x.split()
	s, stream := &v.sessions[i], v.streamOf(i)
	if turn != s.turn || s.open {
		return
	}
	switch v.spec.API {
	case GetMedia:
		if err := v.stream.getMedia(stream); err != nil {
			v.refused(err)
			v.opened.After(v.reconnect.Sample(), x)
			return
		}
		v.renewed.After(v.limit.ConnectionLife.Sim(), x)
		s.ready = everything
		v.lines.each(&s.line, 0, func(h held) { v.store.At(h.ref).Enter(v.eng.Now(), message.Backlog) })
	case HLS, DASH:
		v.stream.openSession(stream, seat{v.reader, int32(i)})
		v.polled.After(0, x)
	default:
		v.polled.After(0, x)
	}
	v.Opened.Inc()
	v.Connected.Add(v.eng.Now(), 1)
	if s.open = true; !s.watches {
		s.watches = true
		v.watching[stream]++
	}
	v.fetch(i)
}

func (v *Viewers) refused(err error) {
	if err == ErrConnectionLimit {
		v.Refused.Inc()
		return
	}
	v.Throttled.Inc()
}

// renew is the event that the token of a connection of GetMedia is too old. The reader goes on where it was, by the
// continuation token.
func (v *Viewers) renew(x instance) {
	i, turn := x.split()
	s, now := &v.sessions[i], v.eng.Now()
	if turn != s.turn || !s.open {
		return
	}
	v.Renewed.Inc()
	v.Connected.Add(now, -1)
	v.stream.lanes[v.streamOf(i)].connections--
	s.turn++
	s.open, s.ready = false, 0
	v.lines.each(&s.line, 0, func(h held) { v.store.At(h.ref).Enter(now, message.Poll) })
	v.opened.After(v.connect.Sample(), at(i, s.turn))
}

// revoked is told that a later session took the place of one.
func (v *Viewers) revoked(i int) {
	s := &v.sessions[i]
	v.Revoked.Inc()
	v.Connected.Add(v.eng.Now(), -1)
	s.turn++
	s.open, s.watches, s.ready = false, false, 0
	v.watching[v.streamOf(i)]--
	for s.line.len > 0 {
		v.skip(v.lines.pop(&s.line).ref)
	}
	if v.spec.Reopen != nil {
		v.opened.After(v.spec.Reopen.Sim(), at(i, s.turn))
	}
}

// poll is the event that a session asks what there is: for its playlists, or for a list of fragments.
func (v *Viewers) poll(x instance) {
	i, turn := x.split()
	s := &v.sessions[i]
	if turn != s.turn {
		return
	}
	v.Polls.Inc()
	if v.spec.API == FragmentList {
		v.pollList(i, x)
		return
	}
	stream, now := v.streamOf(i), v.eng.Now()
	if err := v.stream.playlists(stream, v.window); err != nil {
		v.Throttled.Inc()
		v.lines.each(&s.line, s.ready, func(h held) { v.store.At(h.ref).Enter(now, message.Throttle) })
		v.polled.After(v.limit.HLSRetry.Sim(), x)
		return
	}
	for s.ready == 0 && int64(s.line.len) > v.window { // what left the playlist is not in it any more
		v.skip(v.lines.pop(&s.line).ref)
	}
	target := v.stream.target(stream)
	if s.news = s.line.len - s.ready; s.news > 0 {
		v.lines.each(&s.line, s.ready, func(h held) { v.store.At(h.ref).Enter(now, message.APICall) })
		v.listed.After(v.latency.Sample(), x)
		v.polled.After(target, x)
		return
	}
	v.polled.After(target/2, x)
}

// list is the event that a session has a playlist with fragments that it did not know.
func (v *Viewers) list(x instance) {
	i, turn := x.split()
	s := &v.sessions[i]
	if turn != s.turn {
		return
	}
	v.allow(s, s.news)
	s.news = 0
	v.fetch(i)
}

// allow lets a session read so many more fragments of its line, one after the other.
func (v *Viewers) allow(s *session, n int32) {
	now := v.eng.Now()
	before := s.ready
	s.ready += n
	v.lines.each(&s.line, before, func(h held) { v.store.At(h.ref).Enter(now, message.Backlog) })
}

// pollList asks for the fragments that were persisted since the last time.
func (v *Viewers) pollList(i int, x instance) {
	s := &v.sessions[i]
	if s.line.len == 0 || s.ready > 0 || s.fetches {
		v.polled.After(v.every, x)
		return
	}
	if err := v.stream.list(v.streamOf(i)); err != nil {
		v.refused(err)
		now := v.eng.Now()
		v.lines.each(&s.line, 0, func(h held) { v.store.At(h.ref).Enter(now, message.Throttle) })
		v.polled.After(v.reconnect.Sample(), x)
		return
	}
	v.polled.After(v.every, x)
	s.last = v.eng.Now().Add(v.latency.Sample())
	v.allow(s, int32(min(int64(s.line.len), v.limit.ListMax)))
	v.fetch(i)
}

// retry is the event that a session asks again for a fragment.
func (v *Viewers) retry(x instance) {
	i, _ := x.split()
	v.sessions[i].fetches = false
	v.fetch(i)
}

// fetch makes a session read the first fragment of its line, if it may.
func (v *Viewers) fetch(i int) {
	s, now := &v.sessions[i], v.eng.Now()
	if s.fetches || s.ready == 0 || s.line.len == 0 {
		return
	}
	s.fetches = true
	m := v.store.At(v.lines.front(&s.line).ref)
	begins := now
	if v.spec.API.session() {
		if err := v.stream.media(v.streamOf(i)); err != nil {
			v.Throttled.Inc()
			m.Enter(now, message.Throttle)
			v.retried.After(v.limit.HLSRetry.Sim(), at(i, s.turn))
			return
		}
		begins = now.Add(v.latency.Sample())
	}
	s.fetching = v.lines.pop(&s.line)
	switch v.spec.API {
	case GetMedia:
		begins = max(now, s.fetching.at)
	case FragmentList:
		begins = max(now, s.last)
	}
	if v.spec.API != GetMedia {
		s.ready--
	}
	m.Enter(now, message.APICall)
	v.store.Move(s.fetching.ref, m, message.InFlight)
	v.fetched.At(begins.Add(seconds(m.SizeBytes, v.bandwidth())), uint32(i))
}

// arrive is the event that the last byte of a fragment is at its viewer.
func (v *Viewers) arrive(x uint32) {
	i := int(x)
	s, now := &v.sessions[i], v.eng.Now()
	m := v.store.At(s.fetching.ref)
	if v.spec.API.session() {
		v.stream.bytesHLS.Add(uint64(m.SizeBytes))
	} else {
		v.stream.bytesOut.Add(uint64(m.SizeBytes))
	}
	m.Enter(now, message.Prefetch)
	v.lines.push(&s.buffer, s.fetching)
	s.fetches, s.fetching.ref = false, message.None
	if v.spec.API == FragmentList && s.ready == 0 {
		v.stream.lanes[v.streamOf(i)].listing--
	}
	v.fetch(i)
	v.show(i)
}

// show begins the work on a fragment, or plays it, when its turn has come.
func (v *Viewers) show(i int) {
	s := &v.sessions[i]
	switch {
	case v.buffered == 0:
		v.begin(i)
	case s.plays || s.buffer.len == 0:
	case s.started || s.buffer.len >= v.buffered: // a player that ran dry goes on with the first fragment
		s.plays, s.started = true, true
		v.play(i)
	}
}

// begin begins the work on the first fragment of a reader that has no player.
func (v *Viewers) begin(i int) {
	s, now := &v.sessions[i], v.eng.Now()
	if s.works || s.buffer.len == 0 {
		return
	}
	s.works = true
	s.working = v.lines.pop(&s.buffer)
	m := v.store.At(s.working.ref)
	m.Enter(now, message.Work)
	v.path(m.Route).Attempts.Inc()
	v.path(m.Route).Wait.Record(int64(now.Sub(m.Born)))
	v.worked.After(v.work.Sample(), uint32(i))
}

// finish is the event that the work on a fragment is done.
func (v *Viewers) finish(x uint32) {
	s := &v.sessions[x]
	v.complete(s.working.ref)
	s.works = false
	v.begin(int(x))
}

// play shows the first frame of a player's next fragment: it is as late as it is now.
func (v *Viewers) play(i int) {
	s := &v.sessions[i]
	h := v.lines.pop(&s.buffer)
	m := v.store.At(h.ref)
	v.path(m.Route).Attempts.Inc()
	v.path(m.Route).Wait.Record(int64(v.eng.Now().Sub(m.Born)))
	v.complete(h.ref)
	v.played.After(h.lasts, uint32(i))
}

// next is the event that a player has played a fragment.
func (v *Viewers) next(x uint32) {
	s := &v.sessions[x]
	if s.buffer.len == 0 {
		s.plays = false
		v.Stalls.Inc()
		return
	}
	v.play(int(x))
}

// complete books a fragment as seen.
func (v *Viewers) complete(ref message.Ref) {
	m, now := v.store.At(ref), v.eng.Now()
	v.Played.Inc()
	if v.path(m.Route).Record(now, ref, m, message.Idle{Group: v.store.Held(now, ref, m)}) {
		v.store.Ledger.NoteLate(m.Route)
	}
	v.store.Move(ref, m, message.Processed)
	v.store.Free(ref)
}

func (v *Viewers) path(route message.RouteID) *message.Path {
	return v.paths.Of(&v.store.Ledger, route, v.name, v.digits)
}
