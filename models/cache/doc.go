// Package cache models caches of ElastiCache that work calls.
//
// # What is modelled
//
// Nodes, each with one thread that runs its engine: commands are served one after the other, in the order that they
// come. Keys are spread over the nodes. A share of the reads finds its value; the others are misses, which the caller
// takes to what stands behind the cache. A node takes so many connections of clients; one more is refused. A process
// keeps its connections to each node that it has called.
//
// # What is not
//
// What is in the cache: the share of hits is a setting, and the same when the cache is cold. Memory, evictions,
// expiries, replication, fail-over of a shard, slow commands, the threads that handle input and output since Redis 6.
// Replicas are billed and serve nothing. Serverless caches.
//
// # Facts
//
// "Individual ElastiCache … nodes support up to 65,000 concurrent client connections. … a single-threaded process based
// on an event loop where incoming client requests are handled sequentially" (ElastiCache user guide,
// BestPractices.Clients.Redis.Connections). Constants in models/aws/data/constants/elasticache.yaml.
//
// # Statistics
//
// Commands, hits, misses, refused connections; the busy share of the nodes, commands waiting, connections; the time
// from a command's arrival to its answer.
package cache
