package measure

import (
	"encoding/json"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// EstimateOf returns the mean of one value from each replication, with Student's interval.
func EstimateOf(values []float64) Estimate { return EstimateAt(values, 0.95) }

// EstimateAt does it for another confidence than 95 %.
func EstimateAt(values []float64, confidence float64) Estimate {
	var t Tally
	for _, v := range values {
		t.Record(v)
	}
	e := Estimate{t.Mean(), math.NaN(), math.NaN(), len(values)}
	switch {
	case len(values) == 0:
		e.Value = math.NaN()
	case len(values) > 1:
		student := distuv.StudentsT{Sigma: 1, Nu: float64(len(values) - 1)}.Quantile((1 + confidence) / 2)
		half := student * math.Sqrt(t.Variance()/float64(len(values)))
		e.Low, e.High = e.Value-half, e.Value+half
	}
	return e
}

type estimateJSON struct {
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	N     int      `json:"n"`
}

// MarshalJSON writes value, low, high and n; what does not exist is null.
func (e Estimate) MarshalJSON() ([]byte, error) {
	return json.Marshal(estimateJSON{quiet(e.Value), quiet(e.Low), quiet(e.High), e.N})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Estimate) UnmarshalJSON(data []byte) error {
	var j estimateJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	number := func(p *float64) float64 {
		if p == nil {
			return math.NaN()
		}
		return *p
	}
	*e = Estimate{number(j.Value), number(j.Low), number(j.High), j.N}
	return nil
}
