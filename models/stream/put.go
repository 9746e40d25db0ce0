package stream

import "weir/models/message"

// Entry is one record that a producer puts into a stream: one message, or several that a producer library aggregated.
type Entry struct {
	Hash     Hash          // of its partition key, or the explicit one
	Bytes    uint32        // data and partition key
	Messages []message.Ref // in their order
}

// Target is a stream as its producers see it.
type Target interface {
	// PutRecord puts one record. The error is ProvisionedThroughputExceededException when its shard takes no more, or what
	// the API answers to a record that is none; its messages then stay with the producer.
	PutRecord(e Entry) error
	// PutRecords puts several. The error is that of a call refused as a whole. Otherwise failures[i] is set to what became
	// of the i-th entry, nil for those that were put: the call itself succeeds, and an SDK does not try again.
	PutRecords(entries []Entry, failures []error) error
	// ShardOf returns the number of the open shard that a hash belongs to.
	ShardOf(h Hash) int
	// RecordMax returns how many bytes the data and partition key of a record may have.
	RecordMax() int64
	// Last returns the last hash of a shard.
	Last(shard int) Hash
}
