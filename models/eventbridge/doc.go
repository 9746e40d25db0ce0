// Package eventbridge models event buses of Amazon EventBridge with their rules.
//
// # What is modelled
//
// PutEvents takes up to ten entries within the account's rate. An event goes to the target of each rule that matches
// it, as a copy, after the time that the bus takes; one that no rule matches is filtered. A delivery that fails in a
// way that may pass is tried again for up to 24 hours and 185 times, with exponential back-off and jitter; then, or
// when it is refused for good, the event goes to the rule's dead-letter queue or is lost. Functions are invoked
// asynchronously.
//
// Rules that run on a schedule need no bus: a producer with service events.amazonaws.com and a schedule, or a constant
// rate, is one.
//
// # What is not
//
// Patterns: a rule matches a share of the events. Duplicates. Archives and replay, pipes, API destinations, schema
// discovery, buses of other accounts. The rate of invocations (18,750 a second in us-east-1).
//
// # Facts
//
// EventBridge user guide (awsdocs/amazon-eventbridge-user-guide @ec87295), eb-rule-dlq.md: retries. The back-off itself
// is not published: eventbridge.retry.base and eventbridge.retry.max are choices that spread 185 attempts over 24
// hours. The latency is fitted to measurements (models/aws/data/constants/eventbridge.yaml).
//
// # Statistics
//
// Events put, matched, delivered, tried again, dead-lettered and lost; deliveries under way.
package eventbridge
