package sdk

import (
	"weir/models/aws"
	"weir/models/spec"
	"weir/sim"
)

// RetrySpec is how an SDK tries failed calls again.
type RetrySpec struct {
	// The retry mode of the SDK: legacy, standard, adaptive, or none.
	Mode RetryMode `yaml:"mode" default:"standard"`
	// Attempts of a call, the first one counted; the mode's own number unless set.
	MaxAttempts *int `yaml:"max_attempts" min:"1" max:"100"`
}

// RetryMode is an SDK's retry mode.
type RetryMode string

// The retry modes (AWS SDKs and Tools Reference Guide, "Retry behavior").
const (
	RetryNone     RetryMode = "none"
	RetryLegacy   RetryMode = "legacy"
	RetryStandard RetryMode = "standard"
	RetryAdaptive RetryMode = "adaptive"
)

// Values lists the modes, for the decoder and the schema.
func (RetryMode) Values() []string {
	return []string{string(RetryNone), string(RetryLegacy), string(RetryStandard), string(RetryAdaptive)}
}

// RetryRules are the constants of the retry modes that a profile holds.
type RetryRules struct {
	LegacyAttempts     int64         `aws:"sdk.retry.legacy.max_attempts"`
	LegacyBase         spec.Duration `aws:"sdk.retry.legacy.base_delay"`
	LegacyThrottleBase spec.Duration `aws:"sdk.retry.legacy.throttle_base_delay"`
	StandardAttempts   int64         `aws:"sdk.retry.standard.max_attempts"`
	StandardBase       spec.Duration `aws:"sdk.retry.standard.base_delay"`
	MaxDelay           spec.Duration `aws:"sdk.retry.max_backoff"`
	Quota              int64         `aws:"sdk.retry.quota.tokens"`
	QuotaCost          int64         `aws:"sdk.retry.quota.retry_cost"`
	QuotaRefund        int64         `aws:"sdk.retry.quota.no_retry_increment"`
}

// Retry decides whether and when a failed call is tried again. It is shared by the calls of one client, as the retry
// quota of an SDK is.
type Retry struct {
	mode     RetryMode
	rules    *RetryRules
	attempts int
	tokens   int64
	rand     *sim.Rand
	limiter  rateLimiter
	caller   *callerRule // of a service, in place of the mode; nil for an SDK
}

// NewRetry returns the retry state of one client.
func NewRetry(s RetrySpec, rules *RetryRules, rand *sim.Rand) *Retry {
	r := &Retry{mode: s.Mode, rules: rules, tokens: rules.Quota, rand: rand, limiter: newRateLimiter()}
	switch {
	case s.Mode == RetryNone:
		r.attempts = 1
	case s.MaxAttempts != nil:
		r.attempts = *s.MaxAttempts
	case s.Mode == RetryLegacy:
		r.attempts = int(rules.LegacyAttempts)
	default:
		r.attempts = int(rules.StandardAttempts)
	}
	return r
}

// Permit returns how long a call must wait before it is sent: zero but for adaptive mode's rate limit.
func (r *Retry) Permit(now sim.Time) sim.Duration {
	if r.mode != RetryAdaptive || r.caller != nil {
		return 0
	}
	return r.limiter.acquire(now)
}

// Answered takes the answer to the given attempt of a call, the first being 1, and returns whether the call is tried
// again and after how long.
func (r *Retry) Answered(now sim.Time, attempt int, err *aws.Error) (sim.Duration, bool) {
	if r.caller != nil {
		if err == nil {
			return 0, false
		}
		return r.caller.again(attempt, err)
	}
	if r.mode == RetryAdaptive {
		r.limiter.answered(now, err != nil && err.Throttle)
	}
	if err == nil {
		r.refund(attempt)
		return 0, false
	}
	if !err.Retryable || attempt >= r.attempts || !r.charge(err.Throttle) {
		return 0, false
	}
	return r.backOff(attempt, err.Throttle), true
}

// refund gives quota back for a success: what its last retry cost, or a little for one without retries.
func (r *Retry) refund(attempt int) {
	back := r.rules.QuotaRefund
	if attempt > 1 {
		back = r.rules.QuotaCost
	}
	r.tokens = min(r.tokens+back, r.rules.Quota)
}

// charge takes the quota that a retry costs; without it the call is given up. In legacy mode a throttled call is tried
// again for nothing.
func (r *Retry) charge(throttle bool) bool {
	if r.mode == RetryLegacy && throttle {
		return true
	}
	if r.tokens < r.rules.QuotaCost {
		return false
	}
	r.tokens -= r.rules.QuotaCost
	return true
}

// backOff returns a delay: uniform up to the base, doubled with each attempt and capped (full jitter); in legacy mode,
// after throttling, uniform in its upper half (equal jitter).
func (r *Retry) backOff(attempt int, throttle bool) sim.Duration {
	base := r.rules.StandardBase.Sim()
	if r.mode == RetryLegacy {
		base = r.rules.LegacyBase.Sim()
		if throttle {
			base = r.rules.LegacyThrottleBase.Sim()
		}
	}
	most := r.rules.MaxDelay.Sim()
	for i := 1; i < attempt && base < most; i++ {
		base *= 2
	}
	ceiling := float64(min(base, most))
	if r.mode == RetryLegacy && throttle {
		return sim.Duration(ceiling/2 + float64(ceiling/2*r.rand.Float64()))
	}
	return sim.Duration(ceiling * r.rand.Float64())
}
