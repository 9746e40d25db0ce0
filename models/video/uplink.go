package video

import (
	"math"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
)

// call lets a camera call PutMedia after a while.
func (c *Cameras) call(i int, after sim.Duration) {
	cam := &c.cameras[i]
	cam.state = connecting
	c.connected.After(after, at(i, cam.link))
}

// putMedia is the event that a camera's call of PutMedia is there.
func (c *Cameras) putMedia(x instance) {
	i, turn := x.split()
	cam, now := &c.cameras[i], c.eng.Now()
	if turn != cam.link || cam.state != connecting {
		return
	}
	switch err := c.stream.putMedia(i, c); err {
	case nil:
	case ErrClientLimit:
		c.Throttled.Inc()
		c.call(i, c.reconnect.Sample())
		return
	default:
		c.Refused.Inc()
		c.call(i, c.reconnect.Sample())
		return
	}
	c.Connects.Inc()
	c.Connected.Add(now, 1)
	cam.state, cam.free, cam.travel = open, now, c.travel.Sample()
	c.lines.each(&cam.waiting, 0, func(h held) { c.store.At(h.ref).Enter(now, message.Batching) })
	c.renewed.After(c.limit.ConnectionLife.Sim(), x)
	if c.spec.ConnectionDrops > 0 {
		c.dropped.After(c.drop.Sample(), x)
	}
	c.pump(i)
	c.watch(i)
}

// pump sends the first fragment that waits. A fragment goes up while it is captured, if the uplink is free: of what the
// camera sends live, the last frame alone is left to send.
func (c *Cameras) pump(i int) {
	cam, now := &c.cameras[i], c.eng.Now()
	if cam.state != open || cam.uploads || cam.waiting.len == 0 {
		return
	}
	cam.uploads = true
	h := c.lines.front(&cam.waiting)
	m := c.store.At(h.ref)
	if !c.stream.admits(i) {
		m.Enter(now, message.Throttle)
		cam.free = now
		c.tried.After(sim.Seconds(1/c.limit.FragmentRate.PerSecond()), at(i, cam.link))
		return
	}
	cam.sending = c.lines.pop(&cam.waiting)
	c.Buffered.Add(now, -1)
	m.Enter(now, message.APICall)
	begins := max(cam.free, cam.sending.at)
	c.uploaded.At(max(now, begins.Add(seconds(m.SizeBytes, c.uplink()))), at(i, cam.link))
}

func (c *Cameras) uplink() spec.Size {
	if c.spec.Uplink != nil {
		return min(*c.spec.Uplink, c.limit.PutBandwidth)
	}
	return c.limit.PutBandwidth
}

// try is the event that the stream may read one more fragment.
func (c *Cameras) try(x instance) {
	if i, turn := x.split(); turn == c.cameras[i].link {
		c.cameras[i].uploads = false
		c.pump(i)
	}
}

// upload is the event that the last byte of a fragment left a camera.
func (c *Cameras) upload(x instance) {
	i, turn := x.split()
	cam, now := &c.cameras[i], c.eng.Now()
	if turn != cam.link {
		return
	}
	cam.uploads, cam.free = false, now
	c.lines.push(&cam.flying, cam.sending)
	cam.sending.ref = message.None
	c.arrived.After(cam.travel, at(i, cam.flight))
	if cam.retires {
		c.retire(i)
		return
	}
	c.pump(i)
	c.watch(i)
}

// arrive is the event that the last byte of a fragment reached the stream. Those of a connection take the same time, so
// that they come in order.
func (c *Cameras) arrive(x instance) {
	i, turn := x.split()
	cam := &c.cameras[i]
	if turn != cam.flight {
		return
	}
	h := c.lines.pop(&cam.flying)
	switch err := c.stream.put(i, h.ref, h.lasts, c.spec.Tracks); err {
	case nil:
		c.Accepted.Inc()
	case AckTooLarge:
		c.reject(h.ref, &c.TooLarge)
	case AckTooLong:
		c.reject(h.ref, &c.TooLong)
	case AckTooShort:
		c.reject(h.ref, &c.TooShort)
	default:
		c.reject(h.ref, &c.Tracks)
	}
}

