// Package calls models what work calls, from the side of the process that calls: a database, a table, a bucket, a cache
// or an HTTP service.
//
// # What is modelled
//
// A call is made of attempts. An attempt may be refused by the client itself: its circuit breaker is open, or as many
// calls as it allows are under way. Otherwise it reaches the callee after half of its round trip. Its answer counts
// until the client's timeout; then the attempt has failed, and the callee goes on for nothing: it is not told, or finds
// out when it writes its answer. A failed attempt is made again after a back-off that doubles, with jitter, as often as
// the policy says and as the retry quota of the process allows.
//
// The quota is the token bucket of AWS's SDKs: a retry takes tokens, a timeout more of them, a success gives some back.
// It bounds retries to a share of the successes whatever the failures are, which a number of attempts does not.
//
// The breaker counts the attempts of a rolling window. When at least so many were made and a share of them failed, it
// opens: calls fail at once. After a while a few probes are let through; they close it, or open it again.
//
// A call that failed fails the work, unless it is optional. One to a cache that missed, or failed, goes on to what
// stands behind the cache.
//
// # What is not
//
// A quota or a breaker that several processes share. Hedged requests. Deadlines that callees know of: a callee works on
// what nobody waits for. Back-off by a Retry-After header. A short-circuited call is not tried again.
//
// # Facts
//
// The retry quota: botocore, retries/standard.py (constants in models/aws/data/constants/sdk.yaml). The defaults of the
// breaker are those of Netflix's Hystrix (wiki, Configuration): a window of 10 s in 10 buckets, 20 requests, 50 %, 5 s,
// one probe. Order of the two, breaker inside of retries: Resilience4j's decorators.
//
// # Statistics
//
// By call of a component, over all of its processes: calls, attempts, retries, timeouts, attempts that the breaker or
// the bulkhead refused, times it opened, calls given up, failures passed over, misses; amplification, which is attempts
// over calls; the latency of calls as the work sees it.
package calls
