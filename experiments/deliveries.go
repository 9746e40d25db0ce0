package experiments

import (
	"weir/experiments/scenario"
	"weir/models/firehose"
	"weir/models/iam"
	"weir/models/message"
	"weir/models/meter"
	"weir/models/spec"
	"weir/models/stream"
)

// deliverySection is the key of the section of delivery streams.
const deliverySection = "delivery_streams"

// deliveryKind is the section of Firehose. Delivery streams read streams and ask functions, which are built before.
var deliveryKind = kind{
	scenario.SectionOf[firehose.Spec](deliverySection, "Delivery streams of Amazon Data Firehose, by name."),
	buildDelivery,
}

// deliveryConstants are the constants that those who put records take from the profile.
type deliveryConstants struct {
	Put        spec.Durations `aws:"sdk.firehose.put.latency"`
	BatchMax   int64          `aws:"firehose.batch_max"`
	BatchBytes spec.Size      `aws:"firehose.batch_bytes"`
}

func (b *builder) deliveryConstants() *deliveryConstants {
	k := new(deliveryConstants)
	b.profile.Fill(k)
	return k
}

func buildDelivery(b *builder, c *scenario.Component) meter.Component {
	s := c.Spec.(*firehose.Spec)
	parts := &firehose.Parts{Limits: new(firehose.Limits), Digits: b.doc.Run.HistogramDigits}
	b.profile.Fill(parts.Limits)
	for _, problem := range firehose.Check(s, parts.Limits) {
		b.fail(c, problem.Field, "%s", problem.Text)
	}
	ok := true
	if s.From != nil {
		parts.SourceName = s.From.String()
		parts.Source, ok = linked[stream.Source](b, c, "from", *s.From)
		parts.Records, parts.Bytes = b.readCall(*s.From)
		b.checkDirect(c)
		b.checkSource(c, *s.From)
	}
	if t := s.Transform; t != nil {
		function, found := linked[firehose.Transformer](b, c, "transform.function", t.Function)
		parts.Transformer, ok = function, ok && found
		if d := b.denial(c, t.Function, actionInvoke); d != nil {
			parts.Transformer = closedFunction{d}
		}
	}
	if !ok || len(b.problems) > 0 {
		return nil
	}
	return firehose.New(b.eng, b.store, c.Path(), s, parts)
}

// checkDirect refuses records that are put into a delivery stream with a source. AWS: when "Kinesis data streams is
// configured as the source of a Firehose stream", PutRecord and PutRecordBatch "are disabled" (Firehose developer
// guide, writing-with-kinesis-streams.md, 2023).
func (b *builder) checkDirect(c *scenario.Component) {
	for _, found := range b.doc.Links {
		if found.Link == c.Link && found.Flow == "out" {
			b.fail(c, "from", "%s puts records into %s, which takes none while it reads a stream: remove one of the two",
				found.Path, c.Link)
			return
		}
	}
}

// sourceActions are what a delivery stream does with its source (Firehose developer guide, controlling-access.md).
var sourceActions = []string{
	"kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards",
}

// checkSource refuses a source that the role may not read.
func (b *builder) checkSource(c *scenario.Component, from spec.Link) {
	d := b.denial(c, from, sourceActions...)
	if key := b.keyOf(from); d == nil && key != nil {
		d = b.denial(c, *key, actionDecrypt)
	}
	if d != nil {
		b.fail(c, "from", "the role may not %s on %s, and the delivery stream would read nothing: %s", d.Action, d.Resource,
			d.Reason)
	}
}

// InvokeBatch denies a request.
func (c closedFunction) InvokeBatch(_ []message.Receipt, caller message.Caller, token uint64) {
	caller.Answered(token, c.Deny())
}

var _ firehose.Transformer = closedFunction{new(iam.Denial)}
