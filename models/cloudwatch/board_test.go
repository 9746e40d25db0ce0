package cloudwatch

import (
	"math"
	"testing"

	"weir/models/meter"
	"weir/models/spec"
	"weir/sim"
	"weir/sim/measure"
)

// plant is a component whose metrics a test sets as it likes.
type plant struct {
	level  float64
	count  measure.Counter
	of     measure.Counter
	busy   measure.Level
	times  *measure.Histogram
	delay  sim.Duration
	absent bool
}

func (p *plant) Metrics(declare func(meter.Metric)) {
	declare(meter.Metric{
		Name: "Level", Kind: meter.Gauge, Read: func(sim.Time) float64 { return p.level },
		Delay:  func(sim.Time) sim.Duration { return p.delay },
		Absent: func(sim.Time) bool { return p.absent },
	})
	declare(meter.CountOf("Count", &p.count))
	sparse := meter.CountOf("Sparse", &p.count)
	sparse.Sparse = true
	declare(sparse)
	declare(meter.ShareOf("Share", &p.count, &p.of))
	declare(meter.LevelOf("Busy", &p.busy))
	declare(meter.TimesOf("Times", func() *measure.Histogram { return p.times }))
	zero := meter.TimesOf("TimesOrZero", func() *measure.Histogram { return p.times })
	zero.Zero = func(sim.Time) bool { return true }
	declare(zero)
	five := meter.Metric{Name: "Basic", Kind: meter.Gauge, Every: 5 * sim.Minute, Read: func(sim.Time) float64 {
		return p.level
	}}
	declare(five)
	ten := meter.Metric{Name: "Fine", Kind: meter.Gauge, Every: 10 * sim.Second, Read: func(sim.Time) float64 {
		return p.level
	}}
	declare(ten)
}

func scene(delay sim.Duration) (*sim.Engine, *Board, *plant) {
	eng := sim.NewEngine(1, 0)
	limits := &Limits{
		Delay: spec.Duration(delay), RangeExtra: 2, RangeMax: spec.Duration(sim.Day), MetricsMax: 10, ActionsMax: 5,
		Repeat: spec.Duration(sim.Minute),
	}
	return eng, NewBoard(eng, limits), &plant{times: measure.NewHistogram()}
}

func watch(t *testing.T, b *Board, p *plant, name string, stat Statistic, period sim.Duration) *Series {
	t.Helper()
	s, err := b.Watch(p, name, stat, period)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func until(eng *sim.Engine, d sim.Duration) { eng.Run(sim.Time(d), 1<<30) }

func expect(t *testing.T, what string, s Source, k int, want float64) {
	t.Helper()
	got, ok := s.At(k)
	if ok == math.IsNaN(want) || ok && math.Abs(got-want) > 1e-9*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: datapoint %d is %v, %t; want %v", what, k, got, ok, want)
	}
}

// Each statistic of each kind of metric, over one minute and over two.
func TestStatistics(t *testing.T) {
	eng, b, p := scene(0)
	check := []struct {
		metric string
		stat   Statistic
		period sim.Duration
		want   [2]float64 // of the second minute, or of both; and of the one before
	}{
		{"Level", Average, sim.Minute, [2]float64{7, 3}},
		{"Level", Maximum, 2 * sim.Minute, [2]float64{7, math.NaN()}},
		{"Level", Minimum, 2 * sim.Minute, [2]float64{3, math.NaN()}},
		{"Level", Average, 2 * sim.Minute, [2]float64{5, math.NaN()}},
		{"Level", Sum, 2 * sim.Minute, [2]float64{10, math.NaN()}},
		{"Level", SampleCount, 2 * sim.Minute, [2]float64{2, math.NaN()}},
		{"Count", Sum, sim.Minute, [2]float64{6, 10}},
		{"Count", Sum, 2 * sim.Minute, [2]float64{16, math.NaN()}},
		{"Share", Average, sim.Minute, [2]float64{0.3, 0.5}},
		{"Share", Average, 2 * sim.Minute, [2]float64{0.4, math.NaN()}},
		{"Busy", Average, sim.Minute, [2]float64{4, 1}},
		{"Busy", Maximum, sim.Minute, [2]float64{4, 4}},
		{"Times", Average, sim.Minute, [2]float64{200, 3}},
		{"Times", SampleCount, 2 * sim.Minute, [2]float64{6, math.NaN()}},
		{"Times", Maximum, 2 * sim.Minute, [2]float64{200, math.NaN()}},
		{"Times", Minimum, 2 * sim.Minute, [2]float64{1, math.NaN()}},
		{"Times", Percentile(50), sim.Minute, [2]float64{200, 3}},
		{"Times", Percentile(80), sim.Minute, [2]float64{200, 4}},
		{"Times", Percentile(50), 2 * sim.Minute, [2]float64{3, math.NaN()}},
		{"Times", Percentile(90), 2 * sim.Minute, [2]float64{200, math.NaN()}},
	}
	var all []*Series
	for _, c := range check {
		s := watch(t, b, p, c.metric, c.stat, c.period)
		s.Keep(2)
		all = append(all, s)
	}
	p.level = 3
	p.count.Add(10)
	p.of.Add(20)
	for ms := range 5 {
		p.times.Record(int64(ms+1) * int64(sim.Millisecond))
	}
	until(eng, 45*sim.Second)
	p.busy.Set(eng.Now(), 4)
	until(eng, sim.Minute)
	p.level = 7
	p.count.Add(6)
	p.of.Add(20)
	p.times.Record(200 * int64(sim.Millisecond))
	until(eng, 2*sim.Minute)
	for i, c := range check {
		got := all[i]
		for k, want := range c.want {
			v, ok := got.At(k)
			if ok == math.IsNaN(want) || ok && math.Abs(v-want) > 2e-3*math.Abs(want) {
				t.Errorf("%s %s over %v: datapoint %d is %v, %t; want %v", c.metric, c.stat, c.period, k, v, ok, want)
			}
		}
	}
}

