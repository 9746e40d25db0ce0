package results

import (
	"fmt"
	"math"
	"strings"

	"weir/models/aws"
)

// Recurrence is something that comes in a run and so comes again and again in the month that the run's bill is scaled
// to.
type Recurrence struct {
	What     string  `json:"what"`
	PerMonth float64 `json:"per_month"`
	Fault    bool    `json:"fault,omitempty"`
}

// dayHours is what loads and schedules repeat after: a run of whole days stands for the days of a month.
const dayHours = 24

// Recur notes what comes again in the month of the bill: settings that change the design at set instants, once a run
// each, and faults as often as they struck.
func (s *Summary) Recur(changes []string) {
	runs := s.runsAMonth()
	s.Cost.Recurs = nil
	for _, path := range changes {
		if !strings.HasPrefix(path, "faults.") {
			s.Cost.Recurs = append(s.Cost.Recurs, Recurrence{What: path, PerMonth: runs})
		}
	}
	for _, f := range s.Faults {
		if n := s.Components[f.Name].Metrics["occurrences"].Value; n > 0 {
			s.Cost.Recurs = append(s.Cost.Recurs, Recurrence{What: f.Name, PerMonth: n * runs, Fault: true})
		}
	}
}

func (s *Summary) runsAMonth() float64 { return aws.HoursPerMonth * 3600 / s.Run.DurationSeconds }

// Assumes tells what the month of the bill is made of.
func (s *Summary) Assumes() string {
	text := "a month of 730 h like this run of " + Seconds(s.Run.DurationSeconds)
	if named := recurring(s.Cost.Recurs); named != "" {
		text += ", with " + named
	}
	return text
}

// recurringMost is how many settings are named that come again.
const recurringMost = 4

func recurring(all []Recurrence) string {
	var parts []string
	for i, r := range all {
		if i == recurringMost {
			parts = append(parts, fmt.Sprintf("%d more", len(all)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %s times", r.What, Quantity(math.Round(r.PerMonth))))
	}
	return strings.Join(parts, ", ")
}

// monthWarnings tells that the bill has something more often than a month will.
func (s *Summary) monthWarnings() (warnings []string) {
	var faults, changes []Recurrence
	for _, r := range s.Cost.Recurs {
		if r.Fault {
			faults = append(faults, r)
		} else {
			changes = append(changes, r)
		}
	}
	if len(faults) > 0 {
		warnings = append(warnings, "the month's bill has "+recurring(faults)+", and does not bill instances that they take away: "+
			"for what a month without them costs, run the design without faults")
	}
	hours := s.Run.DurationSeconds / 3600
	if days := hours / dayHours; len(changes) > 0 && (hours < dayHours || math.Abs(days-math.Round(days)) > 0.05) {
		warnings = append(warnings, "the month's bill is of 730 h like this run of "+Seconds(s.Run.DurationSeconds)+", with "+
			recurring(changes)+": run a whole day for a month of days")
	}
	return warnings
}
