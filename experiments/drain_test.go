package experiments

import (
	"math"
	"strings"
	"testing"
)

// A spike of 200/s for 60 s on a fleet that takes 100/s leaves 6,000 messages behind, which it works off at the 80/s
// that are spare. Messages of which work fails are dead-lettered after three times the visibility timeout.
const spikeDesign = `
name: spike
profile: ideal
run: {duration: 600s, replications: 3}
producers:
  p: {to: queues.q, arrivals: {spike: {base: 20/s, peak: 200/s, at: 100s, for: 60s}}}
  bad: {to: queues.r, arrivals: {constant: 1/s}, poison: 100%}
queues:
  q: {visibility_timeout: 10m}
  r: {visibility_timeout: 10s, redrive: {to: queues.dead, max_receive_count: 3}}
  dead: {}
fleets:
  f: {from: queues.q, receive: {max_messages: 1}, work: 10ms}
  g: {from: queues.r, instance: {threads: 20}, receive: {max_messages: 1}, work: 1ms}
objectives: [{metric: drain_s, of: queues.q, below: 2m}, {metric: time_to_dlq_p99_s, of: queues.dead, below: 1m}]
`

func TestDrainAndTimeToDeadLetterAreFigures(t *testing.T) {
	_, s := studyOf(t, spikeDesign)
	drain := s.Components["queues.q"].Metrics["drain_s"]
	if math.Abs(drain.Value-75) > 5 || !s.Objectives[0].Met {
		t.Errorf("the backlog is gone after %+v, 6,000 messages at 80/s take 75 s", drain)
	}
	dead := s.Components["queues.dead"].Metrics
	for _, name := range []string{"time_to_dlq_mean_s", "time_to_dlq_p50_s", "time_to_dlq_p99_s"} {
		if math.Abs(dead[name].Value-30) > 1 {
			t.Errorf("%s is %v, three visibility timeouts are 30 s", name, dead[name].Value)
		}
	}
	if live := s.Components["queues.q"].Metrics["time_to_dlq_mean_s"]; !math.IsNaN(live.Value) || !s.Objectives[1].Met {
		t.Errorf("a queue without dead letters has %v; the objectives are %+v", live, s.Objectives)
	}
	_, s = studyOf(t, strings.Replace(spikeDesign, "work: 10ms", "work: 100ms", 1), "run.duration=200s")
	if o := s.Objectives[0]; !math.IsInf(o.Observed.Value, 1) || o.Met || o.Shown() != "never" {
		t.Errorf("a backlog that is never gone: %+v", o)
	}
}

// The ages of dead letters have as many digits as the run asks for.
func TestTimeToDeadLetterHasTheDigitsOfTheRun(t *testing.T) {
	p50 := func(digits string) float64 {
		_, s := studyOf(t, spikeDesign, "run.histogram_digits="+digits, "fleets.g.work={exponential: 200ms}",
			"fleets.g.instance.threads=1")
		return s.Components["queues.dead"].Metrics["time_to_dlq_p50_s"].Value
	}
	if coarse, fine := p50("2"), p50("5"); coarse == fine || math.Abs(coarse-fine) > 0.01*fine {
		t.Errorf("the median is %v with two digits and %v with five", coarse, fine)
	}
}
