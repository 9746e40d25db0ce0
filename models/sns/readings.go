package sns

import (
	"weir/models/aws"
	"weir/models/message"
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// bill is what a topic is charged for.
type bill struct {
	Requests       measure.Counter // publish calls; of a standard topic each 64 KB of payload counts as one
	PublishedBytes measure.Counter
	ScannedBytes   measure.Counter // that filter policies on bodies looked at

	// Of a FIFO topic: a message counts once for each subscription, filtered out or not.
	SubscriptionMessages, SubscriptionBytes measure.Counter

	// Of a standard topic: copies delivered, each 64 KB counts as one.
	ToQueues, ToWeb, ToEmail, ToSMS, ToApplications, ToFirehose measure.Counter
}

// requests returns how many requests a publish call with the given payload is billed as.
func (t *Topic) requests(payloadBytes int64) int64 {
	if t.spec.FIFOTopic {
		return 1 // its bytes are charged by themselves
	}
	return aws.BilledRequests(payloadBytes)
}

// billPublished meters what a message costs at one subscription before any delivery.
func (t *Topic) billPublished(s *subscription, m *message.Message) {
	n, bytes := uint64(s.spec.Subscribers), uint64(m.SizeBytes)
	if f := s.spec.Filter; f != nil && f.Scope == FilterBody {
		t.ScannedBytes.Add(n * bytes)
	}
	if t.spec.FIFOTopic {
		t.SubscriptionMessages.Add(n)
		t.SubscriptionBytes.Add(n * bytes)
	}
}

// billDelivered meters a delivery.
func (t *Topic) billDelivered(p Protocol, sizeBytes uint32) {
	units := uint64(aws.BilledRequests(int64(sizeBytes)))
	switch p {
	case ProtocolSQS:
		t.ToQueues.Add(units)
	case ProtocolHTTP, ProtocolHTTPS:
		t.ToWeb.Add(units)
	case ProtocolEmail:
		t.ToEmail.Add(units)
	case ProtocolSMS:
		t.ToSMS.Add(units)
	case ProtocolApplication:
		t.ToApplications.Add(units)
	case ProtocolFirehose:
		t.ToFirehose.Add(units)
	}
}

// Name returns the topic's path in the scenario.
func (t *Topic) Name() string { return t.name }

// Kind returns "sns.topic".
func (t *Topic) Kind() string { return "sns.topic" }

// Reset begins the window of observation. The level keeps its present value.
func (t *Topic) Reset(now sim.Time) {
	slowest := t.Slowest
	slowest.Reset()
	t.Stats = Stats{Backlog: t.Backlog, Slowest: slowest}
	t.Backlog.Reset(now)
}

// Figures reports the topic's figures of the window.
func (t *Topic) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("backlog_mean", "copies", t.Backlog.Mean(now))
	report("backlog_max", "copies", float64(t.Backlog.Max()))
	report("backlog_end", "copies", float64(t.Backlog.Value()))
	for _, c := range []struct {
		name, unit string
		value      uint64
	}{
		{"published", "messages", t.Published.Value()},
		{"throttled", "calls", t.Throttled.Value()},
		{"deduplicated", "messages", t.Deduplicated.Value()},
		{"filtered", "copies", t.Filtered.Value()},
		{"delivered", "copies", t.Delivered.Value()},
		{"retries", "attempts", t.Retries.Value()},
		{"dead_lettered", "copies", t.DeadLettered.Value()},
		{"lost", "copies", t.Lost.Value()},
		{"incomplete", "messages", t.Incomplete.Value()},
		{"requests_billed", "requests", t.Requests.Value()},
	} {
		report(c.name, c.unit, float64(c.value))
	}
	for _, q := range []struct {
		name string
		p    float64
	}{{"slowest_branch_p50_s", 0.5}, {"slowest_branch_p90_s", 0.9}, {"slowest_branch_p99_s", 0.99}} {
		ns, ok := t.Slowest.Quantile(q.p)
		report(q.name, "s", meter.SecondsOrNone(ns, ok))
	}
	report("slowest_branch_max_s", "s", meter.SecondsOrNone(t.Slowest.Max(), t.Slowest.Count() > 0))
}

