package experiments

import (
	"weir/experiments/scenario"
	"weir/models/kinesis"
	"weir/models/meter"
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
