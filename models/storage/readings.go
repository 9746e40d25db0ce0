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
		Connections: d.Connections, Busy: d.Busy, Waiting: d.Waiting, PoolWaiting: d.PoolWaiting, Down: d.Down,
		Computing: d.Computing, Response: measure.NewHistogram(),
	}
	d.Down.Reset(now)
	d.Computing.Reset(now)
	if d.proxy != nil {
		d.proxy.ProxyStats = ProxyStats{Clients: d.proxy.Clients, Borrowing: d.proxy.Borrowing}
		d.proxy.Clients.Reset(now)
		d.proxy.Borrowing.Reset(now)
	}
	d.Connections.Reset(now)
	d.Busy.Reset(now)
	d.Waiting.Reset(now)
	d.PoolWaiting.Reset(now)
	d.begun, d.usedBefore = now, d.cpu.Used(now)
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
	report("unread_answers", "queries", float64(d.Unread.Value()))
	report("connections_lost", "queries", float64(d.Lost.Value()))
	report("unavailable", "queries", float64(d.Unavailable.Value()))
	report("fail_overs", "fail-overs", float64(d.FailOvers.Value()))
	report("down_s", "s", d.Down.Integral(now))
	if d.spec.CPUShare > 0 {
		report("computing_mean", "queries", d.Computing.Mean(now))
		report("cpu_utilisation", "share", d.cpuUtilisation(now))
	}
	if p := d.proxy; p != nil {
		report("proxy_clients_mean", "connections", p.Clients.Mean(now))
		report("proxy_clients_max", "connections", float64(p.Clients.Max()))
		report("proxy_borrowing_mean", "queries", p.Borrowing.Mean(now))
		report("proxy_borrow_timeouts", "queries", float64(p.BorrowTimeouts.Value()))
		report("proxy_connections_limit", "connections", float64(p.size))
	}
}

// cpuUtilisation returns the share of the vCPUs' time that was computed.
func (d *Database) cpuUtilisation(now sim.Time) float64 {
	seconds := now.Sub(d.begun).Seconds()
	if seconds <= 0 {
		return 0
	}
	return (d.cpu.Used(now) - d.usedBefore) / seconds / float64(max(d.class.VCPUs, 1))
}

// Curves declares the database's quantities over time.
func (d *Database) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "connections", Unit: "connections", Kind: meter.Mean, Read: d.Connections.Integral})
	declare(meter.Curve{Name: "busy", Unit: "queries", Kind: meter.Mean, Read: d.Busy.Integral})
	declare(meter.Curve{Name: "waiting", Unit: "queries", Kind: meter.Mean, Read: func(now sim.Time) float64 {
		return d.Waiting.Integral(now) + d.PoolWaiting.Integral(now)
	}})
}

// proxyVCPUsMin is how many vCPUs a proxy is billed for at the least (aws.amazon.com/rds/proxy/pricing).
const proxyVCPUsMin = 2

// Usage reports the instance hours, the storage and the proxy.
func (d *Database) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	zones := "single_az"
	if d.spec.MultiAZ {
		zones = "multi_az"
	}
	hours := now.Sub(d.begun).Seconds() / 3600
	report("rds.instance_hours", string(d.spec.Engine)+"/"+d.spec.Instance+"/"+zones, hours)
	if d.proxy != nil {
		report("rds.proxy_vcpu_hours", "", hours*float64(max(d.class.VCPUs, proxyVCPUsMin)))
	}
	report("rds.storage_gb_months", zones, float64(d.spec.Storage)/aws.GB*hours/aws.HoursPerMonth)
}
