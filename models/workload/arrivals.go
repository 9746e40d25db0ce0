package workload

import (
	"fmt"
	"math"

	"weir/models/spec"
)

// Arrivals is a process of arrivals: exactly one of its fields is set.
type Arrivals struct {
	// Evenly spaced.
	Constant *spec.Rate `yaml:"constant" max:"1000000000/s"`
	// A Poisson process.
	Poisson *spec.Rate `yaml:"poisson" max:"1000000000/s"`
	// Arrivals at given instants, in order.
	Schedule []spec.Duration `yaml:"schedule"`
	// Independent gaps of any distribution.
	Renewal *Renewal `yaml:"renewal"`
	// Poisson arrivals at one rate in on-times and at another, or none, in off-times.
	OnOff *OnOff `yaml:"on_off"`
	// Poisson arrivals at the rate of the present state (MMPP); the states follow each other at random.
	MMPP *MMPP `yaml:"mmpp"`
	// A base rate with one spike.
	Spike *Spike `yaml:"spike"`
	// A rate that grows or falls in a straight line and then holds.
	Ramp *Ramp `yaml:"ramp"`
	// A rate that swings like the hours of a day.
	Diurnal *Diurnal `yaml:"diurnal"`
	// A rate given by points in time.
	Piecewise *Piecewise `yaml:"piecewise"`
	// A fixed number of clients that each send, wait for the answer and think.
	Closed *Closed `yaml:"closed"`
	// A recorded workload.
	Trace *Trace `yaml:"trace"`
}

// OneOf marks that exactly one field is set.
func (Arrivals) OneOf() {}

// Validate returns what is wrong with a process that is only a rate.
func (a *Arrivals) Validate() []spec.Problem {
	if a.Constant != nil && *a.Constant == 0 {
		return problem("constant", nothingArrives)
	}
	if a.Poisson != nil && *a.Poisson == 0 {
		return problem("poisson", nothingArrives)
	}
	if a.Schedule != nil && len(a.Schedule) == 0 {
		return problem("schedule", "must have an instant: leave the producer out to send nothing")
	}
	for i, at := range a.Schedule {
		if i > 0 && at < a.Schedule[i-1] {
			return problem(fmt.Sprintf("schedule[%d]", i), "%s comes before the instant above it, %s: put them in order", at,
				a.Schedule[i-1])
		}
	}
	return nil
}

const (
	nothingArrives  = "must be above 0/s: leave the producer out to send nothing"
	changesTooOften = "the rate would change more than a million times for one message: write longer times or higher rates"
)

func problem(field, format string, args ...any) []spec.Problem {
	return []spec.Problem{{Field: field, Text: fmt.Sprintf(format, args...)}}
}

// Renewal is a renewal process.
type Renewal struct {
	// Time between two arrivals.
	Gap spec.Durations `yaml:"gap" required:"true"`
	// Divides the gaps: how many times as often messages arrive.
	RateScale float64 `yaml:"rate_scale" default:"1" min:"0.000001" max:"1000000"`
}

// Validate returns what is wrong with the gaps.
func (r *Renewal) Validate() []spec.Problem {
	switch mean := r.Gap.Dist().Mean() / r.RateScale; {
	case !(mean >= 1):
		return problem("gap", "has a mean below 1ns, the grain of the clock: arrivals would never end")
	case math.IsInf(mean, 1):
		return problem("gap", "has no finite mean: bound it, for example with bounded_pareto")
	}
	return nil
}

// OnOff is a source that switches on and off.
type OnOff struct {
	// Length of an on-time.
	On spec.Durations `yaml:"on" required:"true"`
	// Length of an off-time.
	Off spec.Durations `yaml:"off" required:"true"`
	// Rate while on.
	Rate spec.Rate `yaml:"rate" required:"true" max:"1000000000/s"`
	// Rate while off.
	IdleRate spec.Rate `yaml:"idle_rate" default:"0/s" max:"1000000000/s"`
}

