package spec

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Decoder decodes parts of one file and keeps all that is wrong with them.
type Decoder struct {
	Source *Source
	Errors Errors
	Links  []FoundLink
}

// FoundLink is a link that the file holds, with its place.
type FoundLink struct {
	Link Link
	Node *yaml.Node
	Path string
}

// Decode decodes a node into the struct that target points to, by the tags of its fields; see the package's types. What
// is wrong is added to d.Errors.
func (d *Decoder) Decode(n *yaml.Node, target any, path string) {
	d.value(n, reflect.ValueOf(target).Elem(), path)
}

// Fail adds an error at a node.
func (d *Decoder) Fail(n *yaml.Node, path, format string, args ...any) {
	d.Errors = append(d.Errors, d.Source.ErrorAt(n, path, format, args...))
}

// Validator is a value that checks itself after it is decoded.
type Validator interface{ Validate() []Problem }

// Enumerated is a string that is one of a few.
type Enumerated interface{ Values() []string }

func (d *Decoder) value(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if v.Kind() == reflect.Pointer {
		if isNull(n) {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), path)
		return
	}
	if isNull(n) {
		d.Fail(n, path, "has no value")
		return
	}
	if text, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok && n.Kind == yaml.ScalarNode {
		if err := text.UnmarshalText([]byte(n.Value)); err != nil {
			d.Fail(n, path, "%s", err)
			return
		}
		if link, ok := v.Addr().Interface().(*Link); ok {
			d.Links = append(d.Links, FoundLink{*link, n, path})
		}
		d.validate(n, v, path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Slice:
		d.slice(n, v, path)
	case reflect.Map:
		d.mapping(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func (d *Decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		d.Fail(n, path, "must be a single value, not a %s", kindName(n))
		return
	}
	switch v.Kind() {
	case reflect.String:
		if allowed, ok := v.Interface().(Enumerated); ok && !slices.Contains(allowed.Values(), n.Value) {
			d.Fail(n, path, "%q is not one of %s%s", n.Value, strings.Join(allowed.Values(), ", "),
				didYouMean(n.Value, allowed.Values()))
			return
		}
		v.SetString(n.Value)
	case reflect.Bool:
		b, err := strconv.ParseBool(n.Value)
		if err != nil {
			d.Fail(n, path, "%q must be true or false", n.Value)
			return
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int64, reflect.Int32:
		i, err := strconv.ParseInt(strings.ReplaceAll(n.Value, "_", ""), 10, 64)
		if err != nil || v.OverflowInt(i) {
			d.Fail(n, path, "%q is not a whole number", n.Value)
			return
		}
		v.SetInt(i)
	case reflect.Uint64:
		u, err := strconv.ParseUint(strings.ReplaceAll(n.Value, "_", ""), 10, 64)
		if err != nil {
			d.Fail(n, path, "%q is not a whole number from 0", n.Value)
			return
		}
		v.SetUint(u)
	case reflect.Float64:
		f, err := parseNumber(n.Value)
		if err != nil {
			d.Fail(n, path, "%s", err)
			return
		}
		v.SetFloat(f)
	default:
		panic("spec: cannot decode into " + v.Type().String())
	}
}

func parseNumber(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%q is not a finite number", s)
	}
	return f, nil
}

func (d *Decoder) slice(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		d.Fail(n, path, "must be a list, written [a, b] or with dashes, not a %s", kindName(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, child := range n.Content {
		d.value(child, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

func (d *Decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	v.Set(reflect.MakeMap(v.Type()))
	for key, child := range d.pairs(n, path) {
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(child, element, path+"."+key.Value)
		v.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), element)
	}
}

// pairs yields the keys and values of a mapping, each key once.
func (d *Decoder) pairs(n *yaml.Node, path string) func(func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			d.Fail(n, path, "must be a mapping of keys, not a %s", kindName(n))
			return
		}
		seen := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
				d.Fail(key, path, "a key must be a plain name")
				continue
			}
			if line, ok := seen[key.Value]; ok {
				d.Fail(key, path, "%q stands already in line %d", key.Value, line)
				continue
			}
			seen[key.Value] = key.Line
			if !yield(key, n.Content[i+1]) {
				return
			}
		}
	}
}

// Pairs yields the keys and values of a mapping, each key once; what is wrong is added to d.Errors.
func (d *Decoder) Pairs(n *yaml.Node, path string) func(func(key, value *yaml.Node) bool) {
	return d.pairs(n, path)
}

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

func (d *Decoder) structure(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.Fail(n, path, "must be a mapping of keys, not a %s", kindName(n))
		return
	}
	before := len(d.Errors)
	fields := fieldsOf(v)
	names := make([]string, len(fields))
	given := map[string]*yaml.Node{}
	for i, f := range fields {
		names[i] = f.name
	}
	for key, child := range d.pairs(n, path) {
		i := slices.Index(names, key.Value)
		if i < 0 {
			d.Fail(key, join(path, key.Value), "there is no such key%s; the keys here are %s",
				didYouMean(key.Value, names), strings.Join(names, ", "))
			continue
		}
		given[key.Value] = child
		d.value(child, fields[i].value, join(path, key.Value))
		d.inRange(child, fields[i], join(path, key.Value))
	}
	_, union := v.Addr().Interface().(interface{ OneOf() })
	if union {
		d.oneOf(n, names, given, path)
	}
	for _, f := range fields {
		if given[f.name] == nil && !union {
			d.absent(n, f, path)
		}
	}
	if len(d.Errors) == before {
		d.validate(n, v, path)
	}
}

