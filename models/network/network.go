package network

import (
	"weir/models/aws"
	"weir/models/calls"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/sim"
	"weir/sim/measure"
)

// ErrUnreachable is what a client makes of a connection that is never answered. SDKs try again.
var ErrUnreachable = &aws.Error{Code: "connect timeout", Retryable: true}

// Spec is a VPC, as the scenario describes it.
type Spec struct {
	// The subnets that functions are in: private or public.
	Subnets Subnets `yaml:"subnets" default:"private"`
	// NAT gateways, each in a public subnet of its own, with a public IPv4 address.
	NATGateways int `yaml:"nat_gateways" default:"0" min:"0" max:"100"`
	// Zones that the VPC and its interface endpoints are in.
	Zones int `yaml:"zones" default:"2" min:"1" max:"6"`
	// Services that an endpoint leads to: sqs, sns, events, lambda, dynamodb or s3.
	Endpoints []Service `yaml:"endpoints"`
}

// Subnets is the kind of subnets.
type Subnets string

// The kinds of subnets.
const (
	Private Subnets = "private"
	Public  Subnets = "public"
)

// Values lists the kinds, for the decoder and the schema.
func (Subnets) Values() []string { return []string{string(Private), string(Public)} }

// Service is a service that an endpoint leads to.
type Service string

// Values lists the services, for the decoder and the schema.
func (Service) Values() []string { return []string{"sqs", "sns", "events", "lambda", "dynamodb", "s3"} }

// gatewayEndpoint reports whether a service has a gateway endpoint, which costs nothing.
func (s Service) gatewayEndpoint() bool { return s == "dynamodb" || s == "s3" }

// Stats is what a VPC measures.
type Stats struct {
	Refused     measure.Counter // calls that had no route
	ViaNAT      measure.Counter
	ViaEndpoint measure.Counter

	natBytes, endpointBytes uint64
}

// Network is a VPC.
type Network struct {
	Stats
	name  string
	spec  *Spec
	store *message.Store
	begun sim.Time
}

// New returns a VPC.
func New(store *message.Store, name string, s *Spec) *Network {
	return &Network{name: name, spec: s, store: store}
}

// Reaches reports whether calls from the VPC's subnets reach a service.
func (n *Network) Reaches(s Service) bool { return n.hasEndpoint(s) || n.hasNAT() }

func (n *Network) hasNAT() bool { return n.spec.NATGateways > 0 && n.spec.Subnets == Private }

func (n *Network) hasEndpoint(s Service) bool {
	for _, e := range n.spec.Endpoints {
		if e == s {
			return true
		}
	}
	return false
}

// Route returns what a service is from inside the VPC.
func (n *Network) Route(s Service, to sdk.Inlet) sdk.Inlet {
	return &route{network: n, to: to, endpoint: n.hasEndpoint(s), open: n.Reaches(s)}
}

// route is the way to a service.
type route struct {
	network  *Network
	to       sdk.Inlet
	endpoint bool
	open     bool
}

// SendMessage passes a call on, when there is a way.
func (r *route) SendMessage(ref message.Ref, delay sim.Duration) error {
	n := r.network
	if !r.open {
		n.Refused.Inc()
		return ErrUnreachable
	}
	bytes := uint64(n.store.At(ref).SizeBytes)
	if r.endpoint {
		n.ViaEndpoint.Inc()
		n.endpointBytes += bytes
	} else {
		n.ViaNAT.Inc()
		n.natBytes += bytes
	}
	return r.to.SendMessage(ref, delay)
}

// Pass meters what a call to a service takes along, or any call to the outside of AWS, which has no endpoint.
func (n *Network) Pass(s Service, bytes int64) {
	if n.hasEndpoint(s) {
		n.ViaEndpoint.Inc()
		n.endpointBytes += uint64(bytes)
		return
	}
	n.ViaNAT.Inc()
	n.natBytes += uint64(bytes)
}

// Name returns the VPC's path in the scenario.
func (n *Network) Name() string { return n.name }

// Kind returns "vpc".
func (n *Network) Kind() string { return "vpc" }

// Reset begins the window of observation.
func (n *Network) Reset(now sim.Time) { n.Stats, n.begun = Stats{}, now }

// Figures reports the VPC's figures of the window.
func (n *Network) Figures(_ sim.Time, report func(name, unit string, value float64)) {
	report("calls_without_route", "calls", float64(n.Refused.Value()))
	report("calls_via_nat", "calls", float64(n.ViaNAT.Value()))
	report("calls_via_endpoint", "calls", float64(n.ViaEndpoint.Value()))
	report("nat_gb", "GB", float64(n.natBytes)/aws.GB)
	report("endpoint_gb", "GB", float64(n.endpointBytes)/aws.GB)
}

// Curves declares no curve.
func (n *Network) Curves(func(meter.Curve)) {}

// Usage reports hours and gigabytes of NAT gateways, each with an address, and interface endpoints. Gateway endpoints
// are free.
func (n *Network) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	hours := now.Sub(n.begun).Seconds() / 3600
	if gateways := n.spec.NATGateways; gateways > 0 {
		report("nat.gateway_hours", "", hours*float64(gateways))
		report("vpc.public_ipv4_hours", "", hours*float64(gateways))
		report("nat.processed_gb", "", float64(n.natBytes)/aws.GB)
	}
	interfaces := 0
	for _, e := range n.spec.Endpoints {
		if !e.gatewayEndpoint() {
			interfaces++
		}
	}
	if interfaces > 0 {
		report("vpc.endpoint_hours", "", hours*float64(interfaces*n.spec.Zones))
		report("vpc.endpoint_gb", "", float64(n.endpointBytes)/aws.GB)
	}
}

// Closed is a database that cannot be reached: a connection to it is never answered, and its client gives up.
type Closed struct {
	network *Network
	eng     *sim.Engine
	wait    sim.Duration
	callers []waiting
	free    []uint32
	gaveUp  sim.Event[uint32]
}

type waiting struct {
	caller message.Caller
	token  uint64
}

// NewClosed returns a database that is out of reach for the component of the name. Its clients give up after a while,
// and count with the VPC that the database is in.
func NewClosed(eng *sim.Engine, name string, in *Network, wait sim.Duration) *Closed {
	c := &Closed{network: in, eng: eng, wait: wait}
	c.gaveUp = sim.NewEvent(eng, name+"/unreachable", c.giveUp)
	return c
}

// Call waits for a connection that does not come.
func (c *Closed) Call(caller message.Caller, token uint64, _ calls.Request) uint64 {
	c.Query(caller, token, 0)
	return 0
}

// GiveUp does nothing: the answer is passed over.
func (c *Closed) GiveUp(uint64) {}

// Query waits for a connection that does not come.
func (c *Closed) Query(caller message.Caller, token uint64, _ sim.Duration) {
	if len(c.free) == 0 {
		c.free = append(c.free, uint32(len(c.callers)))
		c.callers = append(c.callers, waiting{})
	}
	slot := c.free[len(c.free)-1]
	c.free = c.free[:len(c.free)-1]
	c.callers[slot] = waiting{caller, token}
	c.network.Refused.Inc()
	c.gaveUp.After(c.wait, slot)
}

// Reset does nothing: no connection was open.
func (c *Closed) Reset() {}

// giveUp is the event that a client has waited for long enough.
func (c *Closed) giveUp(slot uint32) {
	w := c.callers[slot]
	c.callers[slot] = waiting{}
	c.free = append(c.free, slot)
	w.caller.Answered(w.token, ErrUnreachable)
}
