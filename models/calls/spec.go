package calls

import "weir/models/spec"

// PolicySpec is how a call is made, and what its failure means.
type PolicySpec struct {
	TargetSpec
	// Whether the work goes on when the call has failed for good, as with a fallback value.
	Optional bool `yaml:"optional" default:"false"`
	// What is called when a cache has no answer, or fails.
	Miss *MissSpec `yaml:"miss"`
}

// MissSpec is what stands behind a cache.
type MissSpec struct {
	// The database, table, bucket or HTTP service to call.
	To spec.Link `yaml:"to" required:"true" link:"databases tables buckets services"`
	// How long it takes to answer once it serves the call; a service's own time unless set.
	Time *spec.Durations `yaml:"time"`
	// Connections that each process keeps to a database; as those of the call to the cache unless set.
	Pool *int `yaml:"pool" min:"1" max:"100000"`
	// How long a call waits for a connection of the pool before it fails; 0s waits for ever.
	PoolTimeout spec.Duration `yaml:"pool_timeout" default:"30s"`
	TargetSpec
}

// TargetSpec is what is asked, and how the client sees to its answer.
type TargetSpec struct {
	// What is asked of a table, bucket or cache: read or write.
	Operation Operation `yaml:"operation" default:"read"`
	// How a table is read: eventual, which takes half of the capacity, or strong.
	Consistency Consistency `yaml:"consistency" default:"eventual"`
	// Size of the item, object or value; what crosses zones is counted by it.
	Size spec.Size `yaml:"size" default:"1KiB" min:"0B"`
	// How long the client waits for the answer to an attempt; the callee goes on for nothing. Without end unless set; of
	// AWS's own services as the SDK does.
	Timeout *spec.Duration `yaml:"timeout" min:"1us"`
	// How failed attempts are made again. Not at all unless set; of AWS's own services as the SDK's standard mode does.
	Retry *RetrySpec `yaml:"retry"`
	// Fails calls at once while too many of those before have failed.
	CircuitBreaker *BreakerSpec `yaml:"circuit_breaker"`
	// Attempts of a process under way at once; one more fails at once (a bulkhead). Without limit unless set.
	MaxConcurrent *int `yaml:"max_concurrent" min:"1" max:"1000000"`
	// Share of the calls whose callee is in another zone: their bytes are billed each way.
	CrossAZ spec.Share `yaml:"cross_az" default:"0%"`
	// The VPC whose NAT gateway an HTTP service is reached through: its bytes are billed there.
	Via *spec.Link `yaml:"via" link:"networks"`
}

// Operation is what is asked.
type Operation string

// The operations.
const (
	Read  Operation = "read"
	Write Operation = "write"
)

// Values lists the operations, for the decoder and the schema.
func (Operation) Values() []string { return []string{string(Read), string(Write)} }

// Consistency is how a table is read.
type Consistency string

// The consistencies.
const (
	Eventual Consistency = "eventual"
	Strong   Consistency = "strong"
)

// Values lists the consistencies, for the decoder and the schema.
func (Consistency) Values() []string { return []string{string(Eventual), string(Strong)} }

// RetrySpec is how failed attempts of a call are made again.
type RetrySpec struct {
	// Attempts of a call, the first one counted.
	MaxAttempts int `yaml:"max_attempts" default:"3" min:"1" max:"100"`
	// Bound of the first back-off, which doubles with each; the SDK's unless set.
	BaseDelay *spec.Duration `yaml:"base_delay" min:"0s"`
	// Longest bound of a back-off; the SDK's unless set.
	MaxDelay *spec.Duration `yaml:"max_delay" min:"0s"`
	// Where a back-off lies below its bound: full (anywhere), equal (in the upper half) or none (at the bound).
	Jitter Jitter `yaml:"jitter" default:"full"`
	// Whether retries take tokens of a bucket of the process, as in AWS's SDKs: without tokens a call is given up.
	TokenBucket bool `yaml:"token_bucket" default:"false"`
	// Tokens that the bucket holds; the SDK's number unless set.
	Tokens *int `yaml:"tokens" min:"0" max:"1000000"`
}

// Jitter is where a back-off lies below its bound.
type Jitter string

// The kinds of jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").
const (
	FullJitter  Jitter = "full"
	EqualJitter Jitter = "equal"
	NoJitter    Jitter = "none"
)

// Values lists the kinds, for the decoder and the schema.
func (Jitter) Values() []string {
	return []string{string(FullJitter), string(EqualJitter), string(NoJitter)}
}

// BreakerSpec is a circuit breaker, one for each process.
type BreakerSpec struct {
	// Share of the window's attempts that must have failed for it to open.
	FailureShare spec.Share `yaml:"failure_share" default:"50%" min:"0%"`
	// The window that attempts are counted over.
	Window spec.Duration `yaml:"window" default:"10s" min:"1ms"`
	// Attempts that the window must hold at least.
	MinimumCalls int `yaml:"minimum_calls" default:"20" min:"1" max:"1000000"`
	// How long it stays open before probes are let through.
	OpenFor spec.Duration `yaml:"open_for" default:"5s" min:"1ms"`
	// Probes that must all succeed for it to close.
	Probes int `yaml:"probes" default:"1" min:"1" max:"1000"`
}

// Rules are the constants of SDKs that calls take from a profile.
type Rules struct {
	Attempts    int64         `aws:"sdk.retry.standard.max_attempts"`
	Base        spec.Duration `aws:"sdk.retry.standard.base_delay"`
	MaxDelay    spec.Duration `aws:"sdk.retry.max_backoff"`
	Tokens      int64         `aws:"sdk.retry.quota.tokens"`
	Cost        int64         `aws:"sdk.retry.quota.retry_cost"`
	TimeoutCost int64         `aws:"sdk.retry.quota.timeout_cost"`
	Refund      int64         `aws:"sdk.retry.quota.no_retry_increment"`
	ReadTimeout spec.Duration `aws:"sdk.read_timeout"`
}
