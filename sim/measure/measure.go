// Package measure has the statistics that models keep: counters, tallies of observations, levels over time, histograms,
// series, and the intervals that replications yield.
package measure

import (
	"math"
	"math/bits"

	"weir/sim"
)

// Counter is how many times something happened. The zero Counter is ready to use.
type Counter struct{ n uint64 }

// Inc counts one.
func (c *Counter) Inc() { c.n++ }

// Add counts n.
func (c *Counter) Add(n uint64) { c.n += n }

// Value returns the count.
func (c *Counter) Value() uint64 { return c.n }

// Reset begins again at 0.
func (c *Counter) Reset() { c.n = 0 }

// Merge adds another count.
func (c *Counter) Merge(o Counter) { c.n += o.n }

// Tally is the statistics of observations, one each. The zero Tally is ready to use.
type Tally struct {
	n         uint64
	mean, m2  float64
	low, high float64
}

// Record takes an observation (Welford, Technometrics 4(3), 1962).
func (t *Tally) Record(x float64) {
	t.n++
	if t.n == 1 {
		t.low, t.high = x, x
	}
	t.low, t.high = min(t.low, x), max(t.high, x)
	delta := x - t.mean
	t.mean += delta / float64(t.n)
	t.m2 += float64(delta * (x - t.mean))
}

// Count returns the number of observations.
func (t *Tally) Count() uint64 { return t.n }

// Mean returns the mean of the observations, 0 without any.
func (t *Tally) Mean() float64 { return t.mean }

// Variance returns the sample variance, 0 with fewer than two observations.
func (t *Tally) Variance() float64 {
	if t.n < 2 {
		return 0
	}
	return t.m2 / float64(t.n-1)
}

// Min returns the least observation.
func (t *Tally) Min() float64 { return t.low }

// Max returns the greatest observation.
func (t *Tally) Max() float64 { return t.high }

// Merge takes the observations of another tally (Chan, Golub and LeVeque, 1979).
func (t *Tally) Merge(o *Tally) {
	if o.n == 0 {
		return
	}
	if t.n == 0 {
		*t = *o
		return
	}
	n := t.n + o.n
	delta := o.mean - t.mean
	t.m2 += o.m2 + float64(delta*delta)*float64(t.n)*float64(o.n)/float64(n)
	t.mean += delta * float64(o.n) / float64(n)
	t.low, t.high, t.n = min(t.low, o.low), max(t.high, o.high), n
}

// Level is a whole number that is never negative and changes at instants: its mean is weighted by time. The zero Level
// is 0 from instant 0. Its integral is exact: 128 bits of value times nanoseconds.
type Level struct {
	value     int64
	max       int64
	since     sim.Time // of the last change
	begin     sim.Time // of the window
	high, low uint64   // the integral from begin to since
}

// Add changes the level by delta at the instant now. It panics when the level becomes negative.
func (l *Level) Add(now sim.Time, delta int64) { l.Set(now, l.value+delta) }

// Set changes the level to v at the instant now. It panics when v is negative or now lies before the last change.
func (l *Level) Set(now sim.Time, v int64) {
	if v < 0 || now < l.since {
		panic("measure: a level became negative, or its clock ran backwards")
	}
	if now > l.since {
		l.high, l.low = l.area(now)
		l.since = now
	}
	l.value = v
	l.max = max(l.max, v)
}

func (l *Level) area(now sim.Time) (high, low uint64) {
	high, low = bits.Mul64(uint64(l.value), uint64(now-l.since))
	low, carry := bits.Add64(l.low, low, 0)
	high, _ = bits.Add64(l.high, high, carry)
	return high, low
}

// Value returns the present level.
func (l *Level) Value() int64 { return l.value }

// Max returns the highest level in the window.
func (l *Level) Max() int64 { return l.max }

// Integral returns the level times seconds, from the start of the window until now.
func (l *Level) Integral(now sim.Time) float64 {
	high, low := l.area(now)
	return (float64(high)*0x1p64 + float64(low)) / float64(sim.Second)
}

// Mean returns the mean over time from the start of the window until now; the present value when that is no time.
func (l *Level) Mean(now sim.Time) float64 {
	if now <= l.begin {
		return float64(l.value)
	}
	return l.Integral(now) / now.Sub(l.begin).Seconds()
}

// Reset begins a new window at the instant now. The level keeps its present value.
func (l *Level) Reset(now sim.Time) {
	*l = Level{value: l.value, max: l.value, since: now, begin: now}
}

// Estimate is a mean over replications with its 95 % confidence interval. With one replication there is no interval:
// Low and High are NaN, and null in JSON.
type Estimate struct {
	Value, Low, High float64
	N                int
}

// HalfWidth returns half the width of the interval, NaN when there is none.
func (e Estimate) HalfWidth() float64 { return (e.High - e.Low) / 2 }

// quiet turns an infinite number into one that JSON can hold.
func quiet(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
