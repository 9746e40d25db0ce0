package spec

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// design is a struct with a field of every kind.
type design struct {
	Name      string           `yaml:"name" required:"true"`
	Note      string           `yaml:"note"`
	Timeout   Duration         `yaml:"timeout" default:"30s" min:"1s" max:"12h"`
	Limit     *Duration        `yaml:"limit" max:"1h"`
	Unlimited Duration         `yaml:"unlimited" default:"0s" none:"allowed"`
	Size      *Size            `yaml:"size"`
	Count     int              `yaml:"count" default:"3" min:"1" max:"10"`
	Seed      uint64           `yaml:"seed" default:"1"`
	Factor    float64          `yaml:"factor" default:"1.5" min:"0.5"`
	On        bool             `yaml:"on" default:"true"`
	Share     Share            `yaml:"share" default:"5%"`
	Mode      mode             `yaml:"mode" default:"fast"`
	Work      *Durations       `yaml:"work"`
	Choice    *choice          `yaml:"choice"`
	Inner     inner            `yaml:"inner"`
	List      []inner          `yaml:"list"`
	Parts     map[string]inner `yaml:"parts" keys:"names" empty:"allowed"`
	To        *Link            `yaml:"to" link:"queues topics" flow:"out"`
	Raw       *yaml.Node       `yaml:"raw"`
	embedded
	Hidden int
}

type embedded struct {
	Deep Rate `yaml:"deep" default:"1/s"`
}

type inner struct {
	Depth int      `yaml:"depth" default:"1"`
	Pause Duration `yaml:"pause" default:"1ms"`
}

// Validate refuses an even depth.
func (i *inner) Validate() []Problem {
	if i.Depth%2 == 0 {
		return []Problem{{"depth", "must be odd"}}
	}
	return nil
}

type choice struct {
	Left  *int   `yaml:"left"`
	Right *inner `yaml:"right"`
}

func (choice) OneOf() {}

type mode string

func (mode) Values() []string { return []string{"fast", "slow"} }

func decodeDesign(t testing.TB, text string) (*design, *Decoder, error) {
	t.Helper()
	source, err := Parse("test.yaml", []byte(text))
	if err != nil {
		return nil, nil, err
	}
	d, v := &Decoder{Source: source}, new(design)
	d.Decode(source.Root, v, "")
	return v, d, d.Errors.Sorted()
}

func TestAbsentKeysHaveTheirDefaults(t *testing.T) {
	got, _, err := decodeDesign(t, "name: a")
	want := &design{Name: "a", Timeout: 30e9, Count: 3, Seed: 1, Factor: 1.5, On: true, Share: 0.05, Mode: "fast",
		Inner: inner{1, 1e6}, embedded: embedded{1}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("decoded %+v, %v, want %+v", got, err, want)
	}
}

func TestEveryKindOfFieldIsDecoded(t *testing.T) {
	got, d, err := decodeDesign(t, `
name: "12"
note: yes
timeout: 1m
limit: 0
unlimited: none
size: 2KiB
count: 7
seed: 18446744073709551615
factor: 2
on: false
share: 0.25
mode: slow
work: {exponential: 40ms}
choice: {right: {depth: 5}}
inner: {pause: 2ms}
list: [{depth: 3}, {}]
parts: {a: , b: {depth: 9}}
to: queues.orders
raw: {any: [thing, 1]}
deep: 5/min
`)
	if err != nil {
		t.Fatal(err)
	}
	zero, size, link := Duration(0), Size(2048), Link{"queues", "orders"}
	work := Durations{Of[Duration]{Exponential: &Mean[Duration]{40e6}}}
	want := &design{Name: "12", Note: "yes", Timeout: 60e9, Limit: &zero, Unlimited: 1<<63 - 1, Size: &size, Count: 7,
		Seed: 1<<64 - 1, Factor: 2, Share: 0.25, Mode: "slow", Work: &work, Choice: &choice{Right: &inner{5, 1e6}},
		Inner: inner{1, 2e6}, List: []inner{{3, 1e6}, {1, 1e6}}, Parts: map[string]inner{"a": {1, 1e6}, "b": {9, 1e6}},
		To: &link, Raw: Child(d.Source.Root, "raw"), embedded: embedded{5.0 / 60}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("decoded %+v, want %+v", got, want)
	}
	links := []FoundLink{{link, Child(d.Source.Root, "to"), "to", []string{"queues", "topics"}, "out", false}}
	if !reflect.DeepEqual(d.Links, links) {
		t.Errorf("the links are %+v", d.Links)
	}
}

