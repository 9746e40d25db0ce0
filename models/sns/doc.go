// Package sns models Amazon SNS: topics, standard and FIFO, with their subscriptions, and the endpoints that are no
// queues.
//
// # What is modelled
//
// Publish and PublishBatch. A message that a topic accepts ends as published; each subscription whose filter policy
// lets it pass gets a copy, which shares its birth and has an account of its own in the ledger. What a filter keeps
// back is counted and never becomes a copy; a message that every filter keeps back ends as filtered. A copy takes
// sns.delivery.latency to its subscriber, which is called then: a queue's SendMessage, or a receiver that answers
// later.
//
// A server error is retried by the delivery policy of the protocol: the one of endpoints that AWS manages (queues), the
// one of those that customers manage (email, SMS, mobile push), or the policy of HTTP and HTTPS endpoints, which can be
// set. A client error is not retried. What cannot be delivered goes to the dead-letter queue of its subscription, or is
// lost. Waiting for the first delivery is booked as API call, back-off as retry, waiting for maxReceivesPerSecond as
// throttle.
//
// A FIFO topic delivers to each FIFO queue in the order of each message group: a copy does not overtake the one before
// it and waits behind one that is retried, which is booked as group order. Repeats of a message within five minutes are
// accepted and not delivered. What an account may publish in its region, to all its topics, is a quota; FIFO topics
// have quotas of their own and for each message group.
//
// A copy for an encrypted queue waits for the queue's data key; a publish to an encrypted topic waits for the topic's.
//
// An endpoint takes its time to answer, fails at random, is out of reach during outages, and may refuse what is more
// than it can work on at once.
//
// # What is not
//
// Duplicates and disorder of standard topics beyond that of the delivery latency; subscription confirmation; message
// archives and replay; SMS spending limits. A direct publish
// to a phone is a topic with one subscription. Subscriptions do not change while a topic runs, except by Subscribe. AWS
// may deliver to a FIFO queue in batches: here each copy is a SendMessage, so that a FIFO queue without high-throughput
// mode takes 300 a second. AWS says that a FIFO topic with a filter policy delivers at most once; here nothing is
// delivered twice anyhow. A message keeps its key on its way to a standard queue, which is billed for the delivery as
// for any SendMessage. Deliveries are billed when they succeed, calls when they are accepted.
//
// # Facts
//
// The numbers stand in models/aws/data/constants/sns.yaml with source and date, the retry policies in policy.go. What
// AWS does not publish is a named parameter: sns.delivery.latency, sns.retry_jitter, sns.publish_burst,
// sns.envelope_size.
//
// # Statistics
//
// Counts of messages published, refused and deduplicated; of copies filtered, delivered, retried, dead-lettered and
// lost; the level of copies that are not delivered yet; of messages whose copies were all processed, the time from
// birth to the end of the slowest; what is billed.
package sns
