package analytics

import (
	"math"

	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// coarse is the significant digits of histograms beside those of latency.
const coarse = 2

// Name returns the application's path in the scenario.
func (a *Application) Name() string { return a.name }

// Kind returns "analytics.flink" or "analytics.sql".
func (a *Application) Kind() string { return "analytics." + string(a.spec.Type) }

// Reset begins the window of observation. Levels keep their present value.
func (a *Application) Reset(now sim.Time) {
	a.resetStats(now)
	a.bill.reset(now)
	for _, d := range a.output.to {
		d.forward.Client.Reset(now)
	}
	a.Consumer.Reset()
}

func (a *Application) resetStats(now sim.Time) {
	a.Stats = Stats{
		Busy: a.Busy, KPUs: a.KPUs, Running: a.Running, Behind: measure.NewHistogramDigits(coarse),
		Delayed: measure.NewHistogramDigits(coarse), Fresh: measure.NewHistogramDigits(coarse),
	}
	a.Busy.Reset(now)
	a.KPUs.Reset(now)
	a.Running.Reset(now)
}

// Figures reports the application's figures of the window.
func (a *Application) Figures(now sim.Time, report func(name, unit string, value float64)) {
	for _, c := range []struct {
		name, unit string
		count      *measure.Counter
	}{
		{"num_records_in", "records", &a.In},
		{"num_records_out", "records", &a.Out},
		{"processed", "messages", &a.Processed},
		{"duplicates", "messages", &a.Duplicates},
		{"results", "results", &a.Results},
		{"results_again", "results", &a.Again},
		{"results_repeated", "results", &a.Repeated},
		{"num_late_records_dropped", "records", &a.Late},
		{"refused", "records", &a.Refused},
		{"output_retries", "calls", &a.OutputTries},
		{"checkpoints", "checkpoints", &a.Checkpoints},
		{"crashes", "crashes", &a.Crashes},
		{"scalings", "scalings", &a.Scalings},
	} {
		report(c.name, c.unit, float64(c.count.Value()))
	}
	quantiles(report, "millis_behind_latest", "ms", float64(sim.Millisecond), a.Behind)
	quantiles(report, "result_delay", "s", float64(sim.Second), a.Delayed)
	quantiles(report, "result_age", "s", float64(sim.Second), a.Fresh)
	on, up := a.bill.on.Integral(now), a.Running.Integral(now)
	report("uptime", "s", up)
	report("downtime", "s", on-up)
	use := 0.0
	if kpus := a.KPUs.Integral(now); kpus > 0 {
		use = a.cpuSeconds(now) / kpus
	}
	report("cpu_utilization", "share", use)
	report("kpus_mean", "KPUs", a.KPUs.Mean(now))
	report("kpus_max", "KPUs", float64(a.KPUs.Max()))
	a.WorkFigures(report)
}

// cpuSeconds returns how long the CPUs of the application's KPUs have computed. The slots of SQL are spread over KPUs
// that are not told apart: they use them as far as they work.
func (a *Application) cpuSeconds(now sim.Time) float64 {
	busy := a.Busy.Integral(now)
	if a.spec.Type == SQL {
		return busy / float64(len(a.slots)) * a.KPUs.Mean(now)
	}
	return busy * a.pace.cpu
}

// quantiles reports the mean, quantiles and maximum of lengths of time.
func quantiles(
	report func(name, unit string, value float64), name, unit string, ns float64, h *measure.Histogram,
) {
	value := func(v float64, ok bool) float64 {
		if !ok {
			return math.NaN()
		}
		return v / ns
	}
	suffix := ""
	if unit == "s" {
		suffix = "_s"
	}
	known := h.Count() > 0
	report(name+"_mean"+suffix, unit, value(h.Mean(), known))
	for _, q := range []struct {
		name string
		p    float64
	}{{"_p50", 0.5}, {"_p99", 0.99}} {
		v, ok := h.Quantile(q.p)
		report(name+q.name+suffix, unit, value(float64(v), ok))
	}
	report(name+"_max"+suffix, unit, value(float64(h.Max()), known))
}

// Curves declares the application's quantities over time.
func (a *Application) Curves(declare func(meter.Curve)) {
	a.WorkCurves(declare)
	declare(meter.Curve{Name: "millis_behind_latest", Unit: "ms", Kind: meter.Instant, Read: func(sim.Time) float64 {
		return float64(a.Lag()) / float64(sim.Millisecond)
	}})
	declare(meter.Curve{Name: "busy", Unit: "slots", Kind: meter.Mean, Read: a.Busy.Integral})
	declare(meter.Curve{Name: "kpus", Unit: "KPUs", Kind: meter.Mean, Read: a.KPUs.Integral})
	declare(meter.Curve{Name: "running", Unit: "share", Kind: meter.Mean, Read: a.Running.Integral})
	rate := func(name, unit string, c *measure.Counter) {
		declare(meter.Curve{Name: name, Unit: unit, Kind: meter.Rate, Read: func(sim.Time) float64 {
			return float64(c.Value())
		}})
	}
	rate("num_records_in", "records/s", &a.In)
	rate("processed", "messages/s", &a.Processed)
	rate("results", "results/s", &a.Results)
}

// lagEvery is how often the lag is looked at. Its quantiles are over time: who is overloaded reads seldom, and what is
// noted at reads alone tells most of when there was no lag yet.
const lagEvery = sim.Second

// noteLag is the event that the lag is looked at, at whole seconds from the start until the application is stopped.
func (a *Application) noteLag(uint8) {
	if !a.stopped {
		a.Behind.Record(int64(a.Lag()))
		a.lagged.After(lagEvery, 0)
	}
}

// Lag returns how old the oldest record is that the application has not read, of all shards.
func (a *Application) Lag() (lag sim.Duration) {
	for n := range a.fetcher.Shards() {
		lag = max(lag, a.fetcher.Behind(n))
	}
	return lag
}
