package experiments

import (
	"math"
	"testing"
)

// A group that has replaced what a lost zone took after 150 s is back in its usual state long before the zone is. The
// noise of a Poisson load in the 27 minutes since is no part of the fault, nor is where it is when the zone comes back.
func TestNoiseAfterARecoveryIsNoPartOfAFault(t *testing.T) {
	s, _ := played(t, `
name: noise
run: {duration: 80m, replications: 6}
producers: {p: {to: queues.q, arrivals: {poisson: 20/s}}}
queues: {q: {receive_wait_time: 20s, visibility_timeout: 30s}}
fleets:
  w:
    from: queues.q
    work: {exponential: 1s}
    receive: {max_messages: 1}
    instance: {type: m5.large, threads: 1}
    scaling: {min: 30, max: 40, launch_time: 30s, zones: 3}
faults: {z: {of: fleets.w, zone_loss: {zone: 0}, at: 20m, for: 30m}}
`)
	if len(s.Faults) != 1 || len(s.Faults[0].Occurrences) != 6 {
		t.Fatalf("faults are %+v", s.Faults)
	}
	for _, o := range s.Faults[0].Occurrences {
		if o.TimeToClear == nil || *o.TimeToClear > 250 || o.TimeToDrain == nil || *o.TimeToDrain != 0 {
			t.Errorf("%+v cleared or drained late; want 250 s at the most and 0", o)
		}
	}
	if got := figure(t, s, "faults.z", "recovered_during"); got != 1 {
		t.Errorf("%v of the times recovered while the zone was away, want all", got)
	}
}

// While the work of 100 threads takes three seconds in place of one, they serve 33.3/s of 60/s. What has come to wait
// when that ends drains at 40/s, and half a work of each thread more: those in hand then take 1.5 s still on average,
// where the others take one for a message.
func TestABacklogDrainsAsAFluidDoes(t *testing.T) {
	for _, load := range []string{"constant", "poisson"} {
		s, _ := played(t, `
name: fluid
run: {duration: 30m, replications: 4}
profile: ideal
producers: {p: {to: queues.q, arrivals: {`+load+`: 60/s}}}
queues: {q: {receive_wait_time: 20s, visibility_timeout: 30s}}
fleets: {w: {from: queues.q, work: 1s, receive: {max_messages: 1}, instances: 1, instance: {threads: 100}}}
faults: {slow: {of: fleets.w, bad_deploy: {duration: 3}, at: 10m, for: 2m}}
`)
		m := func(name string) float64 { return figure(t, s, "faults.slow", name) }
		grown := m("backlog_at_end") - m("backlog_before")
		if math.Abs(grown/(26.7*120)-1) > 0.04 {
			t.Errorf("%s: %v messages more waited at the end, want 3,200", load, grown)
		}
		if got, want := m("time_to_drain_s"), (grown+50)/40; math.Abs(got/want-1) > 0.03 {
			t.Errorf("%s: drained in %v s, want %v", load, got, want)
		}
		if m("recovered_during") != 0 {
			t.Errorf("%s: recovered during the fault", load)
		}
	}
}
