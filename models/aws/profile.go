// Package aws holds what AWS sets: dated profiles of quotas and behaviour, price lists, sizes of instances, and the
// errors of its APIs. The numbers stand in data files, each with its source and date: data/README.md says how they are
// written.
package aws

import (
	"embed"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

//go:embed data
var files embed.FS

// Names are the profiles. Ideal has no call latency, limit or duplicate, exact order and instant polling: for theory.
var Names = []string{"aws-2021", "aws-2026", "ideal"}

// Default is the profile of a scenario that names none.
const Default = "aws-2026"

// Entry is one constant of a profile.
type Entry struct {
	Key        string
	What       string // what it is
	Unit       string // duration, size, share, rate, count, number, durations or flag
	Value      string // as it is written
	Source     string
	Date       string // of the source, or of when it was read
	Grade      string // how sure the number is; see Grades
	Note       string
	Unread     string // why no design reads it, or empty: it is kept as a fact, and cannot be overridden
	Overridden bool   // by the scenario

	least, most string // bounds of the value, or empty
	node        *yaml.Node
	decoded     reflect.Value // of the type of the unit
	regions     *yaml.Node    // the values of the regions that have their own, or nil
}

// Grade says how sure a number is.
type Grade struct{ Letter, Meaning string }

// Grades are the grades of entries and prices.
var Grades = []Grade{
	{"A", "AWS's own text or code"},
	{"Q", "AWS's text or price list, copied by a third party"},
	{"P", "a third party's words or measurement"},
	{"I", "inferred or fitted, as the note says"},
	{"U", "not published or not found: a choice, with its reason in the note"},
	{"D", "by definition of the ideal profile"},
	{"S", "set by the scenario"},
}

// Profile is the constants of the services at one time.
type Profile struct {
	Name    string
	entries []Entry
	places  map[string]int // of the entries, by key; the same in all copies
}

// Clone returns a profile with the same constants, to be overridden by itself.
func (p *Profile) Clone() *Profile { return &Profile{p.Name, slices.Clone(p.entries), p.places} }

// Load returns a profile by name. The error names the profiles and suggests the one that was meant.
func Load(name string) (*Profile, error) {
	if !slices.Contains(Names, name) {
		return nil, fmt.Errorf("there is no profile %q: there are %s%s", name, strings.Join(Names, ", "),
			didYouMean(name, Names))
	}
	const folder = "data/constants"
	found, err := files.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	p := &Profile{Name: name}
	for _, f := range found {
		if err := p.read(folder + "/" + f.Name()); err != nil {
			return nil, err
		}
	}
	p.index()
	return p, nil
}

// index notes where the entries stand.
func (p *Profile) index() {
	p.places = make(map[string]int, len(p.entries))
	for i, e := range p.entries {
		p.places[e.Key] = i
	}
}

// didYouMean returns a suggestion to end an error with, or nothing.
func didYouMean(written string, names []string) string {
	if s := spec.Suggest(written, names); s != "" {
		return "; did you mean " + s + "?"
	}
	return ""
}

// Entries returns the constants in the order of the data files.
func (p *Profile) Entries() []Entry { return slices.Clone(p.entries) }

// In returns the profile as it is in a region: quotas that differ by region have the region's value.
func (p *Profile) In(region string) (*Profile, error) {
	in := p.Clone()
	for i := range in.entries {
		e := &in.entries[i]
		if e.regions == nil {
			continue
		}
		if value := spec.Child(e.regions, region); value != nil {
			e.node, e.Value = value, flow(value)
			if err := e.check(); err != nil {
				return nil, fmt.Errorf("%s in %s: %w", e.Key, region, err)
			}
		}
	}
	return in, nil
}

// Override sets a constant to the scenario's value. The error says what is wrong with the key or the value, and leaves
// the constant as it was.
func (p *Profile) Override(key string, value *yaml.Node) error {
	i := slices.IndexFunc(p.entries, func(e Entry) bool { return e.Key == key })
	if i < 0 {
		keys := make([]string, len(p.entries))
		for i, e := range p.entries {
			keys[i] = e.Key
		}
		return fmt.Errorf("there is no constant %q; weir profile lists them%s", key, didYouMean(key, keys))
	}
	e := p.entries[i]
	if e.Unread != "" {
		return fmt.Errorf("nothing reads %s, so that it changes nothing: %s", key, e.Unread)
	}
	e.node, e.Value, e.Overridden = value, flow(value), true
	e.Source, e.Date, e.Grade, e.Note = "the scenario", "", "S", ""
	if err := e.check(); err != nil {
		return err
	}
	if e.Value == unlimited && !canBeUnlimited(key) {
		return fmt.Errorf("%s cannot be %s: it is no limit", key, unlimited)
	}
	p.entries[i] = e
	return nil
}

// canBeUnlimited reports whether some shipped profile sets a constant to none, or none knows it.
func canBeUnlimited(key string) bool {
	known := false
	for _, name := range Names {
		p, err := Load(name)
		if err != nil {
			continue
		}
		if i := slices.IndexFunc(p.entries, func(e Entry) bool { return e.Key == key }); i >= 0 {
			if known = true; p.entries[i].Value == unlimited {
				return true
			}
		}
	}
	return !known
}

// OverrideText is Override with the value as text: 40, 250ms, none or {lognormal: {p50: 5ms, p99: 40ms}}.
func (p *Profile) OverrideText(key, text string) error {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil || len(document.Content) != 1 || hasAlias(&document) {
		return fmt.Errorf("%q is not a value", text)
	}
	return p.Override(key, document.Content[0])
}

// hasAlias reports whether a value refers to another part of its text: a value that refers to itself never ends.
func hasAlias(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, hasAlias)
}

// Difference is one constant that two profiles set differently.
type Difference struct{ Key, A, B string }

// Diff returns the constants that differ, in the order of the data files.
func Diff(a, b *Profile) (out []Difference) {
	for i, e := range a.entries {
		if other := b.entries[i]; e.Value != other.Value {
			out = append(out, Difference{e.Key, e.Value, other.Value})
		}
	}
	return out
}
