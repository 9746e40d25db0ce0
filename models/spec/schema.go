package spec

import (
	"encoding"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Describe returns the doc comment of a struct's field, by its name in Go, or of the type itself when field is empty.
type Describe func(t reflect.Type, field string) string

// Schema is a JSON Schema, or a part of one: what encoding/json writes.
type Schema map[string]any

// SchemaOf returns the JSON Schema (draft 2020-12) of what Decode reads into a value of type t. What it refuses,
// Decode refuses; beyond that, Decode checks ranges of quantities, links, files and what Validate says.
func SchemaOf(t reflect.Type, describe Describe) Schema {
	b := &schemaBuilder{describe: describe, defs: Schema{}, names: map[reflect.Type]string{}}
	s := b.mapping(t)
	if len(b.defs) > 0 {
		s["$defs"] = b.defs
	}
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	return s
}

// PatchOf returns the schema of a patch on a value that the schema s describes: no key is required, and null removes
// one.
func PatchOf(s Schema) Schema {
	patch := patched(s).(Schema)
	delete(patch, "$schema")
	return patch
}

// patchSuffix marks the definitions of patches.
const patchSuffix = ".patch"

func patched(part any) any {
	switch part := part.(type) {
	case Schema:
		out := Schema{}
		for key, value := range part {
			switch key {
			case "required", "minProperties", "maxProperties", "default":
			case "$ref":
				out[key] = value.(string) + patchSuffix
			case "$defs":
				defs := Schema{}
				for name, def := range value.(Schema) {
					defs[name+patchSuffix] = patched(def)
				}
				out[key] = defs
			case "properties":
				properties := Schema{}
				for name, property := range value.(Schema) {
					properties[name] = orNull(patched(property).(Schema))
				}
				out[key] = properties
			case "additionalProperties":
				out[key] = value
				if s, ok := value.(Schema); ok {
					out[key] = orNull(patched(s).(Schema))
				}
			case "items": // an item of a list is replaced as a whole
				out[key] = value
			default:
				out[key] = patched(value)
			}
		}
		return out
	case []Schema:
		out := make([]Schema, len(part))
		for i := range part {
			out[i] = patched(part[i]).(Schema)
		}
		return out
	}
	return part
}

func orNull(s Schema) Schema {
	out := Schema{"anyOf": []Schema{s, {"type": "null"}}}
	if text, ok := s["description"]; ok {
		out["description"] = text
		delete(s, "description")
	}
	return out
}

type schemaBuilder struct {
	describe Describe
	defs     Schema
	names    map[reflect.Type]string
}

// The forms that the quantities have, as regular expressions.
const (
	decimalForm  = `([0-9]+(\.[0-9]+)?|\.[0-9]+)`
	floatForm    = `\+?` + decimalForm + `([eE][+-]?[0-9]+)?`
	durationForm = `^(0|(` + decimalForm + `(ns|us|µs|μs|ms|s|m|h|d|w))+)$`
	sizeForm     = `^(0|` + decimalForm + `(B|[kKMGT]B|[KMGT]iB))$`
	rateForm     = `^(0|` + floatForm + `/(s|min|m|h|d))$`
	shareForm    = `^` + floatForm + `%?$`
	linkForm     = `^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*(\.fifo)?$`
	nameForm     = `^[a-z][a-z0-9_]{0,63}(\.fifo)?$`
)

func text(title, form string, examples ...string) Schema {
	return Schema{"title": title, "type": "string", "pattern": form, "examples": examples}
}

// scalarSchema returns the schema of a quantity, or nil when the type is none.
func scalarSchema(t reflect.Type) Schema {
	switch t {
	case reflect.TypeFor[Duration]():
		return anyOf(text("a length of time", durationForm, "250ms", "30s", "1m30s", "4d"), Schema{"const": 0})
	case reflect.TypeFor[Size]():
		return anyOf(text("a size", sizeForm, "512B", "2KiB", "256KB"), Schema{"const": 0})
	case reflect.TypeFor[Rate]():
		return anyOf(text("a rate", rateForm, "300/s", "5/min", "1/d"), Schema{"const": 0})
	case reflect.TypeFor[Share]():
		return anyOf(Schema{"type": "number", "minimum": 0, "maximum": 1}, text("a share", shareForm, "0.1%", "5%"))
	case reflect.TypeFor[Number]():
		return Schema{"type": "number"}
	case reflect.TypeFor[Link]():
		return text("section.name", linkForm, "queues.orders")
	}
	return nil
}

func anyOf(choices ...Schema) Schema { return Schema{"anyOf": choices} }

// Described is a scalar that says its own schema.
type Described interface{ Schema() Schema }

// of returns the schema of a type; structs become definitions.
func (b *schemaBuilder) of(t reflect.Type, tag reflect.StructTag) Schema {
	if t == reflect.TypeFor[*yaml.Node]() {
		return Schema{}
	}
	t = indirect(t)
	if s := scalarSchema(t); s != nil {
		return s
	}
	if own, ok := reflect.New(t).Interface().(Described); ok {
		return own.Schema()
	}
	switch t.Kind() {
	case reflect.Struct:
		return Schema{"$ref": "#/$defs/" + b.define(t)}
	case reflect.Slice:
		list := Schema{"type": "array", "items": b.of(t.Elem(), "")}
		if t.Implements(reflect.TypeFor[OneOrMore]()) {
			return anyOf(b.of(t.Elem(), ""), list)
		}
		return list
	case reflect.Map:
		return b.ofMap(t, tag)
	case reflect.String:
		if words, ok := reflect.New(t).Elem().Interface().(Enumerated); ok {
			return Schema{"enum": words.Values()}
		}
		return Schema{"type": []string{"string", "number", "boolean"}}
	case reflect.Bool:
		return Schema{"type": "boolean"}
	case reflect.Float64:
		return Schema{"type": "number"}
	case reflect.Uint64:
		return Schema{"type": "integer", "minimum": 0}
	}
	return Schema{"type": "integer"}
}

func (b *schemaBuilder) ofMap(t reflect.Type, tag reflect.StructTag) Schema {
	element := b.of(t.Elem(), "")
	if tag.Get("empty") != "" {
		element = anyOf(element, Schema{"type": "null"})
	}
	s := Schema{"type": "object", "additionalProperties": element}
	if tag.Get("keys") == "names" {
		s["propertyNames"] = Schema{"pattern": nameForm}
	}
	return s
}

// define adds the definition of a struct and returns its name.
func (b *schemaBuilder) define(t reflect.Type) string {
	if name, ok := b.names[t]; ok {
		return name
	}
	name := definitionName(t)
	for slices.Contains(slices.Collect(maps.Values(b.names)), name) {
		name += "_"
	}
	b.names[t] = name
	s := b.mapping(t)
	if short := b.shorthand(t); short != nil {
		s = anyOf(short, s)
	}
	if text := b.describe(t, ""); text != "" {
		s["description"] = text
	}
	b.defs[name] = s
	return name
}

// definitionName is the package and the type, such as sqs.RedriveSpec; of a generic type its argument too.
func definitionName(t reflect.Type) string {
	name, argument, generic := strings.Cut(t.Name(), "[")
	name = t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:] + "." + name
	if generic {
		argument = strings.TrimSuffix(argument, "]")
		name += "." + argument[strings.LastIndexByte(argument, '.')+1:]
	}
	return name
}

