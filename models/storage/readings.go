package storage

import (
	"weir/models/aws"
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Name returns the database's path in the scenario.
func (d *Database) Name() string { return d.name }

// Kind returns "rds.database".
func (d *Database) Kind() string { return "rds.database" }

// Reset begins the window of observation. Levels keep their present value.
func (d *Database) Reset(now sim.Time) {
	d.Stats = Stats{
		Connections: d.Connections, Busy: d.Busy, Waiting: d.Waiting, PoolWaiting: d.PoolWaiting,
		Response: measure.NewHistogram(),
	}
	d.Connections.Reset(now)
	d.Busy.Reset(now)
	d.Waiting.Reset(now)
	d.PoolWaiting.Reset(now)
	d.begun = now
}

// Figures reports the database's figures of the window.
func (d *Database) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("connections_mean", "connections", d.Connections.Mean(now))
	report("connections_max", "connections", float64(d.Connections.Max()))
	report("connections_limit", "connections", float64(d.connections))
	report("busy_mean", "queries", d.Busy.Mean(now))
	report("waiting_mean", "queries", d.Waiting.Mean(now))
	report("waiting_max", "queries", float64(d.Waiting.Max()))
	report("pool_waiting_mean", "queries", d.PoolWaiting.Mean(now))
	report("queries", "queries", float64(d.Queries.Value()))
	report("too_many_connections", "queries", float64(d.TooManyConnections.Value()))
	report("pool_timeouts", "queries", float64(d.PoolTimeouts.Value()))
	report("too_busy", "queries", float64(d.TooBusy.Value()))
	report("response_mean_s", "s", d.Response.Mean()/float64(sim.Second))
	p99, ok := d.Response.Quantile(0.99)
	report("response_p99_s", "s", meter.SecondsOrNone(p99, ok))
}

// Curves declares the database's quantities over time.
func (d *Database) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "connections", Unit: "connections", Kind: meter.Mean, Read: d.Connections.Integral})
	declare(meter.Curve{Name: "busy", Unit: "queries", Kind: meter.Mean, Read: d.Busy.Integral})
	declare(meter.Curve{Name: "waiting", Unit: "queries", Kind: meter.Mean, Read: func(now sim.Time) float64 {
		return d.Waiting.Integral(now) + d.PoolWaiting.Integral(now)
	}})
}

// Usage reports the instance hours and the storage.
func (d *Database) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	zones := "single_az"
	if d.spec.MultiAZ {
		zones = "multi_az"
	}
	hours := now.Sub(d.begun).Seconds() / 3600
	report("rds.instance_hours", string(d.spec.Engine)+"/"+d.spec.Instance+"/"+zones, hours)
	report("rds.storage_gb_months", zones, float64(d.spec.Storage)/aws.GB*hours/aws.HoursPerMonth)
}
