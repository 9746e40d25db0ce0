package storage

import (
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Metrics declares what the database publishes in CloudWatch (RDS user guide, rds-metrics.md). Its processors are
// busy with the computing part of the queries; where nothing is said of that, nobody knows how busy they are.
func (d *Database) Metrics(declare func(meter.Metric)) {
	declare(meter.LevelOf("DatabaseConnections", &d.Connections))
	if d.spec.CPUShare > 0 {
		declare(meter.Metric{Name: "CPUUtilization", Unit: "Percent", Kind: meter.Averaged, Read: func(now sim.Time) float64 {
			return 100 * d.cpu.Used(now) / float64(max(d.class.VCPUs, 1))
		}})
	}
	declare(meter.Metric{Name: "DBLoad", Unit: "Count", Kind: meter.Averaged, Read: func(now sim.Time) float64 {
		return d.Busy.Integral(now) + d.Waiting.Integral(now)
	}})
}

// Metrics declares what the table publishes in CloudWatch (DynamoDB developer guide, metrics-dimensions.md): it
// "generates data points only when" there is something to count.
func (t *Table) Metrics(declare func(meter.Metric)) {
	for _, c := range []struct {
		name  string
		count *measure.Counter
	}{
		{"ConsumedWriteCapacityUnits", &t.units},
		{"WriteThrottleEvents", &t.Throttled},
		{"ReadThrottleEvents", &t.ReadThrottled},
	} {
		m := meter.CountOf(c.name, c.count)
		m.Sparse = true
		declare(m)
	}
	sparse := func(name string, read func(sim.Time) float64) {
		declare(meter.Metric{Name: name, Unit: "Count", Read: read, Sparse: true})
	}
	sparse("ThrottledRequests", func(sim.Time) float64 { return float64(t.Throttled.Value() + t.ReadThrottled.Value()) })
	sparse("ConsumedReadCapacityUnits", func(sim.Time) float64 { return t.readUnits })
	if t.spec.Capacity.Mode == Provisioned {
		declare(meter.LevelOf("ProvisionedWriteCapacityUnits", &t.write.rate))
		declare(meter.LevelOf("ProvisionedReadCapacityUnits", &t.read.rate))
	}
}

// Metrics declares the bucket's request metrics in CloudWatch (S3 user guide, metrics-dimensions.md).
func (b *Bucket) Metrics(declare func(meter.Metric)) {
	for _, c := range []struct {
		name  string
		count *measure.Counter
	}{
		{"PutRequests", &b.Puts}, {"GetRequests", &b.Gets}, {"DeleteRequests", &b.Deletes}, {"4xxErrors", &b.Missing},
		{"5xxErrors", &b.SlowDowns},
	} {
		m := meter.CountOf(c.name, c.count)
		m.Sparse = true
		declare(m)
	}
}
