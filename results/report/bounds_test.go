package report

import (
	"slices"
	"strings"
	"testing"

	"weir/results"
	"weir/sim/measure"
)

// What throttles a function is named by its setting: with what limits the design, at what was refused, and at the node.
func TestTheBindingLimitIsNamed(t *testing.T) {
	e := func(v float64) measure.Estimate { return measure.Estimate{Value: v} }
	path := "producers.shop -> functions.worker"
	d := &drawings{
		s: &results.Summary{
			Components: map[string]results.ComponentSummary{
				"functions.worker": {Kind: "lambda.function", Metrics: map[string]measure.Estimate{
					"concurrent_executions_mean": e(19.5), "throttles": e(300), "invocations": e(100),
				}},
				"fleets.f": {Kind: "ec2.fleet", Metrics: map[string]measure.Estimate{
					"utilisation": e(0.33), "saturated_share": e(0.15), "utilisation_peak": e(1),
				}},
			},
			Paths: map[string]results.PathSummary{path: {
				Latency: map[string]measure.Estimate{"p99": e(10)},
				Causes:  map[string]map[string]measure.Estimate{"p99": {"throttle": e(8), "work": e(2)}},
			}},
		},
		told: &Design{Bounds: []Bound{{
			Component: "functions.worker", Setting: "functions.worker.reserved_concurrency", Short: "reserved", At: 20,
			Unit: "executions", Mean: "concurrent_executions_mean", Curve: "concurrent", Node: "functions.worker",
		}}},
	}
	text := strings.Join(d.holds(), "\n")
	for _, want := range []string{
		"functions.worker.reserved_concurrency: 20 executions, of which 19.5 (97.5 %) are in use on average",
		"300 invocations throttled, 75.0 % of all, by functions.worker.reserved_concurrency: 20",
		"80.0 % of the time is throttle, by functions.worker.reserved_concurrency (20)",
		"fleets.f: the threads of its instances are used to 33.0 % on average, and to 95 % or more in 15.0 % of the time",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	node := d.node(&results.Graph{}, results.GraphNode{Section: "functions", Name: "worker"})
	if node.Load != 0.975 || !slices.Contains(node.Lines, "19.5 of 20 reserved") {
		t.Errorf("the node is %+v", node)
	}
	fleet := d.node(&results.Graph{}, results.GraphNode{Section: "fleets", Name: "f"})
	if fleet.Load != 0.33 || fleet.Peak != 1 || !slices.Contains(fleet.Lines, "full 15.0 % of the time") {
		t.Errorf("the fleet is %+v", fleet)
	}
}
