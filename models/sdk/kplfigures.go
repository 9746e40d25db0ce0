package sdk

import (
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// KPLStats is what the library measures, by the names of its CloudWatch metrics.
type KPLStats struct {
	UserRecordsPut     measure.Counter
	KinesisRecordsPut  measure.Counter
	KinesisRecordsData measure.Counter // bytes, without partition keys
	AllErrors          measure.Counter // Kinesis records that failed, and calls that did
	UserRecordExpired  measure.Counter
	WrongShard         measure.Counter // user records put again that the stream had
	Throttled          measure.Counter // Kinesis records that the limiter held
	Pending            measure.Level   // user records in the library
	BufferingTime      *measure.Histogram
	RetriesPerRecord   measure.Tally
	UserPerKinesis     measure.Tally
	KinesisPerCall     measure.Tally
}

// reset begins the window of observation.
func (k *kpl) reset(now sim.Time) {
	k.KPLStats = KPLStats{Pending: k.Pending, BufferingTime: measure.NewHistogram()}
	k.Pending.Reset(now)
}

func (k *kpl) figures(now sim.Time, report func(name, unit string, value float64)) {
	report("user_records_put", "records", float64(k.UserRecordsPut.Value()))
	report("user_records_pending_mean", "records", k.Pending.Mean(now))
	report("user_records_pending_max", "records", float64(k.Pending.Max()))
	report("user_record_expired", "records", float64(k.UserRecordExpired.Value()))
	report("kinesis_records_put", "records", float64(k.KinesisRecordsPut.Value()))
	report("kinesis_records_data_put", "B", float64(k.KinesisRecordsData.Value()))
	report("user_records_per_kinesis_record", "records", k.UserPerKinesis.Mean())
	report("kinesis_records_per_put_records_request", "records", k.KinesisPerCall.Mean())
	report("retries_per_record", "attempts", k.RetriesPerRecord.Mean())
	report("all_errors", "errors", float64(k.AllErrors.Value()))
	report("wrong_shard", "records", float64(k.WrongShard.Value()))
	report("held_by_limiter", "records", float64(k.Throttled.Value()))
	report("buffering_time_mean_s", "s", k.BufferingTime.Mean()/float64(sim.Second))
	ns, ok := k.BufferingTime.Quantile(0.99)
	report("buffering_time_p99_s", "s", meter.SecondsOrNone(ns, ok))
}
