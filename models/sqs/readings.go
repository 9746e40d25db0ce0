package sqs

import (
	"fmt"
	"math"

	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Kind returns "sqs.queue".
func (q *Queue) Kind() string { return "sqs.queue" }

// Reset begins the window of observation. Levels keep their present value.
func (q *Queue) Reset(now sim.Time) {
	visible, inFlight, delayed := q.Visible, q.InFlight, q.Delayed
	q.Stats = Stats{Visible: visible, InFlight: inFlight, Delayed: delayed}
	q.Visible.Reset(now)
	q.InFlight.Reset(now)
	q.Delayed.Reset(now)
	if q.fair != nil {
		q.fair.reset()
	}
}

// Figures reports the queue's figures of the window.
func (q *Queue) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("visible_mean", "messages", q.Visible.Mean(now))
	report("visible_max", "messages", float64(q.Visible.Max()))
	report("visible_end", "messages", float64(q.Visible.Value()))
	report("in_flight_mean", "messages", q.InFlight.Mean(now))
	report("in_flight_max", "messages", float64(q.InFlight.Max()))
	report("delayed_mean", "messages", q.Delayed.Mean(now))
	report("oldest_age_end_s", "s", q.OldestAge().Seconds())
	for _, c := range []struct {
		name, unit string
		value      uint64
	}{
		{"sent", "messages", q.Sent.Value()},
		{"received", "deliveries", q.Received.Value()},
		{"redelivered", "deliveries", q.Redelivered.Value()},
		{"deleted", "messages", q.Deleted.Value()},
		{"empty_receives", "calls", q.EmptyReceives.Value()},
		{"over_limit", "calls", q.OverLimit.Value()},
		{"expired", "messages", q.Expired.Value()},
		{"purged", "messages", q.Purged.Value()},
		{"dead_lettered", "messages", q.Moved.Value()},
		{"dead_lettered_processed", "messages", q.MovedProcessed.Value()},
		{"arrived_dead", "messages", q.ArrivedDead.Value()},
		{"arrived_dead_processed", "messages", q.ArrivedDeadProcessed.Value()},
		{"redriven", "messages", q.Redriven.Value()},
		{"duplicated", "messages", q.Duplicated.Value()},
		{"repeated", "messages", q.Repeated.Value()},
		{"throttled", "calls", q.Throttled.Value()},
		{"requests_billed", "requests", q.billed()},
	} {
		report(c.name, c.unit, float64(c.value))
	}
	q.timeToDLQ(report)
	if q.fair != nil {
		q.fair.figures(report)
	}
}

// timeToDLQ reports how old messages were, since their birth, when they came here as dead letters.
func (q *Queue) timeToDLQ(report func(name, unit string, value float64)) {
	mean, p50, p99 := math.NaN(), math.NaN(), math.NaN()
	if h := q.TimeToDLQ; h != nil {
		mean = h.Mean() / float64(sim.Second)
		ns, ok := h.Quantile(0.5)
		p50 = meter.SecondsOrNone(ns, ok)
		ns, ok = h.Quantile(0.99)
		p99 = meter.SecondsOrNone(ns, ok)
	}
	report("time_to_dlq_mean_s", "s", mean)
	report("time_to_dlq_p50_s", "s", p50)
	report("time_to_dlq_p99_s", "s", p99)
}

// Curves declares the queue's quantities over time.
func (q *Queue) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "visible", Unit: "messages", Kind: meter.Mean, Read: q.Visible.Integral})
	declare(meter.Curve{Name: "in_flight", Unit: "messages", Kind: meter.Mean, Read: q.InFlight.Integral})
	declare(meter.Curve{Name: "delayed", Unit: "messages", Kind: meter.Mean, Read: q.Delayed.Integral})
	declare(meter.Curve{Name: "oldest_age_s", Unit: "s", Kind: meter.Instant, Read: func(sim.Time) float64 {
		return q.OldestAge().Seconds()
	}})
	declare(meter.Curve{Name: "sent", Unit: "messages/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(q.Sent.Value())
	}})
	if q.fifo != nil {
		declare(meter.RateOf("throttled", "calls/s", &q.Throttled))
	}
	declare(meter.Curve{Name: "deleted", Unit: "messages/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(q.Deleted.Value())
	}})
}

// Usage reports the requests billed.
func (q *Queue) Usage(_ sim.Time, report func(item, variant string, quantity float64)) {
	if q.fair != nil {
		report("sqs.requests.fair", "", float64(q.billed())) // on top of the standard price
	}
	if q.fifo == nil {
		report("sqs.requests.standard", "", float64(q.billed()))
		return
	}
	other := q.Requests[ActionOther].Value() // at the standard price in FIFO queues, too
	report("sqs.requests.fifo", "", float64(q.billed()-other))
	report("sqs.requests.standard", "", float64(other))
}

func (q *Queue) billed() (total uint64) {
	for i := range q.Requests {
		total += q.Requests[i].Value()
	}
	return total
}

// tenantsTold is how many tenants have a figure of their own: those of the lowest keys.
const tenantsTold = 10

// figures reports how long messages waited for their first delivery, of quiet tenants, of noisy ones and by tenant.
func (f *fair) figures(report func(name, unit string, value float64)) {
	report("noisy_tenants_max", "tenants", float64(f.noisyMost))
	for _, of := range []struct {
		name  string
		dwell *measure.Histogram
	}{{"quiet", f.quietDwell}, {"noisy", f.noisyDwell}} {
		report("dwell_"+of.name+"_mean_s", "s", of.dwell.Mean()/float64(sim.Second))
		p99, ok := of.dwell.Quantile(0.99)
		report("dwell_"+of.name+"_p99_s", "s", meter.SecondsOrNone(p99, ok))
	}
	for key := range uint32(tenantsTold) {
		mean := math.NaN()
		if number, ok := f.number[key]; ok {
			mean = f.states[number].dwell.Mean() / float64(sim.Second)
		}
		report(fmt.Sprintf("dwell_tenant_%d_mean_s", key), "s", mean)
	}
}
