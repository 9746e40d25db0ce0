package experiments

import (
	"weir/experiments/scenario"
	"weir/models/deploy"
	"weir/models/lambda"
	"weir/models/meter"
)

// deploymentKind is the section of deployments, of functions that are built before them.
var deploymentKind = kind{
	scenario.SectionOf[deploy.Spec]("deployments", "CodeDeploy deployments of functions' new versions, by name."),
	buildDeployment,
}

func buildDeployment(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*deploy.Spec)
	alias, ok := linked[deploy.Alias](b, c, "of", s.Of)
	function := b.doc.Component(s.Of)
	if !ok || function == nil {
		return nil
	}
	if f, is := function.Spec.(*lambda.Spec); is && f.NewVersion == nil {
		b.fail(c, "of", "%s has no new_version that could be deployed", s.Of)
		return nil
	}
	return deploy.New(b.eng, c.Path(), s, alias)
}
