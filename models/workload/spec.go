package workload

import (
	"math"

	"weir/models/spec"
	"weir/sim"
)

// Spec is what a producer has to send, as the scenario describes it.
type Spec struct {
	// When messages arrive at the producer.
	Arrivals Arrivals `yaml:"arrivals" required:"true"`
	// How many messages arrive together, rounded to a whole number, at least 1; one unless set.
	Together *spec.Numbers `yaml:"together"`
	// Size of a message, attributes included; as the trace records it, or 1KiB, unless set.
	Size *spec.Sizes `yaml:"size"`
	// Key of a message: partition key, message group or tenant; one key for all unless set.
	Key *Keys `yaml:"key"`
	// Number of the first key; producers whose keys have the same number share them.
	FirstKey int `yaml:"first_key" default:"0" min:"0" max:"1000000000"`
	// Share of the messages that can never be processed.
	Poison spec.Share `yaml:"poison" default:"0%"`
	// A time of overload, in which what arrives comes faster.
	Surge *Surge `yaml:"surge"`
	// Messages in all; without limit unless set.
	Limit *int64 `yaml:"limit" min:"1" max:"1000000000000"`
	// When arrivals begin; the instants inside arrivals count from here.
	Start spec.Duration `yaml:"start" default:"0s"`
	// When arrivals end, since the start of the run; with the run unless set.
	Stop *spec.Duration `yaml:"stop"`
}

// sizeUnset is the size of a message when neither the scenario nor a trace tells it.
const sizeUnset = 1024

// togetherMax bounds the mean number of messages that arrive together.
const togetherMax = 1_000_000

// Validate returns what is wrong with the settings as a whole.
func (s *Spec) Validate() []spec.Problem {
	trace := s.Arrivals.Trace
	switch {
	case s.Surge != nil && s.Arrivals.Closed != nil:
		return problem("surge", "a closed loop has no surge: its clients send when they are answered; raise clients")
	case s.Stop != nil && *s.Stop <= s.Start:
		return problem("stop", "must be later than the start, %s: nothing would be sent", s.Start)
	case s.Together != nil && !(s.Together.Dist().Mean() > 0):
		return problem("together", "must be above 0")
	case s.Together != nil && s.Together.Dist().Mean() > togetherMax:
		return problem("together", "has a mean above %d messages: raise the rate instead", togetherMax)
	case s.Size != nil && trace != nil && trace.SizeColumn != "":
		return problem("size", "the trace's size_column gives the sizes: remove one of the two")
	case s.Size != nil && !(s.Size.Dist().Mean() < math.MaxUint32):
		return problem("size", "has a mean of 4GiB or more: no message is that large")
	}
	return nil
}

// messagesMax is the most messages that a run is let try: at a million a second it would take eleven days.
const messagesMax = 1e12

// CheckRun returns what makes a run of the given length never end: more messages than any machine can simulate. The
// record is needed when the arrivals are a trace.
func (s *Spec) CheckRun(run sim.Duration, record *Record) []spec.Problem {
	if n := s.Expected(0, sim.Time(run), record); n > messagesMax {
		return problem("arrivals", "would bring about %.1e messages in %s, more than %.0e: lower the rate, shorten "+
			"the run or set a limit", n, spec.Duration(run), messagesMax)
	}
	return nil
}
