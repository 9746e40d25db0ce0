package network

import (
	"testing"

	"weir/models/message"
	"weir/sim"
)

// open is a service that takes everything.
type open struct{ taken int }

func (o *open) SendMessage(message.Ref, sim.Duration) error { o.taken++; return nil }

// "Deploying a Lambda function in a public subnet does not give it internet access"; "in a private subnet it has it
// with a NAT gateway"; "VPC endpoints privately access AWS services without a NAT" (Lambda developer guide,
// foundation-networking.md).
func TestACallNeedsARouteOutOfItsSubnet(t *testing.T) {
	for _, c := range []struct {
		spec          Spec
		nat, endpoint uint64
	}{
		{Spec{Subnets: Public, NATGateways: 1}, 0, 0},
		{Spec{Subnets: Private}, 0, 0},
		{Spec{Subnets: Private, NATGateways: 1}, 1, 0},
		{Spec{Subnets: Public, Endpoints: []Service{"sqs"}}, 0, 1},
		{Spec{Subnets: Private, NATGateways: 1, Endpoints: []Service{"sqs"}}, 0, 1},
		{Spec{Subnets: Private, Endpoints: []Service{"sns"}}, 0, 0},
	} {
		store := message.NewStore(10)
		ref, _ := store.New(0, store.Ledger.Open("p", "p"), 1<<20, 0, 0)
		n, to := New(store, "networks.n", &c.spec), &open{}
		err := n.Route("sqs", to).SendMessage(ref, 0)
		reached := c.nat+c.endpoint > 0
		if (err == nil) != reached || (to.taken == 1) != reached || n.Reaches("sqs") != reached {
			t.Errorf("%+v: %v, %d taken; want it reached: %v", c.spec, err, to.taken, reached)
		}
		if n.ViaNAT.Value() != c.nat || n.ViaEndpoint.Value() != c.endpoint || n.natBytes != c.nat<<20 ||
			n.endpointBytes != c.endpoint<<20 {
			t.Errorf("%+v: %d by NAT and %d by an endpoint, want %d and %d", c.spec, n.ViaNAT.Value(), n.ViaEndpoint.Value(),
				c.nat, c.endpoint)
		}
	}
}

// Gateway endpoints cost nothing, interface endpoints by zone and hour (price list of August 2026).
func TestGatewaysAndEndpointsAreBilledByTheHour(t *testing.T) {
	n := New(message.NewStore(10), "networks.n", &Spec{NATGateways: 2, Zones: 3, Endpoints: []Service{"sqs", "s3", "sns"}})
	hours := map[string]float64{}
	n.Usage(sim.Time(10*sim.Hour), func(item, _ string, quantity float64) { hours[item] = quantity })
	if hours["nat.gateway_hours"] != 20 || hours["vpc.endpoint_hours"] != 60 || hours["vpc.public_ipv4_hours"] != 20 {
		t.Errorf("%v, want 20 hours of gateways and of their addresses, and 60 of endpoints", hours)
	}
}

// caller takes the answer of a query.
type caller struct {
	at  sim.Time
	err error
	eng *sim.Engine
}

func (c *caller) Answered(_ uint64, err error) { c.at, c.err = c.eng.Now(), err }

// A connection to a database in another VPC is never answered: the client gives up.
func TestADatabaseOutOfReachLetsItsClientsWait(t *testing.T) {
	eng := sim.NewEngine(1, 0)
	n := New(message.NewStore(10), "networks.n", &Spec{})
	c := &caller{eng: eng}
	NewClosed(eng, "functions.f", n, sim.Minute).Query(c, 0, sim.Second)
	eng.Run(sim.Time(sim.Hour), 1<<20)
	if c.err != ErrUnreachable || c.at != sim.Time(sim.Minute) || n.Refused.Value() != 1 {
		t.Errorf("answered %v at %v, %d refused", c.err, c.at, n.Refused.Value())
	}
}
