package cloudwatch

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"weir/models/message"
	"weir/models/meter"
	"weir/sim"
)

// diary is an action that notes when it was called.
type diary struct {
	repeats bool
	calls   []string
}

func (d *diary) Alarmed(now sim.Time, state State, value float64) {
	d.calls = append(d.calls, fmt.Sprintf("%gm %s %g", now.Seconds()/60, state, value))
}
func (d *diary) Repeats() bool { return d.repeats }

func (d *diary) want(t *testing.T, calls ...string) {
	t.Helper()
	if got := strings.Join(d.calls, "; "); got != strings.Join(calls, "; ") {
		t.Errorf("called: %s\nwant:   %s", got, strings.Join(calls, "; "))
	}
}

// play sets the plant's level in each minute.
func play(eng *sim.Engine, p *plant, levels ...float64) {
	for _, l := range levels {
		p.level = l
		eng.Run(eng.Now().Add(sim.Minute), 1<<20)
	}
}

// "Alarms invoke actions for sustained state changes only … For Amazon EC2 Auto Scaling actions, the alarm continues to
// invoke the action" once a minute (CloudWatch user guide, AlarmThatSendsEmail.md). Its example figure: 3 of 3, the
// alarm goes off in the third period above the threshold, and not for a single one.
func TestActionsAreCalledOnChanges(t *testing.T) {
	eng, b, p := scene(0)
	once, again := &diary{}, &diary{repeats: true}
	s := AlarmSettings{Threshold: 3, Comparison: Greater, EvaluationPeriods: 3}
	a := NewAlarm(b, "a", s, watch(t, b, p, "Level", Average, sim.Minute))
	a.Notify(once)
	a.Notify(again)
	if a.State() != InsufficientData {
		t.Errorf("begins as %s", a.State())
	}
	play(eng, p, 1, 1, 4, 5, 6, 7, 2, 1, 4, 1)
	once.want(t, "1m OK 1", "5m ALARM 6", "7m OK 2")
	again.want(t, "1m OK 1", "5m ALARM 6", "6m ALARM 7", "7m OK 2")
	if got := a.InAlarm.Integral(eng.Now()); got != 120 {
		t.Errorf("%v s in ALARM, want 120", got)
	}
}

// M of N: 2 of 3.
func TestTwoOfThree(t *testing.T) {
	eng, b, p := scene(0)
	d, two := &diary{}, 2
	s := AlarmSettings{Threshold: 3, Comparison: GreaterOrEqual, EvaluationPeriods: 3, DatapointsToAlarm: &two}
	NewAlarm(b, "a", s, watch(t, b, p, "Level", Average, sim.Minute)).Notify(d)
	play(eng, p, 3, 1, 1, 3, 1, 3, 1, 1)
	d.want(t, "2m OK 1", "6m ALARM 3", "7m OK 1") // not of the first alone
}

// One of one alarms of the first datapoint: "the oldest breaching datapoint is as old as DatapointsToAlarm".
func TestOneOfOne(t *testing.T) {
	eng, b, p := scene(2 * sim.Minute)
	d := &diary{}
	a := NewAlarm(b, "a", AlarmSettings{Threshold: 3, Comparison: Greater}, watch(t, b, p, "Level", Average, sim.Minute))
	a.Notify(d)
	play(eng, p, 9, 1, 1, 1, 1)
	d.want(t, "3m ALARM 9", "4m OK 1") // period, and delay
}

// "CloudWatch alarms may repeatedly re-evaluate the last set of data points after the metric has stopped flowing": with
// three real points in the range of five, the state is theirs; when the range is empty, it is unknown.
func TestAMetricThatStops(t *testing.T) {
	eng, b, p := scene(0)
	d := &diary{}
	s := AlarmSettings{Threshold: 3, Comparison: Greater, EvaluationPeriods: 3}
	NewAlarm(b, "a", s, watch(t, b, p, "Level", Average, sim.Minute)).Notify(d)
	play(eng, p, 1, 4, 4, 4)
	p.absent = true
	play(eng, p, 0, 0, 0, 0, 0, 0)
	d.want(t, "1m OK 1", "4m ALARM 4", "9m INSUFFICIENT_DATA NaN")
}

// "Alarms with a period of 10 or 30 seconds are evaluated every 10 seconds"; actions of Auto Scaling are called each
// minute all the same.
func TestHighResolution(t *testing.T) {
	eng, b, p := scene(0)
	d, again := &diary{}, &diary{repeats: true}
	a := NewAlarm(b, "a", AlarmSettings{Threshold: 3, Comparison: Greater, EvaluationPeriods: 2},
		watch(t, b, p, "Fine", Average, 10*sim.Second))
	a.Notify(d)
	a.Notify(again)
	p.level = 1
	until(eng, 25*sim.Second)
	p.level = 5
	until(eng, 3*sim.Minute)
	d.want(t, "0.16666666666666666m OK 1", "0.6666666666666666m ALARM 5")
	again.want(t, "0.16666666666666666m OK 1", "0.6666666666666666m ALARM 5", "1.6666666666666667m ALARM 5",
		"2.6666666666666665m ALARM 5")
}

