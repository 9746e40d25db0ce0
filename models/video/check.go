package video

import (
	"fmt"

	"weir/models/message"
	"weir/sim"
)

// Check returns an error when the connections and sessions of the streams exceed their limits, or are not those that
// cameras and viewers have. It looks at every stream, for tests.
func (v *Stream) Check() error {
	for i := range v.lanes {
		l := &v.lanes[i]
		gets, lists, sessions := int64(0), int64(0), 0
		for _, r := range v.readers {
			for k := i * r.spec.Sessions; k < (i+1)*r.spec.Sessions; k++ {
				s := &r.sessions[k]
				switch {
				case r.spec.API == GetMedia && s.open:
					gets++
				case r.spec.API == FragmentList && (s.ready > 0 || s.fetches):
					lists++
				case r.spec.API.session() && s.open:
					sessions++
				}
			}
		}
		switch {
		case l.connections != gets || gets > v.limit.GetConnections:
			return fmt.Errorf("%s: stream %d has %d connections of GetMedia, its viewers %d", v.name, i, l.connections, gets)
		case l.listing != lists || lists > v.limit.ListConnections:
			return fmt.Errorf("%s: stream %d has %d connections of lists, its viewers %d", v.name, i, l.listing, lists)
		case len(l.sessions) != sessions || int64(sessions) > v.limit.SessionsMax:
			return fmt.Errorf("%s: stream %d has %d sessions, its viewers %d", v.name, i, len(l.sessions), sessions)
		case int64(len(l.producers)) > v.limit.PutConnections:
			return fmt.Errorf("%s: stream %d has %d connections of PutMedia", v.name, i, len(l.producers))
		}
		for _, c := range l.producers {
			if c.cameras[i].state != open {
				return fmt.Errorf("%s: stream %d has a connection of %s, which has none", v.name, i, c.name)
			}
		}
	}
	return nil
}

// Check returns how many fragments the cameras hold, and an error when their levels are not what they hold, when
// fragments do not stand in the order of their capture, or when a camera rests that has something to send. It looks at
// every fragment, for tests.
func (c *Cameras) Check() (all int64, err error) {
	var connected, buffered int64
	for i := range c.cameras {
		cam := &c.cameras[i]
		order := sequence{store: c.store, of: c.name}
		c.lines.each(&cam.flying, 0, order.next)
		order.next(cam.sending)
		c.lines.each(&cam.waiting, 0, order.next)
		order.next(held{ref: cam.capturing})
		all += order.count
		buffered += int64(cam.waiting.len)
		if cam.state == open {
			connected++
		}
		switch {
		case order.err != nil:
			return 0, order.err
		case cam.state == open && !cam.uploads && cam.waiting.len > 0, cam.state == closed && cam.waiting.len > 0,
			cam.sending.ref != message.None && cam.state != open:
			return 0, fmt.Errorf("%s: camera %d rests, and has %d fragments", c.name, i, cam.waiting.len)
		}
	}
	if c.Connected.Value() != connected || c.Buffered.Value() != buffered {
		return 0, fmt.Errorf("%s: %d cameras are connected and %d fragments wait, want %d and %d", c.name, c.Connected.Value(),
			c.Buffered.Value(), connected, buffered)
	}
	return all, nil
}

// Sender returns the name that the viewers' copies stand under in the ledger.
func (v *Viewers) Sender() string { return v.sent.Sender() }

// Check returns how many copies of fragments are being persisted for the viewers, wait for them, and are with them, and
// an error when the copies of a session are not in the order of their capture, or when a session rests. It looks at
// every copy, for tests.
func (v *Viewers) Check() (kept, waiting, inFlight int64, err error) {
	for i := range v.stream.lanes {
		v.stream.keeping.each(&v.stream.lanes[i].keeping, 0, func(h held) {
			if h.ref != message.None && h.to.reader == v.reader {
				kept++
			}
		})
	}
	connected := int64(0)
	for i := range v.sessions {
		s := &v.sessions[i]
		order := sequence{store: v.store, of: v.name}
		if s.works {
			order.next(s.working)
		}
		v.lines.each(&s.buffer, 0, order.next)
		order.next(s.fetching)
		inFlight += order.count
		v.lines.each(&s.line, 0, order.next)
		waiting += int64(s.line.len)
		if s.open {
			connected++
		}
		switch {
		case order.err != nil:
			return 0, 0, 0, order.err
		case s.open && !s.fetches && s.ready > 0 && s.line.len > 0:
			return 0, 0, 0, fmt.Errorf("%s: session %d rests, and has %d fragments to read", v.name, i, s.line.len)
		case v.buffered == 0 && !s.works && s.buffer.len > 0, s.plays && !s.started:
			return 0, 0, 0, fmt.Errorf("%s: session %d rests, and has %d fragments to show", v.name, i, s.buffer.len)
		}
	}
	if v.Connected.Value() != connected {
		err = fmt.Errorf("%s: %d sessions are open, want %d", v.name, v.Connected.Value(), connected)
	}
	return kept, waiting, inFlight, err
}

// sequence checks that the fragments of each camera come in the order of their capture.
type sequence struct {
	store *message.Store
	of    string
	last  map[message.RouteID]sim.Time
	count int64
	err   error
}

func (q *sequence) next(h held) {
	if h.ref == message.None {
		return
	}
	if q.last == nil {
		q.last = map[message.RouteID]sim.Time{}
	}
	q.count++
	m := q.store.At(h.ref)
	if last := q.last[m.Route]; m.Born < last && q.err == nil {
		q.err = fmt.Errorf("%s: a fragment captured at %v stands behind one of %v", q.of, m.Born, last)
	}
	q.last[m.Route] = m.Born
}