func TestAnErrorStandsWhereTheMistakeIs(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"name: a\ntimeout: 5", "test.yaml:2:10: timeout: "},
		{"name: a\ntimeout: 500ms", "test.yaml:2:10: timeout: \"500ms\" is too small: it must be at least 1s"},
		{"name: a\ntimeout: 13h", "test.yaml:2:10: timeout: \"13h\" is too large: it must be at most 12h"},
		{"name: a\nlimit: 2h", "test.yaml:2:8: limit: \"2h\" is too large"},
		{"name: a\nlimit: none", "test.yaml:2:8: limit: a value is needed"},
		{"name: a\ncount: 11", "test.yaml:2:8: count: \"11\" is too large"},
		{"name: a\ncount: 1e1", "test.yaml:2:8: count: \"1e1\" is not written as a whole number: write 10"},
		{"name: a\ncount: 99999999999999999999", "test.yaml:2:8: count: \"99999999999999999999\" is too large"},
		{"name: a\ncount: 5s", "test.yaml:2:8: count: \"5s\" is a length of time"},
		{"name: a\nseed: -1", "test.yaml:2:7: seed: \"-1\" is negative"},
		{"name: a\nfactor: 0.1", "test.yaml:2:9: factor: \"0.1\" is too small"},
		{"name: a\nfactor: .nan", "test.yaml:2:9: factor: "},
		{"name: a\non: 1", "test.yaml:2:5: on: \"1\" must be true or false: write true"},
		{"name: a\nmode: medium", "test.yaml:2:7: mode: \"medium\" is not known here; there are fast, slow"},
		{"name: a\nmode: slwo", "did you mean slow?"},
		{"name: a\nchoice: {left: 1, right: {}}", "test.yaml:2:1: choice: needs one of left, right, not all of them"},
		{"name: a\nchoice: {right: {depth: 2}}", "test.yaml:2:25: choice.right.depth: must be odd"},
		{"name: a\ninner: {depth: 2}", "test.yaml:2:16: inner.depth: must be odd"},
		{"name: a\nlist:\n  - depth: 2", "test.yaml:3:12: list[0].depth: must be odd"},
		{"name: a\nlist: {depth: 2}", "test.yaml:2:7: list: must be a list"},
		{"name: a\nlist: 5", "test.yaml:2:7: list: must be a list"},
		{"name: a\nparts: {B: {}}", "test.yaml:2:9: parts.B: a name is"},
		{"name: a\nparts: {b: 3}", "test.yaml:2:12: parts.b: must hold keys"},
		{"name: a\nparts: [b]", "test.yaml:2:8: parts: must hold keys"},
		{"name: a\ninner: depth:3",
			"test.yaml:2:8: inner: must hold keys with values, such as depth, pause, not a single value: " +
				"write a space after the colon, depth: 3"},
		{"name: a\nnote: ", "test.yaml:2:1: note: has no value"},
		{"name: a\nnote: ~", "test.yaml:2:1: note: has no value"},
		{"name: a\nwork: {shifted: {by: 1s, of: {uniform: {low: 2s, high: 1s}}}}",
			"test.yaml:2:56: work.shifted.of.uniform.high: must not be below low, 2s"},
		{"name: a\nhidden: 1", "test.yaml:2:1: hidden: there is no such key"},
		{"name: a\npause: 1s", "test.yaml:2:1: pause: there is no such key: did you mean pause inside inner?"},
		{"name: a\nname: b", "test.yaml:2:1: name: this key stands already in line 1"},
		{"name: a\n? [x]\n: y", "test.yaml:2:3: a key must be a name, not a list"},
		{"name: a\n1.5: y", "test.yaml:2:1: [\"1.5\"]: there is no such key"},
		{"note: b", "test.yaml:1:1: name: is missing"},
	} {
		_, _, err := decodeDesign(t, c.text)
		var wrong Errors
		if !errors.As(err, &wrong) || len(wrong) != 1 {
			t.Errorf("%q: %v, want one error", c.text, err)
			continue
		}
		if text, _, _ := strings.Cut(err.Error(), "\n"); !strings.Contains(text, c.want) {
			t.Errorf("%q: %s, want %s", c.text, text, c.want)
		}
	}
}

func TestTheErrorShowsTheLineWithACaret(t *testing.T) {
	_, _, err := decodeDesign(t, "name: a\ntimeout:\t5 # \"seconds\"")
	want := "test.yaml:2:10: timeout: \"5\" has no unit: write 5s, or another of w, d, h, m, s, ms, us, ns\n" +
		"    2 | timeout: 5 # \"seconds\"\n" +
		"      |          ^"
	if err == nil || err.Error() != want {
		t.Errorf("the error is\n%v\nwant\n%s", err, want)
	}
}

func TestErrorsComeInTheOrderOfTheFile(t *testing.T) {
	_, _, err := decodeDesign(t, "seed: x\ncount: x\nname: a\nfactor: x\nsize: x")
	var wrong Errors
	if !errors.As(err, &wrong) || len(wrong) != 4 {
		t.Fatalf("%v, want four errors", err)
	}
	if !slices.IsSortedFunc(wrong, func(a, b *Error) int { return a.Line - b.Line }) {
		t.Errorf("the errors are not in order:\n%v", err)
	}
}

func TestErrorsEndSomewhere(t *testing.T) {
	var b strings.Builder
	b.WriteString("name: a\n")
	for i := range 50_000 {
		fmt.Fprintf(&b, "unknown_%d: 1\n", i)
	}
	_, _, err := decodeDesign(t, b.String())
	var wrong Errors
	if !errors.As(err, &wrong) || len(wrong) != errorsMax+1 || !strings.Contains(wrong[errorsMax].Text, "more errors") {
		t.Errorf("%d errors are kept", len(wrong))
	}
}

