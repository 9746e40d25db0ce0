package cloudwatch

import (
	"math"

	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// track is a metric as it is published: a bucket for each of its intervals, the latest ones.
type track struct {
	publisher meter.Publisher
	metric    *meter.Metric
	every     sim.Duration
	usual     sim.Duration // from the end of an interval until its datapoint can be read
	scale     float64      // of an Observed metric
	bars      bool         // somebody wants the distribution
	ring      []bucket
	open      bucket // the interval under way, but for what was counted since last

	last    float64 // the running count, integral or sum at the last reading
	samples float64
	mark    measure.Mark
}

// bucket is what was observed in an interval.
type bucket struct {
	number   int64 // of the interval since the start of the run; 0 is the first
	present  bool  // there is a datapoint
	readable sim.Time
	samples  float64
	sum      float64
	min, max float64
	bars     []measure.Bar
}

func newTrack(p meter.Publisher, m *meter.Metric, b *Board) *track {
	t := &track{publisher: p, metric: m, every: every(m), usual: sim.Duration(b.limit.Delay), scale: 1}
	if m.Usual != nil {
		t.usual = *m.Usual
	}
	if m.Scale != 0 {
		t.scale = m.Scale
	}
	return t
}

// keep makes the track remember at least n intervals.
func (t *track) keep(n int) {
	if n <= len(t.ring) {
		return
	}
	size := 1
	for size < n {
		size *= 2 // so that a number's place is a mask of it
	}
	t.ring = make([]bucket, size)
	for i := range t.ring {
		t.ring[i].number = -1
	}
}

// at returns the place of an interval.
func (t *track) at(number int64) *bucket { return &t.ring[number&int64(len(t.ring)-1)] }

// settle adds what was counted since the last reading to the interval under way.
func (t *track) settle(now sim.Time) {
	m := t.metric
	switch m.Kind {
	case meter.Gauge:
		return
	case meter.Observed:
		t.observe(m.Values())
		return
	}
	v := m.Read(now)
	t.open.sum += v - t.last
	t.last = v
	if m.Samples != nil {
		n := m.Samples(now)
		t.open.samples += n - t.samples
		t.samples = n
	}
}

// observe adds the new observations of a histogram to the interval under way.
func (t *track) observe(h *measure.Histogram) {
	n := float64(h.Count())
	if n == t.samples {
		return
	}
	total := float64(h.Mean() * n)
	t.open.samples += n - t.samples
	t.open.sum += float64((total - t.last) * t.scale)
	t.samples, t.last = n, total
	if t.bars {
		t.open.bars = append(t.open.bars, h.Since(&t.mark)...)
	}
}

// rebase takes the present counts as those of the last reading.
func (t *track) rebase(now sim.Time) {
	m := t.metric
	switch m.Kind {
	case meter.Gauge:
		return
	case meter.Observed:
		h := m.Values()
		t.samples, t.last = float64(h.Count()), 0
		if t.samples > 0 {
			t.last = float64(h.Mean() * t.samples)
		}
		t.mark = measure.Mark{}
		if t.bars {
			h.Since(&t.mark)
		}
		return
	}
	t.last = m.Read(now)
	if m.Samples != nil {
		t.samples = m.Samples(now)
	}
}

// accepted reports whether CloudWatch takes a value: "Values must be in the range of -2^360 to 2^360. In addition,
// special values (for example, NaN, +Infinity, -Infinity) are not supported" (CloudWatch API reference, MetricDatum).
func accepted(v float64) bool { return math.Abs(v) <= 0x1p360 }

// close ends the interval under way: its datapoint can be read after the delay.
func (t *track) close(now sim.Time) {
	t.settle(now)
	m := t.metric
	b := t.open
	t.open = bucket{bars: b.bars[:0]}
	switch m.Kind {
	case meter.Gauge:
		b.sum, b.samples = m.Read(now), 1
		b.present = true
		b.min, b.max = b.sum, b.sum
	case meter.Averaged:
		b.sum, b.samples, b.present = b.sum/t.every.Seconds(), 1, true
		b.min, b.max = b.sum, b.sum
		if m.Peak != nil {
			b.max = m.Peak()
		}
	case meter.Counted:
		if b.present = !m.Sparse || b.sum != 0; m.Samples == nil {
			b.samples = 1
		} else if m.Sparse {
			b.present = b.samples != 0
		}
		b.min, b.max = b.sum, b.sum
	case meter.Observed:
		if b.present = b.samples > 0; !b.present && m.Zero != nil && m.Zero(now) {
			b.present, b.samples = true, 1
			b.bars = append(b.bars, measure.Bar{Count: 1})
		}
	}
	if m.Absent != nil && m.Absent(now) || !accepted(b.sum) {
		b.present = false
	}
	delay := t.usual
	if m.Delay != nil {
		delay += m.Delay(now)
	}
	b.number = int64(sim.Duration(now)/t.every) - 1
	b.readable = now.Add(delay)
	at := t.at(b.number)
	b.bars = append(at.bars[:0], b.bars...)
	*at = b
}
