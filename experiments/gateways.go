package experiments

import (
	"weir/experiments/scenario"
	"weir/models/gateway"
	"weir/models/lambda"
	"weir/models/meter"
	"weir/models/sdk"
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
	if b.gateways == nil {
		b.gateways = gateway.NewAccount(limit)
	}
	return gateway.New(b.eng, b.store, c.Path(), s, limit, target, b.gateways, b.doc.Run.HistogramDigits)
}
