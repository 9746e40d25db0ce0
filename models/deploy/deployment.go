package deploy

import (
	"weir/models/meter"
	"weir/sim"
	"weir/sim/measure"
	"weir/sim/random"
)

// Alias is what a deployment needs of the alias whose traffic it shifts.
type Alias interface {
	// Shift routes a share of the requests to the new version from now on.
	Shift(share float64)
	// Count returns how many invocations of a version, 0 the old one and 1 the new one, have begun since the start of the
	// run, and how many have failed.
	Count(version int) (invocations, errors uint64)
}

// Status is how far a deployment is, or how it ended.
type Status uint8

// The statuses of a deployment.
const (
	Created Status = iota
	InProgress
	Succeeded
	Failed
	Stopped
)

// Deployment shifts the traffic of an alias.
type Deployment struct {
	Share measure.Level // of the traffic on the new version, in hundredths

	name    string
	spec    *Spec
	eng     *sim.Engine
	alias   Alias
	status  Status
	rolled  bool // back
	started sim.Time
	first   sim.Time // of the shifts
	ended   sim.Time
	before  random.Duration
	after   random.Duration
	last    [2][2]uint64 // counts at the last reading: invocations and errors of each version
	breach  []int        // minutes in a row, by alarm
	carried [2]uint64    // counts of the new version when the window began

	alarming []func() bool // of the alarms of CloudWatch

	begun   sim.Event[uint8]
	hooked  sim.Event[uint8] // a hook has called back, or will not: 0 the one before, 1 the one after
	shifted sim.Event[int]
	read    sim.Event[uint8]
}

// hookMax is how long a hook may take to call back (reference-appspec-file-structure-hooks.md).
const hookMax = sim.Hour

// period is how often alarms read the metrics of Lambda, which come once a minute.
const period = sim.Minute

// New returns a deployment of an alias that begins at its time.
func New(eng *sim.Engine, name string, s *Spec, alias Alias) *Deployment {
	d := &Deployment{name: name, spec: s, eng: eng, alias: alias, breach: make([]int, len(s.Alarms))}
	if h := s.BeforeAllowTraffic; h != nil {
		d.before = random.NewDuration(h.Takes.Dist(), eng.Rand(name+"/before"))
	}
	if h := s.AfterAllowTraffic; h != nil {
		d.after = random.NewDuration(h.Takes.Dist(), eng.Rand(name+"/after"))
	}
	d.begun = sim.NewEvent(eng, name+"/begun", d.begin)
	d.hooked = sim.NewEvent(eng, name+"/hooked", d.hookDone)
	d.shifted = sim.NewEvent(eng, name+"/shifted", d.shift)
	d.read = sim.NewEvent(eng, name+"/alarms", d.readAlarms)
	d.begun.At(sim.Time(s.At), 0)
	return d
}

// begin is the event that the deployment begins.
func (d *Deployment) begin(uint8) {
	d.status, d.started = InProgress, d.eng.Now()
	for _, alarming := range d.alarming {
		if alarming() {
			d.end(Stopped)
			return
		}
	}
	for v := range d.last {
		d.last[v][0], d.last[v][1] = d.alias.Count(v)
	}
	if len(d.spec.Alarms) > 0 {
		d.read.After(period, 0)
	}
	if d.spec.BeforeAllowTraffic != nil {
		d.hooked.After(min(d.before.Sample(), hookMax), 0)
		return
	}
	d.shift(0)
}

// hookDone is the event that a hook has called back, or has had its time.
func (d *Deployment) hookDone(which uint8) {
	if d.status != InProgress {
		return
	}
	hook := d.spec.BeforeAllowTraffic
	if which == 1 {
		hook = d.spec.AfterAllowTraffic
	}
	switch {
	case !hook.Succeeds || d.late(which):
		d.end(Failed)
	case which == 0:
		d.shift(0)
	default:
		d.end(Succeeded)
	}
}

// late reports whether the hook that has just ended took all the time it may.
func (d *Deployment) late(which uint8) bool {
	steps := d.spec.Type.steps()
	begun := d.started
	if which == 1 {
		begun = d.first.Add(steps[len(steps)-1].after)
	}
	return d.eng.Now().Sub(begun) >= hookMax
}

