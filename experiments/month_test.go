package experiments

import (
	"bytes"
	"strings"
	"testing"
)

// The month's bill of a short run has its spike and its fault many times a day, and says so; that of a whole day has
// them once a day, and warns of the fault alone.
func TestTheBillSaysWhatItsMonthHas(t *testing.T) {
	const design = `
name: month
profile: ideal
run: {duration: %D, replications: 1}
producers: {p: {to: queues.q, arrivals: {spike: {base: 1/m, peak: 2/m, at: 30m, for: 10m}}}}
queues: {q: {receive_wait_time: 20s}}
fleets: {w: {from: queues.q, work: 1ms, instances: 2}}
faults: {az: {of: fleets.w, bad_deploy: {errors: 10%}, at: 1h, for: 10m}}
`
	for _, c := range []struct {
		duration, heading string
		spike             bool
	}{
		{"2h", "for a month of 730 h like this run of 2 h, with producers.p.arrivals.spike 365 times, faults.az 365 times", true},
		{"24h", "for a month of 730 h like this run of 24 h, with producers.p.arrivals.spike 30 times, faults.az 30 times", false},
	} {
		_, s := studyOf(t, strings.Replace(design, "%D", c.duration, 1))
		var text bytes.Buffer
		if err := s.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		warnings := strings.Join(s.Warnings(), "\n")
		if !strings.Contains(text.String(), c.heading) {
			t.Errorf("the heading does not say: %s", c.heading)
		}
		if !strings.Contains(warnings, "the month's bill has faults.az ") ||
			strings.Contains(warnings, "arrivals.spike") != c.spike {
			t.Errorf("%s: %s", c.duration, warnings)
		}
	}
}
