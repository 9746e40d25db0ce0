package scenario

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

// valuesMax bounds the values of a sweep, of all its factors; checkMax bounds the work of checking them beforehand, in
// values of the file that are decoded again. A value that is not checked beforehand is checked when its turn comes.
const (
	valuesMax = 10_000
	checkMax  = 500_000
)

// checkSweep checks that each factor leads somewhere and that each of its values can stand there.
func (d *Document) checkSweep(decoder *spec.Decoder) {
	count, budget := 0, checkMax
	for _, f := range d.Factors {
		node := spec.Child(spec.Child(d.root, "sweep"), f.Path)
		path := "sweep[" + f.Path + "]"
		if count += len(f.Values); count > valuesMax {
			decoder.Fail(node, path, "there are more than %d values in all", valuesMax)
			return
		}
		for _, value := range f.Values {
			before := len(decoder.Errors)
			leads := d.checkValue(decoder, value, path, &budget)
			if !leads || f.levels.Values == nil && len(decoder.Errors) > before {
				break // the other values would fail in the same way
			}
		}
	}
}

// ofTheStudy are the settings of run that say how often trials are run and what is made of them: a point of a sweep has
// no say in that, nor has what is drawn for a group of replications.
var ofTheStudy = []string{
	"replications", "replications_max", "precision", "batches", "group", "histogram_digits", "max_messages",
}

// unvaried says why a setting can be no part of a sweep, or of what is uncertain, though its path leads somewhere.
func (d *Document) unvaried(s Setting) string {
	ofRun := s.path[0] == "run"
	switch {
	case s.by == "uncertainty" && s.path[0] != "override" && !slices.Contains(d.language.sectionKeys(), s.path[0]):
		return "what is uncertain is a setting of a component, or a constant under override"
	case ofRun && (len(s.path) < 2 || slices.Contains(ofTheStudy, s.path[1])):
		return "it says how all points are studied, and is the same for each"
	case s.by != "uncertainty" && d.uncertainAt(s.path) != "":
		return fmt.Sprintf("%s is uncertain: what is drawn for it would take the place of this value", d.uncertainAt(s.path))
	}
	return ""
}

// uncertainAt returns the uncertain setting that a path leads to, holds or is a part of, or nothing.
func (d *Document) uncertainAt(path []string) string {
	for _, other := range slices.Sorted(maps.Keys(d.Uncertainty)) {
		parts := d.language.splitPath(other)
		if n := min(len(parts), len(path)); slices.Equal(parts[:n], path[:n]) {
			return other
		}
	}
	return ""
}

// checkValue decodes the component, or the part of the head, that a value of a sweep changes. It reports whether the
// path leads somewhere.
func (d *Document) checkValue(decoder *spec.Decoder, s Setting, path string, budget *int) bool {
	if keys := d.language.Keys(); !slices.Contains(keys, s.path[0]) || slices.Contains(notInVariants, s.path[0]) {
		decoder.Fail(s.value, path, "the path leads nowhere%s", spec.OrList(spec.DidYouMean(s.path[0], keys), keys))
		return false
	}
	if text := d.unvaried(s); text != "" {
		decoder.Fail(s.value, path, "%s", text)
		return false
	}
	root, err := d.source.Replace(d.root, s.path, s.value, d.language.root)
	if err != nil {
		decoder.Fail(s.value, path, "%s", err)
		return false
	}
	scratch := spec.Decoder{Source: d.source, Open: d.Open}
	for i := range d.language.root.NumField() {
		field := d.language.root.Field(i)
		if field.Tag.Get("yaml") != s.path[0] {
			continue
		}
		part, t, at := spec.Child(root, s.path[0]), field.Type, s.path[0]
		if t.Kind() == reflect.Map && len(s.path) > 1 {
			part, t, at = spec.Child(part, s.path[1]), t.Elem(), spec.Join(at, s.path[1])
		}
		if *budget -= size(part); part != nil && *budget >= 0 {
			scratch.Decode(part, reflect.New(t).Interface(), at)
		}
	}
	for _, found := range scratch.Links {
		if text := d.wrongLink(found); text != "" {
			scratch.Fail(found.Node, found.Path, "%s", text)
		}
	}
	for _, e := range scratch.Errors {
		if s.by == "sweep" {
			e.Text += " (in the sweep)"
		}
	}
	decoder.Errors = append(decoder.Errors, scratch.Errors...)
	return true
}

// size counts the values of a node.
func size(n *yaml.Node) int {
	if n == nil {
		return 0
	}
	if n.Kind == yaml.AliasNode {
		return size(n.Alias)
	}
	count := 1
	for _, child := range n.Content {
		count += size(child)
	}
	return count
}

// flow writes a node in one line.
func flow(n *yaml.Node) string {
	var parts []string
	switch n.Kind {
	case yaml.AliasNode:
		return flow(n.Alias)
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, flow(n.Content[i])+": "+flow(n.Content[i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		for _, item := range n.Content {
			parts = append(parts, flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return n.Value
}
