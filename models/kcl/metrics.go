package kcl

import (
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Metrics declares what the library publishes in CloudWatch for the application: of all its shards together.
func (a *Application) Metrics(declare func(meter.Metric)) {
	behind := meter.TimesOf("MillisBehindLatest", func() *measure.Histogram { return a.Behind })
	behind.Zero = func(sim.Time) bool { return a.began && a.LeasesHeld.Value() > 0 && a.behind() == 0 }
	declare(behind)
	processed := meter.CountOf("RecordsProcessed", &a.Processed)
	processed.Sparse = true
	declare(processed)
	leases := meter.LevelOf("CurrentLeases", &a.LeasesHeld)
	declare(leases)
}
