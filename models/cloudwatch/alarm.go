package cloudwatch

import (
	"math"

	"weir/sim"
	"weir/sim/measure"
)

// Action is what an alarm does.
type Action interface {
	// Alarmed tells that the alarm's state has changed, with the newest datapoint behind it, NaN if there is none; and,
	// of actions that repeat, that the alarm is still in ALARM.
	Alarmed(now sim.Time, state State, value float64)
	// Repeats reports whether the action is called each minute that the alarm stays in ALARM, as Auto Scaling's are.
	Repeats() bool
}

// Alarm compares the datapoints of a metric with a threshold, or, when it is a composite alarm, the states of others.
type Alarm struct {
	AlarmStats

	name      string
	board     *Board
	settings  AlarmSettings
	source    Source
	rule      *Rule        // of a composite alarm
	children  []*Alarm     // that the rule looks at
	started   bool         // the composite alarm stands in the board's order
	stale     bool         // the state of one that the rule looks at has changed
	interval  sim.Duration // between two evaluations
	extent    int          // datapoints in the evaluation range
	state     State
	since     sim.Time // that the alarm has been in the state
	value     float64
	repeated  sim.Time // of the last call of actions that repeat
	actions   []Action
	parents   []*Alarm // composite alarms that look at this one
	notifiers []*Notifier
	begun     sim.Time // of the window
	expect    *Expectation
}

// AlarmStats is what an alarm measures.
type AlarmStats struct {
	InAlarm     measure.Level // 1 in ALARM
	Unknown     measure.Level // 1 in INSUFFICIENT_DATA
	Transitions measure.Counter
	Raised      measure.Counter // transitions to ALARM
	Called      measure.Counter // actions called
	first       sim.Time        // that it was in ALARM in the window; Never if it was not
}

// NewAlarm returns an alarm on a source, which may be nil until Read gives it one. Its state is INSUFFICIENT_DATA.
func NewAlarm(b *Board, name string, s AlarmSettings, source Source) *Alarm {
	a := &Alarm{name: name, board: b, settings: s, value: math.NaN(), repeated: -1}
	a.first = sim.Never
	a.Unknown.Set(b.eng.Now(), 1)
	if source != nil {
		a.Read(source)
	}
	b.alarms = append(b.alarms, a)
	return a
}

// Read makes the alarm read a source. It is called before the run.
func (a *Alarm) Read(source Source) {
	a.source = source
	a.extent = max(a.settings.EvaluationPeriods, 1) + int(a.board.limit.RangeExtra)
	source.Keep(a.extent)
	if a.interval = standard; source.Period() < standard {
		a.interval = highResolution
	}
	a.board.wake(a.interval)
}

// Notify adds an action, which is called when the state changes. It is called before the run.
func (a *Alarm) Notify(action Action) { a.actions = append(a.actions, action) }

// State returns the alarm's state.
func (a *Alarm) State() State { return a.state }

// Composite reports whether it is a composite alarm, which has no actions of Auto Scaling.
func (a *Alarm) Composite() bool { return a.rule != nil }

// Settings returns what the alarm compares.
func (a *Alarm) Settings() *AlarmSettings { return &a.settings }

// evaluate finds the state anew.
func (a *Alarm) evaluate(now sim.Time) {
	state, value := a.settings.judge(a.state, a.extent, a.source.Possible(), a.source.At)
	a.value = value
	a.become(now, state)
	if a.state != Alarming || now.Sub(a.repeated) < sim.Duration(a.board.limit.Repeat) {
		return
	}
	a.repeated = now
	for _, action := range a.actions {
		if action.Repeats() {
			a.Called.Inc()
			action.Alarmed(now, a.state, a.value)
		}
	}
}

// become changes the state and calls the actions.
func (a *Alarm) become(now sim.Time, state State) {
	if state == a.state {
		return
	}
	a.state, a.since = state, now
	a.Transitions.Inc()
	a.InAlarm.Set(now, level(state == Alarming))
	a.Unknown.Set(now, level(state == InsufficientData))
	if state == Alarming {
		a.Raised.Inc()
		a.first = min(a.first, now)
		a.repeated = now
		if a.expect != nil {
			a.expect.fired(now)
		}
	}
	for _, action := range a.actions {
		a.Called.Inc()
		action.Alarmed(now, state, a.value)
	}
	for _, p := range a.parents {
		p.stale = true
	}
}

func level(is bool) int64 {
	if is {
		return 1
	}
	return 0
}
