package experiments

import (
	"math"
	"strings"
	"testing"
)

// A function that throttles three of four requests processes the fourth in time. The requests that were given up are
// missed, too: an objective on what is late is not met.
func TestRejectedRequestsAreMissed(t *testing.T) {
	_, s := studyOf(t, `
name: throttled
run: {duration: 2m, replications: 2}
producers:
  web:
    {to: functions.api, arrivals: {poisson: 200/s}, read_timeout: 1s, deadline: 2s, connections: 5000,
     retry: {mode: none}}
functions:
  api: {memory: 1769MiB, timeout: 30s, work: {exponential: 400ms}, reserved_concurrency: 20}
objectives:
  - {metric: late_share, of: producers.web -> functions.api, below: 1%}
  - {metric: in_time_share, of: producers.web, above: 99%}
  - {metric: processed_share, of: producers.web -> functions.api, above: 99%}
`)
	l := s.Senders["producers.web"]
	if len(s.Objectives) != 3 {
		t.Fatal(s.Objectives)
	}
	want := l.Processed.Value / (l.Processed.Value + l.Rejected.Value)
	for i, o := range s.Objectives {
		share := o.Observed.Value
		if i == 0 {
			share = 1 - share
		}
		if o.Met || math.Abs(share-want) > 0.005 || want > 0.3 {
			t.Errorf("%s: met %v, in time %v, want %v", o.Text, o.Met, share, want)
		}
	}
	near(t, s, "producers.web", "rejected", l.Rejected.Value, 0)
}

// Twenty messages a second for a thread that does ten: the k-th is late by k/20 s, so that 20 are in time of those that
// were born up to a second before the end. Those that nobody has begun are missed as well as those that were done late.
func TestWhatIsOverdueAtTheEndIsMissed(t *testing.T) {
	const growing = `
name: growing
profile: ideal
run: {duration: 100s, replications: 1}
producers: {p: {to: queues.q, arrivals: {constant: 20/s}, size: 1KiB, deadline: 1s}}
queues: {q: {}}
fleets: {w: {from: queues.q, work: 100ms, receive: {max_messages: 1}}}
`
	s, _ := played(t, growing)
	p := s.Paths["producers.p -> fleets.w"]
	if got := p.InTimeShare.Value; math.Abs(got-20.0/1980) > 0.001 {
		t.Errorf("%v in time, want 20 of 1980", got)
	}
	near(t, s, "producers.p", "in_time_share", p.InTimeShare.Value, 0)
	near(t, s, "producers.p", "processed_share", 1, 0)
}

// Work on a message that never succeeds has a wait and no latency. Where the wait is of more messages than the latency,
// the path says so.
func TestAWaitOfMoreMessagesThanTheLatencyIsTold(t *testing.T) {
	const failing = `
name: failing
profile: ideal
run: {duration: 1h, replications: 1}
producers: {p: {to: queues.q, arrivals: {constant: 1/s}}}
queues: {q: {visibility_timeout: 1s, redrive: {to: queues.dead, max_receive_count: 1}}, dead: {}}
fleets: {w: {from: queues.q, work: 10ms, instance: {threads: 4}, failures: {error: %E}}}
`
	for errors, told := range map[string]bool{"50%": true, "0%": false} {
		s, _ := played(t, strings.Replace(failing, "%E", errors, 1))
		p := s.Paths["producers.p -> fleets.w"]
		if got := strings.Contains(p.Note(), "the wait is of the 3,"); got != told {
			t.Errorf("%s: %q", errors, p.Note())
		}
	}
}
