package kinesis

import (
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Metrics declares what the stream publishes in CloudWatch at its own level (Kinesis developer guide, monitoring-with-
// cloudwatch.md). What consumers that poll have read all of has an iterator age of 0.
func (st *Stream) Metrics(declare func(meter.Metric)) {
	sparse := func(m meter.Metric, unit string) {
		m.Sparse, m.Unit = true, unit
		declare(m)
	}
	sparse(meter.CountOf("IncomingRecords", &st.Records), "Count")
	sparse(meter.CountOf("IncomingBytes", &st.Bytes), "Bytes")
	declare(meter.CountOf("WriteProvisionedThroughputExceeded", &st.Throttled))
	declare(meter.CountOf("ReadProvisionedThroughputExceeded", &st.ReadThrottled))
	sparse(meter.CountOf("GetRecords.Records", &st.ReadRecords), "Count")
	sparse(meter.CountOf("GetRecords.Bytes", &st.ReadBytes), "Bytes")
	age := meter.TimesOf("GetRecords.IteratorAgeMilliseconds", func() *measure.Histogram { return st.IteratorAge })
	age.Zero = func(sim.Time) bool { return len(st.fetchers) > st.pushed && st.Behind() == 0 }
	declare(age)
}
