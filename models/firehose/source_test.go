package firehose

import (
	"testing"

	"weir/models/message"
	"weir/models/stream"
	"weir/sim"
)

// source is a stream that bears every poll, and whose records can be read at once.
type source struct {
	log   *stream.Log
	polls []float64 // that took records, s
	scene *scene
}

func (c *source) Log() *stream.Log                         { return c.log }
func (c *source) Attach(*stream.Fetcher)                   {}
func (c *source) Permit(*stream.Fetcher, int) sim.Duration { return 0 }
func (c *source) PollEvery() sim.Duration                  { return sim.Second }
func (c *source) Took(_ *stream.Fetcher, _ int, read stream.Read) {
	if read.Records > 0 {
		c.polls = append(c.polls, c.scene.eng.Now().Seconds())
	}
}

// reading makes a delivery stream that reads a stream of so many shards.
func (s *scene) reading(settings string, shards int, retention sim.Duration) *source {
	c := &source{log: stream.NewLog(s.eng, s.store, "streams.s", shards, retention), scene: s}
	s.delivery(settings, func(p *Parts) { p.Source, p.SourceName = c, "streams.s" })
	return c
}

// write writes records to a shard.
func (c *source) write(shard, records int, size uint32) {
	for range records {
		c.log.Append(shard, []message.Ref{c.scene.born(size, 0, 0)}, 0, 0)
	}
}

// AWS: Firehose "starts reading data from the LATEST position of your Kinesis stream" and "calls the Kinesis Data
// Streams GetRecords operation once per second for each shard" (Firehose developer guide,
// writing-with-kinesis-streams.md, 2023).
func TestAStreamIsReadOnceASecondAndShard(t *testing.T) {
	s := newScene(t, "aws-2026")
	c := s.reading("{}", 2, 24*sim.Hour)
	for i := range 100 {
		s.at(1+float64(i)/10, func() { c.write(0, 10, 1000); c.write(1, 10, 1000) })
	}
	s.run(60)
	if n := len(c.polls); n < 20 || n > 24 {
		t.Errorf("%d polls in ten seconds of two shards", n)
	}
	s.expect("records", float64(s.d.Records.Value()), 2000)
	s.run(400)
	s.expect("processed", float64(s.count(message.Processed)), 2000)
	if name := s.d.Paths()[0].Name(); name != "producers.p -> delivery_streams.d" {
		t.Error(name)
	}
}

// AWS: with a stream as the source the quotas of direct puts do not apply (limits.md, 2023), and direct puts are
// refused (writing-with-kinesis-streams.md, 2023).
func TestAStreamHasNoQuota(t *testing.T) {
	s := newScene(t, "aws-2026", "firehose.direct_put.records", "10/s", "firehose.direct_put.bytes", "1KiB")
	c := s.reading("{}", 1, 24*sim.Hour)
	s.at(1, func() { c.write(0, 1000, 1000) })
	s.run(3)
	s.expect("records", float64(s.d.Records.Value()), 1000)
	if err := s.put(10, 0); err != ErrInvalidArgument {
		t.Error(err)
	}
	s.run(400)
}

// AWS: "if Kinesis Data Streams is the source, Firehose keeps retrying" S3 for as long as the stream keeps the data: it
// is lost when its retention is over (basic-deliver.md, 2023).
func TestTheRetentionOfTheSourceBoundsTheRetries(t *testing.T) {
	s := newScene(t, "aws-2026")
	c := s.reading("destination: {unavailable: [{at: 0s, for: 30d}]}", 1, 7*24*sim.Hour)
	s.at(1, func() { c.write(0, 10, 1000) })
	s.eng.Run(sim.Time(7*24*sim.Hour), 1<<30)
	s.expect("tried for longer than a day", float64(s.count(message.Lost)), 0)
	s.eng.Run(sim.Time(7*24*sim.Hour+2*sim.Second), 1<<30)
	s.expect("lost", float64(s.count(message.Lost)), 10)
}

// While a batch waits for its turn with the function, its shard is not read: records wait in the stream, as backlog.
func TestAShardIsNotReadWhileItsFunctionIsBusy(t *testing.T) {
	s := newScene(t, "aws-2026")
	c := s.reading("{transform: {function: functions.f, buffer_size: 256KiB}, buffer: {interval: 60s}}", 1, 24*sim.Hour)
	s.f.takes = 100 * sim.Second
	for i := range 60 {
		s.at(1+float64(i), func() { c.write(0, 1, 256<<10) })
	}
	s.run(61)
	s.expect("outstanding", float64(s.f.top), 5)
	if n := s.d.fetcher.Unread(0); n < 50 {
		t.Errorf("%d records are left in the stream", n)
	}
	s.run(3000)
	s.expect("processed", float64(s.count(message.Processed)), 60)
	means, _ := s.d.Paths()[0].Causes.Around(0, 1)
	if means[message.Backlog] < 1e9 {
		t.Errorf("backlog of %v ns", means[message.Backlog])
	}
}

// A shard that is split is read to its end before its children.
func TestShardsOfASplitAreRead(t *testing.T) {
	s := newScene(t, "aws-2026")
	c := s.reading("transform: {function: functions.f}", 1, 24*sim.Hour)
	s.at(1, func() { c.write(0, 10, 1000) })
	s.at(1.5, func() {
		low, high := c.log.Split(0, stream.Part(1, 2))
		c.write(low, 5, 1000)
		c.write(high, 5, 1000)
	})
	s.run(400)
	s.expect("processed", float64(s.count(message.Processed)), 20)
}
