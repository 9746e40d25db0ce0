package spec

import (
	"encoding"
	"fmt"
	"io"
	"iter"
	"math"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Open opens a file that the scenario names, to be closed by who reads it.
type Open func(name string) (io.ReadCloser, error)

// Decoder decodes parts of one file and keeps all that is wrong with them.
type Decoder struct {
	Source *Source
	Open   Open // nil where no file can be read
	Errors Errors
	Links  []FoundLink

	failures int // the ones beyond errorsMax counted too
}

// FoundLink is a link that the file holds, with its place and what its field's tags say of it.
type FoundLink struct {
	Link     Link
	Node     *yaml.Node
	Path     string
	Sections []string // that it may lead to; any if empty
	Flow     string   // in: messages come from there; out: they go there; or empty
	Bounded  bool     // not every message takes it every time, so that a circle through it has an end
}

// Validator is a value that checks itself after it is decoded.
type Validator interface{ Validate() []Problem }

// Enumerated is a string that is one of a few.
type Enumerated interface{ Values() []string }

// FileReader is a value that reads the files that it names after it is decoded, before it checks itself.
type FileReader interface{ ReadFiles(open Open) []Problem }

// place is where a value stands: at a node, the value of a key, for a field with tags.
type place struct {
	node, key *yaml.Node // key is nil at the top, in a list and for a default
	path      string
	tag       reflect.StructTag
}

// Decode decodes a node into what target points to, by the tags of its fields. What is wrong is added to d.Errors.
func (d *Decoder) Decode(n *yaml.Node, target any, path string) {
	d.value(place{node: n, path: path, tag: `none:"allowed"`}, reflect.ValueOf(target).Elem())
}

// DecodeAt decodes the value of a key: errors about the value as a whole, such as a missing field, stand at the key.
func (d *Decoder) DecodeAt(key, value *yaml.Node, target any, path string) {
	d.value(place{node: value, key: key, path: path}, reflect.ValueOf(target).Elem())
}

// Fail adds an error at a node.
func (d *Decoder) Fail(n *yaml.Node, path, format string, args ...any) {
	d.failures++
	switch {
	case d.failures <= errorsMax:
		d.Errors = append(d.Errors, d.Source.ErrorAt(n, path, format, args...))
	case d.failures == errorsMax+1:
		d.Errors = append(d.Errors, &Error{File: d.Source.File, last: true,
			Text: fmt.Sprintf("there are more errors than these %d: mend them first", errorsMax)})
	}
}

// failWhole adds an error about a value as a whole, at its key where it has one.
func (d *Decoder) failWhole(p place, format string, args ...any) {
	if p.key != nil {
		p.node = p.key
	}
	d.Fail(p.node, p.path, format, args...)
}

// full reports whether no further error will be kept.
func (d *Decoder) full() bool { return d.failures > errorsMax }

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func (d *Decoder) value(p place, v reflect.Value) {
	if d.full() {
		return
	}
	p.node = resolve(p.node)
	if raw, ok := v.Addr().Interface().(**yaml.Node); ok {
		*raw = p.node
		return
	}
	if isNull(p.node) {
		d.failWhole(p, "has no value: write one, or leave the key out")
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	p = short(p, v)
	if isQuoted(p.node) && isBare(v) {
		d.Fail(p.node, p.path, "%s is a text: write it without quotes", Quote(p.node.Value))
		return
	}
	before := d.failures
	text, isText := v.Addr().Interface().(encoding.TextUnmarshaler)
	switch {
	case isText && p.node.Kind == yaml.ScalarNode:
		d.text(p, v, text)
	case isText && v.Kind() != reflect.Struct:
		d.Fail(p.node, p.path, "must be a single value, not a %s", kindName(p.node))
	case v.Kind() == reflect.Struct:
		d.structure(p, v)
	case v.Kind() == reflect.Slice:
		d.slice(p, v)
	case v.Kind() == reflect.Map:
		d.mapping(p, v)
	default:
		d.scalar(p, v)
	}
	if d.failures == before {
		d.inRange(p, v)
	}
	if d.failures == before {
		d.check(p, v)
	}
}

func isQuoted(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode &&
		n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

// isBare reports whether a value is a number or a truth value, without a unit.
func isBare(v reflect.Value) bool {
	_, text := v.Addr().Interface().(encoding.TextUnmarshaler)
	number := v.Kind() == reflect.Bool || v.CanInt() || v.CanUint() || v.CanFloat()
	return v.Type() == reflect.TypeFor[Number]() || number && !text
}

func (d *Decoder) text(p place, v reflect.Value, text encoding.TextUnmarshaler) {
	if err := text.UnmarshalText([]byte(p.node.Value)); err != nil {
		d.Fail(p.node, p.path, "%s", err)
		return
	}
	switch value := text.(type) {
	case *Duration, *Size:
		if v.Int() == math.MaxInt64 && p.tag.Get("none") == "" {
			d.Fail(p.node, p.path, "%s", errUnlimited)
		}
	case *Link:
		d.Links = append(d.Links, FoundLink{
			Link: *value, Node: p.node, Path: p.path,
			Sections: strings.Fields(p.tag.Get("link")), Flow: p.tag.Get("flow"),
		})
	}
}

func (d *Decoder) slice(p place, v reflect.Value) {
	if p.node.Kind != yaml.SequenceNode {
		d.Fail(p.node, p.path, "must be a list, written [a, b] or with a dash before each item, not a %s", kindName(p.node))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(p.node.Content), len(p.node.Content)))
	for i, child := range p.node.Content {
		d.value(place{node: child, path: fmt.Sprintf("%s[%d]", p.path, i), tag: elementTag(p.tag)}, v.Index(i))
	}
}

func (d *Decoder) mapping(p place, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	for key, child := range d.pairs(p) {
		if p.tag.Get("keys") == "names" && !IsName(key.Value) {
			d.Fail(key, joinKey(p.path, key.Value),
				"a name is a lower-case letter, then such letters, digits and _, at most %d in all%s",
				NameMax, rename(key.Value))
			continue
		}
		if p.tag.Get("empty") != "" && isNull(resolve(child)) {
			child = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: key.Line, Column: key.Column}
		}
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(place{node: child, key: key, path: joinKey(p.path, key.Value), tag: elementTag(p.tag)}, element)
		v.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), element)
	}
}