// Validate returns what is wrong with the times and rates.
func (o *OnOff) Validate() []spec.Problem {
	on, off := o.On.Dist().Mean(), o.Off.Dist().Mean()
	messages := (float64(on*o.Rate.PerSecond()) + float64(off*o.IdleRate.PerSecond())) / second
	switch {
	case math.IsInf(on, 1):
		return problem("on", "has no finite mean: bound it, for example with bounded_pareto")
	case math.IsInf(off, 1):
		return problem("off", "has no finite mean: bound it, for example with bounded_pareto")
	case o.Rate == 0 && o.IdleRate == 0:
		return problem("rate", nothingArrives)
	case o.IdleRate == 0 && !(on >= 1):
		return problem("on", "has a mean of no time, and nothing arrives while off")
	}
	return restless("on", (on+off)/2, messages/2)
}

// MMPP is a Markov-modulated Poisson process.
type MMPP struct {
	// The states, two or more.
	States []State `yaml:"states" required:"true"`
}

// State is one state of a Markov-modulated Poisson process.
type State struct {
	// Rate of arrivals in this state.
	Rate spec.Rate `yaml:"rate" required:"true" max:"1000000000/s"`
	// Mean of the exponential stay in this state.
	Stay spec.Duration `yaml:"stay" required:"true" min:"1ns"`
}

// statesMax bounds the states of an MMPP.
const statesMax = 1000

// Validate returns what is wrong with the states.
func (m *MMPP) Validate() []spec.Problem {
	stay, messages := m.totals()
	n := float64(len(m.States))
	switch {
	case len(m.States) < 2:
		return problem("states", "needs two states or more: with one, write poisson")
	case len(m.States) > statesMax:
		return problem("states", "has %d states: at most %d", len(m.States), statesMax)
	case messages == 0:
		return problem("states", "at least one rate must be above 0/s")
	}
	return restless("states", stay/n, messages/n)
}

// totals returns the mean length of one stay in each state, in ns, and the messages that they bring.
func (m *MMPP) totals() (stay, messages float64) {
	for _, s := range m.States {
		stay += float64(s.Stay)
		messages += float64(float64(s.Stay)*s.Rate.PerSecond()) / second
	}
	return stay, messages
}

// restless returns what is wrong with a process that changes its state so often that little else would happen, by the
// mean length of a stay in ns and the mean number of messages in it.
func restless(field string, stay, messages float64) []spec.Problem {
	switch {
	case stay < 1000:
		return problem(field, "the rate would change more than once in a microsecond: write longer times")
	case messages < 1e-6:
		return problem(field, changesTooOften)
	}
	return nil
}

// Spacing is how the arrivals of a rate lie.
type Spacing string

// The spacings.
const (
	SpacingPoisson Spacing = "poisson"
	SpacingEven    Spacing = "even"
)

// Values lists the spacings, for the decoder and the schema.
func (Spacing) Values() []string { return []string{string(SpacingPoisson), string(SpacingEven)} }

// Spike is a base rate with one spike.
type Spike struct {
	// Rate before and after.
	Base spec.Rate `yaml:"base" required:"true" max:"1000000000/s"`
	// Rate during the spike.
	Peak spec.Rate `yaml:"peak" required:"true" max:"1000000000/s"`
	// When the spike begins.
	At spec.Duration `yaml:"at" required:"true"`
	// How long it lasts.
	For spec.Duration `yaml:"for" required:"true" min:"1us"`
	// Random arrivals, or evenly spaced ones.
	Spacing Spacing `yaml:"spacing" default:"poisson"`
}

// Validate returns what is wrong with the rates.
func (s *Spike) Validate() []spec.Problem {
	if s.Base == 0 && s.Peak == 0 {
		return problem("peak", nothingArrives)
	}
	return nil
}

