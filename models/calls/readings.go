package calls

import (
	"weir/models/aws"
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Name returns the path of the component and of what it calls.
func (g *Group) Name() string { return g.name }

// Kind returns "calls".
func (g *Group) Kind() string { return "calls" }

// Reset begins the window of observation. The level keeps its present value.
func (g *Group) Reset(now sim.Time) {
	g.Stats = Stats{UnderWay: g.UnderWay, Latency: measure.NewHistogram()}
	g.UnderWay.Reset(now)
}

// Figures reports the figures of the calls in the window.
func (g *Group) Figures(now sim.Time, report func(name, unit string, value float64)) {
	for _, c := range []struct {
		name, unit string
		count      *measure.Counter
	}{
		{"calls", "calls", &g.Calls}, {"attempts", "attempts", &g.Attempts}, {"retries", "attempts", &g.Retries},
		{"timed_out", "attempts", &g.TimedOut}, {"failed", "attempts", &g.Failed},
		{"short_circuited", "attempts", &g.ShortCircuit}, {"bulkhead_full", "attempts", &g.Full},
		{"circuit_opened", "times", &g.Opened}, {"retries_without_tokens", "attempts", &g.NoTokens},
		{"given_up", "calls", &g.GaveUp}, {"passed_over", "calls", &g.PassedOver}, {"misses", "calls", &g.Misses},
	} {
		report(c.name, c.unit, float64(c.count.Value()))
	}
	amplification := 1.0
	if calls := g.Calls.Value(); calls > 0 {
		amplification = float64(g.Attempts.Value()) / float64(calls)
	}
	report("amplification", "attempts/call", amplification)
	report("under_way_mean", "attempts", g.UnderWay.Mean(now))
	report("latency_mean_s", "s", g.Latency.Mean()/float64(sim.Second)) // NaN when there was none
	p99, ok := g.Latency.Quantile(0.99)
	report("latency_p99_s", "s", meter.SecondsOrNone(p99, ok))
}

// Curves declares the calls over time.
func (g *Group) Curves(declare func(meter.Curve)) {
	for _, c := range []struct {
		name  string
		count *measure.Counter
	}{{"calls", &g.Calls}, {"attempts", &g.Attempts}, {"given_up", &g.GaveUp}} {
		declare(meter.Curve{Name: c.name, Unit: c.name + "/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
			return float64(c.count.Value())
		}})
	}
}

// Usage reports the bytes that crossed zones, which are charged where they leave and where they arrive. The callee
// reports what it bills by itself.
func (g *Group) Usage(_ sim.Time, report func(item, variant string, quantity float64)) {
	if g.crossed > 0 {
		report("transfer.cross_az_gb", "", 2*g.crossed/aws.GB)
	}
}