// A composite alarm follows the states of others at once. "This initial time after creation is the only time that the
// alarm can be in INSUFFICIENT_DATA state" (CloudFormation reference, AWS::CloudWatch::CompositeAlarm).
func TestCompositeAlarms(t *testing.T) {
	for text, want := range map[string]string{
		`ALARM("high") AND NOT ALARM(low)`:             "0m OK; 2m ALARM; 4m OK",
		`OK(high) OR TRUE AND FALSE`:                   "0m OK; 1m ALARM; 2m OK; 4m ALARM",
		`INSUFFICIENT_DATA(high)`:                      "0m ALARM; 1m OK",
		`NOT (ALARM(high) OR ALARM(low))`:              "0m ALARM; 1m OK",
		`ALARM(high) AND ALARM(low) OR ALARM("inner")`: "0m OK; 2m ALARM; 4m OK",
		`TRUE`: "0m ALARM",
		`ALARM(low) AND ALARM(low) AND NOT ALARM(inner)`: "0m OK; 1m ALARM; 2m OK; 4m ALARM",
	} {
		eng, b, p := scene(0)
		d := &diary{}
		series := watch(t, b, p, "Level", Average, sim.Minute)
		outer := NewAlarm(b, "outer", AlarmSettings{}, nil)
		of := map[string]*Alarm{
			"high":  NewAlarm(b, "high", AlarmSettings{Threshold: 5, Comparison: Greater}, series),
			"low":   NewAlarm(b, "low", AlarmSettings{Threshold: 5, Comparison: LessOrEqual}, series),
			"inner": NewAlarm(b, "inner", AlarmSettings{}, nil),
		}
		combine := func(a *Alarm, text string) {
			rule := new(Rule)
			if err := rule.UnmarshalText([]byte(text)); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			var children []*Alarm
			for _, name := range rule.Names() {
				children = append(children, of[name])
			}
			a.Combine(rule, children)
		}
		combine(of["inner"], "ALARM(high)")
		combine(outer, text)
		outer.Notify(d)
		play(eng, p, 1, 9, 9, 2)
		got := strings.ReplaceAll(strings.Join(d.calls, "; "), " NaN", "")
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestWhatIsNoRule(t *testing.T) {
	for _, text := range []string{
		"", "ALARM", "ALARM()", "ALARM(a", "ALARM(a) ALARM(b)", "AND ALARM(a)", "NOT", "(ALARM(a)", "alarm(a)", `ALARM("a`,
		"ALARM(a) XOR ALARM(b)", strings.Repeat("(", 500) + "TRUE", strings.Repeat("NOT ", 500) + "TRUE",
		"TRUE" + strings.Repeat(" AND TRUE", 500), strings.Repeat(" ", 20000),
	} {
		if err := new(Rule).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%.60q was taken", text)
		}
	}
}

// An alarm under test: how long after the event it is in ALARM, and what counts as missed.
func TestExpectations(t *testing.T) {
	for _, c := range []struct {
		event  sim.Duration // -1: never
		within sim.Duration
		silent bool
		after  float64 // s
		missed bool
	}{
		{90 * sim.Second, 5 * sim.Minute, false, 210, false}, // in ALARM at 5:00
		{90 * sim.Second, 3 * sim.Minute, false, 210, true},
		{5*sim.Minute + 30*sim.Second, sim.Minute, false, math.NaN(), true}, // it was in ALARM before, and told nobody
		{7*sim.Minute + 30*sim.Second, sim.Minute, false, math.NaN(), true},
		{7*sim.Minute + 30*sim.Second, 5 * sim.Minute, false, math.NaN(), false}, // it has time left
		{-1, sim.Minute, false, math.NaN(), false},
		{-1, 0, true, math.NaN(), true},
	} {
		eng, b, p := scene(0)
		s := AlarmSettings{Threshold: 3, Comparison: Greater, EvaluationPeriods: 3}
		a := NewAlarm(b, "a", s, watch(t, b, p, "Level", Average, sim.Minute))
		e := a.Expect(c.within, c.silent)
		if c.event >= 0 {
			happened := sim.NewEvent(eng, "event", func(uint8) { e.Happened(eng.Now()) })
			happened.At(sim.Time(c.event), 0)
		}
		play(eng, p, 1, 1, 4, 5, 6, 7, 2, 1, 1, 1)
		got := e.seconds()
		if got != c.after && !(math.IsNaN(got) && math.IsNaN(c.after)) || e.Missed(eng.Now()) != c.missed {
			t.Errorf("%+v: %v s after, missed %t", c, got, e.Missed(eng.Now()))
		}
	}
}

// The first message that ends badly is noticed within a second.
func TestTheFirstLoss(t *testing.T) {
	eng, b, _ := scene(0)
	store := message.NewStore(10)
	route := store.Ledger.Open("p", "p")
	var at []sim.Time
	tell := func(now sim.Time) { at = append(at, now) }
	b.WhenEnded(&store.Ledger, FirstLoss, []message.Place{message.Lost}, tell)
	b.WhenEnded(&store.Ledger, FirstLoss, []message.Place{message.Lost}, tell)
	lost := sim.NewEvent(eng, "lost", func(uint8) {
		ref, _ := store.New(eng.Now(), route, 0, 0, 0)
		store.Move(ref, store.At(ref), message.Lost)
	})
	lost.At(sim.Time(2500*sim.Millisecond), 0)
	lost.At(sim.Time(7*sim.Second), 0)
	until(eng, sim.Minute)
	if len(at) != 2 || at[0] != sim.Time(3*sim.Second) || at[1] != at[0] {
		t.Errorf("told at %v, want 3s twice", at)
	}
}

// Custom metrics are what components say of themselves at that moment, and are billed with the calls that put them.
func TestCustomMetrics(t *testing.T) {
	eng, b, p := scene(10 * sim.Minute)
	s := &CustomSpec{Expression: new(Math), Every: 10e9}
	if err := s.Expression.UnmarshalText([]byte("level / busy")); err != nil {
		t.Fatal(err)
	}
	c := NewCustom(b, "metrics.c", s)
	level, err := b.Live(p, "Level", Average, 10*sim.Second)
	busy, err2 := b.Live(p, "Busy", Average, 10*sim.Second)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	e, err := b.NewExpression(s.Expression, Input{"level", level}, Input{"busy", busy})
	if err != nil {
		t.Fatal(err)
	}
	c.Compute(e)
	series, err := b.Watch(c, CustomName, Average, 10*sim.Second)
	if err != nil {
		t.Fatal(err)
	}
	series.Keep(4)
	p.level = 12
	until(eng, 10*sim.Second)
	expect(t, "busy is 0", series, 0, math.NaN())
	p.busy.Set(eng.Now(), 3)
	until(eng, 20*sim.Second)
	expect(t, "12 / 3", series, 0, 4)
	p.level = 30
	until(eng, 30*sim.Second)
	expect(t, "30 / 3", series, 0, 10)
	expect(t, "12 / 3", series, 1, 4)
	c.Curves(func(curve meter.Curve) {
		p.level = -6
		until(eng, 40*sim.Second)
		expect(t, "-6 / 3", series, 0, -2)
		p.busy.Set(eng.Now(), 0)
		until(eng, 50*sim.Second)
		expect(t, "nothing is put", series, 0, math.NaN())
		if got := curve.Read(eng.Now()); got != -2 {
			t.Errorf("the curve is at %v, want -2, which was put last", got)
		}
	})
	c.Usage(eng.Now(), func(item, _ string, quantity float64) {
		want := map[string]float64{"cloudwatch.custom_metrics": 50. / 3600 / 730, "cloudwatch.requests": 3}[item]
		if math.Abs(quantity-want) > 1e-12 {
			t.Errorf("%s: %v, want %v", item, quantity, want)
		}
	})
}

// The bill counts an alarm by the metrics that it is on, and by its kind.
func TestWhatAnAlarmCosts(t *testing.T) {
	eng, b, p := scene(0)
	series := func(name string, period sim.Duration) *Series { return watch(t, b, p, name, Average, period) }
	m := new(Math)
	_ = m.UnmarshalText([]byte("m1 / m2"))
	e, err := b.NewExpression(m, Input{"m1", series("Level", sim.Minute)}, Input{"m2", series("Busy", sim.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	composite := NewAlarm(b, "c", AlarmSettings{}, nil)
	rule := new(Rule)
	_ = rule.UnmarshalText([]byte("TRUE"))
	composite.Combine(rule, nil)
	until(eng, 73*sim.Hour)
	for want, a := range map[string]*Alarm{
		"cloudwatch.alarms.standard 0.1":        NewAlarm(b, "a", AlarmSettings{}, series("Level", sim.Minute)),
		"cloudwatch.alarms.standard 0.2":        NewAlarm(b, "a", AlarmSettings{}, e),
		"cloudwatch.alarms.high_resolution 0.1": NewAlarm(b, "a", AlarmSettings{}, series("Fine", 30*sim.Second)),
		"cloudwatch.alarms.composite 0.1":       composite,
	} {
		a.Usage(eng.Now(), func(item, _ string, quantity float64) {
			if got := fmt.Sprintf("%s %.6g", item, quantity); got != want {
				t.Errorf("billed %s, want %s", got, want)
			}
		})
	}
}