// shift is the event that a step of the shift is due.
func (d *Deployment) shift(i int) {
	if d.status != InProgress {
		return
	}
	steps := d.spec.Type.steps()
	if i == 0 {
		d.first = d.eng.Now()
	}
	d.route(steps[i].share)
	switch {
	case i+1 < len(steps):
		d.shifted.At(d.first.Add(steps[i+1].after), i+1)
	case d.spec.AfterAllowTraffic != nil:
		d.hooked.After(min(d.after.Sample(), hookMax), 1)
	default:
		d.end(Succeeded)
	}
}

func (d *Deployment) route(share float64) {
	d.alias.Shift(share)
	d.Share.Set(d.eng.Now(), int64(share*100+0.5))
}

// Watch makes the deployment look at an alarm of CloudWatch: it does not begin while the alarm is in ALARM, and Raised
// tells it when it is.
func (d *Deployment) Watch(alarming func() bool) { d.alarming = append(d.alarming, alarming) }

// Raised tells that an alarm is in ALARM: "any of them in ALARM stops the deployment".
func (d *Deployment) Raised() {
	if d.status == InProgress {
		d.end(Stopped)
	}
}

// readAlarms is the event that the alarms read a minute.
func (d *Deployment) readAlarms(uint8) {
	if d.status != InProgress {
		return
	}
	d.read.After(period, 0)
	var invocations, errors uint64
	for v := range d.last {
		i, e := d.alias.Count(v)
		invocations, errors = invocations+i-d.last[v][0], errors+e-d.last[v][1]
		d.last[v] = [2]uint64{i, e}
	}
	for i := range d.spec.Alarms {
		a := &d.spec.Alarms[i]
		breaches := a.Errors != nil && errors >= uint64(*a.Errors) ||
			a.ErrorShare != nil && invocations > 0 && float64(errors) > float64(float64(*a.ErrorShare)*float64(invocations))
		if d.breach[i]++; !breaches {
			d.breach[i] = 0
		}
		if d.breach[i] >= a.EvaluationPeriods {
			d.end(Stopped)
			return
		}
	}
}

// end ends the deployment, and rolls it back when it did not go well.
func (d *Deployment) end(status Status) {
	d.status, d.ended = status, d.eng.Now()
	if status != Succeeded && d.spec.Rollback {
		d.rolled = true
		d.route(0)
	}
}

// Name returns the deployment's name.
func (d *Deployment) Name() string { return d.name }

// Kind returns "codedeploy.deployment".
func (d *Deployment) Kind() string { return "codedeploy.deployment" }

// Reset begins the window of observation. The level keeps its present value.
func (d *Deployment) Reset(now sim.Time) {
	d.Share.Reset(now)
	d.carried[0], d.carried[1] = d.alias.Count(1)
}

// Figures reports the deployment's figures of the window. The blast radius is what the new version failed.
func (d *Deployment) Figures(now sim.Time, report func(name, unit string, value float64)) {
	invocations, errors := d.alias.Count(1)
	report("new_version_invocations", "invocations", float64(invocations-d.carried[0]))
	report("new_version_errors", "invocations", float64(errors-d.carried[1]))
	report("share_max", "share", float64(d.Share.Max())/100)
	report("succeeded", "deployments", is(d.status == Succeeded))
	report("stopped_by_alarm", "deployments", is(d.status == Stopped))
	report("failed_by_hook", "deployments", is(d.status == Failed))
	report("rolled_back", "deployments", is(d.rolled))
	took := 0.0
	if d.status >= Succeeded {
		took = d.ended.Sub(d.started).Seconds()
	}
	report("took_s", "s", took)
}

func is(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Curves declares the deployment's quantities over time.
func (d *Deployment) Curves(declare func(meter.Curve)) {
	declare(meter.Curve{Name: "share", Unit: "%", Kind: meter.Mean, Read: d.Share.Integral})
	declare(meter.Curve{Name: "errors", Unit: "errors/s", Kind: meter.Rate, Read: func(sim.Time) float64 {
		_, errors := d.alias.Count(1)
		return float64(errors)
	}})
}

// Usage reports nothing: see the package's facts.
func (d *Deployment) Usage(sim.Time, func(item, variant string, quantity float64)) {}
