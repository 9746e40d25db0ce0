package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

// Document is a scenario file, decoded and checked: the base design, or one of its variants.
type Document struct {
	Head
	Variant    string      // the name of the variant; empty for the base
	Components []Component // by section in the order of the language, then by name
	Overrides  []Override  // by key
	Factors    []Factor    // of the sweep, by path
	Links      []spec.FoundLink

	language *Language
	source   *spec.Source
	root     *yaml.Node // with the variant and the settings
	base     *yaml.Node // without
	settings []Setting
	missing  []missed // of the settings
	derived  bool     // a document that was checked, with further settings
	files    Files
	value    any               // the decoded root of the language
	read     map[string]string // digests of the files read, by name
}

// Component is one component of the design.
type Component struct {
	Link spec.Link
	Spec any // a pointer to the Spec of its section
	Node *yaml.Node
}

// Path returns the component's place in the file, such as queues.orders.
func (c *Component) Path() string { return c.Link.String() }

// Override is a constant of the profile that the scenario sets.
type Override struct {
	Key   string
	Value *yaml.Node
}

// variantsMax bounds the variants of a file.
const variantsMax = 100

// Decode reads a scenario and checks it whole, with its variants. Settings replace values, each written path=value, in
// the base and in every variant. The error is a spec.Errors.
func (l *Language) Decode(file string, data []byte, files Files, settings ...string) (*Document, error) {
	source, err := spec.Parse(file, data)
	if err != nil {
		return nil, err
	}
	parsed := make([]Setting, len(settings))
	for i, text := range settings {
		if parsed[i], err = l.parse(source, text, ""); err != nil {
			return nil, err
		}
	}
	base := &Document{language: l, source: source, base: source.Root, settings: parsed, files: files}
	if err := base.decode(); err != nil {
		return nil, err
	}
	if len(base.Variants) > variantsMax {
		return nil, spec.Errors{base.ErrorAt(spec.Link{}, "variants", "there are more than %d variants", variantsMax)}
	}
	missing := base.missing
	var failed spec.Errors
	for _, name := range base.VariantNames() {
		variant, err := base.With(name)
		if wrong, ok := errors.AsType[spec.Errors](err); ok {
			for _, e := range wrong {
				e.Text += " (in variant " + name + ")"
			}
			failed = append(failed, wrong...)
			continue
		}
		missing = slices.DeleteFunc(slices.Clone(missing), func(m missed) bool {
			return !slices.ContainsFunc(variant.missing, func(n missed) bool { return n.text == m.text })
		})
	}
	for _, m := range missing {
		failed = append(failed, &spec.Error{File: m.origin(), Text: m.why})
	}
	if err := failed.Sorted(); err != nil {
		return nil, err
	}
	return base, nil
}

// VariantNames returns the names of the variants in their order.
func (d *Document) VariantNames() []string { return slices.Sorted(maps.Keys(d.Variants)) }

// Setting reads a setting for With, written path=value.
func (d *Document) Setting(text string) (Setting, error) { return d.language.parse(d.source, text, "") }

// With returns the document of a variant, or of the base when variant is empty, with further settings. Several
// documents may be made of one at a time.
func (d *Document) With(variant string, settings ...Setting) (*Document, error) {
	other := &Document{
		Variant: variant, language: d.language, source: d.source.Fork(), base: d.base, files: d.files,
		settings: slices.Concat(d.settings, settings), derived: len(settings) > 0,
	}
	if err := other.decode(); err != nil {
		return nil, err
	}
	return other, nil
}

// decode makes the document's tree and decodes it.
func (d *Document) decode() (err error) {
	d.root = d.base
	decoder := &spec.Decoder{Source: d.source, Open: d.Open}
	if d.Variant != "" {
		if err := d.patch(decoder); err != nil {
			return err
		}
	}
	if d.missing, err = d.apply(d.settings); err != nil {
		return err
	}
	value := reflect.New(d.language.root)
	decoder.Decode(d.root, value.Interface(), "")
	d.value = value.Interface()
	d.take(value.Elem())
	d.check(decoder)
	return decoder.Errors.Sorted()
}

// patch applies the document's variant.
func (d *Document) patch(decoder *spec.Decoder) error {
	names := d.names("variants")
	patch := spec.Find(d.base, "variants."+d.Variant)
	if !slices.Contains(names, d.Variant) {
		return spec.Errors{d.source.ErrorAt(spec.Find(d.base, "variants"), "variants",
			"there is no variant %s%s", spec.Quote(d.Variant), spec.OrList(spec.DidYouMean(d.Variant, names), names))}
	}
	for key := range decoder.Pairs(patch, "variants."+d.Variant) {
		if slices.Contains(notInVariants, key.Value) {
			decoder.Fail(key, "variants."+d.Variant+"."+key.Value, "a variant cannot hold %s", key.Value)
		}
	}
	if err := decoder.Errors.Sorted(); err != nil {
		return err
	}
	d.root = d.source.Merge(d.base, patch, d.language.root)
	return nil
}

