package video

import (
	"slices"

	"weir/sim"
)

// getMedia opens a connection of GetMedia to a stream.
func (v *Stream) getMedia(i int) error {
	l := &v.lanes[i]
	if !l.gets.Permit(v.eng.Now()) {
		v.Throttled.Inc()
		return ErrClientLimit
	}
	if l.connections >= v.limit.GetConnections {
		v.Refused.Inc()
		return ErrConnectionLimit
	}
	l.connections++
	return nil
}

// list opens a connection of GetMediaForFragmentList to a stream.
func (v *Stream) list(i int) error {
	l := &v.lanes[i]
	if !l.lists.Permit(v.eng.Now()) {
		v.Throttled.Inc()
		return ErrClientLimit
	}
	if l.listing >= v.limit.ListConnections {
		v.Refused.Inc()
		return ErrConnectionLimit
	}
	l.listing++
	return nil
}

// openSession opens a streaming session of HLS or DASH. "After the limit has been reached, the oldest session is
// revoked when a new session is created" (developer guide, limits.md, 2020).
func (v *Stream) openSession(i int, s seat) {
	l := &v.lanes[i]
	if int64(len(l.sessions)) >= v.limit.SessionsMax {
		oldest := l.sessions[0]
		l.sessions = slices.Delete(l.sessions, 0, 1)
		v.Revoked.Inc()
		v.readers[oldest.reader].revoked(int(oldest.session))
	}
	l.sessions = append(l.sessions, s)
}

// playlists answers the requests for the playlists of a session, one for each track. Each fragment in one costs a point
// of metadata.
func (v *Stream) playlists(i int, fragments int64) error {
	l := &v.lanes[i]
	points := float64(min(fragments, l.persisted) * l.tracks)
	if !l.metadata.Has(v.eng.Now(), points) {
		v.Throttled.Inc()
		return ErrClientLimit
	}
	l.metadata.Take(points)
	v.points[0].Add(uint64(points))
	return nil
}

// media answers the requests for a fragment, one for each track. Each costs a point.
func (v *Stream) media(i int) error {
	l := &v.lanes[i]
	points := float64(l.tracks)
	if !l.media.Has(v.eng.Now(), points) {
		v.Throttled.Inc()
		return ErrClientLimit
	}
	l.media.Take(points)
	v.points[1].Add(uint64(points))
	return nil
}

// target returns how long after a playlist that had changed a player asks for it again (RFC 8216, 6.3.4).
func (v *Stream) target(i int) sim.Duration { return v.lanes[i].target }
