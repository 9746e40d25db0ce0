// Package kinesis models Kinesis data streams: what a shard takes and gives, how records find their shard, how
// streams are resharded, provisioned and on demand, and what is billed.
//
// # What is modelled
//
// A record belongs to the open shard whose range holds the MD5 of its partition key, or its explicit hash key. A
// shard takes so many records and bytes a second, each by a token bucket that holds a second's worth; the bytes of
// PutRecord are rounded up to a KB record by record, those of PutRecords in the sum of a call by shard. What a shard
// does not take fails by itself: the other records of a PutRecords are put, and the call succeeds. A stream whose
// largest record was raised has a burst of 10 MiB since October 2025.
//
// Records are immutable and stay for the retention; see package stream for the log and its readers. Consumers that
// poll share five calls and 2 MB a second of each shard: a call that returns more than a second's worth silences the
// shard until that much could have been read (10 MB: 5 s), and one that finds the bytes used up for at least a second.
// Records a second would be counted likewise, but no profile limits them (kinesis.shard.read_records): one page of AWS
// says 2,000, next to 10,000 a call, which would then be five seconds' worth; GetRecords, whose page says what
// silences a shard, has no such limit, and AWS's calculator counts none. A scenario can set it. Consumers with
// enhanced fan-out get 2 MB a second of each shard for themselves, pushed.
//
// Splits, merges and updates of the shard count take time, during which the stream is UPDATING: it is read and
// written, and refuses another change. They take effect at the end, all at once. An update splits shards where the
// new ones begin and merges what lies between, pair by pair.
//
// A stream on demand begins with four shards. A shard that was offered more than half of its limit in each minute of
// a quarter of an hour is split in the middle of its range, so that a stream bears twice its earlier peak at once
// and throttles beyond it for about that long; a hot key stays where it is. Neighbours that took little for a day
// are merged. With On-demand Advantage a stream can be warm from the start, and the account pays for a least
// throughput.
//
// # What is not
//
// Kinesis queues (AWS documentation of November 2026: ReceiveQueueRecords and AcknowledgeQueueRecords of up to ten
// records, a visibility timeout of up to 12 hours, dead letters, at least once and without order, 120,000 records in
// flight, on streams on demand alone, each counting as a consumer): no price and no latency of them is published.
//
// Delivery of a stream to S3 and to tables by the service itself. The quotas of calls that are not about records
// (GetShardIterator, ListShards, DescribeStream, SubscribeToShard), which consumers stay far below. Iterators are for
// stories of the API alone, where they expire: consumers of a scenario read through package stream. KMS's part in
// reads: the key is used for both, and its calls are counted for writes. InternalFailure of single records. The order
// in which AWS works through an update of the shard count, and that throughput rises step by step meanwhile.
//
// # Facts
//
// Constants stand in models/aws/data/constants/kinesis.yaml, each with source, date and grade. Not published, and so
// named parameters: kinesis.propagation, kinesis.efo.push, kinesis.reshard_time, kinesis.update_shard_count.time,
// kinesis.on_demand.scale_down, sdk.kinesis.put.latency, sdk.kinesis.get.latency. That
// the time until a record can be read is one and the same for all records that a shard takes in 100 ms, is a
// choice. That half of the records a second splits a shard on demand as half of its bytes does, is taken from the
// rule for bytes.
//
// # Statistics
//
// CloudWatch's metrics of streams under their names in lower case (incoming_records, incoming_bytes,
// write_provisioned_throughput_exceeded, read_provisioned_throughput_exceeded, iterator_age, outgoing_bytes …), open
// shards, splits and merges, the hottest shard, and by bands of hashes what the busiest shard was offered of its
// limit. How near the busiest shard is to the limit of its reads: calls and bytes of those who poll, whichever is
// nearer, polls that find nothing included; and what one consumer with enhanced fan-out takes of a shard.
package kinesis
