package experiments

import (
	"fmt"
	"strings"

	"weir/models/spec"
)

// Diagram returns the design as a Mermaid flow chart: a node for each component, an edge for each link.
func (d *Design) Diagram() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	shape := map[string]string{"queues": "[(%s)]", "databases": "[(%s)]", "fleets": "[[%s]]", "producers": "([%s])"}
	for _, c := range d.Document.Components {
		fmt.Fprintf(&b, "  %s"+shape[c.Link.Section]+"\n", node(c.Link), c.Link.Name)
	}
	for _, l := range d.Document.Links {
		steps := strings.SplitN(l.Path, ".", 3) // section, name, field
		source, target := steps[0]+"_"+steps[1], node(l.Link)
		switch {
		case steps[2] == "from":
			fmt.Fprintf(&b, "  %s --> %s\n", target, source)
		case strings.HasPrefix(steps[2], "redrive"):
			fmt.Fprintf(&b, "  %s -. dead letters .-> %s\n", source, target)
		default:
			fmt.Fprintf(&b, "  %s --> %s\n", source, target)
		}
	}
	return b.String()
}

func node(l spec.Link) string { return l.Section + "_" + l.Name }
