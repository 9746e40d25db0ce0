package report

import (
	"math"
	"strings"
	"testing"

	"weir/models/aws"
	"weir/models/message"
	"weir/results"
	"weir/results/chart"
	"weir/sim"
	"weir/sim/measure"
)

// A rate that was not counted is left out: it is not 0.
func TestAnUnknownRateIsNotZero(t *testing.T) {
	counts := func(kind string, metrics map[string]float64) results.ComponentSummary {
		c := results.ComponentSummary{Kind: kind, Metrics: map[string]measure.Estimate{}}
		for name, v := range metrics {
			c.Metrics[name] = measure.Estimate{Value: v}
		}
		return c
	}
	d := &drawings{
		s: &results.Summary{Components: map[string]results.ComponentSummary{
			"producers.a": counts("producer", map[string]float64{"born": 600}), "queues.q": counts("sqs.queue", nil),
			"fleets.f": counts("ec2.fleet", map[string]float64{"attempts": 0}), "queues.r": counts("sqs.queue", nil),
		}},
		e: &results.Ensemble{Outcomes: []*results.Outcome{{To: sim.Time(0).Add(sim.Minute)}}},
	}
	g := &results.Graph{Edges: []results.GraphEdge{
		{From: "producers.a", To: "queues.q"}, {From: "queues.q", To: "fleets.f"}, {From: "fleets.f", To: "queues.r"},
	}}
	for i, want := range []string{"10/s", "0/s", ""} {
		if got := d.along(g, g.Edges[i]); got != want {
			t.Errorf("along %v goes %q, want %q", g.Edges[i], got, want)
		}
	}
}

func TestCurvesThatSayTheSameAreOne(t *testing.T) {
	line := func(name string, values ...float64) chart.Line { return chart.Line{Name: name, Median: values} }
	got := joined([]chart.Line{
		line("a", 1, 1000, math.NaN()), line("b", 2, 1000, math.NaN()), line("c", 1, 990, math.NaN()),
		line("d", 1, 1000, 0), line(together, 1, 1000, math.NaN()),
	})
	var names []string
	for _, l := range got {
		names = append(names, l.Name)
	}
	if text := strings.Join(names, ", "); text != "a = b, c, d" {
		t.Errorf("the curves are %s", text)
	}
}

func TestItemsHaveNamesThatPeopleSay(t *testing.T) {
	for item, want := range map[string]string{
		"sqs.requests.standard":                          "SQS requests, standard",
		"ec2.instance_hours/m5.large":                    "EC2 instance hours, m5.large",
		"rds.storage_gb_months/single_az":                "RDS storage GB-months, single zone",
		"lambda.gb_seconds.x86":                          "Lambda GB-seconds, x86",
		"kinesis.efo.consumer_shard_hours":               "Kinesis enhanced fan-out, consumer shard hours",
		"rds.instance_hours/mysql/db.m5.large/single_az": "RDS instance hours, mysql, db.m5.large, single zone",
		"unknown": "unknown",
	} {
		if got := itemName(item); got != want {
			t.Errorf("%s is called %q, want %q", item, got, want)
		}
	}
}

// A path on which no message ended has no causes, and is drawn nonetheless.
func TestAPathWithoutMessagesIsDrawn(t *testing.T) {
	o := &results.Outcome{To: sim.Time(0).Add(sim.Minute), Digits: 3}
	o.Paths = append(o.Paths, message.NewPath("producers.a", "fleets.f", 3))
	d := &drawings{e: &results.Ensemble{Outcomes: []*results.Outcome{o}}, parts: map[string][]*chart.Figure{}}
	d.s = d.e.Summarise(&aws.PriceList{}, false)
	if err := d.latency(); err != nil {
		t.Fatal(err)
	}
	if len(d.parts[inLatency]) == 0 || len(d.parts[inWhy]) > 0 {
		t.Errorf("%d figures of the latency, %d of its causes", len(d.parts[inLatency]), len(d.parts[inWhy]))
	}
}
