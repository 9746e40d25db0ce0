// Package kcl models applications that consume streams: with the Kinesis Client Library, whose workers share the
// shards of a stream by leases, or as a plain poller on the SDK.
//
// # What is modelled
//
// An application has workers, one on each host. Each shard has a lease, which one worker holds at a time; a worker may
// hold many, and more workers than shards are idle. The records of a shard are worked on in their order, one batch at
// a time, where a batch is what one read returned. The shards of a worker share its threads, if their number is set,
// and its vCPUs: with n that compute on c vCPUs each goes at the rate min(1, c/n). From version 2 on the library reads
// ahead while a batch is worked on, within limits of batches, records and bytes of a shard; version 1 and the plain
// poller read when they are done. A poll of a shard comes an idle time after the last one, or when it is wanted, if
// that is later. Enhanced fan-out pushes records instead.
//
// A worker checkpoints a shard after each batch, or after the first batch that ends so long after the last checkpoint.
// It waits for the lease table's answer. What was read since the last checkpoint is kept: when a worker crashes or a
// lease is stolen, the next worker reads it again, which counts for the limits of the shard, and works on it again.
// Records that were processed already are then duplicates.
//
// The lease of a child begins when its parents have been worked through and checkpointed. Nobody holds it at first.
//
// Versions 1 and 2. A worker renews its leases each third of the failover time (less 25 ms) and looks for leases to
// take every two failover times (and 50 ms). Its target is the number of leases over that of workers, rounded up,
// where of the others those count that hold leases. Leases that nobody has held, or that have not been renewed for
// three failover times, it takes all, whatever its target. Otherwise it takes as many of the expired ones as it needs;
// if there are none, it steals one from the worker with most leases, when that one has more than the target, or just
// the target while it needs two or more itself. A lease has expired for a worker when it was not renewed between two
// of its looks: it counts from the look that found the lease renewed last. So a lost worker's shards rest for one to
// two intervals of looks after the last renewal, 17 to 40 s by default with one other worker, and for little more than
// one interval with many.
//
// Version 3. One worker leads. Every two failover times it gives leases that nobody holds, or that expired as above,
// to the workers furthest below the mean CPU utilisation; every third time it balances: workers above the mean by the
// threshold give leases away that carry the dampened excess. The CPU is smoothed, and where no work needs a vCPU, the
// bytes of the leases stand in for it, as for workers on platforms without CPU metrics. A lease is handed over: the
// worker that holds it learns of it with its next renewal, ends the batch in hand and checkpoints; after the time for
// that and a failover time it is taken. The new worker learns of its leases with its next renewal. When the leader
// crashes, its lock lasts two minutes from its last heartbeat; nobody gives leases until another worker has it.
//
// Work on a record that fails at its end: the application skips it, skips the rest of its batch (an exception that it
// does not catch: "the KCL does not resend the batch"), or tries again after a pause, and the shard waits. Poison
// records fail always.
//
// A plain poller is one process without leases and checkpoints. After a crash it begins again at the newest records,
// and those that came meanwhile are lost to it, or it goes on behind the last batch that it ended, when it keeps such
// a note.
//
// # What is not
//
// A worker whose lease is stolen stops at once here, with its batch undone; the library finds out at its next renewal
// or checkpoint, so that for some seconds both may work on the same records. Leases of version 1's children are made
// at the next look at all shards (60 s) there, and wait for their parents one by one; here as in version 2. Calls to
// the lease table do not fail, are not throttled and take no time but for checkpoints. Leases that ended are no longer
// counted. Version 3 counts a dead worker as active until its figures are a minute old; here it is given no leases.
// Its CPU figures are those of each look of the leader, and not ten samples of 30 s. Shard syncs, lease audits and
// their calls are left out, as are the consumers' limits of open subscriptions. An aggregated record counts as its
// messages in the limit of the buffer and in reads that repeat. A record that is read again may be past its retention.
// The metrics that the library puts into CloudWatch are not billed, nor the calls that put them.
// Elastic Beanstalk starts EC2 instances and costs nothing itself: give their type.
//
// # Facts
//
// Constants stand in models/aws/data/constants/kcl.yaml with source and date. The rules of taking follow
// DynamoDBLeaseTaker.java, those of version 3 LeaseAssignmentManager.java, VarianceBasedLeaseAssignmentDecider.java
// and DynamoDBLockBasedLeaderDecider.java (awslabs/amazon-kinesis-client).
//
// # Statistics
//
// Levels of workers that run, of those without a lease, of leases held and of leases that nobody holds, of batches
// worked on and of threads that compute; when it had read each shard to its tip for the first time; messages processed
// for the first time and again, failed attempts, skipped records, checkpoints; leases taken, stolen, lost and handed
// over, the time from a crash until its leases are held again; how far a read was behind (MillisBehindLatest); per
// origin the latency, the wait until work begins and the causes. What waits in the buffer of a worker is booked to
// prefetch, what a crash leaves behind to retry.
package kcl
