package lambda

import (
	"weir/models/aws"
	"weir/models/meter"
	"weir/models/sdk"
	"weir/sim"
	"weir/sim/measure"
)

// coarse is the significant digits of histograms beside those of latency and duration: a design may have thousands.
const coarse = 2

// Name returns the function's path in the scenario.
func (f *Function) Name() string { return f.name }

// Kind returns "lambda.function".
func (f *Function) Kind() string { return "lambda.function" }

// Reset begins the window of observation. Levels keep their present value.
func (f *Function) Reset(now sim.Time) {
	levels := f.Stats
	f.Stats = Stats{
		Concurrent: levels.Concurrent, Environments: levels.Environments, Ready: levels.Ready,
		Configured: levels.Configured, ProvisionedBusy: levels.ProvisionedBusy,
		Duration: measure.NewHistogram(), Init: measure.NewHistogramDigits(coarse),
	}
	for _, l := range []*measure.Level{&f.Concurrent, &f.Environments, &f.Ready, &f.Configured, &f.ProvisionedBusy} {
		l.Reset(now)
	}
	if p := f.provision; p != nil {
		p.busyBefore, p.readyBefore = 0, 0
	}
	if q := f.events; q != nil {
		q.AsyncStats = AsyncStats{Waiting: q.Waiting, Age: measure.NewHistogramDigits(coarse)}
		q.Waiting.Reset(now)
	}
	if f.forward != nil {
		f.forward.Reset(now)
	}
	f.Consumer.Reset()
}

// Figures reports the function's figures of the window: CloudWatch's metrics of Lambda under their names, and what
// CloudWatch does not tell.
func (f *Function) Figures(now sim.Time, report func(name, unit string, value float64)) {
	count := func(name, unit string, c *measure.Counter) { report(name, unit, float64(c.Value())) }
	count("invocations", "invocations", &f.Invocations)
	count("errors", "invocations", &f.Errors)
	count("timeouts", "invocations", &f.Timeouts)
	count("throttles", "requests", &f.Throttles)
	report("memory", "GiB", f.memoryGiB)
	report("concurrent_executions_mean", "executions", f.Concurrent.Mean(now))
	report("concurrent_executions_max", "executions", float64(f.Concurrent.Max()))
	report("environments_mean", "environments", f.Environments.Mean(now))
	report("environments_max", "environments", float64(f.Environments.Max()))
	count("cold_starts", "invocations", &f.ColdStarts)
	share := 0.0
	if n := f.Invocations.Value(); n > 0 {
		share = float64(f.ColdStarts.Value()) / float64(n)
	}
	report("cold_start_share", "share", share)
	count("preinitialised", "invocations", &f.Preinitialised)
	count("init_timeouts", "environments", &f.InitTimeouts)
	count("processed", "messages", &f.Processed)
	count("duplicates", "messages", &f.Duplicates)
	count("worked_for_nobody", "requests", &f.ForNobody)
	quantiles(report, "duration", f.Stats.Duration)
	quantiles(report, "init_duration", f.Stats.Init)
	if f.spec.Failures.OutOfMemory > 0 {
		count("out_of_memory", "invocations", &f.OutOfMemory)
	}
	if f.spec.Tracing {
		count("traced", "invocations", &f.Traced)
	}
	if f.provision != nil {
		f.provisionedFigures(now, report)
	}
	if f.events != nil {
		f.events.figures(now, report)
	}
	f.WorkFigures(report)
	if f.compensate != nil {
		report("compensated", "messages", float64(f.Compensated.Value()))
	}
	if f.loop > 0 {
		report("recursive_invocations_dropped", "messages", float64(f.Recursive.Value()))
	}
	if rt, ok := f.forward.(*sdk.Router); ok {
		rt.Figures(report)
	}
}

func (f *Function) provisionedFigures(now sim.Time, report func(name, unit string, value float64)) {
	report("provisioned_concurrency_invocations", "invocations", float64(f.Provisioned.Value()))
	report("provisioned_concurrency_spillover_invocations", "invocations", float64(f.Spillover.Value()))
	use := 0.0
	if ready := f.Ready.Integral(now); ready > 0 {
		use = f.ProvisionedBusy.Integral(now) / ready
	}
	report("provisioned_concurrency_utilization", "share", use)
	report("provisioned_concurrency_mean", "environments", f.Ready.Mean(now))
}

