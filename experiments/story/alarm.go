package story

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"weir/models/cloudwatch"
	"weir/models/meter"
	"weir/sim"
)

// reading is a metric whose datapoints are told, one a minute: NaN is a missing one.
type reading struct{ points []float64 }

// Metrics declares the metric.
func (r *reading) Metrics(declare func(meter.Metric)) {
	declare(meter.Metric{Name: "m", Kind: meter.Gauge, Read: func(now sim.Time) float64 {
		return r.points[int(sim.Duration(now)/sim.Minute)-1]
	}})
}

// treatments are the treatments of missing data, in the order of AWS's tables.
var treatments = []cloudwatch.Missing{
	cloudwatch.TreatMissing, cloudwatch.TreatIgnore, cloudwatch.TreatBreaching, cloudwatch.TreatNotBreaching,
}

// alarm tells the state of an alarm after datapoints have come minute by minute, for each treatment of missing ones: 0
// is within the threshold, X breaches it, - is missing. The alarm was OK before, and in another run in ALARM; where
// that makes a difference, it keeps its state.
func (st *stage) alarm(words []string) (answer string, is bool, err error) {
	if words[0] != "alarm" || len(words) < 5 || words[2] != "of" {
		return "", false, nil
	}
	m, errM := strconv.Atoi(words[1])
	n, errN := strconv.Atoi(words[3])
	if errM != nil || errN != nil || m < 1 || m > n {
		return "", true, errUsage
	}
	for _, treat := range treatments {
		var states [2]cloudwatch.State
		for i, before := range []string{"0", "X"} {
			s := cloudwatch.AlarmSettings{
				Threshold: 1, Comparison: cloudwatch.GreaterOrEqual, EvaluationPeriods: n, DatapointsToAlarm: &m, Missing: treat,
			}
			points := append(strings.Fields(strings.Repeat(before+" ", 10)), words[4:]...)
			if states[i], err = st.stateAfter(s, points); err != nil {
				return "", true, err
			}
		}
		state := states[0].String()
		if states[0] != states[1] {
			state = "keeps its state"
		}
		answer += fmt.Sprintf("%s: %s\n", treat, state)
	}
	return answer, true, nil
}

// stateAfter returns an alarm's state when datapoints have come.
func (st *stage) stateAfter(s cloudwatch.AlarmSettings, points []string) (cloudwatch.State, error) {
	r := new(reading)
	for _, p := range points {
		v, known := map[string]float64{"0": 0, "X": 1, "-": math.NaN()}[p]
		if !known {
			return 0, errUsage
		}
		r.points = append(r.points, v)
	}
	limits := new(cloudwatch.Limits)
	st.profile.Fill(limits)
	limits.Delay = 0
	eng := sim.NewEngine(1, 0)
	board := cloudwatch.NewBoard(eng, limits)
	series, err := board.Watch(r, "m", cloudwatch.Maximum, sim.Minute)
	if err != nil {
		return 0, err
	}
	a := cloudwatch.NewAlarm(board, "alarm", s, series)
	eng.Run(sim.Time(sim.Duration(len(points))*sim.Minute), eventsMax)
	return a.State(), nil
}
