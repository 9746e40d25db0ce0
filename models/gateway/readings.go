package gateway

import (
	"weir/models/aws"
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Name returns the gateway's path in the scenario.
func (g *Gateway) Name() string { return g.name }

// Kind returns "gateway", of every type.
func (g *Gateway) Kind() string { return "gateway" }

// Reset begins the window of observation. The level keeps its present value.
func (g *Gateway) Reset(now sim.Time) {
	g.Stats = Stats{Active: g.Active, Latency: measure.NewHistogram()}
	g.Active.Reset(now)
	g.begun = now
	g.Consumer.Reset()
	if t := g.targets; t != nil {
		t.TargetStats = TargetStats{Healthy: t.Healthy, Unhealthy: t.Unhealthy, Waiting: t.Waiting}
		t.Healthy.Reset(now)
		t.Unhealthy.Reset(now)
		t.Waiting.Reset(now)
	}
}

// Figures reports the gateway's figures of the window.
func (g *Gateway) Figures(now sim.Time, report func(name, unit string, value float64)) {
	for _, c := range []struct {
		name  string
		count *measure.Counter
	}{
		{"requests", &g.Requests}, {"answered", &g.Stats.Answered}, {"cache_hits", &g.Hits}, {"throttled", &g.Throttled},
		{"too_large", &g.TooLarge}, {"function_failed", &g.Failed}, {"function_throttled", &g.Refused},
		{"timed_out", &g.Timeouts},
	} {
		report(c.name, "requests", float64(c.count.Value()))
	}
	report("active_mean", "requests", g.Active.Mean(now))
	report("active_max", "requests", float64(g.Active.Max()))
	for _, q := range []struct {
		name string
		p    float64
	}{{"latency_p50_s", 0.5}, {"latency_p99_s", 0.99}} {
		ns, ok := g.Latency.Quantile(q.p)
		report(q.name, "s", meter.SecondsOrNone(ns, ok))
	}
	if g.spec.Type == LoadBalancer {
		report("lcu_mean", "LCU", g.capacityUnits(now))
	}
	g.WorkFigures(report)
	if t := g.targets; t != nil {
		report("healthy_targets_mean", "instances", t.Healthy.Mean(now))
		report("unhealthy_targets_mean", "instances", t.Unhealthy.Mean(now))
		report("target_waiting_mean", "requests", t.Waiting.Mean(now))
		report("target_waiting_max", "requests", float64(t.Waiting.Max()))
		report("target_full", "requests", float64(t.Full.Value()))
		report("no_target", "requests", float64(t.NoTarget.Value()))
		report("target_connection_errors", "requests", float64(t.ConnFailed.Value()))
		report("target_lost", "requests", float64(t.Lost.Value()))
		report("requests_per_target", "requests", t.perTarget)
	}
}

// Curves declares the gateway's quantities over time.
func (g *Gateway) Curves(declare func(meter.Curve)) {
	g.WorkCurves(declare)
	declare(meter.Curve{Name: "active", Unit: "requests", Kind: meter.Mean, Read: g.Active.Integral})
	declare(meter.RateOf("throttled", "requests/s", &g.Throttled))
	declare(meter.RateOf("failed", "requests/s", &g.Failed))
	declare(meter.RateOf("timed_out", "requests/s", &g.Timeouts))
	declare(meter.Curve{Name: "requests", Unit: "requests/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(g.Requests.Value())
	}})
}

// What one load balancer capacity unit holds (aws.amazon.com/elasticloadbalancing/pricing,
// as quoted by a third party, September 2026).
const (
	unitConnections = 25.0   // new a second
	unitActive      = 3000.0 // a minute
	unitGB          = 0.4    // an hour, of functions
	unitRules       = 1000.0 // evaluated a second
	freeRules       = 10     // of each request

	unitGBOfInstances = 1.0
)

// capacityHours is the bill of a load balancer until the hour under way: "you are charged only on the dimension with
// the highest usage", of dimensions "averaged over an hour" (aws.amazon.com/elasticloadbalancing/pricing).
type capacityHours struct {
	full  float64 // load balancer capacity units × hours, of the hours before
	hour  int64   // the last in which a request came; hours are counted from the begin of the window
	units uint64  // requests and bytes until it began
	bytes float64
}

// turnHour closes the hour of the last request when another has begun.
func (g *Gateway) turnHour(now sim.Time) {
	h := &g.hours
	if hour := int64(now.Sub(g.begun) / sim.Hour); hour != h.hour {
		h.full += g.openHour()
		h.hour, h.units, h.bytes = hour, g.units.Value(), g.bytes
	}
}

// openHour returns the capacity units × hours of what the hour of the last request has had: the greatest of the four
// dimensions, each of which is in proportion to a count.
func (g *Gateway) openHour() float64 {
	h := &g.hours
	requests := float64(g.units.Value()-h.units) / 3600 // a second, over the hour
	connections := requests * float64(g.spec.NewConnections)
	active := connections * g.spec.ConnectionLifetime.Sim().Seconds()
	gigabytes := (g.bytes - h.bytes) / aws.GB
	rules := requests * float64(max(0, g.spec.Rules-freeRules))
	perUnit := unitGB
	if g.targets != nil {
		perUnit = unitGBOfInstances
	}
	return max(connections/unitConnections, active/unitActive, gigabytes/perUnit, rules/unitRules)
}

// capacityUnits returns the load balancer capacity units of the window on average over time.
func (g *Gateway) capacityUnits(now sim.Time) float64 {
	hours := now.Sub(g.begun).Seconds() / 3600
	if hours <= 0 {
		return 0
	}
	return (g.hours.full + g.openHour()) / hours
}

// Usage reports what is billed for the window; the function is billed beside it.
func (g *Gateway) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	hours := now.Sub(g.begun).Seconds() / 3600
	switch g.spec.Type {
	case RESTAPI:
		report("apigateway.rest.requests", "", float64(g.units.Value()))
		if g.spec.Cache != nil {
			report("apigateway.cache_hours", string(g.spec.Cache.Size), hours)
		}
	case HTTPAPI:
		report("apigateway.http.requests", "", float64(g.units.Value()))
	case LoadBalancer:
		report("alb.hours", "", hours)
		report("alb.lcu_hours", "", g.capacityUnits(now)*hours)
		if g.spec.Scheme != Internal {
			report("vpc.public_ipv4_hours", "", hours*float64(g.zones))
		}
	}
	if g.spec.ToInternet > 0 {
		out := float64(g.units.Value()) * float64(g.spec.ResponseSize) * float64(g.spec.ToInternet)
		report("transfer.internet_gb", "", out/aws.GB)
	}
}