func (q *asyncQueue) figures(now sim.Time, report func(name, unit string, value float64)) {
	for _, c := range []struct {
		name, unit string
		count      *measure.Counter
	}{
		{"async_events_received", "events", &q.Received},
		{"async_retries", "attempts", &q.Retries},
		{"async_throttles", "attempts", &q.Throttled},
		{"async_events_dropped", "events", &q.Dropped},
		{"async_dead_letters", "events", &q.DeadLettered},
		{"async_records", "records", &q.Recorded},
		{"destination_delivery_failures", "events", &q.Undelivered},
		{"async_duplicates", "events", &q.Duplicated},
	} {
		report(c.name, c.unit, float64(c.count.Value()))
	}
	report("async_waiting_mean", "events", q.Waiting.Mean(now))
	report("async_waiting_max", "events", float64(q.Waiting.Max()))
	quantiles(report, "async_event_age", q.Age)
	report("async_give_up_mean_s", "s", q.GaveUp.Mean())
}

// quantiles reports the mean and quantiles of lengths of time.
func quantiles(report func(name, unit string, value float64), name string, h *measure.Histogram) {
	_, any := h.Quantile(0.5)
	report(name+"_mean_s", "s", meter.SecondsOrNone(int64(h.Mean()), any))
	for _, q := range []struct {
		suffix string
		p      float64
	}{{"_p50_s", 0.5}, {"_p99_s", 0.99}} {
		ns, ok := h.Quantile(q.p)
		report(name+q.suffix, "s", meter.SecondsOrNone(ns, ok))
	}
}

// Curves declares the function's quantities over time.
func (f *Function) Curves(declare func(meter.Curve)) {
	f.WorkCurves(declare)
	declare(meter.Curve{Name: "concurrent", Unit: "executions", Kind: meter.Mean, Read: f.Concurrent.Integral})
	declare(meter.Curve{Name: "environments", Unit: "environments", Kind: meter.Mean, Read: f.Environments.Integral})
	rate := func(name, unit string, c *measure.Counter) {
		declare(meter.Curve{Name: name, Unit: unit, Kind: meter.Rate, Read: func(sim.Time) float64 {
			return float64(c.Value())
		}})
	}
	rate("invocations", "invocations/s", &f.Invocations)
	rate("processed", "messages/s", &f.Processed)
	rate("throttles", "requests/s", &f.Throttles)
	rate("cold_starts", "invocations/s", &f.ColdStarts)
	if f.provision != nil {
		declare(meter.Curve{Name: "provisioned", Unit: "environments", Kind: meter.Mean, Read: f.Ready.Integral})
	}
}

// Usage reports what is billed: requests, the time of the invocations by memory, provisioned concurrency, /tmp above
// its free part, logs and traces.
func (f *Function) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	requests := f.Invocations.Value() + f.requestUnits.Value()
	arch := "x86"
	if f.spec.Architecture == ARM {
		arch = "arm"
	}
	if f.spec.Edge {
		report("lambda.edge.requests", "", float64(requests))
		report("lambda.edge.gb_seconds", "", f.billed.Seconds()*f.memoryGiB)
		return
	}
	report("lambda.requests", "", float64(requests))
	report("lambda.gb_seconds."+arch, "", f.billed.Seconds()*f.memoryGiB)
	if f.provision != nil {
		report("lambda.provisioned.gb_seconds."+arch, "", (f.Configured.Integral(now)+f.held.Seconds())*f.memoryGiB)
		report("lambda.provisioned.duration_gb_seconds."+arch, "", f.billedProvisioned.Seconds()*f.memoryGiB)
	}
	if extra := float64(float64(f.spec.EphemeralStorage)/(1<<30)) - freeStorageGiB; extra > 0 {
		report("lambda.storage_gb_seconds", "", (f.billed+f.billedProvisioned).Seconds()*extra)
	}
	bytes := float64(f.limit.LogBytes+3*f.limit.LogEventBytes) + float64(f.spec.LogBytes)
	if bytes > 0 && f.parts.NoLogs == nil {
		report("logs.ingested_gb", "", float64(f.Invocations.Value())*bytes/aws.GB)
	}
	if f.spec.Tracing {
		report("xray.traces", "", float64(f.Traced.Value()))
	}
}

// freeStorageGiB is the /tmp that is free (aws.amazon.com/lambda/pricing).
const freeStorageGiB = 0.5

// Name returns the mapping's name: of its function and its queue.
func (m *Mapping) Name() string { return m.name }

