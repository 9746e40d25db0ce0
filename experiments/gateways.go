package experiments

import (
	"weir/experiments/scenario"
	"weir/models/ec2"
	"weir/models/gateway"
	"weir/models/lambda"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/models/spec"
)

// gatewaySection is the key of the section of gateways.
const gatewaySection = "gateways"

// gatewayKind is the section of what stands in front of functions, which are built before.
var gatewayKind = kind{
	scenario.SectionOf[gateway.Spec](gatewaySection, "Gateways to functions for HTTP requests, by name."), buildGateway,
}

func buildGateway(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*gateway.Spec)
	limit := new(gateway.Limits)
	b.profile.Fill(limit)
	if fleet, ok := b.doc.Component(s.To).Spec.(*ec2.Spec); ok {
		return b.balancer(c, s, limit, fleet)
	}
	target, ok := linked[sdk.Target](b, c, "to", s.To)
	if !ok {
		return nil
	}
	function, _ := b.doc.Component(s.To).Spec.(*lambda.Spec)
	for _, problem := range gateway.Check(s, limit) {
		b.fail(c, problem.Field, "%s", problem.Text)
	}
	if edge := s.Type == gateway.CloudFront; function != nil && edge != function.Edge {
		b.fail(c, "to", "%s must say edge: %v to be asked by a gateway of type %s", s.To, edge, s.Type)
	}
	if s.Type == gateway.CloudFront && function != nil {
		b.checkEdge(c, s, function, limit)
	}
	if b.gateways == nil {
		b.gateways = gateway.NewAccount(limit)
	}
	return gateway.New(b.eng, b.store, c.Path(), s, limit, target, b.gateways, b.doc.Run.HistogramDigits)
}

// balancer returns a load balancer in front of a fleet, which is built after it.
func (b *builder) balancer(
	c *scenario.Component, s *gateway.Spec, limit *gateway.Limits, fleet *ec2.Spec,
) meter.Component {
	for _, problem := range gateway.Check(s, limit) {
		b.fail(c, problem.Field, "%s", problem.Text)
	}
	if !serves(fleet) {
		b.fail(c, "to", "%s consumes %s: a fleet that serves requests has no from", s.To, fleet.From.First())
		return nil
	}
	targets := gateway.NewTargets(b.eng, b.store, c.Path(), &s.Targets, fleet.Instances)
	zones := ec2.ZonesOfFixed
	if fleet.Scaling != nil {
		zones = fleet.Scaling.Zones
	}
	return gateway.NewBalancer(b.eng, b.store, c.Path(), s, limit, targets, zones, b.doc.Run.HistogramDigits)
}

// checkEdge refuses a function that is too large or too slow for its event (CloudFront developer guide, quotas on
// Lambda@Edge): at a viewer event 128 MB, 5 s and a package of 1 MB, at an origin event 30 s and 50 MB.
func (b *builder) checkEdge(c *scenario.Component, s *gateway.Spec, f *lambda.Spec, limit *gateway.Limits) {
	timeout, pack := limit.OriginTimeout, spec.Size(50<<20)
	if s.Event == gateway.Viewer {
		timeout, pack = limit.ViewerTimeout, 1<<20
		if f.Memory > 128<<20 {
			b.fail(c, "to", "%s has %s of memory: at a viewer event there are 128MiB", s.To, f.Memory)
		}
	}
	if f.Timeout > timeout {
		b.fail(c, "to", "%s has a timeout of %s: at a %s event AWS allows %s", s.To, f.Timeout, s.Event, timeout)
	}
	if f.Package.Zip > pack {
		b.fail(c, "to", "%s has a package of %s: at a %s event AWS allows %s", s.To, f.Package.Zip, s.Event, pack)
	}
}