// A datapoint can be read after the delay, and the newest one is the newest that can be read.
func TestDelay(t *testing.T) {
	eng, b, p := scene(90 * sim.Second)
	s := watch(t, b, p, "Level", Average, sim.Minute)
	for m := range 5 {
		p.level = float64(m + 1)
		until(eng, sim.Duration(m+1)*sim.Minute)
	}
	expect(t, "at 5:00", s, 0, 3) // of the third minute, whose datapoint could be read from 4:30 on
	expect(t, "at 5:00", s, 1, 2)
	until(eng, 5*sim.Minute+29*sim.Second)
	expect(t, "at 5:29", s, 0, 3)
	until(eng, 5*sim.Minute+30*sim.Second)
	expect(t, "at 5:30", s, 0, 4)
}

// "There can be up to a 15-minute delay": what is held back is missing until it comes, and then it is there.
func TestADatapointThatIsHeldBack(t *testing.T) {
	eng, b, p := scene(0)
	s := watch(t, b, p, "Level", Average, sim.Minute)
	s.Keep(5)
	p.level = 1
	until(eng, sim.Minute)
	p.delay, p.level = 3*sim.Minute, 2
	until(eng, 2*sim.Minute)
	p.delay, p.absent = 0, true
	until(eng, 3*sim.Minute)
	expect(t, "absent", s, 0, math.NaN())
	expect(t, "held back", s, 1, math.NaN())
	expect(t, "before", s, 2, 1)
	until(eng, 5*sim.Minute)
	expect(t, "has come", s, 3, 2)
}

// "If the period is 5 minutes … at the end of minute 6, the alarm is evaluated based on the data from minutes 2 to 6":
// the window slides (CloudWatch user guide, AlarmThatSendsEmail.md).
func TestThePeriodSlides(t *testing.T) {
	eng, b, p := scene(0)
	s := watch(t, b, p, "Count", Sum, 5*sim.Minute)
	s.Keep(2)
	for m := range 10 {
		p.count.Add(uint64(m + 1))
		until(eng, sim.Duration(m+1)*sim.Minute)
		if m == 5 {
			expect(t, "minutes 2 to 6", s, 0, 2+3+4+5+6)
		}
	}
	expect(t, "minutes 6 to 10", s, 0, 6+7+8+9+10)
	expect(t, "minutes 1 to 5", s, 1, 15)
}

// A metric that is published each five minutes has one datapoint for them, however often it is looked at.
// CloudWatch takes no infinity, and a metric by another that is 0 is none: such a datapoint is missing.
func TestWhatIsNoNumberIsMissing(t *testing.T) {
	eng, b, p := scene(0)
	level := watch(t, b, p, "Level", Average, sim.Minute)
	m := new(Math)
	if err := m.UnmarshalText([]byte("m1 * m1")); err != nil {
		t.Fatal(err)
	}
	square, err := b.NewExpression(m, Input{"m1", level})
	if err != nil {
		t.Fatal(err)
	}
	for minute, v := range []float64{5, math.Inf(1), math.Inf(-1), math.NaN(), 1e108, 1e109} {
		p.level = v
		until(eng, sim.Duration(minute+1)*sim.Minute)
		if math.Abs(v) > 1e108 || math.IsNaN(v) {
			v = math.NaN()
		}
		expect(t, "the level", level, 0, v)
		if minute > 0 {
			v = math.NaN() // too large
		}
		expect(t, "its square", square, 0, v*v)
	}
}

func TestBasicMonitoring(t *testing.T) {
	eng, b, p := scene(0)
	s := watch(t, b, p, "Basic", Average, 5*sim.Minute)
	s.Keep(2)
	p.level = 1
	until(eng, 5*sim.Minute)
	p.level = 9
	for m := 5; m < 10; m++ {
		until(eng, sim.Duration(m)*sim.Minute)
		expect(t, "until the next", s, 0, 1)
	}
	until(eng, 10*sim.Minute)
	expect(t, "the next", s, 0, 9)
	if _, err := b.Watch(p, "Basic", Average, sim.Minute); err == nil {
		t.Error("a period of a minute was taken")
	}
}