// Ramp is a rate that changes in a straight line.
type Ramp struct {
	// Rate at the start.
	From spec.Rate `yaml:"from" required:"true" max:"1000000000/s"`
	// Rate at the end, which then holds.
	To spec.Rate `yaml:"to" required:"true" max:"1000000000/s"`
	// How long the change takes.
	Over spec.Duration `yaml:"over" required:"true" min:"1us"`
	// Random arrivals, or evenly spaced ones.
	Spacing Spacing `yaml:"spacing" default:"poisson"`
}

// Validate returns what is wrong with the rates.
func (r *Ramp) Validate() []spec.Problem {
	if r.From == 0 && r.To == 0 {
		return problem("to", nothingArrives)
	}
	return nil
}

// Diurnal is a rate that swings around its mean as a cosine.
type Diurnal struct {
	// Mean rate.
	Mean spec.Rate `yaml:"mean" required:"true" max:"1000000000/s"`
	// Highest rate, at most twice the mean; the lowest lies as far below the mean as this lies above.
	Peak spec.Rate `yaml:"peak" required:"true" max:"1000000000/s"`
	// Length of a period.
	Period spec.Duration `yaml:"period" default:"24h" min:"1ms"`
	// When the first peak comes; half a period in unless set.
	PeakAt *spec.Duration `yaml:"peak_at"`
}

// Validate returns what is wrong with the rates.
func (d *Diurnal) Validate() []spec.Problem {
	switch {
	case d.Mean == 0:
		return problem("mean", nothingArrives)
	case d.Peak < d.Mean:
		return problem("peak", "must not be below the mean, %s", d.Mean)
	case d.Peak > 2*d.Mean:
		return problem("peak", "must be at most twice the mean, %s: the rate would fall below 0/s; write a steeper day with "+
			"piecewise", 2*d.Mean)
	}
	return nil
}

// Piecewise is a rate given by points.
type Piecewise struct {
	// The points, in order of time; the first one at 0s. The last rate holds.
	Points []Point `yaml:"points" required:"true"`
	// Whether the rate goes from point to point in a straight line instead of in steps.
	Linear bool `yaml:"linear" default:"false"`
	// Begins again after this length of time; straight lines then end at the first rate.
	Every *spec.Duration `yaml:"every" min:"1ms"`
	// Random arrivals, or evenly spaced ones.
	Spacing Spacing `yaml:"spacing" default:"poisson"`
}

// Point is a rate from an instant on.
type Point struct {
	// When the rate begins, or is reached.
	At spec.Duration `yaml:"at" required:"true"`
	// The rate.
	Rate spec.Rate `yaml:"rate" required:"true" max:"1000000000/s"`
}

// Validate returns what is wrong with the points.
func (p *Piecewise) Validate() []spec.Problem {
	highest := spec.Rate(0)
	for i, point := range p.Points {
		highest = max(highest, point.Rate)
		field := fmt.Sprintf("points.%d.at", i)
		switch {
		case i == 0 && point.At != 0:
			return problem(field, "the first point must stand at 0s, not at %s", point.At)
		case i > 0 && point.At <= p.Points[i-1].At:
			return problem(field, "must be later than the point before it, at %s", p.Points[i-1].At)
		case p.Every != nil && point.At >= *p.Every:
			return problem(field, "must be earlier than %s, when the points begin again", *p.Every)
		}
	}
	switch pieces, every := piecesOf(&Arrivals{Piecewise: p}); {
	case highest == 0:
		return problem("points", "needs at least one point with a rate above 0/s")
	case every > 0 && broughtBy(pieces, 0, float64(every)) < float64(len(pieces))*1e-6:
		return problem("every", changesTooOften)
	}
	return nil
}

// Closed is a closed loop.
type Closed struct {
	// Clients; each has one request under way or thinks.
	Clients int `yaml:"clients" required:"true" min:"1" max:"1000000"`
	// Time from the answer to the client's next request.
	Think spec.Durations `yaml:"think" required:"true"`
}
