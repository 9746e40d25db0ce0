package experiments

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/aws"
	"weir/models/spec"
)

// Document is a scenario file, decoded.
type Document struct {
	header
	Digest   string // SHA-256 of the scenario after its settings were replaced
	folder   fs.FS  // where traces are
	source   *spec.Source
	parts    []*part // in the order of the sections' registration, then of the file
	override []override
	links    []spec.FoundLink
}

// header is the part of the file that is not a section of components.
type header struct {
	// Name of the question.
	Name string `yaml:"name" required:"true"`
	// What the scenario asks.
	Description string `yaml:"description"`
	// Profile of the services: aws-2026, aws-2021 or ideal.
	Profile string `yaml:"profile" default:"aws-2026"`
	// AWS region, for the prices.
	Region string `yaml:"region" default:"us-east-1"`
	// How long to run, how often, with which luck.
	Run RunSpec `yaml:"run"`
	// How the bill is made.
	Cost CostSpec `yaml:"cost"`
	// What the design must achieve. An objective that is missed ends the run with exit status 1.
	Objectives []ObjectiveSpec `yaml:"objectives"`
}

// RunSpec is how a scenario is run.
type RunSpec struct {
	// Virtual time that the window of observation lasts.
	Duration spec.Duration `yaml:"duration" default:"1h" min:"1ms" max:"3650d"`
	// Virtual time before it, whose observations are discarded.
	Warmup spec.Duration `yaml:"warmup" default:"0s" max:"3650d"`
	// Independent repetitions: intervals come from them.
	Replications int `yaml:"replications" default:"10" min:"1" max:"10000"`
	// Seed of the random numbers.
	Seed uint64 `yaml:"seed" default:"1"`
	// Significant digits of the latency histograms.
	HistogramDigits int `yaml:"histogram_digits" default:"3" min:"1" max:"5"`
	// Messages that may live at once; one more ends the trial early. 160 bytes each.
	MaxMessages int `yaml:"max_messages" default:"20000000" min:"1" max:"1000000000"`
}

// CostSpec is how the bill is made.
type CostSpec struct {
	// Whether the account's free tier is taken off.
	FreeTier bool `yaml:"free_tier" default:"false"`
}

// part is one component of the file.
type part struct {
	kind *kind
	link spec.Link
	path string
	node *yaml.Node
	spec any
}

type override struct {
	key   string
	value *yaml.Node
}

// nameRule is what a component may be called.
var nameRule = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// Decode reads a scenario. The settings replace values before they are decoded, each as path=value.
func Decode(file string, data []byte, settings []string) (*Document, error) {
	source, err := spec.Parse(file, data)
	if err != nil {
		return nil, err
	}
	for _, s := range settings {
		if err := set(source.Root, s); err != nil {
			return nil, spec.Errors{{File: "--set " + s, Text: err.Error()}}
		}
	}
	d := &spec.Decoder{Source: source}
	doc := &Document{source: source, Digest: digest(source.Root)}
	top := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1}
	sections := map[string]*yaml.Node{}
	for key, value := range d.Pairs(source.Root, "") {
		switch {
		case kindOf(key.Value) != nil:
			sections[key.Value] = value
		case key.Value == "override":
			doc.decodeOverride(d, value)
		case slices.Contains(headerKeys, key.Value):
			top.Content = append(top.Content, key, value)
		default:
			d.Fail(key, key.Value, "there is no such key%s; the keys here are %s",
				suggestion(key.Value, topKeys()), strings.Join(topKeys(), ", "))
		}
	}
	d.Decode(top, &doc.header, "")
	for i := range kinds {
		if node := sections[kinds[i].section]; node != nil {
			doc.decodeSection(d, &kinds[i], node)
		}
	}
	doc.checkHeader(d)
	doc.checkLinks(d)
	if err := d.Errors.Sorted(); err != nil {
		return nil, err
	}
	return doc, nil
}

var headerKeys = []string{"name", "description", "profile", "region", "run", "cost", "objectives"}

func topKeys() []string {
	keys := append(slices.Clone(headerKeys), "override")
	for _, k := range kinds {
		keys = append(keys, k.section)
	}
	return keys
}

func suggestion(written string, names []string) string {
	if s := spec.Suggest(written, names); s != "" {
		return ": did you mean " + s + "?"
	}
	return ""
}

func (doc *Document) decodeOverride(d *spec.Decoder, node *yaml.Node) {
	for key, value := range d.Pairs(node, "override") {
		doc.override = append(doc.override, override{key.Value, value})
	}
}

