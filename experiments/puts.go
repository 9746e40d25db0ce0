package experiments

import (
	"weir/experiments/scenario"
	"weir/models/iam"
	"weir/models/sdk"
	"weir/models/spec"
	"weir/models/stream"
)

// putConstants are the constants that a producer to a stream takes from the profile.
type putConstants struct {
	Latency spec.Durations `aws:"sdk.kinesis.put.latency"`
	KeyMax  int64          `aws:"kinesis.key_max"`
	SizeMax spec.Size      `aws:"kpl.aggregation_max_size_limit"`
}

// putLimits gives a producer what it knows of the stream that it puts records into, and of the library that does it. It
// returns nil when there is no stream.
func (b *builder) putLimits(s *sdk.ProducerSpec, parts *sdk.ProducerParts) *putConstants {
	if s.To.Section == deliverySection {
		k := b.deliveryConstants()
		parts.Latency = k.Put.Dist()
		parts.Put = &sdk.PutLimits{Records: k.BatchMax, Bytes: k.BatchBytes, Keyless: true}
	}
	if s.To.Section != streamSection {
		return nil
	}
	k := new(putConstants)
	b.profile.Fill(k)
	parts.Latency = k.Latency.Dist()
	parts.Put, parts.KPL = new(sdk.PutLimits), new(sdk.KPLDefaults)
	b.profile.Fill(parts.Put)
	b.profile.Fill(parts.KPL)
	return k
}

// batchMax returns how many messages a call may hold.
func (k *producerConstants) batchMax(parts *sdk.ProducerParts) int64 {
	if parts.Put != nil {
		return parts.Put.Records
	}
	return k.BatchMax
}

// checkPuts refuses settings of streams where there is none, and settings that do not go together.
func (b *builder) checkPuts(c *scenario.Component, s *sdk.ProducerSpec, k *putConstants) {
	if k == nil {
		for _, wrong := range []struct {
			field string
			set   bool
		}{
			{"kpl", s.KPL != nil}, {"agent", s.Agent != nil}, {"sequence_number_for_ordering", s.Ordered},
			{"explicit_hash_key", s.ExplicitHashKey != sdk.HashOfKey},
		} {
			if wrong.set {
				b.fail(c, wrong.field, "is for records of streams: remove it, or write to: streams.NAME")
			}
		}
		return
	}
	if s.KPL != nil && s.Arrivals.Closed != nil {
		b.fail(c, "kpl", "buffers records, and the clients of a closed loop wait for each: remove one of the two")
	}
	if (s.KPL != nil || s.Agent != nil) && s.Batch.Size > 1 {
		b.fail(c, "batch.size", "is the producer's own batching: remove it, or kpl and agent")
	}
	if s.Ordered && s.Batch.Size > 1 {
		b.fail(c, "sequence_number_for_ordering", "is for PutRecord: set batch.size to 1")
	}
	if s.Delay != nil {
		b.fail(c, "delay", "has no meaning for streams: remove it")
	}
	if s.ExtendedClient != nil {
		b.fail(c, "extended_client", "sends to queues and topics only")
	}
	if n := stream.NewHasher(s.PartitionKey).Longest(); int64(n) > k.KeyMax {
		b.fail(c, "partition_key", "has up to %d characters, of at most %d", n, k.KeyMax)
	}
	if s.KPL != nil && s.KPL.AggregationMaxSize != nil && *s.KPL.AggregationMaxSize > k.SizeMax {
		b.fail(c, "kpl.aggregation_max_size", "is at most %s in this profile", k.SizeMax)
	}
}

// closedStream is a stream as it answers who may not put records into it.
type closedStream struct {
	stream.Target
	denial *iam.Denial
}

// PutRecord denies the call.
func (c closedStream) PutRecord(stream.Entry) error { return c.denial.Deny() }

// PutRecords denies the call.
func (c closedStream) PutRecords([]stream.Entry, []error) error { return c.denial.Deny() }
