package results

import (
	"testing"

	"weir/sim/measure"
)

// A mean of rare events is told by the least and the most of them; no other number is.
func TestRareEventsAreToldByTheirRange(t *testing.T) {
	for _, c := range []struct {
		unit   string
		values []float64
		want   bool
	}{
		{"", []float64{2, 4, 2}, true}, {"", []float64{3, 3, 3}, false}, {"", []float64{3}, false}, {"", nil, false},
		{"s", []float64{2, 4}, false}, {"", []float64{2, 2.5}, false}, {"", []float64{100, 101}, false},
		{"", []float64{-1, 4}, false},
	} {
		if span, ok := smallCounts(c.unit, c.values); ok != c.want || ok && span != [2]float64{2, 4} {
			t.Errorf("%v: %v, %v", c.values, span, ok)
		}
	}
	values := []float64{2, 4, 2}
	alarm := ComponentSummary{
		Kind: "cloudwatch.alarm", Metrics: map[string]measure.Estimate{"alarms": measure.EstimateOf(values)},
		Units: map[string]string{"alarms": ""}, Ranges: map[string][2]float64{"alarms": {2, 4}},
	}
	if got := alarm.Headline(); got != "alarms 2 to 4" {
		t.Error(got)
	}
}

// What cannot be negative has no interval that reaches below 0.
func TestIntervalsDoNotReachBelowZero(t *testing.T) {
	for want, e := range map[string]measure.Estimate{
		"1.92 s (0 to 3.99 s)": {Value: 1.92, Low: -0.15, High: 3.99, N: 5},
		"1.92 s ± 1 s":         {Value: 1.92, Low: 0.92, High: 2.92, N: 5},
	} {
		if got := Interval(e, Seconds); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A number is written in the unit that it has when it is rounded, and one that is not 0 is not written as 0.
func TestNumbersAreWrittenAsTheyAreRounded(t *testing.T) {
	for want, got := range map[string]string{
		"1 s": Seconds(0.99996), "1 ms": Seconds(0.00099996), "999 ms": Seconds(0.9991), "120 s": Seconds(119.96),
		"0.0 %": Percent(0), "0.004 %": Percent(0.00004), "0.1 %": Percent(0.001), "100.0 %": Percent(1),
		"99.98 %": Percent(0.9998), "99.999 %": Percent(0.99999), "99.9 %": Percent(0.9991),
		"2 min": Seconds(120),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