// A metric has no datapoint for a minute without observations, one of 0 where somebody looked and found none.
func TestNothingObserved(t *testing.T) {
	eng, b, p := scene(0)
	sparse := watch(t, b, p, "Sparse", Sum, sim.Minute)
	count := watch(t, b, p, "Count", Sum, sim.Minute)
	share := watch(t, b, p, "Share", Sum, sim.Minute)
	times := watch(t, b, p, "Times", Average, sim.Minute)
	zero := watch(t, b, p, "TimesOrZero", Percentile(99), sim.Minute)
	until(eng, sim.Minute)
	expect(t, "sparse", sparse, 0, math.NaN())
	expect(t, "count", count, 0, 0)
	expect(t, "share", share, 0, math.NaN())
	expect(t, "times", times, 0, math.NaN())
	expect(t, "zero", zero, 0, 0)
	p.of.Inc()
	until(eng, 2*sim.Minute)
	expect(t, "none of one", share, 0, 0)
}

// Counters begin at 0 when the window of observation begins, in the midst of a period: nothing is lost, or counted
// twice.
func TestAPeriodGoesOnWhenTheWindowBegins(t *testing.T) {
	eng, b, p := scene(0)
	count := watch(t, b, p, "Count", Sum, sim.Minute)
	busy := watch(t, b, p, "Busy", Average, sim.Minute)
	times := watch(t, b, p, "Times", Percentile(99), sim.Minute)
	samples := watch(t, b, p, "Times", SampleCount, sim.Minute)
	p.busy.Set(0, 2)
	p.count.Add(5)
	p.times.Record(int64(sim.Second))
	until(eng, 30*sim.Second)
	b.Settle(eng.Now())
	p.count.Reset()
	p.busy.Reset(eng.Now())
	p.times = measure.NewHistogram()
	p.times.Record(int64(sim.Millisecond)) // within Reset: not counted by anybody before Rebase
	b.Rebase(eng.Now())
	p.count.Add(3)
	p.times.Record(int64(2 * sim.Millisecond))
	until(eng, sim.Minute)
	expect(t, "count", count, 0, 8)
	expect(t, "busy", busy, 0, 2)
	expect(t, "samples", samples, 0, 2)
	if v, _ := times.At(0); math.Abs(v-1000) > 2 {
		t.Errorf("p99 is %v ms, want 1000", v)
	}
}

// mute is a component that publishes nothing.
type mute struct{}

func (mute) Metrics(func(meter.Metric)) {}

func TestAComponentThatPublishesNothingSaysSo(t *testing.T) {
	_, b, _ := scene(0)
	if _, err := b.Watch(mute{}, "Level", Average, sim.Minute); err == nil ||
		err.Error() != `publishes no metrics, and so no "Level"` {
		t.Error(err)
	}
}

func TestWhatABoardRefuses(t *testing.T) {
	_, b, p := scene(0)
	for _, c := range []struct {
		metric string
		stat   Statistic
		period sim.Duration
	}{
		{"Lever", Average, sim.Minute}, {"Level", Average, 20 * sim.Second}, {"Level", Average, 10 * sim.Second},
		{"Level", Average, 90 * sim.Second}, {"Level", Percentile(99), sim.Minute}, {"Share", Maximum, sim.Minute},
		{"Basic", Average, 6 * sim.Minute}, {"Level", Average, 0},
	} {
		if _, err := b.Watch(p, c.metric, c.stat, c.period); err == nil {
			t.Errorf("%s %s over %v was taken", c.metric, c.stat, c.period)
		} else {
			t.Log(err)
		}
	}
	for _, s := range []string{"p101", "P99", "average", "", "p", "p-1", "p1e1", "pNaN"} {
		if err := new(Statistic).UnmarshalText([]byte(s)); err == nil {
			t.Errorf("statistic %q was taken", s)
		}
	}
	for _, s := range []string{"Average", "Sum", "Minimum", "Maximum", "SampleCount", "p99", "p99.9", "p0", "p100"} {
		var stat Statistic
		if err := stat.UnmarshalText([]byte(s)); err != nil || stat.String() != s {
			t.Errorf("statistic %q became %s: %v", s, stat, err)
		}
	}
}

// All series take one event for each period, and 20 alarms over an idle week far less than a second.
func TestABoardTakesOneEventForAPeriod(t *testing.T) {
	eng, b, p := scene(90 * sim.Second)
	for range 20 {
		NewAlarm(b, "a", AlarmSettings{Threshold: 1, Comparison: Greater, EvaluationPeriods: 5},
			watch(t, b, p, "Level", Average, sim.Minute))
	}
	until(eng, 7*sim.Day)
	if want := uint64(7*24*60 + 1); eng.Fired() != want {
		t.Errorf("%d events in a week, want %d", eng.Fired(), want)
	}
}

func BenchmarkIdleWeek(b *testing.B) {
	for b.Loop() {
		eng, board, p := scene(90 * sim.Second)
		for range 20 {
			s, err := board.Watch(p, "Level", Average, sim.Minute)
			if err != nil {
				b.Fatal(err)
			}
			NewAlarm(board, "a", AlarmSettings{Threshold: 1, Comparison: Greater, EvaluationPeriods: 15}, s)
		}
		until(eng, 7*sim.Day)
	}
}
