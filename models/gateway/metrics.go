package gateway

import (
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Metrics declares what the gateway publishes in CloudWatch, under the names of its service: of API Gateway, of the
// load balancer, of CloudFront or of Lambda's function URLs.
func (g *Gateway) Metrics(declare func(meter.Metric)) {
	latency := func() *measure.Histogram { return g.Latency }
	clients := func(sim.Time) float64 { return float64(g.Throttled.Value() + g.TooLarge.Value()) }
	servers := func(sim.Time) float64 { return float64(g.Failed.Value() + g.Refused.Value() + g.Timeouts.Value()) }
	requests := func(sim.Time) float64 { return float64(g.Requests.Value()) }
	// share is an error metric whose average is the rate of errors; number one that has a datapoint only where there are
	// errors.
	share := func(name string, read func(sim.Time) float64) {
		declare(meter.Metric{Name: name, Unit: "Count", Read: read, Samples: requests, Sparse: true})
	}
	number := func(name string, read func(sim.Time) float64) {
		declare(meter.Metric{Name: name, Unit: "Count", Read: read, Sparse: true})
	}
	switch g.spec.Type {
	case RESTAPI, HTTPAPI:
		names := [2]string{"4XXError", "5XXError"}
		if g.spec.Type == HTTPAPI {
			names = [2]string{"4xx", "5xx"}
		}
		number("Count", requests)
		share(names[0], clients)
		share(names[1], servers)
		declare(meter.TimesOf("Latency", latency))
		if g.spec.Cache != nil {
			share("CacheHitCount", func(sim.Time) float64 { return float64(g.Hits.Value()) })
		}
	case LoadBalancer:
		number("RequestCount", requests)
		number("HTTPCode_ELB_4XX_Count", clients)
		number("HTTPCode_ELB_5XX_Count", func(now sim.Time) float64 {
			return servers(now) - float64(g.TargetFailed.Value())
		})
		number("HTTPCode_ELB_502_Count", func(sim.Time) float64 {
			return float64(g.Failed.Value() - g.TargetFailed.Value())
		})
		number("HTTPCode_ELB_503_Count", func(sim.Time) float64 { return float64(g.Refused.Value()) })
		number("HTTPCode_ELB_504_Count", func(sim.Time) float64 { return float64(g.Timeouts.Value()) })
		declare(meter.SecondsOf("TargetResponseTime", latency))
		if t := g.targets; t != nil {
			number("HTTPCode_Target_2XX_Count", func(sim.Time) float64 { return float64(g.Stats.Answered.Value()) })
			number("HTTPCode_Target_5XX_Count", func(sim.Time) float64 { return float64(g.TargetFailed.Value()) })
			number("RequestCountPerTarget", func(sim.Time) float64 { return t.perTarget })
			number("TargetConnectionErrorCount", func(sim.Time) float64 { return float64(t.ConnFailed.Value()) })
			declare(meter.LevelOf("HealthyHostCount", &t.Healthy))
			declare(meter.LevelOf("UnHealthyHostCount", &t.Unhealthy))
		}
	case CloudFront:
		number("Requests", requests)
		share("5xxErrorRate", func(now sim.Time) float64 { return 100 * servers(now) })
		share("4xxErrorRate", func(now sim.Time) float64 { return 100 * clients(now) })
	case FunctionURL:
		number("UrlRequestCount", requests)
		number("Url4xxCount", clients)
		number("Url5xxCount", servers)
		declare(meter.TimesOf("UrlRequestLatency", latency))
	}
}