// shorthand returns the schema of the scalar that a struct can be written as, or nil.
func (b *schemaBuilder) shorthand(t reflect.Type) Schema {
	if s, ok := reflect.New(t).Elem().Interface().(Shorthand); ok {
		for _, f := range fieldsOf(reflect.New(t).Elem()) {
			if f.name == s.Shorthand() {
				return b.of(f.value.Type(), f.tag)
			}
		}
	}
	if _, ok := reflect.New(t).Interface().(encoding.TextUnmarshaler); !ok {
		return nil
	}
	for _, f := range fieldsOf(reflect.New(t).Elem()) {
		if f.name == "constant" || f.name == "mean" {
			return b.of(f.value.Type(), f.tag)
		}
	}
	return Schema{"type": []string{"string", "number"}}
}

func (b *schemaBuilder) mapping(t reflect.Type) Schema {
	properties, required := Schema{}, []string{}
	b.properties(t, properties, &required)
	s := Schema{"type": "object", "properties": properties, "additionalProperties": false}
	if isUnion(t) {
		s["minProperties"], s["maxProperties"] = 1, 1
	} else if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func (b *schemaBuilder) properties(t reflect.Type, into Schema, required *[]string) {
	checkValidators(t)
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			b.properties(f.Type, into, required)
			continue
		}
		name := f.Tag.Get("yaml")
		if name == "" {
			continue
		}
		s := b.of(f.Type, f.Tag)
		if text := b.describe(t, f.Name); text != "" {
			s["description"] = text
		}
		if text, ok := f.Tag.Lookup("default"); ok {
			s["default"] = jsonValue(f.Type, text)
		}
		for tag, keyword := range map[string]string{"min": "minimum", "max": "maximum"} {
			text := f.Tag.Get(tag)
			if text == "" {
				continue
			}
			number(parseTag(indirect(f.Type), text)) // panics where there can be no range
			if s["type"] != nil {
				s[keyword] = jsonValue(f.Type, text)
			}
		}
		if f.Tag.Get("required") != "" {
			*required = append(*required, name)
		}
		into[name] = s
	}
}

// jsonValue is the value of a tag as JSON has it: a number or a truth value as such, the rest as it is written.
func jsonValue(t reflect.Type, text string) any {
	v := parseTag(indirect(t), text)
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint64, reflect.Float64:
		if _, quantity := v.Interface().(encoding.TextMarshaler); !quantity {
			return v.Interface()
		}
	}
	return text
}

// CheckTags panics when a tag of a type, or of a type below it, cannot be read: a defect of the program that a test
// finds by calling it.
func CheckTags(t reflect.Type) {
	SchemaOf(t, func(reflect.Type, string) string { return "" })
}

// checkValidators panics if a struct embeds several that check themselves and has no Validate of its own: by the
// rules of Go it then has none at all, and nothing would be checked.
func checkValidators(t reflect.Type) {
	validator := reflect.TypeFor[Validator]()
	embedded := 0
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous && reflect.PointerTo(f.Type).Implements(validator) {
			embedded++
		}
	}
	if embedded > 1 && !reflect.PointerTo(t).Implements(validator) {
		panic("spec: " + t.String() + " embeds what validates itself, and must call it: give it a Validate")
	}
}

// ScalarSchema returns the schema of a quantity.
func ScalarSchema[T Duration | Size | Rate | Share | Number | Link]() Schema {
	return scalarSchema(reflect.TypeFor[T]())
}
