package experiments

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// partsText is forty chains that do not touch one another, with failures, dead letters, a database and loops.
func partsText() string {
	var producers, queues, databases, fleets strings.Builder
	for i := range 40 {
		fmt.Fprintf(&producers, "  p%d: {to: queues.q%d, arrivals: {poisson: %d/s}, batch: {size: 5, linger: 20ms}, deadline: 1s}\n",
			i, i, 20+i)
		fmt.Fprintf(&queues, "  q%d: {visibility_timeout: 2s, redrive: {to: queues.dead%d, max_receive_count: 3}}\n  dead%d: {}\n"+
			"  next%d: {}\n", i, i, i, i)
		fmt.Fprintf(&databases, "  d%d: {max_connections: 6}\n", i)
		fmt.Fprintf(&fleets, "  f%d:\n    from: queues.q%d\n    instances: 2\n    instance: {threads: 4}\n"+
			"    work: {lognormal: {p50: 20ms, p99: 200ms}}\n    failures: {error: 3%%, crash: 0.05/s}\n"+
			"    calls: [{to: databases.d%d, time: 5ms}]\n    then: [{to: queues.next%d}, {to: queues.q%d, share: 10%%}]\n"+
			"  g%d: {from: queues.next%d, work: 1ms}\n", i, i, i, i, i, i, i)
	}
	return "name: parts\nrun: {duration: 2m, warmup: 10s, replications: 1, seed: 11}\nproducers:\n" + producers.String() +
		"queues:\n" + queues.String() + "databases:\n" + databases.String() + "fleets:\n" + fleets.String()
}

// A design of many parts gives the same results whether its parts are run apart or together.
func TestPartsRunApartAsTheyRunTogether(t *testing.T) {
	apart, together := designOf(t, partsText()), designOf(t, partsText())
	together.whole = true
	if lanes := apart.lanes(); len(lanes) != 40*7 || together.lanes() != nil {
		t.Fatalf("%d components have lanes", len(lanes))
	}
	a, b := replicationOf(t, apart, 0), replicationOf(t, together, 0)
	if a.Events != b.Events || a.Messages != b.Messages {
		t.Errorf("%d events and %d messages apart, %d and %d together", a.Events, a.Messages, b.Events, b.Messages)
	}
	for i := range a.Components {
		x, y := &a.Components[i], &b.Components[i]
		if fmt.Sprint(x.Figures) != fmt.Sprint(y.Figures) || !reflect.DeepEqual(x.Usage, y.Usage) {
			t.Errorf("%s:\napart    %v\ntogether %v", x.Name, x.Figures, y.Figures)
		}
		for k := range x.Curves {
			if !reflect.DeepEqual(x.Curves[k].Values, y.Curves[k].Values) {
				t.Errorf("%s: the curve %s differs", x.Name, x.Curves[k].Name)
			}
		}
	}
	for i := range a.Paths {
		if x, y := a.Paths[i], b.Paths[i]; x.Latency.Mean() != y.Latency.Mean() || x.Late != y.Late {
			t.Errorf("%s: %v and %v ns", x.Name(), x.Latency.Mean(), y.Latency.Mean())
		}
	}
}
