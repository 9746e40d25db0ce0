package sdk

import (
	"weir/sim"
	"weir/sim/random"
)

// rateLimiter is adaptive mode's client-side limit: once a call was throttled, calls take tokens that refill at a rate
// which falls by a third at each throttle and grows again along a cubic curve. The constants are those of botocore's
// retries/adaptive.py, throttling.py and bucket.py (boto/botocore, 1.34, 2024).
type rateLimiter struct {
	enabled  bool
	rate     float64 // tokens per second
	tokens   float64
	refilled sim.Time

	measured float64 // answers per second, smoothed
	count    float64
	bucket   float64 // start of the measuring interval, s

	peak     float64 // the rate at the last throttle
	zero     float64 // seconds after which the curve is back at peak
	lastFail sim.Time
}

const (
	cubicScale     = 0.4
	cubicBeta      = 0.7
	measureSeconds = 0.5
	measureSmooth  = 0.8
	rateMin        = 0.5
)

func newRateLimiter() rateLimiter { return rateLimiter{rate: 1} }

// acquire takes a token and returns zero, or returns how long to wait for one.
func (l *rateLimiter) acquire(now sim.Time) sim.Duration {
	if !l.enabled {
		return 0
	}
	l.refill(now)
	if l.tokens >= 1 {
		l.tokens--
		return 0
	}
	return max(sim.Seconds((1-l.tokens)/l.rate), sim.Microsecond)
}

func (l *rateLimiter) refill(now sim.Time) {
	passed := now.Sub(l.refilled).Seconds()
	l.refilled = now
	l.tokens = min(l.tokens+float64(passed*l.rate), max(l.rate, 1))
}

func (l *rateLimiter) answered(now sim.Time, throttled bool) {
	l.measure(now)
	var rate float64
	if throttled {
		present := l.measured
		if l.enabled {
			present = min(l.measured, l.rate)
		}
		l.peak, l.lastFail, l.enabled = present, now, true
		l.zero = random.Pow(float64(present*(1-cubicBeta))/cubicScale, 1.0/3)
		rate = float64(present * cubicBeta)
	} else {
		t := now.Sub(l.lastFail).Seconds() - l.zero
		rate = float64(cubicScale*float64(t*float64(t*t))) + l.peak
	}
	l.refill(now)
	l.rate = max(min(rate, float64(2*l.measured)), rateMin)
	l.tokens = min(l.tokens, max(l.rate, 1))
}

func (l *rateLimiter) measure(now sim.Time) {
	t := now.Seconds()
	l.count++
	bucket := float64(int64(t/measureSeconds)) * measureSeconds
	if bucket > l.bucket {
		rate := l.count / (bucket - l.bucket)
		l.measured = float64(rate*measureSmooth) + float64(l.measured*(1-measureSmooth))
		l.count, l.bucket = 0, bucket
	}
}
