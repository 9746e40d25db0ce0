package experiments

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"

	"weir/models/cloudwatch"
	"weir/models/meter"
)

// Alarms and scaling read metrics, some of which can be read once only. Whoever records all of them changes nothing,
// and finds what the policies found.
func TestRecordingMetricsDoesNotChangeTheRun(t *testing.T) {
	d, err := New("scenario.yaml", []byte(`
name: scaled
run: {duration: 20m, replications: 1, seed: 3, warmup: 90s}
producers: {p: {to: queues.q, arrivals: {spike: {base: 20/s, peak: 90/s, at: 3m, for: 8m}}}}
queues: {q: {receive_wait_time: 20s}}
fleets:
  f:
    from: queues.q
    work: {exponential: 100ms}
    cpu_share: 60%
    instance: {type: m5.large, threads: 4, detailed_monitoring: true}
    scaling: {min: 1, max: 9, start_up: 20s, target_tracking: {metric: cpu, target: 50}}
metrics: {late: {every: 10s, latency_of: producers.p -> fleets.f}}
alarms:
  full: {of: fleets.f, metric: CPUUtilization, statistic: Maximum, threshold: 40,
    comparison_operator: GreaterThanThreshold}
  slow: {of: metrics.late, statistic: p90, threshold: 1, comparison_operator: GreaterThanThreshold, period: 60s}
`), nil, fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := d.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := d.Metrics(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*cloudwatch.Recorded{}
	for _, m := range metrics {
		found[m.Publisher.(meter.Component).Name()+" "+m.Name] = m
	}
	cpu, late := found["fleets.f CPUUtilization"], found["metrics.late Value"]
	if cpu == nil || late == nil || found["queues.q NumberOfMessagesSent"] == nil {
		t.Fatalf("there are %d metrics", len(metrics))
	}
	// The window begins at 90 s: the first whole period is that from the second minute.
	for name, m := range map[string]*cloudwatch.Recorded{"cpu": cpu, "late": late} {
		if len(m.Times) != 19 || m.Times[0] != 120e9 {
			t.Fatalf("%s has %d periods: %v", name, len(m.Times), m.Times)
		}
	}
	most := 0.0
	for _, v := range cpu.Values[0] {
		most = max(most, v)
		if v <= 0 || v > 100 {
			t.Errorf("a CPUUtilization of %v %%", v)
		}
	}
	if most < 55 {
		t.Errorf("at the spike, CPUUtilization is at most %v %%", most)
	}
	if count := late.Values[len(late.Values)-1][0]; count < 800 || count > 1600 { // six times ten seconds
		t.Errorf("%v latencies in a minute of 20 a second", count)
	}
}

func TestAReplicationThatTakesAnotherCourseIsADefect(t *testing.T) {
	d, err := New("scenario.yaml", []byte(sharingText), nil, fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := d.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Outcomes[0].Fingerprint++
	if _, err := d.Metrics(context.Background(), e); !errors.Is(err, ErrOtherCourse) {
		t.Error(err)
	}
	if _, err := d.Trace(context.Background(), e); !errors.Is(err, ErrOtherCourse) {
		t.Error(err)
	}
}
