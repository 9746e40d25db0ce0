package kinesis

import (
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Name returns the stream's path in the scenario.
func (st *Stream) Name() string { return st.name }

// Kind returns "kinesis.stream".
func (st *Stream) Kind() string { return "kinesis.stream" }

// Reset begins the window of observation.
func (st *Stream) Reset(now sim.Time) {
	st.Stats = Stats{Shards: st.Stats.Shards, IteratorAge: measure.NewHistogramDigits(ageDigits)}
	st.Stats.Shards.Reset(now)
	st.log.Reset()
	st.window = now
	st.bill = bill{at: now}
	for n := range st.shards {
		sh := &st.shards[n]
		sh.before = counted{sh.in, sh.inBytes}
	}
	st.resetReads()
}

// Figures reports the stream's figures of the window, CloudWatch's metrics under their names in lower case.
func (st *Stream) Figures(now sim.Time, report func(name, unit string, value float64)) {
	report("incoming_records", "records", float64(st.Records.Value()))
	report("incoming_bytes", "bytes", float64(st.Bytes.Value()))
	report("messages", "messages", float64(st.Messages.Value()))
	report("write_provisioned_throughput_exceeded", "records", float64(st.Throttled.Value()))
	report("refused", "records", float64(st.Refused.Value()))
	report("put_units", "units", float64(st.Units.Value()))
	report("get_records", "calls", float64(st.Reads.Value()))
	report("read_provisioned_throughput_exceeded", "calls", float64(st.ReadThrottled.Value()))
	polled, pushed := st.readUtilisation(now)
	report("read_utilisation", "share", polled)
	report("push_utilisation", "share", pushed)
	report("outgoing_records", "records", float64(st.ReadRecords.Value()))
	report("outgoing_bytes", "bytes", float64(st.ReadBytes.Value()))
	report("pushed_bytes", "bytes", float64(st.PushedBytes.Value()))
	p99, read := st.IteratorAge.Quantile(0.99)
	report("iterator_age_p99_s", "s", meter.SecondsOrNone(p99, read))
	report("iterator_age_max_s", "s", meter.SecondsOrNone(st.IteratorAge.Max(), read))
	report("open_shards_mean", "shards", st.Stats.Shards.Mean(now))
	report("open_shards_max", "shards", float64(st.Stats.Shards.Max()))
	report("open_shards_end", "shards", float64(st.Stats.Shards.Value()))
	report("reshardings", "splits and merges", float64(st.Reshardings.Value()))
	report("reshardings_refused", "calls", float64(st.ReshardRefused.Value()))
	records, bytes := st.hottest(now)
	report("hottest_shard_offered_records_per_s", "records/s", records)
	report("hottest_shard_offered_bytes_per_s", "bytes/s", bytes)
	report("kept_end", "records", float64(st.log.Kept()))
	report("expired", "records", float64(st.log.Expired.Value()))
}

// hottest returns the most records and bytes a second that a shard was offered over the window.
func (st *Stream) hottest(now sim.Time) (records, bytes float64) {
	for n := range st.shards {
		sh, s := &st.shards[n], st.log.Shard(n)
		over := min(s.Closed, now).Sub(max(s.Opened, st.window)).Seconds()
		if over > 0 {
			records = max(records, float64(sh.in-sh.before.records)/over)
			bytes = max(bytes, float64(sh.inBytes-sh.before.bytes)/over)
		}
	}
	return records, bytes
}

// Curves declares the stream's quantities over time.
func (st *Stream) Curves(declare func(meter.Curve)) {
	rate := func(name, unit string, c *measure.Counter) {
		declare(meter.Curve{Name: name, Unit: unit, Kind: meter.Rate, Read: func(sim.Time) float64 {
			return float64(c.Value())
		}})
	}
	rate("incoming_records", "records/s", &st.Records)
	rate("incoming_bytes", "bytes/s", &st.Bytes)
	rate("write_throttled", "records/s", &st.Throttled)
	rate("read_throttled", "calls/s", &st.ReadThrottled)
	declare(st.reading.curve(st))
	rate("outgoing_records", "records/s", &st.ReadRecords)
	declare(meter.Curve{Name: "open_shards", Unit: "shards", Kind: meter.Mean, Read: st.Stats.Shards.Integral})
	declare(meter.Curve{Name: "kept", Unit: "records", Kind: meter.Instant, Read: func(sim.Time) float64 {
		return float64(st.log.Kept())
	}})
	declare(meter.Curve{Name: "iterator_age_s", Unit: "s", Kind: meter.Instant, Read: func(sim.Time) float64 {
		return st.Behind().Seconds()
	}})
	st.heat.curves(declare)
}

// Behind returns how old the oldest record is that some consumer has not read.
func (st *Stream) Behind() (most sim.Duration) {
	for _, f := range st.fetchers {
		for n := range f.Shards() {
			most = max(most, f.Behind(n))
		}
	}
	return most
}
