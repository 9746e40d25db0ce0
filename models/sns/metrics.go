package sns

import (
	"weir/models/meter"
	"weir/sim/measure"
)

// Metrics declares what the topic publishes in CloudWatch (SNS developer guide, sns-monitoring-using-cloudwatch.md). A
// minute without such an event has no datapoint.
func (t *Topic) Metrics(declare func(meter.Metric)) {
	for _, c := range []struct {
		name  string
		count *measure.Counter
	}{
		{"NumberOfMessagesPublished", &t.Published},
		{"NumberOfNotificationsDelivered", &t.Delivered},
		{"NumberOfNotificationsFailed", &t.Lost},
		{"NumberOfNotificationsFilteredOut", &t.Filtered},
		{"NumberOfNotificationsRedrivenToDlq", &t.DeadLettered},
	} {
		m := meter.CountOf(c.name, c.count)
		m.Sparse = true
		declare(m)
	}
}
