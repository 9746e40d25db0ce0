// Package lambda models AWS Lambda: functions with their execution environments, every way of invoking them, the
// scaling laws of both eras, event source mappings, and what is billed.
//
// # What is modelled
//
// An execution environment serves one invocation at a time. A new one is placed, downloads its package and initialises
// runtime and code at full CPU; its first invocation takes longer by what the runtime still loads; then it waits for
// the next invocation, and is reclaimed after a time without one, or when it has lived for long. Of the environments
// that wait, the newest serves first. An initialisation that takes more than ten seconds is broken off and made again
// in the first invocation. A timeout or a lack of memory resets the environment: it initialises again in its next
// invocation. Some new environments are ready before a request needs them.
//
// Work takes longer with less than a vCPU as far as it computes; waiting does not. A batch is worked on in its order. A
// message counts as processed when the work on it ends well; when the invocation fails later, it comes back all the
// same and is worked on twice.
//
// The account's concurrency is shared by all functions of a design, less what is reserved or provisioned. New
// environments come from a burst that refills: one for the region until November 2023, one for each function since.
// Requests a second are limited to ten for each concurrent execution of the account. Provisioned environments serve
// first; what finds none free spills over.
//
// Asynchronous events wait in a queue of Lambda's own: for their first attempt, for the retries of those that failed,
// and, doubling, of those that were throttled. Events that are given up go to a destination, to a dead-letter queue, or
// are lost.
//
// Messages whose work failed may be sent to where that is made good, in place of failing. A message that a
// function sent itself, or that came of one, and that comes back to it counts its invocations; the next one beyond
// lambda.recursion_max is stopped: an asynchronous event is given up, a request is answered with
// RecursiveInvocationException, and a message of a queue is dropped (lost). AWS stops the invocation, here each
// message of a batch counts by itself; functions that are first in the circle of a message's way are counted,
// later ones are not.
//
// A mapping of a queue polls it with a number of pollers that grows while all have something to do. See Mapping.
//
// # What is not
//
// What the functions compute. Extensions. The lowering of the rate at which Lambda reads a long queue of asynchronous
// events. The out-of-band recycling of provisioned environments every few hours. Managed Instances, response streaming,
// Kafka and MQ as sources. A message that is larger than the batch payload of a mapping is invoked by itself. Retries
// of a mapping's own calls, other than deletes that were throttled.
//
// # Facts
//
// Constants stand in models/aws/data/constants/lambda.yaml, cold starts by runtime in models/aws/data/coldstarts.csv,
// each with its source. Not published, and so named parameters: lambda.idle_lifetime, lambda.life_max,
// lambda.preinitialised_share, lambda.async.latency, lambda.mapping.latency, lambda.sqs.error_pause,
// lambda.sqs.throttle_delay, lambda.sqs.idle_after, lambda.async.duplicate_share, lambda.log_bytes,
// lambda.tracing.overhead.
//
// # Statistics
//
// CloudWatch's metrics of Lambda under their names in lower case (invocations, errors, throttles, duration,
// concurrent_executions, provisioned_concurrency_utilization, async_events_received …) and what CloudWatch does not
// tell: cold starts, environments, messages processed for the first time and again.
package lambda
