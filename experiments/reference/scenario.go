// Package reference writes what there is to look up: the keys of a scenario with their units and defaults, the figures
// of each kind of component, what is billed, and the fields of a summary. All of it is read from the types, the price
// lists and the shipped designs themselves.
package reference

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/experiments"
	"weir/models/spec"
)

// Key is one key of a scenario, or one line of any other table.
type Key struct {
	Name    string
	Form    string // what it holds, such as a length of time
	Default string
	Text    string
}

// Page is a table with a title.
type Page struct {
	Title string
	Text  string
	Keys  []Key
}

// Keys returns the page of a part of the scenario file, by its path such as fleets.scaling; the empty path is the top
// of the file. Names of components and places in lists are left out of paths. The error names what there is.
func Keys(path string) (*Page, error) {
	schema := experiments.Schema()
	s := &scheme{defs: schema["$defs"].(spec.Schema)}
	at := schema
	page := &Page{Title: "The keys of a scenario"}
	if path != "" {
		page.Title = "The keys of " + path
	}
	done := ""
	for step := range strings.SplitSeq(path, ".") {
		if path == "" {
			break
		}
		properties := s.properties(at)
		next, ok := properties[step].(spec.Schema)
		if !ok {
			names := slices.Sorted(maps.Keys(properties))
			return nil, fmt.Errorf("%s has no key %q%s", orTop(done), step, spec.OrList(spec.DidYouMean(step, names), names))
		}
		at, done = next, strings.TrimPrefix(done+"."+step, ".")
		page.Text, _ = at["description"].(string)
	}
	properties := s.properties(at)
	if len(properties) == 0 {
		page.Keys = []Key{s.key(done, at)}
		page.Text = ""
		return page, nil
	}
	required := s.required(at)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		k := s.key(name, properties[name].(spec.Schema))
		if slices.Contains(required, name) {
			k.Default = "required"
		}
		page.Keys = append(page.Keys, k)
	}
	return page, nil
}

func orTop(path string) string {
	if path == "" {
		return "a scenario"
	}
	return path
}

// scheme is a schema with its definitions.
type scheme struct{ defs spec.Schema }

// properties returns the keys below a part of the schema: of the mapping that it is, or that it is a list or a map of.
func (s *scheme) properties(at spec.Schema) spec.Schema {
	if m := s.mapping(at); m != nil {
		return m["properties"].(spec.Schema)
	}
	return nil
}

func (s *scheme) required(at spec.Schema) []string {
	required, _ := s.mapping(at)["required"].([]string)
	return required
}

// mapping returns the part of the schema that has the keys.
func (s *scheme) mapping(at spec.Schema) spec.Schema {
	if ref, ok := at["$ref"].(string); ok {
		return s.mapping(s.defs[strings.TrimPrefix(ref, "#/$defs/")].(spec.Schema))
	}
	if _, ok := at["properties"].(spec.Schema); ok {
		return at
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if below, ok := at[key].(spec.Schema); ok {
			return s.mapping(below)
		}
	}
	choices, _ := at["anyOf"].([]spec.Schema)
	for _, choice := range choices {
		if m := s.mapping(choice); m != nil {
			return m
		}
	}
	return nil
}

func (s *scheme) key(name string, at spec.Schema) Key {
	k := Key{Name: name, Form: strings.Join(slices.Compact(s.forms(at)), " or ")}
	k.Text, _ = at["description"].(string)
	if d, ok := at["default"]; ok {
		k.Default = fmt.Sprint(d)
	}
	if low, ok := at["minimum"]; ok {
		k.Form += fmt.Sprintf(" from %v", low)
	}
	if high, ok := at["maximum"]; ok {
		k.Form += fmt.Sprintf(" to %v", high)
	}
	return k
}

// forms says what a part of the schema may hold.
func (s *scheme) forms(at spec.Schema) []string {
	if title, ok := at["title"].(string); ok {
		return []string{title}
	}
	if words, ok := at["enum"].([]string); ok {
		return []string{strings.Join(words, ", ")}
	}
	if ref, ok := at["$ref"].(string); ok {
		if def := s.defs[strings.TrimPrefix(ref, "#/$defs/")].(spec.Schema); def["anyOf"] != nil {
			return s.forms(def)
		}
		return []string{"keys"}
	}
	if choices, ok := at["anyOf"].([]spec.Schema); ok {
		var all []string
		for _, choice := range choices {
			for _, form := range s.forms(choice) {
				if form != "" && !slices.Contains(all, form) {
					all = append(all, form)
				}
			}
		}
		return all
	}
	if at["const"] != nil {
		return nil // 0, which any quantity may be
	}
	switch at["type"] {
	case "object":
		below, ok := at["additionalProperties"].(spec.Schema)
		if !ok {
			return []string{"keys"}
		}
		return []string{"names, each with " + strings.Join(s.forms(below), " or ")}
	case "array":
		items, _ := at["items"].(spec.Schema)
		if forms := s.forms(items); len(forms) > 0 {
			return []string{"list of " + strings.Join(forms, " or ")}
		}
		return []string{"list"}
	case "integer":
		return []string{"whole number"}
	case "number":
		return []string{"number"}
	case "boolean":
		return []string{"true or false"}
	case "null":
		return nil
	case nil:
		return []string{"anything"}
	}
	return []string{"text"}
}
