package cloudwatch

import (
	"fmt"
	"slices"
	"strings"

	"weir/models/meter"
	"weir/models/spec"
	"weir/sim"
)

// Limits are the constants of CloudWatch that a profile holds.
type Limits struct {
	Delay       spec.Duration `aws:"cloudwatch.metric_delay"`
	CustomDelay spec.Duration `aws:"cloudwatch.custom_metric_delay"`
	RangeExtra  int64         `aws:"cloudwatch.alarm.evaluation_range_extra"`
	RangeMax    spec.Duration `aws:"cloudwatch.alarm.range_max"`
	MetricsMax  int64         `aws:"cloudwatch.alarm.expression_metrics_max"`
	ActionsMax  int64         `aws:"cloudwatch.alarm.actions_max"`
	Repeat      spec.Duration `aws:"cloudwatch.alarm.repeat"`

	ActionLatency    spec.Durations `aws:"cloudwatch.alarm.action_latency"`
	NotificationSize spec.Size      `aws:"cloudwatch.alarm.notification_size"`
}

// InRange reports whether an alarm may look at so many periods: AWS bounds how long they are together.
func (l *Limits) InRange(period sim.Duration, periods int) bool {
	return period <= l.RangeMax.Sim()/sim.Duration(max(periods, 1))
}

// The times between two evaluations. AWS: alarms with a period of 10 or 30 seconds are evaluated every 10 seconds, all
// others every minute (CloudWatch user guide, AlarmThatSendsEmail.md, 2023-05).
const (
	standard       = sim.Minute
	highResolution = 10 * sim.Second
)

// Board is where all metrics of a design that somebody watches come together: it reads them at the end of each period,
// all with one event, and keeps what alarms and scaling policies look back at. What nobody watches costs nothing.
type Board struct {
	eng        *sim.Engine
	limit      *Limits
	metrics    map[meter.Publisher][]meter.Metric // of those who were asked
	tracks     []*track
	live       []*track // that programs of the design read without delay
	customs    []*Custom
	alarms     []*Alarm
	composites []*Alarm // those that others look at first
	watchers   []func(now sim.Time)
	witnesses  map[string]*witness // of what has ended, by event
	beat       sim.Duration        // between two ticks: 0 until somebody watches
	ticked     sim.Event[uint8]
}

// NewBoard returns a board without metrics. It takes no event until somebody watches one.
func NewBoard(eng *sim.Engine, limits *Limits) *Board {
	b := &Board{eng: eng, limit: limits, metrics: map[meter.Publisher][]meter.Metric{}}
	b.ticked = sim.NewEvent(eng, "cloudwatch/period", b.tick)
	b.witnesses = map[string]*witness{}
	return b
}

// Limits returns the board's constants.
func (b *Board) Limits() *Limits { return b.limit }

// Watch returns the series of a metric's datapoints: one for each period, by a statistic. It is called before the run.
// The error says what the component publishes, or why the metric has no such statistic or period.
func (b *Board) Watch(p meter.Publisher, name string, stat Statistic, period sim.Duration) (*Series, error) {
	m, err := b.metric(p, name)
	if err != nil {
		return nil, err
	}
	if err := check(m, stat, period); err != nil {
		return nil, err
	}
	t := b.trackOf(p, m)
	s := &Series{track: t, board: b, statistic: stat, period: period}
	if stat.distributed() {
		t.bars = m.Kind == meter.Observed
	}
	s.Keep(1)
	b.wake(min(standard, t.every))
	return s, nil
}

// metric returns what a component publishes under a name.
func (b *Board) metric(p meter.Publisher, name string) (*meter.Metric, error) {
	all := b.published(p)
	names := make([]string, len(all))
	for i := range all {
		if all[i].Name == name {
			return &all[i], nil
		}
		names[i] = all[i].Name
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("publishes no metrics, and so no %s", spec.Quote(name))
	}
	return nil, fmt.Errorf("publishes no metric %s%s; there are %s", spec.Quote(name), spec.DidYouMean(name, names),
		strings.Join(names, ", "))
}

