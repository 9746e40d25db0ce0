package scenario

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

// Setting is a value that replaces what a scenario says at a path.
type Setting struct {
	path  []string
	value *yaml.Node
	text  string // path=value
	by    string // what gave it: --set unless it says
}

// String returns path=value.
func (s Setting) String() string { return s.text }

// Split returns the path and the value as it is written.
func (s Setting) Split() (path, value string) {
	path, value, _ = strings.Cut(s.text, "=")
	return path, value
}

// origin is where the setting stands, for errors that have no place in the file.
func (s Setting) origin() string {
	if s.by == "" {
		return "--set " + s.text
	}
	return s.by + " " + s.text
}

// parse reads path=value, the value being YAML in one line, which was given by --set unless it says otherwise.
func (l *Language) parse(source *spec.Source, text, by string) (Setting, error) {
	s := Setting{text: text, by: by}
	fail := func(text string) (Setting, error) { return s, spec.Errors{{File: s.origin(), Text: text}} }
	path, value, found := strings.Cut(text, "=")
	s.path = l.splitPath(strings.TrimSpace(path))
	value = strings.TrimSpace(value)
	switch {
	case !found || len(s.path) == 0:
		return fail("write path=value, for example " + cmp.Or(by, "--set") + " run.duration=10m")
	case value == "":
		return fail("there is no value after =: write one, or null to remove the key")
	case strings.ContainsAny(value, "\r\n"):
		return fail("the value must stand in one line")
	case !slices.Contains(l.Keys(), s.path[0]):
		return fail("there is no " + spec.Quote(s.path[0]) + " in a scenario" + spec.DidYouMean(s.path[0], l.Keys()))
	case slices.Contains(notInVariants, s.path[0]):
		return fail(s.path[0] + " cannot be set: edit the file")
	}
	parsed, err := spec.Parse(s.origin(), []byte("value: "+value))
	if wrong, ok := errors.AsType[spec.Errors](err); ok {
		return fail(wrong[0].Text)
	}
	s.value = parsed.Root.Content[1]
	source.Adopt(s.value, s.origin())
	return s, nil
}

// apply replaces values in the document's tree. Settings of components that it does not have are returned.
func (d *Document) apply(settings []Setting) (missing []missed, err error) {
	for _, s := range settings {
		root, err := d.source.Replace(d.root, s.path, s.value, d.language.root)
		if part, ok := errors.AsType[spec.MissingPart](err); ok {
			missing = append(missing, missed{s, string(part)})
			continue
		}
		if err != nil {
			return nil, spec.Errors{{File: s.origin(), Text: err.Error()}}
		}
		d.root = root
	}
	return missing, nil
}

// missed is a setting of a component that a document does not have. Another variant may have it.
type missed struct {
	Setting
	why string
}

// splitPath returns the names of a path. What stands behind override is one key, whose name has points.
func (l *Language) splitPath(path string) []string {
	if key, ok := strings.CutPrefix(path, "override."); ok && key != "" {
		return []string{"override", key}
	}
	return spec.SplitPath(path)
}

// NumberAt returns the number at a path, as the file has it or as it is unless set, and false when there is none.
func (d *Document) NumberAt(path string) (Value, bool) {
	for _, root := range []*yaml.Node{d.root, spec.Encode(d.value)} {
		n := root
		for _, name := range d.language.splitPath(path) {
			if n != nil {
				n = spec.Child(n, name)
			}
		}
		if n == nil || n.Kind != yaml.ScalarNode {
			continue
		}
		var v Value
		if v.UnmarshalText([]byte(n.Value)) == nil && v.Text != "none" {
			return v, true
		}
	}
	return Value{}, false
}

// Times returns a value multiplied by k, as it is written: to four digits, and a whole number stays one.
func (v Value) Times(k float64) string {
	const places = 4
	if v.Unit == Seconds {
		return shortDuration(v.In*k, places)
	}
	x, err := strconv.ParseFloat(strconv.FormatFloat(v.In*k, 'g', places, 64), 64)
	if err != nil || areWhole(v) {
		x = v.In * k
	}
	return written(x, v.Unit, areWhole(v))
}
