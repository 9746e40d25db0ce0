// Package aws holds what AWS sets: dated profiles of quotas and behaviour, price lists, sizes of instances, and the
// errors of its APIs. The numbers stand in data files, each with its source and date.
package aws

import (
	"embed"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

//go:embed data/*.yaml
var files embed.FS

// Names are the profiles.
var Names = []string{"aws-2021", "aws-2026", "ideal"}

// Entry is one constant of a profile.
type Entry struct {
	Key, Value, Unit          string
	Source, Date, Grade, Note string
	Overridden                bool
	node                      *yaml.Node
}

// Profile is the constants of the services at one time.
type Profile struct {
	Name    string
	entries []Entry
	source  *spec.Source
}

type entryFile struct {
	Values map[string]yaml.Node `yaml:"values"`
	Unit   string               `yaml:"unit"`
	Source string               `yaml:"source"`
	Date   string               `yaml:"date"`
	Grade  string               `yaml:"grade"`
	Note   string               `yaml:"note"`
}

// Load returns a profile by name. The error suggests the name that was meant.
func Load(name string) (*Profile, error) {
	if !slices.Contains(Names, name) {
		hint := ""
		if s := spec.Suggest(name, Names); s != "" {
			hint = "; did you mean " + s + "?"
		}
		return nil, fmt.Errorf("there is no profile %q: there are %s%s", name, strings.Join(Names, ", "), hint)
	}
	const file = "data/constants.yaml"
	data, err := files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	source, err := spec.Parse(file, data)
	if err != nil {
		return nil, err
	}
	p := &Profile{Name: name, source: source}
	for i := 0; i+1 < len(source.Root.Content); i += 2 {
		key := source.Root.Content[i].Value
		var e entryFile
		if err := source.Root.Content[i+1].Decode(&e); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, key, err)
		}
		node, ok := e.Values[name]
		if !ok {
			return nil, fmt.Errorf("%s: %s has no value for %s", file, key, name)
		}
		if node.Kind == yaml.AliasNode {
			node = *node.Alias
		}
		p.entries = append(p.entries, Entry{
			Key: key, Value: flow(&node), Unit: e.Unit, Source: e.Source, Date: e.Date, Grade: e.Grade, Note: e.Note,
			node: &node,
		})
	}
	return p, nil
}

// flow writes a node in one line.
func flow(n *yaml.Node) string {
	switch n.Kind {
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
	case yaml.AliasNode:
		return flow(n.Alias)
	}
	return n.Value
}

// Entries returns the constants in the order of the data file.
func (p *Profile) Entries() []Entry { return p.entries }

// Override replaces the value of a constant by the scenario's.
func (p *Profile) Override(key string, value *yaml.Node) error {
	names := make([]string, len(p.entries))
	for i := range p.entries {
		names[i] = p.entries[i].Key
		if names[i] == key {
			p.entries[i].node, p.entries[i].Value, p.entries[i].Overridden = value, flow(value), true
			p.entries[i].Source, p.entries[i].Grade, p.entries[i].Note = "the scenario", "", ""
			return p.check(&p.entries[i])
		}
	}
	hint := ""
	if s := spec.Suggest(key, names); s != "" {
		hint = ": did you mean " + s + "?"
	}
	return fmt.Errorf("there is no constant %q%s; weir profile lists them", key, hint)
}

// check reports whether an entry's value is of its unit.
func (p *Profile) check(e *Entry) error {
	t, ok := unitTypes[e.Unit]
	if !ok {
		return fmt.Errorf("%s has no known unit: %q", e.Key, e.Unit)
	}
	return p.decode(e, reflect.New(t).Elem())
}

var unitTypes = map[string]reflect.Type{
	"duration": reflect.TypeFor[spec.Duration](), "size": reflect.TypeFor[spec.Size](),
	"share": reflect.TypeFor[spec.Share](), "rate": reflect.TypeFor[spec.Rate](),
	"count": reflect.TypeFor[int64](), "durations": reflect.TypeFor[spec.Durations](), "flag": reflect.TypeFor[bool](),
}

// Fill sets the fields of the struct that target points to from the constants that their tags name, as in
// `aws:"sqs.in_flight_max"`. It panics when a tag names none, or a field has the wrong type: a defect of the program.
func (p *Profile) Fill(target any) {
	v := reflect.ValueOf(target).Elem()
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("aws")
		if key == "" {
			continue
		}
		at := slices.IndexFunc(p.entries, func(e Entry) bool { return e.Key == key })
		if at < 0 {
			panic("aws: there is no constant " + key)
		}
		if err := p.decode(&p.entries[at], v.Field(i)); err != nil {
			panic("aws: " + err.Error())
		}
	}
}

func (p *Profile) decode(e *Entry, v reflect.Value) error {
	if want := unitTypes[e.Unit]; v.Type() != want {
		return fmt.Errorf("%s is a %s, not a %s", e.Key, e.Unit, v.Type())
	}
	if v.Kind() == reflect.Int64 && v.Type() == reflect.TypeFor[int64]() && e.node.Value == "none" {
		v.SetInt(math.MaxInt64)
		return nil
	}
	d := spec.Decoder{Source: p.source}
	d.Decode(e.node, v.Addr().Interface(), e.Key)
	if len(d.Errors) > 0 {
		return fmt.Errorf("%s: %s", e.Key, d.Errors[0].Text)
	}
	return nil
}

// Difference is one constant that two profiles set differently.
type Difference struct{ Key, A, B string }

// Diff returns the constants that differ.
func Diff(a, b *Profile) (out []Difference) {
	for i := range a.entries {
		if a.entries[i].Value != b.entries[i].Value {
			out = append(out, Difference{a.entries[i].Key, a.entries[i].Value, b.entries[i].Value})
		}
	}
	return out
}
