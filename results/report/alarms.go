package report

import (
	"strings"

	"weir/models/cloudwatch"
	"weir/results"
	"weir/results/chart"
)

// alarms draws the states of the alarms, a row for each.
func alarms(e *results.Ensemble) (*chart.Figure, error) {
	var rows []chart.States
	for _, c := range e.Outcomes[0].Components {
		if !strings.HasPrefix(c.Kind, "cloudwatch.") {
			continue
		}
		in, _, ok := e.Band(c.Name, "in_alarm")
		unknown, _, known := e.Band(c.Name, "insufficient_data")
		if !ok || !known {
			continue
		}
		rows = append(rows, chart.States{
			Name: strings.TrimPrefix(c.Name, "alarms."), Width: in.Width.Seconds(), State: states(in.Median, unknown.Median),
		})
	}
	if len(rows) == 0 {
		return nil, nil
	}
	names := []string{cloudwatch.InsufficientData.String(), cloudwatch.OK.String(), cloudwatch.Alarming.String()}
	return chart.Timeline("alarms", "Alarms", "The state of each alarm; an interval in which it was in ALARM for some of the "+
		"time, in the median over replications, is shown as ALARM.", names, rows)
}

// states returns the state in each interval, of the shares of it in ALARM and without data.
func states(in, unknown []float64) (all []int) {
	for i := range in {
		state := cloudwatch.OK
		switch {
		case in[i] > 0:
			state = cloudwatch.Alarming
		case i < len(unknown) && unknown[i] >= 0.5:
			state = cloudwatch.InsufficientData
		}
		all = append(all, int(state))
	}
	return all
}
