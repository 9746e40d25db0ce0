package sdk

import (
	"errors"

	"weir/models/aws"
	"weir/models/fault"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
	"weir/sim/ring"
)

// Call names a call of a Client's owner: the owner chooses the numbers, one for each call under way.
type Call uint32

// Owner is who makes calls through a Client.
type Owner interface {
	// Serve performs the call: its request has reached the service. The error is the API's answer, or Later.
	Serve(Call) error
	// Attempt tells that the call, after having waited, is on its way to the service.
	Attempt(Call)
	// BackOff tells that an attempt has failed and the call will be tried again.
	BackOff(Call)
	// Done tells that the answer has arrived, or that the call was given up with the error of its last attempt.
	Done(Call, error)
}

// Encryption is what a call waits for before its service acts: the data key of a queue or topic that is encrypted.
type Encryption interface {
	// Prepare returns how long until the key is there, nothing once it is, or why there is none, after that long.
	Prepare() (wait sim.Duration, err error)
}

// Later is what Serve returns when the service takes time: its answer comes through Answer.
var Later = errors.New("the answer comes later")

// ErrServiceFault is the answer to an attempt that the service failed to serve (HTTP 500 or 503).
var ErrServiceFault = &aws.Error{Code: "InternalError", Retryable: true}

// Client makes calls to one service: each attempt takes a connection and a round trip, half of it before the service
// acts; failed attempts are tried again by the rules of the retry mode. It allocates nothing once its tables have
// grown.
type Client struct {
	Calls    measure.Counter // calls made
	Attempts measure.Counter // attempts, the first ones among them
	Retries  measure.Counter // attempts after the first
	GaveUp   measure.Counter // calls given up
	Waited   measure.Counter // calls that found no connection free
	Busy     measure.Level   // connections in use

	eng         *sim.Engine
	owner       Owner
	latency     random.Duration
	faults      *sim.Rand
	faultShare  float64
	struck      *fault.State // nil unless faults may strike the service
	retries     []*Retry     // one for each process that makes calls: each has its own quota
	keys        Encryption   // nil unless the service encrypts
	connections int64
	state       []attempt // by Call
	waiting     ring.Buffer[Call]

	arrived  sim.Event[Call]
	answered sim.Event[Call]
	again    sim.Event[Call]
}

type attempt struct {
	number  int32
	process int32
	down    sim.Duration
	err     error
}

// NewClient returns a client with at most connections attempts at once (0 or less: without limit). Each of the
// processes that share it, such as the instances of a fleet, has a retry state of its own.
func NewClient(
	eng *sim.Engine, name string, owner Owner, latency random.Duration, connections int64, faultShare float64,
	retries ...*Retry,
) *Client {
	c := &Client{
		eng: eng, owner: owner, latency: latency, connections: connections,
		faults: eng.Rand(name + "/fault"), faultShare: faultShare, retries: retries,
	}
	c.arrived = sim.NewEvent(eng, name+"/arrived", c.arrive)
	c.answered = sim.NewEvent(eng, name+"/answered", c.answer)
	c.again = sim.NewEvent(eng, name+"/again", c.start)
	return c
}

// Encrypt makes the calls wait for data keys; nil makes them wait for none.
func (c *Client) Encrypt(keys Encryption) { c.keys = keys }

// Disturb lets the faults of a service strike the calls to it; nil lets none.
func (c *Client) Disturb(faults *fault.State) { c.struck = faults }

// Do makes a call of the first process. The owner must not use the number again before Done.
func (c *Client) Do(call Call) { c.DoFor(call, 0) }

// DoFor makes a call of one of the processes that share the client.
func (c *Client) DoFor(call Call, process int) {
	for int(call) >= len(c.state) {
		c.state = append(c.state, attempt{})
	}
	c.state[call] = attempt{process: int32(process)}
	c.Calls.Inc()
	c.start(call)
}

// Reset begins a new window of observation.
func (c *Client) Reset(now sim.Time) {
	c.Calls, c.Attempts, c.Retries, c.GaveUp = measure.Counter{}, measure.Counter{}, measure.Counter{}, measure.Counter{}
	c.Waited = measure.Counter{}
	c.Busy.Reset(now)
}

// Waiting returns how many calls wait for a connection.
func (c *Client) Waiting() int { return c.waiting.Len() }

func (c *Client) start(call Call) {
	if c.connections > 0 && c.Busy.Value() >= c.connections {
		if c.state[call].number == 0 {
			c.Waited.Inc()
		}
		c.waiting.Push(call)
		return
	}
	c.Busy.Add(c.eng.Now(), 1)
	c.dispatch(call)
}

func (c *Client) dispatch(call Call) {
	if wait := c.retryOf(call).Permit(c.eng.Now()); wait > 0 {
		c.Busy.Add(c.eng.Now(), -1)
		c.again.After(wait, call)
		return
	}
	s := &c.state[call]
	s.number++
	c.Attempts.Inc()
	if s.number > 1 {
		c.Retries.Inc()
	}
	c.owner.Attempt(call)
	roundTrip := c.latency.Sample()
	if c.struck != nil {
		roundTrip = c.struck.Stretch(roundTrip)
	}
	up := roundTrip / 2
	s.down = roundTrip - up
	c.arrived.After(up, call)
}

// arrive is the event that a request has reached the service.
func (c *Client) arrive(call Call) {
	s := &c.state[call]
	if c.keys != nil && !c.prepare(call, s) {
		return
	}
	if c.faultShare > 0 && c.faults.Float64() < c.faultShare {
		c.Answer(call, ErrServiceFault)
		return
	}
	if err := c.owner.Serve(call); err != Later { // Serve may have answered meanwhile
		c.Answer(call, err)
	}
}

// Answer sends the service's answer to an attempt on its way back.
func (c *Client) Answer(call Call, err error) {
	s := &c.state[call]
	s.err = err
	if err == fault.ErrNoAnswer && c.struck != nil { // half of the round trip has been waited for
		c.answered.After(max(c.struck.Timeout()-s.down, 0), call)
		return
	}
	c.answered.After(s.down, call)
}

// prepare reports whether the data key that an attempt needs is there. If not, the attempt goes on when it is, or
// fails.
func (c *Client) prepare(call Call, s *attempt) bool {
	wait, err := c.keys.Prepare()
	switch {
	case err != nil:
		s.err = err
		c.answered.After(wait+s.down, call)
		return false
	case wait > 0:
		c.arrived.After(wait, call)
		return false
	}
	return true
}

// answer is the event that the answer to an attempt is back.
func (c *Client) answer(call Call) {
	c.Busy.Add(c.eng.Now(), -1)
	s := c.state[call]
	delay, again := c.retryOf(call).Answered(c.eng.Now(), int(s.number), apiError(s.err))
	if again {
		c.owner.BackOff(call)
		c.again.After(delay, call)
	} else if s.err != nil {
		c.GaveUp.Inc()
	}
	if c.waiting.Len() > 0 && (c.connections <= 0 || c.Busy.Value() < c.connections) {
		c.start(c.waiting.Pop())
	}
	if !again {
		c.owner.Done(call, s.err)
	}
}

func (c *Client) retryOf(call Call) *Retry { return c.retries[c.state[call].process] }

func apiError(err error) *aws.Error {
	if err == nil {
		return nil
	}
	var api *aws.Error
	if errors.As(err, &api) {
		return api
	}
	return &aws.Error{Code: err.Error()}
}
