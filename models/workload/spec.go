package workload

import (
	"weir/models/spec"
)

// Spec is what a producer has to send, as the scenario describes it.
type Spec struct {
	// When messages arrive at the producer.
	Arrivals Arrivals `yaml:"arrivals" required:"true"`
	// How many messages arrive together.
	Together *spec.Numbers `yaml:"together"`
	// Size of a message, attributes included.
	Size *spec.Sizes `yaml:"size"`
	// Key of a message: partition key, message group or tenant.
	Key *Keys `yaml:"key"`
	// Share of the messages that can never be processed.
	Poison spec.Share `yaml:"poison" default:"0%"`
	// Messages in all; without limit unless set.
	Limit *int64 `yaml:"limit" min:"1"`
	// When the first message can arrive.
	Start spec.Duration `yaml:"start" default:"0s"`
	// When arrivals end; with the run unless set.
	Stop *spec.Duration `yaml:"stop"`
}

// Arrivals is a process of arrivals: exactly one of its fields is set.
type Arrivals struct {
	// Evenly spaced.
	Constant *spec.Rate `yaml:"constant"`
	// A Poisson process.
	Poisson *spec.Rate `yaml:"poisson"`
	// Independent gaps of any distribution.
	Renewal *Renewal `yaml:"renewal"`
	// Poisson arrivals at one rate in on-times and another, or none, in off-times.
	OnOff *OnOff `yaml:"on_off"`
	// Poisson arrivals at the rate of the present state (MMPP); the states follow each other at random.
	MMPP []State `yaml:"mmpp"`
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

// Renewal is a renewal process.
type Renewal struct {
	// Time between two arrivals.
	Gap spec.Durations `yaml:"gap" required:"true"`
}

// OnOff is a source that switches on and off.
type OnOff struct {
	// Length of an on-time.
	On spec.Durations `yaml:"on" required:"true"`
	// Length of an off-time.
	Off spec.Durations `yaml:"off" required:"true"`
	// Rate while on.
	Rate spec.Rate `yaml:"rate" required:"true"`
	// Rate while off.
	IdleRate spec.Rate `yaml:"idle_rate" default:"0"`
}

// State is one state of a Markov-modulated Poisson process.
type State struct {
	// Rate in this state.
	Rate spec.Rate `yaml:"rate" required:"true"`
	// Mean of the exponential stay.
	Mean spec.Duration `yaml:"mean" required:"true" min:"1us"`
}

// Spike is a base rate with one spike.
type Spike struct {
	// Rate before and after.
	Base spec.Rate `yaml:"base" required:"true"`
	// Rate during the spike.
	Peak spec.Rate `yaml:"peak" required:"true"`
	// When the spike begins.
	At spec.Duration `yaml:"at" required:"true"`
	// How long it lasts.
	For spec.Duration `yaml:"for" required:"true"`
	// Random arrivals, or evenly spaced ones.
	Spacing Spacing `yaml:"spacing" default:"poisson"`
}

// Ramp is a rate that changes in a straight line.
type Ramp struct {
	// Rate at the start.
	From spec.Rate `yaml:"from" required:"true"`
	// Rate at the end, which then holds.
	To spec.Rate `yaml:"to" required:"true"`
	// How long the change takes.
	Over spec.Duration `yaml:"over" required:"true" min:"1us"`
}

// Diurnal is a rate that swings around its mean as a cosine.
type Diurnal struct {
	// Mean rate.
	Mean spec.Rate `yaml:"mean" required:"true"`
	// Highest rate over the mean, from 1 to 2.
	Peak float64 `yaml:"peak" required:"true" min:"1" max:"2"`
	// Length of a period.
	Period spec.Duration `yaml:"period" default:"24h" min:"1s"`
	// When the first peak comes.
	PeakAt spec.Duration `yaml:"peak_at" default:"14h"`
}

// Piecewise is a rate given by points.
type Piecewise struct {
	// The points, in order of time; the first one at 0s.
	Points []Point `yaml:"points" required:"true"`
	// Whether the rate goes from point to point in a straight line instead of in steps.
	Linear bool `yaml:"linear" default:"false"`
	// Random arrivals, or evenly spaced ones; those only with steps.
	Spacing Spacing `yaml:"spacing" default:"poisson"`
}

// Point is a rate from an instant on.
type Point struct {
	At   spec.Duration `yaml:"at" required:"true"`
	Rate spec.Rate     `yaml:"rate" required:"true"`
}

// Closed is a closed loop.
type Closed struct {
	// Clients; each has one request under way or thinks.
	Clients int `yaml:"clients" required:"true" min:"1" max:"1000000"`
	// Time from the answer to the next request.
	Think spec.Durations `yaml:"think" required:"true"`
}

// Trace is a recorded workload in a CSV file with a header.
type Trace struct {
	// The file, relative to the scenario's folder.
	File string `yaml:"file" required:"true"`
	// Column of the instants, in seconds since the start of the record.
	Timestamps string `yaml:"timestamps"`
	// Column of the counts per interval.
	Counts string `yaml:"counts"`
	// Length of an interval of counts.
	Interval *spec.Duration `yaml:"interval" min:"1ms"`
	// Column of each message's size in bytes; only with timestamps.
	SizeColumn string `yaml:"size_column"`
	// Counts: evenly spaced in their interval, or at random instants of it.
	Spacing Spacing `yaml:"spacing" default:"even"`
	// Multiplies the number of messages.
	RateScale float64 `yaml:"rate_scale" default:"1" min:"0.000001" max:"1000000"`
	// Multiplies the time between messages.
	TimeScale float64 `yaml:"time_scale" default:"1" min:"0.000001" max:"1000000"`
	// Skips the start of the record.
	Start spec.Duration `yaml:"start" default:"0s"`
	// Begins again at the end of the record.
	Repeat bool `yaml:"repeat" default:"false"`
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

// Keys is a distribution of keys: exactly one of its fields is set.
type Keys struct {
	// So many keys, all alike.
	Uniform *int `yaml:"uniform" min:"1" max:"16777216"`
	// Zipf's law.
	Zipf *ZipfKeys `yaml:"zipf"`
	// Named hot keys with their shares; the rest is spread evenly.
	Hot *HotKeys `yaml:"hot"`
}

// OneOf marks that exactly one field is set.
func (Keys) OneOf() {}

// ZipfKeys is keys by Zipf's law.
type ZipfKeys struct {
	// Number of keys.
	Keys int `yaml:"keys" required:"true" min:"1" max:"16777216"`
	// Exponent; 0 makes all keys alike.
	Exponent float64 `yaml:"exponent" default:"1" min:"0" max:"100"`
}

// HotKeys is some keys with shares of their own.
type HotKeys struct {
	// Number of all keys.
	Keys int `yaml:"keys" required:"true" min:"1" max:"16777216"`
	// Share of each hot key, hottest first.
	Shares []spec.Share `yaml:"shares" required:"true"`
}

// Validate returns what is wrong with the shares.
func (h *HotKeys) Validate() []spec.Problem {
	total := 0.0
	for _, s := range h.Shares {
		total += float64(s)
	}
	switch {
	case len(h.Shares) > h.Keys:
		return []spec.Problem{{Field: "shares", Text: "there are more shares than keys"}}
	case total > 1+1e-9:
		return []spec.Problem{{Field: "shares", Text: "the shares add up to more than 100%"}}
	case len(h.Shares) == h.Keys && total < 1-1e-9:
		return []spec.Problem{{Field: "shares", Text: "every key has a share, but they add up to less than 100%"}}
	}
	return nil
}

// Validate returns what is wrong with the points.
func (p *Piecewise) Validate() []spec.Problem {
	if len(p.Points) == 0 || p.Points[0].At != 0 {
		return []spec.Problem{{Field: "points", Text: "the first point must stand at 0s"}}
	}
	for i := 1; i < len(p.Points); i++ {
		if p.Points[i].At <= p.Points[i-1].At {
			return []spec.Problem{{Field: "points", Text: "the points must come in order of time, each later than the last"}}
		}
	}
	if p.Linear && p.Spacing == SpacingEven {
		return []spec.Problem{{Field: "spacing", Text: "even spacing needs steps, not linear: true"}}
	}
	return nil
}

// Validate returns what is wrong with a trace's settings.
func (t *Trace) Validate() []spec.Problem {
	switch {
	case (t.Timestamps == "") == (t.Counts == ""):
		return []spec.Problem{{Field: "file", Text: "needs the name of a column: timestamps or counts, one of them"}}
	case t.Counts != "" && t.Interval == nil:
		return []spec.Problem{{Field: "counts", Text: "needs interval, the length of time that a count covers"}}
	case t.SizeColumn != "" && t.Counts != "":
		return []spec.Problem{{Field: "size_column", Text: "goes with timestamps, not with counts"}}
	}
	return nil
}

// gapMin bounds how fast one producer can be: a shorter gap would let a run never end.
const gapMin = 1e-3 // ns

// Validate returns what is wrong with the process.
func (a *Arrivals) Validate() []spec.Problem {
	zero := func(field string, rate spec.Rate) []spec.Problem {
		if rate.PerSecond() <= 0 {
			return []spec.Problem{{Field: field, Text: "must be above 0/s: leave the producer out to send nothing"}}
		}
		return nil
	}
	switch {
	case a.Constant != nil:
		return zero("constant", *a.Constant)
	case a.Poisson != nil:
		return zero("poisson", *a.Poisson)
	case a.Renewal != nil && !(a.Renewal.Gap.Dist().Mean() > gapMin):
		return []spec.Problem{{Field: "renewal.gap", Text: "has a mean of no time: the arrivals would never end"}}
	case a.OnOff != nil && !(a.OnOff.On.Dist().Mean()+a.OnOff.Off.Dist().Mean() >= 1000):
		return []spec.Problem{{Field: "on_off", Text: "switches faster than once in a microsecond"}}
	}
	return nil
}
