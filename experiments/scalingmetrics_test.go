package experiments

import (
	"strings"
	"testing"
)

// A group behind a load balancer follows its requests by target (AWS: ALBRequestCountPerTarget): 30/s on two targets
// are 900 a minute each, so a target of 400 asks for ⌈2 × 900 / 400⌉ = 5 instances, and with them none more.
func TestAGroupFollowsTheRequestsOfItsLoadBalancer(t *testing.T) {
	s, _ := played(t, `
name: requests by target
run: {duration: 30m, replications: 1}
producers: {p: {to: gateways.g, arrivals: {constant: 30/s}, retry: {mode: none}, connections: 1000}}
gateways: {g: {type: load_balancer, to: fleets.w}}
fleets:
  w:
    instance: {type: m5.large, threads: 20}
    work: 500ms
    scaling: {min: 2, max: 10, launch_time: 30s, target_tracking: {metric: requests_per_target, target: 400}}
`)
	near(t, s, "fleets.w", "in_service_max", 5, 0)
	near(t, s, "fleets.w", "scaling_activities", 1, 0)
}

// A fleet of two queues follows the one that is named; the other's backlog moves nothing.
func TestAGroupOfSeveralQueuesFollowsTheOneThatIsNamed(t *testing.T) {
	design := func(of string) string {
		return `
name: two queues
run: {duration: 20m, replications: 1}
producers: {a: {to: queues.a, arrivals: {constant: 1/s}}, b: {to: queues.b, arrivals: {constant: 20/s}}}
queues: {a: {receive_wait_time: 1s}, b: {receive_wait_time: 1s}}
fleets:
  w:
    from: [queues.a, queues.b]
    work: 500ms
    instance: {type: m5.large, threads: 1}
    scaling: {min: 2, max: 40, launch_time: 30s, target_tracking: {metric: backlog_per_instance, target: 10` + of + `}}
`
	}
	s, _ := played(t, design(", of: queues.a"))
	near(t, s, "fleets.w", "in_service_max", 2, 0)
	s, _ = played(t, design(", of: queues.b"))
	near(t, s, "fleets.w", "in_service_max", 40, 0)
	for of, want := range map[string]string{"": "say whose backlog_per_instance", ", of: queues.c": "queues.c"} {
		if _, err := New("test.yaml", []byte(design(of)), nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("of %q: %v, want %q", of, err, want)
		}
	}
}