func (d *Decoder) oneOf(n *yaml.Node, names []string, given map[string]*yaml.Node, path string) {
	if len(given) != 1 {
		d.Fail(n, path, "needs exactly one of %s, not %d of them", strings.Join(names, ", "), len(given))
	}
}

// absent fills a field that the file does not give with its default, or says that it is required.
func (d *Decoder) absent(n *yaml.Node, f field, path string) {
	if f.tag.Get("required") != "" {
		d.Fail(n, path, "%s is missing", f.name)
		return
	}
	if text, ok := f.tag.Lookup("default"); ok {
		d.value(&yaml.Node{Kind: yaml.ScalarNode, Value: text, Line: n.Line, Column: n.Column}, f.value, join(path, f.name))
		return
	}
	if _, union := f.value.Addr().Interface().(interface{ OneOf() }); f.value.Kind() == reflect.Struct && !union {
		d.value(&yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column}, f.value, join(path, f.name))
	}
}

// inRange checks the tags min and max.
func (d *Decoder) inRange(n *yaml.Node, f field, path string) {
	v := f.value
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	for _, bound := range []string{"min", "max"} {
		text := f.tag.Get(bound)
		if text == "" {
			continue
		}
		limit := reflect.New(v.Type()).Elem()
		scratch := Decoder{Source: d.Source}
		scratch.value(&yaml.Node{Kind: yaml.ScalarNode, Value: text}, limit, path)
		if len(scratch.Errors) > 0 {
			panic("spec: bad tag " + bound + " of " + path)
		}
		switch given, at := number(v), number(limit); {
		case bound == "min" && given < at:
			d.Fail(n, path, "%s is too small: at least %s", n.Value, text)
		case bound == "max" && given > at:
			d.Fail(n, path, "%s is too large: at most %s", n.Value, text)
		}
	}
}

func number(v reflect.Value) float64 {
	if v.CanInt() {
		return float64(v.Int())
	}
	if v.CanUint() {
		return float64(v.Uint())
	}
	return v.Float()
}

// validate lets a value check itself and puts each problem where its field stands.
func (d *Decoder) validate(n *yaml.Node, v reflect.Value, path string) {
	validator, ok := v.Addr().Interface().(Validator)
	if !ok {
		return
	}
	for _, p := range validator.Validate() {
		d.Fail(Find(n, p.Field), join(path, p.Field), "%s", p.Text)
	}
}

// Find returns the node at a path below n, or the deepest one on the way.
func Find(n *yaml.Node, path string) *yaml.Node {
	for _, name := range strings.Split(path, ".") {
		next := Child(n, name)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// Child returns the value of a key of a mapping, or of an index of a list, or nil.
func Child(n *yaml.Node, name string) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if i, err := strconv.Atoi(name); err == nil && n.Kind == yaml.SequenceNode && i >= 0 && i < len(n.Content) {
		return n.Content[i]
	}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

func join(path, name string) string {
	switch {
	case path == "":
		return name
	case name == "":
		return path
	}
	return path + "." + name
}

func didYouMean(written string, names []string) string {
	if s := Suggest(written, names); s != "" {
		return ": did you mean " + s + "?"
	}
	return ""
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "mapping"
	case yaml.SequenceNode:
		return "list"
	}
	return "single value"
}
