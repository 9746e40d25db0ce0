// Package stream holds what every kind of stream is made of: shards of a space of hashed keys, the log of records of
// each, and readers with a place of their own in it. Kinesis data streams and the streams of DynamoDB tables are built
// from it, and whoever reads a stream does it through a Fetcher.
//
// # What is modelled
//
// A record is appended to the log of its shard and can be read a little later, in the order of its shard. It is kept
// until every reader has read it, and no longer than the retention: a record that nobody will read takes no memory. A
// reader owes the ledger one message for each record from its starting position on; the message itself is made when the
// record is read, so what waits in a log takes 48 bytes and not the size of a message for each reader.
//
// A shard that was split or merged is closed: it can be read and not written. Its children are read when a reader has
// read all of their parents.
//
// What a record waited for is split when it is read: the consumer was busy, or free and had not asked, or was held back
// by a limit. Of a shard whose reads leave records behind, the reader keeps how it spent its time, in up to 128 points.
//
// A Fetcher gets records for a consumer, either by polls of each shard at a steady rate, each with its own phase, or
// pushed to it as it subscribed. Polls that would find nothing take no event while the stream can bear them all.
//
// # What is not
//
// The contents of records. That iterators expire: a consumer of AWS's gets a new one, which takes a call. A reader goes
// forward only; whoever reads again is a reader of its own, which starts at another position.
//
// # Facts
//
// What limits reads and writes is for the kind of stream to say. HashOf, Part and Middle follow the Kinesis API
// reference (botocore 0e6e2404b, 2026-08-07): an MD5 as a number of 128 bits, ranges that cover all of them.
package stream
