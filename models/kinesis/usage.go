package kinesis

import (
	"weir/models/aws"
	"weir/sim"
)

// bill is what is billed of the window: by mode, as a stream may change it.
type bill struct {
	at     sim.Time // up to which it is booked
	shards float64  // shard-seconds up to then

	provisioned, onDemand lines
	before                usage // of the counters, up to which it is booked
}

// lines is what a mode is billed for.
type lines struct {
	shardSeconds, streamSeconds, pushSeconds float64
	use                                      usage
	extendedSeconds                          float64 // shard-seconds of retention above 24 hours
	extendedByteSeconds, longByteSeconds     float64 // bytes that come, times how long they are kept beyond 24 h or 7 d
}

// usage is counters that are billed.
type usage struct{ units, rounded, read, old, pushed, bytes float64 }

func (u *usage) minus(o usage) usage {
	return usage{
		u.units - o.units, u.rounded - o.rounded, u.read - o.read, u.old - o.old, u.pushed - o.pushed, u.bytes - o.bytes,
	}
}

func (u *usage) add(o usage) {
	u.units += o.units
	u.rounded += o.rounded
	u.read += o.read
	u.old += o.old
	u.pushed += o.pushed
	u.bytes += o.bytes
}

// book bills the time since the last booking by what holds now. It is called before mode or retention change.
func (st *Stream) book(now sim.Time) {
	b := &st.bill
	l := &b.provisioned
	if st.mode == OnDemand {
		l = &b.onDemand
	}
	shards := st.Stats.Shards.Integral(now)
	passed := shards - b.shards
	l.shardSeconds += passed
	l.streamSeconds += now.Sub(b.at).Seconds()
	l.pushSeconds += float64(passed * float64(st.pushed))
	use := usage{
		float64(st.Units.Value()), float64(st.Rounded.Value()), float64(st.ReadBytes.Value()), float64(st.OldBytes.Value()),
		float64(st.PushedBytes.Value()), float64(st.Bytes.Value()),
	}
	more := use.minus(b.before)
	l.use.add(more)
	day, week := st.limit.Retention.Sim(), st.limit.RetentionExtended.Sim()
	kept := st.log.Retention()
	if kept > day {
		l.extendedSeconds += passed
		l.extendedByteSeconds += float64(more.bytes * (min(kept, week) - day).Seconds())
	}
	if kept > week {
		l.longByteSeconds += float64(more.bytes * (kept - week).Seconds())
	}
	b.at, b.shards, b.before = now, shards, use
}

const (
	hourSeconds  = 3600
	monthSeconds = aws.HoursPerMonth * hourSeconds
)

// Usage reports what is billed for the window. What is kept longer than is included is billed as it would be once the
// stream has run for its retention.
func (st *Stream) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	st.book(now)
	p, d := &st.bill.provisioned, &st.bill.onDemand
	line := func(item string, quantity float64) {
		if quantity > 0 {
			report(item, "", quantity)
		}
	}
	line("kinesis.shard_hours", p.shardSeconds/hourSeconds)
	line("kinesis.put_units", p.use.units)
	line("kinesis.extended_retention_shard_hours", p.extendedSeconds/hourSeconds)
	line("kinesis.long_term_gb_months", p.longByteSeconds/aws.GB/monthSeconds)
	line("kinesis.long_term_retrieval_gb", p.use.old/aws.GB)
	line("kinesis.efo.consumer_shard_hours", p.pushSeconds/hourSeconds)
	line("kinesis.efo.gb", p.use.pushed/aws.GB)
	if st.spec.OnDemandAdvantage {
		line("kinesis.advantage.in_gb", d.use.rounded/aws.GB)
		line("kinesis.advantage.out_gb", d.use.read/aws.GB)
		line("kinesis.advantage.efo_out_gb", d.use.pushed/aws.GB)
		line("kinesis.advantage.retention_gb_months", (d.extendedByteSeconds+d.longByteSeconds)/aws.GB/monthSeconds)
		return
	}
	line("kinesis.on_demand.stream_hours", d.streamSeconds/hourSeconds)
	line("kinesis.on_demand.in_gb", d.use.rounded/aws.GB)
	line("kinesis.on_demand.out_gb", d.use.read/aws.GB)
	line("kinesis.on_demand.efo_out_gb", d.use.pushed/aws.GB)
	line("kinesis.on_demand.retention_gb_months", d.extendedByteSeconds/aws.GB/monthSeconds)
	line("kinesis.on_demand.long_retention_gb_months", d.longByteSeconds/aws.GB/monthSeconds)
}