func (doc *Document) decodeSection(d *spec.Decoder, k *kind, node *yaml.Node) {
	for key, value := range d.Pairs(node, k.section) {
		p := &part{kind: k, link: spec.Link{Section: k.section, Name: key.Value}, node: value, spec: k.newSpec()}
		p.path = p.link.String()
		if !nameRule.MatchString(key.Value) {
			d.Fail(key, p.path, "a name is small letters, digits and _, beginning with a letter, at most 63 of them")
		}
		if value.Kind == yaml.ScalarNode && value.Tag == "!!null" {
			value = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: key.Line, Column: key.Column}
			p.node = value
		}
		d.Decode(value, p.spec, p.path)
		doc.parts = append(doc.parts, p)
	}
}

func (doc *Document) checkHeader(d *spec.Decoder) {
	root := doc.source.Root
	if _, err := aws.Load(doc.Profile); err != nil && doc.Profile != "" {
		d.Fail(spec.Find(root, "profile"), "profile", "%s", err)
	}
	if _, err := aws.LoadPrices(doc.Region); err != nil && doc.Region != "" {
		d.Fail(spec.Find(root, "region"), "region", "%s", err)
	}
	if len(doc.parts) == 0 {
		d.Fail(root, "", "there are no components: a design needs at least a producer, a queue and a fleet; see weir demo")
	}
}

// checkLinks checks that each link leads to a component of the file.
func (doc *Document) checkLinks(d *spec.Decoder) {
	doc.links = d.Links
	var names []string
	for _, p := range doc.parts {
		names = append(names, p.path)
	}
	for _, l := range d.Links {
		if !slices.Contains(names, l.Link.String()) {
			d.Fail(l.Node, l.Path, "there is no %s%s; there are %s", l.Link, suggestion(l.Link.String(), names),
				strings.Join(names, ", "))
		}
	}
}

// fail returns an error at a field of a part.
func (doc *Document) fail(p *part, field, format string, args ...any) *spec.Error {
	return doc.source.ErrorAt(spec.Find(p.node, field), p.path+"."+field, format, args...)
}

// set replaces the value at a path of the file, written path=value. Mappings on the way are made when they are missing.
func set(root *yaml.Node, setting string) error {
	path, text, found := strings.Cut(setting, "=")
	if !found || path == "" {
		return fmt.Errorf("write path=value, for example run.duration=10m")
	}
	var value yaml.Node
	if err := yaml.Unmarshal([]byte(text), &value); err != nil || len(value.Content) != 1 {
		return fmt.Errorf("%q is not a value", text)
	}
	clearPositions(value.Content[0])
	n := root
	names := strings.Split(path, ".")
	for i, name := range names {
		last := i == len(names)-1
		next := spec.Child(n, name)
		switch {
		case next != nil && last:
			*next = *value.Content[0]
			return nil
		case next != nil:
			n = next
			if n.Kind == yaml.AliasNode {
				n = n.Alias
			}
			continue
		case n.Kind != yaml.MappingNode:
			return fmt.Errorf("%s has no %s", strings.Join(names[:i], "."), name)
		}
		next = value.Content[0]
		if !last {
			next = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		}
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, next)
		n = next
	}
	return nil
}

func clearPositions(n *yaml.Node) {
	n.Line, n.Column = 0, 0
	for _, c := range n.Content {
		clearPositions(c)
	}
}

// digest hashes the content of a document, whatever its layout and the order of its keys.
func digest(n *yaml.Node) string {
	h := sha256.New()
	var write func(n *yaml.Node)
	write = func(n *yaml.Node) {
		switch n.Kind {
		case yaml.AliasNode:
			write(n.Alias)
		case yaml.MappingNode:
			pairs := map[string]*yaml.Node{}
			for i := 0; i+1 < len(n.Content); i += 2 {
				pairs[n.Content[i].Value] = n.Content[i+1]
			}
			h.Write([]byte{'{'})
			for _, key := range slices.Sorted(maps.Keys(pairs)) {
				fmt.Fprintf(h, "%q:", key)
				write(pairs[key])
			}
			h.Write([]byte{'}'})
		case yaml.SequenceNode:
			h.Write([]byte{'['})
			for _, c := range n.Content {
				write(c)
			}
			h.Write([]byte{']'})
		default:
			fmt.Fprintf(h, "%q,", n.Value)
		}
	}
	write(n)
	return hex.EncodeToString(h.Sum(nil))
}
