package cloudwatch

import (
	"math"

	"weir/models/meter"
	"weir/sim"
)

// Recorder keeps all that the components of a run publish, for whoever wants it as a file. It takes no event and leaves
// the trajectory as it is: who runs the trial calls Close between two pieces of it. What the board of the design reads
// is taken from there, since there are metrics that can be read once only.
type Recorder struct {
	Metrics []*Recorded
	period  sim.Duration
	beat    sim.Duration // divides the intervals of all metrics
	from    sim.Time     // when the window of observation begins
}

// Recorded is the datapoints of one metric, oldest first. A period without one is missing.
type Recorded struct {
	Publisher  meter.Publisher
	Name, Unit string
	Period     sim.Duration
	Statistics []Statistic
	Times      []sim.Time  // when each period began, since the start of the run
	Values     [][]float64 // by statistic, then as Times

	track *track
	own   bool // the recorder reads it; else the board does
	open  bucket
	begun sim.Time
}

// RecordedPeriod returns the shortest period whose datapoints CloudWatch keeps for so long: a minute for 15 days, five
// minutes for 63, else an hour (CloudWatch user guide, cloudwatch_concepts.md, "Metrics retention", 2023-05). It also
// bounds how many datapoints a long run has.
func RecordedPeriod(length sim.Duration) sim.Duration {
	const day = 24 * sim.Hour
	switch {
	case length <= 15*day:
		return sim.Minute
	case length <= 63*day:
		return 5 * sim.Minute
	}
	return sim.Hour
}

// NewRecorder returns a recorder of what publishers publish, with datapoints of a period or of what is published more
// rarely. The board is that of the design, or one without metrics. It is called before the run.
func NewRecorder(b *Board, publishers []meter.Publisher, period sim.Duration) *Recorder {
	r := &Recorder{period: period, beat: standard, from: sim.Never}
	for _, p := range publishers {
		all := b.published(p)
		for i := range all {
			r.add(b, p, &all[i])
		}
	}
	return r
}

func (r *Recorder) add(b *Board, p meter.Publisher, m *meter.Metric) {
	t := b.reads(p, m)
	own := t == nil
	if own {
		t = newTrack(p, m, b)
	}
	t.keep(1)
	r.Metrics = append(r.Metrics, &Recorded{
		Publisher: p, Name: m.Name, Unit: m.Unit, Period: max(r.period, t.every), Statistics: recordedStatistics(m),
		Values: make([][]float64, len(recordedStatistics(m))), track: t, own: own,
	})
	t.bars = t.bars || m.Kind == meter.Observed
	if t.every < r.beat {
		r.beat = highResolution
	}
}

// reads returns the track of a metric that somebody watches already, or nil.
func (b *Board) reads(p meter.Publisher, m *meter.Metric) *track {
	for _, tracks := range [][]*track{b.tracks, b.live} {
		for _, t := range tracks {
			if t.publisher == p && t.metric.Name == m.Name {
				return t
			}
		}
	}
	return nil
}

// recordedStatistics are those by which a metric is usually looked at.
func recordedStatistics(m *meter.Metric) []Statistic {
	switch {
	case m.Kind == meter.Observed:
		return []Statistic{Average, Percentile(50), Percentile(90), Percentile(99), Maximum, SampleCount}
	case m.Kind == meter.Averaged:
		return []Statistic{Average, Maximum}
	case m.Kind == meter.Gauge:
		return []Statistic{Average}
	case m.Samples != nil:
		return []Statistic{Sum, Average}
	}
	return []Statistic{Sum}
}

// Next returns the first instant after now at which Close is due.
func (r *Recorder) Next(now sim.Time) sim.Time { return now.Add(r.beat - sim.Duration(now)%r.beat) }

// Begin says that the window of observation begins now: periods that began before are left out.
func (r *Recorder) Begin(now sim.Time) { r.from = now }

// Settle takes over what was counted, before the components begin a window anew; see Board.
func (r *Recorder) Settle(now sim.Time) {
	for _, m := range r.Metrics {
		if m.own {
			m.track.settle(now)
		}
	}
}

// Rebase takes the counts as they are, after the components began a window anew; see Board.
func (r *Recorder) Rebase(now sim.Time) {
	for _, m := range r.Metrics {
		if m.own {
			m.track.rebase(now)
		}
	}
}

// Close reads the metrics whose interval ends now. All events up to and including now have fired.
func (r *Recorder) Close(now sim.Time) {
	for _, m := range r.Metrics {
		t := m.track
		if sim.Duration(now)%t.every != 0 {
			continue
		}
		if m.own {
			t.close(now)
		}
		if number := int64(sim.Duration(now)/t.every) - 1; t.at(number).number == number && t.at(number).present {
			m.take(t.at(number))
		}
		if sim.Duration(now)%m.Period == 0 {
			m.flush(r.from)
			m.begun = now
		}
	}
}

// take adds an interval to the period under way.
func (m *Recorded) take(b *bucket) {
	whole := &m.open
	if !whole.present {
		*whole = bucket{present: true, min: b.min, max: b.max, bars: whole.bars[:0]}
	}
	whole.samples += b.samples
	whole.sum += b.sum
	whole.min, whole.max = min(whole.min, b.min), max(whole.max, b.max)
	whole.bars = append(whole.bars, b.bars...)
}

// flush ends the period under way, if there is something in it.
func (m *Recorded) flush(from sim.Time) {
	present := m.open.present
	m.open.present = false
	if !present || m.begun < from {
		return
	}
	s := Series{track: m.track, merged: m.open.bars}
	values := make([]float64, len(m.Statistics))
	for i, stat := range m.Statistics {
		s.statistic = stat
		if values[i] = s.value(&m.open); math.IsNaN(values[i]) || math.IsInf(values[i], 0) {
			return // nothing was observed
		}
	}
	m.Times = append(m.Times, m.begun)
	for i, v := range values {
		m.Values[i] = append(m.Values[i], v)
	}
}
