// Package breakeven computes in closed form what a month of the same messages costs through SQS, through SNS and SQS,
// and through Kinesis Data Streams, and from which rate on one is cheaper than another.
//
// # What is computed
//
// A Load is a rate of messages of one size, sent and received in calls of so many, of which each of several
// applications gets every one. A Design says which lines of the price list such a load uses in a month; results/cost
// prices them, so that prices, units and tiers stand in one place.
//
// A message that goes through a queue takes a send, a receive and a delete; a call of ten messages is one request, and
// each 64 KB of its payload is one more. Each application has a queue of its own: the producer sends to all of them, or
// publishes to a topic which sends each copy as a request of its own. A shard is paid for by the hour, whatever passes
// through it, and each 25 KB of each record is a unit. There are as many shards as the busiest second needs: records
// in, bytes in, and, where the applications share the reads, bytes out, and records out where the profile limits them:
// none does, for the reason that package kinesis gives, and so neither does the simulator.
//
// # What is not
//
// Polls that find nothing, retries, and receives that return fewer messages than they could: a queue whose consumers
// wait for messages costs more than here, and more so the fewer messages there are. Records of the KPL, which holds
// several messages: as one record, that is a load of larger and fewer messages. What producers and consumers cost
// themselves: functions, the lease table of a KCL application, traffic between zones. Retention beyond what is
// included.
package breakeven
