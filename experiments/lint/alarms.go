package lint

import (
	"fmt"
	"strings"

	"weir/models/cloudwatch"
	"weir/models/deploy"
	"weir/models/kinesis"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/results"
	"weir/sim"
)

// Sources of the rules of alarms.
const (
	guideAlarm   = "CloudWatch user guide, AlarmThatSendsEmail.md (awsdocs/amazon-cloudwatch-user-guide @fbd27d4)"
	guideMetrics = "SQS developer guide, docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"
	guideDeploy  = "CodeDeploy user guide, monitoring-create-alarms.md (awsdocs/aws-codedeploy-user-guide @ab01eb2)"
)

const (
	metricOldest  = "ApproximateAgeOfOldestMessage"
	metricVisible = "ApproximateNumberOfMessagesVisible"
)

var alarmRules = []Rule{
	{
		ID: "age-alarm-after-loss", Severity: results.LintWarning,
		Title: "an alarm on the age of messages fires when they expire already",
		Reason: "A message that is older than the retention is deleted: no age above it is ever seen. For streams AWS holds half of the " +
			"retention for a risk of losing data.",
		Source: guideReaders, Date: "2022-08", check: ageAfterLoss,
	},
	{
		ID: "age-alarm-blind-to-poison", Severity: results.LintAdvice,
		Title: "an alarm on the age of messages does not see those that are received again and again",
		Reason: "A message of a standard queue that was received three times without a delete goes to the back of the queue, and no longer " +
			"counts for the age of the oldest message.",
		Source: guideMetrics, Date: "2026", check: ageBlind,
	},
	{
		ID: "alarm-cannot-fire-in-time", Severity: results.LintWarning,
		Title: "an alarm needs more datapoints than its time allows",
		Reason: "An alarm fires when as many of its latest datapoints breach as it asks for, each of a period: it cannot fire before these " +
			"have passed.",
		Source: guideAlarm, Date: "2023-05", check: cannotFire,
	},
	{
		ID: "silence-does-not-alarm", Severity: results.LintWarning,
		Title: "an alarm on too little activity of a function does not fire when there is none",
		Reason: "Lambda publishes its metrics when the function is invoked: without invocations there is no datapoint, and missing data " +
			"breaches only where treat_missing_data says so.",
		Source: guideAlarm, Date: "2023-05", check: silence,
	},
	{
		ID: "dead-letters-unwatched", Severity: results.LintAdvice,
		Title:  "a design with alarms has none on a dead-letter queue",
		Reason: "An alarm for any message that is delivered to a dead-letter queue is what such queues are for: nothing else tells of them.",
		Source: guideDead, Date: "2018", check: deadUnwatched,
	},
	{
		ID: "stream-lag-unwatched", Severity: results.LintAdvice,
		Title: "a design with alarms has none on how far the readers of a stream are behind",
		Reason: "A reader that falls behind loses records when they are older than the retention. The age of the iterator is the metric to " +
			"watch.",
		Source: guideReaders, Date: "2022-08", check: lagUnwatched,
	},
	{
		ID: "deployment-without-alarm", Severity: results.LintWarning,
		Title: "nothing stops a deployment that goes wrong",
		Reason: "CodeDeploy stops a deployment, and rolls it back, when one of its alarms fires. Without an alarm or a hook all traffic goes " +
			"to the new version, however it does.",
		Source: guideDeploy, Date: "2023-05", check: deploymentUnwatched,
	},
}

func ageAfterLoss(d *design, report func(hit)) {
	each(d, func(link spec.Link, a *cloudwatch.Spec) {
		if a.Of == nil || a.Comparison != cloudwatch.Greater && a.Comparison != cloudwatch.GreaterOrEqual {
			return
		}
		var retention sim.Duration
		threshold := a.Threshold
		switch s := at[kinesis.Spec](d, *a.Of); {
		case a.Metric == metricOldest && at[sqs.Spec](d, *a.Of) != nil:
			retention = at[sqs.Spec](d, *a.Of).Retention.Sim()
		case strings.Contains(a.Metric, "IteratorAgeMilliseconds") && s != nil:
			retention, threshold = d.retentionOf(s), threshold/1000
		default:
			return
		}
		if threshold < retention.Seconds() {
			return
		}
		report(hit{
			of: link, field: "threshold",
			text: fmt.Sprintf("is %s, and %s deletes what is older than %s: when it is reached, messages are lost already",
				seconds(threshold), a.Of, spec.Duration(retention)),
			fix:     []string{fmt.Sprintf("%s.threshold=%g", link, a.Threshold/threshold*retention.Seconds()/2)},
			figures: []figure{of("alarms", link), of("first_alarm_at_s", link)},
		})
	})
}

func ageBlind(d *design, report func(hit)) {
	back := int(min(d.queues.BackOfQueueReceives, 1<<30))
	each(d, func(link spec.Link, a *cloudwatch.Spec) {
		if a.Of == nil || a.Metric != metricOldest || spec.IsFIFO(*a.Of) || back == 0 {
			return
		}
		s := at[sqs.Spec](d, *a.Of)
		if s == nil || s.Redrive != nil && s.Redrive.MaxReceiveCount <= back {
			return
		}
		fails := false
		for _, c := range d.consumers(*a.Of) {
			fails = fails || d.canFail(c.link)
		}
		if fails {
			report(hit{
				of: link, field: "metric",
				text: fmt.Sprintf("does not count the messages of %s that failed %d times, and they come back until %s", a.Of, back,
					until(s)),
			})
		}
	})
}

