// Package quota counts calls against the quotas of services.
//
// # What is modelled
//
// A token bucket: it fills at the quota's rate, holds what comes in its burst, at least one token, and is full at the
// start. AWS documents its API throttling as one (EC2 API reference, request throttling); where a service states calls
// a second and no more, the burst is a second's.
//
// # What is not
//
// Quotas that AWS raises by itself, and the hidden allowance above a quota that some services grant.
package quota

import "weir/sim"

// Bucket is a token bucket. It takes 32 bytes.
type Bucket struct {
	rate, size, tokens float64
	at                 sim.Time
}

// endless is a rate from which on nothing is counted.
const endless = 1e15

// NewBucket returns a full bucket of a rate, in tokens a second.
func NewBucket(rate float64, burst sim.Duration) Bucket {
	size := max(float64(rate*burst.Seconds()), 1)
	return Bucket{rate: rate, size: size, tokens: size}
}

// Scale multiplies the rate and what the bucket holds, as when a quota is changed. What has been taken stays taken.
func (b *Bucket) Scale(now sim.Time, factor float64) {
	b.Has(now, 0)
	b.rate, b.size, b.tokens = float64(b.rate*factor), float64(b.size*factor), float64(b.tokens*factor)
}

// Endless reports whether the bucket counts nothing.
func (b *Bucket) Endless() bool { return b.rate >= endless }

// Has reports whether the bucket holds n tokens. A call that wants more than the bucket can hold gets them when it is
// full, and those after it wait the longer.
func (b *Bucket) Has(now sim.Time, n float64) bool {
	if b.rate >= endless {
		return true
	}
	if b.tokens < b.size {
		b.tokens = min(b.tokens+float64(b.rate*now.Sub(b.at).Seconds()), b.size)
	}
	b.at = now
	return b.tokens >= min(n, b.size)
}

// Take takes n tokens, which Has has found.
func (b *Bucket) Take(n float64) {
	if b.rate < endless {
		b.tokens -= n
	}
}

// Permit takes a token if there is one.
func (b *Bucket) Permit(now sim.Time) bool {
	ok := b.Has(now, 1)
	if ok {
		b.Take(1)
	}
	return ok
}
