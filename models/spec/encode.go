package spec

import (
	"encoding"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// Encode writes a value as the nodes that Decode reads, with every default spelled out. It panics on a type that Decode
// does not know.
func Encode(value any) *yaml.Node { return encode(reflect.ValueOf(value)) }

func encode(v reflect.Value) *yaml.Node {
	if raw, ok := v.Interface().(*yaml.Node); ok {
		return raw
	}
	if v.Kind() == reflect.Pointer {
		return encode(v.Elem())
	}
	if text, ok := v.Interface().(encoding.TextMarshaler); ok {
		written, err := text.MarshalText()
		if err != nil {
			panic("spec: " + err.Error())
		}
		if v.Type() == reflect.TypeFor[Number]() {
			return scalarNode("!!float", string(written))
		}
		return scalarNode("!!str", string(written))
	}
	switch v.Kind() {
	case reflect.Struct:
		return shortest(v, encodeStruct(v))
	case reflect.Slice:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for i := range v.Len() {
			n.Content = append(n.Content, encode(v.Index(i)))
		}
		return shortest(v, n)
	case reflect.Map:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		byName := map[string]reflect.Value{}
		for _, key := range v.MapKeys() {
			byName[key.String()] = v.MapIndex(key)
		}
		for _, name := range slices.Sorted(maps.Keys(byName)) {
			n.Content = append(n.Content, scalarNode("!!str", name), encode(byName[name]))
		}
		return n
	case reflect.String:
		return scalarNode("!!str", v.String())
	case reflect.Bool:
		return scalarNode("!!bool", strconv.FormatBool(v.Bool()))
	case reflect.Float64:
		return scalarNode("!!float", strconv.FormatFloat(v.Float(), 'g', -1, 64))
	case reflect.Uint64:
		return scalarNode("!!int", strconv.FormatUint(v.Uint(), 10))
	case reflect.Int, reflect.Int32, reflect.Int64:
		return scalarNode("!!int", strconv.FormatInt(v.Int(), 10))
	}
	panic("spec: cannot encode a " + v.Type().String())
}

func scalarNode(tag, text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
}

// encodeStruct writes the fields that are there: an optional one that was not given stays out.
func encodeStruct(v reflect.Value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	union := isUnion(v.Type())
	for _, f := range fieldsOf(v) {
		if isAbsent(f, union) {
			continue
		}
		n.Content = append(n.Content, scalarNode("!!str", f.name), encode(f.value))
	}
	return n
}

func isAbsent(f field, inUnion bool) bool {
	_, defaults := f.tag.Lookup("default")
	switch f.value.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return f.value.IsNil()
	case reflect.String:
		return f.value.Len() == 0 && !defaults
	case reflect.Struct:
		_, text := f.value.Interface().(encoding.TextMarshaler)
		return (text || isUnion(f.value.Type())) && f.value.IsZero()
	}
	return inUnion && f.value.IsZero()
}
