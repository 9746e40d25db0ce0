package sdk

import (
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Name returns the producer's path in the scenario.
func (p *Producer) Name() string { return p.name }

// Kind returns "producer".
func (p *Producer) Kind() string { return "producer" }

// Reset begins the window of observation. The level keeps its present value.
func (p *Producer) Reset(now sim.Time) {
	p.Stats = Stats{Held: p.Held, SendTime: measure.NewHistogram()}
	p.Held.Reset(now)
	p.client.Reset(now)
	if p.asking != nil {
		p.asking.TimedOut = measure.Counter{}
	}
	if p.puts != nil {
		p.puts.PutStats = PutStats{}
	}
	if p.kpl != nil {
		p.kpl.reset(now)
	}
	p.window = now
}

// Figures reports the producer's figures of the window.
func (p *Producer) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("born", "messages", float64(p.Born.Value()))
	report("born_per_s", "messages/s", float64(p.Born.Value())/max(now.Sub(p.window).Seconds(), 1e-9))
	report("rejected", "messages", float64(p.Rejected.Value()))
	p.Rejections.figures(report)
	if p.asking != nil {
		report("failed", "requests", float64(p.Failed.Value()))
		report("timed_out", "attempts", float64(p.asking.TimedOut.Value()))
	}
	if p.kpl == nil {
		report("batch_size_max", "messages", float64(p.size))
	}
	if p.spec.Repeats != nil {
		report("repeated", "messages", float64(p.Repeated.Value()))
	}
	if p.puts != nil {
		p.puts.figures(report)
	}
	if p.kpl != nil {
		p.kpl.figures(now, report)
	}
	report("held_mean", "messages", p.Held.Mean(now))
	report("held_max", "messages", float64(p.Held.Max()))
	report("calls", "calls", float64(p.client.Calls.Value()))
	report("connections", "connections", float64(p.client.connections))
	report("waited_for_connection", "calls", float64(p.client.Waited.Value()))
	report("amplification", "attempts/call", meter.Ratio(p.client.Attempts.Value(), p.client.Calls.Value()))
	report("retries", "attempts", float64(p.client.Retries.Value()))
	report("gave_up", "calls", float64(p.client.GaveUp.Value()))
	report("send_mean_s", "s", p.SendTime.Mean()/float64(sim.Second))
	for _, q := range []struct {
		name string
		p    float64
	}{{"send_p50_s", 0.5}, {"send_p95_s", 0.95}, {"send_p99_s", 0.99}} {
		ns, ok := p.SendTime.Quantile(q.p)
		report(q.name, "s", meter.SecondsOrNone(ns, ok))
	}
}

// Curves declares the producer's quantities over time.
func (p *Producer) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "born", Unit: "messages/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(p.Born.Value())
	}})
	declare(meter.Curve{Name: "held", Unit: "messages", Kind: meter.Mean, Read: p.Held.Integral})
}

// Usage reports nothing: the queue bills the calls, and the producer's own machines are not part of the design.
func (p *Producer) Usage(sim.Time, func(item, variant string, quantity float64)) {}
