package cloudwatch

import (
	"fmt"
	"math"
	"strings"

	"weir/models/spec"
)

// State is an alarm's state.
type State uint8

// The states of an alarm. It begins with INSUFFICIENT_DATA.
const (
	InsufficientData State = iota
	OK
	Alarming
)

var stateNames = []string{"INSUFFICIENT_DATA", "OK", "ALARM"}

// String returns the state by AWS's word.
func (s State) String() string { return stateNames[s] }

// Comparison says which datapoints breach the threshold, by AWS's word.
type Comparison string

// The comparisons (CloudWatch API reference, PutMetricAlarm).
const (
	Greater        Comparison = "GreaterThanThreshold"
	GreaterOrEqual Comparison = "GreaterThanOrEqualToThreshold"
	Less           Comparison = "LessThanThreshold"
	LessOrEqual    Comparison = "LessThanOrEqualToThreshold"
)

var comparisons = []string{string(Greater), string(GreaterOrEqual), string(Less), string(LessOrEqual)}

// UnmarshalText reads a comparison.
func (c *Comparison) UnmarshalText(text []byte) error {
	return word(text, "comparison", comparisons, func(w string) { *c = Comparison(w) })
}

// MarshalText returns the comparison.
func (c Comparison) MarshalText() ([]byte, error) { return []byte(c), nil }

// Schema returns the schema of a comparison.
func (Comparison) Schema() spec.Schema { return spec.Schema{"enum": comparisons} }

// breaches reports whether a value breaches a threshold.
func (c Comparison) breaches(value, threshold float64) bool {
	switch c {
	case GreaterOrEqual:
		return value >= threshold
	case Less:
		return value < threshold
	case LessOrEqual:
		return value <= threshold
	}
	return value > threshold
}

// Missing says how an alarm treats missing datapoints, by AWS's word.
type Missing string

// The treatments of missing datapoints.
const (
	TreatMissing      Missing = "missing"
	TreatIgnore       Missing = "ignore"
	TreatBreaching    Missing = "breaching"
	TreatNotBreaching Missing = "notBreaching"
)

var treatments = []string{
	string(TreatMissing), string(TreatIgnore), string(TreatBreaching), string(TreatNotBreaching),
}

// UnmarshalText reads a treatment.
func (m *Missing) UnmarshalText(text []byte) error {
	return word(text, "treatment of missing data", treatments, func(w string) { *m = Missing(w) })
}

// MarshalText returns the treatment.
func (m Missing) MarshalText() ([]byte, error) { return []byte(m), nil }

// Schema returns the schema of a treatment.
func (Missing) Schema() spec.Schema { return spec.Schema{"enum": treatments} }

// word sets one of AWS's words, or says which there are.
func word(text []byte, what string, words []string, set func(string)) error {
	for _, w := range words {
		if string(text) == w {
			set(w)
			return nil
		}
	}
	return fmt.Errorf("%s is no %s%s: write %s", spec.Quote(string(text)), what, spec.DidYouMean(string(text), words),
		strings.Join(words, ", "))
}

// AlarmSettings are what an alarm compares and how.
type AlarmSettings struct {
	// The value that datapoints are compared with, in the metric's unit.
	Threshold float64 `yaml:"threshold"`
	// Which datapoints breach: GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold or
	// LessThanOrEqualToThreshold. The default makes a datapoint breach that is as high as the threshold.
	Comparison Comparison `yaml:"comparison_operator" default:"GreaterThanOrEqualToThreshold"`
	// How many of the latest datapoints are looked at (AWS: N).
	EvaluationPeriods int `yaml:"evaluation_periods" default:"1" min:"1" max:"8640"`
	// How many of them must breach (AWS: M); all unless set.
	DatapointsToAlarm *int `yaml:"datapoints_to_alarm" min:"1" max:"8640"`
	// How missing datapoints count: missing, ignore, breaching or notBreaching. What could not be there yet at the start
	// of the run is not missing.
	Missing Missing `yaml:"treat_missing_data" default:"missing"`
}

// needed returns how many datapoints must breach.
func (a *AlarmSettings) needed() int {
	if a.DatapointsToAlarm != nil {
		return *a.DatapointsToAlarm
	}
	return max(a.EvaluationPeriods, 1)
}

// judge returns the state after an evaluation, and the newest datapoint that there is, NaN if none. The datapoints of
// the evaluation range, which is longer than N, are asked for by their age in periods. AWS: real datapoints are used
// first, the newest N of them, and missing ones are filled in only as few times as possible (CloudWatch user guide,
// AlarmThatSendsEmail.md, with two tables). Periods before the run, when nobody could put a datapoint, are not missing:
// only as many are filled in as breaching as were possible, and an alarm without any data has INSUFFICIENT_DATA until
// its evaluation range has passed once.
func (a *AlarmSettings) judge(
	present State, extent, possible int, at func(k int) (float64, bool),
) (State, float64) {
	n, m := max(a.EvaluationPeriods, 1), a.needed()
	real, breaching, oldest, newest := 0, 0, 0, math.NaN()
	for k := 0; k < extent && real < n; k++ {
		v, ok := at(k)
		if !ok || v != v {
			continue
		}
		if real++; real == 1 {
			newest = v
		}
		if a.Comparison.breaches(v, a.Threshold) {
			breaching++
			oldest = k + 1
		}
	}
	filled := n - real
	switch {
	case breaching >= m:
		return Alarming, newest
	case filled == 0:
		return OK, newest
	case a.Missing == TreatBreaching && breaching+max(min(filled, possible-real), 0) >= m:
		return Alarming, newest
	case a.Missing == TreatBreaching && real == 0:
		return InsufficientData, newest
	case a.Missing == TreatBreaching, a.Missing == TreatNotBreaching, breaching < real:
		return OK, newest
	case a.Missing == TreatIgnore:
		return present, newest
	case real > 0 && oldest >= m:
		// AWS: the oldest breaching datapoint is at least as old as DatapointsToAlarm, and all more recent ones are breaching
		// or missing. One that is younger does not yet raise an alarm: the next may be within the threshold.
		return Alarming, newest
	}
	return InsufficientData, newest
}
