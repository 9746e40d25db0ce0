package cloudwatch

import (
	"math"

	"weir/models/aws"
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
)

// months returns a length of time in months, as bills have them.
func months(d sim.Duration) float64 { return d.Seconds() / 3600 / aws.HoursPerMonth }

// Name returns the alarm's path in the scenario.
func (a *Alarm) Name() string { return a.name }

// Kind returns "cloudwatch.alarm" or "cloudwatch.composite_alarm".
func (a *Alarm) Kind() string {
	if a.Composite() {
		return "cloudwatch.composite_alarm"
	}
	return "cloudwatch.alarm"
}

// Reset begins the window of observation. The state stays.
func (a *Alarm) Reset(now sim.Time) {
	a.AlarmStats = AlarmStats{InAlarm: a.InAlarm, Unknown: a.Unknown, first: sim.Never}
	a.InAlarm.Reset(now)
	a.Unknown.Reset(now)
	if a.state == Alarming {
		a.first = now
	}
	a.begun = now
	for _, n := range a.notifiers {
		n.Notified, n.Lost = measure.Counter{}, measure.Counter{}
	}
}

// Figures reports the alarm's figures of the window. Instants are from the start of the run, and NaN when there was
// none.
func (a *Alarm) Figures(now sim.Time, report func(name, unit string, value float64)) {
	first := math.NaN()
	if a.first != sim.Never {
		first = a.first.Seconds()
	}
	report("first_alarm_at_s", "s", first)
	report("in_alarm_s", "s", a.InAlarm.Integral(now))
	report("insufficient_data_s", "s", a.Unknown.Integral(now))
	report("transitions", "transitions", float64(a.Transitions.Value()))
	report("alarms", "transitions", float64(a.Raised.Value()))
	report("actions", "calls", float64(a.Called.Value()))
	if len(a.notifiers) > 0 {
		report("notifications", "messages", float64(a.notified()))
		report("notifications_lost", "messages", float64(a.undelivered()))
	}
	if e := a.expect; e != nil {
		if !e.Silent {
			report("fired_after_s", "s", e.seconds())
			report("already_in_alarm_s", "s", e.alreadySeconds())
			report("happened", "runs", float64(level(e.Happens())))
		}
		report("missed", "runs", float64(level(e.Missed(now))))
	}
}

// Curves declares the alarm's state over time.
func (a *Alarm) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "in_alarm", Unit: "share", Kind: meter.Mean, Read: a.InAlarm.Integral})
	declare(meter.Curve{Name: "insufficient_data", Unit: "share", Kind: meter.Mean, Read: a.Unknown.Integral})
}

// Usage reports the alarm: a metric alarm is billed for each metric that it is on.
func (a *Alarm) Usage(now sim.Time, report func(item, variant string, quantity float64)) {
	month := months(now.Sub(a.begun))
	switch {
	case a.Composite():
		report("cloudwatch.alarms.composite", "", month)
	case a.source == nil:
	case a.interval < standard:
		report("cloudwatch.alarms.high_resolution", "", float64(month*float64(a.source.Metrics())))
	default:
		report("cloudwatch.alarms.standard", "", float64(month*float64(a.source.Metrics())))
	}
}