// rename suggests a name like the one that was written.
func rename(written string) string {
	if name := snake(written); IsName(name) {
		return ": write " + name
	}
	return ""
}

// elementTag is the tag of the elements of a field: what links may do, not the range.
func elementTag(tag reflect.StructTag) reflect.StructTag {
	return reflect.StructTag(fmt.Sprintf(`link:%q flow:%q`, tag.Get("link"), tag.Get("flow")))
}

// Pairs yields the keys and values of a mapping, each key once; what is wrong is added to d.Errors.
func (d *Decoder) Pairs(n *yaml.Node, path string) iter.Seq2[*yaml.Node, *yaml.Node] {
	return d.pairs(place{node: resolve(n), path: path})
}

func (d *Decoder) pairs(p place) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		if p.node.Kind != yaml.MappingNode {
			d.Fail(p.node, p.path, "must hold keys with values, not a %s", kindName(p.node))
			return
		}
		seen := map[string]*yaml.Node{}
		for i := 0; i+1 < len(p.node.Content); i += 2 {
			key := resolve(p.node.Content[i])
			switch first := seen[key.Value]; {
			case key.Kind != yaml.ScalarNode || isNull(key):
				d.Fail(key, p.path, "a key must be a name, not a %s", kindName(key))
				continue
			case key.Value == "<<":
				d.Fail(key, p.path, "merge keys (<<) are not read: write the keys out, or use variants")
				continue
			case first != nil:
				d.Fail(key, joinKey(p.path, key.Value), "this key stands already in line %d: remove one of them", first.Line)
				continue
			}
			seen[key.Value] = key
			if !yield(key, p.node.Content[i+1]) {
				return
			}
		}
	}
}
