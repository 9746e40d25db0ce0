package measure

import (
	"encoding/json"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// Two-sided 95 % points of Student's distribution, as printed in tables (NIST/SEMATECH e-Handbook, 1.3.6.7.2; more
// digits by mpmath).
func TestStudentsQuantilesAreThoseOfTheTables(t *testing.T) {
	for degrees, want := range map[int]float64{
		1: 12.706204736, 2: 4.3026527297, 4: 2.7764451052, 9: 2.2621571628, 29: 2.0452296421, 99: 1.9842169516,
	} {
		near(t, "the quantile", studentT(0.95, degrees), want, 6e-8)
	}
}

// Another processor may end the numeric inverse in other bits, by some 10⁻¹³. No quantile in use may lie so close to
// where rounding to 8 digits tips over that such a difference shows.
func TestStudentsQuantilesAreFarFromWhereRoundingTips(t *testing.T) {
	for _, confidence := range []float64{0.9, 0.95, 0.99, 0.999} {
		for degrees := 1; degrees < 200; degrees++ {
			exact := distuv.StudentsT{Sigma: 1, Nu: float64(degrees)}.Quantile((1 + confidence) / 2)
			digit := math.Pow(10, math.Floor(math.Log10(exact))-7)
			units := exact / digit
			if tip := math.Abs(units - math.Floor(units) - 0.5); tip*digit < 1e-11*exact {
				t.Errorf("at %v with %d degrees the quantile %.16g lies where rounding tips", confidence, degrees, exact)
			}
		}
	}
}

// The same of the confidences that families of comparisons of up to eight designs take, by Bonferroni, with up to 50
// replications; the difference between processors is a tenth of the margin.
func TestStudentsQuantilesOfFamiliesAreFarFromWhereRoundingTips(t *testing.T) {
	for _, comparisons := range []int{2, 3, 4, 5, 6, 7, 10, 15, 21, 28} {
		for degrees := 1; degrees < 50; degrees++ {
			exact := distuv.StudentsT{Sigma: 1, Nu: float64(degrees)}.Quantile(1 - 0.025/float64(comparisons))
			digit := math.Pow(10, math.Floor(math.Log10(exact))-7)
			units := exact / digit
			if tip := math.Abs(units - math.Floor(units) - 0.5); tip*digit < 1e-12*exact {
				t.Errorf("of %d with %d degrees the quantile %.16g lies where rounding tips", comparisons, degrees, exact)
			}
		}
	}
}

// An estimate keeps what it was made of, and a later change of that does not reach it.
func TestAnEstimateKeepsItsValues(t *testing.T) {
	values := []float64{1, math.NaN(), 3}
	e := EstimateOf(values)
	values[0] = 7
	if len(e.Values) != 3 || e.Values[0] != 1 || !math.IsNaN(e.Values[1]) || e.N != 2 {
		t.Errorf("the estimate is %+v", e)
	}
	d := DifferenceAt(0.5, []float64{1, math.NaN(), 3}, []float64{2, 2, 8})
	if d.N != 2 || d.Value != 3 || !(d.HalfWidth() < DifferenceOf(d.Values, []float64{0, 0, 0}).HalfWidth()) {
		t.Errorf("the difference is %+v", d)
	}
}

// Of 4,000 intervals from 5 replications each, 95 % must hold the truth: between 3,755 and 3,845 of them with 99.9 %
// probability. Normal quantiles in place of Student's would cover 88 %, a forgotten √n 99.7 %.
func TestNinetyFivePercentOfTheIntervalsHoldTheTruth(t *testing.T) {
	r := luck(t)
	const experiments, n, truth = 4000, 5, 7.0
	covered := 0
	for range experiments {
		values := make([]float64, n)
		for i := range values {
			values[i] = truth + 2*normal(r)
		}
		e := EstimateOf(values)
		if e.N != n || math.Abs((e.Low+e.High)/2-e.Value) > 1e-12 {
			t.Fatalf("the estimate is %+v", e)
		}
		if e.Low <= truth && truth <= e.High {
			covered++
		}
	}
	if covered < 3755 || covered > 3845 {
		t.Errorf("%d of %d intervals hold the truth", covered, experiments)
	}
}

func TestAnotherConfidenceCoversItsOwnShare(t *testing.T) {
	r := luck(t)
	covered := 0
	for range 4000 {
		values := []float64{normal(r), normal(r), normal(r)}
		if e := EstimateAt(0.5, values); e.Low <= 0 && 0 <= e.High {
			covered++
		}
	}
	if covered < 1896 || covered > 2104 {
		t.Errorf("%d of 4,000 intervals at 50 %% hold the truth", covered)
	}
}

func TestAnEstimateFromOneReplicationHasNoInterval(t *testing.T) {
	for _, c := range []struct {
		values []float64
		json   string
	}{
		{nil, `{"value":null,"low":null,"high":null,"n":0}`},
		{[]float64{3}, `{"value":3,"low":null,"high":null,"n":1}`},
		{[]float64{math.NaN(), 3}, `{"value":3,"low":null,"high":null,"n":1}`},
		{[]float64{2, 2, math.NaN(), 2}, `{"value":2,"low":2,"high":2,"n":3}`},
		{[]float64{1, math.Inf(1)}, `{"value":null,"low":null,"high":null,"n":2}`},
	} {
		got, err := json.Marshal(EstimateOf(c.values))
		if err != nil || string(got) != c.json {
			t.Errorf("%v gives %s, %v, want %s", c.values, got, err, c.json)
		}
		var read Estimate
		if err := json.Unmarshal(got, &read); err != nil {
			t.Fatal(err)
		}
		if again, _ := json.Marshal(read); string(again) != c.json {
			t.Errorf("%s is read as %s", c.json, again)
		}
	}
	if json.Unmarshal([]byte(`{"value":"much"}`), new(Estimate)) == nil {
		t.Error("a value that is no number is read")
	}
}

func TestTheWidthOfAnIntervalIsAShareOfItsValue(t *testing.T) {
	e := Estimate{Value: -4, Low: -5, High: -3, N: 9}
	if e.HalfWidth() != 1 || e.RelativeHalfWidth() != 0.25 {
		t.Errorf("half-widths %v and %v", e.HalfWidth(), e.RelativeHalfWidth())
	}
	if w := EstimateOf([]float64{0, 0}).RelativeHalfWidth(); w != 0 {
		t.Errorf("of nothing but zeros the half-width is %v", w)
	}
	if w := EstimateOf([]float64{1}).RelativeHalfWidth(); !math.IsNaN(w) {
		t.Errorf("without an interval the half-width is %v", w)
	}
}

// What both designs share, the luck of a replication, drops out of the pairs.
func TestPairedDifferencesAreNarrowerThanTheirParts(t *testing.T) {
	r := luck(t)
	var before, after []float64
	for range 10 {
		common := 10 * normal(r)
		before = append(before, 100+common)
		after = append(after, 99+common+0.1*normal(r))
	}
	d := DifferenceOf(before, after)
	if !(d.Low <= -1 && -1 <= d.High && d.HalfWidth() < 0.2) {
		t.Errorf("the difference is %+v, want −1", d)
	}
	if e := EstimateOf(before); e.HalfWidth() < 3 {
		t.Errorf("the parts' interval is %+v: the test tells nothing", e)
	}
	panics(t, "unequal numbers of replications", func() { DifferenceOf(before, after[1:]) })
}
