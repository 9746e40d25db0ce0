// Package sqs models Amazon SQS standard queues as the API's actions in virtual time.
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
// Every wait in line is split: backlog while no consumer stood free, poll while one did, throttle while the queue
// was at its in-flight limit.
//
// # What is not
//
// FIFO queues, fair queues, encryption, access policies and redrive tasks are not there yet; FIFO will stand in files
// of its own beside these. PurgeQueue is done at once, where AWS may take up to 60 s. Attribute changes while a queue
// runs are not modelled. The 12-hour cap counts from the delivery that a receipt stands for; AWS does not say whether a
// later delivery starts a new 12 hours. A consumer that finishes after its message was moved to the dead-letter queue
// does not bring it back. Message attributes are part of the size and nothing else. CloudWatch's lateness is not
// modelled: figures are exact. The age of the oldest message counts from its first enqueue, in a dead-letter queue too,
// where AWS's metric counts from the move, and messages received three times and more stay in it. A dead letter keeps
// its receive count, as AWS's count over all queues says, so that a redrive policy on a dead-letter queue with a lower
// maximum passes it on undelivered.
//
// # Facts
//
// The numbers stand in models/aws/data/constants/sqs.yaml with source and date. What AWS does not publish is a named
// parameter: sqs.servers, sqs.short_poll_share, sqs.duplicate_share.
//
// # Statistics
//
// Levels of visible, in-flight and delayed messages; counts of messages sent, delivered, delivered again, deleted,
// expired, purged, moved, and of empty and refused receives; billed requests by action; the age of the oldest
// message.
package sqs