// Curves declares the topic's quantities over time.
func (t *Topic) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "backlog", Unit: "copies", Kind: meter.Mean, Read: t.Backlog.Integral})
	for _, c := range []struct {
		name, unit string
		counter    *measure.Counter
	}{
		{"published", "messages/s", &t.Published},
		{"throttled", "calls/s", &t.Throttled},
		{"filtered", "copies/s", &t.Filtered},
		{"delivered", "copies/s", &t.Delivered},
		{"retries", "attempts/s", &t.Retries},
		{"dead_lettered", "copies/s", &t.DeadLettered},
		{"lost", "copies/s", &t.Lost},
	} {
		declare(meter.Curve{Name: c.name, Unit: c.unit, Kind: meter.Rate, Read: func(sim.Time) float64 {
			return float64(c.counter.Value())
		}})
	}
}

// Usage reports the requests, the deliveries that are charged and the bytes that filters looked at. Deliveries to
// queues are free.
func (t *Topic) Usage(_ sim.Time, report func(item, variant string, quantity float64)) {
	for _, line := range []struct {
		item     string
		of       bool
		quantity float64
	}{
		{"sns.requests", !t.spec.FIFOTopic, float64(t.Requests.Value())},
		{"sns.deliveries.http", !t.spec.FIFOTopic && t.reaches(Protocol.web), float64(t.ToWeb.Value())},
		{"sns.deliveries.email", t.reaches(ProtocolEmail.is), float64(t.ToEmail.Value())},
		{"sns.deliveries.sms", t.reaches(ProtocolSMS.is), float64(t.ToSMS.Value())},
		{"sns.deliveries.push", t.reaches(ProtocolApplication.is), float64(t.ToApplications.Value())},
		{"sns.deliveries.firehose", t.reaches(ProtocolFirehose.is), float64(t.ToFirehose.Value())},
		{"sns.fifo.requests", t.spec.FIFOTopic, float64(t.Requests.Value())},
		{"sns.fifo.published_gb", t.spec.FIFOTopic, float64(t.PublishedBytes.Value()) / aws.GB},
		{"sns.fifo.deliveries", t.spec.FIFOTopic, float64(t.SubscriptionMessages.Value())},
		{"sns.fifo.delivered_gb", t.spec.FIFOTopic, float64(t.SubscriptionBytes.Value()) / aws.GB},
		{"sns.filtered_gb", t.ScannedBytes.Value() > 0, float64(t.ScannedBytes.Value()) / aws.GB},
	} {
		if line.of {
			report(line.item, "", line.quantity)
		}
	}
}

// is reports whether another protocol is the same.
func (p Protocol) is(other Protocol) bool { return p == other }

// reaches reports whether the topic has a subscription of a protocol.
func (t *Topic) reaches(of func(Protocol) bool) bool {
	for i := range t.subscriptions {
		if of(t.subscriptions[i].Protocol) {
			return true
		}
	}
	return false
}

// Name returns the endpoint's path in the scenario.
func (e *Endpoint) Name() string { return e.name }

// Kind returns "sns.endpoint".
func (e *Endpoint) Kind() string { return "sns.endpoint" }

// Paths returns the paths that end at the endpoint, one for each origin of its messages.
func (e *Endpoint) Paths() []*message.Path { return e.paths.All() }

// Reset begins the window of observation. The level keeps its present value.
func (e *Endpoint) Reset(now sim.Time) {
	e.EndpointStats = EndpointStats{Busy: e.Busy}
	e.Busy.Reset(now)
	for _, p := range e.Paths() {
		p.Reset()
	}
}

// Figures reports the endpoint's figures of the window.
func (e *Endpoint) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("busy_mean", "deliveries", e.Busy.Mean(now))
	report("busy_max", "deliveries", float64(e.Busy.Max()))
	report("processed", "messages", float64(e.Processed.Value()))
	report("failed", "deliveries", float64(e.Failed.Value()))
	report("unavailable", "deliveries", float64(e.Unavailable.Value()))
	report("refused", "deliveries", float64(e.Refused.Value()))
	report("timed_out", "deliveries", float64(e.TimedOut.Value()))
}

// Curves declares the endpoint's quantities over time.
func (e *Endpoint) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "busy", Unit: "deliveries", Kind: meter.Mean, Read: e.Busy.Integral})
	declare(meter.Curve{Name: "processed", Unit: "messages/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(e.Processed.Value())
	}})
}

// Usage reports nothing: the topic is billed for the deliveries, and the endpoint's machines stand outside the design.
func (e *Endpoint) Usage(sim.Time, func(item, variant string, quantity float64)) {}
