// Package iam evaluates access policies, those of identities and those of resources, for the requests that go over the
// edges of a design: a producer that sends to another account's queue, a topic or a bucket that writes to one.
//
// # What is modelled
//
// Policies in AWS's own shape, from YAML or JSON. By default a request is denied. A Deny that applies wins over every
// Allow. Within one account an Allow of either side is enough; between accounts both sides must allow. A policy that
// names an account hands the decision to that account's identity policies. Services, such as s3.amazonaws.com, have no
// identity policies: the resource's policy must allow them. A KMS key is reached by nobody whom its key policy does not
// name. Wildcards, policy variables, and conditions on the keys that a request here carries (Keys lists them).
//
// A decision is a function of policies and request alone, so that an edge is decided once, when the design is built:
// what remains at run time is whether its calls end with ErrAccessDenied, which is counted (Denial). The same decision,
// with its reason, is what a check of the design before a run reports.
//
// # What is not
//
// Permissions boundaries, session policies, service and resource control policies. Conditions on dates, addresses and
// numbers, and on keys that no request here carries, are refused when the policy is read: it could not be said whether
// they hold. Federated and canonical users as principals are refused too. Whether a service has the action that a
// policy names is not checked. AWS keeps the principals of a deleted role apart from a new one of the same name; here
// names are all there is. Cross-account calls that SQS never allows (CreateQueue, TagQueue and other management) are
// not told apart.
//
// # Facts
//
// The rules are sentences of the IAM user guide; the tests name them. The policies of queues and buckets in the tests
// are AWS's own examples.
package iam
