package scenario

import (
	"reflect"

	"weir/models/spec"
)

// Language is what a scenario file can say beyond its head: the sections of components, and what the names in the head
// may be.
type Language struct {
	Sections []Section
	Profiles []string // names of the profiles
	Regions  []string // names of the regions
	// CheckOverride returns what is wrong with an overridden constant of a profile; nil checks nothing.
	CheckOverride func(profile string, override Override) error

	root reflect.Type
}

// Section is a part of the file that maps names to components of one kind.
type Section struct {
	Key  string // such as queues
	Doc  string // what the components are, for the schema
	spec reflect.Type
}

// SectionOf returns the section whose components are described by S.
func SectionOf[S any](key, doc string) Section {
	return Section{Key: key, Doc: doc, spec: reflect.TypeFor[*S]()}
}

// NewLanguage returns a language. It panics if a section stands twice or its type cannot be part of a file.
func NewLanguage(l Language) *Language {
	fields := headFields()
	seen := map[string]bool{}
	for _, f := range fields {
		seen[f.Tag.Get("yaml")] = true
	}
	for _, s := range l.Sections {
		if seen[s.Key] || !spec.IsName(s.Key) {
			panic("scenario: bad name of a section: " + s.Key)
		}
		seen[s.Key] = true
		fields = append(fields, reflect.StructField{
			Name: "Section_" + s.Key,
			Type: reflect.MapOf(reflect.TypeFor[string](), s.spec),
			Tag:  reflect.StructTag(`yaml:"` + s.Key + `" keys:"names" empty:"allowed"`),
		})
	}
	l.root = reflect.StructOf(fields)
	spec.CheckTags(l.root)
	return &l
}

// headFields lists the fields of Head, which come first in a file.
func headFields() (fields []reflect.StructField) {
	head := reflect.TypeFor[Head]()
	for i := range head.NumField() {
		fields = append(fields, head.Field(i))
	}
	return fields
}

func (l *Language) section(key string) *Section {
	for i := range l.Sections {
		if l.Sections[i].Key == key {
			return &l.Sections[i]
		}
	}
	return nil
}

// Keys returns the keys of the top of a file.
func (l *Language) Keys() (keys []string) {
	for i := range l.root.NumField() {
		keys = append(keys, l.root.Field(i).Tag.Get("yaml"))
	}
	return keys
}

// Schema returns the JSON Schema of the files of the language; describe returns the doc comments.
func (l *Language) Schema(describe spec.Describe) spec.Schema {
	of := func(t reflect.Type, field string) string {
		if t != l.root {
			return describe(t, field)
		}
		if _, ok := reflect.TypeFor[Head]().FieldByName(field); ok {
			return describe(reflect.TypeFor[Head](), field)
		}
		for _, s := range l.Sections {
			if field == "Section_"+s.Key {
				return s.Doc
			}
		}
		return ""
	}
	s := spec.SchemaOf(l.root, of)
	s["title"] = "Weir scenario"
	l.patchVariants(s)
	for key, names := range map[string][]string{"profile": l.Profiles, "region": l.Regions} {
		if len(names) > 0 {
			property := s["properties"].(spec.Schema)[key].(spec.Schema)
			delete(property, "type")
			property["enum"] = names
		}
	}
	return s
}

// patchVariants makes the schema of a variant a patch on the rest of the file.
func (l *Language) patchVariants(s spec.Schema) {
	patch := spec.PatchOf(s)
	defs, properties := s["$defs"].(spec.Schema), patch["properties"].(spec.Schema)
	for name, def := range patch["$defs"].(spec.Schema) {
		defs[name] = def
	}
	for _, key := range notInVariants {
		delete(properties, key)
	}
	for _, key := range []string{"$defs", "title"} {
		delete(patch, key)
	}
	defs["variant"] = patch
	variants := s["properties"].(spec.Schema)["variants"].(spec.Schema)
	variants["additionalProperties"] = spec.Schema{"$ref": "#/$defs/variant"}
}
