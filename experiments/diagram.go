package experiments

import (
	"fmt"
	"strings"

	"weir/models/spec"
)

// shapes are the brackets of Mermaid for the sections whose components are no plain boxes.
var shapes = map[string][2]string{
	"queues": {"[(", ")]"}, "databases": {"[(", ")]"}, "buckets": {"[(", ")]"}, "topics": {"{{", "}}"},
	"fleets": {"[[", "]]"}, "functions": {"[/", "/]"}, "gateways": {"{{", "}}"},
	"event_buses": {"{{", "}}"}, "tables": {"[(", ")]"}, "streams": {"[(", ")]"}, "delivery_streams": {"[/", "/]"},
	"producers":     {"([", "])"},
	"video_streams": {"[(", ")]"}, "viewers": {"[[", "]]"}, "cameras": {"([", "])"},
	"analytics": {"[[", "]]"}, "caches": {"[(", ")]"}, "services": {"{{", "}}"},
	alarmSection: {">", "]"}, metricSection: {">", "]"}, faultSection: {">", "]"},
}

// Diagram returns the design as a Mermaid flow chart: a node for each component, an edge for each link.
func (d *Design) Diagram() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for _, c := range d.Document.Components {
		shape, ok := shapes[c.Link.Section]
		if !ok {
			shape = [2]string{"[", "]"}
		}
		fmt.Fprintf(&b, "  %s%s%s%s\n", node(c.Link), shape[0], c.Link.Name, shape[1])
	}
	for _, l := range d.Document.Links {
		steps := strings.SplitN(l.Path, ".", 3) // section, name, field
		source, target := steps[0]+"_"+steps[1], node(l.Link)
		switch {
		case steps[0] == faultSection && steps[2] == "of":
			fmt.Fprintf(&b, "  %s -. strikes .-> %s\n", source, target)
		case steps[0] == faultSection: // what it watches is no way of messages
		case steps[2] == "from", strings.HasSuffix(steps[2], ".from"), strings.HasPrefix(steps[2], "from["):
			fmt.Fprintf(&b, "  %s --> %s\n", target, source)
		case strings.HasPrefix(steps[2], "redrive"), strings.HasSuffix(steps[2], "dead_letter"),
			steps[2] == "asynchronous.on_failure", strings.HasPrefix(steps[2], "on_failure_to"):
			fmt.Fprintf(&b, "  %s -. dead letters .-> %s\n", source, target)
		case steps[0] == alarmSection && strings.Contains(steps[2], "actions["):
			fmt.Fprintf(&b, "  %s -. tells .-> %s\n", source, target)
		case steps[0] == alarmSection, steps[0] == metricSection:
			fmt.Fprintf(&b, "  %s -. metric .-> %s\n", target, source)
		case steps[2] == "transform.function":
			fmt.Fprintf(&b, "  %s -. transforms .-> %s\n", source, target)
		case steps[2] == "extended_client.bucket":
			fmt.Fprintf(&b, "  %s -. payloads .-> %s\n", source, target)
		default:
			fmt.Fprintf(&b, "  %s --> %s\n", source, target)
		}
	}
	return b.String()
}

func node(l spec.Link) string { return l.Section + "_" + l.Name }
