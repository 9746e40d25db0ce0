package measure

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is a mean over replications with its confidence interval. With fewer than two values there is no interval:
// Low and High are NaN, and null in JSON. Without any, Value is so too.
type Estimate struct {
	Value, Low, High float64
	N                int // replications that have a value
	// Inputs is the share of the variance behind the interval that comes from inputs which are not known exactly; 0 when
	// all are, or when chance alone would vary as much.
	Inputs float64
	// Values are what the estimate was made of, one for each replication, or group, and in their order, NaN where one has
	// none. They are no part of its JSON: an estimate that was read has none.
	Values []float64
}

// EstimateOf returns the mean of one value from each replication with Student's 95 % interval. NaN says that a
// replication has no such value, as no mean without observations; it is left out, and N says how many remain.
func EstimateOf(values []float64) Estimate { return EstimateAt(0.95, values) }

// EstimateAt does what EstimateOf does, for another confidence between 0 and 1.
func EstimateAt(confidence float64, values []float64) Estimate {
	var t Tally
	infinite := 0.0
	n := 0
	for _, v := range values {
		switch {
		case math.IsNaN(v):
			continue
		case math.IsInf(v, 0):
			infinite += v
		default:
			t.Record(v)
		}
		n++
	}
	e := Estimate{Value: t.Mean(), Low: math.NaN(), High: math.NaN(), N: n, Values: slices.Clone(values)}
	switch {
	case infinite != 0:
		e.Value = infinite
	case n > 1:
		half := float64(studentT(confidence, n-1) * math.Sqrt(t.Variance()/float64(n)))
		e.Low, e.High = e.Value-half, e.Value+half
	}
	return e
}

// EstimateOfGroups returns the mean over groups of replications, each with inputs of its own, with Student's 95 %
// interval over the groups' means, and the share of their variance that the inputs have (the random-effects analysis of
// variance: Nelson, Foundations and Methods of Stochastic Simulation, 2013, section 7.2). NaN values are left out.
func EstimateOfGroups(groups [][]float64) Estimate {
	means := make([]float64, len(groups))
	var between Tally
	within, degrees, sizes := 0.0, 0.0, 0.0 // sums: of squares within, of their degrees of freedom, of 1/size
	for i, values := range groups {
		var t Tally
		for _, v := range values {
			if v-v == 0 {
				t.Record(v)
			}
		}
		means[i] = t.Mean()
		if t.Count() > 0 {
			between.Record(t.Mean())
			sizes += 1 / float64(t.Count())
		}
		if t.Count() > 1 {
			within += float64(t.Variance() * float64(t.Count()-1))
			degrees += float64(t.Count() - 1)
		}
	}
	e := EstimateOf(means)
	if degrees > 0 && between.Count() > 1 && between.Variance() > 0 {
		luck := within / degrees * sizes / float64(between.Count())
		e.Inputs = max(1-luck/between.Variance(), 0)
	}
	return e
}

// DifferenceOf returns the mean of after − before with its 95 % interval, where a replication's two values stand at the
// same place in both: with common random numbers, the interval of the pairs is the narrower one. It panics when the
// lengths differ. A pair with a NaN is left out.
func DifferenceOf(before, after []float64) Estimate { return DifferenceAt(0.95, before, after) }

// DifferenceAt does what DifferenceOf does, for another confidence between 0 and 1.
func DifferenceAt(confidence float64, before, after []float64) Estimate {
	if len(before) != len(after) {
		panic("measure: a difference of unequal numbers of replications")
	}
	differences := make([]float64, len(before))
	for i := range before {
		differences[i] = after[i] - before[i]
	}
	return EstimateAt(confidence, differences)
}

// studentT returns how many standard errors Student's two-sided interval reaches out, rounded to 8 digits: the numeric
// inverse behind it may end in other bits on another processor, which results must not show.
func studentT(confidence float64, degrees int) float64 {
	exact := distuv.StudentsT{Sigma: 1, Nu: float64(degrees)}.Quantile((1 + confidence) / 2)
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(exact, 'e', 7, 64), 64)
	if err != nil {
		panic("measure: " + err.Error())
	}
	return rounded
}

// HalfWidth returns half the width of the interval, NaN when there is none.
func (e Estimate) HalfWidth() float64 { return (e.High - e.Low) / 2 }

// RelativeHalfWidth returns the half-width as a share of the value: 0 when both are 0, NaN when there is no interval.
func (e Estimate) RelativeHalfWidth() float64 {
	if e.HalfWidth() == 0 {
		return 0
	}
	return e.HalfWidth() / math.Abs(e.Value)
}

// estimateJSON is an Estimate's form in JSON: what is not a finite number is null.
type estimateJSON struct {
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	N     int      `json:"n"`
	Share float64  `json:"inputs,omitempty"`
}

// MarshalJSON writes value, low, high, n and, where some of the variance comes from uncertain inputs, their share.
func (e Estimate) MarshalJSON() ([]byte, error) {
	finite := func(x float64) *float64 {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
		return &x
	}
	return json.Marshal(estimateJSON{finite(e.Value), finite(e.Low), finite(e.High), e.N, e.Inputs})
}

// UnmarshalJSON reads what MarshalJSON writes; null becomes NaN.
func (e *Estimate) UnmarshalJSON(data []byte) error {
	var read estimateJSON
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	number := func(x *float64) float64 {
		if x == nil {
			return math.NaN()
		}
		return *x
	}
	*e = Estimate{
		Value: number(read.Value), Low: number(read.Low), High: number(read.High), N: read.N, Inputs: read.Share,
	}
	return nil
}

// ChanceBelow returns how probable it is that the mean behind the values lies below a limit, by Student's distribution
// (with a flat prior), to four digits. It is NaN with fewer than two values.
func ChanceBelow(values []float64, limit float64) float64 {
	var t Tally
	for _, v := range values {
		if v-v == 0 {
			t.Record(v)
		}
	}
	n := float64(t.Count())
	switch {
	case n < 2:
		return math.NaN()
	case t.Variance() == 0 && t.Mean() == limit:
		return 0.5
	case t.Variance() == 0 && t.Mean() < limit:
		return 1
	case t.Variance() == 0:
		return 0
	}
	return roundChance(distuv.StudentsT{Sigma: 1, Nu: n - 1}.CDF((limit - t.Mean()) / math.Sqrt(t.Variance()/n)))
}
