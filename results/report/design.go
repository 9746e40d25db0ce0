package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"weir/results"
	"weir/results/chart"
)

// Design is what the report says of what was run, beside the results.
type Design struct {
	Question  string // what the scenario asks
	Graph     *results.Graph
	Scenario  string   // the effective scenario, with every default spelled out
	Overrides []string // the constants of the profile that the scenario sets
	// Expected is by alarm when it should have fired, at the latest.
	Expected map[string]Expectation
	// Bounds are settings that bound how much of a component is used at once.
	Bounds []Bound
}

// Expectation is until when an alarm should have fired: so long after an instant, or after a fault strikes.
type Expectation struct {
	Within, After float64 // seconds; After is since the start of the run
	Fault         string  // or empty
}

// undrawn are the sections that are not drawn as components: what they do is written at those whom it concerns.
var undrawn = []string{"alarms", "metrics", "faults", "deployments", "networks", "keys", "policies"}

// kindNames are what sections are called on the diagram.
var kindNames = map[string]string{
	"producers": "producer", "queues": "SQS queue", "topics": "SNS topic", "fleets": "fleet",
	"functions": "Lambda function", "databases": "RDS database", "buckets": "S3 bucket", "tables": "DynamoDB table",
	"streams": "Kinesis stream", "consumers": "KCL application", "delivery_streams": "Firehose stream",
	"gateways": "gateway", "services": "service", "caches": "ElastiCache", "event_buses": "EventBridge bus",
	"endpoints": "endpoint", "analytics": "analytics", "video_streams": "video stream", "viewers": "viewers",
	"cameras": "cameras",
}

// design draws the components and the ways between them, with rates and use.
func (d *drawings) design() error {
	g := d.told.Graph
	if g == nil {
		return nil
	}
	numbers := map[string]int{}
	var nodes []chart.Node
	left := map[string]int{}
	for _, n := range g.Nodes {
		if slices.Contains(undrawn, n.Section) {
			left[n.Section]++
			continue
		}
		numbers[n.Path()] = len(nodes)
		nodes = append(nodes, d.node(g, n))
	}
	var edges []chart.Edge
	for _, e := range g.Edges {
		from, known := numbers[e.From]
		to, also := numbers[e.To]
		if !known || !also || slices.ContainsFunc(edges, func(o chart.Edge) bool { return o.From == from && o.To == to }) {
			continue
		}
		edges = append(edges, chart.Edge{From: from, To: to, Text: d.along(g, e), Dashed: e.Kind != results.Flows,
			Alert: e.Kind == results.DeadLetters})
	}
	if len(nodes) == 0 {
		return nil
	}
	var notes []string
	var parts []string
	for _, section := range undrawn {
		if n := left[section]; n > 0 && section != "faults" {
			parts = append(parts, fmt.Sprintf("%s: %d", section, n))
		}
	}
	if len(parts) > 0 {
		notes = append(notes, "Not drawn: "+strings.Join(parts, ", ")+".")
	}
	notes = append(notes, "Rates are means over the run; the bar at the foot of a component is how much of its capacity is "+
		"used on average, its pale end how much at the peak, where that is known.")
	f, err := chart.Design("The design: "+d.s.Scenario.Title(), "The components of the design and the ways of messages "+
		"between them, with rates and use. The table below says the same.", nodes, edges, notes)
	return d.add(inDesign, f, err)
}

// node describes a component: its kind, what goes through it, how much of it is used, and what strikes it.
func (d *drawings) node(g *results.Graph, n results.GraphNode) chart.Node {
	c := d.s.Components[n.Path()]
	out := chart.Node{Title: n.Name, Kind: kindNames[n.Section], Load: math.NaN(), Source: n.Section == "producers" ||
		n.Section == "cameras"}
	if out.Kind == "" {
		out.Kind = strings.ReplaceAll(n.Section, "_", " ")
	}
	for _, f := range nodeFigures[c.Kind] {
		e, ok := c.Metrics[f.metric]
		if !ok || math.IsNaN(e.Value) || e.Value == 0 {
			continue
		}
		out.Lines = append(out.Lines, fmt.Sprintf(f.text, f.format(e.Value)))
	}
	if u := use(c); !math.IsNaN(u) {
		out.Load, out.Peak = u, c.Metrics["utilisation_peak"].Value
	}
	if b, ok := d.tightest(n.Path()); ok {
		out.Load, out.Peak = b.share(), b.peak/b.At
		out.Lines = append([]string{fmt.Sprintf("%s of %s %s", results.Quantity(b.mean.Value),
			results.Quantity(b.At), b.Short)}, slices.DeleteFunc(out.Lines, func(line string) bool {
			return strings.HasSuffix(line, " at once on average")
		})...)
	}
	var faults []string
	for _, e := range g.Of(n.Path(), true, results.Strikes) {
		faults = append(faults, strings.TrimPrefix(e.From, "faults."))
	}
	if len(faults) > 0 {
		out.Alert = "fault: " + strings.Join(faults, ", ")
	}
	return out
}

