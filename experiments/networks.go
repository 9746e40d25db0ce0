package experiments

import (
	"weir/experiments/scenario"
	"weir/models/lambda"
	"weir/models/meter"
	"weir/models/network"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/sim/random"
)

// networkKind is the section of VPCs.
var networkKind = kind{
	scenario.SectionOf[network.Spec]("networks", "VPCs that functions and databases are in, by name."), buildNetwork,
}

func buildNetwork(b *builder, c *scenario.Component) meter.Component {
	return network.New(b.store, c.Path(), c.Spec.(*network.Spec))
}

// services are the services of the sections that a call out of a VPC may lead to.
var services = map[string]network.Service{
	"queues": "sqs", "topics": "sns", functionSection: "lambda", busSection: "events", tableSection: "dynamodb",
	"buckets": "s3",
}

// outOf leads what a function in a VPC sends over its routes. What it cannot reach lets it wait.
func (b *builder) outOf(c *scenario.Component, s *lambda.Spec, to spec.Link, parts *sdk.ForwarderParts) {
	if s.VPC == nil {
		return
	}
	n, ok := linked[*network.Network](b, c, "vpc", *s.VPC)
	if !ok {
		return
	}
	service := services[to.Section]
	parts.To = n.Route(service, parts.To)
	if !n.Reaches(service) {
		parts.Latency = b.connectTimeout()
		parts.Keys = nil
	}
}

// connectTimeout returns how long an SDK waits for a connection.
func (b *builder) connectTimeout() random.Dist {
	k := new(networkConstants)
	b.profile.Fill(k)
	d, err := random.NewConstant(float64(k.ConnectTimeout))
	if err != nil {
		panic(err) // the profile has checked it
	}
	return d
}

type networkConstants struct {
	ConnectTimeout spec.Duration `aws:"sdk.connect_timeout"`
}
