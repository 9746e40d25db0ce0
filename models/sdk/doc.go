// Package sdk models the client's side of AWS calls: producers that batch, connections, latency and retries.
//
// # What is modelled
//
// A producer takes messages from its workload, puts them into a batch that is sent when it is full or has waited its
// linger time, and makes the call. A call takes one of the client's connections and a round trip, half of it before the
// service acts. A failed attempt is tried again by the rules of the retry mode: legacy, standard with its retry quota,
// or adaptive with its client-side rate limit. What waits at the producer can be bounded; a message beyond is rejected.
// The clients of a closed loop wait for the answer and think. An extended client puts payloads above its threshold into
// a bucket before the call, those of a batch one after the other, and sends pointers; a payload that cannot be put
// fails the whole call, and what was put before it stays. Client-side encryption takes time before that. Some messages
// may be sent again after a while, as by a producer that got no answer: the repeat is another message with the identity
// of the first. A producer may put its messages into a bucket itself, as objects. The first call in a data key's period
// waits for the key of an encrypted queue or topic.
//
// # What is not
//
// Time-outs of calls, TLS set-up, the producer's own CPU beyond encryption, which does not wait for a free one. KPL and
// KCL come with their service.
// The shorter delays that SDKs take under AWS_NEW_RETRIES_2026 are not modelled.
//
// # Facts
//
// Latencies, retry constants and the default number of connections stand in models/aws/data/constants/sdk.yaml with
// source and date; the constants of the adaptive limiter are those of botocore's retries package.
//
// # Statistics
//
// Messages born, rejected and held; calls, attempts, retries, calls given up; the time of a send, the wait for a
// connection included.
package sdk