// use returns how much of a component's capacity was used on average, or NaN.
func use(c results.ComponentSummary) float64 {
	part := func(of, whole string) float64 { return c.Metrics[of].Value / c.Metrics[whole].Value }
	switch c.Kind {
	case "ec2.fleet", "http.service":
		if e, ok := c.Metrics["utilisation"]; ok {
			return e.Value
		}
	case "rds.database":
		return part("connections_mean", "connections_limit")
	case "kinesis.stream":
		if e, ok := c.Metrics["read_utilisation"]; ok {
			return e.Value
		}
	case "elasticache.cache":
		return c.Metrics["engine_utilisation"].Value
	case "analytics.flink":
		return c.Metrics["cpu_utilization"].Value
	}
	return math.NaN()
}

// inward and outward are the figures that count what comes into a component, and what leaves it by its main way.
var (
	inward = map[string][]string{
		"sqs.queue": {"sent"}, "ec2.fleet": {"attempts"}, "lambda.function": {"attempts"},
		"kinesis.stream": {"incoming_records"}, "sns.topic": {"published"}, "gateway": {"requests"},
		"rds.database": {"queries"}, "http.service": {"requests"}, "elasticache.cache": {"commands"},
		"dynamodb.table": {"writes", "reads"}, "s3.bucket": {"puts", "gets"},
		"firehose.delivery_stream": {"incoming_records"}, "kcl.application": {"processed", "duplicates"},
		"sns.endpoint":    {"processed"},
		"analytics.flink": {"num_records_in"}, "kinesisvideo.stream": {"acks_received"},
	}
	outward = map[string][]string{"producer": {"born"}, "sqs.queue": {"received"}, "gateway": {"requests"}}
)

// rate adds counts of a component up, each second; what was not counted is not known.
func (d *drawings) rate(path string, by map[string][]string) (float64, bool) {
	c := d.s.Components[path]
	names := by[c.Kind]
	sum, known := 0.0, false
	for _, n := range names {
		if e, ok := c.Metrics[n]; ok && !math.IsNaN(e.Value) {
			sum, known = sum+e.Value, true
		}
	}
	return sum / (d.to() - d.from()), known && d.to() > d.from()
}

// along writes what goes along an edge: it is known where the edge is the only one into its end, or out of its
// beginning.
func (d *drawings) along(g *results.Graph, e results.GraphEdge) string {
	switch e.Kind {
	case results.DeadLetters:
		n, known := d.s.Components[e.From].Metrics["dead_lettered"]
		if d.s.Components[e.From].Kind != "sqs.queue" { // which may have other ways for what it gives up
			n, known = d.s.Components[e.To].Metrics["arrived_dead"]
			known = known && len(g.Of(e.To, true, results.DeadLetters)) == 1
		}
		if known {
			return results.Quantity(math.Round(n.Value)) + " in all"
		}
		return ""
	case results.Flows, results.Calls:
	default:
		return e.Kind.String()
	}
	ways := []results.EdgeKind{results.Flows, results.Calls, results.Transforms, results.Payloads}
	if len(g.Of(e.To, true, ways...)) == 1 {
		if r, ok := d.rate(e.To, inward); ok {
			return perSecond(r)
		}
	}
	if len(g.Of(e.From, false, results.Flows)) == 1 && e.Kind == results.Flows {
		if r, ok := d.rate(e.From, outward); ok {
			return perSecond(r)
		}
	}
	return ""
}

func perSecond(v float64) string {
	if v > 0 && v < 0.01 {
		return "< 0.01/s"
	}
	return results.Quantity(v) + "/s"
}
