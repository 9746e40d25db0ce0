package scenario

import (
	"fmt"

	"weir/models/spec"
	"weir/sim"
)

// Run is how a scenario is run.
type Run struct {
	// Virtual time that is observed, after the warm-up.
	Duration spec.Duration `yaml:"duration" default:"1h" min:"1ms" max:"3650d"`
	// Virtual time before it, of which nothing is counted: none, a length of time, or auto. Auto is for a design that is
	// steady in the long run: pilot runs of the same duration tell by MSER-5 when it is. For a design that changes at set
	// instants, auto is none.
	Warmup Warmup `yaml:"warmup" default:"none" max:"3650d"`
	// Independent repetitions; intervals come from them.
	Replications int `yaml:"replications" default:"10" min:"1" max:"10000"`
	// Batches that the duration of one long run is cut into, in place of repetitions; intervals come from them.
	Batches int `yaml:"batches" default:"1" min:"1" max:"1000"`
	// How wide half an interval may be, as a share of its figure: replications are added until the intervals of mean and
	// p99 of each path and of the cost are that narrow, and there are ten at least. None are added unless set.
	Precision *spec.Share `yaml:"precision" min:"0.1%" max:"50%"`
	// Replications at which it ends in any case; of what is uncertain, whole groups within them.
	ReplicationsMax int `yaml:"replications_max" default:"1000" min:"1" max:"10000"`
	// Replications that share the values drawn for what is uncertain.
	Group int `yaml:"group" default:"2" min:"2" max:"1000"`
	// Seed of the random numbers.
	Seed uint64 `yaml:"seed" default:"1"`
	// Significant digits of the latency histograms.
	HistogramDigits int `yaml:"histogram_digits" default:"3" min:"1" max:"5"`
	// Messages that may live at once; one more ends the trial early. A live message takes 160 bytes. In a design of 32
	// or more parts that do not touch one another, which run one after the other for a moment each, it is what memory
	// holds: the messages of each part at the instant that it has come to.
	MaxMessages int `yaml:"max_messages" default:"20000000" min:"1" max:"1000000000"`
}

// Validate returns what is wrong with the settings as a whole.
func (r *Run) Validate() []spec.Problem {
	problem := func(field, format string, args ...any) []spec.Problem {
		return []spec.Problem{{Field: field, Text: fmt.Sprintf(format, args...)}}
	}
	switch {
	case r.Batches > 1 && r.Replications > 1:
		return problem("batches", "are of one long run: set replications to 1, or leave batches out")
	case r.Batches > 1 && r.Precision != nil:
		return problem("precision", "adds replications, and batches are of one long run: leave one of the two out")
	case r.Duration.Sim()/sim.Duration(r.Batches) < sim.Millisecond:
		return problem("batches", "would be shorter than 1ms each")
	}
	return nil
}

// Warmup is how long a run takes before anything is counted: none, a length of time, or WarmupAuto.
type Warmup spec.Duration

// WarmupAuto is as long as the design takes to become steady.
const WarmupAuto Warmup = -1

// Sim returns the length of virtual time, 0 for auto.
func (w Warmup) Sim() sim.Duration { return max(sim.Duration(w), 0) }

// UnmarshalText reads none, auto or a length of time.
func (w *Warmup) UnmarshalText(text []byte) error {
	switch string(text) {
	case "none":
		*w = 0
		return nil
	case "auto":
		*w = WarmupAuto
		return nil
	}
	return (*spec.Duration)(w).UnmarshalText(text)
}

// MarshalText writes the warm-up so that UnmarshalText reads the same.
func (w Warmup) MarshalText() ([]byte, error) {
	switch w {
	case 0:
		return []byte("none"), nil
	case WarmupAuto:
		return []byte("auto"), nil
	}
	return spec.Duration(w).MarshalText()
}

// Schema returns the schema of a warm-up.
func (Warmup) Schema() spec.Schema {
	return spec.Schema{"anyOf": []spec.Schema{{"enum": []string{"none", "auto"}}, spec.ScalarSchema[spec.Duration]()}}
}
