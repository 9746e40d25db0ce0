package workload

import (
	"math"

	"weir/models/spec"
)

// Trace is a recorded workload in a CSV file whose first row names the columns. Lines that begin with # are comments.
type Trace struct {
	// The file, relative to the scenario's folder.
	File string `yaml:"file" required:"true"`
	// Column of the instants at which messages arrived: numbers since the start of the record, or dates with times.
	Timestamps string `yaml:"timestamps"`
	// Column of the messages counted in each interval.
	Counts string `yaml:"counts"`
	// Length of an interval of counts.
	Interval *spec.Duration `yaml:"interval" min:"1us"`
	// Column that numbers or dates the intervals, so that gaps show; the first column, if it is not the counts,
	// unless set.
	At string `yaml:"at"`
	// What a missing interval is: an error, or an interval without messages.
	Missing Missing `yaml:"missing" default:"error"`
	// Unit of instants that are plain numbers.
	Unit Unit `yaml:"unit" default:"s"`
	// Column of each message's size in bytes; with timestamps.
	SizeColumn string `yaml:"size_column"`
	// How the messages of a count lie in their interval: even, at k/n of it; uniform, at random instants; or poisson,
	// as a Poisson process of the counted rate. Even unless set.
	Spacing *CountSpacing `yaml:"spacing"`
	// Multiplies the number of messages.
	RateScale float64 `yaml:"rate_scale" default:"1" min:"0.000001" max:"1000000"`
	// Multiplies the time between messages.
	TimeScale float64 `yaml:"time_scale" default:"1" min:"0.000001" max:"1000000"`
	// Skips the beginning of the record, up to this instant of it.
	Start spec.Duration `yaml:"start" default:"0s"`
	// Uses so much of the record from the start on; the whole rest unless set.
	Length *spec.Duration `yaml:"length" min:"1us"`
	// Begins again at the end.
	Repeat bool `yaml:"repeat" default:"false"`
}

// CountSpacing is how the messages of a count lie in their interval.
type CountSpacing string

// The spacings of counts.
const (
	CountsEven    CountSpacing = "even"
	CountsUniform CountSpacing = "uniform"
	CountsPoisson CountSpacing = "poisson"
)

// Values lists the spacings, for the decoder and the schema.
func (CountSpacing) Values() []string {
	return []string{string(CountsEven), string(CountsUniform), string(CountsPoisson)}
}

// Missing is what a missing interval of a record is.
type Missing string

// What a missing interval is.
const (
	MissingError Missing = "error"
	MissingZero  Missing = "zero"
)

// Values lists the choices, for the decoder and the schema.
func (Missing) Values() []string { return []string{string(MissingError), string(MissingZero)} }

// Unit is a unit of time of a record's numbers.
type Unit string

// Values lists the units, for the decoder and the schema.
func (Unit) Values() []string { return []string{"s", "ms", "us", "ns"} }

// digits returns how many decimal places a number of the unit has until nanoseconds.
func (u Unit) digits() int {
	switch u {
	case "ms":
		return 6
	case "us":
		return 3
	case "ns":
		return 0
	}
	return 9
}

// Validate returns what is wrong with the settings.
func (t *Trace) Validate() []spec.Problem {
	switch {
	case t.Timestamps == "" && t.Counts == "":
		return problem("", "needs the name of a column: timestamps, or counts with interval")
	case t.Timestamps != "" && t.Counts != "":
		return problem("counts", "a record has timestamps or counts, not both: remove one of them")
	case t.Timestamps != "":
		return t.validateTimestamps()
	}
	switch {
	case t.Interval == nil:
		return problem("counts", "needs interval, the length of time that a count covers, such as interval: 1m")
	case t.SizeColumn != "":
		return problem("size_column", "goes with timestamps: messages that are only counted have no size of their own")
	case t.At == t.Counts:
		return problem("at", "is the column of the counts: name the one that numbers or dates the intervals")
	case t.Start%*t.Interval != 0:
		return problem("start", "must be a whole number of intervals of %s", *t.Interval)
	case t.Length != nil && *t.Length%*t.Interval != 0:
		return problem("length", "must be a whole number of intervals of %s", *t.Interval)
	}
	return nil
}

func (t *Trace) validateTimestamps() []spec.Problem {
	switch {
	case t.Interval != nil:
		return problem("interval", "goes with counts, not with timestamps")
	case t.At != "":
		return problem("at", "goes with counts, not with timestamps")
	case t.Spacing != nil:
		return problem("spacing", "goes with counts: timestamps have instants of their own")
	case t.Missing == MissingZero:
		return problem("missing", "goes with counts, not with timestamps")
	case t.Repeat && t.Length == nil:
		return problem("repeat", "needs length, after which the record begins again, such as length: 24h")
	}
	return nil
}

func (t *Trace) spacing() CountSpacing {
	if t.Spacing == nil {
		return CountsEven
	}
	return *t.Spacing
}

// brings returns how many messages the record brings in the first ns.
func (t *Trace) brings(ns float64, record *Record) float64 {
	ns /= t.TimeScale
	length, rounds := float64(record.length(t)), 0.0
	switch {
	case t.Repeat:
		rounds = math.Floor(ns / length)
		ns -= float64(rounds * length)
	case ns >= length:
		return float64(record.messages) * t.RateScale
	}
	return (float64(rounds*float64(record.messages)) + record.before(ns, t)) * t.RateScale
}
