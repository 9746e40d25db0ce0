// Package sdk models the client's side of AWS calls: producers that batch, connections, latency and retries.
//
// # What is modelled
//
// A producer takes messages from its workload, puts them into a batch that is sent when it is full or has waited its
// linger time, and makes the call. A call takes one of the client's connections and a round trip, half of it before
// the service acts. A failed attempt is tried again by the rules of the retry mode: legacy, standard with its retry
// quota, or adaptive with its client-side rate limit. What waits at the producer can be bounded; a message beyond is
// rejected. The clients of a closed loop wait for the answer and think. An extended client puts payloads above its
// threshold into a bucket before the call, those of a batch one after the other, and sends pointers; a payload that
// cannot be put fails the whole call, and what was put before it stays. Client-side encryption takes time before
// that. Some messages may be sent again after a while, as by a producer that got no answer: the repeat is another
// message with the identity of the first. A producer may put its messages into a bucket itself, as objects. The first
// call in a data key's period waits for the key of an encrypted queue or topic. Compression makes messages smaller,
// and takes time before encryption does.
//
// # Ways on
//
// A consumer sends a copy of each processed message on by all ways that suit it, or by one that is drawn. The
// calls of one message go out at once, and the work on it ends when all are answered; when one is given up, the
// work has failed, and the others are sent again with the next attempt. A way back may be closed after so many
// rounds. Messages that belong together are counted where they are worked on, and the last one goes on for all;
// what counts them is held to take no time and to be seen by all, and to count a message that is worked on twice
// once.
//
// # Records of streams
//
// A batch of one is a PutRecord, a larger one a PutRecords, which ends before the limits of a call. A PutRecords that
// succeeds may have records that failed. No SDK sends these again: the producer's own loop does, by default without
// end, with exponential back-off and full jitter; or it passes over them and they are rejected. A record that no call
// could put, because it is none, is rejected at once. The Kinesis Agent is the same with other numbers, and tries
// calls that failed again, too, as long as another attempt may help; what is too large for a record it passes over.
//
// Records of one key arrive in their order only while nothing fails and calls do not overtake one another. They
// change places when a PutRecord is tried again while a later one is under way; when a record of a PutRecords fails
// and a later one of the same call does not; and always when the own loop sends a failed record behind those that
// were sent meanwhile. With sequence_number_for_ordering each record of a key waits for the one before it. The
// library keeps the order within an aggregate and a call, and loses it with each failure.
//
// # The Kinesis Producer Library
//
// Its user records go into the aggregate of the shard that their hash belongs to, as far as the library knows the
// shards. An aggregate is closed when it is full, or when the earliest deadline of its records comes; what does not
// fit begins the next one. Two buckets for each shard, of records and of bytes, let Kinesis records through to the
// call that fills, which is made when it is full, when it has much of one shard, or at its earliest deadline, which
// is a little later when records are aggregated. Kinesis records that failed are taken apart, and their user records
// go into aggregates again, with a near deadline and no back-off, until they are too old. A record that went to
// another shard than predicted makes the library look at the shards again; its user records are put a second time if
// they do not belong there or the shard was not known. Meanwhile no record is aggregated, nor held by the limiter.
// Without aggregation the library predicts no shards at all: neither the limiter nor the early call exist.
//
// Sizes are those of the aggregated format: magic number and MD5 of 20 bytes, and a protocol buffer in which each
// partition key stands once and each record has an index of its key. A record alone is not wrapped.
//
// # What is not
//
// Time-outs of calls, TLS set-up, the producer's own CPU beyond compression and encryption; these do not wait for a
// free CPU, but that a library's record waits for the one before it. The shorter delays that SDKs take under
// AWS_NEW_RETRIES_2026. The Kinesis Client Library, which reads streams, is package kcl.
//
// Of the library: RequestTimeout, the CPU time of its threads, the bytes of explicit hash keys in an aggregate, looks
// at the shards that fail, and the limit of a stream's calls beside its own CollectionMaxCount and CollectionMaxSize.
// Two readings: a Kinesis record that was closed early keeps the deadline of its user records in the call that fills
// (pipeline.h extends a deadline, in a function that was not found), and a record that is larger than
// AggregationMaxSize leaves the aggregate of its shard open. The agent takes messages as they come, and not from
// files every 100 ms.
//
// What the library puts into CloudWatch is not billed here: by default all of its metrics (level DETAILED), each for
// every shard, for the stream and over all (granularity SHARD), each minute. "Amazon CloudWatch Custom Metrics and
// Amazon CloudWatch API Requests charges apply" (Kinesis developer guide, monitoring-with-kpl.html; metrics.md of
// awslabs/amazon-kinesis-producer @162a68a). Some eight metrics are told of each shard: at $0.30 a month each, $2.40 a
// shard. What is told of requests by shard, and which errors come, the documents leave open.
//
// # Facts
//
// Latencies, retry constants and the default number of connections stand in models/aws/data/constants/sdk.yaml with
// source and date; the constants of the adaptive limiter are those of botocore's retries package. Those of the
// Kinesis Producer Library stand in constants/kpl.yaml, and its stories in kpl_facts_test.go, after
// awslabs/amazon-kinesis-producer @11c4a64 (2026-03) and @ea3295b (2021-05): aggregator.h, reducer.h, limiter.h,
// collector.h, pipeline.h, retrier.cc, shard_map.cc, kinesis_record.cc and default_config.properties. The agent's are
// of the developer guide, writing-with-agents.md, and of awslabs/amazon-kinesis-agent @1f62dea, Constants.java.
//
// # Statistics
//
// Messages born, rejected, by reason, and held; calls, attempts, retries, calls given up; the time of a send, the wait
// for a connection included. Of streams: records put, failed and sent again. Of the library, by the names of its
// CloudWatch metrics in lower case: user and Kinesis records put, user records of a Kinesis record, retries of a
// record, the time it was buffered; beside these, Kinesis records that the limiter held and user records that were put
// twice.
package sdk
