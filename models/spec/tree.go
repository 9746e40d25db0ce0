package spec

import (
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// field is a field of a struct that is part of the file.
type field struct {
	name  string
	value reflect.Value
	tag   reflect.StructTag
}

// fieldsOf lists the fields of a struct by their names in the file; embedded structs count as part of it.
func fieldsOf(v reflect.Value) (fields []field) {
	for i := range v.NumField() {
		t := v.Type().Field(i)
		if t.Anonymous && t.Type.Kind() == reflect.Struct {
			fields = append(fields, fieldsOf(v.Field(i))...)
			continue
		}
		if name := t.Tag.Get("yaml"); name != "" {
			fields = append(fields, field{name, v.Field(i), t.Tag})
		}
	}
	return fields
}

func namesOf(fields []field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

// isUnion reports whether exactly one field of a struct is given.
func isUnion(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[interface{ OneOf() }]())
}

// indirect returns what a pointer type points to, or the type itself; nil where the type is not known.
func indirect(t reflect.Type) reflect.Type {
	if t != nil && t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// Find returns the node at a path below n, or the deepest one on the way.
func Find(n *yaml.Node, path string) *yaml.Node {
	for _, name := range SplitPath(path) {
		next := Child(n, name)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// Locate returns the node to point at for a path below n: the value there or, where there is none, the key of the
// deepest part on the way.
func Locate(n *yaml.Node, path string) *yaml.Node {
	at := n
	for _, name := range SplitPath(path) {
		next := Child(n, name)
		if next == nil {
			return at
		}
		at = next
		if i := indexOf(resolve(n), name); i >= 0 {
			at = resolve(n).Content[i]
		}
		n = next
	}
	return n
}

// Child returns the value of a key of a mapping, or of an index of a list, or nil.
func Child(n *yaml.Node, name string) *yaml.Node {
	n = resolve(n)
	if i, err := strconv.Atoi(name); err == nil && n.Kind == yaml.SequenceNode && i >= 0 && i < len(n.Content) {
		return n.Content[i]
	}
	if i := indexOf(n, name); i >= 0 {
		return n.Content[i+1]
	}
	return nil
}

// indexOf returns where a key of a mapping stands in its content, or -1.
func indexOf(n *yaml.Node, name string) int {
	if n.Kind != yaml.MappingNode {
		return -1
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := resolve(n.Content[i]); key.Kind == yaml.ScalarNode && key.Value == name {
			return i
		}
	}
	return -1
}

// SplitPath returns the names of a path: calls[0].pool and calls.0.pool are calls, 0 and pool. The ending .fifo belongs
// to the name before it.
func SplitPath(path string) []string {
	names := strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
	for i := 1; i < len(names); i++ {
		if names[i] == "fifo" && i > 1 { // a section is no name: variants.fifo is a variant
			names[i-1] += ".fifo"
			names = append(names[:i], names[i+1:]...)
		}
	}
	return names
}

// Join returns the path of what stands at a path below another.
func Join(path, below string) string {
	for _, name := range SplitPath(below) {
		path = joinKey(path, name)
	}
	return path
}

// joinKey returns the path of a key, or of an item of a list, below a path.
func joinKey(path, key string) string {
	_, err := strconv.Atoi(key)
	switch {
	case err == nil && path != "":
		return path + "[" + key + "]"
	case !isPlain(key):
		return path + "[" + Quote(key) + "]"
	case path == "":
		return key
	}
	return path + "." + key
}

// isPlain reports whether a name can stand in a path as it is.
func isPlain(name string) bool {
	for _, r := range strings.TrimSuffix(name, FIFO) {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && r != '_' && r != '-' {
			return false
		}
	}
	return len(name) <= NameMax
}

func kindName(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "mapping"
	case n.Kind == yaml.SequenceNode:
		return "list"
	case isNull(n):
		return "missing value"
	}
	return "single value"
}
