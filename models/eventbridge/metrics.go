package eventbridge

import (
	"weir/models/meter"
	"weir/sim/measure"
)

// Metrics declares what the bus publishes in CloudWatch, of all its rules together (EventBridge user guide, eb-
// monitoring.md). A minute without such an event has no datapoint.
func (b *Bus) Metrics(declare func(meter.Metric)) {
	for _, c := range []struct {
		name  string
		count *measure.Counter
	}{
		{"PutEventsEntriesCount", &b.Put},
		{"TriggeredRules", &b.Matched},
		{"RetryInvocationAttempts", &b.Retries},
		{"SuccessfulInvocationAttempts", &b.Delivered},
		{"FailedInvocations", &b.Lost},
		{"InvocationsSentToDlq", &b.DeadLettered},
		{"PutEventsThrottledRequestsCount", &b.Throttled},
	} {
		m := meter.CountOf(c.name, c.count)
		m.Sparse = true
		declare(m)
	}
}
