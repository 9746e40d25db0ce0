package cloudwatch

import (
	"math"
	"strings"
	"testing"

	"weir/sim"
)

// points is a source whose datapoints are given, the newest first; NaN is a missing one.
type points []float64

func (p points) At(k int) (float64, bool) {
	if k >= len(p) || math.IsNaN(p[k]) {
		return math.NaN(), false
	}
	return p[k], true
}
func (points) Period() sim.Duration { return sim.Minute }
func (points) Keep(int)             {}
func (points) Metrics() int         { return 1 }
func (points) Possible() int        { return math.MaxInt }

// CloudWatch fills in from what it has retrieved, which of an alarm is its evaluation range.
func TestRepeatLooksAsFarBackAsAllThatIsKept(t *testing.T) {
	m := new(Math)
	if err := m.UnmarshalText([]byte("FILL(m1, REPEAT)")); err != nil {
		t.Fatal(err)
	}
	p := make(points, 1500)
	for k := range p {
		p[k] = math.NaN()
	}
	p[1440] = 7
	for _, kept := range []int{1439, 1440} {
		e, err := (*Board)(nil).NewExpression(m, Input{"m1", p})
		if err != nil {
			t.Fatal(err)
		}
		e.Keep(kept)
		if v, ok := e.At(0); ok != (kept == 1440) || ok && v != 7 {
			t.Errorf("with %d datapoints kept, and one before: %v, %t", kept, v, ok)
		}
	}
}

// "Missing values in a time series are treated as 0. If the value of a data point causes a function to attempt to
// divide by zero, the data point is dropped" (CloudWatch user guide, using-metric-math.md); the comparisons are its
// example with metric1 [30, 20, 0, 0] and metric2 [20, -, 20, -].
func TestMetricMath(t *testing.T) {
	none := math.NaN()
	inputs := map[string]points{
		"m1": {30, 20, 0, 0}, "m2": {20, none, 20, none}, "m3": {none, 4, none, 4}, "zero": {0, 0, 0, 0},
	}
	for text, want := range map[string][]float64{
		"m1 / 10":                      {3, 2, 0, 0},
		"m1 / m2":                      {1.5, none, 0, none},
		"m1 / zero":                    {none, none, none, none},
		"m2 + m3":                      {20, 4, 20, 4},
		"m2 * 2":                       {40, none, 40, none},
		"-m2 - 1 - 1":                  {-22, none, -22, none},
		"2 + 3 * m1 - 4 / 2":           {90, 60, 0, 0},
		"(2 + 3) * m1":                 {150, 100, 0, 0},
		"(m1 < m2)":                    {0, 0, 1, 0},
		"(m1 >= 30)":                   {1, 0, 0, 0},
		"(m1 > 15 AND m2 > 15)":        {1, 0, 0, 0},
		"m1 > 25 || m3 == 4":           {1, 1, 0, 1},
		"FILL(m2, 7)":                  {20, 7, 20, 7},
		"FILL(m2, REPEAT)":             {20, 20, 20, none},
		"FILL(m2, m1)":                 {20, 20, 20, 0},
		"IF(m1 >= 20, m1, 5)":          {30, 20, 5, 5},
		"IF(m1 >= 20, m1)":             {30, 20, none, none},
		"MAX([m1, m2])":                {30, 20, 20, 0},
		"MIN([m1, m2])":                {20, 20, 0, 0},
		"SUM([m1, m2, m3])":            {50, 24, 20, 4},
		"AVG([m1, m2])":                {25, 10, 10, 0},
		"m1 / PERIOD(m1)":              {0.5, 1. / 3, 0, 0},
		"RATE(m1)":                     {10. / 60, 20. / 60, 0, none},
		"CEIL(m1 / 20) + ABS(-1)":      {3, 2, 1, 1},
		"MAX([FILL(m3, 0), m1]) / 2.0": {15, 10, 0, 2},
	} {
		m := new(Math)
		if err := m.UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var in []Input
		for name, p := range inputs {
			in = append(in, Input{name, p})
		}
		e, err := (*Board)(nil).NewExpression(m, in...)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		e.Keep(len(want))
		for k, w := range want {
			v, ok := e.At(k)
			if ok == math.IsNaN(w) || ok && math.Abs(v-w) > 1e-12 {
				t.Errorf("%s: datapoint %d is %v, %t; want %v", text, k, v, ok, w)
			}
		}
	}
}

func TestWhatIsNoExpression(t *testing.T) {
	for _, text := range []string{
		"", "1", "m1 +", "m1 m2", "(m1", "M1 + 2", "MAX(m1, m2)", "MAX(m1)", "FILL(m1)", "m1 % 2", "IF(m1)", "[m1, m2]",
		"REPEAT", "FILL(1 + FILL(m1, REPEAT), REPEAT)",
		"NOPE(m1)", "1x * m1", "m1 = 2", "FILL([m1], 0)", "m1 + REPEAT", "(m1, m2)", "([m1, m2])",
		string(make([]byte, 3000)),
	} {
		if err := new(Math).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	if err := new(Math).UnmarshalText([]byte(strings.Repeat("DIFF(", 10) + "m1" + strings.Repeat(")", 10))); err == nil {
		t.Error("a difference of nine others was taken")
	}
	deep := ""
	for range 500 {
		deep += "("
	}
	if err := new(Math).UnmarshalText([]byte(deep + "m1")); err == nil {
		t.Error("500 parentheses were taken")
	}
}
