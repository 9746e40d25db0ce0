package spec

import (
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

func (d *Decoder) structure(p place, v reflect.Value) {
	fields := fieldsOf(v)
	if p.node.Kind != yaml.MappingNode {
		d.Fail(p.node, p.path, "must hold keys with values, such as %s, not a %s%s", nameList(namesOf(fields), 3),
			kindName(p.node), spaceMissing(p.node, fields))
		return
	}
	before, links := d.failures, len(d.Links)
	defer func() {
		if b, ok := v.Addr().Interface().(Bounded); ok {
			for i := links; i < len(d.Links); i++ {
				d.Links[i].Bounded = d.Links[i].Bounded || b.Bounded(d.Links[i].Link)
			}
		}
	}()
	given := map[string]bool{}
	for key, child := range d.pairs(p) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == key.Value })
		if i < 0 {
			d.unknownKey(p, key, fields)
			continue
		}
		given[key.Value] = true
		d.value(place{node: child, key: key, path: joinKey(p.path, key.Value), tag: fields[i].tag}, fields[i].value)
	}
	if isUnion(v.Type()) {
		if len(given) != 1 && d.failures == before {
			d.failWhole(p, "%s", notOne(fields, given))
		}
		return
	}
	for _, f := range fields {
		if !given[f.name] {
			d.absent(p, f)
		}
	}
}

// spaceMissing suggests that a text is a key whose colon has no space behind it.
func spaceMissing(n *yaml.Node, fields []field) string {
	name, value, colon := strings.Cut(n.Value, ":")
	if n.Kind == yaml.ScalarNode && colon && slices.Contains(namesOf(fields), name) {
		return ": write a space after the colon, " + name + ": " + strings.TrimSpace(value)
	}
	return ""
}

func notOne(fields []field, given map[string]bool) string {
	if len(given) == 0 {
		return "needs one of " + nameList(namesOf(fields), 20)
	}
	var both []string
	for _, f := range fields {
		if given[f.name] {
			both = append(both, f.name)
		}
	}
	return "needs one of " + nameList(both, 20) + ", not all of them: remove the others"
}

func (d *Decoder) unknownKey(p place, key *yaml.Node, fields []field) {
	if d.full() {
		return
	}
	names := namesOf(fields)
	hint := DidYouMean(key.Value, names)
	if other := otherNames[snake(key.Value)]; slices.Contains(names, other) {
		hint = ": did you mean " + other + "?"
	}
	for _, f := range fields {
		if hint == "" && f.value.Kind() == reflect.Struct && slices.Contains(namesOf(fieldsOf(f.value)), key.Value) {
			hint = ": did you mean " + key.Value + " inside " + f.name + "?"
		}
	}
	d.Fail(key, joinKey(p.path, key.Value), "there is no such key%s", OrList(hint, names))
}

// otherNames are keys as AWS's calls or other tools have them, which are not near to ours.
var otherNames = map[string]string{
	"shard_count": "shards", "mode": "stream_mode", "stream_mode_details": "stream_mode", "memory_size": "memory",
	"retention_period_hours": "retention", "message_retention_period": "retention",
	"receive_message_wait_time_seconds":  "receive_wait_time",
	"maximum_batching_window_in_seconds": "batch_window", "source": "from", "target": "to",
	"destination_arn": "to", "worker_count": "workers", "instance_count": "instances",
}

// OrList returns the hint, or, when there is none, what there is to choose from.
func OrList(hint string, names []string) string {
	if hint == "" {
		return "; " + ThereIs(names)
	}
	return hint
}

// absent fills a field that the file does not give with its default, or says that it is required.
func (d *Decoder) absent(p place, f field) {
	if f.tag.Get("required") != "" {
		d.failWhole(place{node: p.node, key: p.key, path: joinKey(p.path, f.name)}, "is missing: this key is required")
		return
	}
	if text, ok := f.tag.Lookup("default"); ok {
		d.value(place{node: &yaml.Node{Kind: yaml.ScalarNode, Value: text}, tag: f.tag}, f.value)
		return
	}
	if f.value.Kind() == reflect.Struct && !isUnion(f.value.Type()) {
		d.value(place{node: &yaml.Node{Kind: yaml.MappingNode}, key: orNode(p), path: joinKey(p.path, f.name), tag: f.tag},
			f.value)
	}
}

func orNode(p place) *yaml.Node {
	if p.key != nil {
		return p.key
	}
	return p.node
}

// inRange checks the tags min and max.
func (d *Decoder) inRange(p place, v reflect.Value) {
	for _, bound := range []string{"min", "max"} {
		text := p.tag.Get(bound)
		if text == "" {
			continue
		}
		limit := parseTag(v.Type(), text)
		switch given, at := number(v), number(limit); {
		case bound == "min" && given < at:
			d.Fail(p.node, p.path, "%s is too small: it must be at least %s", Quote(p.node.Value), text)
		case bound == "max" && given > at:
			d.Fail(p.node, p.path, "%s is too large: it must be at most %s", Quote(p.node.Value), text)
		}
	}
}

// parseTag reads the text of a tag as a value of a type. It panics if it is none: a defect of the program.
func parseTag(t reflect.Type, text string) reflect.Value {
	v := reflect.New(t).Elem()
	scratch := Decoder{Source: &Source{}}
	scratch.value(place{node: &yaml.Node{Kind: yaml.ScalarNode, Value: text}}, v)
	if len(scratch.Errors) > 0 {
		panic("spec: bad tag for " + t.String() + ": " + scratch.Errors[0].Text)
	}
	return v
}

func number(v reflect.Value) float64 {
	switch {
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	}
	return v.Float()
}

// check lets a value read its files and check itself, and puts each problem where its field stands.
func (d *Decoder) check(p place, v reflect.Value) {
	before := d.failures
	if reader, ok := v.Addr().Interface().(FileReader); ok {
		d.problems(p, reader.ReadFiles(d.Open))
	}
	if validator, ok := v.Addr().Interface().(Validator); ok && d.failures == before {
		d.problems(p, validator.Validate())
	}
}

func (d *Decoder) problems(p place, problems []Problem) {
	for _, problem := range problems {
		n := Find(p.node, problem.Field)
		if n == p.node {
			n = orNode(p)
		}
		d.Fail(n, Join(p.path, problem.Field), "%s", problem.Text)
	}
}
