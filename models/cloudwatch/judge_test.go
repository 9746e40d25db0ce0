package cloudwatch

import (
	"math"
	"strings"
	"testing"
)

// course returns the datapoints of a row of the tables, the newest first: 0 is within the threshold of 5, X breaches.
func course(row string) points {
	var p points
	for _, c := range strings.Fields(row) {
		p = append(points{map[string]float64{"0": 0, "X": 9, "-": math.NaN()}[c]}, p...)
	}
	return p
}

// retain is the state before, which the tables call "Retain current state".
const retain = State(99)

// The two tables of the CloudWatch user guide, AlarmThatSendsEmail.md, "How Alarm State is Evaluated When Data is
// Missing", of 2023, and the rows that those of 2018 had besides. The evaluation range is 5.
func TestAlarmTruthTables(t *testing.T) {
	treatments := []Missing{TreatMissing, TreatIgnore, TreatBreaching, TreatNotBreaching}
	for _, c := range []struct {
		needed int
		row    string
		want   [4]State // missing, ignore, breaching, notBreaching
	}{
		{3, "0 - X - X", [4]State{OK, OK, OK, OK}},
		{3, "0 - - - -", [4]State{OK, OK, OK, OK}},
		{3, "- - - - -", [4]State{InsufficientData, retain, Alarming, OK}},
		{3, "0 X X - X", [4]State{Alarming, Alarming, Alarming, Alarming}},
		{3, "- - X - -", [4]State{Alarming, retain, Alarming, OK}},
		{3, "- - - - X", [4]State{InsufficientData, retain, Alarming, OK}}, // 2018
		{3, "X - - - -", [4]State{Alarming, retain, Alarming, OK}},         // 2018
		{3, "- - - X -", [4]State{InsufficientData, retain, Alarming, OK}}, // the text: no premature alarm
		{2, "0 - X - X", [4]State{Alarming, Alarming, Alarming, Alarming}},
		{2, "0 0 X 0 X", [4]State{Alarming, Alarming, Alarming, Alarming}},
		{2, "0 - X - -", [4]State{OK, OK, Alarming, OK}},
		{2, "- - - - 0", [4]State{OK, OK, Alarming, OK}},
		{2, "- - - X -", [4]State{Alarming, retain, Alarming, OK}},
		{2, "- - - - X", [4]State{InsufficientData, retain, Alarming, OK}}, // 2018
	} {
		for i, treat := range treatments {
			s := AlarmSettings{
				Threshold: 5, Comparison: Greater, EvaluationPeriods: 3, DatapointsToAlarm: &c.needed, Missing: treat,
			}
			for before := range State(3) {
				want := c.want[i]
				if want == retain {
					want = before
				}
				if got, _ := s.judge(before, 5, 5, course(c.row).At); got != want {
					t.Errorf("%d of 3, %s, %s, from %s: %s, want %s", c.needed, c.row, treat, before, got, want)
				}
			}
		}
	}
}

func TestComparisons(t *testing.T) {
	for c, want := range map[Comparison][3]bool{
		Greater: {false, false, true}, GreaterOrEqual: {false, true, true}, Less: {true, false, false},
		LessOrEqual: {true, true, false},
	} {
		for i, v := range []float64{4, 5, 6} {
			if got := c.breaches(v, 5); got != want[i] {
				t.Errorf("%v %s 5: %t", v, c, got)
			}
		}
	}
}

// At the start of a run there are no datapoints that a period could have had: they are not missing, and do not breach.
func TestWhatCouldNotBeThereYetIsNotMissing(t *testing.T) {
	needed := 2
	s := AlarmSettings{
		Threshold: 5, Comparison: Greater, EvaluationPeriods: 3, DatapointsToAlarm: &needed, Missing: TreatBreaching,
	}
	for _, c := range []struct {
		possible int
		row      string
		want     State
	}{
		{0, "- - - - -", InsufficientData}, {1, "- - - - -", InsufficientData}, {2, "- - - - -", Alarming},
		{1, "- - - - 0", OK}, {2, "- - - - 0", OK}, {3, "- - - - 0", Alarming}, {1, "- - - - X", OK},
		{2, "- - - - X", Alarming},
	} {
		got, _ := s.judge(InsufficientData, 5, c.possible, course(c.row).At)
		if got != c.want {
			t.Errorf("%s, %d possible: %s, want %s", c.row, c.possible, got, c.want)
		}
	}
}
