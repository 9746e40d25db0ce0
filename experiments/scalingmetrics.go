package experiments

import (
	"slices"

	"weir/models/cloudwatch"
	"weir/models/ec2"
	"weir/models/meter"
	"weir/models/spec"
	"weir/models/sqs"
	"weir/sim"
)

// queueOf is a queue as a program of the design's own reads it: as often as is asked, and without the delay of SQS's
// metrics.
type queueOf struct {
	queue *sqs.Queue
	fleet *ec2.Fleet
	every sim.Duration
	delay *sim.Duration
}

// backlogPerInstance is the name under which the program publishes what it computes.
const backlogPerInstance = "BacklogPerInstance"

// Metrics declares what the program publishes.
func (q queueOf) Metrics(declare func(meter.Metric)) {
	declare(meter.Metric{
		Name: "ApproximateNumberOfMessagesVisible", Unit: "Count", Kind: meter.Gauge, Every: q.every, Usual: q.delay,
		Read: func(sim.Time) float64 { return float64(q.queue.Visible.Value()) },
	})
	declare(meter.Metric{
		Name: backlogPerInstance, Unit: "Count", Kind: meter.Gauge, Every: q.every, Usual: q.delay,
		Read: func(sim.Time) float64 { // infinite or not a number, and so missing, without instances
			return float64(q.queue.Visible.Value()) / float64(q.fleet.InService())
		},
	})
}

// Metric math of policies: one metric by another, missing where the other is 0.
var (
	ratio = mustMath("m1 / m2")
	share = mustMath("100 * m1 / m2")
)

func mustMath(text string) *cloudwatch.Math {
	m := new(cloudwatch.Math)
	if err := m.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return m
}

// queue returns the queue whose metric a policy looks at, or nil.
func (w *scaler) queue(field string, name ec2.MetricName, of *spec.Link) *sqs.Queue {
	at := w.spec.From.First()
	switch {
	case of != nil && !slices.ContainsFunc(w.spec.From, func(s ec2.SourceSpec) bool { return s.Queue == *of }):
		w.b.fail(w.c, field+".of", "%s is no queue that the fleet consumes", *of)
		return nil
	case of != nil:
		at = *of
	case len(w.spec.From) > 1:
		w.b.fail(w.c, field+".metric", "the fleet consumes %d queues: say whose %s it follows, as in of: %s, and one policy "+
			"for each if need be", len(w.spec.From), name, at)
		return nil
	}
	queue, ok := w.b.built[at].(*sqs.Queue)
	if !ok {
		w.b.fail(w.c, field+".metric", "%s is a metric of a queue, and the fleet consumes none", name)
	}
	return queue
}

// source returns the series that a policy looks at, or nil.
func (w *scaler) source(
	field string, name ec2.MetricName, of *spec.Link, period spec.Duration,
) cloudwatch.Source {
	length := period.Sim()
	fast := length < sim.Minute
	if balancer := w.b.balancerOf(w.c.Link); balancer != nil && name == ec2.MetricRequests {
		return w.watch(field, balancer, "RequestCountPerTarget", cloudwatch.Sum, length)
	}
	var queue *sqs.Queue
	if name != ec2.MetricCPU && name != ec2.MetricBusy {
		if queue = w.queue(field, name, of); queue == nil {
			return nil
		}
	}
	var ofQueue any = queue
	if fast {
		delay := w.k.CustomDelay.Sim()
		ofQueue = queueOf{queue, w.fleet, length, &delay}
	}
	switch {
	case name == ec2.MetricBusy:
		w.fleet.Publish(2, ec2.ThreadsEvery, true)
	case fast && name != ec2.MetricCPU:
		w.fleet.Publish(1, length, false)
	}
	watch := func(of any, metric string, stat cloudwatch.Statistic) cloudwatch.Source {
		return w.watch(field, of, metric, stat, length)
	}
	switch name {
	case ec2.MetricQueueLength:
		return watch(ofQueue, "ApproximateNumberOfMessagesVisible", cloudwatch.Average)
	case ec2.MetricOldestAge:
		return watch(ofQueue, "ApproximateAgeOfOldestMessage", cloudwatch.Maximum)
	case ec2.MetricBacklog:
		if fast {
			return watch(ofQueue, backlogPerInstance, cloudwatch.Average)
		}
		return w.divide(field, ratio, watch(ofQueue, "ApproximateNumberOfMessagesVisible", cloudwatch.Average),
			watch(w.fleet, "GroupInServiceInstances", cloudwatch.Average))
	case ec2.MetricRequests:
		return w.divide(field, ratio, watch(ofQueue, "NumberOfMessagesReceived", cloudwatch.Sum),
			watch(w.fleet, "GroupInServiceInstances", cloudwatch.Average))
	case ec2.MetricBusy:
		return w.divide(field, share, watch(w.fleet, "BusyThreads", cloudwatch.Average),
			watch(w.fleet, "Threads", cloudwatch.Average))
	}
	return watch(w.fleet, "CPUUtilization", cloudwatch.Average)
}

// watch returns the series of a component's metric, or nil.
func (w *scaler) watch(
	field string, of any, metric string, stat cloudwatch.Statistic, period sim.Duration,
) cloudwatch.Source {
	p, ok := of.(meter.Publisher)
	if !ok {
		w.b.fail(w.c, field+".metric", "%s is not published", metric)
		return nil
	}
	s, err := w.b.board().Watch(p, metric, stat, period)
	if err != nil {
		w.b.fail(w.c, field+".period", "%s", err)
		return nil
	}
	return s
}

// divide returns the series of one metric by another.
func (w *scaler) divide(field string, math *cloudwatch.Math, m1, m2 cloudwatch.Source) cloudwatch.Source {
	if m1 == nil || m2 == nil {
		return nil
	}
	e, err := w.b.board().NewExpression(math, cloudwatch.Input{Name: "m1", Source: m1},
		cloudwatch.Input{Name: "m2", Source: m2})
	if err != nil {
		w.b.fail(w.c, field+".metric", "%s", err)
		return nil
	}
	return e
}
