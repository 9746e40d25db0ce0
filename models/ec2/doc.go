// Package ec2 models fleets of EC2 instances, of tasks or of pods that consume a queue or serve the requests of a load
// balancer: of a fixed size, or as many as an Auto Scaling group has.
//
// # What is modelled
//
// Instances, each with threads that poll, work through their batch in order, and delete: each message after its work,
// the batch as a whole, or without waiting for the answer. A message's latency ends with its work, not with its
// delete. While it waits behind its batch it is booked to prefetch. Part of the work may need a vCPU: with n such
// threads on c vCPUs each goes at the rate min(1, c/n). Work fails at its end with a given chance, always for poison
// messages, and when something that it calls fails. Heartbeats extend the visibility timeout of what is in hand. An
// instance crashes at a given rate, loses what it has in hand until the visibility timeout ends, and is replaced after
// the launch time. Processed messages may be sent on, by several ways; those whose work failed may be sent to where
// that is made good. A message whose deadline has passed may be deleted in place of the work. A fleet may read several
// queues: see Priority. What the work calls, and how it waits, tries again and gives up, is the matter of package
// calls.
//
// A fleet that serves requests asks its load balancer as another asks its queue: each thread for the requests to its
// own instance. A thread works on one request at a time; its answer ends it. What a crashed instance has is not
// answered any more; only a task on an instance of EC2 leaves a host that refuses it.
//
// With an extended client, a receive gets the payloads of its messages one after the other before it returns; one that
// is missing, or that S3 refuses for good, fails the receive, and its messages wait for their visibility timeouts. The
// payload is deleted before its message is; one that S3 does not delete keeps its message. So it is in the library
// (awslabs/amazon-sqs-java-extended-client-lib @012c2edb, AmazonSQSExtendedClient.java, receiveMessage and
// deleteMessage). A copy that is sent on gets a payload of its own. Client-side encryption is part of the work. The
// first receive in a data key's period waits for the key of an encrypted queue, also when it then finds nothing.
//
// A fleet that scales has a group (models/autoscaling), whose capacity launches, serves and ends here. A launch takes
// the measured time, waits for a lifecycle hook, is in service, and receives when its first start and its
// application's are over. Zones are kept even: a new instance goes to the one with the fewest, and the one with the
// most gives one up, chosen by the termination policy. On-demand base and share hold out and in, with a fraction in
// favor of on-demand: what is to go is of that purchase option of which there is too much, and by default of the type
// that the allocation would launch last. An instance that is to go is killed with what it has in hand, unless it
// drains, has a terminate hook, or is protected while busy. A failed one is replaced when the group knows, after the
// grace period and whatever cooldown there is. Spot instances get two minutes' notice, and their launches may fail;
// with Capacity Rebalancing another is launched at the notice, and the old one goes as in a scale-in when that one is
// in service, if the notice lasts until then; a launch that has no capacity, zone or place is tried again. A warm pool
// keeps instances stopped, hibernated or running. Root volumes are billed where their size is given, of instances in
// every state. Instance types can differ in threads, vCPUs and weight. Tasks launch at a limited rate, and on nodes
// that come when a task finds no room and go when they have been empty for a while.
//
// # What is not
//
// CPU credits of T types, network bandwidth, memory. Of a group: rebalancing of zones by itself, instance refresh,
// maximum instance lifetime, load balancers' health checks, suspended processes, capacity reservations; an instance
// that ends is gone at once, without the time of shutting down. AWS does not say whether a scale-in ends instances
// that are launching before those that serve; here those that serve go first, and of tasks those that launch, and the
// split of tasks by Fargate Spot is kept as that of instances. There is room for twice the group's most at once, with
// those that leave and those that are prepared; a launch beyond waits. Spot capacity and interruptions are rates, not
// markets. A node takes any task that fits by number, and tasks are not moved together when some end. A thread has its
// own connection to the queue: the SDK's limit of connections is not modelled on this side. Receives and heartbeats
// never meet a fault of the service; OverLimit is answered by polling again. An attempt whose message has left the
// queue meanwhile sends nothing on, and leaves its payload.
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
// work begins and the causes. Of a group: desired, in service, pending and terminating capacity, activities and
// changes of direction, times to scale, messages killed in a worker's hands and taken by polls of instances that
// were gone, drains, replacements, interruptions, failed launches, prepared instances and nodes. Its metrics bear AWS's
// names; the CPU utilisation is that of instances past their warm-up.
package ec2
