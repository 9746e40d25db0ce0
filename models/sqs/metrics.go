package sqs

import (
	"weir/models/meter"
	"weir/sim"
)

// Metrics declares what the queue publishes in CloudWatch (SQS developer guide, sqs-available-cloudwatch-metrics.md).
// The numbers of messages are exact at the end of each minute. It is called before the run.
func (q *Queue) Metrics(declare func(meter.Metric)) {
	if q.apparent == nil {
		q.apparent = new(apparent)
	}
	a := &activity{q: q}
	say := func(m meter.Metric) {
		m.Absent, m.Delay = a.absent, a.delay
		declare(m)
	}
	gauge := func(name, unit string, read func(sim.Time) float64) {
		say(meter.Metric{Name: name, Unit: unit, Kind: meter.Gauge, Read: read})
	}
	gauge("ApproximateNumberOfMessagesVisible", "Count", func(sim.Time) float64 { return float64(q.Visible.Value()) })
	gauge("ApproximateNumberOfMessagesNotVisible", "Count", func(sim.Time) float64 { return float64(q.InFlight.Value()) })
	gauge("ApproximateNumberOfMessagesDelayed", "Count", func(sim.Time) float64 { return float64(q.Delayed.Value()) })
	gauge("ApproximateAgeOfOldestMessage", "Seconds", func(sim.Time) float64 { return q.apparent.age(q).Seconds() })
	say(meter.CountOf("NumberOfMessagesSent", &q.Sent))
	say(meter.CountOf("NumberOfMessagesReceived", &q.Received))
	say(meter.CountOf("NumberOfMessagesDeleted", &q.Deleted))
	say(meter.CountOf("NumberOfEmptyReceives", &q.EmptyReceives))
	size := meter.ShareOf("SentMessageSize", &q.sentBytes, &q.Sent)
	size.Unit = "Bytes"
	say(size)
}

// activity is since when a queue publishes metrics. AWS: "a queue is considered active for up to 6 hours from the last
// activity", which is a message in it or an action on it, and metrics of one that becomes active again come late.
type activity struct {
	q      *Queue
	looked sim.Time
	count  uint64   // of actions, at the last look
	active sim.Time // when there was activity last
	woken  sim.Time // when the queue became active again
	asleep bool
}

// look sees whether there was activity since the last look.
func (a *activity) look(now sim.Time) {
	if now == a.looked {
		return
	}
	a.looked = now
	q := a.q
	count := q.billed() + q.ArrivedDead.Value()
	counted := count > a.count || count < a.count && count > 0 // a new window begins at 0
	if counted || q.Visible.Value() > 0 || q.InFlight.Value() > 0 || q.Delayed.Value() > 0 {
		if a.asleep {
			a.asleep, a.woken = false, now
		}
		a.active = now
	}
	a.count = count
	a.asleep = now.Sub(a.active) > q.limit.MetricsActive.Sim()
}

// absent reports whether the queue publishes nothing, because it is inactive.
func (a *activity) absent(now sim.Time) bool {
	a.look(now)
	return a.asleep
}

// delay returns how much longer a datapoint takes that ends now: after the queue became active again, all come when the
// delay since then is over.
func (a *activity) delay(now sim.Time) sim.Duration {
	a.look(now)
	if a.woken == 0 {
		return 0
	}
	return max(a.woken.Add(a.q.limit.MetricsWake.Sim()).Sub(now), 0)
}
