// Package ec2 models fleets of EC2 instances that consume a queue.
//
// # What is modelled
//
// A fixed number of instances, each with threads that poll, work through their batch in order, and delete: each
// message after its work, the batch as a whole, or without waiting for the answer. A message's latency ends with
// its work, not with its delete. While it waits behind its batch it is booked to prefetch. Part of the work may
// need a vCPU: with n such threads on c vCPUs each goes at the rate min(1, c/n). Work fails at its end with a
// given chance, always for poison messages, and when something that it calls fails. Heartbeats extend the
// visibility timeout of what is in hand. An instance crashes at a given rate, loses what it has in hand until the
// visibility timeout ends, and is replaced after the launch time. Processed messages may be sent on, by several
// ways; those whose work failed may be sent to where that is made good. A message whose deadline has passed may be
// deleted in place of the work. A fleet may read several queues: see Priority.
//
// With an extended client, a receive gets the payloads of its messages one after the other before it returns; one that
// is missing, or that S3 refuses for good, fails the receive, and its messages wait for their visibility timeouts. The
// payload is deleted before its message is; one that S3 does not delete keeps its message. So it is in the library
// (awslabs/amazon-sqs-java-extended-client-lib @012c2edb, AmazonSQSExtendedClient.java, receiveMessage and
// deleteMessage). A copy that is sent on gets a payload of its own. Client-side encryption is part of the work. The
// first receive in a data key's period waits for the key of an encrypted queue, also when it then finds nothing.
//
// # What is not
//
// Auto Scaling, start-up of the application after a launch, CPU credits of T types, network bandwidth, memory. A thread
// has its own connection to the queue: the SDK's limit of connections is not modelled on this side. Receives and
// heartbeats never meet a fault of the service; OverLimit is answered by polling again. An attempt whose message has
// left the queue meanwhile sends nothing on, and leaves its payload.
//
// # Facts
//
// Latencies of the calls and the launch time stand in models/aws/data/constants, sizes of instances in
// models/aws/data/instances.yaml, each with source and date.
//
// # Statistics
//
// Levels of busy threads, running instances and computing threads; messages processed for the first time and again,
// failed attempts, attempts that outlived their visibility timeout, crashes; per origin the latency, the wait until
// work begins and the causes.
package ec2
