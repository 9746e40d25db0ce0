// Package firehose models Amazon Data Firehose (until February 2024 Kinesis Data Firehose): delivery streams, which
// buffer records, may have a function transform them, and deliver them to a destination in near real time.
//
// # What is modelled
//
// Records come by PutRecord and PutRecordBatch, or from a stream that is read once a second and shard from its newest
// record on. Direct puts have three quotas, of records, requests and bytes a second, which scale together: beyond them
// the answer is ServiceUnavailableException, for single records of a batch if others still fit. In the newest profile a
// stream that is throttled for firehose.direct_put.autoscale_after has its quotas multiplied by
// firehose.direct_put.autoscale_factor. A record never waits in Firehose to be read: there is no storage and no replay.
//
// A buffer is closed by its size or its interval, whichever is reached first; its records are one object. With an
// interval of zero it is closed after firehose.zero_buffering.gather, and not while the one before is being delivered.
// While deliveries are being tried again, buffers are larger: the size is multiplied by one more than the deliveries
// that failed and wait, up to the largest that can be set. Dynamic partitioning gathers records for the part of the
// interval that firehose.partitioning.delay is above one, then fills a buffer for each key; a record of one key too
// many goes to the backup.
//
// A function transforms batches of records, by a synchronous invocation each. What is throttled or takes longer than
// firehose.transform.timeout is tried again; a batch whose invocations all failed, or that the function failed, goes to
// processing-failed in S3, and so do single records that the function says it could not process. A record that it drops
// is done. So many invocations may be outstanding for each shard of the source; while the next one waits its shard is
// not read. Direct puts are taken to have a shard for each MiB/s of their quota.
//
// A delivery takes the destination's latency; it fails while the destination is unavailable, and by chance. What failed
// is tried again, after a pause that doubles. S3 is tried for 24 hours or, when a stream is the source, as long as the
// stream would have kept the oldest record; then the records are lost. Other destinations are tried for the retry
// duration, then the records are backed up in S3. Redshift gets an object in S3, and a COPY of all objects that are
// there as soon as the COPY before has ended. Splunk acknowledges; an acknowledgement that does not come in its timeout
// is a failure, although the records are there: they come a second time.
//
// Each record is a message. Its time until it is accepted is the producer's; waiting in buffers is booked as batch
// window, for its turn to be transformed as throttle, in the function as the function books it, in a delivery as
// downstream, and from the first failure on as retry. In the ledger it is in a queue while it is buffered and in flight
// while it is transformed or delivered. It ends as processed when it is at its destination, as filtered when the
// function dropped it, and as dead-lettered when it is in the S3 backup: like a message in a dead-letter queue it was
// given up and is kept for somebody to look at. The kind tells why, as in a queue: by error after a destination failed,
// there were too many partitions, or the function could not process it, by poison, timeout and throttle after
// invocations that ended so. It is lost when S3 itself was out of reach for too long. A put that is refused stays with
// its producer: records that fail in a PutRecordBatch are the producer's own to send again, as with streams.
//
// # What is not
//
// Where objects are: they are counted, and billed as requests, and no bucket of the scenario holds them or tells of
// them; their storage is not billed. The backup is always in reach. The quota of a partition in bytes,
// Snowflake and Iceberg, the price of the queries that find partition keys, the time that format conversion takes.
// Delivery to a Redshift cluster is as fast as firehose.redshift.latency says whatever the number of objects. AWS
// publishes neither how quotas are raised nor how buffers grow: both are choices.
//
// # Facts
//
// The numbers stand in models/aws/data/constants/firehose.yaml with source and date. Sentences of AWS's stand at the
// tests that hold the model to them.
//
// # Statistics
//
// Under CloudWatch's names in lower case: incoming_records, incoming_bytes, incoming_put_requests, throttled_records;
// of the destination, here S3: delivery_to_s3_records, _bytes, _success (deliveries that went well, of those
// attempted), _data_freshness (age of the oldest record that is not delivered, since Firehose has it); of the function:
// execute_processing_duration, execute_processing_success, succeed_processing_records; backup_to_s3_records. Beside
// them the number and size of objects, the bytes that are buffered, how often and by what factor quotas were raised,
// and why buffers were closed. The path of a record ends here, with its latency from its birth to the end of its
// delivery.
package firehose
