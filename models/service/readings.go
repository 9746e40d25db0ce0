package service

import (
	"weir/models/aws"
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Name returns the service's path in the scenario.
func (v *Service) Name() string { return v.name }

// Kind returns "http.service".
func (v *Service) Kind() string { return "http.service" }

// Reset begins the window of observation. Levels keep their present value.
func (v *Service) Reset(now sim.Time) {
	v.Stats = Stats{Busy: v.Busy, Waiting: v.Waiting, Response: measure.NewHistogram()}
	v.Busy.Reset(now)
	v.Waiting.Reset(now)
}

// Figures reports the service's figures of the window.
func (v *Service) Figures(now sim.Time, report func(name, unit string, value float64)) {
	for _, c := range []struct {
		name  string
		count *measure.Counter
	}{
		{"requests", &v.Requests}, {"answered", &v.Answered}, {"failed", &v.Failed}, {"unavailable", &v.Unavailable},
		{"rate_limited", &v.Limited}, {"unread", &v.Unread},
	} {
		report(c.name, "requests", float64(c.count.Value()))
	}
	report("busy_mean", "requests", v.Busy.Mean(now))
	report("waiting_mean", "requests", v.Waiting.Mean(now))
	report("waiting_max", "requests", float64(v.Waiting.Max()))
	if v.spec.Concurrency != nil {
		report("utilisation", "share", v.Busy.Mean(now)/float64(v.servers))
	}
	p99, ok := v.Response.Quantile(0.99)
	report("response_mean_s", "s", v.Response.Mean()/float64(sim.Second)) // NaN when there was none
	report("response_p99_s", "s", meter.SecondsOrNone(p99, ok))
}

// Curves declares the service's quantities over time.
func (v *Service) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "busy", Unit: "requests", Kind: meter.Mean, Read: v.Busy.Integral})
	declare(meter.Curve{Name: "waiting", Unit: "requests", Kind: meter.Mean, Read: v.Waiting.Integral})
	declare(meter.Curve{Name: "requests", Unit: "requests/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(v.Requests.Value())
	}})
	declare(meter.RateOf("rate_limited", "requests/s", &v.Limited))
	declare(meter.Curve{Name: "answered", Unit: "requests/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(v.Answered.Value())
	}})
}

// Usage reports what the requests cost by the scenario's own price.
func (v *Service) Usage(_ sim.Time, report func(item, variant string, quantity float64)) {
	if v.spec.PricePerCall > 0 {
		billed := v.Requests.Value() - v.Limited.Value()
		report(aws.ScenarioUSD, "", float64(billed)*v.spec.PricePerCall)
	}
}
