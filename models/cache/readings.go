package cache

import (
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Name returns the cache's path in the scenario.
func (c *Cache) Name() string { return c.name }

// Kind returns "elasticache.cache".
func (c *Cache) Kind() string { return "elasticache.cache" }

// Reset begins the window of observation. Levels keep their present value.
func (c *Cache) Reset(now sim.Time) {
	c.Stats = Stats{
		Busy: c.Busy, Waiting: c.Waiting, Connections: c.Connections, Response: measure.NewHistogram(),
	}
	c.Busy.Reset(now)
	c.Waiting.Reset(now)
	c.Connections.Reset(now)
	c.begun = now
}

// Figures reports the cache's figures of the window.
func (c *Cache) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("commands", "commands", float64(c.Commands.Value()))
	report("hits", "commands", float64(c.Hits.Value()))
	report("misses", "commands", float64(c.Misses.Value()))
	report("connections_refused", "commands", float64(c.Refused.Value()))
	report("unread", "commands", float64(c.Unread.Value()))
	report("engine_utilisation", "share", c.Busy.Mean(now)/float64(len(c.nodes)))
	report("waiting_mean", "commands", c.Waiting.Mean(now))
	report("connections_max", "connections", float64(c.Connections.Max()))
	report("response_mean_s", "s", c.Response.Mean()/float64(sim.Second)) // NaN when there was none
	p99, ok := c.Response.Quantile(0.99)
	report("response_p99_s", "s", meter.SecondsOrNone(p99, ok))
}

// Curves declares the cache's quantities over time.
func (c *Cache) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "commands", Unit: "commands/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(c.Commands.Value())
	}})
	declare(meter.Curve{Name: "misses", Unit: "commands/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		return float64(c.Misses.Value())
	}})
	declare(meter.Curve{Name: "waiting", Unit: "commands", Kind: meter.Mean, Read: c.Waiting.Integral})
}

// Usage reports the hours of the nodes.
func (c *Cache) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	hours := now.Sub(c.begun).Seconds() / 3600
	report("elasticache.node_hours", c.spec.Node, hours*float64(c.spec.Nodes*(1+c.spec.Replicas)))
}

// Metrics declares what the cache publishes in CloudWatch (ElastiCache user guide, CacheMetrics.Redis).
func (c *Cache) Metrics(declare func(meter.Metric)) {
	declare(meter.CountOf("CacheHits", &c.Hits))
	declare(meter.CountOf("CacheMisses", &c.Misses))
	declare(meter.LevelOf("CurrConnections", &c.Connections))
	declare(meter.Metric{Name: "EngineCPUUtilization", Unit: "Percent", Kind: meter.Averaged,
		Read: func(now sim.Time) float64 { return 100 * c.Busy.Integral(now) / float64(len(c.nodes)) }})
}