func TestTextCannotHarmTheTerminal(t *testing.T) {
	for _, text := range []string{"name: a\n\"\\e[31m\\u202e\": 1", "name: a\nmode: \"\\e]0;x\\a\"",
		"name: a\ncount: \"\\u202e\"",
		"name: a\nlimit: \u202e5\u2066s\u200b", "name: a\nto: \"\\x1b[2J\""} {
		_, _, err := decodeDesign(t, text)
		if err == nil || strings.ContainsAny(err.Error(), "\x1b\a\u202e\u2066\u200b") {
			t.Errorf("%q: the message is %q", text, err)
		}
	}
}

func TestASuggestionIsNearAndUnambiguous(t *testing.T) {
	names := []string{"visibility_timeout", "receive_wait_time", "retention", "delay", "orders_1", "orders_2"}
	for written, want := range map[string]string{
		"visibilty_timeout": "visibility_timeout", "VisibilityTimeout": "visibility_timeout",
		"visibility-timeout": "visibility_timeout",
		"retension":          "retention", "dealy": "delay", "colour": "", "": "", "orders_3": "", "orders_11": "orders_1",
		strings.Repeat("x", 1000): "",
	} {
		if got := Suggest(written, names); got != want {
			t.Errorf("for %.40q the suggestion is %q, want %q", written, got, want)
		}
	}
}

func TestEncodedValuesDecodeToThemselves(t *testing.T) {
	for _, text := range []string{
		"name: a",
		"name: \"5\"\nnote: \"yes\"\nchoice: {right: {depth: 5}}\nlist: []\nparts: {}\nraw: {x: [1, ~, {y: z}]}\nlimit: 0",
		"name: \"a\\nb: c\"\nwork: {mixture: [{weight: 1, of: 5s}, {weight: 0.1, of: {lognormal: {p50: 1ms, p99: 1s}}}]}",
		"name: \"- [\"\nlist: [{depth: 3}]\nparts: {on: , null_: }\nto: queues.orders\nshare: 0.1234567\ndeep: 7/d\n" +
			"factor: 1e100",
	} {
		first, d, err := decodeDesign(t, text)
		if err != nil {
			t.Fatal(err)
		}
		out, err := yaml.Dump(Encode(first))
		if err != nil {
			t.Fatal(err)
		}
		second, _, err := decodeDesign(t, string(out))
		if err != nil {
			t.Fatalf("%s\n%v", out, err)
		}
		first.Raw, second.Raw = nil, nil
		if !reflect.DeepEqual(first, second) {
			t.Errorf("%q becomes\n%s and decodes to %+v, want %+v", text, out, second, first)
		}
		_ = d
	}
}

func TestWhatWasNotGivenIsNotWritten(t *testing.T) {
	v, _, err := decodeDesign(t, "name: a")
	if err != nil {
		t.Fatal(err)
	}
	out, err := yaml.Dump(Encode(v))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"note", "limit", "size", "work", "choice", "list", "parts", "to", "raw"} {
		if strings.Contains(string(out), key+":") {
			t.Errorf("%s is written:\n%s", key, out)
		}
	}
}

func TestBadTagsPanic(t *testing.T) {
	for _, v := range []any{
		struct {
			A Duration `yaml:"a" default:"5"`
		}{},
		struct {
			A int `yaml:"a" max:"lots"`
		}{},
		struct {
			A *Durations `yaml:"a" min:"1s"`
		}{},
		struct {
			A struct {
				B mode `yaml:"b" default:"faster"`
			} `yaml:"a"`
		}{},
	} {
		func() {
			defer func() { _ = recover() }()
			CheckTags(reflect.TypeOf(v))
			t.Errorf("%T passes", v)
		}()
	}
	CheckTags(reflect.TypeFor[design]())
}

func TestPathsAreJoinedAndSplit(t *testing.T) {
	for _, c := range []struct{ path, below, want string }{
		{"", "a", "a"}, {"a", "b", "a.b"}, {"a", "", "a"}, {"a.b", "3", "a.b[3]"}, {"a", "b.0.c", "a.b[0].c"},
		{"a", "b c", `a["b c"]`}, {"a[0]", "b", "a[0].b"},
	} {
		if got := Join(c.path, c.below); got != c.want {
			t.Errorf("%s and %s are joined to %s, want %s", c.path, c.below, got, c.want)
		}
	}
	fifo := []string{"variants", "fifo", "queues", "q.fifo", "delay"} // a variant's name, and the ending of a queue's
	if got := SplitPath("variants.fifo.queues.q.fifo.delay"); !slices.Equal(got, fifo) {
		t.Errorf("%q, want %q", got, fifo)
	}
	if got := SplitPath("calls[0].pool.1"); !slices.Equal(got, []string{"calls", "0", "pool", "1"}) {
		t.Errorf("the path is split into %q", got)
	}
}
