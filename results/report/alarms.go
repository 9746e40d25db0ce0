package report

import (
	"strings"

	"weir/models/cloudwatch"
	"weir/results/chart"
)

// asking is the state of an alarm of a scaling policy in ALARM: it asks for another capacity, and tells nobody.
const asking = int(cloudwatch.Alarming) + 1

// alarms draws the states of the alarms, a row for each: those of the design's own, and then those of scaling policies.
func (d *drawings) alarms() error {
	m := chart.StateMap{
		Name: "alarms", Title: "Alarms", From: d.from(), To: d.to(), Spans: d.spans(),
		Description: "The state of each alarm; an interval in which it was in ALARM for some of the time, in the median over " +
			"replications, is shown as ALARM.",
		States: []string{cloudwatch.InsufficientData.String(), cloudwatch.OK.String(), cloudwatch.Alarming.String(),
			"a scaling policy asks for more or less"},
	}
	for _, policies := range []bool{false, true} {
		for _, c := range d.e.Outcomes[0].Components {
			in, _, ok := d.e.Band(c.Name, "in_alarm")
			unknown, _, known := d.e.Band(c.Name, "insufficient_data")
			own := strings.HasPrefix(c.Name, "alarms.")
			if !ok || !known || own == policies {
				continue
			}
			m.Rows = append(m.Rows, chart.States{
				Name: short(c.Name), Width: in.Width.Seconds(), State: states(in.Median, unknown.Median, policies),
				Expected: d.expected(c.Name),
			})
		}
	}
	if len(m.Rows) == 0 {
		return nil
	}
	f, err := chart.Timeline(m)
	return d.add(inAlarms, f, err)
}

// expected returns when an alarm under test should have fired at the latest.
func (d *drawings) expected(alarm string) (all []float64) {
	x, ok := d.told.Expected[alarm]
	switch {
	case !ok:
		return nil
	case x.Fault == "":
		return []float64{x.After + x.Within}
	}
	for _, f := range d.e.Outcomes[0].Faults {
		for _, c := range f.Occurrences {
			if f.Name == x.Fault && len(all) < spansMost {
				all = append(all, seconds(c.Begun)+x.Within)
			}
		}
	}
	return all
}

// states returns the state in each interval, of the shares of it in ALARM and without data.
func states(in, unknown []float64, policy bool) (all []int) {
	for i := range in {
		state := int(cloudwatch.OK)
		switch {
		case in[i] > 0 && policy:
			state = asking
		case in[i] > 0:
			state = int(cloudwatch.Alarming)
		case i < len(unknown) && unknown[i] >= 0.5:
			state = int(cloudwatch.InsufficientData)
		}
		all = append(all, state)
	}
	return all
}
