package experiments

import "testing"

// A fleet that is full in a rush and idle before and after tells both, not the mean alone.
func TestAFleetTellsHowLongItWasFull(t *testing.T) {
	_, s := studyOf(t, `
name: rush
profile: ideal
run: {duration: 1000s, replications: 2}
producers: {p: {to: queues.q, arrivals: {spike: {base: 20/s, peak: 200/s, at: 100s, for: 60s}}}}
queues: {q: {visibility_timeout: 10m}}
fleets: {f: {from: queues.q, receive: {max_messages: 1}, work: 10ms}}
objectives: [{metric: saturated_share, of: fleets.f, below: 50%}]
`)
	m := s.Components["fleets.f"].Metrics
	// 200/s for 60 s at 100/s leave 6,000 messages, which are gone at 80/s after 75 s: full for 135 of 1,000 s.
	if v := m["saturated_share"].Value; v < 0.125 || v > 0.145 || m["utilisation_peak"].Value < 0.999 ||
		!s.Objectives[0].Met {
		t.Errorf("full for %v of the time, at the peak %v", v, m["utilisation_peak"].Value)
	}
	if mean := m["utilisation"].Value; mean < 0.25 || mean > 0.35 {
		t.Errorf("on average %v is busy", mean)
	}
}