// published returns all metrics of a component, which is asked once.
func (b *Board) published(p meter.Publisher) []meter.Metric {
	all, asked := b.metrics[p]
	if !asked {
		p.Metrics(func(m meter.Metric) { all = append(all, m) })
		b.metrics[p] = all
	}
	return all
}

// every returns how often a metric is published.
func every(m *meter.Metric) sim.Duration {
	if m.Every > 0 {
		return m.Every
	}
	return standard
}

// isPeriod reports whether CloudWatch knows a period.
func isPeriod(d sim.Duration) bool {
	return d == highResolution || d == 3*highResolution || d > 0 && d%standard == 0
}

// check says why a metric has no datapoints of a statistic and a period.
func check(m *meter.Metric, stat Statistic, period sim.Duration) error {
	if !isPeriod(period) {
		return fmt.Errorf("a period of %v: CloudWatch knows 10 s, 30 s and multiples of a minute", period)
	}
	if e := every(m); period < e || period%e != 0 {
		return fmt.Errorf("a period of %v: %s is published every %v", period, m.Name, e)
	}
	if stat.kind == percentile && m.Kind != meter.Observed {
		return fmt.Errorf("%s has no %s: percentiles need single observations, and it is published as a value", m.Name, stat)
	}
	if (stat.kind == minimum || stat.kind == maximum) && m.Kind == meter.Counted && m.Samples != nil {
		return fmt.Errorf("%s has no %s here: only its sum and how many it is of are counted", m.Name, stat)
	}
	return nil
}

// trackOf returns the track of a metric, of which there is one however many watch it.
func (b *Board) trackOf(p meter.Publisher, m *meter.Metric) *track {
	for _, t := range b.tracks {
		if t.publisher == p && t.metric.Name == m.Name {
			return t
		}
	}
	t := newTrack(p, m, b)
	b.tracks = append(b.tracks, t)
	return t
}

// wake makes the board tick at least once in a length of time.
func (b *Board) wake(beat sim.Duration) {
	if b.beat == 0 {
		b.ticked.At(b.eng.Now(), 0)
		b.beat = beat
	}
	if b.beat = min(b.beat, beat); b.beat < standard {
		b.beat = highResolution // divides every period
	}
}

// Each calls f at the end of every length of time of a minute, or of 10 seconds where that is asked, when the metrics
// have been read: a scaling policy looks at its series then.
func (b *Board) Each(length sim.Duration, f func(now sim.Time)) {
	if length < standard {
		length = highResolution
	} else {
		length = standard
	}
	b.wake(length)
	b.watchers = append(b.watchers, func(now sim.Time) {
		if sim.Duration(now)%length == 0 {
			f(now)
		}
	})
}

// tick is the event that a period ends: metrics are read, then alarms are evaluated, then policies look.
func (b *Board) tick(uint8) {
	now := b.eng.Now()
	b.ticked.After(b.beat-sim.Duration(now)%b.beat, 0)
	if now == 0 {
		for _, a := range b.alarms {
			a.begin()
		}
		b.combineAll(now)
		return
	}
	closeAll(b.live, now)
	for _, c := range b.customs {
		if sim.Duration(now)%c.every == 0 {
			c.put(now)
		}
	}
	closeAll(b.tracks, now)
	for _, a := range b.alarms {
		if a.source != nil && sim.Duration(now)%a.interval == 0 {
			a.evaluate(now)
		}
	}
	b.combineAll(now)
	for _, f := range b.watchers {
		f(now)
	}
}

// closeAll ends the intervals that end now.
func closeAll(tracks []*track, now sim.Time) {
	for _, t := range tracks {
		if sim.Duration(now)%t.every == 0 {
			t.close(now)
		}
	}
}

// Settle takes over what has been counted in the periods under way. It is called just before the components begin a
// window anew.
func (b *Board) Settle(now sim.Time) {
	for _, t := range slices.Concat(b.live, b.tracks) {
		t.settle(now)
	}
}

// Rebase takes the counts as they are, as those that the next increase is over. It is called just after the components
// began a window anew, and what Settle took over stays part of its period.
func (b *Board) Rebase(now sim.Time) {
	for _, t := range slices.Concat(b.live, b.tracks) {
		t.rebase(now)
	}
}
