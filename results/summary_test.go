package results

import (
	"math"
	"strings"
	"testing"

	"weir/sim/measure"
)

func TestMessagesLeftAtTheEndAreWarnedOfWhenTheyAreMany(t *testing.T) {
	count := func(n float64) measure.Estimate { return measure.Estimate{Value: n, Low: n, High: n, N: 5} }
	for _, c := range []struct {
		sent, queued, inFlight float64
		warned                 bool
	}{
		{10_000, 150, 40, false}, {10_000, 150, 60, true}, {100, 60, 30, false}, {10_000, 0, 0, false},
	} {
		s := &Summary{Senders: map[string]LedgerSummary{"producers.p": {
			Sent:     count(c.sent),
			UnderWay: map[string]measure.Estimate{"in_queue": count(c.queued), "in_flight": count(c.inFlight)},
		}}}
		warnings, want := s.Warnings(), "2.1 % of the messages of producers.p"
		if (len(warnings) > 0) != c.warned || c.warned && !strings.Contains(warnings[0], want) {
			t.Errorf("%v of %v left: %q", c.queued+c.inFlight, c.sent, warnings)
		}
	}
}

// What is lost, throttled or idle is said, with the share and the reason.
func TestLossLimitsAndIdleWorkersAreWarnedOf(t *testing.T) {
	count := func(n float64) measure.Estimate { return measure.Estimate{Value: n, Low: n, High: n, N: 5} }
	metrics := func(kind string, values map[string]float64) ComponentSummary {
		c := ComponentSummary{Kind: kind, Metrics: map[string]measure.Estimate{}}
		for name, v := range values {
			c.Metrics[name] = count(v)
		}
		return c
	}
	for _, c := range []struct {
		component ComponentSummary
		rejected  float64
		want      string
	}{
		{metrics("producer", map[string]float64{"rejected": 20, "rejected_too_old": 15, "rejected_buffer_full": 5}), 20,
			"x gave up 0.2 % of its messages, which the percentiles leave out: record_ttl was over (75 %), its buffer was full (25 %)"},
		{metrics("producer", map[string]float64{"rejected": 10, "rejected_refused": 10}), 10, ""},
		{metrics("producer", map[string]float64{"calls": 100, "waited_for_connection": 5, "connections": 50}), 0, ""},
		{metrics("producer", map[string]float64{"calls": 100, "waited_for_connection": 60, "connections": 50}), 0,
			"x is at its 50 connections: 60.0 % of its calls wait for one"},
		{metrics("ec2.fleet", nil), 30,
			"30 failed sends of x (0.3 % of all) were given up: what they were made of is tried again"},
		{metrics("kinesis.stream", map[string]float64{"read_utilisation": 1, "get_records": 100}), 0, ""},
		{metrics("kinesis.stream", map[string]float64{
			"read_utilisation": 0.96, "get_records": 100, "read_provisioned_throughput_exceeded": 1,
		}), 0,
			"the reads of a shard of x are at 96.0 % of their limit"},
		{metrics("kinesis.stream", map[string]float64{
			"read_utilisation": 0.7, "get_records": 80, "read_provisioned_throughput_exceeded": 20,
		}), 0, "x refused 20.0 % of the reads"},
		{metrics("kinesis.stream", map[string]float64{"push_utilisation": 0.99}), 0,
			"a consumer with enhanced fan-out takes 99.0 %"},
		{metrics("kcl.application", map[string]float64{"idle_workers_mean": 1.9}), 0, "1.9 workers of x hold no lease"},
		{metrics("kcl.application", map[string]float64{"idle_workers_mean": 1}), 0, "1 worker of x holds no lease"},
		{metrics("kcl.application", map[string]float64{"idle_workers_mean": 0.1}), 0, ""},
	} {
		s := &Summary{
			Senders:    map[string]LedgerSummary{"x": {Sent: count(10_000), Rejected: count(c.rejected)}},
			Components: map[string]ComponentSummary{"x": c.component},
		}
		got := strings.Join(s.Warnings(), "\n")
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", c.component.Kind, got, c.want)
		}
	}
}

