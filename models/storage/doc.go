// Package storage models what keeps data: relational databases on RDS, buckets of S3, and tables of DynamoDB.
//
// # What is modelled
//
// Databases: a limit of connections, by the engine's formula over the memory of the class unless set. Each client
// instance keeps a pool: connections are opened as they are needed and stay open, and queries wait in the pool's line
// for one, for a limited time. A pool that must open a connection when the database has none left fails the query:
// too many connections. One that gave queries up, whose connections the database still holds, lets others wait until
// those come free, as a pool does that tries again (HikariCP); who is in line waits as long as it has any connection.
// With a connection, a query is served at once while fewer than the concurrency are; the others wait in the
// database's line, and fail when that is full. A client that is killed, or whose connections are closed, takes what
// waits in its pool and in the proxy's line with it; what has a connection to the database is served to its end, and
// counts as an answer that nobody reads.
//
// Buckets: PutObject, GetObject and DeleteObject of whole objects. A call takes the time to its first byte, and a
// transfer the object's size over the throughput on top. Each partitioned prefix serves so many writes and so many
// reads a second; beyond, the answer is 503 SlowDown, which the client's SDK tries again. An object is there when its
// PUT is answered, and is gone when its DELETE is. What is stored is billed by the mean over time. Each object
// created is told to every destination of the bucket's event notifications, some time later and in no order: what a
// destination cannot take now is sent again, what it refuses is lost. An object that a producer puts is a message, and
// its notifications are copies of it that share its birth; one that holds a payload for another message gives birth to
// its notifications.
//
// Tables: reads and writes of items within the throughput of their key's partition and of the table. Provisioned
// capacity keeps 300 s of what was not used, and may follow its use by auto scaling; on demand, a table serves what a
// new one does, or twice a peak that lies half an hour back. A stream has the changes in the order of each partition,
// which can be read some time after the write. Each reader gets a copy of each change.
//
// # What is not
//
// Indexes, queries and scans, transactions, global tables, splits of partitions: they stay as many as the scenario
// says. A partition serves its reads and its writes side by side. Auto scaling looks at each minute as it ends,
// without the delay of CloudWatch, and a change of capacity takes no time. What work writes by a call shows in no
// stream.
//
// The database does not slow down under load unless its concurrency or its CPU share is set; the time of a query is
// what the scenario says. Without a CPU share nobody knows how busy its processors are: it publishes no
// CPUUtilization. Read replicas, storage and its throughput are not there. Opening a connection takes no
// time. A fail-over is as long behind a proxy as the share says, and its clients try to connect anew at once when it
// is over.
//
// A bucket's prefixes stay as many as they are: AWS splits them under load, over 30 to 60 minutes. Multipart uploads,
// ranges, versions, lifecycle rules, storage classes and encryption are not there, nor overwriting: every PUT creates
// an object. Transfers of one client do not share its network. Notifications are delivered once, where AWS says at
// least once and not how often twice; other events than s3:ObjectCreated:Put have none. A filter by key name is a share
// of the objects. Requests that are refused count for no rate. What producers put is billed for as long as the bucket's
// expiration keeps it, not for what the run has room for; payloads whose messages expire or are purged stay.
//
// # Facts
//
// The formulas for max_connections stand in models/aws/data/constants/rds.yaml with source and date, what is known of
// S3's times and rates in s3.yaml beside it. AWS publishes no percentile of S3's latencies.
//
// # Statistics
//
// Databases: levels of connections, queries served and waiting; counts of answers and of each error; the time from
// call to answer. Buckets: levels of objects and bytes stored; counts of requests and of refusals; the times of PUT
// and GET.
package storage