// Kind returns "lambda.mapping".
func (m *Mapping) Kind() string { return "lambda.mapping" }

// Reset begins the window of observation. The level keeps its present value.
func (m *Mapping) Reset(now sim.Time) {
	m.MappingStats = MappingStats{Concurrency: m.Concurrency, Pollers: m.Pollers, Invoked: m.Invoked}
	m.Concurrency.Reset(now)
	m.Pollers.Reset(now)
	m.Invoked.Reset(now)
}

// Figures reports the mapping's figures of the window.
func (m *Mapping) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("concurrency_mean", "batches", m.Concurrency.Mean(now))
	report("concurrency_max", "batches", float64(m.Concurrency.Max()))
	report("invoked_mean", "batches", m.Invoked.Mean(now))
	report("pollers_max", "pollers", float64(m.Pollers.Max()))
	report("batches", "batches", float64(m.Batches.Value()))
	size := 0.0
	if m.Size.Count() > 0 {
		size = m.Size.Mean()
	}
	report("batch_size_mean", "messages", size)
	report("throttled", "attempts", float64(m.Throttled.Value()))
	report("failed", "batches", float64(m.Failed.Value()))
	report("given_up", "batches", float64(m.GivenUp.Value()))
	report("filtered", "messages", float64(m.Filtered.Value()))
	report("receives_refused", "calls", float64(m.Refused.Value()))
}

// Curves declares the mapping's quantities over time.
func (m *Mapping) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "concurrency", Unit: "batches", Kind: meter.Mean, Read: m.Concurrency.Integral})
	declare(meter.Curve{Name: "invoked", Unit: "batches", Kind: meter.Mean, Read: m.Invoked.Integral})
}

// Usage reports the hours of provisioned pollers; the queue bills the calls.
func (m *Mapping) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	if m.spec.ProvisionedPollers != nil {
		report("lambda.poller_hours", "", m.Concurrency.Integral(now)/float64(m.limit.PollerConcurrency)/3600)
	}
}

// Name returns the mapping's name: of its function and its stream.
func (m *StreamMapping) Name() string { return m.name }

// Kind returns "lambda.stream_mapping".
func (m *StreamMapping) Kind() string { return "lambda.stream_mapping" }

// Reset begins the window of observation. The level keeps its present value.
func (m *StreamMapping) Reset(now sim.Time) {
	m.StreamStats = StreamStats{Waiting: m.Waiting, IteratorAge: measure.NewHistogramDigits(coarse)}
	m.Waiting.Reset(now)
}

// Figures reports the mapping's figures of the window.
func (m *StreamMapping) Figures(now sim.Time, report func(name, unit string, value float64)) {
	size := 0.0
	if m.Size.Count() > 0 {
		size = m.Size.Mean()
	}
	report("batches", "batches", float64(m.Batches.Value()))
	report("batch_size_mean", "user records", size)
	report("read_ahead_max", "records", float64(m.Waiting.Max()))
	report("unread_end", "records", float64(m.unread()))
	report("throttled", "attempts", float64(m.Throttled.Value()))
	report("failed", "attempts", float64(m.Failed.Value()))
	report("bisected", "batches", float64(m.Bisected.Value()))
	report("given_up", "records", float64(m.GivenUp.Value()))
	report("expired", "records", float64(m.Expired.Value()))
	report("filtered", "records", float64(m.Filtered.Value()))
	report("windows", "windows", float64(m.Windows.Value()))
	quantiles(report, "iterator_age", m.IteratorAge)
	report("caught_up_at_s", "s", m.fetcher.CaughtUpSeconds())
}

// Curves declares the mapping's quantities over time.
func (m *StreamMapping) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "waiting", Unit: "records", Kind: meter.Instant, Read: func(sim.Time) float64 {
		return float64(m.Waiting.Value()) + float64(m.unread())
	}})
	declare(meter.Curve{Name: "unread", Unit: "records", Kind: meter.Instant, Read: func(sim.Time) float64 {
		return float64(m.unread())
	}})
	declare(meter.Curve{Name: "iterator_age_s", Unit: "s", Kind: meter.Instant, Read: func(sim.Time) float64 {
		return m.fetcher.Oldest().Seconds()
	}})
}

// Usage reports nothing: the stream bills what is read.
func (m *StreamMapping) Usage(sim.Time, func(item, variant string, quantity float64)) {}
