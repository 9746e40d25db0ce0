package experiments

import (
	"strings"

	"weir/results"
)

// Diagram returns the design as a Mermaid flow chart: a node for each component, an edge for each link.
func (d *Design) Diagram() string { return d.Graph().Mermaid() }

// Graph returns the design as it is drawn.
func (d *Design) Graph() *results.Graph {
	var g results.Graph
	for _, c := range d.Document.Components {
		g.Nodes = append(g.Nodes, results.GraphNode{Section: c.Link.Section, Name: c.Link.Name})
	}
	for _, l := range d.Document.Links {
		steps := strings.SplitN(l.Path, ".", 3) // section, name, field
		source, target := steps[0]+"."+steps[1], l.Link.String()
		kind, along := edgeKind(steps[0], steps[2], l.Flow)
		if steps[0] == faultSection && !along {
			continue // what it watches is no way of messages
		}
		if !along {
			source, target = target, source
		}
		g.Edges = append(g.Edges, results.GraphEdge{From: source, To: target, Kind: kind})
	}
	return &g
}

// edgeKind returns what a link is for, and whether it leads from the component that names it to the one named.
func edgeKind(section, field, flow string) (kind results.EdgeKind, along bool) {
	switch {
	case section == faultSection:
		return results.Strikes, field == "of"
	case field == "from", strings.HasSuffix(field, ".from"), strings.HasPrefix(field, "from["):
		return results.Flows, false
	case strings.HasPrefix(field, "redrive"), strings.HasSuffix(field, "dead_letter"),
		field == "asynchronous.on_failure", strings.HasPrefix(field, "on_failure_to"):
		return results.DeadLetters, true
	case section == alarmSection && strings.Contains(field, "actions["):
		return results.Tells, true
	case section == alarmSection, section == metricSection:
		return results.Watches, false
	case field == "transform.function":
		return results.Transforms, true
	case field == "extended_client.bucket":
		return results.Payloads, true
	case flow == "":
		return results.Calls, true
	}
	return results.Flows, true
}
