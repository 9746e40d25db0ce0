package experiments

import (
	"fmt"

	"weir/experiments/scenario"
	"weir/models/cloudwatch"
	"weir/models/deploy"
	"weir/models/lambda"
	"weir/models/meter"
	"weir/models/spec"
	"weir/sim"
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
	d := deploy.New(b.eng, c.Path(), s, alias)
	for i := range s.Alarms {
		link := s.Alarms[i].Alarm
		if link == nil {
			continue
		}
		field := fmt.Sprintf("alarms[%d]", i)
		if b.built[*link] == nil {
			b.fail(c, field, "there is no alarm %s%s", link, spec.DidYouMean(link.Name, b.alarmNames()))
			continue
		}
		if a, found := linked[*cloudwatch.Alarm](b, c, field, *link); found {
			d.Watch(func() bool { return a.State() == cloudwatch.Alarming })
			a.Notify(rollback{d})
		}
	}
	return d
}

// rollback is an alarm's action that stops a deployment.
type rollback struct{ *deploy.Deployment }

// Alarmed stops the deployment when the alarm is in ALARM.
func (r rollback) Alarmed(_ sim.Time, state cloudwatch.State, _ float64) {
	if state == cloudwatch.Alarming {
		r.Raised()
	}
}

// Repeats reports that the deployment is told once.
func (rollback) Repeats() bool { return false }
