package spec

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Merge returns a tree that describes a value of type t, changed by a patch: a mapping changes the keys that it holds,
// null removes a key that is there, and anything else replaces what stood there. In a union, another choice replaces
// the former one. Neither argument is changed.
func (s *Source) Merge(base, patch *yaml.Node, t reflect.Type) *yaml.Node {
	patch = resolve(patch)
	if patch.Kind != yaml.MappingNode {
		return patch
	}
	merged := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: patch.Line, Column: patch.Column}
	if from, ok := s.adopted[patch]; ok {
		s.Adopt(merged, from)
	}
	if base != nil {
		if base = resolve(base); base.Kind == yaml.MappingNode && !changesChoice(base, patch, t) {
			merged.Line, merged.Column = base.Line, base.Column
			merged.Content = append(merged.Content, base.Content...)
		}
	}
	patched := map[string]bool{}
	for i := 0; i+1 < len(patch.Content); i += 2 {
		key, value := patch.Content[i], resolve(patch.Content[i+1])
		at := indexOf(merged, resolve(key).Value)
		switch again := patched[resolve(key).Value]; {
		case again || resolve(key).Kind != yaml.ScalarNode: // the decoder says what is wrong with it
			merged.Content = append(merged.Content, key, value)
		case isNull(value) && at >= 0:
			merged.Content = append(merged.Content[:at:at], merged.Content[at+2:]...)
		case at >= 0:
			merged.Content[at+1] = s.Merge(merged.Content[at+1], value, typeOfKey(t, key.Value))
			if merged.Content[at+1] == value { // errors about the value as a whole then stand at the patch
				merged.Content[at] = key
			}
			patched[key.Value] = true
		default:
			merged.Content = append(merged.Content, key, s.Merge(nil, value, typeOfKey(t, resolve(key).Value)))
			patched[resolve(key).Value] = true
		}
	}
	return merged
}

// changesChoice reports whether a patch makes another choice in a union than the base.
func changesChoice(base, patch *yaml.Node, t reflect.Type) bool {
	t = structOf(t)
	if t == nil || !isUnion(t) {
		return false
	}
	for i := 0; i+1 < len(patch.Content); i += 2 {
		if isNull(resolve(patch.Content[i+1])) || indexOf(base, resolve(patch.Content[i]).Value) >= 0 {
			return false
		}
	}
	return len(patch.Content) > 0
}

// structOf returns the struct that a type is or points to, or nil.
func structOf(t reflect.Type) reflect.Type {
	if t = indirect(t); t == nil || t.Kind() != reflect.Struct || t == reflect.TypeFor[yaml.Node]() {
		return nil
	}
	return t
}

// typeOfKey returns the type of the value of a key, or nil where it is not known.
func typeOfKey(t reflect.Type, name string) reflect.Type {
	if t != nil && t.Kind() == reflect.Map {
		return t.Elem()
	}
	if t = structOf(t); t == nil {
		return nil
	}
	for _, f := range fieldsOf(reflect.New(t).Elem()) {
		if f.name == name {
			return f.value.Type()
		}
	}
	return nil
}

// MissingPart is the error that a path leads to a component that the file does not have.
type MissingPart string

// Error says which, and what there is.
func (m MissingPart) Error() string { return string(m) }

// Replace returns a tree that describes a value of type t, with the value at a path replaced; null removes its key.
// Keys on the way that are missing are made, except the names of components and the items of lists.
func (s *Source) Replace(root *yaml.Node, path []string, value *yaml.Node, t reflect.Type) (*yaml.Node, error) {
	return s.replace(root, path, 0, value, t)
}

func (s *Source) replace(n *yaml.Node, path []string, depth int, value *yaml.Node, t reflect.Type) (*yaml.Node, error) {
	if depth == len(path) {
		return value, nil
	}
	if n != nil {
		n = resolve(n)
	}
	name := path[depth]
	if list := indirect(t); n != nil && n.Kind == yaml.SequenceNode {
		return s.replaceItem(n, path, depth, value, list)
	} else if list != nil && list.Kind() == reflect.Slice {
		return nil, MissingPart("there is no list " + strings.Join(path[:depth], "."))
	}
	changed := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: value.Line, Column: value.Column}
	from, adopted := s.adopted[value]
	if n == nil || n.Kind != yaml.MappingNode {
		n = changed
		if adopted {
			s.adopted[changed] = from
		}
	}
	at := indexOf(n, name)
	if t != nil && t.Kind() == reflect.Map && at < 0 && depth+1 < len(path) {
		return nil, MissingPart(fmt.Sprintf("there is no %s%s", strings.Join(path[:depth+1], "."),
			OrList(DidYouMean(name, keysOf(n)), keysOf(n))))
	}
	var child *yaml.Node
	removed := depth+1 == len(path) && isNull(value)
	switch {
	case at >= 0:
		child = n.Content[at+1]
	case removed:
		return nil, MissingPart(fmt.Sprintf("there is no %s to remove%s", strings.Join(path[:depth+1], "."), DidYouMean(name,
			keysOf(n))))
	}
	child, err := s.replace(child, path, depth+1, value, typeOfKey(t, name))
	if err != nil {
		return nil, err
	}
	key := scalarNode("!!str", name)
	if adopted {
		s.adopted[key] = from
	}
	changed.Line, changed.Column = n.Line, n.Column
	if union := structOf(t); union == nil || !isUnion(union) || at >= 0 {
		changed.Content = append(changed.Content, n.Content...)
	}
	switch at = indexOf(changed, name); {
	case removed:
		changed.Content = append(changed.Content[:at:at], changed.Content[at+2:]...)
	case at >= 0:
		changed.Content[at], changed.Content[at+1] = key, child
	default:
		changed.Content = append(changed.Content, key, child)
	}
	return changed, nil
}

func (s *Source) replaceItem(n *yaml.Node, path []string, depth int, value *yaml.Node, t reflect.Type) (*yaml.Node,
	error) {
	i, err := strconv.Atoi(path[depth])
	if err != nil || i < 0 || i >= len(n.Content) {
		return nil, fmt.Errorf("%s is a list of %d: write the number of an item, from 0", strings.Join(path[:depth], "."),
			len(n.Content))
	}
	if t != nil && t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	item, err := s.replace(n.Content[i], path, depth+1, value, t)
	if err != nil {
		return nil, err
	}
	changed := *n
	changed.Content = append([]*yaml.Node(nil), n.Content...)
	changed.Content[i] = item
	return &changed, nil
}

func keysOf(n *yaml.Node) (keys []string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		keys = append(keys, resolve(n.Content[i]).Value)
	}
	return keys
}