// names returns the keys of a mapping at the top of the file.
func (d *Document) names(key string) (names []string) {
	node := spec.Child(d.base, key)
	if node == nil {
		return nil
	}
	scratch := spec.Decoder{Source: d.source}
	for name := range scratch.Pairs(node, key) {
		names = append(names, name.Value)
	}
	return names
}

// take takes the decoded fields of the language's root over.
func (d *Document) take(v reflect.Value) {
	head := reflect.ValueOf(&d.Head).Elem()
	for i := range head.NumField() {
		head.Field(i).Set(v.Field(i))
	}
	for _, key := range slices.Sorted(maps.Keys(d.Override)) {
		d.Overrides = append(d.Overrides, Override{key, d.Override[key]})
	}
	for i, s := range d.language.Sections {
		section := v.Field(head.NumField() + i)
		first := len(d.Components)
		for it := section.MapRange(); it.Next(); {
			link := spec.Link{Section: s.Key, Name: it.Key().String()}
			d.Components = append(d.Components, Component{link, it.Value().Interface(), spec.Find(d.root, link.String())})
		}
		slices.SortFunc(d.Components[first:], func(a, b Component) int { return cmp.Compare(a.Link.Name, b.Link.Name) })
	}
}

// check checks what the document says as a whole.
func (d *Document) check(decoder *spec.Decoder) {
	name := func(key, value string, names []string) {
		if value != "" && len(names) > 0 && !slices.Contains(names, value) {
			decoder.Fail(spec.Find(d.root, key), key, "there is no %s %s%s", key, spec.Quote(value),
				spec.OrList(spec.DidYouMean(value, names), names))
		}
	}
	name("profile", d.Profile, d.language.Profiles)
	name("region", d.Region, d.language.Regions)
	if len(d.Name) > nameMax || strings.ContainsFunc(d.Name, isControl) {
		decoder.Fail(spec.Find(d.root, "name"), "name", "the name must be one line of at most %d bytes", nameMax)
	}
	if len(d.Components) == 0 && len(decoder.Errors) == 0 {
		decoder.Fail(nil, "", "there are no components: a design needs at least one, under %s; weir demo shows a whole one",
			strings.Join(d.language.sectionKeys(), ", "))
	}
	for _, o := range d.Overrides {
		if check := d.language.CheckOverride; check != nil && slices.Contains(d.language.Profiles, d.Profile) {
			if err := check(d.Profile, o); err != nil {
				decoder.Fail(o.Value, "override."+o.Key, "%s", err)
			}
		}
	}
	d.Links = decoder.Links
	d.checkLinks(decoder)
	if d.derived || len(decoder.Errors) > 0 {
		return
	}
	if d.Factors = d.sweepFactors(); d.Variant == "" {
		d.checkSweep(decoder)
		d.checkUncertainty(decoder)
	}
}

// nameMax is the longest name of a scenario, in bytes.
const nameMax = 120

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func (l *Language) sectionKeys() (keys []string) {
	for _, s := range l.Sections {
		keys = append(keys, s.Key)
	}
	return keys
}

// Component returns the component that a link leads to, or nil.
func (d *Document) Component(link spec.Link) *Component {
	i := slices.IndexFunc(d.Components, func(c Component) bool { return c.Link == link })
	if i < 0 {
		return nil
	}
	return &d.Components[i]
}

// ErrorAt returns an error at a field of a component, or at the path of a setting of the head when the link is empty.
func (d *Document) ErrorAt(link spec.Link, field, format string, args ...any) *spec.Error {
	path := field
	if link != (spec.Link{}) {
		path = spec.Join(link.String(), field)
	}
	return d.source.ErrorAt(spec.Locate(d.root, path), path, format, args...)
}

// Decoder returns a decoder for a part of the file that the language leaves to its reader, such as a policy.
func (d *Document) Decoder() *spec.Decoder { return &spec.Decoder{Source: d.source} }

// Canonical returns the document as YAML with every default spelled out.
func (d *Document) Canonical() ([]byte, error) {
	out, err := yaml.Dump(spec.Encode(d.value))
	if err != nil {
		return nil, fmt.Errorf("scenario: %w", err)
	}
	return out, nil
}
