package video

import (
	"math"

	"weir/models/message"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// CameraStats is what cameras measure.
type CameraStats struct {
	Connected measure.Level // cameras with a connection
	Buffered  measure.Level // fragments that wait at cameras

	Captured  measure.Counter // fragments whose capture began
	Accepted  measure.Counter // fragments received by their streams
	Overflown measure.Counter // fragments dropped from a full buffer
	Resent    measure.Counter // fragments sent again after a connection broke

	TooLarge, TooLong, TooShort, Tracks measure.Counter // fragments refused with an Error acknowledgement

	Connects  measure.Counter // calls of PutMedia that opened a connection
	Throttled measure.Counter // calls answered with ClientLimitExceededException
	Refused   measure.Counter // calls answered with ConnectionLimitExceededException
	Drops     measure.Counter // connections that broke
	Replaced  measure.Counter // connections that another took the place of
	Idle      measure.Counter // connections closed after the idle timeout
	Renewed   measure.Counter // connections at the end of their lives
}

// Cameras are producers by PutMedia, one for each of some streams.
type Cameras struct {
	CameraStats

	name    string
	spec    *CameraSpec
	limit   *Limits
	eng     *sim.Engine
	store   *message.Store
	stream  *Stream
	route   message.RouteID
	cameras []camera
	lines   pool

	fragment, recording, pause, drop   random.Duration
	outage, connect, reconnect, travel random.Duration
	phase                              random.Duration
	factor                             random.Dist
	luck                               *sim.Rand

	begun, captured                      sim.Event[uint32]
	connected, tried, uploaded           sim.Event[instance]
	arrived, renewed, dropped, idleEnded sim.Event[instance]
}

type linkState uint8

const (
	closed linkState = iota
	connecting
	open
)

// camera is one camera and its connection.
type camera struct {
	state     linkState
	uploads   bool        // a fragment is being sent, or waits for the stream to read it
	retires   bool        // the connection's life is over as soon as the fragment is sent
	link      uint32      // the turn of the connection
	flight    uint32      // the turn of what is on the network
	capturing message.Ref // or None
	lasts     sim.Duration
	began     sim.Time // the capture of the fragment
	until     sim.Time // of the recording
	free      sim.Time // since when the uplink has nothing to send
	travel    sim.Duration
	sending   held // its ref is None when nothing is
	waiting   line
	flying    line
}

// NewCameras returns cameras that do not record yet.
func NewCameras(
	eng *sim.Engine, store *message.Store, name string, s *CameraSpec, to *Stream, limit *Limits,
) *Cameras {
	c := &Cameras{name: name, spec: s, limit: limit, eng: eng, store: store, stream: to}
	c.route = store.Ledger.Open(name, name)
	if s.Deadline != nil {
		store.Ledger.Promise(name, s.Deadline.Sim())
	}
	c.cameras = make([]camera, to.spec.Streams)
	for i := range c.cameras {
		c.cameras[i].sending.ref, c.cameras[i].capturing = message.None, message.None
	}
	sampler := func(d random.Dist, purpose string) random.Duration {
		return random.NewDuration(d, eng.Rand(name+"/"+purpose))
	}
	c.fragment = sampler(s.fragment(), "fragment")
	if s.Motion != nil {
		c.recording = sampler(s.Motion.Recording.Dist(), "recording")
		c.pause = sampler(s.Motion.Pause.Dist(), "pause")
	}
	if s.ConnectionDrops > 0 {
		mean, _ := random.NewExponential(float64(sim.Second) / s.ConnectionDrops.PerSecond())
		c.drop = sampler(mean, "drop")
	}
	if s.Outage != nil {
		c.outage = sampler(s.Outage.Dist(), "outage")
	}
	if s.BitrateFactor != nil {
		c.factor = s.BitrateFactor.Dist()
	}
	c.luck = eng.Rand(name + "/factor")
	c.connect = sampler(limit.ConnectLatency.Dist(), "connect")
	c.reconnect = sampler(limit.ReconnectPause.Dist(), "reconnect")
	c.travel = sampler(limit.PutLatency.Dist(), "latency")
	phase, _ := random.NewUniform(0, s.fragment().Mean())
	c.phase = sampler(phase, "phase")
	c.events()
	return c
}

func (c *Cameras) events() {
	c.begun = sim.NewEvent(c.eng, c.name+"/begun", c.begin)
	c.captured = sim.NewEvent(c.eng, c.name+"/captured", c.capture)
	c.connected = sim.NewEvent(c.eng, c.name+"/connected", c.putMedia)
	c.tried = sim.NewEvent(c.eng, c.name+"/tried", c.try)
	c.uploaded = sim.NewEvent(c.eng, c.name+"/uploaded", c.upload)
	c.arrived = sim.NewEvent(c.eng, c.name+"/arrived", c.arrive)
	c.renewed = sim.NewEvent(c.eng, c.name+"/renewed", c.renew)
	c.dropped = sim.NewEvent(c.eng, c.name+"/dropped", c.breakOff)
	c.idleEnded = sim.NewEvent(c.eng, c.name+"/idle", c.idle)
}

// fragmentDefault is the length of a fragment unless set.
const fragmentDefault = 2 * sim.Second

func (s *CameraSpec) fragment() random.Dist {
	if s.FragmentDuration != nil {
		return s.FragmentDuration.Dist()
	}
	return random.Constant{Value: float64(fragmentDefault)}
}

// Start makes the cameras begin to record.
func (c *Cameras) Start() {
	for i := range c.cameras {
		c.begun.At(sim.Time(c.spec.Start).Add(c.phase.Sample()), uint32(i))
	}
}

// begin is the event that a recording begins.
func (c *Cameras) begin(i uint32) {
	cam, now := &c.cameras[i], c.eng.Now()
	cam.until = sim.Never
	if c.spec.Motion != nil {
		cam.until = now.Add(c.recording.Sample())
	}
	if c.stopped(now) {
		return
	}
	if cam.state == closed {
		c.call(int(i), c.connect.Sample())
	}
	c.record(i)
}

func (c *Cameras) stopped(now sim.Time) bool {
	return c.spec.Stop != nil && now >= sim.Time(*c.spec.Stop)
}

// record begins the capture of a fragment.
func (c *Cameras) record(i uint32) {
	cam, now := &c.cameras[i], c.eng.Now()
	cam.lasts, cam.began = max(c.fragment.Sample(), sim.Millisecond), now
	bytes := float64(c.spec.Bitrate) * cam.lasts.Seconds()
	if c.factor != nil {
		bytes = float64(bytes * c.factor.Sample(c.luck))
	}
	var ok bool
	size := uint32(max(1, min(bytes, math.MaxUint32)))
	if cam.capturing, ok = c.store.New(now, c.route, size, i, 0); !ok {
		c.eng.Stop()
		return
	}
	c.Captured.Inc()
	c.captured.After(cam.lasts, i)
}

// capture is the event that the last frame of a fragment was captured. What was captured before went up meanwhile.
func (c *Cameras) capture(i uint32) {
	cam, now := &c.cameras[i], c.eng.Now()
	for cam.waiting.len > 0 && now.Sub(c.lines.front(&cam.waiting).at) > c.spec.Buffer.Sim() {
		c.reject(c.lines.pop(&cam.waiting).ref, &c.Overflown)
		c.Buffered.Add(now, -1)
	}
	if cam.state != open {
		c.store.At(cam.capturing).Enter(now, message.ClientRetry)
	}
	c.lines.push(&cam.waiting, held{ref: cam.capturing, lasts: cam.lasts, at: cam.began})
	cam.capturing = message.None
	c.Buffered.Add(now, 1)
	switch {
	case now < cam.until && !c.stopped(now):
		c.record(i)
	case c.spec.Motion != nil && !c.stopped(now):
		c.begun.After(c.pause.Sample(), i)
	}
	c.pump(int(i))
}

func (c *Cameras) reject(ref message.Ref, why *measure.Counter) {
	why.Inc()
	c.store.Move(ref, c.store.At(ref), message.Rejected)
	c.store.Free(ref)
}

// seconds returns how long so many bytes take at a rate.
func seconds(bytes uint32, rate spec.Size) sim.Duration {
	if rate == math.MaxInt64 {
		return 0
	}
	return sim.Seconds(float64(bytes) / float64(rate))
}