// hangUp ends a connection.
func (c *Cameras) hangUp(i int) {
	cam := &c.cameras[i]
	cam.link++
	cam.state, cam.uploads, cam.retires = closed, false, false
	c.Connected.Add(c.eng.Now(), -1)
}

// needs reports whether a camera has something to send, or will have.
func (c *Cameras) needs(i int) bool {
	cam := &c.cameras[i]
	return cam.waiting.len > 0 || cam.captures()
}

// captures reports whether a camera is capturing a fragment.
func (c *camera) captures() bool { return c.capturing != message.None }

// renew is the event that a connection's token is too old: the camera connects anew when it has sent what it is
// sending.
func (c *Cameras) renew(x instance) {
	i, turn := x.split()
	cam := &c.cameras[i]
	if turn != cam.link {
		return
	}
	if cam.sending.ref != message.None {
		cam.retires = true
		return
	}
	c.retire(i)
}

func (c *Cameras) retire(i int) {
	c.Renewed.Inc()
	c.stream.hangUp(i, c)
	c.hangUp(i)
	c.wait(i)
	if c.needs(i) {
		c.call(i, c.connect.Sample())
	}
}

// wait books the fragments of a camera without a connection to the wait for one.
func (c *Cameras) wait(i int) {
	now := c.eng.Now()
	c.lines.each(&c.cameras[i].waiting, 0, func(h held) { c.store.At(h.ref).Enter(now, message.ClientRetry) })
}

// breakOff is the event that a connection broke.
func (c *Cameras) breakOff(x instance) {
	i, turn := x.split()
	if turn != c.cameras[i].link {
		return
	}
	c.Drops.Inc()
	c.stream.hangUp(i, c)
	c.lose(i)
	after := c.reconnect.Sample()
	if c.spec.Outage != nil {
		after += c.outage.Sample()
	}
	c.call(i, after)
}

// replaced is told that another took the place of a camera's connection.
func (c *Cameras) replaced(i int) {
	c.Replaced.Inc()
	c.lose(i)
	if c.needs(i) {
		c.call(i, c.reconnect.Sample())
	}
}

// lose ends a connection and puts back what had not reached the stream: it is sent again.
func (c *Cameras) lose(i int) {
	cam, now := &c.cameras[i], c.eng.Now()
	c.hangUp(i)
	cam.flight++
	if cam.sending.ref != message.None {
		c.lines.pushFront(&cam.waiting, cam.sending)
		c.Buffered.Add(now, 1)
		c.Resent.Inc()
	}
	cam.sending.ref = message.None
	c.Resent.Add(uint64(cam.flying.len))
	c.Buffered.Add(now, int64(cam.flying.len))
	c.lines.join(&cam.flying, &cam.waiting)
	cam.waiting, cam.flying = cam.flying, line{}
	c.wait(i)
}

// watch lets the idle timeout run when a camera has nothing to send.
func (c *Cameras) watch(i int) {
	cam := &c.cameras[i]
	if cam.state == open && !cam.uploads && !c.needs(i) && c.limit.IdleTimeout < math.MaxInt64 {
		c.idleEnded.After(c.limit.IdleTimeout.Sim(), at(i, cam.link))
	}
}

// idle is the event that a connection has perhaps had no data for the idle timeout.
func (c *Cameras) idle(x instance) {
	i, turn := x.split()
	cam := &c.cameras[i]
	if turn != cam.link || cam.uploads || c.needs(i) || c.eng.Now().Sub(cam.free) < c.limit.IdleTimeout.Sim() {
		return
	}
	c.Idle.Inc()
	c.stream.hangUp(i, c)
	c.hangUp(i)
}
