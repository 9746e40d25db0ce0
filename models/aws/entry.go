package aws

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

// read adds the constants of one data file to the profile.
func (p *Profile) read(file string) error {
	data, err := files.ReadFile(file)
	if err != nil {
		return err
	}
	source, err := spec.Parse(file, data)
	if err != nil {
		return err
	}
	return pairs(source.Root, func(key string, n *yaml.Node) error {
		e, err := newEntry(key, n, p.Name)
		if err == nil {
			err = e.check()
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", file, key, err)
		}
		p.entries = append(p.entries, e)
		return nil
	})
}

// newEntry reads one constant: what it is, and its value in the profile. The value of both years stands under "aws", or
// one under each of "aws-2021" and "aws-2026"; under "ideal" stands a bare value, or "same" for the present year's.
func newEntry(key string, n *yaml.Node, profile string) (Entry, error) {
	e := Entry{Key: key}
	years := map[string]*yaml.Node{}
	var ideal *yaml.Node
	err := pairs(n, func(name string, child *yaml.Node) error {
		switch name {
		case "what":
			e.What = child.Value
		case "unit":
			e.Unit = child.Value
		case "unread":
			e.Unread = child.Value
		case "min":
			e.least = child.Value
		case "max":
			e.most = child.Value
		case "aws":
			years["aws-2021"], years["aws-2026"] = child, child
		case "aws-2021", "aws-2026":
			years[name] = child
		case "ideal":
			ideal = child
		default:
			return fmt.Errorf("there is no such key: %s", name)
		}
		return nil
	})
	if err != nil {
		return e, err
	}
	if profile == "ideal" && ideal != nil && ideal.Value != "same" {
		e.node, e.Value = ideal, flow(ideal)
		e.Source, e.Grade = "definition of the ideal profile", "D"
		return e, nil
	}
	if profile == "ideal" && ideal != nil {
		profile = Default
	}
	if years[profile] == nil {
		return e, fmt.Errorf("has no value for %s", profile)
	}
	return e, e.readYear(years[profile])
}

// readYear reads a value with its source, date, grade and note.
func (e *Entry) readYear(n *yaml.Node) error {
	err := pairs(n, func(name string, child *yaml.Node) error {
		switch name {
		case "value":
			e.node, e.Value = child, flow(child)
		case "source":
			e.Source = child.Value
		case "date":
			e.Date = child.Value
		case "grade":
			e.Grade = child.Value
		case "note":
			e.Note = child.Value
		case "regions":
			e.regions = child
			return pairs(child, func(string, *yaml.Node) error { return nil })
		default:
			return fmt.Errorf("there is no such key: %s", name)
		}
		return nil
	})
	if err == nil && e.node == nil {
		err = fmt.Errorf("has no value")
	}
	return err
}

// pairs calls f with the keys and values of a mapping, in order, until f fails.
func pairs(n *yaml.Node, f func(key string, value *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: this must be a mapping", n.Line)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if seen[key] {
			return fmt.Errorf("line %d: %s stands twice", n.Content[i].Line, key)
		}
		seen[key] = true
		if err := f(key, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// flow writes a value in one line.
func flow(n *yaml.Node) string {
	switch n.Kind {
	case yaml.AliasNode:
		return flow(n.Alias)
	case yaml.MappingNode:
		var parts []string
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, n.Content[i].Value+": "+flow(n.Content[i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		var parts []string
		for _, c := range n.Content {
			parts = append(parts, flow(c))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return n.Value
}
