// Package kms models keys of the AWS Key Management Service as queues and topics use them for server-side encryption.
//
// # What is modelled
//
// A queue or topic encrypts with data keys that it keeps for the reuse period, one for each principal, for sending and
// for receiving apart. Once the period is over, the next send calls GenerateDataKey and Decrypt, the second to verify
// the new data key, and the next receive calls Decrypt. So the calls grow with principals and time, not with messages:
// R = B/D · (2P + C) in the billing period B, with the reuse period D, P principals that send and C that receive.
// Whoever finds the calls under way waits for them. All calls of an account in a region share a quota; beyond it they
// fail with ThrottlingException, and with them the send or receive.
//
// # What is not
//
// A receive that finds nothing counts like one that does. AWS says that real counts may be higher than the formula,
// because its services are distributed; how much it does not say. Rotation, deletion, grants, asymmetric keys and key
// stores are not there. Whether a principal may use the key is decided by its policies (models/iam) before. Throttled
// calls are not billed here: AWS does not say.
//
// # Facts
//
// The numbers stand in models/aws/data/constants/kms.yaml with source and date. AWS publishes no latency: kms.latency
// is a choice. What SSE-SQS encrypts with keys that SQS owns needs no key of this package and costs nothing.
//
// # Statistics
//
// Counts of calls by action, and of those that were throttled.
package kms
