package cloudwatch

import (
	"cmp"
	"math"
	"slices"

	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// Source is a series of datapoints: of a metric or of an expression.
type Source interface {
	// At returns the k-th newest datapoint of the periods whose datapoints can be read by now, 0 being the newest. It is
	// false when that one is missing.
	At(k int) (value float64, ok bool)
	// Possible is how many periods have been, since the run began, whose datapoints could be read by now.
	Possible() int
	// Period is the length of time that a datapoint is about.
	Period() sim.Duration
	// Keep makes the source remember so many datapoints. It is called before the run.
	Keep(datapoints int)
	// Metrics is how many metrics it is of, for the bill.
	Metrics() int
}

// Series is the datapoints of a metric by a statistic and a period. The period slides from minute to minute: with one
// of five minutes, there is a datapoint of the last five each minute.
type Series struct {
	track     *track
	board     *Board
	statistic Statistic
	period    sim.Duration
	merged    []measure.Bar
}

// Period returns the length of time that a datapoint is about.
func (s *Series) Period() sim.Duration { return s.period }

// grid is what the ends of periods are multiples of: CloudWatch rounds the begin of what it is asked for down "to the
// nearest whole minute", or with a period of 10 or 30 seconds to such a division of a minute (CloudWatch API reference,
// GetMetricData, StartTime, read 2026-11).
func (s *Series) grid() sim.Duration { return max(min(s.period, standard), s.track.every) }

// end returns the end of the newest period whose datapoint can be read by now, since the start of the run; it is not
// above 0 when there is none yet.
func (s *Series) end() sim.Duration {
	readable := max(sim.Duration(s.board.eng.Now())-s.track.usual, 0)
	return readable - readable%s.grid()
}

// Possible returns how many periods have been whose datapoints could be read by now.
func (s *Series) Possible() int { return int(s.end() / s.period) }

// Metrics returns 1.
func (s *Series) Metrics() int { return 1 }

// Unit returns CloudWatch's unit of the metric.
func (s *Series) Unit() string { return s.track.metric.Unit }

// late bounds the delays of single datapoints that are kept: those of a queue that wakes up.
const late = 15 * sim.Minute

// Keep makes the series remember so many datapoints.
func (s *Series) Keep(datapoints int) {
	per := int(s.period / s.track.every)
	behind := int((s.track.usual + late + s.grid()) / s.track.every)
	s.track.keep(datapoints*per + behind + 2)
}

// At returns the k-th newest datapoint that can be read by now, or false when it is missing.
func (s *Series) At(k int) (float64, bool) {
	now, t := s.board.eng.Now(), s.track
	if now < sim.Time(t.usual) {
		return math.NaN(), false
	}
	per := int64(s.period / t.every)
	end := int64(s.end()/t.every) - int64(k)*per
	if per == 1 && !s.distributed() {
		if end < 1 {
			return math.NaN(), false
		}
		if b := t.at(end - 1); b.number == end-1 && b.present && b.readable <= now {
			return s.value(b), true
		}
		return math.NaN(), false
	}
	var whole bucket
	s.merged = s.merged[:0]
	for n := max(end-per, 0); n < end; n++ {
		b := t.at(n)
		if b.number != n || !b.present || b.readable > now {
			continue
		}
		if !whole.present {
			whole = bucket{present: true, min: b.min, max: b.max}
		}
		whole.samples += b.samples
		whole.sum += b.sum
		whole.min, whole.max = min(whole.min, b.min), max(whole.max, b.max)
		s.merged = append(s.merged, b.bars...)
	}
	if !whole.present {
		return math.NaN(), false
	}
	return s.value(&whole), true
}

// distributed reports whether the statistic is read from a distribution.
func (s *Series) distributed() bool {
	return s.track.metric.Kind == meter.Observed && s.statistic.distributed()
}

// value returns the statistic of what was observed in a period.
func (s *Series) value(b *bucket) float64 {
	observed := s.track.metric.Kind == meter.Observed
	switch s.statistic.kind {
	case sum:
		return b.sum
	case sampleCount:
		return b.samples
	case average:
		return b.sum / max(b.samples, 1)
	case minimum:
		if observed {
			return s.quantile(0)
		}
		return b.min
	case maximum:
		if observed {
			return s.quantile(1)
		}
		return b.max
	}
	return s.quantile(s.statistic.p / 100)
}

// quantile returns the nearest-rank quantile of the merged distribution.
func (s *Series) quantile(p float64) float64 {
	slices.SortFunc(s.merged, func(a, b measure.Bar) int { return cmp.Compare(a.ToNS, b.ToNS) })
	total := uint64(0)
	for i := range s.merged {
		total += s.merged[i].Count
	}
	rank := max(uint64(math.Ceil(float64(p*float64(total))-1e-9)), 1)
	for i := range s.merged {
		if c := s.merged[i].Count; rank > c {
			rank -= c
			continue
		}
		if p == 0 {
			return float64(float64(s.merged[i].FromNS) * s.track.scale)
		}
		return float64(float64(s.merged[i].ToNS) * s.track.scale)
	}
	return math.NaN()
}
