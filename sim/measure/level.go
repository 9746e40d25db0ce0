package measure

import (
	"math/bits"

	"weir/sim"
)

// Level is a whole number that is never negative and changes at instants, such as the messages in a queue or the busy
// threads of a fleet. Its mean is weighted by time. The zero Level is 0 from instant 0 on.
//
// The area under it is kept as a 128-bit integer of value times nanoseconds, so the mean is exact however long the run.
type Level struct {
	value     int64
	max       int64
	peak      int64    // the highest since TakePeak
	since     sim.Time // of the last change
	begin     sim.Time // of the window
	high, low uint64   // the area from begin to since
}

// Set changes the level to v at the instant now. It panics when v is negative or when now lies before the last change.
func (l *Level) Set(now sim.Time, v int64) {
	if v < 0 {
		panic("measure: a level below 0")
	}
	if now != l.since {
		l.high, l.low = l.area(now)
		l.since = now
	}
	l.value = v
	l.max = max(l.max, v)
	l.peak = max(l.peak, v)
}

// Add changes the level by delta at the instant now. It panics as Set does.
func (l *Level) Add(now sim.Time, delta int64) { l.Set(now, l.value+delta) }

func (l *Level) area(now sim.Time) (high, low uint64) {
	if now < l.since {
		panic("measure: a level asked before its last change")
	}
	high, low = bits.Mul64(uint64(l.value), uint64(now-l.since))
	low, carry := bits.Add64(l.low, low, 0)
	return l.high + high + carry, low
}

// Value returns the present level.
func (l *Level) Value() int64 { return l.value }

// Max returns the highest level in the window, the one it began with among them.
func (l *Level) Max() int64 { return l.max }

// TakePeak returns the highest level since the last call, and begins again at the present one: a sampler's maximum of
// each interval. Reset leaves it alone.
func (l *Level) TakePeak() int64 {
	peak := l.peak
	l.peak = l.value
	return peak
}

// Integral returns the level times seconds from the start of the window until now. Differences of it are exact means of
// intervals; Reset takes it back to 0, as it does a Counter.
func (l *Level) Integral(now sim.Time) float64 {
	high, low := l.area(now)
	return (float64(float64(high)*0x1p64) + float64(low)) / float64(sim.Second)
}

// Mean returns the mean over time from the start of the window until now. When that is no time, it is the present
// level.
func (l *Level) Mean(now sim.Time) float64 {
	if now == l.begin {
		return float64(l.value)
	}
	return l.Integral(now) / now.Sub(l.begin).Seconds()
}

// Reset begins a new window at the instant now, as at the end of the warm-up. The level keeps its present value: what
// waits in a queue does not vanish because observation begins.
func (l *Level) Reset(now sim.Time) {
	if now < l.since {
		panic("measure: a level reset before its last change")
	}
	*l = Level{value: l.value, max: l.value, peak: l.peak, since: now, begin: now}
}

// Span returns what the level was from the start of the window until now.
func (l *Level) Span(now sim.Time) Span { return Span{now.Sub(l.begin), l.Mean(now), l.max} }

// Span is what a level was over a stretch of time. The zero Span is ready to merge others into.
type Span struct {
	Length sim.Duration
	Mean   float64 // weighted by time
	Max    int64
}

// Merge joins another stretch: of another replication, or the next one.
func (s *Span) Merge(o Span) {
	if s.Length == 0 {
		s.Mean = o.Mean
	} else {
		share := float64(o.Length) / (float64(s.Length) + float64(o.Length))
		s.Mean += float64((o.Mean - s.Mean) * share)
	}
	s.Length += o.Length
	s.Max = max(s.Max, o.Max)
}
