package analytics

import (
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Metrics declares what the application publishes in CloudWatch (Managed Service for Apache Flink developer guide,
// metrics-dimensions.md).
func (a *Application) Metrics(declare func(meter.Metric)) {
	behind := meter.TimesOf("millisBehindLatest", func() *measure.Histogram { return a.Behind })
	behind.Zero = func(sim.Time) bool { return a.Running.Value() > 0 && a.Lag() == 0 }
	declare(behind)
	declare(meter.LevelOf("KPUs", &a.KPUs))
	declare(meter.CountOf("numRecordsIn", &a.In))
	declare(meter.CountOf("numRecordsOut", &a.Out))
	declare(meter.CountOf("numLateRecordsDropped", &a.Late))
	declare(meter.CountOf("fullRestarts", &a.Crashes))
}
