package results

import (
	"fmt"
	"slices"
	"strings"
)

// Graph is the design as it is drawn: its components and what leads from one to another.
type Graph struct {
	Nodes []GraphNode
	Edges []GraphEdge
}

// GraphNode is a component.
type GraphNode struct{ Section, Name string }

// Path is the component's place in the scenario, such as queues.orders.
func (n GraphNode) Path() string { return n.Section + "." + n.Name }

// GraphEdge leads from one component to another, both by their paths.
type GraphEdge struct {
	From, To string
	Kind     EdgeKind
}

// EdgeKind says what an edge is for.
type EdgeKind uint8

// The kinds of edge.
const (
	Flows EdgeKind = iota // messages go that way
	Calls                 // it calls
	DeadLetters
	Transforms // it has its records transformed there
	Payloads   // it keeps payloads there
	Tells      // an alarm tells it
	Watches    // it is watched, by an alarm or a metric of the design's own
	Strikes    // a fault strikes it
)

// edgeNames are what is written on an edge.
var edgeNames = [...]string{"", "", "dead letters", "transforms", "payloads", "tells", "metric", "strikes"}

// String returns what is written on an edge of the kind, or nothing.
func (k EdgeKind) String() string { return edgeNames[k] }

// shapes are the brackets of Mermaid for the sections whose components are no plain boxes.
var shapes = map[string][2]string{
	"queues": {"[(", ")]"}, "databases": {"[(", ")]"}, "buckets": {"[(", ")]"}, "topics": {"{{", "}}"},
	"fleets": {"[[", "]]"}, "functions": {"[/", "/]"}, "gateways": {"{{", "}}"},
	"event_buses": {"{{", "}}"}, "tables": {"[(", ")]"}, "streams": {"[(", ")]"}, "delivery_streams": {"[/", "/]"},
	"producers":     {"([", "])"},
	"video_streams": {"[(", ")]"}, "viewers": {"[[", "]]"}, "cameras": {"([", "])"},
	"analytics": {"[[", "]]"}, "caches": {"[(", ")]"}, "services": {"{{", "}}"},
	"alarms": {">", "]"}, "metrics": {">", "]"}, "faults": {">", "]"},
}

// Mermaid returns the graph as a Mermaid flow chart.
func (g *Graph) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	id := func(path string) string { return strings.Replace(path, ".", "_", 1) }
	for _, n := range g.Nodes {
		shape, ok := shapes[n.Section]
		if !ok {
			shape = [2]string{"[", "]"}
		}
		fmt.Fprintf(&b, "  %s%s%s%s\n", id(n.Path()), shape[0], n.Name, shape[1])
	}
	for _, e := range g.Edges {
		arrow := "-->"
		if name := e.Kind.String(); name != "" {
			arrow = "-. " + name + " .->"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", id(e.From), arrow, id(e.To))
	}
	return b.String()
}

// Of returns the edges of some kinds that lead to a component, or from it.
func (g *Graph) Of(path string, inward bool, kinds ...EdgeKind) (all []GraphEdge) {
	for _, e := range g.Edges {
		end := e.From
		if inward {
			end = e.To
		}
		if end == path && slices.Contains(kinds, e.Kind) {
			all = append(all, e)
		}
	}
	return all
}