// A name ends with its unit where the value has none, and a limit that is 0 is told.
func TestHeadlinesAreWrittenWithTheirUnits(t *testing.T) {
	for _, c := range []struct {
		kind, metric, unit string
		value              float64
		want               string
	}{
		{"ec2.fleet", "time_to_scale_mean_s", "s", 31, "scale-out until in service (before start up) mean 31 s"},
		{"calls", "failed", "attempts", 31, "attempts failed 31"},
		{"kinesis.stream", "hottest_shard_offered_records_per_s", "records/s", 12.9, "hottest shard offered records 12.9/s"},
		{"kinesis.stream", "iterator_age_p99_s", "s", 2, "iterator age p99 2 s"},
		{"analytics.flink", "millis_behind_latest_max", "ms", 1500, "millis behind latest max 1.5 s"},
		{"firehose.delivery_stream", "object_mean_bytes", "B", 64 << 20, "object mean 64 MiB"},
		{"lambda.stream_mapping", "batch_size_mean", "user records", 100, "batch size mean 100 user records"},
		{"kcl.application", "leases_per_worker_min", "leases", 0, "leases per worker min 0"},
		{"kcl.application", "idle_workers_mean", "workers", 2, "idle workers mean 2"},
		{"kcl.application", "crashes", "workers", 0, ""},
		{"analytics.flink", "result_delay_p99_s", "s", 5, "result delay p99 5 s"},
	} {
		s := ComponentSummary{
			Kind: c.kind, Units: map[string]string{c.metric: c.unit},
			Metrics: map[string]measure.Estimate{c.metric: {Value: c.value}},
		}
		if got := s.Headline(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// What was not processed is said at the top, for the percentiles do not have it.
func TestMessagesThatWereNotProcessedAreWarnedOf(t *testing.T) {
	count := func(n float64) measure.Estimate { return measure.Estimate{Value: n, Low: n, High: n, N: 5} }
	s := &Summary{Senders: map[string]LedgerSummary{
		"producers.few": {Sent: count(10_000), Expired: count(9)},
		"producers.p": {
			Sent: count(10_000), Expired: count(20), DeadLettered: map[string]measure.Estimate{"error": count(850)},
		},
	}}
	want := "8.7 % of the messages of producers.p were not processed (850 dead-lettered, 20 expired): the percentiles leave " +
		"them out"
	if got := s.Warnings(); len(got) != 1 || got[0] != want {
		t.Errorf("%q", got)
	}
}

// What a dead-letter queue holds and the ledger has as processed is told beside the count.
func TestAQueueTellsWhichOfItsDeadLettersWereProcessed(t *testing.T) {
	c := ComponentSummary{Kind: "sqs.queue", Metrics: map[string]measure.Estimate{
		"dead_lettered": {Value: 4470}, "dead_lettered_processed": {Value: 219},
	}}
	if got, want := c.Headline(), "dead lettered 4,470 (219 of them processed before)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	c.Metrics["dead_lettered_processed"] = measure.Estimate{}
	if got, want := c.Headline(), "dead lettered 4,470"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A limit that a profile does not have is no figure, and a figure that is never reached stays infinite.
func TestALimitThatThereIsNotIsNoFigure(t *testing.T) {
	e := &Ensemble{Outcomes: []*Outcome{{Components: []Component{{Name: "producers.p", Kind: "producer", Figures: []Figure{
		{"connections", "connections", math.MaxInt64}, {"drain_s", "s", math.Inf(1)}, {"calls", "calls", 3},
	}}}}}}
	m := e.summariseComponent(0).Metrics
	if !math.IsNaN(m["connections"].Value) || !math.IsInf(m["drain_s"].Value, 1) || m["calls"].Value != 3 {
		t.Errorf("the figures are %+v", m)
	}
}

// Where nothing was observed, no interval was as narrow as asked.
func TestWithoutTrafficNothingIsPrecise(t *testing.T) {
	r := Run{Replications: 3, DurationSeconds: 60, Precision: &Precision{Wanted: 0.05, Of: NothingPrecise}}
	if text := r.Text(); strings.Contains(text, "0.0 %") || !strings.Contains(text, "nothing was observed") {
		t.Errorf("%q", text)
	}
}