// until says until when messages come back.
func until(s *sqs.Spec) string {
	if s.Redrive != nil {
		return fmt.Sprintf("they were received %d times", s.Redrive.MaxReceiveCount)
	}
	return "they are " + s.Retention.String() + " old"
}

func cannotFire(d *design, report func(hit)) {
	each(d, func(link spec.Link, a *cloudwatch.Spec) {
		e := a.Expect
		if e == nil || e.FiresWithin == nil || e.After.Event != "" || e.After.At > 0 || a.Rule != nil {
			return // what breaches may have begun before a time of the run
		}
		needed := a.EvaluationPeriods
		if a.DatapointsToAlarm != nil {
			needed = *a.DatapointsToAlarm
		}
		takes := float64(needed-1) * a.Period.Sim().Seconds()
		if takes <= e.FiresWithin.Sim().Seconds() {
			return
		}
		report(hit{
			of: link, field: "evaluation_periods",
			text: fmt.Sprintf("%d datapoints of %s must breach, which takes %s at the least, and it is to fire within %s", needed, a.Period,
				rounded(takes), e.FiresWithin),
		})
	})
}

// activity are the metrics of a function that come with its invocations.
var activity = []string{"Invocations", "Duration", "Errors", "ConcurrentExecutions"}

func silence(d *design, report func(hit)) {
	each(d, func(link spec.Link, a *cloudwatch.Spec) {
		if a.Of == nil || a.Of.Section != "functions" || a.Missing == "breaching" ||
			a.Comparison != cloudwatch.Less && a.Comparison != cloudwatch.LessOrEqual {
			return
		}
		for _, m := range activity {
			if a.Metric != m {
				continue
			}
			report(hit{
				of: link, field: "treat_missing_data",
				text: fmt.Sprintf("is %s: %s has no datapoint of %s when nothing is invoked, and the alarm is not in ALARM then", a.Missing, a.Of,
					m),
				fix:     []string{link.String() + ".treat_missing_data=breaching"},
				figures: []figure{of("alarms", link), of("in_alarm_s", link)},
			})
		}
	})
}

// watched reports whether the scenario describes alarms, and whether one looks at a component, by a metric whose name
// has a part.
func (d *design) watched(link spec.Link, part string) (alarms, this bool) {
	looks := func(of *spec.Link, metric string) {
		this = this || of != nil && *of == link && strings.Contains(metric, part)
	}
	each(d, func(_ spec.Link, a *cloudwatch.Spec) {
		alarms = true
		looks(a.Of, a.Metric)
		for _, m := range a.Metrics {
			looks(&m.Of, m.Metric)
		}
	})
	each(d, func(_ spec.Link, c *cloudwatch.CustomSpec) {
		for _, m := range c.Metrics {
			looks(&m.Of, m.Metric)
		}
	})
	return alarms, this
}

func deadUnwatched(d *design, report func(hit)) {
	told := map[spec.Link]bool{}
	each(d, func(_ spec.Link, s *sqs.Spec) {
		if s.Redrive == nil || told[s.Redrive.To] {
			return
		}
		dead := s.Redrive.To
		told[dead] = true
		if alarms, this := d.watched(dead, ""); !alarms || this || len(d.consumers(dead)) > 0 {
			return
		}
		h := hit{of: dead, text: "is a dead-letter queue, and no alarm looks at it"}
		name := spec.Link{Section: "alarms", Name: dead.Name + "_arrived"}
		if d.doc.Component(name) == nil && !spec.IsFIFO(dead) {
			h.fix = []string{fmt.Sprintf("%s={of: %s, metric: %s, statistic: Maximum, threshold: 1}", name, dead, metricVisible)}
		}
		report(h)
	})
}

func lagUnwatched(d *design, report func(hit)) {
	each(d, func(link spec.Link, _ *kinesis.Spec) {
		alarms, this := d.watched(link, "IteratorAge")
		readers := 0
		for _, found := range d.doc.Links {
			if found.Link != link || found.Flow != "in" {
				continue
			}
			readers++
			owner, _ := d.component(strings.Join(spec.SplitPath(found.Path)[:2], "."))
			for _, part := range []string{"Age", "MillisBehindLatest", "Freshness"} {
				_, by := d.watched(owner, part)
				this = this || by
			}
		}
		if alarms && !this && readers > 0 {
			report(hit{of: link, text: "has readers, and no alarm looks at how far they are behind"})
		}
	})
}

func deploymentUnwatched(d *design, report func(hit)) {
	each(d, func(link spec.Link, s *deploy.Spec) {
		if len(s.Alarms) > 0 || s.BeforeAllowTraffic != nil || s.AfterAllowTraffic != nil {
			return
		}
		report(hit{
			of: link, field: "alarms", text: fmt.Sprintf("there is neither an alarm nor a hook: a version of %s that fails gets all traffic",
				s.Of),
			fix:     []string{link.String() + ".alarms=[{error_share: 1%}]"},
			figures: []figure{of("new_version_errors", link), of("share_max", link)},
		})
	})
}
