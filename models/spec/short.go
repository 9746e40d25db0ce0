package spec

import (
	"reflect"

	"go.yaml.in/yaml/v4"
)

// OneOrMore is a list that can be written as its only item.
type OneOrMore interface{ OneOrMore() }

// Shorthand is a struct that can be written as the value of one of its fields, whose name in the file it returns: a
// single value, or a list.
type Shorthand interface{ Shorthand() string }

// Bounded is a struct that says of a link that it holds whether not every message takes it every time.
type Bounded interface{ Bounded(to Link) bool }

// short returns the place with its value written in full.
func short(p place, v reflect.Value) place {
	if _, list := v.Interface().(OneOrMore); list && p.node.Kind != yaml.SequenceNode {
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: p.node.Line, Column: p.node.Column}
		n.Content = []*yaml.Node{p.node}
		p.node = n
	}
	if s, ok := v.Interface().(Shorthand); ok && p.node.Kind == shorthandKind(v, s) {
		key := scalarNode("!!str", s.Shorthand())
		key.Line, key.Column = p.node.Line, p.node.Column
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: p.node.Line, Column: p.node.Column}
		n.Content = []*yaml.Node{key, p.node}
		p.node = n
	}
	return p
}

// shorthandKind is the kind of node that a struct may be written as.
func shorthandKind(v reflect.Value, s Shorthand) yaml.Kind {
	for _, f := range fieldsOf(addressable(v)) {
		if f.name == s.Shorthand() && f.value.Kind() == reflect.Slice {
			return yaml.SequenceNode
		}
	}
	return yaml.ScalarNode
}

// shortest returns the shortest form of what was encoded: the only item of a list, and the field that a struct can be
// written as when the others are as they are unless set.
func shortest(v reflect.Value, full *yaml.Node) *yaml.Node {
	if _, list := v.Interface().(OneOrMore); list && len(full.Content) == 1 {
		return full.Content[0]
	}
	s, ok := v.Interface().(Shorthand)
	if !ok {
		return full
	}
	for _, f := range fieldsOf(addressable(v)) {
		if f.name != s.Shorthand() {
			continue
		}
		value := encode(f.value)
		other := reflect.New(v.Type())
		scratch := Decoder{Source: &Source{}}
		scratch.value(place{node: value}, other.Elem())
		if len(scratch.Errors) == 0 && reflect.DeepEqual(other.Elem().Interface(), v.Interface()) {
			return value
		}
	}
	return full
}

// addressable returns a copy of a value whose fields can be addressed.
func addressable(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}
