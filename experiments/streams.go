package experiments

import (
	"weir/experiments/scenario"
	"weir/models/kinesis"
	"weir/models/meter"
	"weir/models/spec"
)

// streamSection is the key of the section of Kinesis data streams.
const streamSection = "streams"

// streamKind is the section of Kinesis data streams.
var streamKind = kind{
	scenario.SectionOf[kinesis.Spec](streamSection, "Kinesis data streams, by name."), buildStream,
}

func buildStream(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*kinesis.Spec)
	limits := new(kinesis.Limits)
	b.profile.Fill(limits)
	for _, problem := range kinesis.Check(s, limits) {
		b.fail(c, problem.Field, "%s", problem.Text)
	}
	if s.Shards != nil && int64(*s.Shards) > limits.ShardsMax {
		b.fail(c, "shards", "%d is more than the %d that an account has in profile %s (constant kinesis.shards_max)", *s.Shards,
			limits.ShardsMax, b.profile.Name)
	}
	if s.StreamMode == kinesis.OnDemand {
		if b.onDemand++; b.onDemand > limits.OnDemandStreams {
			b.fail(c, "stream_mode", "an account has at most %d streams on demand in profile %s (constant "+
				"kinesis.on_demand.streams_max)", limits.OnDemandStreams, b.profile.Name)
		}
	}
	if len(b.problems) > 0 {
		return nil
	}
	st := kinesis.New(b.eng, b.store, c.Path(), s, limits)
	b.after = append(b.after, st.Start)
	b.last = append(b.last, func() {
		if n, most := st.Pushed(); int64(n) > most {
			b.fail(c, "", "%d consumers have enhanced fan-out, and a stream has at most %d in profile %s", n, most, b.profile.Name)
		}
	})
	if s.OnDemandAdvantage {
		b.advantage(limits).Add(st)
	}
	return st
}

// advantage returns what the streams of an account with On-demand Advantage share.
func (b *builder) advantage(limits *kinesis.Limits) *kinesis.Account {
	if b.streams == nil {
		b.streams = kinesis.NewAccount(limits)
		b.extra = append(b.extra, b.streams)
	}
	return b.streams
}

// readConstants are what one read of a stream returns at the most.
type readConstants struct {
	Records      int64     `aws:"kinesis.shard.read_call_records"`
	Bytes        spec.Size `aws:"kinesis.shard.read_call_bytes"`
	TableRecords int64     `aws:"dynamodb.stream.read_call_records"`
	TableBytes   spec.Size `aws:"dynamodb.stream.read_call_bytes"`
}

// readCall returns how many records and bytes one read of a stream, or of the stream of a table, returns at the most.
// Without a limit a read returns a million: more would only take memory that the stream itself needs less of.
func (b *builder) readCall(from spec.Link) (records int, bytes int64) {
	k := new(readConstants)
	b.profile.Fill(k)
	if from.Section == tableSection {
		k.Records, k.Bytes = k.TableRecords, k.TableBytes
	}
	return int(min(k.Records, 1<<20)), int64(k.Bytes)
}
