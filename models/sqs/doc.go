// Package sqs models Amazon SQS queues, standard, fair and FIFO, as the API's actions in virtual time.
//
// # What is modelled
//
// SendMessage, ReceiveMessage, DeleteMessage and ChangeMessageVisibility, single and in batches, and PurgeQueue. A
// message is delayed, visible, in flight, or gone. Its visibility timeout begins when the queue returns it; a
// delivery that ends without a delete makes it visible again, near its old place the first times and at the back of
// the queue from the third receive on (2026). The receive that would exceed maxReceiveCount moves it to the
// dead-letter queue instead, where it keeps its enqueue time. Retention removes what is too old, also in flight.
// Messages lie on several servers: a short poll asks a share of them and may come back empty, a long poll asks all,
// waits for the first message and does not wait to fill its batch. Order is best effort, because the servers are
// asked from a random one on. Too many messages in flight are answered with OverLimit on short polls and with
// silence on long ones. Now and then a deleted message comes back. Each 64 KB of a call's payload is billed as a
// request.
//
// A FIFO queue, whose name ends in .fifo, has its messages by group (the message's key). A receive takes as many
// messages of one group as it may, then of the next, the groups in the order of their first messages; a group that got
// a message back comes after those that are open then, as AWS was seen to do (semantics row C045). Nothing is delivered
// behind a message of its group that is in flight. Only groups with a message among the first 120,000 of the queue are
// found. A repeat of a message's identity within five minutes is accepted and not enqueued; a message that a consumer
// sends on keeps its identity, so that work done twice is sent on once. Deletes after the visibility timeout fail.
// Calls beyond the quota, 300 a second of each action, are refused; in high-throughput mode that is the quota of each
// partition, and partitions that refuse calls for long enough are doubled up to the region's quota. A FIFO dead-letter
// queue counts retention anew (2026).
//
// A fair queue returns messages of quiet tenants (the message's key) first. A tenant is noisy while it holds more than
// a tenth of the messages in flight, and thirty, or took more than a tenth of the consumers' time lately, until its
// backlog is gone or it has sent nothing for five minutes; of several noisy tenants the one with the fewest in flight
// is served.
//
// A move task takes the visible messages of a dead-letter queue, oldest first, to another queue at its rate; there they
// begin anew, with no receives and their retention ahead. In the ledger they stay dead-lettered until they are
// processed after all. Calls that are refused are billed as others are: AWS does not say.
//
// Attributes that are set while the queue runs take effect within a minute, the retention within fifteen. A queue that
// is deleted takes its messages with it and answers NonExistentQueue until it is created again, a minute later at the
// earliest, as new. While there is no dead-letter queue, messages are delivered on.
//
// Every wait in line is split: backlog while no consumer stood free, poll while those that did could take all that
// waits (in proportion, while they could take a part), throttle while the queue was at its in-flight limit. In a FIFO
// queue only the first message of an open group stands in line; what waits behind it is late for the order of its
// group.
//
// # What is not
//
// Answers do not get lost, so that consumers have no use for ReceiveRequestAttemptId. Encryption and access policies
// are decided before a call comes here (models/kms, models/iam): what is denied is not billed, AWS does not say. A
// batch is throttled as a whole, where AWS answers entry by entry; a FIFO queue's partitions do not become fewer. Short
// polls of a fair queue see all its messages. PurgeQueue and DeleteQueue are done at once, where AWS may take up to 60
// s. An attribute takes effect for the whole queue at once. The 12-hour cap counts from the delivery that a receipt
// stands for; AWS does not say whether a later delivery starts a new 12 hours. A consumer that finishes after its
// message was moved to the dead-letter queue does not bring it back. Message attributes are part of the size and
// nothing else. Figures are exact, and the age of the oldest message among them counts from its first enqueue; the
// metric ApproximateAgeOfOldestMessage counts from the move to a dead-letter queue, as AWS's does, and is 0 where every
// message has been received three times, of which AWS says nothing. A dead letter keeps its receive count, as AWS's
// count over all queues says, so that a redrive policy on a dead-letter queue with a lower maximum passes it on
// undelivered.
//
// # Facts
//
// The numbers stand in models/aws/data/constants/sqs.yaml with source and date. What AWS does not publish is a named
// parameter: sqs.servers, sqs.short_poll_share, sqs.duplicate_share, sqs.fifo.burst, sqs.fifo.partitions,
// sqs.fifo.partition_split_time, sqs.fair.window.
//
// # Statistics
//
// Levels of visible, in-flight and delayed messages; counts of messages sent, delivered, delivered again, deleted,
// expired, purged, moved, repeated, and of empty, refused and throttled calls; dwell times of quiet and noisy tenants;
// billed requests by action; the age of the oldest message.
package sqs
